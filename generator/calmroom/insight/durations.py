"""Durations of an incident: computed from its moments, never written, and no finer than the moments are known.

The names are the trade's: time to detect, to mitigate, to resolve. Each duration names the two moments it lies
between, because teams measure "time to resolve" from different starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from calmroom.records.model import Record
from calmroom.records.moment import Moment, Precision

SPANS = (
    ("detect", "began", "detected"),
    ("mitigate", "detected", "mitigated"),
    ("resolve", "began", "resolved"),
)


@dataclass(frozen=True)
class Duration:
    """The time between two moments of a record.

    `name` is what it measures (`detect`, `mitigate`, `resolve`), `start` and `end` name the moments. `shortest` and
    `longest` are the bounds that the moments' precision leaves; they are equal when both are known to the minute.
    """

    name: str
    start: str
    end: str
    start_at: Moment
    end_at: Moment

    @property
    def precision(self) -> Precision:
        """The coarser of the two moments' precisions."""
        return max(self.start_at.precision, self.end_at.precision)

    @property
    def exact(self) -> bool:
        """Whether both moments are known to the minute."""
        return self.precision <= Precision.MINUTE

    @property
    def shortest(self) -> timedelta:
        """The least it can have been."""
        return max(timedelta(0), self.end_at.earliest - self.start_at.latest)

    @property
    def longest(self) -> timedelta:
        """The most it can have been."""
        return max(timedelta(0), self.end_at.latest - self.start_at.earliest)

    @property
    def text(self) -> str:
        """The duration in words, as exact as it is known."""
        if self.exact and self.start_at.earliest == self.end_at.earliest:
            return "at once"
        if self.exact:
            return in_words(self.end_at.earliest - self.start_at.earliest)
        between = self.end_at.earliest - self.start_at.earliest
        if self.precision is Precision.HOUR:
            hours = round(between / timedelta(hours=1))
            return f"about {_counted(hours, 'hour')}" if hours else "within the hour"
        if self.precision is Precision.DAY:
            days = (self.end_at.day - self.start_at.day).days
            return f"about {_counted(days, 'day')}" if days else "within the day"
        months = (self.end_at.day.year - self.start_at.day.year) * 12 + self.end_at.day.month - self.start_at.day.month
        return f"about {_counted(months, 'month')}" if months else "within the month"


@dataclass(frozen=True)
class Phase:
    """A stretch of an incident: unnoticed, responding or recovering, with its share of the whole in per cent."""

    name: str
    title: str
    duration: Duration
    share: float


def of(record: Record) -> list[Duration]:
    """Return the durations that a record's moments allow: to detect, to mitigate, to resolve."""
    return [found for name, start, end in SPANS if (found := _between(record, name, start, end))]


def phases(record: Record) -> list[Phase]:
    """Return an incident's phases in order; together they last from the first to the last moment that is known.

    Unnoticed: began to detected. Responding: detected to mitigated, or to resolved where `mitigated` is not known.
    Recovering: mitigated to resolved. Where nobody recorded when it was detected, the time until it was mitigated is
    called affected, since nobody can say how much of it was a response. A phase whose moments are not both known, or
    which has no length, is left out.
    """
    times = record.times
    end = "mitigated" if times.mitigated else "resolved"
    stretches = [("unnoticed", "Unnoticed", "began", "detected")]
    if times.detected:
        stretches.append(("responding", "Responding", "detected", end))
    else:
        stretches.append(("responding", "Affected", "began", end))
    if times.mitigated:
        stretches.append(("recovering", "Recovering", "mitigated", "resolved"))
    found = []
    for name, title, first, last in stretches:
        duration = _between(record, name, first, last)
        if duration and duration.end_at.earliest > duration.start_at.earliest:
            found.append((name, title, duration))
    whole = sum((d.end_at.earliest - d.start_at.earliest for _, _, d in found), timedelta(0))
    return [
        Phase(name, title, duration, round(100 * (duration.end_at.earliest - duration.start_at.earliest) / whole, 2))
        for name, title, duration in found
    ]


def start_of(record: Record) -> Moment | None:
    """Return the moment from which offsets are counted: `began`, else the first event."""
    if record.times.began:
        return record.times.began
    return record.events[0].at if record.timeline else None


def offset(at: Moment, start: Moment) -> str:
    """Return how long after the start a moment lies, `T+38 min`; days only where no more is known."""
    precision = max(at.precision, start.precision)
    if precision >= Precision.DAY:
        days = (at.day - start.day).days
        sign = "−" if days < 0 else "+"
        return "T" if days == 0 else f"T{sign}{_counted(abs(days), 'day')}"
    between = at.earliest - start.earliest
    if not between:
        return "T+0"
    sign = "−" if between < timedelta(0) else "+"
    if precision is Precision.HOUR:
        hours = abs(round(between / timedelta(hours=1)))
        return f"T{sign}{hours} h" if hours < 48 else f"T{sign}{_counted(round(hours / 24), 'day')}"
    return f"T{sign}{in_words(abs(between))}"


def in_words(between: timedelta) -> str:
    """Say a duration in at most two units: `38 s`, `52 min`, `2 h 28 min`, `3 days 4 h`, `117 days`."""
    seconds = round(between.total_seconds())
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 300 and seconds % 60:
        return f"{seconds // 60} min {seconds % 60} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes:02} min" if minutes else f"{hours} h"
    days, hours = divmod(round(seconds / 3600), 24)
    return f"{_counted(days, 'day')} {hours} h" if hours and days < 14 else _counted(days, "day")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _between(record: Record, name: str, start: str, end: str) -> Duration | None:
    start_at: Moment | None = getattr(record.times, start)
    end_at: Moment | None = getattr(record.times, end)
    if start_at is None or end_at is None:
        return None
    return Duration(name, start, end, start_at, end_at)


def span(record: Record) -> tuple[datetime, datetime] | None:
    """Return the first and the last instant of the incident's known moments."""
    known = [at for _, at in record.times.known()]
    return (min(at.earliest for at in known), max(at.latest for at in known)) if known else None
