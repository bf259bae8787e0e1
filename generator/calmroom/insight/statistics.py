"""The statistics the figures rest on: thin, typed names for scipy's, with the source of each method.

Every function is pure. Intervals are at 95 per cent and two-sided. Nothing here is a mean: durations of incidents are
so skewed that a mean says little and changes with one record (Davidovič, "Incident Metrics in SRE", O'Reilly 2021).
"""

from __future__ import annotations

import bisect
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

LEVEL = 0.95
FEWEST = 8
"""Below this many values a figure shows its points alone: quartiles and intervals would pretend to know more."""


@cache
def _stats() -> Any:
    """Return scipy's statistics, read when the first figure is computed: most commands compute none."""
    from scipy import stats

    return stats


@cache
def _special() -> Any:
    """Return scipy's special functions, which are read in a third of the time: every group's page needs only these."""
    from scipy import special

    return special


@dataclass(frozen=True)
class Interval:
    """The bounds of a 95 per cent confidence interval."""

    low: float
    high: float


def share_interval(count: int, n: int) -> Interval:
    """Return Wilson's score interval of a share of `count` in `n`, both ends between 0 and 1.

    Source: Wilson (1927), Journal of the American Statistical Association 22; compared with others in Newcombe (1998),
    Statistics in Medicine 17. Without any record (`n` 0) nothing is known: 0 to 1.
    """
    if n == 0:
        return Interval(0.0, 1.0)
    z = float(_special().ndtri(1 - (1 - LEVEL) / 2))
    middle, reach = count + z * z / 2, z * math.sqrt(count * (n - count) / n + z * z / 4)
    low, high = (middle - reach) / (n + z * z), (middle + reach) / (n + z * z)
    return Interval(low if count else 0.0, high if count < n else 1.0)


def count_interval(count: int) -> Interval:
    """Return the exact Poisson interval of a count, in counts.

    Source: Garwood (1936), Biometrika 28: the bounds are halves of chi-squared quantiles with 2k and 2k + 2 degrees
    of freedom.
    """
    tail = (1 - LEVEL) / 2
    quantile = _special().chdtri  # of the upper tail
    low = float(quantile(2 * count, 1 - tail) / 2) if count else 0.0
    return Interval(low, float(quantile(2 * count + 2, tail) / 2))


@dataclass(frozen=True)
class Comparison:
    """How a count compares with another: the ratio of their rates with its interval, and the p-value of no difference.

    `ratio` is None where the other count is zero.
    """

    ratio: float | None
    interval: Interval
    p: float


def compare_counts(count: int, exposure: float, other: int, other_exposure: float) -> Comparison:
    """Compare two Poisson counts over their exposures (days) by the exact conditional test.

    Source: Przyborowski and Wilenski (1940), Biometrika 31: given their sum, one count is binomial. With no incident
    in either the ratio is not known. Raises `ValueError` for an exposure that is not positive.
    """
    if exposure <= 0 or other_exposure <= 0:
        raise ValueError("an exposure must be positive")
    both = count + other
    if both == 0:
        return Comparison(None, Interval(0.0, float("inf")), 1.0)
    found = _stats().binomtest(count, both, exposure / (exposure + other_exposure))
    bounds = found.proportion_ci(LEVEL, method="exact")
    scale = other_exposure / exposure

    def as_ratio(share: float) -> float:
        return float("inf") if share >= 1 else scale * share / (1 - share)

    ratio = scale * count / other if other else None
    return Comparison(ratio, Interval(as_ratio(bounds.low), as_ratio(bounds.high)), float(found.pvalue))


@dataclass(frozen=True)
class Quartiles:
    """The quartiles of some values, and the distribution-free interval of their median."""

    lower: float
    median: float
    upper: float
    interval: Interval


def quartiles(values: Sequence[float]) -> Quartiles | None:
    """Return quartiles and the median's interval; None for fewer than `FEWEST` values.

    Quartiles are Hyndman and Fan's type 7. The interval lies between two order statistics and is exact by the binomial
    distribution (Conover, Practical Nonparametric Statistics, 3rd edition 1999, section 3.2).
    """
    if len(values) < FEWEST:
        return None
    lower, median, upper = (float(value) for value in np.quantile(values, [0.25, 0.5, 0.75]))
    ordered = sorted(values)
    below = _special().bdtr(np.arange(len(ordered)), len(ordered), 0.5)
    rank = int(np.searchsorted(below, (1 - LEVEL) / 2, side="right"))  # so many lie outside on each side
    return Quartiles(lower, median, upper, Interval(ordered[rank - 1], ordered[-rank]))


@dataclass(frozen=True)
class Survival:
    """A Kaplan–Meier curve: at each time with an end, the share still open after it, its interval, and who was at risk.

    `median` is the first time at which half or fewer are open; None while more than half still are.
    """

    times: tuple[float, ...]
    shares: tuple[float, ...]
    intervals: tuple[Interval, ...]
    at_risk: tuple[int, ...]
    median: float | None


def survival(ended: Sequence[float], running: Sequence[float]) -> Survival | None:
    """Return the curve for times that ended and times that are still running (censored); None where nothing ended.

    Source: Kaplan and Meier (1958), Journal of the American Statistical Association 53, with the log–log interval
    (Kalbfleisch and Prentice), which stays between 0 and 1.
    """
    if not ended:
        return None
    everything = sorted([*ended, *running])
    curve = _stats().ecdf(_stats().CensoredData(uncensored=list(ended), right=list(running))).sf
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the formula has no bounds where nothing or everything ended
        bounds = curve.confidence_interval(LEVEL, method="log-log")
    times, shares, intervals, at_risk = [], [], [], []
    ends = set(ended)
    for index, time in enumerate(float(value) for value in curve.quantiles):
        if time not in ends:
            continue
        share = float(curve.probabilities[index])
        low, high = float(bounds.low.probabilities[index]), float(bounds.high.probabilities[index])
        times.append(time)
        shares.append(share)
        intervals.append(Interval(low if low == low else 0.0, high if high == high else share))
        at_risk.append(len(everything) - bisect.bisect_left(everything, time))
    median = next((time for time, share in zip(times, shares, strict=True) if share <= 0.5), None)
    return Survival(tuple(times), tuple(shares), tuple(intervals), tuple(at_risk), median)


@dataclass(frozen=True)
class Association:
    """How often two properties would meet by chance, and the p-value of their meeting at least as often as they did."""

    expected: float
    p: float


def association(n: int, first: int, second: int, both: int) -> Association:
    """Return how `both` compares with chance, where `first` and `second` of `n` records have each property.

    Source: Fisher's exact test, one-sided (Fisher, The Design of Experiments, 1935, chapter 2).
    """
    table = [[both, first - both], [second - both, n - first - second + both]]
    return Association(first * second / n, float(_stats().fisher_exact(table, alternative="greater").pvalue))


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for how many were looked at (Benjamini and Hochberg 1995, JRSS B 57)."""
    return [float(value) for value in _stats().false_discovery_control(p_values)] if p_values else []
