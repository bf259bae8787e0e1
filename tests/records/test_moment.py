"""Moments are as exact as they were written, and never more."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import PydanticCustomError

from calmroom.records.moment import Moment, Precision


@given(
    st.datetimes(min_value=datetime(1000, 1, 3), max_value=datetime(2100, 12, 28)).map(
        lambda at: at.replace(microsecond=0)
    ),
    st.integers(min_value=-23 * 60, max_value=23 * 60),
)
def test_a_moment_is_read_back_from_what_it_writes(naive, minutes):
    sign = "-" if minutes < 0 else "+"
    written = f"{naive:%Y-%m-%dT%H:%M:%S}".zfill(19) + f"{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    moment = Moment.parse(written)
    assert moment.earliest == naive.replace(tzinfo=UTC) - timedelta(minutes=minutes)
    assert Moment.parse(str(moment)) == moment


@pytest.mark.parametrize(
    ("written", "precision", "length"),
    [
        ("2026-03-02T09:02:07Z", Precision.SECOND, timedelta(0)),
        ("2026-03-02T09:02Z", Precision.MINUTE, timedelta(0)),
        ("2026-03-02T09:xx+01:00", Precision.HOUR, timedelta(hours=1)),
        ("2026-03-02Txx:xxZ", Precision.DAY, timedelta(days=1)),
        ("2026-02-xxTxx:xxZ", Precision.MONTH, timedelta(days=28)),
        ("2025-12-xxTxx:xx-05:00", Precision.MONTH, timedelta(days=31)),
    ],
)
def test_unknown_digits_widen_a_moment_to_what_it_can_be(written, precision, length):
    moment = Moment.parse(written)
    assert moment.precision is precision
    assert moment.latest - moment.earliest == length


def test_order_is_only_certain_where_the_precision_allows_it():
    day, morning, next_day = (
        Moment.parse(text) for text in ("2026-03-02Txx:xxZ", "2026-03-02T08:00Z", "2026-03-03T00:00Z")
    )
    assert not day.certainly_after(morning)
    assert not morning.certainly_after(day)
    assert next_day.certainly_after(day)
    assert next_day.certainly_after(morning)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2026-03-02", "CR206"),
        ("2026-03-02T09:02", "CR205"),
        ("2026-03-02 09:02:00", "CR205"),
        ("yesterday", "CR207"),
        ("2026-03-02Txx:30Z", "CR207"),
        ("2026-xx-02T09:30Z", "CR207"),
        ("2026-03-02T24:00Z", "CR207"),
        ("2026-03-02T09:00+25:00", "CR207"),
        (20260302, "CR207"),
        (None, "CR207"),
        (True, "CR207"),
    ],
)
def test_what_is_no_moment_says_why(written, code):
    with pytest.raises(PydanticCustomError) as raised:
        Moment.parse(written)
    assert raised.value.type == code
    assert raised.value.context["hint"]


@given(st.text(max_size=40))
def test_any_text_is_a_moment_or_an_explained_error(text):
    try:
        Moment.parse(text)
    except PydanticCustomError as error:
        assert error.type in {"CR205", "CR206", "CR207"}
