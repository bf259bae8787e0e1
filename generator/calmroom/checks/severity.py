"""A severity that the impact contradicts (CR625)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from calmroom.checks.subject import Subject
from calmroom.records.diagnostics import Diagnostic, Level

_EVERYBODY = re.compile(
    r"\b(?:all|every|most|nearly all|almost all) (?:of (?:our|the) )?(?:customers?|users?|clients?|subscribers?)\b",
    re.IGNORECASE,
)
LIGHT = ("sev3", "sev4")


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Yield a finding where the severity and what the incident did to people do not fit."""
    fields = subject.fields
    if fields is None or fields.near_miss:
        return
    impact, severity = fields.impact, fields.severity
    why = ""
    if severity == "sev1" and impact.customers == 0 and not impact.data_records:
        why = "is the gravest, and `impact.customers` is 0"
    elif severity in LIGHT and {"data-loss", "data-exposure"} & set(fields.kind) and (impact.data_records or 0) > 0:
        why = f"is a light one, and {impact.data_records:,} records of data were lost or exposed"
    elif severity in LIGHT and impact.summary and _EVERYBODY.search(impact.summary):
        why = "is a light one, and the impact speaks of all or most"
    if why:
        hint = "Mend the one that is wrong; what each severity means is set in mkdocs.yml."
        yield subject.finding("CR625", ("severity",), f"`{severity}` {why}", hint, Level.NOTE)
