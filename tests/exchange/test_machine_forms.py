"""What the site says to programs: every file validates, stays within its edition and drives nothing."""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
from pathlib import Path

import markdown
import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar
from jsonschema import Draft202012Validator
from lxml import etree

from calmroom import knowledge
from calmroom.exchange import atom, story
from calmroom.exchange.places import Places
from calmroom.insight.analysis import Analysis
from calmroom.records import yaml_text
from calmroom.site import machine_forms, short
from calmroom.site.inputs import Inputs
from calmroom.site.rendering import Renderer
from tests.conftest import ID, RECORD, ROOT, Make, build, calmroom

SCHEMAS = Path(__file__).parent.parent / "schemas"
ATOM = etree.RelaxNG(etree.parse(SCHEMAS / "atom.rng"))
ATOM_NAMES = {"a": atom.NAMESPACE}
TODAY = datetime.date(2026, 4, 15)


def made(root: Path, places: Places | None = None) -> dict[str, str]:
    """Return every form of a knowledge base by its address."""
    base = knowledge.read(root)
    analysis = Analysis(base, TODAY)
    place = places or Places("Test", "https://docs.example/kb/")
    forms = machine_forms.every(analysis, Inputs(analysis), Renderer(base), place)
    texts = {form.address: form.make() for form in forms}
    return {name: text.decode() if isinstance(text, bytes) else text for name, text in texts.items()}


@pytest.fixture(scope="module")
def ours() -> dict[str, str]:
    return made(ROOT)


def test_every_json_file_validates_against_its_schema(ours):
    validated = 0
    for name, text in ours.items():
        if not name.startswith("api/"):
            continue
        if name.startswith("api/veris/"):
            schema = json.loads((SCHEMAS / "veris.json").read_text())
        elif name.startswith("api/incidents/"):
            schema = json.loads(ours["schema/api/incident.schema.json"])
        else:
            schema = json.loads(ours[f"schema/{name.removesuffix('.json')}.schema.json"])
        Draft202012Validator.check_schema(schema)
        problems = list(Draft202012Validator(schema).iter_errors(json.loads(text)))
        assert not problems, (name, problems[0].message)
        validated += 1
    assert validated > 35


def test_a_schema_refuses_what_lacks_a_name(ours):
    told = json.loads(ours["api/actions.json"])
    del told["actions"][0]["what"]
    schema = json.loads(ours["schema/api/actions.schema.json"])
    assert not Draft202012Validator(schema).is_valid(told)


def test_one_record_holds_its_fields_its_durations_and_where_it_is(ours):
    told = json.loads(ours["api/incidents/2026-03-02-edge-firewall-rule.json"])
    assert told["url"] == "https://docs.example/kb/incidents/2026-03-02-edge-firewall-rule/"
    assert told["record"]["times"]["began"] == "2026-03-02T09:02:00Z"
    assert [d["least_seconds"] for d in told["durations"]] == [4080, 3120, 8880]
    assert "cost" not in told["record"]["impact"]


def test_lists_count_what_they_hold_and_name_their_edition(ours):
    base = knowledge.read(ROOT)
    listed = json.loads(ours["api/incidents.json"])
    assert listed["edition"] == base.edition
    assert listed["count"] == len(listed["incidents"]) == len(base.records)
    factors = json.loads(ours["api/factors.json"])
    assert factors["count"] == sum(len(record.factors) for record in base.records)
    assert json.loads(ours["api/terms.json"])["count"] == len(base.terms)


@pytest.mark.parametrize("url", ["", "https://docs.example/kb/"])
@pytest.mark.parametrize("records", [{}, {f"incidents/{ID}.md": RECORD}], ids=["none", "one"])
def test_feeds_validate_with_records_and_without(url: str, records: dict[str, str], make: Make):
    texts = made(make(records), Places("Test", url))
    for name in atom.FEEDS:
        parsed = etree.fromstring(texts[atom.address(name)].encode())
        ATOM.assertValid(parsed)
        ids = parsed.xpath("//a:id/text()", namespaces=ATOM_NAMES)
        assert len(ids) == len(set(ids))
        links = parsed.xpath("a:link[@rel='self']/@href", namespaces=ATOM_NAMES)
        assert links == [f"{url}feeds/{name}.xml" if url else f"{name}.xml"]


def test_the_rules_for_feeds_refuse_one_without_an_id():
    text = atom.feed("new", [], Places("Test"), TODAY)
    assert ATOM.validate(etree.fromstring(text.encode()))
    assert not ATOM.validate(etree.fromstring(re.sub("<id>.*</id>", "", text).encode()))


def test_an_action_is_in_its_feed_from_two_weeks_before_its_day_while_it_is_open_and_ours(make: Make):
    root = make({f"incidents/{ID}.md": RECORD})
    base = knowledge.read(root)
    for day, count in ((datetime.date(2026, 3, 1), 0), (datetime.date(2026, 3, 2), 1), (TODAY, 1)):
        items = Analysis(base, day).actions
        assert len(atom.actions_due(items, Places(), day)) == count


def test_an_amendment_has_an_id_that_an_edition_does_not_change(make: Make):
    amended = RECORD.replace(
        "impact:", "amendments: [{on: 2026-03-04, what: First., tlp: red}, {on: 2026-03-05, what: Second.}]\nimpact:"
    )
    root = make({f"incidents/{ID}.md": amended})
    green, red = (atom.amended(knowledge.read(root, edition=at).records, Places()) for at in ("green", "red"))
    assert [entry.summary for entry in green] == ["Second."]
    assert green[0].of in {entry.of for entry in red}


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_any_text_gives_a_feed_that_validates(text: str):
    entry = atom.Entry("x", text, "https://docs.example/", TODAY, text, categories=(text,))
    parsed = etree.fromstring(atom.feed("new", [entry], Places(text or "x"), TODAY).encode())
    ATOM.assertValid(parsed)


def test_tables_and_calendar_hold_what_the_lists_hold(ours):
    rows = list(csv.DictReader(io.StringIO(ours["incidents.csv"], newline="")))
    assert [row["id"] for row in rows] == [item["id"] for item in json.loads(ours["api/incidents.json"])["incidents"]]
    assert {row["ours"] for row in rows} <= {"yes", "no"}
    for event in Calendar.from_ical(ours["actions.ics"]).walk("VEVENT"):
        assert event["DTSTART"] and event["SUMMARY"]


@pytest.mark.parametrize("start", [*"=+-@＝＋－＠", "\t=", "\r=", " ="])
def test_no_cell_of_an_incident_is_run_by_a_spreadsheet(start: str, make: Make):
    title = json.dumps(f"{start}HYPERLINK(1);=2", ensure_ascii=False).replace("\\t", " ").replace("\\r", " ")
    text = re.sub(r"^title: .*$", lambda found: f"title: {title}", RECORD, flags=re.MULTILINE)
    cell = next(csv.DictReader(io.StringIO(made(make({f"incidents/{ID}.md": text}))["incidents.csv"])))["title"]
    assert cell.startswith("'") and "HYPERLINK" in cell


def test_every_twin_has_front_matter_that_parses_and_links_that_lead_somewhere(own_site: Path):
    twins = sorted(own_site.rglob("*.md"))
    assert len(twins) > 90
    for twin in twins:
        text = twin.read_text("utf-8")
        front = text.split("---\n")[1]
        document = yaml_text.read(front)
        assert not document.faults and document.value["title"], twin
        for address in re.findall(r"\]\(<([^>]+)>\)", text):
            if re.match(r"[a-z]+:", address) or address.startswith("#"):
                continue
            target = (twin.parent / address.partition("#")[0]).resolve()
            assert (target / "index.html").is_file() or target.is_file(), (twin, address)


def test_the_page_for_assistants_leads_to_twins(own_site: Path):
    text = (own_site / "llms.txt").read_text()
    addresses = re.findall(r"\]\(([^)]+)\)", text)
    assert text.startswith("# ") and "\n> " in text and len(addresses) > 80
    for address in addresses:
        assert (own_site / address).is_file(), address


def test_a_page_names_its_twin_its_feeds_and_how_it_is_shown_in_a_chat(make: Make, tmp_path: Path):
    text = RECORD.replace("title: Customer portal", "title: '\"><script>alert(1)</script> Customer portal").replace(
        "was widened\n", "was widened'\nref: INC-7\n", 1
    )
    site = build(make({f"incidents/{ID}.md": text}), tmp_path / "site")
    page = (site / "incidents" / ID / "index.html").read_text()
    head = page[: page.index("</head>")]
    assert 'type="text/markdown" href="index.md"' in head
    assert head.count("application/atom+xml") == 3
    assert 'property="og:url" content="https://docs.example/kb/incidents/' in head
    assert 'property="og:title" content="&quot;&gt;&lt;script&gt;' in head
    assert "og:image" not in head and "<script>alert" not in head
    assert f"../../incidents/{ID}/" in (site / "i" / "INC-7" / "index.html").read_text()


def test_a_section_has_its_forms_below_itself(make: Make, tmp_path: Path):
    settings = (
        "site_name: T\nsite_url: https://docs.example/\ntheme: {name: material}\nplugins:\n"
        "  - calmroom: {section: post-mortems, library: {playbooks: false, incidents: false}}\n"
    )
    site = build(make({"mkdocs.yml": settings, "docs/index.md": "# T\n", f"incidents/{ID}.md": RECORD}), tmp_path / "s")
    told = json.loads((site / "post-mortems" / "api" / "incidents.json").read_text())
    assert told["incidents"][0]["url"] == f"https://docs.example/post-mortems/incidents/{ID}/"
    assert (site / "post-mortems" / "incidents" / ID / "index.md").is_file()
    assert not (site / "api").exists() and not (site / "incidents").exists()


def test_without_directory_urls_addresses_are_those_of_the_pages(make: Make, tmp_path: Path):
    root = make({f"incidents/{ID}.md": RECORD})
    config = root / "mkdocs.yml"
    config.write_text(config.read_text() + "use_directory_urls: false\n")
    site = build(root, tmp_path / "site")
    told = json.loads((site / "api" / "incidents.json").read_text())["incidents"][0]
    for name in ("url", "json", "markdown"):
        assert (site / told[name].removeprefix("https://docs.example/kb/")).is_file(), told[name]


@pytest.mark.parametrize(
    ("ref", "name"),
    [
        ("INC-2026-014", "INC-2026-014"), ("INC 7/8", "INC-7-8"), ("../../etc/passwd", "etc-passwd"), ("…", ""), ("index", ""),
        ("https://tracker.example/browse/OPS-12/", "OPS-12"), ("#4711", "4711"), ("..", ""), ("a" * 200, "a" * 80),
    ],
)  # fmt: skip
def test_a_ref_becomes_a_short_name(ref: str, name: str):
    assert short.of(ref) == name


@given(st.text())
def test_a_short_name_is_always_one_part_of_an_address(ref: str):
    assert re.fullmatch(r"|[A-Za-z0-9_][A-Za-z0-9._-]*", short.of(ref))


def test_two_records_with_one_ref_have_no_short_address(make: Make):
    one, two = (
        RECORD.replace("severity:", "ref: INC-7\nseverity:", 1),
        RECORD.replace("severity:", "ref: inc-7\nseverity:", 1),
    )
    base = knowledge.read(make({f"incidents/{ID}.md": one, "incidents/2026-03-03-other.md": two}))
    assert short.references(base.records) == {}


def test_a_file_of_the_docs_at_the_address_of_a_form_is_told(make: Make):
    root = make({f"incidents/{ID}.md": RECORD, "docs/API/Incidents.json": "{}"})
    assert "CR118" in calmroom("-C", root, "build").stdout + calmroom("-C", root, "build").stderr


DANGEROUS = re.compile(
    r"<(?!/?(?:p|h[1-6]|ul|ol|li|em|strong|code|pre|blockquote|a|img|hr|br|table|thead|tbody|tr|t[hd]|div|span|del|input)\b)[a-z!?/]",
    re.IGNORECASE,
)
PIECES = st.lists(
    st.sampled_from(
        ["<script>alert(1)</script>", "<b onclick=x>", "`", "``", "```", "~~~", "\n", "\n\n", "    ", "\t", "- ", "> ", "# ", "[a](", ")", "<", ">", "\\",
         "&lt;", "javascript:x", "<img src=x onerror=y>", "[x]: ", "<!-- ", "-->", "<svg/onload=1>", "text", "|", "javascript:alert(1)", "[x]:\n", "[^1]: ", "[x][x]", "[^1]", "[x]", "(", "]", "![x](", "{: onclick=x }", "{ onclick=x }", "{: #a onclick=x }", "![", "](x", "<div>", "1. "]
    ),
    max_size=14,
)  # fmt: skip


@given(PIECES)
def test_no_twin_holds_html_whatever_builds_it(pieces: list[str]):
    told = story.told("".join(pieces), lambda tag, address: None)
    html = markdown.markdown(told, extensions=["toc", "tables", "fenced_code", "attr_list", "md_in_html"])
    assert not DANGEROUS.search(html), told
    without = re.sub(r'"[^"<>]*"', '""', html)
    assert not re.search(r"<[^>]*\son\w+\s*=", without), told
    assert not re.search(r"(?:href|src)=\"(?!https?:|#)", html), told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("See [one](incident:x).", "See [one](<../x/>)."),
        ("See <incident:x>.", "See [x](<../x/>)."),
        ("See [gone](incident:gone).", "See gone."),
        ("`[one](incident:x)`", "<code>&#91;one&#93;&#40;incident:x&#41;</code>"),
        ("# A\n\ntext", "## A\n\ntext"),
        ("~~~ sh onclick=1\na <b>\n~~~", "```sh\na <b>\n```"),
        ("[a](javascript:alert(1))", "a"),
        ("[x]: javascript:alert(1)", "&#91;x]: javascript:alert(1)"),
        ("`a <b>`", "<code>a &#60;b&#62;</code>"),
        ("a <b>bold</b>", "a &lt;b>bold&lt;/b>"),
    ],
)
def test_a_text_keeps_its_links_and_loses_its_html(text: str, told: str):
    def follow(tag: str, address: str) -> str | None:
        return {"incident:x": "../x/"}.get(address)

    assert story.told(text, follow, shift=1) == told


def test_long_lines_take_no_long_time():
    for sign in ("[", "`", "<a:", "![](", "[x]: ", "#", "~~~\n"):
        story.told(sign * 20_000, lambda tag, address: None)
