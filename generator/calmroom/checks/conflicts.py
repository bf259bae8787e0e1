"""A merge that was left unfinished (CR693): Git's marks of a conflict."""

from __future__ import annotations

import re
from collections.abc import Iterator

from calmroom.records.diagnostics import Diagnostic, Level, Position

_MARK = re.compile(r"^(?:<{7} [^\n]{0,200}|>{7} [^\n]{0,200}|\|{7} [^\n]{0,200})$", re.MULTILINE)


def in_text(text: str, path: str) -> Iterator[Diagnostic]:
    """Yield a finding for the first mark of each conflict."""
    for found in _MARK.finditer(text):
        if found.group().startswith("<"):
            place = Position(text.count("\n", 0, found.start()) + 1)
            hint = "Keep what is true of both sides and delete the three lines of marks."
            yield Diagnostic("CR693", path, place, "a merge was left unfinished here", hint, Level.ERROR)
