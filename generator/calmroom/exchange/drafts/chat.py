"""A chat copied as text: from Slack, Teams, WhatsApp, Signal, IRC, or written down by hand, in the forms people paste.

A line that begins with a time, or a name with a time after it, begins a message; other lines go on with it. A time
without a day belongs to the last day that stood above it, or to the day that was given; a clock that goes back by hours
begins the next day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from calmroom.exchange.drafts.files import Export
from calmroom.exchange.drafts.said import About, Said, Tell, checked, left_out, wrong
from calmroom.records.diagnostics import Position
from calmroom.records.moment import MONTH_NAMES

_CLOCK = r"(?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d))?(?:[ \u202f]?(?P<half>[AaPp])\.?[Mm]\.?)?"
_DAY = r"(?:(?P<year>\d{4})-(?P<month>\d\d)-(?P<mday>\d\d)|(?P<one>\d{1,2})(?P<sign>[./])(?P<two>\d{1,2})(?P=sign)(?P<short>\d{2,4}))"
_ZONE = r"(?: ?(?P<zone>Z|UTC|[+-]\d\d:?\d\d))?"
_STAMPED = re.compile(
    rf"^\s{{0,8}}[\[(]?(?:{_DAY}(?:,? |T))?{_CLOCK}{_ZONE}[\])]?(?: ?[-–—] |\s+|: )"
    r"(?:<(?P<nick>[^<>]{1,60})>\s?|(?P<who>[^\s:<>][^:<>\n]{0,60}?): ?)?(?P<text>.*)$"
)
_NAMED = re.compile(rf"^(?P<who>[^\s:\d][^:\n]{{0,60}}?)(?:\s+APP)?[  \t]+\[?(?:{_DAY},? )?{_CLOCK}{_ZONE}\]?\s*$")
_BARE = re.compile(rf"^{_CLOCK}$")
_ISO_ALONE = re.compile(r"^\W{0,8}(\d{4})-(\d\d)-(\d\d)\W{0,8}$")
_DAY_ALONE = re.compile(
    rf"^\W{{0,8}}(?:[A-Z][a-z]{{2,8}},? )?(?:(?P<m1>{'|'.join(MONTH_NAMES)}) (?P<d1>\d{{1,2}})|(?P<d2>\d{{1,2}})\.? (?P<m2>{'|'.join(MONTH_NAMES)}))"
    r"(?:st|nd|rd|th)?(?:,? (?P<y>\d{4}))?\W{0,8}$"
)
BACK = timedelta(hours=6)
LINE = 2_000
"""Of a line no more is looked at: nobody pastes a longer message."""


class _Start(NamedTuple):
    found: re.Match[str]
    who: str
    text: str


def is_one(export: Export) -> bool:
    """Say whether lines of a text begin with times."""
    if export.is_folder or export.head.lstrip().startswith("{"):
        return False
    lines = [line[:LINE] for line in export.head.split("\n")[:200]]
    return sum(_start(line, first=True) is not None for line in lines) >= 1


def read(export: Export, about: About, tell: Tell) -> Iterator[Said]:
    """Yield every message; `about.day` is the day of the first ones where the text names none."""
    name = export.files[0][0]
    lines = export.text(name, tell).replace("\r\n", "\n").split("\n")
    order = _order(lines)
    day, before = about.day, None
    who, words, place, at = "", [""], 0, None
    for number, whole in enumerate(lines, 1):
        line = whole[:LINE].rstrip()
        if heading := _day_alone(line, day):
            day, before = heading, None
            continue
        start = _start(line, first=not who)
        if start is None:
            words.append(line.strip())
            continue
        if at is not None:
            yield from _said(at, who, words, name, place)
        try:
            at, day, before = _when(start.found, day, before, order)
        except ValueError as error:
            if "no day" in str(error) or "may be" in str(error):
                hint = (
                    "Give --day 2026-03-02, the day on which it begins."
                    if "no day" in str(error)
                    else "Write days as 2026-03-02."
                )
                tell(wrong(name, str(error), hint, Position(number)))
                return
            tell(left_out(name, f"line {number}", str(error)))
            at = None
            continue
        who, words, place = start.who or who, [start.text], number
    if at is not None:
        yield from _said(at, who, words, name, place)


def _said(at: datetime, who: str, words: list[str], name: str, place: int) -> Iterator[Said]:
    text = " ".join(word for word in words if word)
    if text:
        yield Said(at, text, name, f"line {place}", f"{name}, line {place}", who or "somebody")


def _start(line: str, *, first: bool) -> _Start | None:
    """Return the beginning of a message; a clock alone is one only below a message that had a name."""
    if found := _STAMPED.match(line):
        return _Start(found, (found["nick"] or found["who"] or "").strip(), found["text"].strip())
    if found := _NAMED.match(line):
        return _Start(found, found["who"].strip(), "")
    if not first and (found := _BARE.match(line)):
        return _Start(found, "", "")
    return None


def _order(lines: list[str]) -> str:
    """Return in which order days and months stand in this text, `dm` or `md`, or nothing where it cannot be told."""
    pairs = [
        (int(found["one"]), int(found["two"]), found["sign"])
        for line in lines[:20_000]
        if (found := _STAMPED.match(line[:LINE]) or _NAMED.match(line[:LINE])) and found["one"]
    ]
    if any(sign == "." for _, _, sign in pairs) or any(one > 12 for one, _, _ in pairs):
        return "dm"
    return "md" if any(two > 12 for _, two, _ in pairs) else ""


def _day_alone(line: str, day: date | None) -> date | None:
    try:
        if found := _ISO_ALONE.match(line):
            return date(*map(int, found.groups()))
        if found := _DAY_ALONE.match(line):
            month = MONTH_NAMES.index(found["m1"] or found["m2"]) + 1
            year = int(found["y"]) if found["y"] else day.year if day else 0
            return date(year, month, int(found["d1"] or found["d2"])) if year else None
    except ValueError:
        return None
    return None


def _when(
    found: re.Match[str], day: date | None, before: datetime | None, order: str
) -> tuple[datetime, date, datetime]:
    part = found.groupdict()
    hour = int(part["hour"])
    if part["half"]:
        hour = hour % 12 + (12 if part["half"] in "Pp" else 0)
    written = _written_day(part, order)
    if written is None and day is None:
        raise ValueError("the messages have times and no day")
    day = written or day
    assert day is not None
    try:
        clock = time(hour, int(part["minute"]), int(part["second"] or 0))
    except ValueError:
        raise ValueError(f"“{part['hour']}:{part['minute']}” is not a time of day") from None
    at = datetime.combine(day, clock)
    if written is None and before is not None and before - at > BACK:
        day += timedelta(days=1)
        at = datetime.combine(day, clock)
    zone = (part.get("zone") or "").replace("UTC", "+00:00").replace("Z", "+00:00")
    told = datetime.fromisoformat(f"{at.isoformat()}{zone}") if zone else at
    return checked(told), day, at


def _written_day(part: dict[str, str | None], order: str) -> date | None:
    try:
        if found := part.get("year"):
            return date(int(found), int(part["month"] or 0), int(part["mday"] or 0))
        if not (first := part.get("one")):
            return None
        one, two, year = int(first), int(part["two"] or 0), int(part["short"] or 0)
        year += 2000 if year < 100 else 0
        if not order and one != two:
            raise ValueError(f"“{part['one']}/{part['two']}” may be a day and a month, or a month and a day")
        return date(year, two, one) if order == "dm" or one == two else date(year, one, two)
    except ValueError as error:
        if "may be" in str(error):
            raise
        raise ValueError("its day does not exist") from None
