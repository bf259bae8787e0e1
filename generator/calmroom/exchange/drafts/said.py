"""What every form of export becomes: who said or did what, when, and where in the export it stands."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from calmroom.records.diagnostics import Diagnostic, Level, Position

Tell = Callable[[Diagnostic], None]
FIRST_YEAR, LAST_YEAR = 1990, 2100
"""Before, there was no export; after, a unit of time was mistaken for another."""
_ISO = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)(?:[T ]\s?(?P<clock>\d\d:\d\d(?::\d\d)?)(?:[.,]\d{1,9})?"
    r"\s?(?P<zone>[Zz]|UTC|GMT|[+-]\d\d:?\d\d)?)?\Z"
)


@dataclass(frozen=True)
class Said:
    """One thing that was said or happened.

    `at` has no zone where the export has none. `who` is a person's name, or empty where a machine speaks. `kind` and
    `moment` are what the export itself says of it, else empty. `place` says where in the file it stands, `evidence`
    what a reader can look up, `group` which incident of the export it belongs to, where that holds several.
    """

    at: datetime
    text: str
    path: str
    place: str
    evidence: str
    who: str = ""
    kind: str = ""
    moment: str = ""
    group: str = ""


@dataclass
class About:
    """What an export says of the incident as a whole; the first that says something is heard."""

    title: str = ""
    severity: str = ""
    ref: str = ""
    summary: str = ""
    services: list[str] = field(default_factory=list)
    sources: list[tuple[str, str]] = field(default_factory=list)
    people: dict[str, str] = field(default_factory=dict)
    """Other names of people: how they are mentioned, and their name."""
    day: date | None = None
    """The day that was given for messages that have a time and no day."""


def wrong(path: str, message: str, hint: str, position: Position = Position()) -> Diagnostic:  # noqa: B008
    """Return the diagnostic for an export that cannot be read."""
    return Diagnostic("CR801", path, position, message, hint)


def left_out(path: str, place: str, why: str, hint: str = "") -> Diagnostic:
    """Return the note for one thing of an export that is not in the draft."""
    found = re.search(r"\bline (\d+)", place)
    position = Position(int(found[1])) if found else Position()
    return Diagnostic("CR802", path, position, f"{place} was left out: {why}", hint, Level.NOTE)


def moment(value: Any) -> datetime:
    """Return a time as exports write it: RFC 3339, or a number of seconds, milliseconds or microseconds since 1970.

    Without an offset it has no zone. Raises `ValueError` in words for what is no time, or none that an export can have.
    """
    if isinstance(value, bool) or value is None:
        raise ValueError("it has no time")
    if isinstance(value, int | float) or (isinstance(value, str) and re.fullmatch(r"-?\d{1,20}(\.\d{1,9})?", value)):
        number = float(value)
        if number != number or abs(number) > 1e19:
            raise ValueError(f"{value!r} is not a time")
        while abs(number) >= 1e11:  # milliseconds, microseconds, nanoseconds
            number /= 1000
        if number < 631_152_000:  # 1990-01-01, in seconds
            raise ValueError(f"its time, {value}, lies before {FIRST_YEAR}")
        try:
            return checked(datetime.fromtimestamp(number, UTC))
        except (OverflowError, OSError):
            raise ValueError(f"{value!r} is not a time") from None
    text = str(value).strip()
    found = _ISO.match(text)
    if found is None:
        raise ValueError(f"“{text[:40]}” is not a time")
    clock = found["clock"] or ""
    if not clock:
        raise ValueError(f"“{text[:40]}” is a day without an hour")
    zone = (found["zone"] or "").upper().replace("UTC", "+00:00").replace("GMT", "+00:00").replace("Z", "+00:00")
    try:
        return checked(datetime.fromisoformat(f"{found['day']}T{clock}{zone}"))
    except ValueError as error:
        if "lies" in str(error):
            raise
        raise ValueError(f"“{text[:40]}” is not a time that exists") from None


def checked(at: datetime) -> datetime:
    """Return a time; raise `ValueError` for one that no export can have."""
    if not FIRST_YEAR <= at.year < LAST_YEAR:
        raise ValueError(f"its time, {at:%Y-%m-%d}, lies outside of {FIRST_YEAR} to {LAST_YEAR}")
    return at
