"""`make bench`: our build against plain MkDocs and Material on the same pages, in turn, in one run.

    python -m benchmarks.build [--records 1000] [--rounds 3] [--large 10000]

Each build is a process of its own; wall and CPU seconds and peak memory are the operating system's account of it.
What is quoted is the ratio of a pair of neighbouring runs: single figures drift with the machine. `--large 0` leaves
the large build out.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks import synthetic

PAGES = "-m", "mkdocs", "build", "-q", "-d", "site"


@dataclass(frozen=True)
class Run:
    """What one build took: wall and CPU seconds, peak memory in MB."""

    wall: float
    cpu: float
    memory: float


def timed(folder: Path) -> Run:
    """Build the site in `folder` in a process of its own."""
    shutil.rmtree(folder / "site", ignore_errors=True)
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, *PAGES], cwd=folder, env={**os.environ, "NO_MKDOCS_2_WARNING": "1"})
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    if status:
        raise SystemExit(f"the build in {folder} failed")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def main() -> None:
    """Write the records, build in turn, print every run and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--large", type=int, default=10_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        synthetic.write_records(folder / "ours", given.records)
        synthetic.write_plain(folder / "plain", given.records)
        size = sum(path.stat().st_size for path in (folder / "ours/incidents").iterdir()) / given.records / 1000
        print(
            f"{given.records:,} records of {size:.1f} KB on {os.cpu_count()} cores; {given.rounds} rounds after a warm-up\n"
        )
        timed(folder / "ours"), timed(folder / "plain")
        pairs = []
        print("                  wall s    CPU s   peak MB")
        for number in range(1, given.rounds + 1):
            pair = timed(folder / "ours"), timed(folder / "plain")
            pairs.append(pair)
            for label, run in zip(("calmroom", "plain"), pair, strict=True):
                print(f"{number}  {label:<12}{run.wall:9.2f}{run.cpu:9.2f}{run.memory:10.0f}")
        print("\nratio calmroom / plain, pair by pair (minimum, median, maximum)")
        for field in ("wall", "cpu", "memory"):
            ratios = sorted(getattr(ours, field) / getattr(plain, field) for ours, plain in pairs)
            print(f"   {field:<12}{ratios[0]:9.2f}{statistics.median(ratios):9.2f}{ratios[-1]:10.2f}")
        if given.large:
            synthetic.write_records(folder / "large", given.large)
            small, large = timed(folder / "ours"), timed(folder / "large")
            print(f"\n{given.large:,} records   {large.wall:9.2f}{large.cpu:9.2f}{large.memory:10.0f}")
            print(
                f"ratio to {given.records:,}   {large.wall / small.wall:9.2f}{large.cpu / small.cpu:9.2f}{large.memory / small.memory:10.2f}"
            )


if __name__ == "__main__":
    main()
