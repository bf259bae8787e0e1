"""What of a text may be shown at a sharing level: stricter parts go, marks never show, doubt withholds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmroom.records import sharing
from calmroom.records.sharing import LEVELS

TEXT = """\
## Summary

Open to all.

## Who it was {tlp=red}

SECRETONE

### Below it

SECRETTWO

## What next

Seen. <!-- tlp: amber+strict -->SECRETTHREE<!-- /tlp --> Seen too.

<!-- tlp: red -->

SECRETFOUR

```
# not a heading
SECRETFIVE
```

<!-- /tlp -->

The end.
"""


@pytest.mark.parametrize(
    ("level", "there", "gone"),
    [
        ("clear", [], ["ONE", "TWO", "THREE", "FOUR", "FIVE"]),
        ("amber", [], ["ONE", "TWO", "THREE", "FOUR", "FIVE"]),
        ("amber+strict", ["THREE"], ["ONE", "TWO", "FOUR", "FIVE"]),
        ("red", ["ONE", "TWO", "THREE", "FOUR", "FIVE"], []),
    ],
)
def test_parts_stricter_than_the_edition_go_and_marks_never_show(level, there, gone):
    shown = sharing.shown(TEXT, level)
    assert [word for word in there if f"SECRET{word}" not in shown] == []
    assert [word for word in gone if f"SECRET{word}" in shown] == []
    assert "Open to all." in shown and "Seen too." in shown and "The end." in shown
    assert "tlp" not in shown.lower()


@pytest.mark.parametrize(
    "text",
    [
        "A\n\n<!-- tlp: red -->SECRET",  # never ends
        "A\n\n<!-- tlp: reed -->SECRET<!-- /tlp -->",  # a level nobody knows
        "A\n\n<!--TLP:RED-->SECRET<!--/TLP-->",
        "A\n\n<!-- tlp: red -->SECRET<!-- tlp: clear -->SECRET<!-- /tlp -->SECRET<!-- /tlp -->",
        "A\n\n## B {tlp=rde}\n\nSECRET",
        "A\n\n## B {tlp=red} ##\n\nSECRET",
        "A\n\nB {tlp=red}\n----\n\nSECRET",
        "A\n\n> ## B {tlp=red}\n\nSECRET",  # in something else: all that follows
        "A\n\n## B {tlp=red}\n\n```\n# no heading\n```\n\nSECRET",
        "A\n\n## B {tlp=red}\n\n    # no heading\n\nSECRET",
        "A\n\n## B {tlp=red}\n\n<div>\n# no heading\n</div>\n\nSECRET",
        "A\n\n```\n<!-- tlp: red -->\nSECRET\n<!-- /tlp -->\n```\n",
        "A\n\n<!-- tlp: red -->SECRET",
    ],
)
def test_doubt_withholds(text):
    for level in LEVELS[:-1]:
        shown = sharing.shown(text, level)
        assert "SECRET" not in shown and shown.startswith("A")


def test_a_section_reaches_to_the_next_heading_of_its_rank():
    text = "## A {tlp=red}\n\nx\n\n### B\n\ny\n\n## C\n\nz\n"
    assert sharing.shown(text, "amber") == "## C\n\nz\n"
    assert sharing.shown(text.replace("## C", "# C"), "amber") == "# C\n\nz\n"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("## A {tlp=reed}", [(0, 6)]),
        ("x\n\nA {tlp=red}\n\ny", [(2, 3)]),
        ("x <!-- /tlp -->", [(0, 3)]),
        ("x\n<!-- tlp: red -->", [(1, 1)]),
        ("<!-- tlp: reed -->x<!-- /tlp -->", [(0, 1)]),
        ("## A {tlp=red}\n\n<!-- tlp: amber -->x<!-- /tlp -->", []),
    ],
)
def test_a_mark_that_is_not_understood_is_reported_where_it_stands(text, places):
    assert [(fault.line, fault.column) for fault in sharing.faults(text)] == places


WORDS = st.sampled_from(
    [
        "SECRET",
        "open",
        "\n\n",
        "## Head",
        " {tlp=red}",
        "<!-- tlp: red -->",
        "<!-- /tlp -->",
        "\n",
        "```",
        "> ",
        "# x",
        "    ",
        "<!-- tlp: amber -->",
    ]
)


@given(st.lists(WORDS).map("".join), st.sampled_from(LEVELS))
def test_whatever_is_written_no_mark_shows_and_a_stricter_edition_shows_no_less(text, level):
    shown = sharing.shown(text, level)
    assert "tlp:" not in shown.lower() or "<!--" not in shown
    everything = sharing.shown(text, "red")
    assert len(shown) <= len(everything)


@given(st.lists(WORDS).map("".join), st.lists(WORDS).map("".join))
def test_what_stands_in_a_red_passage_is_in_no_other_edition(before, after):
    text = (
        f"{before.replace('SECRET', 's')}\n\n<!-- tlp: red -->\nMARKED\n<!-- /tlp -->\n\n{after.replace('SECRET', 's')}"
    )
    assert "MARKED" not in sharing.shown(text, "amber+strict")
    assert sharing.without_marks(text).count("\n") == text.count("\n")
