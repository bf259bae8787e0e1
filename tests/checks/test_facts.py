"""Facts that disagree: durations, times of day, weekdays, days of actions, severity, the end, numbers."""

from __future__ import annotations

import datetime

import pytest

from calmroom.checks import action_days, clock_times, durations, numbers, resolved, severity, weekdays
from calmroom.records.settings import Settings
from tests.checks.conftest import applied, record, subject_of


def told(text: str) -> str:
    return record(f"## Summary\n\n{text}\n")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The outage lasted 47 minutes.", ["47 minutes"]),
        ("Sign-in was down for about five hours.", ["five hours"]),
        ("A 20-minute outage.", ["20-minute"]),
        ("The outage lasted 2 hours and 28 minutes.", []),
        ("The outage lasted two and a half hours.", []),
        ("It was unavailable for nearly two hours.", []),
        ("Nobody knew for 68 minutes.", []),
        ("Nobody knew for 18 minutes.", ["18 minutes"]),
        ("Tokens last for 30 minutes.", []),
        ('The page said "the outage lasted 47 minutes".', []),
    ],
)
def test_a_duration_is_held_against_the_times(codes, text, words):
    assert [found for code, found in codes(durations.check, told(text)) if code == "CR620"] == words


def test_the_duration_that_the_times_say_is_offered():
    text = told("The outage lasted 47 minutes.")
    (found,) = durations.check(subject_of(text))
    assert "The outage lasted 2 hours and 28 minutes." in applied(text, found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("At 10:10 a customer called.", []),
        ("At 11:10 local time a customer called.", []),
        ("At 10:47 a customer called.", ["10:47"]),
        ("The job runs every day at 04:00.", []),
        ("The ratio was 16:9.", []),
        ("`10:47` is in the log.", []),
    ],
)
def test_a_time_of_day_stands_in_an_event_on_somebodys_clock(codes, text, found):
    settings = Settings(timezone="Europe/Berlin")
    assert [words for _, words in codes(clock_times.check, told(text), settings=settings)] == found


@pytest.mark.parametrize(
    ("text", "words", "right"),
    [
        ("On Tuesday 2 March 2026 it began.", "Tuesday", "Monday"),
        ("On Sunday, March 2, 2026 it began.", "Sunday", "Monday"),
        ("On Friday (2026-03-02) it began.", "Friday", "Monday"),
        ("On Friday 2 March it began.", "Friday", "Monday"),
    ],
)
def test_a_weekday_is_that_of_its_date(text, words, right):
    source = told(text)
    (found,) = weekdays.check(subject_of(source))
    assert found.code == "CR622" and f"“{words}" not in found.hint
    assert text.replace(words, right) in applied(source, found)


def test_a_right_weekday_and_a_date_that_is_none_are_left_alone(codes):
    assert codes(weekdays.check, told("Monday 2 March 2026; Monday 31 February 2026.")) == []


def test_days_of_actions_lie_after_the_incident(codes):
    early = record().replace("due: 2026-03-16", "due: 2025-03-16")
    assert [code for code, _ in codes(action_days.check, early)] == ["CR623"]
    done = record().replace("status: accepted", "status: done, done_on: 2026-02-01")
    assert [code for code, _ in codes(action_days.check, done)] == ["CR624"]
    today = datetime.date(2026, 3, 10)
    later = record().replace("status: accepted", "status: done, done_on: 2026-03-12")
    assert [code for code, _ in codes(action_days.check, later, today=today)] == ["CR624"]
    assert codes(action_days.check, record()) == []


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("customers: 41000", "customers: 0", 1),
        ("severity: sev1", "severity: sev1", 0),
    ],
)
def test_a_severity_fits_its_impact(codes, old, new, found):
    assert len(codes(severity.check, record().replace(old, new))) == found


def test_an_end_in_words_needs_a_time(codes):
    open_ended = told("The incident was resolved the same day.").replace("  resolved: 2026-03-02T11:30:00+00:00\n", "")
    assert codes(resolved.check, open_ended) == [("CR626", "incident was resolved")]
    assert codes(resolved.check, told("The incident was resolved the same day.")) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("It affected 41,000 customers.", []),
        ("It affected about 40,000 customers.", []),
        ("It affected 41k customers.", []),
        ("12,000 customers were affected.", ["12,000 customers"]),
        ("It reached 52,000 customers.", []),
    ],
)
def test_numbers_of_the_summary_are_those_of_the_impact(codes, text, words):
    assert [found for _, found in codes(numbers.check, told(text))] == words
