"""Absolutes in what you say are pointed at, as advice, and can be meant."""

from __future__ import annotations

import pytest

from calmroom import knowledge
from calmroom.records.diagnostics import Diagnostic, Level
from tests.conftest import ID, RECORD, Make, calmroom
from tests.playbooks.test_reading import SCRIPT

MESSAGE = """\
title: A note
situation: You write.
kind: message
channel: email
when: soon
body: |
  {text}
"""


def found(make: Make, script: str) -> tuple[Diagnostic, ...]:
    base = knowledge.read(make({f"incidents/{ID}.md": RECORD, "playbooks/scripts/a.yaml": script}))
    return base.diagnostics


@pytest.mark.parametrize(
    "said",
    [
        "Nobody will ask you.",
        "This will never come back.",
        "I always do.",
        "We guarantee it.",
        "I promise you that.",
        "It won't happen again.",
        "No one signed in.",
    ],
)
def test_an_absolute_in_what_you_say_is_pointed_at_as_advice(said, make: Make):
    (finding,) = found(make, SCRIPT.replace("says: Thank you., goes_to", f'says: "{said}", goes_to'))
    assert (finding.code, finding.level) == ("CR509", Level.NOTE)
    assert finding.hint and finding.message.lower().split("`")[1] in said.lower()


def test_it_is_found_in_an_answer_to_a_push_and_in_a_message(make: Make):
    pushed = SCRIPT.replace('says: "I will, by {plan_due}."', 'says: "You never have to. By {plan_due}."')
    assert [item.code for item in found(make, pushed)] == ["CR509"]
    assert [item.code for item in found(make, MESSAGE.format(text="Nobody was hurt."))] == ["CR509"]


@pytest.mark.parametrize("said", ["I can't promise that.", "I cannot guarantee it.", "We can not promise it."])
def test_saying_that_one_cannot_promise_is_no_promise(said, make: Make):
    assert found(make, SCRIPT.replace("says: Thank you., goes_to", f'says: "{said}", goes_to')) == ()


def test_what_others_say_and_what_never_to_say_may_be_absolute(make: Make):
    script = SCRIPT.replace("says: What now?", "says: Nobody always does that.")
    assert "Nobody ever did" in script
    assert found(make, script) == ()


def test_an_absolute_can_be_meant_and_an_exception_that_fits_nothing_is_reported(make: Make):
    said = SCRIPT.replace("says: Thank you., goes_to", "says: Nobody answered., goes_to")
    meant = 'meant: [{words: nobody answered, why: "The room said so."}]\n'
    assert found(make, said + meant) == ()
    assert [(item.code, item.level) for item in found(make, SCRIPT + meant)] == [("CR513", Level.WARNING)]


def test_advice_fails_neither_check_nor_a_strict_check_and_is_shown(make: Make):
    root = make({f"incidents/{ID}.md": RECORD, "playbooks/scripts/a.yaml": MESSAGE.format(text="Nobody was hurt.")})
    for options in ([], ["--strict"]):
        done = calmroom("-C", str(root), "check", *options)
        assert done.returncode == 0, done.stderr
        assert "CR509" in done.stdout + done.stderr
