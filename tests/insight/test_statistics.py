"""Each statistic against a worked example that somebody else published, named with its source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmroom.insight import statistics


def test_a_poisson_interval_is_that_of_the_nickel_workers():
    # R, help page of poisson.test: 137 deaths where 24.19893 were expected, standardised mortality 4.753125 to 6.692709.
    found = statistics.count_interval(137)
    assert (found.low / 24.19893, found.high / 24.19893) == pytest.approx((4.753125, 6.692709), abs=1e-5)


def test_a_count_of_none_reaches_up_to_3_689():
    # Garwood's table; the "rule of three" at 97.5 per cent: -ln(0.025).
    found = statistics.count_interval(0)
    assert (found.low, found.high) == (0.0, pytest.approx(3.6889, abs=1e-4))


def test_two_rates_compare_like_those_of_fredericia():
    # R, help page of poisson.test (eba1977): 11 cases in 800 against 21 in 3011; p = 0.07967, ratio 1.9715 (0.8584 to 4.2773).
    found = statistics.compare_counts(11, 800, 6 + 8 + 7, 1083 + 1050 + 878)
    assert found.p == pytest.approx(0.07967, abs=1e-5)
    assert found.ratio == pytest.approx(1.971488, abs=1e-6)
    assert (found.interval.low, found.interval.high) == pytest.approx((0.858426, 4.277266), abs=1e-5)


def test_a_share_has_the_interval_that_newcombe_gives():
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3: 81 of 263, 0.2553 to 0.3662; 0 of 20, 0 to 0.1611.
    assert tuple(vars(statistics.share_interval(81, 263)).values()) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert tuple(vars(statistics.share_interval(0, 20)).values()) == pytest.approx((0.0, 0.1611), abs=5e-5)


@pytest.mark.parametrize(
    ("n", "low", "high"), [(8, 1, 8), (9, 2, 8), (10, 2, 9), (12, 3, 10), (15, 4, 12), (20, 6, 15)]
)
def test_a_median_has_the_order_statistics_of_the_tables(n, low, high):
    # Table A.7, "Confidence Intervals for the Population Median" (coursehero.com/file/5646626): n = 10 gives x(2) and x(9), 97.9%.
    found = statistics.quartiles([float(value) for value in range(1, n + 1)])
    assert found is not None
    assert (found.interval.low, found.interval.high) == (low, high)


def test_the_remission_times_of_freireich_fall_as_kaplan_and_meier_say():
    # 6-MP group of Freireich et al. (1963) as worked in Kleinbaum and Klein, Survival Analysis, chapter 2.
    ended = [6, 6, 6, 7, 10, 13, 16, 22, 23]
    running = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    found = statistics.survival(ended, running)
    assert found is not None
    assert found.times == (6, 7, 10, 13, 16, 22, 23)
    assert found.shares == pytest.approx((0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482), abs=5e-5)
    assert found.at_risk == (21, 17, 15, 12, 11, 7, 6)
    assert found.median == 23
    assert all(i.low <= share <= i.high for i, share in zip(found.intervals, found.shares, strict=True))


def test_two_properties_meet_like_the_tea_and_the_milk():
    # Fisher (1935) as in Agresti, Categorical Data Analysis, section 3.5: 3 of 4 right gives a one-sided p of 0.243.
    found = statistics.association(8, 4, 4, 3)
    assert found.p == pytest.approx(0.2429, abs=5e-5)
    assert found.expected == 2


def test_p_values_are_adjusted_like_benjamini_and_hochbergs():
    # Benjamini and Hochberg (1995), section 4.1: of fifteen p-values the first four are below 0.05 when adjusted.
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1.0,
    ]
    assert sum(value <= 0.05 for value in statistics.adjusted(p)) == 4
    assert statistics.adjusted([]) == []


def test_nothing_is_claimed_from_fewer_than_eight_values():
    assert statistics.quartiles([1.0] * 7) is None
    assert statistics.quartiles([1.0] * 8) is not None


def test_nothing_counted_gives_an_answer_and_no_exception():
    assert statistics.share_interval(0, 0) == statistics.Interval(0.0, 1.0)
    assert statistics.survival([], []) is None
    assert statistics.survival([], [3.0]) is None
    assert statistics.compare_counts(0, 10, 0, 10).ratio is None
    with pytest.raises(ValueError, match="positive"):
        statistics.compare_counts(1, 0, 1, 10)


@given(st.lists(st.floats(0, 1e9), min_size=8, max_size=60))
def test_a_median_lies_in_its_interval_and_quartiles_are_in_order(values):
    found = statistics.quartiles(values)
    assert found is not None
    assert found.interval.low <= found.median <= found.interval.high
    assert found.lower <= found.median <= found.upper


@given(st.integers(0, 500), st.integers(0, 500))
def test_an_interval_holds_its_share_and_its_count(count, more):
    share = statistics.share_interval(count, count + more)
    if count + more:
        assert 0 <= share.low <= count / (count + more) + 1e-12
        assert count / (count + more) - 1e-12 <= share.high <= 1
    whole = statistics.count_interval(count)
    assert whole.low <= count <= whole.high


@given(st.lists(st.integers(0, 400), min_size=1, max_size=40), st.lists(st.integers(0, 400), max_size=40))
def test_a_curve_only_falls_and_ends_of_everything_end_at_none(ended, running):
    found = statistics.survival(ended, running)
    assert found is not None
    assert list(found.shares) == sorted(found.shares, reverse=True)
    assert all(0 <= i.low <= i.high <= 1 for i in found.intervals)
    if not running:
        assert found.shares[-1] == pytest.approx(0)
