"""`calmroom check`: every problem of every record, and what would make a good one better, in one run."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from calmroom import knowledge, terminal
from calmroom.cli import edition, report
from calmroom.cli.build_command import day_of, require_config
from calmroom.records.diagnostics import Diagnostic, Level, sort
from calmroom.records.sharing import STRICTEST


@click.command("check")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", *report.TOOLS]),
    default="text",
    show_default=True,
    help="text for people, json for tools, github for annotations in a pull request, gitlab for its report of code "
    "quality, sarif for code scanning, with the rewrites as fixes.",
)
@click.option("--strict", is_flag=True, help="Count warnings as problems too.")
@click.option(
    "--since",
    metavar="REV",
    help="Look only at files changed since REV and this branch parted: main, origin/main, HEAD~3, a commit.",
)
@click.option(
    "--words",
    metavar="FILE",
    envvar="CALMROOM_WORDS",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Words that must not be here, one a line: customers, code names. Keep the file outside the repository.  "
    "[env: CALMROOM_WORDS]",
)
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
    since: str | None,
    words: Path | None,
    today: datetime.datetime | None,
    edition: str | None,
) -> None:
    """Check records and say, line by line, what is wrong and what to write instead.

    Without PATHS everything is checked: all records, playbooks, scripts, the vocabulary, mkdocs.yml and the
    taxonomies. With PATHS (files or folders, from where you stand) only what was found in them is shown; everything is
    still read, because records refer to each other. With --since only changed files are opened.

    Beside what is invalid it finds words that blame, facts that disagree, what a record still lacks for its status,
    and what must not be published. `checks:` in mkdocs.yml changes how much each matters; advice fails nothing.
    `# calmroom: allow CR607 – reason` at the end of a line, or `<!-- calmroom: allow CR607 – reason -->` in prose,
    silences one. `calmroom fix --language` applies the rewrites.

    Exit codes: 0 nothing wrong, 1 problems found, 2 wrong use. Each code (CR101 …) is explained on the site's page of
    diagnostics.

    \b
    Examples:
      calmroom check
      calmroom check incidents/2026-03-02-edge-firewall-rule.md
      calmroom check --since origin/main --format github
      calmroom check --format sarif > findings.sarif
    """
    from calmroom import git
    from calmroom.checks import forbidden, quality

    if not (root / "mkdocs.yml").is_file() and not (root / "incidents").is_dir():
        require_config(root)
    wanted = [inside(root, path) for path in paths]
    day = day_of(today)
    listed = forbidden.read(words.read_text("utf-8", "replace")) if words else ()
    settings = knowledge.read_settings(root)
    checks = quality.Quality(root, settings, day, listed)
    if since:
        from calmroom.checks import changed

        try:
            base, found, touched = changed.check(root, since, settings, checks, day)
        except git.GitError as error:
            raise click.UsageError(str(error)) from None
        wanted = [path for path in touched if within(path, wanted)] or ["\0"]  # nothing changed is not everything
    else:
        from calmroom.checks.remembered import Remembered
        from calmroom.records.kept import Store
        from calmroom.records.reader import Inspect, Remembering
        from calmroom.site import twins

        whole = (edition or STRICTEST) == STRICTEST  # findings quote the text: a lower edition must not hold it
        looking: Inspect | Remembering | None = checks.inspect if whole else None
        taxonomies = knowledge.read_taxonomies(root)[0]
        if whole and (store := Store.of(root, taxonomies)):
            looking = Remembered(checks, store, taxonomies)
        with terminal.progress("Reading records") as draw:
            base = twins.told(
                knowledge.read(
                    root,
                    progress=draw,
                    today=day,
                    edition=edition or STRICTEST,
                    inspect=looking,
                )
            )
        found = [*base.diagnostics]
        if whole:
            found += [*checks.problems, *checks.handbook(base)]
    found = [item for item in sort(found) if _concerns(item, wanted)]
    read = sum(
        within(path, wanted)
        for path in [
            *(record.path for record in base.records if not record.shipped),
            *(item.path for item in base.unreadable),
        ]
    )
    if form == "text":
        terminal.show(found)
        terminal.say(terminal.summary(found, read), err=True)
    else:
        terminal.give_data(f"{report.TOOLS[form](found)}\n")
    failing = {Level.ERROR, Level.WARNING} if strict else {Level.ERROR}
    raise SystemExit(1 if any(item.level in failing for item in found) else 0)


def inside(root: Path, path: Path) -> str:
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
    return within(found.path, wanted)


def within(path: str, wanted: list[str]) -> bool:
    """Say whether a file is one of those wanted, or below one; without any, every file is."""
    return not wanted or any(path == place or place == "." or path.startswith(f"{place}/") for place in wanted)
