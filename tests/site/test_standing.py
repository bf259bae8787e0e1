"""A build takes over what it would make again: whatever was changed since, the site is the one a clean build makes."""

from __future__ import annotations

import datetime
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mkdocs.commands.build import build as mkdocs_build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

from calmroom import day, naming
from calmroom.insight import analysis, occurrences
from calmroom.records import kept
from calmroom.search import finder
from calmroom.site.plugin import CalmroomPlugin
from calmroom.site.standing import Standing
from tests.conftest import ID, RECORD, SETTINGS, Make, write_base

DAY = datetime.date(2026, 4, 15)
DONE = RECORD.replace("status: accepted", "status: done, done_on: 2026-03-10").replace("due: 2026-03-16,", "")
LATER = DONE.replace("title: Customer portal", "title: Sign-in").replace("2026-03-02T", "2026-03-20T")
LINKED = RECORD.replace("title: Customer portal", "title: Payments") + (
    "\nAs in [that one](incident:2025-03-02-other), [a page](page:about), [a playbook](playbook:ours) and `code`.\n"
)
ALIASED = RECORD.replace("status: reviewed", "status: in-review\naliases: [2024-01-05-third]\ntags: [dns]")
AMENDED = RECORD.replace(
    "---\n\n## Summary", "amendments: [{on: 2026-04-01, what: The cause was mended.}]\n---\n\n## Summary"
)
WITHHELD = RECORD.replace("First customer call reaches support.", "A secret call.").replace(
    "key: true}\nfactors", "key: true, tlp: red}\nfactors"
)
PLANNED = RECORD.replace("status: reviewed", "status: in-review\nmeeting: {at: 2026-05-04T09:00:00Z}")
OTHERS = RECORD.replace("severity: sev1", "severity: sev2\norganisation: Example Corp")
TEXTS = [RECORD, DONE, LATER, LINKED, ALIASED, AMENDED, WITHHELD, PLANNED, OTHERS, RECORD + "\nOne more firewall.\n"]
NAMES = [f"{ID}.md", "2025-03-02-other.md", "2024-01-05-third.md", "2023-07-01-folder/record.md"]
PLAYBOOK = """---
situation: Something broke.
owner: Platform
review_by: 2027-01-01
incidents: [2025-03-02-other]
---

# Ours

## Vocabulary

Say what happened about vocabulary: [there](incident:2025-03-02-other).

## Script

Say what happened about script: [there](incident:2025-03-02-other).

## Preparation

Say what happened about preparation: [there](incident:2025-03-02-other).

## Follow-up

Say what happened about follow-up: [there](incident:2025-03-02-other).

## Cultural and executive nuance

Say what happened about cultural and executive nuance: [there](incident:2025-03-02-other).
"""
TERM = """firewall:
  term: {}
  precise: [{{text: A wall., field: facilitation, source: A street}}]
  plain: A wall.
  misused: As a door.
  executive: A safe wall.
  asked: [where is the wall]
"""
TEMPLATE = '{{% extends "calmroom/pages/incident.html" %}}{{% block end %}}<p>{}: {{{{ base.records | length }}}}</p>{{% endblock %}}'
TODAYS = [DAY, datetime.date(2026, 3, 15), datetime.date(2027, 2, 1)]
EDITS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.sampled_from(NAMES), st.sampled_from(TEXTS)),
        st.tuples(st.just("write"), st.sampled_from(NAMES), st.sampled_from(TEXTS)),
        st.tuples(st.just("delete"), st.sampled_from(NAMES), st.just("")),
        st.tuples(st.just("rename"), st.sampled_from(NAMES), st.sampled_from(NAMES)),
        st.tuples(st.just("beside"), st.just(NAMES[3]), st.sampled_from(["a.txt", "b.txt"])),
        st.tuples(st.just("term"), st.just(""), st.sampled_from(["firewall", "rule", "review"])),
        st.tuples(st.just("playbook"), st.just(""), st.sampled_from(["broke", "stopped"])),
        st.tuples(st.just("template"), st.just(""), st.sampled_from(["one", "two", ""])),
        st.tuples(st.just("words"), st.just(""), st.sampled_from(["weather", "moon"])),
        st.tuples(st.just("settings"), st.just("timezone: Europe/Berlin"), st.sampled_from(["timezone: UTC"])),
        st.tuples(st.just("settings"), st.just("site_name: Test"), st.sampled_from(["site_name: Another"])),
        st.tuples(st.just("settings"), st.just("Home: index.md"), st.sampled_from(["Begin: index.md"])),
        st.tuples(st.just("today"), st.just(""), st.sampled_from(["1", "2"])),
        st.tuples(st.just("version"), st.just(""), st.sampled_from(["a", "b"])),
        st.tuples(st.just("edition"), st.just(""), st.sampled_from(["clear", "green", "red"])),
        st.tuples(st.just("spoil"), st.just(f"incidents/{ID}/index.html"), st.sampled_from(["x", "", "gone"])),
        st.tuples(st.just("nothing"), st.just(""), st.just("")),
    ),
    min_size=1,
    max_size=6,
)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv(kept.VARIABLE, str(tmp_path_factory.mktemp("cache")))
    monkeypatch.setattr(kept, "RACY", 0)  # what was written a moment ago counts as settled
    for module in (analysis, occurrences, finder):
        monkeypatch.setattr(module, "WORTH_KEEPING", 0)


def built(root: Path, site: Path, today: datetime.date = DAY, edition: str = "red") -> Path:
    """Build a site in this process, as `calmroom build` does."""
    before = os.environ.pop(day.VARIABLE, None)  # a build stamps with its day, and tells the process
    config = load_config(str(root / "mkdocs.yml"), site_dir=str(site))
    plugin = config.plugins["calmroom"]
    plugin.today, plugin.edition = today, edition  # type: ignore[attr-defined]
    config.plugins.on_startup(command="build", dirty=False)
    try:
        mkdocs_build(config)
    finally:
        config.plugins.on_shutdown()
        os.environ.pop(day.VARIABLE, None)
        if before is not None:
            os.environ[day.VARIABLE] = before
    return site


def clean(root: Path, site: Path, monkeypatch: pytest.MonkeyPatch, *rest: object) -> Path:
    """Build a site as if for the first time, with nothing kept."""
    with monkeypatch.context() as patch:
        patch.setenv(kept.VARIABLE, "off")
        patch.setattr(analysis, "_held", {})
        return built(root, site, *rest)  # type: ignore[arg-type]


def files(site: Path) -> dict[str, bytes]:
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}


def differ(site: Path, other: Path) -> list[str]:
    one, two = files(site), files(other)
    return sorted(name for name in one.keys() | two.keys() if one.get(name) != two.get(name))


def begun(folder: Path) -> Path:
    return write_base(
        folder,
        {
            f"incidents/{ID}.md": RECORD,
            "incidents/2025-03-02-other.md": DONE,
            "incidents/2022-03-02-older.md": LATER,
            "playbooks/ours.md": PLAYBOOK,
            "playbooks/glossary/ours.yaml": TERM.format("firewall"),
        },
    )


def changed(root: Path, site: Path, kind: str, name: str, what: str) -> None:
    """Do one edit."""
    incidents = root / "incidents"
    path = incidents / name
    if kind == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(what)
    elif kind == "delete" and path.exists() and "other" not in name:
        shutil.rmtree(path.parent) if path.parent != incidents else path.unlink()
    elif kind == "rename" and path.exists() and path.parent == (incidents / what).parent and "other" not in name:
        path.rename(incidents / what)
    elif kind == "beside" and path.exists():
        (path.parent / what).write_bytes(b"beside")
    elif kind == "term":
        (root / "playbooks/glossary/ours.yaml").write_text(TERM.format(what))
    elif kind == "playbook":
        (root / "playbooks/ours.md").write_text(PLAYBOOK.replace("broke", what))
    elif kind == "template":
        (root / "site_templates/pages").mkdir(parents=True, exist_ok=True)
        (root / "site_templates/pages/incident.html").write_text(TEMPLATE.format(what))
        if not what:
            shutil.rmtree(root / "site_templates")
    elif kind == "words":
        (root / "taxonomies").mkdir(exist_ok=True)
        (root / "taxonomies/factor-kinds.yaml").write_text(f"{what}: {{title: {what}, meaning: It rained.}}\n")
    elif kind == "settings":
        (root / "mkdocs.yml").write_text((root / "mkdocs.yml").read_text().replace(name, what))
    elif kind == "spoil" and (site / name).exists():
        (site / name).unlink()
        if what != "gone":
            (site / name).write_text(what)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(EDITS)
def test_any_sequence_of_edits_gives_the_bytes_of_a_clean_build(tmp_path_factory, monkeypatch, edits):
    root = begun(tmp_path_factory.mktemp("base"))
    folder = tmp_path_factory.mktemp("sites")
    today, edition = DAY, "red"
    built(root, folder / "site")
    with monkeypatch.context() as patch:
        for kind, name, what in edits:
            changed(root, folder / "site", kind, name, what)
            today = TODAYS[int(what)] if kind == "today" else today
            edition = what if kind == "edition" else edition
            if kind == "version":
                patch.setattr(naming, "of_program", lambda version=what: f"another program {version}")
            try:
                built(root, folder / "site", today, edition)
            except Abort:  # the edits made errors: then a clean build finds them, too
                with pytest.raises(Abort):
                    clean(root, folder / "clean", monkeypatch, today, edition)
                return
        clean(root, folder / "clean", monkeypatch, today, edition)
    assert differ(folder / "site", folder / "clean") == []


def test_pages_made_from_the_same_are_the_files_they_were(make: Make, tmp_path, monkeypatch):
    root = begun(tmp_path / "base")
    site = built(root, tmp_path / "site")
    before = {path: (site / path).stat().st_ino for path in files(site)}
    (root / "incidents/2022-03-02-older.md").write_text(LATER + "\nOne more line of a story.\n")
    built(root, site)
    same = {path for path, number in before.items() if (site / path).exists() and (site / path).stat().st_ino == number}
    assert f"incidents/{ID}/index.html" in same and f"incidents/{ID}/index.md" in same
    assert {"api/actions.json", "incidents.csv", "incidents/2026/index.html"} <= same
    assert "incidents/2022-03-02-older/index.html" not in same
    assert differ(site, clean(root, tmp_path / "clean", monkeypatch)) == []


@pytest.mark.parametrize("spoiled", ["longer", "of the same length", "a link"])
def test_a_file_of_the_old_site_that_somebody_changed_is_made_again(spoiled, tmp_path, monkeypatch):
    root = begun(tmp_path / "base")
    site = built(root, tmp_path / "site")
    page = site / f"incidents/{ID}/index.html"
    content = page.read_bytes()
    if spoiled == "a link":
        elsewhere = tmp_path / "elsewhere.html"
        elsewhere.write_bytes(content)
        page.unlink()
        page.symlink_to(elsewhere)
    else:
        page.write_bytes(content + b"!" if spoiled == "longer" else content.replace(b"firewall", b"firewell"))
    built(root, site)
    assert page.read_bytes() == content and not page.is_symlink()


def test_a_site_that_was_copied_is_taken_over_by_what_its_files_hold(tmp_path, monkeypatch):
    root = begun(tmp_path / "base")
    site = built(root, tmp_path / "site")
    shutil.copytree(site, tmp_path / "copy")
    shutil.rmtree(site)
    shutil.copytree(tmp_path / "copy", site)  # other times and numbers, as after a cache of a pipeline was unpacked
    number = (site / f"incidents/{ID}/index.md").stat().st_ino
    built(root, site)
    assert (site / f"incidents/{ID}/index.md").stat().st_ino == number


def test_a_page_that_depends_on_what_nobody_told_of_is_noticed(tmp_path, monkeypatch):
    root = begun(tmp_path / "base")
    site = built(root, tmp_path / "site")
    told = CalmroomPlugin._prepared

    def otherwise(self, context, page):
        page.edit_url = "https://elsewhere.example/"
        return told(self, context, page)

    monkeypatch.setattr(CalmroomPlugin, "_prepared", otherwise)
    built(root, site)
    assert differ(site, clean(root, tmp_path / "clean", monkeypatch)) == []


def test_notes_that_are_damaged_are_no_notes(tmp_path):
    class Damaged:
        def derived(self, name):
            return b"", b"no notes at all"

    assert Standing(Damaged(), tmp_path / "a", tmp_path / "b").take("index.html", "name") is None  # type: ignore[arg-type]


def test_a_file_system_without_links_gets_copies(tmp_path, monkeypatch):
    root = begun(tmp_path / "base")
    site = built(root, tmp_path / "site")
    before = files(site)

    def refused(*places: object) -> None:
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refused)
    assert files(built(root, site)) == before


def test_settings_of_a_test_are_those_of_a_knowledge_base():
    assert "timezone: Europe/Berlin" in SETTINGS and "Home: index.md" in SETTINGS and "site_name: Test" in SETTINGS
