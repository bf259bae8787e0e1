"""JSON Schemas of scripts and of the glossary, for editors."""

from __future__ import annotations

from typing import Any

from calmroom.playbooks.model import ScriptFields, TermFields
from calmroom.records import slug
from calmroom.records.schema import DIALECT, allow_empty
from calmroom.records.taxonomy import Taxonomies


def script(taxonomies: Taxonomies) -> dict[str, Any]:
    """Return the JSON Schema of a script, with the moves these taxonomies hold."""
    made = ScriptFields.model_json_schema()
    definitions = made.pop("$defs")
    words = taxonomies["moves"]
    moves = {
        "oneOf": [{"const": word.slug, "title": word.title, "description": word.meaning} for word in words.values()]
    }
    for part in (made, *definitions.values()):
        if "moves" in part.get("properties", {}):
            part["properties"]["moves"]["items"] = moves
        allow_empty(part)
    return {"$schema": DIALECT, **made, "title": "Calmroom script", "$defs": dict(sorted(definitions.items()))}


def glossary() -> dict[str, Any]:
    """Return the JSON Schema of a glossary file: a mapping of slugs to terms."""
    made = TermFields.model_json_schema()
    definitions = made.pop("$defs")
    for part in (made, *definitions.values()):
        allow_empty(part)
    return {
        "$schema": DIALECT,
        "title": "Calmroom glossary",
        "type": "object",
        "propertyNames": {"pattern": slug.PATTERN, "maxLength": slug.LENGTH},
        "additionalProperties": {"$ref": "#/$defs/Term"},
        "$defs": {"Term": made, **dict(sorted(definitions.items()))},
    }
