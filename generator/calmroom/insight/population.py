"""Which records a figure counts, and which it leaves out and says so.

Counting needs a population. A fictional example is never in it. Records of other organisations are read to learn from;
they were chosen, so their number says nothing about how often things happen here, and their actions are not ours to
close. As soon as one record is our own, figures count our own alone; until then they count the others and say that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from calmroom.records.model import Record


@dataclass(frozen=True)
class Population:
    """The records that count: incidents and, beside them, near misses, both newest first.

    `elsewhere` says that all of them are of other organisations. `others` and `fictional` are how many records were
    left out because they are of another organisation or made up.
    """

    incidents: tuple[Record, ...] = ()
    near_misses: tuple[Record, ...] = ()
    elsewhere: bool = False
    others: int = 0
    fictional: int = 0

    @property
    def records(self) -> tuple[Record, ...]:
        """Incidents and near misses together, newest first."""
        return tuple(sorted((*self.incidents, *self.near_misses), key=lambda r: (r.day, r.id), reverse=True))

    def within(self, records: Iterable[Record]) -> Population:
        """Return the part of this population that is among `records`: those of a service, a factor or a year."""
        asked = list(records)
        ids = {record.id for record in asked}
        kept = ids & {record.id for record in (*self.incidents, *self.near_misses)}
        fictional = sum(record.fictional for record in asked)
        return Population(
            tuple(record for record in self.incidents if record.id in ids),
            tuple(record for record in self.near_misses if record.id in ids),
            self.elsewhere,
            len(ids) - len(kept) - fictional,
            fictional,
        )


def of(records: Iterable[Record]) -> Population:
    """Return the population of a knowledge base's records (newest first)."""
    every = list(records)
    real = [record for record in every if not record.fictional]
    ours = [record for record in real if record.ours]
    counted = ours or real
    return Population(
        incidents=tuple(record for record in counted if not record.near_miss),
        near_misses=tuple(record for record in counted if record.near_miss),
        elsewhere=bool(real) and not ours,
        others=len(real) - len(counted),
        fictional=len(every) - len(real),
    )
