"""Kills `build`, `import`, `new` and `library copy` at random moments and looks at what is left.

    python -m tests.hostile.kills [--kills 100] [--seed 1]

After every kill the sources are as they were, the site is one whole site (the old one or the new one), no record is
half written, and the next run ends well and leaves nothing beside.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from calmroom import knowledge
from tests.conftest import ID, RECORD, ROOT, SETTINGS
from tests.exchange.test_hostile_sources import HEAD, MAPPING

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT / "generator"), "SOURCE_DATE_EPOCH": "1776211200", "NO_COLOR": "1"}


def digest(folder: Path) -> str:
    """Return a hash of every file below a folder."""
    made = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        made.update(f"{path.relative_to(folder)}\0".encode())
        if path.is_file():
            made.update(path.read_bytes())
    return made.hexdigest()


def run(root: Path, *arguments: str, kill_after: float | None = None) -> bool:
    """Run a command, and kill it and all its children after so many seconds; returns whether it ended before."""
    process = subprocess.Popen(
        [sys.executable, "-m", "calmroom", "-C", str(root), *arguments],
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        process.wait(kill_after)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return False
    return process.returncode == 0


class Base:
    """A knowledge base to be hurt: sources to import, a record, a site."""

    def __init__(self, folder: Path) -> None:
        self.root, self.source = folder / "base", folder / "source"
        for name in ("incidents", "docs"):
            (self.root / name).mkdir(parents=True)
        settings = SETTINGS.replace("timezone: Europe/Berlin", "library: {playbooks: false, incidents: false}")
        (self.root / "mkdocs.yml").write_text(settings.replace("nav:", "#nav:"))
        (self.root / f"incidents/{ID}.md").write_text(RECORD)
        self.source.mkdir()
        for number in range(150):
            (self.source / f"{number}.md").write_text(HEAD.replace("A thing", f"Thing {number}") + "Text.\n" * 200)
        (self.source / "m.yml").write_text(MAPPING)
        assert run(self.root, "build", "--quiet")
        self.site = digest(self.root / "site")
        self.sources = digest(self.source)

    def build(self, after: float) -> bool:
        """Kill a build; the old site, or the same built anew, is there whole."""
        ended = run(self.root, "build", "--quiet", kill_after=after)
        assert digest(self.root / "site") == self.site, "the site is torn"
        return ended

    def bring(self, after: float) -> bool:
        """Kill an import; what is there is whole, and the next import completes it."""
        given = ("import", "markdown", str(self.source), "--map", str(self.source / "m.yml"), "--quiet")
        ended = run(self.root, *given, kill_after=after)
        assert digest(self.source) == self.sources, "the sources changed"
        assert not knowledge.read(self.root).errors, "a record is torn"
        assert run(self.root, *given), "the next import fails"
        assert len(list((self.root / "incidents").iterdir())) == 151, "something is missing or left over"
        for path in (self.root / "incidents").iterdir():
            if path.name != f"{ID}.md":
                path.unlink()
        return ended

    def copy(self, after: float) -> bool:
        """Kill `library copy` of everything; what is there is whole, and the next copy completes it."""
        given = ("library", "copy", "silence", "blame-in-the-room", "date-now")
        copied = self.root / "playbooks"
        ended = run(self.root, *given, kill_after=after)
        half = {path.relative_to(copied): path.read_bytes() for path in copied.rglob("*.*") if path.suffix != ".tmp"}
        shutil.rmtree(copied, ignore_errors=True)
        assert run(self.root, *given), "the next copy fails"
        assert all((copied / name).read_bytes() == content for name, content in half.items()), "a copied file is torn"
        assert not list(self.root.rglob(".*.tmp")), "something is left over"
        shutil.rmtree(copied)
        return ended

    def new(self, after: float) -> bool:
        """Kill `new`; a record is there whole or not at all."""
        given = ("new", "--title", "A thing", "--severity", "sev2", "--began", "2020-01-02")
        ended = run(self.root, *given, kill_after=after)
        made = self.root / "incidents/2020-01-02-a-thing.md"
        assert not knowledge.read(self.root).errors, "a record is torn"
        made.unlink(missing_ok=True)
        assert run(self.root, *given), "the next one fails"
        made.unlink()
        assert [path.name for path in (self.root / "incidents").iterdir()] == [f"{ID}.md"], "something is left over"
        return ended


def kills(count: int, seed: int, folder: Path) -> tuple[int, int]:
    """Kill so many times; returns how many were killed and how many had ended before."""
    base, chance = Base(folder), random.Random(seed)
    longest = {}
    for name, arguments in {
        "build": ("build", "--quiet"),
        "new": ("check",),
        "bring": ("check",),
        "copy": ("check",),
    }.items():
        begin = time.monotonic()
        run(base.root, *arguments)
        longest[name] = (time.monotonic() - begin) * (1.0 if name == "build" else 1.6)
    killed = 0
    for number in range(count):
        name = ("build", "bring", "new", "copy")[number % 4]
        killed += not getattr(base, name)(chance.uniform(0.1, longest[name]))
    assert run(base.root, "build", "--quiet") and digest(base.root / "site") == base.site
    assert not [path for path in base.root.iterdir() if path.name.startswith(".site")], "something is left over"
    return killed, count - killed


def main() -> None:
    """Run as the arguments say and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        killed, ended = kills(given.kills, given.seed, Path(folder))
    print(f"{killed} killed, {ended} had ended before; nothing torn, nothing lost, nothing left over")


if __name__ == "__main__":
    main()
