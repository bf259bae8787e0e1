"""The JSON Schemas (draft 2020-12) of what the site says to programs. Names are only ever added within a version."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, get_args

from calmroom.exchange.api import VERSION
from calmroom.records import sharing
from calmroom.records.model import ActionStatus, IncidentKind, Severity, Status
from calmroom.records.schema import DIALECT, schema
from calmroom.records.taxonomy import Taxonomies

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
DAY: Schema = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}
FLAG: Schema = {"type": "boolean"}
COUNT: Schema = {"type": "integer", "minimum": 0}
TEXTS: Schema = {"type": "array", "items": TEXT}
ADDRESS: Schema = {"type": "string", "description": "Whole where the site knows its address, else from its first page."}


def _one_of(words: Iterable[str]) -> Schema:
    return {"enum": list(words)}


def _object(properties: Schema, optional: Iterable[str] = ()) -> Schema:
    left = set(optional)
    return {"type": "object", "required": [name for name in properties if name not in left], "properties": properties}


HEAD: Schema = {
    "id": TEXT, "day": DAY, "title": TEXT, "ref": TEXT, "severity": _one_of(get_args(Severity)),
    "status": _one_of(get_args(Status)), "tlp": _one_of(sharing.LEVELS),
    "kind": {"type": "array", "items": _one_of(get_args(IncidentKind))}, "services": TEXTS, "tags": TEXTS,
    "factor_kinds": TEXTS, "organisation": TEXT, "ours": FLAG, "near_miss": FLAG, "fictional": FLAG, "impact": TEXT,
    "amended": DAY, "url": ADDRESS, "json": ADDRESS, "markdown": ADDRESS,
}  # fmt: skip
HEAD_OPTIONAL = ("ref", "organisation", "impact", "amended")
DURATION = _object(
    {
        "name": _one_of(("detect", "mitigate", "resolve")), "from": TEXT, "to": TEXT, "text": TEXT, "exact": FLAG,
        "least_seconds": COUNT, "most_seconds": COUNT,
    }
)  # fmt: skip
ACTION = _object(
    {
        "incident": TEXT, "title": TEXT, "organisation": TEXT, "action": TEXT, "what": TEXT, "owner": TEXT, "due": DAY,
        "status": _one_of(get_args(ActionStatus)), "strength": TEXT, "opened": DAY, "done_on": DAY, "age_days": COUNT,
        "late_days": COUNT, "addresses": TEXTS, "ticket": TEXT, "reason": TEXT, "open": FLAG, "ours": FLAG,
        "url": ADDRESS,
    },
    ("organisation", "owner", "due", "strength", "done_on", "age_days", "ticket", "reason"),
)  # fmt: skip
FACTOR = _object(
    {
        "incident": TEXT, "factor": TEXT, "kind": TEXT, "what": TEXT, "leads_to": TEXTS, "led_to_impact": FLAG,
        "addressed_by": TEXTS, "ours": FLAG, "url": ADDRESS, "evidence": TEXT,
    },
    ("evidence",),
)  # fmt: skip
KIND = _object({"kind": TEXT, "title": TEXT, "meaning": TEXT})
PRECISE = _object({"field": TEXT, "text": TEXT, "source": TEXT, "url": {"type": ["string", "null"]}}, ("url",))
TERM = _object(
    {
        "slug": TEXT, "url": ADDRESS, "term": TEXT, "plain": TEXT, "precise": {"type": "array", "items": PRECISE},
        "misused": TEXT, "executive": TEXT, "synonyms": TEXTS, "opposite": TEXTS, "confused_with": TEXTS,
        "tlp": _one_of(sharing.LEVELS), "group": TEXT,
    },
    ("synonyms", "opposite", "confused_with", "tlp"),
)  # fmt: skip


def _list(name: str, item: Schema, title: str, more: Schema | None = None) -> Schema:
    site = _object({"name": TEXT, "url": TEXT}, ("url",))
    properties = {
        "version": {"const": VERSION},
        "site": site,
        "edition": _one_of(sharing.LEVELS),
        "count": COUNT,
        name: {"type": "array", "items": item},
        **(more or {}),
    }
    return {"$schema": DIALECT, "title": title, **_object(properties)}


def all_of_them(taxonomies: Taxonomies) -> dict[str, Schema]:
    """Return every schema by the name of what it describes."""
    record = {name: value for name, value in schema(taxonomies).items() if name != "$schema"}
    definitions = record.pop("$defs")
    incident = _object(
        {"version": {"const": VERSION}, **HEAD, "durations": {"type": "array", "items": DURATION}, "record": record},
        HEAD_OPTIONAL,
    )
    return {
        "incidents": _list("incidents", _object(HEAD, HEAD_OPTIONAL), "Every incident, newest first"),
        "incident": {"$schema": DIALECT, "title": "One incident", **incident, "$defs": definitions},
        "actions": _list("actions", ACTION, "Every action of every incident", {"today": DAY}),
        "factors": _list("factors", FACTOR, "Every contributing factor", {"kinds": {"type": "array", "items": KIND}}),
        "terms": _list("terms", TERM, "The vocabulary"),
    }
