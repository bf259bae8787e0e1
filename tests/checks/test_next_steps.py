from __future__ import annotations

import os
import pty
import subprocess
import sys

from calmroom.checks import next_steps
from tests.checks.conftest import record, subject_of
from tests.conftest import ID, RECORD, ROOT, calmroom

DRAFT = "---\ntitle: Checkout failed\nseverity: sev2\nstatus: draft\n---\n"


def test_a_draft_is_asked_for_what_a_reader_of_tonight_needs_first():
    steps = next_steps.of(subject_of(DRAFT).fields)
    assert [step.field for step in steps] == ["impact.summary", "times.began", "timeline"]


def test_the_sample_is_asked_for_little_and_a_complete_draft_for_its_review():
    assert [step.field for step in next_steps.of(subject_of(record()).fields, 20)] == [
        "timeline",
        "went_well",
        "timeline, evidence",
    ]
    text = (
        record()
        .replace("status: reviewed", "status: draft")
        .replace("services:", "went_well: [It held.]\nopen_questions: [Why?]\nservices:")
    )
    text = text.replace("key: true}", "evidence: A-1}").replace(
        "factors:", "  - {at: 2026-03-02T11:30:00Z, kind: note, what: Over.}\nfactors:", 1
    )
    assert [step.field for step in next_steps.of(subject_of(text).fields, 20)] == ["status"]


def test_every_example_is_valid_where_it_belongs():
    from calmroom.records import yaml_text

    for _, step in next_steps.STEPS:
        assert yaml_text.read(step.example).faults == []


def test_next_finds_a_record_by_its_id_its_file_or_its_beginning(make):
    root = make({f"incidents/{ID}.md": RECORD, "incidents/2026-04-01-a.md": DRAFT, "incidents/2026-04-01-b.md": DRAFT})
    for name in (ID, f"incidents/{ID}.md", "2026-03"):
        assert calmroom("-C", root, "next", name).stdout.startswith("1. timeline: ")
    assert "2 records begin with" in calmroom("-C", root, "next", "2026-04-01").stderr
    assert f"Did you mean {ID}?" in calmroom("-C", root, "next", "2026-03-02-edge-firewal-rule").stderr


def test_new_asks_on_a_terminal_and_lists_what_is_still_open(make):
    root = make({f"incidents/{ID}.md": RECORD})
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "calmroom", "-C", str(root), "new"],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1"},
    )
    os.close(theirs)
    answers = [
        "Checkout failed",
        "sev2",
        "2026-05-05T09:00:00+00:00",
        "Nobody could pay.",
        "yesterday",
        "",
        "customer",
        "",
        "The rollback.",
    ]
    os.write(ours, "".join(f"{answer}\n" for answer in answers).encode())
    shown = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    assert process.wait() == 0, shown.decode()
    text = (root / "incidents/2026-05-05-checkout-failed.md").read_text()
    assert "summary: Nobody could pay." in text and "by: customer" in text and "- The rollback." in text
    assert "is not a time" in shown.decode() and "Still open: timeline, times.detected, detection.gap" in shown.decode()
    assert calmroom("-C", root, "check", "incidents/2026-05-05-checkout-failed.md").returncode == 0
