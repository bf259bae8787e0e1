"""YAML with positions: text in, plain values and the place of each one out.

Calmroom reads YAML 1.2's core schema (yaml.org/spec/1.2.2, chapter 10.3): `true` and `false` are the only booleans,
so a key `on:` is the word "on", `yes` and `no` are words, and `1:30` and dates stay text until the record's own rules
read them. Tags, merge keys and several documents in one file are refused: a record needs none of them. Nothing is
ever built but dicts, lists, text, numbers, booleans and None, and a document that expands beyond `MAX_VALUES` is
refused before it does.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import yaml

from calmroom.records import signs
from calmroom.records.diagnostics import Position

MAX_VALUES = 50_000
MAX_DEPTH = 24

Path = tuple[str | int, ...]

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]{1,4000}\Z")
_OTHER_BASE = re.compile(r"(?:0o[0-7]{1,100}|0x[0-9a-fA-F]{1,100})\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_KINDS = {"[": "a list", "{": "a mapping"}


@dataclass(frozen=True)
class Fault:
    """Something YAML itself forbids or that Calmroom does not read: a code, a place, what is wrong, what to write."""

    code: str
    position: Position
    message: str
    hint: str


@dataclass
class Marks:
    """Where each value and each key of a document stands, by its path."""

    values: dict[Path, Any] = field(default_factory=dict)
    keys: dict[Path, Any] = field(default_factory=dict)


@dataclass
class Document:
    """One read YAML document: its value, where each value stands, where each key stands, and what was wrong.

    `value` is None where the text could not be read at all. Paths are tuples of keys and list indices from the top.
    Places are wanted where something is wrong, and looked for then: noting them takes a third of the reading.
    """

    value: Any = None
    first_line: int = 1
    faults: list[Fault] = field(default_factory=list)
    find: Callable[[], Marks] = field(default=Marks, repr=False, compare=False)

    @cached_property
    def _marks(self) -> Marks:
        return self.find()

    @property
    def values_at(self) -> dict[Path, Any]:
        """Where each value stands."""
        return self._marks.values

    @property
    def keys_at(self) -> dict[Path, Any]:
        """Where each key stands."""
        return self._marks.keys

    def position(self, path: Path, *, key: bool = False) -> Position:
        """Return where the value (or, with `key`, the key) at `path` stands, or the nearest place above it."""
        mark = (self.keys_at if key else self.values_at).get(path) or self.values_at.get(path)
        while mark is None and path:
            path = path[:-1]
            mark = self.values_at.get(path)
        return self.position_of(mark) if mark else Position()

    def position_of(self, mark: Any) -> Position:
        """Return the place of one of the parser's marks in the file."""
        return Position(mark.line + self.first_line, mark.column + 1)

    def below(self, path: Path) -> Document:
        """Return the part of the document at `path` as a document of its own, its places unchanged."""
        value = self.value
        for part in path:
            value = value[part]
        depth = len(path)

        def part_of(marks: dict[Path, Any]) -> dict[Path, Any]:
            return {at[depth:]: mark for at, mark in marks.items() if at[:depth] == path}

        return Document(value, self.first_line, find=lambda: Marks(part_of(self.values_at), part_of(self.keys_at)))


class _RefusedError(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def read(text: str, *, first_line: int = 1, unknown_tags: bool = False) -> Document:
    """Read one YAML document.

    `first_line` is the line at which `text` begins in its file, so that positions are the file's. With `unknown_tags`
    a value with a tag of its own (`!ENV`, `!!python/name:…` in a `mkdocs.yml`) is read as text instead of refused.
    """
    document = Document(first_line=first_line, find=lambda: _marks(text, first_line, unknown_tags))
    reader = _Reader(text, document, unknown_tags)
    try:
        reader.run()
    except _RefusedError as refused:
        document.value = None
        document.faults.append(refused.fault)
    except yaml.MarkedYAMLError as error:
        document.value = None
        document.faults.append(_syntax_fault(error, text, first_line))
    except yaml.reader.ReaderError as error:
        document.value = None
        before = text[: error.position]
        position = Position(before.count("\n") + first_line, len(before) - before.rfind("\n"))
        document.faults.append(
            Fault("CR112", position, "a control character stands here", "Delete the invisible character.")
        )
    return document


def _marks(text: str, first_line: int, unknown_tags: bool) -> Marks:
    """Read a document once more, for the places of its values; of one that cannot be read, those before that."""
    marks = Marks()
    with contextlib.suppress(_RefusedError, yaml.MarkedYAMLError, yaml.reader.ReaderError):
        _Reader(text, Document(first_line=first_line, find=lambda: marks), unknown_tags, marks).run()
    return marks


class _Reader:
    """Builds values from the parser's events, without recursion into the parser and within fixed bounds.

    With `marks` it notes there where each value and key stands.
    """

    def __init__(self, text: str, document: Document, unknown_tags: bool, marks: Marks | None = None) -> None:
        self._next: Callable[[], Any] = _LOADER(text).get_event
        self._document = document
        self._unknown_tags = unknown_tags
        self._noted = marks
        self._suspect = "\\" in text or bool(signs.first(text))
        self._anchors: dict[str, Any] = {}
        self._sizes: dict[str, int] = {}
        self._open: set[str] = set()
        self._count = 0

    def run(self) -> None:
        self._next()  # the stream's start
        event = self._next()
        if isinstance(event, yaml.StreamEndEvent):
            return
        self._document.value = self._value(self._next(), (), 0)
        self._next()  # the document's end
        event = self._next()
        if not isinstance(event, yaml.StreamEndEvent):
            self._refuse("CR111", event, "a second YAML document begins here", "Keep one document in a file.")

    def _at(self, event: Any) -> Position:
        return self._document.position_of(event.start_mark)

    def _refuse(self, code: str, event: Any, message: str, hint: str) -> None:
        raise _RefusedError(Fault(code, self._at(event), message, hint))

    def _value(self, event: Any, path: Path, depth: int) -> Any:
        if self._noted is not None:
            self._noted.values[path] = event.start_mark
        if type(event) is yaml.ScalarEvent and not event.anchor:
            self._grow(event, 1)
            return self._scalar(event)
        if depth > MAX_DEPTH:
            message = f"values are nested more than {MAX_DEPTH} deep"
            self._refuse("CR108", event, message, "A record needs four levels.")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        before = self._count
        self._grow(event, 1)
        if event.anchor:
            self._open.add(event.anchor)
        if isinstance(event, yaml.ScalarEvent):
            value = self._scalar(event)
        elif event.tag and not self._unknown_tags and not event.implicit:
            self._refuse("CR111", event, f"the tag {event.tag} is not read", "Delete the tag; write plain values.")
        elif isinstance(event, yaml.SequenceStartEvent):
            value = self._sequence(path, depth)
        else:
            value = self._mapping(path, depth)
        if event.anchor:
            self._open.discard(event.anchor)
            self._anchors[event.anchor] = value
            self._sizes[event.anchor] = self._count - before
        return value

    def _grow(self, event: Any, by: int) -> None:
        self._count += by
        if self._count > MAX_VALUES:
            self._refuse(
                "CR108",
                event,
                f"the document expands to more than {MAX_VALUES:,} values",
                "Write the values out; an alias (*name) that repeats others' aliases multiplies.",
            )

    def _alias(self, event: Any) -> Any:
        if event.anchor in self._open:
            self._refuse("CR108", event, f"the alias *{event.anchor} contains itself", "Write the value out.")
        if event.anchor not in self._anchors:
            self._refuse(
                "CR105", event, f"the alias *{event.anchor} has no anchor &{event.anchor}", "Write the value out."
            )
        self._grow(event, self._sizes[event.anchor])
        return self._anchors[event.anchor]

    def _scalar(self, event: Any) -> Any:
        plain, quoted = event.implicit
        if not plain and not quoted and not self._unknown_tags:
            self._refuse("CR111", event, f"the tag {event.tag} is not read", "Delete the tag; write plain values.")
        text = self._sound(event)
        return plain_value(text) if plain and not event.style else text

    def _sound(self, event: Any) -> str:
        """Return a scalar's text; a sign that no text may hold, written as an escape, is reported and replaced."""
        text = str(event.value)
        if self._suspect and (bad := signs.first(text)):
            message = f"the control character {signs.named(bad)} stands in this text"
            fault = Fault("CR112", self._at(event), message, "Delete the escape that stands for it.")
            self._document.faults.append(fault)
            return signs.without(text)
        return text

    def _sequence(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        noted = self._noted is not None
        while type(event := self._next()) is not yaml.SequenceEndEvent:
            items.append(self._value(event, (*path, len(items)) if noted else path, depth + 1))
        return items

    def _mapping(self, path: Path, depth: int) -> dict[str, Any]:
        items: dict[str, Any] = {}
        begins: dict[str, Any] = {}
        noted = self._noted
        while type(event := self._next()) is not yaml.MappingEndEvent:
            key = self._key(event)
            if key == "<<" and not event.style:
                self._refuse("CR111", event, "merge keys (<<) are not read", "Write the fields out.")
            place = (*path, key) if noted is not None else path
            if key in items:
                first = self._document.position_of(begins[key])
                self._document.faults.append(
                    Fault(
                        "CR107",
                        self._at(event),
                        f"the field `{key}` is written twice; the first is on line {first.line}",
                        "Keep one of the two, or join them.",
                    )
                )
                self._value(self._next(), (*place, "again"), depth + 1)
            else:
                if noted is not None:
                    noted.keys[place] = event.start_mark
                begins[key] = event.start_mark
                items[key] = self._value(self._next(), place, depth + 1)
        return items

    def _key(self, event: Any) -> str:
        if type(event) is yaml.ScalarEvent:
            self._grow(event, 1)
            return self._sound(event)
        named = self._anchors.get(str(event.anchor)) if isinstance(event, yaml.AliasEvent) else None
        if isinstance(named, str):
            return named
        self._refuse("CR105", event, "a field's name must be a word", "Quote the text if it is one.")
        raise AssertionError("unreachable")


def plain_value(text: str) -> Any:
    """Resolve a plain scalar by YAML 1.2's core schema."""
    if text in _NULL:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text[0] in "-+.0123456789":
        if _INT.match(text):
            return int(text)
        if _OTHER_BASE.match(text):
            return int(text, 0)
        if _FLOAT.match(text):
            return float(text)
    return text


def _syntax_fault(error: yaml.MarkedYAMLError, text: str, first_line: int) -> Fault:
    unclosed = "scanning a quoted scalar" in (error.context or "")
    mark = error.context_mark if unclosed else error.problem_mark or error.context_mark
    if mark is None:
        return Fault("CR105", Position(first_line, 1), f"not readable as YAML: {error.problem}", "")
    position = Position(mark.line + first_line, mark.column + 1)
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent or line[mark.column : mark.column + 1] == "\t":
        column = line.index("\t") + 1
        return Fault(
            "CR106",
            Position(position.line, column),
            "a tab stands where YAML needs spaces",
            "Indent with two spaces for each level.",
        )
    problem = (error.problem or "not readable as YAML").replace("did not find", "missing")
    context = f" ({error.context})" if error.context else ""
    return Fault("CR105", position, f"not readable as YAML: {problem}{context}", _syntax_hint(error, line))


def _syntax_hint(error: yaml.MarkedYAMLError, line: str) -> str:
    problem = error.problem or ""
    if "mapping values are not allowed" in problem:
        return 'Text with ": " in it must be in quotes: "…".'
    if "cannot start any token" in problem:
        return 'Text that begins with @, `, % or another sign of YAML must be in quotes: "…".'
    if "scanning a quoted scalar" in (error.context or ""):
        return "Close the quotation mark."
    if line.strip() and ":" not in line and not line.lstrip().startswith("-"):
        return "Each line is `field: value` or `- item`; check the indentation of this one and the one before."
    return "Check the indentation, the colons and the quotes of this line and the one before."
