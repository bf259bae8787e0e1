"""The JSON Schema and the models agree: what an editor accepts, the check accepts, as far as a schema can say it."""

from __future__ import annotations

import json

import jsonschema
import pytest

from calmroom.cli.schema_command import schemas
from calmroom.records import text_file, yaml_text
from calmroom.records.schema import schema, schema_text
from calmroom.records.taxonomy import Word, shipped
from tests.conftest import RECORD, ROOT
from tests.records.test_bad_input import CASES, HARMLESS

BEYOND_A_SCHEMA = {"CR301", "CR302", "CR303", "CR304", "CR305", "CR306", "CR307", "CR309", "CR311", "CR313"}
"""Rules that span fields; the schema cannot say them."""

LOOSER = {"CR207", "CR208", "CR211", "CR213", "CR214"}
"""What a pattern cannot say: 30 February, a text of spaces, a scheme among tickets, one value twice."""

ONLY_IN_PYTHON = {"a slug with a line end", "a name for every number"}
"""Python's `$` stands before a last line end too, unlike the schema language's; and JSON has no infinity."""

VALIDATOR = jsonschema.Draft202012Validator(schema(shipped()))


def value_of(record: str | bytes):
    text, _ = text_file.decode(record if isinstance(record, bytes) else record.encode(), "x.md")
    parts, _ = text_file.split(text, "x.md") if text else (None, [])
    document = yaml_text.read(parts.front_matter) if parts else None
    return document.value if document and not document.faults else None


def test_the_schema_is_a_valid_schema():
    jsonschema.Draft202012Validator.check_schema(schema(shipped()))


@pytest.mark.parametrize("name", HARMLESS)
def test_what_the_check_accepts_the_schema_accepts(name):
    assert list(VALIDATOR.iter_errors(value_of(HARMLESS[name]))) == []


@pytest.mark.parametrize(
    "name", [name for name, (_, found) in CASES.items() if any(code.startswith(("CR2", "CR3")) for code, _, _ in found)]
)
def test_what_the_check_refuses_the_schema_refuses_where_it_can(name):
    record, found = CASES[name]
    value = value_of(record)
    refused = bool(list(VALIDATOR.iter_errors(value)))
    codes = {code for code, _, _ in found}
    if name in ONLY_IN_PYTHON:
        return
    if codes <= BEYOND_A_SCHEMA:
        assert not refused
    elif not codes <= LOOSER | BEYOND_A_SCHEMA:
        assert refused


def test_a_knowledge_bases_own_taxonomy_is_in_its_schema():
    extended = shipped().extended("factor-kinds", {"fatigue": Word("fatigue", "Fatigue", "Too tired to see it.")})
    value = value_of(RECORD.replace("kind: process", "kind: fatigue"))
    assert list(VALIDATOR.iter_errors(value))
    assert not list(jsonschema.Draft202012Validator(schema(extended)).iter_errors(value))


def test_the_schemas_in_the_repository_are_up_to_date():
    for name, text in schemas(ROOT).items():
        assert (ROOT / "docs/schema" / name).read_text("utf-8") == text, "run `make schema`"


def test_every_field_an_editor_offers_is_described_or_named_plainly():
    described = json.loads(schema_text(shipped()))
    assert described["additionalProperties"] is False
    assert described["required"] == ["title", "severity", "status"]
