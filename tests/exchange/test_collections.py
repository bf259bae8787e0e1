"""Whole collections of other tools: all of them by one language of mapping, listed, never overwritten, twice as once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmroom import knowledge
from calmroom.checks.register import CODES as QUALITY
from calmroom.exchange import foreign
from calmroom.exchange import mapping as mappings
from calmroom.exchange.html import as_markdown
from calmroom.exchange.markdown import convert
from calmroom.records.taxonomy import shipped
from tests.conftest import Make, calmroom
from tests.exchange import __file__ as here

FILES = {
    "incident.io": "incident.io.json", "firehydrant": "firehydrant.json", "jira": "jira.csv", "github": "github.json", "html": "confluence",
}  # fmt: skip
COLLECTIONS = Path(here).parent / "collections"


def run(form: str, root: Path, *more: str):
    return calmroom("import", form, COLLECTIONS / FILES[form], "--into", root, *more)


def records(root: Path):
    return {record.id: record for record in knowledge.read(root, edition="red").records}


def test_each_form_has_a_mapping_that_is_sound():
    assert set(foreign.FORMS) == set(FILES)
    for form in foreign.FORMS:
        mapping, problems = mappings.parse(foreign.mapping_text(form), f"{form}.yml")
        assert mapping is not None and problems == []


@pytest.mark.parametrize("form", FILES)
def test_a_collection_arrives_as_drafts_that_pass_check_and_a_second_run_changes_nothing(form: str, make: Make):
    root = make({"incidents/README.md": ""})
    dry = run(form, root, "--dry-run")
    assert dry.returncode == 0 and "would be written" in dry.stderr, dry.stdout + dry.stderr
    assert len(list((root / "incidents").iterdir())) == 1
    first = run(form, root)
    assert first.returncode == 0, first.stdout + first.stderr
    before = {path: path.read_bytes() for path in sorted((root / "incidents").iterdir())}
    assert len(before) > 1
    second = run(form, root)
    assert "0 written" in second.stderr and second.returncode == 0
    assert {path: path.read_bytes() for path in sorted((root / "incidents").iterdir())} == before
    assert all(record.status == "draft" for record in records(root).values())
    checked = json.loads(calmroom("-C", root, "check", "--format", "json").stdout)
    assert [item for item in checked if item["level"] == "error" or item["code"] not in QUALITY] == []


def test_incident_io_brings_times_severity_and_where_it_was(make: Make):
    root = make({})
    done = run("incident.io", root)
    record = records(root)["2026-03-02-checkout-errors"]
    assert [name for name, _ in record.times.known()] == ["began", "detected", "resolved"]
    assert (record.severity, record.ref) == ("sev2", "INC-123")
    assert record.sources[0].url == "https://app.incident.example/incidents/123"
    assert "`severity.name: Unheard of` has no translation" in done.stdout
    assert "`custom_field_entries` has no place" in done.stdout


def test_firehydrant_brings_milestones_services_and_text(make: Make):
    root = make({})
    run("firehydrant", root)
    record = records(root)["2026-03-02-checkout-errors"]
    assert str(record.times.detected) == "2026-03-02T09:02:00Z" and record.services == ("checkout-api",)
    assert "What **we** saw." in record.narrative


def test_jira_brings_repeated_columns_and_times_of_a_zone(make: Make):
    root = make({})
    done = run("jira", root, "--zone", "Europe/Berlin")
    record = records(root)["2026-03-02-checkout-failed-for-half-an-hour"]
    assert record.tags == ("payments", "checkout") and record.ref == "OPS-12"
    assert str(record.times.began) == "2026-03-02T10:00:00+01:00" and "rolled back" in record.narrative
    assert "jira.csv OPS-13:5:1" in done.stdout and "`Priority: Odd`" in done.stdout


def test_jira_without_a_zone_knows_days_only(make: Make):
    root = make({})
    run("jira", root)
    assert str(records(root)["2026-03-02-checkout-failed-for-half-an-hour"].times.began) == "2026-03-02Txx:xxZ"


def test_github_leaves_pull_requests_out_and_asserts_no_moments(make: Make):
    root = make({})
    run("github", root)
    found = records(root)
    assert list(found) == ["2026-03-02-checkout-failed-for-half-an-hour"]
    record = found["2026-03-02-checkout-failed-for-half-an-hour"]
    assert record.severity == "sev2" and record.times.known() == []
    assert "[the graph](https://grafana.example/d/1)" in record.narrative and "](../x.md)" not in record.narrative


def test_gh_writes_other_names_for_the_same(make: Make, tmp_path: Path):
    file = tmp_path / "issues.json"
    issue = {
        "number": 7,
        "title": "Down",
        "createdAt": "2026-03-02T09:15:00Z",
        "url": "https://github.example/i/7",
        "labels": [],
        "body": "x",
    }
    file.write_text(json.dumps([issue]))
    root = make({})
    assert calmroom("import", "github", file, "--into", root).returncode == 0
    assert records(root)["2026-03-02-down"].sources[0].url == "https://github.example/i/7"


def test_pages_of_confluence_become_markdown_without_their_scripts(make: Make):
    root = make({})
    run("html", root)
    (record,) = records(root).values()
    assert record.id.startswith("2026-03-02-") and record.title == "Checkout failed on 2026-03-02"
    text = record.narrative
    assert "alert(1)" not in text and "color: red" not in text
    assert "Payments **failed** & 502s \\<everywhere\\>; see [the graph](https://grafana.example/d/1) and here." in text
    assert "| Time | What |\n|---|---|\n| 10:02 | alert \\| fired |" in text
    assert "- one\n    - deeper\n- two" in text and "````\ncode `x` ``` y\n````" in text


@pytest.mark.parametrize(
    ("form", "content", "words"),
    [
        ("github", b'[{"number": 1, "title": "a', "ends in the middle"),
        ("jira", b"Name,Key\na,b\n", "no column `Summary`"),
        ("incident.io", b"", "empty"),
        ("firehydrant", b"[]", "no incident"),
        ("html", b"PK\x03\x04", "damaged"),
    ],
)
def test_a_collection_that_cannot_be_read_is_told(form: str, content: bytes, words: str, make: Make, tmp_path: Path):
    file = tmp_path / "given"
    file.write_bytes(content)
    done = calmroom("import", form, file, "--into", make({}))
    assert done.returncode == 1 and words in done.stdout + done.stderr and "given:" in done.stdout
    assert "Traceback" not in done.stderr


def test_an_issue_that_cannot_be_a_record_is_told_with_its_line_and_the_others_arrive(make: Make, tmp_path: Path):
    file = tmp_path / "jira.csv"
    file.write_text(
        f"Summary,Issue key,Created,Description\nOne,A-1,02/Mar/26 10:15,ok\nTwo,A-2,02/Mar/26 10:15,{'x' * 300_000}\n"
    )
    root = make({})
    done = calmroom("import", "jira", file, "--into", root)
    assert done.returncode == 1 and "jira.csv A-2:3:1: error CR604" in done.stdout
    assert len(records(root)) == 1


def test_a_mapping_of_ones_own_takes_the_place_of_ours(make: Make, tmp_path: Path):
    shown = calmroom("import", "jira", "--show-map").stdout
    mine = tmp_path / "mine.yml"
    mine.write_text(shown.replace("default: sev3", "default: sev4"))
    root = make({})
    calmroom("import", "jira", COLLECTIONS / "jira.csv", "--into", root, "--map", mine)
    assert {record.severity for record in records(root).values()} == {"sev2", "sev4"}


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_any_html_becomes_text_of_a_record(html: str):
    page = as_markdown(html)
    mapping, _ = mappings.parse(foreign.mapping_text("html"), "html.yml")
    assert mapping is not None
    item = foreign.Item("x", 1, {"title": page.title or "Untitled", "file": "x"}, page.text)
    converted, problems = convert([("x", foreign.source(item))], mapping, shipped())
    assert converted[0].text is not None, [problem.message for problem in problems]


@given(
    st.lists(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<ul>",
                "<li>",
                "</ul>",
                "<table>",
                "<tr>",
                "<td>",
                "</table>",
                "<pre>",
                "</pre>",
                "<script>",
                "</script>",
                "<a href='https://x.example'>",
                "</a>",
                "<h1>",
                "</h1>",
                "<b>",
                "word",
                "<!--",
                "-->",
                "&amp;",
            ]
        ),
        max_size=30,
    )
)
def test_html_that_is_never_closed_does_no_harm(pieces: list[str]):
    page = as_markdown("".join(pieces))
    assert "<script" not in page.text and "<p>" not in page.text


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=12,
    )
)
def test_any_issue_is_told_or_arrives_and_nothing_breaks(value):
    mapping, _ = mappings.parse(foreign.mapping_text("github"), "github.yml")
    assert mapping is not None
    issue = {"number": 1, "title": "T", "created_at": "2026-03-02T09:15:00Z", "x": value, "labels": value}
    item = foreign.Item("#1", 1, foreign.flat(issue), "body")
    converted, problems = convert([("#1", foreign.source(item))], mapping, shipped())
    assert converted[0].text is not None or problems
