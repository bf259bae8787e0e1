"""`make bench`: how a page opens in a real browser: largest paint, layout shift, blocking, on a site of many records.

    python -m benchmarks.pages [--records 10000] [--rounds 5]

Each page is opened in a browser profile of its own, from a server on this machine that compresses nothing, 1280 × 900,
until its diagrams are drawn and nothing is left to do. Printed are medians: milliseconds until the page could be used
(`domInteractive`) and until its largest paint; the sum of layout shifts (0 is none; 0.1 is what web.dev calls good);
and for how long tasks of over 50 ms held the page up, beyond those 50 ms each (total blocking time).
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import synthetic
from tests.browser.find import find_chromium
from tests.conftest import served

SCREENS = {"wide": (1280, 900), "phone": (360, 740)}
WATCH = """
window.seen = { paint: 0, shift: 0, blocked: 0 };
const watch = (type, see) => new PerformanceObserver((list) => list.getEntries().forEach(see)).observe({ type, buffered: true });
watch("largest-contentful-paint", (entry) => (window.seen.paint = entry.startTime));
watch("layout-shift", (entry) => { if (!entry.hadRecentInput) window.seen.shift += entry.value; });
watch("longtask", (entry) => (window.seen.blocked += Math.max(0, entry.duration - 50)));
"""
SETTLED = """() => document.readyState === "complete" &&
  (!document.querySelector(".calm-diagram") || document.documentElement.dataset.calmDiagrams === "done")"""


def opened(browser: Any, address: str, screen: tuple[int, int]) -> dict[str, float]:
    """Open a page as somebody who was never here, and return what was seen."""
    width, height = screen
    context = browser.new_context(viewport={"width": width, "height": height})
    try:
        page = context.new_page()
        page.add_init_script(WATCH)
        page.goto(address)
        page.wait_for_function(SETTLED)
        page.evaluate("() => new Promise((done) => requestIdleCallback(done))")
        seen: dict[str, float] = page.evaluate("() => window.seen")
        seen["usable"] = page.evaluate("() => performance.getEntriesByType('navigation')[0].domInteractive")
        return seen
    finally:
        context.close()


def main() -> None:
    """Build a site of synthetic records and open its pages."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    executable = find_chromium()
    if executable is None:
        print("No chromium here, so no page was opened: apt-get install chromium")
        return
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        root = Path(name)
        synthetic.write_records(root / "kb", given.records)
        command = [sys.executable, "-m", "calmroom", "-C", str(root / "kb"), "build", "--quiet"]
        environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "CALMROOM_CACHE": str(root / "cache")}
        subprocess.run(command, check=True, env=environment)
        incident = sorted((root / "kb" / "incidents").iterdir())[given.records // 2].stem
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox", "--disable-gpu"])
        print(f"\n{given.records:,} records, {given.rounds} rounds: medians")
        print("                               usable ms  largest paint ms   layout shift  blocked ms")
        with served(root / "kb" / "site") as address:
            for path in (f"incidents/{incident}/", "incidents/", "actions/", "trends/", "search/", ""):
                for screen, size in SCREENS.items():
                    rounds = [opened(browser, address + path, size) for _ in range(given.rounds)]
                    usable, paint, shift, blocked = (
                        statistics.median(one[key] for one in rounds) for key in ("usable", "paint", "shift", "blocked")
                    )
                    label = f"{path.split('/')[0] or 'start'}{' (one)' if path.count('/') > 1 else ''}, {screen}"
                    print(f"   {label:<28}{usable:9.0f}{paint:18.0f}{shift:15.3f}{blocked:12.0f}")
        browser.close()


if __name__ == "__main__":
    main()
