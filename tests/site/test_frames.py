"""Pages that fill a frame are the pages the theme would have drawn, sign for sign; other plugins still see every page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks import synthetic
from tests.conftest import ID, RECORD, ROOT, SETTINGS, Make, build, calmroom

HOOK = """
import pathlib

def on_page_context(context, page, config, nav):
    with (pathlib.Path(config.config_file_path).parent / "seen.txt").open("a") as seen:
        seen.write(page.url + "\\n")
    return context
"""
"""A hook that looks at every page and changes nothing: with it, MkDocs draws them all."""


def files(site: Path) -> dict[str, bytes]:
    """Return the files of a site but the one that says from what it was built."""
    every = (path for path in site.rglob("*") if path.is_file() and path.name != "build.json")
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in every}


def hooked(root: Path) -> Path:
    (root / "look.py").write_text(HOOK)
    (root / "mkdocs.yml").write_text((root / "mkdocs.yml").read_text() + "hooks: [look.py]\n")
    return root


@pytest.mark.parametrize("urls", ["true", "false"])
def test_a_framed_page_is_the_page_the_theme_would_have_drawn(urls, make: Make, tmp_path_factory):
    records = {
        f"incidents/{ID}.md": RECORD.replace("status: reviewed", "status: in-review\naliases: [2026-03-02-earlier]"),
        "incidents/2025-03-02-other.md": RECORD.replace(
            "title: Customer", "title: '<b>{{ 7*7 }}</b> &amp; \" {% raw %}' # "
        ),
        "incidents/2024-03-02-marks.md": RECORD.replace("title: Customer", "title: \ue0c7title\ue0c8 customer"),
        "incidents/2023-03-02-bare.md": "---\ntitle: Nothing else\nseverity: sev4\nstatus: draft\n---\n",
        "mkdocs.yml": SETTINGS.replace("site_name", f"use_directory_urls: {urls}\nsite_name").replace(
            ", library: {playbooks: false, incidents: false}", ""
        ),
    }
    root = make(records)
    framed = files(build(root, tmp_path_factory.mktemp("framed")))
    drawn = files(build(hooked(root), tmp_path_factory.mktemp("drawn")))
    assert framed.keys() == drawn.keys()
    mapped = [sorted(re.findall(r"<loc>.*?</loc>", made.pop("sitemap.xml").decode())) for made in (framed, drawn)]
    assert mapped[0] == mapped[1]
    assert [name for name in framed if framed[name] != drawn[name] and not name.endswith(".gz")] == []
    assert len((root / "seen.txt").read_text().split("\n")) > 100  # the hook saw the records, too


def test_a_theme_of_ones_own_draws_every_page(make: Make, tmp_path_factory):
    root = make(
        {
            f"incidents/{ID}.md": RECORD,
            "site_templates/theme/main.html": '{% extends "base.html" %}{% block footer %}Ours: {{ page.title | length }}{% endblock %}',
        }
    )
    site = build(root, tmp_path_factory.mktemp("s"))
    title = re.search("title: (.*)", RECORD)
    assert title
    assert f"Ours: {len(title[1])}" in (site / f"incidents/{ID}/index.html").read_text("utf-8")


@pytest.fixture(scope="module")
def many(tmp_path_factory) -> Path:
    """Build a knowledge base with more incidents than any list holds on one page."""
    root = tmp_path_factory.mktemp("many") / "kb"
    synthetic.write_records(root, 700)
    done = calmroom("-C", root, "build", "-q", "--today", "2026-04-15", "--site-dir", root / "site")
    assert done.returncode == 0, done.stderr
    return root


def test_every_incident_is_reached_without_a_script_however_many_there_are(many):
    site = many / "site"
    listed = (site / "incidents/index.html").read_text("utf-8")
    assert "data-calm-filter-all" in listed and len(re.findall("<tr data-calm-row", listed)) == 200
    reached: set[str] = set()
    for page in re.findall(r'href="(\d{4}/)"', listed):
        reached |= set(
            re.findall(r'href="\.\./([0-9a-z-]+)/"', (site / "incidents" / page / "index.html").read_text("utf-8"))
        )
    assert {path.stem for path in (many / "incidents").iterdir()} <= reached


def test_a_long_list_goes_on_a_page_further_and_counts_all(many):
    site = many / "site"
    for folder in ("factors/change", "factors/access"):
        first, second = (site / folder / "index.html").read_text("utf-8"), site / folder / "2/index.html"
        if second.is_file():
            rows = [len(re.findall("<tr data-calm-row", text)) for text in (first, second.read_text("utf-8"))]
            assert rows[0] == 200 and 0 < rows[1] <= 200
            told = re.search("([0-9]+) of ours, ([0-9]+) of others", first)
            assert told and int(told[1]) + int(told[2]) == sum(rows)
            return
    raise AssertionError("no group is long enough")


def test_no_page_grows_without_bound(many):
    large = {
        path.relative_to(many / "site").as_posix(): path.stat().st_size
        for path in (many / "site").rglob("*.html")
        if path.stat().st_size > 600_000
    }
    assert not large


def test_open_actions_stand_on_pages_further_and_on_each_once(many):
    site = many / "site"
    first = (site / "actions/index.html").read_text("utf-8")
    pages = [first.split('id="backlog"')[0]]
    pages += [path.read_text("utf-8") for path in (site / "actions/overdue").rglob("index.html")]
    rows = sum(len(re.findall('<tr data-calm-row[^>]*data-state="overdue"', page)) for page in pages)
    told = re.search(r"([0-9,]+) of them overdue", first)
    assert told and rows == int(told[1].replace(",", ""))


def test_two_builds_are_the_same_whether_the_first_filled_the_cache_or_not(many, tmp_path, monkeypatch):
    monkeypatch.setenv("CALMROOM_CACHE", "off")
    done = calmroom("-C", many, "build", "-q", "--today", "2026-04-15", "--site-dir", tmp_path / "site")
    assert done.returncode == 0, done.stderr
    assert files(tmp_path / "site") == files(many / "site")


def test_this_repositorys_own_site_has_its_incident(own_site):
    assert (own_site / "incidents" / ID / "index.html").is_file() and ROOT.is_dir()
