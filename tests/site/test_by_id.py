"""Links by id in hand-written pages: those that are meant become paths, those that are shown stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmroom.site import by_id


def told(words: str, address: str) -> str | None:
    return f"<{words}|{address}>"


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        ("[a](incident:x)", "<a|incident:x>"),
        ("[a [b] c](page:x#y) and [d](script:z).", "<a [b] c|page:x#y> and <d|script:z>."),
        ("`[a](incident:x)` [b](incident:y)", "`[a](incident:x)` <b|incident:y>"),
        ("``a ` [a](incident:x)`` [b](page:y)", "``a ` [a](incident:x)`` <b|page:y>"),
        ("```\n[a](incident:x)\n```\n[b](page:y)", "```\n[a](incident:x)\n```\n<b|page:y>"),
        (
            "~~~~ md\n[a](page:x)\n~~~\n[a](page:x)\n~~~~\n[b](page:y)",
            "~~~~ md\n[a](page:x)\n~~~\n[a](page:x)\n~~~~\n<b|page:y>",
        ),
        ("one ` alone\n\n[b](page:y) ` two", "one ` alone\n\n<b|page:y> ` two"),
        ("[a](https://x.example) [b](other.md)", "[a](https://x.example) [b](other.md)"),
    ],
)
def test_links_are_replaced_outside_code(written, becomes):
    assert by_id.replaced(written, told) == becomes


@given(st.text(alphabet="`~[]()ab:\n -#", max_size=200))
def test_a_page_without_links_by_id_stays_as_it_is(text):
    assert by_id.replaced(text, told) == text
