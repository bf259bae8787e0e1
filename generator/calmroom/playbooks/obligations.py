"""Notification clocks: which may run, what starts each, and the deadline with its arithmetic. Not legal advice.

An obligation is data (`playbooks/obligations/*.yaml`). Hours are counted as they pass; days end at midnight of the
rule's own zone; weekdays leave out Saturdays and Sundays; a month ends on the same day of the next month, or on its
last; what counts from the end of a year begins to count on 1 January. That is how Regulation (EEC, Euratom) 1182/71,
article 3, counts; the day or hour more that it grants at weekends and holidays is left out, so that a date here is
never later than the rule's. "At once" and "without undue delay" have no date, and none is made up.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
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
from calmroom.records.yaml_text import Document

_WITHIN = re.compile(r"([1-9][0-9]{0,2}) (hours?|days?|months?)\Z")
MOST_MONTHS = 120
"""Ten years: with the bound on clocks, no chain of deadlines leaves the calendar."""
WITHOUT_DATE = ("at once", "without undue delay")
"""Lengths that a rule gives in words: nobody can compute a date from them."""

Start = Literal["times.began", "times.detected", "times.declared", "ask"]


def _within(text: str) -> str:
    found = _WITHIN.match(text)
    too_long = found and found[2].startswith("month") and int(found[1]) > MOST_MONTHS
    if text not in WITHOUT_DATE and (not found or too_long):
        hint = f"Write 72 hours, 4 days or 1 month (at most {MOST_MONTHS}); or `at once`, or `without undue delay`."
        raise PydanticCustomError("CR530", "`{written}` is not a length", {"written": text[:40], "hint": hint})
    return text


class Clock(Fields):
    """One deadline: its name, how long, how it is counted, and what starts it where that is not the rule's start."""

    name: Text
    within: Annotated[Text, AfterValidator(_within)]
    counting: Literal["every hour", "every day", "weekdays"] | None = None
    after: Annotated[Text | None, Field(description="The clock of the same rule whose deadline starts this one.")] = (
        None
    )
    starts: Annotated[Text | None, Field(description="What starts this clock, if not what starts the rule.")] = None
    starts_at: Annotated[Start | None, Field(description="Where the record says when that was, or ask.")] = None
    from_end_of: Annotated[
        Literal["year"] | None, Field(description="Counted from the end of the calendar year in which it starts.")
    ] = None
    condition: Annotated[Text | None, Field(description="When this clock applies, if not whenever the rule does.")] = (
        None
    )


class Obligation(Fields):
    """A rule that may ask for a notification."""

    title: Text
    who: Text
    applies_when: Text
    kinds: Annotated[tuple[IncidentKind, ...], Field(min_length=1, description="Sorts of incident it may apply to.")]
    starts: Annotated[Text, Field(description="What starts the clock, in words.")]
    starts_at: Start
    zone: Annotated[Zone, Field(description="The zone in which its days are counted.")]
    clocks: Annotated[tuple[Clock, ...], Field(min_length=1, max_length=20)]
    note: Text | None = None
    source: Source
    read_at: Annotated[
        Source | None, Field(description="Where its text was read, if not at the source, so that anybody can read it.")
    ] = None
    checked_on: Day


@dataclass(frozen=True)
class Deadline:
    """One computed deadline: its name, when, in words, and its arithmetic; `at` is None where it has no date.

    `condition` says when it applies, where that is not whenever its rule does.
    """

    name: str
    at: datetime | None
    words: str
    arithmetic: str
    condition: str = ""


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
                faults += _clock_faults(rule, document, slug, file.path)
            problems += with_source(faults, text)
    return rules, problems


def _clock_faults(rule: Obligation, document: Document, slug: str, path: str) -> Iterator[Diagnostic]:
    names = [clock.name for clock in rule.clocks]
    for index, clock in enumerate(rule.clocks):
        at = (slug, "clocks", index)
        if clock.after is not None and clock.after not in names[:index]:
            message = f"`{clock.after}` is not an earlier clock of this rule"
            place = document.position((*at, "after"))
            yield Diagnostic("CR531", path, place, message, "Write the name of one above it.")
        if clock.within not in WITHOUT_DATE and clock.counting is None:
            message = f"the clock `{clock.name}` does not say how it is counted"
            hint = "Write `counting: every hour`, `every day` or `weekdays`."
            yield Diagnostic("CR532", path, document.position((*at, "within")), message, hint)


def concerning(rules: Mapping[str, Obligation], record: Record) -> dict[str, Obligation]:
    """Return the rules that can apply to an incident of this record's kinds, by their ids."""
    return {id_: rule for id_, rule in rules.items() if set(rule.kinds) & set(record.kind)}


def running(rules: Mapping[str, Obligation], record: Record, zone: str) -> list[Running]:
    """Return the rules that may apply to a record, with deadlines in the rule's zone and in `zone`."""
    found = []
    for rule in concerning(rules, record).values():
        start = _start(rule.starts_at, record)
        started = at_in_words(start, zone) if start else ""
        starts = {clock.name: _start(clock.starts_at, record) for clock in rule.clocks if clock.starts_at}
        found.append(Running(rule, started, deadlines(rule, start, starts, zone)))
    return found


def deadlines(
    rule: Obligation, start: datetime | None, starts: Mapping[str, datetime | None], zone: str
) -> tuple[Deadline, ...]:
    """Return every deadline of a rule that starts at `start`; `starts` holds those of clocks with a start of their own.

    A clock after another one counts from that one's deadline, since nobody knows yet when the earlier report was sent.
    """
    ends: dict[str, datetime | None] = {}
    found = []
    for clock in rule.clocks:
        own = clock.starts is not None or clock.starts_at is not None
        begin = ends[clock.after] if clock.after else starts.get(clock.name) if own else start
        end = due(begin, clock, rule.zone) if begin else None
        ends[clock.name] = end
        origin = clock.after or clock.starts or rule.starts
        length = f"{clock.within}, counting weekdays" if clock.counting == "weekdays" else clock.within
        if end is None or begin is None:
            words, told = "", f"{length}; starts when: {origin}"
        elif clock.counting == "every hour":
            words, told = at_in_words(end, zone), f"{at_in_words(begin, rule.zone)} + {length}"
        else:
            year = f" from the end of {begin.astimezone(ZoneInfo(rule.zone)).year}" if clock.from_end_of else ""
            day = at_in_words(end, rule.zone, clock=False, year=end.year != begin.year)
            words = f"{day}, end of the day in {rule.zone.rsplit('/', 1)[-1].replace('_', ' ')}"
            told = f"{at_in_words(begin, rule.zone, clock=False)} + {length}{year}"
        found.append(Deadline(clock.name, end, words, told, clock.condition or ""))
    return tuple(found)


def due(start: datetime, clock: Clock, zone: str) -> datetime | None:
    """Return when a clock that starts at `start` ends; None for one that gives no length in numbers."""
    match = _WITHIN.match(clock.within)
    if match is None:
        return None
    number, unit = int(match[1]), match[2].rstrip("s")
    if unit == "hour":
        return start.astimezone(UTC) + timedelta(hours=number)
    local = start.astimezone(ZoneInfo(zone))
    day = date(local.year, 12, 31) if clock.from_end_of else local.date()
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


def _start(field: Start, record: Record) -> datetime | None:
    if field == "ask":
        return None
    at: Moment | None = getattr(record.times, field.removeprefix("times."))
    return at.earliest if at is not None and at.precision <= Precision.MINUTE else None
