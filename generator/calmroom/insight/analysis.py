"""Everything that is computed from a knowledge base on one day, each once and when it is first asked for."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path

from calmroom.insight import actions, patterns, population
from calmroom.insight.actions import Item
from calmroom.insight.occurrences import Occurred, Place
from calmroom.insight.patterns import Patterns
from calmroom.insight.population import Population
from calmroom.insight.similarity import Heard, Said, Similarity
from calmroom.knowledge import KnowledgeBase

HEARD = "heard"
WORTH_KEEPING = 200
"""From so many records on, keeping what they say is quicker than listening again."""


class Analysis:
    """What a knowledge base says across its records; `today` is the day against which ages and lateness count."""

    def __init__(self, base: KnowledgeBase, today: date) -> None:
        """Compute nothing yet."""
        self.base = base
        self.today = today
        self.said: Said | None = None
        """What the records say, own first, where somebody has listened to them already."""
        self.occurred = Occurred(base)

    @cached_property
    def population(self) -> Population:
        """The records that figures count."""
        return population.of(self.base.records)

    @cached_property
    def similarity(self) -> Similarity:
        """Every record, ready to be compared."""
        said, self.said = self.said, None
        return Similarity(self.base.own_first, heard(self.base).said if said is None else said)

    @cached_property
    def actions(self) -> list[Item]:
        """Every action of the records that figures count."""
        return actions.items(self.population.records, self.today)

    @cached_property
    def promised_elsewhere(self) -> list[Item]:
        """Actions of other organisations, where the figures count our own."""
        if self.population.elsewhere:
            return []
        return actions.items((r for r in self.base.records if r.organisation and not r.fictional), self.today)

    @cached_property
    def occurrences(self) -> Mapping[str, list[Place]]:
        """Where each term occurs: `(kind, id, title)` of records, playbooks and scripts, each once."""
        return self.occurred.places()

    @cached_property
    def patterns(self) -> Patterns:
        """The steps and chains of factors that recur."""
        return patterns.find(self.population.records)


_held: dict[Path, Heard] = {}
"""What was heard last in this process, by knowledge base: a preview asks after every saved edit."""


def heard_before(base: KnowledgeBase) -> Heard | None:
    """Return what was heard when the records of a knowledge base were listened to last, as far as it was kept."""
    before = _held.get(base.root)
    found = base.store.derived(HEARD) if base.store and before is None else None
    if found:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            before = Heard.unpacked(found[1])
    return before


def heard(base: KnowledgeBase) -> Heard:
    """Return what the records of a knowledge base say, own first; only those that changed are listened to."""
    before = heard_before(base)
    made = Heard.of(base.own_first, before)
    keep_heard(base, before, made)
    _held.clear()
    _held[base.root] = made
    return made


def keep_heard(base: KnowledgeBase, before: Heard | None, made: Heard) -> None:
    """Keep what was heard for the next time, where it is worth that and differs from what is kept."""
    is_new = base.root not in _held and (before is None or made.keys != before.keys)
    if base.store and is_new and len(made.keys) >= WORTH_KEEPING:
        base.store.keep_derived(HEARD, b"", made.packed())
