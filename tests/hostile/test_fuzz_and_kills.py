"""Small runs of what `make fuzz` and `make kills` do at length; and whole records of any shape."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calmroom.records.diagnostics import catalogue
from calmroom.records.emit import record_text
from calmroom.records.model import IncidentFields
from calmroom.records.reader import Found, parse_record
from calmroom.records.taxonomy import shipped
from tests.conftest import ID
from tests.hostile.fuzz import READERS, SEEDS, fuzz
from tests.hostile.kills import kills


def test_mutated_files_of_every_kind_end_in_diagnostics():
    for name in READERS:
        for seed in SEEDS[name]:
            READERS[name](seed)
    done, _, _, wrong = fuzz(1_500, 40, 3, list(READERS))
    assert done and wrong == []


def test_nothing_is_torn_by_kills(tmp_path):
    killed, ended = kills(6, 5, tmp_path)
    assert killed + ended == 6


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["impact", "a", "sev1", "draft", "2026-03-02", "2026-03-02T09:02:00Z", "9999-12-31", "process"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["id", "at", "kind", "what", "leads_to", "summary", "by", "began", "owner", "due", "status", "url", "title", "x"]), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(sorted(IncidentFields.model_fields)), ANY, max_size=12), st.text(max_size=80))
def test_a_record_of_any_shape_is_read_or_says_why_not(fields, narrative):
    text = record_text(fields, narrative)
    reading = parse_record(text, Found(ID, f"{ID}.md"), shipped())
    errors = [found for found in reading.diagnostics if found.level == "error"]
    assert (reading.record is None) == bool(errors)
    assert all(found.code in catalogue() for found in reading.diagnostics)
