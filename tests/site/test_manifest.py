"""What a site was built from, and whether it still is what was built."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

from tests.conftest import ID, RECORD, Make, build, calmroom


def test_a_site_says_what_it_was_built_from_and_verify_finds_every_change(make: Make, tmp_path: Path):
    root = make({f"incidents/{ID}.md": RECORD, ".gitignore": "site/\n"})
    for arguments in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "-qm", "One"],
    ):
        subprocess.run(["git", "-C", root, *arguments], check=True)
    site = build(root, tmp_path / "site")
    said = json.loads((site / "build.json").read_text())
    head = subprocess.run(
        ["git", "-C", root, "rev-parse", "HEAD"], check=True, capture_output=True, text=True
    ).stdout.strip()
    assert (said["commit"], said["edition"], said["day"]) == (head, "TLP:AMBER+STRICT", "2026-04-15")
    assert set(said["files"]) == {f.relative_to(site).as_posix() for f in site.rglob("*") if f.is_file()} - {
        "build.json"
    }
    assert calmroom("verify", site).returncode == 0
    with (site / "index.html").open("a") as page:
        page.write("<script>alert(1)</script>")
    (site / "sitemap.xml").unlink()
    (site / "new.html").write_text("x")
    done = calmroom("verify", site)
    assert done.returncode == 1
    assert done.stdout.splitlines() == ["changed: index.html", "added: new.html", "missing: sitemap.xml"]


def test_a_changed_knowledge_base_is_said_to_be_changed(make: Make, tmp_path: Path):
    root = make({f"incidents/{ID}.md": RECORD})
    assert json.loads((build(root, tmp_path / "a") / "build.json").read_text())["commit"] is None
    for arguments in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=T", "-c", "user.email=t@example.com", "commit", "-qm", "One"],
    ):
        subprocess.run(["git", "-C", root, *arguments], check=True)
    (root / f"incidents/{ID}.md").write_text(RECORD + "\nMore.\n")
    assert json.loads((build(root, tmp_path / "b") / "build.json").read_text())["commit"].endswith("-changed")


def test_a_folder_without_a_manifest_is_wrong_use(tmp_path: Path):
    for text in (None, "{", "[]", '{"format": 99}'):
        if text is not None:
            (tmp_path / "build.json").write_text(text)
        done = calmroom("verify", tmp_path)
        assert done.returncode == 2 and "build.json" in done.stderr and "Traceback" not in done.stderr


def test_two_builds_of_one_commit_have_one_manifest(make: Make, tmp_path: Path):
    root = make({f"incidents/{ID}.md": RECORD})
    first, second = build(root, tmp_path / "a"), build(root, tmp_path / "b")
    assert (first / "build.json").read_bytes() == (second / "build.json").read_bytes()
    shutil.rmtree(first)
