"""Finds Debian's chromium for the browser tests; in CI it installs it.

`python -m tests.browser.find` is what `make test` runs first: it says what to install where there is none.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def find_chromium() -> str | None:
    """Return the path of a chromium, or None."""
    given = os.environ.get("CHROMIUM")
    if given:
        return given
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def main() -> int:
    """Say what is there; in CI, install what is not."""
    if find_chromium():
        return 0
    if os.environ.get("CI") != "true":
        print("Browser tests will be skipped: install chromium (Debian: sudo apt-get install chromium) to run them.")
        return 0
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"],
    ):
        subprocess.run([*sudo, *command], check=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    if not find_chromium():
        print("CI needs chromium, and installing it did not bring it.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
