"""The one place that reads files: a folder of records in, values and diagnostics out.

A record that cannot be read never hides another: each file is read on its own, and everything found in all of them is
reported together. Links are checked later, when everything that can be linked to is known.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pydantic_core import PydanticCustomError

from calmroom.records import rules, signs, text_file, yaml_text
from calmroom.records.diagnostics import Diagnostic, Level, Position, sort
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
) -> Records:
    """Read every record of `folder` in the knowledge base at `root`.

    `progress(done, total)` is called after each file.
    """
    found, problems = find(root, folder)
    readings: list[Reading] = []
    for done, item in enumerate(found, 1):
        readings.append(read_record(root, item, taxonomies, today))
        problems.extend(readings[-1].diagnostics)
        if progress:
            progress(done, len(found))
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
    if not base.is_dir():
        hint = f"Make the folder, or run `calmroom init`; its name is `incidents:` in {root.name}/mkdocs.yml."
        return [], [Diagnostic("CR113", folder, Position(), "there is no folder of records here", hint)]
    inside = root.resolve()
    for entry in sorted(os.scandir(base), key=lambda e: e.name):
        path = f"{folder}/{entry.name}"
        if entry.name.startswith((".", "_")) or entry.name.lower() in IGNORED:
            continue
        if not stays_inside(Path(entry.path), inside):
            problems.append(_leads_out(path))
            continue
        if entry.is_dir():
            record, faults = _in_folder(Path(entry.path), path, inside)
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


def read_record(root: Path, item: Found, taxonomies: Taxonomies, today: date | None = None) -> Reading:
    """Read one record's file."""
    file = root / item.path
    try:
        size = file.stat().st_size
        if size > text_file.MAX_BYTES:
            return Reading(None, (text_file.too_large(size, item.path),))
        content = file.read_bytes()
    except OSError as error:
        message = f"the file cannot be read: {error.strerror or 'unknown reason'}"
        return Reading(None, (Diagnostic("CR113", item.path, Position(), message, "Check its permissions."),))
    text, problems = text_file.decode(content, item.path)
    if text is None:
        return Reading(None, tuple(problems))
    reading = parse_record(text, item, taxonomies, today)
    return replace(reading, diagnostics=tuple(with_source(reading.diagnostics, text)))


def parse_record(text: str, item: Found, taxonomies: Taxonomies, today: date | None = None) -> Reading:
    """Read a record from its text: the pure half of `read_record`.

    A problem in one field hides none in another: the rules look at every field that could be read.
    """
    problems: list[Diagnostic] = []
    prose = None
    if item.path.endswith(".md"):
        parts, problems = text_file.split(text, item.path)
        if parts is None:
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
        prose = prose or _yaml_prose(readable.narrative, document, item.path, text)
    if fields is None or any(problem.level is Level.ERROR for problem in problems):
        return Reading(None, tuple(problems), prose)
    values = {name: getattr(fields, name) for name in IncidentFields.model_fields}
    values["narrative"] = prose.text if prose else ""
    record = Record.model_construct(**values, id=item.id, path=item.path, attachments=item.attachments)
    return Reading(record, tuple(problems), prose)


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
        if problem.position.line <= len(lines)
        else problem
        for problem in problems
    ]


def _in_folder(directory: Path, path: str, inside: Path) -> tuple[Found | None, list[Diagnostic]]:
    names = sorted(name for name in RECORD_NAMES if (directory / name).is_file())
    if not names:
        hint = "Name the record `record.md`; the folder's name is its id."
        return None, [Diagnostic("CR115", path, Position(), "this folder holds no record", hint)]
    attachments, problems = _attachments(directory, path, inside)
    if not stays_inside(directory / names[0], inside):
        return None, [*problems, _leads_out(f"{path}/{names[0]}")]
    if len(names) > 1:
        problems.append(
            Diagnostic(
                "CR117", f"{path}/{names[1]}", Position(), f"`{names[0]}` is the same record", "Keep one of the two."
            )
        )
    return Found(directory.name, f"{path}/{names[0]}", tuple(attachments)), problems


def _attachments(directory: Path, path: str, inside: Path) -> tuple[list[Attachment], list[Diagnostic]]:
    attachments: list[Attachment] = []
    problems: list[Diagnostic] = []
    for file in _files_below(directory):
        name = file.relative_to(directory).as_posix()
        if name in RECORD_NAMES:
            continue
        if not stays_inside(file, inside):
            problems.append(_leads_out(f"{path}/{name}"))
        elif file.suffix.lower() not in ATTACHMENT_ENDINGS:
            hint = "A page or a drawing that can carry a program is not published: attach it as PNG, PDF or text."
            message = f"attachments that end in `{file.suffix}` are not published"
            problems.append(Diagnostic("CR405", f"{path}/{name}", Position(), message, hint))
        else:
            attachments.append(Attachment(name, f"{path}/{name}"))
    return attachments, problems


def _files_below(directory: Path) -> Iterator[Path]:
    for entry in sorted(os.scandir(directory), key=lambda e: e.name):
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files_below(Path(entry.path))
        else:
            yield Path(entry.path)


def stays_inside(path: Path, inside: Path) -> bool:
    """Say whether a path, if it is a symbolic link, leads to something below the folder `inside`."""
    if not path.is_symlink():
        return True
    try:
        return path.resolve(strict=True).is_relative_to(inside)
    except (OSError, RuntimeError):
        return False


def _leads_out(path: str) -> Diagnostic:
    return Diagnostic(
        "CR114",
        path,
        Position(),
        "this link leads out of the knowledge base, or nowhere",
        "Copy the file here instead.",
    )


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
