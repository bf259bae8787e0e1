"""Sentences that cannot be read aloud (CR680) and acronyms nobody explained (CR681)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from calmroom.checks.passages import MASK
from calmroom.checks.subject import Subject
from calmroom.records.diagnostics import WORDS, Diagnostic

MOST_WORDS = 40
"""Words of a sentence above which few readers keep its beginning in mind (Plain English Campaign and others say 15 to 20)."""
_ACRONYM = re.compile(r"(?<![\w.@#/$¤<{\[-])([A-Z][A-Z0-9]{1,5})(s?)(?![\w@/¤-]|\.\w)")


def long_sentences(subject: Subject) -> Iterator[Diagnostic]:
    """Yield a finding for each sentence of more than forty words; a table's row is no sentence."""
    for passage in subject.passages:
        if passage.text.count(" ") < MOST_WORDS:
            continue
        for sentence in passage.sentences:
            if sentence.text.count(" ") + sentence.text.count("\n") < MOST_WORDS:
                continue
            count = sum(any(sign.isalnum() for sign in word) for word in sentence.text.split())
            if count > MOST_WORDS and not sentence.text.startswith("|"):
                message = f"a sentence of {count} words"
                hint = "Make two or three of it: each one thing that can be read aloud."
                end = sentence.start + len(sentence.text)
                yield subject.at(passage, sentence.start, end, "CR680", message, hint)


@cache
def common() -> frozenset[str]:
    """Return acronyms that every reader of such records knows."""
    return frozenset((WORDS / "acronyms.txt").read_text("utf-8").split())


def acronyms(subject: Subject) -> Iterator[Diagnostic]:
    """Yield a finding for each acronym that neither the file nor the vocabulary explains, at its first place."""
    known = common() | subject.context.acronyms
    told: set[str] = set()
    whole = "\n".join(passage.text for passage in subject.passages)
    for passage in subject.passages:
        for found in _ACRONYM.finditer(passage.masked):
            word = found.group(1)
            if word in known or word in told or MASK in word or word.isdigit() or len(set(word)) == 1:
                continue
            told.add(word)
            if _explained(word, whole):
                continue
            message = f"“{word}” is explained neither here nor in the vocabulary"
            hint = f"Write it out once, as “words ({word})”, or add it to the vocabulary."
            yield subject.at(passage, found.start(1), found.end(1), "CR681", message, hint)


def _explained(word: str, text: str) -> bool:
    return f"({word})" in text or f"({word}," in text or f"{word} (" in text or f"({word}s)" in text
