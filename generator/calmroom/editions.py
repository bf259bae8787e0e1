"""Editions: what of a knowledge base may be shown at a sharing level (FIRST, Traffic Light Protocol 2.0).

`of` takes everything that was read and returns the knowledge base of one edition. Nothing after it knows what was left
out, so no page, list, figure, index, file or message can hold it: a record, playbook, script, term or page above the
level is gone; so are the items, sections and passages above it in those that stay, and every mention of an id, a file
or a heading that is gone.

What names no level has one all the same: records that of the setting `default_tlp`; playbooks, scripts and terms
green, because they are written to be used; what came with Calmroom clear. What cannot be understood counts as red.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from calmroom import texts
from calmroom.layers import DOCS, Page
from calmroom.playbooks.model import Playbook, Script, Term
from calmroom.records import door, narrative, sharing
from calmroom.records.diagnostics import Diagnostic, Level, Position
from calmroom.records.model import Action, Factor, Record
from calmroom.records.settings import FILE, Settings

if TYPE_CHECKING:
    from calmroom.knowledge import KnowledgeBase

HANDBOOK = "green"
"""The level of a playbook, script or term that names none."""
PAGE = "clear"
"""The level of a page written by hand that names none: it is a page of a site, written to be published."""
NOTES = ("went_well", "got_lucky", "surprised_by", "open_questions")
NEUTRAL = "withheld"
"""What a mention of something that was left out becomes."""
_ID = re.compile(r"\d{4}-\d{2}-\d{2}(?:-[a-z0-9]+){1,80}", re.IGNORECASE)
_BY_ID = re.compile(r"\b(playbook|script|page):([A-Za-z0-9/_-]{1,200})")
_BY_PATH = re.compile(r"(?<![\w-])([A-Za-z0-9_-]{1,200})(?=\.(?:md|ya?ml)\b)")
_TERM = re.compile(r"(glossary(?:\.md|/)?#)([A-Za-z0-9-]{1,100})")
_HEADING = re.compile(
    r"(?<![a-z0-9-])((?:\d{4}-\d{2}-\d{2}|[a-z0-9]+)(?:-[a-z0-9]+){0,80})((?:/record)?(?:\.md|\.ya?ml)?)#([^\s)\"'<>]{1,300})"
)


@dataclass(frozen=True)
class Left:
    """One thing an edition leaves out: its sort, its id, where in that, its level, and whose word that level is."""

    kind: str
    id: str
    place: str
    level: str
    why: str


@dataclass(frozen=True)
class Withheld:
    """How much an edition leaves out."""

    records: int = 0
    items: int = 0
    others: int = 0

    @classmethod
    def of(cls, left: Iterable[Left]) -> Withheld:
        """Count what was left out."""
        kinds = [(found.kind, bool(found.place)) for found in left]
        records = sum(kind == "record" and not within for kind, within in kinds)
        items = sum(within for _, within in kinds)
        return cls(records, items, len(kinds) - records - items)

    def __str__(self) -> str:
        counts = [(self.records, "record"), (self.items, "item"), (self.others, "page or term")]
        names = {"page or term": "pages or terms"}
        said = [f"{count:,} {one if count == 1 else names.get(one, one + 's')}" for count, one in counts if count]
        return " and ".join([", ".join(said[:-1]), said[-1]] if len(said) > 1 else said) or "nothing"


@dataclass(frozen=True, repr=False)
class Gate:
    """What of any text may be shown in one edition: its stricter parts go, and mentions of what is not there."""

    at: str = sharing.STRICTEST
    ids: frozenset[str] = frozenset()
    named: Mapping[str, frozenset[str]] = field(default_factory=dict)
    headings: frozenset[tuple[str, str]] = frozenset()
    files: frozenset[str] = frozenset()
    pages: frozenset[str] = frozenset()
    redact: Callable[[str], str] | None = None

    @property
    def mends(self) -> bool:
        """Whether there is anything that must not be mentioned."""
        return bool(self.ids or self.headings or self.files or any(self.named.values()))

    def __call__(self, text: str) -> str:
        """Return what of a text may be shown."""
        shown = self.mended(sharing.shown(text, self.at))
        return self.redact(shown) if self.redact else shown

    def mended(self, text: str) -> str:
        """Return a text without mentions of what is not there."""
        if self.headings and "#" in text:
            text = _HEADING.sub(self._heading, text)
        for path in self.files:
            if path in text:
                text = text.replace(path, NEUTRAL)
        if self.ids:
            text = _ID.sub(self._id, text)
        if any(self.named.values()):
            text = _BY_ID.sub(self._by_id, text)
            text = _BY_PATH.sub(self._by_path, text)
            text = _TERM.sub(self._term, text)
        return text

    def finding(self, found: Diagnostic) -> Diagnostic:
        """Return a diagnostic without mentions of what is not there."""
        message, hint, source = self.mended(found.message), self.mended(found.hint), self.mended(found.source)
        return replace(found, message=message, hint=hint, source=source)

    def _id(self, found: re.Match[str]) -> str:
        parts = found[0].lower().split("-")
        for end in range(len(parts), 3, -1):
            if "-".join(parts[:end]) in self.ids:
                return "-".join([NEUTRAL, *parts[end:]])
        return found[0]

    def _heading(self, found: re.Match[str]) -> str:
        anchor = found[3].removeprefix(narrative.ANCHOR_PREFIX)
        return f"{found[1]}{found[2]}" if (found[1], anchor) in self.headings else found[0]

    def _by_id(self, found: re.Match[str]) -> str:
        return f"{found[1]}:{NEUTRAL}" if found[2] in self.named.get(found[1], ()) else found[0]

    def _by_path(self, found: re.Match[str]) -> str:
        return NEUTRAL if any(found[1] in ids for kind, ids in self.named.items() if kind != "term") else found[0]

    def _term(self, found: re.Match[str]) -> str:
        return f"{found[1]}{NEUTRAL}" if found[2] in self.named.get("term", ()) else found[0]


def of(whole: KnowledgeBase, at: str) -> tuple[KnowledgeBase, list[Left]]:
    """Return the knowledge base of the edition `at`, and what it leaves out of the `whole`."""
    left: list[Left] = []
    raw = cache(partial(_level_of_file, whole, at))
    records = [kept for record in whole.records if (kept := record_at(record, at, whole.settings, left.append))]
    unstated = sharing.LEVELS[0] if whole.is_library else HANDBOOK
    playbooks = _kept(whole.playbooks, "playbook", at, unstated, left.append)
    scripts = _kept(whole.scripts, "script", at, unstated, left.append)
    terms = _kept(whole.terms, "term", at, unstated, left.append)
    pages = _kept(whole.pages, "page", at, unstated, left.append)
    unreadable = tuple(item for item in whole.unreadable if sharing.may_be_shown(raw(item.path), at))
    read = {"playbook": (whole.playbooks, playbooks), "script": (whole.scripts, scripts)}
    files = {
        kind: {
            id_: path
            for id_, path in paths.items()
            if id_ in read[kind][1] or (id_ not in read[kind][0] and sharing.may_be_shown(raw(path), at))
        }
        for kind, paths in whole.files.items()
    }
    gate = _gate(replace(whole, unreadable=unreadable), whole, at, left, records, playbooks, files)
    neutral = {kind: frozenset({NEUTRAL}) for kind in ("incident", "playbook", "script", "page", "term")}
    shown = replace(
        whole,
        records=tuple(texts.changed(record, gate.mended) if gate.mends else record for record in records),
        unreadable=unreadable,
        playbooks={id_: _playbook(item, gate, scripts, terms) for id_, item in playbooks.items()},
        scripts={id_: texts.changed(item, gate) for id_, item in scripts.items()},
        terms={slug: _term(item, gate, terms) for slug, item in terms.items()},
        pages={id_: _page(page, gate) for id_, page in pages.items()},
        files=files,
        left_out={kind: whole.left_out.get(kind, frozenset()) | names for kind, names in neutral.items()},
        diagnostics=tuple(_diagnostics(whole, at, gate, raw)),
        edition=at,
        withheld=Withheld.of(left),
        gate=gate,
    )
    return shown, left


def level_of(item: Playbook | Script | Term | Page, unstated: str = HANDBOOK) -> str:
    """Return the sharing level of a playbook, script, term or page; `unstated` is that of one that names none."""
    if isinstance(item, Page):
        written = item.front.value.get("tlp") if isinstance(item.front.value, dict) else None
        return sharing.STRICTEST if written is not None and written not in sharing.LEVELS else str(written or PAGE)
    stated = item.fields.tlp if isinstance(item, Playbook) else item.tlp
    return stated or ("clear" if item.shipped else unstated)


def level_of_record(record: Record, settings: Settings) -> tuple[str, str]:
    """Return a record's sharing level, and whose word that is."""
    if record.tlp is not None:
        return record.tlp, "its own `tlp`"
    return ("clear", "it came with Calmroom") if record.shipped else (settings.default_tlp, "`default_tlp`")


Tell = Callable[[Left], None]


def _open(level: str | None, at: str) -> bool:
    return level is None or sharing.may_be_shown(level, at)


def record_at(record: Record, at: str, settings: Settings, tell: Tell) -> Record | None:
    """Return what of a record may be shown in the edition `at`, or None; what is left out is told one by one."""
    level, why = level_of_record(record, settings)
    if not sharing.may_be_shown(level, at):
        tell(Left("record", record.id, "", level, why))
        return None
    if not record.marked:
        return record

    def told(place: str, level: str) -> None:
        tell(Left("record", record.id, place, level, "its own `tlp`"))

    update: dict[str, Any] = {"attachments": {}, "factors": _rewired(record.factors, at, told)}
    for name in ("timeline", "actions", "sources", "amendments", *NOTES):
        kept = []
        for number, item in enumerate(getattr(record, name), 1):
            if _open(item.tlp, at):
                kept.append(item)
            else:
                told(f"{name}[{number}]", item.tlp)
        update[name] = tuple(kept)
    there = {factor.id for factor in update["factors"]}
    update["actions"] = tuple(_addressing(action, there) for action in update["actions"])
    hidden = {name: said.tlp for name, said in record.attachments.items() if not _open(said.tlp, at)}
    update["files"] = tuple(file for file in record.files if file.name not in hidden)
    for file in record.files:
        if file.name in hidden:
            told(f"attachments: {file.name}", str(hidden[file.name]))
    for part in sharing.parts(record.narrative) if sharing.has_marks(record.narrative) else ():
        if not _open(part.level, at):
            told(f"narrative, line {part.line + 1}", part.level)
    without_files = _without(record, hidden)
    shown = texts.changed(record.model_copy(update=update), lambda text: without_files(sharing.shown(text, at)))
    if not shown.title.strip():
        tell(Left("record", record.id, "", sharing.STRICTEST, "its title is withheld"))
        return None
    return _without_blanks(shown)


def _rewired(factors: Iterable[Factor], at: str, told: Callable[[str, str], None]) -> tuple[Factor, ...]:
    """Return the factors that may be shown; one that led to another that is gone leads where that one led."""
    gone = {factor.id: factor for factor in factors if not _open(factor.tlp, at)}
    for factor in gone.values():
        told(f"factors: {factor.id}", str(factor.tlp))
    ends: dict[str, tuple[str, ...]] = {}

    def end(name: str) -> tuple[str, ...]:
        if name not in gone:
            return (name,)
        if name not in ends:
            ends[name] = tuple(dict.fromkeys(last for after in gone[name].leads_to for last in end(after)))
        return ends[name]

    return tuple(
        factor.model_copy(
            update={"leads_to": tuple(dict.fromkeys(last for after in factor.leads_to for last in end(after)))}
        )
        for factor in factors
        if factor.id not in gone
    )


def _addressing(action: Action, there: set[str]) -> Action:
    addressed = tuple(name for name in action.addresses if name in there)
    return action if addressed == action.addresses else action.model_copy(update={"addresses": addressed})


def _without(record: Record, hidden: Iterable[str]) -> Callable[[str], str]:
    """Return the function that takes pictures of files that are gone out of a text, and their names."""
    names = sorted(hidden, key=len, reverse=True)
    if not names:
        return lambda text: text
    every = "|".join(re.escape(name) for name in names)
    picture = re.compile(rf"!\[[^\]\n]{{0,500}}\]\([^()\n]{{0,200}}(?:{every})[^()\n]{{0,200}}\)")
    mention = re.compile(rf"(?:{re.escape(record.id)}/)?(?:{every})")
    return lambda text: mention.sub(NEUTRAL, picture.sub("", text))


def _without_blanks(record: Record) -> Record:
    """Return a record without items and fields of which nothing is left to show."""
    update: dict[str, Any] = {}
    for name in ("timeline", "factors", "actions", "amendments"):
        update[name] = tuple(item for item in getattr(record, name) if item.what.strip())
    update |= {name: tuple(text for text in getattr(record, name) if text.strip()) for name in NOTES}
    update["sources"] = tuple(item for item in record.sources if item.title.strip())
    update["roles"] = {name: text for name, text in record.roles.items() if text.strip()}
    for name in ("ref", "organisation"):
        update[name] = (getattr(record, name) or "").strip() or None
    impact, detection = record.impact, record.detection
    if impact.summary is not None and not impact.summary.strip():
        update["impact"] = impact.model_copy(update={"summary": None})
    if detection.gap is not None and not detection.gap.strip():
        update["detection"] = detection.model_copy(update={"gap": None})
    there = {factor.id for factor in update["factors"]} | {"impact"}
    update["factors"] = tuple(
        factor.model_copy(update={"leads_to": tuple(name for name in factor.leads_to if name in there)})
        for factor in update["factors"]
    )
    update["actions"] = tuple(_addressing(action, there) for action in update["actions"])
    return record.model_copy(update=update)


def _kept(items: Mapping[str, Any], kind: str, at: str, unstated: str, tell: Tell) -> dict[str, Any]:
    kept = {}
    for id_, item in items.items():
        level = level_of(item, unstated)
        if sharing.may_be_shown(level, at):
            kept[id_] = item
            for part in sharing.parts(_prose(item)) if sharing.has_marks(_prose(item)) else ():
                if not _open(part.level, at):
                    tell(Left(kind, id_, f"line {part.line + 1}", part.level, "its own mark"))
        else:
            tell(Left(kind, id_, "", level, "its own `tlp`" if kind == "page" else "its `tlp`, or green without one"))
    return kept


def _prose(item: Any) -> str:
    if isinstance(item, Script):
        return item.body or ""
    return item.prose.text if isinstance(item, Playbook | Page) else ""


def _playbook(item: Playbook, gate: Gate, scripts: Mapping[str, Any], terms: Mapping[str, Any]) -> Playbook:
    fields = item.fields
    update = {
        "scripts": tuple(id_ for id_ in fields.scripts if id_ in scripts or id_ not in gate.named["script"]),
        "terms": tuple(slug for slug in fields.terms if slug in terms or slug not in gate.named["term"]),
        "incidents": tuple(id_ for id_ in fields.incidents if id_ not in gate.ids),
    }
    return texts.changed(replace(item, fields=fields.model_copy(update=update)), gate)


def _term(item: Term, gate: Gate, terms: Mapping[str, Any]) -> Term:
    update = {
        name: tuple(slug for slug in getattr(item, name) if slug in terms or slug not in gate.named["term"])
        for name in ("opposite", "confused_with")
    }
    return texts.changed(item.model_copy(update=update), gate)


def _page(page: Page, gate: Gate) -> Page:
    return replace(
        page, title=gate(page.title), prose=replace(page.prose, text=gate(page.prose.text)), source=gate(page.source)
    )


def _gate(
    readable: KnowledgeBase,
    whole: KnowledgeBase,
    at: str,
    left: Iterable[Left],
    records: Iterable[Record],
    playbooks: Mapping[str, Playbook],
    shown_files: Mapping[str, Mapping[str, str]],
) -> Gate:
    gone = [found for found in left if not found.place]
    ids = {found.id for found in gone if found.kind == "record"}
    ids |= {item.id for item in whole.unreadable} - {item.id for item in readable.unreadable}
    ids |= {alias for record in whole.records if record.id in ids for alias in record.aliases}
    ids -= {record.id for record in records}
    named = {
        kind: frozenset(found.id for found in gone if found.kind == kind)
        for kind in ("playbook", "script", "term", "page")
    }
    for kind, paths in whole.files.items():
        named[kind] |= paths.keys() - shown_files[kind].keys()
    before = {record.id: record.narrative for record in whole.records if record.marked}
    before |= {id_: item.prose.text for id_, item in whole.playbooks.items() if sharing.has_marks(item.prose.text)}
    after = {record.id: record.narrative for record in records if record.id in before}
    after |= {id_: sharing.shown(item.prose.text, at) for id_, item in playbooks.items()}
    headings = {
        (id_, anchor.removeprefix(narrative.ANCHOR_PREFIX))
        for id_, text in before.items()
        if id_ in after and sharing.has_marks(text)
        for anchor in _anchors(sharing.without_marks(text)) - _anchors(after[id_])
    }
    shown = {record.id for record in records}
    there = {file.path for record in records for file in record.files}
    files = {
        f"{record.id}/{file.name}"
        for record in whole.records
        if record.marked and record.id in shown
        for file in record.files
        if file.path not in there
    }
    return Gate(at, frozenset(ids), named, frozenset(headings), frozenset(files), named["page"])


def _anchors(text: str) -> frozenset[str]:
    return narrative.inspect(text).anchors


def _diagnostics(whole: KnowledgeBase, at: str, gate: Gate, raw: Callable[[str], str]) -> Iterator[Diagnostic]:
    """Yield what may be told in this edition; of files that may hold more than it shows, only how much there is."""
    counts = {Level.ERROR: 0, Level.WARNING: 0}
    for found in whole.diagnostics:
        if sharing.may_be_shown(raw(found.path), at):
            yield gate.finding(found)
        elif found.level in counts:
            counts[found.level] += 1
    hint = "`calmroom check` names them."
    for level, count in counts.items():
        if count:
            said = f"{count:,} {level}{'' if count == 1 else 's'} in files that may hold more than {sharing.name(at)}"
            yield Diagnostic("CR120", whole.settings.incidents, Position(), said, hint, level)


def _level_of_file(whole: KnowledgeBase, at: str, path: str) -> str:
    """Return the strictest level that a file may hold: of its text where it has one, else of the record beside it."""
    incidents = f"{whole.settings.incidents}/"
    if at == sharing.STRICTEST or path in (FILE, whole.settings.incidents) or path.startswith("taxonomies/"):
        return sharing.LEVELS[0]
    if path.startswith(incidents):
        first, _, within = path.removeprefix(incidents).partition("/")
        beside = [f"{incidents}{first}/record.{ending}" for ending in ("md", "yaml", "yml")]
        records = [name for name in beside if within and (whole.root / name).is_file()]
        return _level_of_text(whole, records[0] if records else path, whole.settings.default_tlp)
    return _level_of_text(whole, path, PAGE if path.startswith(f"{DOCS}/") else HANDBOOK)


def _level_of_text(whole: KnowledgeBase, path: str, default: str) -> str:
    content = door.read(whole.root / path, path, whole.root, lambda found: None)
    if content is None:
        return sharing.STRICTEST
    letters = content.replace(b"\0", b"").decode("latin-1")  # the same in every encoding people use
    return sharing.of_raw(letters, default)
