"""The glossary's terms are found as people write them, once a section, never where they would disturb, in linear time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmroom.playbooks.model import Term
from calmroom.playbooks.terms import matcher
from calmroom.site.glossing import gloss


def term(slug: str, name: str, synonyms: tuple[str, ...] = (), forms: tuple[str, ...] = ()) -> Term:
    return Term.model_construct(slug=slug, group="x", path="p", term=name, synonyms=synonyms, forms=forms)


TERMS = [
    term("root-cause", "Root cause"),
    term("cause", "Cause"),
    term("waf", "WAF", synonyms=("web application firewall",)),
    term("firewall", "Firewall"),
    term("it", "IT"),
    term("spof", "Single point of failure", forms=("single points of failure",)),
    term("policy", "Policy"),
    term("loss", "Loss"),
]
MATCHER = matcher({item.slug: item for item in TERMS})


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The root cause was it.", [("root cause", "root-cause")]),
        ("Root-causes and causes", [("Root-causes", "root-cause"), ("causes", "cause")]),
        ("a web application firewall", [("web application firewall", "waf")]),
        ("two WAFs, one waf", [("WAFs", "waf")]),
        ("IT did it", [("IT", "it")]),
        ("single points\nof failure", [("single points\nof failure", "spof")]),
        ("policies; a policy's owner", [("policies", "policy"), ("policy's", "policy")]),
        ("losses", [("losses", "loss")]),
        ("because causeway, firewalled", []),
        ("root. Cause", [("Cause", "cause")]),
        ("", []),
    ],
)
def test_terms_are_found_whole_longest_and_inflected(text, found):
    assert [(text[m.start : m.end], m.slug) for m in MATCHER.find(text)] == found


@given(st.text(max_size=200))
def test_matches_are_in_order_and_never_overlap(text):
    end = 0
    for match in MATCHER.find(text):
        assert end <= match.start < match.end <= len(text)
        end = match.end


def test_the_steps_grow_with_the_text_and_not_with_the_number_of_terms():
    """Counted, not timed: how often the trie is asked."""
    steps = []
    for count in (10, 1_000):
        many = matcher({f"t{n}": term(f"t{n}", f"word{n} other{n}") for n in range(count)})
        asked = 0
        following = type(many)._next

        def counted(node, word, following=following):
            nonlocal asked
            asked += 1
            return following(node, word)

        text = " ".join(f"word{n % 10} filler" for n in range(2_000))
        try:
            type(many)._next = staticmethod(counted)
            list(many.find(text))
        finally:
            type(many)._next = staticmethod(following)
        steps.append(asked)
    assert steps[0] == steps[1] <= 3 * 4_000


def marked(html: str) -> str:
    return gloss(html, MATCHER, lambda slug, text: f"<t {slug}>{text}</t>")[0]


def test_only_the_first_occurrence_in_a_section_is_marked():
    assert (
        marked("<p>cause, cause</p><h2>x</h2><p>cause</p>")
        == "<p><t cause>cause</t>, cause</p><h2>x</h2><p><t cause>cause</t></p>"
    )


@pytest.mark.parametrize(
    "html",
    [
        '<a href="#">cause</a>', "<pre><code>cause</code></pre>", "<h2>cause</h2>", "<h3>cause</h3>", '<p title="cause">x</p>', "<a><span>cause</span> cause</a>",
        '<p data-calm-plain="">a <b>cause</b> cause</p>', "<!-- cause --><br>", '<img alt="a > cause">', "<button>cause</button>",
    ],
)  # fmt: skip
def test_nothing_is_marked_where_it_would_disturb(html):
    assert marked(html).replace("<!-- <t cause>cause</t> -->", "<!-- cause -->") == html


def test_after_a_silent_element_terms_are_marked_again():
    assert (
        marked("<a>cause</a> cause <code>x</code> policy")
        == "<a>cause</a> <t cause>cause</t> <code>x</code> <t policy>policy</t>"
    )


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<a href='x'>",
                "</a>",
                "cause ",
                "root cause",
                "<br>",
                "<h2>",
                "</h2>",
                "&amp;",
                "<code>",
                "</code>",
                '<i title="a>b">',
                "</i>",
            ]
        ),
        max_size=20,
    )
)
def test_marking_changes_nothing_but_adds_marks(parts):
    html = "".join(parts)
    assert gloss(html, MATCHER, lambda slug, text: text)[0] == html
