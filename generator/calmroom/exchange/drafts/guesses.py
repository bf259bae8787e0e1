"""What kind of event a message is taken for, by rules that are data (`words/event-guesses.yaml`). Always a guess."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import yaml

from calmroom.records.diagnostics import WORDS

LOOKED_AT = 600
"""So many signs of a message are looked at: what it is stands at its beginning."""
NOTE = 1
"""The weight of a message that fits no rule."""


class Guess(NamedTuple):
    """The kind of an event, the moment it may be, how much it matters."""

    kind: str
    moment: str
    weight: int


@dataclass(frozen=True)
class Rules:
    """Rules in their order, and what is not worth an event."""

    quiet: tuple[re.Pattern[str], ...]
    rules: tuple[tuple[re.Pattern[str], Guess], ...]

    def is_quiet(self, text: str) -> bool:
        """Say whether a message says nothing that a timeline needs."""
        low = text[:LOOKED_AT].casefold()
        return len(low) < 120 and any(pattern.search(low) for pattern in self.quiet)

    def of(self, text: str) -> Guess:
        """Return the guess for a message."""
        low = text[:LOOKED_AT].casefold().replace("’", "'")
        return next((guess for pattern, guess in self.rules if pattern.search(low)), Guess("note", "", NOTE))


@cache
def shipped() -> Rules:
    """Return the rules that come with Calmroom."""
    loaded = yaml.safe_load((WORDS / "event-guesses.yaml").read_text("utf-8"))
    return Rules(
        tuple(re.compile(pattern) for pattern in loaded["quiet"]),
        tuple(
            (re.compile(rule["pattern"]), Guess(rule["kind"], rule.get("moment", ""), rule["weight"]))
            for rule in loaded["rules"]
        ),
    )
