"""Precision and recall of the check of blame and hindsight, on labelled sentences."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from calmroom.checks import language
from calmroom.checks.passages import Passage

SENTENCES = Path(__file__).with_name("sentences.tsv")


@dataclass(frozen=True)
class Labelled:
    """A sentence, the code that must be found in it (empty for an innocent one), and where it is from."""

    code: str
    origin: str
    text: str

    @property
    def held_back(self) -> bool:
        """Whether it is kept from tuning."""
        return int(hashlib.sha256(self.text.encode()).hexdigest()[0], 16) % 2 == 1


@dataclass
class Score:
    """What was found of what: true and false alarms, what was missed, and how many had the code of their label."""

    sentences: int = 0
    blaming: int = 0
    right_code: int = 0
    found: list[Labelled] = field(default_factory=list)
    false_alarms: list[Labelled] = field(default_factory=list)
    missed: list[Labelled] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """The part of all findings that is right."""
        return len(self.found) / max(1, len(self.found) + len(self.false_alarms))

    @property
    def recall(self) -> float:
        """The part of all blaming sentences that was found."""
        return len(self.found) / max(1, self.blaming)

    def line(self, name: str) -> str:
        """Return the figures in a line."""
        return (
            f"{name:<11}{self.sentences:>10}{self.blaming:>9}{len(self.found):>8}{len(self.false_alarms):>14}"
            f"{len(self.missed):>8}{self.precision:>11.2f}{self.recall:>8.2f}{self.right_code / max(1, len(self.found)):>12.2f}"
        )


def labelled() -> list[Labelled]:
    """Return every labelled sentence."""
    rows = [line.split("\t") for line in SENTENCES.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [Labelled("" if code == "-" else code, origin, text) for code, origin, text in rows]


def score(items: Sequence[Labelled]) -> Score:
    """Let the check read each sentence and count."""
    counted = Score(sentences=len(items), blaming=sum(bool(item.code) for item in items))
    for item in items:
        codes = {found.rule.code for found in language.find(Passage((), item.text))}
        if item.code and codes:
            counted.found.append(item)
            counted.right_code += item.code in codes
        elif item.code:
            counted.missed.append(item)
        elif codes:
            counted.false_alarms.append(item)
    return counted
