"""What recurs: counted from few records by hand, and recomputed from every record of this repository."""

from __future__ import annotations

import datetime

import pytest

from calmroom import knowledge
from calmroom.insight import population, trends
from tests.conftest import ROOT
from tests.insight.build import action, factor, record, times

TODAY = datetime.date(2026, 4, 15)
OWN = knowledge.read(ROOT)


def test_fictional_records_never_count_and_near_misses_stand_beside():
    found = population.of(
        [record("2026-03-01-a"), record("2026-02-01-b", near_miss=True), record("2026-01-01-c", fictional=True)]
    )
    assert [r.id for r in found.incidents] == ["2026-03-01-a"]
    assert [r.id for r in found.near_misses] == ["2026-02-01-b"]
    assert (found.fictional, found.others, found.elsewhere) == (1, 0, False)


def test_as_soon_as_one_record_is_our_own_others_are_left_out_and_counted():
    theirs = [record("2026-03-01-a", organisation="Elsewhere"), record("2026-02-01-b", organisation="Elsewhere")]
    assert population.of(theirs).elsewhere
    found = population.of([*theirs, record("2026-01-01-c")])
    assert ([r.id for r in found.records], found.others, found.elsewhere) == (["2026-01-01-c"], 2, False)


def test_a_year_without_an_incident_is_a_count_of_none():
    counted = population.of([record("2026-03-01-a"), record("2024-03-01-b", severity="sev1"), record("2024-05-01-c")])
    years = trends.years(counted, TODAY)
    assert [(year.year, year.count, year.whole) for year in years] == [
        (2026, 1, False),
        (2025, 0, True),
        (2024, 2, True),
    ]
    assert years[2].severities == {"sev1": 1, "sev2": 1}
    assert years[1].interval.high == pytest.approx(3.689, abs=1e-3)


def test_this_year_is_compared_by_days_and_not_at_all_for_a_collection():
    ours = [record(f"2025-0{n}-01-a") for n in range(1, 9)] + [record("2026-01-01-b"), record("2026-02-01-c")]
    found = trends.this_year(population.of(ours), TODAY)
    assert found is not None
    assert (found.this.count, found.days, found.last.count, found.days_last) == (2, 105, 8, 365)
    assert found.result.ratio == pytest.approx((2 / 105) / (8 / 365))
    assert found.result.p > 0.05
    theirs = [record(f"2025-0{n}-01-a", organisation="X") for n in range(1, 9)]
    assert trends.this_year(population.of(theirs), TODAY) is None


def test_durations_are_points_with_bounds_and_the_missing_are_named():
    listed = [
        record("2026-03-01-a", times=times("2026-03-01T10:00Z", detected="2026-03-01T10:30Z")),
        record("2026-03-02-b", times=times("2026-03-02Txx:xxZ", detected="2026-03-04Txx:xxZ")),
        record("2026-03-03-c"),
    ]
    detect = trends.spreads(listed)[0]
    assert [(p.record.id, p.low, p.high) for p in detect.points] == [
        ("2026-03-01-a", 1800, 1800),
        ("2026-03-02-b", 86_400, 3 * 86_400),
    ]
    assert [r.id for r in detect.missing] == ["2026-03-03-c"]
    assert (detect.n, detect.inexact, detect.quartiles) == (2, 1, None)


def test_who_noticed_is_out_of_those_that_say_so():
    listed = [
        record(f"2026-03-0{n}-a", detection={"by": by} if by else {})
        for n, by in enumerate(["customer", "customer", "staff", None], 1)
    ]
    shares, without = trends.detectors(listed)
    assert [(s.name, s.count, s.n) for s in shares] == [("customer", 2, 3), ("staff", 1, 3)]
    assert [r.id for r in without] == ["2026-03-04-a"]


def test_a_kind_counts_once_a_record_and_pairs_are_held_against_chance():
    both = [
        record(f"2026-03-0{n}-a", factors=[factor("a", "change"), factor("b", "design"), factor("c", "change")])
        for n in range(1, 5)
    ]
    neither = [record(f"2026-04-0{n}-b", factors=[factor("a", "capacity")]) for n in range(1, 5)]
    shares, _ = trends.factor_kinds([*both, *neither])
    assert [(s.name, s.count, s.n) for s in shares] == [("capacity", 4, 8), ("change", 4, 8), ("design", 4, 8)]
    (pair,) = trends.pairs([*both, *neither])
    assert (pair.first, pair.second, pair.count, pair.expected) == ("change", "design", 4, 2.0)
    assert pair.p == pytest.approx(3 * (1 / 70), abs=1e-6)  # Fisher's one-sided p is 1/70; three pairs were looked at


def test_a_factor_comes_back_only_later_in_the_same_service_and_of_the_same_kind():
    done = action("x", "done", done_on="2026-03-10", addresses=["a"])
    first = record(
        "2026-03-01-a", services=["shop"], factors=[factor("a", "change")], actions=[done, action("y", "done")]
    )
    again = record("2026-03-20-b", services=["shop"], factors=[factor("b", "change")])
    before = record("2026-03-05-c", services=["shop"], factors=[factor("b", "change")])
    other_service = record("2026-03-21-d", services=["mail"], factors=[factor("b", "change")])
    other_kind = record("2026-03-22-e", services=["shop"], factors=[factor("b", "design")])
    found, unknown = trends.returns([other_kind, other_service, again, before, first])
    assert [(i.action.id, i.kinds, [r.id for r in i.later]) for i in found] == [("x", ("change",), ["2026-03-20-b"])]
    assert unknown == 1


def test_strength_is_out_of_those_that_say_it_and_leaves_declined_out():
    one = record(
        "2026-03-01-a",
        actions=[
            action("a", "done", strength="stronger"),
            action("b", strength="weaker"),
            action("c"),
            action("d", "declined", strength="weaker", reason="No."),
        ],
    )
    found, unrated = trends.strengths([one])
    assert [(s.name, s.count, s.done, s.n) for s in found] == [
        ("stronger", 1, 1, 2),
        ("intermediate", 0, 0, 2),
        ("weaker", 1, 0, 2),
    ]
    assert unrated == 1


def test_completeness_puts_what_is_most_often_missing_first():
    found = trends.completeness([record("2026-03-01-a", detection={"by": "staff"}), record("2026-03-02-b")])
    assert found[0].count == 0
    assert (found[-1].name, found[-1].count, found[-1].n) == ("who noticed first", 1, 2)


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_few_records_divide_by_nothing(count):
    counted = population.of([record(f"2026-03-0{n}-a", organisation="X") for n in range(1, count + 1)])
    assert len(trends.completeness(counted.records)) == len(trends.PARTS)
    assert trends.pairs(counted.records) == []
    assert trends.spreads(counted.incidents)[0].quartiles is None
    assert len(trends.years(counted, TODAY)) == min(count, 1)
    assert trends.detectors(counted.records)[0] == []


def test_the_figures_of_this_repository_can_be_recomputed_from_its_records():
    counted = population.of(OWN.records)
    real = [r for r in OWN.records if not r.fictional]
    assert [r.id for r in counted.records] == [r.id for r in real]
    by_customer = next(s for s in trends.detectors(counted.records)[0] if s.name == "customer")
    assert {r.id for r in by_customer.records} == {r.id for r in real if r.detection.by == "customer"}
    assert by_customer.n == sum(r.detection.by is not None for r in real)
    resolve = next(s for s in trends.spreads(counted.incidents) if s.name == "resolve")
    exact = {
        r.id: (r.times.resolved.earliest - r.times.began.earliest).total_seconds()
        for r in real
        if r.times.began and r.times.resolved and max(r.times.began.precision, r.times.resolved.precision) <= 1
    }
    assert exact and {p.record.id: p.middle for p in resolve.points if p.duration.exact} == exact
    design = next(s for s in trends.factor_kinds(counted.records)[0] if s.name == "design")
    assert {r.id for r in design.records} == {r.id for r in real if any(f.kind == "design" for f in r.factors)}
    for strength in trends.strengths(counted.records)[0]:
        assert strength.count == sum(
            a.strength == strength.name and a.status != "declined" for r in real for a in r.actions
        )
