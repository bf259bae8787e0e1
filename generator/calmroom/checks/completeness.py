"""What a record still lacks for its status (CR640–CR646): asked for once it claims to be ready, never of a draft.

A record of another organisation is judged by what a reader learns from it, not by actions that are not ours to close.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from calmroom.checks.subject import Subject
from calmroom.records.diagnostics import Diagnostic, Level
from calmroom.records.model import IncidentFields

OPEN = ("proposed", "accepted", "in-progress")
UNKNOWN = ("detection.by", "times.resolved", "actions")
"""What a public source of another organisation's incident may not say: then it is left out, as all that is unknown."""

_NEEDED: Mapping[str, tuple[Callable[[IncidentFields], bool], str, bool]] = {
    "detection.by": (lambda fields: fields.detection.by is not None, "who noticed first", False),
    "factors, two or more": (
        lambda fields: len(fields.factors) != 1,
        "several conditions, since one cause is where somebody stopped asking",
        False,
    ),
    "times.resolved": (lambda fields: bool(fields.times.resolved or fields.times.mitigated), "when it ended", True),
    "actions": (lambda fields: bool(fields.actions), "what is done about it, or was decided against", True),
    "a narrative": (lambda fields: bool(fields.narrative.strip()), "the story, with `## Summary`", False),
}
"""What is needed, how it is seen, what it tells, and whether a record in review may still lack it."""


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Yield what a record that is in review or reviewed still lacks."""
    fields = subject.fields
    if fields is None or fields.status == "draft":
        return
    yield from _status(subject, fields)
    if fields.organisation is None:
        yield from _actions(subject, fields)
        yield from _unaddressed(subject, fields)
        yield from _strength(subject, fields)
    if fields.detection.by == "customer" and not fields.detection.gap:
        hint = (
            "Write `gap:` under `detection`: why it was not seen sooner. It is the cheapest question a meeting can ask."
        )
        yield subject.finding("CR644", ("detection", "by"), "a customer noticed first, and no `gap` says why", hint)
    if not fields.went_well and not fields.got_lucky:
        hint = "Write one line under `went_well` or `got_lucky`: what held will be needed again, and luck will not be there."
        message = "nothing went well and nothing was luck"
        yield subject.finding("CR645", ("status",), message, hint, Level.NOTE)
    bare = [event for event in fields.timeline if event.key and event.evidence is None]
    if bare:
        number = next(index for index, event in enumerate(fields.timeline) if event is bare[0])
        count = sum(event.key for event in fields.timeline)
        message = f"{len(bare)} of {count} key events have no evidence"
        hint = "Give a ticket, a graph or a log for each; what nobody can look up is argued about."
        yield subject.finding("CR646", ("timeline", number), message, hint, Level.NOTE)


def _status(subject: Subject, fields: IncidentFields) -> Iterator[Diagnostic]:
    for name, (there, what, later) in _NEEDED.items():
        if name == "a narrative" and subject.prose is not None and subject.prose.text.strip():
            continue
        if there(fields) or (later and fields.status == "in-review") or (fields.organisation and name in UNKNOWN):
            continue
        message = f"a record that is `{fields.status}` needs {name}: {what}"
        hint = f"Write it, or set `status: {'in-review' if later else 'draft'}` until it is known."
        yield subject.finding("CR640", ("status",), message, hint)


def _actions(subject: Subject, fields: IncidentFields) -> Iterator[Diagnostic]:
    for index, action in enumerate(fields.actions):
        lacking = [f"`{name}`" for name in ("owner", "due") if getattr(action, name) is None]
        if action.status in OPEN and lacking:
            message = f"action `{action.id}` has no {' and no '.join(lacking)}"
            hint = "Write a role or a team, and a day; or decide against it, with a `reason`."
            yield subject.finding("CR641", ("actions", index), message, hint)


def _unaddressed(subject: Subject, fields: IncidentFields) -> Iterator[Diagnostic]:
    addressed = {factor for action in fields.actions for factor in action.addresses}
    for index, factor in enumerate(fields.factors):
        if fields.actions and factor.id not in addressed:
            message = f"no action addresses the factor `{factor.id}`"
            hint = "Add it to an action's `addresses`, or add a declined action with the reason why nothing is done."
            yield subject.finding("CR642", ("factors", index, "id"), message, hint, Level.NOTE)


def _strength(subject: Subject, fields: IncidentFields) -> Iterator[Diagnostic]:
    strengths = [action.strength for action in fields.actions if action.status != "declined"]
    if strengths and all(strength == "weaker" for strength in strengths):
        message = "all actions are of the weakest sort: they ask people to be careful"
        hint = "Add one that changes the system: remove the hazard, make it impossible, or make it visible."
        yield subject.finding("CR643", ("actions",), message, hint, Level.NOTE, key=True)
