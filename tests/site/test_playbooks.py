"""Playbooks, scripts and vocabulary on the site: whole, linked to each other, and explained on the spot."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ID, Make, build, served, write_base
from tests.playbooks.test_reading import FILES, SCRIPT

MESSAGE = """\
title: After the meeting
situation: Everybody waits for the notes.
kind: message
channel: email
when: within 3 hours
subject: "Notes: {title}"
body: |
  Thank you for coming.

  The root cause is **not** one thing.

  | What | Owner |
  |---|---|
  | {title} | you |

  <script>alert(1)</script>
slots:
  title: {type: text, source: title, example: The portal was down}
moves: [close-the-loop]
why: Notes that come today are read.
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    root = write_base(tmp_path_factory.mktemp("kb"), {**FILES, "playbooks/scripts/notes.yaml": MESSAGE})
    return build(root, tmp_path_factory.mktemp("s"))


def read(site, page: str) -> str:
    return (site / page / "index.html").read_text("utf-8")


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_script_page_shows_every_word_move_reason_and_way_out(site):
    shown = text_of(read(site, "scripts/blame"))
    for text in (
        "Engineering Lead", "blaming", "Who made that change?", "I hear how angry you are.", "[affected service]", "Acknowledge the feeling",
        "From who to how", "Anger that is named falls.", "If they accept", "Thank you.", "If they push on: “Just answer.”", "I will, by", "[plan due]",
        "Never say", "Calm down.", "Nobody ever did.", "for example “the portal”", "meeting.at + 24h", "about 1 minute aloud",
    ):  # fmt: skip
        assert text in shown


def test_an_empty_slot_stays_visible(site):
    assert '<span class="calm-slot" title="the portal">[affected service]</span>' in read(site, "scripts/blame")


def test_a_message_page_shows_subject_body_as_markdown_and_moment(site):
    html = read(site, "scripts/notes")
    shown = text_of(html)
    for text in ("Notes: [title]", "Thank you for coming.", "within 3 hours", "Close the loop"):
        assert text in shown
    assert "<strong>not</strong>" in html and "<script>alert" not in html
    assert re.search(r'<td>\s*<span class="calm-slot" title="The portal was down">\[title\]</span>', html)


def test_a_playbook_leads_to_its_scripts_words_and_incidents_and_they_lead_back(site):
    html = read(site, "playbooks/blame")
    for address in ("../../scripts/blame/", "../../glossary/#root-cause", f"../../incidents/{ID}/"):
        assert f'href="{address}"' in html
    assert "Somebody says a name." in html and "kept by Security Operations Lead" in html
    assert 'href="../../playbooks/blame/"' in read(site, "scripts/blame")


def test_the_lists_hold_everything(site):
    assert "An engineer in the room is blamed." in text_of(read(site, "playbooks"))
    scripts = text_of(read(site, "scripts"))
    assert "In the room" in scripts and "In writing" in scripts and "After the meeting" in scripts


def test_the_vocabulary_shows_each_term_whole_and_where_it_occurs(site):
    html = read(site, "glossary")
    shown = text_of(html)
    for text in (
        "Root cause",
        "The one thing people hope to find.",
        "A cause at the end of a chain.",
        "As if there were only one.",
        "Several things had to be true at once.",
        "underlying cause",
        "Contributing factor",
    ):
        assert text in shown
    assert 'href="#contributing-factor"' in html and 'href="../scripts/notes/"' in html


def test_a_term_is_marked_once_a_section_and_listed_at_the_end(site):
    html = read(site, "scripts/notes")
    assert html.count('data-term="root-cause"') == 1
    assert '<div id="term-root-cause">' in html


@pytest.mark.browser
def test_a_term_is_explained_on_hover_on_focus_and_by_touch(site, chromium):
    with served(site) as address:
        page = chromium.new_page()
        page.goto(f"{address}scripts/notes/")
        term, tip = page.locator("a.calm-term").first, page.locator("#calm-tip")
        assert not tip.is_visible()
        term.hover()
        assert "The one thing people hope to find." in tip.inner_text()
        page.mouse.move(5, 5)
        assert not tip.is_visible()
        term.focus()
        assert tip.is_visible() and term.get_attribute("aria-describedby") == "calm-tip"
        page.keyboard.press("Escape")
        assert not tip.is_visible()
        page.close()
        phone = chromium.new_context(viewport={"width": 360, "height": 700}, has_touch=True).new_page()
        phone.goto(f"{address}scripts/notes/")
        phone.locator("a.calm-term").first.tap()
        assert phone.locator("#calm-tip").is_visible() and phone.url.endswith("/scripts/notes/")
        phone.locator("a.calm-term").first.tap()
        phone.wait_for_url("**/glossary/#root-cause")
        phone.context.close()


@pytest.mark.browser
def test_each_line_can_be_copied_by_keyboard(site, chromium):
    with served(site) as address:
        context = chromium.new_context(permissions=["clipboard-read", "clipboard-write"])
        page = context.new_page()
        page.goto(f"{address}scripts/blame/")
        page.wait_for_function("document.documentElement.dataset.calmDiagrams === 'done'")
        assert page.locator(".calm-copy").count() == 5
        page.locator(".calm-copy").first.focus()
        page.keyboard.press("Enter")
        assert page.evaluate("navigator.clipboard.readText()") == "Who made that change?"
        assert "Copied" in page.locator("[role=status]").all_inner_texts()
        assert page.eval_on_selector("[data-calm-diagram=dialogue]", "f => f.dataset.calmState") == "drawn"
        context.close()


@pytest.mark.browser
def test_the_vocabulary_filters_by_field_and_words(site, chromium):
    with served(site) as address:
        page = chromium.new_page()
        page.goto(f"{address}glossary/")
        page.fill("#calm-term", "condition")
        assert page.inner_text("[data-calm-count]") == "1 of 2"
        assert page.locator("#contributing-factor").is_visible() and not page.locator("#root-cause").is_visible()
        page.fill("#calm-term", "nothing like it")
        assert page.locator("[data-calm-none]").is_visible()
        page.close()


@pytest.mark.browser
@pytest.mark.parametrize(
    "path", ["playbooks/", "playbooks/blame/", "scripts/", "scripts/blame/", "scripts/notes/", "glossary/"]
)
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_and_nothing_is_too_wide(path, width, site, chromium):
    from axe_playwright_python.sync_playwright import Axe

    with served(site) as address:
        page = chromium.new_page(viewport={"width": width, "height": 800})
        page.goto(address + path)
        page.wait_for_function("document.readyState === 'complete'")
        found = Axe().run(
            page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
        )
        assert [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found.response["violations"]] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.close()


def test_hostile_words_in_a_script_do_nothing(make: Make, tmp_path_factory):
    hostile = SCRIPT.replace(
        "Who made that change?", "'<script>alert(1)</script> {{ 7*7 }} <img src=x onerror=alert(1)> {affected_service}'"
    )
    html = read(
        build(make({**FILES, "playbooks/scripts/blame.yaml": hostile}), tmp_path_factory.mktemp("s")), "scripts/blame"
    )
    assert "<script>alert(1)" not in html and "<img src=x" not in html and "{{ 7*7 }}" in html
