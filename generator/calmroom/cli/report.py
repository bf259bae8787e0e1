"""Diagnostics for tools: JSON, GitHub annotations, GitLab's report of code quality and SARIF 2.1.0."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from calmroom import __version__, printable, terminal
from calmroom.records.diagnostics import Diagnostic, Level, Position, catalogue


def as_json(diagnostics: Sequence[Diagnostic]) -> str:
    """Return a JSON list: an object each with `path`, `line`, `column`, `code`, `level`, `message` and `hint`.

    Where they are known it has `end_line` and `end_column` too, the place after what it speaks of, and `edit`: the same
    four for what gives way, and `text`, what takes its place.
    """
    return terminal.as_json([_plain(found) for found in diagnostics])


def as_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Return workflow commands, which GitHub shows at the line in the pull request."""
    names = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}
    return "\n".join(
        f"::{names[found.level]} file={_property(found.path)},line={found.position.line},col={found.position.column},"
        f"{_end(found)}title={_property(found.code)}::{_data(f'{found.message}. {found.hint}'.strip())}"
        for found in diagnostics
    )


def _end(found: Diagnostic) -> str:
    """Return where an annotation ends; GitHub counts the last column in, and reads columns on one line only."""
    if found.end is None:
        return ""
    column = f"endColumn={max(1, found.end.column - 1)}," if found.end.line == found.position.line else ""
    return f"endLine={found.end.line},{column}"


def as_gitlab(diagnostics: Sequence[Diagnostic]) -> str:
    """Return GitLab's report of code quality, which a merge request shows beside the lines."""
    severities = {Level.ERROR: "critical", Level.WARNING: "minor", Level.NOTE: "info"}
    seen: dict[str, int] = {}
    report = []
    for found in diagnostics:
        what = "\0".join((found.code, found.path, found.message, found.source.strip()))
        number = seen[what] = seen.get(what, -1) + 1
        report.append(
            {
                "description": printable.text(f"{found.message}. {found.hint}".strip()),
                "check_name": found.code,
                # Of what it says and where it stands, without the number of the line: it stays when others move it.
                "fingerprint": hashlib.sha256(f"{what}\0{number}".encode("utf-8", "replace")).hexdigest(),
                "severity": severities[found.level],
                "location": {"path": printable.text(found.path), "lines": {"begin": found.position.line}},
            }
        )
    return terminal.as_json(report)


def _region(begin: Position, end: Position | None) -> dict[str, int]:
    region = {"startLine": begin.line, "startColumn": begin.column}
    return region | {"endLine": end.line, "endColumn": end.column} if end else region


def _fixes(found: Diagnostic) -> dict[str, Any]:
    """Return what SARIF calls fixes (section 3.27.30): one change of one file."""
    if found.edit is None:
        return {}
    replacement = {
        "deletedRegion": _region(found.edit.start, found.edit.end),
        "insertedContent": {"text": found.edit.text},
    }
    change = {"artifactLocation": {"uri": _uri(found.path)}, "replacements": [replacement]}
    return {"fixes": [{"description": {"text": found.hint or found.message}, "artifactChanges": [change]}]}


def _uri(path: str) -> str:
    return quote(path, errors="surrogateescape")


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
                        "artifactLocation": {"uri": _uri(found.path)},
                        "region": _region(found.position, found.end),
                    }
                }
            ],
            **_fixes(found),
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
    more: dict[str, Any] = {}
    if found.end is not None:
        more = {"end_line": found.end.line, "end_column": found.end.column}
    if (edit := found.edit) is not None:
        more["edit"] = {
            "line": edit.start.line,
            "column": edit.start.column,
            "end_line": edit.end.line,
            "end_column": edit.end.column,
            "text": edit.text,
        }
    return {
        "path": found.path,
        "line": found.position.line,
        "column": found.position.column,
        "code": found.code,
        "level": str(found.level),
        "message": found.message,
        "hint": found.hint,
        **more,
    }


def _data(text: str) -> str:
    return printable.text(text.replace("\r", "\n")).replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


TOOLS: Mapping[str, Callable[[Sequence[Diagnostic]], str]] = {
    "json": as_json,
    "github": as_github,
    "gitlab": as_gitlab,
    "sarif": as_sarif,
}
