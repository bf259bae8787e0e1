"""Searching a knowledge base: its documents, their index and the glossary's other names, made once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from calmroom.knowledge import KnowledgeBase
from calmroom.playbooks.model import Term
from calmroom.search import index, query, words
from calmroom.search.documents import Document, every_document
from calmroom.search.index import Index


@dataclass(frozen=True)
class Found:
    """A document that was found, its score, and the sections in which the query's words stand."""

    document: Document
    score: float
    sections: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """What a search found, best first, which words it took for others, and whether the query was too long for that."""

    found: tuple[Found, ...]
    corrections: Mapping[str, str]
    partly: bool = False


class Finder:
    """Everything of a knowledge base, ready to be searched."""

    def __init__(self, base: KnowledgeBase, *, parallel: bool = False) -> None:
        """Index everything; `parallel` in several processes, where no thread runs."""
        self.documents: Sequence[Document] = every_document(base, parallel=parallel)
        self.index: Index = index.build(self.documents, parallel=parallel)
        self.synonyms = synonyms(base.terms)

    def search(self, text: str, most: int = 50, kinds: Sequence[str] = ()) -> Result:
        """Return what a query finds among all documents or those of some kinds."""
        every = self.index.count if kinds else most
        asked, hits = query.search(self.index, self.documents, text, self.synonyms, most=every)
        pairs = [(self.documents[hit.document], hit) for hit in hits]
        found = [
            Found(document, hit.score, _headings(document, hit.places))
            for document, hit in pairs
            if not kinds or document.kind in kinds
        ]
        return Result(tuple(found[:most]), asked.corrections, asked.partly)


def _headings(document: Document, places: int) -> tuple[str, ...]:
    named = [
        section.heading for place, section in enumerate(document.sections) if places >> min(place, index.PLACES - 1) & 1
    ]
    return tuple(dict.fromkeys(heading for heading in named if heading))


def synonyms(terms: Mapping[str, Term]) -> dict[str, list[str]]:
    """Return for each name of a term its other names, both ways, all as words of a query."""
    found: dict[str, list[str]] = {}
    for term in terms.values():
        names = [" ".join(words.parts(name)) for name in (term.term, *term.synonyms, *term.forms)]
        named = list(dict.fromkeys(name for name in names if name))
        for name in named:
            others = found.setdefault(name, [])
            others += [other for other in named if other != name and other not in others]
    return {name: others for name, others in sorted(found.items()) if others}
