"""A real preview server: it shows errors in the browser, reloads on every kind of change, and recovers when things are mended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ID, RECORD, ROOT, Make

PLAYBOOK = "---\nowner: A role\nreview_by: 2027-01-01\n---\n\n# {}\n"
OURS = ["calmroom", "serve", "--address"]
THEIRS = ["mkdocs", "serve", "--dev-addr"]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def serving(root: Path, words: list[str]) -> Iterator[str]:
    port = free_port()
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "generator")}
    log = (root.parent / f"{root.name}-serve.log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", *words, f"127.0.0.1:{port}"], cwd=root, env=environment, stdout=log, stderr=log
    )
    try:
        # MkDocs serves below the path of site_url.
        yield f"http://127.0.0.1:{port}/kb/"
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
        log.seek(0)
        output = log.read()
        log.close()
        assert "Traceback" not in output, output


def page(address: str) -> str:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()
    except OSError:
        return ""


def wait_for(address: str, fits: Callable[[str], bool], seconds: float = 40) -> str:
    end = time.monotonic() + seconds
    shown = ""
    while time.monotonic() < end:
        shown = page(address)
        if fits(shown):
            return shown
        time.sleep(0.2)
    raise AssertionError(f"never came; last seen at {address}: {shown[-1500:]}")


@pytest.mark.parametrize("words", [OURS, THEIRS], ids=["calmroom", "mkdocs"])
def test_a_broken_record_is_shown_in_the_browser_and_goes_away_when_mended(words, make: Make):
    root = make({f"incidents/{ID}.md": RECORD, "incidents/2025-03-02-other.md": RECORD})
    record = root / f"incidents/{ID}.md"
    with serving(root, words) as address:
        wait_for(f"{address}incidents/{ID}/", lambda html: "Rule 4471" in html)
        record.write_text(RECORD.replace("severity: sev1", "sevirity: sev1"))
        broken = wait_for(f"{address}incidents/{ID}/", lambda html: "cannot be shown yet" in html)
        assert "CR201" in broken and "Did you mean `severity`?" in broken and "line 3, column 1" in broken
        assert "Rule 4471" in page(f"{address}incidents/2025-03-02-other/")
        assert "1 error in the records" in " ".join(page(address).split())
        assert "CR201" in page(f"{address}problems/")
        record.write_text(RECORD)
        mended = wait_for(f"{address}incidents/{ID}/", lambda html: "Rule 4471" in html)
        assert "in the records" not in mended


def test_a_preview_starts_with_broken_records_too(make: Make):
    root = make({f"incidents/{ID}.md": "---\ntitle: A\n---\n"})
    with serving(root, OURS) as address:
        assert "CR202" in wait_for(f"{address}incidents/{ID}/", lambda html: "cannot be shown yet" in html)


def test_a_preview_reloads_on_a_new_record_a_template_a_style_and_a_taxonomy(make: Make):
    root = make({
        f"incidents/{ID}.md": RECORD,
        "site_templates/pages/home.html": '{% extends "calmroom/pages/home.html" %}{% block top %}First words{% endblock %}',
        "taxonomies/factor-kinds.yaml": "fatigue: {title: Fatigue, meaning: Too tired to see it.}\n",
        "playbooks/blame.md": PLAYBOOK.format("Blame"),
    })  # fmt: skip
    with serving(root, OURS) as address:
        wait_for(address, lambda html: "First words" in html)
        (root / "site_templates/pages/home.html").write_text(
            '{% extends "calmroom/pages/home.html" %}{% block top %}Second words{% endblock %}'
        )
        wait_for(address, lambda html: "Second words" in html)
        (root / "site_templates/assets").mkdir()
        (root / "site_templates/assets/calmroom.css").write_text("/* our house style */")
        wait_for(f"{address}assets/calmroom/calmroom.css", lambda style: "our house style" in style)
        (root / "playbooks/blame.md").write_text(PLAYBOOK.format("Blame in the room"))
        wait_for(f"{address}playbooks/blame/", lambda html: "Blame in the room" in html)
        (root / "incidents/2026-04-01-new.md").write_text(RECORD.replace("kind: process", "kind: fatigue"))
        wait_for(f"{address}factors/fatigue/", lambda html: "Too tired to see it." in html)
        (root / "taxonomies/factor-kinds.yaml").write_text(
            "fatigue: {title: Fatigue, meaning: The end of a long night.}\n"
        )
        wait_for(f"{address}factors/fatigue/", lambda html: "The end of a long night." in html)
