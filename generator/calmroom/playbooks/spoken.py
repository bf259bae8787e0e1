"""Times and lists as they are said aloud."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from calmroom.records.moment import MONTH_NAMES, Moment, Precision

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def at_in_words(at: datetime, zone: str, *, clock: bool = True, year: bool = False) -> str:
    """Return an instant in a zone as it is said aloud: `Wednesday 4 March, 14:00 CET`; with its year where asked."""
    local = at.astimezone(ZoneInfo(zone))
    day = f"{WEEKDAYS[local.weekday()]} {local.day} {MONTH_NAMES[local.month - 1]}{f' {local.year}' if year else ''}"
    return f"{day}, {local:%H:%M} {local:%Z}" if clock else day


def moment_in_words(at: Moment, zone: str, *, clock: bool = True) -> str:
    """Return a moment as it is said aloud, as exact as it is known."""
    if at.precision is Precision.MONTH:
        return f"{MONTH_NAMES[at.day.month - 1]} {at.day.year}"
    if at.precision >= Precision.HOUR:
        return f"{WEEKDAYS[at.day.weekday()]} {at.day.day} {MONTH_NAMES[at.day.month - 1]}"
    return at_in_words(at.earliest, zone, clock=clock)


def clock_in_words(at: Moment, zone: str) -> str:
    """Return a moment as a sentence takes it after "at" or "since": `10:02 on Monday 2 March`."""
    if at.precision > Precision.MINUTE:
        return moment_in_words(at, zone)
    local = at.earliest.astimezone(ZoneInfo(zone))
    return f"{local:%H:%M} on {at_in_words(at.earliest, zone, clock=False)}"


def listed(words: Iterable[str]) -> str:
    """Join words as a sentence does: `a, b and c`."""
    items = list(words)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
