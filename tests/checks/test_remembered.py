"""What a check remembers is what it would find: whatever was changed since, its report is that of a first check."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calmroom.checks.quality import Quality
from calmroom.cli import main
from calmroom.records import kept
from tests.conftest import ID, RECORD, SETTINGS, write_base

BLAMING = RECORD.replace("Two hours without sign-in", "He should have known better. Two hours without sign-in")
TODAY = "2026-04-15"
EARLY = RECORD.replace("due: 2026-03-16,", "").replace("status: accepted", "status: done, done_on: 2026-04-20")
ALLOWED = BLAMING + "\nShe forgot. <!-- calmroom: allow CR607 – quoted -->\n"
PLANNED = BLAMING.replace("status: reviewed", "status: in-review\nmeeting: {at: 2026-05-04T09:00:00Z}")
BROKEN = BLAMING.replace("sev1", "sevenfold")
TEXTS = [RECORD, BLAMING, EARLY, ALLOWED, PLANNED, BROKEN, RECORD + "\nThe TLS and WAF were off.\n"]
NAMES = [f"{ID}.md", "2025-03-02-other.md", "2023-07-01-folder/record.md"]
TERM = """waf:
  term: WAF
  precise: [{text: A wall., field: security, source: A street}]
  plain: A wall.
  misused: As a door.
  executive: A safe wall.
"""
RULES = """rules:
  - {id: vendor, code: CR607, words: [sign-in], say: names a vendor, hint: Say the product.}
"""
EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(NAMES), st.sampled_from(TEXTS)),
        st.tuples(st.just("write"), st.sampled_from(NAMES), st.sampled_from(TEXTS)),
        st.tuples(st.just("delete"), st.sampled_from(NAMES), st.just("")),
        st.tuples(st.just("beside"), st.just(NAMES[2]), st.sampled_from(["password: hunter2hunter2", "nothing"])),
        st.tuples(st.just("playbooks/glossary/ours.yaml"), st.just(""), st.sampled_from([TERM, ""])),
        st.tuples(st.just("checks/language.yaml"), st.just(""), st.sampled_from([RULES, ""])),
        st.tuples(
            st.just("mkdocs.yml"),
            st.just(""),
            st.sampled_from([SETTINGS, SETTINGS.replace("CR645: off", "CR607: error")]),
        ),
        st.tuples(st.just("today"), st.just(""), st.sampled_from(["2026-04-25", "2026-04-19", TODAY])),
    ),
    min_size=1,
    max_size=6,
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setattr(kept, "RACY", 0)  # what was written a moment ago counts as settled


def report(root: Path, today: str) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["-C", str(root), "check", "--today", today])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.output


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(EDITS)
def test_any_sequence_of_edits_is_reported_as_by_a_first_check(tmp_path_factory, monkeypatch, edits):
    root = write_base(tmp_path_factory.mktemp("base"), {f"incidents/{ID}.md": BLAMING, f"incidents/{NAMES[1]}": RECORD})
    today = TODAY
    report(root, today)
    for kind, name, what in edits:
        path = root / "incidents" / name if name else root / kind
        if kind == "today":
            today = what
        elif kind == "delete" and path.exists():
            shutil.rmtree(path.parent) if path.name == "record.md" else path.unlink()
        elif kind == "beside" and path.exists():
            (path.parent / "notes.txt").write_text(what)
        elif kind == "write" or not name:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(what)
        told = report(root, today)
        with monkeypatch.context() as patch:
            patch.setenv(kept.VARIABLE, "off")
            assert told == report(root, today)


def test_a_record_that_is_as_it_was_is_not_looked_through_again(tmp_path, monkeypatch):
    root = write_base(tmp_path, {f"incidents/{ID}.md": BLAMING, f"incidents/{NAMES[1]}": RECORD})
    first = report(root, TODAY)
    looked: list[str] = []
    real = Quality.inspect
    monkeypatch.setattr(Quality, "inspect", lambda self, read: looked.append(read.item.path) or real(self, read))
    assert report(root, TODAY) == first and looked == []
    (root / "incidents" / NAMES[1]).write_text(RECORD + "\nMore.\n")
    report(root, TODAY)
    assert looked == [f"incidents/{NAMES[1]}"]
