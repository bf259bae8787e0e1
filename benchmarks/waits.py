"""`make bench`: what an author waits for: a command that asks one question, and a saved edit in the preview.

    python -m benchmarks.waits [--records 1000 10000] [--rounds 5]

Each command is a process of its own, in turn, after the knowledge base was read once; smallest, median and largest wall
time are printed. The records are synthetic and committed to a Git repository of their own; one is changed. In the
preview a record is saved, and asked for until the page shows the change.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from benchmarks import synthetic

SETTLED = 2.5
"""Seconds after which a changed file no longer counts as one that may change within the same tick of the clock."""


def commands(root: Path, changed: Path, rounds: int, environment: dict[str, str]) -> None:
    """Time the commands."""
    asked = {
        "check --since": ("check", "--since", "HEAD"),
        "search": ("search", "firewall token"),
        "similar": ("similar", changed.stem),
        "actions": ("actions", "--overdue", "--owner", "Nobody"),
        "brief": ("brief", changed.stem),
        "check": ("check",),
    }
    times: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(rounds + 1):
        for name, arguments in asked.items():
            if name == "check" and number > max(1, rounds // 3):
                continue  # it takes long, and varies less
            start = time.perf_counter()
            command = [sys.executable, "-m", "calmroom", "-C", str(root), *arguments]
            subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False, env=environment)
            if number:  # the first round reads the knowledge base
                times[name].append(time.perf_counter() - start)
    for name, taken in times.items():
        told(f"calmroom {name}", taken)


def preview(root: Path, changed: Path, rounds: int, environment: dict[str, str]) -> None:
    """Time how long a saved edit takes into the browser."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "calmroom", "-C", str(root), "serve", "--address", f"127.0.0.1:{port}"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    address = f"http://127.0.0.1:{port}/incidents/{changed.stem}/"
    try:
        first = wait(address, lambda page: "calm-incident" in page)
        before, taken = changed.read_text("utf-8"), []
        for number in range(rounds):
            time.sleep(SETTLED)
            changed.write_text(f"{before}\nSeen for the time number {number}.\n", "utf-8")
            taken.append(wait(address, lambda page, number=number: f"time number {number}." in page))
        told("preview: first page", [first])
        told("preview: edit saved → seen", taken)
    finally:
        process.terminate()
        process.wait()


def wait(address: str, fits: Callable[[str], bool]) -> float:
    """Return after how many seconds a page fits."""
    start = time.perf_counter()
    while time.perf_counter() - start < 300:
        try:
            with urllib.request.urlopen(address, timeout=120) as answer:
                if fits(answer.read().decode()):
                    return time.perf_counter() - start
        except OSError:
            pass
        time.sleep(0.02)
    raise SystemExit(f"{address} never came")


def told(name: str, taken: list[float]) -> None:
    """Print one line."""
    print(f"   {name:<28}{min(taken):7.2f}{statistics.median(taken):7.2f}{max(taken):7.2f} s (n = {len(taken)})")


def main() -> None:
    """Make the knowledge bases, time commands and preview."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    for count in given.records:
        with tempfile.TemporaryDirectory() as name:
            root = Path(name) / "kb"
            synthetic.write_records(root, count)
            git = ["git", "-C", str(root), "-c", "user.name=Bench", "-c", "user.email=bench@example.com"]
            for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "All"]):
                subprocess.run([*git, *arguments], check=True)
            changed = sorted((root / "incidents").iterdir())[count // 2]
            changed.write_text(changed.read_text("utf-8") + "\nOne more sentence.\n", "utf-8")
            environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "CALMROOM_CACHE": str(Path(name) / "cache")}
            print(f"\n{count:,} records on {os.cpu_count()} cores: seconds, smallest, median, largest")
            commands(root, changed, given.rounds, environment)
            preview(root, changed, given.rounds, environment)


if __name__ == "__main__":
    main()
