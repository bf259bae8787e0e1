"""`calmroom actions`: every action of every record, on one list."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calmroom import terminal
from calmroom.cli import edition
from calmroom.cli.build_command import day_of, read_sound

if TYPE_CHECKING:
    from calmroom.insight.actions import Item


@click.command("actions")
@click.option("--overdue", is_flag=True, help="Only those that are overdue.")
@click.option("--owner", metavar="NAME", help="Only those whose owner has NAME in it, in any case.")
@click.option("--all", "everything", is_flag=True, help="Those that are done or declined as well.")
@click.option("--ours", is_flag=True, help="Leave out those of other organisations' incidents.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", "ics"]),
    default="table",
    show_default=True,
    help="ics puts each open action that has a day into a calendar.",
)
@click.option(
    "--today",
    metavar="DATE",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day against which age and lateness count.  [default: today]",
)
@edition.option()
@click.pass_obj
def command(
    root: Path,
    overdue: bool,
    owner: str | None,
    everything: bool,
    ours: bool,
    form: str,
    today: datetime.datetime | None,
    edition: str | None,
) -> None:
    """List the actions of all records: those longest overdue first, then those due next, then the oldest.

    Age is in days since the day of the incident, because records do not say when an action was decided. Fictional
    examples are left out.

    Exit codes: 0 listed (even if there is none), 1 the records hold errors, 2 wrong use.

    \b
    Examples:
      calmroom actions --overdue
      calmroom actions --owner platform --format csv > platform.csv
      calmroom actions --ours --format ics > actions.ics
    """
    from calmroom.insight import actions, register

    base = read_sound(root, edition)
    day = day_of(today)
    records = [record for record in base.records if not record.fictional and not (ours and record.organisation)]
    if not everything or overdue:  # what is asked for is open: a record's whole actions are made only where some may be
        asked = (owner or "").lower()
        records = [
            record
            for record in records
            if any(asked in name.lower() for name in record.owners)
            and (not overdue or any(due is not None and due < day for due in record.undone))
        ]
    found = [
        item
        for item in actions.items(records, day)
        if (item.late or not overdue)
        and (item.is_open or (everything and not overdue))
        and (owner is None or owner.lower() in (item.action.owner or "").lower())
    ]
    if form == "json":
        terminal.give_json([register.row(item) for item in found])
    elif form == "csv":
        terminal.give_data(register.csv_text(found))
    elif form == "ics":
        terminal.give_data(register.ics(found, day).decode("utf-8"))
    else:
        _table(found)
        late = sum(item.late > 0 for item in found)
        of_them = f", {late:,} overdue" if late else ""
        terminal.say(f"{terminal.counted(len(found), 'action')}{of_them}, as of {day}.", err=True)


def _table(found: Sequence[Item]) -> None:
    """Print a table whose last column is the text: what is long stands where it can wrap."""
    if not found:
        return
    rows = [("DUE", "LATE", "AGE", "STATE", "STRENGTH", "OWNER", "INCIDENT", "ACTION")]
    for item in found:
        action = item.action
        rows.append(
            (
                str(action.due or "-"),
                f"{item.late} d" if item.late else "-",
                f"{item.age} d" if item.age is not None else "-",
                action.status,
                action.strength or "-",
                _short(action.owner or "-", 24),
                item.record.id,
                action.what,
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        terminal.say("  ".join([*cells, row[-1]]).rstrip())


def _short(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"
