"""Compressed twins of a site's files, for hosts that hand them out instead of compressing each time."""

from __future__ import annotations

import gzip
from pathlib import Path

from calmroom.site import standing
from calmroom.site.standing import Standing

ENDINGS = frozenset({".html", ".css", ".js", ".json", ".xml", ".svg", ".csv", ".txt", ".ics", ".map"})
LEVEL = 9
SMALLEST = 1_000
"""Bytes below which a twin saves nothing (one packet holds the file as it is)."""


def pack(folder: Path, inside: str, old: Standing) -> int:
    """Write a `.gz` beside each file that is worth it, the same bytes every time; returns how many.

    `folder` is the site that is built, or `inside` it the part that is ours; those of files that are as they were are
    taken over from the `old` site.
    """
    packed, noted = 0, old.fingerprints()
    for file in sorted(path for path in (folder / inside).rglob("*") if path.is_file()):
        if file.suffix in ENDINGS and file.stat().st_size >= SMALLEST:
            path = file.relative_to(folder).as_posix()
            name = f"{LEVEL} {noted[path].digest}" if path in noted else ""
            twin = f"{path}.gz"
            if not old.take(twin, name):
                content = gzip.compress(file.read_bytes(), LEVEL, mtime=0)
                old.note(standing.write(old.place(twin), twin, name, content))
            packed += 1
    return packed
