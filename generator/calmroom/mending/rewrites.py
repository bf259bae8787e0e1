"""The rewrites that checks offer for one record, one after another, each against the text as it is by then."""

from __future__ import annotations

from pathlib import Path

from calmroom import knowledge
from calmroom.checks import quality
from calmroom.mending.mend import front_of
from calmroom.records import yaml_text
from calmroom.records.diagnostics import Diagnostic
from calmroom.records.reader import Found, parse_record
from calmroom.review.sides import id_of

CODES = ("CR606", "CR607", "CR608", "CR609", "CR610", "CR611", "CR612", "CR613", "CR620", "CR622")


class Offers:
    """What may be rewritten in one record; what was offered once is not offered again."""

    def __init__(self, root: Path, path: str) -> None:
        self._path = path
        self._taxonomies = knowledge.read_taxonomies(root)[0]
        self._quality = quality.Quality(root, knowledge.read_settings(root))
        self._told: set[tuple[str, str, str]] = set()

    def next(self, text: str) -> Diagnostic | None:
        """Return the first rewrite of a text that was not offered before."""
        reading = parse_record(
            text, Found(id_of(self._path), self._path), self._taxonomies, inspect=self._quality.inspect
        )
        for found in sorted(reading.diagnostics, key=lambda item: item.sort_key):
            told = (found.code, found.message, found.source)
            if found.edit is not None and found.code in CODES and told not in self._told:
                self._told.add(told)
                return found
        return None


def applied(text: str, found: Diagnostic) -> str | None:
    """Return a text with a finding's edit done to it; None where the fields could not be read afterwards."""
    if found.edit is None:
        return None
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    begin = starts[found.edit.start.line - 1] + found.edit.start.column - 1
    end = starts[found.edit.end.line - 1] + found.edit.end.column - 1
    after = f"{text[:begin]}{found.edit.text}{text[end:]}"
    front = front_of(after, found.path)
    return None if front is None or yaml_text.read(front.fields).value is None else after
