"""From a YAML document to a model, or to diagnostics that say line by line what to write instead."""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from calmroom.records.diagnostics import Diagnostic, nearest
from calmroom.records.yaml_text import Document, Path

Model = TypeVar("Model", bound=BaseModel)

MOST = 100
"""Problems told of one file's fields; nobody reads more before mending some."""

_YAML_NAMES = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    list: "a list",
    dict: "a mapping",
}
_WANTED = {
    "string_type": ("text", 'Put it in quotes: "{written}".'),
    "int_type": ("a whole number", "Write digits only, without quotes, units or separators: 41000."),
    "int_from_float": ("a whole number", "Write digits only, without quotes, units or separators: 41000."),
    "float_type": ("a number", "Write digits only, without quotes, units or separators: 41000."),
    "finite_number": ("a number", "Leave the field out when the number is not known."),
    "bool_type": ("true or false", "Write `true` or `false`."),
    "tuple_type": ("a list", "Write `[one, two]`, or each item on a line of its own after `- `."),
    "model_type": ("a mapping of fields", "Write fields below it, indented by two spaces."),
    "mapping_type": ("a mapping of fields", "Write fields below it, indented by two spaces."),
    "dict_type": ("a mapping of fields", "Write fields below it, indented by two spaces."),
}


def validate(
    model: type[Model], document: Document, path: str, context: Mapping[str, Any] | None = None
) -> tuple[Model | None, list[Diagnostic]]:
    """Read a document's value as `model`.

    A field left empty (`owner:` and nothing after it) counts as absent. Returns the model, or None with a diagnostic
    for each problem; `context` carries the taxonomies to validators.
    """
    try:
        return model.model_validate(without_empty_fields(model, document.value), context=dict(context or {})), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        unknown = [detail for detail in details if detail["type"] == "extra_forbidden"]
        misspelt = {
            (detail["loc"][:-1], nearest(detail["loc"][-1], fields_at(model, detail["loc"][:-1])))
            for detail in unknown[:MOST]
        }
        wrong = [
            detail
            for detail in details
            if detail["type"] != "missing" or (detail["loc"][:-1], detail["loc"][-1]) not in misspelt
        ]
        told = [_diagnostic(model, document, path, detail) for detail in wrong[:MOST]]
        if len(wrong) > MOST:
            place = document.position(_within(document, wrong[MOST]["loc"]))
            more = f"{len(wrong) - MOST:,} more problems of this sort follow"
            told.append(Diagnostic("CR216", path, place, more, "Mend those above and check again."))
        return None, told


def validate_rest(
    model: type[Model], document: Document, stand_ins: Mapping[str, Any], context: Mapping[str, Any] | None = None
) -> tuple[Model | None, frozenset[str]]:
    """Read what can be read of a document that is not valid: the top fields that hold no problem.

    `stand_ins` take the place of required fields that are missing or wrong. Returns the model and the names of the
    fields that were left out or stood in for, so that what depends on them is not judged; None where nothing helps.
    """
    value = without_empty_fields(model, document.value)
    left_out: set[str] = set()
    for _ in range(len(value) + 1):
        try:
            return model.model_validate(value, context=dict(context or {})), frozenset(left_out)
        except ValidationError as error:
            wrong = {str(detail["loc"][0]) for detail in error.errors(include_url=False) if detail["loc"]}
            if not wrong or wrong <= left_out:
                return None, frozenset(left_out)
            left_out |= wrong
            value = {name: item for name, item in value.items() if name not in wrong}
            value |= {name: item for name, item in stand_ins.items() if name in wrong}
    return None, frozenset(left_out)


def without_empty_fields(model: type[BaseModel], value: Any, loc: Path = ()) -> Any:
    """Leave out fields that are left empty; one that nobody knows stays, so that it is reported."""
    if isinstance(value, dict):
        known = fields_at(model, loc)
        return {
            key: without_empty_fields(model, item, (*loc, key))
            for key, item in value.items()
            if item is not None or (known and key not in known)
        }
    if isinstance(value, list):
        return [without_empty_fields(model, item, loc) for item in value]
    return value


def _diagnostic(model: type[BaseModel], document: Document, path: str, detail: ErrorDetails) -> Diagnostic:
    loc = _within(document, detail["loc"])
    kind = detail["type"]
    written = detail.get("input")
    context = detail.get("ctx") or {}
    name = _name(loc)
    if kind == "extra_forbidden":
        fields = fields_at(model, loc[:-1])
        near = nearest(loc[-1], fields)
        hint = f"Did you mean `{near}`?" if near else f"The fields here are {_listed(fields)}."
        return Diagnostic("CR201", path, document.position(loc, key=True), f"unknown field `{loc[-1]}`", hint)
    if kind == "missing":
        owner = _owner(loc)
        hint = _missing_hint(model, loc)
        return Diagnostic("CR202", path, document.position(loc[:-1]), f"{owner} has no `{loc[-1]}`", hint)
    place = document.position(loc, key=detail["loc"][-1] == "[key]")
    if kind == "literal_error" or kind == "CR204":
        values = context.get("values") or re.findall(r"'([^']*)'", str(context.get("expected", "")))
        near = nearest(written, values)
        hint = f"Did you mean `{near}`? " if near else ""
        return Diagnostic(
            "CR204", path, place, f"`{_shown(written)}` is not a value of {name}", f"{hint}Valid: {_listed(values)}."
        )
    if kind.startswith("CR"):
        return Diagnostic(kind, path, place, f"{name}: {detail['msg']}", str(context.get("hint", "")))
    if kind == "string_too_long":
        length, most = len(str(written)), context["max_length"]
        hint = "Say it in a sentence; the narrative has room for the rest."
        return Diagnostic("CR210", path, place, f"{name} has {length:,} characters; at most {most:,} are read", hint)
    if kind == "too_long":
        length, most = len(written) if isinstance(written, list | tuple | dict) else 0, context["max_length"]
        hint = "Keep what a reader needs; put the rest beside the record as an attachment."
        return Diagnostic("CR210", path, place, f"{name} has {length:,} items; at most {most:,} are read", hint)
    if kind == "too_short":
        return Diagnostic("CR202", path, place, f"{name} is empty; it needs at least one item", "Write one, or more.")
    if kind in {"greater_than_equal", "less_than_equal"}:
        bound = f"at least {context['ge']:g}" if "ge" in context else f"at most {context['le']:g}"
        return Diagnostic(
            "CR212", path, place, f"{name} is {_shown(written)}; it must be {bound}", "What is not known is left out."
        )
    wanted, hint = _WANTED.get(kind, ("something else", detail["msg"]))
    found = _YAML_NAMES.get(type(written), "empty")
    return Diagnostic(
        "CR203", path, place, f"{name} is {found} where {wanted} belongs", hint.format(written=_shown(written))
    )


def _within(document: Document, loc: tuple[int | str, ...]) -> Path:
    """Drop what pydantic adds to a location beyond the document's keys (a union's branch, `[key]` of a mapping)."""
    kept: list[str | int] = []
    value: Any = document.value
    for index, part in enumerate(loc):
        if _holds(value, part):
            value = value[part]
        elif index == len(loc) - 1 and part != "[key]" and not isinstance(part, int):
            value = {}
        else:
            continue
        kept.append(part)
    return tuple(kept)


def _holds(value: Any, part: int | str) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, dict) and part in value


def _name(loc: Path) -> str:
    """Return how a person would call this place: `actions[2].due`, counted from 1."""
    text = ""
    for part in loc:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
    return f"`{text}`" if text else "the record"


def _owner(loc: Path) -> str:
    return _name(loc[:-1])


def _shown(written: object) -> str:
    text = str(written)
    return text if len(text) <= 60 else text[:57] + "…"


def _listed(values: typing.Iterable[str]) -> str:
    return ", ".join(f"`{value}`" for value in values)


def _model_of(annotation: Any) -> type[BaseModel] | None:
    """Find the model inside `Annotated[...]`, `X | None`, `tuple[X, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (typing.Union, types.UnionType, tuple, typing.Annotated):
        for argument in get_args(annotation):
            if found := _model_of(argument):
                return found
    return None


def _model_at(model: type[BaseModel], loc: Path) -> type[BaseModel] | None:
    current: type[BaseModel] | None = model
    for part in loc:
        if isinstance(part, int):
            continue
        field = current.model_fields.get(part) if current else None
        current = _model_of(field.annotation) if field else None
    return current


@lru_cache(maxsize=512)
def fields_at(model: type[BaseModel], loc: Path) -> tuple[str, ...]:
    """Return the names of the fields at a place in a model, as `("sources", 0)`; none where there are no fields."""
    found = _model_at(model, loc)
    return tuple(found.model_fields) if found else ()


def _missing_hint(model: type[BaseModel], loc: Path) -> str:
    owner = _model_at(model, loc[:-1])
    field = owner.model_fields.get(str(loc[-1])) if owner else None
    if field is None:
        return f"Write `{loc[-1]}: …`."
    values = [value for value in get_args(field.annotation) if isinstance(value, str)]
    if values:
        return f"Write `{loc[-1]}:` with one of {_listed(values)}."
    return f"Write `{loc[-1]}: …`." + (f" {field.description}" if field.description else "")
