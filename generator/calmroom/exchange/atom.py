"""Feeds (Atom, RFC 4287): new incidents, amended ones, and actions that fall due.

Ids are UUIDs made from ids of records, so that they stay when the site moves. A day is told as its first moment in
UTC: files carry no other time. Text is text, never HTML.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from xml.etree import ElementTree as Xml

from calmroom import exports
from calmroom.exchange.places import Places
from calmroom.insight.actions import Item
from calmroom.records.model import Record

NAMESPACE = "http://www.w3.org/2005/Atom"
OURS = uuid.UUID("5b7f6c0e-0f5b-5d0c-9a86-3c1f6a1f8c11")
"""What every id of a feed or an entry is made from; it never changes."""
MOST = 50
SOON = timedelta(days=14)
"""How long before its day an action is in the feed."""
FEEDS = {"new": "New incidents", "amended": "Amended incidents", "actions-due": "Actions that fall due"}


@dataclass(frozen=True)
class Entry:
    """One entry: what its id is made from, and what it says."""

    of: str
    title: str
    link: str
    updated: date
    summary: str
    published: date | None = None
    categories: tuple[str, ...] = ()


def address(name: str) -> str:
    """Return the file of one feed."""
    return f"feeds/{name}.xml"


def new(records: Iterable[Record], places: Places) -> list[Entry]:
    """Return the latest incidents, by the day they are filed under."""
    latest = sorted((r for r in records if not r.fictional), key=lambda r: (r.ours, r.id), reverse=True)[:MOST]
    latest.sort(key=lambda record: record.id, reverse=True)
    return [
        Entry(
            f"incident/{record.id}",
            record.title,
            places.full(f"incidents/{record.id}.md"),
            max(record.day, record.amended_on or record.day),
            record.impact.summary or record.title,
            record.day,
            (record.severity, *record.kind, *record.services),
        )
        for record in latest
    ]


def amended(records: Iterable[Record], places: Places) -> list[Entry]:
    """Return the latest amendments of records."""
    every = list(records)
    days = sorted((record.amended_on for record in every if record.amended_on), reverse=True)
    last = days[min(MOST, len(days)) - 1] if days else None
    found = [
        Entry(
            f"amendment/{record.id}/{item.on}/{item.what}",
            f"Amended: {record.title}",
            f"{places.full(f'incidents/{record.id}.md')}#amendments",
            item.on,
            item.what,
            item.on,
            (record.severity,),
        )
        for record in every
        if last and record.amended_on and record.amended_on >= last
        for item in record.amendments
    ]
    return sorted(found, key=lambda entry: (entry.updated, entry.of), reverse=True)[:MOST]


def actions_due(items: Iterable[Item], places: Places, today: date) -> list[Entry]:
    """Return open actions of our own that are overdue or fall due within two weeks, the latest to appear first."""
    found = [
        Entry(
            f"action/{item.record.id}/{item.action.id}/{item.action.due}",
            f"{'Overdue' if item.late else 'Due'} {item.action.due}: {item.action.what}",
            f"{places.full(f'incidents/{item.record.id}.md')}#what-we-do-about-it",
            item.action.due - SOON,
            f"Owner: {item.action.owner or 'not recorded'}. From: {item.record.title}",
        )
        for item in items
        if item.is_open and item.record.ours and item.action.due is not None and item.action.due - SOON <= today
    ]
    return sorted(found, key=lambda entry: (entry.updated, entry.of), reverse=True)[:MOST]


def feed(name: str, entries: Iterable[Entry], places: Places, today: date) -> str:
    """Return a feed; one without entries was updated `today`."""
    listed = list(entries)
    root = Xml.Element("feed", {"xmlns": NAMESPACE, "xml:lang": "en"})
    _text(root, "id", _id(f"feed/{places.url or places.name}/{places.section}/{name}"))
    _text(root, "title", f"{places.name}: {FEEDS[name]}")
    _text(root, "updated", _moment(max((entry.updated for entry in listed), default=today)))
    author = Xml.SubElement(root, "author")
    _text(author, "name", exports.xml_text(places.name).strip() or "Post-mortems")
    kind = "application/atom+xml"
    link = places.full("index.md") if places.url else places.from_file(address(name), "index.md")
    Xml.SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": link})
    itself = places.file(address(name)) if places.url else f"{name}.xml"
    Xml.SubElement(root, "link", {"rel": "self", "type": kind, "href": itself})
    generator = Xml.SubElement(root, "generator")
    generator.text = "Calmroom"
    for entry in listed:
        _entry(root, entry, places)
    Xml.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{Xml.tostring(root, encoding="unicode")}\n'


def _entry(root: Xml.Element, entry: Entry, places: Places) -> None:
    made = Xml.SubElement(root, "entry")
    _text(made, "id", _id(entry.of))
    _text(made, "title", entry.title)
    _text(made, "updated", _moment(entry.updated))
    if entry.published is not None:
        _text(made, "published", _moment(entry.published))
    href = entry.link if places.url else f"../{entry.link}"
    Xml.SubElement(made, "link", {"rel": "alternate", "type": "text/html", "href": exports.xml_text(href)})
    for word in entry.categories:
        Xml.SubElement(made, "category", {"term": exports.xml_text(word)})
    _text(made, "summary", entry.summary)


def _text(parent: Xml.Element, name: str, text: str) -> None:
    made = Xml.SubElement(parent, name)
    made.text = exports.xml_text(" ".join(text.split()))


def _id(of: str) -> str:
    return uuid.uuid5(OURS, of).urn


def _moment(day: date) -> str:
    return f"{day.isoformat()}T00:00:00Z"
