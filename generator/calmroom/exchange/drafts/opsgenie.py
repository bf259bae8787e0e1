"""Opsgenie: the log of an alert, as `GET /v2/alerts/{id}/logs` gives it: `data`, a list of `log`, `type`, `owner`, `createdAt`."""

from __future__ import annotations

from collections.abc import Iterator

from calmroom.exchange.drafts.files import Export
from calmroom.exchange.drafts.plain import first, get, has, items, said, severity, text
from calmroom.exchange.drafts.said import About, Said, Tell, wrong


def is_one(export: Export) -> bool:
    """Say whether this is a log of Opsgenie."""
    return has(export, "data", "log", "owner", "createdAt")


def read(export: Export, about: About, tell: Tell) -> Iterator[Said]:
    """Yield every line of the log."""
    name = export.files[0][0]
    found = export.json(name, tell)
    if found is None:
        return
    entries = get(found, "data") if isinstance(found, dict) else found
    if not isinstance(entries, list):
        tell(wrong(name, "`data` is not a list of log lines", "Ask the API for /v2/alerts/{id}/logs again."))
        return
    alert = get(found, "alert")
    ref = text(alert, "tinyId")
    first(about, title=text(alert, "message"), severity=severity(text(alert, "priority")), ref=f"#{ref}" if ref else "")
    for number, entry in enumerate(items(entries), 1):
        words = text(entry, "log")
        low = words.lower()
        moment = "detected" if "created" in low else "resolved" if "closed" in low or "resolved" in low else ""
        owner = text(entry, "owner")
        person = owner if owner and owner.lower() not in ("system", "opsgenie", "alert api") else ""
        if person:
            about.people.setdefault(person, person)
        kind = "signal" if moment else "action" if "acknowledged" in low else "communication"
        yield from said(
            entry.get("createdAt"),
            words,
            name,
            f"log line {number}",
            tell,
            who=person if "note" in low else "",
            kind="" if "note" in low else kind,
            moment=moment,
            evidence=f"opsgenie {text(entry, 'offset') or number}",
        )
