"""The one place that reads files: a folder of records in, values and diagnostics out.

A record that cannot be read never hides another: each file is read on its own, and everything found in all of them is
reported together. Links are checked later, when everything that can be linked to is known.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pydantic_core import PydanticCustomError

from calmroom import forked
from calmroom.records import door, rules, sharing, signs, slug, text_file, yaml_text
from calmroom.records.diagnostics import Diagnostic, Level, Position, nearest, sort
from calmroom.records.model import NARRATIVE_LENGTH, Attachment, IncidentFields, Prose, Record, check_id
from calmroom.records.taxonomy import Taxonomies
from calmroom.records.validate import validate, validate_rest

ENDINGS = (".md", ".yaml", ".yml")
RECORD_NAMES = ("record.md", "record.yaml", "record.yml")
ATTACHMENT_ENDINGS = frozenset(
    [
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".webp",
        ".avif",
        ".pdf",
        ".txt",
        ".log",
        ".csv",
        ".tsv",
        ".json",
        ".yaml",
        ".yml",
        ".zip",
        ".gz",
        ".pcap",
        ".har",
        ".eml",
        ".ics",
    ]
)
IGNORED = ("readme.md",)
STAND_INS = {"title": "?", "severity": "sev4", "status": "draft"}
"""What a required field that is missing or wrong is taken for while the others are looked at."""

WORTHWHILE = 400
"""From so many records on several processes read and look at them."""
CHUNK = 25

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Found:
    """A record's file as found in the folder: its id, its path in the knowledge base, and the files beside it."""

    id: str
    path: str
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True)
class Reading:
    """What came of reading one file: the record, or None with what was wrong; its prose, where that could be found."""

    record: Record | None
    diagnostics: tuple[Diagnostic, ...]
    prose: Prose | None = None


@dataclass(frozen=True)
class Inspected:
    """A record's file as it was read, for whoever looks at more than validity; `fields` only where all are valid."""

    text: str
    item: Found
    fields: IncidentFields | None
    document: yaml_text.Document
    prose: Prose | None


Inspect = Callable[[Inspected], list[Diagnostic]]
"""What looks at each record as it is read, while its text and the places of its values are at hand."""


@dataclass(frozen=True)
class Records:
    """What a folder of records held: those that were read, those that were not, all their prose, and what was wrong."""

    records: tuple[Record, ...]
    unreadable: tuple[Found, ...]
    prose: tuple[Prose, ...]
    diagnostics: tuple[Diagnostic, ...]


def read_records(
    root: Path,
    folder: str,
    taxonomies: Taxonomies,
    progress: Progress | None = None,
    today: date | None = None,
    inspect: Inspect | None = None,
    only: Collection[str] | None = None,
) -> Records:
    """Read every record of `folder` in the knowledge base at `root`.

    `progress(done, total)` is called after each file; `inspect` looks at each as it is read. With `only`, paths of
    files, the others are not opened and count as unread. Many that are looked at are read in as many processes as
    there are cores: looking takes longer than handing over what was read.
    """
    found, problems = find(root, folder)

    def reading(number: int) -> Reading:
        item = found[number]
        if only is not None and item.path not in only:
            return Reading(None, ())
        if progress and not at_once:
            progress(number + 1, len(found))
        return read_record(root, item, taxonomies, today, inspect)

    at_once = inspect is not None and only is None and len(found) >= WORTHWHILE
    readings = forked.over(reading, len(found), chunk=CHUNK, parallel=at_once)
    if progress and at_once:
        progress(len(found), len(found))
    problems.extend(problem for read in readings for problem in read.diagnostics)
    records = tuple(reading.record for reading in readings if reading.record is not None)
    unreadable = tuple(item for item, reading in zip(found, readings, strict=True) if reading.record is None)
    prose = tuple(reading.prose for reading in readings if reading.prose is not None)
    problems.extend(_names_taken(records))
    return Records(records, unreadable, prose, tuple(sort(problems)))


def find(root: Path, folder: str) -> tuple[list[Found], list[Diagnostic]]:
    """List the record files of a folder, in the order of their names.

    Names that begin with `.` or `_` and a README are left alone; anything else that is not a record is a diagnostic.
    """
    base = root / folder
    found: list[Found] = []
    problems: list[Diagnostic] = []
    if not os.path.lexists(base):
        hint = f"Make the folder, or run `calmroom init`; its name is `incidents:` in {root.name}/mkdocs.yml."
        return [], [Diagnostic("CR113", folder, Position(), "there is no folder of records here", hint)]
    for entry in door.entries(base, folder, root, problems.append):
        path = f"{folder}/{entry.name}"
        if entry.name.startswith((".", "_")) or entry.name.lower() in IGNORED:
            continue
        if entry.is_symlink() and (not _stays(entry, base) or entry.is_dir()):
            problems.append(door.leads_out(path))
            continue
        if entry.is_dir():
            record, faults = _in_folder(Path(entry.path), path)
        elif entry.name.endswith(ENDINGS):
            record, faults = Found(entry.name.rsplit(".", 1)[0], path), []
        else:
            hint = "A record is `<id>.md`, `<id>.yaml` or a folder `<id>/` with `record.md` and its attachments in it."
            record, faults = None, [Diagnostic("CR115", path, Position(), "this file is not a record", hint)]
        problems.extend(faults)
        if record is None:
            continue
        try:
            check_id(signs.without(record.id))
        except PydanticCustomError as error:
            hint = str((error.context or {}).get("hint", ""))
            problems.append(Diagnostic("CR116", path, Position(), error.message(), hint))
            continue
        found.append(record)
    return _once(found, problems), problems


def read_record(
    root: Path, item: Found, taxonomies: Taxonomies, today: date | None = None, inspect: Inspect | None = None
) -> Reading:
    """Read one record's file."""
    problems: list[Diagnostic] = []
    file = root / item.path
    text = door.text(file, item.path, file.parent, problems.append)
    if text is None:
        return Reading(None, tuple(problems))
    reading = parse_record(text, item, taxonomies, today, inspect)
    return replace(reading, diagnostics=tuple(with_source(reading.diagnostics, text)))


def parse_record(
    text: str, item: Found, taxonomies: Taxonomies, today: date | None = None, inspect: Inspect | None = None
) -> Reading:
    """Read a record from its text: the pure half of `read_record`.

    A problem in one field hides none in another: the rules look at every field that could be read.
    """
    problems: list[Diagnostic] = []
    prose = None
    if item.path.endswith(".md"):
        parts, problems = text_file.split(text, item.path)
        if parts is None:
            problems += inspect(Inspected(text, item, None, yaml_text.Document(), None)) if inspect else []
            return Reading(None, tuple(problems))
        document = yaml_text.read(parts.front_matter, first_line=parts.front_matter_line)
        prose = Prose(item.path, parts.narrative, parts.narrative_line)
        if len(parts.narrative) > NARRATIVE_LENGTH:
            problems.append(_too_long(parts, item.path))
            prose = None
        if isinstance(document.value, dict) and document.value.pop("narrative", None) is not None:
            place = document.position(("narrative",), key=True)
            message = "a .md record's narrative follows the front matter"
            problems.append(Diagnostic("CR201", item.path, place, message, "Move the text below the front matter."))
    else:
        document = yaml_text.read(text)
    problems += [Diagnostic(f.code, item.path, f.position, f.message, f.hint) for f in document.faults]
    if not isinstance(document.value, dict):
        if not document.faults:
            problems.append(_not_fields(document, item.path))
        problems += inspect(Inspected(text, item, None, document, prose)) if inspect else []
        return Reading(None, tuple(problems), prose)
    context = {"taxonomies": taxonomies}
    fields, faults = validate(IncidentFields, document, item.path, context)
    problems += faults
    unknown: frozenset[str] = frozenset()
    readable = fields
    if fields is None:
        readable, unknown = validate_rest(IncidentFields, document, STAND_INS, context)
    if readable is not None:
        problems += rules.check(rules.Subject(readable, document, item.path, item.id, today), unknown)
        problems += _missing_attachments(readable, document, item)
        prose = prose or _yaml_prose(readable.narrative, document, item.path, text)
    wrong = fields is None or any(problem.level is Level.ERROR for problem in problems)
    problems += inspect(Inspected(text, item, fields, document, prose)) if inspect else []
    if fields is None or wrong:
        return Reading(None, tuple(problems), prose)
    values = {name: getattr(fields, name) for name in IncidentFields.model_fields}
    values["narrative"] = prose.text if prose else ""
    record = Record.model_construct(
        **values, id=item.id, path=item.path, files=item.attachments, marked=sharing.is_marked(text, fields.tlp)
    )
    return Reading(record, tuple(problems), prose)


def _missing_attachments(fields: IncidentFields, document: yaml_text.Document, item: Found) -> Iterator[Diagnostic]:
    """Report names under `attachments` that no file beside the record has: their level would guard nothing."""
    there = [file.name for file in item.attachments]
    for name in fields.attachments:
        if name not in there:
            near = nearest(name, there)
            hint = f"Did you mean `{near}`?" if near else "Write the file's name as it is in the record's folder."
            place = document.position(("attachments", name), key=True)
            yield Diagnostic("CR123", item.path, place, f"there is no file `{name[:80]}` beside this record", hint)


def _too_long(parts: text_file.Parts, path: str) -> Diagnostic:
    message = f"the narrative has {len(parts.narrative):,} characters; at most {NARRATIVE_LENGTH:,} are read"
    hint = "Keep what a reader needs; put the rest beside the record as an attachment."
    return Diagnostic("CR210", path, Position(parts.narrative_line), message, hint)


def _not_fields(document: yaml_text.Document, path: str) -> Diagnostic:
    shapes = {list: "a list", type(None): "empty"}
    shape = shapes.get(type(document.value), "a single value")
    hint = "Write fields, one a line: `title: …`, `severity: …`, `status: …`."
    return Diagnostic("CR104", path, document.position(()), f"the record is {shape}, not fields", hint)


def _yaml_prose(narrative: str, document: yaml_text.Document, path: str, text: str) -> Prose:
    """Return a YAML record's narrative with its place: it begins on the line below its field, indented."""
    line = document.position(("narrative",)).line + 1
    first = "".join(text.split("\n")[line - 1 : line])
    return Prose(path, narrative, line, len(first) - len(first.lstrip()))


def with_source(problems: Sequence[Diagnostic], text: str) -> list[Diagnostic]:
    """Add to each diagnostic the line of text it speaks of."""
    lines = text.split("\n")
    return [
        replace(problem, source=lines[problem.position.line - 1][:500])
        if problem.position.line <= len(lines) and not problem.source
        else problem
        for problem in problems
    ]


def _stays(entry: os.DirEntry[str], base: Path) -> bool:
    try:
        return Path(entry.path).resolve(strict=True).is_relative_to(base.resolve())
    except (OSError, RuntimeError):
        return False


def _in_folder(directory: Path, path: str) -> tuple[Found | None, list[Diagnostic]]:
    problems: list[Diagnostic] = []
    names = sorted(
        entry.name for entry in door.entries(directory, path, directory, problems.append) if entry.name in RECORD_NAMES
    )
    if problems:
        return None, problems
    if not names:
        hint = "Name the record `record.md`; the folder's name is its id."
        return None, [Diagnostic("CR115", path, Position(), "this folder holds no record", hint)]
    attachments = _attachments(directory, path, problems)
    if len(names) > 1:
        problems.append(
            Diagnostic(
                "CR117", f"{path}/{names[1]}", Position(), f"`{names[0]}` is the same record", "Keep one of the two."
            )
        )
    return Found(directory.name, f"{path}/{names[0]}", tuple(attachments)), problems


def _attachments(directory: Path, path: str, problems: list[Diagnostic]) -> list[Attachment]:
    """Return the files beside a record that are published; a link among them leads to another of them."""
    attachments: list[Attachment] = []
    for file, called in door.below(directory, path, directory, problems.append):
        name = called.removeprefix(f"{path}/")
        if name in RECORD_NAMES:
            continue
        if refused := door.refusal(file, called, directory):
            problems.append(refused)
        elif signs.first(name):
            message = "the file's name holds a sign that no text may hold"
            problems.append(Diagnostic("CR112", called, Position(), message, "Rename the file."))
        elif file.stem.lower() in slug.DEVICES:
            message = f"`{file.stem}` is a device to Windows, not a file"
            problems.append(Diagnostic("CR118", called, Position(), message, "Rename the file."))
        elif not {file.suffix.lower(), file.resolve().suffix.lower()} <= ATTACHMENT_ENDINGS:
            hint = "A page or a drawing that can carry a program is not published: attach it as PNG, PDF or text."
            message = f"attachments that end in `{file.suffix}` are not published"
            problems.append(Diagnostic("CR405", called, Position(), message, hint))
        else:
            attachments.append(Attachment(name, called))
    return attachments


def _once(found: list[Found], problems: list[Diagnostic]) -> list[Found]:
    kept: dict[str, Found] = {}
    for item in found:
        if item.id in kept:
            first = kept[item.id].path
            hint = f"`{first}` has the same id; keep one, or give one another slug."
            problems.append(Diagnostic("CR117", item.path, Position(), f"the id `{item.id}` is taken", hint))
        else:
            kept[item.id] = item
    return list(kept.values())


def _names_taken(records: Sequence[Record]) -> Iterator[Diagnostic]:
    """Report earlier ids that another record has, as its id or as an earlier one."""
    owners = {record.id: record for record in records}
    claimed: dict[str, Record] = {}
    for record in records:
        for alias in record.aliases:
            other = owners.get(alias) or claimed.get(alias)
            if other is not None and other.id != record.id:
                hint = f"It belongs to `{other.path}`; an address can lead to one record only."
                yield Diagnostic("CR311", record.path, Position(), f"the earlier id `{alias}` is taken", hint)
            claimed.setdefault(alias, record)
