"""Notification clocks: the right rules, started by the right moment, counted as each rule counts."""

from __future__ import annotations

import datetime

import pytest
import yaml

from calmroom import knowledge
from calmroom.playbooks import obligations
from tests.conftest import ID, RECORD, ROOT, Make

RULES = knowledge.read(ROOT).obligations


CASES = yaml.safe_load((ROOT / "tests/playbooks/worked_clocks.yaml").read_text())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['rule']} {case['clock']} {case['start']}")
def test_a_clock_ends_when_a_worked_case_says(case):
    start = datetime.datetime.fromisoformat(case["start"])
    rule = RULES[case["rule"]]
    starts = {clock.name: start for clock in rule.clocks if clock.starts or clock.starts_at}
    found = {deadline.name: deadline for deadline in obligations.deadlines(rule, start, starts, "UTC")}
    assert found[case["clock"]].at == datetime.datetime.fromisoformat(case["due"]), case["why"]


def test_every_clock_that_can_be_computed_has_a_worked_case():
    computed = {
        (slug, clock.name)
        for slug, rule in RULES.items()
        for clock in rule.clocks
        if clock.within not in obligations.WITHOUT_DATE
    }
    assert computed == {(case["rule"], case["clock"]) for case in CASES}


def test_what_is_due_at_once_has_no_date_and_says_what_starts_it(make: Make):
    base = knowledge.read(make({f"incidents/{ID}.md": RECORD}))
    found = {running.rule.title: running for running in obligations.running(RULES, base.by_id[ID], "UTC")}
    first = found["Payment card data (PCI DSS and card schemes)"].deadlines[0]
    assert first.at is None and first.words == ""
    assert first.arithmetic == "at once; starts when: The compromise is suspected or confirmed."


def test_a_clock_with_a_start_of_its_own_does_not_take_the_start_of_its_rule(make: Make):
    base = knowledge.read(make({f"incidents/{ID}.md": RECORD}))
    found = {running.rule.title: running for running in obligations.running(RULES, base.by_id[ID], "UTC")}
    first, latest, *_ = found["DORA, major ICT-related incident"].deadlines
    assert first.at is None and first.arithmetic == "4 hours; starts when: The incident is classified as major."
    assert latest.words == "Tuesday 3 March, 10:10 UTC" and "later" in latest.condition


def test_a_deadline_in_another_year_names_the_year(make: Make):
    base = knowledge.read(make({f"incidents/{ID}.md": RECORD}))
    found = {running.rule.title: running for running in obligations.running(RULES, base.by_id[ID], "UTC")}
    last = found["HIPAA breach notification rule"].deadlines[-1]
    assert last.words == "Monday 1 March 2027, end of the day in New York"


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
    (gdpr,) = [d for d in found["GDPR, articles 33 and 34"].deadlines if d.at]
    assert gdpr.words == "Thursday 5 March, 11:10 CET"
    assert gdpr.arithmetic == "Monday 2 March, 11:10 CET + 72 hours"
    final = {d.name: d for d in found["NIS2, article 23"].deadlines}["Final report"]
    assert final.words == "Sunday 5 April, end of the day in Brussels"
    assert final.arithmetic == "Thursday 5 March + 1 month"


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
        ("within: 72 hours", "within: 0 hours", "CR530"),
        ("within: 72 hours, counting: every hour", "within: 72 hours", "CR532"),
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
