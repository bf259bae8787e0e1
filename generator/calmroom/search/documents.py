"""What is searched: incidents, playbooks, scripts and terms as documents of sections, each with its anchor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import overload

from calmroom import naming
from calmroom.knowledge import KnowledgeBase
from calmroom.playbooks.model import Playbook, Script, Term, texts_of
from calmroom.records import narrative
from calmroom.records.model import Record
from calmroom.search import asked, words
from calmroom.search.asked import Group

KINDS = ("incident", "playbook", "script", "term")
FIELDS = (
    "title", "names", "asked", "summary", "plain", "factors", "actions", "lessons", "events", "misused", "executive",
    "told", "story",
)  # fmt: skip
"""The fields of a document. `names` are ids, services, tags: what a thing is called by; `asked` is how people put it;
`told` is the text of the handbook, `story` that of a record."""
SUMMARY_LENGTH = 320


@dataclass(frozen=True)
class Section:
    """A part of a document: which sort, the heading and anchor of the page it stands under, and its text."""

    field: str
    heading: str
    anchor: str
    text: str


@dataclass(frozen=True)
class Document:
    """One thing that can be found. `facets` are what a reader narrows a search by: name → values."""

    kind: str
    id: str
    title: str
    summary: str
    sections: tuple[Section, ...]
    day: str = ""
    facets: dict[str, tuple[str, ...]] = field(default_factory=dict)


class Documents(Sequence[Document]):
    """Everything of a knowledge base that can be found, each made when it is asked for.

    First our own incidents, newest first, then those of others, then playbooks, scripts and terms.
    """

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base
        self._handbook = [
            *(_playbook(playbook, _ways(base, "pages", id_)) for id_, playbook in base.playbooks.items()),
            *(_script(script, _ways(base, "pages", id_)) for id_, script in base.scripts.items()),
            *(_term(term, _ways(base, "terms", slug)) for slug, term in base.terms.items()),
        ]
        self.incidents = len(base.own_first)
        self.kinds = ("incident",) * self.incidents + tuple(document.kind for document in self._handbook)

    def __len__(self) -> int:
        return self.incidents + len(self._handbook)

    @overload
    def __getitem__(self, at: int) -> Document: ...
    @overload
    def __getitem__(self, at: slice) -> list[Document]: ...
    def __getitem__(self, at: int | slice) -> Document | list[Document]:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        number = at + len(self) if at < 0 else at
        if not 0 <= number < len(self):
            raise IndexError(at)
        if number < self.incidents:
            return incident(self._base, self._base.own_first[number])
        return self._handbook[number - self.incidents]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What names all that each document says; nothing for a record whose reading is not kept."""
        base = self._base
        shared = naming.of(
            [(slug, base.settings.service_title(slug)) for slug in base.services],
            base.taxonomies["incident-kinds"],
            base.taxonomies["factor-kinds"],
            base.mixed,
            base.settings.default_tlp,
        )
        kept = (
            record.kept_names or (naming.of(record),) * 2 if record.shipped else record.kept_names
            for record in base.own_first
        )
        incidents = (f"{shared} {names[1]}" if names else "" for names in kept)
        return (*incidents, *(naming.of(document) for document in self._handbook))

    @property
    def key(self) -> bytes | None:
        """What names all that is said here, or None where not every reading is kept."""
        return naming.of(list(self.names), self._base.mixed).encode() if all(self.names) else None

    def facets(self) -> Iterator[dict[str, tuple[str, ...]]]:
        """Yield of each incident what it is narrowed by."""
        return (facets(self._base, record) for record in self._base.own_first)

    @property
    def others(self) -> range:
        """Which documents are incidents of others beside our own; they stand together, after ours."""
        if not self._base.mixed:
            return range(0)
        return range(sum(record.ours for record in self._base.records), self.incidents)


def every_document(base: KnowledgeBase) -> list[Document]:
    """Return everything of a knowledge base that can be found, made at once."""
    return list(Documents(base))


def incident(base: KnowledgeBase, record: Record) -> Document:
    """Return an incident as it is searched."""
    parts = narrative.parts(record.narrative)
    summary = _summary(record, parts)
    names = [record.id, record.ref or "", *record.aliases, *record.tags, *record.services, record.organisation or ""]
    names += [base.settings.service_title(slug) for slug in record.services]
    names += [base.taxonomies.title("incident-kinds", kind) for kind in record.kind]
    tickets = [event.evidence for event in record.timeline] + [action.ticket for action in record.actions]
    names += [ticket for ticket in tickets if ticket and "://" not in ticket]
    detection = record.detection.gap or ""
    learned = [*record.went_well, *record.got_lucky, *record.surprised_by, *record.open_questions]
    factors = [f"{base.taxonomies.title('factor-kinds', f.kind)}: {f.what}" for f in record.factors]
    sections = [
        Section("title", "", "", record.title),
        Section("names", "", "", " | ".join(name for name in names if name)),
        *_asked(record.asked),
        Section("summary", "", "", summary),
        Section("summary", "What it did", "impact", record.impact.summary or ""),
        Section("factors", "Why it could happen", "why-it-could-happen", "\n".join(factors)),
        Section("factors", "How it was noticed", "how-it-was-noticed", detection),
        Section("actions", "What we do about it", "what-we-do-about-it", _lines(a.what for a in record.actions)),
        Section("lessons", "What we learned", "what-we-learned", "\n".join(learned)),
        Section("events", "What happened", "what-happened", _lines(event.what for event in record.events)),
        *_story(parts),
    ]
    return Document(
        "incident",
        record.id,
        record.title,
        _cut(summary),
        tuple(section for section in sections if section.text),
        record.id[:10],
        facets(base, record),
    )


def facets(base: KnowledgeBase, record: Record) -> dict[str, tuple[str, ...]]:
    """Return what an incident is narrowed by."""
    detector = record.noticed_by
    return {
        "year": (str(record.day.year),),
        "service": record.services,
        "kind": record.kind,
        "severity": (record.severity,),
        "factor": record.factor_kinds,
        "noticed": (detector,) if detector else (),
        "status": (record.status,),
        "tlp": (record.tlp or base.settings.default_tlp,),
        "whose": ("ours" if record.ours else "others",) if base.mixed else (),
    }


def _playbook(playbook: Playbook, more: Iterable[str]) -> Document:
    fields = playbook.fields
    parts = narrative.parts(playbook.prose.text)
    sections = [
        Section("title", "", "", playbook.title),
        *_asked((*fields.asked, *more)),
        Section("summary", "", "", fields.situation or ""),
        Section("lessons", "", "", "\n".join(fields.signs)),
        *_story(parts, "told"),
    ]
    summary = fields.situation or next((part.text for part in parts if part.text), "")
    kept = tuple(section for section in sections if section.text)
    return Document("playbook", playbook.id, playbook.title, _cut(summary), kept)


def _script(script: Script, more: Iterable[str]) -> Document:
    sections = [
        Section("title", "", "", script.title),
        *_asked((*script.asked, *more)),
        Section("summary", "", "", script.situation),
        Section("told", "", "", _lines(text for _, text in texts_of(script))),
    ]
    return Document("script", script.id, script.title, _cut(script.situation), tuple(sections))


def _term(term: Term, more: Iterable[str]) -> Document:
    sections = [
        Section("title", "", "", term.term),
        Section("names", "", "", " | ".join([*term.synonyms, *term.forms])),
        *_asked((*term.asked, *more)),
        Section("plain", "", "", term.plain),
        Section("misused", "", "", term.misused),
        Section("executive", "", "", term.executive),
        Section("told", "", "", "\n".join(definition.text for definition in term.precise)),
    ]
    return Document("term", term.slug, term.term, _cut(term.plain), tuple(s for s in sections if s.text))


def _ways(base: KnowledgeBase, group: Group, name: str) -> tuple[str, ...]:
    """Return the ways of putting it that stand apart from the page: first the knowledge base's own, then ours."""
    ours = asked.shipped().of(group, name)
    if base.redaction is not None:
        ours = tuple(base.redaction(way) for way in ours)
    return (*base.asked.of(group, name), *ours)


def _asked(phrases: Iterable[str]) -> list[Section]:
    """Return the ways in which people put it, each on a line of its own."""
    text = _lines(phrase for phrase in phrases if phrase.strip())
    return [Section("asked", "", "", text)] if text else []


def ways(document: Document) -> list[str]:
    """Return the ways in which people put it who look for a document."""
    return [way for section in document.sections if section.field == "asked" for way in section.text.split("\n")]


def _summary(record: Record, parts: Sequence[narrative.Part]) -> str:
    """Return the text under the narrative's `Summary`, else what it did, else the beginning of the story."""
    told = next((part.text for part in parts if part.heading.lower() == "summary" and part.text), "")
    return told or record.impact.summary or _cut(next((part.text for part in parts if part.text), ""))


def _story(parts: Sequence[narrative.Part], field: str = "story") -> list[Section]:
    """Return the parts of a text but its summary, each under its own heading."""
    return [
        Section(field, part.heading, part.anchor, words.without_addresses(f"{part.heading}\n{part.text}".strip()))
        for part in parts
        if part.heading.lower() != "summary"
    ]


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(text.strip() for text in texts)


def _cut(text: str) -> str:
    one = " ".join(text.split())
    return one if len(one) <= SUMMARY_LENGTH else one[: SUMMARY_LENGTH - 1].rsplit(" ", 1)[0] + "…"
