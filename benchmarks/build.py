"""`make bench`: our build against plain MkDocs and Material on the same pages, in turn, in one run.

    python -m benchmarks.build [--records 100 1000 10000] [--rounds 5]

Each build is a process of its own; wall and CPU seconds and peak memory (of the largest single process) are the
operating system's account of it. What is quoted is the ratio of neighbouring runs: single figures drift with the
machine. `cold` begins without anything kept, `no change` changes nothing since, `one edit` adds a sentence to a record,
`one fact` changes its severity, `one word` a term of the glossary; all of ours have the whole handbook in them.
`zensical` builds the same Markdown as plain MkDocs, where it is installed (`make test` does). Afterwards it says how
large the pages are.
"""

from __future__ import annotations

import argparse
import gzip
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks import synthetic

ZENSICAL = Path(sys.prefix) / "builders" / "bin" / "zensical"
PAGES = "-m", "mkdocs", "build", "-q", "-d", "site"
SHOWN = ("incidents", "trends", "actions", "patterns", "glossary", "factors/change")
TERM = """zebra-crossing:
  term: zebra crossing
  precise: [{text: A place to cross., field: facilitation, source: A street}]
  plain: A place to cross.
  misused: As a bridge.
  executive: A safe way over.
  asked: [where do I cross]
"""


@dataclass(frozen=True)
class Run:
    """What one build took: wall and CPU seconds, peak memory in MB."""

    wall: float
    cpu: float
    memory: float


def timed(folder: Path, cache: Path, command: Sequence[str] = (sys.executable, *PAGES)) -> Run:
    """Build the site in `folder` in a process of its own, with what is kept in `cache`."""
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "CALMROOM_CACHE": str(cache)}
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"the build in {folder} failed")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def pair(root: Path, number: int) -> dict[str, Run]:
    """Build in turn: plain, Zensical, ours cold, with no change, after an edit, a changed fact, a changed term."""
    ours, cache = root / "ours", root / "cache"
    for old in (root / "plain" / "site", root / "plain" / ".cache", ours / "site", cache):
        shutil.rmtree(old, ignore_errors=True)
    runs = {"plain": timed(root / "plain", cache)}
    if ZENSICAL.is_file():
        shutil.rmtree(root / "plain" / "site")
        try:
            runs["zensical"] = timed(root / "plain", cache, (str(ZENSICAL), "build"))
        except SystemExit:
            print("zensical could not build this")  # its search refuses a list of ten thousand incidents on one page
    runs |= {"cold": timed(ours, cache), "no change": timed(ours, cache)}
    changed = sorted((ours / "incidents").iterdir())[number]
    text = f"{changed.read_text('utf-8')}\nOne more sentence, number {number}.\n"
    changed.write_text(text, "utf-8")
    runs["one edit"] = timed(ours, cache)
    changed.write_text(re.sub(r"severity: sev\d", f"severity: sev{number % 4 + 1}", text, count=1), "utf-8")
    runs["one fact"] = timed(ours, cache)
    glossary = ours / "playbooks" / "glossary" / "ours.yaml"
    glossary.parent.mkdir(parents=True, exist_ok=True)
    glossary.write_text(TERM.replace("A place", f"Place {number}"), "utf-8")
    runs["one word"] = timed(ours, cache)
    return runs


def sizes(site: Path) -> None:
    """Print how large the pages that grow are, and an incident's, as they are and compressed."""
    incident = next(path for path in sorted((site / "incidents").iterdir()) if "-incident-" in path.name)
    for name in (*SHOWN, f"incidents/{incident.name}"):
        page = site / name / "index.html"
        if page.is_file():
            content = page.read_bytes()
            print(f"   {name[:34]:<36}{len(content) / 1000:8.0f} KB{len(gzip.compress(content)) / 1000:8.0f} KB gz")
    for label, folder in (("search index", site / "assets" / "search"), ("whole site", site)):
        total = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        print(f"   {label:<36}{total / 1_000_000:8.0f} MB")


def measure(count: int, rounds: int) -> None:
    """Measure one size: write the records, build in turn, print medians, ratios and sizes."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        synthetic.write_records(root / "ours", count)
        synthetic.write_plain(root / "plain", count)
        found = [pair(root, number) for number in range(rounds)]
        print(f"\n{count:,} records on {os.cpu_count()} cores, {rounds} rounds")
        print("             wall s    CPU s   peak MB   ratio of wall to plain (min, median, max)")
        for label in [label for label in found[0] if all(label in one for one in found)]:
            runs = [one[label] for one in found]
            middle = [statistics.median(getattr(run, field) for run in runs) for field in ("wall", "cpu", "memory")]
            ratios = sorted(one[label].wall / one["plain"].wall for one in found)
            told = f"{ratios[0]:10.2f}{statistics.median(ratios):8.2f}{ratios[-1]:8.2f}"
            print(f"{label:<10}{middle[0]:9.2f}{middle[1]:9.2f}{middle[2]:10.0f}{told if label != 'plain' else ''}")
        sizes(root / "ours" / "site")


def main() -> None:
    """Measure each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="+", default=[100, 1_000, 10_000])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    for count in given.records:
        measure(count, given.rounds)


if __name__ == "__main__":
    main()
