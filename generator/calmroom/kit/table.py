"""The one page for the table: what a facilitator looks at while the room is tense. Everything else is the folder.

It has a bound: so many moments, facts and deadlines, each cut to a length, that it stays one page of A4 or Letter
whatever the record holds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from calmroom.kit import filling
from calmroom.kit.kit import Kit, lengths
from calmroom.playbooks import obligations, spoken
from calmroom.records.model import Event
from calmroom.records.moment import Precision

MOMENTS, FACTS, CLOCKS = 5, 5, 2
ANSWER, CUE, FACT, TITLE, CLOCK = 100, 80, 70, 80, 40
"""How many characters of an answer, an opening cue, a fact, a title and a legal clock fit on their lines."""

ENOUGH = 60
"""A first sentence shorter than this is followed by the next one: alone it says too little."""


@dataclass(frozen=True)
class Table:
    """What the page shows; every text is short enough for its line."""

    title: str
    meeting: str
    zone: str
    agenda: tuple[tuple[str, str], ...]
    opening: tuple[tuple[str, str], ...]
    moments: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    lengths: tuple[str, ...]
    deadlines: tuple[tuple[str, str], ...]
    clocks: tuple[tuple[str, str], ...]


def make(kit: Kit, zone: str) -> Table:
    """Choose from a kit what stands on the table."""
    meeting = kit.record.meeting
    start = meeting.at.earliest if meeting and meeting.at.precision <= Precision.MINUTE else None
    return Table(
        title=short(kit.record.title, TITLE),
        meeting=kit.meeting,
        zone=kit.zone,
        agenda=tuple(
            (clock(start, item.start, zone) if start else f"minute {item.start}", item.what) for item in kit.agenda
        ),
        opening=tuple((part.title, short(first_sentence(part.text), CUE)) for part in kit.opening),
        moments=tuple(
            (moment.what, short(first_sentence(filling.plain(moment.lines[0].says, moment.filled)), ANSWER))
            for moment in kit.hard_moments
            if moment.lines
        )[:MOMENTS],
        facts=_facts(kit.facts[:FACTS], zone),
        lengths=tuple(lengths(kit.record)),
        deadlines=tuple((item.name, without_zone(item.words)) for item in kit.deadlines if item.words),
        clocks=_clocks(kit.clocks),
    )


def clock(start: datetime, minutes: int, zone: str) -> str:
    """Return the time of day at which an item begins."""
    return f"{(start + timedelta(minutes=minutes)).astimezone(ZoneInfo(zone)):%H:%M}"


def first_sentence(text: str) -> str:
    """Return the first sentence of a text, with the next one where the first is only a word of address."""
    sentences = re.split(r"(?<=[.?!]) +", text)
    found = sentences[0]
    for further in sentences[1:]:
        if len(found) >= ENOUGH:
            break
        found = f"{found} {further}"
    return found


def short(text: str, length: int) -> str:
    """Return a text cut at a word so that it is no longer than `length`, with a sign that there was more."""
    plain = " ".join(text.split())
    if len(plain) <= length:
        return plain
    return plain[: length - 1].rsplit(" ", 1)[0].rstrip(",;:. ") + " …"


def without_zone(words: str) -> str:
    """Return a time in words without the zone's name at its end: the page says the zone once, at its top."""
    return re.sub(r"(\d\d:\d\d) (?:[A-Z]{2,5}|[+-]\d\d(?:\d\d)?)\Z", r"\1", words)


def _facts(events: Sequence[Event], zone: str) -> tuple[tuple[str, str], ...]:
    """Return facts with the room's time, the record's in brackets where it differs, and each day once."""
    found, before = [], ""
    for event in events:
        exact = event.at.precision <= Precision.MINUTE
        day = spoken.moment_in_words(event.at, zone, clock=False)
        time = f"{event.at.earliest.astimezone(ZoneInfo(zone)):%H:%M}" if exact else ""
        told = spoken.with_record_time(time, event.at, zone)
        found.append((" ".join(part for part in (day if day != before else "", told) if part), short(event.what, FACT)))
        before = day
    return tuple(found)


def _clocks(running: Sequence[obligations.Running]) -> tuple[tuple[str, str], ...]:
    dated = [
        (deadline.at, short(f"{item.rule.title}: {deadline.name}", CLOCK), without_zone(deadline.words))
        for item in running
        for deadline in item.deadlines
        if deadline.at is not None
    ]
    return tuple((name, words) for _, name, words in sorted(dated)[:CLOCKS])
