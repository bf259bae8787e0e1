"""The knowledge base: everything that was read, in one immutable value that answers questions.

Everything downstream (pages, figures, exports, the command line) takes a `KnowledgeBase` and reads no file again.
"""

from __future__ import annotations

import contextlib
import gc
import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from calmroom.playbooks import reader as playbook_reader
from calmroom.playbooks import rules as playbook_rules
from calmroom.playbooks.model import Playbook, Script, Term, texts_of
from calmroom.playbooks.obligations import Obligation
from calmroom.playbooks.obligations import read as read_obligations
from calmroom.playbooks.terms import Matcher, matcher
from calmroom.records import links, settings, taxonomy, text_file, yaml_text
from calmroom.records.diagnostics import Diagnostic, Level, Position, sort
from calmroom.records.model import Prose, Record
from calmroom.records.reader import Found, Progress, read_records, stays_inside, with_source
from calmroom.records.settings import Settings
from calmroom.records.taxonomy import Taxonomies
from calmroom.records.yaml_text import Document

Key = TypeVar("Key", int, str)

DOCS = "docs"
TAXONOMIES = "taxonomies"

MADE_PAGES = (
    "index",
    "writing",
    "diagnostics",
    "glossary",
    "incidents/index",
    "search",
    "trends",
    "patterns",
    "actions",
    "services/index",
    "factors/index",
    "tags/index",
    "playbooks/index",
    "scripts/index",
)
"""Pages the site makes itself, which a text may link to as `page:writing`."""

PAGE_ANCHORS = frozenset(
    [
        "what-happened",
        "why-it-could-happen",
        "how-it-was-noticed",
        "impact",
        "what-we-learned",
        "what-we-do-about-it",
        "similar",
        "the-story",
        "sources",
        "amendments",
    ]
)
"""The anchors every incident page has beside its narrative's headings."""


@dataclass(frozen=True)
class Page:
    """A page somebody wrote: its id (the file's name without the ending), its title, and its text below that."""

    id: str
    title: str
    prose: Prose
    front: Document = field(default_factory=Document, repr=False)
    source: str = field(default="", repr=False)


@dataclass(frozen=True, eq=False)
class KnowledgeBase:
    """All records, with the words and settings they are read by.

    `records` are newest first. `unreadable` are those whose files hold errors; `diagnostics` are all findings in all
    files. `pages` (of `docs/`), `playbooks`, `scripts` and `terms` are by id; `files` says where those two sorts are
    written that may hold errors, so that a link to one that is being mended is not broken.
    """

    root: Path
    settings: Settings
    taxonomies: Taxonomies
    records: tuple[Record, ...] = ()
    unreadable: tuple[Found, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    pages: Mapping[str, Page] = field(default_factory=dict)
    playbooks: Mapping[str, Playbook] = field(default_factory=dict)
    scripts: Mapping[str, Script] = field(default_factory=dict)
    terms: Mapping[str, Term] = field(default_factory=dict)
    obligations: Mapping[str, Obligation] = field(default_factory=dict)
    files: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def errors(self) -> list[Diagnostic]:
        """The findings that keep a site from being built."""
        return [found for found in self.diagnostics if found.level is Level.ERROR]

    @cached_property
    def by_id(self) -> Mapping[str, Record]:
        """Every record by its id."""
        return {record.id: record for record in self.records}

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Earlier ids, each with the present one."""
        return {alias: record.id for record in self.records for alias in record.aliases if alias not in self.by_id}

    @cached_property
    def years(self) -> Mapping[int, list[Record]]:
        """Records by the year they are filed under, the latest year first."""
        return self._grouped(lambda record: [record.day.year], reverse=True)

    @cached_property
    def services(self) -> Mapping[str, list[Record]]:
        """Records by service; a service that is declared but had no incident has an empty list."""
        found = self._grouped(lambda record: record.services)
        return dict(sorted({**{slug: [] for slug in self.settings.services}, **found}.items()))

    @cached_property
    def tags(self) -> Mapping[str, list[Record]]:
        """Records by tag."""
        return self._grouped(lambda record: record.tags)

    @cached_property
    def factors(self) -> Mapping[str, list[Record]]:
        """Records by kind of contributing factor; each record once, however many such factors it has."""
        return self._grouped(lambda record: dict.fromkeys(factor.kind for factor in record.factors))

    @cached_property
    def matcher(self) -> Matcher:
        """Finds the glossary's terms in any text."""
        return matcher(self.terms)

    @cached_property
    def occurrences(self) -> Mapping[str, list[tuple[str, str, str]]]:
        """Where each term occurs: `(kind, id, title)` of records, playbooks and scripts, each once."""
        found: defaultdict[str, dict[tuple[str, str, str], None]] = defaultdict(dict)
        for kind, id_, title, text in self._texts():
            for match in self.matcher.find(text):
                found[match.slug][kind, id_, title] = None
        return {slug: list(places) for slug, places in found.items()}

    def _texts(self) -> Iterator[tuple[str, str, str, str]]:
        for record in self.records:
            parts = [record.title, record.impact.summary or "", record.detection.gap or "", record.narrative]
            parts += [event.what for event in record.timeline] + [factor.what for factor in record.factors]
            parts += [action.what for action in record.actions]
            parts += [*record.went_well, *record.got_lucky, *record.surprised_by, *record.open_questions]
            yield "incident", record.id, record.title, "\n\n".join(parts)
        for playbook in self.playbooks.values():
            yield "playbook", playbook.id, playbook.title, playbook.prose.text
        for script in self.scripts.values():
            yield "script", script.id, script.title, "\n\n".join(text for _, text in texts_of(script))

    @cached_property
    def directory(self) -> links.Directory:
        """Everything that a text can link to."""
        found = [*((r.id, r.path, r.attachments) for r in self.records)]
        found += [(item.id, item.path, item.attachments) for item in self.unreadable]
        made = {id_: f"{DOCS}/{id_}.md" for id_ in MADE_PAGES}
        return links.Directory(
            {
                "incident": {id_: path for id_, path, _ in found},
                **self.files,
                "page": {**made, **{id_: page.prose.path for id_, page in self.pages.items()}},
            },
            self.aliases,
            frozenset(file.path for _, _, attachments in found for file in attachments),
        )

    def _grouped(self, keys: Callable[[Record], Iterable[Key]], *, reverse: bool = False) -> dict[Key, list[Record]]:
        groups: defaultdict[Key, list[Record]] = defaultdict(list)
        for record in self.records:
            for key in keys(record):
                groups[key].append(record)
        return dict(sorted(groups.items(), reverse=reverse))


def read(
    root: Path, given: Settings | None = None, progress: Progress | None = None, today: date | None = None
) -> KnowledgeBase:
    """Read the knowledge base at `root`.

    `given` are settings that are known already; without them they are read from `mkdocs.yml`. `today` is the day
    against which a playbook is due to be read again; without it nothing is. Nothing is raised for what is wrong in a
    file: it is in `diagnostics`.
    """
    with _not_collecting():
        return _read(root, given, progress, today)


@contextlib.contextmanager
def _not_collecting() -> Iterator[None]:
    """Pause the garbage collector: reading makes many values, all of which stay."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _read(root: Path, given: Settings | None, progress: Progress | None, today: date | None) -> KnowledgeBase:
    problems: list[Diagnostic] = []
    chosen = given
    if chosen is None:
        chosen, found = _settings_and_problems(root)
        problems += found
    chosen = chosen or Settings()
    taxonomies, found = read_taxonomies(root)
    problems += found
    read_in = read_records(root, chosen.incidents, taxonomies, progress, today)
    pages, found = _read_pages(root, DOCS)
    problems += found
    script_files = _yaml_files(root, f"{chosen.playbooks}/scripts")
    scripts, found = playbook_reader.read_scripts(script_files, taxonomies)
    problems += found
    terms, found = playbook_reader.read_terms(_yaml_files(root, f"{chosen.playbooks}/glossary"))
    problems += found
    obligations, found = read_obligations(_yaml_files(root, f"{chosen.playbooks}/obligations"))
    problems += found
    written, found = _read_pages(root, chosen.playbooks)
    problems += found
    ids = {
        "scripts": {file.stem for file in script_files},
        "terms": terms.keys(),
        "incidents": {record.id for record in read_in.records} | {item.id for item in read_in.unreadable},
    }
    playbooks: dict[str, Playbook] = {}
    for page in written.values():
        playbook, found = playbook_reader.read_playbook(page.id, page.title, page.prose, page.front)
        if playbook is not None:
            playbooks[page.id] = playbook
            place = playbook_rules.Place(page.front, page.prose.path)
            found += playbook_rules.check_playbook(playbook, place, ids, today)
        problems += with_source(found, page.source)
    knowledge = KnowledgeBase(
        root=root,
        settings=chosen,
        taxonomies=taxonomies,
        records=tuple(sorted(read_in.records, key=lambda record: (record.day, record.id), reverse=True)),
        unreadable=read_in.unreadable,
        pages=pages,
        playbooks=playbooks,
        scripts=scripts,
        terms=terms,
        obligations=obligations,
        files={
            "playbook": {page.id: page.prose.path for page in written.values()},
            "script": {file.stem: file.path for file in script_files},
        },
    )
    problems += read_in.diagnostics
    for prose in read_in.prose:
        problems += _check_links(knowledge, prose, PAGE_ANCHORS)
    for playbook in playbooks.values():
        problems += _check_links(knowledge, playbook.prose)
    for page in pages.values():
        problems += _check_links(knowledge, page.prose, only_ids=True)
    return replace(knowledge, diagnostics=tuple(sort(problems)))


def _check_links(
    knowledge: KnowledgeBase, prose: Prose, anchors: Iterable[str] = (), *, only_ids: bool = False
) -> list[Diagnostic]:
    found = links.check(prose, knowledge.directory, anchors, only_ids=only_ids)
    indented = "\n".join(" " * prose.indent + line for line in prose.text.split("\n")) if found else ""
    return with_source(found, "\n" * (prose.first_line - 1) + indented)


def read_settings(root: Path) -> Settings:
    """Return the settings in a knowledge base's `mkdocs.yml`, or the defaults where they cannot be read."""
    return _settings_and_problems(root)[0] or Settings()


def _settings_and_problems(root: Path) -> tuple[Settings | None, list[Diagnostic]]:
    try:
        text = (root / settings.FILE).read_text("utf-8-sig")
    except FileNotFoundError:
        return Settings(), []  # records can be read and checked without a site
    except (OSError, UnicodeDecodeError) as error:
        return None, [
            Diagnostic("CR113", settings.FILE, Position(), f"the file cannot be read: {error}", "Save it as UTF-8.")
        ]
    found, problems = settings.from_text(text)
    return found, with_source(problems, text)


def read_taxonomies(root: Path) -> tuple[Taxonomies, list[Diagnostic]]:
    """Return Calmroom's taxonomies with those of the knowledge base, and what was wrong in its files."""
    taxonomies = taxonomy.shipped()
    problems: list[Diagnostic] = []
    folder = root / TAXONOMIES
    for file in sorted(folder.glob("*.y*ml")) if folder.is_dir() else []:
        path = f"{TAXONOMIES}/{file.name}"
        if file.stem not in taxonomy.OPEN:
            hint = f"These can be extended: {', '.join(f'`{name}.yaml`' for name in taxonomy.OPEN)}."
            problems.append(Diagnostic("CR115", path, Position(), f"there is no open taxonomy `{file.stem}`", hint))
            continue
        words, found = taxonomy.parse(file.read_text("utf-8", errors="replace"), path)
        problems += found
        taxonomies = taxonomies.extended(file.stem, words)
    return taxonomies, problems


def _read_pages(root: Path, folder: str) -> tuple[dict[str, Page], list[Diagnostic]]:
    """Read the Markdown files below a folder, by their paths in it without the ending. A README is left alone."""
    base = root / folder
    pages: dict[str, Page] = {}
    problems: list[Diagnostic] = []
    for file in sorted(base.rglob("*.md")) if base.is_dir() else []:
        name = file.relative_to(base).as_posix()
        if file.name.lower() == "readme.md" or not stays_inside(file, root.resolve()):
            continue
        text, found = text_file.decode(file.read_bytes(), f"{folder}/{name}")
        problems += found
        if text is not None:
            id_ = posixpath.splitext(name)[0]
            pages[id_] = _page(id_, f"{folder}/{name}", text)
    return pages, problems


def _page(id_: str, path: str, source: str) -> Page:
    """Take front matter and the first heading off a page's text; the heading is its title."""
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


def _yaml_files(root: Path, folder: str) -> list[playbook_reader.File]:
    """Return the YAML files of a folder with their bytes."""
    base = root / folder
    paths = sorted(base.glob("*.y*ml")) if base.is_dir() else []
    return [
        playbook_reader.File(f"{folder}/{path.name}", path.read_bytes())
        for path in paths
        if stays_inside(path, root.resolve()) and path.is_file()
    ]
