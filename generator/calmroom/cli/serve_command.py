"""`calmroom serve`: the site while you write."""

from __future__ import annotations

import logging
from pathlib import Path

import click

from calmroom import terminal
from calmroom.cli import edition
from calmroom.cli.build_command import log_to_terminal, require_config


@click.command("serve")
@click.option(
    "--address", "-a", metavar="HOST:PORT", default="127.0.0.1:8000", show_default=True, help="Where to listen."
)
@click.option("--open", "open_in_browser", is_flag=True, help="Open the site in a browser.")
@edition.option()
@click.pass_obj
def command(root: Path, address: str, open_in_browser: bool, edition: str | None) -> None:
    """Show the site on this machine and reload it when a record, playbook, template or style changes.

    Errors in a record do not stop it: the page of that record says what to write instead, every page says that
    something is to be mended, and all of it goes away when the file is saved without errors. Stop with Ctrl-C.

    What is above the edition's sharing level is not shown, as on the site; `--edition red` shows everything.

    \b
    Examples:
      calmroom serve
      calmroom serve --address 127.0.0.1:9000 --open
    """
    from mkdocs.commands.serve import serve
    from mkdocs.exceptions import Abort, MkDocsException

    from calmroom.site.plugin import CalmroomPlugin

    config_file = require_config(root)
    host, _, port = address.rpartition(":")
    if not host or not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise click.UsageError(f"Cannot listen on {address}: write a name and a port, as 127.0.0.1:8000.")
    log_to_terminal(logging.INFO)
    CalmroomPlugin.edition = edition  # MkDocs makes the plugin anew for every build
    try:
        serve(str(config_file), livereload=True, dev_addr=address, open_in_browser=open_in_browser)
    except (Abort, MkDocsException) as error:
        if str(error) and not isinstance(error, Abort):
            terminal.give(f"{error}\n", err=True)
        raise SystemExit(1) from None
    except OSError as error:
        raise click.UsageError(
            f"Cannot listen on {address}: {error.strerror}. Choose another with --address."
        ) from None
