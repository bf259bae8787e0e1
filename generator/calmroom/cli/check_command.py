"""`calmroom check`: every problem of every record, in one run."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from calmroom import knowledge, terminal
from calmroom.cli import edition, report
from calmroom.cli.build_command import day_of, require_config
from calmroom.records.diagnostics import Diagnostic, Level
from calmroom.records.sharing import STRICTEST


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", *report.TOOLS]),
    default="text",
    show_default=True,
    help="text for people, json and sarif for tools, github for annotations in a pull request.",
)
@click.option("--strict", is_flag=True, help="Count warnings as problems too.")
@click.option(
    "--today",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day against which meetings and playbooks are judged.  [default: today]",
)
@edition.option("everything, red included: what is checked is not shown to anybody else")
@click.pass_obj
def command(
    root: Path,
    paths: tuple[Path, ...],
    form: str,
    strict: bool,
    today: datetime.datetime | None,
    edition: str | None,
) -> None:
    """Check records and say, line by line, what is wrong and what to write instead.

    Without PATHS everything is checked: all records, mkdocs.yml and the taxonomies. With PATHS (files or folders,
    from where you stand) only what was found in them is shown; everything is still read, because records refer to
    each other.

    Exit codes: 0 nothing wrong, 1 problems found, 2 wrong use. Each code (CR101 …) is explained on the site's page of
    diagnostics.

    \b
    Examples:
      calmroom check
      calmroom check incidents/2026-03-02-edge-firewall-rule.md
      calmroom check --format sarif > findings.sarif
    """
    from calmroom.site import twins

    if not (root / "mkdocs.yml").is_file() and not (root / "incidents").is_dir():
        require_config(root)
    wanted = [_inside(root, path) for path in paths]
    day = day_of(today)
    with terminal.progress("Reading records") as draw:
        base = twins.told(knowledge.read(root, progress=draw, today=day, edition=edition or STRICTEST))
    found = [item for item in base.diagnostics if _concerns(item, wanted)]
    records = sum(
        _in(path, wanted)
        for path in [
            *(record.path for record in base.records if not record.shipped),
            *(item.path for item in base.unreadable),
        ]
    )
    if form == "text":
        terminal.show(found)
        terminal.say(terminal.summary(found, records), err=True)
    else:
        terminal.give_data(f"{report.TOOLS[form](found)}\n")
    failing = {Level.ERROR, Level.WARNING} if strict else {Level.ERROR}
    raise SystemExit(1 if any(item.level in failing for item in found) else 0)


def _inside(root: Path, path: Path) -> str:
    """Return a given path as the knowledge base names it; refuse one that is not there."""
    base = root.resolve()
    there = [candidate.resolve() for candidate in (path, root / path) if candidate.exists()]
    for candidate in there:
        if candidate.is_relative_to(base):
            return candidate.relative_to(base).as_posix()
    if there:
        raise click.UsageError(f"{path} is not in the knowledge base at {base}.")
    raise click.UsageError(f"There is no {path}.")


def _concerns(found: Diagnostic, wanted: list[str]) -> bool:
    return _in(found.path, wanted)


def _in(path: str, wanted: list[str]) -> bool:
    return not wanted or any(path == place or place == "." or path.startswith(f"{place}/") for place in wanted)
