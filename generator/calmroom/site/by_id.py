"""Links by id in pages written by hand, which MkDocs reads: `[words](incident:…)` becomes a path it follows.

What stands in code is left as it is: a page may show how such a link is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from calmroom.records import narrative

_LINK = re.compile(
    rf"\[(?P<words>(?:[^\[\]]|\[[^\[\]]{{0,200}}\]){{0,500}})\]"
    rf"\((?P<address>(?:{'|'.join(sorted(narrative.ID_SCHEMES))}):[^()\s]{{1,400}})\)"
)
"""Bounded, so that no text takes long."""
_FENCE = re.compile(r"[ \t]{0,12}(`{3,}|~{3,})")


def replaced(markdown: str, replace: Callable[[str, str], str | None]) -> str:
    """Return a page's text with its links by id replaced.

    `replace` gives for a link's words and address what is to stand there, or None to leave it.
    """

    def changed(found: re.Match[str]) -> str:
        made = replace(found["words"], found["address"])
        return found[0] if made is None else made

    return "".join(text if is_code else _LINK.sub(changed, text) for is_code, text in _pieces(markdown))


def _pieces(markdown: str) -> Iterator[tuple[bool, str]]:
    """Yield the text in turn as prose and as code: fenced blocks, and what stands between backticks in a paragraph."""
    fence = ""
    prose: list[str] = []
    for line in markdown.splitlines(keepends=True):
        found = _FENCE.match(line)
        if fence:
            yield True, line
            if found and found[1][0] == fence[0] and len(found[1]) >= len(fence) and not line[found.end() :].strip():
                fence = ""
        elif found:
            yield from _spans("".join(prose))
            prose = []
            fence = found[1]
            yield True, line
        else:
            prose.append(line)
            if not line.strip():
                yield from _spans("".join(prose))
                prose = []
    yield from _spans("".join(prose))


def _spans(paragraph: str) -> Iterator[tuple[bool, str]]:
    """Split a paragraph at runs of backticks; what stands between two runs of one length is code."""
    parts = re.split(r"(`+)", paragraph)
    at, prose = 0, ""
    while at < len(parts):
        if at % 2:
            end = next(
                (later for later in range(at + 2, min(at + 400, len(parts)), 2) if parts[later] == parts[at]), None
            )
            if end is not None:
                yield False, prose
                prose = ""
                yield True, "".join(parts[at : end + 1])
                at = end + 1
                continue
        prose += parts[at]
        at += 1
    yield False, prose
