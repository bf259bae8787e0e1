"""Statuspage: incidents of a page, as its public API gives them (`/api/v2/incidents.json`), or one of them."""

from __future__ import annotations

from collections.abc import Iterator

from calmroom.exchange.drafts.files import Export
from calmroom.exchange.drafts.plain import first, get, has, items, said, severity, text, without_html
from calmroom.exchange.drafts.said import About, Said, Tell, wrong

MOMENTS = {"investigating": "declared", "monitoring": "mitigated", "resolved": "resolved"}


def is_one(export: Export) -> bool:
    """Say whether this is of a Statuspage."""
    return has(export, "incident_updates", "status", "impact")


def read(export: Export, about: About, tell: Tell) -> Iterator[Said]:
    """Yield every update of every incident; each incident is a group."""
    name = export.files[0][0]
    found = export.json(name, tell)
    if found is None:
        return
    listed = found if isinstance(found, list) else get(found, "incidents") or [get(found, "incident") or found]
    incidents = items(listed)
    if not incidents:
        tell(wrong(name, "there is no incident in it", "Ask the page for /api/v2/incidents.json."))
    for index, incident in enumerate(incidents, 1):
        title, link = text(incident, "name"), text(incident, "shortlink")
        if len(incidents) == 1:
            first(about, title=title, severity=severity(text(incident, "impact")))
            if link.startswith(("http://", "https://")):
                about.sources.append((f"Status page: {title}", link))
            about.services += [text(item, "name") for item in items(incident.get("components"))]
        for number, update in enumerate(items(incident.get("incident_updates")), 1):
            status = text(update, "status")
            words = without_html(text(update, "body"))
            yield from said(
                update.get("display_at") or update.get("created_at"),
                f"Status page, {status.replace('_', ' ')}: {words}" if words else "",
                name,
                f"incident {index}, update {number}",
                tell,
                kind="communication",
                moment=MOMENTS.get(status, ""),
                evidence=link or f"status page {text(update, 'id') or number}",
                group=title if len(incidents) > 1 else "",
            )
