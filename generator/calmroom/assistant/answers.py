"""What an assistant may ask of a knowledge base; what cannot be answered says what can be."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cached_property
from typing import Any

from calmroom.checks import quality
from calmroom.exchange import api
from calmroom.exchange.places import Places
from calmroom.insight.similarity import Similarity, in_words
from calmroom.knowledge import KnowledgeBase
from calmroom.records import sharing, text_file
from calmroom.records.diagnostics import Level, nearest, sort
from calmroom.records.model import Record
from calmroom.records.reader import Found, parse_record
from calmroom.search.finder import Finder
from calmroom.site import short, views
from calmroom.site.in_markdown import Twins
from calmroom.site.rendering import Renderer

LONG = 200_000
"""At most so much of a draft is looked at."""
KINDS = ("incident", "playbook", "script", "term")


class UnknownError(LookupError):
    """What was asked for is not here; the message says what is."""


class Answers:
    """Answers from one edition of a knowledge base; whatever takes time is made when it is first asked for."""

    def __init__(self, base: KnowledgeBase, places: Places, today: date) -> None:
        self.base = base
        self._places = places
        self._today = today

    @cached_property
    def _finder(self) -> Finder:
        return Finder(self.base)

    @cached_property
    def _similarity(self) -> Similarity:
        return Similarity(self.base.records)

    @cached_property
    def _renderer(self) -> Renderer:
        return Renderer(self.base)

    @cached_property
    def _twins(self) -> Twins:
        return Twins(self.base, self._renderer, self._places)

    def search(self, words: str, kinds: Iterable[str], count: int) -> dict[str, Any]:
        """Return what a query finds, in the order of the site."""
        wanted = list(kinds)
        if wrong := [kind for kind in wanted if kind not in KINDS]:
            raise UnknownError(f"There is no kind “{wrong[0]}”. Valid: {', '.join(KINDS)}.")
        result = self._finder.search(words, count, wanted)
        found = [
            {
                "kind": hit.document.kind,
                "id": hit.document.id,
                "title": hit.document.title,
                "summary": hit.document.summary,
                **({"fits": hit.fits} if hit.fits else {}),
            }
            for hit in result.found
        ]
        return {"edition": sharing.name(self.base.edition), "found": found, "corrected": dict(result.corrections)}

    def similar(self, subject: str, count: int) -> dict[str, Any]:
        """Return the incidents most like one, why, what was tried there and whether it held."""
        record = self._record(subject)
        near = self._similarity.to(record, count) if record else self._similarity.to_text(subject, count)
        told = [
            {
                "id": item.record.id,
                "title": item.record.title,
                "ours": item.record.ours,
                "reasons": in_words(item.reasons, self.base.taxonomies, self.base.settings.service_title),
                "tried": [
                    {
                        "what": tried.action.what,
                        "came_back_in": None if tried.later is None else [later.id for later in tried.later],
                    }
                    for tried in item.tried
                ],
            }
            for item in near
        ]
        return {"found": told}

    def record(self, id_: str) -> str:
        """Return one record as Markdown, by its id, an earlier id, or its `ref`."""
        record = self._record(id_)
        if record is None:
            raise UnknownError(self._none("record", id_, self.base.by_id))
        return self._twins.record(record, self._places.full)

    def playbook(self, situation: str) -> str:
        """Return the playbook for a situation, by its id or in words."""
        id_ = self._chosen(situation, "playbook", self.base.playbooks)
        return self._twins.playbook(self.base.playbooks[id_], self._places.full)

    def script(self, situation: str) -> str:
        """Return the script or message for a situation, by its id or in words."""
        id_ = self._chosen(situation, "script", self.base.scripts)
        return self._twins.script(self.base.scripts[id_], self._places.full)

    def term(self, word: str) -> dict[str, Any]:
        """Return what a term means, how it is misused, and what to say to an executive."""
        slug = self._chosen(word, "term", self.base.terms)
        return api.term(slug, self.base.terms[slug], self._places)

    def kit(self, id_: str) -> str:
        """Return the meeting kit of an incident as Markdown."""
        record = self._record(id_)
        if record is None:
            raise UnknownError(self._none("record", id_, self.base.by_id))
        return self._renderer.kit("kit.md", views.meeting(self.base, record))

    def check(self, text: str) -> dict[str, Any]:
        """Return what is wrong in a record's text, what blames or disagrees, and what it lacks; nothing is kept."""
        if len(text) > LONG:
            raise UnknownError(f"The draft has {len(text):,} characters; at most {LONG:,} are looked at.")
        item = Found("2026-01-01-draft", "draft.md")
        checks = quality.Quality(self.base.root, self.base.settings, self._today)
        plain, problems = text_file.decode(text.encode("utf-8", "replace"), item.path)
        found = list(problems)
        if plain is not None:
            found += parse_record(plain, item, self.base.taxonomies, self._today, checks.inspect).diagnostics
        told = [
            {
                "line": problem.position.line,
                "column": problem.position.column,
                "code": problem.code,
                "level": str(problem.level),
                "message": problem.message,
                "hint": problem.hint,
            }
            for problem in sort(found)
        ]
        return {"valid": not any(problem.level is Level.ERROR for problem in found), "problems": told}

    def _record(self, written: str) -> Record | None:
        written = written.strip()
        id_ = self.base.aliases.get(written, written)
        if id_ not in self.base.by_id:
            refs = {name.casefold(): id_ for name, id_ in short.references(self.base.records).items()}
            id_ = refs.get(short.of(written).casefold(), "")
        return self.base.by_id.get(id_)

    def _chosen(self, written: str, kind: str, there: Any) -> str:
        """Return the id that was meant: as it is written, or the first that a search finds."""
        if written.strip() in there:
            return written.strip()
        found = self._finder.search(written, 1, (kind,)).found
        if not found:
            raise UnknownError(self._none(kind, written, there))
        return found[0].document.id

    def _none(self, kind: str, written: str, there: Iterable[str]) -> str:
        near = nearest(written, there)
        hint = f" Did you mean `{near}`?" if near else " Search for it first."
        return f"There is no {kind} for “{written[:80]}” in {sharing.name(self.base.edition)}.{hint}"
