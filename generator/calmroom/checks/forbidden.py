"""Words that must not be here (CR664): customers, code names, from a list that is kept outside the repository.

The list has one word or phrase a line; `#` begins a comment. A finding does not say which list, nor the list's other words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from calmroom.checks.subject import Subject
from calmroom.records.diagnostics import Diagnostic, Level, Position

_WORD = re.compile(r"\w+")


def read(text: str) -> tuple[str, ...]:
    """Return the words of a list, in small letters."""
    lines = (line.partition("#")[0].strip().lower() for line in text.splitlines())
    return tuple(dict.fromkeys(" ".join(_WORD.findall(line)) for line in lines if line))


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Yield a finding for each forbidden word in the file, its name included."""
    yield from in_text(subject.source, subject.path, subject.context.forbidden)
    yield from in_name(subject.path, subject.path, subject.context.forbidden)


def in_text(text: str, path: str, words: Sequence[str]) -> Iterator[Diagnostic]:
    """Yield a finding for each forbidden word in a text, in time that grows with the text, not with the list."""
    if not words:
        return
    wanted: dict[str, set[tuple[str, ...]]] = {}
    for phrase in words:
        parts = tuple(phrase.split())
        if parts:
            wanted.setdefault(parts[0], set()).add(parts)
    matches = list(_WORD.finditer(text))
    low = [found.group().lower() for found in matches]
    for index, word in enumerate(low):
        for parts in wanted.get(word, ()):
            if tuple(low[index : index + len(parts)]) == parts:
                start, end = matches[index].start(), matches[index + len(parts) - 1].end()
                before = text.rfind("\n", 0, start) + 1
                begin = Position(text.count("\n", 0, start) + 1, start - before + 1)
                stop = Position(text.count("\n", 0, end) + 1, end - text.rfind("\n", 0, end))
                message = f"“{' '.join(text[start:end].split())}” must not be here"
                hint = "Write what it is instead, as “a customer in finance”; the list is kept by whoever gave it."
                yield Diagnostic("CR664", path, begin, message, hint, Level.ERROR, "", stop)


def in_name(name: str, path: str, words: Sequence[str]) -> Iterator[Diagnostic]:
    """Yield a finding for a forbidden word in the name of a file."""
    for found in in_text(name.replace("_", " "), path, words):
        message = f"the file's name holds a word that must not be here: {found.message.split('”')[0]}”"
        yield Diagnostic("CR664", path, Position(), message, "Rename the file.", Level.ERROR)
