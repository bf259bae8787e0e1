"""Layers: the library below, a knowledge base's own files above, made one where they are read.

A file of one's own with the kind and id of a shipped one takes its place whole; a term of one's own takes the place of
the shipped term of its slug, whichever file it stands in. What the settings leave out is as if it had never been
there, except that a text may still refer to it: such a reference falls away instead of being an error.

Shipped files are checked where they are written, in Calmroom's own repository: nobody else is told of faults in them,
only of what their own files broke.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TypeVar

from calmroom import library
from calmroom.library import Item
from calmroom.playbooks import obligations, rules
from calmroom.playbooks import reader as playbook_reader
from calmroom.playbooks.model import Playbook, Script, Term
from calmroom.playbooks.obligations import Obligation
from calmroom.records import door, kept, narrative, sharing, signs, text_file, yaml_text
from calmroom.records.diagnostics import Diagnostic, Level, Position
from calmroom.records.model import Prose, Record
from calmroom.records.reader import Found, Inspect, Progress, Remembering, read_records, with_source
from calmroom.records.settings import Settings
from calmroom.records.taxonomy import Taxonomies
from calmroom.records.yaml_text import Document
from calmroom.shipped import LIBRARY

DOCS = "docs"
Value = TypeVar("Value")
_LINK_TO_PART = re.compile(r"\]\((script|playbook):([a-z0-9-]+)#([a-z0-9-]+)")


@dataclass(frozen=True)
class Page:
    """A page somebody wrote: its id (the file's name without the ending), its title, and its text below that."""

    id: str
    title: str
    prose: Prose
    front: Document = field(default_factory=Document, repr=False)
    source: str = field(default="", repr=False)
    shipped: bool = False


@dataclass(frozen=True)
class Layers:
    """Everything that was read, own over shipped, own first.

    `prose` is all own text whose links are to be checked. `files` says where playbooks and scripts of one's own are
    written, those that hold errors too. `left_out` are ids by kind that exist in the library and not here.
    `is_library` says that the knowledge base is the library itself, `store` is where readings are kept.
    """

    records: tuple[Record, ...] = ()
    unreadable: tuple[Found, ...] = ()
    prose: tuple[Prose, ...] = ()
    pages: Mapping[str, Page] = field(default_factory=dict)
    playbooks: Mapping[str, Playbook] = field(default_factory=dict)
    scripts: Mapping[str, Script] = field(default_factory=dict)
    terms: Mapping[str, Term] = field(default_factory=dict)
    obligations: Mapping[str, Obligation] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    left_out: Mapping[str, frozenset[str]] = field(default_factory=dict)
    is_library: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()
    store: kept.Store | None = None


def read(
    root: Path,
    settings: Settings,
    taxonomies: Taxonomies,
    progress: Progress | None = None,
    today: date | None = None,
    inspect: Inspect | Remembering | None = None,
    only: Collection[str] | None = None,
) -> Layers:
    """Read a knowledge base's own files and, below them, what its settings take from the library.

    `inspect` and `only` are as `read_records` takes them.
    """
    problems: list[Diagnostic] = []
    below = Shelf.of(root, settings)
    claims = rules.Claims()

    store = kept.Store.of(root, taxonomies)
    own_records = read_records(root, settings.incidents, taxonomies, progress, today, inspect, only, store)
    problems += own_records.diagnostics
    own_ids = {record.id for record in own_records.records} | {item.id for item in own_records.unreadable}

    script_files = _yaml_files(root, f"{settings.playbooks}/scripts", problems.append)
    own_scripts, found = playbook_reader.read_scripts(script_files, taxonomies, claims)
    problems += found
    own_script_ids = {file.stem for file in script_files}
    shipped_scripts, _ = playbook_reader.read_scripts(below.files("script", own_script_ids), taxonomies)

    glossary_files = _yaml_files(root, f"{settings.playbooks}/glossary", problems.append)
    shipped_terms, _ = playbook_reader.read_terms(below.files("glossary", {file.stem for file in glossary_files}))
    dropped = below.dropped("term", shipped_terms)
    kept_terms = {slug: term for slug, term in shipped_terms.items() if slug not in dropped}
    own_terms, found = playbook_reader.read_terms(glossary_files, kept_terms, dropped, claims)
    problems += found

    rule_files = _yaml_files(root, f"{settings.playbooks}/obligations", problems.append)
    own_rules, found = obligations.read(rule_files)
    problems += found
    shipped_rules, _ = obligations.read(below.files("obligations", {file.stem for file in rule_files}))

    written, found = _read_pages(root, settings.playbooks)
    problems += found
    shipped_playbooks = _playbooks(below.pages("playbook", written))
    pages, found = _read_pages(root, DOCS)
    problems += found
    inside = f"{settings.section}/" if settings.section else ""
    own_pages = {id_.removeprefix(inside) for id_ in pages if id_.startswith(inside)}

    scripts = _over(own_scripts, shipped_scripts)
    terms = _over(own_terms, kept_terms)
    records = _over({record.id: record for record in own_records.records}, below.records(own_ids, taxonomies))
    left_out = {
        "incident": below.left_out("incident", own_ids),
        "playbook": below.left_out("playbook", written),
        "script": below.left_out("script", own_script_ids),
        "page": below.left_out("page", own_pages),
        "term": frozenset(dropped),
    }
    known = {
        "scripts": own_script_ids | scripts.keys() | left_out["script"],
        "terms": terms.keys() | left_out["term"],
        "incidents": own_ids | records.keys() | left_out["incident"],
    }
    own_playbooks: dict[str, Playbook] = {}
    for page in written.values():
        playbook, found = playbook_reader.read_playbook(page.id, page.title, page.prose, page.front)
        if playbook is not None:
            own_playbooks[page.id] = playbook
            place = rules.Place(page.front, page.prose.path)
            plain = replace(playbook, prose=replace(page.prose, text=sharing.without_marks(page.prose.text)))
            found += rules.check_playbook(plain, place, known, today)
            found += claims.check(playbook.fields.asked, place)
        problems += with_source(found, page.source)
    problems += _broken_from_below(shipped_playbooks, own_scripts, own_playbooks)

    return Layers(
        records=tuple(sorted(records.values(), key=lambda record: (record.day, record.id), reverse=True)),
        unreadable=own_records.unreadable,
        prose=(*own_records.prose, *(playbook.prose for playbook in own_playbooks.values())),
        pages={**pages, **{_apart(id_, pages, inside): page for id_, page in below.pages("page", own_pages).items()}},
        playbooks=_over(own_playbooks, shipped_playbooks),
        scripts=scripts,
        terms=terms,
        obligations=_over(own_rules, shipped_rules),
        files={
            "playbook": {page.id: page.prose.path for page in written.values()},
            "script": {file.stem: file.path for file in script_files},
        },
        left_out={kind: ids for kind, ids in left_out.items() if ids},
        is_library=below.is_library,
        diagnostics=tuple(problems),
        store=store,
    )


@dataclass(frozen=True)
class Shelf:
    """What a knowledge base takes from the library, before its own files take the places of some of it.

    `items` is all the library holds, `settings` which of it is wanted. Nothing is on the shelf of the library itself.
    """

    items: tuple[Item, ...]
    settings: Settings
    is_library: bool = False

    @classmethod
    def of(cls, root: Path, settings: Settings) -> Shelf:
        """Return the shelf below the knowledge base at `root`."""
        own = {os.path.realpath(root / settings.incidents), os.path.realpath(root / settings.playbooks)}
        itself = own & {os.path.realpath(LIBRARY / "incidents"), os.path.realpath(LIBRARY / "playbooks")}
        return cls(() if itself else library.items(), settings, bool(itself))

    def wanted(self, kind: str) -> list[Item]:
        """Return the items of one kind that the settings take."""
        switch = self.settings.library.incidents if kind == "incident" else self.settings.library.playbooks
        out = {item.name for name in self.settings.library.without for item in library.named(name, self.items)}
        return [item for item in self.items if switch and item.kind == kind and item.name not in out]

    def left_out(self, kind: str, own: Collection[str]) -> frozenset[str]:
        """Return the ids of one kind that the settings do not take and that nothing of one's own has either."""
        every = {item.id for item in self.items if item.kind == kind}
        return frozenset(every - {item.id for item in self.wanted(kind)} - set(own))

    def dropped(self, kind: str, ids: Collection[str]) -> set[str]:
        """Return which parts of items, such as a term of a glossary file, are left out by their own names."""
        return {id_ for id_ in ids if {id_, f"{kind}:{id_}"} & set(self.settings.library.without)}

    def files(self, kind: str, own: Collection[str]) -> list[playbook_reader.File]:
        """Return the files of one kind in whose place nothing of one's own stands."""
        return [
            playbook_reader.File(library.PREFIX + item.path, (LIBRARY / item.path).read_bytes(), shipped=True)
            for item in self.wanted(kind)
            if item.id not in own
        ]

    def pages(self, kind: str, own: Collection[str]) -> dict[str, Page]:
        """Return the Markdown pages of one kind in whose place nothing of one's own stands."""
        made = (
            page(item.id, library.PREFIX + item.path, item.text) for item in self.wanted(kind) if item.id not in own
        )
        return {page.id: replace(page, shipped=True) for page in made}

    def records(self, own: Collection[str], taxonomies: Taxonomies) -> dict[str, Record]:
        """Return the records in whose place nothing of one's own stands."""
        ids = {item.id for item in self.wanted("incident")} - set(own)
        every = read_records(LIBRARY, "incidents", taxonomies).records if ids else ()
        return {record.id: _as_shipped(record) for record in every if record.id in ids}


def _apart(id_: str, pages: Collection[str], section: str) -> str:
    """Return by which id a shipped page is known beside a site's own pages: with its section where one is so called."""
    return f"{section}{id_}" if id_ in pages else id_


def _as_shipped(record: Record) -> Record:
    files = tuple(replace(file, path=library.PREFIX + file.path) for file in record.files)
    return record.model_copy(update={"path": library.PREFIX + record.path, "files": files, "shipped": True})


def _over(own: Mapping[str, Value], shipped: Mapping[str, Value]) -> dict[str, Value]:
    """Return both, own ones first; an own one takes the place of a shipped one."""
    return {**own, **{id_: value for id_, value in shipped.items() if id_ not in own}}


def _playbooks(pages: Mapping[str, Page]) -> dict[str, Playbook]:
    read = (playbook_reader.read_playbook(page.id, page.title, page.prose, page.front)[0] for page in pages.values())
    return {playbook.id: replace(playbook, shipped=True) for playbook in read if playbook is not None}


def _broken_from_below(
    shipped: Mapping[str, Playbook], scripts: Mapping[str, Script], playbooks: Mapping[str, Playbook]
) -> list[Diagnostic]:
    """Report own files that took a shipped one's place without the beat or heading that a shipped text links to."""
    found = []
    anchors = {("script", script.id): {beat.id for beat in script.beats} for script in scripts.values()}
    for playbook in playbooks.values():
        inside = narrative.inspect(playbook.prose.text).anchors
        anchors["playbook", playbook.id] = {anchor.removeprefix(narrative.ANCHOR_PREFIX) for anchor in inside}
    paths = {("script", script.id): script.path for script in scripts.values()}
    paths |= {("playbook", playbook.id): playbook.prose.path for playbook in playbooks.values()}
    for origin in shipped.values():
        for kind, id_, anchor in _LINK_TO_PART.findall(origin.prose.text):
            if (kind, id_) in paths and anchor not in anchors[kind, id_]:
                message = f"the library's playbook `{origin.id}` links to `#{anchor}` here, and it is not here"
                hint = f"Keep a part with this id, or make that playbook yours: `calmroom library copy {origin.id}`."
                found.append(Diagnostic("CR704", paths[kind, id_], Position(), message, hint, Level.WARNING))
    return found


def _read_pages(root: Path, folder: str) -> tuple[dict[str, Page], list[Diagnostic]]:
    """Read the Markdown files below a folder, by their paths in it without the ending. A README is left alone.

    Everything else below it is looked at too: it is published, and must lie there.
    """
    base = root / folder
    pages: dict[str, Page] = {}
    problems: list[Diagnostic] = []
    for file, path in door.below(base, folder, root, problems.append):
        name = path.removeprefix(f"{folder}/")
        if signs.first(name):
            message = "the file's name holds a sign that no text may hold"
            problems.append(Diagnostic("CR112", path, Position(), message, "Rename the file."))
        elif not name.endswith(".md") or file.name.lower() == "readme.md":
            if refused := door.refusal(file, path, base):
                problems.append(refused)
        elif (text := door.text(file, path, base, problems.append)) is not None:
            id_ = posixpath.splitext(name)[0]
            pages[id_] = page(id_, path, text)
    return pages, problems


def page(id_: str, path: str, source: str) -> Page:
    """Return a page of a text: front matter and first heading taken off it, the heading as its title."""
    text, first_line = source, 1
    front = Document(value={})
    if text.startswith("---\n"):
        parts, _ = text_file.split(text, path)
        if parts is not None:
            text, first_line = parts.narrative, parts.narrative_line
            front = yaml_text.read(parts.front_matter, first_line=parts.front_matter_line)
    title = id_.rsplit("/", 1)[-1].replace("-", " ").capitalize()
    lines = text.split("\n")
    start = next((index for index, line in enumerate(lines) if line.strip()), 0)
    if lines[start].startswith("# "):
        title = lines[start][2:].strip()
        text, first_line = "\n".join(lines[start + 1 :]), first_line + start + 1
    return Page(id_, title, Prose(path, text, first_line), front, source)


def _yaml_files(root: Path, folder: str, tell: door.Tell) -> list[playbook_reader.File]:
    """Return the YAML files of a folder with their bytes."""
    base = root / folder
    found: list[playbook_reader.File] = []
    for entry in door.entries(base, folder, root, tell):
        path = f"{folder}/{entry.name}"
        if not entry.name.startswith(".") and entry.name.endswith((".yaml", ".yml")):
            content = door.read(base / entry.name, path, base, tell)
            if content is not None:
                found.append(playbook_reader.File(path, content))
    return _each_once(found, tell)


def _each_once(files: list[playbook_reader.File], tell: door.Tell) -> list[playbook_reader.File]:
    """Return the first of files that differ in their endings only, as `a.yaml` and `a.yml`, and tell of the others."""
    kept: dict[str, playbook_reader.File] = {}
    for file in files:
        if file.stem in kept:
            hint = f"`{kept[file.stem].path}` has the same name; keep one of the two."
            tell(Diagnostic("CR117", file.path, Position(), f"the id `{file.stem}` is taken", hint))
        else:
            kept[file.stem] = file
    return list(kept.values())
