"""Times and lists as they are said aloud."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
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


def zone_in_words(instants: Iterable[datetime], zone: str) -> str:
    """Return, in a sentence or two, the zone in which these instants are told: `CET (UTC+1)`, and when it changes."""
    local = sorted({at.astimezone(ZoneInfo(zone)) for at in instants})
    seen: dict[str, datetime] = {}
    for at in local:
        seen.setdefault(f"{at:%Z} ({_offset(at)})" if not f"{at:%Z}".startswith(("+", "-")) else _offset(at), at)
    names = list(seen)
    if not names:
        return f"All times are those of {zone}."
    later = "".join(
        f" From {at_in_words(at, zone, clock=False)} on they are {name}." for name, at in list(seen.items())[1:]
    )
    return (
        f"All times are those of {zone}, {names[0]}.{later}"
        if names[0] != "UTC (UTC)"
        else f"All times are UTC.{later}"
    )


def _offset(at: datetime) -> str:
    minutes = int((at.utcoffset() or timedelta()).total_seconds() // 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'+' if minutes > 0 else '-'}{hours}{f':{rest:02}' if rest else ''}" if minutes else "UTC"


def with_record_time(words: str, at: Moment, zone: str) -> str:
    """Return a time in words, with the hour as the record writes it where its offset is not that of the zone."""
    if at.precision > Precision.MINUTE or at.earliest.astimezone(ZoneInfo(zone)).utcoffset() == at.offset:
        return words
    written = at.earliest.astimezone(timezone(at.offset))
    return f"{words} ({written:%H:%M} {_offset(written)})"


def listed(words: Iterable[str]) -> str:
    """Join words as a sentence does: `a, b and c`."""
    items = list(words)
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}" if items else ""
