"""What the site says as plain values, for programs: records, actions, factors, terms.

Each function is pure. The values hold what the record holds and what its pages compute, under names that stay
(`schemas` says which); what is not known is absent, never empty or zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from calmroom.exchange.places import Places
from calmroom.insight import durations, register
from calmroom.insight.actions import Item
from calmroom.playbooks.model import Term
from calmroom.records.model import IncidentFields, Record
from calmroom.records.rules import IMPACT
from calmroom.records.settings import Settings
from calmroom.records.taxonomy import Taxonomies

VERSION = 1
"""The version of these forms: it changes when a name goes away or changes its meaning, never when one is added."""
FIELDS = tuple(IncidentFields.model_fields)


def record_address(id_: str) -> str:
    """Return the file of one record."""
    return f"api/incidents/{id_}.json"


def twin_address(kind: str, id_: str) -> str:
    """Return the file of a page's Markdown twin."""
    return f"{kind}/{id_}/index.md"


def fields(record: Record) -> dict[str, Any]:
    """Return a record's fields as plain values, as the JSON Schema of a record describes them."""
    whole = IncidentFields.model_construct(**{name: getattr(record, name) for name in FIELDS})
    return whole.model_dump(mode="json", exclude_defaults=True)


def head(record: Record, places: Places, settings: Settings) -> dict[str, Any]:
    """Return what a list says of one record."""
    told = {
        "id": record.id,
        "day": record.id[:10],
        "title": record.title,
        "ref": record.ref,
        "severity": record.severity,
        "status": record.status,
        "tlp": record.tlp or ("clear" if record.shipped else settings.default_tlp),
        "kind": list(record.kind),
        "services": list(record.services),
        "tags": list(record.tags),
        "factor_kinds": sorted(record.factor_kinds),
        "organisation": record.organisation,
        "ours": record.ours,
        "near_miss": record.near_miss,
        "fictional": record.fictional,
        "impact": record.impact.summary,
        "amended": record.amended_on.isoformat() if record.amended_on else None,
        "url": places.full(f"incidents/{record.id}.md"),
        "json": places.file(record_address(record.id)),
        "markdown": places.file(twin_address("incidents", record.id)),
    }
    return {name: value for name, value in told.items() if value is not None}


def incident(record: Record, places: Places, settings: Settings) -> dict[str, Any]:
    """Return everything about one record: what a list says of it, its fields, and its durations."""
    return {
        "version": VERSION,
        **head(record, places, settings),
        "durations": _durations(record),
        "record": fields(record),
    }


def _durations(record: Record) -> list[dict[str, Any]]:
    return [
        {
            "name": found.name,
            "from": found.start,
            "to": found.end,
            "text": found.text,
            "exact": found.exact,
            "least_seconds": int(found.shortest.total_seconds()),
            "most_seconds": int(found.longest.total_seconds()),
        }
        for found in durations.of(record)
    ]


def incidents(records: Iterable[Record], places: Places, settings: Settings, edition: str) -> dict[str, Any]:
    """Return the list of all records, newest first."""
    return _list("incidents", (head(record, places, settings) for record in records), places, edition)


def actions(items: Iterable[Item], places: Places, edition: str, today: str) -> dict[str, Any]:
    """Return every action of every record, the longest overdue first, as it stands on one day."""
    rows = (
        {
            **{name: value for name, value in register.row(item).items() if value is not None},
            "open": item.is_open,
            "ours": item.record.ours,
            "url": places.full(f"incidents/{item.record.id}.md"),
        }
        for item in items
    )
    return {**_list("actions", rows, places, edition), "today": today}


def factors(records: Iterable[Record], taxonomies: Taxonomies, places: Places, edition: str) -> dict[str, Any]:
    """Return every contributing factor of every record with what it led to, and the kinds there are."""
    rows = (
        {
            "incident": record.id,
            "factor": factor.id,
            "kind": factor.kind,
            "what": factor.what,
            "leads_to": [name for name in factor.leads_to if name != IMPACT],
            "led_to_impact": IMPACT in factor.leads_to,
            "addressed_by": [action.id for action in record.actions if factor.id in action.addresses],
            "ours": record.ours,
            "url": places.full(f"incidents/{record.id}.md"),
            **({"evidence": factor.evidence} if factor.evidence else {}),
        }
        for record in records
        for factor in record.factors
    )
    kinds = [
        {"kind": word.slug, "title": word.title, "meaning": word.meaning}
        for word in taxonomies["factor-kinds"].values()
    ]
    return {**_list("factors", rows, places, edition), "kinds": kinds}


def terms(found: Mapping[str, Term], places: Places, edition: str) -> dict[str, Any]:
    """Return the vocabulary: each term with its plain and precise meanings, its misuse and the executive's version."""
    return _list("terms", (term(slug, item, places) for slug, item in found.items()), places, edition)


def term(slug: str, item: Term, places: Places) -> dict[str, Any]:
    """Return one term of the vocabulary."""
    told = item.model_dump(mode="json", exclude={"slug", "path", "shipped", "asked", "forms"})
    kept = {name: value for name, value in told.items() if value not in (None, [], ())}
    return {"slug": slug, "url": f"{places.full('glossary.md')}#{slug}", **kept}


def _list(name: str, rows: Iterable[dict[str, Any]], places: Places, edition: str) -> dict[str, Any]:
    listed = list(rows)
    site = {"name": places.name, **({"url": places.full("index.md")} if places.url else {})}
    return {"version": VERSION, "site": site, "edition": edition, "count": len(listed), name: listed}


CSV_COLUMNS = (
    "id", "day", "title", "ref", "severity", "status", "tlp", "kind", "services", "tags", "factor_kinds",
    "organisation", "ours", "near_miss", "fictional", "impact", "amended", "url",
    "began", "detected", "declared", "mitigated", "resolved",
)  # fmt: skip


def csv_row(record: Record, places: Places, settings: Settings) -> list[Any]:
    """Return one record as a line of a table: the list's values and the five moments."""
    told = head(record, places, settings)
    told |= {name: str(at) for name, at in record.times.known()}
    flags = {"ours", "near_miss", "fictional"}
    return [("yes" if told[name] else "no") if name in flags else told.get(name) for name in CSV_COLUMNS]
