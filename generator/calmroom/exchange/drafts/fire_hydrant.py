"""FireHydrant: an incident of its API with `milestones`, and its timeline (`/incidents/{id}/events`) where that is there."""

from __future__ import annotations

from collections.abc import Iterator

from calmroom.exchange.drafts.files import Export
from calmroom.exchange.drafts.plain import first, get, has, items, said, severity, text
from calmroom.exchange.drafts.said import About, Said, Tell, wrong

MILESTONES = {
    "started": "began",
    "detected": "detected",
    "acknowledged": "declared",
    "mitigated": "mitigated",
    "resolved": "resolved",
}


def is_one(export: Export) -> bool:
    """Say whether this is of FireHydrant."""
    return has(export, "milestones", "occurred_at") or has(export, "data", "occurred_at", "author")


def read(export: Export, about: About, tell: Tell) -> Iterator[Said]:
    """Yield milestones and events; each incident is a group where there are several."""
    name = export.files[0][0]
    found = export.json(name, tell)
    if found is None:
        return
    listed = found if isinstance(found, list) else get(found, "data") or [found]
    parts = items(listed)
    if isinstance(found, dict) and "data" in found and isinstance(found.get("events"), list):
        parts += items(found["events"])
    incidents = [part for part in parts if "milestones" in part]
    if not parts:
        tell(wrong(name, "there is no incident in it", "Ask the API for /v1/incidents/{id}."))
    for index, incident in enumerate(incidents, 1):
        several = len(incidents) > 1
        title = text(incident, "name")
        if not several:
            shown = text(incident, "number")
            first(
                about,
                title=title,
                ref=f"FH-{shown}" if shown else "",
                summary=text(incident, "customer_impact_summary") or text(incident, "summary"),
                severity=severity(text(incident, "severity")),
            )
            about.services += [text(item, "name") for item in items(incident.get("services"))]
            link = text(incident, "incident_url")
            if link.startswith(("http://", "https://")):
                about.sources.append((f"FireHydrant: {title}", link))
        for number, stone in enumerate(items(incident.get("milestones")), 1):
            sort = text(stone, "type")
            yield from said(
                stone.get("occurred_at") or stone.get("created_at"),
                f"Milestone in FireHydrant: {sort.replace('_', ' ')}.",
                name,
                f"incident {index}, milestone {number}",
                tell,
                kind="signal" if sort == "detected" else "note",
                moment=MILESTONES.get(sort, ""),
                evidence=f"firehydrant {text(incident, 'number') or index}",
                group=title if several else "",
            )
        parts += items(incident.get("events"))
    for number, event in enumerate((part for part in parts if "milestones" not in part), 1):
        data = event.get("data")
        words = next(
            (text(data, key) for key in ("body", "message", "note", "description", "summary") if text(data, key)), ""
        )
        person = text(event, "author", "name")
        yield from said(
            event.get("occurred_at") or event.get("created_at"),
            words or text(event, "type").replace("_", " "),
            name,
            f"event {number}",
            tell,
            who=person if words else "",
            kind="" if words else "note",
            evidence=f"firehydrant event {text(event, 'id') or number}",
        )
