"""A duration in words that the times contradict (CR620): "47 minutes" when the timeline says 58."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

from calmroom.checks import moments
from calmroom.checks.subject import Subject
from calmroom.records.diagnostics import Diagnostic, Level

_NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "fifteen": 15, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "a": 1, "an": 1, "half an": 0.5,
}  # fmt: skip
_UNITS = {
    "second": 1,
    "sec": 1,
    "minute": 60,
    "min": 60,
    "hour": 3600,
    "hr": 3600,
    "h": 3600,
    "day": 86400,
    "week": 604800,
}
_NUMBER = r"(?:\d{1,4}(?:\.\d)?|half an|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty|ninety)"
_PART = rf"(?:{_NUMBER})[ -](?:seconds?|minutes?|mins?|hours?|hrs?|days?|weeks?)"
_LASTED = re.compile(
    rf"(?P<cue>\b(?:lasted|(?:was|were|is|are) (?:down|out|unavailable|unreachable|offline|interrupted|degraded|affected|blocked) (?:\w+ )?for|failed for|"
    rf"outage of|interruption of|unavailable for|downtime of|without [\w -]{{3,30}} for|outage for|resolved (?:after|within|in)|mitigated (?:after|within|in)|"
    rf"detected (?:after|within|in)|nobody (?:knew|noticed|was told) for|unnoticed for|undetected for)) (?P<loose>(?:about|around|roughly|nearly|almost|over|more than|some|approximately|less than|under|up to|at least) )?"
    rf"(?P<span>{_PART}(?:,? and {_PART}|,? {_PART})?)\b",
    re.IGNORECASE,
)
_OUTAGE = re.compile(
    r"\b(?P<span>\d{1,3}-(?:minute|hour|day)) (?:outage|interruption|downtime|incident)\b", re.IGNORECASE
)
_ONE = re.compile(rf"({_NUMBER})[ -]([a-z]+?)s?\b", re.IGNORECASE)


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Yield a finding for a duration that lies between no two moments of the record."""
    fields = subject.fields
    if (
        fields is None
        or not {"minute", "minutes", "hour", "hours", "day", "days", "min", "seconds", "week", "weeks"} & subject.words
    ):
        return
    apart = list(moments.spans(fields))
    if not apart or not fields.times.known():
        return
    for passage in subject.passages:
        for pattern in (_LASTED, _OUTAGE):
            for found in pattern.finditer(passage.masked):
                loose = bool(found.groupdict().get("loose"))
                told = read(found["span"])
                if told is None or any(_agrees(told, least, most, loose) for least, most in apart):
                    continue
                yield _finding(subject, passage, found, told)


def read(written: str) -> timedelta | None:
    """Return the duration that words tell, `1 hour and 20 minutes`."""
    seconds = 0.0
    for number, unit in _ONE.findall(written.lower()):
        if unit not in _UNITS:
            return None
        seconds += (_NUMBERS[number] if number in _NUMBERS else float(number)) * _UNITS[unit]
    return timedelta(seconds=seconds) if seconds else None


def _agrees(told: timedelta, least: timedelta, most: timedelta, loose: bool) -> bool:
    """Say whether a duration is told truly, with the rounding people use: to the unit, a tenth, a fifth where they say about."""
    seconds = told.total_seconds()
    unit = 60 if seconds < 3600 else 1800 if seconds < 86400 else 43200
    slack = timedelta(seconds=max(unit, seconds * (0.25 if loose else 0.08)))
    return least - slack <= told <= most + slack


def _finding(subject: Subject, passage: object, found: re.Match[str], told: timedelta) -> Diagnostic:
    fields = subject.fields
    assert fields is not None
    times = dict(fields.times.known())
    start, end = found.span("span")
    message = f"“{found['span']}”: no two moments of this record are so far apart"
    begin = times.get("began")
    last = times.get("resolved") or times.get("mitigated")
    if begin and last and {begin.precision, last.precision} <= moments.MINUTES:
        name = "resolved" if "resolved" in times else "mitigated"
        right = spoken(last.earliest - begin.earliest)
        message += f"; from `began` to `{name}` it is {right}"
        if found.groupdict().get("cue") and "-" not in found["span"]:
            hint = f"Write “{right}”, or mend the times: durations are computed from them and must say the same."
            return subject.at(passage, start, end, "CR620", message, hint, Level.WARNING, rewrite=right)  # type: ignore[arg-type]
    hint = "Mend the words or the times: a reader who finds one figure wrong trusts none."
    return subject.at(passage, start, end, "CR620", message, hint, Level.WARNING)  # type: ignore[arg-type]


def spoken(span: timedelta) -> str:
    """Return a duration as people write it: `58 minutes`, `2 hours and 28 minutes`."""
    minutes = round(span.total_seconds() / 60)
    parts = [(minutes // 1440, "day"), (minutes % 1440 // 60, "hour"), (minutes % 60, "minute")]
    said = [f"{number} {unit}{'' if number == 1 else 's'}" for number, unit in parts if number]
    return " and ".join(said[:2]) or "less than a minute"
