"""The durations of a group of incidents, one strip a row, as numbers that a template draws.

The large drawings of the page of trends are Vega's and take 60 ms each; a knowledge base has a page for each service,
factor and year, and there a strip is a band, a tick and some dots. The axis is the one of `charts.strips`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from calmroom.insight import trends
from calmroom.insight.trends import Spread
from calmroom.site.charts import HOUR, MINUTE, NARROW, TICKS, Mark

LEFT, RIGHT = 12, NARROW - 18
ROW, BAND, TOP = 78, 46, 26
Marked = Callable[[trends.Point], Mark]


@dataclass(frozen=True)
class Dot:
    """One incident: where it is drawn, how far it can have reached, and where it leads."""

    x: float
    y: float
    low: float
    high: float
    mark: Mark


@dataclass(frozen=True)
class Row:
    """A strip: its title, where it begins, its dots, and where quartiles, median and the median's interval lie."""

    title: str
    y: int
    dots: tuple[Dot, ...]
    quartiles: tuple[float, float, float, float, float] | None


@dataclass(frozen=True)
class Strips:
    """All strips of one drawing, its height, and the ticks of its axis as `(place, text)`."""

    rows: tuple[Row, ...]
    ticks: tuple[tuple[float, str], ...]
    height: int


def of(
    spreads: Sequence[Spread], titles: dict[str, str], points: Callable[[Spread], list[trends.Point]], mark: Marked
) -> Strips | None:
    """Return the strips of some spreads; `points` says which of a spread's are drawn as dots."""
    shown = [(spread, points(spread)) for spread in spreads if spread.points]
    if not shown:
        return None
    longest = max([point.high for _, some in shown for point in some] + [10 * HOUR])
    longest = max([longest, *(spread.quartiles.upper for spread, _ in shown if spread.quartiles)]) * 1.2
    span = math.log(longest / MINUTE)

    def at(seconds: float) -> float:
        return round(LEFT + (RIGHT - LEFT) * math.log(max(seconds, MINUTE) / MINUTE) / span, 1)

    rows = []
    for number, (spread, some) in enumerate(shown):
        q = spread.quartiles
        middle = f" · median {trends.in_words(q.median)}" if q else ""
        dots = tuple(
            Dot(
                at(p.middle),
                round(number * ROW + TOP + BAND * ((index * 0.618034) % 1), 1),
                at(p.low),
                at(p.high),
                mark(p),
            )
            for index, p in enumerate(some)
        )
        quartiles = (at(q.lower), at(q.median), at(q.upper), at(q.interval.low), at(q.interval.high)) if q else None
        rows.append(Row(f"{titles[spread.name]} · n = {spread.n:,}{middle}", number * ROW, dots, quartiles))
    ticks = [(at(tick), text) for tick, text in TICKS.items() if tick <= longest]
    return Strips(tuple(rows), tuple(ticks[::2] if len(ticks) > 4 else ticks), len(rows) * ROW)
