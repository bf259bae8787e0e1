"""Similar incidents: nearest first, with reasons that are true, and what held."""

from __future__ import annotations

import pytest

from calmroom import knowledge
from calmroom.insight.similarity import Similarity, in_words, text_of
from calmroom.records.taxonomy import shipped
from calmroom.search import words
from tests.conftest import ROOT
from tests.insight.build import action, factor, record

OWN = knowledge.read(ROOT)


@pytest.fixture(scope="module")
def own() -> Similarity:
    return Similarity(OWN.records)


def test_two_incidents_of_one_service_with_the_same_story_are_nearest():
    story = "The certificate of the login proxy expired and nobody renewed it."
    listed = [
        record("2026-03-01-a", title="Login failed after a certificate expired", narrative=story, services=["login"]),
        record("2026-03-02-b", title="A disk was full", narrative="The queue wrote logs until the disk was full."),
        record(
            "2026-03-03-c",
            title="Certificates expired again",
            narrative="Two certificates had expired.",
            services=["login"],
        ),
    ]
    near = Similarity(listed).to(listed[0])
    assert near[0].record.id == "2026-03-03-c"
    service, shared = in_words(near[0].reasons, shipped())
    assert service == "same service: login"
    assert {"expired", "certificates"} <= set(shared.removeprefix("words: ").split(", "))


def test_a_reason_is_never_given_that_is_not_so(own):
    for one in OWN.records:
        for near in own.to(one):
            other = near.record
            assert other.id != one.id
            for reason in near.reasons:
                mine = {
                    "service": one.services, "factor": [f.kind for f in one.factors], "kind": one.kind, "tag": one.tags,
                    "detected": [one.detection.by], "words": reason.values,
                }[reason.sort]  # fmt: skip
                theirs = {
                    "service": other.services, "factor": [f.kind for f in other.factors], "kind": other.kind,
                    "tag": other.tags, "detected": [other.detection.by], "words": reason.values,
                }[reason.sort]  # fmt: skip
                assert set(reason.values) <= set(mine) & set(theirs)
                if reason.sort == "words":
                    assert set(reason.values) <= set(words.parts(text_of(other)))
                    assert {words.stem(w) for w in reason.values} <= {words.stem(w) for w in words.parts(text_of(one))}


def test_free_text_finds_what_it_tells_of(own):
    assert (
        own.to_text("customer's support files read by an intruder, session tokens stolen")[0].record.id
        == "2023-09-28-okta-support-case-system"
    )
    assert (
        own.to_text("a regular expression in a firewall rule used all the cpu")[0].record.id
        == "2019-07-02-cloudflare-waf-regex"
    )
    assert own.to_text("zzzz qqqq") == []


def test_what_was_tried_says_whether_it_came_back():
    done = action("x", "done", done_on="2026-03-05", addresses=["f"], strength="stronger")
    first = record(
        "2026-03-01-a",
        title="The queue overflowed",
        services=["queue"],
        factors=[factor("f", "capacity")],
        actions=[done, action("y", "done")],
    )
    second = record(
        "2026-04-01-b", title="The queue overflowed again", services=["queue"], factors=[factor("g", "capacity")]
    )
    near = Similarity([second, first]).to(second)
    assert [(t.action.id, t.later and [r.id for r in t.later]) for t in near[0].tried] == [
        ("x", ["2026-04-01-b"]),
        ("y", None),
    ]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_records_have_few_neighbours_and_nothing_breaks(count):
    listed = [record(f"2026-03-0{n}-a", title="the of and") for n in range(1, count + 1)]
    found = Similarity(listed)
    assert found.to_text("anything") == []
    for one in listed:
        assert found.to(one) == []


def test_more_can_be_asked_for_than_a_page_shows(own):
    near = own.to(OWN.records[0], 12)
    assert len(near) == 12
    assert [n.score for n in near] == sorted((n.score for n in near), reverse=True)
    assert [n.record.id for n in near[:5]] == [n.record.id for n in own.to(OWN.records[0])]
