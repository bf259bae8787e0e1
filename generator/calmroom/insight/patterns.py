"""Recurring steps and chains of factors: many cause maps laid over one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from calmroom.records.model import Record
from calmroom.records.rules import IMPACT

MOST_NODES = 15
LEAST = 2
LENGTH = 3


@dataclass(frozen=True)
class Chain:
    """Kinds of factor of which each led to the next (the last may be `impact`), and the records in which they did."""

    kinds: tuple[str, ...]
    records: tuple[Record, ...]

    @property
    def count(self) -> int:
        """In how many records."""
        return len(self.records)


@dataclass(frozen=True)
class Patterns:
    """What recurs in the cause maps of n records: single steps, chains of three, and the steps worth drawing."""

    n: int
    steps: tuple[Chain, ...]
    chains: tuple[Chain, ...]
    drawn: tuple[Chain, ...]

    @property
    def nodes(self) -> tuple[str, ...]:
        """The kinds in the drawing, in the order they are first met."""
        return tuple(dict.fromkeys(kind for step in self.drawn for kind in step.kinds))


def find(records: Sequence[Record], least: int = LEAST) -> Patterns:
    """Return the steps and chains that at least `least` records share, most frequent first.

    A record counts once for a step or chain, however often it has it. Drawn are the most frequent steps, as many as fit
    on `MOST_NODES` kinds; a step from a kind to itself is listed only.
    """
    known = [record for record in records if record.factors]
    steps: dict[tuple[str, ...], list[Record]] = {}
    chains: dict[tuple[str, ...], list[Record]] = {}
    for record in known:
        paths = _paths(record)
        for step in {path[i : i + 2] for path in paths for i in range(len(path) - 1)}:
            steps.setdefault(step, []).append(record)
        for chain in {path[i : i + LENGTH] for path in paths for i in range(len(path) - LENGTH + 1)}:
            chains.setdefault(chain, []).append(record)
    recurring = _recurring(steps, least)
    return Patterns(len(known), recurring, _recurring(chains, least), _worth_drawing(recurring))


def _recurring(found: dict[tuple[str, ...], list[Record]], least: int) -> tuple[Chain, ...]:
    made = [Chain(kinds, tuple(records)) for kinds, records in found.items() if len(records) >= least]
    return tuple(sorted(made, key=lambda chain: (-chain.count, chain.kinds)))


def _worth_drawing(steps: Sequence[Chain]) -> tuple[Chain, ...]:
    chosen: list[Chain] = []
    nodes: set[str] = set()
    for step in steps:
        if step.kinds[0] == step.kinds[1] or len(nodes | set(step.kinds)) > MOST_NODES or len(chosen) == 2 * MOST_NODES:
            continue
        chosen.append(step)
        nodes |= set(step.kinds)
    return tuple(chosen)


def _paths(record: Record) -> set[tuple[str, ...]]:
    """Return every run of up to `LENGTH` factors that led to one another, as kinds; `impact` can only be the last."""
    by_id = {factor.id: factor for factor in record.factors}
    found: set[tuple[str, ...]] = set()

    def walk(name: str, path: tuple[str, ...]) -> None:
        longer = (*path, name if name == IMPACT else by_id[name].kind)
        found.add(longer)
        if len(longer) < LENGTH and name != IMPACT:
            for target in by_id[name].leads_to:
                walk(target, longer)

    for factor in record.factors:
        walk(factor.id, ())
    return found
