"""Readings that are kept: what a record's file held when it was last read, so that it need not be read again.

A reading is the values YAML gave, as JSON; a record is made of them by the same models as ever, part by part, when
something asks for it. So ten thousand records take little room, and nothing that was kept is believed: it is only
spared the parser. Rows that are damaged, of another version, of another file or of other taxonomies are passed over,
and the file is read.

Kept readings lie in a database of SQLite in the user's own cache folder, readable for nobody else, since they hold
records of every sharing level. `CALMROOM_CACHE` names another folder, or says `off`.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pydantic
import yaml
from pydantic import BaseModel, create_model

from calmroom import __version__
from calmroom.records import links
from calmroom.records.diagnostics import Diagnostic, Edit, Level, Position
from calmroom.records.model import Fields, IncidentFields, Prose, Record
from calmroom.records.taxonomy import Taxonomies

VARIABLE = "CALMROOM_CACHE"
"""The environment variable that names the folder of caches, or says `off`."""
FORMAT = 3
PLAIN = (
    "title", "ref", "severity", "status", "tlp", "kind", "near_miss", "fictional", "organisation", "services", "tags",
    "aliases",
)  # fmt: skip
"""What every list shows and every filter looks at: always at hand."""
FACTS = ("times", "impact", "detection", "factors", "actions", "meeting", "attachments")
"""What figures count."""
TEXTS = tuple(name for name in IncidentFields.model_fields if name not in PLAIN and name not in FACTS)
"""What only the record's own page shows, and its search."""
PARTS = {**dict.fromkeys(FACTS, "facts"), **dict.fromkeys(TEXTS, "texts")}
LINGER = 3_600
"""Seconds for which a reading stays after another took its place."""
ELSEWHERE = frozenset({"path", "files", "shipped"})
"""What says where a record is, and nothing of what it says."""
RACY = 2_000_000_000
"""Nanoseconds: a file changed so shortly before it was read may change again without showing it."""


@dataclass(frozen=True)
class Row:
    """One reading as it is kept: `plain` values, `facts` and `texts` as JSON, findings, and the prose to be checked."""

    plain: Mapping[str, Any]
    facts: str
    texts: str
    found: tuple[Diagnostic, ...]
    prose: Prose | None


class Rows:
    """Facts and texts of records by number: here in memory, in `Store` in a file."""

    def __init__(self) -> None:
        self._held: list[tuple[str, str]] = []

    def add(self, row: Row) -> int:
        """Hold a reading; returns its number."""
        self._held.append((row.facts, row.texts))
        return len(self._held) - 1

    def part(self, number: int, name: str) -> Any:
        """Return the `facts` or `texts` of a reading as values."""
        return json.loads(self._held[number][0 if name == "facts" else 1])


class KeptRecord(Record):
    """A record whose plain values are there and whose other parts are made when they are asked for."""

    def __getattr__(self, name: str) -> Any:
        """Make a part that is asked for."""
        part = PARTS.get(name)
        if part is None:
            raise AttributeError(name)
        values = self.__dict__
        if name not in values["there"]:
            made = _default(name)
        else:
            try:
                raw = values.get(f"_{part}")
                if raw is None:
                    raw = values[f"_{part}"] = values["rows"].part(values["number"], part)
                made = _made(name, raw[name], values["taxonomies"])
                del raw[name]  # what was made of it stays, until all of it is let go of
            except (LookupError, ValueError):  # what was kept is damaged: the file says it again
                made = getattr(values["again"](), name)
        values[name] = made
        values["loaded"].add(name)
        return made

    @property
    def evidenced(self) -> bool:
        """Whether there are events, and each names its evidence, as it was when the record was read."""
        return super().evidenced if "timeline" in self.__dict__ else self.__dict__["said"]["evidenced"]

    @property
    def factor_kinds(self) -> tuple[str, ...]:
        """The kinds of its factors, as they were when the record was read."""
        return super().factor_kinds if "factors" in self.__dict__ else tuple(self.__dict__["said"]["factor_kinds"])

    @property
    def began_on(self) -> date:
        """The day it began, as it was when the record was read."""
        return super().began_on if "times" in self.__dict__ else date.fromisoformat(self.__dict__["said"]["began_on"])

    @property
    def noticed_by(self) -> Any:
        """Who noticed first, as it was when the record was read."""
        return super().noticed_by if "detection" in self.__dict__ else self.__dict__["said"]["noticed_by"]

    @property
    def undone(self) -> tuple[date | None, ...]:
        """When its open actions are due, as it was when the record was read."""
        if "actions" in self.__dict__:
            return super().undone
        return tuple(date.fromisoformat(day) if day else None for day in self.__dict__["said"]["undone"])

    @property
    def owners(self) -> tuple[str, ...]:
        """Who owns its open actions, as it was when the record was read."""
        return super().owners if "actions" in self.__dict__ else tuple(self.__dict__["said"]["owners"])

    @property
    def followed_kinds(self) -> tuple[str, ...]:
        """The kinds of factor its done actions addressed, as they were when the record was read."""
        if "actions" in self.__dict__ or "factors" in self.__dict__:
            return super().followed_kinds
        return tuple(self.__dict__["said"]["followed_kinds"])

    @property
    def amended_on(self) -> date | None:
        """The day of its latest amendment, as it was when the record was read."""
        if "amendments" in self.__dict__:
            return super().amended_on
        day = self.__dict__["said"]["amended_on"]
        return date.fromisoformat(day) if day else None

    @property
    def kept_names(self) -> tuple[str, str] | None:
        """What names its facts, and all it says, as they were read."""
        values = self.__dict__
        if values["altered"]:
            return None
        found: tuple[str, str] | None = values.get("_names")
        if found is None:
            facts, whole = values["said"]["names"]
            beside = [file.path for file in values["files"]] if values["files"] else ""
            place = f"{values['id']} {values['path']!r} {values['shipped']} {beside}"
            found = values["_names"] = (f"{facts} {place}", f"{whole} {place}")
        return found

    @property
    def kept_links(self) -> tuple[tuple[str, str], ...] | None:
        """The links of its narrative that stay inside, as they were read."""
        if self.__dict__["altered"]:
            return None
        return tuple((tag, address) for tag, address in self.__dict__["said"]["links"])

    def has(self, name: str) -> bool:
        """Say whether a field holds something, without making it."""
        return name in self.__dict__["there"] if name not in self.__dict__ else bool(self.__dict__[name])

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> KeptRecord:
        """Return a copy with other values in some fields: what it says is then not what was read any more."""
        made: KeptRecord = super().model_copy(update=update, deep=deep)
        made.__dict__["loaded"] = set(self.__dict__["loaded"]) - set(update or ())
        for name in ("_names", "_facts", "_texts"):
            made.__dict__.pop(name, None)
        made.__dict__["altered"] = self.__dict__["altered"] or not set(update or ()) <= ELSEWHERE
        return made

    def forget(self) -> None:
        """Let go of the parts that were made: they can be made again."""
        values = self.__dict__
        for name in (*values["loaded"], "_facts", "_texts"):
            values.pop(name, None)
        values["loaded"].clear()


def record(
    plain: Mapping[str, Any],
    id_: str,
    path: str,
    files: tuple[Any, ...],
    rows: Rows | Store,
    number: int,
    taxonomies: Taxonomies,
    again: Callable[[], Record],
) -> Record:
    """Return the record of a reading that is kept as number `number` of `rows`; `again` reads its file once more."""
    values = {name: plain.get(name, default) for name, default in _DEFAULTS.items()}
    for name in ("kind", "services", "tags", "aliases"):
        values[name] = tuple(values[name])
    values |= {"id": id_, "path": path, "files": files, "shipped": False, "marked": plain["marked"]}
    values |= {"there": frozenset(plain["there"]), "rows": rows, "number": number, "taxonomies": taxonomies}
    values |= {"said": plain["said"], "again": again, "loaded": set(), "altered": False}
    made = KeptRecord.__new__(KeptRecord)
    object.__setattr__(made, "__dict__", values)
    object.__setattr__(made, "__pydantic_fields_set__", set())
    object.__setattr__(made, "__pydantic_extra__", None)
    object.__setattr__(made, "__pydantic_private__", None)
    return made


def row(read: Record, raw: Mapping[str, Any], found: Iterable[Diagnostic], prose: Prose | None) -> Row:
    """Return what is kept of a reading; `raw` are the values it was made from, without empty ones."""
    plain = {name: getattr(read, name) for name in PLAIN if getattr(read, name) != _DEFAULTS[name]}
    there = [name for name in raw if name in PARTS and raw[name] not in ("", [], {})]
    if read.narrative:
        there = list(dict.fromkeys([*there, "narrative"]))
    said = {
        "evidenced": read.evidenced,
        "factor_kinds": read.factor_kinds,
        "began_on": read.began_on.isoformat(),
        "noticed_by": read.noticed_by,
        "undone": [day.isoformat() if day else None for day in read.undone],
        "owners": read.owners,
        "followed_kinds": read.followed_kinds,
        "amended_on": read.amended_on.isoformat() if read.amended_on else None,
        "links": links.inner(read.narrative),
    }
    plain |= {"marked": read.marked, "there": there}
    texts = _json({name: raw[name] for name in TEXTS if name in raw} | {"narrative": read.narrative})
    facts = _json({name: raw[name] for name in FACTS if name in raw})
    named = _name(_json([plain, said]), facts)
    plain["said"] = said | {"names": (named, _name(named, texts))}
    return Row(plain, facts, texts, tuple(found), prose)


_DEFAULTS = {
    name: None if field.is_required() else field.get_default(call_default_factory=True)
    for name, field in IncidentFields.model_fields.items()
    if name in PLAIN
}


@cache
def _default(name: str) -> Any:
    return IncidentFields.model_fields[name].get_default(call_default_factory=True)


@cache
def _model(name: str) -> type[BaseModel]:
    field = IncidentFields.model_fields[name]
    fields: dict[str, Any] = {name: (field.annotation, field)}
    return create_model(f"Only{name}", __base__=Fields, **fields)


def _made(name: str, raw: Any, taxonomies: Taxonomies) -> Any:
    if name == "narrative":
        return str(raw)
    return getattr(_model(name).model_validate({name: raw}, context={"taxonomies": taxonomies}), name)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def folder() -> Path | None:
    """Return the folder of caches, or None where none is wanted."""
    named = os.environ.get(VARIABLE, "")
    if named.lower() in ("off", "0", "no"):
        return None
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("LOCALAPPDATA") if os.name == "nt" else "")
    return (Path(base) if base else Path.home() / ".cache") / "calmroom"


@cache
def code() -> str:
    """Return a fingerprint of everything that makes what is kept: other code may make it otherwise."""
    digest = hashlib.blake2b(digest_size=16)
    package = Path(__file__).parent.parent
    for room in ("records", "search", "insight"):
        for file in sorted((package / room).glob("*.py")):
            digest.update(file.read_bytes())
    told = f"{FORMAT} {__version__} {sys.version_info[:2]} {pydantic.VERSION} {yaml.__version__}"
    digest.update(told.encode())
    return digest.hexdigest()


def signature(found: os.stat_result, beside: Iterable[str] = ()) -> str:
    """Return what the file system says of a file and what lies beside it, or nothing where that may not be enough.

    Where all of it is as it was, so is what the file holds; but one that was changed a moment ago may be changed again
    within the same tick of the clock (Git calls such files racy).
    """
    if time.time_ns() - max(found.st_mtime_ns, found.st_ctime_ns) < RACY:
        return ""
    names = hashlib.blake2b("\0".join(beside).encode("utf-8", "surrogateescape"), digest_size=6).hexdigest()
    return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino} {names}"


@dataclass(frozen=True)
class Kept:
    """What is to be kept of a file: its reading, or None where that is as it was."""

    path: str
    signature: str
    digest: bytes
    row: Row | None


class Store:
    """Readings of one knowledge base in a file; where that cannot be used, nothing is found in it and nothing kept."""

    def __init__(self, file: Path, version: str) -> None:
        self._file = file
        self._version = version
        self._open: dict[int, sqlite3.Connection] = {}
        self._lock = threading.RLock()

    @classmethod
    def of(cls, root: Path, taxonomies: Taxonomies) -> Store | None:
        """Return the store of the knowledge base at `root`, or None where caching is off."""
        where = folder()
        if where is None:
            return None
        name = hashlib.blake2b(str(root.resolve()).encode("utf-8", "surrogateescape"), digest_size=8).hexdigest()
        words = json.dumps({name: sorted(words) for name, words in taxonomies.by_name.items()}, sort_keys=True)
        version = hashlib.blake2b(f"{code()} {words}".encode(), digest_size=16).hexdigest()
        return cls(where / f"{name}.sqlite", version)

    def _connection(self) -> sqlite3.Connection | None:
        """Return this process' own connection: one must not be carried over a fork."""
        process = os.getpid()
        if process not in self._open:
            self._open.clear()
            try:
                self._open[process] = self._connected()
            except (sqlite3.Error, OSError):
                return None
        return self._open[process]

    def _connected(self, *, again: bool = True) -> sqlite3.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not self._file.exists():
            os.close(os.open(self._file, os.O_CREAT | os.O_WRONLY, 0o600))
        opened = sqlite3.connect(self._file, timeout=5, check_same_thread=False, isolation_level=None)
        try:
            opened.execute("PRAGMA journal_mode=WAL")
            opened.execute("PRAGMA synchronous=NORMAL")
            known = opened.execute("SELECT name FROM sqlite_master WHERE name = 'about'").fetchone()
            if known is None or opened.execute("SELECT version FROM about").fetchone() != (self._version,):
                self._begin(opened)
        except sqlite3.DatabaseError as error:
            opened.close()
            if isinstance(error, sqlite3.OperationalError) or not again:
                raise
            self._file.unlink(missing_ok=True)  # it is damaged, or no database
            return self._connected(again=False)
        return opened

    def _begin(self, opened: sqlite3.Connection) -> None:
        with _transaction(opened):
            tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'"
            for (name,) in opened.execute(tables).fetchall():
                opened.execute(f'DROP TABLE "{name}"')
            opened.execute("CREATE TABLE about (version TEXT)")
            opened.execute("INSERT INTO about VALUES (?)", (self._version,))
            opened.execute(
                "CREATE TABLE readings (path TEXT PRIMARY KEY, number INTEGER, signature TEXT, digest BLOB, "
                "plain TEXT, found TEXT, prose TEXT)"
            )
            opened.execute(
                "CREATE TABLE parts (number INTEGER PRIMARY KEY AUTOINCREMENT, facts TEXT, texts TEXT, "
                "digest BLOB, gone REAL)"
            )
            opened.execute("CREATE TABLE derived (name TEXT PRIMARY KEY, key BLOB, value BLOB, digest BLOB)")

    def readings(self) -> dict[str, tuple[int, str, bytes, str, str, str | None]]:
        """Return what is kept of each file, by its path: number, signature, digest, and JSON of the rest."""
        opened = self._connection()
        if opened is None:
            return {}
        try:
            query = "SELECT path, number, signature, digest, plain, found, prose FROM readings"
            return {path: tuple(rest) for path, *rest in opened.execute(query)}
        except sqlite3.Error:
            return {}

    def part(self, number: int, name: str) -> Any:
        """Return the `facts` or `texts` of a reading as values.

        Raises `LookupError` where they are not as they were kept.
        """
        with self._lock:
            opened = self._connection()
            try:
                found = (
                    opened
                    and opened.execute("SELECT facts, texts, digest FROM parts WHERE number = ?", (number,)).fetchone()
                )
            except sqlite3.Error as error:
                raise LookupError(str(error)) from None
        if not found or _digest(found[0], found[1]) != found[2]:
            raise LookupError(f"reading {number} is not as it was kept")
        return json.loads(found[0 if name == "facts" else 1])

    def keep(self, new: Iterable[Kept], gone: Iterable[str]) -> dict[str, int] | None:
        """Keep readings, and none of the files that are gone; returns their numbers, None where nothing can be kept.

        A reading that gives way stays for an hour, because another process may be at work with it.
        """
        opened = self._connection()
        if opened is None:
            return None
        numbers: dict[str, int] = {}
        now = time.time()
        try:
            with self._lock, _transaction(opened):
                there = dict(opened.execute("SELECT path, number FROM readings"))
                for path in gone:
                    opened.execute("UPDATE parts SET gone = ? WHERE number = ?", (now, there.get(path)))
                    opened.execute("DELETE FROM readings WHERE path = ?", (path,))
                for one in new:
                    if one.row is None:  # as it was, but for what the file system says of it
                        query = "UPDATE readings SET signature = ? WHERE path = ?"
                        opened.execute(query, (one.signature, one.path))
                        continue
                    if one.path in there:
                        opened.execute("UPDATE parts SET gone = ? WHERE number = ?", (now, there[one.path]))
                    facts, texts = one.row.facts, one.row.texts
                    number = opened.execute(
                        "INSERT INTO parts (facts, texts, digest) VALUES (?, ?, ?)",
                        (facts, texts, _digest(facts, texts)),
                    ).lastrowid
                    assert number is not None
                    numbers[one.path] = number
                    told = _json(one.row.plain), findings(one.row.found), _prose(one.row.prose)
                    opened.execute(
                        "INSERT OR REPLACE INTO readings VALUES (?, ?, ?, ?, ?, ?, ?)",
                        (one.path, number, one.signature, one.digest, *told),
                    )
                opened.execute("DELETE FROM parts WHERE gone < ?", (now - LINGER,))
        except (sqlite3.Error, OSError):
            return None
        return numbers

    def derived(self, name: str) -> tuple[bytes, bytes] | None:
        """Return the key and value of something that follows from what was read, or None where nothing is kept."""
        opened = self._connection()
        if opened is None:
            return None
        try:
            found = opened.execute("SELECT key, value, digest FROM derived WHERE name = ?", (name,)).fetchone()
        except sqlite3.Error:
            return None
        if not found or hashlib.blake2b(found[0] + found[1], digest_size=16).digest() != found[2]:
            return None
        return found[0], found[1]

    def keep_derived(self, name: str, key: bytes, value: bytes) -> None:
        """Keep something that follows from what was read."""
        opened = self._connection()
        if opened is not None:
            with contextlib.suppress(sqlite3.Error), self._lock, _transaction(opened):
                digest = hashlib.blake2b(key + value, digest_size=16).digest()
                opened.execute("INSERT OR REPLACE INTO derived VALUES (?, ?, ?, ?)", (name, key, value, digest))

    def forget_derived(self, beginning: str, most: int) -> None:
        """Forget what has a name that begins so, but for the `most` that were kept last."""
        opened = self._connection()
        if opened is not None:
            some = "SELECT rowid FROM derived WHERE name LIKE ? ORDER BY rowid DESC"
            query = f"DELETE FROM derived WHERE rowid IN ({some} LIMIT -1 OFFSET ?)"  # noqa: S608
            with contextlib.suppress(sqlite3.Error), self._lock, _transaction(opened):
                opened.execute(query, (f"{beginning} %", most))


@contextlib.contextmanager
def _transaction(opened: sqlite3.Connection) -> Any:
    opened.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        opened.execute("ROLLBACK")
        raise
    opened.execute("COMMIT")


def _digest(facts: str, texts: str) -> bytes:
    return hashlib.blake2b(f"{len(facts)} {facts}{texts}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _name(*texts: str) -> str:
    digest = hashlib.blake2b(digest_size=12)
    for text in texts:
        digest.update(f"{len(text)} {text}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def findings(found: Iterable[Diagnostic]) -> str:
    """Return diagnostics as they are kept."""
    return _json([_told(diagnostic) for diagnostic in found])


def _told(found: Diagnostic) -> list[Any]:
    edit = found.edit and [*_place(found.edit.start), *_place(found.edit.end), found.edit.text]
    end = found.end and _place(found.end)
    place = _place(found.position)
    return [found.code, found.path, *place, found.message, found.hint, found.level.value, found.source, end, edit]


def _place(position: Position) -> tuple[int, int]:
    return position.line, position.column


def of_findings(text: str) -> tuple[Diagnostic, ...]:
    """Return diagnostics that were kept."""
    return tuple(
        Diagnostic(
            code,
            path,
            Position(line, column),
            message,
            hint,
            Level(level),
            source,
            Position(*end) if end else None,
            Edit(Position(*edit[:2]), Position(*edit[2:4]), edit[4]) if edit else None,
        )
        for code, path, line, column, message, hint, level, source, end, edit in json.loads(text)
    )


def _prose(prose: Prose | None) -> str | None:
    return None if prose is None else _json([prose.path, prose.text, prose.first_line, prose.indent])


def of_prose(text: str | None) -> Prose | None:
    """Return prose that was kept."""
    return None if text is None else Prose(*json.loads(text))
