"""Compressed twins of a site's files, for hosts that hand them out instead of compressing each time."""

from __future__ import annotations

import gzip
from pathlib import Path

ENDINGS = frozenset({".html", ".css", ".js", ".json", ".xml", ".svg", ".csv", ".txt", ".ics", ".map"})
SMALLEST = 1_000
"""Bytes below which a twin saves nothing (one packet holds the file as it is)."""


def pack(folder: Path) -> int:
    """Write a `.gz` beside each file that is worth it, the same bytes every time; returns how many."""
    packed = 0
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        if file.suffix in ENDINGS and file.stat().st_size >= SMALLEST:
            twin = file.with_name(f"{file.name}.gz")
            twin.write_bytes(gzip.compress(file.read_bytes(), 9, mtime=0))
            packed += 1
    return packed
