"""The whole site under a strict Content-Security-Policy: every kind of page opens, and everything on it still works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from calmroom.site import policy
from tests.browser.test_hostile_diagrams import FENCES, FOUND, Elsewhere, elsewhere  # noqa: F401 - a fixture
from tests.browser.test_pages import EXAMPLE, PAGES
from tests.conftest import ID, RECORD, ROOT, TODAY, Make, calmroom, served

pytestmark = pytest.mark.browser

STRICTEST = "default-src 'none'; script-src 'self'; style-src 'self'"
"""No picture, no connection, no frame from anywhere: what has to work works without."""
TOLD = """
    window.told = [];
    addEventListener("securitypolicyviolation", (event) => window.told.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("policy") / "site"
    done = calmroom("build", "--csp", "--today", TODAY, "--site-dir", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def hosts(site: Path):
    """Serve the site as a host does that sends its headers, and as one that allows next to nothing."""
    with served(site, policy.HEADERS) as ours, served(site, {"Content-Security-Policy": STRICTEST}) as strictest:
        yield {"ours": ours, "strictest": strictest}


@pytest.fixture
def opened(chromium, hosts):
    """Give a function that opens a page under a policy; what the policy stopped is told at the end."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.add_init_script(TOLD)
    pages = []

    def open_(path: str, under: str = "ours"):
        page = context.new_page()
        pages.append((page, under))
        page.goto(hosts[under] + path)
        if page.locator(".calm-diagram").count():
            page.locator("html[data-calm-diagrams=done]").wait_for(state="attached")
        return page

    yield open_
    stopped = {(under, told) for page, under in pages for told in page.evaluate("window.told")}
    context.close()
    pictures = {
        (under, told)
        for under, told in stopped
        if under == "strictest" and re.match("(img|connect|manifest)-src", told)
    }
    assert stopped - pictures == set()


@pytest.mark.parametrize("under", ["ours", "strictest"])
@pytest.mark.parametrize("path", PAGES)
def test_every_kind_of_page_opens_and_nothing_it_does_is_stopped(path: str, under: str, opened):
    assert opened(path, under).locator("h1").first.is_visible()


@pytest.mark.parametrize("under", ["ours", "strictest"])
def test_diagrams_are_drawn_as_they_are_without_a_policy(under: str, opened, open_page):
    measure = """() => [...document.querySelectorAll(".calm-diagram svg")].map((svg) => {
        const box = svg.getBoundingClientRect();
        const text = [...svg.querySelectorAll("text, foreignObject")].map((one) => one.getBoundingClientRect()).map((one) => [one.width, one.height].map(Math.round));
        const fill = [...svg.querySelectorAll("rect, path")].map((one) => getComputedStyle(one).fill);
        return [Math.round(box.width), Math.round(box.height), text, fill];
    })"""
    assert opened(EXAMPLE, under).evaluate(measure) == open_page(EXAMPLE).evaluate(measure)


@pytest.mark.parametrize("under", ["ours", "strictest"])
def test_search_filter_rehearsal_palette_and_terms_work(under: str, opened):
    page = opened("search/?q=firewall", under)
    page.locator("[data-calm-results] a, .calm-hit a, .calm-search a").first.wait_for()
    page = opened("incidents/", under)
    rows = page.locator("[data-calm-row]:visible")
    before = rows.count()
    page.locator("[data-calm-filter] input[type=search]").fill("zzzz")
    expect(rows).to_have_count(0)
    assert before > 1
    page = opened("scripts/blame-in-the-room/", under)
    page.locator("[data-calm-rehearsal] button").first.click()
    page.locator("[data-calm-rehearsal] input, [data-calm-rehearsal] button").nth(1).wait_for()
    scheme = page.evaluate("document.body.dataset.mdColorScheme")
    page.locator("label[for^=__palette]:visible").first.click()
    expect(page.locator("body")).not_to_have_attribute("data-md-color-scheme", scheme)
    page.reload()
    assert page.evaluate("document.body.dataset.mdColorScheme") != scheme


def test_no_page_holds_code_or_styles(site: Path):
    for page in sorted(site.rglob("*.html")):
        html = page.read_text("utf-8")
        code = [
            found for found in re.findall(r"<script(?![^>]*\ssrc=)([^>]*)>", html) if "application/json" not in found
        ]
        assert code == [], page
        assert "<style" not in html and not re.search(r"<[a-z][^>]*\s(?:style|on[a-z]+)=", html), page
        assert f'content="{policy.PAGE}"'.replace("'", "&#39;") in html.replace("'", "&#39;"), page
    assert policy.PAGE in (site / "_headers").read_text("utf-8")


def test_nothing_of_a_hostile_diagram_is_executed_or_fetched_under_the_policy(
    chromium,
    elsewhere,  # noqa: F811
    make: Make,
    tmp_path: Path,
):
    fences = "".join(f"\n```mermaid\n{fence.format(elsewhere)}\n```\n" for fence in FENCES)
    root = make({f"incidents/{ID}.md": f"{RECORD}\n## More\n{fences}"})
    done = calmroom("-C", root, "build", "--csp", "--today", TODAY, "--site-dir", tmp_path / "site")
    assert done.returncode == 0, done.stderr
    asked: list[str] = []
    with served(tmp_path / "site", policy.HEADERS) as address:
        page = chromium.new_page()
        page.on("dialog", lambda dialog: (asked.append(dialog.message), dialog.dismiss()))
        page.goto(f"{address}incidents/{ID}/")
        page.locator("html[data-calm-diagrams=done]").wait_for(state="attached")
        states = page.eval_on_selector_all(".calm-story .calm-diagram", "all => all.map(one => one.dataset.calmState)")
        assert page.evaluate(FOUND) == []
        page.close()
    assert (
        asked == [] and Elsewhere.asked == []
    )  # what the policy stops is announced by the browser, and reaches nobody
    assert states.count("drawn") >= 25


def test_a_section_of_somebody_elses_site_has_no_policy_of_ours(make: Make, tmp_path: Path):
    text = "site_name: T\ntheme: {name: material}\nplugins: [{calmroom: {section: post-mortems}}]\n"
    root = make({"mkdocs.yml": text, "docs/index.md": "# Home\n", f"incidents/{ID}.md": RECORD})
    done = calmroom("-C", root, "build", "--csp", "--site-dir", tmp_path / "site")
    assert done.returncode == 1 and "only a section" in done.stderr
    assert (ROOT / "mkdocs.yml").is_file()
