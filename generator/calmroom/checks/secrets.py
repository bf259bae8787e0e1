"""Secrets in a record or in a text file beside it (CR660): tokens by their shape, and values that look drawn at random.

detect-secrets finds about the same; it was weighed and left (ARCHITECTURE.md): it takes longer for a record than all else.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import yaml

from calmroom.checks.subject import Subject
from calmroom.records.diagnostics import WORDS, Diagnostic, Edit, Level, Position

LEAST_ENTROPY = 3.6
"""Bits a sign (Shannon); words and ids of English lie below, 32 random signs of base 64 at about 4.5."""
_ASSIGNED = re.compile(
    r"(?i)(?<![\w-])(?P<name>(?:[\w-]{0,30}[_-])?(?:password|passwd|passphrase|pwd|secret|api[_-]?key|access[_-]?key|auth[_-]?token|token|private[_-]?key|client[_-]?secret|bearer))[\"']?[ \t]{0,4}(?:[:=]|=>|is)[ \t]{0,4}[\"']?(?P<value>[^\s\"'`,;(){}<>\[\]]{8,200})"
)
_CALLS = ("pass", "secret", "key", "token", "bearer", "pwd")


@dataclass(frozen=True)
class Shape:
    """One provider's secret: what it is called, words of which one must be there, its pattern."""

    name: str
    words: tuple[str, ...]
    pattern: re.Pattern[str]


@cache
def shapes() -> tuple[Shape, ...]:
    """Return every shape of a secret."""
    loaded = yaml.safe_load((WORDS / "secrets.yaml").read_text("utf-8"))
    return tuple(Shape(item["name"], tuple(item["words"]), re.compile(item["pattern"])) for item in loaded)


def entropy(text: str) -> float:
    """Return the Shannon entropy of a text in bits a sign."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values()) if text else 0.0


def found_in(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield from where to where a secret stands in a text, and what it is."""
    taken: list[tuple[int, int]] = []
    for shape in shapes():
        if any(word in text for word in shape.words):
            for found in shape.pattern.finditer(text):
                taken.append(found.span())
                yield (*found.span(), shape.name)
    low = text.lower()
    lines: set[int] = set()
    for word in _CALLS:
        at = low.find(word)
        while at >= 0:
            begin = text.rfind("\n", 0, at) + 1
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            if begin not in lines and ("=" in text[begin:end] or ":" in text[begin:end] or " is " in text[begin:end]):
                lines.add(begin)
                for found in _ASSIGNED.finditer(text, begin, end):
                    start, stop = found.span("value")
                    inside = any(first < stop and start < last for first, last in taken)
                    if not inside and looks_secret(found["value"]):
                        yield start, stop, f"a value of `{found['name']}`"
            at = low.find(word, end)


def looks_secret(value: str) -> bool:
    """Say whether a value is as mixed as one drawn at random: no word, no id, no placeholder."""
    value = value.rstrip(".")
    if "://" in value or ("/" in value and value.count("/") > 2) or value.startswith(("$", "{", "*", "…", "http")):
        return False
    digit, letter = any(sign.isdigit() for sign in value), any(sign.isalpha() for sign in value)
    mixed = any(sign.isupper() for sign in value[1:]) or any(not sign.isalnum() and sign not in "-_." for sign in value)
    if len(value) < 16:
        return digit and letter and mixed and entropy(value) >= 2.8
    return (
        digit and letter and entropy(value) >= LEAST_ENTROPY and not re.fullmatch(r"[a-z]+(?:[-_.][a-z0-9]+)+", value)
    )


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Yield a finding for each secret in the file and in the text files beside it."""
    yield from in_text(subject.source, subject.path, edit=True)


def in_text(text: str, path: str, *, edit: bool = False) -> Iterator[Diagnostic]:
    """Yield a finding for each secret in a text; the finding does not repeat it."""
    for start, end, name in found_in(text):
        before = text.rfind("\n", 0, start) + 1
        line = text.count("\n", 0, start) + 1
        begin, stop = Position(line, start - before + 1), Position(line, end - before + 1)
        hint = "Take it out and revoke it now: whoever can read the history of the repository has it."
        change = (
            Edit(begin, stop, "REDACTED")
            if edit and "\n" not in text[start:end] and not name.startswith("a private")
            else None
        )
        yield Diagnostic("CR660", path, begin, f"{name} stands here", hint, Level.ERROR, "", stop, change)
