"""A mapping: how the fields of a foreign Markdown file become those of a record.

The file is YAML. `record` is a template of a record in which every leaf is a rule; `id` says where the day and the
slug come from; `narrative` says what text to keep; `ignore` names source fields that are left behind on purpose. A
rule is a mapping with:

- `from`: the source field, or several: a single value takes the first that is there, a list takes all (`body` is the
  text below the front matter);
- `value`: a constant instead;
- `as`: `text` (the default), `sentence` (the first sentence), `slug`, `slugs`, `time`, `day`, `number` or `url`;
- `values`: translations of source values, `null` to drop one;
- `split`: a sign at which one text becomes several;
- `default`: what to write where the source has nothing; `{field}` in it stands for a source field, and no other
  sign has a meaning there;
- `midnight: day`: a time of exactly midnight is a day whose hour is not known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from calmroom.records import yaml_text
from calmroom.records.diagnostics import Diagnostic, Position, nearest
from calmroom.records.model import IncidentFields
from calmroom.records.validate import fields_at

FORMS = ("text", "sentence", "slug", "slugs", "time", "day", "number", "url")
RULE_KEYS = ("from", "value", "as", "values", "split", "default", "midnight")
TOP_KEYS = ("files", "id", "record", "narrative", "ignore")


@dataclass(frozen=True)
class Rule:
    """How one leaf of the record is made."""

    sources: tuple[str, ...] = ()
    value: Any = None
    form: str = "text"
    values: Mapping[str, Any] | None = None
    split: str = ""
    default: Any = None
    midnight_is_day: bool = False


@dataclass(frozen=True)
class FieldMapping:
    """A whole mapping, as read and checked."""

    files: str
    day: tuple[str, ...]
    day_found_in: tuple[str, ...]
    day_otherwise: str
    slug: tuple[str, ...]
    slug_words: int
    record: Mapping[str, Any]
    summary: tuple[str, ...]
    body_heading: str
    ignore: frozenset[str] = field(default_factory=frozenset)

    @property
    def used(self) -> frozenset[str]:
        """Every source field that is carried over or left behind on purpose."""
        found = {*self.day, *self.slug, *self.summary, *self.ignore, "body"}

        def walk(template: Any) -> None:
            if isinstance(template, Rule):
                found.update(template.sources)
            elif isinstance(template, dict):
                for part in template.values():
                    walk(part)
            elif isinstance(template, list):
                for part in template:
                    walk(part)

        walk(self.record)
        return frozenset(found)


def parse(text: str, path: str) -> tuple[FieldMapping | None, list[Diagnostic]]:
    """Read a mapping file. Returns the mapping, or None with a diagnostic for each thing that is wrong."""
    document = yaml_text.read(text)
    problems = [Diagnostic(f.code, path, f.position, f.message, f.hint) for f in document.faults]
    if not isinstance(document.value, dict):
        if not problems:
            problems.append(
                Diagnostic("CR601", path, Position(), "a mapping file is a mapping", f"Write {_listed(TOP_KEYS)}.")
            )
        return None, problems
    reader = _Reader(document, path, problems)
    made = reader.mapping()
    return (None if problems else made), problems


class _Reader:
    def __init__(self, document: yaml_text.Document, path: str, problems: list[Diagnostic]) -> None:
        self._document = document
        self._path = path
        self._problems = problems

    def mapping(self) -> FieldMapping:
        top = self._document.value
        self._known(top, TOP_KEYS, ())
        id_ = self._part("id", ("day", "found_in", "otherwise", "slug", "words"))
        narrative = self._part("narrative", ("summary", "heading"))
        if "record" not in top:
            self._wrong((), "there is no `record`", "Write `record:` with the fields of a record and a rule for each.")
        record = self._template(top.get("record") or {}, ("record",))
        if not isinstance(record, dict):
            record = {}
        for needed in ("title", "severity", "status"):
            if needed not in record:
                self._wrong(
                    ("record",),
                    f"`record` has no rule for `{needed}`",
                    f"Write `{needed}: {{value: …}}` or `{{from: …}}`.",
                )
        return FieldMapping(
            files=self._files(top.get("files") or "**/*.md"),
            day=self._names(id_.get("day"), ("id", "day")),
            day_found_in=self._names(id_.get("found_in"), ("id", "found_in")),
            day_otherwise=str(id_.get("otherwise") or ""),
            slug=self._names(id_.get("slug") or ["title"], ("id", "slug")),
            slug_words=self._words(id_.get("words")),
            record=record,
            summary=self._names(narrative.get("summary"), ("narrative", "summary")),
            body_heading=str(narrative.get("heading") or ""),
            ignore=frozenset(self._names(top.get("ignore"), ("ignore",))),
        )

    def _files(self, value: Any) -> str:
        parts = value.split("/") if isinstance(value, str) else [""]
        if not all(parts) or ".." in parts or any("**" in part and part != "**" for part in parts) or "\0" in value:
            self._wrong(("files",), "`files` is not a pattern of files", "Write a path within DIR, as `**/*.md`.")
            return "**/*.md"
        return str(value)

    def _words(self, value: Any) -> int:
        if value is None:
            return 8
        if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 20:
            self._wrong(("id", "words"), "`words` is not a number from 1 to 20", "Write how many words an id has.")
            return 8
        return value

    def _part(self, name: str, keys: tuple[str, ...]) -> dict[str, Any]:
        part = self._document.value.get(name) or {}
        if not isinstance(part, dict):
            self._wrong((name,), f"`{name}` is not a mapping", f"Write {_listed(keys)} below it.")
            return {}
        self._known(part, keys, (name,))
        return part

    def _template(self, value: Any, path: yaml_text.Path) -> Any:
        where = path[1:]
        if isinstance(value, list):
            return [self._template(item, (*path, index)) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            self._wrong(path, "a rule is a mapping", "Write `{from: field}` or `{value: …}`.")
            return Rule(value=value)
        if set(value) & {"from", "value"}:
            return self._rule(value, path)
        fields = fields_at(IncidentFields, where)
        for key in value:
            if key not in fields:
                near = nearest(key, fields)
                hint = f"Did you mean `{near}`?" if near else f"The fields here are {_listed(fields)}."
                self._wrong((*path, key), f"`{key}` is not a field of a record", hint, key=True)
        return {key: self._template(item, (*path, key)) for key, item in value.items()}

    def _rule(self, value: dict[str, Any], path: yaml_text.Path) -> Rule:
        self._known(value, RULE_KEYS, path)
        form = value.get("as") or "text"
        if form not in FORMS:
            near = nearest(form, FORMS)
            self._wrong(
                (*path, "as"),
                f"`{form}` is not a form",
                f"{f'Did you mean `{near}`? ' if near else ''}Valid: {_listed(FORMS)}.",
            )
        values = value.get("values")
        if values is not None and not isinstance(values, dict):
            self._wrong((*path, "values"), "`values` is not a mapping", "Write `{theirs: ours}`.")
            values = None
        midnight = value.get("midnight")
        if midnight not in (None, "day"):
            self._wrong(
                (*path, "midnight"), f"`{midnight}` is not read here", "Write `midnight: day`, or leave it out."
            )
        return Rule(
            sources=self._names(value.get("from"), (*path, "from")),
            value=value.get("value"),
            form=str(form),
            values=values,
            split=str(value.get("split") or ""),
            default=value.get("default"),
            midnight_is_day=midnight == "day",
        )

    def _names(self, value: Any, path: yaml_text.Path) -> tuple[str, ...]:
        if value is None:
            return ()
        names = value if isinstance(value, list) else [value]
        if not all(isinstance(name, str) for name in names):
            self._wrong(path, "these are not names of source fields", "Write one name, or a list of names.")
            return ()
        return tuple(names)

    def _known(self, value: dict[str, Any], keys: tuple[str, ...], path: yaml_text.Path) -> None:
        for key in value:
            if key not in keys:
                near = nearest(key, keys)
                hint = f"Did you mean `{near}`?" if near else f"Valid here: {_listed(keys)}."
                self._wrong((*path, key), f"unknown field `{key}`", hint, key=True)

    def _wrong(self, path: yaml_text.Path, message: str, hint: str, *, key: bool = False) -> None:
        self._problems.append(Diagnostic("CR601", self._path, self._document.position(path, key=key), message, hint))


def _listed(words: Any) -> str:
    return ", ".join(f"`{word}`" for word in words)
