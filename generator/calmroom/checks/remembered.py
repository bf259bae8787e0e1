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

from calmroom import naming
from calmroom.checks import rule_files
from calmroom.checks.quality import Quality
from calmroom.records import kept
from calmroom.records.diagnostics import Diagnostic
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
        return kept.of_findings(known[2])

    def remember(self, found: Iterable[Looked], there: Iterable[str]) -> None:
        """Remember what was found in records, and nothing of files that are not `there` any more."""
        paths = set(there)
        known = {path: one for path, one in self._known.items() if path in paths}
        for one in found:
            days = [action.done_on for action in one.record.actions if action.done_on]
            latest = max(days, default=date.min)
            if latest <= self._today and not one.record.files:
                known[one.record.path] = [one.signature, latest.isoformat(), kept.findings(one.found)]
            one.record.forget()
        if known != self._known:
            told_all = json.dumps(known, ensure_ascii=False, separators=(",", ":"))
            self._store.keep_derived(KEPT, self._key, told_all.encode("utf-8", "surrogatepass"))


def _read(store: Store, key: bytes) -> Mapping[str, list[str]]:
    found = store.derived(KEPT)
    if found and found[0] == key:
        with contextlib.suppress(ValueError):
            known: Mapping[str, list[str]] = json.loads(found[1])
            return known
    return {}
