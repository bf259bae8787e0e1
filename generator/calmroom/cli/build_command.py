"""`calmroom build`: the site, from the records, with MkDocs."""

from __future__ import annotations

import datetime
import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calmroom import day, terminal
from calmroom.cli import edition as editions

if TYPE_CHECKING:
    from calmroom.knowledge import KnowledgeBase
    from calmroom.redaction import Redaction


@click.command("build")
@click.option(
    "--site-dir", metavar="DIR", type=click.Path(path_type=Path), help="Where the site goes.  [default: site]"
)
@click.option("--strict", is_flag=True, help="Fail on warnings too.")
@click.option(
    "--today",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day against which actions are overdue, as 2026-03-16.  [default: the day of the build]",
)
@editions.option()
@click.option(
    "--csp",
    is_flag=True,
    help="Put a Content-Security-Policy into each page, and a file _headers beside them for the host.",
)
@click.option("--gzip", "packed", is_flag=True, help="Put a compressed twin (.gz) beside each page, script and style.")
@click.option(
    "--redact",
    "names",
    metavar="NAMES.yml",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Replace the names in this list everywhere; fail if one survives. It need not lie in the repository.",
)
@click.option("--quiet", "-q", is_flag=True, help="Say only what is wrong.")
@click.pass_obj
def command(
    root: Path,
    site_dir: Path | None,
    strict: bool,
    today: datetime.datetime | None,
    edition: str | None,
    csp: bool,
    packed: bool,
    names: Path | None,
    quiet: bool,
) -> None:
    """Build the site from the records, playbooks and pages of a knowledge base.

    It is what `mkdocs build` does, with a progress bar and a report of the records' errors; without a valid set of
    records nothing is built, and what was built before stays as it is. Two builds of one commit with one --today are
    the same, byte for byte.

    The site holds everything up to the sharing level of its edition and nothing above it; how much is left out is said.
    TLP:RED is published only where it is asked for.

    With --redact, organisations, services, roles, hosts and words of a list become neutral names, the same everywhere:
    `organisations: [[Acme Corp, ACME], Initech]`, `words: {Project Falcon: the project}`. Pictures and archives, which
    cannot be searched, are left out; every byte of the site is searched for what was missed.

    Exit codes: 0 built, 1 problems found, 2 wrong use.

    \b
    Examples:
      calmroom build --strict
      calmroom build --edition green --site-dir public
      calmroom -C ../our-incidents build --site-dir /srv/docs/incidents
    """
    config_file = require_config(root)
    log_to_terminal(logging.WARNING if quiet else logging.INFO)
    from mkdocs.commands.build import build
    from mkdocs.config import load_config
    from mkdocs.exceptions import Abort, ConfigurationError, MkDocsException

    if today:
        day.keep(day_of(today))
    else:
        try:
            day.of_environment()
        except ValueError as error:
            raise click.UsageError(str(error)) from None
    redaction = _redaction(names) if names else None
    target = str(site_dir.resolve()) if site_dir else None
    try:
        config = load_config(str(config_file), strict=strict or None, site_dir=target)
        plugin = config.plugins.get("calmroom")
        if plugin is None:
            raise click.UsageError(f"{config_file} does not name the plugin: write `plugins: [calmroom]` there.")
        plugin.edition, plugin.with_policy, plugin.with_twins, plugin.redaction = edition, csp, packed, redaction
        config.plugins.on_startup(command="build", dirty=False)
        with terminal.progress("Writing pages", at_least=50) as draw:
            plugin.progress = draw
            try:
                build(config)
            finally:
                config.plugins.on_shutdown()
    except (Abort, ConfigurationError, MkDocsException) as error:
        if str(error) and not isinstance(error, Abort):
            terminal.give(f"{error}\n", err=True)
        raise SystemExit(1) from None


def _redaction(names: Path) -> Redaction:
    """Return what a list of names replaces; say what is wrong with it and exit with 1 where it cannot be used."""
    from calmroom import redaction
    from calmroom.records import door
    from calmroom.records.diagnostics import Diagnostic

    problems: list[Diagnostic] = []
    text = door.text(names, names.name, names.resolve().parent, problems.append)
    made = None
    if text is not None:
        made, problems = redaction.parse(text, names.name)
    if made is None:
        terminal.show(problems, err=True)
        raise SystemExit(1)
    return made


def require_config(root: Path) -> Path:
    """Return the knowledge base's mkdocs.yml, or say how to name or make one."""
    config_file = root / "mkdocs.yml"
    if not config_file.is_file():
        hint = "Name the knowledge base with -C DIR, or make one with `calmroom init DIR`."
        raise click.UsageError(f"There is no mkdocs.yml in {root.resolve()}. {hint}")
    return config_file


def read_sound(root: Path, level: str | None = None) -> KnowledgeBase:
    """Return one edition of a knowledge base without errors; report what is wrong and exit with 1 where there are some.

    How much the edition leaves out is said on the error stream.
    """
    from calmroom import knowledge

    require_config(root)
    base = knowledge.read(root, edition=level)
    if base.errors:
        terminal.show(base.errors, err=True)
        raise SystemExit(1)
    editions.say_withheld(base)
    return base


def day_of(given: datetime.datetime | None) -> datetime.date:
    """Return the day given with --today, or today in UTC; refuse one that no file can be stamped with."""
    if given is None:
        return datetime.datetime.now(datetime.UTC).date()
    if not day.FIRST <= given.date() <= day.LAST:
        raise click.UsageError(f"--today is a day from {day.FIRST} to {day.LAST}.")
    return given.date()


def log_to_terminal(level: int) -> None:
    """Let MkDocs speak to the terminal, once, about this site and not about its theme's future."""
    os.environ.setdefault("NO_MKDOCS_2_WARNING", "1")
    handler = logging.StreamHandler()
    handler.setFormatter(terminal.LogFormatter("%(levelname)-7s %(message)s"))
    logger = logging.getLogger("mkdocs")
    logger.setLevel(level)
    logger.handlers = [handler]
    logger.propagate = False
