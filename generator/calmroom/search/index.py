"""The search index: which words stand in which documents, how much each says there, and how hits are ranked.

Ranking is BM25F (Robertson, Zaragoza and Taylor, "Simple BM25 Extension to Multiple Weighted Fields", CIKM 2004): a
word in a title counts more than in an event, a rarer word more than a frequent one, and a word that is missing lowers a
hit instead of losing it. A query is understood word by word by `query`; the page's script does the same with the same
numbers, read from the files that `shards` makes.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import numpy as np

from calmroom import arrays, forked
from calmroom.search import words
from calmroom.search.documents import FIELDS, Document, Documents

WEIGHTS = {
    "title": 3.0, "names": 2.2, "asked": 2.0, "summary": 2.0, "plain": 2.0, "factors": 1.1,
    "actions": 0.8, "lessons": 0.8, "events": 0.8, "misused": 0.8, "executive": 0.8, "told": 0.3, "story": 0.9,
}  # fmt: skip
LENGTHS = {
    "title": 0.3, "names": 0.2, "asked": 0.3, "summary": 0.5, "plain": 0.5, "factors": 0.6,
    "actions": 0.6, "lessons": 0.6, "events": 0.7, "misused": 0.6, "executive": 0.6, "told": 0.7, "story": 0.7,
}  # fmt: skip
SATURATION = 1.5
KINDS = {"incident": 1.2, "playbook": 1.0, "script": 0.95, "term": 1.1}
"""What a kind of document counts beside the others."""
SORTS = {"do": ("playbook", "script"), "before": ("incident",), "means": ("term",)}
"""What people come for, and the kinds that answer it: what to say and do, what happened before, what it means."""
OTHERS = 0.8
"""What an incident of others counts beside our own, so that of two that fit alike our own stands first."""
STEPS = 255
PIECE = 64
WITHIN = 32
TOGETHER = 300_000
PLACES = 30
"""How many sections of a document can be told apart; those after them count as the last."""


@dataclass(frozen=True)
class Index:
    """An inverted index.

    `terms` are sorted stems; the documents of term t are `documents[starts[t]:starts[t + 1]]` in ascending order, with
    how much the term says there (`weights`, 1 to 255) and in which sections (`places`, a bit for each). `surfaces` maps
    every word as it is written to its term's number. `others` are the documents that are incidents of others, where
    there are some of our own before them.
    """

    count: int
    terms: tuple[str, ...]
    starts: np.ndarray
    documents: np.ndarray
    weights: np.ndarray
    places: np.ndarray
    surfaces: Mapping[str, int]
    kinds: tuple[str, ...] = ()
    others: range = range(0)

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """The number of each term."""
        return {term: number for number, term in enumerate(self.terms)}

    @cached_property
    def written(self) -> list[str]:
        """Every word as it is written, sorted."""
        return sorted(self.surfaces)

    def found_in(self, term: int) -> int:
        """Return in how many documents a term stands."""
        return int(self.starts[term + 1] - self.starts[term])


def rarity(count: int, found_in: int) -> float:
    """Return how much a word says that stands in so many of the documents (BM25's inverse document frequency)."""
    return math.log(1 + (count - found_in + 0.5) / (found_in + 0.5))


@dataclass(frozen=True)
class Counts:
    """What some documents hold, before anything is weighed: how often which word stands where.

    `names` are those of the documents (see `Documents.names`), `lengths` the lengths of each one's fields. The lines
    of document d are `starts[d]:starts[d + 1]`: a word (its number in `words`), in which field and section, how often.
    `stems` are those of the words, where somebody made them already.
    """

    names: tuple[str, ...]
    words: tuple[str, ...]
    stems: tuple[str, ...]
    starts: np.ndarray
    word: np.ndarray
    within: np.ndarray
    often: np.ndarray
    lengths: np.ndarray

    def packed(self) -> bytes:
        """Return them as bytes."""
        names = ("starts", "word", "within", "often", "lengths")
        told = {"names": self.names, "words": "\n".join(self.words), "stems": "\n".join(self.stems)}
        return arrays.packed(told, {name: getattr(self, name) for name in names})

    @classmethod
    def unpacked(cls, content: bytes) -> Counts:
        """Return what `packed` made; raises `ValueError` where it is not that."""
        told, numbers = arrays.unpacked(content)
        words, stems = (tuple(told[name].split("\n")) if told[name] else () for name in ("words", "stems"))
        return cls(tuple(told["names"]), words, stems, **numbers)


def build(documents: Sequence[Document], *, parallel: bool = False) -> Index:
    """Index documents piece by piece; with `parallel` in several processes, where no thread runs."""
    return _of_all(documents, counts_of(documents, None, parallel=parallel))


def counts_of(documents: Sequence[Document], before: Counts | None, *, parallel: bool = False) -> Counts:
    """Count the words of documents; of those that have a name that was counted before, the counts are taken over."""
    names = documents.names if isinstance(documents, Documents) else ("",) * len(documents)
    new = not_counted(names, before)
    starts = range(0, len(new), PIECE)

    def counted(number: int) -> Counts:
        some = new[starts[number] : starts[number] + PIECE]
        return count([documents[at] for at in some], [names[at] for at in some])

    return together(names, before, forked.each(counted, len(starts), chunk=1, parallel=parallel))


def not_counted(names: Sequence[str], before: Counts | None) -> list[int]:
    """Return the numbers of the documents whose name was not counted before; a document without a name never was."""
    known = set(before.names) - {""} if before else set()
    return [number for number, name in enumerate(names) if name not in known]


def _others(documents: Sequence[Document]) -> range:
    """Return which documents are incidents of others beside our own; they stand together, after ours."""
    found = [number for number, document in enumerate(documents) if document.facets.get("whose") == ("others",)]
    return range(found[0], found[-1] + 1) if found else range(0)


def count(documents: Sequence[Document], names: Sequence[str]) -> Counts:
    """Count the words of some documents."""
    numbers: dict[str, int] = {}
    word, within, often, starts = array("I"), array("H"), array("I"), array("Q", [0])
    lengths = np.zeros((len(documents), len(FIELDS)), dtype=np.uint32)
    for row, one in enumerate(documents):
        for place, section in enumerate(one.sections):
            said = words.words(section.text)
            which = FIELDS.index(section.field)
            lengths[row, which] += len(said)
            counts = Counter(said)
            word.extend(numbers.setdefault(found, len(numbers)) for found in counts)
            often.extend(counts.values())
            within.extend([which * WITHIN + min(place, PLACES - 1)] * len(counts))
        starts.append(len(word))
    return Counts(
        tuple(names),
        tuple(numbers),
        (),
        np.array(starts, dtype=np.int64),
        np.array(word, dtype=np.uint32),
        np.array(within, dtype=np.uint16),
        np.minimum(np.array(often, dtype=np.uint32), 65_535).astype(np.uint16),
        lengths,
    )


def together(names: Sequence[str], before: Counts | None, pieces: Iterable[Counts]) -> Counts:
    """Return the counts of documents by their names: those in `before`, and in turn the pieces' of all others.

    Words that stand nowhere any more fall away, and the lines of a document stay in their order: so it makes no
    difference what was counted when.
    """
    known = {name: row for row, name in enumerate(before.names) if name} if before else {}
    numbers: dict[str, int] = {}
    columns: dict[str, list[np.ndarray]] = {name: [] for name in ("word", "within", "often", "lines", "lengths")}
    for part in chain([before or count([], [])], pieces):
        _add(part, numbers, columns)
    first = len(before.names) if before else 0
    fresh = iter(range(first, first + len(names)))
    rows = np.array([known[name] if name in known else next(fresh) for name in names], dtype=np.int64)
    lines = np.concatenate([[0], *columns.pop("lines")]).astype(np.int64)
    starts, at = arrays.lines_of(np.cumsum(lines), rows)
    word = np.concatenate(columns.pop("word"))[at]
    used = np.flatnonzero(np.bincount(word, minlength=len(numbers)))
    place = np.zeros(len(numbers), dtype=np.uint32)
    place[used] = np.arange(len(used), dtype=np.uint32)
    every = list(numbers)
    still = tuple(every[number] for number in used.tolist())
    stems = dict(zip(before.words, before.stems, strict=True)) if before else {}
    return Counts(
        tuple(names),
        still,
        tuple(stems.get(one) or words.stem(one) for one in still),
        starts,
        place[word],
        np.concatenate(columns.pop("within"))[at],
        np.concatenate(columns.pop("often"))[at],
        np.concatenate(columns.pop("lengths"))[rows],
    )


def _add(part: Counts, numbers: dict[str, int], columns: dict[str, list[np.ndarray]]) -> None:
    """Add the lines of some documents to those of others, with their words numbered as the others' are."""
    renumbered = np.array([numbers.setdefault(word, len(numbers)) for word in part.words], dtype=np.uint32)
    columns["word"].append(renumbered[part.word])
    columns["lines"].append(np.diff(part.starts))
    for name in ("within", "often", "lengths"):
        columns[name].append(getattr(part, name))


def _of_all(documents: Sequence[Document], counts: Counts) -> Index:
    if isinstance(documents, Documents):
        return weighed(counts, documents.kinds, documents.others)
    return weighed(counts, tuple(document.kind for document in documents), _others(documents))


def weighed(counts: Counts, kinds: tuple[str, ...], others: range = range(0)) -> Index:
    """Return the index of what was counted: counts become weights, some terms after the others to take little room."""
    stems = counts.stems or [words.stem(word) for word in counts.words]
    terms = tuple(sorted(set(stems)))
    numbers = {term: number for number, term in enumerate(terms)}
    surfaces = dict(sorted((word, numbers[stem]) for word, stem in zip(counts.words, stems, strict=True)))
    if not terms:
        empty = np.zeros(0, dtype=np.uint32)
        return Index(len(kinds), (), np.zeros(1, dtype=np.int64), empty, empty, empty, {}, kinds)
    term = np.array([numbers[stem] for stem in stems], dtype=np.uint32)[counts.word]
    document = np.repeat(np.arange(len(kinds), dtype=np.uint32), np.diff(counts.starts))
    return _joined(term, document, counts.within, counts.often, counts.lengths, terms, surfaces, kinds, others)


def _joined(
    term: np.ndarray,
    document: np.ndarray,
    within: np.ndarray,
    often: np.ndarray,
    counted: np.ndarray,
    terms: tuple[str, ...],
    surfaces: Mapping[str, int],
    kinds: tuple[str, ...],
    others: range,
) -> Index:
    size, lengths = len(kinds), counted.astype(np.float32)
    average = lengths.sum(axis=0) / np.maximum(1, (lengths > 0).sum(axis=0))
    bend = np.array([LENGTHS[name] for name in FIELDS], dtype=np.float32)
    scale = np.array([WEIGHTS[name] for name in FIELDS], dtype=np.float32)
    factor = scale / (1 - bend + bend * lengths / np.maximum(1, average))
    made = []
    share = -(-len(terms) // max(1, len(term) // TOGETHER))
    for first in range(0, len(terms), share):
        chosen = np.flatnonzero((term >= first) & (term < first + share)) if share < len(terms) else slice(None)
        made.append(_weighted(term[chosen], document[chosen], within[chosen], often[chosen], factor, size))
    keys = np.concatenate([part[0] for part in made])
    starts = np.searchsorted(keys, np.arange(len(terms) + 1, dtype=np.uint64) * np.uint64(size))
    return Index(
        size,
        terms,
        starts.astype(np.int64),
        (keys % np.uint64(size)).astype(np.uint32),
        np.concatenate([part[1] for part in made]),
        np.concatenate([part[2] for part in made]),
        surfaces,
        kinds,
        others,
    )


def _weighted(
    term: np.ndarray, document: np.ndarray, within: np.ndarray, often: np.ndarray, factor: np.ndarray, size: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return of some lines of the table each term and document once, what it says there, and in which sections."""
    said = factor[document, within // WITHIN] * often
    key = term.astype(np.uint64) * np.uint64(size) + document
    order = np.argsort(key, kind="stable")
    key, said = key[order], said[order]
    bits = np.uint32(1) << (within % WITHIN).astype(np.uint32)[order]
    first = np.concatenate([[0], np.flatnonzero(np.diff(key)) + 1]).astype(np.int64)
    total = np.add.reduceat(said, first)
    weights = np.maximum(1, np.rint(STEPS * total / (SATURATION + total))).astype(np.uint8)
    return key[first], weights, np.bitwise_or.reduceat(bits, first).astype(np.uint32)


def packed(index: Index) -> bytes:
    """Return an index as bytes."""
    values = {"count": index.count, "terms": index.terms, "surfaces": dict(index.surfaces), "kinds": index.kinds}
    values["others"] = [index.others.start, index.others.stop]
    names = ("starts", "documents", "weights", "places")
    return arrays.packed(values, {name: getattr(index, name) for name in names})


def unpacked(content: bytes) -> Index:
    """Return what `packed` made; raises `ValueError` where it is not that."""
    told, numbers = arrays.unpacked(content)
    kinds, terms = tuple(told["kinds"]), tuple(told["terms"])
    others = range(*told["others"])
    return Index(told["count"], terms, surfaces=told["surfaces"], kinds=kinds, others=others, **numbers)
