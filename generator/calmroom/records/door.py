"""The one door through which files of a knowledge base are read, whatever kind they are.

Git carries links that lead anywhere, and a file system holds folders, pipes and devices under names of files. Through
the door comes only a plain file that lies where it seems to lie, and of it no more than its bound.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from calmroom.records import text_file
from calmroom.records.diagnostics import Diagnostic, Position

Tell = Callable[[Diagnostic], None]

DEEPEST = 20
_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}


def refusal(file: Path, path: str, inside: Path, most: int | None = None) -> Diagnostic | None:
    """Say why a file must not be read, or None where it may be.

    `path` is what it is called, `inside` the folder in which it must lie, `most` the bytes it may have.
    """
    try:
        found = file.lstat()
        if file.parent != inside or stat.S_ISLNK(found.st_mode):
            if not file.resolve(strict=True).is_relative_to(inside.resolve()):
                return leads_out(path)
            found = file.stat()
    except (FileNotFoundError, RuntimeError):
        return leads_out(path) if file.is_symlink() else _unreadable(path, "it is not there any more")
    except OSError as error:
        return _unreadable(path, error.strerror or "the system refuses it")
    if not stat.S_ISREG(found.st_mode):
        kind = _KINDS.get(stat.S_IFMT(found.st_mode), "a device")
        return Diagnostic(
            "CR113", path, Position(), f"this is {kind}, not a file", "Put a plain file here, or take it away."
        )
    if most is not None and found.st_size > most:
        return text_file.too_large(found.st_size, path)
    return None


def read(file: Path, path: str, inside: Path, tell: Tell) -> bytes | None:
    """Return a file's bytes, or None after `tell` was called with what is wrong."""
    refused = refusal(file, path, inside, text_file.MAX_BYTES)
    if refused is None:
        try:
            # Without waiting: a pipe that has just taken the file's place has nothing to say.
            with os.fdopen(os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as opened:
                return opened.read(text_file.MAX_BYTES + 1)
        except OSError as error:
            refused = _unreadable(path, error.strerror or "the system refuses it")
    tell(refused)
    return None


def text(file: Path, path: str, inside: Path, tell: Tell) -> str | None:
    """Return a file's text, or None after `tell` was called with what is wrong."""
    content = read(file, path, inside, tell)
    if content is None:
        return None
    decoded, problems = text_file.decode(content, path)
    for problem in problems:
        tell(problem)
    return decoded


def entries(folder: Path, path: str, inside: Path, tell: Tell) -> list[os.DirEntry[str]]:
    """Return what a folder holds, in the order of names; nothing for one that is not there."""
    if not os.path.lexists(folder):
        return []
    try:
        if not folder.resolve(strict=True).is_relative_to(inside.resolve()):
            tell(leads_out(path))
            return []
        with os.scandir(folder) as listed:
            return sorted(listed, key=lambda entry: entry.name)
    except (FileNotFoundError, RuntimeError):
        tell(leads_out(path))
    except OSError as error:
        tell(_unreadable(path, error.strerror or "the system refuses it"))
    return []


def below(folder: Path, path: str, inside: Path, tell: Tell) -> Iterator[tuple[Path, str]]:
    """Yield every file below a folder with what it is called; no hidden one, none in a linked folder."""
    if path.count("/") > DEEPEST:
        message = f"folders are nested more than {DEEPEST} deep"
        tell(Diagnostic("CR108", path, Position(), message, "Move what is in it further up."))
        return
    for entry in entries(folder, path, inside, tell):
        if entry.name.startswith("."):
            continue
        name = f"{path}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            yield from below(Path(entry.path), name, inside, tell)
        else:
            yield Path(entry.path), name


def leads_out(path: str) -> Diagnostic:
    """Return the diagnostic for a link that leads elsewhere or nowhere."""
    message = "this link leads out of its folder, or nowhere"
    return Diagnostic("CR114", path, Position(), message, "Copy the file here instead.")


def _unreadable(path: str, why: str) -> Diagnostic:
    return Diagnostic("CR113", path, Position(), f"it cannot be read: {why}", "Check its permissions.")
