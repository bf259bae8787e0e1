"""Similar incidents: which records are nearest, why in words, what was tried there, and whether it held.

Nearness is the cosine of two weighted vectors put side by side: what a record says (TF-IDF of stems, scikit-learn's)
and how it is built (kinds of factor, services, kind of incident, who noticed, tags; rare ones count more). Each record
keeps its heaviest terms only, so that comparing all with all grows with the records, not with their square.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from calmroom.insight.trends import STRENGTHS, Return, returns
from calmroom.records.model import Action, Record
from calmroom.records.taxonomy import Taxonomies
from calmroom.search import words

if TYPE_CHECKING:
    from scipy import sparse
    from sklearn.feature_extraction.text import TfidfVectorizer

TEXT, STRUCTURE = 0.65, 0.35
HEAVIEST = 60
CHUNK = 500
LEAST = 0.06
SHOWN = 5


@cache
def _sparse() -> Any:
    """Return scipy's sparse matrices, read when the first record is compared: most commands compare none."""
    from scipy import sparse

    return sparse


@dataclass(frozen=True)
class Reason:
    """One thing two incidents share: which sort (`service`, `factor`, `detected`, `kind`, `tag`, `words`), and what."""

    sort: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Similar:
    """A record that is near: how near (0 to 1), why, what was done about it, and what of that came back later."""

    record: Record
    score: float
    reasons: tuple[Reason, ...]
    tried: tuple[Tried, ...]


@dataclass(frozen=True)
class Tried:
    """An action of a similar record. `later` are records in which what it addressed came back; None where unknown."""

    action: Action
    later: tuple[Record, ...] | None


def text_of(record: Record) -> str:
    """Return everything a record says in words, its title and impact twice: they say what it was about."""
    impact = record.impact.summary or ""
    parts = [record.title, record.title, impact, impact, record.detection.gap or "", record.narrative]
    parts += [event.what for event in record.timeline] + [factor.what for factor in record.factors]
    parts += [action.what for action in record.actions]
    parts += [*record.went_well, *record.got_lucky, *record.surprised_by, *record.tags]
    return words.without_addresses("\n".join(parts))


def structure_of(record: Record) -> list[str]:
    """Return what a record is built of, as one word for each part, the sort before a colon."""
    found = [f"factor:{kind}" for kind in dict.fromkeys(factor.kind for factor in record.factors)]
    found += [f"service:{service}" for service in record.services] + [f"kind:{kind}" for kind in record.kind]
    found += [f"tag:{tag}" for tag in record.tags]
    if record.detection.by:
        found.append(f"detected:{record.detection.by}")
    return found


def _worth(text: str) -> list[str]:
    return [sys.intern(word) for word in words.parts(text) if len(word) > 1 and word not in words.STOP_WORDS]


def _stems(found: list[str]) -> list[str]:
    return [words.stem(word) for word in found]


def _same(parts: list[str]) -> list[str]:
    return parts


class Similarity:
    """All records of a knowledge base, ready to be compared. Fictional ones take part: they are worth reading."""

    def __init__(self, records: Sequence[Record]) -> None:
        """Weigh every record once."""
        self._records = list(records)
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._texts = TfidfVectorizer(analyzer=_stems, sublinear_tf=True, dtype=np.float32)
        self._parts = TfidfVectorizer(analyzer=_same, binary=True, dtype=np.float32)
        self._numbers = {record.id: number for number, record in enumerate(self._records)}
        said = [_worth(text_of(record)) for record in self._records]
        self._written = self._matrix(said)
        self._words = [tuple(set(found)) for found in said]

    def _matrix(self, said: list[list[str]]) -> sparse.csr_matrix:
        if not self._records:
            return _sparse().csr_matrix((0, 0), dtype=np.float32)
        texts = _fitted(self._texts, said)
        parts = _fitted(self._parts, [structure_of(record) for record in self._records])
        return _sparse().hstack([_heaviest(texts, HEAVIEST) * TEXT**0.5, parts * STRUCTURE**0.5], format="csr")

    @cached_property
    def _nearest(self) -> list[list[tuple[int, float]]]:
        """The nearest records of each, by number and nearness, in chunks so that memory stays small."""
        other = self._written.T.tocsr()
        found: list[list[tuple[int, float]]] = []
        for start in range(0, len(self._records), CHUNK):
            product = self._written[start : start + CHUNK] @ other
            for row in range(product.shape[0]):
                found.append(_best(product, row, SHOWN, leave_out=start + row))
        return found

    def prepare(self) -> None:
        """Compare all with all now; without this it is done when the first record is asked about."""
        _ = self._nearest, self._followed, self._names

    @cached_property
    def _followed(self) -> dict[tuple[str, str], Return]:
        return {(item.record.id, item.action.id): item for item in returns(self._records)[0]}

    def to(self, record: Record, count: int = SHOWN) -> list[Similar]:
        """Return the records nearest to one of the knowledge base, our own before others, each the nearest first."""
        number = self._numbers[record.id]
        if count <= SHOWN:
            near = self._nearest[number][:count]
        else:
            near = _best((self._written[number] @ self._written.T).tocsr(), 0, count, leave_out=number)
        mine = self._written[number]
        return self._own_first(self._told(record, mine, other, score) for other, score in near)

    def to_text(self, text: str, count: int = SHOWN) -> list[Similar]:
        """Return the records nearest to a text in anybody's words, our own before others."""
        if not self._records or not hasattr(self._texts, "vocabulary_"):
            return []
        mine = self._texts.transform([_worth(words.without_addresses(text))])
        blank = _sparse().csr_matrix((1, self._written.shape[1] - mine.shape[1]), dtype=np.float32)
        vector = _sparse().hstack([mine, blank], format="csr")
        near = _best((vector @ self._written.T).tocsr(), 0, count, leave_out=-1)
        return self._own_first(self._told(None, vector, other, score) for other, score in near)

    def _own_first(self, found: Iterable[Similar]) -> list[Similar]:
        """Return the nearest in the order they are read: our own before others, the nearest first."""
        return sorted(found, key=lambda similar: not similar.record.ours)

    def _told(self, record: Record | None, mine: sparse.csr_matrix, number: int, score: float) -> Similar:
        other = self._records[number]
        reasons = _shared_structure(record, other) if record else []
        shared = self._shared_words(mine, number)
        if shared:
            reasons.append(Reason("words", shared))
        return Similar(other, score, tuple(reasons), self._tried(other))

    def _shared_words(self, mine: sparse.csr_matrix, number: int, count: int = 5) -> tuple[str, ...]:
        """Return the words that bring two records together most, as the other record writes them."""
        first, last = self._written.indptr[number : number + 2]
        theirs, weights = self._written.indices[first:last], self._written.data[first:last]
        columns, at, there = np.intersect1d(mine.indices, theirs, return_indices=True)
        both = mine.data[at] * weights[there]
        limit = len(self._names)
        heavy = sorted((-value, column) for value, column in zip(both.tolist(), columns.tolist(), strict=True))
        said = {words.stem(word): word for word in sorted(self._words[number], key=lambda w: (-len(w), w))}
        found = [said.get(self._names[c], "") for _, c in heavy if c < limit]
        return tuple(word for word in found if word and not word.isdigit())[:count]

    @cached_property
    def _names(self) -> list[str]:
        if not hasattr(self._texts, "vocabulary_"):
            return []
        return [str(name) for name in self._texts.get_feature_names_out()]

    def _tried(self, record: Record) -> tuple[Tried, ...]:
        """Return what was done in a record, strongest first, with what came of it."""
        order = {strength: number for number, strength in enumerate(STRENGTHS)}
        done = [action for action in record.actions if action.status == "done"]
        done.sort(key=lambda action: order.get(action.strength or "", len(order)))
        followed = self._followed
        return tuple(
            Tried(action, item.later if (item := followed.get((record.id, action.id))) else None) for action in done
        )


def _fitted(vectorizer: TfidfVectorizer, documents: Iterable[object]) -> sparse.csr_matrix:
    """Return the weights of some documents; without a single word in any of them, a matrix without columns."""
    listed = list(documents)
    try:
        return vectorizer.fit_transform(listed)
    except ValueError:  # scikit-learn's word for "empty vocabulary"
        return _sparse().csr_matrix((len(listed), 0), dtype=np.float32)


def _heaviest(matrix: sparse.csr_matrix, count: int) -> sparse.csr_matrix:
    """Return a matrix that keeps the heaviest values of each row, with each row as long as before."""
    rows = []
    for row in range(matrix.shape[0]):
        start, end = matrix.indptr[row], matrix.indptr[row + 1]
        keep = np.sort(np.argsort(-matrix.data[start:end], kind="stable")[:count]) + start
        length = float(np.linalg.norm(matrix.data[keep])) or 1.0
        rows.append((matrix.indices[keep], matrix.data[keep] / length))
    indptr = np.cumsum([0, *(len(indices) for indices, _ in rows)])
    indices = np.concatenate([indices for indices, _ in rows]) if rows else np.array([], dtype=np.int32)
    data = np.concatenate([data for _, data in rows]) if rows else np.array([], dtype=np.float32)
    return _sparse().csr_matrix((data, indices, indptr), shape=matrix.shape)


def _best(product: sparse.csr_matrix, row: int, count: int, leave_out: int) -> list[tuple[int, float]]:
    start, end = product.indptr[row], product.indptr[row + 1]
    columns, values = product.indices[start:end], product.data[start:end]
    kept = (columns != leave_out) & (values >= LEAST)
    columns, values = columns[kept], values[kept]
    if len(values) > 4 * count:
        some = np.argpartition(-values, 4 * count)[: 4 * count]
        columns, values = columns[some], values[some]
    ordered = sorted(
        zip(columns.tolist(), values.tolist(), strict=True), key=lambda pair: (-round(pair[1], 5), pair[0])
    )
    return [(int(column), float(value)) for column, value in ordered[:count]]


def _shared_structure(record: Record, other: Record) -> list[Reason]:
    theirs = structure_of(other)
    shared: dict[str, list[str]] = {}
    for part in structure_of(record):
        sort, _, value = part.partition(":")
        if part in theirs:
            shared.setdefault(sort, []).append(value)
    order = ("service", "factor", "detected", "tag", "kind")
    return [Reason(sort, tuple(shared[sort])) for sort in order if sort in shared]


def in_words(reasons: Iterable[Reason], taxonomies: Taxonomies, service_title: Callable[[str], str] = str) -> list[str]:
    """Say each reason in a few words, as `both noticed by a customer`."""
    said = []
    for reason in reasons:
        if reason.sort == "service":
            said.append("same service: " + ", ".join(service_title(value) for value in reason.values))
        elif reason.sort == "factor":
            said.append(
                "shared factors: " + ", ".join(taxonomies.title("factor-kinds", v).lower() for v in reason.values)
            )
        elif reason.sort == "detected":
            said.append(f"both noticed by {taxonomies.title('detectors', reason.values[0])}")
        elif reason.sort == "kind":
            said.append("both " + " and ".join(taxonomies.title("incident-kinds", v).lower() for v in reason.values))
        elif reason.sort == "tag":
            said.append("same tags: " + ", ".join(reason.values))
        else:
            said.append("words: " + ", ".join(reason.values))
    return said
