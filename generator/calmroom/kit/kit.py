"""The meeting kit of one record: who to talk to first, the agenda, the hard moments to expect, and what must follow.

Everything in it comes from the record, from the playbooks or from the question bank. What the record lacks is asked
for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import yaml

from calmroom.insight import durations
from calmroom.kit import filling
from calmroom.knowledge import KnowledgeBase
from calmroom.playbooks import obligations, spoken
from calmroom.playbooks.model import Script, Term
from calmroom.records.diagnostics import WORDS
from calmroom.records.model import Action, Event, Record
from calmroom.records.settings import Organisation

DEFAULT_MINUTES = 60
OPENING = "firewall-rule-meeting"

AGENDA = (
    ("Opening: purpose, ground rules, roles", 0.08),
    ("The timeline, walked through together", 0.47),
    ("What made it possible: the factors, the luck, the surprises", 0.20),
    ("What we do about it: proposals, owners, days", 0.17),
    ("Closing: what is promised by when, and thanks", 0.08),
)
"""Shares of the meeting: over half for the timeline and what made it possible, as Etsy's debriefing guide advises."""


@dataclass(frozen=True)
class AgendaItem:
    """One item: from which minute, for how many, what."""

    start: int
    minutes: int
    what: str


@dataclass(frozen=True)
class Talk:
    """Somebody to talk to before the meeting: who, and why first."""

    who: str
    why: str


@dataclass(frozen=True)
class HardMoment:
    """A moment to expect: what will be said, why it is likely from this record, and the script for it."""

    what: str
    because: str
    script: Script | None
    filled: Mapping[str, str]


@dataclass(frozen=True)
class Deadline:
    """Something that must have happened by a time; `at` is None where the meeting's time is not known."""

    name: str
    what: str
    at: datetime | None
    words: str


@dataclass(frozen=True)
class Kit:
    """All that a facilitator takes along."""

    record: Record
    minutes: int
    meeting: str
    talks: tuple[Talk, ...]
    checks: tuple[tuple[str, bool], ...]
    agenda: tuple[AgendaItem, ...]
    opening: str
    facts: tuple[Event, ...]
    hard_moments: tuple[HardMoment, ...]
    terms: tuple[Term, ...]
    questions: tuple[tuple[str, tuple[str, ...]], ...]
    decisions: tuple[str, ...]
    actions: tuple[Action, ...]
    deadlines: tuple[Deadline, ...]
    clocks: tuple[obligations.Running, ...]
    to_ask: tuple[obligations.Obligation, ...]
    contacts: tuple[tuple[str, str], ...]
    missing: tuple[str, ...]
    gaps: tuple[filling.Gap, ...]


def make(base: KnowledgeBase, record: Record, given: Mapping[str, str] | None = None) -> Kit:
    """Compute the kit of one record; `given` fills slots by name, for names that are in no file."""
    minutes = record.meeting.minutes if record.meeting else DEFAULT_MINUTES
    moments = _hard_moments(base, record, given or {})
    rules = obligations.concerning(base.obligations, record)
    chosen = base.settings.obligations
    scripts = [moment.script for moment in moments if moment.script]
    at = record.meeting.at if record.meeting else None
    return Kit(
        record=record,
        minutes=minutes,
        meeting=spoken.moment_in_words(at, base.settings.timezone) if at else "",
        talks=_talks(record),
        checks=_checks(base, record),
        agenda=agenda(minutes),
        opening=_opening(base, record),
        facts=tuple(event for event in record.events if event.key) or tuple(record.events[:8]),
        hard_moments=moments,
        terms=_terms(base, record),
        questions=_questions(base, record),
        decisions=_decisions(record),
        actions=record.actions,
        deadlines=deadlines(base, record),
        clocks=tuple(
            obligations.running(
                {id_: rules[id_] for id_ in chosen or () if id_ in rules}, record, base.settings.timezone
            )
        ),
        to_ask=tuple(rules.values()) if chosen is None else (),
        contacts=_contacts(base.settings.organisation),
        missing=_missing(record),
        gaps=tuple(filling.gaps(scripts, base, record, given)),
    )


def agenda(minutes: int) -> tuple[AgendaItem, ...]:
    """Divide a meeting's minutes among its parts: they add up to the minute, and each part has at least one."""
    shares = [max(1, round(minutes * share)) for _, share in AGENDA]
    longest = max(range(len(shares)), key=shares.__getitem__)
    shares[longest] += minutes - sum(shares)
    items, start = [], 0
    for (what, _), length in zip(AGENDA, shares, strict=True):
        items.append(AgendaItem(start, length, what))
        start += length
    return tuple(items)


def deadlines(base: KnowledgeBase, record: Record) -> tuple[Deadline, ...]:
    """Return what must follow and by when, counted from the meeting's end (notes, plan) and its day (reviews)."""
    steps = (
        ("Notes", "Send the notes to everybody who was there.", timedelta(hours=3)),
        ("Action plan", "Send the action plan with owners and days.", timedelta(hours=24)),
        ("One-week review", "Look at progress together; say what slipped.", timedelta(days=7)),
        ("30-day check", "Which actions are done, which are stuck, what does their owner need?", timedelta(days=30)),
        ("90-day check", "Did what was done hold? Close the record or say why not.", timedelta(days=90)),
    )
    at = record.meeting.at if record.meeting else None
    if at is None or not record.meeting:
        return tuple(Deadline(name, what, None, "") for name, what, _ in steps)
    end = at.earliest + timedelta(minutes=record.meeting.minutes)
    found = []
    for name, what, after in steps:
        due = end + after if after < timedelta(days=1) else at.earliest + after
        found.append(Deadline(name, what, due, spoken.at_in_words(due, base.settings.timezone)))
    return tuple(found)


def _talks(record: Record) -> tuple[Talk, ...]:
    talks = [
        Talk(
            "Whoever made the change or was on duty",
            "They are most likely to feel blamed. Tell them how it will go, and ask how they are.",
        )
    ]
    if any(event.kind == "change" for event in record.timeline):
        talks.append(
            Talk(
                "The team whose change is in the timeline", "Check the timeline with them before anybody else sees it."
            )
        )
    talks += [Talk(role, _why(role)) for role in (record.meeting.attendees if record.meeting else ())]
    if "security" in record.kind or "data-exposure" in record.kind:
        talks.append(
            Talk(
                "Legal counsel or the privacy officer",
                "What may be said and written down, and which clocks are running.",
            )
        )
    return tuple({talk.who: talk for talk in talks}.values())


def _why(role: str) -> str:
    lowered = role.lower()
    if "executive" in lowered or "sponsor" in lowered:
        return "Here is the first thing you will hear; here is what I need from you when somebody asks for a name."
    if "support" in lowered or "customer" in lowered:
        return "What customers said, in their words, and what they were told."
    return "What you saw, what worries you, and one thing I will ask you in the room."


def _checks(base: KnowledgeBase, record: Record) -> tuple[tuple[str, bool], ...]:
    facilitator = record.roles.get("facilitator")
    return (
        (
            "The timeline has evidence for every event.",
            bool(record.timeline) and all(event.evidence for event in record.timeline),
        ),
        ("We know when it began and when it was noticed.", bool(record.times.began and record.times.detected)),
        ("At least two contributing factors are written down.", len(record.factors) >= 2),
        ("There is a facilitator, and it is not somebody who was involved.", bool(facilitator)),
        ("There is a scribe.", "scribe" in record.roles),
        ("The meeting has a time and a list of who comes.", bool(record.meeting and record.meeting.attendees)),
        ("The pre-read has gone out, 24 hours ahead.", False),
        ("The person most likely to be blamed has been spoken to.", False),
    )


def _opening(base: KnowledgeBase, record: Record) -> str:
    services = spoken.listed(base.settings.service_title(slug) for slug in record.services)
    impact = (record.impact.summary or "").rstrip(".")
    what = f"{impact}." if impact else f"It is about {services}." if services else ""
    return " ".join(
        part
        for part in (
            "Thank you for coming.",
            f"We are here to understand what happened. {what}" if what else "We are here to understand what happened.",
            "We assume that everybody did what made sense with what they could see.",
            "We walk through the timeline first, then look at what made it possible, then at what we do.",
            "If an idea for a fix comes early, I write it down here and we come back to it.",
            "You will have the notes today, and a plan with owners and days within 24 hours.",
        )
        if part
    )


def _contacts(organisation: Organisation) -> tuple[tuple[str, str], ...]:
    """Return where things are, as the settings say it once: what it is for, and where."""
    titles = {
        "incident_channel": "Incident channel",
        "status_page": "Status page",
        "support_contact": "Customers ask",
        "press_contact": "The press asks",
        "care_contact": "Somebody to talk to",
    }
    said = {name: getattr(organisation, name) for name in titles}
    return tuple((titles[name], text) for name, text in said.items() if text)


def _hard_moments(base: KnowledgeBase, record: Record, given: Mapping[str, str]) -> tuple[HardMoment, ...]:
    kinds = {factor.kind for factor in record.factors}
    repeats = [
        other
        for other in base.records
        if other.id != record.id
        and not other.fictional
        and set(other.services) & set(record.services)
        and {factor.kind for factor in other.factors} & kinds
    ]
    open_before = [other for other in repeats if any(a.status not in ("done", "declined") for a in other.actions)]
    before = open_before[0].title if open_before else ""
    security = bool({"security", "data-exposure"} & set(record.kind))
    expected: list[tuple[bool, str, str, str]] = [
        (
            any(event.kind == "change" for event in record.timeline),
            "“Who made that change?”",
            "a change by one team is in the timeline",
            "blame-in-the-room",
        ),
        (True, "“When will it be fixed? I need a date.”", "somebody always asks", "date-now"),
        (
            record.detection.by in ("customer", "partner", "adversary"),
            "“Why did we hear of it from outside?”",
            f"it was noticed first by {base.taxonomies.title('detectors', record.detection.by or '')}",
            "two-teams",
        ),
        (
            bool(open_before),
            "“Did we not promise to mend this last time?”",
            f"{before} shares a service and a kind of factor; it has open actions",
            "repeat-incident",
        ),
        ("dependency" in kinds, "“It was the vendor.”", "a dependency is among the factors", "vendor-fault"),
        (
            security,
            "“What may we say about this at all?”",
            "it is a security incident",
            "counsel-present",
        ),
        (
            bool(set(record.tags) & {"waf", "firewall", "mfa", "edr"}) and "availability" in record.kind,
            "“Security broke it.”",
            "a security control is part of it",
            "security-control-caused-it",
        ),
        (record.near_miss, "“Nothing happened, why are we here?”", "it was a near miss", "near-miss"),
        (
            len(record.actions) > 3,
            "“Let's just do it now.”",
            f"{len(record.actions)} actions are on the table already",
            "hijacked-by-fixes",
        ),
        (True, "Nobody speaks.", "it happens in every tense room", "silence"),
    ]
    found = []
    for likely, what, because, id_ in expected:
        if likely:
            script = base.scripts.get(id_)
            found.append(
                HardMoment(what, because, script, filling.values(base, script, record, given) if script else {})
            )
    return tuple(found)


def _terms(base: KnowledgeBase, record: Record) -> tuple[Term, ...]:
    found: dict[str, None] = {}
    texts = [record.title, record.narrative, record.impact.summary or "", record.detection.gap or ""]
    texts += [item.what for item in record.timeline] + [item.what for item in record.factors]
    for text in texts:
        for match in base.matcher.find(text):
            found[match.slug] = None
    return tuple(base.terms[slug] for slug in found)[:20]


@cache
def question_bank() -> Mapping[str, tuple[str, ...]]:
    """Return the questions by kind of factor; `any` fits every incident."""
    loaded: dict[str, Any] = yaml.safe_load((WORDS / "questions.yaml").read_text("utf-8"))
    return {kind: tuple(questions) for kind, questions in loaded.items()}


def _questions(base: KnowledgeBase, record: Record) -> tuple[tuple[str, tuple[str, ...]], ...]:
    bank = question_bank()
    kinds = list(dict.fromkeys(factor.kind for factor in record.factors if factor.kind in bank))
    chosen = [("For everybody", bank["any"])]
    chosen += [(base.taxonomies.title("factor-kinds", kind), bank[kind]) for kind in kinds]
    return tuple(chosen)


def _decisions(record: Record) -> tuple[str, ...]:
    found = [
        f"“{action.what}”: who owns it, and by when?"
        for action in record.actions
        if not (action.owner and action.due) and action.status not in ("done", "declined")
    ]
    found += [
        f"“{action.what}”: agreed or not?"
        for action in record.actions
        if action.status == "proposed" and action.owner and action.due
    ]
    addressed = {target for action in record.actions if action.status != "declined" for target in action.addresses}
    found += [
        f"“{factor.what}”: no action addresses it. Is that meant?"
        for factor in record.factors
        if factor.id not in addressed
    ]
    return (*found, "Who may see this record, and who tells those outside?")


def _missing(record: Record) -> tuple[str, ...]:
    asked = {
        "When the meeting is (`meeting.at`): without it no deadline can be computed.": record.meeting is None,
        "When it began (`times.began`).": record.times.began is None,
        "When it was noticed, and by whom (`times.detected`, `detection.by`).": record.times.detected is None
        or record.detection.by is None,
        "What it did to users (`impact.summary`).": record.impact.summary is None,
        "What happened, moment by moment (`timeline`).": not record.timeline,
        "What made it possible (`factors`).": not record.factors,
        "Who facilitates and who writes (`roles`).": not record.roles,
        "What went well and where we were lucky (`went_well`, `got_lucky`).": not (
            record.went_well or record.got_lucky
        ),
    }
    return tuple(text for text, lacking in asked.items() if lacking)


def lengths(record: Record) -> list[str]:
    """Return the record's durations as sentences to return to in the room."""
    names = {
        "detect": "from beginning to notice",
        "mitigate": "from notice to mitigation",
        "resolve": "from beginning to end",
    }
    return [f"{duration.text} {names[duration.name]}" for duration in durations.of(record)]
