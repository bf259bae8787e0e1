"""The meeting kit of one record: who to talk to first, the agenda, the hard moments to expect, and what must follow.

Everything in it comes from the record, from the playbooks or from the question bank. What the record lacks is asked
for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import yaml

from calmroom.insight import durations
from calmroom.kit import filling, moments
from calmroom.knowledge import KnowledgeBase
from calmroom.playbooks import obligations, spoken
from calmroom.playbooks.model import FACILITATOR, Script, Term
from calmroom.records.diagnostics import WORDS
from calmroom.records.model import Action, Event, Record
from calmroom.records.moment import Precision
from calmroom.records.settings import Organisation

DEFAULT_MINUTES = 60
OPENING = "opening-speech"

AGENDA = (
    ("Opening, and what it did to customers", 0.10),
    ("The timeline, from before it began, forward", 0.45),
    ("What went well, what surprised us, what made it possible", 0.20),
    ("What we do: owners, days; leaders commit aloud; the message for outside is read aloud", 0.17),
    ("Close: who does what by when; the two questions; thanks", 0.08),
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
class OpeningPart:
    """A part of the opening words: what it is about, and the words."""

    title: str
    text: str


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
    zone: str
    talks: tuple[Talk, ...]
    checks: tuple[tuple[str, bool], ...]
    agenda: tuple[AgendaItem, ...]
    opening: tuple[OpeningPart, ...]
    facts: tuple[Event, ...]
    hard_moments: tuple[moments.HardMoment, ...]
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

    @property
    def opening_words(self) -> str:
        """The opening as one text."""
        return " ".join(part.text for part in self.opening)


def make(base: KnowledgeBase, record: Record, given: Mapping[str, str] | None = None) -> Kit:
    """Compute the kit of one record; `given` fills slots by name, for names that are in no file."""
    minutes = record.meeting.minutes if record.meeting else DEFAULT_MINUTES
    expected = moments.expected(base, record, given or {})
    rules = obligations.concerning(base.obligations, record)
    chosen = base.settings.obligations
    at = record.meeting.at if record.meeting else None
    return Kit(
        record=record,
        minutes=minutes,
        meeting=spoken.moment_in_words(at, base.settings.timezone) if at else "",
        zone=_zone(base, record),
        talks=_talks(record),
        checks=_checks(base, record),
        agenda=agenda(minutes),
        opening=_opening(base, record, given or {}),
        facts=tuple(event for event in record.events if event.key) or tuple(record.events[:8]),
        hard_moments=expected,
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
        gaps=tuple(filling.gaps(_shown(base, expected), base, record, given)),
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


def _opening(base: KnowledgeBase, record: Record, given: Mapping[str, str]) -> tuple[OpeningPart, ...]:
    script = base.scripts.get(OPENING)
    if script is not None:
        filled = filling.values(base, script, record, given)
        return tuple(
            OpeningPart(beat.title, filling.plain(line.says, filled))
            for beat in script.beats
            for line in beat.lines
            if line.speaker == FACILITATOR
        )
    services = spoken.listed(base.settings.service_title(slug) for slug in record.services)
    impact = (record.impact.summary or "").rstrip(".")
    what = f"{impact}." if impact else f"It is about {services}." if services else ""
    parts = (
        "Thank you for coming.",
        f"We are here to understand what happened. {what}" if what else "We are here to understand what happened.",
        "We assume that everybody did what made sense with what they could see.",
        "We walk through the timeline first, then look at what made it possible, then at what we do.",
        "If an idea for a fix comes early, I write it down here and we come back to it.",
        "I send you the notes today, and within 24 hours what has an owner and a day and what does not yet.",
    )
    return (OpeningPart("Opening", " ".join(parts)),)


def _shown(base: KnowledgeBase, expected: Sequence[moments.HardMoment]) -> Iterator[tuple[Script, Sequence[str]]]:
    opening = base.scripts.get(OPENING)
    if opening is not None:
        yield opening, [line.says for line in opening.lines if line.speaker == FACILITATOR]
    for moment in expected:
        if moment.script is not None:
            yield moment.script, moment.texts


def _zone(base: KnowledgeBase, record: Record) -> str:
    zone = base.settings.timezone
    exact = [event.at for event in record.events if event.at.precision <= Precision.MINUTE]
    instants = [at.earliest for at in exact] + [item.at for item in deadlines(base, record) if item.at]
    if record.meeting and record.meeting.at.precision <= Precision.MINUTE:
        instants.append(record.meeting.at.earliest)
    said = spoken.zone_in_words(instants, zone)
    differs = any(spoken.with_record_time("", at, zone) for at in exact)
    return f"{said} In brackets: as the record has it." if differs else said


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
        f"“{factor.what}”: no action addresses it. Is that intended?"
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
