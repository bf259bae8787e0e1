"""A site is swapped in whole: whatever ends a build, what was there before stays, and the next build is right."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from calmroom.site import site_folder
from tests.conftest import ID, RECORD, ROOT, Make, calmroom

SITE = f"incidents/{ID}/index.html"


def started(root: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "generator"), "SOURCE_DATE_EPOCH": "1776211200"},
    )


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def beside(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if path.name.startswith(".site"))


@pytest.mark.parametrize("command", [("calmroom", "build"), ("mkdocs", "build", "-q")], ids=["calmroom", "mkdocs"])
def test_a_build_that_fails_leaves_the_site_as_it_was(command, make: Make):
    root = make({f"incidents/{ID}.md": RECORD})
    process = started(root, *command)
    assert process.wait() == 0, process.stdout.read()
    before = tree(root / "site")
    assert SITE in before and any(name.startswith("assets/search/") for name in before)
    (root / "site_templates/pages").mkdir(parents=True)
    (root / "site_templates/pages/home.html").write_text("{{ nobody.knows }}")
    process = started(root, *command)
    assert process.wait() != 0
    assert tree(root / "site") == before and not beside(root)


def test_a_strict_build_with_warnings_leaves_the_site_as_it_was(make: Make):
    root = make({f"incidents/{ID}.md": RECORD})
    assert calmroom("-C", root, "build", "--strict").returncode == 0
    before = tree(root / "site")
    (root / "docs/about.md").write_text("# About\n\n[x](nowhere.md)\n")
    assert calmroom("-C", root, "build", "--strict").returncode == 1
    assert tree(root / "site") == before and not beside(root)


@pytest.mark.parametrize("kind", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_build_that_is_killed_leaves_the_site_as_it_was(kind, make: Make):
    root = make({f"incidents/{ID}.md": RECORD})
    assert calmroom("-C", root, "build").returncode == 0
    before = tree(root / "site")
    process = started(root, "calmroom", "build")
    while not (root / ".site.building").exists() and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(kind)
    process.wait()
    assert tree(root / "site") == before
    assert calmroom("-C", root, "build").returncode == 0
    assert SITE in tree(root / "site") and not beside(root)


def test_a_build_killed_between_the_two_steps_of_its_swap_is_mended_by_the_next(tmp_path: Path):
    (tmp_path / ".site.before").mkdir()
    (tmp_path / ".site.before/index.html").write_text("old")
    building = site_folder.Building(tmp_path / "site")
    assert (tmp_path / "site/index.html").read_text() == "old"
    (building.folder / "index.html").write_text("new")
    building.swap_in()
    assert (tmp_path / "site/index.html").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_two_builds_at_once_are_told_apart(tmp_path: Path):
    first = site_folder.Building(tmp_path / "site")
    with pytest.raises(site_folder.BeingBuiltError):
        site_folder.Building(tmp_path / "site")
    other = site_folder.Building(tmp_path / "other")
    first.swap_in()
    other.discard()
    again = site_folder.Building(tmp_path / "site")
    again.discard()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_of_two_builds_at_once_one_ends_well_and_one_says_so(make: Make):
    root = make({f"incidents/{ID}.md": RECORD})
    both = [started(root, "calmroom", "build", "--quiet") for _ in range(2)]
    told = [process.communicate()[0] for process in both]
    assert sorted(process.returncode for process in both) in ([0, 0], [0, 1])
    assert all("Traceback" not in text for text in told)
    assert SITE in tree(root / "site") and not beside(root)


def test_a_folder_in_a_place_that_is_not_ours_is_filled(tmp_path: Path, monkeypatch):
    (tmp_path / "site").mkdir()
    (tmp_path / "site/old.html").write_text("old")
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(Path, "rename", _refused)
    building = site_folder.Building(tmp_path / "site")
    assert building.folder.parent == tmp_path / "site"
    (building.folder / "index.html").write_text("new")
    building.swap_in()
    assert [path.name for path in (tmp_path / "site").iterdir()] == ["index.html"]


def _refused(self: Path, target: Path) -> Path:
    raise PermissionError(13, "Permission denied", str(self))


def test_a_full_disk_is_told_in_a_line_and_the_site_stays(make: Make):
    root = make({f"incidents/{ID}.md": RECORD})
    assert calmroom("-C", root, "build").returncode == 0
    before = tree(root / "site")
    limit = "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000)); import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); from calmroom.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", limit, "-C", root, "build"],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "generator")},
        check=False,
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert "File too large" in done.stderr
    assert tree(root / "site") == before and not beside(root)
