"""Installed for real: wheel and source distribution, each in an environment without this repository."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from calmroom import knowledge
from tests.conftest import ROOT
from tests.site.test_serve import free_port, wait_for

ID = "2026-05-04-checkout-failed"
OWN = """\
---
title: Checkout failed for an hour
severity: sev2
status: in-review
kind: [availability, security]
services: [checkout]
tags: [firewall]
times: {began: 2026-05-04T09:02:00Z, detected: 2026-05-04T10:10:00Z, resolved: 2026-05-04T11:30:00Z}
impact: {summary: Nobody could pay for an hour.}
detection: {by: customer, gap: The alert watched the old gateway.}
timeline:
  - {at: 2026-05-04T09:02:00Z, kind: change, what: A rule was widened., key: true}
  - {at: 2026-05-04T10:10:00Z, kind: signal, what: A customer calls., key: true}
factors:
  - {id: a, kind: dependency, what: The provider's rule set changed., leads_to: [impact]}
  - {id: b, kind: process, what: Urgent changes skip review., leads_to: [a]}
actions:
  - {id: a1, what: Refuse such rules., owner: Network Lead, due: 2026-06-01, status: accepted, addresses: [a]}
  - {id: a2, what: Watch the live rule set., owner: Network Lead, due: 2026-06-01, status: accepted, addresses: [a]}
  - {id: a3, what: A second reader., owner: Network Lead, due: 2026-06-01, status: proposed, addresses: [b]}
  - {id: a4, what: Test the alert., owner: Network Lead, due: 2026-06-01, status: proposed, addresses: [b]}
meeting: {at: 2026-06-05T13:00:00Z, minutes: 60, attendees: [Executive Sponsor]}
roles: {facilitator: Security Operations, scribe: Support}
---

## Summary

Nobody could pay for an hour.
"""


class Installed:
    """An environment of its own with nothing of this repository in it but what a distribution brought."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        venv.create(folder / "env", with_pip=True, symlinks=True)
        self.environment = {
            name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")
        }

    def pip(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        python = self.folder / "env" / "bin" / "python"
        return subprocess.run([python, "-m", "pip", "--disable-pip-version-check", *map(str, words)], cwd=self.folder,
                              capture_output=True, text=True, check=False, env=self.environment)  # fmt: skip

    def run(self, *words: str | Path, stdin: str = "") -> str:
        command = self.folder / "env" / "bin" / "calmroom"
        done = subprocess.run([command, *map(str, words)], cwd=self.folder, input=stdin, capture_output=True,
                              text=True, check=False, env=self.environment, timeout=300)  # fmt: skip
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", folder], cwd=ROOT, check=True, capture_output=True
    )
    return folder


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory, distributions: Path) -> Installed:
    made = Installed(tmp_path_factory.mktemp("away"))
    (wheel,) = distributions.glob("*.whl")
    done = made.pip("install", "--quiet", wheel)
    if done.returncode:
        if os.environ.get("CI") == "true":
            pytest.fail(done.stderr)
        pytest.skip(f"the dependencies cannot be installed here: {done.stderr[-300:]}")
    return made


def test_the_wheel_brings_no_package_but_its_own(installed: Installed):
    (site,) = (installed.folder / "env").glob("lib/python*/site-packages")
    record = next(site.glob("calmroom-*.dist-info")) / "RECORD"
    tops = {line.split("/")[0].split(",")[0] for line in record.read_text().splitlines()}
    assert {top for top in tops if not top.startswith((".", "calmroom-"))} == {"calmroom"}


def test_every_command_works_away_from_the_repository(installed: Installed):
    installed.run("init", "kb")
    kb = installed.folder / "kb"
    installed.run("-C", "kb", "new", "--title", "Checkout was slow", "--severity", "sev3")
    (kb / f"incidents/{ID}.md").write_text(OWN)
    installed.run("-C", "kb", "check", "--today", "2026-06-01")
    installed.run("-C", "kb", "library", "copy", "silence")
    installed.run("-C", "kb", "build", "--strict", "--today", "2026-06-01")
    library = knowledge.read(ROOT)
    for folder, ids in (("playbooks", library.playbooks), ("scripts", library.scripts), ("incidents", library.by_id)):
        for id_ in ids:
            assert (kb / "site" / folder / id_ / "index.html").is_file(), id_
    glossary = (kb / "site/glossary/index.html").read_text()
    assert all(f'id="{slug}"' in glossary for slug in library.terms)
    kit = installed.run("-C", "kb", "kit", ID)
    moments = kit.split("## Hard moments to expect")[1].split("## Questions to ask")[0].split("\n### ")[1:]
    assert len(moments) >= 6
    assert all("\n> " in moment for moment in moments), kit  # each has words to say
    assert installed.run("-C", "kb", "rehearse", "silence", stdin="1\n" * 60)
    assert "Okta" in installed.run("-C", "kb", "search", "okta support session tokens")
    assert ID in installed.run("-C", "kb", "actions", "--today", "2026-06-01")
    assert "unchanged" in installed.run("-C", "kb", "library", "diff")


def test_what_comes_in_and_goes_out_works_away_from_the_repository(installed: Installed):
    installed.run("init", "exchange")
    kb = installed.folder / "exchange"
    exports, collections = ROOT / "tests/exchange/exports", ROOT / "tests/exchange/collections"
    told = ("--zone", "UTC", "--title", "Checkout failed", "--severity", "sev2")
    installed.run("-C", "exchange", "new", "--from", exports / "slack", "--from", exports / "chat.txt", *told)
    for form, name in (("jira", "jira.csv"), ("html", "confluence")):
        assert "record:" in installed.run("import", form, "--show-map")
        installed.run("-C", "exchange", "import", form, collections / name)
    installed.run("-C", "exchange", "check")
    installed.run("-C", "exchange", "export", "docs", "--to", "docs-for-others")
    assert (installed.folder / "docs-for-others/docs/incidents/2026-03-02-checkout-failed.md").is_file()
    installed.run("-C", "exchange", "build", "--strict")
    for name in ("api/incidents.json", "feeds/new.xml", "llms.txt", "incidents/2026-03-02-checkout-failed/index.md"):
        assert (kb / "site" / name).is_file(), name


def test_the_preview_works_away_from_the_repository(installed: Installed):
    installed.run("init", "preview")
    port = free_port()
    command = installed.folder / "env" / "bin" / "calmroom"
    with subprocess.Popen([command, "-C", "preview", "serve", "--address", f"127.0.0.1:{port}"], cwd=installed.folder,
                          env=installed.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}/playbooks/silence/", lambda html: "Nobody says anything" in html)
        finally:
            server.terminate()


def test_the_source_distribution_gives_the_same(installed: Installed, distributions: Path):
    (source,) = distributions.glob("*.tar.gz")
    assert installed.pip("uninstall", "-y", "calmroom").returncode == 0
    done = installed.pip("install", "--quiet", source)
    assert done.returncode == 0, done.stderr
    installed.run("init", "again")
    installed.run("-C", "again", "build", "--strict", "--quiet", "--today", "2026-06-01")
    assert (installed.folder / "again/site/playbooks/silence/index.html").is_file()
