"""Understanding a query, and ranking what it finds.

A query is a list of groups: a word of the query with everything that stands for it, each with a weight. What the
page's script does is this file in JavaScript, and a test holds the two together.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

import numpy as np

from calmroom.search import words
from calmroom.search.documents import Document, ways
from calmroom.search.everyday import LONGEST, Meanings, leanings
from calmroom.search.index import KINDS, OTHERS, SORTS, STEPS, Index, rarity

CORRECTED, ALSO_CORRECTED, BEGINS, SPLIT, SYNONYM, COUNT = 0.9, 0.45, 0.6, 0.8, 0.35, 0.5
"""What a word counts that is not simply known: a slip, a beginning, half a compound, another name, a number."""
COVERED = 0.4
SHOWN_FIRST = 3
"""Hits of each sort that a page shows before all others, so that the best of every sort are on the first screen."""
MOST_GROUPS = 40
MOST_SIGNS = 20_000
"""Signs of a pasted text that are looked at: some three thousand words."""
MOST_CORRECTED = 24
"""Unknown words for which the nearest known one is looked for: a text in another language has thousands."""
ENDINGS = (("ies", "y"), ("ied", "y"), ("ing", ""), ("ed", ""), ("es", ""), ("s", ""), ("ly", ""), ("", ""))
_COUNT = re.compile(r"[0-9]{1,2}")
"""How many minutes or people says less than what they did, and stands in many stories by chance."""
_VOWELS = re.compile("[aeiouy]")
_QUOTED = re.compile(r'["“”]([^"“”]+)["“”]')


@dataclass(frozen=True)
class Group:
    """One word of a query and the terms that stand for it, each with its weight. `extra` ones only add."""

    word: str
    terms: tuple[tuple[int, float], ...]
    extra: bool = False


@dataclass(frozen=True)
class Understood:
    """A query as it is searched: its groups, phrases in quotes, what was corrected, whether it was too long for all."""

    groups: tuple[Group, ...]
    phrases: tuple[tuple[str, ...], ...] = ()
    corrections: Mapping[str, str] = field(default_factory=dict)
    partly: bool = False
    also: tuple[str, ...] = ()
    """The words that were looked for besides, because people say one thing and mean another."""
    loosely: bool = False
    """Whether no page has the words in quotes one after the other, so that each of them counts for itself."""


@dataclass(frozen=True)
class Hit:
    """A document that was found: its number, its score, and the sections in which the query's words stand, as bits."""

    document: int
    score: float
    places: int


def understand(
    index: Index,
    text: str,
    synonyms: Mapping[str, Sequence[str]] | None = None,
    everyday: Meanings | None = None,
    *,
    literal: bool = False,
) -> Understood:
    """Return a query as it is searched.

    `synonyms` maps a name to its other names, `everyday` what people say to what it may mean; `literal` takes every
    word as it is written. So is what stands in quotes, which means nothing else.
    """
    everyday = {} if literal else everyday or {}
    partly = len(text) > MOST_SIGNS
    text = text[:MOST_SIGNS]
    phrases = tuple(tuple(words.parts(found)) for found in _QUOTED.findall(text))
    said = words.words(text)
    plain = words.parts(text)
    quoted = {word for phrase in phrases for word in phrase}
    content = [word for word in said if word not in words.STOP_WORDS] or said
    counted = dict.fromkeys(content)
    groups: list[Group] = []
    corrections: dict[str, str] = {}
    also: dict[str, None] = {}
    unknown = 0
    for word in counted:
        means = () if word in quoted else _means(everyday, word)
        made, better = _stands_for(index, word, literal or bool(means) or unknown >= MOST_CORRECTED)
        if better:
            corrections[word] = better
            means = () if word in quoted else _means(everyday, better)
        if better or not (made[0].terms or means):
            unknown += 1
        if means:
            made = [_with_meanings(index, made[0], means, also), *made[1:]]
        groups += made
    partly = partly or unknown > MOST_CORRECTED
    corrected = [corrections.get(word, word) for word in plain]
    groups = _with_compounds(index, groups, plain, corrected)
    groups += _other_names(index, corrected, synonyms or {})
    groups += _phrases_mean(index, corrected, everyday, quoted, also)
    groups = _most_telling(index, groups)
    kept = tuple(phrase for phrase in phrases if phrase)
    return Understood(tuple(groups), kept, corrections, partly, tuple(word for word in also if word not in plain))


def _stands_for(index: Index, word: str, literal: bool) -> tuple[list[Group], str]:
    """Return the groups a word stands for, and the word it was taken for where it is not known.

    A compound that nobody wrote as one is two groups; a word nobody wrote at all is one without terms.
    """
    known = index.surfaces.get(word)
    if known is None:
        known = _inflected(index, word)
    if known is not None:
        return [Group(word, ((known, COUNT if _COUNT.fullmatch(word) else 1.0),))], ""
    compound = _split(index, word)
    if compound:
        return [Group(word, ((part, SPLIT),)) for part in compound], ""
    begins = _begins(index, word)
    if begins or literal:
        return [Group(word, tuple((term, BEGINS) for term in begins))], ""
    near = _nearest(index, word)
    if not near:
        return [Group(word, ())], ""
    terms = [(index.surfaces[near[0]], CORRECTED)]
    terms += [(t, ALSO_CORRECTED) for t in dict.fromkeys(index.surfaces[w] for w in near[1:]) if t != terms[0][0]]
    return [Group(word, tuple(terms))], near[0]


def _bases(word: str) -> Iterator[str]:
    """Yield what a word may be a form of: `stopped` of `stopp`, `stoppe` and `stop`."""
    for ending, instead in ENDINGS:
        if not word.endswith(ending) or len(word) - len(ending) < 3:
            continue
        base = word[: len(word) - len(ending)] + instead
        bases = [base, base + "e"] + (
            [base[:-1]] if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "aeiou" else []
        )
        yield from (known for known in bases if len(known) > 2)


def _means(everyday: Meanings, word: str) -> Sequence[tuple[str, float]]:
    """Return what a word may mean besides itself, in whatever form it stands."""
    if word in everyday:
        return everyday[word]
    return next((everyday[base] for base in _bases(word) if base in everyday), ())


def _with_meanings(index: Index, group: Group, means: Sequence[tuple[str, float]], also: dict[str, None]) -> Group:
    """Let what a word may mean stand for it as well, and note it in `also`."""
    terms = dict(group.terms)
    for word, weight in means:
        term = index.surfaces.get(word)
        if term is not None and term not in terms:
            terms[term] = weight
            also[word] = None
    return replace(group, terms=tuple(terms.items()))


def _phrases_mean(
    index: Index, said: Sequence[str], everyday: Meanings, quoted: Set[str], also: dict[str, None]
) -> list[Group]:
    """Return what phrases of a query may mean, word by word, the longest phrases first."""
    found: dict[str, Group] = {}
    there = set(said)
    for length in range(min(LONGEST, len(said)), 1, -1):
        for start in range(len(said) - length + 1):
            phrase = said[start : start + length]
            for word, weight in everyday.get(" ".join(phrase), ()):
                term = index.surfaces.get(word)
                if term is None or word in found or word in there or not quoted.isdisjoint(phrase):
                    continue
                found[word] = Group(word, ((term, weight),), True)
                also[word] = None
    return list(found.values())


def _inflected(index: Index, word: str) -> int | None:
    """Return the term of a word that is known in another form only: `jumped` where records say `jump` or `jumping`."""
    for form in _bases(word):
        for other in ("", "s", "ed", "d", "ing", "es"):
            term = index.surfaces.get(form + other)
            if term is not None:
                return term
    return None


def _split(index: Index, word: str) -> tuple[int, ...]:
    """Return the two terms of a compound that nobody wrote as one: `loadbalancer` is `load` and `balancer`."""
    best: tuple[int, tuple[int, ...]] = (0, ())
    for at in range(3, len(word) - 2):
        first, second = index.surfaces.get(word[:at]), index.surfaces.get(word[at:])
        if first is not None and second is not None:
            common = min(index.found_in(first), index.found_in(second))
            if common > best[0]:
                best = (common, (first, second))
    return best[1]


def _begins(index: Index, word: str, most: int = 8) -> list[int]:
    """Return the terms of words that begin so, the most frequent first; for one or two letters none."""
    if len(word) < 3:
        return []
    found = set()
    for at in range(bisect_left(index.written, word), len(index.written)):
        if not index.written[at].startswith(word):
            break
        found.add(index.surfaces[index.written[at]])
    return sorted(found, key=lambda term: (-index.found_in(term), term))[:most]


def _nearest(index: Index, word: str, most: int = 3) -> list[str]:
    """Return the known words that differ by a slip or two of the fingers, the nearest and most frequent first.

    A word with the same consonants is likelier meant: whoever writes by ear gets the vowels wrong (`blaim`). In a word
    of five letters only that makes up for two slips.
    """
    reach = 0 if len(word) < 4 else 1 if len(word) < 5 else 2
    if not reach or any(sign.isdigit() for sign in word):
        return []
    found = []
    heard = _VOWELS.sub("", word)
    for written, term in index.surfaces.items():
        if abs(len(written) - len(word)) > reach or len(written) < 3:
            continue
        slips = distance(word, written, reach)
        alike = len(heard) > 1 and written[0] == word[0] and _VOWELS.sub("", written) == heard
        if slips <= reach and (slips < 2 or len(word) > 5 or alike):
            odd = (0.5 if written[0] != word[0] else 0) - (0.5 if alike else 0)
            found.append((slips + odd - 0.12 * math.log(index.found_in(term)), written))
    return [written for _, written in sorted(found)[:most]]


def distance(first: str, second: str, reach: int) -> int:
    """Return how many slips (a letter too many, too few, wrong, or two swapped) lie between two words.

    This is the restricted Damerau–Levenshtein distance (Damerau 1964); more than `reach` is told as `reach + 1`.
    """
    before: list[int] = []
    row = list(range(len(second) + 1))
    for i, a in enumerate(first, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(second, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > reach:
            return reach + 1
    return min(row[-1], reach + 1)


def _with_compounds(
    index: Index, groups: Sequence[Group], said: Sequence[str], corrected: Sequence[str]
) -> list[Group]:
    """Let the compound of two adjacent words stand for each of them where somebody wrote them as one."""
    more: dict[str, list[tuple[int, float]]] = {}
    for at in range(len(said) - 1):
        whole = index.surfaces.get(corrected[at] + corrected[at + 1])
        if whole is not None:
            for word in said[at : at + 2]:
                more.setdefault(word, []).append((whole, SPLIT))
    return [Group(group.word, (*group.terms, *more.get(group.word, ())), group.extra) for group in groups]


def _other_names(index: Index, said: Sequence[str], synonyms: Mapping[str, Sequence[str]]) -> list[Group]:
    """Return the other names of what a query names, word by word: `WAF` also means web application firewall."""
    found: dict[str, Group] = {}
    there = set(said)
    for length in range(min(5, len(said)), 0, -1):
        for start in range(len(said) - length + 1):
            for other in synonyms.get(" ".join(said[start : start + length]), ()):
                parts = [part for part in other.split() if part not in words.STOP_WORDS and part not in there]
                for part in parts:
                    term = index.surfaces.get(part)
                    if term is not None and part not in found:
                        found[part] = Group(part, ((term, SYNONYM / len(parts) ** 0.5),), True)
    return list(found.values())


def _most_telling(index: Index, groups: list[Group]) -> list[Group]:
    """Return the groups that say most, in the order of the query: a pasted page has more words than a search needs."""
    if len(groups) <= MOST_GROUPS:
        return groups
    best = sorted(range(len(groups)), key=lambda number: -_weight(index, groups[number]))[:MOST_GROUPS]
    return [groups[number] for number in sorted(best)]


def _weight(index: Index, group: Group) -> float:
    return max((weight * rarity(index.count, index.found_in(term)) for term, weight in group.terms), default=0.0)


def rank(index: Index, asked: Understood, most: int = 50) -> list[Hit]:
    """Return what a query finds, best first; of equals the one that comes first among the documents."""
    scores = np.zeros(index.count)
    covered = np.zeros(index.count)
    places = np.zeros(index.count, dtype=np.uint32)
    whole = 0.0
    for group in asked.groups:
        best = np.zeros(index.count)
        for term, weight in group.terms:
            at = slice(index.starts[term], index.starts[term + 1])
            documents = index.documents[at]
            said = weight * rarity(index.count, len(documents)) * index.weights[at] / STEPS
            best[documents] = np.maximum(best[documents], said)
            places[documents] |= index.places[at] & ~np.uint32(1)
        scores += best
        if not group.extra and group.terms:
            tells = _weight(index, group)
            whole += tells
            covered += np.where(best > 0, tells, 0)
    if whole:
        scores *= (1 - COVERED) + COVERED * covered / whole
    scores *= np.array([KINDS.get(kind, 1.0) for kind in index.kinds])
    scores[index.others.start : index.others.stop] *= OTHERS
    found = np.flatnonzero(scores > 0)
    order = sorted(found.tolist(), key=lambda number: (-scores[number], number))
    return [Hit(number, float(scores[number]), int(places[number])) for number in order[:most]]


def holds(document: Document, phrase: Sequence[str]) -> bool:
    """Say whether a document has these words one after the other in one of its sections."""
    for section in document.sections:
        said = words.parts(section.text)
        for start in range(len(said) - len(phrase) + 1):
            if said[start : start + len(phrase)] == list(phrase):
                return True
    return False


def search(
    index: Index,
    documents: Sequence[Document],
    text: str,
    synonyms: Mapping[str, Sequence[str]] | None = None,
    everyday: Meanings | None = None,
    *,
    literal: bool = False,
    most: int = 50,
) -> tuple[Understood, list[Hit]]:
    """Return a query as it was understood and what it finds, best first; words in quotes must stand there so.

    People also quote what somebody said, which stands nowhere. Then the words count as they would without quotes,
    unless every word is to be taken as it is written.
    """
    asked = understand(index, text, synonyms, everyday, literal=literal)
    if not asked.phrases:
        return asked, rank(index, asked, most)
    every = rank(index, asked, index.count)
    kept = [hit for hit in every if all(holds(documents[hit.document], phrase) for phrase in asked.phrases)]
    if kept or literal:
        return asked, kept[:most]
    loose = understand(index, _QUOTED.sub(r" \1 ", text), synonyms, everyday)
    return replace(loose, loosely=True), rank(index, loose, most)


def leaning(text: str) -> dict[str, float]:
    """Return how much more each sort of answer counts because of the form of a question."""
    said = f" {' '.join(words.parts(text[:MOST_SIGNS]))} "
    found = dict.fromkeys(SORTS, 1.0)
    for sort, weight, phrases in leanings():
        if any(f" {phrase} " in said for phrase in phrases):
            found[sort] *= weight
    return found


def by_sort(index: Index, hits: Sequence[Hit], text: str) -> dict[str, list[Hit]]:
    """Return the hits of each sort, best first, and the sorts in the order in which a page shows them.

    The sort with the best hit comes first; the form of the question counts. A sort without hits is not there.
    """
    groups: dict[str, list[Hit]] = {sort: [] for sort in SORTS}
    of = {kind: sort for sort, kinds in SORTS.items() for kind in kinds}
    for hit in hits:
        groups[of[index.kinds[hit.document]]].append(hit)
    leans = leaning(text)
    order = sorted((sort for sort in groups if groups[sort]), key=lambda sort: -groups[sort][0].score * leans[sort])
    return {sort: groups[sort] for sort in order}


def as_shown(groups: Mapping[str, Sequence[Hit]]) -> list[Hit]:
    """Return hits in the order of the page: of each sort the first few, then of each sort the others."""
    first = [hit for hits in groups.values() for hit in hits[:SHOWN_FIRST]]
    return first + [hit for hits in groups.values() for hit in hits[SHOWN_FIRST:]]


def fits(index: Index, asked: Understood, document: Document) -> str:
    """Return the way in which people put it that says most of a query, or nothing where none says anything."""
    worth: dict[int, float] = {}
    for group in asked.groups:
        for term, weight in group.terms:
            worth[term] = max(worth.get(term, 0.0), weight * rarity(index.count, index.found_in(term)))
    best, text = 0.0, ""
    for way in ways(document):
        terms = {index.surfaces[word] for word in words.words(way)}
        said = sum(worth.get(term, 0.0) for term in sorted(terms))
        if said > best:
            best, text = said, way
    return text
