"""The JSON Schema of a record, for editors: the same contract as the models, in the words editors understand.

The schema says what one field may hold; what spans fields (the order of times, the graph of factors) only the models'
rules say.
"""

from __future__ import annotations

import json
from typing import Any

from calmroom.records import slug
from calmroom.records.model import IncidentFields
from calmroom.records.taxonomy import Taxonomies

DIALECT = "https://json-schema.org/draft/2020-12/schema"
COMPLETE = ("kind", "times", "impact", "timeline", "factors")


def schema(taxonomies: Taxonomies) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a record with the values these taxonomies hold.

    A field left empty counts as absent, so every field that is not required may be null. A record that is not a draft
    needs what `calmroom.records.rules.reviewed_is_complete` asks for.
    """
    made = IncidentFields.model_json_schema()
    definitions = made.pop("$defs")
    _set_values(definitions["Factor"], "kind", taxonomies, "factor-kinds")
    _set_values(definitions["Action"], "strength", taxonomies, "action-strengths")
    for part in (made, *definitions.values()):
        allow_empty(part)
    made["properties"]["roles"]["anyOf"][0]["propertyNames"] = {"pattern": slug.PATTERN, "maxLength": slug.LENGTH}
    declined = {"properties": {"status": {"const": "declined"}}, "required": ["status"]}
    definitions["Action"]["allOf"] = [{"if": declined, "then": {"required": ["reason"]}}]
    draft = {"properties": {"status": {"const": "draft"}}, "required": ["status"]}
    made["allOf"] = [{"if": {"not": draft}, "then": {"required": list(COMPLETE)}}]
    made["title"] = "Calmroom incident record"
    return {"$schema": DIALECT, **made, "$defs": dict(sorted(definitions.items()))}


def schema_text(taxonomies: Taxonomies) -> str:
    """Return the schema as the text of a `.json` file."""
    return as_text(schema(taxonomies))


def as_text(made: dict[str, Any]) -> str:
    """Return a schema as the text of a `.json` file."""
    return json.dumps(made, ensure_ascii=False, indent=2) + "\n"


def _set_values(part: dict[str, Any], name: str, taxonomies: Taxonomies, taxonomy: str) -> None:
    words = taxonomies[taxonomy]
    described = {
        "oneOf": [{"const": word.slug, "title": word.title, "description": word.meaning} for word in words.values()],
    }
    kept = {key: part["properties"][name][key] for key in ("description", "default") if key in part["properties"][name]}
    part["properties"][name] = {**described, **kept}


def allow_empty(part: dict[str, Any]) -> None:
    """Let every field of a part that is not required be null: a field left empty counts as absent."""
    required = part.get("required", [])
    for name, described in part.get("properties", {}).items():
        if name in required or {"type": "null"} in described.get("anyOf", []):
            continue
        outside = {key: described.pop(key) for key in ("default", "description", "title") if key in described}
        part["properties"][name] = {"anyOf": [described, {"type": "null"}], **outside}
