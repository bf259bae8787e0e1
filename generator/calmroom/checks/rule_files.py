"""Rules of language of a knowledge base itself: `checks/language.yaml`, written as Calmroom's own are.

A pattern is tried on hostile texts in a process of its own before it is used; one that takes more than its share of
`BUDGET` is refused (CR692), since it would take as long again for every record.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from calmroom.checks import language
from calmroom.records import door, yaml_text
from calmroom.records.diagnostics import Diagnostic, Level, Position
from calmroom.records.yaml_text import Document

FILE = "checks/language.yaml"
MOST = 200
BUDGET = 2.0
"""Seconds in which every pattern of a file must have read its hostile texts."""
_CODES = tuple(f"CR{number}" for number in range(606, 613))
_FIELDS = frozenset({"id", "code", "words", "also", "pattern", "who", "unless", "say", "hint", "write"})
_TRIAL = """
import json, re, sys
patterns = json.load(sys.stdin)
for number, pattern in enumerate(patterns):
    print(number, flush=True)
    compiled = re.compile(pattern, re.IGNORECASE)
    letters = [part for part in re.findall(r"[a-zA-Z]{1,12}", re.sub(r"\\\\\\\\.", " ", pattern))][:12]
    for unit in ["a", "a ", "ab ", "1", " ", "-", "aA", "the ", "a.", *letters, *(part + " " for part in letters)]:
        for text in (unit * (2000 // len(unit)), unit * (2000 // len(unit)) + "!", unit * (2000 // len(unit)) + "\\n\\x00"):
            for _ in compiled.finditer(text):
                pass
print("done", flush=True)
"""


def read(root: Path) -> tuple[tuple[language.Rule, ...], list[Diagnostic]]:
    """Return the rules of a knowledge base, and what was wrong in its file."""
    file = root / FILE
    problems: list[Diagnostic] = []
    if not file.exists():
        return (), []
    text = door.text(file, FILE, root, problems.append)
    if text is None:
        return (), problems
    document = yaml_text.read(text)
    problems += [Diagnostic(f.code, FILE, f.position, f.message, f.hint) for f in document.faults]
    entries = document.value.get("rules") if isinstance(document.value, dict) else None
    if not isinstance(entries, list):
        if not problems:
            problems.append(
                _fault(document, (), "the file has no list `rules`", "Write `rules:` and the rules below it.")
            )
        return (), problems
    made = [(index, _rule(entry, index, document, problems)) for index, entry in enumerate(entries[:MOST])]
    rules = [(index, rule) for index, rule in made if rule is not None]
    slow = too_slow([written for _, rule in rules for written in (rule.written, rule.unwanted) if written])
    kept = []
    for index, rule in rules:
        if {rule.written, rule.unwanted} & slow:
            message = f"the pattern of `{rule.id}` takes too long on some texts"
            hint = "Let no two parts that repeat fit the same signs, as `(a+)+` and `.*.*` do; bound them: `\\w{1,30}`."
            problems.append(_fault(document, ("rules", index, "pattern"), message, hint))
        else:
            kept.append(rule)
    return tuple(kept), problems


def _rule(entry: Any, index: int, document: Document, problems: list[Diagnostic]) -> language.Rule | None:
    at = ("rules", index)
    if not isinstance(entry, dict) or not {"id", "code", "words", "pattern", "say"} <= entry.keys():
        problems.append(_fault(document, at, "a rule needs `id`, `code`, `words`, `pattern` and `say`", "Write them."))
        return None
    if unknown := sorted(set(entry) - _FIELDS):
        problems.append(
            _fault(
                document,
                (*at, unknown[0]),
                f"unknown field `{unknown[0]}`",
                f"The fields are {', '.join(sorted(_FIELDS))}.",
            )
        )
        return None
    if entry["code"] not in _CODES:
        problems.append(
            _fault(document, (*at, "code"), f"`{entry['code']}` is no code of language", f"Valid: {', '.join(_CODES)}.")
        )
        return None
    texts = [
        entry[name] for name in ("id", "pattern", "say", *(n for n in ("unless", "hint", "write", "who") if n in entry))
    ]
    if not all(isinstance(text, str) and text for text in texts) or not isinstance(entry["words"], list):
        problems.append(_fault(document, at, "a rule's fields are texts, its `words` a list", "Put texts into quotes."))
        return None
    try:
        made = language.rule({**entry, "words": [str(word).lower() for word in entry["words"]]}, language.load())
        re.compile(made.written), re.compile(made.unwanted)
        return made
    except (re.error, OverflowError, RecursionError) as error:
        problems.append(
            _fault(document, (*at, "pattern"), f"not a regular expression: {error}", "Mend it; Python's `re` reads it.")
        )
        return None


def too_slow(patterns: list[str]) -> set[str]:
    """Return the patterns that take too long on hostile texts; they are tried in a process that can be ended."""
    slow: set[str] = set()
    left = list(patterns)
    while left:
        trial = subprocess.Popen(  # noqa: S603 - our own interpreter, our own program; the patterns are data
            [sys.executable, "-I", "-S", "-c", _TRIAL], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        try:
            said, _ = trial.communicate(json.dumps(left), timeout=BUDGET)
        except subprocess.TimeoutExpired:
            trial.kill()
            said, _ = trial.communicate()
        reached = said.split()
        if reached and reached[-1] == "done":
            break
        number = int(reached[-1]) if reached else 0
        slow.add(left[number])
        left = left[number + 1 :]
    return slow


def _fault(document: Document, at: yaml_text.Path, message: str, hint: str) -> Diagnostic:
    place = document.position(at) if at else Position()
    return Diagnostic("CR692", FILE, place, message, hint, Level.ERROR)
