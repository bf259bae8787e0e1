"""What Calmroom says when something in a file is not as it should be.

A `Diagnostic` names the file, the line and column, what is wrong and what to write instead. Its code is stable: the
catalogue in `words/diagnostics.yaml` explains each one, and the site has a page made from it.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

WORDS = Path(__file__).parent.parent / "words"


class Level(StrEnum):
    """How much a diagnostic matters, in SARIF's words (SARIF 2.1.0, section 3.27.10)."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


class Position(NamedTuple):
    """A place in a text: line and column, both counted from 1."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True)
class Edit:
    """A change of a file that mends a finding: what stands from `start` up to `end` gives way to `text`.

    Columns count Unicode code points, as SARIF's `unicodeCodePoints`; `end` is the place after the last of them.
    """

    start: Position
    end: Position
    text: str


@dataclass(frozen=True)
class Diagnostic:
    """One finding about one place in one file.

    `path` is relative to the knowledge base and uses forward slashes. `message` says what is wrong, `hint` what to
    write instead; `source` is the line of the file it speaks of, for showing it. `end` is the place after what it
    speaks of, where that is known, and `edit` a change that mends it.
    """

    code: str
    path: str
    position: Position
    message: str
    hint: str = ""
    level: Level = Level.ERROR
    source: str = ""
    end: Position | None = None
    edit: Edit | None = None

    @property
    def sort_key(self) -> tuple[str, int, int, str]:
        """File, then place, then code: the order in which a person mends them."""
        return (self.path, self.position.line, self.position.column, self.code)


@dataclass(frozen=True)
class Explanation:
    """The catalogue's entry for one code: a title, why it matters, an example before and after, where that is from."""

    code: str
    title: str
    why: str
    wrong: str = ""
    right: str = ""
    source: str = ""


@cache
def catalogue() -> dict[str, Explanation]:
    """Return every diagnostic code with its explanation, in the order of the codes."""
    loaded: dict[str, dict[str, Any]] = yaml.load(
        (WORDS / "diagnostics.yaml").read_text("utf-8"),
        Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),  # noqa: S506 - both are safe loaders
    )
    return {code: Explanation(code=code, **entry) for code, entry in sorted(loaded.items())}


def nearest(written: object, valid: Iterable[str]) -> str | None:
    """Return the valid word nearest to what was written, or None when nothing is near.

    A number is compared with the words' own numbers too: `1` is near `sev1`.
    """
    word = str(written).strip().lower().replace("_", "-")
    words = list(valid)
    for candidate in words:
        if candidate.lower().replace("_", "-") == word:
            return candidate
    if word.isdigit():
        ending = [candidate for candidate in words if candidate.rstrip("0123456789") + word == candidate]
        if len(ending) == 1:
            return ending[0]
    lowered = {candidate.lower().replace("_", "-"): candidate for candidate in words}
    close = difflib.get_close_matches(word, lowered, n=1, cutoff=0.6)
    return lowered[close[0]] if close else None


def sort(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Return diagnostics in the order of files and lines, each only once."""
    return sorted(set(diagnostics), key=lambda d: d.sort_key)
