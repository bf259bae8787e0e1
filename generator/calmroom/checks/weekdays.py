"""A weekday that is not that of its date (CR622): "Monday 3 March 2026" was a Tuesday."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from calmroom.checks.subject import Subject
from calmroom.records.diagnostics import Diagnostic, Level

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_DAY, _MONTH = "|".join(DAYS), "|".join(MONTHS)
_DATED = re.compile(
    rf"\b(?P<name>{_DAY})(?:,| the|,? on)? ?\(?(?:(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})|(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH})(?:,? (?P<year>\d{{4}}))?"
    rf"|(?P<month2>{_MONTH}) (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<year2>\d{{4}}))?)\b"
)  # fmt: skip


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Yield a finding for each weekday that its date contradicts; a date without a year has the incident's."""
    if not {day.lower() for day in DAYS} & subject.words:
        return
    year = int(subject.id[:4]) if subject.fields is not None else None
    for passage in subject.passages:
        for found in _DATED.finditer(passage.masked):
            meant = _date(found, year)
            if meant is None or DAYS[meant.weekday()] == found["name"]:
                continue
            right = DAYS[meant.weekday()]
            message = f"{meant.isoformat()} was a {right}, not a {found['name']}"
            start, end = found.span("name")
            hint = f"Write “{right}”, or mend the date."
            yield subject.at(passage, start, end, "CR622", message, hint, Level.WARNING, rewrite=right)


def _date(found: re.Match[str], year: int | None) -> date | None:
    try:
        if found["iso"]:
            return date.fromisoformat(found["iso"])
        written = found["year"] or found["year2"]
        chosen = int(written) if written else year
        month = MONTHS.index(found["month"] or found["month2"]) + 1
        return date(chosen, month, int(found["day"] or found["day2"])) if chosen else None
    except ValueError:
        return None
