"""The site that stands already: what of it the next build would make again, byte for byte, is taken over instead.

A build notes for each file it makes the name of what that was made from (see `inputs`), the fingerprint of its content,
and what the file system says of it. The next build asks for a file by its name; where the old site has one of that name
and it is still the file that was written, the new site gets the same file as a hard link, or as a copy where a file
system knows none. So the folder beside the site is built whole as ever, and the old site is never touched.

The notes lie in the user's cache folder, not in the site: what lies in a site may be anybody's.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from calmroom import arrays

if TYPE_CHECKING:
    from calmroom.records.kept import Store

SORT = "site"
MOST = 8
"""So many folders of sites are remembered of one knowledge base; the one that was noted longest ago is forgotten."""


@dataclass(frozen=True, slots=True)
class Written:
    """A file of a site: what it is asked for by, what it was made from, its SHA-256, its size, time and number."""

    path: str
    name: str
    digest: str
    size: int
    changed: int
    number: int

    def is_as_written(self, found: os.stat_result) -> bool:
        """Say whether what the file system says of a file is what it said of this one when it was written."""
        return (found.st_size, found.st_mtime_ns, found.st_ino) == (self.size, self.changed, self.number)

    def is_at(self, place: str) -> bool:
        """Say whether what stands at a place is this file, as it was written."""
        try:
            found = os.lstat(place)
        except OSError:
            return False
        if not stat.S_ISREG(found.st_mode):
            return False
        if self.is_as_written(found):
            return True
        return found.st_size == self.size and _digest(place) == self.digest  # it was copied, or unpacked elsewhere


def write(place: str, path: str, name: str, content: bytes) -> Written:
    """Write a file, with the folders it stands in; returns what is noted of it."""
    try:
        file = open(place, "wb")  # noqa: PTH123, SIM115 (ten thousand of them)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH103, PTH120
        file = open(place, "wb")  # noqa: PTH123, SIM115
    with file:
        file.write(content)
        file.flush()
        found = os.fstat(file.fileno())
    digest = hashlib.sha256(content).hexdigest()
    return Written(path, name, digest, found.st_size, found.st_mtime_ns, found.st_ino)


class Standing:
    """The site at `target`, as it was noted, and the one that is built into `folder`.

    Without a store nothing is known of the old site, and nothing is noted of the new one. The `path` of a file is what
    it is asked for by: where it stands, or a name that stays where its place changes.
    """

    def __init__(self, store: Store | None, target: Path, folder: Path) -> None:
        self._store = store
        self._target = str(target)
        self._folder = str(folder)
        self._label = f"{SORT} {target}"
        self._before: Mapping[str, tuple[str, Written]] = _read(store, self._label)
        self._now: dict[str, tuple[str, Written]] = {}

    @classmethod
    def nothing(cls, folder: Path) -> Standing:
        """Return what is known where no site stood before: nothing."""
        return cls(None, folder, folder)

    def known(self, path: str, name: str) -> Written | None:
        """Return what is noted of a file of the old site, where it was made from what `name` names."""
        found = self._before.get(path)
        return found[1] if found and name and found[1].name == name else None

    def take(self, path: str, name: str, at: str = "") -> Written | None:
        """Take a file over that was made from what `name` names, and return what is noted of it.

        `at` is its place in the new site where that is not `path`. None is returned where there is no such file, or
        where it is not the one that was written.
        """
        found = self._before.get(path)
        if found is None or not name or found[1].name != name:
            return None
        place, written = found
        old = f"{self._target}/{place}"
        if not written.is_at(old):
            return None
        try:
            _same(old, self.place(at or path))
        except OSError:
            return None
        self.note(written, at)
        return written

    def place(self, path: str) -> str:
        """Return where a file of the new site is written."""
        return f"{self._folder}/{path}"

    def note(self, written: Written, at: str = "") -> None:
        """Note a file of the new site."""
        self._now[written.path] = (at or written.path, written)

    def fingerprints(self) -> dict[str, Written]:
        """Return what is noted of the new site's files, by where they stand."""
        return dict(self._now.values())

    def keep(self) -> None:
        """Keep the notes for the next build; called when the new site stands in the place of the old one."""
        if self._store is None:
            return
        named = [(place, one) for place, one in self._now.values() if one.name]
        values = {
            "paths": [one.path for _, one in named],
            "places": [place if place != one.path else "" for place, one in named],
            "names": [one.name for _, one in named],
            "digests": "".join(one.digest for _, one in named),
        }
        numbers = {
            column: np.array([getattr(one, column) for _, one in named], dtype=np.uint64)
            for column in ("size", "changed", "number")
        }
        self._store.keep_derived(self._label, b"", arrays.packed(values, numbers))
        self._store.forget_derived(SORT, MOST)


def _read(store: Store | None, label: str) -> Mapping[str, tuple[str, Written]]:
    found = store.derived(label) if store else None
    if not found:
        return {}
    with contextlib.suppress(ValueError, KeyError, TypeError):
        told, numbers = arrays.unpacked(found[1])
        size, changed, number = (numbers[column].tolist() for column in ("size", "changed", "number"))
        digests = told["digests"]
        rows = zip(told["paths"], told["places"], told["names"], size, changed, number, strict=True)
        return {
            path: (place or path, Written(path, name, digests[64 * at : 64 * at + 64], *rest))
            for at, (path, place, name, *rest) in enumerate(rows)
        }
    return {}


def _same(old: str, new: str) -> None:
    """Let one file stand in a second place."""
    try:
        os.link(old, new)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(new), exist_ok=True)  # noqa: PTH103, PTH120
        os.link(old, new)
    except FileExistsError:
        raise
    except OSError:  # a file system without links, or a site on another one
        os.makedirs(os.path.dirname(new), exist_ok=True)  # noqa: PTH103, PTH120
        shutil.copy2(old, new)


def _digest(place: str) -> str:
    with open(place, "rb") as file:  # noqa: PTH123
        return hashlib.file_digest(file, "sha256").hexdigest()
