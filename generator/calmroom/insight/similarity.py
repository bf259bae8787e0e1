"""Similar incidents: which records are nearest, why in words, what was tried there, and whether it held.

Nearness is the cosine of two weighted vectors put side by side: what a record says (TF-IDF of stems: Salton and
Buckley, "Term-weighting approaches in automatic text retrieval", 1988, with logarithmic frequencies) and how it is
built (kinds of factor, services, kind of incident, who noticed, tags; rare ones count more). Each record keeps its
heaviest terms only, so that comparing all with all grows with the records, not with their square.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from calmroom import arrays, forked
from calmroom.insight.trends import STRENGTHS, Followed
from calmroom.records.model import Action, Record
from calmroom.records.taxonomy import Taxonomies
from calmroom.search import words

TEXT, STRUCTURE = 0.65, 0.35
HEAVIEST = 60
CHUNK = 500
LEAST = 0.06
SHOWN = 5
WORDS = 5
"""At most so many words are named that two records share."""
FREQUENT = 10
"""What more than one record in so many has is compared in one product of full matrices, the rest by its own records."""


Near = tuple[int, float, tuple[int, ...]]
"""A record that is near: its number, how near it is, and the numbers of the words it shares, as it writes them."""


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


def key_of(record: Record) -> str:
    """Return what names all a record says, or nothing where its reading is not kept."""
    names = record.kept_names
    return names[1] if names else ""


def structure_of(record: Record) -> list[str]:
    """Return what a record is built of, as one word for each part, the sort before a colon."""
    found = [f"factor:{kind}" for kind in record.factor_kinds]
    found += [f"service:{service}" for service in record.services] + [f"kind:{kind}" for kind in record.kind]
    found += [f"tag:{tag}" for tag in record.tags]
    if record.noticed_by:
        found.append(f"detected:{record.noticed_by}")
    return found


@dataclass(frozen=True)
class Said:
    """What some records say: those of record n are `stems[starts[n]:starts[n + 1]]`, with how often, and as written.

    Stems and forms are numbers in `names` and `forms`; a form is the shortest in which the record writes the stem.
    """

    names: tuple[str, ...]
    forms: tuple[str, ...]
    starts: np.ndarray
    stems: np.ndarray
    often: np.ndarray
    written: np.ndarray


def listen(texts: Iterable[str]) -> Said:
    """Return what some texts say, without words that say nothing by themselves."""
    names: dict[str, int] = {}
    forms: dict[str, int] = {}
    stems, often, written, starts = array("I"), array("f"), array("I"), array("I", [0])
    for text in texts:
        counts: dict[str, int] = {}
        shortest: dict[str, str] = {}
        for word, count in Counter(words.parts(text)).items():
            if len(word) < 2 or word in words.STOP_WORDS:
                continue
            stem = words.stem(word)
            counts[stem] = counts.get(stem, 0) + count
            before = shortest.get(stem)
            if before is None or (len(word), word) < (len(before), before):
                shortest[stem] = word
        stems.extend(names.setdefault(stem, len(names)) for stem in counts)
        often.extend(counts.values())
        written.extend(forms.setdefault(word, len(forms)) for word in shortest.values())
        starts.append(len(stems))
    return Said(
        tuple(names),
        tuple(forms),
        np.array(starts, dtype=np.int64),
        np.array(stems, dtype=np.int32),
        np.array(often, dtype=np.float32),
        np.array(written, dtype=np.int32),
    )


def in_order(told: Said) -> Said:
    """Return the same with stems numbered by the alphabet, so that it makes no difference what was heard first."""
    order = sorted(range(len(told.names)), key=told.names.__getitem__)
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    names = tuple(told.names[number] for number in order)
    return Said(names, told.forms, told.starts, place[told.stems], told.often, told.written)


class Listening:
    """Puts together what some records say, and then others, so that their words are held once."""

    def __init__(self) -> None:
        self._names: dict[str, int] = {}
        self._forms: dict[str, int] = {}
        self._lengths: list[np.ndarray] = [np.zeros(0, dtype=np.int64)]
        self._stems: list[np.ndarray] = [np.zeros(0, dtype=np.int32)]
        self._often: list[np.ndarray] = [np.zeros(0, dtype=np.float32)]
        self._written: list[np.ndarray] = [np.zeros(0, dtype=np.int32)]

    def add(self, piece: Said) -> None:
        """Add what the next records say."""
        names, forms = self._names, self._forms
        name = np.array([names.setdefault(one, len(names)) for one in piece.names], dtype=np.int32)
        form = np.array([forms.setdefault(one, len(forms)) for one in piece.forms], dtype=np.int32)
        self._lengths.append(np.diff(piece.starts))
        self._stems.append(name[piece.stems])
        self._often.append(piece.often)
        self._written.append(form[piece.written])

    def said(self) -> Said:
        """Return what all of them say."""
        starts = np.concatenate([[0], np.cumsum(np.concatenate(self._lengths))])
        stems, often, written = (np.concatenate(some) for some in (self._stems, self._often, self._written))
        return Said(tuple(self._names), tuple(self._forms), starts, stems, often, written)


def _together(pieces: Iterable[Said]) -> Said:
    """Return what all records say of which some are in each piece."""
    listening = Listening()
    for piece in pieces:
        listening.add(piece)
    return listening.said()


def _chosen(told: Said, rows: np.ndarray) -> Said:
    """Return what some of the records say, in the order of `rows`."""
    starts, places = arrays.lines_of(told.starts, rows)
    return Said(told.names, told.forms, starts, told.stems[places], told.often[places], told.written[places])


@dataclass(frozen=True)
class Heard:
    """What records say, with the key of each reading, so that only those that changed need be listened to again."""

    keys: tuple[str, ...]
    said: Said

    @classmethod
    def of(cls, records: Sequence[Record], before: Heard | None = None) -> Heard:
        """Listen to records; of those whose reading is the same as `before`, what was heard then is taken."""
        new = cls.unheard(records, before)
        said = listen(text_of(records[number]) for number in new)
        for number in new:
            records[number].forget()
        return cls.joined(records, before, said)

    @classmethod
    def unheard(cls, records: Sequence[Record], before: Heard | None) -> list[int]:
        """Return the numbers of the records that must be listened to."""
        known = set(before.keys) - {""} if before else set()
        return [number for number, record in enumerate(records) if key_of(record) not in known]

    @classmethod
    def joined(cls, records: Sequence[Record], before: Heard | None, said: Said) -> Heard:
        """Put together what was heard `before` and what the records say in turn that were not heard then."""
        keys = tuple(key_of(record) for record in records)
        known = {key: row for row, key in enumerate(before.keys) if key} if before else {}
        if before is None or not known:
            return cls(keys, said)
        fresh = iter(range(len(before.keys), len(before.keys) + len(records)))
        rows = [known[key] if key in known else next(fresh) for key in keys]
        return cls(keys, _chosen(_together([before.said, said]), np.array(rows, dtype=np.int64)))

    def packed(self) -> bytes:
        """Return it as bytes."""
        said = self.said
        numbers = {"starts": said.starts, "stems": said.stems, "often": said.often, "written": said.written}
        return arrays.packed({"keys": self.keys, "names": said.names, "forms": said.forms}, numbers)

    @classmethod
    def unpacked(cls, content: bytes) -> Heard:
        """Return what `packed` made; raises `ValueError` where it is not that."""
        told, numbers = arrays.unpacked(content)
        names, forms = tuple(told["names"]), tuple(told["forms"])
        return cls(tuple(told["keys"]), Said(names, forms, **numbers))


@dataclass(frozen=True)
class Weights:
    """Weighted terms of some things: those of thing n are `columns[starts[n]:starts[n + 1]]`, their weights beside.

    `rarity` is that of each column, `kept` says which of the terms that were weighed these are.
    """

    rarity: np.ndarray
    starts: np.ndarray
    columns: np.ndarray
    weights: np.ndarray
    kept: np.ndarray

    def of(self, number: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the columns and weights of one thing."""
        at = slice(self.starts[number], self.starts[number + 1])
        return self.columns[at], self.weights[at]


def weigh(
    starts: np.ndarray, columns: np.ndarray, often: np.ndarray, width: int, share: float, most: int = sys.maxsize
) -> Weights:
    """Return the weights of things that have these terms so often; of each the `most` heaviest are kept.

    A weight is (1 + ln of how often) times how rare the term is, ln((1 + n) / (1 + n with it)) + 1; what is kept of a
    thing has the length √`share`. `width` is how many terms there are.
    """
    things = len(starts) - 1
    rarity = np.log((1 + things) / (1 + np.bincount(columns, minlength=width))) + 1
    weight = (1 + np.log(often)) * rarity[columns]
    row = np.repeat(np.arange(things), np.diff(starts))
    order = np.lexsort((columns, -np.round(weight, 9), row))
    kept = order[np.arange(len(order)) - starts[row] < most]
    kept = kept[np.lexsort((columns[kept], row[kept]))]
    row, columns, weight = row[kept], columns[kept], weight[kept]
    length = np.sqrt(np.bincount(row, weights=weight**2, minlength=things))
    scaled = (weight / np.maximum(length, 1e-12)[row] * share**0.5).astype(np.float32)
    return Weights(rarity, np.searchsorted(row, np.arange(things + 1)), columns, scaled, kept)


class Similarity:
    """All records of a knowledge base, ready to be compared. Fictional ones take part: they are worth reading."""

    def __init__(self, records: Sequence[Record], said: Said | None = None) -> None:
        """Weigh every record once; `said` is what they say, in their order, where somebody has listened already."""
        self._records = list(records)
        self._numbers = {record.id: number for number, record in enumerate(self._records)}
        told = in_order(listen(map(text_of, self._records)) if said is None else said)
        self._names, self._forms = told.names, told.forms
        self._known = {name: number for number, name in enumerate(told.names)}
        self._texts = weigh(told.starts, told.stems, told.often, len(told.names), TEXT, HEAVIEST)
        self._written = told.written[self._texts.kept]
        parts: dict[str, int] = {}
        built = [structure_of(record) for record in self._records]
        columns = np.array([parts.setdefault(part, len(parts)) for found in built for part in found], dtype=np.int64)
        starts = np.cumsum([0, *(len(found) for found in built)])
        self._parts = weigh(starts, columns, np.ones(len(columns), dtype=np.float32), len(parts), STRUCTURE)

    @cached_property
    def _product(self) -> _Product:
        return _Product((self._texts, self._parts))

    @cached_property
    def _nearest(self) -> list[list[Near]]:
        """The nearest records of each, in chunks so that memory stays small."""
        return [near for number in range(-(-len(self._records) // CHUNK)) for near in self._nearest_of(number)]

    def _nearest_of(self, chunk: int) -> list[list[Near]]:
        numbers = range(chunk * CHUNK, min((chunk + 1) * CHUNK, len(self._records)))
        found = _best(self._product.scores(numbers), SHOWN, numbers)
        return self._with_words([self._texts.of(number) for number in numbers], found)

    def prepare(self, *, parallel: bool = False) -> None:
        """Compare all with all now, with `parallel` in several processes; without this the first question does it."""
        if self._records:
            _ = self._product
            chunks = -(-len(self._records) // CHUNK)
            found = forked.over(self._nearest_of, chunks, chunk=1, parallel=parallel and chunks > 1)
            self.__dict__["_nearest"] = [near for some in found for near in some]

    @cached_property
    def _followed(self) -> Followed:
        return Followed(self._records)

    def near(self, record: Record, count: int = SHOWN) -> list[tuple[Record, tuple[str, ...]]]:
        """Return the records nearest to one, own before others, each with the words they share, as it writes them."""
        found = [(self._records[number], self._written_as(forms)) for number, _, forms in self._near(record, count)]
        return sorted(found, key=lambda pair: not pair[0].ours)

    def to(self, record: Record, count: int = SHOWN) -> list[Similar]:
        """Return the records nearest to one of the knowledge base, our own before others, each the nearest first."""
        return self._own_first(self._told(record, near) for near in self._near(record, count))

    def _near(self, record: Record, count: int) -> list[Near]:
        number = self._numbers[record.id]
        if count <= SHOWN and "_nearest" in self.__dict__:
            return self._nearest[number][:count]
        found = _best(self._product.scores(range(number, number + 1)), count, [number])
        return self._with_words([self._texts.of(number)], found)[0]

    def to_text(self, text: str, count: int = SHOWN) -> list[Similar]:
        """Return the records nearest to a text in anybody's words, our own before others."""
        told = listen([words.without_addresses(text)])
        known = {
            self._known[name]: often
            for name, often in zip(told.names, told.often.tolist(), strict=True)
            if name in self._known
        }
        if not known:
            return []
        columns = np.array(sorted(known), dtype=np.int64)
        weights = (1 + np.log([known[column] for column in columns.tolist()])) * self._texts.rarity[columns]
        mine = columns, (weights / np.linalg.norm(weights)).astype(np.float32)
        found = _best(self._product.scores_of_text(*mine), count, [-1])
        return self._own_first(self._told(None, near) for near in self._with_words([mine], found)[0])

    def _own_first(self, found: Iterable[Similar]) -> list[Similar]:
        """Return the nearest in the order they are read: our own before others, the nearest first."""
        return sorted(found, key=lambda similar: not similar.record.ours)

    def _told(self, record: Record | None, near: Near) -> Similar:
        number, score, forms = near
        other = self._records[number]
        reasons = _shared_structure(record, other) if record else []
        if forms:
            reasons.append(Reason("words", self._written_as(forms)))
        return Similar(other, score, tuple(reasons), self._tried(other))

    def _written_as(self, forms: Sequence[int]) -> tuple[str, ...]:
        return tuple(self._forms[form] for form in forms)

    def _with_words(
        self, mine: Sequence[tuple[np.ndarray, np.ndarray]], found: Sequence[Sequence[tuple[int, float]]]
    ) -> list[list[Near]]:
        """Return what was found to be near some vectors of terms, with the terms that bring each pair together most.

        A term is told as the number of the form in which the other record writes it.
        """
        numbers = np.array([number for near in found for number, _ in near], dtype=np.int64)
        starts, places = arrays.lines_of(self._texts.starts, numbers)
        columns, weights = self._texts.columns[places], self._texts.weights[places].astype(np.float64)
        begins = starts[np.cumsum([0, *(len(near) for near in found)])].tolist()
        ours = np.zeros(max(1, len(self._names)))
        for (own, heavy), begin, end in zip(mine, begins[:-1], begins[1:], strict=True):
            ours[own] = heavy
            weights[begin:end] *= ours[columns[begin:end]]
            ours[own] = 0
        both = np.flatnonzero((weights > 0) & ~self._digits[columns])
        pair = np.repeat(np.arange(len(numbers)), np.diff(starts))[both]
        order = np.argsort(2 * pair - np.round(weights[both], 9), kind="stable")  # columns ascend within a pair
        shared: list[list[int]] = [[] for _ in numbers]
        for which, form in zip(pair[order].tolist(), self._written[places[both[order]]].tolist(), strict=True):
            if len(shared[which]) < WORDS:
                shared[which].append(form)
        told = iter(shared)
        return [[(number, score, tuple(next(told))) for number, score in near] for near in found]

    @cached_property
    def _digits(self) -> np.ndarray:
        return np.array([name.isdigit() for name in self._names], dtype=bool)

    def _tried(self, record: Record) -> tuple[Tried, ...]:
        """Return what was done in a record, strongest first, with what came of it."""
        order = {strength: number for number, strength in enumerate(STRENGTHS)}
        done = [action for action in record.actions if action.status == "done"]
        done.sort(key=lambda action: order.get(action.strength or "", len(order)))
        followed = {item.action.id: item for item in self._followed.of(record)[0]} if done else {}
        return tuple(Tried(action, item.later if (item := followed.get(action.id)) else None) for action in done)


class _Product:
    """Products of all things with all: what many have in common in full matrices, what few have by who has it."""

    def __init__(self, parts: Sequence[Weights]) -> None:
        count = len(parts[0].starts) - 1
        starts, columns, weights, width = [], [], [], 0
        for part in parts:
            starts.append(np.repeat(np.arange(count), np.diff(part.starts)))
            columns.append(part.columns + width)
            weights.append(part.weights)
            width += len(part.rarity)
        rows, column, weight = np.concatenate(starts), np.concatenate(columns), np.concatenate(weights)
        having = np.bincount(column, minlength=width)
        frequent = np.flatnonzero(having * FREQUENT > count)
        place = np.full(width, -1)
        place[frequent] = np.arange(len(frequent))
        full = place[column] >= 0
        self._place, self._full = place, np.zeros((count, len(frequent)), dtype=np.float32)
        self._full[rows[full], place[column[full]]] = weight[full]
        by_column = np.lexsort((rows[~full], column[~full]))
        self._who, self._how_much = rows[~full][by_column], weight[~full][by_column]
        self._begins = np.searchsorted(column[~full][by_column], np.arange(width + 1))
        by_row = np.argsort(rows, kind="stable")
        self._columns, self._weights = column[by_row], weight[by_row]
        self._starts = np.searchsorted(rows[by_row], np.arange(count + 1))

    def scores(self, numbers: range) -> np.ndarray:
        """Return how near some things are to all: a row for each."""
        found: np.ndarray = self._full[numbers.start : numbers.stop] @ self._full.T
        for row, number in enumerate(numbers):
            at = slice(self._starts[number], self._starts[number + 1])
            self._add(found[row], self._columns[at], self._weights[at])
        return found

    def scores_of_text(self, columns: np.ndarray, weights: np.ndarray) -> np.ndarray:
        """Return how near a vector of the first part's columns is to all things, as one row."""
        mine = np.zeros(self._full.shape[1], dtype=np.float32)
        full = self._place[columns] >= 0
        mine[self._place[columns[full]]] = weights[full]
        found = (self._full @ mine)[np.newaxis]
        self._add(found[0], columns, weights)
        return found

    def _add(self, scores: np.ndarray, columns: np.ndarray, weights: np.ndarray) -> None:
        for column, weight in zip(columns.tolist(), weights.tolist(), strict=True):
            first, end = self._begins[column], self._begins[column + 1]
            if first < end:  # each thing has a term once, so that no place is added to twice
                scores[self._who[first:end]] += weight * self._how_much[first:end]


def _best(scores: np.ndarray, count: int, leave_out: Sequence[int]) -> list[list[tuple[int, float]]]:
    """Return of each row of scores the best, by number and score; `leave_out` is the number that is each row's own."""
    things = scores.shape[1]
    some = min(4 * count + 1, things)
    places = np.argpartition(scores, things - some, axis=1)[:, things - some :] if some < things else None
    found = []
    for row, own in enumerate(leave_out):
        chosen = places[row] if places is not None else np.arange(things)
        pairs = zip(chosen.tolist(), scores[row, chosen].tolist(), strict=True)
        kept = [(number, score) for number, score in pairs if number != own and score >= LEAST]
        kept.sort(key=lambda pair: (-round(pair[1], 5), pair[0]))
        found.append(kept[:count])
    return found


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
