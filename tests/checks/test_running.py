"""How checks are run: levels from the settings, silences, acronyms, rule files, unfinished merges, changed files only."""

from __future__ import annotations

import json
import subprocess

import pytest

from calmroom.checks import readability, register, rule_files
from calmroom.records.settings import Settings
from tests.checks.conftest import record, subject_of
from tests.conftest import ID, RECORD, SETTINGS, calmroom

BLAMING = "## Summary\n\nThe engineer should have checked the rule.\n"


def found(text: str, settings: Settings | None = None) -> list[tuple[str, str]]:
    quiet = {"CR645": "off", "CR646": "off"}
    chosen = settings or Settings(checks=quiet)
    return [(item.code, str(item.level)) for item in register.run(subject_of(text, chosen))]


def test_the_settings_change_a_level_or_turn_a_check_off():
    assert found(record(BLAMING)) == [("CR607", "warning")]
    quiet = {"CR645": "off", "CR646": "off"}
    assert found(record(BLAMING), Settings(checks={**quiet, "CR607": "error"})) == [("CR607", "error")]
    assert found(record(BLAMING), Settings(checks={**quiet, "CR607": "advice"})) == [("CR607", "note")]
    assert found(record(BLAMING), Settings(checks={**quiet, "CR607": False})) == []


@pytest.mark.parametrize("wrong", ["{CR201: off}", "{CR999: off}", "{CR607: loud}"])
def test_a_level_for_what_is_no_check_is_an_error(make, wrong):
    root = make({f"incidents/{ID}.md": RECORD, "mkdocs.yml": SETTINGS.replace("{CR645: off, CR646: off}", wrong)})
    assert calmroom("-C", root, "check").returncode == 1


def test_a_silence_with_a_reason_silences_its_line_or_its_paragraph():
    prose = BLAMING.replace("rule.", "rule. <!-- calmroom: allow CR607 – the vendor's own words -->")
    assert found(record(prose)) == []
    above = BLAMING.replace("The engineer", "<!-- calmroom: allow CR607 - quoted -->\n\nThe engineer")
    assert found(record(above)) == []
    field = "  - at: 2026-03-02T10:20:00+00:00\n    kind: note\n    what: The engineer failed to look.  # calmroom: allow CR607 – quoted\nfactors:"
    assert found(record().replace("factors:", field, 1)) == []
    folded = field.replace(
        "The engineer failed to look.  # calmroom: allow CR607 – quoted",
        ">-  # calmroom: allow CR607 – quoted\n      The engineer\n      failed to look.",
    )
    assert found(record().replace("factors:", folded, 1)) == []


def test_a_silence_without_a_reason_or_without_a_finding_is_reported():
    bare = BLAMING.replace("rule.", "rule. <!-- calmroom: allow CR607 -->")
    assert found(record(bare)) == [("CR607", "warning"), ("CR691", "warning")]
    nothing = "## Summary\n\nAll is said. <!-- calmroom: allow CR607 – just in case -->\n"
    assert found(record(nothing)) == [("CR690", "warning")]
    invalid = "## Summary\n\nAll is said. <!-- calmroom: allow CR201 – why not -->\n"
    assert found(record(invalid)) == [("CR690", "warning")]


def test_long_sentences_and_unexplained_acronyms_are_told_once(codes):
    assert [code for code, _ in codes(readability.long_sentences, record("## S\n\n" + "word " * 41 + "end.\n"))] == [
        "CR680"
    ]
    assert codes(readability.long_sentences, record("## S\n\n" + "word " * 38 + "end.\n")) == []
    text = "## S\n\nThe QZX failed. The QZX again. The API and the Border Gate Quorum (BGQ) held; BGQ is old.\n"
    assert codes(readability.acronyms, record(text)) == [("CR681", "QZX")]
    assert codes(readability.acronyms, record(text), acronyms=frozenset({"QZX"})) == []


def test_a_rule_file_adds_rules_and_one_that_backtracks_is_refused(make):
    own = """
rules:
  - {id: cowboy, code: CR606, words: [cowboy], pattern: '\\bcowboy\\b', say: it is a joke at somebody's cost, who: any}
  - {id: slow, code: CR606, words: [a], pattern: '(a+)+$', say: slow}
  - {id: broken, code: CR606, words: [a], pattern: '(', say: broken}
"""
    root = make({rule_files.FILE: own, f"incidents/{ID}.md": record("## Summary\n\nA cowboy did it.\n")})
    done = calmroom("-C", root, "check", "--format", "json")
    assert [(item["code"], item["line"]) for item in json.loads(done.stdout)] == [
        ("CR692", 4),
        ("CR692", 5),
        ("CR606", 28),
    ]


def test_an_unfinished_merge_and_a_secret_are_found_in_a_record_that_cannot_be_read(make):
    text = RECORD.replace("severity: sev1\n", "<<<<<<< HEAD\nseverity: sev1\n=======\nseverity: sev2\n>>>>>>> other\n")
    done = calmroom("-C", make({f"incidents/{ID}.md": text}), "check")
    assert "CR693" in done.stdout and done.returncode == 1


def git(root, *arguments):
    return subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_since_looks_at_changed_files_only_and_knows_the_others_by_name_and_earlier_id(make):
    older = RECORD.replace("tlp: green", "tlp: green\naliases: [2025-01-01-before]")
    root = make(
        {
            "incidents/2025-01-02-older.md": older,
            f"incidents/{ID}.md": RECORD,
            "incidents/2025-02-02-bad.md": "---\nx: 1\n---\n",
        }
    )
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "a")
    git(root, "switch", "-qc", "change")
    assert calmroom("-C", root, "check", "--since", "main").stdout == ""
    links = "See [one](incident:2025-01-01-before), [two](2025-01-02-older.md), [three](incident:2025-01-03-gone).\n"
    (root / f"incidents/{ID}.md").write_text(RECORD + links)
    (root / "incidents/2026-05-05-new.md").write_text(record(BLAMING))
    done = calmroom("-C", root, "check", "--since", "main", "--format", "json")
    assert [(item["code"], item["path"][10:20]) for item in json.loads(done.stdout)] == [
        ("CR401", "2026-03-02"),
        ("CR607", "2026-05-05"),
    ]


def test_since_without_git_or_with_a_revision_that_is_not_there_says_what_to_do(make, tmp_path_factory):
    root = make({f"incidents/{ID}.md": RECORD})
    done = calmroom("-C", root, "check", "--since", "main")
    assert done.returncode == 2 and "not in a Git repository" in done.stderr
    git(root, "init", "-q", "-b", "main")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "a")
    git(root, "commit", "-qm", "b", "--allow-empty")
    assert (
        "There is no branch, tag or commit `mian` here. Did you mean `main`?"
        in calmroom("-C", root, "check", "--since", "mian").stderr
    )
    shallow = tmp_path_factory.mktemp("shallow") / "kb"
    git(root, "clone", "-q", "--depth", "1", root.as_uri(), shallow)
    assert "shallow" in calmroom("-C", shallow, "check", "--since", "HEAD~1").stderr


def test_words_from_outside_the_repository_are_looked_for(make, tmp_path_factory):
    listed = tmp_path_factory.mktemp("outside") / "words.txt"
    listed.write_text("Acme\n")
    root = make({f"incidents/{ID}.md": record("## Summary\n\nAcme could not pay.\n")})
    assert "CR664" in calmroom("-C", root, "check", "--words", listed).stdout
