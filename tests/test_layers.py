"""Layers: the library below, own files above; what is left out falls away, what never existed is an error."""

from __future__ import annotations

import json

import pytest

from calmroom import knowledge, library
from calmroom.knowledge import KnowledgeBase
from calmroom.records.diagnostics import Level
from tests.conftest import ID, RECORD, ROOT, Make, build, calmroom
from tests.playbooks.test_reading import SCRIPT

OTHERS = "2017-01-31-gitlab-database-removal"


def settings(options: str = "") -> str:
    return f"site_name: T\ntheme: {{name: material}}\nplugins:\n  - calmroom: {{{options}}}\n"


def base_of(make: Make, options: str = "", **files: str) -> KnowledgeBase:
    return knowledge.read(make({"mkdocs.yml": settings(options), f"incidents/{ID}.md": RECORD, **files}))


def codes(base: KnowledgeBase) -> list[tuple[str, str, int]]:
    return [(found.code, found.path, found.position.line) for found in base.diagnostics]


def test_a_knowledge_base_stands_on_the_whole_library(make: Make):
    base, itself = base_of(make), knowledge.read(ROOT)
    assert codes(base) == []
    assert set(base.playbooks) == set(itself.playbooks)
    assert set(base.scripts) == set(itself.scripts)
    assert set(base.terms) == set(itself.terms)
    assert set(base.obligations) == set(itself.obligations)
    assert set(base.by_id) == set(itself.by_id) | {ID}
    assert all(record.shipped for record in base.records if record.id != ID)


def test_the_library_itself_has_nothing_below_it(make: Make):
    base = knowledge.read(ROOT)
    assert not any(record.shipped for record in base.records)
    assert not any(item.shipped for item in (*base.playbooks.values(), *base.scripts.values(), *base.terms.values()))


def test_shipped_texts_link_by_id_so_that_they_lead_somewhere_wherever_they_are_copied():
    for item in library.items():
        text = item.text
        assert "](../" not in text and ".md)" not in text.replace("README.md)", ""), item.name
        assert not item.path.endswith(".md") or text.startswith("---\n"), f"{item.name} needs front matter for its note"


def test_own_files_take_the_place_of_shipped_ones_whole(make: Make):
    base = knowledge.read(
        make(
            {
                "mkdocs.yml": settings(),
                "playbooks/scripts/silence.yaml": SCRIPT,
                "playbooks/silence.md": "---\nowner: A\nreview_by: 2030-01-01\n---\n\n# Our own silence\n\nText.\n",
                f"incidents/{OTHERS}.md": RECORD.replace("title: Customer", "title: Our"),
            }
        )
    )
    assert base.scripts["silence"].title == "The room wants a name"
    assert base.playbooks["silence"].title == "Our own silence" and not base.playbooks["silence"].shipped
    assert base.by_id[OTHERS].title.startswith("Our portal") and not base.by_id[OTHERS].shipped
    assert next(iter(base.scripts)) == next(iter(base.playbooks)) == "silence"


def test_an_own_file_with_errors_still_hides_the_shipped_one(make: Make):
    base = base_of(make, **{f"incidents/{OTHERS}.md": "---\ntitle: A\nsevirity: sev1\nstatus: draft\n---\n"})
    assert OTHERS not in base.by_id
    assert {item.id for item in base.unreadable} == {OTHERS}


TERM = "{slug}:\n  term: {name}\n  plain: Ours.\n  precise: [{{field: reliability, text: A., source: B}}]\n  misused: C.\n  executive: D.\n"


def test_an_own_term_takes_the_place_of_the_shipped_one_and_a_whole_glossary_file_that_of_a_file(make: Make):
    base = base_of(make, **{"playbooks/glossary/ours.yaml": TERM.format(slug="time-to-restore", name="MTTR")})
    assert codes(base) == [] and base.terms["time-to-restore"].plain == "Ours." and len(base.terms) > 200
    base = base_of(make, **{"playbooks/glossary/finance.yaml": TERM.format(slug="budget-line", name="Budget line")})
    assert codes(base) == []
    assert [term.slug for term in base.terms.values() if term.group == "finance"] == ["budget-line"]


def test_a_name_that_a_shipped_term_has_is_reported_with_the_slug_to_take(make: Make):
    base = base_of(make, **{"playbooks/glossary/ours.yaml": TERM.format(slug="time-to-repair", name="MTTR")})
    (found,) = base.diagnostics
    assert found.code == "CR511" and "slug `time-to-restore`" in found.hint


@pytest.mark.parametrize(
    ("options", "gone", "there"),
    [
        ("library: {incidents: false}", ("by_id", OTHERS), ("playbooks", "silence")),
        ("library: {playbooks: false}", ("playbooks", "silence"), ("by_id", OTHERS)),
        ("library: {playbooks: false}", ("terms", "time-to-restore"), ("by_id", OTHERS)),
        (f"library: {{without: [{OTHERS}]}}", ("by_id", OTHERS), ("by_id", "2016-09-22-cloudflare-cloudbleed")),
        ("library: {without: [silence]}", ("scripts", "silence"), ("scripts", "two-teams")),
        ("library: {without: [silence]}", ("playbooks", "silence"), ("playbooks", "two-teams")),
        ("library: {without: ['script:silence']}", ("scripts", "silence"), ("playbooks", "silence")),
        ("library: {without: [time-to-restore]}", ("terms", "time-to-restore"), ("terms", "root-cause")),
        ("library: {without: ['glossary:finance']}", ("terms", "chargeback"), ("terms", "root-cause")),
    ],
)
def test_what_the_settings_leave_out_is_not_there_and_breaks_nothing(options, gone, there, make: Make):
    base = base_of(make, options)
    assert codes(base) == []
    assert gone[1] not in getattr(base, gone[0])
    assert there[1] in getattr(base, there[0])


def test_links_to_what_is_left_out_fall_away_and_links_to_nothing_stay_errors(make: Make, tmp_path_factory):
    files = {
        "mkdocs.yml": settings("library: {incidents: false, without: [silence]}"),
        f"incidents/{ID}.md": RECORD + f"\n[as at GitLab](incident:{OTHERS}) and [silence](playbook:silence)\n",
        "playbooks/ours.md": f"---\nowner: A\nreview_by: 2030-01-01\nincidents: [{OTHERS}]\nscripts: [silence]\n---\n\n# Ours\n\n[theirs](incident:{OTHERS})\n",
        "docs/about.md": f"# About\n\n[GitLab](incident:{OTHERS}), [a [b] c](script:silence), [ours](incident:{ID})\n",
    }
    root = make(files)
    site = build(root, tmp_path_factory.mktemp("s"))
    for page in (f"incidents/{ID}", "playbooks/ours", "about", "playbooks/two-teams"):
        html = (site / page / "index.html").read_text()
        assert OTHERS not in html and "playbooks/silence" not in html and "scripts/silence" not in html, page
    about = (site / "about/index.html").read_text()
    assert "<p>GitLab, a [b] c, <a href" in about
    assert not (site / "incidents" / OTHERS).exists()
    (root / f"incidents/{ID}.md").write_text(RECORD + "\n[x](incident:2017-01-31-gitlab-database-removed)\n")
    done = calmroom("-C", root, "check")
    assert done.returncode == 1 and "CR401" in done.stdout


def test_names_in_the_settings_that_nothing_has_are_reported_where_they_stand(make: Make):
    text = (
        "site_name: T\nplugins:\n  - calmroom:\n      library: {without: [silense]}\n"
        "      slots:\n        sponser_name: X\n      obligations: [gdpr-article-3]\n"
    )
    base = knowledge.read(make({"mkdocs.yml": text, f"incidents/{ID}.md": RECORD}))
    assert [(f.code, f.position.line, f.position.column) for f in base.diagnostics] == [
        ("CR701", 4, 27), ("CR702", 6, 9), ("CR703", 7, 21),
    ]  # fmt: skip
    assert [f.hint for f in base.diagnostics] == [
        "Did you mean `silence`?", "Did you mean `sponsor_name`?", "Did you mean `gdpr-article-33`?",
    ]  # fmt: skip


@pytest.mark.parametrize("written", ["../up", "/", "a b", "Post Mortems", "a//b", "..", ""])
def test_a_section_that_is_no_place_in_the_site_is_refused(written, make: Make):
    base = knowledge.read(
        make({"mkdocs.yml": f"plugins:\n  - calmroom: {{section: '{written}'}}\n", f"incidents/{ID}.md": RECORD})
    )
    assert [found.level for found in base.diagnostics] == [Level.ERROR]


def test_an_own_script_without_a_beat_that_the_library_links_to_is_reported(make: Make, monkeypatch):
    shipped = next(item for item in library.items() if item.name == "playbook:two-teams")
    linking = shipped.text.replace("## Script\n", "## Script\n\nSee [that turn](script:silence#no-such-beat).\n")
    monkeypatch.setattr(library.Item, "text", property(lambda item: linking if item == shipped else _text(item)))
    base = base_of(make, **{"playbooks/scripts/silence.yaml": SCRIPT})
    (found,) = base.diagnostics
    assert (found.code, found.path, found.level) == ("CR704", "playbooks/scripts/silence.yaml", Level.WARNING)
    assert "no-such-beat" in found.message and "library copy two-teams" in found.hint


def _text(item: library.Item) -> str:
    return (library.LIBRARY / item.path).read_text("utf-8")


def test_ours_stand_before_others_in_lists_search_similar_and_on_the_first_page(make: Make, tmp_path_factory):
    old = RECORD.replace("2026-03-02T", "2015-03-02T").replace("due: 2026-03-16", "due: 2015-03-16")
    root = make(
        {"mkdocs.yml": settings(), "incidents/2015-03-02-old.md": old.replace("title: Customer", "title: Our own")}
    )
    site = build(root, tmp_path_factory.mktemp("s"))
    home = (site / "index.html").read_text()
    assert "1 of ours" in home and "of others to learn from" in home
    assert home.index("2015-03-02-old") < home.index("incidents/2026-03-02-edge-firewall-rule")
    listed = (site / "incidents/index.html").read_text()
    assert 'id="y2015">Ours, 2015<' in listed and 'id="others-2026">Of others, to learn from, 2026<' in listed
    assert listed.index('href="2015-03-02-old/"') < listed.index('href="2026-03-02-edge-firewall-rule/"')
    assert '<option value="ours">Ours</option>' in listed
    factor = (site / "factors/process/index.html").read_text()
    assert factor.index("2015-03-02-old") < factor.index("2026-03-02-edge-firewall-rule")
    found = calmroom("-C", root, "search", "customer portal unreachable firewall rule widened", "--json").stdout
    assert found.index("2015-03-02-old") < found.index("2026-03-02-edge-firewall-rule")
    near = calmroom("-C", root, "similar", "firewall rule widened, portal unreachable").stdout
    assert near.startswith("2015-03-02-old")


def test_a_shipped_page_says_where_it_comes_from_and_how_to_change_it(make: Make, tmp_path_factory):
    text = settings().replace("plugins", "repo_url: https://git.example/a/b\nedit_uri: edit/main/docs/\nplugins")
    site = build(make({"mkdocs.yml": text, f"incidents/{ID}.md": RECORD}), tmp_path_factory.mktemp("s"))
    for page, name in (
        ("playbooks/silence", "playbook:silence"), ("scripts/silence", "script:silence"), (f"incidents/{OTHERS}", f"incident:{OTHERS}"),
    ):  # fmt: skip
        html = (site / page / "index.html").read_text()
        assert f"calmroom library copy {name}" in html and "Edit this page" not in html
    assert "Edit this page" in (site / f"incidents/{ID}/index.html").read_text()
    assert "calmroom library copy" in (site / "glossary/index.html").read_text()
    assert "What to read first" in (site / "start/index.html").read_text()


def test_list_names_every_item_and_what_became_of_it(make: Make):
    root = make({"mkdocs.yml": settings("library: {without: [near-miss]}"), f"incidents/{OTHERS}.md": RECORD})
    told = {entry["name"]: entry for entry in json.loads(calmroom("-C", root, "library", "list", "--json").stdout)}
    assert set(told) == {item.name for item in library.items()}
    assert (
        told[f"incident:{OTHERS}"]["state"] == "replaced"
        and told[f"incident:{OTHERS}"]["file"] == f"incidents/{OTHERS}.md"
    )
    assert told["playbook:near-miss"]["state"] == told["script:near-miss"]["state"] == "left out"
    assert told["playbook:silence"]["title"] == "Nobody says anything"
    assert "glossary:finance" in calmroom("-C", root, "library", "list", "--kind", "glossary").stdout


def test_every_copy_is_read_as_the_original_and_counts_as_unchanged(make: Make):
    root = make({"mkdocs.yml": settings()})
    done = calmroom("-C", root, "library", "copy", *(item.name for item in library.items()))
    assert done.returncode == 0, done.stderr
    base, itself = knowledge.read(root), knowledge.read(ROOT)
    assert codes(base) == []
    assert not any(record.shipped for record in base.records)
    assert {id_: playbook.prose.text for id_, playbook in base.playbooks.items()} == {
        id_: playbook.prose.text for id_, playbook in itself.playbooks.items()
    }
    assert base.scripts.keys() == itself.scripts.keys() and base.terms.keys() == itself.terms.keys()
    shown = calmroom("-C", root, "library", "diff").stdout
    assert shown.count(": unchanged (copied from") == len(library.items())


def test_nothing_is_overwritten_and_one_file_in_the_way_stops_all(make: Make):
    root = make({"mkdocs.yml": settings(), "playbooks/silence.md": "mine", "incidents/README.md": ""})
    done = calmroom("-C", root, "library", "copy", "two-teams", "silence")
    assert done.returncode == 1 and "playbooks/silence.md" in done.stderr
    assert (root / "playbooks/silence.md").read_text() == "mine"
    assert not (root / "playbooks/two-teams.md").exists()


def test_an_item_that_is_not_there_is_wrong_use_and_the_nearest_is_named(make: Make):
    root = make({"mkdocs.yml": settings(), "incidents/README.md": ""})
    for words in (["show", "silense"], ["copy", "silense"], ["diff", "silense"]):
        done = calmroom("-C", root, "library", *words)
        assert done.returncode == 2 and "Did you mean 'silence'?" in done.stderr


def test_the_library_cannot_be_copied_into_itself():
    done = calmroom("library", "copy", "silence")
    assert done.returncode == 2 and "library itself" in done.stderr


def test_diff_tells_who_changed_what_since_the_copy(make: Make, monkeypatch):
    item = next(item for item in library.items() if item.name == "playbook:silence")
    copy = library.copied(item)
    assert library.without_note(copy) == item.text
    assert library.change(copy) is library.Change.NONE
    assert library.change(copy.replace("Silence", "Quiet")) is library.Change.YOURS
    newer = item.text.replace("Silence", "Stillness")
    monkeypatch.setattr(library.Item, "text", property(lambda it: newer if it == item else _text(it)))
    assert library.change(copy) is library.Change.OURS
    assert library.change(copy.replace("Silence", "Quiet")) is library.Change.BOTH
    assert "-Stillness is information" in library.difference(copy, item, "playbooks/silence.md")
    assert library.change(copy.replace("playbook:silence,", "playbook:gone,")) is library.Change.GONE
    assert library.change("---\ntitle: A\n---\n") is None


def test_diff_of_a_copy_whose_origin_is_gone_says_that_it_is_yours_now(make: Make):
    item = next(item for item in library.items() if item.name == "script:silence")
    text = library.copied(item).replace("script:silence,", "script:gone,")
    root = make({"mkdocs.yml": settings(), "incidents/README.md": "", "playbooks/scripts/gone.yaml": text})
    done = calmroom("-C", root, "library", "diff")
    assert done.returncode == 0 and "no longer in the library" in done.stdout and "yours alone" in done.stdout


def test_diff_shows_a_file_written_in_place_of_a_shipped_one(make: Make):
    root = make({"mkdocs.yml": settings(), "incidents/README.md": "", "playbooks/scripts/silence.yaml": SCRIPT})
    done = calmroom("-C", root, "library", "diff", "script:silence")
    assert (
        "written by you, in place of script:silence" in done.stdout and "+title: The room wants a name" in done.stdout
    )
