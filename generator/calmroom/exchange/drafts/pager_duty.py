"""PagerDuty: an incident and its log entries, as the REST API v2 gives them, in one file or in two."""

from __future__ import annotations

from collections.abc import Iterator

from calmroom.exchange.drafts.files import Export
from calmroom.exchange.drafts.plain import first, get, has, items, said, severity, text
from calmroom.exchange.drafts.said import About, Said, Tell, wrong

ENTRIES = {
    "trigger_log_entry": ("signal", "detected"),
    "acknowledge_log_entry": ("action", ""),
    "resolve_log_entry": ("signal", "resolved"),
    "annotate_log_entry": ("", ""),
    "notify_log_entry": ("communication", ""),
    "status_update_log_entry": ("communication", ""),
    "escalate_log_entry": ("communication", ""),
    "assign_log_entry": ("communication", ""),
    "add_responders_log_entry": ("communication", ""),
    "responder_request_log_entry": ("communication", ""),
    "priority_change_log_entry": ("decision", ""),
    "urgency_change_log_entry": ("decision", ""),
    "reopen_log_entry": ("signal", ""),
}
"""What an entry's type says of its kind, and of the moment it may be."""
QUIET = ("repeat_escalation_path_log_entry", "exhaust_escalation_path_log_entry", "delegate_log_entry")


def is_one(export: Export) -> bool:
    """Say whether this is an incident of PagerDuty, its log entries, or both."""
    return has(export, "log_entries") or has(export, "incident", "incident_number", "html_url")


def read(export: Export, about: About, tell: Tell) -> Iterator[Said]:
    """Yield every entry of the log, and keep what the incident says of itself."""
    name = export.files[0][0]
    found = export.json(name, tell)
    if found is None:
        return
    for part in found if isinstance(found, list) else [found]:
        incident = get(part, "incident")
        if isinstance(incident, dict):
            number = text(incident, "incident_number")
            first(
                about,
                title=text(incident, "title"),
                ref=f"PD-{number}" if number else "",
                severity=severity(text(incident, "priority", "summary")),
            )
            about.services += [service for service in (text(incident, "service", "summary"),) if service]
        entries = get(part, "log_entries")
        if entries is not None and not isinstance(entries, list):
            tell(wrong(name, "`log_entries` is not a list", "Ask the API for /incidents/{id}/log_entries again."))
            continue
        for index, entry in enumerate(items(entries), 1):
            sort = text(entry, "type").replace("_log_entry_reference", "_log_entry")
            if sort in QUIET:
                continue
            kind, moment = ENTRIES.get(sort, ("", ""))
            person = text(entry, "agent", "summary") if text(entry, "agent", "type").startswith("user") else ""
            note = text(entry, "note") or text(entry, "channel", "note") or text(entry, "channel", "summary")
            words = text(entry, "summary")
            if note and note not in words:
                words = f"{words} {note}" if sort != "annotate_log_entry" else note
            yield from said(
                entry.get("created_at"),
                words,
                name,
                f"log entry {index}",
                tell,
                who=person if sort == "annotate_log_entry" else "",
                kind=kind,
                moment=moment,
                evidence=text(entry, "html_url") or f"pagerduty {text(entry, 'id') or index}",
            )
            if person:
                about.people.setdefault(person, person)
