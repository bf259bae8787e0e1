"""`build.json`: from what a site was built, and the fingerprint of each of its files.

It stands in the site (or in Calmroom's section of one) and says nothing that changes from one build of a commit to the
next. `verify` compares a folder with it: what was changed, taken away or put there since.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol

from calmroom import __version__

FILE = "build.json"
FORMAT = 1
PACKAGES = ("mkdocs", "mkdocs-material", "mermaidx", "vl-convert-python", "jinja2")
"""Packages whose version changes what pages look like."""
BLOCK = 1 << 20


@dataclass(frozen=True)
class Difference:
    """How a file of a site differs from what was built: `changed`, `missing` or `added`."""

    path: str
    how: str


class NotAManifestError(ValueError):
    """A folder has no `build.json`, or one that cannot be understood; the text says which."""


def text(
    root: Path,
    sources: Sequence[str],
    folder: Path,
    edition: str,
    day: str,
    known: Mapping[str, Known] | None = None,
    *,
    redacted: bool,
) -> str:
    """Return the manifest of the files in `folder`, built from the `sources` of the knowledge base at `root`.

    `known` are files by their path of which somebody noted the fingerprint when they were written.
    """
    made = {
        "format": FORMAT,
        "calmroom": __version__,
        "commit": None if redacted else commit(root, sources),
        "edition": edition,
        "redacted": redacted,
        "day": day,
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "files": dict(fingerprints(folder, known or {})),
    }
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def commit(root: Path, sources: Sequence[str]) -> str | None:
    """Return the commit a knowledge base stands at, `-changed` after it where its sources differ; None outside Git."""
    try:
        head = _git(root, "rev-parse", "HEAD").strip()
        changed = _git(root, "status", "--porcelain", "--untracked-files=normal", "--", *sources).strip()
    except (OSError, subprocess.CalledProcessError):
        return None
    return f"{head}-changed" if changed else head


class Known(Protocol):
    """A file whose fingerprint was noted when it was written."""

    @property
    def digest(self) -> str:
        """Its SHA-256."""

    def is_as_written(self, found: os.stat_result) -> bool:
        """Say whether what the file system says of a file is what it said of this one when it was written."""


def fingerprints(folder: Path, known: Mapping[str, Known] = MappingProxyType({})) -> Iterator[tuple[str, str]]:
    """Yield each file of a site by its path, in order, with its SHA-256; the manifest itself is not among them."""
    top = str(folder)
    every = [f"{place}/{name}" for place, _, names in os.walk(top) for name in names]
    for name, file in sorted((file[len(top) + 1 :].replace(os.sep, "/"), file) for file in every):
        if name == FILE or not os.path.isfile(file):  # noqa: PTH113 (forty thousand of them)
            continue
        noted = known.get(name)
        if noted is not None and noted.is_as_written(os.stat(file)):  # noqa: PTH116
            yield name, noted.digest
        else:
            with open(file, "rb") as opened:  # noqa: PTH123
                yield name, hashlib.file_digest(opened, "sha256").hexdigest()


def verify(folder: Path) -> tuple[dict[str, Any], list[Difference]]:
    """Return what the manifest of a site says, and how the site differs from it."""
    try:
        said = json.loads((folder / FILE).read_text("utf-8"))
    except FileNotFoundError:
        raise NotAManifestError(
            f"There is no {FILE} in {folder}, which Calmroom writes into every site it builds."
        ) from None
    except (ValueError, OSError) as error:
        raise NotAManifestError(f"{folder / FILE} cannot be read: {error}.") from None
    files = said.get("files") if isinstance(said, dict) and said.get("format") == FORMAT else None
    if not isinstance(files, dict):
        raise NotAManifestError(f"{folder / FILE} has another format than this version of Calmroom writes.")
    there = dict(fingerprints(folder))
    found = [Difference(name, "missing") for name in files if name not in there]
    found += [Difference(name, "changed") for name in files if name in there and there[name] != files[name]]
    found += [Difference(name, "added") for name in there if name not in files]
    return said, sorted(found, key=lambda difference: difference.path)


def _git(root: Path, *arguments: str) -> str:
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603
    return done.stdout
