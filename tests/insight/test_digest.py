"""The digest of a stretch of days."""

from __future__ import annotations

import datetime

import pytest

from calmroom import knowledge
from calmroom.insight import digest
from calmroom.insight.analysis import Analysis
from tests.conftest import ID, RECORD, Make, calmroom

SINCE = datetime.date(2026, 3, 1)


def made(make: Make, today: str, records: dict[str, str]):
    root = make({f"incidents/{id_}.md": text for id_, text in records.items()})
    return digest.make(Analysis(knowledge.read(root), datetime.date.fromisoformat(today)), SINCE)


def test_it_names_what_is_new_what_slipped_and_what_is_due(make: Make):
    found = made(make, "2026-03-20", {ID: RECORD})
    assert [r.id for r in found.new] == [ID]
    assert [i.action.id for i in found.slipped] == ["a1"]
    assert found.due == ()
    assert [i.action.id for i in made(make, "2026-03-10", {ID: RECORD}).due] == ["a1"]


def test_actions_of_others_are_not_ours_to_close(make: Make):
    theirs = RECORD.replace("severity: sev1", "severity: sev1\norganisation: Elsewhere")
    found = made(make, "2026-03-20", {ID: theirs})
    assert (found.slipped, found.due, found.done) == ((), (), ())


def test_amendments_and_what_was_done_count_by_their_days(make: Make):
    text = RECORD.replace("status: accepted,", "status: done, done_on: 2026-03-12,").replace(
        "---\n\n## Summary",
        "amendments: [{on: 2026-03-15, what: The count was mended.}, {on: 2026-02-01, what: Too early.}]\n---\n\n## Summary",
    )
    found = made(make, "2026-03-20", {ID: text})
    assert [change.what for _, change in found.amended] == ["The count was mended."]
    assert [i.action.id for i in found.done] == ["a1"]


def test_a_day_recurs_each_year_and_29_february_on_the_28th(make: Make):
    old = RECORD.replace("2026-03-02T", "2024-02-29T").replace("due: 2026-03-16", "due: 2024-03-16")
    root = make(
        {"incidents/2024-02-29-leap.md": old, "incidents/2025-03-05-b.md": RECORD.replace("2026-03-02T", "2025-03-05T")}
    )
    base = knowledge.read(root)
    found = digest.make(Analysis(base, datetime.date(2026, 3, 10)), datetime.date(2026, 2, 25))
    assert [(years, r.id) for years, r in found.anniversaries] == [(1, "2025-03-05-b"), (2, "2024-02-29-leap")]


def test_what_is_worth_reading_is_an_older_record_with_a_reason(make: Make):
    older = RECORD.replace("2026-03-02T", "2024-05-01T").replace("due: 2026-03-16", "due: 2024-05-16")
    found = made(make, "2026-03-20", {ID: RECORD, "2024-05-01-before": older})
    assert found.worth is not None
    assert found.worth.record.id == "2024-05-01-before"
    assert "same service" in found.worth.why


def test_an_empty_knowledge_base_has_an_empty_digest(make: Make):
    found = made(make, "2026-03-20", {})
    assert (found.new, found.worth, found.anniversaries) == ((), None, ())


def test_the_command_escapes_titles_and_refuses_a_stretch_that_ends_before_it_begins(make: Make):
    root = make(
        {
            f"incidents/{ID}.md": RECORD.replace("title: Customer portal", "title: '[x](y) *Customer* portal").replace(
                "widened\n", "widened'\n", 1
            )
        }
    )
    done = calmroom("-C", root, "digest", "--since", "2026-03-01", "--today", "2026-03-20")
    assert done.returncode == 0, done.stderr
    assert r"\[x\](y) \*Customer\* portal" in done.stdout
    assert "https://docs.example/kb/incidents/2026-03-02-edge-firewall-rule/" in done.stdout
    wrong = calmroom("-C", root, "digest", "--since", "2026-03-01", "--today", "2026-02-20")
    assert wrong.returncode == 2 and "must not be after" in wrong.stderr


@pytest.mark.parametrize("command", [["digest", "--since", "2026-01-01"], ["actions"], ["similar", "x"]])
def test_records_with_errors_give_the_report_and_1(make: Make, command):
    done = calmroom("-C", make({f"incidents/{ID}.md": RECORD.replace("sev1", "9")}), *command)
    assert done.returncode == 1 and "CR2" in done.stderr
