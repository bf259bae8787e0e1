"""The executive brief of one record: what happened, what it did, why it could, what is done, what is not known."""

from __future__ import annotations

from dataclasses import dataclass

from calmroom.insight import durations
from calmroom.knowledge import KnowledgeBase
from calmroom.playbooks import spoken
from calmroom.records.model import Action, Factor, Record

FACTORS = 3
ACTIONS = 5


@dataclass(frozen=True)
class Brief:
    """What stands on the page, each part in sentences; a part that the record cannot fill is empty."""

    record: Record
    what: str
    when: tuple[str, ...]
    impact: tuple[str, ...]
    why: tuple[str, ...]
    done: tuple[Action, ...]
    next: tuple[Action, ...]
    unknown: tuple[str, ...]


def make(base: KnowledgeBase, record: Record) -> Brief:
    """Compute the brief of one record."""
    zone = base.settings.timezone
    when = []
    if record.times.began:
        when.append(f"It began on {spoken.moment_in_words(record.times.began, zone)}.")
    by = base.taxonomies.title("detectors", record.detection.by) if record.detection.by else ""
    if record.times.detected:
        first = f", first by {by}" if by else ""
        when.append(f"It was noticed on {spoken.moment_in_words(record.times.detected, zone)}{first}.")
    elif by:
        when.append(f"It was noticed first by {by}.")
    when += [f"{NAMES[found.name]} took {found.text}." for found in durations.of(record)]
    numbers = (
        (record.impact.customers, "customers were affected"),
        (record.impact.requests_failed, "requests failed"),
        (record.impact.data_records, "records of data were lost or exposed"),
    )
    impact = [f"{number:,} {words}." for number, words in numbers if number is not None]
    return Brief(
        record=record,
        what=record.impact.summary or record.title,
        when=tuple(when),
        impact=tuple(impact),
        why=tuple(factor.what for factor in _nearest_to_impact(record)),
        done=tuple(action for action in record.actions if action.status == "done")[:ACTIONS],
        next=tuple(action for action in record.actions if action.status in ("accepted", "in-progress"))[:ACTIONS],
        unknown=record.open_questions[:ACTIONS],
    )


NAMES = {"detect": "Noticing it", "mitigate": "Stopping the harm, once noticed,", "resolve": "All of it"}


def _nearest_to_impact(record: Record) -> list[Factor]:
    """Return the factors that led to the impact directly, then the others, three in all."""
    return sorted(record.factors, key=lambda factor: "impact" not in factor.leads_to)[:FACTORS]
