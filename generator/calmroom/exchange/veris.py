"""A security incident in the words of VERIS, the Vocabulary for Event Recording and Incident Sharing (schema 1.3).

VERIS asks who did what to which asset, and how it was affected. A record says what users experienced and what made it
possible, so most of that is `Unknown` here: nothing is guessed. What a record does know is carried over: when, how
long until it was noticed and contained, how it was noticed, what was affected, how many records of data, the cost.
The names of fields and values are those of the schema and its enumerations, github.com/vz-risk/veris.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from calmroom.exchange.places import Places
from calmroom.insight import durations
from calmroom.records.model import Record
from calmroom.records.moment import Precision

SCHEMA_VERSION = "1.3.7"
KINDS = frozenset({"security", "data-exposure"})
UNKNOWN = "Unknown"
DISCOVERY = {
    "monitoring": "Int - infrastructure monitoring",
    "staff": "Int - reported by employee",
    "customer": "Ext - customer",
    "partner": "Prt - unknown",
    "adversary": "Ext - actor disclosure",
}
UNITS = (
    ("Days", timedelta(days=1)),
    ("Hours", timedelta(hours=1)),
    ("Minutes", timedelta(minutes=1)),
    ("Seconds", timedelta(seconds=1)),
)


def is_one(record: Record) -> bool:
    """Say whether a record is of a security incident."""
    return not KINDS.isdisjoint(record.kind) and not record.fictional


def address(id_: str) -> str:
    """Return the file of one record."""
    return f"api/veris/{id_}.json"


def value(record: Record, places: Places) -> dict[str, Any]:
    """Return one record as a VERIS incident."""
    told: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "incident_id": record.id,
        "source_id": "calmroom",
        "security_incident": "Near miss" if record.near_miss else "Confirmed",
        "summary": record.impact.summary or record.title,
        "timeline": _timeline(record),
        "actor": {"unknown": {}},
        "action": {"unknown": {}},
        "asset": {"assets": [{"variety": UNKNOWN}], "notes": f"Services: {', '.join(record.services) or UNKNOWN}"},
        "attribute": _attribute(record),
        "discovery_method": DISCOVERY.get(record.detection.by or "", UNKNOWN),
        "reference": "; ".join([places.full(f"incidents/{record.id}.md"), *(source.url for source in record.sources)]),
    }
    if record.detection.gap:
        told["discovery_notes"] = record.detection.gap
    if record.impact.cost is not None:
        told["impact"] = {"overall_rating": UNKNOWN, "overall_amount": record.impact.cost}
    if actions := [action.what for action in record.actions if action.status != "declined"]:
        told["corrective_action"] = "; ".join(actions)
    if record.organisation:
        unknown = {"country": [UNKNOWN], "employee_count": UNKNOWN, "industry": "00"}
        told["victim"] = {"victim_id": record.organisation, **unknown}
    return told


def _timeline(record: Record) -> dict[str, Any]:
    """Return when it was and how long until it was noticed and contained, as exact as that is known."""
    began = record.times.began or (record.events[0].at if record.events else None)
    told: dict[str, Any] = {"incident": {"year": record.day.year, "month": record.day.month, "day": record.day.day}}
    if began is not None:
        local = began.earliest
        told["incident"] = {"year": local.year, "month": local.month}
        if began.precision <= Precision.DAY:
            told["incident"]["day"] = local.day
        if began.precision <= Precision.MINUTE:
            told["incident"]["time"] = f"{local:%H:%M}"
    for found in durations.of(record):
        name = {"detect": "discovery", "mitigate": "containment"}.get(found.name)
        if name:
            told[name] = _length(found)
    return told


def _length(found: durations.Duration) -> dict[str, Any]:
    between = found.end_at.earliest - found.start_at.earliest
    if found.precision >= Precision.DAY:
        days = (found.end_at.day - found.start_at.day).days
        return {"unit": "Days", "value": days} if found.precision is Precision.DAY else {"unit": "Months"}
    for unit, length in UNITS:
        if between >= length:
            return {"unit": unit, "value": round(between / length, 1)}
    return {"unit": "Seconds", "value": 0}


def _attribute(record: Record) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if "data-exposure" in record.kind or record.kind == ("security",):
        seen: dict[str, Any] = {"data_disclosure": "Yes" if "data-exposure" in record.kind else UNKNOWN}
        if record.impact.data_records is not None:
            seen["data_total"] = record.impact.data_records
        told["confidentiality"] = seen
    varieties = [
        variety
        for kind, variety in (("availability", "Interruption"), ("performance", "Degradation"), ("data-loss", "Loss"))
        if kind in record.kind
    ]
    if varieties:
        told["availability"] = {"variety": varieties}
    return told or {"confidentiality": {"data_disclosure": UNKNOWN}}
