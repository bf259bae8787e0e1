"""Writing files so that nothing is lost: whole or not at all, and never over something that is there.

A file is written under a name of its own beside its place and then put there. The name says which process writes it,
so that what a killed run left is known and taken away by the next one that writes into the folder.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path

_LEFT = re.compile(r"\..{1,255}\.([0-9]{1,10})-[0-9a-f]{8}\.tmp")
_looked_into: set[Path] = set()


@contextlib.contextmanager
def _beside(path: Path, content: str) -> Iterator[Path]:
    """Write content into a temporary file beside `path` and give it; whatever happens, it is gone afterwards.

    Who may read it is for the process' umask to say, as with any file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _clear_away(path.parent)
    temporary = path.parent / f".{path.name[:100]}.{os.getpid()}-{secrets.token_hex(4)}.tmp"
    handle = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


def _clear_away(folder: Path) -> None:
    """Remove temporary files whose process was killed, once for each folder."""
    if folder in _looked_into:
        return
    _looked_into.add(folder)
    for entry in os.scandir(folder):
        found = _LEFT.fullmatch(entry.name)
        if found and entry.is_file(follow_symlinks=False) and not is_running(int(found.group(1))):
            Path(entry.path).unlink(missing_ok=True)


def is_running(process: int) -> bool:
    """Say whether a process of this machine is there."""
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        pass
    return True


def holds(path: Path, content: str) -> bool:
    """Say whether a file is there and holds exactly this."""
    wanted = content.encode()
    return path.is_file() and path.stat().st_size == len(wanted) and path.read_bytes() == wanted


def is_taken(path: Path) -> bool:
    """Say whether something is at a path already: a file, a folder, a link even if it leads nowhere."""
    return os.path.lexists(path)


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


def create_all(contents: Mapping[Path, str]) -> None:
    """Write new files that belong together; one that holds the same already, as after a killed run, is left.

    When the system refuses one, those that were written are taken away again.
    """
    written: list[Path] = []
    try:
        for path, content in contents.items():
            if not holds(path, content):
                create(path, content)
                written.append(path)
    except OSError:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def replace(path: Path, content: str) -> None:
    """Write a file that a command owns, whole or not at all, in place of what was there."""
    with _beside(path, content) as temporary:
        temporary.replace(path)
