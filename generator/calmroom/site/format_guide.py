"""The guide to the record's format, made from the models themselves: it cannot say what the check does not do."""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass
from datetime import date
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from calmroom.knowledge import KnowledgeBase
from calmroom.records import model
from calmroom.records.moment import Moment
from calmroom.records.settings import Library, Organisation, Service, Settings, SeverityName
from calmroom.records.taxonomy import Word

PARTS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("times", model.Times),
    ("impact", model.Impact),
    ("detection", model.Detection),
    ("timeline[]", model.Event),
    ("factors[]", model.Factor),
    ("actions[]", model.Action),
    ("meeting", model.Meeting),
    ("sources[]", model.Source),
    ("amendments[]", model.Amendment),
)

TAXONOMY_OF = {
    ("record", "kind"): "incident-kinds",
    ("record", "status"): "statuses",
    ("record", "tlp"): "sharing-levels",
    ("calmroom", "default_tlp"): "sharing-levels",
    ("detection", "by"): "detectors",
    ("timeline[]", "kind"): "event-kinds",
    ("factors[]", "kind"): "factor-kinds",
    ("actions[]", "status"): "action-statuses",
    ("actions[]", "strength"): "action-strengths",
}


@dataclass(frozen=True)
class FieldGuide:
    """One field: its name, whether it must be there, what it holds, its default, and its values with their meanings."""

    name: str
    required: bool
    holds: str
    form: str
    default: str
    values: tuple[Word, ...]


@dataclass(frozen=True)
class PartGuide:
    """The record itself or a part of it, with its fields in the order of the format."""

    name: str
    fields: tuple[FieldGuide, ...]


def parts(base: KnowledgeBase) -> list[PartGuide]:
    """Return the fields of the record and of each of its parts, with this knowledge base's own values."""
    every: list[tuple[str, type[BaseModel]]] = [("record", model.IncidentFields), *PARTS]
    return [PartGuide(name, tuple(_fields(base, name, part))) for name, part in every]


SETTINGS: tuple[tuple[str, type[BaseModel]], ...] = (
    ("calmroom", Settings),
    ("library", Library),
    ("organisation", Organisation),
    ("severities", SeverityName),
    ("services", Service),
)


def settings(base: KnowledgeBase) -> list[PartGuide]:
    """Return every option of the plugin and of each of its parts, with its default."""
    return [PartGuide(name, tuple(_fields(base, name, part))) for name, part in SETTINGS]


def _default(value: Any) -> str:
    """Return a default as a person would write it, or nothing where there is none to speak of."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else ""


def _fields(base: KnowledgeBase, part: str, of: type[BaseModel]) -> typing.Iterator[FieldGuide]:
    for name, field in of.model_fields.items():
        taxonomy = TAXONOMY_OF.get((part, name))
        values = tuple(base.taxonomies[taxonomy].values()) if taxonomy else ()
        if name == "severity":
            named = {slug: base.settings.severity(slug) for slug in get_args(model.Severity)}
            values = tuple(Word(slug, severity.title, severity.meaning) for slug, severity in named.items())
        form, default = _form(field.annotation), _default(field.default)
        yield FieldGuide(name, field.is_required(), field.description or "", form, default, values)


def _form(annotation: Any) -> str:
    """Say in a word what a field of this type holds."""
    origin = get_origin(annotation)
    if origin is typing.Annotated:
        return _form(get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return _form(next(part for part in get_args(annotation) if part is not type(None)))
    if origin is tuple:
        inner = _form(get_args(annotation)[0])
        return "a list of parts" if inner == "a part" else f"a list: {inner}"
    if origin is typing.Literal:
        return "one of the values"
    simple = {
        str: "text",
        int: "a whole number",
        float: "a number",
        bool: "true or false",
        date: "a day",
        Moment: "a time",
    }
    if annotation in simple:
        return simple[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "a part"
    return "a mapping"
