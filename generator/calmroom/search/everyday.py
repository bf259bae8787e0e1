"""Everyday words, and what the form of a question says: both are data (`words/everyday.yaml`, `words/intents.yaml`).

People write the word of the corridor, pages that of the trade. An entry says which words may mean which others, with a
weight, from left to right; a knowledge base adds its own in `taxonomies/everyday.yaml`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Literal

import yaml
from pydantic import Field

from calmroom.records import yaml_text
from calmroom.records.diagnostics import WORDS, Diagnostic
from calmroom.records.model import Fields, Title
from calmroom.records.validate import validate
from calmroom.search import words

NAME = "everyday"
"""The name of a knowledge base's own file, without its ending."""
LONGEST = 5
"""Words of the longest phrase that is looked for."""
Sort = Literal["do", "before", "means"]
Meanings = Mapping[str, Sequence[tuple[str, float]]]
"""What people say → the words it may mean, each with its weight."""
_Phrases = Annotated[tuple[Title, ...], Field(min_length=1, max_length=100)]


class Entry(Fields):
    """Words that people say, what each of them may mean here, and how much that counts beside the word itself."""

    say: Annotated[_Phrases, Field(description="What people say; a phrase is found as a whole.")]
    mean: Annotated[_Phrases, Field(description="The words of the pages that each of them may stand for.")]
    weight: Annotated[
        float, Field(strict=True, ge=0, le=1, description="From 0, never, to 1, as good as the word itself.")
    ] = 0.5
    both: Annotated[bool, Field(strict=True, description="Works from right to left as well.")] = False


class Leaning(Fields):
    """Phrases that lean a query towards one sort of answer, and how much."""

    sort: Sort
    weight: Annotated[float, Field(ge=1, le=3)]
    say: Annotated[tuple[str, ...], Field(min_length=1)]


def parse(text: str, path: str) -> tuple[tuple[Entry, ...], list[Diagnostic]]:
    """Read a file of everyday words, a list of entries; return those that could be read and what was wrong."""
    document = yaml_text.read(text)
    found = [Diagnostic(f.code, path, f.position, f.message, f.hint) for f in document.faults]
    if document.value is None:
        return (), found
    hint = "Write a list: `- {say: [boss], mean: [executive], weight: 0.6}`, one a line."
    if not isinstance(document.value, list):
        return (), [*found, Diagnostic("CR104", path, document.position(()), "everyday words are a list", hint)]
    entries = []
    for number, value in enumerate(document.value):
        part = document.below((number,))
        if not isinstance(value, dict):
            found.append(Diagnostic("CR203", path, document.position((number,)), "this is not an entry", hint))
            continue
        entry, faults = validate(Entry, part, path)
        found += faults
        if entry is not None:
            entries.append(entry)
    return tuple(entries), found


def _loaded(name: str) -> list[dict[str, Any]]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    made: list[dict[str, Any]] = yaml.load((WORDS / f"{name}.yaml").read_text("utf-8"), Loader=loader)  # noqa: S506
    return made


@cache
def shipped() -> tuple[Entry, ...]:
    """Return the everyday words that come with Calmroom."""
    return tuple(Entry(**item) for item in _loaded("everyday"))


@cache
def leanings() -> tuple[tuple[Sort, float, tuple[str, ...]], ...]:
    """Return what the form of a question says: the sort it leans to, how much, and the phrases, as words of a query."""
    read = [Leaning(**item) for item in _loaded("intents")]
    return tuple((one.sort, one.weight, tuple(" ".join(words.parts(phrase)) for phrase in one.say)) for one in read)


def meanings(entries: Sequence[Entry]) -> dict[str, list[tuple[str, float]]]:
    """Return for each thing people say the words it may mean, the likeliest first.

    Of two entries for one pair the first counts, so a knowledge base's own stands before ours; a weight of 0 takes a
    pair out. A meaning of several words is those words, each with less weight. Common words mean nothing.
    """
    weights: dict[str, dict[str, float]] = {}
    for entry in entries:
        pairs = [(said, meant) for said in entry.say for meant in entry.mean]
        pairs += [(meant, said) for said, meant in pairs] if entry.both else []
        for said, meant in dict.fromkeys(pairs):
            name, every = " ".join(words.parts(said)), words.parts(meant)
            telling = [word for word in every if word not in words.STOP_WORDS]
            for word in telling:
                if word != name:
                    weights.setdefault(name, {}).setdefault(word, round(entry.weight / len(telling) ** 0.5, 3))
    made = {}
    for name, by_word in weights.items():
        kept = [(word, weight) for word, weight in by_word.items() if weight]
        if name and kept and len(name.split()) <= LONGEST:
            made[name] = sorted(kept, key=lambda pair: -pair[1])
    return made
