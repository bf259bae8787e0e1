"""The folder a site is built into: only an empty folder or a site may be one, and it is swapped in whole.

A folder is a site when it holds what every MkDocs site holds. Anything else stays as it is. A build writes into a
folder beside it, so that a build that fails or is killed leaves the site as it was.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

try:
    import fcntl
except ImportError:  # a system without locks on files: there two builds at once are not noticed
    fcntl = None  # type: ignore[assignment]

MARKS = ("sitemap.xml", "404.html")
"""Files MkDocs writes into every site with a theme, and nobody writes by hand into a folder of documents."""
INSIDE = ".building"
"""Where a site is built whose parent folder is not ours to write into."""
NEVER = (".git", "mkdocs.yml", "mkdocs.yaml")
"""What no site holds and every project does."""


def refusal(folder: Path, sources: Iterable[Path]) -> str | None:
    """Say in words why a site must not be built into `folder`, or None where it may be.

    `sources` are the folders and files of the knowledge base, none of which may lie in a folder that is emptied.
    """
    target = folder.resolve()
    if target.exists() and not target.is_dir():
        return f"{folder} is a file. Name a folder for the site."
    for source in sources:
        held = source.resolve()
        if held == target or held.is_relative_to(target) or (target.is_relative_to(held) and held.is_dir()):
            return f"{folder} holds the knowledge base itself ({source}), and a build empties it. Name another folder."
    held_names = {entry.name for entry in target.iterdir()} - {INSIDE} if target.is_dir() else set()
    if not held_names:
        return None
    if kept := sorted(held_names & set(NEVER)):
        return f"{folder} holds {kept[0]}: it is a project, not a site. Name an empty folder."
    if not held_names.issuperset(MARKS):
        return (
            f"{folder} holds something that is not a site, and a build would delete it. "
            "Name an empty folder, or one a site was built into."
        )
    return None


class BeingBuiltError(Exception):
    """Somebody else builds the same site at this moment."""


class Building:
    """A site while it is built: a folder beside its place, which takes that place when all of it is there.

    The folder is locked as long as the process lives, whatever becomes of it; what a killed build left in it is
    removed by the next.
    """

    def __init__(self, target: Path) -> None:
        """Make and lock the folder; raises `BeingBuiltError` where another build has it."""
        self.target = target.resolve()
        self.target.parent.mkdir(parents=True, exist_ok=True)
        self.folder = self.target.parent / f".{self.target.name}.building"
        self._before = self.target.parent / f".{self.target.name}.before"
        if self.target.is_dir() and not os.access(self.target.parent, os.W_OK):
            self.folder = self.target / INSIDE
        self._lock = self._locked()
        if not self.target.exists() and self._before.is_dir():
            self._before.rename(self.target)  # a build was killed between the two steps of its swap
        shutil.rmtree(self._before, ignore_errors=True)
        _empty(self.folder)

    def _locked(self) -> int:
        while True:
            self.folder.mkdir(exist_ok=True)
            lock = os.open(self.folder, os.O_RDONLY)
            try:
                if fcntl is not None:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if self.folder.exists() and os.path.samestat(os.fstat(lock), self.folder.stat()):
                    return lock
            except BlockingIOError:
                os.close(lock)
                raise BeingBuiltError(f"Another build of {self.target} is running. Wait for its end.") from None
            os.close(lock)  # another build has just ended and swapped this folder in

    def swap_in(self) -> None:
        """Put the new site into its place; what was there goes away."""
        try:
            if self.target.exists():
                self.target.rename(self._before)
            self.folder.rename(self.target)
        except OSError as error:
            if error.errno not in (errno.EBUSY, errno.EXDEV, errno.EACCES, errno.EPERM, errno.EINVAL):
                raise
            _empty(self.target, but=INSIDE)  # a place that is mounted or fixed cannot be renamed: its contents are
            for entry in list(self.folder.iterdir()):
                shutil.move(entry, self.target / entry.name)
        shutil.rmtree(self._before, ignore_errors=True)
        self.discard()

    def discard(self) -> None:
        """Take the folder away, if it is still there, and let go of the lock."""
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)


def _empty(folder: Path, but: str = "") -> None:
    for entry in os.scandir(folder):
        if entry.name == but:
            continue
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path)
        else:
            Path(entry.path).unlink()
