"""Record text is untrusted: whatever it holds, what reaches the page cannot run, reach out, or take the page's place."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.records import narrative

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


def test_the_summary_is_taken_out_of_the_narrative():
    text = "Before.\n\n## Summary\n\nTwo hours.\n\n### More\n\nYes.\n\n## After\n\nThe rest.\n"
    summary, rest = narrative.split_summary(text)
    assert summary == "Two hours.\n\n### More\n\nYes."
    assert rest == "Before.\n\n## After\n\nThe rest."


def test_a_summary_heading_inside_a_fence_is_not_one():
    text = "```\n## Summary\n```\n\nText.\n"
    assert narrative.split_summary(text) == ("", text)


def test_an_indented_fence_or_a_tilde_fence_hides_headings_too():
    text = "~~~~\n## Summary\n~~~\n## Summary\n~~~~\n\n## Summary\n\nReal.\n"
    assert narrative.split_summary(text)[0] == "Real."


def test_plain_text_has_no_markup():
    assert narrative.plain("A **bold** [link](https://x.example) & `code`.") == "A bold link & code."


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
