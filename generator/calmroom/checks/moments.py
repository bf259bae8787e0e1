"""The moments of a record as facts that prose can be held against: how far apart, at what o'clock, on which day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from calmroom.records.model import IncidentFields
from calmroom.records.moment import Moment, Precision

MINUTES = frozenset({Precision.MINUTE, Precision.SECOND})
MOST = 120
"""Moments that are compared with one another; more would be many comparisons for little."""


def known(fields: IncidentFields) -> list[Moment]:
    """Return the five moments and those of the events, as far as they are known."""
    every = [at for _, at in fields.times.known()] + [event.at for event in fields.timeline]
    return every[:MOST]


def spans(fields: IncidentFields) -> Iterator[tuple[timedelta, timedelta]]:
    """Yield how far any two moments can be apart: at least, at most."""
    moments = sorted(known(fields), key=lambda at: at.earliest)
    for index, first in enumerate(moments):
        for second in moments[index + 1 :]:
            yield max(timedelta(0), second.earliest - first.latest), second.latest - first.earliest


def local(at: Moment, zone: str) -> Iterator[datetime]:
    """Yield a moment on each clock somebody may have read: its own, UTC, the knowledge base's."""
    yield at.earliest
    yield at.earliest + at.offset
    yield at.earliest.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
