"""Moments: points in time as exact as the source knows them, never more.

A moment is written as RFC 3339 with an offset, `2026-03-02T09:02:00+00:00`. Where the source gives only the hour, the
day or the month, the digits that are not known are written `xx`, as ISO 8601-2 (EDTF) writes unspecified digits:
`2022-01-20Txx:xxZ` is some time on 20 January. Nothing downstream shows or computes with more precision than was
written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import IntEnum
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

MONTH_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
FIRST_YEAR, LAST_YEAR = 1000, 2100

MOMENT_PATTERN = (
    r"^\d{4}-\d{2}-(\d{2}[Tt ](\d{2}:(\d{2}(:\d{2}(\.\d{1,9})?)?|xx)|xx:xx)|xx[Tt ]xx:xx)([Zz]|[+-]\d{2}:\d{2})$"
)
_MOMENT = re.compile(
    r"(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d|xx)[Tt ](?P<hour>\d\d|xx):(?P<minute>\d\d|xx)"
    r"(?::(?P<second>\d\d)(?P<fraction>\.\d{1,9})?)?(?P<offset>[Zz]|[+-]\d\d:\d\d)\Z"
)
_NAIVE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?\Z")
_DATE = re.compile(r"\d{4}-\d\d-\d\d\Z")


class Precision(IntEnum):
    """How exactly a moment is known; a smaller number is more exact."""

    SECOND = 0
    MINUTE = 1
    HOUR = 2
    DAY = 3
    MONTH = 4


@dataclass(frozen=True)
class Moment:
    """A point in time: the earliest instant it can be (UTC), how exactly it is known, its written offset."""

    earliest: datetime
    precision: Precision
    offset: timedelta

    @property
    def latest(self) -> datetime:
        """The first instant after which it certainly was."""
        if self.precision <= Precision.MINUTE:
            return self.earliest
        if self.precision is Precision.HOUR:
            return self.earliest + timedelta(hours=1)
        if self.precision is Precision.DAY:
            return self.earliest + timedelta(days=1)
        local = self.earliest + self.offset
        year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
        return local.replace(year=year, month=month) - self.offset

    @property
    def day(self) -> date:
        """The calendar day at the offset it was written with (the first day of the month, where only that is known)."""
        return (self.earliest + self.offset).date()

    def certainly_after(self, other: Moment) -> bool:
        """Say whether this moment is later than `other` however the unknown digits are filled in."""
        return self.earliest > other.earliest and self.earliest >= other.latest

    def __str__(self) -> str:
        local = self.earliest + self.offset
        zone = "Z"
        if self.offset:
            minutes = int(self.offset.total_seconds() // 60)
            zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
        day, at = f"{local.day:02}", self.precision
        if at <= Precision.MINUTE:
            second = local.second if at is Precision.SECOND else 0
            clock = f"{day}T{local.hour:02}:{local.minute:02}:{second:02}"
        elif at is Precision.HOUR:
            clock = f"{day}T{local.hour:02}:xx"
        else:
            clock = f"{day if at is Precision.DAY else 'xx'}Txx:xx"
        return f"{local.year:04}-{local.month:02}-{clock}{zone}"

    @classmethod
    def parse(cls, written: object) -> Moment:
        """Read a moment as a record writes it.

        Raises `PydanticCustomError` with the type `CR205` (no offset), `CR206` (a date alone) or `CR207` (not a time).
        """
        if not isinstance(written, str):
            raise _not_a_time(written)
        text = written.strip()
        found = _MOMENT.match(text)
        if found is None:
            if _DATE.match(text):
                raise PydanticCustomError(
                    "CR206",
                    "`{written}` is a date where a time belongs",
                    {
                        "written": text,
                        "hint": f"Write {text}T00:00:00+00:00 with the real time and offset; "
                        f"{text}Txx:xxZ if only the day is known.",
                    },
                )
            if _NAIVE.match(text):
                joined = text.replace(" ", "T")
                hint = f"Write {joined}Z if it is UTC, else for example {joined}+01:00."
                raise PydanticCustomError(
                    "CR205", "`{written}` has no offset from UTC", {"written": text, "hint": hint}
                )
            raise _not_a_time(written)
        try:
            return _from_match(found)
        except ValueError as error:
            raise PydanticCustomError(
                "CR207",
                "`{written}` is not a time that exists: {why}",
                {"written": text, "why": str(error), "hint": "Check the month, day, hour, minute and offset."},
            ) from None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Let pydantic read a moment with `parse` and write it with `str`."""
        return core_schema.no_info_plain_validator_function(
            lambda value: value if isinstance(value, Moment) else cls.parse(value),
            serialization=core_schema.plain_serializer_function_ser_schema(str),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe a moment to editors as text of one pattern."""
        return {
            "type": "string",
            "pattern": MOMENT_PATTERN,
            "description": "RFC 3339 with an offset; digits that are not known are written xx.",
            "examples": ["2026-03-02T09:02:00+00:00", "2026-03-02Txx:xxZ"],
        }


def _not_a_time(written: object) -> PydanticCustomError:
    shown = written if isinstance(written, str) else type(written).__name__
    return PydanticCustomError(
        "CR207",
        "`{written}` is not a time",
        {"written": str(shown)[:60], "hint": "Write a time with its offset, as 2026-03-02T09:02:00+00:00."},
    )


def _from_match(found: re.Match[str]) -> Moment:
    part = found.groupdict()
    if not FIRST_YEAR <= int(part["year"]) <= LAST_YEAR:
        raise ValueError(f"the year must lie between {FIRST_YEAR} and {LAST_YEAR}")
    known = [part["day"] != "xx", part["hour"] != "xx", part["minute"] != "xx"]
    if known != sorted(known, reverse=True) or (part["second"] and not known[2]):
        raise ValueError("only the last digits may be unknown")
    precision = [Precision.MONTH, Precision.DAY, Precision.HOUR, Precision.MINUTE][sum(known)]
    second = int(part["second"] or 0)
    micro = int(((part["fraction"] or ".0")[1:] + "000000")[:6])
    if precision is Precision.MINUTE and (second or micro):
        precision = Precision.SECOND
    offset = timedelta(0)
    if part["offset"] not in "Zz":
        hours, minutes = int(part["offset"][1:3]), int(part["offset"][4:6])
        if hours > 23 or minutes > 59:
            raise ValueError("the offset is at most 23:59")
        offset = timedelta(hours=hours, minutes=minutes) * (-1 if part["offset"][0] == "-" else 1)
    leap = second == 60  # RFC 3339, section 5.7: a leap second is written :60
    local = datetime(
        int(part["year"]),
        int(part["month"]),
        int(part["day"]) if known[0] else 1,
        int(part["hour"]) if known[1] else 0,
        int(part["minute"]) if known[2] else 0,
        59 if leap else second,
        micro,
        tzinfo=timezone(offset),
    )
    earliest = local.astimezone(UTC) + timedelta(seconds=1 if leap else 0)
    return Moment(earliest, precision, offset)


def parse_day(written: object) -> date:
    """Read a calendar day, `2026-03-16`.

    Raises `PydanticCustomError` with the type `CR208` when it is none.
    """
    if isinstance(written, date) and not isinstance(written, datetime):
        return written
    text = written.strip() if isinstance(written, str) else ""
    if _DATE.match(text):
        try:
            day = date.fromisoformat(text)
        except ValueError:
            pass
        else:
            if FIRST_YEAR <= day.year <= LAST_YEAR:
                return day
            message = f"`{{written}}` is not a day between the years {FIRST_YEAR} and {LAST_YEAR}"
            hint = "Write the real day, or leave it out where there is none."
            raise PydanticCustomError("CR208", message, {"written": text, "hint": hint})
    hint = "Write year-month-day, as 2026-03-16."
    if _DATE.match(text[:10]) and len(text) > 10:
        hint = f"A day has no time: write {text[:10]}."
    raise PydanticCustomError(
        "CR208", "`{written}` is not a day that exists", {"written": str(written)[:60], "hint": hint}
    )
