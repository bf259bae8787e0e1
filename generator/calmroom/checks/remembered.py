"""What checks found in records that are as they were: ten thousand are not looked through again for one that changed.

A finding follows from the record's file, the settings, the words of the knowledge base and the program. The day is part
of it only where an action says it was done later than that day; such records, and those with attachments, whose
contents are looked into as well, are looked at every time.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from calmroom import naming
from calmroom.checks import rule_files
from calmroom.checks.quality import Quality
from calmroom.records.diagnostics import Diagnostic, Edit, Level, Position
from calmroom.records.kept import Store
from calmroom.records.reader import Inspected, Looked
from calmroom.records.taxonomy import Taxonomies

KEPT = "checked"


class Remembered:
    """The checks of one run, with what they found in an earlier one (see `calmroom.records.reader.Remembering`)."""

    def __init__(self, checks: Quality, store: Store, taxonomies: Taxonomies) -> None:
        self._checks = checks
        self._store = store
        context = checks.context
        file = checks.root / rule_files.FILE
        rules = file.read_bytes() if file.is_file() else b""
        parts = context.settings, taxonomies, context.acronyms, context.forbidden, rules
        self._key = naming.of(naming.of_program(), *parts).encode()
        self._today = context.today or date.max
        self._known = _read(store, self._key)

    def __call__(self, read: Inspected) -> list[Diagnostic]:
        """Return what is found in a record that was read."""
        return self._checks.inspect(read)

    def before(self, path: str, signature: str) -> tuple[Diagnostic, ...] | None:
        """Return what was found in a file when the file system said the same of it, or None where that is not known."""
        known = self._known.get(path)
        if known is None or not signature or known[0] != signature or known[1] > self._today.isoformat():
            return None
        return tuple(_finding(path, *found) for found in known[2])

    def remember(self, found: Iterable[Looked], there: Iterable[str]) -> None:
        """Remember what was found in records, and nothing of files that are not `there` any more."""
        paths = set(there)
        kept = {path: known for path, known in self._known.items() if path in paths}
        for one in found:
            days = [action.done_on for action in one.record.actions if action.done_on]
            latest = max(days, default=date.min)
            if latest <= self._today and not one.record.files:
                told = [_told(diagnostic) for diagnostic in one.found]
                kept[one.record.path] = [one.signature, latest.isoformat(), told]
            one.record.forget()
        if kept != self._known:
            told_all = json.dumps(kept, ensure_ascii=False, separators=(",", ":"))
            self._store.keep_derived(KEPT, self._key, told_all.encode("utf-8", "surrogatepass"))


def _read(store: Store, key: bytes) -> Mapping[str, list[Any]]:
    found = store.derived(KEPT)
    if found and found[0] == key:
        with contextlib.suppress(ValueError):
            known: Mapping[str, list[Any]] = json.loads(found[1])
            return known
    return {}


def _told(found: Diagnostic) -> list[Any]:
    end = [found.end.line, found.end.column] if found.end else None
    edit = found.edit and [
        found.edit.start.line, found.edit.start.column, found.edit.end.line, found.edit.end.column, found.edit.text,
    ]  # fmt: skip
    place = found.position.line, found.position.column
    return [found.code, *place, found.message, found.hint, found.level.value, found.source, end, edit]


def _finding(
    path: str,
    code: str,
    line: int,
    column: int,
    message: str,
    hint: str,
    level: str,
    source: str,
    end: list[int] | None,
    edit: list[Any] | None,
) -> Diagnostic:
    changed = Edit(Position(*edit[:2]), Position(*edit[2:4]), edit[4]) if edit else None
    stop = Position(*end) if end else None
    return Diagnostic(code, path, Position(line, column), message, hint, Level(level), source, stop, changed)
