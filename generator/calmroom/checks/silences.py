"""Silences: `# calmroom: allow CR607 – reason` at the end of a line, `<!-- calmroom: allow CR607 – reason -->` in prose.

One silences the findings of its code on its line (in YAML; with a `>` or `|` before it, the lines of that text) or in
its paragraph (in prose; standing alone, in the next one). It must say why (CR691) and must silence something (CR690).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from calmroom.records.diagnostics import Diagnostic, Level, Position

SILENCED = re.compile(r"CR6\d\d\Z")
"""Codes that can be silenced; what makes a record invalid cannot."""
_MARK = re.compile(
    r"(?P<open>#|<!--)[ \t]{0,9}calmroom:[ \t]{0,9}allow[ \t]{1,9}(?P<code>\w{1,12})(?P<rest>[^\n]{0,400})",
    re.IGNORECASE,
)
_REASON = re.compile(r"[ \t]{0,9}(?:–|—|-{1,2}|:)[ \t]{0,9}(?P<reason>\S.{2,})")


@dataclass(frozen=True)
class Silence:
    """One silence: its code, its place, the lines it covers (from, up to and with), its reason."""

    code: str
    position: Position
    first: int
    last: int
    reason: str


def find(text: str, prose_from: int) -> list[Silence]:
    """Return the silences of a file; from line `prose_from` on it is Markdown."""
    if "calmroom:" not in text.lower():
        return []
    lines = text.split("\n")
    found: list[Silence] = []
    for mark in _MARK.finditer(text):
        number = text.count("\n", 0, mark.start()) + 1
        in_prose = number >= prose_from
        if in_prose != (mark["open"] == "<!--"):
            continue
        column = mark.start() - (text.rfind("\n", 0, mark.start()) + 1) + 1
        reason = _REASON.match(mark["rest"].partition("-->")[0])
        first, last = _paragraph(lines, number) if in_prose else _field(lines, number, column)
        said = reason["reason"].strip() if reason else ""
        found.append(Silence(mark["code"].upper(), Position(number, column), first, last, said))
    return found


def _field(lines: Sequence[str], number: int, column: int) -> tuple[int, int]:
    before = lines[number - 1][: column - 1].rstrip()
    if not before.strip():  # alone on its line: it speaks of the next
        return number + 1, number + 1
    last = number
    if re.search(r"[|>][+-]?\d?\Z", before):
        indent = len(before) - len(before.lstrip())
        while last < len(lines) and (not lines[last].strip() or len(lines[last]) - len(lines[last].lstrip()) > indent):
            last += 1
    return number, last


def _paragraph(lines: Sequence[str], number: int) -> tuple[int, int]:
    first = last = number
    alone = not re.sub(r"<!--[^<>]{0,500}-->", "", lines[number - 1]).strip() and (
        number >= len(lines) or not lines[number].strip()
    )
    if alone:
        first = number + 1
        while first <= len(lines) and not lines[first - 1].strip():
            first += 1
        last = first
    while first > 1 and lines[first - 2].strip() and not alone:
        first -= 1
    while last < len(lines) and lines[last].strip():
        last += 1
    return first, last


def apply(
    findings: Sequence[Diagnostic], text: str, path: str, prose_from: int, off: Collection[str], known: Collection[str]
) -> list[Diagnostic]:
    """Return the findings of a file without those silenced, and what is wrong with its silences.

    `off` are codes that the settings turn off: silencing one is no mistake. `known` are the codes there are.
    """
    silences = find(text, prose_from)
    if not silences:
        return list(findings)
    used: set[Silence] = set()
    kept: list[Diagnostic] = []
    for finding in findings:
        by = [
            silence
            for silence in silences
            if silence.code == finding.code
            and silence.reason
            and silence.first <= finding.position.line <= silence.last
        ]
        used.update(by)
        if not by:
            kept.append(finding)
    for silence in silences:
        if silence in used or silence.code in off:
            continue
        if not silence.reason:
            message = f"this silences {silence.code} and does not say why"
            hint = f"Write `calmroom: allow {silence.code} – ` and the reason: whoever reads it next year will ask."
            kept.append(Diagnostic("CR691", path, silence.position, message, hint, Level.WARNING))
        elif silence.code not in known or not SILENCED.match(silence.code):
            message = f"`{silence.code}` cannot be silenced"
            hint = "Only checks of quality can: CR606 to CR699."
            kept.append(Diagnostic("CR690", path, silence.position, message, hint, Level.WARNING))
        else:
            message = f"this silences {silence.code}, and nothing here is found"
            kept.append(Diagnostic("CR690", path, silence.position, message, "Delete it.", Level.WARNING))
    return kept
