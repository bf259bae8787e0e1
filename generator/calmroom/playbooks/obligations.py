"""Notification clocks: which may run, what starts each, and the deadline with its arithmetic. Not legal advice.

An obligation is data (`playbooks/obligations/*.yaml`). Hours are counted as they pass; days end at midnight of the
rule's own zone; weekdays leave out Saturdays and Sundays; a month ends on the same day of the next month, or on its
last.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from calmroom.playbooks.model import Source
from calmroom.playbooks.reader import File, document_of
from calmroom.playbooks.spoken import at_in_words
from calmroom.records.diagnostics import Diagnostic
from calmroom.records.model import Day, Fields, IncidentKind, Record, Text
from calmroom.records.moment import Moment, Precision
from calmroom.records.reader import with_source
from calmroom.records.settings import Zone
from calmroom.records.validate import validate

_WITHIN = re.compile(r"([0-9]{1,3}) (hours?|days?|months?)\Z")
MOST_MONTHS = 120
"""Ten years: with the bound on clocks, no chain of deadlines leaves the calendar."""


def _within(text: str) -> str:
    found = _WITHIN.match(text)
    if not found or (found[2].startswith("month") and int(found[1]) > MOST_MONTHS):
        hint = f"Write 72 hours, 4 days or 1 month; at most {MOST_MONTHS} months."
        raise PydanticCustomError("CR530", "`{written}` is not a length", {"written": text[:40], "hint": hint})
    return text


class Clock(Fields):
    """One deadline: its name, how long, how it is counted, and after which earlier one of the same rule."""

    name: Text
    within: Annotated[Text, AfterValidator(_within)]
    counting: Literal["every hour", "every day", "weekdays"]
    after: Annotated[Text | None, Field(description="The clock of the same rule whose deadline starts this one.")] = (
        None
    )


class Obligation(Fields):
    """A rule that may ask for a notification."""

    title: Text
    who: Text
    applies_when: Text
    kinds: Annotated[tuple[IncidentKind, ...], Field(min_length=1, description="Sorts of incident it may apply to.")]
    starts: Annotated[Text, Field(description="What starts the clock, in words.")]
    starts_at: Literal["times.began", "times.detected", "times.declared", "ask"]
    zone: Annotated[Zone, Field(description="The zone in which its days are counted.")]
    clocks: Annotated[tuple[Clock, ...], Field(min_length=1, max_length=20)]
    note: Text | None = None
    source: Source
    checked_on: Day


@dataclass(frozen=True)
class Deadline:
    """One computed deadline: its name, when, in words, and its arithmetic; `at` is None where the start is unknown."""

    name: str
    at: datetime | None
    words: str
    arithmetic: str


@dataclass(frozen=True)
class Running:
    """A rule that may apply to a record, with its deadlines."""

    rule: Obligation
    started: str
    deadlines: tuple[Deadline, ...]


def read(files: Sequence[File]) -> tuple[dict[str, Obligation], list[Diagnostic]]:
    """Read obligations: each file a mapping of slugs to rules."""
    rules: dict[str, Obligation] = {}
    problems: list[Diagnostic] = []
    for file in files:
        document, text, found = document_of(file)
        problems += found
        for slug in document.value if document else ():
            part = document.below((slug,)) if document else None
            if part is None or document is None:
                continue
            if not isinstance(part.value, dict):
                place = document.position((slug,), key=True)
                hint = "Write `title:`, `who:`, …, indented."
                problems += with_source(
                    [Diagnostic("CR203", file.path, place, f"`{slug}` is not a rule's fields", hint)], text
                )
                continue
            rule, faults = validate(Obligation, part, file.path)
            if rule is not None:
                rules[slug] = rule
                names = [clock.name for clock in rule.clocks]
                for index, clock in enumerate(rule.clocks):
                    if clock.after is not None and clock.after not in names[:index]:
                        place = document.position((slug, "clocks", index, "after"))
                        message = f"`{clock.after}` is not an earlier clock of this rule"
                        faults.append(Diagnostic("CR531", file.path, place, message, "Write the name of one above it."))
            problems += with_source(faults, text)
    return rules, problems


def concerning(rules: Mapping[str, Obligation], record: Record) -> dict[str, Obligation]:
    """Return the rules that can apply to an incident of this record's kinds, by their ids."""
    return {id_: rule for id_, rule in rules.items() if set(rule.kinds) & set(record.kind)}


def running(rules: Mapping[str, Obligation], record: Record, zone: str) -> list[Running]:
    """Return the rules that may apply to a record, with deadlines in the rule's zone and in `zone`."""
    found = []
    for rule in concerning(rules, record).values():
        start = _start(rule, record)
        started = at_in_words(start, zone) if start else ""
        ends: dict[str, datetime | None] = {}
        deadlines = []
        for clock in rule.clocks:
            begin = ends[clock.after] if clock.after else start
            end = due(begin, clock, rule.zone) if begin else None
            ends[clock.name] = end
            origin = clock.after or rule.starts
            words = at_in_words(end, zone) if end else ""
            told = (
                f"{at_in_words(begin, rule.zone)} + {clock.within}, counting {clock.counting}"
                if begin
                else f"{clock.within} from: {origin}"
            )
            deadlines.append(Deadline(clock.name, end, words, told))
        found.append(Running(rule, started, tuple(deadlines)))
    return found


def due(start: datetime, clock: Clock, zone: str) -> datetime:
    """Return when a clock that starts at `start` ends."""
    match = _WITHIN.match(clock.within)
    assert match is not None
    number, unit = int(match[1]), match[2].rstrip("s")
    if unit == "hour":
        return start.astimezone(UTC) + timedelta(hours=number)
    local = start.astimezone(ZoneInfo(zone))
    day = local.date()
    if unit == "month":
        month = day.month - 1 + number
        year, month = day.year + month // 12, month % 12 + 1
        day = day.replace(year=year, month=month, day=min(day.day, calendar.monthrange(year, month)[1]))
    elif clock.counting == "weekdays":
        while number:
            day += timedelta(days=1)
            number -= day.weekday() < 5
    else:
        day += timedelta(days=number)
    return datetime.combine(day, time(23, 59), ZoneInfo(zone))


def _start(rule: Obligation, record: Record) -> datetime | None:
    if rule.starts_at == "ask":
        return None
    at: Moment | None = getattr(record.times, rule.starts_at.removeprefix("times."))
    return at.earliest if at is not None and at.precision <= Precision.MINUTE else None
