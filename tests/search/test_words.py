"""Words: folded, split, joined, stemmed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmroom.search import words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("INC-2026-014", ["inc", "2026", "014", "inc2026014"]),
        ("load-balancer", ["load", "balancer", "loadbalancer"]),
        ("the engineer's laptop", ["the", "engineer", "laptop"]),
        ("Café São Paulo", ["cafe", "sao", "paulo"]),
        ("1.1.1.1", ["1", "1", "1", "1", "1111"]),
        ("TLS/SSL, WAF.", ["tls", "ssl", "tlsssl", "waf"]),
        ("ＦＵＬＬ width ﬁle", ["full", "width", "file"]),
        ("", []),
        ("!!! --- ???", []),
    ],
)
def test_text_becomes_these_words(text, found):
    assert words.words(text) == found


def test_a_word_with_a_digit_is_an_id_and_keeps_its_form():
    assert words.stem("mysql1s") == "mysql1s"
    assert words.stem("certificates") == words.stem("certificate")


def test_addresses_are_no_words():
    assert "example" not in words.words(
        words.without_addresses("See [it](https://example.com/a) or https://example.org.")
    )


@given(st.text(max_size=200))
def test_any_text_has_words_without_signs_in_lower_case(text):
    for word in words.words(text):
        assert word and len(word) <= words.LONGEST
        assert all(sign.isalnum() for sign in word)
        assert words.fold(word) == word
        assert words.words(word) == [word] or len(word) == words.LONGEST


@given(st.text(max_size=200))
def test_parts_are_words_and_folding_again_changes_nothing(text):
    assert {part[: words.LONGEST] for part in words.parts(text)} <= set(words.words(text)) | {""}
    assert words.fold(words.fold(text)) == words.fold(text)
