"""Where the signs of a value stand in its file: what lets an edit replace words inside a YAML scalar.

A value is what YAML made of the text: quotes and escapes are gone, folded lines are joined. `Scalars` walks value and
text side by side and says for each sign of the value where it was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import yaml

from calmroom.records.diagnostics import Position
from calmroom.records.yaml_text import Path

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Scalar:
    """One scalar as written: its value, its offsets in the text, its style, whether it stands in brackets or braces."""

    value: str
    start: int
    end: int
    style: str
    inside_flow: bool


@dataclass(frozen=True)
class Scalars:
    """The scalars of one YAML text by their paths; `first_line` is where the text begins in its file."""

    text: str
    first_line: int = 1

    @cached_property
    def _lines(self) -> list[int]:
        starts = [0]
        for index, sign in enumerate(self.text):
            if sign == "\n":
                starts.append(index + 1)
        return starts

    @cached_property
    def by_path(self) -> dict[Path, Scalar]:
        """Every scalar of the text; none where it cannot be read."""
        try:
            root = yaml.compose(self.text, Loader=_LOADER)
        except yaml.YAMLError:
            return {}
        return dict(self._walk(root, (), False)) if root is not None else {}

    def _walk(self, node: yaml.Node, path: Path, flow: bool) -> Iterator[tuple[Path, Scalar]]:
        if isinstance(node, yaml.ScalarNode):
            start, end = self._offset(node.start_mark), self._offset(node.end_mark)
            yield path, Scalar(node.value, start, end, node.style or "", flow)
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                yield from self._walk(item, (*path, index), flow or bool(node.flow_style))
        elif isinstance(node, yaml.MappingNode):
            for key, item in node.value:
                yield from self._walk(item, (*path, key.value), flow or bool(node.flow_style))

    def _offset(self, mark: yaml.Mark) -> int:
        return self._lines[mark.line] + mark.column if mark.line < len(self._lines) else len(self.text)

    def at(self, path: Path) -> Scalar | None:
        """Return the scalar at a path; of an item that has a sharing level too, its `text`."""
        return self.by_path.get(path) or self.by_path.get((*path, "text"))

    def place(self, offset: int) -> Position:
        """Return the place of an offset of the text in its file."""
        before = self.text.rfind("\n", 0, offset) + 1
        return Position(self.text.count("\n", 0, offset) + self.first_line, offset - before + 1)

    def span(self, path: Path, start: int, end: int, value: str) -> tuple[int, int] | None:
        """Return where the signs from `start` up to `end` of a value stand in the text; None where that is not sure.

        `value` is the value as a reader knows it: stripped of white space at its ends.
        """
        scalar = self.at(path)
        if scalar is None:
            return None
        lead = len(scalar.value) - len(scalar.value.lstrip())
        if scalar.value.strip() != value.strip() or end <= start:
            return None
        if value == scalar.value:
            lead = 0
        places = written_places(self.text, scalar)
        if places is None:
            return None
        return places[start + lead], places[end - 1 + lead] + _width(self.text, places[end - 1 + lead], scalar)


def fits(scalar: Scalar, words: str) -> str | None:
    """Return words as they must be written inside a scalar of this style; None where they cannot stand there."""
    if "\n" in words:
        return None
    if scalar.style == "'":
        return words.replace("'", "''")
    if scalar.style == '"':
        return words.replace("\\", "\\\\").replace('"', '\\"')
    if scalar.style in ("|", ">"):
        return words
    unsafe = ": " in words or " #" in words or words.endswith(":")
    return None if unsafe or (scalar.inside_flow and any(sign in words for sign in ",[]{}")) else words


def written_places(text: str, scalar: Scalar) -> list[int] | None:
    """Return for each sign of a scalar's value the offset at which it was written; None where they do not align.

    White space has the place of the sign before it: how it is folded is YAML's affair, and no edit ends in it.
    """
    at, end = scalar.start, scalar.end
    if scalar.style in ("'", '"'):
        at, end = at + 1, end - 1
    elif scalar.style in ("|", ">"):
        at = text.find("\n", at) + 1
    places: list[int] = []
    for sign in scalar.value:
        if sign.isspace():
            places.append(places[-1] if places else at)
            continue
        while at < end and (blank := _blank(text, at, scalar)):
            at += blank
        if at >= end:
            return None
        width = _width(text, at, scalar)
        if width == 1 and text[at] != sign:
            return None
        places.append(at)
        at += width
    return places


_ESCAPES = {"x": 4, "u": 6, "U": 10}


def _blank(text: str, at: int, scalar: Scalar) -> int:
    """Return how many signs of white space stand here, written as they are or as an escape."""
    if text[at].isspace():
        return 1
    return 2 if scalar.style == '"' and text[at] == "\\" and text[at + 1 : at + 2] in tuple("\nntr \t") else 0


def _width(text: str, at: int, scalar: Scalar) -> int:
    if scalar.style == "'" and text.startswith("''", at):
        return 2
    if scalar.style == '"' and text[at] == "\\":
        return _ESCAPES.get(text[at + 1], 2)
    return 1
