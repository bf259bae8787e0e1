"""Writing files so that nothing is lost: whole or not at all, and never over something that is there."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def _beside(path: Path, content: str) -> Iterator[Path]:
    """Write content into a temporary file beside `path` and give it; whatever happens, it is gone afterwards."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def create(path: Path, content: str) -> None:
    """Write a new file, whole or not at all.

    Raises `FileExistsError` when something is there already; it is left as it is.
    """
    with _beside(path, content) as temporary:
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(content)


def replace(path: Path, content: str) -> None:
    """Write a file that a command owns, whole or not at all, in place of what was there."""
    with _beside(path, content) as temporary:
        temporary.replace(path)
