"""The corpus of hostile values, in every field, through check, build, terminal and browser: shown, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from calmroom import knowledge
from tests.conftest import TODAY, calmroom, served
from tests.hostile.corpus import COUNT, VALUES, record, script, terms

RUNS = re.compile(
    r"<(img src=x|svg/onload|script>alert|iframe|object|embed|base |meta http-equiv=refresh|style>\*)|<a\b[^<>]{0,500}href=[\"']?javascript:",
    re.IGNORECASE,
)
SETTINGS = 'site_name: "<b>T</b>"\nsite_url: https://docs.example/\ntheme: {name: material}\nplugins:\n  - calmroom: {timezone: Europe/Berlin, library: {playbooks: false, incidents: false}}\n'


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    for name in ("incidents", "playbooks/scripts", "playbooks/glossary", "docs"):
        (folder / name).mkdir(parents=True)
    (folder / "mkdocs.yml").write_text(SETTINGS)
    for number, value in enumerate(VALUES):
        (folder / f"incidents/2026-03-02-v{number}.md").write_text(record(value))
        (folder / f"playbooks/scripts/v{number}.yaml").write_text(script(value))
    (folder / "playbooks/glossary/a.yaml").write_text(terms(VALUES))
    return folder


@pytest.fixture(scope="module")
def site(root: Path, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    done = calmroom("-C", root, "build", "--quiet", "--today", TODAY, "--site-dir", folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_corpus_is_large_and_every_value_is_read(root: Path):
    assert COUNT >= 250
    base = knowledge.read(root)
    assert not base.errors, base.errors[:5]
    assert (len(base.records), len(base.scripts), len(base.terms)) == (len(VALUES),) * 3


def test_no_page_holds_a_value_as_markup(site: Path):
    for path in site.rglob("*.html"):
        found = RUNS.search(path.read_text("utf-8"))
        assert found is None, (path, found)


@pytest.mark.parametrize("arguments", [("check",), ("actions", "--all"), ("actions", "--format", "csv"), ("actions", "--format", "ics"), ("search", "img alert"), ("similar", "2026-03-02-v0"), ("digest", "--since", "2026-01-01", "--today", TODAY), ("kit", "2026-03-02-v29"), ("brief", "2026-03-02-v30"), ("rehearse", "v29")])  # fmt: skip
def test_what_is_printed_commands_nobody(arguments, root: Path):
    done = calmroom("-C", root, *arguments)
    assert "Traceback" not in done.stderr
    for line in (done.stdout + done.stderr).splitlines():
        assert not line.strip().startswith("::") and not re.search(r"##\w{0,20}\[", line), line
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", done.stdout + done.stderr)


@pytest.mark.browser
def test_nothing_runs_and_nothing_is_fetched_in_a_browser(site: Path, chromium):
    context = chromium.new_context()
    wrong: list[str] = []
    with served(site) as address:
        page = context.new_page()
        page.on("dialog", lambda dialog: (wrong.append(f"ran {dialog.message} on {page.url}"), dialog.dismiss()))
        page.on("pageerror", lambda error: wrong.append(f"failed {error} on {page.url}"))
        page.on(
            "request",
            lambda r: wrong.append(f"asked {r.url}") if not r.url.startswith((address, "data:", "blob:")) else None,
        )
        paths = ["", "glossary/", "actions/", "trends/", "patterns/", "search/?q=img+alert", "incidents/", "scripts/"]
        paths += [f"incidents/2026-03-02-v{number}/" for number in range(0, len(VALUES), 2)]
        paths += [f"incidents/2026-03-02-v{number}/meeting/" for number in range(0, len(VALUES), 7)]
        paths += [f"scripts/v{number}/" for number in range(1, len(VALUES), 4)]
        for path in paths:
            page.goto(address + path)
            if page.locator(".calm-diagram").count():
                page.wait_for_function("document.documentElement.dataset.calmDiagrams === 'done'")
            assert (
                page.evaluate(
                    "document.querySelectorAll('article img[src=x], article [onerror], article a[href^=javascript]').length"
                )
                == 0
            )
    context.close()
    assert wrong == []
