"""What a person sees, in a real browser: drawings, filters, keys, colours, phones, paper, and nothing fetched from elsewhere."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from calmroom import knowledge
from tests.conftest import ID, RECORD, ROOT, Make, build, served
from tests.site.test_plugin import hostile_record

pytestmark = pytest.mark.browser

EXAMPLE = "incidents/2026-03-02-edge-firewall-rule/"
PAGES = [
    "",
    "incidents/",
    EXAMPLE,
    "incidents/2022/",
    "search/",
    "trends/",
    "patterns/",
    "actions/",
    "services/",
    "factors/",
    "factors/configuration/",
    "tags/",
    "start/",
    "playbooks/",
    "playbooks/firewall-rule/",
    "scripts/",
    "scripts/blame-in-the-room/",
    "scripts/message-invitation/",
    "glossary/",
    "writing/",
    "diagnostics/",
    "404.html",
]


def visible_rows(page) -> list[str]:
    return page.eval_on_selector_all(
        "[data-calm-row]",
        "rows => rows.filter(r => !r.hidden && !r.closest('tbody').hidden).map(r => r.querySelector('a').textContent)",
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(path, scheme, open_page):
    page = open_page(path, color_scheme=scheme)
    found = Axe().run(
        page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    )
    told = [
        (v["id"], [(n["html"][:120], n.get("failureSummary", "")[:200]) for n in v["nodes"][:3]])
        for v in found.response["violations"]
    ]
    assert told == []


def test_axe_finds_nothing_on_a_phone(open_page):
    found = Axe().run(open_page(EXAMPLE, width=360), options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
    assert [(v["id"], [n["html"][:200] for n in v["nodes"][:3]]) for v in found.response["violations"]] == []


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_wider_than_a_phone(path, open_page):
    page = open_page(path, width=360)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_diagrams_of_every_incident_are_drawn(open_page, own_address):
    page = open_page("")
    for record in knowledge.read(ROOT).records:
        page.goto(f"{own_address}incidents/{record.id}/")
        page.wait_for_function("document.documentElement.dataset.calmDiagrams === 'done'")
        states = page.eval_on_selector_all(".calm-diagram", "all => all.map(f => f.dataset.calmState)")
        assert states and set(states) == {"drawn"}, record.id


def test_diagrams_have_a_name_and_a_text_twin(open_page):
    page = open_page(EXAMPLE)
    for drawing in page.locator(".calm-diagram__drawing").all():
        assert len(drawing.get_attribute("aria-label")) > 20
        assert drawing.locator("svg").get_attribute("aria-hidden") == "true"
    assert page.locator("table.calm-events tbody tr").count() == 12
    assert "Rule 4471 allowed any source" in page.locator("#factors").inner_text()


def test_the_diagram_of_every_dialogue_is_drawn(open_page, own_address):
    page = open_page("")
    scripts = [script for script in knowledge.read(ROOT).scripts.values() if len(script.cast) > 1]
    assert scripts
    for script in scripts:
        page.goto(f"{own_address}scripts/{script.id}/")
        page.wait_for_function("document.documentElement.dataset.calmDiagrams === 'done'")
        assert page.eval_on_selector_all(".calm-diagram", "all => all.map(f => f.dataset.calmState)") == ["drawn"], (
            script.id
        )


def test_no_word_in_a_table_of_patterns_is_broken_on_a_desktop(open_page):
    page = open_page("patterns/", width=1280)
    broken = page.eval_on_selector_all(
        "#steps th a",
        "all => all.filter(a => !a.textContent.includes(' ') && a.getClientRects().length > 1).map(a => a.textContent)",
    )
    assert broken == []


def test_the_text_of_a_diagram_is_large_enough_to_read(open_page):
    for width in (1280, 360):
        page = open_page(EXAMPLE, width=width)
        heights = page.eval_on_selector_all(
            ".calm-diagram svg .nodeLabel, .calm-diagram svg text.taskText, .calm-diagram svg text.taskTextOutsideRight",
            "all => all.map(e => e.getBoundingClientRect().height).filter(Boolean)",
        )
        assert heights and min(heights) >= 10


def test_the_cause_map_of_every_incident_fits_the_page(open_page, own_address):
    page = open_page("")
    wide = []
    for record in knowledge.read(ROOT).records:
        page.goto(f"{own_address}incidents/{record.id}/")
        page.wait_for_function("document.documentElement.dataset.calmDiagrams === 'done'")
        over = page.evaluate(
            "Math.max(...[...document.querySelectorAll('.calm-diagram__drawing')].map(d => d.scrollWidth - d.clientWidth))"
        )
        if over > 2:
            wide.append((record.id, over))
    assert wide == []


def test_no_label_of_the_timeline_is_cut_off(open_page):
    page = open_page(EXAMPLE)
    outside = page.evaluate("""() => { const box = document.querySelector('[data-calm-diagram=timeline] svg').getBoundingClientRect();
      return [...document.querySelectorAll('[data-calm-diagram=timeline] svg text[class*=taskText]')]
        .filter(t => { const r = t.getBoundingClientRect(); return r.left < box.left - 1 || r.right > box.right + 1; }).map(t => t.textContent); }""")
    assert outside == []


def test_diagrams_follow_light_dark_and_paper_without_being_redrawn(open_page):
    page = open_page(EXAMPLE, color_scheme="light")
    fill = "getComputedStyle(document.querySelector('.calm-diagram .node rect')).fill + getComputedStyle(document.querySelector('.calm-diagram .nodeLabel')).color"
    light = page.evaluate(fill)
    page.locator("label[for=__palette_1]").click()
    dark = page.evaluate(fill)
    page.emulate_media(media="print")
    paper = page.evaluate(fill)
    assert len({light, dark, paper}) == 3
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") in (
        "rgb(255, 255, 255)",
        "rgba(0, 0, 0, 0)",
    )


def test_mermaid_is_fetched_only_where_a_diagram_is(chromium, own_address):
    page = chromium.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.goto(f"{own_address}incidents/")
    page.wait_for_load_state("networkidle")
    assert not [url for url in fetched if "mermaid" in url]
    page.goto(own_address + EXAMPLE)
    page.wait_for_function("document.documentElement.dataset.calmDiagrams === 'done'")
    assert len([url for url in fetched if "mermaid" in url]) == 1
    page.close()


def test_without_javascript_a_page_tells_everything(open_page):
    page = open_page(EXAMPLE, java_script_enabled=False)
    shown = page.inner_text("body")
    assert "A customer's call to support is the first sign" in shown
    assert "gantt" not in shown and "flowchart" not in shown
    page = open_page("incidents/", java_script_enabled=False)
    assert page.locator("[data-calm-row]:visible").count() == len(knowledge.read(ROOT).records)
    assert not page.locator("[data-calm-filter]").is_visible()


def test_the_list_filters_by_words_and_facets_and_keeps_its_state_in_the_address(open_page):
    page = open_page("incidents/")
    total = len(visible_rows(page))
    page.fill("#calm-q", "clóudflare")
    some = visible_rows(page)
    assert 0 < len(some) < total
    assert page.inner_text("[data-calm-count]") == f"{len(some)} of {total}"
    page.select_option("#calm-kind", "data-exposure")
    fewer = visible_rows(page)
    assert 0 < len(fewer) < len(some)
    assert "kind=data-exposure" in page.url
    page.reload()
    assert visible_rows(page) == fewer
    page.fill("#calm-q", "no such words at all")
    assert visible_rows(page) == []
    assert page.locator("[data-calm-none]").is_visible()
    page.click("button[type=reset]")
    page.wait_for_function(f"document.querySelector('[data-calm-count]').textContent === '{total} of {total}'")
    assert len(visible_rows(page)) == total


def test_the_list_sorts_by_severity_length_and_back_by_day(open_page):
    page = open_page("incidents/")
    newest_first = visible_rows(page)
    page.click("th[data-sort=severity] button")
    severities = page.eval_on_selector_all("[data-calm-row]", "rows => rows.map(r => r.dataset.severity)")
    assert severities == sorted(severities)
    page.click("th[data-sort=length] button")
    lengths = page.eval_on_selector_all("[data-calm-row]", "rows => rows.map(r => Number(r.dataset.length))")
    assert lengths == sorted(lengths, reverse=True)
    assert page.get_attribute("th[data-sort=length]", "aria-sort") == "descending"
    page.click("th[data-sort=day] button")
    assert visible_rows(page) == newest_first
    page.click("th[data-sort=day] button")
    assert visible_rows(page) == newest_first[::-1]


def test_the_register_of_actions_filters_and_keeps_its_state_in_the_address(open_page):
    page = open_page("actions/")
    total = len(visible_rows(page))
    page.select_option("#calm-state", "overdue")
    late = visible_rows(page)
    assert 0 < len(late) < total
    assert page.locator("#overdue").is_visible() and not page.locator("#done").is_visible()
    page.fill("#calm-q", "validator")
    assert 0 < len(visible_rows(page)) < len(late)
    page.reload()
    assert page.input_value("#calm-state") == "overdue" and "q=validator" in page.url
    page.click("button[type=reset]")
    page.select_option("#calm-owner", label="Okta")
    owners = page.eval_on_selector_all("[data-calm-row]:not([hidden])", "rows => rows.map(r => r.dataset.owner)")
    assert owners and set(owners) == {"Okta"}


@pytest.mark.parametrize("width", [1280, 360])
def test_no_text_of_a_chart_is_cut_off_or_too_small(width, open_page):
    page = open_page("trends/", width=width)
    found = page.evaluate("""() => [...document.querySelectorAll('.calm-chart svg')].filter(s => s.getBoundingClientRect().width).flatMap(s => {
      const b = s.getBoundingClientRect();
      return [...s.querySelectorAll('text')].filter(t => t.textContent).map(t => { const r = t.getBoundingClientRect();
        return { text: t.textContent, out: r.left < b.left - 1 || r.right > b.right + 1, height: r.height }; }); })""")
    assert len(found) > 40
    assert [f["text"] for f in found if f["out"]] == []
    assert min(f["height"] for f in found) >= 10


def test_a_dot_of_a_chart_leads_to_its_incident(open_page):
    page = open_page("trends/")
    mark = page.locator(".calm-chart__wide a").first
    title = mark.locator("title").text_content()
    mark.evaluate("e => e.scrollIntoView({block: 'center'})")
    mark.click()
    page.wait_for_url(re.compile(r"/incidents/2[^/]*/$"))
    assert page.inner_text("h1") in title


def test_charts_follow_the_palette_and_paper(open_page):
    page = open_page("trends/", color_scheme="light")
    fill = "getComputedStyle(document.querySelector('.calm-chart a path')).fill"
    light = page.evaluate(fill)
    page.locator("label[for=__palette_1]").click()
    dark = page.evaluate(fill)
    page.emulate_media(media="print")
    assert len({light, dark, page.evaluate(fill)}) == 3
    assert page.locator(".calm-chart__wide svg").first.is_visible()


def test_slash_goes_to_the_box_but_not_from_a_field(open_page):
    page = open_page("incidents/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "calm-find"
    page.focus("#calm-q")
    page.keyboard.type("/")
    assert page.input_value("#calm-q") == "/"


def test_the_home_box_finds_too(open_page):
    page = open_page("")
    page.fill("#calm-home-find", "okta")
    page.wait_for_selector(".calm-search [data-search-state=done]")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=okta")


def test_everything_on_a_page_is_reached_by_keyboard_with_a_visible_focus(open_page):
    page = open_page("incidents/")
    seen = set()
    for _ in range(40):
        page.keyboard.press("Tab")
        focus = page.evaluate("""() => { const e = document.activeElement; const s = getComputedStyle(e);
          return { name: e.id || e.textContent.trim().slice(0, 30) || e.name, outline: s.outlineStyle, seen: e.getBoundingClientRect().width > 0 }; }""")
        seen.add(focus["name"])
        if focus["seen"] and focus["name"] not in ("", "__drawer", "__search"):
            assert focus["outline"] != "none", focus
    assert {"Incidents", "calm-find", "calm-q", "calm-year"} <= seen


def test_the_skip_link_leads_to_the_content(open_page):
    page = open_page(EXAMPLE)
    target = page.locator("a.md-skip")
    if target.count():
        assert page.locator(target.get_attribute("href")).count() == 1


def test_severity_can_be_told_without_colour(open_page):
    assert re.search(r"◆◆◆◆\s*Severity 1", open_page(EXAMPLE).inner_text(".calm-over"))


def test_a_printed_page_has_the_content_and_none_of_the_frame(open_page):
    page = open_page(EXAMPLE)
    page.emulate_media(media="print")
    for frame in (".calm-header", ".calm-footer a", ".md-sidebar--secondary"):
        assert not page.locator(frame).first.is_visible()
    assert page.locator(".calm-footer [data-calm-edition]").is_visible()
    assert page.locator(".calm-diagram svg").first.is_visible()
    assert len(page.pdf(format="A4")) > 10_000


def test_motion_is_off(open_page):
    assert open_page("").evaluate("getComputedStyle(document.querySelector('.calm-brand')).transitionDuration") in (
        "0s",
        "",
    )


def test_hostile_text_runs_nothing_in_a_real_browser(make: Make, open_page, tmp_path_factory):
    story = (
        '\n```mermaid\nflowchart LR\n  a["<img src=x onerror=alert(1)>"] --> b\n  click a "javascript:alert(1)"\n```\n'
    )
    site = build(make({f"incidents/{ID}.md": hostile_record() + story}), tmp_path_factory.mktemp("s"))
    with served(site) as address:
        page = open_page(f"incidents/{ID}/", address=address)
        assert "{{ 7*7 }}" in page.inner_text("h1")
        assert (
            page.eval_on_selector_all("article a", "all => all.filter(a => a.protocol === 'javascript:').length") == 0
        )
        assert set(page.eval_on_selector_all(".calm-diagram", "all => all.map(f => f.dataset.calmState)")) == {"drawn"}
        page.wait_for_function("document.documentElement.dataset.calmDiagrams === 'done'")


def test_a_mermaid_fence_in_a_narrative_is_drawn_and_a_broken_one_says_so(make: Make, open_page, tmp_path_factory):
    story = "\n## More\n\n```mermaid\nflowchart LR\n  a --> b\n```\n\n```mermaid\nflowchart LR\n  a --> (\n```\n"
    site = build(make({f"incidents/{ID}.md": RECORD + story}), tmp_path_factory.mktemp("s"))
    with served(site) as address:
        page = open_page(f"incidents/{ID}/", address=address)
        assert page.eval_on_selector_all(".calm-story .calm-diagram", "all => all.map(f => f.dataset.calmState)") == [
            "drawn",
            "failed",
        ]
        assert "could not be drawn" in page.inner_text(".calm-story .calm-diagram--failed")


def test_a_page_opens_from_a_folder_without_a_server(chromium, own_site):
    page = chromium.new_page()
    page.goto((own_site / EXAMPLE / "index.html").as_uri())
    page.wait_for_function("document.documentElement.dataset.calmDiagrams === 'done'")
    assert page.locator(".calm-diagram svg").count() >= 2
    page.close()


def test_an_earlier_address_leads_to_the_record(make: Make, open_page, tmp_path_factory):
    record = RECORD.replace("severity: sev1", "severity: sev1\naliases: [2026-03-01-old-name]")
    site = build(make({f"incidents/{ID}.md": record}), tmp_path_factory.mktemp("s"))
    with served(site) as address:
        page = open_page("incidents/2026-03-01-old-name/", address=address)
        page.wait_for_url(f"**/incidents/{ID}/")


def test_a_missing_page_offers_ways_on_below_any_path(make: Make, open_page, tmp_path_factory):
    site = build(make({f"incidents/{ID}.md": RECORD}), tmp_path_factory.mktemp("s") / "kb")
    with served(site.parent) as address:
        page = open_page("kb/404.html", address=address)
        assert page.locator("a", has_text="All incidents").get_attribute("href") == "/kb/incidents/"


SHIFTS = """
window.moved = [];
new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.moved.push(entry.value)))
  .observe({ type: "layout-shift", buffered: true });
"""


@pytest.mark.parametrize("width", [1280, 800, 360])
@pytest.mark.parametrize("path", ["", EXAMPLE, "incidents/", "actions/", "glossary/", "trends/", "search/"])
def test_nothing_moves_while_a_page_opens(path, width, chromium, own_address):
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.add_init_script(SHIFTS)
    page.goto(own_address + path)
    page.wait_for_function(
        """() => document.readyState === "complete" &&
        (!document.querySelector(".calm-diagram") || document.documentElement.dataset.calmDiagrams === "done")"""
    )
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert sum(page.evaluate("window.moved")) < 0.01
    page.close()
