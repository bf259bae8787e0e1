"""The index as files a page can read piece by piece, so that a search fetches only what its words need.

Each file is a script that hands one value to `calmroomSearch(name, value)`. Scripts, unlike other files, can also be
read by a page that was opened from a folder. The files are:

- `current.js`, beside the folder of all others: that folder's name, which is a fingerprint of what is in it;
- `meta.js`: how many documents of which kind, which terms stand in which shard, other names, everyday words, constants;
- `words.js`: every word as it is written, with the number of its term, and in how many documents each term stands;
- `t0.js`, `t1.js`, …: the documents, weights and sections of the terms of one shard;
- `d0.js`, `d1.js`, …: what a hit shows, for sixteen documents;
- `x0.js`, `x1.js`, …: the same and the text of one document, for the words around what was found and for phrases;
- `facets.js`: what the page of search narrows by.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from calmroom.search import query, words
from calmroom.search.documents import KINDS, Document, ways
from calmroom.search.everyday import LONGEST, Meanings, leanings
from calmroom.search.index import KINDS as PRIORS
from calmroom.search.index import OTHERS, PLACES, SORTS, STEPS, Index

PER_SHARD = 6_000
SHOWN_TOGETHER = 16
FACETS = ("whose", "year", "service", "kind", "severity", "factor", "noticed", "status", "tlp")


def files(
    index: Index,
    documents: Sequence[Document],
    synonyms: Mapping[str, Sequence[str]],
    everyday: Meanings,
    address: Callable[[Document], str],
    titles: Mapping[str, Mapping[str, str]],
) -> dict[str, str]:
    """Return the files by name. `address` gives a document's page from the root; `titles` name the values of facets."""
    made: dict[str, str] = {}
    firsts = _shards(index)
    for number, (first, end) in enumerate(zip(firsts, [*firsts[1:], len(index.terms)], strict=True)):
        made[f"t{number}"] = _script(f"t{number}", [_postings(index, term) for term in range(first, end)])
    written = sorted(index.surfaces, key=lambda word: word.encode("utf-16-be", "surrogatepass"))  # as a page compares
    made["words"] = _script(
        "words",
        {
            "words": "\n".join(written),
            "terms": [index.surfaces[word] for word in written],
            "in": np.diff(index.starts).tolist(),
        },
    )
    for number, start in enumerate(range(0, len(documents), SHOWN_TOGETHER)):
        shown = [_shown(document, address(document)) for document in documents[start : start + SHOWN_TOGETHER]]
        made[f"d{number}"] = _script(f"d{number}", shown)
    for number, document in enumerate(documents):
        sections = [[section.field, section.heading, section.anchor, section.text] for section in document.sections]
        made[f"x{number}"] = _script(f"x{number}", {"shown": _shown(document, address(document)), "sections": sections})
    made["facets"] = _script("facets", _facets(documents, titles))
    made["meta"] = _script(
        "meta",
        {
            "count": index.count,
            "kinds": [[kind, sum(document.kind == kind for document in documents)] for kind in KINDS],
            "shards": firsts,
            "together": SHOWN_TOGETHER,
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
            },
        },
    )
    return made


def fingerprint(made: Mapping[str, str]) -> str:
    """Return a name for these files: other contents have another name, so no browser mixes two builds."""
    digest = hashlib.blake2b(digest_size=6)
    for name in sorted(made):
        digest.update(name.encode())
        digest.update(made[name].encode())
    return digest.hexdigest()


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


def _facets(documents: Sequence[Document], titles: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Return for each facet its values with their titles, and for each incident the numbers of its values."""
    incidents = [document for document in documents if document.kind == "incident"]
    made = {}
    for name in FACETS:
        values = sorted({value for document in incidents for value in document.facets.get(name, ())})
        numbers = {value: number for number, value in enumerate(values)}
        made[name] = {
            "values": [[value, titles.get(name, {}).get(value, value)] for value in values],
            "of": [[numbers[value] for value in document.facets.get(name, ())] for document in incidents],
        }
    return made
