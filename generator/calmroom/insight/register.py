"""The register of actions as data: rows for tools, CSV for spreadsheets, iCalendar for calendars."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from icalendar import Calendar, Event

from calmroom import exports
from calmroom.insight.actions import Item

COLUMNS = (
    "incident",
    "title",
    "organisation",
    "action",
    "what",
    "owner",
    "due",
    "status",
    "strength",
    "opened",
    "done_on",
    "age_days",
    "late_days",
    "addresses",
    "ticket",
    "reason",
)


def row(item: Item) -> dict[str, Any]:
    """Return one action as a mapping: texts, days as `YYYY-MM-DD`, ages in days, None for what is not recorded."""
    action, record = item.action, item.record
    return {
        "incident": record.id,
        "title": record.title,
        "organisation": record.organisation,
        "action": action.id,
        "what": action.what,
        "owner": action.owner,
        "due": action.due.isoformat() if action.due else None,
        "status": action.status,
        "strength": action.strength,
        "opened": item.opened.isoformat(),
        "done_on": action.done_on.isoformat() if action.done_on else None,
        "age_days": item.age,
        "late_days": item.late,
        "addresses": list(action.addresses),
        "ticket": action.ticket,
        "reason": action.reason,
    }


def csv_text(items: Iterable[Item]) -> str:
    """Return actions as CSV, a line each."""
    return exports.csv_text(COLUMNS, (list(row(item).values()) for item in items))


def ics(items: Iterable[Item], today: date) -> bytes:
    """Return the open actions that have a day as a calendar (RFC 5545) of whole days, stamped with `today`."""
    calendar = Calendar()
    calendar.add("prodid", "-//Calmroom//Actions//EN")
    calendar.add("version", "2.0")
    for item in items:
        if not item.is_open or item.action.due is None:
            continue
        event = Event()
        event.add("uid", f"{item.record.id}-{item.action.id}@calmroom")
        event.add("dtstamp", datetime.combine(today, time(), UTC))
        event.add("dtstart", item.action.due)
        event.add("dtend", item.action.due + timedelta(days=1))
        event.add("summary", exports.calendar_text(f"Due: {item.action.what}"))
        told = f"{item.record.title}\nOwner: {item.action.owner or 'not recorded'}"
        event.add("description", exports.calendar_text(told))
        calendar.add_component(event)
    return bytes(calendar.to_ical())
