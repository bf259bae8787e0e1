"""`make third-party`: write THIRD_PARTY.md, the packages an installation brings and their licences."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from requirements.pins import Pin, read

FILE = Path(__file__).parent.parent / "THIRD_PARTY.md"
READ = {"colorama": "BSD-3-Clause", "pywin32": "PSF-2.0", "pywin32-ctypes": "BSD-3-Clause", "quickjs-ng": "MIT"}
"""Licences that were read by hand: of packages for other systems, and of one that has only the text with it."""
SPDX = {
    "MIT License": "MIT", "The MIT License": "MIT", "MIT license": "MIT", "BSD": "BSD-3-Clause", "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0", "Apache 2.0": "Apache-2.0", "Apache License 2.0": "Apache-2.0",
    "BSD-3": "BSD-3-Clause", "3-Clause BSD License": "BSD-3-Clause", "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0", "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense", "BSD 3-Clause License": "BSD-3-Clause", "BSD 3-Clause": "BSD-3-Clause",
    "The 3-Clause BSD License": "BSD-3-Clause",
}  # fmt: skip
"""What packages call their licences, each with its short name (SPDX)."""
BUNDLED = (
    ("Mermaid (`assets/mermaid.js`, published with every site)", "11.16", "MIT", "brought by mermaidx"),
    ("Material for MkDocs' styles and scripts (published with every site)", "", "MIT", "brought by mkdocs-material"),
    ("Material Design Icons, as SVG in pages", "", "Apache-2.0", "brought by mkdocs-material"),
)


def licence(pin: Pin) -> str:
    """Return the short name of a package's licence, from its own metadata; raises KeyError where it names none."""
    try:
        about = metadata.metadata(pin.name)
    except metadata.PackageNotFoundError:
        return READ[pin.name]
    if expression := about.get("License-Expression"):
        return str(expression)
    named = [line.split(" :: ")[-1] for line in about.get_all("Classifier") or () if line.startswith("License :: ")]
    written = str(about.get("License") or "").strip().split("\n")[0]
    for candidate in (written, *named):
        if candidate in SPDX or candidate in SPDX.values():
            return SPDX.get(candidate, candidate)
    if pin.name in READ:
        return READ[pin.name]
    raise KeyError(f"{pin.name}: {written or named}")


def text() -> str:
    """Return the whole page."""
    rows = [
        f"| {pin.name} | {pin.version} | {licence(pin)} | {pin.condition.replace('|', '/') or ''} |" for pin in read()
    ]
    bundled = [f"| {what} | {version} | {terms} | {how} |" for what, version, terms, how in BUNDLED]
    return "\n".join(
        [
            "# Third-party software", "",
            "What an installation of Calmroom brings, with the licence each package names in its own metadata (SPDX).",
            "`make third-party` writes this page, a test compares it with the pins, and `make wheel` puts a software bill of",
            "materials (CycloneDX) with every hash beside the wheel.", "",
            "## In every site it builds", "", "| what | version | licence | |", "|---|---|---|---|", *bundled, "",
            "## Packages", "", "| package | version | licence | only where |", "|---|---|---|---|", *rows, "",
        ]
    )  # fmt: skip


if __name__ == "__main__":
    FILE.write_text(text(), "utf-8")
    print(f"Wrote {FILE.name}: {len(read())} packages.")
