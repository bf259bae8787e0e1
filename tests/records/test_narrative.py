"""Record text is untrusted: whatever it holds, what reaches the page cannot run, reach out, or take the page's place."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmroom.records import narrative

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<svg><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    '<iframe src="https://evil.example"></iframe>',
    '<form action="https://evil.example"><input name="q"></form>',
    '<p id="__search" class="md-header" style="position:fixed">x</p>',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    "<base href='https://evil.example/'>",
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    "![x](https://evil.example/x.png)",
    "<style>body{display:none}</style>",
    "`<script>`",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
]


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def rendered(text: str) -> str:
    return narrative.render(
        text, lambda tag, address: address if address.startswith("https://ok.example") else None
    ).html


def assert_harmless(html: str) -> None:
    reader = Reader()
    reader.feed(html)
    for tag, attributes in reader.tags:
        assert tag in narrative._TAGS
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name not in ("style", "srcset", "action", "formaction")
            if name in ("href", "src"):
                assert value.startswith("https://ok.example")
            if name == "id":
                assert value.startswith((narrative.ANCHOR_PREFIX, "fn:", "fnref"))
            if name == "class":
                assert not re.search(r"md-|calm-", value or "")


@pytest.mark.parametrize("attack", ATTACKS)
def test_known_attacks_do_nothing(attack):
    assert_harmless(rendered(attack))


@given(
    st.lists(
        st.sampled_from(
            [*ATTACKS, "\n\n", "> ", "- ", "`", "```\n", "| a | b |\n|--|--|\n", "&", "<", ">", '"', "'", "[x](", ")"]
        ),
        max_size=8,
    )
)
def test_attacks_in_any_mixture_do_nothing(parts):
    assert_harmless(rendered("".join(parts)))


@given(st.text(max_size=120))
def test_any_text_is_rendered_harmlessly(text):
    assert_harmless(rendered(text))


def test_headings_move_below_the_pages_own_and_cannot_take_its_ids():
    made = narrative.render("# What happened\n\n## Sources\n", lambda tag, address: None)
    assert [(heading.level, heading.anchor) for heading in made.headings] == [
        (2, "story-what-happened"),
        (3, "story-sources"),
    ]


def split(text: str) -> tuple[str, str]:
    rendered = narrative.render(text, lambda tag, address: None)
    return rendered.summary, rendered.html


def test_the_summary_is_taken_out_of_the_narrative():
    summary, rest = split("Before.\n\n## Summary\n\nTwo hours.\n\n### More\n\nYes.\n\n## After\n\nThe rest.\n")
    assert narrative.plain(summary) == "Two hours. More Yes."
    assert narrative.plain(rest) == "Before. After The rest."


def test_a_summary_at_the_end_or_alone_is_found_too():
    assert [narrative.plain(part) for part in split("Before.\n\n# SUMMARY #\n\nTwo hours.\n")] == [
        "Two hours.",
        "Before.",
    ]
    assert [narrative.plain(part) for part in split("## Summary\n\nTwo hours.\n")] == ["Two hours.", ""]


@pytest.mark.parametrize(
    "text",
    ["```\n## Summary\n```\n\nText.\n", "~~~~\n## Summary\n~~~\n~~~~\n", "<h2>Summary</h2>\n\nText.\n", "Text.\n"],
)
def test_what_only_looks_like_a_summary_heading_is_none(text):
    assert split(text)[0] == ""


PARTS = [
    "## Summary\n\n",
    "# Summary\n\n",
    "### A & B\n\n",
    "Text.\n\n",
    "```\n",
    "<h3 id='story-summary'>x</h3>\n\n",
    "> ## Summary\n\n",
    "- x\n\n",
]


@given(st.lists(st.sampled_from(PARTS), max_size=7))
def test_taking_the_summary_out_loses_nothing_but_its_heading(parts):
    summary, rest = split("".join(parts))
    kept = sorted((narrative.plain(summary) + " " + narrative.plain(rest)).split())
    without = [part.replace("Summary", "Nothing") for part in parts]
    words = sorted(narrative.plain(split("".join(without))[1]).replace("Nothing", "Summary").split())
    assert kept == words or sorted([*kept, "Summary"]) == words


def test_footnotes_stay_with_the_story():
    summary, rest = split("## Summary\n\nText[^1].\n\n[^1]: A note.\n")
    assert "A note" in rest and "A note" not in summary and 'href="#fn1"' not in rest


def test_bare_addresses_become_links_and_tables_tables():
    html = rendered("See https://ok.example/a.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n!!! note\n    Mind this.\n")
    assert '<a href="https://ok.example/a"' in html and "<table>" in html and "admonition" in html


def test_plain_text_has_no_markup():
    html = narrative.render("A **bold** [link](https://x.example) & `a < b`.", lambda tag, address: address).html
    assert narrative.plain(html) == "A bold link & a < b."


@pytest.mark.parametrize(
    ("address", "scheme"),
    [
        ("JAVASCRIPT:x", "javascript"),
        (" java\nscript:x", "javascript"),
        ("https://x", "https"),
        ("a/b:c", ""),
        ("#x", ""),
    ],
)
def test_a_scheme_is_seen_as_a_browser_sees_it(address, scheme):
    assert narrative.scheme(address) == scheme


def test_a_checklist_has_boxes_that_print():
    html = rendered("- [ ] **24 h before:** speak first\n- [x] done\n- [link](https://ok.example) [ ] no box\n")
    assert "☐ <strong>24 h before:</strong>" in html and "☑ done" in html and html.count("☐") == 1
