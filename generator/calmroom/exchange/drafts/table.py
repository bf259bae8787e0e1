"""A table of events: CSV with a line of column names, parted by commas, semicolons or tabs."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import get_args

from calmroom.exchange.drafts.files import MOST_BYTES, Export
from calmroom.exchange.drafts.plain import said
from calmroom.exchange.drafts.said import About, Said, Tell, wrong
from calmroom.records.model import EventKind

COLUMNS = {
    "at": ("at", "time", "timestamp", "datetime", "date", "when", "created", "created at", "created_at", "date/time", "@timestamp"),
    "what": ("what", "event", "message", "text", "description", "summary", "details", "note", "entry", "body"),
    "who": ("who", "author", "user", "username", "name", "actor", "owner", "person", "by"),
    "kind": ("kind", "type", "category"),
    "evidence": ("evidence", "link", "url", "ticket", "reference", "ref", "source"),
}  # fmt: skip
"""What columns are called that hold what."""
KINDS = frozenset(get_args(EventKind))
FIELD = MOST_BYTES


def is_one(export: Export) -> bool:
    """Say whether this is a table with columns for a time and for what happened."""
    lines = export.head.split("\n", 1)
    return bool(lines) and {"at", "what"} <= set(_columns(lines[0]))


def read(export: Export, about: About, tell: Tell) -> Iterator[Said]:
    """Yield every line; one without a time or words is left out."""
    name = export.files[0][0]
    text = export.text(name, tell)
    header = text.split("\n", 1)[0]
    columns = _columns(header)
    if not {"at", "what"} <= set(columns):
        hint = "Begin the file with a line such as `at,what,who,kind,evidence`."
        tell(wrong(name, "no columns with a time and with what happened", hint))
        return
    csv.field_size_limit(FIELD)
    rows = csv.reader(text.replace("\0", "").splitlines(keepends=True), delimiter=_delimiter(header))
    try:
        for row in rows:
            if rows.line_num == 1 or not any(row):
                continue
            cells = {what: row[at].strip() for what, at in columns.items() if at < len(row)}
            kind = cells.get("kind", "").lower()
            evidence = cells.get("evidence", "")
            yield from said(
                cells.get("at", ""),
                cells.get("what", ""),
                name,
                f"line {rows.line_num}",
                tell,
                who=cells.get("who", ""),
                kind=kind if kind in KINDS else "",
                evidence=re.sub(r"^(\w+):(?=\S)(?!//)", r"\1 ", evidence),
            )
    except csv.Error as error:
        tell(wrong(name, f"line {rows.line_num} is not CSV: {error}", "Mend it there, or export it again."))


def _delimiter(header: str) -> str:
    return max(",;\t|", key=header.count)


def _columns(header: str) -> dict[str, int]:
    names = [cell.strip().strip('"').casefold() for cell in header.strip().split(_delimiter(header))]
    found: dict[str, int] = {}
    for what, words in COLUMNS.items():
        for word in words:
            if what not in found and word in names and names.index(word) not in found.values():
                found[what] = names.index(word)
    return found
