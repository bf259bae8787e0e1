"""One file a feature, loaded where it is used: what a page fetches of our scripts, and what happens before, without and after them."""

from __future__ import annotations

import pytest

from tests.browser.test_pages import EXAMPLE
from tests.browser.test_search import DONE
from tests.conftest import ROOT

pytestmark = pytest.mark.browser

EVERYWHERE = {"calmroom", "search"}
FEATURES = {"results", "prepare", "lists", "glossary", "terms", "copying", "rehearsal", "diagrams"}
SCRIPT = "scripts/blame-in-the-room/"
DEFINED = "typeof window.calmroomFind === 'function'"


def loaded(page) -> set[str]:
    """Return which of our features' files a page has fetched."""
    addresses = page.evaluate("performance.getEntriesByType('resource').map(entry => entry.name)")
    names = {address.rsplit("/", 1)[-1].removesuffix(".js") for address in addresses if "/assets/calmroom/" in address}
    return names & (EVERYWHERE | FEATURES | {"finder"})


class Held:
    """Holds back a file until it is let go; the page goes on without it."""

    def __init__(self, page, name: str) -> None:
        self.routes: list = []
        page.route(f"**/assets/calmroom/{name}.js", lambda route: self.routes.append(route))

    def let_go(self) -> None:
        assert self.routes
        for route in self.routes:
            route.continue_()


@pytest.fixture
def blank(chromium):
    """Give a page without an address yet; no script may fail in it."""
    page = chromium.new_page()
    failed: list[str] = []
    page.on("pageerror", lambda error: failed.append(str(error)))
    yield page
    page.close()
    assert failed == []


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("diagnostics/", set()),
        ("trends/", {"diagrams"}),
        ("", {"prepare"}),
        ("incidents/", {"lists"}),
        ("actions/", {"lists"}),
        ("glossary/", {"glossary"}),
        (EXAMPLE, {"diagrams", "terms"}),
        (SCRIPT, {"copying", "diagrams", "rehearsal", "terms"}),
        ("search/", {"finder", "results", "prepare"}),
    ],
)
def test_a_page_loads_the_files_of_what_is_on_it_and_no_other(path, more, open_page):
    assert loaded(open_page(path)) == EVERYWHERE | more


def test_every_script_of_a_feature_is_asked_for_by_the_core():
    assets = ROOT / "site_templates/assets"
    parts = {path.stem for path in assets.glob("*.js") if "calmroomPart(" in path.read_text()} - {"calmroom"}
    assert parts == FEATURES | {"search", "finder"}
    for name in sorted(parts):
        assert f'\ncalmroomPart("{name}", ' in (assets / f"{name}.js").read_text()


def test_an_incident_loads_what_finds_only_when_the_box_is_first_used(open_page):
    page = open_page(EXAMPLE)
    assert "finder" not in loaded(page)
    with page.expect_request("**/finder.js"):
        page.keyboard.press("/")
    page.wait_for_function(DEFINED)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.keyboard.type("firewall")
    page.wait_for_selector(".calm-find [data-search-state=done]")
    assert asked and not [url for url in asked if url.endswith("finder.js")]


def test_what_was_typed_before_what_finds_came_is_searched_whole(blank, own_address):
    page = blank
    held = Held(page, "finder")
    page.goto(own_address + EXAMPLE)
    with page.expect_request("**/finder.js"):
        page.keyboard.press("Control+k")
    page.keyboard.type("firewall", delay=20)
    page.keyboard.type(" rule")
    assert page.locator(".calm-find [role=option]").count() == 0
    held.let_go()
    page.wait_for_selector(".calm-find [data-search-state=done]")
    assert page.locator(".calm-find [role=option]").last.inner_text() == "All results for “firewall rule”"
    assert page.input_value("#calm-find") == "firewall rule"
    assert page.evaluate("document.activeElement.id") == "calm-find"
    page.keyboard.press("ArrowDown")
    assert page.get_attribute("#calm-find", "aria-activedescendant") == "calm-find-hits-0"


def test_what_was_typed_before_the_box_itself_came_is_searched(blank, own_address):
    page = blank
    held = Held(page, "search")
    with page.expect_request("**/search.js"):
        page.goto(own_address + EXAMPLE, wait_until="domcontentloaded")
    page.keyboard.press("/")
    page.keyboard.type("firewall")
    held.let_go()
    page.wait_for_selector(".calm-find [data-search-state=done]")
    assert page.locator(".calm-find [data-search-hit]").count()


def test_a_query_sent_before_what_finds_came_opens_the_page_of_search_and_is_remembered(blank, own_address):
    page = blank
    Held(page, "finder")
    page.goto(own_address + EXAMPLE)
    page.keyboard.press("/")
    page.keyboard.type("backbone")
    page.unroute("**/assets/calmroom/finder.js")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=backbone")
    page.wait_for_selector(DONE)
    assert page.evaluate("localStorage.getItem('calmroom.recent')") == '["backbone"]'


def test_the_page_of_search_opened_with_a_query_shows_results_without_being_touched(blank, own_address):
    page = blank
    held = Held(page, "finder")
    with page.expect_request("**/finder.js"):
        page.goto(f"{own_address}search/?q=firewall&kind=security", wait_until="domcontentloaded")
    assert page.locator("[data-search-hit]").count() == 0
    held.let_go()
    page.wait_for_selector(DONE)
    assert page.input_value("#calm-search-q") == "firewall" and page.locator("[data-search-hit]").count()


def test_without_what_finds_the_box_and_the_page_of_search_say_so_and_the_box_tries_again(blank, own_address):
    page = blank
    page.route("**/assets/calmroom/finder.js", lambda route: route.abort())
    page.goto(f"{own_address}search/?q=firewall")
    page.wait_for_selector("[data-calm-results][data-search-state=failed]")
    assert "could not be read" in page.inner_text("[data-calm-results]")
    page.keyboard.press("/")
    page.keyboard.type("firewall")
    page.wait_for_selector(".calm-find [data-search-state=failed]")
    assert page.locator(".calm-find [role=option]").all_inner_texts() == ["Open the search page"]
    page.unroute("**/assets/calmroom/finder.js")
    page.keyboard.type(" rule")
    page.wait_for_selector(".calm-find [data-search-state=done]")


def test_a_page_whose_features_cannot_be_loaded_is_read_as_it_is(blank, own_address):
    page = blank
    for name in sorted(FEATURES | {"search"}):
        page.route(f"**/assets/calmroom/{name}.js", lambda route: route.abort())
    page.goto(own_address + EXAMPLE)
    assert "A customer's call to support is the first sign" in page.inner_text("body")
    assert not page.locator(".calm-diagram").first.is_visible()
    page.goto(own_address + "incidents/")
    assert page.locator("[data-calm-row]:visible").count() > 10
    assert not page.locator("[data-calm-filter]").is_visible()
    page.fill("#calm-find", "okta")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=okta")


@pytest.mark.parametrize("path", ["", "incidents/", "glossary/", "search/", EXAMPLE, SCRIPT])
def test_a_page_that_is_started_again_begins_nothing_twice(path, open_page):
    page = open_page(path)
    made = """() => [".calm-hits", ".calm-copy", "th button", ".calm-diagram", ".calm-diagram svg", ".calm-tip", ".calm-workshop", "[role=status]"]
      .map(selector => document.querySelectorAll(selector).length)"""
    before = page.evaluate(made)
    page.evaluate(
        "async () => { calmroomStart(); calmroomStart(); await new Promise(resolve => setTimeout(resolve)); }"
    )
    assert page.evaluate(made) == before
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map(one => one.id)")
    assert sorted(set(ids)) == sorted(ids)
