"""Values for templates: what a page shows, named as the page names it. No markup is made here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from calmroom.insight import durations, population
from calmroom.insight.actions import days_late
from calmroom.insight.analysis import Analysis
from calmroom.insight.occurrences import Place
from calmroom.kit import brief as briefs
from calmroom.kit import filling
from calmroom.kit import kit as kits
from calmroom.kit import table as tables
from calmroom.knowledge import PAGE_ANCHORS, KnowledgeBase
from calmroom.playbooks import rehearsal, spoken
from calmroom.playbooks.model import Playbook, Script, Slot, Term, split_at_slots
from calmroom.records import links, narrative
from calmroom.records.model import Action, Event, Factor, Prose, Record
from calmroom.records.moment import MONTH_NAMES as MONTHS
from calmroom.records.moment import Moment, Precision
from calmroom.records.rules import IMPACT
from calmroom.records.settings import SEVERITIES
from calmroom.site import addresses, diagrams, glossing

Link = Callable[[str], str]

FACETS = {
    "whose": "Whose",
    "year": "Year",
    "service": "Service",
    "kind": "Kind",
    "severity": "Severity",
    "factor": "Contributing factor",
    "noticed": "Noticed by",
    "status": "Status",
    "tlp": "Sharing level",
}
"""What a search is narrowed by, each with its title."""


MOST_PLACES = 12
"""At most so many places are named in which a term occurs; a search for the term finds them all."""

WHOSE = (("ours", "Ours"), ("others", "Of others, to learn from"))
"""Whose incidents there are, own before others, each with its title."""


@dataclass(frozen=True)
class Reference:
    """Evidence, a ticket or a source: what to show, and where it leads (empty for a bare ticket)."""

    text: str
    url: str


@dataclass(frozen=True)
class EventRow:
    """One line of the table of events."""

    event: Event
    offset: str
    utc: str
    local: str
    machine: str
    kind: str
    evidence: Reference | None


@dataclass(frozen=True)
class FactorNode:
    """A factor in the nested list; `seen` says that it was listed in full above. The impact has no factor."""

    factor: Factor | None
    kind: str
    text: str
    seen: bool
    children: tuple[FactorNode, ...]


@dataclass(frozen=True)
class ActionRow:
    """One action with what a reader asks of it; `overdue` compares `due` with the build's today."""

    action: Action
    strength: str
    status: str
    overdue: bool
    addresses: tuple[Factor, ...]
    ticket: Reference | None


def incident(base: KnowledgeBase, record: Record, link: Link, today: date) -> dict[str, Any]:
    """Return everything the page of one incident shows."""
    rendered = narrative.render(
        record.narrative, resolver(base, Prose(record.path, record.narrative), link, PAGE_ANCHORS)
    )
    drawings = [found for found in (diagrams.timeline(record), diagrams.cause_map(record, base.taxonomies)) if found]
    return {
        "record": record,
        "base": base,
        "severity": base.settings.severity(record.severity),
        "tlp": base.taxonomies["sharing-levels"][record.tlp or base.settings.default_tlp],
        "day": filing_day(record, day_in_words(record.day)),
        "durations": durations.of(record),
        "moments": moments(base, record),
        "phases": durations.phases(record),
        "events": event_rows(base, record),
        "diagrams": {found.name: found for found in drawings},
        "factors": factor_tree(base, record),
        "actions": action_rows(base, record, today),
        "summary": rendered.summary,
        "story": rendered.html if rendered.html.strip() else "",
        "description": description(record, rendered.summary),
        "sources": [reference(source.url, source.title) for source in record.sources],
        "evidence": reference,
        "short": day_short,
        "brief": briefs.make(base, record),
        "kit_uri": addresses.meeting(record.id) if has_kit(record) else "",
        "attachment": lambda path: addresses.attachment(base, path),
    }


def has_kit(record: Record) -> bool:
    """Say whether a record's meeting kit is a page: until it is reviewed, once there is something to meet about."""
    return record.status != "reviewed" and bool(record.meeting or record.timeline)


def description(record: Record, summary: str) -> str:
    """Return a sentence or two of plain text about an incident whose summary is this HTML, for lists and feeds."""
    text = narrative.plain(summary) if summary else (record.impact.summary or record.title)
    return text if len(text) <= 300 else text[:299].rsplit(" ", 1)[0] + "…"


def playbook(base: KnowledgeBase, item: Playbook, link: Link) -> dict[str, Any]:
    """Return what the page of one playbook shows."""
    rendered = narrative.render(item.prose.text, resolver(base, item.prose, link), shift=0, summary_apart=False)
    return {
        "base": base,
        "playbook": item,
        "fields": item.fields,
        "story": rendered.html,
        "headings": [heading for heading in rendered.headings if heading.level == 2],
        "scripts": [base.scripts[id_] for id_ in item.fields.scripts if id_ in base.scripts],
        "terms": [base.terms[slug] for slug in item.fields.terms if slug in base.terms],
        "incidents": [base.by_id[id_] for id_ in item.fields.incidents if id_ in base.by_id],
    }


def script(base: KnowledgeBase, item: Script, link: Link) -> dict[str, Any]:
    """Return what the page of one script shows."""
    prose = Prose(item.path, item.body or "")
    body = narrative.render(prose.text, resolver(base, prose, link), shift=2, summary_apart=False).html
    drawing = diagrams.dialogue(item, base.taxonomies)
    return {
        "base": base,
        "script": item,
        "moves": base.taxonomies["moves"],
        "used": list(dict.fromkeys(move for line in item.lines for move in line.moves)) or list(item.moves),
        "diagram": drawing,
        "playbooks": [p for p in base.playbooks.values() if item.id in p.fields.scripts],
        "sources": [reference(source.url, source.title) for source in item.sources],
        "body": slot_parts_of_html(base, item, body),
        "in_slots": lambda text: slot_parts(base, item, text),
        "rehearsal": rehearsal.as_data(item, {slug: word.title for slug, word in base.taxonomies["moves"].items()}),
    }


def meeting(base: KnowledgeBase, record: Record, given: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what the meeting kit of one record shows, on its page and in its files; `given` fills slots by name."""
    kit = kits.make(base, record, given)
    return {
        "base": base,
        "kit": kit,
        "table": tables.make(kit, base.settings.timezone),
        "pieces": filling.pieces,
        "plain": filling.plain,
        "lengths": kits.lengths(record),
        "without_zone": tables.without_zone,
        "when": lambda at: spoken.with_record_time(moment_text(at, base.settings.timezone), at, base.settings.timezone),
        "calendar": addresses.calendar(record.id) if record.meeting else "",
    }


def slot_parts(base: KnowledgeBase, item: Script, text: str) -> list[tuple[Slot | None, str]]:
    """Split a script's text at its slots: `(None, words)` and `(slot, what stands there)` in turn.

    What stands in a slot's place is what the settings fill it with, or its name in brackets: it stays visible.
    """
    filled = filling.defaults(base, item)
    return [
        (item.slots.get(name), filled.get(name) or f"[{name.replace('_', ' ')}]") if name else (None, words)
        for words, name in split_at_slots(text)
    ]


def slot_parts_of_html(base: KnowledgeBase, item: Script, html: str) -> list[tuple[Slot | None, str]]:
    """Split safe HTML at the slots that stand in its text: one in a tag is part of an address and no slot."""
    parts: list[tuple[Slot | None, str]] = []
    for piece in glossing.tags_and_text(html):
        parts += [(None, piece)] if piece.startswith("<") else slot_parts(base, item, piece)
    return parts


def slot_names(base: KnowledgeBase) -> list[tuple[str, str]]:
    """Return the slots that no record fills, by name, each with an example; most scripts first."""
    asking: dict[str, list[str]] = {}
    for item in base.scripts.values():
        for name, slot in item.slots.items():
            if slot.source == "ask":
                asking.setdefault(name, []).append(slot.example)
    often = sorted(asking.items(), key=lambda pair: (-len(pair[1]), pair[0]))
    return [(name, examples[0]) for name, examples in often if len(examples) > 1]


def glossary(analysis: Analysis) -> dict[str, Any]:
    """Return what the glossary shows: every term by its first letter, with where it occurs."""
    base = analysis.base
    letters: dict[str, list[Term]] = {}
    for term in sorted(base.terms.values(), key=lambda term: term.term.lower()):
        letters.setdefault(term.term[0].upper(), []).append(term)
    return {
        "base": base,
        "letters": letters,
        "groups": sorted({term.group for term in base.terms.values()}),
        "occurs": shown_occurrences(analysis),
    }


def shown_occurrences(analysis: Analysis) -> dict[str, tuple[int, list[Place]]]:
    """Return of each term in how many places it occurs, and the first of them."""
    return {slug: (len(places), places[:MOST_PLACES]) for slug, places in analysis.occurrences.items()}


def resolver(base: KnowledgeBase, prose: Prose, link: Link, own: Iterable[str] = ()) -> narrative.Resolve:
    """Return the function that turns an address in a text into one for its page, or None for a broken one.

    `own` are the anchors the page has beside the text's headings.
    """
    anchors: frozenset[str] | None = None

    def resolve(tag: str, address: str) -> str | None:
        nonlocal anchors
        target = base.directory.resolve(address, tag, prose.path)
        if isinstance(target, links.Broken) or target.kind == "nowhere":
            return None
        if target.kind == "web":
            return target.id
        if target.kind == "here":
            anchors = narrative.inspect(prose.text).anchors | set(own) if anchors is None else anchors
            anchor = links.anchor_of(target.anchor, anchors)
            return f"#{anchor}" if anchor is not None else None
        return link(addresses.of_target(target, base)) + addresses.fragment(target)

    return resolve


def moments(base: KnowledgeBase, record: Record) -> list[tuple[str, Moment, str, str]]:
    """Return the known moments: name, moment, in UTC, in the site's zone."""
    return [
        (name, at, moment_text(at, "UTC"), moment_text(at, base.settings.timezone)) for name, at in record.times.known()
    ]


def event_rows(base: KnowledgeBase, record: Record) -> list[EventRow]:
    """Return the timeline in order, with offsets from the beginning."""
    start = durations.start_of(record)
    if start is None:
        return []
    days = {event.at.day for event in record.timeline} | {start.day}
    years = {day.year for day in days}
    return [
        EventRow(
            event=event,
            offset=durations.offset(event.at, start),
            utc=moment_text(event.at, "UTC", with_day=len(days) > 1, with_year=len(years) > 1),
            local=moment_text(event.at, base.settings.timezone, with_day=len(days) > 1, with_year=len(years) > 1),
            machine=machine_time(event.at),
            kind=base.taxonomies.title("event-kinds", event.kind),
            evidence=reference(event.evidence) if event.evidence else None,
        )
        for event in record.events
    ]


def factor_tree(base: KnowledgeBase, record: Record) -> tuple[FactorNode, ...]:
    """Return the cause map as nested lists, from the first conditions to the impact; each factor in full once."""
    by_id = {factor.id: factor for factor in record.factors}
    reached = {target for factor in record.factors for target in factor.leads_to}
    listed: set[str] = set()

    def node(name: str) -> FactorNode:
        if name == IMPACT:
            return FactorNode(None, "Impact", record.impact.summary or record.title, False, ())
        factor = by_id[name]
        seen = name in listed
        listed.add(name)
        children = () if seen else tuple(node(target) for target in factor.leads_to)
        return FactorNode(factor, base.taxonomies.title("factor-kinds", factor.kind), factor.what, seen, children)

    return tuple(node(factor.id) for factor in record.factors if factor.id not in reached)


def action_rows(base: KnowledgeBase, record: Record, today: date) -> list[ActionRow]:
    """Return a record's actions, with what they address."""
    by_id = {factor.id: factor for factor in record.factors}
    return [
        ActionRow(
            action=action,
            strength=base.taxonomies.title("action-strengths", action.strength) if action.strength else "",
            status=base.taxonomies.title("action-statuses", action.status),
            overdue=days_late(action, today) > 0,
            addresses=tuple(by_id[target] for target in action.addresses),
            ticket=reference(action.ticket) if action.ticket else None,
        )
        for action in record.actions
    ]


@dataclass(frozen=True)
class Row:
    """One incident in a list: all a reader filters and sorts by."""

    record: Record
    uri: str
    day: str
    severity: str
    services: tuple[tuple[str, str], ...]
    kinds: tuple[str, ...]
    factors: tuple[str, ...]
    noticed: str
    length: str
    seconds: int
    text: str
    iso_day: str
    marked: bool
    whose: str


def rows(base: KnowledgeBase, records: Iterable[Record]) -> list[Row]:
    """Return the lines of a list of incidents, in the order given."""
    made = _rows_made(base)
    found = []
    for record in records:
        row = made.get(record.id)
        if row is None:
            row = made[record.id] = _row(base, record)
        found.append(row)
    return found


@dataclass(frozen=True)
class ListedYear:
    """One group of the list of all incidents: its anchor, its title, and its lines."""

    anchor: str
    title: str
    rows: tuple[Row, ...]


def listed_years(base: KnowledgeBase, most: int) -> list[ListedYear]:
    """Return incidents by year, the latest year first; where there are ours and others, ours before theirs.

    Of more than `most` the latest are returned, ours before others: a page that holds them all could not be opened.
    """
    found: list[ListedYear] = []
    left = most
    for whose, title in WHOSE if base.mixed else (("", ""),):
        for year, records in base.years.items():
            chosen = [record for record in records if not whose or record.ours == (whose == "ours")][:left]
            if chosen:
                anchor = f"y{year}" if whose in ("", "ours") else f"{whose}-{year}"
                named = f"{title}, {year}" if whose else str(year)
                found.append(ListedYear(anchor, named, tuple(rows(base, chosen))))
                left -= len(chosen)
    return found


@lru_cache(maxsize=1)
def _rows_made(base: KnowledgeBase) -> dict[str, Row]:
    """Return the lines made so far: a record stands in a dozen lists, and its line is made once."""
    return {}


def _row(base: KnowledgeBase, record: Record) -> Row:
    whole = next((found for found in durations.of(record) if found.name == "resolve"), None)
    services = tuple((slug, base.settings.service_title(slug)) for slug in record.services)
    words = [record.title, record.id, record.ref or "", record.impact.summary or "", record.organisation or ""]
    words += record.tags
    words += [title for _, title in services] + [slug for slug, _ in services]
    return Row(
        record=record,
        uri=addresses.incident(record.id),
        day=filing_day(record, day_short(record.day)),
        severity=base.settings.severity(record.severity).title,
        services=services,
        kinds=tuple(base.taxonomies.title("incident-kinds", kind) for kind in record.kind),
        factors=record.factor_kinds,
        noticed=base.taxonomies.title("detectors", record.detection.by) if record.detection.by else "",
        length=whole.text if whole else "",
        seconds=int(whole.shortest.total_seconds()) if whole else -1,
        text=" ".join(words).lower(),
        iso_day=record.id[:10],
        marked=record.fictional or record.near_miss or record.status != "reviewed",
        whose="ours" if record.ours else "others",
    )


@dataclass(frozen=True)
class Group:
    """A service, factor, tag or year with its incidents, for the page that lists them all."""

    slug: str
    title: str
    meaning: str
    uri: str
    count: int
    latest: str


def groups(base: KnowledgeBase, name: str) -> list[Group]:
    """Return the groups of one sort: `services`, `factors` or `tags`, those with most incidents first."""
    found = [
        Group(
            slug=str(key),
            title=group_title(base, name, str(key)),
            meaning=group_meaning(base, name, str(key)),
            uri=f"{name}/{key}.md",
            count=len(records),
            latest=day_short(max(record.day for record in records)) if records else "",
        )
        for key, records in getattr(base, name).items()
    ]
    return sorted(found, key=lambda group: (-group.count, group.title.lower()))


def group_title(base: KnowledgeBase, name: str, slug: str) -> str:
    """Return what the site calls a service, factor or tag."""
    if name == "services":
        return base.settings.service_title(slug)
    return base.taxonomies.title("factor-kinds", slug) if name == "factors" else slug


def group_meaning(base: KnowledgeBase, name: str, slug: str) -> str:
    """Return what a service does and who owns it, or what a factor's kind means."""
    if name == "services" and (service := base.settings.services.get(slug)):
        parts = [service.description or "", f"Owned by {service.owner}." if service.owner else ""]
        return " ".join(part for part in parts if part)
    if name == "factors":
        word = base.taxonomies["factor-kinds"].get(slug)
        return word.meaning if word else ""
    return ""


def home(base: KnowledgeBase, today: date) -> dict[str, Any]:
    """Return what the first page shows: the latest incidents, what keeps coming back, what is overdue."""
    counted = population.of(base.records)
    start = f"{base.settings.section}/start" if base.settings.section else "start"
    real = counted.records
    recent = real[:20]
    overdue = [] if counted.elsewhere else [a for record in real for a in record.actions if days_late(a, today)]
    return {
        "base": base,
        "latest": rows(base, base.own_first[:5]),
        "start": next((page for page in base.pages.values() if page.shipped or page.id == start), None),
        "ours": sum(record.ours for record in base.records),
        "recent": len(recent),
        "recurring": recurring(base, recent)[:3],
        "overdue": len(overdue),
        "real": len(real),
    }


def recurring(base: KnowledgeBase, records: Sequence[Record]) -> list[tuple[str, str, int]]:
    """Return the kinds of factor that more than one of these records has: slug, title, number of records."""
    counts: dict[str, int] = {}
    for record in records:
        for kind in record.factor_kinds:
            counts[kind] = counts.get(kind, 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [(kind, base.taxonomies.title("factor-kinds", kind), count) for kind, count in ordered if count > 1]


def facets(base: KnowledgeBase) -> Mapping[str, list[tuple[str, str]]]:
    """Return the values each filter of the list of all offers: `(value, title)` pairs, only those that occur."""

    def named(slugs: Iterable[str], title: Callable[[str], str]) -> list[tuple[str, str]]:
        return sorted(((slug, title(slug)) for slug in slugs), key=lambda pair: pair[1].lower())

    def words(taxonomy: str) -> Callable[[str], str]:
        return lambda slug: base.taxonomies.title(taxonomy, slug)

    return {
        "whose": list(WHOSE) if base.mixed else [],
        "year": [(str(year), str(year)) for year in base.years],
        "service": named((slug for slug, found in base.services.items() if found), base.settings.service_title),
        "kind": named({kind for record in base.records for kind in record.kind}, words("incident-kinds")),
        "severity": [
            (slug, base.settings.severity(slug).title) for slug in sorted({record.severity for record in base.records})
        ],
        "factor": named(base.factors, words("factor-kinds")),
        "status": named({record.status for record in base.records}, words("statuses")),
    }


def facet_titles(base: KnowledgeBase) -> dict[str, dict[str, str]]:
    """Return what the values of each facet of a search are called."""
    named = {"kind": "incident-kinds", "factor": "factor-kinds", "noticed": "detectors", "status": "statuses"}
    named["tlp"] = "sharing-levels"
    titles = {name: {slug: word.title for slug, word in base.taxonomies[of].items()} for name, of in named.items()}
    titles["whose"] = dict(WHOSE)
    titles["severity"] = {slug: base.settings.severity(slug).title for slug in SEVERITIES}
    titles["service"] = {slug: base.settings.service_title(slug) for slug in base.services}
    return titles


def reference(written: str, title: str = "") -> Reference:
    """Return evidence as something to show: a web address by its host's name, a ticket as it is."""
    if written.startswith(("http://", "https://")):
        host = urlsplit(written).hostname or written
        return Reference(title or host.removeprefix("www."), written)
    return Reference(title or written, "")


def filing_day(record: Record, day: str) -> str:
    """Return the day of a record for its readers; one that has no time at all is only filed under its day."""
    return day if record.times.known() or record.timeline else f"filed {day}"


def day_in_words(day: date) -> str:
    """Return a day as `2 March 2026`."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def day_short(day: date) -> str:
    """Return a day as `2 Mar 2026`."""
    return f"{day.day} {MONTHS[day.month - 1][:3]} {day.year}"


def moment_text(at: Moment, zone: str, *, with_day: bool = True, with_year: bool = True) -> str:
    """Return a moment in a zone, as exact as it is known: `2 Mar 2026 09:02`, `2 Mar 2026`, `March 2026`.

    A day or month that is all that is known is the one it was written as; no zone can be computed for it.
    """
    if at.precision >= Precision.DAY:
        month = MONTHS[at.day.month - 1]
        if at.precision is Precision.MONTH:
            return f"{month} {at.day.year}"
        return day_short(at.day) if with_year else f"{at.day.day} {month[:3]}"
    local: datetime = at.earliest.astimezone(ZoneInfo(zone))
    clock = (
        f"{local:%H}:xx"
        if at.precision is Precision.HOUR
        else f"{local:%H:%M:%S}"
        if at.precision is Precision.SECOND
        else f"{local:%H:%M}"
    )
    if _comes_twice(local):
        clock += f" {local:%Z}"
    if not with_day:
        return clock
    day = day_short(local.date()) if with_year else f"{local.day} {MONTHS[local.month - 1][:3]}"
    return f"{day} {clock}"


def _comes_twice(local: datetime) -> bool:
    """Say whether clocks show this time twice that day, because they are set back: only the zone tells which it is."""
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def machine_time(at: Moment) -> str:
    """Return a moment as HTML's `datetime` attribute takes it (HTML standard, section 2.3.5)."""
    if at.precision is Precision.MONTH:
        return f"{at.day:%Y-%m}"
    if at.precision is Precision.DAY:
        return at.day.isoformat()
    return at.earliest.strftime("%Y-%m-%dT%H:%M:%SZ")
