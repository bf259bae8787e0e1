"""`calmroom fix`: what a record means stays, and so do its comments, quotes and folds."""

from __future__ import annotations

import datetime
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmroom.mending import mend
from calmroom.records import yaml_text
from tests.conftest import ID, RECORD, ROOT, calmroom

PATH = f"incidents/{ID}.md"
UNTIDY = """\
---
# yaml-language-server: $schema=../docs/schema/record.schema.json
severity: sev2   # after the customers' figures came in
# what users saw
title: 'Sign-in failed: for two hours'
status: draft
tags: [edge, "Edge Firewall"]
times: {began: 2026-03-02 09:02:00 +0000, detected: "2026-03-02t10:10:00z"}
factors:
  # the rule itself
  - {id: Rule Too Broad, kind: configuration, what: "The rule allowed any source.", leads_to: [impact]}
timeline:
  # this came second
  - at: 2026-03-02T10:10:00+00:00
    kind: signal
    what: >-
      First customer
      calls.
  # this came first
  - at: 2026-03-02T09:02:00+00:00
    kind: change
    what: Rule widened.
actions:
  - {id: a1, what: Block., addresses: [Rule Too Broad]}
---

## Summary{two}

Hard end.{two}
Next line.{one}


""".replace("{two}", "  ").replace("{one}", " ")


def test_everything_untidy_is_mended_and_comments_and_quotes_stay():
    mended = mend.mend(UNTIDY, PATH)
    assert mended.done == tuple(said for said, _ in mend.STEPS)
    lines = mended.text.split("\n")
    assert lines[1].startswith("# yaml-language-server")
    assert lines.index("# what users saw") + 1 == lines.index("title: 'Sign-in failed: for two hours'") == 3
    assert "severity: sev2   # after the customers' figures came in" in lines
    assert 'times: {began: 2026-03-02T09:02:00+00:00, detected: "2026-03-02T10:10:00Z"}' in lines
    assert (
        "id: rule-too-broad" in mended.text
        and "addresses: [rule-too-broad]" in mended.text
        and '"edge-firewall"' in mended.text
    )
    first, second = mended.text.index("# this came first"), mended.text.index("# this came second")
    assert first < mended.text.index("Rule widened.") < second < mended.text.index("First customer\n      calls.")
    assert mended.text.endswith("## Summary  \n\nHard end.  \nNext line.\n")


def test_mending_twice_changes_nothing_more():
    once = mend.mend(UNTIDY, PATH).text
    assert mend.mend(once, PATH) == mend.Mended(once)
    assert mend.mend(RECORD, PATH) == mend.Mended(RECORD)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no front matter",
        "---\ntitle: [\n---\n",
        "---\na: 1\na: 2\n---\n",
        "---\n- list\n---\n",
        "---\n&a [*a]\n---\n",
    ],
)
def test_what_cannot_be_read_stays_as_it_is(text):
    assert mend.mend(text, PATH).text == text


def test_two_ids_that_would_become_one_are_left():
    text = UNTIDY.replace("tags: [edge,", "tags: [edge firewall, Edge-Firewall,")
    assert "edge firewall" in mend.mend(text, PATH).text


word = st.text("abcdefgh: #'\"-,[]{}é\n", min_size=1, max_size=12).map(str.strip).filter(bool)
minutes = st.integers(0, 20_000)


@st.composite
def records(draw):
    """Draw a record whose fields stand in any order and whose values are written in any style of YAML."""

    def scalar(text):
        style = draw(st.sampled_from(["'", '"']))
        one = " ".join(text.split())
        if style == "'":
            return f"'{one.replace(chr(39), chr(39) * 2)}'"
        return '"' + one.replace("\\", "\\\\").replace('"', '\\"') + '"'

    start = datetime.datetime(2026, 3, 2, tzinfo=datetime.UTC)
    fields = {"title": f"title: {scalar(draw(word))}", "severity": "severity: sev1 # why", "status": "status: draft"}
    fields["ref"] = f"# about the number\nref: {scalar(draw(word))}"
    events = []
    for number, minute in enumerate(draw(st.lists(minutes, max_size=6))):
        at = (start + datetime.timedelta(minutes=minute)).isoformat()
        comment = f"  # comment {number}\n" if draw(st.booleans()) else ""
        folded = (
            f">-\n      {' '.join(draw(word).split())}\n\n      more" if draw(st.booleans()) else scalar(draw(word))
        )
        events.append(
            f"{comment}  - at: {at.replace('T', draw(st.sampled_from(['T', ' ', 't'])))}\n    kind: note\n    what: {folded}"
        )
    if events:
        fields["timeline"] = "timeline:\n" + "\n".join(events)
    order = draw(st.permutations(list(fields)))
    blank = draw(st.sampled_from(["", " ", "   "]))
    return "---\n" + "\n".join(f"{fields[name]}" for name in order) + f"\n---\n\n## S{blank}\n\n{draw(word)}\n"


@given(records())
def test_what_a_record_means_never_changes(text):
    before = yaml_text.read(text.split("\n---\n")[0][4:] + "\n")
    mended = mend.mend(text, PATH).text
    after = yaml_text.read(mended.split("\n---\n")[0][4:] + "\n")
    if before.faults:
        assert mended == text
        return

    def told(document):
        value = dict(document.value)
        value["timeline"] = sorted(
            (str(mend.tidy_moment(event["at"]) or event["at"]), event["what"], event["kind"])
            for event in value.get("timeline", [])
        )
        return value

    assert told(before) == told(after)
    assert (
        sorted(line for line in text.split("\n") if "#" in line)
        == sorted(line for line in mended.split("\n") if "#" in line)
        or " \n" in text
    )
    assert mend.mend(mended, PATH).text == mended


def test_fix_shows_a_diff_and_writes_nothing_then_writes(make):
    root = make({PATH: UNTIDY})
    shown = calmroom("-C", root, "fix", "--diff")
    assert shown.returncode == 1 and "+  - {id: rule-too-broad" in shown.stdout
    assert (root / PATH).read_text() == UNTIDY
    assert "1 record mended" in calmroom("-C", root, "fix").stderr
    assert calmroom("-C", root, "fix", "--diff").returncode == 0
    assert calmroom("-C", root, "check", PATH).returncode == 0


def test_rewrites_are_offered_one_by_one_and_only_those_accepted_are_taken(make):
    text = RECORD + "\nThe engineer should have checked it. The team failed to notice. Obviously, nobody looked.\n"
    root = make({PATH: text})
    done = subprocess.run(
        [sys.executable, "-m", "calmroom", "-C", str(root), "fix", "--language"],
        input="y\nn\nq\n",
        text=True,
        capture_output=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    after = (root / PATH).read_text()
    assert "The engineer did not check it. The team failed to notice. Obviously" in after
