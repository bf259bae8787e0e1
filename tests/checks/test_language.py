"""Blame and hindsight: the subject decides, quotations are exempt, and a rewrite fits the sentence it stands in."""

from __future__ import annotations

import pytest

from benchmarks.language import measure
from calmroom.checks import language, verbs
from calmroom.checks.passages import Passage
from calmroom.records import yaml_text
from tests.checks.conftest import applied, record, subject_of


def rewritten(sentence: str) -> list[str]:
    found = language.find(Passage((), sentence))
    return [
        sentence[: item.rewrite.start] + item.rewrite.words + sentence[item.rewrite.end :] if item.rewrite else ""
        for item in found
    ]


def test_precision_and_recall_hold_on_the_sentences_that_were_held_back():
    score = measure.score([item for item in measure.labelled() if item.held_back])
    assert score.sentences >= 200 and score.blaming >= 100
    assert score.precision >= 0.90, [item.text for item in score.false_alarms]
    assert score.recall >= 0.70


def test_at_least_four_hundred_sentences_are_labelled_and_half_of_them_innocent():
    every = measure.labelled()
    innocent = [item for item in every if not item.code]
    assert len(every) >= 400 and len(innocent) >= len(every) / 2
    assert sum(item.origin != "own" for item in innocent) >= 100
    assert len({item.text for item in every}) == len(every)


@pytest.mark.parametrize(
    ("sentence", "better"),
    [
        ("The engineer should have checked the dashboard.", "The engineer did not check the dashboard."),
        ("The on-call engineer failed to notice the alert.", "The on-call engineer did not notice the alert."),
        ("Human error caused the outage.", "An action that the system let through caused the outage."),
        ("It was caused by human error.", "It was caused by an action that the system let through."),
        ("The root cause was a full disk.", "One contributing factor was a full disk."),
        ("The root cause of the outage was a full disk.", "One contributing factor of the outage was a full disk."),
        ("The team made a bad decision.", "The team made a decision."),
        ("It was an ill-advised choice.", "It was a choice."),
        ("A careless administrator left it open.", "An administrator left it open."),
        ("The operator carelessly deleted the table.", "The operator deleted the table."),
        ("Obviously, the disk was full.", "The disk was full."),
        ("The team obviously knew.", "The team knew."),
        ("The network team never tests its changes.", "The network team did not test its changes."),
        ("The on-call ignored the alert.", "The on-call did not act on the alert."),
        ("The team was to blame for the outage.", "The team had a part in the outage."),
        ("The backups should have been tested.", "The backups were not tested."),
        ("The backup should have been tested.", "The backup was not tested."),
        (
            "Insufficient testing of the rollback led to it.",
            "Testing of the rollback that did not cover this case led to it.",
        ),
        ("A developer made a mistake.", "A developer took a step that had an effect nobody expected."),
    ],
)
def test_a_rewrite_fits_its_sentence_and_is_innocent_itself(sentence, better):
    assert rewritten(sentence) == [better]
    assert language.find(Passage((), better)) == []


@pytest.mark.parametrize(
    "text",
    [
        '"You should have checked", said the director.',
        "The director said “you should have checked”.",
        "> The engineer should have checked.\n> Twice.",
        "```\nThe engineer should have checked.\n```",
        "`the engineer failed to check`",
        "<!-- the engineer failed to check -->",
    ],
)
def test_what_is_quoted_or_code_is_exempt(text):
    assert language.find(Passage((), text, markdown=True)) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "The script written by the engineer failed to run.",
        "The health check that the team had written failed to connect.",
        "The Kubernetes operator failed to reconcile.",
        "The team's dashboard failed to load.",
        "The replicas were healthy, but they failed to elect a leader.",
        "If only one replica is up, the service stays in read-only mode.",
    ],
)
def test_machines_are_innocent_whoever_built_them(sentence):
    assert language.find(Passage((), sentence)) == []


@pytest.mark.parametrize(
    "written",
    [
        "what: The engineer should have checked the rule.",
        "what: 'The engineer''s team should have checked the rule.'",
        'what: "The \\"edge\\" engineer should have checked the rule."',
        "what: >-\n      The engineer should\n      have checked the rule.",
        "what: |\n      The engineer should have checked\n      the rule.",
        "what: The engineer\n      should have checked the rule.",
    ],
)
def test_an_edit_replaces_the_words_in_every_style_of_yaml(written):
    text = record().replace("factors:", f"  - at: 2026-03-02T10:20:00+00:00\n    kind: note\n    {written}\nfactors:")
    subject = subject_of(text)
    (found,) = [item for item in language.check(subject) if item.code == "CR607"]
    after = applied(text, found)
    what = yaml_text.read(after.split("---\n")[1]).value["timeline"][2]["what"]
    assert "did not check" in what and "should" not in what
    assert " ".join(what.split()).endswith("did not check the rule.")


def test_an_edit_is_offered_in_the_narrative_over_a_line_end():
    text = record("## Summary\n\nLate that night the engineer should\nhave checked the rule.\n")
    subject = subject_of(text)
    (found,) = language.check(subject)
    assert "the engineer did not check the rule." in applied(text, found)


@pytest.mark.parametrize(
    ("participle", "base"),
    [
        ("checked", "check"), ("verified", "verify"), ("rolled", "roll"), ("noticed", "notice"), ("stopped", "stop"), ("updated", "update"),
        ("configured", "configure"), ("deployed", "deploy"), ("enabled", "enable"), ("seen", "see"), ("read", "read"), ("monitored", "monitor"),
        ("documented", "document"), ("escalated", "escalate"), ("raised", "raise"), ("removed", "remove"), ("restored", "restore"), ("planned", "plan"),
        ("reviewed", "review"), ("double-checked", "double-check"), ("committed", "commit"), ("installed", "install"), ("assumed", "assume"), ("followed", "follow"),
        ("closed", "close"), ("used", "use"), ("called", "call"), ("expected", "expect"), ("included", "include"), ("provided", "provide"), ("avoided", "avoid"),
    ],
)  # fmt: skip
def test_participles_find_their_base_form(participle, base):
    assert verbs.base(participle) == base


def test_every_rule_says_why_and_has_a_code_of_the_catalogue():
    from calmroom.records.diagnostics import catalogue

    for rule in language.shipped().rules:
        assert rule.say and rule.code in catalogue() and rule.words, rule.id
        assert catalogue()[rule.code].source
