"""Sharing levels, and what of a text may be shown at one (FIRST, Traffic Light Protocol 2.0).

A text may carry stricter parts: a section whose heading ends in `{tlp=amber}`, up to the next heading of its rank, and
a passage between `<!-- tlp: red -->` and `<!-- /tlp -->`. A mark that cannot be understood withholds what it may have
meant: a level nobody knows counts as red, a passage without an end reaches to the end of the text, and marks count
wherever they stand, in a code block too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt

LEVELS = ("clear", "green", "amber", "amber+strict", "red")
"""From what anybody may see to what only those present may."""
STRICTEST = LEVELS[-1]
_HEADING = re.compile(
    r"\{[ \t]{0,9}tlp[ \t]{0,9}[=:][ \t]{0,9}([^{}\s]{0,40})[ \t]{0,9}\}(?=[ \t#]{0,99}$)", re.IGNORECASE
)
_PASSAGE = re.compile(r"<!--[ \t]{0,9}(/?)tlp(?:[ \t]{0,9}[:=][ \t]{0,9}([^\s>]{0,40}))?[ \t]{0,9}-->", re.IGNORECASE)

_SAID = re.compile(r"tlp[\"']?[ \t]{0,9}[:=][ \t]{0,9}[\"']?([A-Za-z+]{0,40})", re.IGNORECASE)
_ESCAPE = re.compile(r"\\[xuU]")
_OWN = re.compile(r"^tlp[ \t]{0,9}:", re.MULTILINE)


@dataclass(frozen=True)
class Fault:
    """A mark that was not understood: its line from 0, its column from 1, what is wrong, what to write."""

    line: int
    column: int
    message: str
    hint: str


@dataclass(frozen=True)
class Part:
    """A stretch of a text that is stricter than the rest: from which sign to which, its level, its first line."""

    start: int
    end: int
    level: str
    line: int


def may_be_shown(level: str, at: str) -> bool:
    """Say whether something of one sharing level belongs into an edition of another."""
    return LEVELS.index(level) <= LEVELS.index(at)


def name(level: str) -> str:
    """Return a level as FIRST writes it."""
    return f"TLP:{level.upper()}"


def strictest(levels: Iterable[str]) -> str:
    """Return the strictest of some sharing levels."""
    return max(levels, key=LEVELS.index)


def is_marked(text: str, own: str | None) -> bool:
    """Say whether parts of a record may have levels of their own: its text speaks of more than its `own` level.

    An escape of YAML's may stand for any letter, so a text that holds one may.
    """
    return text.lower().count("tlp") > (own is not None) or _ESCAPE.search(text) is not None


def of_raw(text: str, default: str) -> str:
    """Return the strictest level that a file's text may hold, whether or not it can be read otherwise.

    What cannot be understood counts as red; a text that says nothing has the `default`, one whose first level stands
    at the beginning of a line has that.
    """
    levels = [found[1].lower() if found[1].lower() in LEVELS else STRICTEST for found in _SAID.finditer(text)]
    if len(levels) < text.lower().count("tlp") or _ESCAPE.search(text):
        return STRICTEST
    return strictest(levels if _OWN.search(text) else [default, *levels])


def has_marks(text: str) -> bool:
    """Say whether a text may carry marks at all: most do not, and need not be looked at."""
    return "tlp" in text.lower()


def shown(text: str, at: str) -> str:
    """Return what of a text may be shown at a level, without its marks."""
    if not has_marks(text):
        return text
    withheld = [(part.start, part.end) for part in parts(text) if not may_be_shown(part.level, at)]
    kept, reached = [], 0
    for start, end in sorted(withheld):
        if start > reached:
            kept.append(text[reached:start])
        reached = max(reached, end)
    kept.append(text[reached:])
    return without_marks("".join(kept))


def without_marks(text: str) -> str:
    """Return a text without its marks, every line where it was."""
    if not has_marks(text):
        return text
    text = _PASSAGE.sub("", text)
    return "\n".join(_HEADING.sub("", line) for line in text.split("\n"))


def parts(text: str) -> list[Part]:
    """Return the stricter parts of a text, in the order in which they begin."""
    return sorted([*_sections(text), *_passages(text)], key=lambda part: (part.start, -part.end))


def faults(text: str) -> list[Fault]:
    """Return every mark that was not understood."""
    if not has_marks(text):
        return []
    return sorted(_faults(text), key=lambda fault: (fault.line, fault.column))


@cache
def _blocks() -> MarkdownIt:
    return MarkdownIt("commonmark").disable(["inline", "text_join"])


def _heads(text: str) -> list[tuple[int, int, int]]:
    """Return the headings of a text that stand in nothing else: rank, first line, line below."""
    return [
        (int(token.tag[1:]), token.map[0], token.map[1])
        for token in _blocks().parse(text)
        if token.type == "heading_open" and token.map and not token.level
    ]


def _sections(text: str) -> Iterator[Part]:
    lines = text.split("\n")
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line) + 1)
    heads = _heads(text)
    begun = {line: number for number, (_, first, below) in enumerate(heads) for line in range(first, below)}
    for number, line in enumerate(lines):
        found = _HEADING.search(line)
        if found is None:
            continue
        if number in begun:
            index = begun[number]
            rank, first, _ = heads[index]
            end = next((start for other, start, _ in heads[index + 1 :] if other <= rank), len(lines))
        else:  # a mark on something that is no heading: all that follows it, rather than nothing
            first, end = number, len(lines)
        yield Part(offsets[first], min(offsets[end], len(text)), _level(found[1]), first)


def _passages(text: str) -> Iterator[Part]:
    open_: list[tuple[int, str]] = []
    for found in _PASSAGE.finditer(text):
        if not found[1]:
            open_.append((found.start(), _level(found[2] or "")))
        elif open_:
            start, level = open_.pop()
            yield Part(start, found.end(), level, text.count("\n", 0, start))
    for start, level in open_:
        yield Part(start, len(text), level, text.count("\n", 0, start))


def _level(written: str) -> str:
    return written.lower() if written.lower() in LEVELS else STRICTEST


def _faults(text: str) -> Iterator[Fault]:
    known = f"Write one of {', '.join(LEVELS)}."
    heads = {line for _, first, below in _heads(text) for line in range(first, below)}
    for number, line in enumerate(text.split("\n")):
        found = _HEADING.search(line)
        if found is None:
            continue
        if found[1].lower() not in LEVELS:
            yield Fault(number, found.start() + 1, f"`{found[1]}` is not a sharing level", known)
        if number not in heads:
            message = "this mark stands on no heading: all below it is withheld"
            yield Fault(number, found.start() + 1, message, "Put it at the end of a heading: `## Heading {tlp=amber}`.")
    open_: list[re.Match[str]] = []
    for found in _PASSAGE.finditer(text):
        if found[1]:
            if open_:
                open_.pop()
            else:
                yield _at(text, found, "a passage ends here that never began", "Write `<!-- tlp: red -->` before it.")
            continue
        open_.append(found)
        if (found[2] or "").lower() not in LEVELS:
            yield _at(text, found, f"`{found[2] or ''}` is not a sharing level", known)
    for found in open_:
        yield _at(text, found, "this passage never ends: all below it is withheld", "Write `<!-- /tlp -->` after it.")


def _at(text: str, found: re.Match[str], message: str, hint: str) -> Fault:
    start = found.start()
    return Fault(text.count("\n", 0, start), start - (text.rfind("\n", 0, start) + 1) + 1, message, hint)
