"""incident.io: an incident of the API v2, with its updates (`incident_updates`) where they are there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from calmroom.exchange.drafts.files import Export
from calmroom.exchange.drafts.plain import first, get, has, items, said, severity, text
from calmroom.exchange.drafts.said import About, Said, Tell, wrong

STAMPS = (
    ("impact start", "began"), ("started", "began"), ("identified", ""), ("detected", "detected"), ("reported", "detected"),
    ("accepted", "declared"), ("declared", "declared"), ("fixed", "mitigated"), ("mitigated", "mitigated"), ("resolved", "resolved"),
)  # fmt: skip
"""Words in the name of a timestamp, and the moment it may be."""


def is_one(export: Export) -> bool:
    """Say whether this is of incident.io."""
    return has(export, "incident_updates", "new_incident_status") or has(export, "incident_status", "reference")


def read(export: Export, about: About, tell: Tell) -> Iterator[Said]:
    """Yield timestamps and updates; each incident is a group where there are several."""
    name = export.files[0][0]
    found = export.json(name, tell)
    if found is None:
        return
    updates = items(get(found, "incident_updates"))
    listed = found if isinstance(found, list) else get(found, "incidents") or [get(found, "incident") or found]
    incidents = [incident for incident in items(listed) if "incident_status" in incident or "reference" in incident]
    if not incidents and not updates:
        tell(wrong(name, "there is no incident in it", "Ask the API for /v2/incidents/{id}."))
    for index, incident in enumerate(incidents, 1):
        yield from _incident(incident, index, len(incidents) > 1, name, about, tell)
    for number, update in enumerate(updates, 1):
        person = text(update, "updater", "user", "name")
        status = text(update, "new_incident_status", "name")
        words = text(update, "message") or (f"Status is now {status}." if status else "")
        yield from said(
            update.get("created_at"),
            words,
            name,
            f"update {number}",
            tell,
            who=person,
            kind="communication" if not person else "",
            evidence=f"incident.io update {text(update, 'id') or number}",
        )


def _incident(
    incident: dict[str, Any], index: int, several: bool, name: str, about: About, tell: Tell
) -> Iterator[Said]:
    title, ref = text(incident, "name"), text(incident, "reference")
    if not several:
        first(
            about,
            title=title,
            ref=ref,
            summary=text(incident, "summary"),
            severity=severity(text(incident, "severity", "name")),
        )
        link = text(incident, "permalink")
        if link.startswith(("http://", "https://")):
            about.sources.append((f"incident.io {ref or title}", link))
    for number, stamp in enumerate(items(incident.get("incident_timestamp_values")), 1):
        label = text(stamp, "incident_timestamp", "name")
        at = text(stamp, "value", "value")
        moment = next((moment for word, moment in STAMPS if word in label.lower()), "")
        if at:
            yield from said(
                at,
                f"{label} in incident.io.",
                name,
                f"incident {index}, timestamp {number}",
                tell,
                kind="signal" if moment == "detected" else "note",
                moment=moment,
                evidence=f"incident.io {ref or index}",
                group=title if several else "",
            )
