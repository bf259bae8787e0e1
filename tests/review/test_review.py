"""`calmroom review` with real branches: what changed in meaning, loudest first, within what a comment takes."""

from __future__ import annotations

import json
import subprocess

import pytest
from markdown_it import MarkdownIt

from calmroom.review import comment
from tests.conftest import ID, RECORD, SETTINGS, calmroom

PATH = f"incidents/{ID}.md"


def git(root, *arguments):
    return subprocess.run(
        ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *arguments],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


@pytest.fixture
def branches(make):
    """Give a function that commits files on main, then others on a branch (None deletes), and returns the folder."""

    def made(base, change):
        root = make(base)
        git(root, "init", "-q", "-b", "main")
        git(root, "add", "-A")
        git(root, "commit", "-qm", "base")
        git(root, "switch", "-qc", "change")
        for name, text in change.items():
            if text is None:
                (root / name).unlink()
            else:
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
        return root

    return made


def reviewed(root, *options):
    done = calmroom("-C", root, "review", "--base", "main", "--no-similar", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def changes(root):
    made = json.loads(reviewed(root, "--format", "json"))
    return [
        tuple(item.get(name, "") for name in ("area", "what", "name", "before", "after"))
        for item in made["files"][0]["changes"]
    ]


def test_times_durations_events_factors_and_actions_are_told_in_meaning(branches):
    after = (
        RECORD.replace("detected: 2026-03-02T10:10", "detected: 2026-03-02T10:20")
        .replace("what: First customer call reaches support.", "what: A customer calls.")
        .replace(
            "what: Rule 4471 widened to any source., key: true}",
            "what: Rule 4471 widened to any source., key: true}\n  - {at: 2026-03-02T09:30:00Z, kind: note, what: New.}",
        )
        .replace("due: 2026-03-16", "due: 2026-04-16")
        .replace("kind: process", "kind: workload")
    )
    found = changes(branches({PATH: RECORD}, {PATH: after}))
    assert ("times", "changed", "detected", "2026-03-02T10:10:00Z", "2026-03-02T10:20:00Z") in found
    assert ("durations", "changed", "to detect", "1 h 08 min", "1 h 18 min") in found
    assert (
        "events",
        "reworded",
        "2026-03-02T10:10:00Z",
        "First customer call reaches support.",
        "A customer calls.",
    ) in found
    assert ("events", "added", "2026-03-02T09:30:00Z", "", "New.") in found
    assert ("factors", "changed", "no-second-reader, kind", "process", "workload") in found
    assert any(item[:2] == ("actions", "slipped") and "31 days later" in item[4] for item in found)


def test_a_moved_event_and_a_closed_action_are_no_news_of_their_own(branches):
    after = RECORD.replace("at: 2026-03-02T10:10", "at: 2026-03-02T10:12").replace(
        "status: accepted", "status: done, done_on: 2026-03-12"
    )
    found = changes(branches({PATH: RECORD}, {PATH: after}))
    assert [item[:2] for item in found] == [("events", "moved"), ("actions", "closed")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RECORD, RECORD.replace("tlp: green", "tlp: clear")),
        (RECORD.replace("any source., key: true}", "any source., key: true, tlp: red}"), RECORD),
        (RECORD + "\n<!-- tlp: red -->\nThe mailbox is known.\n<!-- /tlp -->\n", RECORD + "\nThe mailbox is known.\n"),
    ],
)
def test_a_sharing_level_that_was_lowered_comes_first_and_loud(branches, before, after):
    text = reviewed(
        branches(
            {PATH: before, "incidents/2026-01-01-a.md": RECORD},
            {PATH: after, "incidents/2026-01-01-a.md": RECORD + "\nMore.\n"},
        )
    )
    assert text.index("Sharing level lowered") < 120
    assert f"**{ID}**" in text


def test_a_default_level_that_was_lowered_is_told_too(branches):
    root = branches({PATH: RECORD}, {"mkdocs.yml": SETTINGS.replace("timezone:", "default_tlp: clear, timezone:")})
    assert "**mkdocs.yml**: default\\_tlp: amber → **clear**" in reviewed(root)


def test_a_reviewed_record_is_amended_in_the_open(branches):
    changed = RECORD.replace("severity: sev1", "severity: sev2")
    assert "CR694" in reviewed(branches({PATH: RECORD}, {PATH: changed}))


def test_an_amendment_or_an_actions_progress_is_no_finding(branches):
    amended = RECORD.replace(
        "severity: sev1", "severity: sev2\namendments: [{on: 2026-04-01, what: Lowered., by: Lead}]"
    )
    assert "CR694" not in reviewed(branches({PATH: RECORD}, {PATH: amended}))


def test_new_findings_are_told_against_old_ones(branches):
    old = RECORD + "\nThe engineer should have checked it.\n"
    new = old.replace("should have checked it", "looked at it") + "\nThe team failed to notice.\n"
    made = json.loads(reviewed(branches({PATH: old}, {PATH: new + "\nMore.\n"}), "--format", "json"))["files"][0]
    assert [item["code"] for item in made["new_findings"]] == ["CR607", "CR694"] and made["findings_gone"] == 1


def test_renamed_deleted_and_unreadable_records_and_the_handbook(branches, make):
    script = "title: A\nsituation: B\nkind: message\nchannel: email\nwhen: Today\nbody: Hello.\n"
    base = {
        PATH: RECORD,
        "incidents/2026-01-01-gone.md": RECORD.replace("Customer portal", "Old portal"),
        "incidents/2026-01-02-broken.md": RECORD,
        "playbooks/scripts/a.yaml": script,
    }
    root = branches(
        base,
        {
            "incidents/2026-01-01-gone.md": None,
            "incidents/2026-01-02-broken.md": "---\ntitle: [\n---\n",
            "playbooks/scripts/a.yaml": script.replace("Hello.", "Good day."),
        },
    )
    git(root, "mv", PATH, "incidents/2026-03-02-another-name.md")
    text = reviewed(root)
    assert "Deleted record, `incidents/2026-01-01-gone.md`" in text
    assert (
        "Renamed record, `incidents/2026-03-02-another-name.md`, before `2026-03-02-edge-firewall-rule`" in text
        and "CR695" in text
    )
    assert "**It cannot be read as it is now**: line 3" in text
    assert "body: Hello. → **Good day.**" in text


def test_five_hundred_changed_records_fit_and_none_is_silently_left_out(branches):
    names = [f"incidents/2026-01-01-record-{number:03}.md" for number in range(500)]
    root = branches(
        dict.fromkeys(names, RECORD), {name: RECORD.replace("severity: sev1", "severity: sev2") for name in names}
    )
    text = reviewed(root)
    assert len(text) <= comment.MOST
    assert "500 records changed" in text
    shown = sum(name.split("/")[1].removesuffix(".md") in text for name in names)
    more = (
        int(text.split("- and ")[-1].split(" more")[0].replace(",", ""))
        if "\n- and " in text.split("Not shown in full")[1]
        else 0
    )
    assert shown + more == 500


def test_what_people_wrote_stays_text_in_the_comment(branches):
    evil = RECORD.replace(
        "Customer portal unreachable", "<img src=x onerror=alert(1)> @everyone [x](javascript:1) ``` | x"
    ).replace("severity: sev1", "severity: sev2")
    html = MarkdownIt("gfm-like", {"linkify": False}).render(reviewed(branches({PATH: RECORD}, {PATH: evil})))
    assert "<img" not in html and 'javascript:1"' not in html
    assert "@everyone" not in html


def test_a_base_that_is_not_there_and_a_shallow_clone_say_what_to_do(branches, tmp_path_factory):
    root = branches({PATH: RECORD}, {PATH: RECORD + "\nMore.\n"})
    done = calmroom("-C", root, "review", "--base", "origin/main")
    assert (
        done.returncode == 2
        and "There is no branch, tag or commit `origin/main` here. Did you mean `main`?" in done.stderr
    )
    git(root, "add", "-A")
    git(root, "commit", "-qm", "change")
    clone = tmp_path_factory.mktemp("shallow") / "kb"
    git(root, "clone", "-q", "--depth", "1", "--branch", "change", root.as_uri(), clone)
    git(clone, "fetch", "-q", "--depth", "1", "origin", "main:main")
    done = calmroom("-C", clone, "review", "--base", "main")
    assert done.returncode == 2 and "fetch-depth: 0" in done.stderr


def test_a_head_that_is_named_is_reviewed_and_not_the_files_as_they_are(branches):
    root = branches({PATH: RECORD}, {PATH: RECORD.replace("severity: sev1", "severity: sev2")})
    git(root, "commit", "-qam", "change")
    (root / PATH).write_text(RECORD.replace("severity: sev1", "severity: sev4"))
    assert "severity: sev1 → **sev2**" in reviewed(root, "--head", "change")
    assert "severity: sev1 → **sev4**" in reviewed(root)
