"""Every action of every record: what is open, since when, whether the backlog grows, and how long closing takes.

`today` is an input, so that the same records and the same day give the same answer.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from calmroom.records.model import CLOSED, Action, Record


def days_late(action: Action, today: date) -> int:
    """Return how many days an open action is past its day; 0 where it is not, has no day, or is done or declined."""
    if action.due is None or action.status in CLOSED:
        return 0
    return max(0, (today - action.due).days)


def same_day(day: date, year: int) -> date:
    """Return a calendar day in another year; 29 February falls on the 28th where there is none."""
    leaps = (day.month, day.day) == (2, 29) and not isleap(year)
    return day.replace(year=year, day=28 if leaps else day.day)


@dataclass(frozen=True)
class Item:
    """One action with its record and what a day makes of it.

    `opened` is the day its incident is filed under: records do not say when an action was decided. `age` counts days
    from then to the day it was done or, while it is open, to today; None where it is closed and nobody wrote when.
    `late` is how many days an open action is past its day, 0 where it is not.
    """

    record: Record
    action: Action
    opened: date
    age: int | None
    late: int

    @property
    def is_open(self) -> bool:
        """Whether it is neither done nor declined."""
        return self.action.status not in CLOSED


def open_and_late(records: Iterable[Record], today: date) -> tuple[int, int]:
    """Return how many actions are open and not late, and how many are overdue, without looking at each whole."""
    due = [day for record in records for day in record.undone]
    late = sum(day is not None and day < today for day in due)
    return len(due) - late, late


def items(records: Iterable[Record], today: date) -> list[Item]:
    """Return every action: open ones first, those longest overdue before them, then those due next, then the oldest."""
    found = [_item(record, action, today) for record in records for action in record.actions]
    return sorted(found, key=_order)


def _item(record: Record, action: Action, today: date) -> Item:
    running = action.status not in CLOSED
    end = today if running else action.done_on
    age = max(0, (end - record.day).days) if end else None
    return Item(record, action, record.day, age, days_late(action, today))


def _order(item: Item) -> tuple[object, ...]:
    return (
        not item.is_open,
        -item.late,
        item.action.due or date.max,
        item.opened,
        item.record.id,
        item.action.id,
    )


@dataclass(frozen=True)
class Step:
    """A day on which the backlog changed: how many had been opened and closed by then, and what was closed that day."""

    day: date
    opened: int
    closed: int
    closings: tuple[Item, ...]

    @property
    def open(self) -> int:
        """How many were open at the end of the day."""
        return self.opened - self.closed


@dataclass(frozen=True)
class Backlog:
    """How many actions were open over time.

    `undated` are actions that are done without a day or declined: nobody can say until when they were open, so they
    are in no step.
    """

    steps: tuple[Step, ...]
    undated: int

    @property
    def now(self) -> int:
        """How many are open today."""
        return self.steps[-1].open if self.steps else 0

    def at(self, day: date) -> int:
        """Return how many were open at the end of a day."""
        return next((step.open for step in reversed(self.steps) if step.day <= day), 0)


def backlog(found: Sequence[Item], today: date) -> Backlog:
    """Return the backlog of some actions up to today."""
    dated = [item for item in found if item.is_open or item.action.done_on]
    closings: dict[date, list[Item]] = {}
    openings: dict[date, int] = {}
    for item in dated:
        openings[item.opened] = openings.get(item.opened, 0) + 1
        if not item.is_open and item.action.done_on:
            closings.setdefault(max(item.opened, item.action.done_on), []).append(item)
    steps, opened, closed = [], 0, 0
    for day in sorted({*openings, *closings, today} if dated else ()):
        if day > today:
            break
        opened += openings.get(day, 0)
        closed += len(closings.get(day, ()))
        steps.append(Step(day, opened, closed, tuple(closings.get(day, ()))))
    return Backlog(tuple(steps), len(found) - len(dated))


def times_to_close(found: Sequence[Item]) -> tuple[list[Item], list[Item], int]:
    """Return the done actions whose day is known, the open ones, which still run, and how many can be neither.

    Their `age` is the time in days. Declined actions were never going to close and are left out with the undated.
    """
    ended = [item for item in found if item.action.status == "done" and item.age is not None]
    running = [item for item in found if item.is_open]
    return ended, running, len(found) - len(ended) - len(running)


def owners(found: Iterable[Item]) -> list[str]:
    """Return the owners named, in alphabetical order."""
    return sorted({item.action.owner for item in found if item.action.owner}, key=str.lower)
