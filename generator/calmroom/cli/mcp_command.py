"""`calmroom mcp`: the knowledge base for an assistant, over stdio."""

from __future__ import annotations

from pathlib import Path

import click

from calmroom import terminal
from calmroom.cli import edition
from calmroom.cli.build_command import day_of, require_config


@click.command("mcp")
@edition.option()
@click.pass_obj
def command(root: Path, edition: str | None) -> None:
    """Serve the knowledge base to an assistant on this machine, by the Model Context Protocol over stdio.

    Tools: search, similar, record, playbook, script, term, kit, check_draft. All of them read, none writes, and nothing
    above the edition can be asked for. Files are read again when they change. It needs `pip install 'calmroom[mcp]'`.

    Exit codes: 0 the assistant went away, 2 wrong use, or the extra is not installed.

    \b
    Example, in an assistant's settings:
      {"mcpServers": {"calmroom": {"command": "calmroom", "args": ["-C", "/path/to/kb", "mcp", "--edition", "amber"]}}}
    """
    require_config(root)
    try:
        from calmroom.assistant import server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "mcp":
            raise
        raise click.UsageError("This needs the extra `mcp`: pip install 'calmroom[mcp]'.") from None
    from calmroom.exchange import site

    terminal.say(f"Serving {server.edition_of(root, edition)} over stdio; nothing is written.", err=True)
    server.make(root.resolve(), edition, site.places(root), day_of(None)).run("stdio")
