"""Every text in a value, one after the other: what an edition and a redaction change, wherever it stands.

Values are records, playbooks, scripts, terms, pages and settings: models and dataclasses that hold texts, lists and
mappings. Words that mean something to Calmroom (a severity, a status, a kind from a taxonomy) are no texts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel

from calmroom.records.model import Note

Value = TypeVar("Value")
Change = Callable[[str], str]

WORDS = frozenset(
    {
        ("Record", "severity"), ("Record", "status"), ("Record", "tlp"), ("Record", "kind"), ("Detection", "by"),
        ("Event", "kind"), ("Event", "tlp"), ("Factor", "kind"), ("Factor", "tlp"), ("Action", "status"),
        ("Action", "strength"), ("Action", "tlp"), ("Source", "tlp"), ("Amendment", "tlp"), ("AttachmentFields", "tlp"),
        ("Script", "kind"), ("Script", "channel"), ("Script", "moves"), ("Script", "tlp"), ("Slot", "type"),
        ("Slot", "source"), ("Line", "speaker"), ("Line", "moves"), ("Pushed", "moves"), ("Term", "tlp"),
        ("PlaybookFields", "tlp"), ("Settings", "incidents"), ("Settings", "playbooks"), ("Settings", "timezone"),
        ("Settings", "default_tlp"), ("Settings", "edition"), ("Settings", "severities"), ("Settings", "library"),
        ("Settings", "obligations"), ("Settings", "section"),
    }
)  # fmt: skip
"""Fields whose text is a word of the format, or names something by it."""


def changed(value: Value, change: Change, but: frozenset[tuple[str, str]] = WORDS) -> Value:
    """Return a value with `change` applied to each of its texts; the same object where none was changed.

    Fields in `but`, by the names of their model and their own, stay as they are.
    """
    made: Any = _changed(value, change, but)
    return made  # type: ignore[no-any-return]


def _changed(value: Any, change: Change, but: frozenset[tuple[str, str]]) -> Any:
    if isinstance(value, str):
        text = change(value)
        if text == value:
            return value
        return Note(text, value.tlp) if isinstance(value, Note) else text
    if isinstance(value, BaseModel):
        update = _fields(value, type(value).model_fields, change, but)
        return value.model_copy(update=update) if update else value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        update = _fields(value, [field.name for field in dataclasses.fields(value)], change, but)
        return dataclasses.replace(value, **update) if update else value
    if isinstance(value, list | tuple):
        items = [_changed(item, change, but) for item in value]
        same = all(new is old for new, old in zip(items, value, strict=True))
        if same:
            return value
        return value._make(items) if hasattr(value, "_make") else type(value)(items)
    if isinstance(value, Mapping):
        pairs = {_changed(key, change, but): _changed(item, change, but) for key, item in value.items()}
        same = len(pairs) == len(value) and all(key in value and pairs[key] is value[key] for key in pairs)
        return value if same else pairs
    return value


def _fields(value: Any, names: Any, change: Change, but: frozenset[tuple[str, str]]) -> dict[str, Any]:
    owner = type(value).__name__
    update = {}
    for name in names:
        old = getattr(value, name)
        if old is None or (owner, name) in but:
            continue
        new = _changed(old, change, but)
        if new is not old:
            update[name] = new
    return update
