"""What the tests of checks share: a record made of a few words, and what one check finds in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from calmroom.checks import quality
from calmroom.checks.subject import Context, Subject
from calmroom.records.diagnostics import Diagnostic
from calmroom.records.reader import Found, parse_record
from calmroom.records.settings import Settings
from calmroom.records.taxonomy import shipped
from tests.conftest import ID, RECORD

Run = Callable[[Subject], Iterator[Diagnostic]]


def subject_of(text: str, settings: Settings | None = None, path: str = f"incidents/{ID}.md", **context) -> Subject:
    """Return a record's text as checks look at it."""
    made: list[Subject] = []

    def inspect(read):
        if read.fields is not None:
            made.append(quality.record_subject(read, Context(settings or Settings(), **context)))
        return []

    reading = parse_record(text, Found(ID, path), shipped(), inspect=inspect)
    assert made, reading.diagnostics
    return made[0]


def record(narrative: str = "", **fields: str) -> str:
    """Return the sample record with another narrative, and lines of it exchanged: `old=new`."""
    text = RECORD if not narrative else RECORD.split("## Summary")[0] + narrative + "\n"
    for old, new in fields.items():
        text = text.replace(old, new)
    return text


@pytest.fixture
def codes():
    """Give a function that runs one check over a record and returns (code, the words it points at)."""

    def found(run: Run, text: str, **context) -> list[tuple[str, str]]:
        subject = subject_of(text, **context)
        return [(item.code, pointed(subject, item)) for item in run(subject)]

    return found


def pointed(subject: Subject, item: Diagnostic) -> str:
    """Return the words of the file that a finding points at."""
    if item.end is None:
        return ""
    lines = subject.lines
    if item.end.line == item.position.line:
        return lines[item.position.line - 1][item.position.column - 1 : item.end.column - 1]
    middle = lines[item.position.line : item.end.line - 1]
    first, last = (
        lines[item.position.line - 1][item.position.column - 1 :],
        lines[item.end.line - 1][: item.end.column - 1],
    )
    return "\n".join([first, *middle, last])


def applied(text: str, item: Diagnostic) -> str:
    """Return a file's text with a finding's edit done to it, as a code host does it."""
    edit = item.edit
    assert edit is not None
    lines = text.split("\n")
    start = sum(len(line) + 1 for line in lines[: edit.start.line - 1]) + edit.start.column - 1
    end = sum(len(line) + 1 for line in lines[: edit.end.line - 1]) + edit.end.column - 1
    return text[:start] + edit.text + text[end:]
