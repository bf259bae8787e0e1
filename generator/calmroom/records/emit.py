"""From values to the text of a record: front matter a person would have written, in the order of the format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from calmroom.records.model import IncidentFields
from calmroom.records.yaml_text import plain_value

SCHEMA_PATH = "docs/schema/record.schema.json"


class _Dumper(yaml.SafeDumper):
    """Writes lists indented below their field, short lists of words on one line, and text as YAML 1.2 reads it."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent list items below their field."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Write every value out: a record has no aliases."""
        return True


_TEXT = "tag:yaml.org,2002:str"


def _quotes(text: str) -> str | None:
    """Return the quotes a text needs that YAML 1.2 would read as a number or a flag; PyYAML knows those of 1.1."""
    return None if isinstance(plain_value(text), str) else "'"


class _Words(list[str]):
    """A list that is written on one line."""


# Times and days are text to Calmroom, so they need no quotes to stay text.
_Dumper.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeDumper.yaml_implicit_resolvers.items()
}
_Dumper.add_representer(str, lambda dumper, text: dumper.represent_scalar(_TEXT, text, style=_quotes(text)))
_Dumper.add_representer(
    _Words, lambda dumper, data: dumper.represent_sequence("tag:yaml.org,2002:seq", data, flow_style=True)
)


def record_text(fields: Mapping[str, Any], narrative: str, modeline: str = "") -> str:
    """Return the text of a Markdown record.

    `fields` are plain values by the names of the format; `modeline` is a comment for editors, put first.
    """
    ordered = {
        name: _prepared(fields[name]) for name in IncidentFields.model_fields if name in fields and name != "narrative"
    }
    dumped = yaml.dump(
        ordered, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110, default_flow_style=False
    )
    head = f"{modeline}\n" if modeline else ""
    return f"---\n{head}{dumped}---\n\n{narrative.strip()}\n"


def modeline(depth: int = 1) -> str:
    """Return the comment that tells an editor where the JSON Schema is, from a file `depth` folders down."""
    return f"# yaml-language-server: $schema={'../' * depth}{SCHEMA_PATH}"


def _prepared(value: Any) -> Any:
    if isinstance(value, list | tuple):
        items = [_prepared(item) for item in value]
        short = all(isinstance(item, str) and len(item) < 30 and " " not in item for item in items)
        return _Words(items) if items and short else items
    if isinstance(value, Mapping):
        return {key: _prepared(item) for key, item in value.items()}
    return value
