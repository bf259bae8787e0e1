"""What a text may become: links where the author wrote links, ids that nobody else can take, slots that stay slots."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from markdown_it import MarkdownIt

from calmroom.knowledge import KnowledgeBase
from calmroom.playbooks.model import Script, Slot
from calmroom.records import links, narrative
from calmroom.records.model import Prose
from calmroom.records.moment import Moment
from calmroom.records.settings import Settings
from calmroom.records.taxonomy import shipped
from calmroom.site import rendering, views
from tests.conftest import ID, RECORD, ROOT, Make, build, calmroom

NOWHERE = links.Directory({"incident": {"2020-01-01-a": "incidents/2020-01-01-a.md"}, "page": {}}, {}, frozenset())


def html_of(text: str) -> str:
    rendered = narrative.render(text, lambda tag, address: address)
    return rendered.summary + rendered.html


@pytest.mark.parametrize(
    "name",
    [
        "deploy.sh",
        "cleanup.py",
        "main.rs",
        "README.md",
        "config.io",
        "a.so",
        "b.pl",
        "x.cc",
        "run.me",
        "www.evil.example",
        "evil.example/path",
        "node.js",
        "localhost:80",
        "//evil.example",
    ],
)
def test_a_name_of_a_file_or_host_is_no_link(name):
    assert "<a" not in html_of(f"We ran {name}, then more.")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("See https://a.example/b.", "https://a.example/b"),
        ("(https://a.example/b_(c))", "https://a.example/b_(c)"),
        ("https://a.example/?a=1&amp;b=2!", "https://a.example/?a=1&b=2"),
        ("http://a.example/a_b_c*d", "http://a.example/a_b_c*d"),
        ("Write to who@a.example, please", "mailto:who@a.example"),
        ("https://ä.example/ü", "https://ä.example/ü"),
    ],
)
def test_an_address_that_is_written_whole_is_a_link(text, address):
    assert re.findall('href="([^"]*)"', html_of(text)) == [address.replace("&", "&amp;")]


@pytest.mark.parametrize(
    "text",
    [
        "`https://a.example`",
        '<a href="https://b.example">https://a.example</a>',
        "[https://a.example](https://b.example)",
        "    https://a.example",
        "```\nhttps://a.example\n```",
    ],
)
def test_an_address_in_code_or_in_a_link_is_no_second_link(text):
    assert '//a.example"' not in html_of(text)


@pytest.mark.parametrize(
    "text",
    [
        '<h2 id="story-a">z</h2>',
        '<p id="fn1">z</p>',
        '<a id="fnref1" href="#">z</a>',
        '<p id="story-">z</p>',
        "<b id=story-a-2>z</b>",
        '<p id="__search">z</p>',
        '<p id="similar">z</p>',
    ],
)
def test_raw_html_takes_no_id(text):
    html = html_of(f"{text}\n\n## a\n\n## a\n\nText[^1].\n\n[^1]: Note.\n\n{text}")
    found = re.findall(' id="([^"]*)"', html)
    assert sorted(found) == ["fn1", "fnref1", "story-a", "story-a-2"]
    assert 'href="#fn1"' in html and 'href="#fnref1"' in html


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("incident://evil.example/x", "CR401"),
        ("page://127.0.0.1:9/", "CR401"),
        ("incident://[", "CR401"),
        ("playbook://x@y", "CR401"),
        ("SCRIPT://x", "CR401"),
        ("incident:", "CR401"),
        ("incident:2020-01-01-a/../x", "CR401"),
        ("//[", "CR403"),
        ("http+unix://x", "CR403"),
    ],
)
def test_an_address_by_id_leads_to_a_thing_of_ours_or_is_broken(address, code):
    assert [found.code for found in links.check(Prose("a.md", f"[x]({address})"), NOWHERE)] == [code]


@pytest.mark.parametrize(
    "address", ["incident:2020-01-01-a", "incident:2020-01-01-a#x", "incident:2020%2D01-01-a", "https://a.example"]
)
def test_an_address_by_id_that_is_right_leads_there(address):
    assert not links.check(Prose("a.md", f"[x]({address})"), NOWHERE)


EMPTY = KnowledgeBase(root=ROOT, settings=Settings(), taxonomies=shipped())
SLOT = Slot(type="text", source="ask", example="x")
MESSAGE = """\
title: M
situation: S
kind: message
channel: email
when: now
slots: {{ticket: {{type: text, source: ask, example: "\\"><i>"}}}}
body: "{0} and {{ticket}}"
"""


@pytest.mark.parametrize(
    "body",
    [
        "See https://e.example/{ticket}",
        "[x](https://e.example/{ticket})",
        "[x][r]\\n\\n[r]: https://e.example/{ticket}",
        "<https://e.example/{ticket}>",
    ],
)
def test_a_slot_in_an_address_is_told(body, make: Make):
    root = make({"incidents/README.md": "", "playbooks/scripts/a.yaml": MESSAGE.format(body)})
    done = calmroom("-C", root, "check")
    assert "CR514" in done.stdout and done.returncode == 1


@pytest.mark.parametrize(
    "html", ['<a href="https://e/{t}" title="{t}">{t}</a>', "<b>{t}</b>{t}", '<img alt="{t}">', "{t}"]
)
def test_a_slot_in_a_tag_stays_a_part_of_the_tag(html):
    script = Script.model_construct(slots={"t": SLOT}, id="a", path="a")
    parts = views.slot_parts_of_html(EMPTY, script, html)
    for slot, words in parts:
        assert slot in (None, SLOT)
        if "<" in words:
            assert words.startswith("<") and words.endswith(">") and words in html
    assert "".join(words for _, words in parts) == re.sub(r"(<[^>]*>)|{t}", lambda found: found.group(1) or "[t]", html)


@pytest.mark.parametrize(
    "text",
    [
        "---",
        "***",
        "- a",
        "+ a",
        "=====",
        "1. a",
        "12) a",
        "# a",
        "> a",
        "    a",
        "::error::x",
        "~~~",
        "```",
        "| a |",
        "a\n---\nb",
        "@everyone",
        "@org/team",
        "<!channel>",
        "_a_",
        "\\",
        "&amp;",
        "[a](b)",
        "![a](b)",
        "http://a.example",
    ],
)
def test_markdown_that_is_made_shows_the_text_and_calls_nobody(text):
    written = rendering.escape_markdown(text)
    shown = MarkdownIt("commonmark").render(f"{written}\n")
    plain = narrative.plain(shown).replace("\u2060", "")
    assert plain == " ".join(text.split())
    assert not re.search(r"@\w", written)
    assert "<hr" not in shown and "<li" not in shown and "<h" not in shown


def test_an_hour_that_comes_twice_names_its_zone():
    first, second = (Moment.parse(f"2026-10-25T0{hour}:30:00Z") for hour in (0, 1))
    assert views.moment_text(first, "Europe/Berlin") == "25 Oct 2026 02:30 CEST"
    assert views.moment_text(second, "Europe/Berlin") == "25 Oct 2026 02:30 CET"
    assert views.moment_text(first, "UTC") == "25 Oct 2026 00:30"
    assert views.moment_text(Moment.parse("2026-10-25T02:30:00Z"), "Europe/Berlin") == "25 Oct 2026 03:30"


@pytest.mark.parametrize(
    "zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca"]
)
def test_no_two_moments_of_a_year_look_the_same(zone):
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    shown = [
        views.moment_text(Moment.parse((begin + timedelta(minutes=30 * n)).isoformat()), zone) for n in range(17520)
    ]
    assert len(set(shown)) == len(shown)


def test_a_sign_that_xml_forbids_in_a_word_of_the_settings_or_a_taxonomy_is_refused(make: Make):
    settings = 'site_name: T\ntheme: {name: material}\nplugins:\n  - calmroom: {severities: {sev1: {title: "S\\x01", meaning: m}}}\n'
    root = make(
        {
            "mkdocs.yml": settings,
            f"incidents/{ID}.md": RECORD,
            "taxonomies/factor-kinds.yaml": 'k: {title: "K\\uffff", meaning: m}\n',
        }
    )
    for command in (["check"], ["build"]):
        done = calmroom("-C", root, *command)
        assert done.returncode == 1 and "CR112" in done.stdout + done.stderr, command
        assert "Traceback" not in done.stderr and "panic" not in done.stderr


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2101-01-01", "0999-12-31"])
def test_a_record_is_filed_and_due_within_the_calendar(day, make: Make):
    root = make(
        {f"incidents/{day}-x.md": RECORD, f"incidents/{ID}.md": RECORD.replace("due: 2026-03-16", f"due: {day}")}
    )
    done = calmroom("-C", root, "check")
    assert done.returncode == 1 and done.stdout.count("is not a day between the years") == 2


def test_the_first_and_the_last_year_build(make: Make, tmp_path_factory):
    root = make({f"incidents/{day}-x.md": RECORD for day in ("2100-12-31", "1000-01-01")})
    build(root, tmp_path_factory.mktemp("s"))
