"""Durations are computed from moments, named by them, and no finer than they are known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmroom.insight import durations
from calmroom.records.model import Record
from calmroom.records.moment import Moment


def record(**times: str) -> Record:
    fields = {"title": "A", "severity": "sev1", "status": "draft", "times": times, "id": "2026-03-02-a", "path": "x"}
    return Record.model_validate(fields)


def test_the_three_durations_name_the_moments_they_lie_between():
    found = durations.of(
        record(
            began="2026-03-02T09:02Z",
            detected="2026-03-02T10:10Z",
            mitigated="2026-03-02T11:02Z",
            resolved="2026-03-02T11:30Z",
        )
    )
    assert [(d.name, d.start, d.end, d.text) for d in found] == [
        ("detect", "began", "detected", "1 h 08 min"),
        ("mitigate", "detected", "mitigated", "52 min"),
        ("resolve", "began", "resolved", "2 h 28 min"),
    ]


def test_a_moment_that_is_not_known_gives_no_duration():
    assert [d.name for d in durations.of(record(began="2026-03-02T09:02Z", resolved="2026-03-02T11:30Z"))] == [
        "resolve"
    ]
    assert durations.of(record()) == []


@pytest.mark.parametrize(
    ("began", "resolved", "text", "shortest", "longest"),
    [
        ("2026-03-02Txx:xxZ", "2026-03-02Txx:xxZ", "within the day", timedelta(0), timedelta(days=1)),
        (
            "2026-03-02Txx:xxZ",
            "2026-03-05T10:00Z",
            "about 3 days",
            timedelta(days=2, hours=10),
            timedelta(days=3, hours=10),
        ),
        ("2026-03-02T09:xxZ", "2026-03-02T12:00Z", "about 3 hours", timedelta(hours=2), timedelta(hours=3)),
        (
            "2026-01-xxTxx:xxZ",
            "2026-03-05T10:00Z",
            "about 2 months",
            timedelta(days=32, hours=10),
            timedelta(days=63, hours=10),
        ),
    ],
)
def test_a_duration_between_inexact_moments_says_about(began, resolved, text, shortest, longest):
    (found,) = durations.of(record(began=began, resolved=resolved))
    assert (found.text, found.shortest, found.longest) == (text, shortest, longest)


@pytest.mark.parametrize(
    ("between", "text"),
    [
        (timedelta(0), "0 s"),
        (timedelta(seconds=38), "38 s"),
        (timedelta(seconds=90), "1 min 30 s"),
        (timedelta(minutes=52), "52 min"),
        (timedelta(minutes=59, seconds=59), "1 h"),
        (timedelta(hours=2, minutes=28), "2 h 28 min"),
        (timedelta(hours=47, minutes=59), "47 h 59 min"),
        (timedelta(hours=73), "3 days 1 h"),
        (timedelta(days=117, hours=5), "117 days"),
    ],
)
def test_durations_are_said_in_at_most_two_units(between, text):
    assert durations.in_words(between) == text


@pytest.mark.parametrize(
    ("at", "start", "text"),
    [
        ("2026-03-02T09:40Z", "2026-03-02T09:02Z", "T+38 min"),
        ("2026-03-02T08:41Z", "2026-03-02T09:02Z", "T−21 min"),
        ("2026-03-02T10:02+01:00", "2026-03-02T09:02Z", "T+0"),
        ("2026-03-04Txx:xxZ", "2026-03-02T09:02Z", "T+2 days"),
        ("2026-03-02Txx:xxZ", "2026-03-02T09:02Z", "T"),
    ],
)
def test_offsets_count_from_the_beginning(at, start, text):
    assert durations.offset(Moment.parse(at), Moment.parse(start)) == text


def test_phases_last_together_from_the_first_to_the_last_moment():
    phases = durations.phases(
        record(
            began="2026-03-02T09:02Z",
            detected="2026-03-02T10:10Z",
            mitigated="2026-03-02T11:02Z",
            resolved="2026-03-02T11:30Z",
        )
    )
    assert [(p.name, p.duration.text) for p in phases] == [
        ("unnoticed", "1 h 08 min"),
        ("responding", "52 min"),
        ("recovering", "28 min"),
    ]
    assert sum(p.share for p in phases) == pytest.approx(100, abs=0.1)


def test_without_mitigation_responding_lasts_until_the_end():
    phases = durations.phases(
        record(began="2026-03-02T09:00Z", detected="2026-03-02T10:00Z", resolved="2026-03-02T11:00Z")
    )
    assert [(p.name, p.duration.text) for p in phases] == [("unnoticed", "1 h"), ("responding", "1 h")]


def test_without_a_moment_of_detection_nothing_is_called_a_response():
    phases = durations.phases(
        record(began="2026-03-02T09:00Z", mitigated="2026-03-02T10:00Z", resolved="2026-03-02T11:00Z")
    )
    assert [(p.title, p.duration.text) for p in phases] == [("Affected", "1 h"), ("Recovering", "1 h")]


def test_a_duration_between_one_moment_and_itself_is_at_once():
    (found,) = durations.of(record(began="2026-03-02T09:00Z", detected="2026-03-02T09:00Z"))
    assert found.text == "at once"


def test_phases_of_no_length_are_left_out():
    assert durations.phases(record(began="2026-03-02T09:00Z", detected="2026-03-02T09:00Z")) == []


@given(st.integers(min_value=0, max_value=10**8))
def test_any_duration_is_said_briefly(seconds):
    assert len(durations.in_words(timedelta(seconds=seconds)).split()) <= 4
