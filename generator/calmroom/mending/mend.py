"""Mending a record's text without touching what it means: a step moves whole lines or exchanges single values.

Nothing is written anew by a YAML library, so comments, quotes, folds and blank lines stay as their author left them.
After each step the text is read again; a step after which it would mean something else is not taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic_core import PydanticCustomError

from calmroom.checks.places import Scalars
from calmroom.records import slug, text_file, yaml_text
from calmroom.records.model import IncidentFields
from calmroom.records.moment import Moment, Precision
from calmroom.records.yaml_text import Path

ORDER = tuple(name for name in IncidentFields.model_fields if name != "narrative")
MOMENTS = ("began", "detected", "declared", "mitigated", "resolved")
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LOOSE = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)[Tt ](?P<clock>\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?) ?(?:(?P<zulu>[Zz]|UTC|GMT)|(?P<hours>[+-]\d\d):?(?P<minutes>\d\d))\Z"
)


@dataclass(frozen=True)
class Mended:
    """A record's text after mending, and what was done to it, in words."""

    text: str
    done: tuple[str, ...] = ()


@dataclass(frozen=True)
class Front:
    """A text in three parts: what stands before the fields, the fields, what stands after them."""

    before: str
    fields: str
    after: str

    def whole(self, fields: str) -> str:
        """Return the text with other fields."""
        return f"{self.before}{fields}{self.after}"


Step = Callable[[Front], str]


def mend(text: str, path: str) -> Mended:
    """Return a record's text with events and fields in order, times, ids and ends of lines as the format writes them.

    A text that cannot be read stays as it is.
    """
    if meaning(text, path) is None:
        return Mended(text)
    done: list[str] = []
    for said, step in STEPS:
        front = front_of(text, path)
        if front is None:
            return Mended(text, tuple(done))
        made = step(front)
        if made != text and meaning(made, path) == meaning(text, path) is not None:
            text = made
            done.append(said)
    return Mended(text, tuple(done))


def meaning(text: str, path: str) -> Any:
    """Return what a record's text means, apart from what mending changes; None where it cannot be read.

    That is the order of events, how a time or an id is written, white space at the ends of lines.
    """
    front = front_of(text, path)
    if front is None:
        return None
    document = yaml_text.read(front.fields)
    if document.faults or not isinstance(document.value, dict):
        return None
    value = _plain(document.value, ())
    timeline = value.get("timeline")
    if isinstance(timeline, list):
        value["timeline"] = sorted(timeline, key=repr)
    story = [
        line.rstrip() if not line.endswith("  ") else f"{line.rstrip()}  " for line in front.after.strip().split("\n")
    ]
    return value, story


def _plain(value: Any, at: Path) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item, (*at, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item, (*at, index)) for index, item in enumerate(value)]
    if isinstance(value, str) and is_moment(at):
        try:
            return str(Moment.parse(tidy_moment(value) or value))
        except PydanticCustomError:
            return value
    if isinstance(value, str) and is_id(at):
        return slug.better(value) or value
    return value


def is_moment(at: Path) -> bool:
    """Say whether a place of a record holds a moment."""
    return (
        (len(at) == 2 and at[0] == "times")
        or (len(at) == 3 and at[0] == "timeline" and at[2] == "at")
        or at == ("meeting", "at")
    )


def is_id(at: Path) -> bool:
    """Say whether a place of a record holds an id that is a slug, or refers to one."""
    if len(at) == 2 and at[0] in ("services", "tags"):
        return True
    return len(at) >= 3 and at[0] in ("factors", "actions") and at[2] in ("id", "leads_to", "addresses")


def tidy_moment(written: str) -> str | None:
    """Return a time as the format writes it, `2026-03-02T09:02:00+00:00`; None where it is none or is so already."""
    found = _LOOSE.match(written.strip())
    if found is None:
        return None
    offset = "Z" if found["zulu"] else f"{found['hours']}:{found['minutes']}"
    tidy = f"{found['day']}T{found['clock']}{offset}"
    return tidy if tidy != written else None


def front_of(text: str, path: str) -> Front | None:
    """Return a record's text in three parts; None where it has no front matter that ends."""
    if not path.endswith(".md"):
        return Front("", text, "")
    if not text.strip():
        return None
    parts, problems = text_file.split(text, path)
    if parts is None or problems:
        return None
    begin = text.split("\n")[: parts.front_matter_line - 1]
    before = "\n".join(begin) + "\n"
    end = len(before) + len(parts.front_matter)
    return Front(before, f"{parts.front_matter}\n", text[end + 1 :])


def _composed(fields: str) -> yaml.MappingNode | None:
    try:
        node = yaml.compose(fields, Loader=_LOADER)
    except yaml.YAMLError:
        return None
    return node if isinstance(node, yaml.MappingNode) and not node.flow_style else None


def _blocks(lines: Sequence[str], starts: Sequence[int]) -> list[tuple[int, int]]:
    """Return from which line to which each item reaches; comments right above one belong to it."""
    begins = []
    for number, start in enumerate(starts):
        floor = starts[number - 1] + 1 if number else 0
        while start > floor and lines[start - 1].lstrip().startswith("#"):
            start -= 1
        begins.append(start)
    return [(begin, begins[index + 1] if index + 1 < len(begins) else len(lines)) for index, begin in enumerate(begins)]


def fields_in_order(front: Front) -> str:
    """Move the fields into the order of the format; those it does not know stay last, as they are."""
    node = _composed(front.fields)
    if node is None or any(key.start_mark.column for key, _ in node.value):
        return front.whole(front.fields)
    lines = front.fields.removesuffix("\n").split("\n")
    names = [str(key.value) for key, _ in node.value]
    blocks = _blocks(lines, [key.start_mark.line for key, _ in node.value])
    # The line for editors stands first, whatever stands below it.
    top = (
        next((i for i in range(blocks[0][0], blocks[0][1]) if not lines[i].startswith("# yaml-language-server")), 0)
        if blocks
        else 0
    )
    if blocks:
        blocks[0] = (max(blocks[0][0], top), blocks[0][1])
    place = {name: index for index, name in enumerate(ORDER)}
    order = sorted(range(len(names)), key=lambda index: place.get(names[index], len(place)))
    if order == list(range(len(names))):
        return front.whole(front.fields)
    made = lines[: blocks[0][0]] + [line for index in order for line in lines[slice(*blocks[index])]]
    return front.whole("\n".join(made) + "\n")


def events_in_order(front: Front) -> str:
    """Move the events of the timeline into the order of time, as pages show them; each with its comments."""
    node = _composed(front.fields)
    value = next((item for key, item in node.value if key.value == "timeline"), None) if node else None
    if not isinstance(value, yaml.SequenceNode) or value.flow_style or len(value.value) < 2:
        return front.whole(front.fields)
    moments = [_moment(item) for item in value.value]
    known = [moment for moment in moments if moment is not None]
    if len(known) != len(moments):
        return front.whole(front.fields)
    if not any(known[one].certainly_after(other) for one in range(len(known)) for other in known[one + 1 :]):
        return front.whole(front.fields)  # where only a day is known, its author knows the order better
    order = sorted(range(len(known)), key=lambda index: _when(known[index]))
    if order == list(range(len(known))):
        return front.whole(front.fields)
    lines = front.fields.removesuffix("\n").split("\n")
    starts = [item.start_mark.line for item in value.value]
    if any(not lines[start].lstrip().startswith("- ") for start in starts) or len(set(starts)) != len(starts):
        return front.whole(front.fields)
    last = _end_of(lines, starts[-1])
    blocks = _blocks(lines[:last], starts)
    floor = starts[0]
    while floor > 0 and lines[floor - 1].lstrip().startswith("#"):
        floor -= 1
    moved = [line for index in order for line in lines[slice(*blocks[index])]]
    return front.whole("\n".join([*lines[: blocks[0][0]], *moved, *lines[last:]]) + "\n")


def _end_of(lines: Sequence[str], start: int) -> int:
    """Return the line after an item of a list: the next one that is not deeper than its hyphen."""
    indent = len(lines[start]) - len(lines[start].lstrip())
    end = start + 1
    while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > indent):
        end += 1
    while not lines[end - 1].strip():
        end -= 1
    return end


def _moment(item: yaml.Node) -> Moment | None:
    if not isinstance(item, yaml.MappingNode):
        return None
    for key, value in item.value:
        if key.value == "at":
            try:
                return Moment.parse(value.value)
            except PydanticCustomError:
                return None
    return None


def _when(moment: Moment) -> Any:
    return moment.latest if moment.precision == Precision.DAY else moment.earliest


def times_as_written(front: Front) -> str:
    """Write each time as the format does: a T between, an offset with a colon."""
    return _exchange(front, lambda path, value: tidy_moment(value) if is_moment(path) else None)


def ids_as_slugs(front: Front) -> str:
    """Write ids, services and tags as slugs, where two of them do not become one."""
    document = yaml_text.read(front.fields)
    taken: dict[tuple[str, str], set[str]] = {}
    for path, scalar in Scalars(front.fields).by_path.items():
        if is_id(path):
            taken.setdefault((str(path[0]), slug.better(scalar.value) or scalar.value), set()).add(scalar.value)
    if not isinstance(document.value, dict):
        return front.whole(front.fields)

    def better(path: Path, value: str) -> str | None:
        if not is_id(path) or slug.is_slug(value):
            return None
        made = slug.better(value)
        alone = all(len(names) == 1 for (_, name), names in taken.items() if name == made)
        return made if made and slug.is_slug(made) and alone else None

    return _exchange(front, better)


def _exchange(front: Front, better: Callable[[Path, str], str | None]) -> str:
    fields = front.fields
    found = [
        (scalar, made)
        for path, scalar in Scalars(fields).by_path.items()
        if scalar.style in ("", "'", '"') and (made := better(path, scalar.value)) is not None
    ]
    for scalar, made in sorted(found, key=lambda item: -item[0].start):
        quote = scalar.style
        end = scalar.end if quote else scalar.start + len(fields[scalar.start : scalar.end].rstrip())
        fields = f"{fields[: scalar.start]}{quote}{made}{quote}{fields[end:]}"
    return front.whole(fields)


def white_space(front: Front) -> str:
    """Take blanks off the ends of lines (two in Markdown are a line's end, and stay), and end the file with one line."""
    fields = "\n".join(line.rstrip(" \t") for line in front.fields.split("\n"))
    story = []
    for line in front.after.split("\n"):
        bare = line.rstrip(" \t")
        story.append(line if bare and line.endswith("  ") else bare)
    made = f"{front.before}{fields}" + "\n".join(story)
    return made.rstrip("\n") + "\n"


STEPS: tuple[tuple[str, Step], ...] = (
    ("times as the format writes them", times_as_written),
    ("ids as slugs", ids_as_slugs),
    ("events in the order of time", events_in_order),
    ("fields in the order of the format", fields_in_order),
    ("white space", white_space),
)
