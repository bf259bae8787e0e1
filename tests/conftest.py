"""What the tests share: knowledge bases made for one test, the built site of this repository, and a real browser."""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import settings

from calmroom import knowledge
from tests.browser.find import find_chromium

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("here", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")

os.environ["CALMROOM_CACHE"] = tempfile.mkdtemp(prefix="calmroom-cache-")
"""What one run of tests keeps, it keeps for itself, and begins with nothing."""

ROOT = Path(__file__).parent.parent
TODAY = "2026-04-15"
Make = Callable[[dict[str, str | bytes]], Path]

ALONE = "library: {playbooks: false, incidents: false}"
"""What a test's settings say so that it looks at its own files alone, without the library below them."""

SETTINGS = f"""\
site_name: Test
site_url: https://docs.example/kb/
repo_url: https://git.example/team/incidents
edit_uri: edit/main/docs/
theme: {{name: material}}
nav: [{{Home: index.md}}, {{Incidents: incidents/index.md}}]
plugins:
  - calmroom: {{timezone: Europe/Berlin, {ALONE}, checks: {{CR645: off, CR646: off}}}}
"""

RECORD = """\
---
title: Customer portal unreachable after an edge firewall rule was widened
severity: sev1
status: reviewed
tlp: green
kind: [availability, security]
services: [customer-portal]
times:
  began: 2026-03-02T09:02:00+00:00
  detected: 2026-03-02T10:10:00+00:00
  mitigated: 2026-03-02T11:02:00+00:00
  resolved: 2026-03-02T11:30:00+00:00
impact: {summary: Sign-in and payments failed for two hours., customers: 41000}
detection: {by: customer, gap: The alert watched the old rule set.}
timeline:
  - {at: 2026-03-02T09:02:00+00:00, kind: change, what: Rule 4471 widened to any source., key: true}
  - {at: 2026-03-02T10:10:00+00:00, kind: signal, what: First customer call reaches support., key: true}
factors:
  - {id: rule-too-broad, kind: configuration, what: The rule allowed any source., leads_to: [impact]}
  - {id: no-second-reader, kind: process, what: Urgent changes skip review., leads_to: [rule-too-broad]}
actions:
  - {id: a1, what: Block any-source rules in the pipeline., owner: Network Security Lead, due: 2026-03-16,
     status: accepted, strength: stronger, addresses: [rule-too-broad, no-second-reader]}
---

## Summary

Two hours without sign-in after a firewall rule was widened under time pressure.
"""
"""The record that the format's documentation gives as one that must be valid as it stands."""

ID = "2026-03-02-edge-firewall-rule"


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Give a function that writes a knowledge base: a mkdocs.yml, docs/, and the files it is given."""

    return functools.partial(write_base, tmp_path)


def write_base(folder: Path, contents: dict[str, str | bytes]) -> Path:
    """Write a knowledge base into a folder: a mkdocs.yml, docs/, and the files it is given."""
    for name, content in {"mkdocs.yml": SETTINGS, "docs/about.md": "# About\n", **contents}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return folder


@pytest.fixture
def found(make: Make) -> Callable[[str | bytes], list[tuple[str, int, int]]]:
    """Give a function that checks one record and returns what was found as (code, line, column)."""

    def codes(record: str | bytes, name: str = f"{ID}.md") -> list[tuple[str, int, int]]:
        base = knowledge.read(make({f"incidents/{name}": record}), edition="red")
        return [(item.code, item.position.line, item.position.column) for item in base.diagnostics]

    return codes


def calmroom(*arguments: str | Path, cwd: Path | None = None, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run the real command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "calmroom", *map(str, arguments)],
        cwd=cwd or ROOT,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "NO_COLOR": "1", "PYTHONPATH": str(ROOT / "generator")},
        check=False,
    )


def build(root: Path, site: Path) -> Path:
    """Build a knowledge base and return the site's folder; fail with the report when it does not build."""
    done = calmroom("-C", root, "build", "--strict", "--quiet", "--today", TODAY, "--site-dir", site)
    assert done.returncode == 0, done.stdout + done.stderr
    return site


@pytest.fixture(scope="session")
def own_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build this repository's own site once."""
    return build(ROOT, tmp_path_factory.mktemp("own") / "site")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    headers_sent: Mapping[str, str] = {}

    def end_headers(self) -> None:
        """Send the headers a host would."""
        for name, value in self.headers_sent.items():
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a missing page with the site's own 404."""
        page = Path(self.directory) / "404.html"
        if code == 404 and page.is_file():
            self.send_response(404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.read_bytes())
        else:
            super().send_error(code, message, explain)


@contextlib.contextmanager
def served(folder: Path, headers: Mapping[str, str] | None = None) -> Iterator[str]:
    """Serve a folder on this machine, with headers a host would send, and give its address."""
    handler = type("_Host", (_Quiet,), {"headers_sent": headers or {}})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def own_address(own_site: Path) -> Iterator[str]:
    """Serve this repository's own site."""
    with served(own_site) as address:
        yield address


@pytest.fixture(scope="session")
def chromium():
    """Start Debian's chromium once; skip outside CI where there is none."""
    from playwright.sync_api import sync_playwright

    executable = find_chromium()
    if executable is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI needs chromium: apt-get install chromium")
        pytest.skip("no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield browser
        browser.close()
