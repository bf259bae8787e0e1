"""YAML with positions: the values YAML 1.2 means, where each stands, and nothing that can be made to explode."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from calmroom.records import signs, yaml_text
from calmroom.records.diagnostics import Position

TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co", "Zl", "Zp"), exclude_characters="\ufeff"), max_size=30
).filter(lambda text: not signs.first(text))
PLAIN = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), TEXT)
VALUES = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4), max_leaves=12
)


def test_words_that_yaml_1_1_takes_for_something_else_stay_words():
    text = "on: yes\nno: off\ntime: 1:30\nday: 2026-03-02\nat: 2026-03-02T09:02:00Z\nversion: 1.10.0\nmac: 1e3:2\n"
    assert yaml_text.read(text).value == {
        "on": "yes",
        "no": "off",
        "time": "1:30",
        "day": "2026-03-02",
        "at": "2026-03-02T09:02:00Z",
        "version": "1.10.0",
        "mac": "1e3:2",
    }


def test_the_core_schema_has_null_booleans_and_numbers():
    text = "a: ~\nb: null\nc:\nd: true\ne: False\nf: 12\ng: -0.5e3\nh: 0x1f\ni: 0o17\nj: 010\nk: '12'\n"
    assert list(yaml_text.read(text).value.values()) == [None, None, None, True, False, 12, -500.0, 31, 15, 10, "12"]


def test_every_value_and_key_has_its_place():
    document = yaml_text.read("a:\n  - b: 1\n    c: [x, {d: 2}]\n", first_line=10)
    assert document.position(("a", 0, "c", 1, "d")) == Position(12, 16)
    assert document.position(("a", 0, "c"), key=True) == Position(12, 5)
    assert document.position(("a", 0, "missing")) == Position(11, 5)


@given(VALUES)
def test_what_a_yaml_library_writes_in_json_style_is_read_back_the_same(value):
    text = json.dumps({"value": value}, ensure_ascii=False)
    assert yaml_text.read(text).value == {"value": value}


@given(st.text(max_size=200))
def test_any_text_gives_a_value_or_a_fault_and_never_an_exception(text):
    document = yaml_text.read(text)
    for fault in document.faults:
        assert fault.code.startswith("CR1")
        assert fault.position.line >= 1
        assert fault.position.column >= 1


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@, \n\t<", max_size=80))
def test_any_mixture_of_yaml_signs_gives_plain_values_or_a_fault(text):
    document = yaml_text.read(text)
    assert document.faults or json.dumps(document.value) is not None


def test_positions_of_values_do_not_depend_on_the_line_ends_before_them():
    document = yaml_text.read("a: 1\nb: é\nc: x\n")
    assert document.position(("c",)) == Position(3, 4)


def test_a_document_just_within_the_bounds_is_read():
    text = "\n".join(f"- {number}" for number in range(40_000))
    assert len(yaml_text.read(text).value) == 40_000
