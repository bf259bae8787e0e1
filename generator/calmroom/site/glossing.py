"""Marking the glossary's terms on a finished page.

Marked is the first occurrence in each section, never in a link, code or a heading, nor where a template says
`data-calm-plain`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

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
    return "".join(_pieces(html, matcher, mark, marked)), list(marked)


def _pieces(html: str, matcher: Matcher, mark: Callable[[str, str], str], marked: dict[str, None]) -> Iterator[str]:
    seen: set[str] = set()
    silent: list[str] = []
    for index, piece in enumerate(tags_and_text(html)):
        if index % 2:
            _follow(piece, silent, seen)
            yield piece
        elif silent or not piece.strip():
            yield piece
        else:
            yield from _text(piece, matcher, mark, seen, marked)


def _follow(tag: str, silent: list[str], seen: set[str]) -> None:
    """Keep track of what a tag opens or closes."""
    found = _NAME.match(tag)
    if found is None:
        return
    closing, name = found.group(1), found.group(2).lower()
    if name == "h2" and not closing:
        seen.clear()
    if name in _VOID or tag.endswith("/>"):
        return
    if closing:
        if silent and silent[-1] == name:
            silent.pop()
    elif name in _NEVER or "data-calm-plain" in tag or (silent and silent[-1] == name):
        silent.append(name)


def _text(
    text: str, matcher: Matcher, mark: Callable[[str, str], str], seen: set[str], marked: dict[str, None]
) -> Iterator[str]:
    end = 0
    for match in matcher.find(text):
        if match.slug in seen:
            continue
        seen.add(match.slug)
        marked[match.slug] = None
        yield text[end : match.start]
        yield mark(match.slug, text[match.start : match.end])
        end = match.end
    yield text[end:]
