"""Diagrams that cannot break: arbitrary text goes in, the real Mermaid parses and draws it, and shows what was written."""

from __future__ import annotations

import datetime
from importlib import resources

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calmroom import knowledge
from calmroom.site import diagrams, mermaid
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

NASTY = [
    ":", ";", "::", "#", "#quot;", "#35;", '"', "'", "`", "```", "[", "]", "(", ")", "{", "}", "{{", "}}", "<br/>", "</script>", "<b>", "&", "&amp;",
    "end", "End", "section", "title", "gantt", "graph", "subgraph", "click", "call", "%%", "%%{init: {}}%%", "---", "-->", "==>", "-.-", "|", "\\", "/",
    "\n", "\r\n", "\t", ",", "milestone,", "crit,", "after x", "2026-03-02", "1:30", "@", "$", "~", "*", "**b**", "_", "\u202e", "\u200f", "العربية", "עברית",
    "🙂", "👩‍💻", "é", "e\u0301", "中文", "\x00", "\x07", "\ud800", "x" * 500, " ", "",
]  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(NASTY), st.text(max_size=20)), max_size=6).map("".join)


@pytest.fixture(scope="module")
def page(chromium):
    page = chromium.new_page()
    page.set_content("<!doctype html><body><div id='drawing'></div>")
    page.add_script_tag(path=str(resources.files("mermaidx") / "assets" / "mermaid.js"))
    page.evaluate("mermaid.initialize({startOnLoad: false, securityLevel: 'strict', theme: 'base'})")
    yield page
    page.close()


DRAW = """async (sources) => {
  const texts = [];
  for (const source of sources) {
    try {
      await mermaid.parse(source);
      const { svg } = await mermaid.render('d' + Math.random().toString(36).slice(2), source);
      const box = document.getElementById('drawing');
      box.innerHTML = svg;
      const labels = [...box.querySelectorAll('.nodeLabel, text[class*=taskText]')].map((e) => e.textContent);
      texts.push({ labels, active: box.querySelectorAll('script, a, iframe, img, [onclick], [onerror]').length });
    } catch (error) { texts.push({ error: String(error), source }); }
  }
  return texts;
}"""


def drawn(page, *sources: str):
    results = page.evaluate(DRAW, list(sources))
    for result in results:
        assert "error" not in result, result
        assert result["active"] == 0
    return results


def gantt(title: str, labels: list[str]) -> str:
    start = datetime.datetime(2026, 3, 2, 9)
    items = [
        mermaid.Milestone(mermaid.gantt_label(label), start + datetime.timedelta(minutes=i))
        for i, label in enumerate(labels)
    ]
    bars = [
        mermaid.Bar(mermaid.gantt_label(label), "active", start, start + datetime.timedelta(hours=1))
        for label in labels
    ]
    return mermaid.Gantt(title, [(title, bars), ("Key events", items)], "%H:%M").script


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(TEXTS, min_size=2, max_size=5))
def test_a_flowchart_shows_any_text_as_it_was_written(page, texts):
    nodes = [
        (text[:40], text, shape)
        for text, shape in zip(texts, ["round-edge", "stadium-shape", "normal", "hexagon", "circle"], strict=False)
    ]
    (result,) = drawn(page, mermaid.flowchart(texts[0], nodes, [(0, 1)]).script)
    shown = sorted("".join(label.split()) for label in result["labels"])
    wanted = sorted(
        "".join(((mermaid.one_line(h, mermaid.LABEL_LENGTH) or "…") if h else "").split())
        + "".join((mermaid.one_line(t, mermaid.LABEL_LENGTH) or "…").split())
        for h, t, _ in nodes
    )
    assert shown == wanted


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_a_gantt_draws_any_text(page, texts):
    (result,) = drawn(page, gantt(texts[0], texts))
    shown = ["".join(label.split()) for label in result["labels"]]
    for text in texts:
        assert "".join(mermaid.gantt_label(text).split()) in shown


@pytest.mark.parametrize("text", NASTY)
def test_each_nasty_text_alone_is_drawn_by_both(page, text):
    drawn(
        page,
        mermaid.flowchart(text, [(text, text, "round-edge"), ("", text, "stadium-shape")], [(0, 1)]).script,
        gantt(text, [text, f"a {text} b"]),
    )


def test_every_diagram_of_this_repository_is_drawn(page):
    base = knowledge.read(ROOT)
    assert base.records
    sources = [
        d.source for r in base.records for d in (diagrams.timeline(r), diagrams.cause_map(r, base.taxonomies)) if d
    ]
    assert len(sources) >= 2 * len(base.records) - 2
    drawn(page, *sources)


def test_labels_are_short_enough_to_read():
    assert len(mermaid.one_line("word " * 200, mermaid.LABEL_LENGTH)) <= mermaid.LABEL_LENGTH
    assert len(mermaid.gantt_label("x" * 500)) <= mermaid.GANTT_LENGTH + 1
