"""The export that others build: stock MkDocs, Zensical, Backstage TechDocs, in an environment without Calmroom."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urljoin

import pytest
import yaml

from calmroom.site import elsewhere
from tests.conftest import ID, RECORD, ROOT, TODAY, Make, calmroom, served
from tests.site.test_editions import LEVELS, MARK, Marks
from tests.site.test_editions import base as marked_base

BUILDERS = ROOT / ".venv" / "builders" / "bin"
INCIDENT = "incidents/2026-03-02-edge-firewall-rule/"
HOSTILE = (
    "T <script>alert(1)</script> {: onclick=x } [a](javascript:alert(1)) | {{ 7*7 }} `x` <img src=x onerror=alert(1)>"
)

STORY = """T <script>alert(1)</script> {: onclick=x } {{ 7*7 }} `<b onclick=x>` `[a](javascript:alert(1))`

<script>alert(1)</script>

> <svg onload=alert(1)></svg>

    <b onerror=x>

~~~ {onclick=x}
<script>alert(1)</script>
~~~

# Heading {: onclick=x }"""


def exported(root: Path, folder: Path, *more: str) -> Path:
    done = calmroom("-C", root, "export", "docs", "--to", folder, "--today", TODAY, *more)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def built(builder: str, folder: Path) -> Path:
    """Build an export as its README says, and return the site; for TechDocs its plugin is added, as Backstage does."""
    if not (BUILDERS / "zensical").exists():
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs the builders: make .venv/.builders")
        pytest.skip("no builders: make .venv/.builders")
    command = [BUILDERS / "mkdocs", "build", "--strict"]
    if builder == "zensical":
        command = [BUILDERS / "zensical", "build", "--strict"]
    if builder == "techdocs":
        config = yaml.safe_load((folder / "mkdocs.yml").read_text())
        (folder / "techdocs.yml").write_text(yaml.safe_dump({**config, "plugins": ["techdocs-core"]}))
        command += ["-f", "techdocs.yml"]
    done = subprocess.run([*map(str, command), ], cwd=folder, capture_output=True, text=True, timeout=300, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr
    return folder / "site"


@pytest.fixture(scope="module", params=["mkdocs", "zensical", "techdocs"])
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(request.param, exported(ROOT, tmp_path_factory.mktemp(request.param) / "export"))


def links(site: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(site.rglob("*.html")):
        page = file.relative_to(site).as_posix().removesuffix("index.html")
        if page == "404.html":
            continue
        for address in re.findall(r'(?:href|src)="([^"]*)"', file.read_text()):
            if not re.match(r"[a-z][a-z+.-]*:|//", address):
                yield page, address.replace("&amp;", "&")


def test_no_builder_has_calmroom():
    if (BUILDERS / "python").exists():
        done = subprocess.run([BUILDERS / "python", "-c", "import calmroom"], capture_output=True, check=False, cwd="/")
        assert done.returncode != 0


def test_every_link_and_anchor_of_every_page_leads_somewhere(site: Path):
    ids: dict[Path, set[str]] = {}
    checked = 0
    for page, address in links(site):
        path, _, anchor = unquote(urljoin(f"http://x/{page}", address)[9:]).partition("#")
        path = path.partition("?")[0]
        target = site / path
        target = target / "index.html" if target.is_dir() else target
        assert target.is_file(), (page, address)
        if anchor and target.suffix == ".html" and not anchor.startswith("__"):
            if target not in ids:
                ids[target] = set(re.findall(r'id="?([^"\s>]+)', target.read_text()))
            assert anchor in ids[target], (page, address)
        checked += 1
    assert checked > 3_000


def test_pages_stand_where_they_stand_on_our_site(site: Path, own_site: Path):
    ours = {
        path.relative_to(own_site).as_posix()
        for folder in (
            "incidents",
            "playbooks",
            "scripts",
            "services",
            "factors",
            "tags",
            "glossary",
            "trends",
            "patterns",
            "actions",
            "start",
        )
        for path in (own_site / folder).rglob("index.html")
    }
    missing = {name for name in ours if not (site / name).is_file()}
    assert {name for name in missing if not name.endswith("/meeting/index.html")} == set()


def test_a_browser_draws_the_diagrams_and_asks_nobody_else(site: Path, chromium):
    page = chromium.new_page()
    try:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        with served(site) as address:
            page.goto(f"{address}{INCIDENT}")
            page.wait_for_selector("svg[id^=calm-diagram]")
            page.wait_for_function("document.querySelectorAll('svg[id^=calm-diagram]').length === 2")
            assert "Customers could not sign in" in page.inner_text("h1")
            assert page.locator("table").count() >= 3
            page.goto(f"{address}trends/")
            assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 300)")
            outside = [url for url in asked if not url.startswith((address, "data:"))]
        assert [
            url for url in outside if "fonts.googleapis.com" not in url
        ] == []  # TechDocs' own theme asks for a font
    finally:
        page.close()


@pytest.mark.parametrize("builder", ["mkdocs", "zensical", "techdocs"])
def test_what_people_write_is_text_whatever_builds_it(builder: str, make: Make, tmp_path: Path, chromium):
    text = (
        RECORD.replace("Rule 4471 widened to any source.", "'" + HOSTILE.replace("'", "''") + "'")
        .replace("Sign-in and payments failed for two hours.", "'" + HOSTILE.replace("'", "''") + "'")
        .replace("Two hours without", f"{STORY}\n\nTwo hours without")
    )
    site = built(builder, exported(make({f"incidents/{ID}.md": text}), tmp_path / "export"))
    page = chromium.new_page()
    try:
        alerts: list[str] = []
        page.on("dialog", lambda dialog: (alerts.append(dialog.message), dialog.dismiss()))
        with served(site) as address:
            page.goto(f"{address}incidents/{ID}/")
            page.wait_for_selector("svg[id^=calm-diagram]")
            assert page.locator("[onclick], [onerror], [onload]").count() == 0
            assert page.locator("a[href^='javascript:']").count() == 0
            assert not page.evaluate("[...document.scripts].some(script => script.textContent.includes('alert(1)'))")
            assert "<script>alert(1)</script>" in page.inner_text("body") and "{{ 7*7 }}" in page.inner_text("body")
        assert alerts == []
    finally:
        page.close()


@pytest.mark.parametrize("level", LEVELS)
def test_an_export_holds_nothing_from_above_its_edition(level: str, tmp_path: Path):
    marks = Marks()
    root = marked_base(tmp_path / "base", marks)
    folder = exported(root, tmp_path / "export", "--edition", level)
    above = {
        (path.relative_to(folder).as_posix(), found[0])
        for path in folder.rglob("*")
        if path.is_file()
        for found in MARK.finditer(f"{path.name}\n{path.read_bytes().decode('latin-1')}")
        if int(found[1]) > LEVELS.index(level)
    }
    assert above == set()


def test_a_second_export_takes_the_place_of_the_first_and_nothing_elses(make: Make, tmp_path: Path):
    root = make({f"incidents/{ID}.md": RECORD})
    folder = exported(root, tmp_path / "export")
    first = {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    (folder / "docs" / "stale.md").write_text("old")
    exported(root, folder)
    assert {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()} == first
    other = tmp_path / "mine"
    other.mkdir()
    (other / "thesis.txt").write_text("mine")
    for target in (other, root, root / "incidents", root / "docs" / "x", tmp_path):
        done = calmroom("-C", root, "export", "docs", "--to", target)
        assert done.returncode == 2, (target, done.stderr)
    assert (other / "thesis.txt").read_text() == "mine"


def test_its_settings_are_read_as_they_were_meant(make: Make, tmp_path: Path):
    settings = "site_name: 'A \"name\": #1 é'\nsite_description: 'x: y'\ntheme: {name: material}\nplugins: [calmroom]\n"
    folder = exported(make({"mkdocs.yml": settings, f"incidents/{ID}.md": RECORD}), tmp_path / "export")
    plain, toml = (
        yaml.safe_load((folder / "mkdocs.yml").read_text()),
        tomllib.loads((folder / "zensical.toml").read_text()),
    )
    assert plain["site_name"] == toml["project"]["site_name"] == 'A "name": #1 é'
    assert plain["nav"] == toml["project"]["nav"]
    catalogue = yaml.safe_load((folder / "catalog-info.yaml").read_text())
    assert catalogue["metadata"]["annotations"]["backstage.io/techdocs-ref"] == "dir:."
    assert re.fullmatch(r"[a-z0-9-]{1,63}", catalogue["metadata"]["name"])


def test_a_picture_stands_by_itself():
    svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" aria-hidden="true"><a href="x/"><circle fill="var(--calm-accent)"/></a></svg>'
    made = elsewhere.picture(svg)
    assert "var(" not in made and "href" not in made and "<a" not in made and 'fill="#0f5c63"' in made
