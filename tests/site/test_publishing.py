"""What goes out goes out safely: into Material's templates, into files, into folders."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmroom.records.narrative import Heading
from calmroom.site import addresses, handed_over, site_folder
from tests.conftest import ALONE, ID, RECORD, ROOT, Make, build, calmroom

IMAGE = "<img src=x onerror=alert(1)>"


@pytest.mark.parametrize(
    "written", [f"Use of `{IMAGE}`", "\\<img src=x onerror=alert(1)\\>", "&lt;img src=x onerror=alert(1)&gt;"]
)
def test_a_heading_of_a_playbook_reaches_the_table_of_contents_as_text(written, make: Make, tmp_path_factory):
    site = build(
        make(
            {
                "incidents/README.md": "",
                "playbooks/page.md": f"---\nowner: A\nreview_by: 2027-01-01\n---\n\n# A page\n\n## {written}\n\nText.\n",
            }
        ),
        tmp_path_factory.mktemp("s"),
    )
    html = (site / "playbooks/page/index.html").read_text()
    assert IMAGE not in html
    assert len(re.findall(r"&lt;img src=x onerror=alert\(1\)&gt;", html)) >= 2  # in the text and in the contents


def test_a_heading_of_a_record_reaches_the_table_of_contents_as_text(make: Make, tmp_path_factory):
    record = RECORD.replace("## Summary", f"## `{IMAGE}` & more\n\nText.\n\n## Summary")
    site = build(make({f"incidents/{ID}.md": record}), tmp_path_factory.mktemp("s"))
    assert IMAGE not in (site / f"incidents/{ID}/index.html").read_text()


def test_a_playbook_whose_name_cannot_be_an_address_is_refused(make: Make):
    root = make({"incidents/README.md": "", 'playbooks/"><img src=x onerror=alert(1)>.md': "# A page\n"})
    done = calmroom("-C", root, "check")
    assert done.returncode == 1
    assert "CR209" in done.stdout and "Call it `img-src-x-onerror-alert-1`" in done.stdout


@pytest.mark.parametrize("name", ['a"><img src=x onerror=alert(1)>', "a#b?c%d"])
@pytest.mark.parametrize("template", [False, True])
def test_the_edit_button_of_a_page_with_any_name_is_one_address(name, template, make: Make, tmp_path_factory):
    settings = "site_name: T\nrepo_url: https://git.example/a/b\ntheme: {name: material}\n"
    settings += f"plugins: [{{calmroom: {{{ALONE}}}}}]\n"
    settings += "edit_uri_template: edit/main/docs/{path}\n" if template else "edit_uri: edit/main/docs/\n"
    root = make({"mkdocs.yml": settings, f"incidents/{ID}.md": RECORD, f"docs/{name}.md": "# A page\n"})
    site = tmp_path_factory.mktemp("s")
    done = calmroom("-C", root, "build", "--site-dir", site)
    assert done.returncode == 0, done.stderr
    for page in site.rglob("*.html"):
        assert IMAGE not in page.read_text()


def test_an_edit_link_leads_to_a_file_whose_folder_has_signs_of_an_address_in_its_name(make: Make, tmp_path_factory):
    settings = "site_name: T\nrepo_url: https://git.example/a/b\nedit_uri: edit/main/docs/\ntheme: {name: material}\n"
    settings += f"plugins: [{{calmroom: {{incidents: 'our incidents #1', {ALONE}}}}}]\n"
    site = build(make({"mkdocs.yml": settings, f"our incidents #1/{ID}.md": RECORD}), tmp_path_factory.mktemp("s"))
    html = (site / f"incidents/{ID}/index.html").read_text()
    assert f'href="https://git.example/a/b/edit/main/our%20incidents%20%231/{ID}.md"' in html


@given(st.text())
def test_whatever_is_handed_to_the_theme_stays_text(text):
    for given_over in (handed_over.text(text), handed_over.address(text.encode("utf-8", "replace").decode())):
        assert not set(given_over) & set("<>\"'")
    entry = handed_over.heading(Heading(2, "a", text))
    assert not set(entry.title) & set("<>\"'")


@pytest.mark.parametrize(
    "slug", ["../../../written-outside/deep", "../../docs/schema", "A b", "<b>", "a\\nb", "a\\0b", "a" * 300, ""]
)
def test_a_word_of_a_taxonomy_that_is_no_slug_is_refused_and_nothing_is_written_outside(
    slug, make: Make, tmp_path_factory
):
    folder = tmp_path_factory.mktemp("s")
    words = f'"{slug}": {{title: Evil, meaning: m}}\n'
    record = RECORD.replace("kind: process, what", f'kind: "{slug}", what')
    root = make({f"incidents/{ID}.md": record, "taxonomies/factor-kinds.yaml": words})
    before = sorted(root.rglob("*"))
    done = calmroom("-C", root, "check")
    assert done.returncode == 1 and "CR209" in done.stdout and "taxonomies/factor-kinds.yaml:1:1" in done.stdout
    assert calmroom("-C", root, "build", "--site-dir", folder / "a" / "site").returncode == 1
    assert list(folder.iterdir()) == [] and sorted(root.rglob("*")) == before


@pytest.mark.parametrize("uri", ["../a.md", "a/../../b.md", "/a.md", "a//b.md", "a\\b.md", "./a.md", "a\0.md", ""])
def test_an_address_outside_the_site_is_refused_at_the_last_gate(uri):
    with pytest.raises(ValueError, match="inside the site"):
        addresses.require_inside(uri)


def holding(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("kept")
    return folder


@pytest.mark.parametrize(
    "target",
    ["incidents", "playbooks", "docs", ".", "..", "incidents/below", "notes", "notes/file.txt", "site_templates"],
)
@pytest.mark.parametrize("how", ["option", "setting"])
def test_a_folder_that_holds_something_else_is_never_emptied(target, how, make: Make):
    root = make({"kb/x": ""}) / "kb"
    holding(root, "playbooks/a.md", "docs/index.md", "notes/file.txt", "site_templates/x.html")
    settings = f"site_name: T\ntheme: {{name: material}}\nplugins: [{{calmroom: {{{ALONE}}}}}]\nsite_dir: {target if how == 'setting' else 'site'}\n"
    (root / "mkdocs.yml").write_text(settings)
    holding(root, f"incidents/{ID}.md")
    (root / f"incidents/{ID}.md").write_text(RECORD)
    before = {path: path.read_bytes() for path in root.parent.rglob("*") if path.is_file()}
    done = calmroom("-C", root, "build", *(["--site-dir", root / target] if how == "option" else []))
    assert done.returncode != 0 and "Traceback" not in done.stderr, done.stderr
    assert {path: path.read_bytes() for path in root.parent.rglob("*") if path.is_file()} == before


def test_mkdocs_build_empties_no_other_folder_either(make: Make):
    root = make({f"incidents/{ID}.md": RECORD, "notes/kept.txt": "kept"})
    done = subprocess.run([sys.executable, "-m", "mkdocs", "build", "-q", "-d", "notes"], cwd=root, capture_output=True, text=True, check=False,
                          env={"PATH": "", "PYTHONPATH": str(ROOT / "generator")})  # fmt: skip
    assert done.returncode != 0 and "not a site" in done.stderr
    assert (root / "notes/kept.txt").read_text() == "kept"


def test_an_empty_folder_and_an_earlier_site_are_taken(make: Make, tmp_path):
    root = make({f"incidents/{ID}.md": RECORD})
    site = tmp_path / "a" / "site"
    build(root, site)
    (site / "left-from-before.html").write_text("old")
    build(root, site)
    assert not (site / "left-from-before.html").exists()


def test_a_refusal_says_why(tmp_path):
    assert site_folder.refusal(tmp_path / "new", []) is None
    assert "not a site" in str(site_folder.refusal(holding(tmp_path / "a", "letter.txt"), []))
    assert ".git" in str(site_folder.refusal(holding(tmp_path / "b", "sitemap.xml", "404.html", ".git/config"), []))
    assert "is a file" in str(site_folder.refusal(tmp_path / "a" / "letter.txt", []))
    assert "knowledge base itself" in str(site_folder.refusal(tmp_path, [tmp_path / "a"]))
