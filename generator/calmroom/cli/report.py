"""Diagnostics for tools: JSON, GitHub annotations and SARIF 2.1.0."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from calmroom import __version__, printable, terminal
from calmroom.records.diagnostics import Diagnostic, Level, catalogue


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a JSON list: an object each with `path`, `line`, `column`, `code`, `level`, `message` and `hint`."""
    return terminal.as_json([_plain(found) for found in diagnostics])


def as_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Return workflow commands, which GitHub shows at the line in the pull request."""
    names = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
    return "\n".join(
        f"::{names[found.level]} file={_property(found.path)},line={found.position.line},col={found.position.column},"
        f"title={_property(found.code)}::{_data(f'{found.message}. {found.hint}'.strip())}"
        for found in diagnostics
    )


def as_sarif(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a SARIF 2.1.0 log with one run, as code scanning reads it."""
    codes = sorted({found.code for found in diagnostics})
    rules = [
        {
            "id": code,
            "shortDescription": {"text": catalogue()[code].title},
            "fullDescription": {"text": catalogue()[code].why},
        }
        for code in codes
    ]
    results: list[dict[str, Any]] = [
        {
            "ruleId": found.code,
            "ruleIndex": codes.index(found.code),
            "level": str(found.level),
            "message": {"text": f"{found.message}. {found.hint}".strip()},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": quote(found.path, errors="surrogateescape")},
                        "region": {"startLine": found.position.line, "startColumn": found.position.column},
                    }
                }
            ],
        }
        for found in diagnostics
    ]
    driver = {"name": "calmroom", "version": __version__, "rules": rules}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
    }
    return terminal.as_json(log)


def _plain(found: Diagnostic) -> dict[str, Any]:
    return {
        "path": found.path,
        "line": found.position.line,
        "column": found.position.column,
        "code": found.code,
        "level": str(found.level),
        "message": found.message,
        "hint": found.hint,
    }


def _data(text: str) -> str:
    return printable.text(text.replace("\r", "\n")).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


TOOLS: Mapping[str, Callable[[Sequence[Diagnostic]], str]] = {
    "json": as_json,
    "github": as_github,
    "sarif": as_sarif,
}
