"""Scripts, terms and playbooks that are wrong are reported where they are wrong, like records; right ones are read."""

from __future__ import annotations

import datetime

import jsonschema
import pytest

from calmroom import knowledge
from calmroom.records.diagnostics import catalogue
from tests.conftest import ID, RECORD, Make

SCRIPT = """\
title: The room wants a name
situation: The first sentence after your opening is an accusation.
kind: dialogue
cast:
  you: {name: You, role: Facilitator}
  lead: {name: Engineering Lead}
slots:
  affected_service: {type: text, source: services, example: the portal}
  plan_due: {type: time, source: meeting.at + 24h, example: "tomorrow, 10:00"}
beats:
  - id: accusation
    title: The accusation
    lines:
      - speaker: lead
        direction: blaming
        says: Who made that change?
      - speaker: you
        says: "I hear how angry you are. {affected_service} was down."
        moves: [acknowledge-the-feeling, from-who-to-how]
        why: Anger that is named falls.
        if_accepted: {says: Thank you., goes_to: plan}
        if_pushed: {they: Just answer., says: "I will, by {plan_due}.", moves: [bound-the-promise]}
        never: {says: Calm down., because: Nobody ever did.}
  - id: plan
    title: The plan
    lines:
      - {speaker: lead, says: What now?}
"""

TERMS = """\
root-cause:
  term: Root cause
  plain: The one thing people hope to find.
  precise:
    - {field: reliability, text: A cause at the end of a chain., source: Somebody, url: "https://a.example"}
  misused: As if there were only one.
  executive: Several things had to be true at once.
  synonyms: [underlying cause]
  confused_with: [contributing-factor]
contributing-factor:
  term: Contributing factor
  plain: Something that had to be true.
  precise: [{field: reliability, text: A condition., source: Somebody}]
  misused: As a softer word for fault.
  executive: One of several things that had to be true.
"""

PLAYBOOK = """\
---
situation: An engineer in the room is blamed.
signs: [Somebody says a name.]
roles: {facilitator: stands between}
owner: Security Operations Lead
review_by: 2027-05-31
scripts: [blame]
terms: [root-cause]
incidents: [2026-03-02-edge-firewall-rule]
---

# The room wants a name

## Preparation

Talk first.

## Script

See the script.

## Vocabulary

Words.

## Cultural and executive nuance

Nuance.

## Follow-up

After.
"""

FILES = {
    f"incidents/{ID}.md": RECORD,
    "playbooks/scripts/blame.yaml": SCRIPT,
    "playbooks/glossary/reliability.yaml": TERMS,
    "playbooks/blame.md": PLAYBOOK,
}


def test_right_ones_are_read_and_nothing_is_to_be_mended(make: Make):
    base = knowledge.read(make(FILES), today=datetime.date(2026, 4, 15))
    assert base.diagnostics == ()
    assert base.scripts["blame"].lines[1].moves == ("acknowledge-the-feeling", "from-who-to-how")
    assert base.terms["root-cause"].group == "reliability"
    assert base.playbooks["blame"].fields.scripts == ("blame",)
    assert base.scripts["blame"].minutes == 1


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), 1) if part in line)


WRONG = {
    "a branch to nowhere": ("playbooks/scripts/blame.yaml", "goes_to: plan", "goes_to: plann", "CR501"),
    "a branch in a circle": ("playbooks/scripts/blame.yaml", "goes_to: plan", "goes_to: accusation", "CR502"),
    "an undefined slot": ("playbooks/scripts/blame.yaml", "{affected_service} was", "{affected_servce} was", "CR503"),
    "a slot without a source": ("playbooks/scripts/blame.yaml", "source: services", "source: service", "CR505"),
    "a slot with no source at all": ("playbooks/scripts/blame.yaml", "source: services, ", "", "CR202"),
    "a speaker nobody cast": ("playbooks/scripts/blame.yaml", "{speaker: lead, says: What now?}", "{speaker: boss, says: What now?}", "CR506"),
    "a dialogue that is a message": ("playbooks/scripts/blame.yaml", "kind: dialogue", "kind: message", "CR507"),
    "a line of yours without a reason": ("playbooks/scripts/blame.yaml", "        why: Anger that is named falls.\n", "", "CR508"),
    "an unknown move": ("playbooks/scripts/blame.yaml", "from-who-to-how]", "from-who-to-why]", "CR204"),
    "an unknown field": ("playbooks/scripts/blame.yaml", "direction: blaming", "direktion: blaming", "CR201"),
    "a term that does not exist": ("playbooks/glossary/reliability.yaml", "[contributing-factor]", "[contributing-facto]", "CR512"),
    "a name claimed twice": ("playbooks/glossary/reliability.yaml", "[underlying cause]", "[contributing factor]", "CR511"),
    "a term without plain words": ("playbooks/glossary/reliability.yaml", "  plain: Something that had to be true.\n", "", "CR202"),
    "a part missing": ("playbooks/blame.md", "## Vocabulary\n\nWords.\n\n", "", "CR520"),
    "a part empty": ("playbooks/blame.md", "Words.\n", "", "CR520"),
    "a script that does not exist": ("playbooks/blame.md", "scripts: [blame]", "scripts: [blam]", "CR522"),
    "an incident that does not exist": ("playbooks/blame.md", "[2026-03-02-edge-firewall-rule]", "[2026-03-02-edge]", "CR522"),
    "no owner": ("playbooks/blame.md", "owner: Security Operations Lead\n", "", "CR202"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_each_wrong_one_is_reported_with_its_place_and_what_to_write(name, make: Make):
    path, old, new, code = WRONG[name]
    assert old in FILES[path]
    base = knowledge.read(make({**FILES, path: FILES[path].replace(old, new, 1)}))
    found = [item for item in base.diagnostics if item.code == code and item.path == path]
    assert found, base.diagnostics
    assert all(item.hint and item.code in catalogue() for item in base.diagnostics)
    if new:
        lines = FILES[path].replace(old, new, 1).split("\n")
        assert found[0].position.line <= len(lines)
        assert found[0].source == lines[found[0].position.line - 1] or code == "CR520"


def test_an_unused_slot_and_a_playbook_due_are_warnings(make: Make):
    script = SCRIPT.replace("I will, by {plan_due}.", "I will.")
    base = knowledge.read(make({**FILES, "playbooks/scripts/blame.yaml": script}), today=datetime.date(2028, 1, 1))
    assert [(item.code, item.level) for item in base.diagnostics] == [("CR521", "warning"), ("CR504", "warning")]


def test_a_term_defined_in_two_files_is_reported(make: Make):
    base = knowledge.read(make({**FILES, "playbooks/glossary/security.yaml": TERMS.split("contributing-factor:\n")[0]}))
    assert "CR510" in [item.code for item in base.diagnostics]


def test_a_broken_file_hides_no_other(make: Make):
    base = knowledge.read(
        make({**FILES, "playbooks/scripts/bad.yaml": "- a\n", "playbooks/glossary/bad.yaml": "a: [\n"})
    )
    assert [(item.code, item.path) for item in base.diagnostics] == [
        ("CR105", "playbooks/glossary/bad.yaml"),
        ("CR104", "playbooks/scripts/bad.yaml"),
    ]
    assert base.scripts and base.terms


@pytest.mark.parametrize("name", WRONG)
def test_the_schemas_agree_where_they_can(name):
    from calmroom.playbooks import schema
    from calmroom.records import yaml_text
    from calmroom.records.taxonomy import shipped

    path, old, new, code = WRONG[name]
    made = schema.script(shipped()) if "scripts/" in path else schema.glossary()
    if path.endswith(".md"):
        return
    validator = jsonschema.Draft202012Validator(made)
    assert list(validator.iter_errors(yaml_text.read(FILES[path]).value)) == []
    refused = bool(list(validator.iter_errors(yaml_text.read(FILES[path].replace(old, new, 1)).value)))
    assert refused == (code in ("CR201", "CR202", "CR204"))
