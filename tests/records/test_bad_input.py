"""Every way in which a file can be wrong: the code, the line and the column a person is sent to; never a traceback."""

from __future__ import annotations

import datetime

import pytest

from calmroom import knowledge
from calmroom.records.diagnostics import Level, catalogue
from tests.conftest import ID, RECORD, Make

PATH = f"incidents/{ID}.md"


def front(*lines: str) -> str:
    """Return a draft with these lines after its three fields; the first of them stands on line 5."""
    return "\n".join(["---", "title: A title", "severity: sev2", "status: draft", *lines, "---", "", "Text.", ""])


def replaced(old: str, new: str) -> str:
    assert old in RECORD
    return RECORD.replace(old, new, 1)


BOMB = "\n".join(
    [
        "a: &a [x, x, x, x, x, x, x, x, x, x]",
        *(f"{n}: &{n} [{', '.join([f'*{p}'] * 10)}]" for p, n in ["ab", "bc", "cd", "de", "ef", "fg"]),
    ]
)

CASES: dict[str, tuple[str | bytes, list[tuple[str, int, int]]]] = {
    "an empty file": ("", [("CR101", 1, 1)]),
    "only white space": ("\n  \n", [("CR101", 1, 1)]),
    "no front matter": ("## Summary\n", [("CR102", 1, 1)]),
    "front matter that is never closed": ("---\ntitle: A\n\n## Summary\n", [("CR103", 1, 1)]),
    "YAML that is a list": ("---\n- a\n- b\n---\n", [("CR104", 2, 1)]),
    "YAML that is a word": ("---\nhello\n---\n", [("CR104", 2, 1)]),
    "front matter with nothing in it": ("---\n---\n\nText\n", [("CR104", 1, 1)]),
    "a colon in a title": ("---\ntitle: Outage: all down\n---\n", [("CR105", 2, 14)]),
    "a quote that is never closed": ('---\ntitle: "A\n---\n', [("CR105", 2, 8)]),
    "a tab for indentation": (front("times:", "\tbegan: 2026-03-02T09:02:00Z"), [("CR106", 6, 1)]),
    "a field written twice": (front("title: Again"), [("CR107", 5, 1)]),
    "a field of a field written twice": (front("impact: {customers: 1, customers: 2}"), [("CR107", 5, 24)]),
    "an alias bomb": (front(*BOMB.split("\n")), [("CR108", 9, 20)]),
    "an alias that contains itself": (front("tags: &t [*t]"), [("CR108", 5, 11)]),
    "a hundred levels of lists": (front("tags: " + "[" * 100 + "]" * 100), [("CR108", 5, 31)]),
    "Latin-1": (front("ref: Caf\u00e9").encode("latin-1"), [("CR109", 5, 9)]),
    "10 MB of text": (RECORD.encode() + b"x" * 10_000_000, [("CR110", 1, 1)]),
    "a tag of YAML": (front("tags: !!python/object:os.system [x]"), [("CR111", 5, 7)]),
    "a merge key": (front("<<: {ref: x}"), [("CR111", 5, 1)]),
    "a control character": (front("ref: a\x07b"), [("CR112", 5, 7)]),
    "a NUL": (front("ref: a\x00b"), [("CR112", 5, 7)]),
    "`on:` as a key": (front("on: 2026-03-02"), [("CR201", 5, 1)]),
    "a misspelt field": (front("sevice: [a]"), [("CR201", 5, 1)]),
    "an unknown field left empty": (front("impact: {customers: 1, close the browser.}"), [("CR201", 5, 24)]),
    "a misspelt field of an event": (
        front("timeline:", "  - {at: 2026-03-02T09:02:00Z, kind: note, what: A, evidense: x}"),
        [("CR201", 6, 53)],
    ),
    "no severity": ("---\ntitle: A\nstatus: draft\n---\n", [("CR202", 2, 1)]),
    "an event without what": (front("timeline:", "  - {at: 2026-03-02T09:02:00Z, kind: note}"), [("CR202", 6, 5)]),
    "a number for a title": ("---\ntitle: 404\nseverity: sev1\nstatus: draft\n---\n", [("CR203", 2, 8)]),
    "`yes` for a flag": (front("near_miss: yes"), [("CR203", 5, 12)]),
    "text for a number": (front('impact: {customers: "41,000"}'), [("CR203", 5, 21)]),
    "a word for a list": (front("services: portal"), [("CR203", 5, 11)]),
    "`severity: 1`": (front().replace("sev2", "1"), [("CR204", 3, 11)]),
    "an unknown factor kind": (front("factors:", "  - {id: a, kind: human-error, what: A}"), [("CR204", 6, 19)]),
    "a time without an offset": (front("times:", "  began: 2026-03-02T09:02:00"), [("CR205", 6, 10)]),
    "a day where a time belongs": (front("times:", "  began: 2026-03-02"), [("CR206", 6, 10)]),
    "1:30 as a time": (front("times:", "  began: 1:30"), [("CR207", 6, 10)]),
    "a time that does not exist": (front("times:", "  began: 2026-02-30T09:02:00Z"), [("CR207", 6, 10)]),
    "a year nobody meant": (front("times:", "  began: 0026-03-02T09:02:00Z"), [("CR207", 6, 10)]),
    "a day that does not exist": (front("actions:", "  - {id: a, what: A, due: 2026-02-31}"), [("CR208", 6, 27)]),
    "a service that is not a slug": (front("services: [Customer Portal]"), [("CR209", 5, 12)]),
    "a title of 400 characters": (front().replace("A title", "x" * 400), [("CR210", 2, 8)]),
    "a hundred factors": (
        front("factors:", *(f"  - {{id: f{n}, kind: data, what: A}}" for n in range(100))),
        [("CR210", 6, 3)],
    ),
    "empty text": (front('impact: {summary: " "}'), [("CR211", 5, 19)]),
    "fewer than no customers": (front("impact: {customers: -1}"), [("CR212", 5, 21)]),
    "not a number": (front("impact: {cost: .nan}"), [("CR203", 5, 16)]),
    "javascript for evidence": (
        front("timeline:", "  - {at: 2026-03-02T09:02:00Z, kind: note, what: A, evidence: 'javascript:alert(1)'}"),
        [("CR213", 6, 63)],
    ),
    "a file for a source": (front("sources:", "  - {title: A, url: 'file:///etc/passwd'}"), [("CR213", 6, 21)]),
    "a slug of a thousand letters": (front(f"tags: [{'x' * 1000}]"), [("CR209", 5, 8)]),
    "a slug with a line end": (front('tags: ["a\\n"]'), [("CR209", 5, 8)]),
    "an earlier id with a line end": (front('aliases: ["2026-01-01-a\\n"]'), [("CR116", 5, 11)]),
    "a role that is not a slug": (front("roles: {'<b>': x}"), [("CR209", 5, 9)]),
    "a name for every number": (front("impact: {cost: 1e999}"), [("CR203", 5, 16)]),
    "a web address with a line end": (
        front("sources:", '  - {title: A, url: "https://a.example\\n<b>"}'),
        [("CR213", 6, 21)],
    ),
    "a service listed twice": (front("services: [a, b, a]"), [("CR214", 5, 11)]),
    "times in the wrong order": (
        replaced("detected: 2026-03-02T10:10", "detected: 2026-03-02T08:10"),
        [("CR301", 10, 13)],
    ),
    "an event a year away": (replaced("{at: 2026-03-02T10:10", "{at: 2025-03-02T10:10"), [("CR302", 17, 10)]),
    "an action after the end": (
        replaced("{at: 2026-03-02T10:10:00+00:00, kind: signal", "{at: 2026-03-02T12:10:00+00:00, kind: action"),
        [("CR313", 17, 10)],
    ),
    "a factor that points nowhere": (
        replaced("leads_to: [rule-too-broad]", "leads_to: [rule-to-broad]"),
        [("CR303", 20, 89)],
    ),
    "factors in a circle": (replaced("leads_to: [impact]", "leads_to: [no-second-reader]"), [("CR304", 19, 93)]),
    "two factors of one id": (
        replaced("id: no-second-reader", "id: rule-too-broad"),
        [("CR305", 20, 10), ("CR304", 20, 86), ("CR307", 23, 72)],
    ),
    "a factor called impact": (front("factors:", "  - {id: impact, kind: data, what: A}"), [("CR305", 6, 10)]),
    "two actions of one id": (front("actions:", "  - {id: a, what: A}", "  - {id: a, what: B}"), [("CR306", 7, 10)]),
    "an action that addresses nothing": (front("actions:", "  - {id: a, what: A, addresses: [b]}"), [("CR307", 6, 34)]),
    "declined without a reason": (replaced("status: accepted", "status: declined"), [("CR308", 23, 14)]),
    "done on a day but accepted": (
        replaced("status: accepted", "status: accepted, done_on: 2026-03-12"),
        [("CR309", 23, 33)],
    ),
    "reviewed without impact": (
        replaced("impact: {summary: Sign-in and payments failed for two hours., customers: 41000}\n", ""),
        [("CR310", 4, 9)],
    ),
    "an earlier id that is its own": (front(f"aliases: [{ID}]"), [("CR311", 5, 11)]),
    "an alias with ../": (front("aliases: [../../etc]"), [("CR116", 5, 11)]),
    "a link to a record that is not there": (
        front().replace("Text.", "See [it](incident:2020-01-01-gone)."),
        [("CR401", 7, 10)],
    ),
    "a link out of the tree": (front().replace("Text.", "See [it](../../../etc/passwd)."), [("CR401", 7, 10)]),
    "a missing attachment": (front().replace("Text.", "![graph](graph.png)"), [("CR402", 7, 10)]),
    "a javascript link": (front().replace("Text.", "[x](javascript:alert(1))"), [("CR403", 7, 5)]),
    "a javascript link in disguise": (
        front().replace("Text.", '<a href=" java&#10;script:alert(1)">x</a>'),
        [("CR403", 7, 1)],
    ),
    "a data link": (front().replace("Text.", "[x](data:text/html,hello)"), [("CR403", 7, 5)]),
    "an image from elsewhere": (front().replace("Text.", "![x](https://evil.example/x.png)"), [("CR403", 7, 6)]),
    "a script in the narrative": (front().replace("Text.", "<script>alert(1)</script>"), [("CR404", 7, 1)]),
    "an event handler in the narrative": (
        front().replace("Text.", '<b onclick="x()">b</b>'),
        [("CR404", 7, 4)],
    ),
    "a heading that is not there": (front().replace("Text.", "[x](#sumary)\n\n## Summary"), [("CR406", 7, 5)]),
}


@pytest.mark.parametrize("name", CASES)
def test_each_wrong_record_is_reported_where_it_is_wrong(name, found):
    record, expected = CASES[name]
    assert found(record) == expected


@pytest.mark.parametrize("name", CASES)
def test_each_report_says_what_to_write_and_has_an_explanation(name, make: Make):
    base = knowledge.read(make({PATH: CASES[name][0]}), edition="red")
    for item in base.diagnostics:
        assert item.code in catalogue()
        assert item.message
        assert item.hint
        assert item.path == PATH


@pytest.mark.parametrize("name", CASES)
def test_a_wrong_record_never_hides_what_is_found_in_another(name, make: Make):
    base = knowledge.read(
        make({PATH: CASES[name][0], "incidents/2026-03-03-other.md": "", "incidents/2026-03-04-fine.md": RECORD})
    )
    assert "CR101" in [item.code for item in base.diagnostics if item.path == "incidents/2026-03-03-other.md"]
    assert "2026-03-04-fine" in base.by_id


HARMLESS = {
    "the record of the format's documentation": RECORD,
    "a BOM": b"\xef\xbb\xbf" + RECORD.encode(),
    "CRLF": RECORD.replace("\n", "\r\n").encode(),
    "old Mac line ends": RECORD.replace("\n", "\r").encode(),
    "a draft with nothing but its three fields": front(),
    "fields left empty": front("ref:", "times:", "timeline:", "impact: {customers: }"),
    "an alias that is used once": front("tags: [&x firewall]", "services: [*x]"),
    "unknown digits of a time": front("times: {began: 2026-03-02Txx:xxZ, detected: 2026-03-02T10:xxZ}"),
    "template signs": front("ref: '{{ 7*7 }}{% raw %}'").replace("Text.", "{{ 7*7 }}"),
    "a leap second": front("times: {began: 2016-12-31T23:59:60Z}"),
    "1628": front("times: {began: 1628-08-10T15:xx+01:00}"),
    "a list of links that are fine": front().replace(
        "Text.",
        f"[a](https://a.example) [b](#text) [c]({ID}.md) [d](incident:{ID}) [e](../docs/about.md) [f](page:about)\n\n## Text",
    ),
    "a fence that shows HTML": front().replace("Text.", "```\n<script>\n[x](javascript:y)\n```"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_unusual_but_right_passes(name, found):
    assert found(HARMLESS[name]) == []


def test_all_problems_of_one_record_come_in_one_run(found):
    record = front("sevice: [a]", "near_miss: yes", "times: {began: 2026-03-02}", "impact: {customers: -1}")
    assert [code for code, _, _ in found(record)] == ["CR201", "CR203", "CR206", "CR212"]


def test_a_wrong_field_hides_neither_rules_nor_links(found):
    record = replaced("severity: sev1", "sevirity: sev1").replace(
        "detected: 2026-03-02T10:10", "detected: 2026-03-02T08:10"
    )
    record = (
        record.replace("leads_to: [rule-too-broad]", "leads_to: [rule-to-broad]") + "\n[x](incident:2020-01-01-gone)\n"
    )
    assert [code for code, _, _ in found(record)] == ["CR201", "CR301", "CR303", "CR401"]


def test_what_depends_on_a_wrong_field_is_not_judged(found):
    record = replaced("kind: configuration", "kind: human-error")
    assert [code for code, _, _ in found(record)] == ["CR204"]


def test_a_link_to_a_record_that_is_being_mended_is_not_broken(make: Make):
    bad = {"incidents/2026-03-03-bad.md": front("sevice: [a]"), PATH: RECORD + "\n[x](incident:2026-03-03-bad)\n"}
    assert [item.code for item in knowledge.read(make(bad)).diagnostics] == ["CR201"]


def test_links_by_id_in_pages_and_all_links_in_playbooks_are_checked(make: Make):
    texts = {
        PATH: RECORD + "\n[p](playbook:blame) [q](../playbooks/blame.md)\n",
        "docs/about.md": f"# About\n\n[a](incident:{ID}) [b](incident:2020-01-01-gone) [c](images/any.png)\n",
        "playbooks/blame.md": f"---\nowner: A\nreview_by: 2027-01-01\n---\n\n# Blame\n\n[a](../incidents/{ID}.md) [b](playbook:gone) [c](javascript:x)\n",
    }
    base = knowledge.read(make(texts))
    found = [(item.code, item.path, item.position.line, item.position.column) for item in base.diagnostics]
    about, blame = (texts[name].split("\n") for name in ("docs/about.md", "playbooks/blame.md"))
    assert found == [
        ("CR401", "docs/about.md", 3, about[2].index("incident:2020") + 1),
        ("CR401", "playbooks/blame.md", 8, blame[7].index("playbook:gone") + 1),
        ("CR403", "playbooks/blame.md", 8, blame[7].index("javascript") + 1),
    ]
    assert base.playbooks["blame"].title == "Blame"


def test_a_misspelt_required_field_is_reported_once(found):
    assert found(front().replace("severity", "sevirity")) == [("CR201", 3, 1)]


def test_two_records_with_one_id_are_reported(make: Make):
    base = knowledge.read(make({PATH: RECORD, f"incidents/{ID}.yaml": "title: A", f"incidents/{ID}/record.md": RECORD}))
    assert [item.code for item in base.diagnostics] == ["CR117", "CR117"]


def test_files_that_are_no_records_are_reported_by_name(make: Make):
    files = {
        "notes.txt": "x",
        "INC-1234.md": RECORD,
        "2026-13-40-month.md": RECORD,
        "2026-03-02-UPPER.md": RECORD,
        "empty/x.txt": "x",
    }
    base = knowledge.read(make({f"incidents/{name}": content for name, content in files.items()}), edition="red")
    assert {(item.path, item.code) for item in base.diagnostics} == {
        ("incidents/notes.txt", "CR115"),
        ("incidents/INC-1234.md", "CR116"),
        ("incidents/2026-13-40-month.md", "CR116"),
        ("incidents/2026-03-02-UPPER.md", "CR116"),
        ("incidents/empty", "CR115"),
    }


def test_a_readme_and_hidden_files_among_the_records_are_left_alone(make: Make):
    base = knowledge.read(
        make({PATH: RECORD, "incidents/README.md": "x", "incidents/.draft.md": "x", "incidents/_template.md": "x"})
    )
    assert base.diagnostics == ()


def test_a_link_out_of_the_tree_is_refused_and_not_read(make: Make, tmp_path_factory):
    secret = tmp_path_factory.mktemp("elsewhere") / "secret.md"
    secret.write_text(RECORD)
    root = make({PATH: RECORD, "incidents/2026-03-03-folder/record.md": RECORD})
    (root / "incidents/2026-01-01-linked.md").symlink_to(secret)
    (root / "incidents/2026-03-03-folder/secret.txt").symlink_to("/etc/passwd")
    (root / "incidents/2026-01-02-dangling.md").symlink_to(root / "nowhere")
    (root / "incidents/2026-01-03-folder").symlink_to(secret.parent)
    base = knowledge.read(root, edition="red")
    assert [(item.code, item.path) for item in base.diagnostics] == [
        ("CR114", "incidents/2026-01-01-linked.md"),
        ("CR114", "incidents/2026-01-02-dangling.md"),
        ("CR114", "incidents/2026-01-03-folder"),
        ("CR114", "incidents/2026-03-03-folder/secret.txt"),
    ]
    assert "2026-01-01-linked" not in base.by_id
    assert not base.by_id["2026-03-03-folder"].files


def test_attachments_that_could_run_are_refused_and_others_are_kept(make: Make):
    folder = f"incidents/{ID}"
    base = knowledge.read(
        make(
            {
                f"{folder}/record.md": RECORD,
                f"{folder}/graph.png": b"x",
                f"{folder}/a.svg": "x",
                f"{folder}/b.html": "x",
            }
        )
    )
    assert [(item.code, item.path) for item in base.diagnostics] == [
        ("CR405", f"{folder}/a.svg"),
        ("CR405", f"{folder}/b.html"),
    ]
    assert [file.name for file in base.by_id[ID].files] == ["graph.png"]


def test_a_link_to_an_attachment_and_to_an_earlier_id_is_fine(make: Make):
    record = RECORD.replace("severity: sev1", "severity: sev1\naliases: [2026-03-02-old-name]")
    text = record + "\n![g](graph.png) [old](2026-03-02-old-name.md) [old](incident:2026-03-02-old-name)\n"
    base = knowledge.read(make({f"incidents/{ID}/record.md": text, f"incidents/{ID}/graph.png": b"x"}))
    assert base.diagnostics == ()


def test_an_earlier_id_that_is_another_record_is_reported(make: Make):
    record = RECORD.replace("severity: sev1", "severity: sev1\naliases: [2026-03-03-other]")
    base = knowledge.read(make({PATH: record, "incidents/2026-03-03-other.md": RECORD}))
    assert [(item.code, item.path) for item in base.diagnostics] == [("CR311", PATH)]


def test_a_pure_yaml_record_is_read_and_its_narrative_checked_in_place(make: Make):
    fields = RECORD.split("---")[1].strip()
    text = f"{fields}\nnarrative: |\n  ## Summary\n\n  See [it](incident:2020-01-01-gone).\n"
    base = knowledge.read(make({f"incidents/{ID}.yaml": text}))
    lines = text.split("\n")
    (item,) = base.diagnostics
    assert item.code == "CR401"
    assert lines[item.position.line - 1][item.position.column - 1 :].startswith("incident:2020")


def test_a_bad_mkdocs_yml_is_reported_with_its_place(make: Make):
    base = knowledge.read(
        make(
            {
                "mkdocs.yml": "site_name: X\nplugins:\n  - calmroom:\n      timezone: Mars/Olympus\n      incidets: x\n",
                PATH: RECORD,
            }
        )
    )
    assert [(item.code, item.position.line) for item in base.diagnostics] == [("CR204", 4), ("CR201", 5)]


def test_settings_cannot_lead_out_of_the_knowledge_base(make: Make):
    base = knowledge.read(make({"mkdocs.yml": "plugins:\n  - calmroom: {incidents: ../../etc}\n", PATH: RECORD}))
    assert [item.code for item in base.diagnostics] == ["CR114"]


def test_a_taxonomy_of_ones_own_extends_the_shipped_one(make: Make):
    record = RECORD.replace("kind: process", "kind: fatigue")
    root = make(
        {PATH: record, "taxonomies/factor-kinds.yaml": "fatigue: {title: Fatigue, meaning: Too tired to see it.}\n"}
    )
    base = knowledge.read(root, edition="red")
    assert base.diagnostics == ()
    assert "fatigue" in base.factors
    assert "configuration" in base.taxonomies["factor-kinds"]


def test_a_bad_taxonomy_is_reported(make: Make):
    files = {
        "taxonomies/factor-kinds.yaml": "fatigue: {titel: Fatigue}\n",
        "taxonomies/severities.yaml": "a: {title: b, meaning: c}\n",
    }
    base = knowledge.read(make({PATH: RECORD, **files}))
    assert [(item.code, item.path) for item in base.diagnostics] == [
        ("CR201", "taxonomies/factor-kinds.yaml"),
        ("CR115", "taxonomies/severities.yaml"),
    ]


def test_warnings_do_not_keep_a_record_out(make: Make):
    base = knowledge.read(make({PATH: RECORD + "\n<u>x</u>\n"}))
    assert [item.level for item in base.diagnostics] == [Level.WARNING]
    assert ID in base.by_id


def test_a_meeting_in_the_past_of_a_record_that_is_not_reviewed_is_a_warning(make: Make):
    record = front("meeting: {at: 2026-03-04T13:00:00Z}")
    for today, codes in ((datetime.date(2026, 3, 4), []), (datetime.date(2026, 3, 5), ["CR314"])):
        base = knowledge.read(make({PATH: record}), today=today)
        assert [item.code for item in base.diagnostics] == codes
    reviewed = RECORD.replace("tlp: green", "tlp: green\nmeeting: {at: 2026-03-04T13:00:00Z}")
    assert knowledge.read(make({PATH: reviewed}), today=datetime.date(2027, 1, 1)).diagnostics == ()


def test_a_meeting_without_an_offset_is_an_error(found):
    assert found(front("meeting: {at: 2026-03-04T13:00:00}")) == [("CR205", 5, 15)]
