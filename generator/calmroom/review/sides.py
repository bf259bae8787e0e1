"""The two sides of a review: what each changed file was and is, read as records and handbook, each on its own.

A side that cannot be read says so and hides no other file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from calmroom import git, knowledge
from calmroom.checks import quality, register
from calmroom.checks.subject import Context
from calmroom.records import door, text_file
from calmroom.records.diagnostics import Diagnostic, Level, Position
from calmroom.records.model import Record
from calmroom.records.reader import RECORD_NAMES, Found, Inspected, parse_record, with_source
from calmroom.records.settings import FILE, Settings, from_text
from calmroom.records.taxonomy import Taxonomies


@dataclass(frozen=True)
class Side:
    """One version of one file: its text, its record, what is found in it; nothing where the file is not there."""

    text: str | None = None
    record: Record | None = None
    findings: tuple[Diagnostic, ...] = ()
    unreadable: str = ""


@dataclass(frozen=True)
class Pair:
    """A changed file on both sides, with the kind of what it holds and its id."""

    kind: str
    id: str
    change: git.Change
    before: Side = field(default_factory=Side)
    after: Side = field(default_factory=Side)

    @property
    def was(self) -> str:
        """The id it had before."""
        return id_of(self.change.before)


@dataclass(frozen=True)
class Sides:
    """Everything that changed, and the settings of both sides."""

    pairs: tuple[Pair, ...]
    before: Settings
    after: Settings
    others: tuple[str, ...] = ()


def id_of(path: str) -> str:
    """Return the id that a path gives: the file's name, or its folder's where the file is called record."""
    parts = path.split("/")
    return parts[-2] if parts[-1] in RECORD_NAMES and len(parts) > 1 else parts[-1].rsplit(".", 1)[0]


def kind_of(path: str, settings: Settings) -> str:
    """Return what a file holds by where it lies; empty for one that is none of ours."""
    inside, handbook = f"{settings.incidents}/", f"{settings.playbooks}/"
    name = path.rsplit("/", 1)[-1]
    if name.startswith((".", "_")) or name.lower() == "readme.md":
        return ""
    if path.startswith(inside):
        rest = path[len(inside) :].split("/")
        plain = len(rest) == 1 and name.endswith((".md", ".yaml", ".yml"))
        return "record" if plain or (len(rest) == 2 and name in RECORD_NAMES) else "attachment"
    if path.startswith(handbook):
        below = path[len(handbook) :]
        for folder, kind in (("scripts/", "script"), ("glossary/", "terms"), ("obligations/", "obligations")):
            if below.startswith(folder):
                return kind
        return "playbook" if name.endswith(".md") else ""
    return "page" if path.startswith("docs/") and name.endswith(".md") else ""


def read(root: Path, base: str, head: str | None, today: date, forbidden: tuple[str, ...] = ()) -> Sides:
    """Read both sides of everything that changed since `base` and `head` (or the files as they are) parted.

    Raises `git.GitError` where Git cannot say what changed.
    """
    begin = git.merge_base(root, base, head or "HEAD")
    end = git.commit(root, head) if head else None
    changes = git.changes(root, begin, end)
    settings = _settings(root, begin), _settings(root, end)
    taxonomies = knowledge.read_taxonomies(root)[0]
    kinds = [(change, kind_of(change.after, settings[1])) for change in changes]
    ours = [(change, kind) for change, kind in kinds if kind]
    befores = git.texts(root, begin, [c.before for c, _ in ours if c.status != "A"], text_file.MAX_BYTES)
    wanted = [c.after for c, _ in ours if c.status != "D"]
    afters = git.texts(root, end, wanted, text_file.MAX_BYTES) if end else _files(root, wanted)
    checks = quality.Quality(root, settings[1], today, forbidden)
    pairs = []
    for change, kind in ours:
        old = _side(kind, change.before, befores.get(change.before), taxonomies, checks.context, today)
        new = _side(kind, change.after, afters.get(change.after), taxonomies, checks.context, today)
        pairs.append(Pair(kind, id_of(change.after), change, old, new))
    others = tuple(change.after for change, kind in kinds if not kind)
    return Sides(tuple(pairs), settings[0], settings[1], others)


def _settings(root: Path, revision: str | None) -> Settings:
    if revision is None:
        return knowledge.read_settings(root)
    content = git.texts(root, revision, [FILE], text_file.MAX_BYTES).get(FILE)
    found = from_text(content.decode("utf-8", "replace"))[0] if content else None
    return found or Settings()


def _files(root: Path, paths: Iterable[str]) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for path in paths:
        content = door.read(root / path, path, (root / path).parent, lambda problem: None)
        if content is not None:
            found[path] = content
    return found


def _side(kind: str, path: str, content: bytes | None, taxonomies: Taxonomies, context: Context, today: date) -> Side:
    if content is None or kind == "attachment":
        return Side()
    text, problems = text_file.decode(content, path)
    if text is None:
        return Side("", None, tuple(problems), problems[0].message)
    if kind != "record":
        broken = with_source(register.in_broken(text, path, context.settings), text)
        return Side(text, None, tuple(broken))
    item = Found(id_of(path), path)

    def inspect(read: Inspected) -> list[Diagnostic]:
        if read.fields is None:
            return register.in_broken(read.text, path, context.settings)
        return register.run(quality.record_subject(read, context))

    reading = parse_record(text, item, taxonomies, today, inspect)
    found = tuple(with_source(reading.diagnostics, text))
    if reading.record is not None:
        return Side(text, reading.record, found)
    wrong = next((item for item in found if item.level is Level.ERROR), None)
    place = wrong or Diagnostic("CR105", path, Position(), "it cannot be read")
    return Side(text, None, found, f"line {place.position.line}: {place.message}")
