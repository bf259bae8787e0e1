"""Search in a real browser: the same ranking as the terminal, keyboard and screen reader, addresses, nothing run, nothing sent."""

from __future__ import annotations

import json
import re
import shutil
from urllib.parse import quote, unquote

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe

from calmroom import knowledge
from calmroom.search.finder import Finder
from tests.conftest import ID, RECORD, ROOT, SETTINGS, Make, build, served

pytestmark = pytest.mark.browser
DONE = "[data-calm-results][data-search-state=done]"


def searched(page, address: str, text: str = "", more: str = "") -> list[str]:
    page.goto(f"{address}search/?q={quote(text)}{more}")
    page.wait_for_selector(DONE)
    return hits(page)


def hits(page, kind: str = "") -> list[str]:
    which = f"[data-search-hit={kind}]" if kind else "[data-search-hit]"
    found = page.eval_on_selector_all(f"[data-calm-results] {which}", "all => all.map(a => a.getAttribute('href'))")
    return [href.rstrip("/").split("/")[-1] for href in found]


def addressed(document) -> str:
    """The last part of a hit's address, as `hits` gives it."""
    return f"#{document.id}" if document.kind == "term" else document.id


def test_the_page_ranks_as_the_terminal_does(open_page, own_address):
    finder = Finder(knowledge.read(ROOT))
    page = open_page("")
    asked = [
        q["q"]
        for name in ("search_queries", "situation_queries", "outsider_queries")
        for group in yaml.safe_load((ROOT / f"benchmarks/{name}.yaml").read_text()).values()
        for q in group
    ]
    asked += [
        "blast radius",
        "CVE GDPR",
        '"five whys"',
        'they say "nobody could have known this" and "so what"',
        "12 people in 30 minutes",
        "an executive wants a date",
        "firew",
        "naïve café",
        "don't blame",
        "2FA",
    ]
    searched(page, own_address, "ready")
    for text in asked:
        found, also = page.evaluate(
            """async text => { const { hits, asked } = await calmroomFind(text);
              return [hits.slice(0, 20).map(hit => hit.number), asked.also]; }""",
            text,
        )
        mine = finder.search(text, 20)
        assert [finder.documents[number].id for number in found] == [hit.document.id for hit in mine.found], text
        assert also == list(mine.also), text
    for text in asked[::24]:
        shown = [hit for hit in finder.search(text, 500).found if hit.rank_in_sort <= 10]
        assert searched(page, own_address, text) == [addressed(hit.document) for hit in shown], text
        fits = page.locator(".calm-sort .calm-result").evaluate_all(
            "all => all.map(li => li.querySelector('.calm-fits') ? li.querySelector('p').textContent : '')"
        )
        first = [hit for hit in shown if hit.rank_in_sort <= 3]
        assert [line.split("”")[0] for line in fits] == [f"fits: “{hit.fits}" if hit.fits else "" for hit in first], (
            text
        )


@pytest.mark.parametrize(
    "text",
    [
        " ".join(
            f"zq{number // 26**2}x{chr(97 + number % 26) * 3}{chr(97 + number // 26 % 26) * 2}qz"
            for number in range(2_000)
        ),
        " ".join(
            "".join(chr(97 + number // 26**place % 26) for place in range(7)) for number in range(0, 26**3 * 400, 4_001)
        ),
        "databse firewal certficate " * 3_000,
        "post mortem " * 10_000,
        "a" * 50_000,
        "firewall " + "\u00e4" * 30_000,
        "\U0001f525 firewall " * 4_000,
    ],
    ids=["numbers", "unknown", "slips", "names", "one-word", "accents", "astral"],
)
def test_a_text_without_end_is_looked_at_in_part_the_same_on_both_sides_and_it_is_said(text, open_page, own_address):
    finder = Finder(knowledge.read(ROOT))
    page = open_page("search/")
    page.wait_for_function("typeof window.calmroomFind === 'function'")
    found = page.evaluate(
        """async text => { const { asked, hits } = await calmroomFind(text);
          return [hits.slice(0, 20).map(hit => hit.number), asked.partly, [...asked.corrections]]; }""",
        text,
    )
    result = finder.search(text, 20)
    assert [finder.documents[number].id for number in found[0]] == [hit.document.id for hit in result.found]
    assert found[1] == result.partly and dict(found[2]) == dict(result.corrections)
    assert len(found[2]) <= 24
    page.fill("#calm-about", text)
    page.click("#prepare button")
    page.wait_for_selector("[data-calm-prepared][data-search-state=done]")
    assert ("only its beginning" in page.inner_text("[data-calm-prepared]")) == result.partly


def test_the_box_finds_as_one_types_and_is_used_by_keyboard(open_page):
    page = open_page("")
    page.keyboard.press("/")
    page.keyboard.type("certficate backups")
    page.wait_for_selector(".calm-find [data-search-state=done]")
    box = page.locator("#calm-find")
    assert box.get_attribute("role") == "combobox" and box.get_attribute("aria-expanded") == "true"
    assert "Showing results for “certificate backups”" in page.inner_text(".calm-find [role=status]")
    assert page.locator(".calm-find [role=option] mark").count()
    page.keyboard.press("ArrowDown")
    active = box.get_attribute("aria-activedescendant")
    option = page.locator(f"#{active}")
    assert option.get_attribute("aria-selected") == "true"
    href = option.evaluate("e => e.href")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") == active
    page.keyboard.press("Enter")
    page.wait_for_url(href)


def test_escape_closes_then_empties_and_ctrl_k_opens(open_page):
    page = open_page("")
    page.keyboard.press("Control+k")
    assert page.evaluate("document.activeElement.id") == "calm-find"
    page.keyboard.type("firewall")
    page.wait_for_selector(".calm-find [data-search-state=done]")
    page.keyboard.press("Escape")
    assert not page.locator(".calm-find .calm-hits").is_visible()
    assert page.input_value("#calm-find") == "firewall"
    page.keyboard.press("Escape")
    assert page.input_value("#calm-find") == ""


def test_enter_without_a_choice_opens_the_page_of_search(open_page):
    page = open_page("playbooks/firewall-rule/")
    page.keyboard.press("/")
    page.keyboard.type("firewall")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=firewall")
    page.wait_for_selector(DONE)
    assert hits(page)


def test_results_are_grouped_by_kind_with_day_severity_and_sections(open_page, own_address):
    page = open_page("")
    searched(page, own_address, "credentials rotated wiki")
    assert page.inner_text("[data-calm-results] h2 >> nth=0") == "What happened before"
    first = page.locator(".calm-result").first.inner_text()
    assert "14 Nov 2023" in first and "Severity 2" in first and "In: " in first
    deep = page.locator(".calm-result__where a").first
    anchor = deep.get_attribute("href").split("#")[1]
    deep.click()
    page.wait_for_url(re.compile(f"#{anchor}$"))
    assert page.locator(f"[id='{anchor}']").count() == 1


def test_the_best_of_every_sort_are_on_the_first_screen_and_all_of_one_are_a_link_away(open_page, own_address):
    page = open_page("")
    page.set_viewport_size({"width": 1280, "height": 900})
    for text in ("my boss wants a name", "what does containment mean", "two teams fight over a firewall rule"):
        searched(page, own_address, text)
        heads = page.locator(".calm-sort h2").all_inner_texts()
        assert sorted(heads) == ["What happened before", "What it means", "What to say and do"]
        bottoms = page.locator(".calm-sort .calm-result > a").evaluate_all(
            "all => all.map(a => a.getBoundingClientRect().bottom)"
        )
        assert len(bottoms) == 9 and max(bottoms) <= 900, (text, bottoms)
    searched(page, own_address, "nobody answers")
    every = page.locator(".calm-sort").filter(has_text="What to say and do").locator(".calm-all")
    count = int(re.search(r"\d+", every.inner_text()).group())
    every.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("location.search.includes('show=do')")
    page.wait_for_selector(DONE)
    assert page.evaluate("document.activeElement.textContent") == f"What to say and do ({count})"
    kinds = set(page.eval_on_selector_all("[data-search-hit]", "all => all.map(a => a.dataset.searchHit)"))
    assert kinds == {"playbook", "script"} and len(hits(page)) == 10
    page.reload()
    page.wait_for_selector(DONE)
    assert page.locator("[data-calm-results] h2").all_inner_texts() == [f"What to say and do ({count})"]
    page.click("text=All sorts of answers")
    page.wait_for_selector(".calm-sort")


def test_what_was_looked_for_besides_is_said_and_can_be_left_out(open_page, own_address):
    page = open_page("")
    searched(page, own_address, "bosses")
    assert "Also looked for: executive" in page.inner_text("[data-calm-said]")
    before = hits(page)
    page.click("[data-calm-said] button")
    page.wait_for_function("!document.querySelector('[data-calm-said]').textContent")
    page.wait_for_selector(DONE)
    assert hits(page) != before
    searched(page, own_address, '"boss"')
    assert page.inner_text("[data-calm-said]") == ""


def test_a_text_of_unknown_words_never_holds_the_page(open_page):
    page = open_page("search/")
    page.wait_for_function("typeof window.calmroomFind === 'function'")
    words = " ".join(f"{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}qzxvvkwq" for n in range(400))
    turns = page.evaluate(
        """async text => { let turns = 0, done = false;
          const turn = () => { turns += 1; if (!done) setTimeout(turn); };
          setTimeout(turn); await calmroomFind(text); done = true; return turns; }""",
        words,
    )
    assert turns >= 5


def test_every_section_link_leads_to_an_anchor_that_is_there(open_page, own_address, own_site):
    page = open_page("")
    links = set()
    for text in ("firewall rule", "backup database", "blame room date", "token session intruder"):
        searched(page, own_address, text)
        links |= set(page.eval_on_selector_all(".calm-result__where a", "all => all.map(a => a.href)"))
    assert len(links) > 20
    for href in sorted(links):
        path, _, anchor = href.removeprefix(own_address).partition("#")
        assert f'id="{unquote(anchor)}"' in (own_site / path / "index.html").read_text(), href


def test_a_mended_word_can_be_searched_as_it_is_written(open_page, own_address):
    page = open_page("")
    searched(page, own_address, "certficate")
    assert "Showing results for certificate" in page.inner_text("[data-calm-said]")
    page.click("[data-calm-said] button")
    page.wait_for_selector(".calm-none")
    assert "No page has any of these words" in page.inner_text(".calm-none")
    assert "The latest incidents" in page.inner_text("[data-calm-results]")
    assert hits(page) == []


def test_facets_narrow_count_and_live_in_the_address(open_page, own_address):
    page = open_page("")
    every = searched(page, own_address, "intruder")
    page.check("input[name=kind][value=security]")
    page.wait_for_function("location.search.includes('kind=security')")
    page.wait_for_selector(DONE)
    narrowed = hits(page)
    base = knowledge.read(ROOT)
    assert 0 < len(narrowed) < len(every)
    assert all("security" in base.by_id[id_].kind for id_ in narrowed)
    shown = int(page.inner_text("label:has(input[name=kind][value=security]) span"))
    assert min(shown, 10) == len(narrowed)
    page.reload()
    page.wait_for_selector(DONE)
    assert hits(page) == narrowed and page.is_checked("input[name=kind][value=security]")
    year = narrowed[0][:4]
    page.check(f"input[name=year][value='{year}']")
    page.wait_for_function(f"location.search.includes('year={year}')")
    page.wait_for_selector(DONE)
    assert hits(page) and {id_[:4] for id_ in hits(page)} == {year}


def test_filters_that_leave_nothing_offer_what_is_there_without_them(open_page, own_address):
    page = open_page("")
    searched(page, own_address, "roblox", "&severity=sev2&kind=data-loss")
    assert hits(page) == []
    page.click(".calm-none button")
    page.wait_for_selector(DONE)
    page.wait_for_selector("[data-search-hit]")
    assert hits(page)[0] == "2021-10-28-roblox-consul"


def test_without_words_incidents_are_browsed_newest_first_and_the_index_is_not_read(open_page, own_address):
    page = open_page("")
    fetched = []
    page.on("request", lambda request: fetched.append(request.url.rsplit("/", 1)[-1]))
    found = searched(page, own_address)
    assert found == [record.id for record in knowledge.read(ROOT).records][:10]
    assert not [name for name in fetched if re.match(r"[tx]\d+\.js", name)]
    page.select_option("#calm-sort", "date")
    page.fill("#calm-search-q", "database")
    page.wait_for_function("location.search.includes('sort=date') && location.search.includes('q=database')")
    page.wait_for_selector("[data-calm-results][data-search-state=done]")
    days = [id_[:10] for id_ in hits(page, "incident")]
    assert days == sorted(days, reverse=True) and len(days) > 3


def test_a_paragraph_finds_incidents_playbooks_and_scripts_and_stays_in_the_page(open_page):
    page = open_page("search/")
    page.fill(
        "#calm-about",
        "Somebody widened a firewall rule late on Friday. Customers could not sign in, and now the room wants a name.",
    )
    page.click("#prepare button")
    page.wait_for_selector("[data-calm-prepared][data-search-state=done]")
    told = page.inner_text("[data-calm-prepared]")
    for title in ("Incidents like it", "Playbooks that fit", "What you may have to say"):
        assert title in told
    first = page.locator("[data-calm-prepared] [data-search-hit=incident]").first.get_attribute("href")
    assert "2026-03-02-edge-firewall-rule" in first
    assert "widened" not in page.url
    assert page.evaluate("JSON.stringify({...localStorage})").count("widened") == 0


def test_recent_searches_stay_in_the_browser_and_can_be_erased(open_page):
    page = open_page("")
    page.keyboard.press("/")
    page.keyboard.type("backbone")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=backbone")
    page.focus("#calm-find")
    page.wait_for_selector(".calm-find [role=option]")
    assert page.locator(".calm-find [role=option]").all_inner_texts() == ["backbone"]
    page.click(".calm-hits__erase")
    assert page.evaluate("localStorage.getItem('calmroom.recent')") is None


EVIL = [
    "<img src=x onerror=alert(1)>",
    '"><script>alert(1)</script>',
    "javascript:alert(1)",
    "{{7*7}}",
    "__proto__ constructor",
    "a" * 5000,
    "(((((",
    "\\u0000 \\n",
    "%3Cscript%3E",
]


@pytest.mark.parametrize("text", EVIL)
def test_a_query_is_text_and_never_markup(text, open_page, own_address):
    page = open_page("")
    searched(page, own_address, text)
    assert page.locator("[data-calm-results] img, [data-calm-results] script").count() == 0
    page.focus("#calm-find")
    page.keyboard.insert_text(text[:300])
    page.wait_for_selector(".calm-find [data-search-state=done]")
    assert page.locator(".calm-find img, .calm-find script").count() == 0
    assert page.locator(".calm-find [role=option]").last.is_visible()


def test_hostile_records_stay_text_in_results(make: Make, open_page, tmp_path_factory):
    evil = RECORD.replace(
        "title: Customer portal unreachable after an edge firewall rule was widened",
        "title: '<img src=x onerror=alert(1)> firewall'",
    ).replace("What happened", "")
    site = build(make({f"incidents/{ID}.md": evil, "incidents/2026-03-03-b.md": RECORD}), tmp_path_factory.mktemp("s"))
    with served(site) as address:
        page = open_page("search/?q=firewall", address=address)
        page.wait_for_selector(DONE)
        assert "<img src=x" in page.inner_text("[data-calm-results]")
        assert page.locator("[data-calm-results] img").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_with_results_and_with_the_box_open(scheme, open_page):
    page = open_page("search/?q=certficate", color_scheme=scheme)
    page.wait_for_selector(DONE)
    options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    for step in ("results", "box"):
        if step == "box":
            page.focus("#calm-find")
            page.keyboard.type("firewall")
            page.wait_for_selector(".calm-find [data-search-state=done]")
            page.keyboard.press("ArrowDown")
        told = [
            (v["id"], [n["html"][:140] for n in v["nodes"][:3]])
            for v in Axe().run(page, options=options).response["violations"]
        ]
        assert told == [], step


def test_nothing_is_wider_than_a_phone_with_the_box_open(open_page):
    page = open_page("search/?q=firewall", width=360)
    page.wait_for_selector(DONE)
    page.focus("#calm-find")
    page.keyboard.type("token")
    page.wait_for_selector(".calm-find [data-search-state=done]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    box = page.locator(".calm-find .calm-hits").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360


@pytest.mark.parametrize("directories", [True, False])
def test_search_works_below_a_path_with_and_without_directory_addresses(
    directories, make: Make, open_page, tmp_path_factory
):
    settings = SETTINGS + f"use_directory_urls: {str(directories).lower()}\n"
    root = make({f"incidents/{ID}.md": RECORD, "mkdocs.yml": settings})
    site = build(root, tmp_path_factory.mktemp("s") / "kb")
    with served(site.parent) as address:
        page = open_page("kb/search/?q=firewall" if directories else "kb/search.html?q=firewall", address=address)
        page.wait_for_selector(DONE)
        href = page.locator("[data-search-hit=incident]").first.evaluate("a => a.href")
        assert href == address + (f"kb/incidents/{ID}/" if directories else f"kb/incidents/{ID}.html")
        page.goto(href)
        assert "Customer portal" in page.inner_text("h1")
        page.keyboard.press("/")
        page.keyboard.type("firewall")
        page.wait_for_selector(".calm-find [data-search-state=done]")


def test_from_a_folder_search_works_and_says_what_does_not(chromium, own_site, tmp_path):
    folder = tmp_path / "site"
    shutil.copytree(own_site, folder)
    page = chromium.new_page()
    page.goto((folder / "search/index.html").as_uri())
    page.wait_for_selector(DONE)
    assert "opened from a folder" in page.inner_text("[data-calm-folder]")
    page.fill("#calm-search-q", "roblox")
    page.wait_for_function("document.querySelector('[data-search-hit]')?.href.includes('roblox')")
    page.locator("[data-search-hit]").first.click()
    page.wait_for_selector("h1:has-text('Roblox')")
    page.goto((folder / "incidents/index.html").as_uri())
    page.fill("#calm-q", "roblox")
    assert page.locator("[data-calm-row]:visible").count() == 1
    page.close()


def test_an_index_that_cannot_be_read_is_said_and_the_list_still_filters(chromium, own_site, tmp_path):
    folder = tmp_path / "site"
    shutil.copytree(own_site, folder)
    shutil.rmtree(folder / "assets/search")
    with served(folder) as address:
        page = chromium.new_page()
        page.goto(address + "search/?q=roblox")
        page.wait_for_selector("[data-search-state=failed]")
        assert "could not be read" in page.inner_text("[data-calm-results]")
        page.goto(address + "incidents/?q=roblox")
        assert page.locator("[data-calm-row]:visible").count() == 1
        page.close()


def test_material_brings_no_search_of_its_own(own_site):
    assert not (own_site / "search/search_index.json").exists()
    assert not list(own_site.rglob("*lunr*"))


def test_the_index_holds_no_sharing_level_but_those_of_the_pages(own_site):
    (facets,) = own_site.glob("assets/search/*/facets.js")
    data = json.loads(facets.read_text().removeprefix('calmroomSearch("facets",').rstrip().removesuffix(")"))
    base = knowledge.read(ROOT)
    assert {value for value, _ in data["tlp"]["values"]} == {
        record.tlp or base.settings.default_tlp for record in base.records
    }
