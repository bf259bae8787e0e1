"""The one place that reads files: a folder of records in, values and diagnostics out.

A record that cannot be read never hides another: each file is read on its own, and everything found in all of them is
reported together. Links are checked later, when everything that can be linked to is known.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from pydantic_core import PydanticCustomError

from calmroom import forked
from calmroom.records import door, kept, rules, sharing, signs, slug, text_file, yaml_text
from calmroom.records.diagnostics import Diagnostic, Level, Position, nearest, sort
from calmroom.records.model import NARRATIVE_LENGTH, Attachment, IncidentFields, Prose, Record, check_id
from calmroom.records.taxonomy import Taxonomies
from calmroom.records.validate import validate, validate_rest, without_empty_fields

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
BATCH = 512
"""So many readings are kept at a time."""
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
    """What came of reading one file: the record, or None with what was wrong; its prose, where that could be found.

    `raw` are the values the record was made from.
    """

    record: Record | None
    diagnostics: tuple[Diagnostic, ...]
    prose: Prose | None = None
    raw: Mapping[str, Any] = field(default_factory=dict)


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


class Remembering(Protocol):
    """What looks at each record as it is read, and remembers what it found in those that are as they were."""

    def __call__(self, read: Inspected) -> list[Diagnostic]:
        """Return what is found in a record that was read."""

    def before(self, path: str, signature: str) -> tuple[Diagnostic, ...] | None:
        """Return what was found in a file when the file system said the same of it, or None where that is not known."""

    def remember(self, found: Iterable[Looked], there: Iterable[str]) -> None:
        """Remember what was found in records, and nothing of files that are not `there` any more."""


@dataclass(frozen=True)
class Looked:
    """What was found in the record of one file, of which the file system says `signature`."""

    record: Record
    signature: str
    found: tuple[Diagnostic, ...]


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
    inspect: Inspect | Remembering | None = None,
    only: Collection[str] | None = None,
    store: kept.Store | None = None,
) -> Records:
    """Read every record of `folder` in the knowledge base at `root`.

    `progress(done, total)` is called after each file; `inspect` looks at each as it is read. With `only`, paths of
    files, the others are not opened and count as unread. `store` holds readings of an earlier time: a file that is as
    it was then is not read again. Many are read in as many processes as there are cores.
    """
    found, problems = find(root, folder)
    told = (lambda number: progress(number, len(found))) if progress else None

    def look_at(number: int) -> Reading:
        item = found[number]
        if only is not None and item.path not in only:
            return Reading(None, ())
        return read_record(root, item, taxonomies, today, inspect)

    remembering = inspect if inspect is not None and hasattr(inspect, "remember") and store is not None else None
    if (inspect is None or remembering is not None) and only is None:
        readings = _kept_readings(root, found, taxonomies, today, store, told, remembering)  # type: ignore[arg-type]
    else:
        parallel = only is None and len(found) >= WORTHWHILE
        readings = forked.over(look_at, len(found), chunk=CHUNK, parallel=parallel, told=told)
    problems.extend(problem for read in readings for problem in read.diagnostics)
    records = tuple(reading.record for reading in readings if reading.record is not None)
    unreadable = tuple(item for item, reading in zip(found, readings, strict=True) if reading.record is None)
    prose = tuple(reading.prose for reading in readings if reading.prose is not None)
    problems.extend(_names_taken(records))
    return Records(records, unreadable, prose, tuple(sort(problems)))


def _kept_readings(
    root: Path,
    found: Sequence[Found],
    taxonomies: Taxonomies,
    today: date | None,
    store: kept.Store | None,
    told: Callable[[int], None] | None,
    inspect: Remembering | None = None,
) -> list[Reading]:
    """Return the reading of each file, of those that are as they were what was kept of them.

    What `inspect` finds is added to what is wrong in each.
    """
    known = store.readings() if store else {}
    signatures = [_signature(root, item) for item in found]
    looked = [inspect.before(item.path, signatures[number]) if inspect else () for number, item in enumerate(found)]
    wanted = [
        number
        for number, item in enumerate(found)
        if item.path not in known
        or not signatures[number]
        or known[item.path][1] != signatures[number]
        or looked[number] is None
    ]

    def read(place: int) -> tuple[bytes, kept.Row | None, Reading | None, tuple[Diagnostic, ...]]:
        return _read_to_keep(root, found[wanted[place]], taxonomies, today, known, inspect)

    rows = kept.Rows()
    fresh: dict[int, _Fresh] = {}
    made = enumerate(forked.each(read, len(wanted), chunk=CHUNK, parallel=len(wanted) >= WORTHWHILE))
    while batch := list(islice(made, BATCH)):  # kept while others are read
        some = {wanted[place]: one for place, one in batch}
        numbers = _keep(store, found, signatures, some, known)
        for number, (_, row, plain, told_of) in some.items():
            if row is None:
                fresh[number] = _Fresh(plain, told_of)
            elif numbers is None or store is None:
                fresh[number] = _Fresh(None, told_of, row, rows, rows.add(row))
            else:
                light = replace(row, facts="", texts="")
                fresh[number] = _Fresh(None, told_of, light, store, numbers[found[number].path])
        if told:
            told(batch[-1][0] + 1)
    paths = {item.path for item in found}
    if store and (gone := [path for path in known if path not in paths]):
        store.keep([], gone)
    readings = []
    for number, item in enumerate(found):
        one = fresh.get(number) or _Fresh(None, looked[number] or ())
        if one.plain is not None:
            readings.append(replace(one.plain, diagnostics=(*one.plain.diagnostics, *one.told)))
            continue
        if one.row is None:
            at, _, _, told_plain, told_found, told_prose = known[item.path]
            values, diagnostics, prose = json.loads(told_plain), kept.of_findings(told_found), kept.of_prose(told_prose)
            place: kept.Rows | kept.Store = store or rows
        else:
            values, diagnostics, prose = one.row.plain, one.row.found, one.row.prose
            place, at = one.place or rows, one.number
        again = partial(_again, root, item, taxonomies, today)
        record = kept.record(values, item.id, item.path, item.attachments, place, at, taxonomies, again)
        readings.append(Reading(record, (*diagnostics, *one.told), prose))
    if inspect:
        _remember(inspect, found, signatures, {number: one.told for number, one in fresh.items()}, readings)
    return readings


@dataclass(frozen=True)
class _Fresh:
    """A file that was read now: a plain reading, or the row that is kept of it as number `number` of `place`.

    Neither of both where it is as it was. `told` is what was found in it besides.
    """

    plain: Reading | None
    told: tuple[Diagnostic, ...]
    row: kept.Row | None = None
    place: kept.Rows | kept.Store | None = None
    number: int = 0


def _keep(
    store: kept.Store | None,
    found: Sequence[Found],
    signatures: Sequence[str],
    some: Mapping[int, tuple[bytes, kept.Row | None, Reading | None, tuple[Diagnostic, ...]]],
    known: Mapping[str, tuple[Any, ...]],
) -> dict[str, int] | None:
    """Keep what was read of some files; returns the numbers of their rows, or None where nothing can be kept."""
    if store is None:
        return None
    gone = [found[number].path for number, (_, _, plain, _) in some.items() if plain and found[number].path in known]
    new = [
        kept.Kept(found[number].path, signatures[number], digest, row)
        for number, (digest, row, plain, _) in some.items()
        if plain is None
    ]
    return store.keep(new, gone)


def _remember(
    inspect: Remembering,
    found: Sequence[Found],
    signatures: Sequence[str],
    fresh: Mapping[int, tuple[Diagnostic, ...]],
    readings: Sequence[Reading],
) -> None:
    """Let what was found now be remembered, of records that were read and may be taken from what is kept."""
    new = [
        Looked(record, signatures[number], told)
        for number, told in fresh.items()
        if signatures[number] and (record := readings[number].record) is not None and record.kept_names
    ]
    inspect.remember(new, {item.path for item in found})


def _signature(root: Path, item: Found) -> str:
    try:
        found = os.lstat(f"{root}/{item.path}")
        return kept.signature(found, (file.name for file in item.attachments))
    except OSError:
        return ""


def _read_to_keep(
    root: Path,
    item: Found,
    taxonomies: Taxonomies,
    today: date | None,
    known: Mapping[str, tuple[Any, ...]],
    inspect: Inspect | Remembering | None = None,
) -> tuple[bytes, kept.Row | None, Reading | None, tuple[Diagnostic, ...]]:
    """Read a file: its digest and what is kept of it, or neither of both where it is as it was, or a plain reading.

    Not kept is what holds errors, and what would be read otherwise on another day. What `inspect` found stands apart.
    """
    told: list[Diagnostic] = []

    def look(read: Inspected) -> list[Diagnostic]:
        told.extend(inspect(read) if inspect else ())
        return []

    problems: list[Diagnostic] = []
    file = root / item.path
    content = door.read(file, item.path, file.parent, problems.append)
    if content is None:
        return b"", None, Reading(None, tuple(problems)), ()
    names = "\0".join(attachment.name for attachment in item.attachments)
    digest = hashlib.sha256(content + b"\0" + names.encode("utf-8", "surrogateescape")).digest()
    same = item.path in known and known[item.path][2] == digest
    if same and inspect is None:
        return digest, None, None, ()
    text, problems = text_file.decode(content, item.path)
    if text is None:
        return b"", None, Reading(None, tuple(problems)), ()
    reading = parse_record(text, item, taxonomies, today, look)
    reading = replace(reading, diagnostics=tuple(with_source(reading.diagnostics, text)))
    found, record = tuple(with_source(told, text)), reading.record
    if same:
        return digest, None, None, found
    if record is None or (record.meeting and record.status != "reviewed"):
        return digest, None, replace(reading, raw={}), found
    prose = reading.prose if reading.prose and _worth_checking(reading.prose.text) else None
    raw = without_empty_fields(IncidentFields, dict(reading.raw))
    return digest, kept.row(record, raw, reading.diagnostics, prose), None, found


def _worth_checking(text: str) -> bool:
    """Say whether a text may hold links or marks of sharing levels; most do not, and need not be looked at again."""
    return any(sign in text for sign in ("](", "]:", "<", "://")) or "tlp" in text.lower()


def _again(root: Path, item: Found, taxonomies: Taxonomies, today: date | None) -> Record:
    record = read_record(root, item, taxonomies, today).record
    if record is None:
        raise LookupError(f"{item.path} is not what it was when it was read a moment ago")
    return record


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
    return replace(reading, diagnostics=tuple(with_source(reading.diagnostics, text)), raw={})


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
    return Reading(record, tuple(problems), prose, document.value)


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
