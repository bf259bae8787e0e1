"""The index as files a page can read piece by piece, so that a search fetches only what its words need.

Each file is a script that hands one value to `calmroomSearch(name, value)`. Scripts, unlike other files, can also be
read by a page that was opened from a folder. The files are:

- `current.js`, beside the folder of all others: that folder's name, which is a fingerprint of what is in it;
- `meta.js`: how many documents of which kind, which terms stand in which shard, other names, everyday words, constants;
- `words.js`: every word as it is written, with the number of its term, and in how many documents each term stands;
- `t0.js`, `t1.js`, …: the documents, weights and sections of the terms of one shard;
- `d0.js`, `d1.js`, …: what a hit shows, for sixteen documents;
- `x0.js`, `x1.js`, …: the text of eight documents, packed, for the words around what was found and for phrases;
- `facets.js`: what the page of search narrows by.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from calmroom.search import query, words
from calmroom.search.documents import KINDS, Document, ways
from calmroom.search.everyday import LONGEST, Meanings, leanings
from calmroom.search.index import KINDS as PRIORS
from calmroom.search.index import OTHERS, PLACES, SORTS, STEPS, Index

PER_SHARD = 6_000
SHOWN_TOGETHER = 16
TEXTS_TOGETHER = 8
FACETS = ("whose", "year", "service", "kind", "severity", "factor", "noticed", "status", "tlp")


def shown_names(numbers: range) -> list[str]:
    """Return the names of the files that say what hits show of some documents."""
    shown = range(numbers.start // SHOWN_TOGETHER, -(-numbers.stop // SHOWN_TOGETHER))
    texts = range(numbers.start // TEXTS_TOGETHER, -(-numbers.stop // TEXTS_TOGETHER))
    return [*(f"d{number}" for number in shown), *(f"x{number}" for number in texts)]


def shown_files(start: int, documents: Sequence[Document], address: Callable[[Document], str]) -> dict[str, str]:
    """Return the files that say what hits show, of documents the first of which has the number `start`.

    `start` is one at which a file begins (see `SHOWN_TOGETHER`); `address` gives a document's page from the root.
    """
    made: dict[str, str] = {}
    for at in range(0, len(documents), SHOWN_TOGETHER):
        name = f"d{(start + at) // SHOWN_TOGETHER}"
        shown = [_shown(document, address(document)) for document in documents[at : at + SHOWN_TOGETHER]]
        made[name] = _script(name, shown)
    for at in range(0, len(documents), TEXTS_TOGETHER):
        name = f"x{(start + at) // TEXTS_TOGETHER}"
        texts = [
            [[section.field, section.heading, section.anchor, section.text] for section in document.sections]
            for document in documents[at : at + TEXTS_TOGETHER]
        ]
        made[name] = _script(name, _packed(texts))
    return made


def _packed(value: Any) -> str:
    """Return a value as compressed JSON in Base64: a page unpacks it, and it takes a third of the room."""
    told = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.b64encode(zlib.compress(told, 6)).decode()


def files(index: Index, synonyms: Mapping[str, Sequence[str]], everyday: Meanings) -> Iterator[tuple[str, str]]:
    """Yield the files with what a page reads whole."""
    firsts = _shards(index)
    written = sorted(index.surfaces, key=lambda word: word.encode("utf-16-be", "surrogatepass"))  # as a page compares
    words_said = {
        "words": "\n".join(written),
        "terms": [index.surfaces[word] for word in written],
        "in": np.diff(index.starts).tolist(),
    }
    yield "words", _script("words", words_said)
    yield "meta", _script("meta", _meta(index, firsts, synonyms, everyday))


def facets_file(facets: Iterable[Mapping[str, tuple[str, ...]]], titles: Mapping[str, Mapping[str, str]]) -> str:
    """Return the file of facets: `facets` are those of each incident, `titles` name their values."""
    return _script("facets", _facets(facets, titles))


def term_files(index: Index) -> Iterator[tuple[str, str, Callable[[], str]]]:
    """Yield the files of terms, one a shard, each with the name of what is in it and what makes it."""
    firsts = _shards(index)
    for number, (first, end) in enumerate(zip(firsts, [*firsts[1:], len(index.terms)], strict=True)):
        at = slice(index.starts[first], index.starts[end])
        starts = (index.starts[first : end + 1] - index.starts[first]).tobytes()
        held = (index.documents[at].tobytes(), index.weights[at].tobytes(), index.places[at].tobytes())
        name = hashlib.blake2b(b"\0".join((starts, *held)), digest_size=12).hexdigest()
        yield f"t{number}", name, partial(_terms, index, f"t{number}", first, end)


def _terms(index: Index, file: str, first: int, end: int) -> str:
    return _script(file, [_postings(index, term) for term in range(first, end)])


def _meta(
    index: Index, firsts: Sequence[int], synonyms: Mapping[str, Sequence[str]], everyday: Meanings
) -> dict[str, Any]:
    return {
        "count": index.count,
        "kinds": [[kind, index.kinds.count(kind)] for kind in KINDS],
        "shards": firsts,
        "together": SHOWN_TOGETHER,
        "textsTogether": TEXTS_TOGETHER,
        "synonyms": synonyms,
        "everyday": _everyday(everyday),
        "longest": LONGEST,
        "leanings": leanings(),
        "sorts": SORTS,
        "shownFirst": query.SHOWN_FIRST,
        "stop": sorted(words.STOP_WORDS),
        "priors": PRIORS,
        "others": [index.others.start, index.others.stop, OTHERS],
        "steps": STEPS,
        "places": PLACES,
        "covered": query.COVERED,
        "most": query.MOST_GROUPS,
        "mostSigns": query.MOST_SIGNS,
        "mostCorrected": query.MOST_CORRECTED,
        "endings": query.ENDINGS,
        "weights": {
            "corrected": query.CORRECTED,
            "alsoCorrected": query.ALSO_CORRECTED,
            "begins": query.BEGINS,
            "split": query.SPLIT,
            "synonym": query.SYNONYM,
            "count": query.COUNT,
        },
    }


def pointer(folder: str) -> str:
    """Return the file beside the index's folder that says which folder it is: pages need not change when it does."""
    return _script("current", folder)


def _script(name: str, value: Any) -> str:
    return f"calmroomSearch({json.dumps(name)},{json.dumps(value, ensure_ascii=False, separators=(',', ':'))})\n"


def _shards(index: Index) -> list[int]:
    """Return the first term of each shard; a shard holds terms until there are `PER_SHARD` postings."""
    firsts, held = [0], 0
    for term in range(len(index.terms)):
        if held and held + index.found_in(term) > PER_SHARD:
            firsts.append(term)
            held = 0
        held += index.found_in(term)
    return firsts


def _postings(index: Index, term: int) -> list[list[int]]:
    """Return a term's documents as distances from one to the next, its weights there, and its sections there."""
    at = slice(index.starts[term], index.starts[term + 1])
    documents = index.documents[at]
    return [np.diff(documents, prepend=np.uint32(0)).tolist(), index.weights[at].tolist(), index.places[at].tolist()]


def _everyday(meanings: Meanings) -> list[tuple[str, list[tuple[str, float]]]]:
    """Return what people say with what it may mean, those together that mean the same, so that it takes little room."""
    same: dict[tuple[tuple[str, float], ...], list[str]] = {}
    for name, means in meanings.items():
        same.setdefault(tuple(means), []).append(name)
    return [("|".join(names), list(means)) for means, names in same.items()]


def _shown(document: Document, uri: str) -> list[Any]:
    facets = document.facets
    return [
        document.kind,
        uri,
        document.title,
        document.summary,
        document.day,
        (facets.get("severity") or ("",))[0],
        list(facets.get("service", ())),
        ways(document),
    ]


def _facets(found: Iterable[Mapping[str, tuple[str, ...]]], titles: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return for each facet its values with their titles, and for each incident the numbers of its values."""
    incidents = list(found)
    made = {}
    for name in FACETS:
        values = sorted({value for facets in incidents for value in facets.get(name, ())})
        numbers = {value: number for number, value in enumerate(values)}
        made[name] = {
            "values": [[value, titles.get(name, {}).get(value, value)] for value in values],
            "of": [[numbers[value] for value in facets.get(name, ())] for facets in incidents],
        }
    return made
