"""The register: order, ages, the backlog, what closing takes, and what leaves it as CSV and as a calendar."""

from __future__ import annotations

import csv
import datetime
import io

from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from calmroom import exports
from calmroom.insight import actions, register
from calmroom.records import signs
from tests.insight.build import action, record

TODAY = datetime.date(2026, 4, 15)
FIRST = record(
    "2026-03-01-a",
    actions=[
        action("late", due="2026-04-01"),
        action("later", due="2026-03-15"),
        action("soon", due="2026-05-01", owner="Platform"),
        action("wish"),
        action("done", "done", done_on="2026-03-11"),
        action("undated", "done"),
        action("no", "declined", reason="Too dear."),
    ],
)


def test_what_is_longest_over_comes_first_then_what_is_due_next():
    found = actions.items([FIRST], TODAY)
    assert [(i.action.id, i.late) for i in found[:4]] == [("later", 31), ("late", 14), ("soon", 0), ("wish", 0)]
    assert {i.action.id: i.age for i in found} == {
        "later": 45, "late": 45, "soon": 45, "wish": 45, "done": 10, "undated": None, "no": None,
    }  # fmt: skip


def test_an_action_due_today_is_not_late():
    (item,) = actions.items([record("2026-03-01-a", actions=[action("x", due="2026-04-15")])], TODAY)
    assert item.late == 0


def test_the_backlog_counts_up_when_opened_down_when_closed_and_names_what_it_cannot_place():
    found = actions.backlog(actions.items([FIRST], TODAY), TODAY)
    assert [(s.day.isoformat(), s.opened, s.closed, s.open) for s in found.steps] == [
        ("2026-03-01", 5, 0, 5),
        ("2026-03-11", 5, 1, 4),
        ("2026-04-15", 5, 1, 4),
    ]
    assert (found.now, found.undated) == (4, 2)
    assert found.at(datetime.date(2026, 3, 5)) == 5
    assert found.at(datetime.date(2026, 1, 1)) == 0


def test_closing_counts_open_actions_as_running():
    ended, running, neither = actions.times_to_close(actions.items([FIRST], TODAY))
    assert [i.action.id for i in ended] == ["done"]
    assert len(running) == 4
    assert neither == 2


def test_no_action_at_all_gives_an_empty_backlog():
    found = actions.backlog([], TODAY)
    assert (found.steps, found.now, found.undated) == ((), 0, 0)


def test_csv_reads_back_and_runs_nothing():
    evil = record(
        "2026-03-01-a", actions=[action("x", owner="=cmd|' /C calc'!A0"), action("y", owner='A "team", or two')]
    )
    rows = list(csv.DictReader(io.StringIO(register.csv_text(actions.items([evil], TODAY)))))
    assert [row["owner"] for row in rows] == ["'=cmd|' /C calc'!A0", 'A "team", or two']
    assert rows[0]["age_days"] == "45"


@given(st.text(max_size=60).filter(lambda text: text.strip() and not signs.first(text)))
def test_any_owner_survives_csv_or_is_only_disarmed(owner):
    one = record("2026-03-01-a", actions=[action("x", owner=owner)])
    text = register.csv_text(actions.items([one], TODAY))
    (row,) = csv.DictReader(io.StringIO(text, newline=""))
    written = exports.printable.without_commands(" ".join(one.actions[0].owner.split()))
    assert row["owner"].lstrip("'") == written.lstrip("'")
    assert not row["owner"].startswith(("=", "+", "-", "@"))


def test_a_calendar_holds_the_open_actions_that_have_a_day():
    calendar = Calendar.from_ical(register.ics(actions.items([FIRST], TODAY), TODAY))
    days = {str(event["summary"]): event.decoded("dtstart") for event in calendar.walk("VEVENT")}
    assert days == {
        "Due: Do later.": datetime.date(2026, 3, 15),
        "Due: Do late.": datetime.date(2026, 4, 1),
        "Due: Do soon.": datetime.date(2026, 5, 1),
    }
    assert register.ics(actions.items([FIRST], TODAY), TODAY) == register.ics(actions.items([FIRST], TODAY), TODAY)
