"""No thing takes the address of another without a word."""

from __future__ import annotations

from datetime import date

import pytest

from calmroom import knowledge
from calmroom.insight.analysis import Analysis
from calmroom.knowledge import MADE_PAGES
from calmroom.site import pages, twins
from tests.conftest import ID, RECORD, Make, calmroom

DRAFT = RECORD.replace("status: reviewed", "status: draft")
PLAYBOOK = "---\nowner: A\nreview_by: 2027-01-01\n---\n\n# A page\n"
SCRIPT = "title: M\nsituation: S\nkind: message\nchannel: email\nwhen: now\nbody: B\n"
WORDS = "{}: {{title: A, meaning: m}}\n"
RESERVED = {
    "a tag": {f"incidents/{ID}.md": RECORD.replace("severity: sev1", "severity: sev1\ntags: [{0}]")},
    "a service": {f"incidents/{ID}.md": RECORD.replace("[customer-portal]", "[{0}]")},
    "a factor": {f"incidents/{ID}.md": RECORD, "taxonomies/factor-kinds.yaml": "{0}: {{title: A, meaning: m}}\n"},
    "a playbook": {f"incidents/{ID}.md": RECORD, "playbooks/{0}.md": PLAYBOOK},
    "a script": {f"incidents/{ID}.md": RECORD, "playbooks/scripts/{0}.yaml": SCRIPT},
}


@pytest.mark.parametrize("name", ["index", "con", "nul", "aux", "com1", "lpt9"])
@pytest.mark.parametrize("what", RESERVED)
def test_a_name_that_can_be_no_address_is_refused(what, name, make: Make):
    filled = {
        path.replace("{0}", name): text.replace("{0}", name).replace("{{", "{").replace("}}", "}")
        for path, text in RESERVED[what].items()
    }
    done = calmroom("-C", make(filled), "check")
    assert done.returncode == 1 and "CR209" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (f"incidents/{ID}/meeting.ics", "x"),
        (f"incidents/{ID}/MEETING.ICS", "x"),
        (f"incidents/{ID}/con.txt", "x"),
        (f"incidents/{ID}/a/NUL.png", "x"),
        ("docs/search/index.md", "# Mine\n"),
        ("docs/actions/index.md", "# Mine\n"),
        ("docs/README.md", "# Mine\n"),
        ("docs/Search.md", "# Mine\n"),
        ("docs/incidents/README.md", "# Mine\n"),
        ("docs/incidents.md", "# Mine\n"),
        (f"docs/incidents/{ID}/index.md", "# Mine\n"),
        ("docs/incidents/2026/index.md", "# Mine\n"),
        ("docs/services/customer-portal/index.md", "# Mine\n"),
        ("docs/Actions.csv", "x"),
        ("docs/search/index.html", "x"),
    ],
)
def test_what_would_take_another_things_place_is_told(path, text, make: Make):
    root = make({f"incidents/{ID}/record.md": DRAFT, path: text})
    done = calmroom("-C", root, "check")
    assert done.returncode == 1 and "CR118" in done.stdout, done.stdout
    if path == "docs/search/index.md":
        assert "CR118" in calmroom("-C", root, "build").stderr


def test_two_files_of_one_name_and_two_endings_are_told(make: Make):
    root = make({f"incidents/{ID}.md": RECORD, "playbooks/scripts/a.yaml": SCRIPT, "playbooks/scripts/a.yml": SCRIPT})
    assert "CR117" in calmroom("-C", root, "check").stdout


def test_a_page_takes_the_place_of_a_made_one_under_its_own_name(make: Make, tmp_path_factory):
    root = make(
        {f"incidents/{ID}.md": RECORD, "docs/search.md": "# Mine\n", "docs/index.md": "# Home\n", "docs/README.md": "x"}
    )
    assert calmroom("-C", root, "check").returncode == 0
    site = tmp_path_factory.mktemp("s") / "site"
    assert calmroom("-C", root, "build", "--site-dir", site).returncode == 0
    assert '<h1 id="mine">Mine' in (site / "search/index.html").read_text()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("search.md", "search/index.md"),
        ("a/README.md", "a/index.md"),
        ("A.md", "a.md"),
        ("index.md", "readme.md"),
        ("a.TXT", "a.txt"),
        ("a/index.html", "a.md"),
    ],
)
def test_addresses_that_a_browser_takes_for_one_are_one(one, other):
    assert twins.place(one) == twins.place(other)


def test_what_a_text_may_link_to_is_what_the_families_of_pages_always_make():
    fixed = {uri.removesuffix(".md") for family in pages.FAMILIES for uri in family.fixed}
    assert fixed == set(MADE_PAGES)


def test_what_a_family_always_makes_is_made_of_nothing(make):
    made = {page.uri for page in pages.every_page(Analysis(knowledge.read(make({})), date(2026, 4, 15)))}
    assert {uri for family in pages.FAMILIES for uri in family.fixed} <= made
