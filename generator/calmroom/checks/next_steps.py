"""What to add next to a record: the most useful things it lacks, by its status, with why and how they are written.

The order is that of use: what a reader of tonight needs first, then what a meeting needs, then what figures need.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from calmroom.records.model import IncidentFields

COUNT = 3


@dataclass(frozen=True)
class Step:
    """One thing to add: its field, why it is worth it, and what it looks like."""

    field: str
    why: str
    example: str


def of(fields: IncidentFields, count: int = COUNT) -> list[Step]:
    """Return the most useful things to add, the most useful first; none where nothing is left to ask for."""
    return [step for _, step in zip(range(count), _missing(fields), strict=False)]


def _missing(fields: IncidentFields) -> Iterator[Step]:
    for lacks, step in STEPS:
        if lacks(fields):
            yield step
    bare = next((action for action in fields.actions if not (action.owner and action.due)), None)
    if bare is not None and fields.organisation is None:
        yield Step(
            f"actions, {bare.id}",
            "What belongs to nobody, or to no day, is not done.",
            "owner: A role or team, due: 2026-03-16",
        )
    addressed = {factor for action in fields.actions for factor in action.addresses}
    loose = next((factor for factor in fields.factors if factor.id not in addressed), None)
    if loose is not None and fields.actions and fields.organisation is None:
        yield Step(
            f"factors, {loose.id}",
            "Nothing addresses it: add an action, or decline one and keep the reason.",
            f"addresses: [{loose.id}]",
        )
    if fields.status == "draft":
        yield Step("status", "Nothing that a review needs is missing any more: ask for one.", "status: in-review")


STEPS: tuple[tuple[Callable[[IncidentFields], bool], Step], ...] = (
    (lambda f: f.impact.summary is None, Step("impact.summary", "What users experienced is what everybody asks first.", "impact: {summary: Sign-in failed for two hours.}")),
    (lambda f: f.times.began is None, Step("times.began", "Without it nothing has a duration; where only the day is known, write 2026-03-02Txx:xxZ.", "times: {began: 2026-03-02T09:02:00+00:00}")),
    (lambda f: len(f.timeline) < 3, Step("timeline", "Three events carry a meeting: what changed, what was seen first, what ended it.", "- {at: 2026-03-02T09:02:00+00:00, kind: change, what: What happened., key: true}")),
    (lambda f: f.detection.by is None, Step("detection.by", "Who noticed first says where to look for the next alert.", "detection: {by: customer, gap: Why it was not seen sooner.}")),
    (lambda f: f.times.detected is None, Step("times.detected", "The time nobody knew is the figure that surprises people.", "times: {detected: 2026-03-02T10:10:00+00:00}")),
    (lambda f: f.detection.by == "customer" and f.detection.gap is None, Step("detection.gap", "A customer noticed first: say why it was not seen sooner.", "detection: {gap: The alert watched the old rule set.}")),
    (lambda f: not f.kind, Step("kind", "Lists and filters find it by this.", "kind: [availability]")),
    (lambda f: len(f.factors) < 2, Step("factors", "At least two conditions: the one everybody names, and what made it possible.", "- {id: rule-too-broad, kind: configuration, what: The rule allowed any source., leads_to: [impact]}")),
    (lambda f: f.times.resolved is None, Step("times.resolved", "Without an end it counts in no duration.", "times: {resolved: 2026-03-02T11:30:00+00:00}")),
    (lambda f: not (f.went_well or f.got_lucky), Step("went_well", "One line on what held: it will be needed again.", "went_well: [The rollback took one command.]")),
    (lambda f: not f.actions and f.organisation is None, Step("actions", "One thing with an end, an owner and a day; or a decision not to, with its reason.", "- {id: a1, what: What will be done., owner: A role or team, due: 2026-03-16, status: proposed, addresses: [rule-too-broad]}")),
    (lambda f: bool(f.actions) and all(a.strength in (None, "weaker") for a in f.actions), Step("actions, strength", "One that changes the system, not only what people are told.", "strength: stronger")),
    (lambda f: any(e.key and e.evidence is None for e in f.timeline), Step("timeline, evidence", "What nobody can look up is argued about.", "evidence: CHG-20931")),
    (lambda f: not f.open_questions and f.status == "draft", Step("open_questions", "What is not known yet, said openly, takes half of the heat out of the room.", "open_questions: [Why did the alert not fire?]")),
)  # fmt: skip
"""What may be missing, in the order of use."""
