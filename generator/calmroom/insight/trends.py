"""What recurs across incidents, as plain values: each with its number, its spread, its records and what was missing."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

from calmroom.insight import durations
from calmroom.insight.population import Population
from calmroom.insight.statistics import (
    Comparison,
    Interval,
    Quartiles,
    adjusted,
    association,
    compare_counts,
    count_interval,
    quartiles,
    share_interval,
)
from calmroom.records.model import Action, Record

STRENGTHS = ("stronger", "intermediate", "weaker")
SHOWN_PAIRS = 10
RECENT_YEARS = 20
"""A year without an incident is a count of none as far back as this; before that only years with one are listed."""


@dataclass(frozen=True)
class YearCount:
    """How many incidents a year had: in all with the interval of that count, by severity, by kind, and near misses.

    `whole` is False for a year that is not over on the build's day.
    """

    year: int
    records: tuple[Record, ...]
    interval: Interval
    severities: dict[str, int]
    kinds: dict[str, int]
    near_misses: tuple[Record, ...]
    whole: bool

    @property
    def count(self) -> int:
        """Incidents of the year, near misses not among them."""
        return len(self.records)


def years(population: Population, today: date) -> list[YearCount]:
    """Return a count for each year from the first incident to today's, latest first.

    Years without any are among them, as far back as `RECENT_YEARS`.
    """
    with_any = {record.day.year for record in population.records}
    if not with_any:
        return []
    found = []
    for year in range(max(*with_any, today.year), min(with_any) - 1, -1):
        if year not in with_any and year <= today.year - RECENT_YEARS:
            continue
        records = tuple(record for record in population.incidents if record.day.year == year)
        found.append(
            YearCount(
                year=year,
                records=records,
                interval=count_interval(len(records)),
                severities=Counter(record.severity for record in records),
                kinds=Counter(kind for record in records for kind in record.kind),
                near_misses=tuple(record for record in population.near_misses if record.day.year == year),
                whole=year < today.year,
            )
        )
    return found


@dataclass(frozen=True)
class YearComparison:
    """The year so far against the whole of last year, in incidents a day of each."""

    this: YearCount
    last: YearCount
    days: int
    days_last: int
    result: Comparison


def this_year(population: Population, today: date) -> YearComparison | None:
    """Compare this year so far with last year; None where neither has an incident or the records were chosen.

    Records of other organisations are a collection: how many there are of a year says what was collected.
    """
    if population.elsewhere:
        return None
    by_year = {count.year: count for count in years(population, today)}
    this, last = by_year.get(today.year), by_year.get(today.year - 1)
    if this is None or last is None or not this.count + last.count:
        return None
    days = (today - date(today.year, 1, 1)).days + 1
    days_last = (date(today.year, 1, 1) - date(today.year - 1, 1, 1)).days
    return YearComparison(this, last, days, days_last, compare_counts(this.count, days, last.count, days_last))


@dataclass(frozen=True)
class Point:
    """One incident's duration in seconds: its bounds, and the middle of them, which is what is counted."""

    record: Record
    duration: durations.Duration
    low: float
    high: float

    @property
    def middle(self) -> float:
        """The duration, or the middle of what it can have been."""
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class Spread:
    """All durations of one sort: every point, quartiles where there are enough, and the records that lack it."""

    name: str
    start: str
    end: str
    points: tuple[Point, ...]
    quartiles: Quartiles | None
    missing: tuple[Record, ...]

    @property
    def n(self) -> int:
        """How many incidents have this duration."""
        return len(self.points)

    @property
    def inexact(self) -> int:
        """How many are known to the hour, the day or the month only."""
        return sum(not point.duration.exact for point in self.points)


def spreads(records: Iterable[Record]) -> list[Spread]:
    """Return the spreads of the times to detect, to mitigate and to resolve, shortest point first."""
    listed = list(records)
    of_each = {record.id: {found.name: found for found in durations.of(record)} for record in listed}
    made = []
    for name, start, end in durations.SPANS:
        points = [
            Point(record, found, found.shortest.total_seconds(), found.longest.total_seconds())
            for record in listed
            if (found := of_each[record.id].get(name))
        ]
        points.sort(key=lambda point: (point.middle, point.record.id))
        missing = tuple(record for record in listed if name not in of_each[record.id])
        made.append(Spread(name, start, end, tuple(points), quartiles([p.middle for p in points]), missing))
    return made


@dataclass(frozen=True)
class Share:
    """Some records out of n: which, how many, and the interval of their share."""

    name: str
    records: tuple[Record, ...]
    n: int
    interval: Interval

    @property
    def count(self) -> int:
        """How many."""
        return len(self.records)

    @property
    def share(self) -> float:
        """The share, 0 to 1; 0 where there is nothing to share."""
        return self.count / self.n if self.n else 0.0


def share(name: str, records: Sequence[Record], n: int) -> Share:
    """Return a share of records with its interval."""
    return Share(name, tuple(records), n, share_interval(len(records), n))


def detectors(records: Sequence[Record]) -> tuple[list[Share], tuple[Record, ...]]:
    """Return who noticed first, most often first, out of the records that say so; and the records that do not."""
    known = [record for record in records if record.detection.by]
    names = Counter(record.detection.by for record in known)
    ordered = sorted(names, key=lambda name: (-names[name], str(name)))
    found = [share(str(name), [r for r in known if r.detection.by == name], len(known)) for name in ordered]
    return found, tuple(record for record in records if not record.detection.by)


def factor_kinds(records: Sequence[Record]) -> tuple[list[Share], tuple[Record, ...]]:
    """Return the kinds of factor, most frequent first, out of the records that name any; and those that name none.

    A record counts once for a kind, however many such factors it has.
    """
    known, kinds = _with_kinds(records)
    counted = Counter(kind for found in kinds.values() for kind in found)
    ordered = sorted(counted, key=lambda kind: (-counted[kind], kind))
    found = [share(kind, [r for r in known if kind in kinds[r.id]], len(known)) for kind in ordered]
    return found, tuple(record for record in records if not record.factors)


def _with_kinds(records: Sequence[Record]) -> tuple[list[Record], dict[str, set[str]]]:
    """Return the records that name any factor, and by their ids the kinds they name."""
    known = [record for record in records if record.factors]
    return known, {record.id: {factor.kind for factor in record.factors} for record in known}


@dataclass(frozen=True)
class Pair:
    """Two kinds of factor that met in the same records; `p` is adjusted for the number of pairs looked at."""

    first: str
    second: str
    records: tuple[Record, ...]
    n: int
    expected: float
    p: float

    @property
    def count(self) -> int:
        """In how many records they met."""
        return len(self.records)


def pairs(records: Sequence[Record], least: int = 2) -> list[Pair]:
    """Return kinds of factor that met in at least `least` records, most often first, with what chance would give."""
    known, kinds = _with_kinds(records)
    single = Counter(kind for found in kinds.values() for kind in found)
    together = Counter(pair for found in kinds.values() for pair in combinations(sorted(found), 2))
    looked_at = list(combinations(sorted(single), 2))
    results = {pair: association(len(known), single[pair[0]], single[pair[1]], together[pair]) for pair in looked_at}
    p_values = dict(zip(looked_at, adjusted([results[pair].p for pair in looked_at]), strict=True))
    found = [
        Pair(
            *pair,
            tuple(record for record in known if kinds[record.id].issuperset(pair)),
            len(known),
            results[pair].expected,
            p_values[pair],
        )
        for pair, count in together.items()
        if count >= least
    ]
    return sorted(found, key=lambda pair: (-pair.count, pair.p, pair.first, pair.second))


@dataclass(frozen=True)
class Return:
    """An action that was done, the kinds of factor it addressed, and later records in which such a factor came back."""

    record: Record
    action: Action
    kinds: tuple[str, ...]
    later: tuple[Record, ...]


class Followed:
    """What came back: incidents by service and kind of factor, in the order in which they began."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._began: dict[tuple[str, str], list[Record]] = {}
        for record in sorted(records, key=lambda record: (record.began_on, record.id)):
            for service in record.services:
                for kind in record.factor_kinds:
                    self._began.setdefault((service, kind), []).append(record)

    def of(self, record: Record) -> tuple[list[Return], int]:
        """Return the done actions of one record that can be followed, and how many say too little for that."""
        found, unknown = [], 0
        factors: dict[str, str] = {}
        for action in record.actions:
            if action.status != "done":
                continue
            factors = factors or {factor.id: factor.kind for factor in record.factors}
            kinds = tuple(dict.fromkeys(factors[target] for target in action.addresses if target in factors))
            if action.done_on is None or not kinds or not record.services:
                unknown += 1
            else:
                found.append(Return(record, action, kinds, self._later(record, kinds, action.done_on)))
        return found, unknown

    def _later(self, record: Record, kinds: Iterable[str], day: date) -> tuple[Record, ...]:
        near: dict[str, Record] = {}
        for service in record.services:
            for kind in kinds:
                began = self._began.get((service, kind), [])
                first = bisect.bisect_right(began, day, key=lambda other: other.began_on)
                near |= {other.id: other for other in began[first:] if other.id != record.id}
        return tuple(sorted(near.values(), key=lambda other: (other.day, other.id)))


def returns(records: Sequence[Record]) -> tuple[list[Return], int]:
    """Return every done action that says when and what it addressed, each with the records in which that came back.

    It came back when a record that began after the day it was done has a factor of the same kind and shares a service
    with the action's record. The second value is the number of done actions that say too little to be followed.
    """
    followed = Followed(records)
    found: list[Return] = []
    unknown = 0
    for record in records:
        some, untold = followed.of(record)
        found += some
        unknown += untold
    return sorted(found, key=lambda item: (-len(item.later), item.record.id, item.action.id)), unknown


@dataclass(frozen=True)
class Strength:
    """Actions of one strength: each with its record, and how many of them are done."""

    name: str
    actions: tuple[tuple[Record, Action], ...]
    done: int
    n: int
    interval: Interval

    @property
    def count(self) -> int:
        """How many actions."""
        return len(self.actions)


def strengths(records: Sequence[Record], names: Sequence[str] = STRENGTHS) -> tuple[list[Strength], int]:
    """Return the actions by strength, strongest first, out of those that say it; and how many do not.

    `names` are the taxonomy's; a declined action is a decision not to act and is left out.
    """
    chosen = [(record, action) for record in records for action in record.actions if action.status != "declined"]
    known = [(record, action) for record, action in chosen if action.strength]
    found = []
    for name in names:
        of_it = tuple((record, action) for record, action in known if action.strength == name)
        done = sum(action.status == "done" for _, action in of_it)
        found.append(Strength(name, of_it, done, len(known), share_interval(len(of_it), len(known))))
    return found, len(chosen) - len(known)


def _any_number(record: Record) -> bool:
    impact = record.impact
    return any(n is not None for n in (impact.customers, impact.requests_failed, impact.cost, impact.data_records))


PARTS: tuple[tuple[str, Callable[[Record], bool]], ...] = (
    ("when it began", lambda record: record.times.began is not None),
    ("when it was detected", lambda record: record.times.detected is not None),
    ("when it was mitigated", lambda record: record.times.mitigated is not None),
    ("when it was resolved", lambda record: record.times.resolved is not None),
    ("who noticed first", lambda record: record.detection.by is not None),
    ("why it was not seen sooner", lambda record: record.detection.gap is not None),
    ("what it did, in words", lambda record: record.impact.summary is not None),
    ("what it did, in a number", _any_number),
    ("a timeline", lambda record: record.has("timeline")),
    ("evidence for every event", lambda record: record.evidenced),
    ("contributing factors", lambda record: bool(record.factors)),
    ("how factors led to each other", lambda record: any(factor.leads_to for factor in record.factors)),
    ("what went well", lambda record: record.has("went_well")),
    ("where we were lucky", lambda record: record.has("got_lucky")),
    ("what surprised us", lambda record: record.has("surprised_by")),
    ("actions", lambda record: bool(record.actions)),
    ("an owner for every action", lambda record: bool(record.actions) and all(a.owner for a in record.actions)),
    ("a day for every action", lambda record: bool(record.actions) and all(a.due or a.done_on for a in record.actions)),
)
"""What a record can say, and whether one does. Open questions are left out: having none can be the truth."""


def completeness(records: Sequence[Record]) -> list[Share]:
    """Return for each part of a record the records that have it, the part that is most often missing first."""
    found = [share(name, [record for record in records if has(record)], len(records)) for name, has in PARTS]
    return sorted(found, key=lambda item: item.count)


def in_words(seconds: float) -> str:
    """Say a number of seconds as a duration in at most two units."""
    return durations.in_words(timedelta(seconds=seconds))
