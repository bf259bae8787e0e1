"""The library: playbooks, scripts, vocabulary, notification clocks and incidents that come with Calmroom.

Each file of it is an item with a kind and an id. A knowledge base has all of them unless its settings say otherwise;
a file of its own with the same kind and id takes an item's place whole.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import PurePosixPath

import yaml

from calmroom import __version__
from calmroom.shipped import LIBRARY

KINDS = {
    "incident": "incidents",
    "playbook": "playbooks",
    "script": "playbooks/scripts",
    "glossary": "playbooks/glossary",
    "obligations": "playbooks/obligations",
    "page": "docs",
}
"""Every kind of item, with the folder of the library in which its files lie."""

PAGES = ("start",)
"""The hand-written pages that belong to the handbook; other pages in this repository's `docs/` are about itself."""

PREFIX = "calmroom-library/"
"""What the path of an item begins with where it stands beside paths of the knowledge base."""

_NOTE = re.compile(
    r"^# Copied from Calmroom's library: (?P<kind>[a-z]+):(?P<id>[a-z0-9-]+), "
    r"version (?P<version>\S+), sha256 (?P<digest>[0-9a-f]{64})\.\n",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Item:
    """One file of the library: its kind, its id, and its path in the library."""

    kind: str
    id: str
    path: str

    @property
    def name(self) -> str:
        """The item as a command and a setting name it: `playbook:silence`."""
        return f"{self.kind}:{self.id}"

    @property
    def text(self) -> str:
        """What the file says."""
        return (LIBRARY / self.path).read_text("utf-8")


@dataclass(frozen=True)
class Origin:
    """What a copied file notes: the item it was copied from, in which version, and the hash of its text then."""

    kind: str
    id: str
    version: str
    digest: str


class Change(StrEnum):
    """What became of a copied file and its origin since."""

    NONE = "unchanged"
    YOURS = "changed by you"
    OURS = "changed in the library"
    BOTH = "changed by you and in the library"
    GONE = "no longer in the library"


@cache
def items() -> tuple[Item, ...]:
    """Return every item, kind by kind in the order of their ids."""
    return tuple(_items())


def _items() -> Iterator[Item]:
    for kind, folder in KINDS.items():
        base = LIBRARY / folder
        for file in sorted(base.iterdir()) if base.is_dir() else []:
            stem, ending = file.stem, file.suffix
            if ending not in (".md", ".yaml") or stem.lower() == "readme" or file.name.startswith((".", "_")):
                continue
            if kind == "page" and stem not in PAGES:
                continue
            yield Item(kind, stem, f"{folder}/{file.name}")


def named(written: str, among: Iterable[Item]) -> list[Item]:
    """Return the items that `silence` (of any kind) or `script:silence` (of one) names."""
    kind, colon, id_ = written.rpartition(":")
    return [item for item in among if item.id == id_ and (not colon or item.kind == kind)]


def names(among: Iterable[Item]) -> list[str]:
    """Return everything by which these items can be named."""
    listed = list(among)
    return [item.id for item in listed] + [item.name for item in listed]


def copied(item: Item) -> str:
    """Return an item's text with the note of where it was copied from: what a knowledge base keeps of its own."""
    text = item.text
    note = f"# Copied from Calmroom's library: {item.name}, version {__version__}, sha256 {_digest(text)}."
    head = "---\n" if text.startswith("---\n") else ""
    return f"{head}{note}\n{text.removeprefix(head)}"


def origin(text: str) -> Origin | None:
    """Return what a file notes of its origin, or None for one that was never copied."""
    found = _NOTE.search(text[:2000])
    return Origin(found["kind"], found["id"], found["version"], found["digest"]) if found else None


def without_note(text: str) -> str:
    """Return a copied file's text as it stood in the library, if nobody changed it."""
    return _NOTE.sub("", text, count=1)


def change(text: str) -> Change | None:
    """Say what became of a copied file and of its origin; None for a file that was never copied."""
    noted = origin(text)
    if noted is None:
        return None
    item = next((item for item in items() if (item.kind, item.id) == (noted.kind, noted.id)), None)
    if item is None:
        return Change.GONE
    yours = _digest(without_note(text)) != noted.digest
    ours = _digest(item.text) != noted.digest
    if yours and ours:
        return Change.BOTH
    return Change.YOURS if yours else Change.OURS if ours else Change.NONE


def difference(text: str, item: Item, path: str) -> str:
    """Return how an own file differs from the library's, as a unified diff; nothing where they say the same."""
    before, after = item.text, without_note(text)
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), f"library/{item.path}", path, "", "", lineterm=""
    )
    return "\n".join(lines)


def title(item: Item) -> str:
    """Return what an item is called, as its file says it."""
    if item.kind in ("glossary", "obligations"):
        entries = len(re.findall(r"^[a-z0-9][a-z0-9-]*:", item.text, re.MULTILINE))
        return f"{entries} {'terms' if item.kind == 'glossary' else 'notification rules'}"
    found = re.search(r"^title: .+$", item.text, re.MULTILINE)
    if found:
        return str(yaml.safe_load(found[0])["title"])
    heading = re.search(r"^# (?!yaml-language-server)(.+)$", item.text, re.MULTILINE)
    return heading[1] if heading else item.id


def own_path(item: Item, incidents: str, playbooks: str, section: str | None = None) -> str:
    """Return where a knowledge base with these folders keeps its own file in place of an item."""
    inside = PurePosixPath(item.path)
    if item.kind == "incident":
        return f"{incidents}/{inside.name}"
    if item.kind == "page":
        return f"docs/{section}/{inside.name}" if section else item.path
    return f"{playbooks}/{inside.relative_to('playbooks').as_posix()}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
