"""Signs that no text of a knowledge base may hold, whatever they were written as.

Control characters drive a terminal, separators of lines begin a new line in a log, a calendar or a script, marks of
direction make a text look like another one, and XML forbids noncharacters. They are refused where a file is read, and
again after YAML, whose escapes (`"\\e"`) can stand for any of them. A tab and a line feed are text.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from calmroom.records.diagnostics import Position

_PLANES = "".join(chr(plane * 0x10000 + last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls: C0 but tab and line feed, DEL, C1
    "\u2028\u2029"  # separators of lines and paragraphs
    "\u202a-\u202e\u2066-\u2069"  # marks that turn the direction of what follows
    f"\ud800-\udfff\ufdd0-\ufdef{_PLANES}]"  # halves of a sign, and what is no character at all
)
"""One sign that is refused everywhere."""
INSTEAD = "\N{REPLACEMENT CHARACTER}"


def named(sign: str) -> str:
    """Return a sign's number as it is written in tables: `U+001B`."""
    return f"U+{ord(sign):04X}"


def first(text: str) -> str:
    """Return the first sign of a text that is refused, or nothing."""
    if text.isprintable() or text.replace("\n", " ").replace("\t", " ").isprintable():
        return ""  # no sign that is refused can be printed, and this is told forty times as fast
    found = FORBIDDEN.search(text)
    return found.group() if found else ""


def without(text: str) -> str:
    """Return a text with a mark in the place of each sign that is refused."""
    return FORBIDDEN.sub(INSTEAD, text)


def without_any(value: Any, tell: Callable[[str], None]) -> Any:
    """Return plain values with a mark in the place of each sign that is refused; `tell` is called with each text."""
    if isinstance(value, str):
        if FORBIDDEN.search(value):
            tell(value)
            return without(value)
        return value
    if isinstance(value, list | tuple):
        return [without_any(item, tell) for item in value]
    if isinstance(value, dict):
        return {without_any(key, tell): without_any(item, tell) for key, item in value.items()}
    return value


def place(text: str, at: int) -> Position:
    """Return the line and column of a sign of a text."""
    return Position(text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
