"""What `calmroom check` gives to tools is what their schemas ask for, and its fixes are edits that can be applied."""

from __future__ import annotations

import json
import re

import jsonschema
import pytest

from tests.conftest import ID, RECORD, ROOT, calmroom

SCHEMAS = ROOT / "tests" / "schemas"
BLAMING = RECORD + "\nÜber all that: the engineer should have checked it, 50% of it. The root cause was a, b: c.\n"


@pytest.fixture
def root(make):
    return make(
        {f"incidents/{ID}.md": BLAMING, "incidents/2026-04-01-b ä%.md": RECORD, "incidents/2026-04-02-c.md": "x"}
    )


def given(root, form):
    return calmroom("-C", root, "check", "--format", form).stdout


def test_gitlabs_report_is_as_gitlab_reads_it_and_a_fingerprint_stays_when_lines_move(root):
    report = json.loads(given(root, "gitlab"))
    jsonschema.validate(report, json.loads((SCHEMAS / "gitlab-code-quality.json").read_text()))
    prints = {item["fingerprint"] for item in report}
    assert len(prints) == len(report) > 3
    file = root / f"incidents/{ID}.md"
    file.write_text(file.read_text().replace("## Summary\n", "## Summary\n\nMore.\n"))
    assert {item["fingerprint"] for item in json.loads(given(root, "gitlab"))} == prints


def test_sarif_has_fixes_that_can_be_applied(root):
    log = json.loads(given(root, "sarif"))
    jsonschema.validate(log, json.loads((SCHEMAS / "sarif-part.json").read_text()))
    fixed = [item for item in log["runs"][0]["results"] if "fixes" in item]
    assert {item["ruleId"] for item in fixed} == {"CR607", "CR610"}
    lines = BLAMING.split("\n")
    for item in sorted(fixed, key=lambda item: -item["locations"][0]["physicalLocation"]["region"]["startColumn"]):
        (replacement,) = item["fixes"][0]["artifactChanges"][0]["replacements"]
        region = replacement["deletedRegion"]
        line = lines[region["startLine"] - 1]
        lines[region["startLine"] - 1] = (
            line[: region["startColumn"] - 1] + replacement["insertedContent"]["text"] + line[region["endColumn"] - 1 :]
        )
    assert "Über all that: the engineer did not check it, 50% of it. One contributing factor was a, b: c." in lines


def test_every_annotation_is_a_command_of_githubs_grammar(root):
    grammar = re.compile((SCHEMAS / "github-annotations.txt").read_text().strip())
    lines = given(root, "github").splitlines()
    assert len(lines) > 3 and all(grammar.fullmatch(line) for line in lines)


def test_text_shows_the_words_and_what_to_write(root):
    shown = calmroom("-C", root, "check", f"incidents/{ID}.md").stdout
    assert "^^^^^^^^^^^^^^^^^^^" in shown and "Write “did not check”" in shown
