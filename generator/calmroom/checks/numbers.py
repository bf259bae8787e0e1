"""Numbers in the title and the summary that differ from those under `impact` (CR627)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from calmroom.checks.passages import Passage
from calmroom.checks.subject import Subject
from calmroom.records.diagnostics import Diagnostic, Level

_COUNTED = re.compile(
    r"(?P<loose>\b(?:about|around|roughly|nearly|almost|over|more than|some|approximately|up to|at least|fewer than|less than) )?(?<![\d.,%$€£-])"
    r"(?P<number>\d{1,3}(?:[, ]\d{3}){1,4}|\d{1,12}(?:\.\d{1,3})?)(?P<scale> ?(?:k|thousand|m|million|billion))? (?P<noun>customers?|users|requests|records)(?: (?:were|was|are|had been))? ?(?P<what>affected|impacted|exposed|lost|failed)?\b",
    re.IGNORECASE,
)
_SCALES = {"": 1, "k": 1_000, "thousand": 1_000, "m": 1_000_000, "million": 1_000_000, "billion": 1_000_000_000}
_FIELDS = {"customer": "customers", "customers": "customers", "requests": "requests_failed", "records": "data_records"}
_SUMMARY = re.compile(r"^##[ \t]+Summary[ \t]*$(.*?)(?=^##[ \t]|\Z)", re.IGNORECASE | re.MULTILINE | re.DOTALL)


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Yield a finding for each number in the summary that the impact contradicts."""
    fields = subject.fields
    if fields is None:
        return
    for passage in subject.passages:
        for found in _counted(passage):
            name = _FIELDS.get(found["noun"].lower())
            value = getattr(fields.impact, name) if name else None
            told = _value(found)
            if value is None or told is None:
                continue
            slack = 0.25 if found["loose"] else 0.06 if found["scale"] else 0.01
            if abs(told - value) <= slack * max(told, value) or (
                (found["what"] or "").lower() != "affected" and told > value
            ):
                continue
            if abs(told - value) > slack * max(told, value):
                message = (
                    f"“{found['number']}{found['scale'] or ''} {found['noun']}” here, {value:,} in `impact.{name}`"
                )
                hint = "Mend the one that is wrong: this is the figure that is quoted."
                start = found.start("number")
                yield subject.at(passage, start, found.end("noun"), "CR627", message, hint, Level.WARNING)


def _counted(passage: Passage) -> Iterator[re.Match[str]]:
    if passage.where in (("title",), ("impact", "summary")):
        yield from _COUNTED.finditer(passage.masked)
    elif passage.markdown and (found := _SUMMARY.search(passage.masked)):
        yield from _COUNTED.finditer(passage.masked, *found.span(1))


def _value(found: re.Match[str]) -> float | None:
    try:
        return float(re.sub(r"[, ]", "", found["number"])) * _SCALES[(found["scale"] or "").strip().lower()]
    except (KeyError, ValueError):
        return None
