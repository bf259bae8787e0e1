"""Searching a knowledge base: its documents, their index and the glossary's other names, made once."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from calmroom.knowledge import KnowledgeBase
from calmroom.playbooks.model import Term
from calmroom.search import everyday, index, query, words
from calmroom.search.documents import Document, Documents
from calmroom.search.index import Counts, Index

INDEX = "index"
COUNTS = "counts"
WORTH_KEEPING = 500
"""From so many documents on, keeping their index is quicker than making it again."""


@dataclass(frozen=True)
class Found:
    """A document that was found, its score, the sections in which the query's words stand, and where it stands.

    `sort` is what it answers: what to do, what happened before, what it means. `rank` is its place on the page,
    `rank_in_sort` and `rank_in_kind` its places among those of its sort and of its kind, all from 1. `fits` is the way
    in which people put it that is most like the query, or nothing.
    """

    document: Document
    score: float
    sections: tuple[str, ...]
    sort: str = ""
    rank: int = 0
    rank_in_sort: int = 0
    rank_in_kind: int = 0
    fits: str = ""


@dataclass(frozen=True)
class Result:
    """What a search found, in the order of the page.

    `corrections` are words taken for others, `also` those looked for besides, `partly` whether the query was too long
    for that, `loosely` whether what was quoted stands nowhere, so that its words count one by one. `counts` says how
    many of each sort there are, the sorts in their order.
    """

    found: tuple[Found, ...]
    corrections: Mapping[str, str]
    partly: bool = False
    also: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    loosely: bool = False


class Finder:
    """Everything of a knowledge base, ready to be searched."""

    def __init__(self, base: KnowledgeBase, *, parallel: bool = False) -> None:
        """Index everything; `parallel` in several processes, where no thread runs."""
        self.documents = Documents(base)
        self.index: Index = _index(base, self.documents, parallel=parallel)
        self.synonyms = synonyms(base.terms)
        self.everyday = everyday.meanings(base.everyday)

    def search(self, text: str, most: int = 50, kinds: Sequence[str] = ()) -> Result:
        """Return what a query finds among all documents or those of some kinds, in the order of the page."""
        asked, hits = query.search(
            self.index, self.documents, text, self.synonyms, self.everyday, most=self.index.count
        )
        chosen = [hit for hit in hits if not kinds or self.index.kinds[hit.document] in kinds]
        groups = query.by_sort(self.index, chosen, text)
        of = {hit.document: (sort, place) for sort, some in groups.items() for place, hit in enumerate(some, 1)}
        seen: Counter[str] = Counter()
        in_kind = {}
        for hit in chosen:
            kind = self.index.kinds[hit.document]
            seen[kind] += 1
            in_kind[hit.document] = seen[kind]
        found = []
        for rank, hit in enumerate(query.as_shown(groups)[:most], 1):
            document = self.documents[hit.document]
            sort, in_sort = of[hit.document]
            found.append(
                Found(
                    document,
                    hit.score,
                    _headings(document, hit.places),
                    sort,
                    rank,
                    in_sort,
                    in_kind[hit.document],
                    query.fits(self.index, asked, document),
                )
            )
        counts = {sort: len(some) for sort, some in groups.items()}
        return Result(tuple(found), asked.corrections, asked.partly, asked.also, counts, asked.loosely)


def _index(base: KnowledgeBase, documents: Documents, *, parallel: bool) -> Index:
    """Return the index of everything: the one that was kept, where nothing has changed since."""
    key = documents.key if base.store and len(documents) >= WORTH_KEEPING else None
    found = base.store.derived(INDEX) if base.store and key else None
    if found and found[0] == key:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            return index.unpacked(found[1])
    before = counted_before(base)
    counts = index.counts_of(documents, before, parallel=parallel)
    keep_counted(base, before, counts)
    made = index.weighed(counts, documents.kinds, documents.others)
    if base.store and key:
        base.store.keep_derived(INDEX, key, index.packed(made))
    return made


def counted_before(base: KnowledgeBase) -> Counts | None:
    """Return what was counted when a knowledge base was last indexed, as far as it was kept."""
    found = base.store.derived(COUNTS) if base.store else None
    if found:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            return Counts.unpacked(found[1])
    return None


def keep_counted(base: KnowledgeBase, before: Counts | None, counts: Counts) -> None:
    """Keep what was counted for the next time, where it is worth that and differs from what is kept."""
    if base.store and len(counts.names) >= WORTH_KEEPING and (before is None or before.names != counts.names):
        base.store.keep_derived(COUNTS, b"", counts.packed())


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
