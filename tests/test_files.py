"""Writing: whole or not at all, over nothing, readable by whom the umask says, and tidy after a kill."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from calmroom import files
from tests.conftest import ID, RECORD, Make, calmroom


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(("umask", "mode"), [(0o077, 0o600), (0o022, 0o644), (0o002, 0o664)])
def test_the_umask_says_who_may_read(umask, mode, tmp_path):
    before = os.umask(umask)
    try:
        files.create(tmp_path / "a.md", "x")
        files.replace(tmp_path / "b.md", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "a.md").stat().st_mode & 0o777 == mode
    assert (tmp_path / "b.md").stat().st_mode & 0o777 == mode


def test_what_a_killed_run_left_is_taken_away_and_nothing_else(tmp_path):
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    left = f".a.md.{dead.stdout.strip()}-0123abcd.tmp"
    for name in (left, f".b.md.{os.getpid()}-0123abcd.tmp", ".c.tmp", "d.md.1-0123abcd.tmp"):
        (tmp_path / name).write_text("x")
    files._looked_into.clear()
    files.create(tmp_path / "new.md", "y")
    assert left not in names(tmp_path)
    assert len(names(tmp_path)) == 4


@pytest.mark.parametrize("kind", ["file", "folder", "dead link"])
def test_nothing_that_is_there_is_written_over(kind, tmp_path):
    path = tmp_path / "a.md"
    if kind == "file":
        path.write_text("mine")
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to("nowhere")
    assert files.is_taken(path)
    with pytest.raises(FileExistsError):
        files.create(path, "x")
    assert names(tmp_path) == ["a.md"]


def test_files_that_belong_together_come_together_or_not_at_all(tmp_path):
    (tmp_path / "b").write_text("not a folder")
    with pytest.raises(OSError):
        files.create_all({tmp_path / "a": "1", tmp_path / "b" / "c": "2"})
    assert names(tmp_path) == ["b"]
    files.create(tmp_path / "a", "1")
    files.create_all({tmp_path / "a": "1", tmp_path / "d": "2"})
    assert names(tmp_path) == ["a", "b", "d"]


@pytest.mark.parametrize("name", ["kit.md", "kit.html"])
def test_a_kit_is_not_written_through_a_dead_link_and_goes_on_after_a_killed_run(name, make: Make, tmp_path_factory):
    root, folder = make({f"incidents/{ID}.md": RECORD}), tmp_path_factory.mktemp("kit")
    (folder / name).symlink_to("nowhere")
    done = calmroom("-C", root, "kit", ID, "--to", folder)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert names(folder) == [name]
    (folder / name).unlink()
    for _ in range(2):
        assert calmroom("-C", root, "kit", ID, "--to", folder).returncode == 0
        other = next(path for path in folder.iterdir() if path.name != name)
        other.unlink()  # as if the run had been killed before this one


def test_two_imports_at_once_give_the_same_records(make: Make, tmp_path_factory):
    from tests.exchange.test_hostile_sources import HEAD, MAPPING

    source, root = tmp_path_factory.mktemp("source"), make({"incidents/README.md": ""})
    for number in range(60):
        (source / f"{number}.md").write_text(HEAD.replace("A thing", f"Thing {number}"))
    (source / "m.yml").write_text(MAPPING)
    command = [
        sys.executable,
        "-m",
        "calmroom",
        "import",
        "markdown",
        source,
        "--map",
        source / "m.yml",
        "--into",
        root,
    ]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    told = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], told
    assert len(names(root / "incidents")) == 61
