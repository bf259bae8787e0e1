"""The knowledge base: everything that was read, in one immutable value that answers questions.

Everything downstream (pages, figures, exports, the command line) takes a `KnowledgeBase` and reads no file again.
"""

from __future__ import annotations

import contextlib
import gc
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from calmroom import __version__, editions, layers, library, references
from calmroom.layers import DOCS, Page
from calmroom.playbooks.model import Playbook, Script, Term
from calmroom.playbooks.obligations import Obligation
from calmroom.playbooks.terms import Matcher, matcher
from calmroom.records import door, kept, links, settings, sharing, taxonomy
from calmroom.records.diagnostics import Diagnostic, Level, Position, sort
from calmroom.records.model import Prose, Record
from calmroom.records.reader import Found, Inspect, Progress, Remembering, with_source
from calmroom.records.settings import Settings
from calmroom.records.taxonomy import Taxonomies
from calmroom.redaction import Redaction
from calmroom.search import asked, everyday
from calmroom.search.asked import Asking
from calmroom.search.everyday import Entry
from calmroom.shipped import LIBRARY

Key = TypeVar("Key", int, str)

TAXONOMIES = "taxonomies"
SEARCHED = (everyday.NAME, asked.NAME)
"""Files of words for search that stand beside the taxonomies."""

MADE_PAGES = (
    "index",
    "writing",
    "settings",
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


@dataclass(frozen=True, eq=False)
class KnowledgeBase:
    """All records, with the words and settings they are read by.

    `records` are newest first. `unreadable` are those whose files hold errors; `diagnostics` are all findings in all
    files. `pages` (of `docs/`), `playbooks`, `scripts` and `terms` are by id; `files` says where those two sorts are
    written that may hold errors, so that a link to one that is being mended is not broken. `left_out` are ids by kind
    to which a text may refer although nothing is there: such a reference falls away. `is_library` says that this is
    Calmroom's own library, all of it public. `edition` is the sharing level above which nothing is in here, `withheld`
    how much that is, `redaction` what replaces names, `moved` the files whose names it changed, `gate` what of a text
    written by hand may be shown, `store` where what follows from all of this is kept.
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
    left_out: Mapping[str, frozenset[str]] = field(default_factory=dict)
    everyday: tuple[Entry, ...] = field(default_factory=everyday.shipped)
    asked: Asking = field(default_factory=Asking)
    is_library: bool = False
    edition: str = sharing.STRICTEST
    withheld: editions.Withheld = field(default_factory=editions.Withheld)
    redaction: Redaction | None = None
    moved: Mapping[str, str] = field(default_factory=dict)
    gate: editions.Gate = field(default_factory=editions.Gate)
    store: kept.Store | None = field(default=None, repr=False)

    @property
    def version(self) -> str:
        """The version of Calmroom and of its library."""
        return __version__

    @property
    def errors(self) -> list[Diagnostic]:
        """The findings that keep a site from being built."""
        return [found for found in self.diagnostics if found.level is Level.ERROR]

    @cached_property
    def own_first(self) -> tuple[Record, ...]:
        """Every record, our own before others, each newest first: the order of lists that people read."""
        return tuple(sorted(self.records, key=lambda record: not record.ours))

    @cached_property
    def mixed(self) -> bool:
        """Whether there are records of our own beside others, so that it is worth saying which is which."""
        ours = sum(record.ours for record in self.records)
        return 0 < ours < len(self.records)

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
        return self._grouped(lambda record: record.factor_kinds)

    @cached_property
    def matcher(self) -> Matcher:
        """Finds the glossary's terms in any text."""
        return matcher(self.terms)

    @cached_property
    def directory(self) -> links.Directory:
        """Everything that a text can link to; what came with Calmroom has no file here, and is linked by its id."""
        found = [*((r.id, r.path, r.files) for r in self.records)]
        found += [(item.id, item.path, item.attachments) for item in self.unreadable]
        pages = {id_: f"{DOCS}/{id_}.md" for id_ in MADE_PAGES}
        ids = {
            "incident": {id_: path for id_, path, _ in found},
            "playbook": {**{id_: item.prose.path for id_, item in self.playbooks.items()}, **self.files["playbook"]},
            "script": {**{id_: item.path for id_, item in self.scripts.items()}, **self.files["script"]},
            "page": {**pages, **{id_: page.prose.path for id_, page in self.pages.items()}},
        }
        attachments = frozenset(file.path for _, _, attachments in found for file in attachments)
        return links.Directory(ids, self.aliases, attachments, self.left_out)

    def place(self, path: str) -> Path:
        """Return where a file of the knowledge base, or of the library below it, lies on this machine."""
        written = self.moved.get(path, path)
        inside = written.removeprefix(library.PREFIX)
        return LIBRARY / inside if inside != written else self.root / written

    def _grouped(self, keys: Callable[[Record], Iterable[Key]], *, reverse: bool = False) -> dict[Key, list[Record]]:
        groups: defaultdict[Key, list[Record]] = defaultdict(list)
        for record in self.records:
            for key in keys(record):
                groups[key].append(record)
        return dict(sorted(groups.items(), reverse=reverse))


def read(
    root: Path,
    given: Settings | None = None,
    progress: Progress | None = None,
    today: date | None = None,
    edition: str | None = None,
    inspect: Inspect | Remembering | None = None,
    only: Collection[str] | None = None,
) -> KnowledgeBase:
    """Read the knowledge base at `root`, and of it what one edition may show.

    `given` are settings that are known already; without them they are read from `mkdocs.yml`. `today` is the day
    against which a playbook is due to be read again; without it nothing is. `edition` is a sharing level, without which
    the one of the settings counts. `inspect` looks at each record as it is read; with `only`, paths of files, other
    records are known by their names alone. Nothing is raised for what is wrong in a file: it is in `diagnostics`.
    """
    with _not_collecting():
        whole = _read(root, given, progress, today, inspect, only)
        return editions.of(whole, edition or whole.settings.edition)[0]


def read_whole(root: Path, today: date | None = None) -> KnowledgeBase:
    """Read everything at `root`, whatever its sharing level, its marks still in it: for those who keep it."""
    with _not_collecting():
        return _read(root, None, None, today)


@contextlib.contextmanager
def _not_collecting() -> Iterator[None]:
    """Pause the garbage collector: reading makes many values, which stay and need not be looked through again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_on:
            gc.enable()


def _read(
    root: Path,
    given: Settings | None,
    progress: Progress | None,
    today: date | None,
    inspect: Inspect | Remembering | None = None,
    only: Collection[str] | None = None,
) -> KnowledgeBase:
    problems: list[Diagnostic] = []
    chosen = given
    if chosen is None:
        chosen, found = _settings_and_problems(root)
        problems += found
    chosen = chosen or Settings()
    taxonomies, found = read_taxonomies(root)
    problems += found
    own_words, found = _read_everyday(root)
    problems += found
    own_ways, found = _read_asked(root)
    problems += found
    read_in = layers.read(root, chosen, taxonomies, progress, today, inspect, only)
    problems += read_in.diagnostics
    knowledge = KnowledgeBase(
        root=root,
        settings=chosen,
        taxonomies=taxonomies,
        records=read_in.records,
        unreadable=read_in.unreadable,
        pages=read_in.pages,
        playbooks=read_in.playbooks,
        scripts=read_in.scripts,
        terms=read_in.terms,
        obligations=read_in.obligations,
        files=read_in.files,
        left_out=read_in.left_out,
        everyday=(*own_words, *everyday.shipped()),
        asked=own_ways.asking,
        is_library=read_in.is_library,
        store=read_in.store,
    )
    records = {record.path for record in read_in.records} | {item.path for item in read_in.unreadable}
    for prose in read_in.prose:
        problems += _check_links(knowledge, prose, PAGE_ANCHORS if prose.path in records else ())
        problems += _check_marks(prose)
    for page in read_in.pages.values():
        if not page.shipped:
            problems += _check_links(knowledge, page.prose, only_ids=True)
            problems += _check_marks(page.prose)
    problems += references.check(knowledge, root)
    problems += _check_asked(knowledge, own_ways)
    return replace(knowledge, diagnostics=tuple(sort(problems)))


def _check_links(
    knowledge: KnowledgeBase, prose: Prose, anchors: Iterable[str] = (), *, only_ids: bool = False
) -> list[Diagnostic]:
    plain = replace(prose, text=sharing.without_marks(prose.text))
    return _with_lines(links.check(plain, knowledge.directory, anchors, only_ids=only_ids), prose)


def _check_marks(prose: Prose) -> list[Diagnostic]:
    """Report the marks of sharing levels in a text that cannot be understood, and withhold more than was meant."""
    return _with_lines(
        [
            Diagnostic(
                "CR121",
                prose.path,
                Position(fault.line + prose.first_line, fault.column + prose.indent),
                fault.message,
                fault.hint,
            )
            for fault in sharing.faults(prose.text)
        ],
        prose,
    )


def _with_lines(found: list[Diagnostic], prose: Prose) -> list[Diagnostic]:
    indented = "\n".join(" " * prose.indent + line for line in prose.text.split("\n")) if found else ""
    return with_source(found, "\n" * (prose.first_line - 1) + indented)


def read_settings(root: Path) -> Settings:
    """Return the settings in a knowledge base's `mkdocs.yml`, or the defaults where they cannot be read."""
    return _settings_and_problems(root)[0] or Settings()


def _settings_and_problems(root: Path) -> tuple[Settings | None, list[Diagnostic]]:
    file = root / settings.FILE
    if not file.exists():
        return Settings(), []  # records can be read and checked without a site
    problems: list[Diagnostic] = []
    text = door.text(file, settings.FILE, file.resolve().parent, problems.append)
    if text is None:
        return None, problems
    found, problems = settings.from_text(text)
    return found, with_source(problems, text)


def read_taxonomies(root: Path) -> tuple[Taxonomies, list[Diagnostic]]:
    """Return Calmroom's taxonomies with those of the knowledge base, and what was wrong in its files."""
    taxonomies = taxonomy.shipped()
    problems: list[Diagnostic] = []
    folder = root / TAXONOMIES
    for entry in door.entries(folder, TAXONOMIES, root, problems.append):
        path = f"{TAXONOMIES}/{entry.name}"
        stem, _, ending = entry.name.rpartition(".")
        if ending not in ("yaml", "yml") or entry.name.startswith("."):
            continue
        if stem in SEARCHED:
            continue
        if stem not in taxonomy.OPEN:
            hint = f"These can be extended: {', '.join(f'`{name}.yaml`' for name in (*taxonomy.OPEN, *SEARCHED))}."
            problems.append(Diagnostic("CR115", path, Position(), f"there is no open taxonomy `{stem}`", hint))
        elif (text := door.text(folder / entry.name, path, folder, problems.append)) is not None:
            words, found = taxonomy.parse(text, path)
            problems += found
            taxonomies = taxonomies.extended(stem, words)
    return taxonomies, problems


def _read_everyday(root: Path) -> tuple[tuple[Entry, ...], list[Diagnostic]]:
    """Return the everyday words of the knowledge base's own, and what was wrong in their file."""
    problems: list[Diagnostic] = []
    entries: tuple[Entry, ...] = ()
    for path, text in _own_files(root, everyday.NAME, problems):
        read_in, found = everyday.parse(text, path)
        entries += read_in
        problems += with_source(found, text)
    return entries, problems


def _read_asked(root: Path) -> tuple[asked.Source, list[Diagnostic]]:
    """Return the knowledge base's own ways of putting it, and what was wrong in their file."""
    problems: list[Diagnostic] = []
    source = asked.Source()
    for path, text in _own_files(root, asked.NAME, problems):
        source, found = asked.parse(text, path)
        problems += with_source(found, text)
    return source, problems


def _check_asked(base: KnowledgeBase, source: asked.Source) -> list[Diagnostic]:
    """Report ways of putting it for something that there is not; what was left out of ours on purpose is no mistake."""
    if source.document is None:
        return []
    ours = asked.shipped()
    pages = {*base.playbooks, *base.scripts, *ours.pages}
    return with_source(list(asked.unknown(source, pages, {*base.terms, *ours.terms})), source.text)


def _own_files(root: Path, name: str, problems: list[Diagnostic]) -> Iterator[tuple[str, str]]:
    """Yield the path and text of a knowledge base's own file of words: none or one."""
    folder = root / TAXONOMIES
    for entry in door.entries(folder, TAXONOMIES, root, lambda _: None):
        if entry.name in (f"{name}.yaml", f"{name}.yml"):
            path = f"{TAXONOMIES}/{entry.name}"
            text = door.text(folder / entry.name, path, folder, problems.append)
            if text is not None:
                yield path, text
