"""Marking the glossary's terms on a finished page.

Marked is the first occurrence in each section, never in a link, code or a heading, nor where a template says
`data-calm-plain`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from calmroom.playbooks.terms import Matcher

_TAG = re.compile(r"(<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>)")
_NAME = re.compile(r"<(/?)([a-zA-Z0-9]+)")
_VOID = frozenset(["br", "hr", "img", "input", "meta", "link", "wbr", "col", "source"])
_NEVER = frozenset(
    [
        "a",
        "code",
        "pre",
        "kbd",
        "samp",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "script",
        "style",
        "button",
        "summary",
        "svg",
        "dfn",
        "th",
        "dt",
        "caption",
        "label",
        "select",
        "figure",
    ]
)


def tags_and_text(html: str) -> list[str]:
    """Return the pieces of safe HTML in turn: a text, a tag, a text, …; texts may be empty."""
    return _TAG.split(html)


def gloss(html: str, matcher: Matcher, mark: Callable[[str, str], str]) -> tuple[str, list[str]]:
    """Mark the terms of a page's HTML.

    `mark(slug, text)` returns the markup for one occurrence. Returns the HTML and the slugs of the terms that were
    marked, in order, each once. A section begins at each second-level heading.
    """
    marked: dict[str, None] = {}
    parts = tags_and_text(html)
    seen: set[str] = set()
    silent: list[str] = []
    for at in range(0, len(parts) - 1, 2):
        text = parts[at]
        if not silent and text and not text.isspace():
            parts[at] = _text(text, matcher, mark, seen, marked)
        closing, name, mutes = _kind(parts[at + 1])
        inside = silent and name == silent[-1]
        if closing:
            if inside:
                silent.pop()
        elif mutes or inside:
            silent.append(name)
            if name == "h2":
                seen.clear()
    if not silent:
        parts[-1] = _text(parts[-1], matcher, mark, seen, marked)
    return "".join(parts), list(marked)


@lru_cache(maxsize=4_096)
def _kind(tag: str) -> tuple[bool, str, bool]:
    """Return of a tag whether it closes, its element (nothing where that has no end), and whether it mutes."""
    found = _NAME.match(tag)
    if found is None:
        return False, "", False
    name = found.group(2).lower()
    if name in _VOID or tag.endswith("/>"):
        return False, "", False
    return bool(found.group(1)), name, name in _NEVER or "data-calm-plain" in tag


def _text(text: str, matcher: Matcher, mark: Callable[[str, str], str], seen: set[str], marked: dict[str, None]) -> str:
    pieces, end = [], 0
    for match in matcher.find(text, seen):
        seen.add(match.slug)
        marked[match.slug] = None
        pieces += [text[end : match.start], mark(match.slug, text[match.start : match.end])]
        end = match.end
    return "".join([*pieces, text[end:]]) if pieces else text
