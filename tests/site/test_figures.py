"""The pages across incidents: true and whole with no record, a few, and many; every mark a link with a title."""

from __future__ import annotations

import datetime
import re
import xml.etree.ElementTree as ET

import pytest

from calmroom import knowledge
from calmroom.insight.analysis import Analysis
from calmroom.site import charts, figures, pages
from calmroom.site.rendering import Renderer
from tests.conftest import RECORD, ROOT, Make

TODAY = datetime.date(2026, 4, 15)
SVG = "{http://www.w3.org/2000/svg}"


def link(uri: str) -> str:
    return f"/{uri}"


def page(base: knowledge.KnowledgeBase, uri: str) -> str:
    (found,) = [page for page in pages.every_page(Analysis(base, TODAY)) if page.uri == uri]
    return Renderer(base).render(found, found.values(link), link)


def records(count: int) -> dict[str, str]:
    return {"incidents/README.md": "Records.\n"} | {
        f"incidents/2026-03-{n:02}-made.md": RECORD.replace("2026-03-02T", f"2026-03-{n:02}T").replace(
            "T10:10", f"T09:{10 + n}"
        )
        for n in range(1, count + 1)
    }


@pytest.mark.parametrize("count", [0, 1, 2, 7, 8])
def test_every_page_across_incidents_says_something_true_however_few_there_are(count, make: Make):
    base = knowledge.read(make(records(count)))
    assert base.errors == []
    trends, patterns, actions = (page(base, uri) for uri in ("trends.md", "patterns.md", "actions.md"))
    for html in (trends, patterns, actions):
        assert not re.search(r"\b(nan|inf)\b|>\s*None\s*<|None(%| days| incidents)", html)
    assert ("nothing to count" in trends) is (count == 0)
    assert ("too few for a median" in trends) is (1 < count < 8)
    assert ("half took" in trends) is (count >= 8)
    assert ("No action is on record yet" in actions) is (count == 0)
    if count:
        assert f"{count} of {count} actions" in actions
        assert f"{count} {'incident' if count == 1 else 'incidents'}" in trends


def test_there_is_no_mean_anywhere(make: Make):
    words = re.sub(r"<[^>]+>", " ", page(knowledge.read(make(records(9))), "trends.md")).lower()
    assert "there is no mean" in words
    assert not re.search(r"\b(mttr|average|mean time)\b", words)


def test_more_incidents_than_chance_gives_are_said_to_be_more(make: Make):
    few = {"incidents/2025-03-01-a.md": RECORD.replace("2026-03-02T", "2025-03-01T")}
    html = page(knowledge.read(make({**few, **records(20)})), "trends.md")
    assert "more of a difference than chance gives easily" in html


def test_a_difference_within_chance_is_said_to_be_that(make: Make):
    few = {"incidents/2025-03-01-a.md": RECORD.replace("2026-03-02T", "2025-03-01T")}
    assert "within what chance alone gives" in page(knowledge.read(make({**few, **records(2)})), "trends.md")


def drawings(html: str) -> list[ET.Element]:
    return [ET.fromstring(found) for found in re.findall(r"<svg.*?</svg>", html, re.DOTALL)]


def test_every_mark_has_a_title_and_leads_to_a_page_that_is_there():
    base = knowledge.read(ROOT)
    there = {page.uri for page in pages.every_page(Analysis(base, TODAY))}
    html = page(base, "trends.md") + page(base, "actions.md")
    marks = [mark for drawing in drawings(html) for mark in drawing.iter(f"{SVG}a")]
    assert len(marks) > 300
    for mark in marks:
        title = mark.find(f"{SVG}title")
        assert title is not None and title.text
        assert mark.get("href", "").split("#")[0].removeprefix("/") in there
        assert mark.get("tabindex") == "-1"


def test_a_chart_holds_as_many_dots_as_its_table_has_incidents():
    base = knowledge.read(ROOT)
    values = figures.trend_values(Analysis(base, TODAY), link)
    wide = ET.fromstring(values["detector_chart"].wide)
    narrow = ET.fromstring(values["detector_chart"].narrow)
    told = sum(share.count for share in values["detectors"])
    assert len(list(wide.iter(f"{SVG}a"))) == len(list(narrow.iter(f"{SVG}a"))) == told
    strips = ET.fromstring(values["spread_chart"].wide)
    assert len(list(strips.iter(f"{SVG}a"))) == sum(spread.n for spread in values["spreads"])


def test_charts_have_the_pages_colours_and_fetch_nothing():
    values = figures.trend_values(Analysis(knowledge.read(ROOT), TODAY), link)
    for name in ("severity_chart", "count_chart", "spread_chart", "factor_chart", "strength_chart"):
        svg = values[name].wide
        assert set(re.findall(r'(?:fill|stroke)="(?!none)([^"]+)"', svg)) <= {
            charts.INK, charts.SOFT, charts.LINE, charts.ACCENT, charts.WAIT,
        }  # fmt: skip
        assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", svg)


def test_hostile_titles_stay_text_in_charts(make: Make):
    evil = RECORD.replace(
        "title: Customer portal unreachable after an edge firewall rule was widened",
        "title: '</svg><script>alert(1)</script>'",
    )
    base = knowledge.read(
        make({**records(2), "incidents/2026-03-20-evil.md": evil.replace("2026-03-02T", "2026-03-20T")})
    )
    html = page(base, "trends.md") + page(base, "actions.md") + page(base, "patterns.md")
    assert "<script>alert" not in html
    assert any(
        "</svg><script>" in (title.text or "") for drawing in drawings(html) for title in drawing.iter(f"{SVG}title")
    )


def test_many_of_one_sort_become_bars_that_lead_to_their_page():
    rows = [
        charts.Units("Many", [charts.Mark(f"{n}", "a.md") for n in range(61)], charts.Mark("61 of 61", "factors/x.md"))
    ]
    drawn = ET.fromstring(charts.units(rows, "many", link).wide)
    (mark,) = drawn.iter(f"{SVG}a")
    assert mark.get("href") == "/factors/x.md"


def test_a_chart_is_the_same_bytes_each_time():
    analysis = Analysis(knowledge.read(ROOT), TODAY)
    first, second = (figures.trend_values(analysis, link)["spread_chart"] for _ in range(2))
    assert first == second


def test_other_peoples_promises_are_in_no_figure_of_ours(make: Make):
    theirs = RECORD.replace("severity: sev1", "severity: sev1\norganisation: Elsewhere").replace(
        "2026-03-02T", "2026-02-02T"
    )
    base = knowledge.read(make({**records(2), "incidents/2026-02-02-theirs.md": theirs}))
    values = figures.action_values(Analysis(base, TODAY), link)
    assert (values["total"], len(values["elsewhere"])) == (2, 1)
    assert "Of other organisations (1)" in page(base, "actions.md")
    assert "1 record of other organisations is left out" in page(base, "trends.md")


def test_similar_incidents_stand_on_the_page_with_reasons(make: Make):
    html = page(knowledge.read(make(records(3))), "incidents/2026-03-01-made.md")
    assert "Similar incidents" in html
    assert "same service: customer-portal" in html
    assert "No action there is recorded as done." in html
