"""A section of a site somebody has already: everything of ours below one prefix, and nothing of theirs changed."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.conftest import ALONE, ID, RECORD, ROOT, calmroom, served

SECTION = "post-mortems"
STOCK = """\
site_name: Example Docs
site_url: https://docs.example/
theme:
  name: material
  font: false
  features: [{features}]
  palette:
    - {{scheme: default, primary: deep purple, accent: amber, toggle: {{icon: material/weather-night, name: Dark}}}}
    - {{scheme: slate, primary: deep purple, accent: amber, toggle: {{icon: material/weather-sunny, name: Light}}}}
use_directory_urls: {directory_urls}
markdown_extensions: [admonition, toc]
{nav}plugins:
{plugins}
"""
NAV = """\
nav:
  - Home: index.md
  - Guides: [guides/deploy.md, guides/rollback.md, guides/on-call.md, guides/access.md]
  - Reference: [reference/api.md, reference/errors.md, reference/limits.md]
  - About: [about.md, contact.md]
"""
PAGES = ("index", "guides/deploy", "guides/rollback", "guides/on-call", "guides/access", "reference/api", "reference/errors",
         "reference/limits", "about", "contact")  # fmt: skip
ALIASED = RECORD.replace("severity: sev1", "severity: sev1\naliases: [2026-03-01-old-name]")


def site_of(tmp: Path, plugins: list[str], *, nav: str = NAV, features: str = "", directory_urls: bool = True) -> Path:
    """Write a stock Material site of ten pages, in a Git repository, with one incident beside its pages."""
    for name in PAGES:
        path = tmp / "docs" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        title = name.rsplit("/", 1)[-1].capitalize()
        path.write_text(
            f"---\ntags: [{title.lower()}]\n---\n\n# {title}\n\nAll about {title}.\n\n## Zebra {title}\n\nMore.\n"
        )
    (tmp / "incidents").mkdir(exist_ok=True)
    (tmp / f"incidents/{ID}.md").write_text(ALIASED)
    text = STOCK.format(
        nav=nav,
        features=features,
        directory_urls=str(directory_urls).lower(),
        plugins="\n".join(f"  - {p}" for p in plugins),
    )
    (tmp / "mkdocs.yml").write_text(text)
    git = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q"], cwd=tmp, check=True)
    subprocess.run([*git, "add", "."], cwd=tmp, check=True)
    dated = {**os.environ, "GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
    subprocess.run([*git, "commit", "-q", "-m", "a"], cwd=tmp, check=True, env=dated)
    return tmp


def built(root: Path, to: Path, *, strict: bool = True) -> Path:
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": "1776211200",
        "PYTHONPATH": str(ROOT / "generator"),
        "NO_MKDOCS_2_WARNING": "1",
    }
    done = subprocess.run([sys.executable, "-m", "mkdocs", "build", "-q", *(["--strict"] if strict else []), "-d", to], cwd=root,
                          env=environment, capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return to


def contents(site: Path) -> dict[str, str]:
    return {
        path.relative_to(site).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(site.rglob("*"))
        if path.is_file()
    }


class WithoutNavigation(HTMLParser):
    """Collects a page's tags and words but for the navigation and what follows from it: next and previous page."""

    NAVIGATION = ("md-nav--primary", "md-tabs", "md-footer__link", "md-path")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[object] = []
        self._inside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        classes = (given.get("class") or "").split()
        if self._inside:
            if tag == self._inside[0]:
                self._inside.append(tag)
        elif set(classes) & set(self.NAVIGATION):
            self._inside = [tag]
        elif not (tag == "link" and given.get("rel") in ("prev", "next")):
            self.said.append((tag, attrs))

    def handle_endtag(self, tag: str) -> None:
        if self._inside and tag == self._inside[-1]:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside and data.strip():
            self.said.append(" ".join(data.split()))


def alike(one: Path, two: Path) -> bool:
    """Say whether two files are the same but for the navigation."""
    if one.read_bytes() == two.read_bytes():
        return True
    return one.suffix == ".html" and WithoutNavigation(one.read_text()).said == WithoutNavigation(two.read_text()).said


ASIDE = ("sitemap.xml", "sitemap.xml.gz", "search/search_index.json")

MANY = {
    "search": ["search"],
    "tags": ["search", "tags"],
    "redirects": ["search", "redirects: {redirect_maps: {old.md: about.md}}"],
    "awesome-nav": ["search", "awesome-nav"],
    "git-dates": ["search", "git-revision-date-localized: {fallback_to_build_date: true}"],
    "macros": ["search", "macros"],
    "minify": ["search", "minify: {minify_html: true}"],
    "all": [
        "search", "tags", "redirects: {redirect_maps: {old.md: about.md}}", "awesome-nav",
        "git-revision-date-localized: {fallback_to_build_date: true}", "macros", "minify: {minify_html: true}",
    ],
    "no-search": [],
}  # fmt: skip


@pytest.mark.parametrize("plugins", MANY.values(), ids=MANY)
def test_a_section_leaves_every_other_file_of_the_site_as_it_is(plugins, tmp_path):
    nav = NAV + f"  - Post-mortems: {SECTION}/index.md\n"
    root = site_of(tmp_path / "src", [*plugins, f"calmroom: {{section: {SECTION}, {ALONE}}}"], nav=nav)
    ours = built(root, tmp_path / "with")
    without = (root / "mkdocs.yml").read_text().replace(f"  - calmroom: {{section: {SECTION}, {ALONE}}}", "")
    if not plugins:
        without = without.replace("plugins:\n", "plugins: []\n")
    # The stock site has the same entry in its navigation, leading to a page of its own.
    (root / "mkdocs.yml").write_text(without)
    (root / f"docs/{SECTION}").mkdir()
    (root / f"docs/{SECTION}/index.md").write_text("# Post-mortems\n")
    theirs = built(root, tmp_path / "without")
    before, after = contents(theirs), contents(ours)
    outside = {name: digest for name, digest in after.items() if not name.startswith(f"{SECTION}/")}
    expected = {name: digest for name, digest in before.items() if not name.startswith(f"{SECTION}/")}
    assert outside.keys() == expected.keys()
    differing = [name for name in expected if expected[name] != outside[name] and name not in ASIDE]
    if any("awesome-nav" in plugin for plugin in plugins):  # which makes the navigation of all pages there are
        differing = [name for name in differing if not alike(theirs / name, ours / name)]
    assert differing == []
    assert (ours / SECTION / "incidents" / ID / "index.html").is_file()


@pytest.mark.parametrize("plugins", [MANY["all"], MANY["no-search"]], ids=["all", "no-search"])
def test_a_site_without_a_nav_differs_in_its_navigation_alone(plugins, tmp_path):
    root = site_of(tmp_path / "src", [*plugins, f"calmroom: {{section: {SECTION}, {ALONE}}}"], nav="")
    ours = built(root, tmp_path / "with")
    text = (root / "mkdocs.yml").read_text().replace(f"  - calmroom: {{section: {SECTION}, {ALONE}}}", "")
    (root / "mkdocs.yml").write_text(text if plugins else text.replace("plugins:\n", "plugins: []\n"))
    theirs = built(root, tmp_path / "without")
    names = [name for name in contents(theirs) if name not in ASIDE]
    assert [name for name in names if not alike(theirs / name, ours / name)] == []
    navigation = re.findall(
        r"<nav class=.?md-nav md-nav--primary.*", (ours / "about/index.html").read_text(), re.DOTALL
    )
    assert "Incidents" in navigation[0] and ID not in navigation[0]  # the ways in, and not every record


@pytest.fixture(scope="module")
def section_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tmp = tmp_path_factory.mktemp("section")
    features = "navigation.tabs, navigation.instant, navigation.path, navigation.indexes, toc.follow"
    root = site_of(
        tmp / "src",
        ["search", f"calmroom: {{section: {SECTION}}}"],
        nav=NAV + f"  - Post-mortems: {SECTION}/index.md\n",
        features=features,
    )
    return built(root, tmp / "site")


def test_everything_of_ours_is_below_the_section(section_site: Path):
    for place in (
        "index.html", "incidents/index.html", f"incidents/{ID}/index.html", "incidents/2026-03-01-old-name/index.html", "playbooks/silence/index.html",
        "scripts/silence/index.html", "glossary/index.html", "trends/index.html", "actions.csv", "schema/record.schema.json", "start/index.html",
        "assets/calmroom/mermaid.js", "assets/calmroom/section.css", "search/index.html",
    ):  # fmt: skip
        assert (section_site / SECTION / place).is_file(), place
    assert list((section_site / SECTION / "assets/search").glob("*/meta.js"))
    outside = {path.relative_to(section_site).parts[0] for path in section_site.rglob("*") if path.is_file()}
    assert outside == {
        "404.html",
        "assets",
        "index.html",
        "search",
        "sitemap.xml",
        "sitemap.xml.gz",
        SECTION,
        *(p.split("/")[0] for p in PAGES),
    } - {"index"}
    assert not (section_site / "assets/calmroom").exists()


def test_every_link_of_a_page_in_the_section_leads_somewhere(section_site: Path):
    for page in (section_site / SECTION).rglob("*.html"):
        html = page.read_text()
        for address in re.findall(r'(?:href|src)="([^"#?]+)', html):
            if "://" in address or address.startswith(("mailto:", "data:")):
                continue
            target = (section_site / address.lstrip("/")) if address.startswith("/") else (page.parent / address)
            assert target.exists() or (target / "index.html").exists(), (page.relative_to(section_site), address)


def test_the_sites_own_header_search_and_footer_stay_in_the_section(section_site: Path):
    html = (section_site / SECTION / "incidents" / ID / "index.html").read_text()
    assert 'data-md-color-primary="deep-purple"' in html and 'class="md-search"' in html and "md-footer" in html
    assert "calm-header" not in html and "calm-footer" not in html and "shared solving" not in html
    assert re.search(r'md-tabs__item--active">\s*<a href="../../" class="md-tabs__link">\s*Post-mortems', html)
    assert "calm-" not in (section_site / "about/index.html").read_text()


def test_the_sites_own_search_finds_our_pages_by_title_and_summary_only(section_site: Path):
    index = json.loads((section_site / "search/search_index.json").read_text())
    ours = [entry for entry in index["docs"] if entry["location"].startswith(f"{SECTION}/incidents/{ID}")]
    (entry,) = ours
    assert entry["title"].startswith("Customer portal unreachable") and "Two hours without sign-in" in entry["text"]
    assert "First customer call" not in json.dumps(ours)
    text = json.dumps(index)
    assert "Zebra About" in text  # a heading of their own page
    assert "/meeting/" not in text and "services/customer-portal" not in text


def test_a_section_works_without_directory_urls(tmp_path):
    root = site_of(tmp_path / "src", ["search", f"calmroom: {{section: docs/post-mortems, {ALONE}}}"], directory_urls=False,
                   nav=NAV + "  - Post-mortems: docs/post-mortems/index.md\n")  # fmt: skip
    site = built(root, tmp_path / "site")
    assert f'href="{ID}.html"' in (site / "docs/post-mortems/incidents/index.html").read_text()
    assert f"url={ID}.html" in (site / "docs/post-mortems/incidents/2026-03-01-old-name.html").read_text()
    assert 'href="../incidents/index.html"' in (site / "docs/post-mortems/playbooks/index.html").read_text()


def test_a_hand_written_page_links_into_the_section_by_id(tmp_path):
    root = site_of(tmp_path / "src", [f"calmroom: {{section: {SECTION}, {ALONE}}}"], nav="")
    (root / "docs/guides/deploy.md").write_text(
        f"# D\n\n[it](incident:{ID}#impact) [w](page:writing) [a](page:about)\n"
    )
    (root / f"incidents/{ID}.md").write_text(ALIASED + "\n[guide](page:guides/deploy) [how](page:writing)\n")
    site = built(root, tmp_path / "site")
    html = (site / "guides/deploy/index.html").read_text()
    assert f'href="../../{SECTION}/incidents/{ID}/#impact"' in html
    assert f'href="../../{SECTION}/writing/"' in html and 'href="../../about/"' in html
    html = (site / SECTION / "incidents" / ID / "index.html").read_text()
    assert 'href="../../../guides/deploy/"' in html and 'href="../../writing/"' in html


@pytest.mark.parametrize(
    ("made", "named"),
    [
        ("docs/post-mortems/index.md", "`docs/post-mortems/index.md`"),
        ("docs/post-mortems.md", "post-mortems/index.html"),
        ("docs/post-mortems/incidents/index.md", "post-mortems/incidents/index.html"),
    ],
)
def test_a_page_that_is_there_already_is_named_and_nothing_is_built(made, named, tmp_path):
    root = site_of(tmp_path / "src", [f"calmroom: {{section: {SECTION}, {ALONE}}}"], nav="")
    (root / made).parent.mkdir(parents=True, exist_ok=True)
    (root / made).write_text("# Ours\n")
    done = calmroom("-C", root, "build", "--site-dir", tmp_path / "site")
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "one address" in done.stderr or "would stand where" in done.stderr
    named = named if "one address" in done.stderr else made
    assert named.strip("`").removeprefix("docs/") in done.stderr


def test_another_plugin_that_makes_the_same_address_is_named(tmp_path):
    plugins = [f"calmroom: {{section: {SECTION}, {ALONE}}}", "gen-page"]
    root = site_of(tmp_path / "src", plugins, nav="")
    (root / "hook.py").write_text(
        "from mkdocs.structure.files import File\n"
        "def on_files(files, config):\n"
        f"    files.append(File.generated(config, '{SECTION}/index.md', content='# x'))\n"
        "    return files\n"
    )
    text = (root / "mkdocs.yml").read_text().replace("  - gen-page\n", "")
    (root / "mkdocs.yml").write_text(text + "hooks: [hook.py]\n")
    done = calmroom("-C", root, "build", "--site-dir", tmp_path / "site")
    assert done.returncode == 1 and f"`{SECTION}/index.html`" in done.stderr and "Traceback" not in done.stderr


def test_the_shipped_start_page_gives_way_to_one_of_the_sections_own(tmp_path):
    root = site_of(tmp_path / "src", [f"calmroom: {{section: {SECTION}}}"], nav="")
    (root / "docs/start.md").write_text("# The site's start\n")
    site = built(root, tmp_path / "one")
    assert "The site's start" in (site / "start/index.html").read_text()
    assert "What to read first" in (site / SECTION / "start/index.html").read_text()
    (root / f"docs/{SECTION}").mkdir()
    (root / f"docs/{SECTION}/start.md").write_text("# Our start\n")
    site = built(root, tmp_path / "two")
    assert "Our start" in (site / SECTION / "start/index.html").read_text()


@pytest.mark.browser
def test_the_section_works_in_a_browser_with_instant_navigation(section_site: Path, chromium):
    with served(section_site) as address:
        # Instant navigation asks the sitemap, which names the site's public address.
        for name in ("sitemap.xml",):
            file = section_site / name
            file.write_text(file.read_text().replace("https://docs.example/", address))
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        page.on("request", lambda request: None if request.url.startswith(address) else problems.append(request.url))
        with page.expect_response("**/sitemap.xml"):  # before it is read, a link leaves the document
            page.goto(f"{address}about/")
        page.wait_for_load_state("networkidle")
        page.evaluate("window.stays = true")
        page.get_by_role("link", name="Post-mortems", exact=True).first.click()
        page.wait_for_selector(".calm-home h1")
        page.locator(".calm-bar").get_by_role("link", name="Incidents").click()
        page.wait_for_selector(".calm-filter:not([hidden])")
        page.locator("[data-calm-row] a", has_text="Customer portal unreachable").first.click()
        page.wait_for_function("document.documentElement.dataset.calmDiagrams === 'done'")
        assert page.locator(".calm-diagram svg").count() >= 1
        page.keyboard.press("/")
        assert page.evaluate("document.activeElement.id") == "calm-find"
        page.keyboard.type("firewall rule")
        page.wait_for_selector(".calm-bar .calm-hit")
        page.locator(".calm-bar .calm-hit", has_text="All results").click()
        page.wait_for_selector("[data-calm-results][data-search-state=done]")
        assert page.input_value("#calm-search-q") == "firewall rule" and page.locator("[data-search-hit]").count()
        page.locator(".calm-bar").get_by_role("link", name="Scripts").click()
        page.wait_for_selector("#dialogue, .calm-index")
        page.get_by_role("link", name="Nobody says anything").first.click()
        page.wait_for_selector("[data-calm-rehearsal]:not([hidden])")
        page.get_by_role("button", name="Begin").click()
        page.wait_for_selector(".calm-choice")
        assert page.evaluate("window.stays") is True  # the document was never left
        page.locator(".md-tabs").get_by_role("link", name="About").click()
        page.wait_for_selector("h1:has-text('About')")
        assert page.locator("link[href*='section.css']").count() == 0
        page.keyboard.press("/")
        page.wait_for_function("document.activeElement.classList.contains('md-search__input')")
        page.keyboard.type("zebra about")
        page.wait_for_selector(".md-search-result__item", state="attached")
        assert problems == []
        context.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["default", "slate"])
def test_axe_finds_nothing_in_a_section_and_nothing_is_wider_than_a_phone(scheme, section_site: Path, chromium):
    from axe_playwright_python.sync_playwright import Axe

    with served(section_site) as address:
        context = chromium.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        for place in (
            "",
            "incidents/",
            f"incidents/{ID}/",
            "playbooks/silence/",
            "scripts/silence/",
            "glossary/",
            "trends/",
            "search/",
            "start/",
        ):
            page.goto(f"{address}{SECTION}/{place}")
            page.evaluate("scheme => document.body.setAttribute('data-md-color-scheme', scheme)", scheme)
            if page.locator(".calm-diagram").count():
                page.wait_for_function("document.documentElement.dataset.calmDiagrams === 'done'")
            found = Axe().run(page, context=".calm-section")
            assert found.violations_count == 0, f"{place}: {found.generate_report()}"
        page.set_viewport_size({"width": 360, "height": 800})
        for place in ("", f"incidents/{ID}/", "scripts/silence/", "search/"):
            page.goto(f"{address}{SECTION}/{place}")
            assert page.evaluate("document.documentElement.scrollWidth") == 360, place
        context.close()
