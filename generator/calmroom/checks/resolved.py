"""A narrative that says it was resolved, and no time for it (CR626)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from calmroom.checks.subject import Subject
from calmroom.records.diagnostics import Diagnostic, Level

_RESOLVED = re.compile(
    r"\b(?:(?:incident|outage|issue|problem|disruption) (?:was|is|has been) (?:fully |finally |completely )?(?:resolved|over|closed)|fully (?:recovered|restored)|"
    r"(?:service|services|everything) (?:was|were) (?:fully )?(?:restored|back to normal))\b",
    re.IGNORECASE,
)


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Yield one finding where prose tells of the end and `times.resolved` does not."""
    fields = subject.fields
    if (
        fields is None
        or fields.times.resolved is not None
        or not {"resolved", "over", "closed", "recovered", "restored", "normal"} & subject.words
    ):
        return
    for passage in subject.passages:
        if found := _RESOLVED.search(passage.masked):
            message = f"“{found.group()}”, and `times` has no `resolved`"
            hint = "Write `resolved:` under `times`; where only the day is known, as 2026-03-02Txx:xxZ."
            yield subject.at(passage, found.start(), found.end(), "CR626", message, hint, Level.NOTE)
            return
