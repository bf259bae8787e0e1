"""The gates for what other programs open: a cell of a spreadsheet, a text of a calendar, JSON, XML."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from calmroom import printable
from calmroom.records import signs

_FORMULA = ("=", "+", "-", "@", *"\uff1d\uff0b\uff0d\uff20")
"""What begins a formula in a spreadsheet, in the width of East Asian letters as well (OWASP, "CSV Injection")."""


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Return rows as CSV (RFC 4180) with a line of column names.

    Every text is quoted, so that nothing in it is a separator wherever a spreadsheet looks for semicolons or tabs; it
    is one line; and an apostrophe stands before one that a spreadsheet would run as a formula.
    """
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(columns)
    writer = csv.writer(out, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, list):
        value = " ".join(value)
    if isinstance(value, str):
        value = printable.without_commands(" ".join(signs.without(value).split()))
        return f"'{value}" if value.startswith(_FORMULA) else value
    return "" if value is None else value


def calendar_text(text: str) -> str:
    """Return a text as a calendar may hold it (RFC 5545, 3.3.11): lines and tabs, but no other control character.

    Readers take `\\N` for the end of a line, and so does the library before it escapes: its backslash becomes another.
    Two colons are kept apart by a sign nobody sees, because a folded line that begins with them speaks to a runner.
    """
    return printable.without_commands(signs.without(text)).replace("\\N", "＼N").replace("::", ":\N{WORD JOINER}:")


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Return a value as JSON that any program reads: letters as they are, and nothing that drives a log."""
    written = json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False)
    if not written.isascii() or "\x7f" in written:  # JSON itself escapes what else ASCII has
        written = signs.FORBIDDEN.sub(lambda found: json.dumps(found.group())[1:-1], written)
    return f"{written}\n"


def xml_text(text: str) -> str:
    """Return a text as XML 1.0 may hold it (section 2.2): no control character, no half of a sign."""
    return signs.without(text)
