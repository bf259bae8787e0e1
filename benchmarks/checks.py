"""`make bench-checks`: what an author waits for: one changed record, and all of them, in a large knowledge base.

    python -m benchmarks.checks [--records 10000] [--rounds 5]

Each command is a process of its own, in turn, in one run; the smallest, median and largest wall time are printed, and
the ratio of the medians. The records are synthetic and committed to a Git repository of their own; one is changed.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import synthetic

COMMANDS = {"check --since": ("check", "--since", "HEAD"), "check": ("check",)}


def main() -> None:
    """Make the knowledge base, run the commands in turn, print their times."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        synthetic.write_records(root, given.records)
        git = ["git", "-C", name, "-c", "user.name=Bench", "-c", "user.email=bench@example.com"]
        for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "All"]):
            subprocess.run([*git, *arguments], check=True)
        changed = sorted((root / "incidents").iterdir())[given.records // 2]
        changed.write_text(changed.read_text("utf-8") + "\nOne more sentence.\n", "utf-8")
        times: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for number in range(given.rounds):
            for name, arguments in COMMANDS.items():
                if name == "check" and number >= max(1, given.rounds // 3):
                    continue  # it takes long, and varies less
                start = time.perf_counter()
                command = [sys.executable, "-m", "calmroom", "-C", str(root), *arguments]
                subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
                times[name].append(time.perf_counter() - start)
        for name, taken in times.items():
            print(f"{name}: {min(taken):.2f} / {statistics.median(taken):.2f} / {max(taken):.2f} s (n = {len(taken)})")
        ratio = statistics.median(times["check --since"]) / statistics.median(times["check"])
        print(f"one changed record of {given.records:,}: {ratio:.3f} of all")


if __name__ == "__main__":
    main()
