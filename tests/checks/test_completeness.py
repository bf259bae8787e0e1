from __future__ import annotations

from calmroom.checks import completeness
from tests.checks.conftest import record


def found(codes, text):
    return {code for code, _ in codes(completeness.check, text)}


def test_the_sample_record_lacks_only_what_went_well_and_evidence(codes):
    assert found(codes, record()) == {"CR645", "CR646"}


def test_a_draft_may_lack_anything(codes):
    assert found(codes, record().replace("status: reviewed", "status: draft")) == set()


def test_each_thing_that_a_reviewed_record_lacks_is_named(codes):
    assert "CR640" in found(
        codes, record().replace("detection: {by: customer, gap: The alert watched the old rule set.}\n", "")
    )
    assert "CR641" in found(codes, record().replace("owner: Network Security Lead, ", ""))
    assert "CR642" in found(codes, record().replace("[rule-too-broad, no-second-reader]", "[rule-too-broad]"))
    assert "CR643" in found(codes, record().replace("stronger", "weaker"))
    assert "CR644" in found(codes, record().replace(", gap: The alert watched the old rule set.", ""))


def test_actions_of_others_are_not_ours_to_close(codes):
    others = (
        record()
        .replace("tlp: green", "tlp: green\norganisation: Example Ltd")
        .replace("owner: Network Security Lead, ", "")
    )
    assert not {"CR641", "CR642", "CR643"} & found(codes, others.replace("stronger", "weaker"))
