"""Notification clocks: the right rules, started by the right moment, counted as each rule counts."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest

from calmroom import knowledge
from calmroom.playbooks import obligations
from calmroom.playbooks.obligations import Clock
from tests.conftest import ID, RECORD, ROOT, Make

RULES = knowledge.read(ROOT).obligations


def at(text: str, zone: str = "UTC") -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("within", "counting", "start", "zone", "due"),
    [
        ("72 hours", "every hour", at("2026-03-27T10:00"), "Europe/Brussels", at("2026-03-30T10:00")),
        (
            "4 days",
            "weekdays",
            at("2026-11-19T15:00", "America/New_York"),
            "America/New_York",
            at("2026-11-25T23:59", "America/New_York"),
        ),
        (
            "4 days",
            "weekdays",
            at("2026-11-21T15:00", "America/New_York"),
            "America/New_York",
            at("2026-11-26T23:59", "America/New_York"),
        ),
        (
            "60 days",
            "every day",
            at("2026-01-01T23:30"),
            "America/New_York",
            at("2026-03-02T23:59", "America/New_York"),
        ),
        ("1 month", "every day", at("2026-01-31T10:00"), "Europe/Brussels", at("2026-02-28T23:59", "Europe/Brussels")),
        ("1 month", "every day", at("2026-12-15T10:00"), "Europe/Brussels", at("2027-01-15T23:59", "Europe/Brussels")),
        ("4 days", "weekdays", at("2026-11-20T03:30"), "America/New_York", at("2026-11-25T23:59", "America/New_York")),
    ],
)
def test_a_clock_ends_where_its_rule_says(within, counting, start, zone, due):
    assert obligations.due(start, Clock(name="x", within=within, counting=counting), zone) == due


def test_hours_pass_across_a_change_of_clocks():
    start = at("2026-03-28T10:00", "Europe/Brussels")
    due = obligations.due(start, Clock(name="x", within="24 hours", counting="every hour"), "Europe/Brussels")
    assert due.astimezone(ZoneInfo("Europe/Brussels")).hour == 11


def test_the_clocks_of_the_brief_are_there_each_with_source_and_day():
    assert set(RULES) >= {
        "gdpr-article-33",
        "nis2-article-23",
        "dora-major-incident",
        "sec-form-8-k-item-1-05",
        "uk-gdpr-article-33",
        "hipaa-breach-notification",
        "payment-cards",
    }
    assert all(rule.source.url and rule.checked_on for rule in RULES.values())


def test_only_rules_for_the_incidents_kind_may_run(make: Make):
    base = knowledge.read(make({f"incidents/{ID}.md": RECORD.replace("[availability, security]", "[performance]")}))
    found = obligations.running(RULES, base.by_id[ID], "UTC")
    assert [running.rule.title for running in found] == ["DORA, major ICT-related incident"]


def test_a_deadline_comes_with_its_arithmetic_and_chains(make: Make):
    base = knowledge.read(make({f"incidents/{ID}.md": RECORD}))
    found = {running.rule.title: running for running in obligations.running(RULES, base.by_id[ID], "Europe/Berlin")}
    (gdpr,) = found["GDPR, article 33"].deadlines
    assert gdpr.words == "Thursday 5 March, 11:10 CET"
    assert gdpr.arithmetic == "Monday 2 March, 11:10 CET + 72 hours, counting every hour"
    final = found["NIS2, article 23"].deadlines[2]
    assert final.words == "Sunday 5 April, 23:59 CEST" and final.arithmetic.startswith(
        "Thursday 5 March, 11:10 CET + 1 month"
    )


@pytest.mark.parametrize("times", ["  detected: 2026-03-02Txx:xxZ", "  began: 2026-03-02T09:02:00+00:00"])
def test_nothing_is_computed_from_a_moment_that_is_not_known_to_the_minute(times, make: Make):
    record = f"---\ntitle: A\nseverity: sev1\nstatus: draft\nkind: [data-exposure]\ntimes:\n{times}\n---\n"
    base = knowledge.read(make({f"incidents/{ID}.md": record}))
    for running in obligations.running(RULES, base.by_id[ID], "UTC"):
        assert all(deadline.at is None for deadline in running.deadlines)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("within: 72 hours", "within: three days", "CR530"),
        ("after: Early", "after: Earlier", "CR531"),
        ("zone: UTC", "zone: Mars", "CR204"),
        ("kinds: [security]", "kinds: []", "CR202"),
        ("checked_on: 2026-11-24", "checked_on: soon", "CR208"),
    ],
)
def test_a_wrong_rule_is_reported(old, new, code, make: Make):
    rule = """\
rule:
  title: A rule
  who: Somebody
  applies_when: Always.
  kinds: [security]
  starts: It is noticed.
  starts_at: times.detected
  zone: UTC
  clocks:
    - {name: Early, within: 72 hours, counting: every hour}
    - {name: Late, within: 1 month, counting: every day, after: Early}
  source: {title: A, url: "https://a.example"}
  checked_on: 2026-11-24
"""
    assert old in rule
    base = knowledge.read(
        make({f"incidents/{ID}.md": RECORD, "playbooks/obligations/a.yaml": rule.replace(old, new, 1)})
    )
    assert code in [item.code for item in base.diagnostics], base.diagnostics
    assert all(item.hint for item in base.diagnostics)
