"""Rules that span fields: the order of times, the graph of factors, what a reviewed record must hold.

Each rule is a generator of diagnostics and knows nothing of the others; `check` runs them all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise

from calmroom.records import sharing
from calmroom.records.diagnostics import Diagnostic, Level, nearest
from calmroom.records.model import IncidentFields
from calmroom.records.yaml_text import Document, Path

FAR = timedelta(days=90)
IMPACT = "impact"
STRICTER = (
    "timeline", "factors", "actions", "sources", "amendments",
    "went_well", "got_lucky", "surprised_by", "open_questions",
)  # fmt: skip
"""The lists whose items may have a sharing level of their own."""


@dataclass(frozen=True)
class Subject:
    """What a rule looks at: the fields, where each stands, and the file's path and id."""

    fields: IncidentFields
    document: Document
    path: str
    id: str
    today: date | None = None

    def finding(
        self, code: str, at: Path, message: str, hint: str, level: Level = Level.ERROR, *, key: bool = False
    ) -> Diagnostic:
        """Return a diagnostic at one place of this record."""
        return Diagnostic(code, self.path, self.document.position(at, key=key), message, hint, level)


Rule = Callable[[Subject], Iterator[Diagnostic]]


def check(subject: Subject, unknown: frozenset[str] = frozenset()) -> list[Diagnostic]:
    """Run every rule over one record; those that look at one of the fields in `unknown` are left out."""
    return [found for rule, needs in RULES.items() if not needs & unknown for found in rule(subject)]


def times_in_order(subject: Subject) -> Iterator[Diagnostic]:
    """The five moments follow each other in the order of the format, as far as they are known."""
    known = subject.fields.times.known()
    for (earlier_name, earlier), (later_name, later) in pairwise(known):
        if earlier.certainly_after(later):
            yield subject.finding(
                "CR301",
                ("times", later_name),
                f"`{later_name}` ({later}) lies before `{earlier_name}` ({earlier})",
                "Check both times and their offsets; the order is began, detected, declared, mitigated, resolved.",
            )


def events_within_incident(subject: Subject) -> Iterator[Diagnostic]:
    """An event months away from the incident is most often a mistyped date; evidence says it is meant."""
    known = subject.fields.times.known()
    if not known:
        return
    first = min(at.earliest for _, at in known)
    last = max(at.latest for _, at in known)
    for index, event in enumerate(subject.fields.timeline):
        if event.evidence is not None:
            continue
        if event.at.latest < first - FAR or event.at.earliest > last + FAR:
            side = "before the first" if event.at.earliest < first else "after the last"
            yield subject.finding(
                "CR302",
                ("timeline", index, "at"),
                f"this event lies more than {FAR.days} days {side} of the incident's `times`",
                "Check the year and month, or give `evidence` for it.",
                Level.WARNING,
            )
        elif event.kind in ("signal", "action") and event.at.earliest > last and subject.fields.times.resolved:
            yield subject.finding(
                "CR313",
                ("timeline", index, "at"),
                f"a {event.kind} at {event.at} lies after `resolved` ({subject.fields.times.resolved})",
                "Check `resolved`; if this belongs to the aftermath, give `evidence` for it.",
                Level.WARNING,
            )


def ids_once(subject: Subject) -> Iterator[Diagnostic]:
    """Factors and actions are named once each, and nothing is named `impact`."""
    for name, code in (("factors", "CR305"), ("actions", "CR306")):
        seen: set[str] = set()
        for index, item in enumerate(getattr(subject.fields, name)):
            if item.id in seen:
                yield subject.finding(
                    code, (name, index, "id"), f"the id `{item.id}` is used twice in `{name}`", "Give each its own id."
                )
            elif item.id == IMPACT and name == "factors":
                yield subject.finding(
                    code, (name, index, "id"), "`impact` is the end of the cause map, not a factor", "Use another id."
                )
            seen.add(item.id)


def factors_lead_somewhere(subject: Subject) -> Iterator[Diagnostic]:
    """Every edge of the cause map ends at a factor that exists or at the impact."""
    ids = [factor.id for factor in subject.fields.factors]
    for index, factor in enumerate(subject.fields.factors):
        for place, target in enumerate(factor.leads_to):
            if target != IMPACT and target not in ids:
                near = nearest(target, [*ids, IMPACT])
                yield subject.finding(
                    "CR303",
                    ("factors", index, "leads_to", place),
                    f"`{factor.id}` leads to `{target}`, which does not exist",
                    f"Did you mean `{near}`?" if near else f"Write the id of a factor, or `{IMPACT}`.",
                )


def factors_without_cycle(subject: Subject) -> Iterator[Diagnostic]:
    """Causes come before effects: the graph of factors is acyclic."""
    indices = {factor.id: index for index, factor in enumerate(subject.fields.factors)}
    graph = {factor.id: [t for t in factor.leads_to if t in indices] for factor in subject.fields.factors}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        first = min(indices[factor] for factor in circle)
        name = subject.fields.factors[first].id
        while circle[0] != name:
            circle = [*circle[1:], circle[1]]
        yield subject.finding(
            "CR304",
            ("factors", first, "leads_to"),
            f"the factors lead back to themselves: {' → '.join(circle)}",
            "Take one of these edges out; a factor cannot be its own cause.",
        )


def actions_address_factors(subject: Subject) -> Iterator[Diagnostic]:
    """An action addresses factors that exist."""
    ids = [factor.id for factor in subject.fields.factors]
    for index, action in enumerate(subject.fields.actions):
        for place, target in enumerate(action.addresses):
            if target not in ids:
                near = nearest(target, ids)
                yield subject.finding(
                    "CR307",
                    ("actions", index, "addresses", place),
                    f"action `{action.id}` addresses `{target}`, which is not a factor of this record",
                    f"Did you mean `{near}`?" if near else "Write the id of a factor.",
                )


def actions_hold_together(subject: Subject) -> Iterator[Diagnostic]:
    """A declined action says why; only a done one has a day on which it was done."""
    for index, action in enumerate(subject.fields.actions):
        if action.status == "declined" and not action.reason:
            yield subject.finding(
                "CR308",
                ("actions", index, "status"),
                f"action `{action.id}` is declined without a `reason`",
                "Write why: a decision not to act is worth keeping.",
            )
        if action.done_on and action.status != "done":
            yield subject.finding(
                "CR309",
                ("actions", index, "done_on"),
                f"action `{action.id}` has a `done_on` but its status is `{action.status}`",
                "Write `status: done`, or take `done_on` out.",
            )


def reviewed_is_complete(subject: Subject) -> Iterator[Diagnostic]:
    """Only a draft may lack what makes a record useful to its readers."""
    fields = subject.fields
    if fields.status == "draft":
        return
    needed = {
        "kind": bool(fields.kind),
        "times.began": fields.times.began is not None,
        "impact.summary": fields.impact.summary is not None,
        "timeline": bool(fields.timeline),
        "factors": bool(fields.factors),
    }
    for name, there in needed.items():
        if not there:
            yield subject.finding(
                "CR310",
                ("status",),
                f"a record that is `{fields.status}` needs `{name}`",
                f"Write `{name}`, or set `status: draft` until it is known.",
            )


def meeting_lies_ahead(subject: Subject) -> Iterator[Diagnostic]:
    """Only a reviewed record's meeting has been; a draft's in the past is a mistyped date, or a review that is due."""
    meeting = subject.fields.meeting
    if subject.today and meeting and subject.fields.status != "reviewed" and meeting.at.day < subject.today:
        yield subject.finding(
            "CR314",
            ("meeting", "at"),
            f"the meeting was on {meeting.at.day}, and the record is `{subject.fields.status}`",
            "Check the date; if it has been held, finish the review.",
            Level.WARNING,
        )


def levels_only_rise(subject: Subject) -> Iterator[Diagnostic]:
    """A part of a record is never shared more widely than the record (its level does not count then)."""
    own = subject.fields.tlp
    if own is None:
        return
    parts: list[tuple[Path, str | None]] = [
        ((name, index, "tlp"), getattr(item, "tlp", None))
        for name in STRICTER
        for index, item in enumerate(getattr(subject.fields, name))
    ]
    parts += [(("attachments", name, "tlp"), said.tlp) for name, said in subject.fields.attachments.items()]
    for place, level in parts:
        if level is not None and level != own and sharing.may_be_shown(level, own):
            yield subject.finding(
                "CR122",
                place,
                f"`{level}` is looser than the record's `{own}`, so it does not count",
                "Take it out, or give the record this level and its stricter parts theirs.",
                Level.WARNING,
            )


def aliases_are_others(subject: Subject) -> Iterator[Diagnostic]:
    """An earlier id is not the present one."""
    for index, alias in enumerate(subject.fields.aliases):
        if alias == subject.id:
            yield subject.finding(
                "CR311", ("aliases", index), f"`{alias}` is this record's own id", "List only earlier ids."
            )


RULES: dict[Rule, frozenset[str]] = {
    times_in_order: frozenset({"times"}),
    events_within_incident: frozenset({"times", "timeline"}),
    ids_once: frozenset({"factors", "actions"}),
    factors_lead_somewhere: frozenset({"factors"}),
    factors_without_cycle: frozenset({"factors"}),
    actions_address_factors: frozenset({"factors", "actions"}),
    actions_hold_together: frozenset({"actions"}),
    reviewed_is_complete: frozenset({"status", "kind", "times", "impact", "timeline", "factors"}),
    aliases_are_others: frozenset({"aliases"}),
    levels_only_rise: frozenset({"tlp"}),
    meeting_lies_ahead: frozenset({"meeting", "status"}),
}
"""Every rule, with the fields it looks at."""
