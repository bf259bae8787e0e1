"""`calmroom kit`: what a facilitator takes into the room."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calmroom import terminal
from calmroom.cli import edition
from calmroom.cli.build_command import day_of, require_config
from calmroom.records import sharing

if TYPE_CHECKING:
    from calmroom.knowledge import KnowledgeBase
    from calmroom.records.model import Record


@click.command("kit")
@click.argument("incident", metavar="ID")
@click.option(
    "--to",
    "folder",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write kit.md, kit.html and kit.ics into DIR instead of printing.",
)
@click.option(
    "--today",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day the files are stamped with.  [default: today]",
)
@click.option(
    "--slot",
    "slots",
    metavar="NAME=WORDS",
    multiple=True,
    help="What fills a slot of the scripts, for names that do not belong in a file. May be given several times.",
)
@edition.option()
@click.pass_obj
def command(
    root: Path,
    incident: str,
    folder: Path | None,
    today: datetime.datetime | None,
    slots: tuple[str, ...],
    edition: str | None,
) -> None:
    """Give the meeting kit of an incident: one page for the table, then the folder behind it.

    The page has the agenda by the clock, first words, five hard moments, facts and deadlines; it prints alone, first.

    Everything comes from the record, the playbooks and the question bank; what the record lacks is asked for, never
    made up. Without --to it is printed as Markdown. With --to it is written as Markdown, as HTML that prints on A4
    and Letter, and as a calendar file with the meeting and every deadline, if the record says when the meeting is.
    Nothing that exists is overwritten.

    Exit codes: 0 fine, 1 the records hold errors or a file exists already, 2 wrong use.

    \b
    Examples:
      calmroom kit 2026-03-02-edge-firewall-rule
      calmroom kit 2026-03-02-edge-firewall-rule --to kit --slot sponsor_name="Ms Okafor"
    """
    from calmroom import files
    from calmroom.kit import calendar
    from calmroom.site import rendering, views

    base, record = find(root, incident, edition)
    renderer = rendering.Renderer(base)
    values = views.meeting(base, record, _given(base, slots))
    day = day_of(today)
    if folder is None:
        terminal.give(renderer.kit("kit.md", values))
        return
    contents = {name: renderer.kit(name, values) for name in ("kit.md", "kit.html")}
    entries = calendar.ics(values["kit"], day)
    if entries is not None:
        contents["kit.ics"] = entries.decode("utf-8")
    taken = [
        name
        for name, text in contents.items()
        if files.is_taken(folder / name) and not files.holds(folder / name, text)
    ]
    if taken:
        terminal.say(f"Nothing was written: {folder} holds {', '.join(taken)} already.", err=True)
        raise SystemExit(1)
    files.create_all({folder / name: text for name, text in contents.items()})
    terminal.say(f"Wrote {', '.join(contents)} to {folder}.")
    if entries is None:
        terminal.say("No calendar file: the record does not say when the meeting is (`meeting.at`).", err=True)


def _given(base: KnowledgeBase, slots: tuple[str, ...]) -> dict[str, str]:
    """Read `NAME=WORDS` pairs; a name that no script asks for is wrong use."""
    from calmroom.records.diagnostics import nearest

    known = {name for script in base.scripts.values() for name in script.slots}
    given = {}
    for written in slots:
        name, equals, words = written.partition("=")
        if not equals or not words.strip():
            raise click.UsageError(f"--slot {written!r} is not NAME=WORDS, as --slot sponsor_name='Ms Okafor'.")
        if name not in known:
            near = nearest(name, known)
            raise click.UsageError(
                f"No script asks for the slot '{name}'." + (f" Did you mean '{near}'?" if near else "")
            )
        given[name] = words.strip()
    return given


def find(root: Path, incident: str, level: str | None = None) -> tuple[KnowledgeBase, Record]:
    """Return the knowledge base and one of its records by id or earlier id, or say what is wrong with it."""
    from calmroom import knowledge
    from calmroom.records.diagnostics import nearest

    require_config(root)
    base = knowledge.read(root, edition=level)
    record = base.by_id.get(base.aliases.get(incident, incident))
    if record is not None:
        return base, record
    mine = [found for found in base.errors if f"/{incident}" in found.path]
    if mine:
        terminal.show(mine, err=True)
        raise SystemExit(1)
    near = nearest(incident, base.by_id)
    hint = f" Did you mean '{near}'?" if near else " `--edition` shows more where there is more."
    raise click.UsageError(f"There is no incident '{incident}' in {sharing.name(base.edition)}.{hint}")
