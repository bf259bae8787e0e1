"""Finds Debian's chromium for the browser tests, and nginx for those of hosting; in CI it installs them.

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


def find_nginx() -> str | None:
    """Return the path of an nginx, which Debian puts where only root looks, or None."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def main() -> int:
    """Say what is there; in CI, install what is not."""
    if find_chromium() and find_nginx():
        return 0
    if os.environ.get("CI") != "true":
        for name, there in (("chromium", find_chromium()), ("nginx-light", find_nginx())):
            if not there:
                print(f"Some tests will be skipped: install {name} (Debian: sudo apt-get install {name}) to run them.")
        return 0
    sudo = [] if os.geteuid() == 0 else ["sudo"]
    for command in (
        ["apt-get", "update", "-qq"],
        [
            "apt-get",
            "install",
            "-y",
            "-qq",
            "--no-install-recommends",
            "chromium",
            "nginx-light",
            "openssl",
            "fonts-dejavu-core",
        ],
    ):
        subprocess.run([*sudo, *command], check=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    if not (find_chromium() and find_nginx()):
        print("CI needs chromium and nginx, and installing them did not bring them.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
