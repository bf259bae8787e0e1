"""What happened in a stretch of days, for a newsletter or a chat: new and amended records, actions, anniversaries."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from calmroom.insight.actions import Item, items, same_day
from calmroom.insight.analysis import Analysis
from calmroom.insight.similarity import in_words
from calmroom.records.model import Amendment, Record


@dataclass(frozen=True)
class Worth:
    """A record worth reading again, and why."""

    record: Record
    why: str


@dataclass(frozen=True)
class Digest:
    """What there is to say about the days from `since` to `until`, both included.

    `due` are open actions whose day lies within as many days after `until`; `slipped` those whose day passed in the
    stretch; `done` those done in it. `anniversaries` are records that began on one of these days in an earlier year.
    """

    since: date
    until: date
    new: tuple[Record, ...]
    amended: tuple[tuple[Record, Amendment], ...]
    due: tuple[Item, ...]
    slipped: tuple[Item, ...]
    done: tuple[Item, ...]
    anniversaries: tuple[tuple[int, Record], ...]
    worth: Worth | None


def make(analysis: Analysis, since: date) -> Digest:
    """Return the digest from a day to the analysis' today.

    Raises `ValueError` when `since` is after today.
    """
    until = analysis.today
    if since > until:
        raise ValueError(f"{since} is after {until}")
    real = [record for record in analysis.base.records if not record.fictional]
    ours = items((record for record in real if record.organisation is None), until)
    ahead = until + min(max(until - since, timedelta(days=7)), date.max - until)
    new = tuple(record for record in real if since <= record.day <= until)
    return Digest(
        since=since,
        until=until,
        new=new,
        amended=tuple((r, change) for r in real for change in r.amendments if since <= change.on <= until),
        due=tuple(i for i in ours if i.is_open and i.action.due and until <= i.action.due <= ahead),
        slipped=tuple(i for i in ours if i.is_open and i.action.due and since <= i.action.due < until),
        done=tuple(i for i in ours if i.action.done_on and since <= i.action.done_on <= until),
        anniversaries=_anniversaries(real, since, until),
        worth=_worth_reading(analysis, real, new),
    )


def _anniversaries(records: list[Record], since: date, until: date) -> tuple[tuple[int, Record], ...]:
    """Return records whose day recurs between two days, and how long ago they were; 29 February falls on the 28th."""
    found = []
    for record in records:
        for year in range(since.year, until.year + 1):
            again = same_day(record.day, year)
            if year > record.day.year and since <= again <= until:
                found.append((year - record.day.year, record))
    return tuple(sorted(found, key=lambda pair: (pair[0], pair[1].id)))


def _worth_reading(analysis: Analysis, records: list[Record], new: tuple[Record, ...]) -> Worth | None:
    """Choose one record: the one most like a new one; else the one with most of the factors that recur lately."""
    older = {record.id for record in records} - {record.id for record in new}
    best = max(
        (
            (near.score, near, record)
            for record in new
            for near in analysis.similarity.to(record, 3)
            if near.record.id in older
        ),
        key=lambda found: (found[0], found[1].record.id),
        default=None,
    )
    taxonomies = analysis.base.taxonomies
    if best:
        _, near, record = best
        reasons = in_words(near.reasons, taxonomies, analysis.base.settings.service_title)
        return Worth(near.record, f"It is the nearest to “{record.title}”: {'; '.join(reasons)}.")
    recent = Counter(kind for record in records[:20] for kind in {factor.kind for factor in record.factors})
    frequent = [kind for kind, count in recent.most_common(5) if count > 1]
    candidates = [
        (len({f.kind for f in r.factors} & set(frequent)), len(r.surprised_by) + len(r.got_lucky), r.id, r)
        for r in records
        if r.factors
    ]
    if not candidates or not frequent:
        return None
    record = max(candidates, key=lambda found: found[:3])[3]
    shared = [kind for kind in frequent if kind in {factor.kind for factor in record.factors}]
    names = ", ".join(taxonomies.title("factor-kinds", kind).lower() for kind in shared)
    return Worth(record, f"It has the kinds of factor that recur most in the latest records: {names}.")
