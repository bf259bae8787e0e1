"""A kit's meeting and deadlines as iCalendar (RFC 5545), for the calendars of those who must keep them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from icalendar import Calendar, Event

from calmroom import exports
from calmroom.kit.kit import Kit

DEADLINE_MINUTES = 15


def ics(kit: Kit, today: date) -> bytes | None:
    """Return an iCalendar file with the meeting and every deadline; None where the meeting's time is not known.

    The stamp is `today`, so that the same record on the same day gives the same bytes.
    """
    meeting = kit.record.meeting
    if meeting is None:
        return None
    calendar = Calendar()
    calendar.add("prodid", "-//Calmroom//Meeting kit//EN")
    calendar.add("version", "2.0")
    stamp = datetime.combine(today, time(), UTC)
    start = meeting.at.earliest
    name = f"Post-mortem: {kit.record.title}"
    calendar.add_component(
        _event("meeting", kit, name, kit.opening_words, start, start + timedelta(minutes=meeting.minutes), stamp)
    )
    for number, deadline in enumerate(kit.deadlines):
        if deadline.at is not None:
            end = deadline.at + timedelta(minutes=DEADLINE_MINUTES)
            title = f"{deadline.name}: {kit.record.title}"
            calendar.add_component(_event(f"deadline-{number}", kit, title, deadline.what, deadline.at, end, stamp))
    return bytes(calendar.to_ical())


def _event(kind: str, kit: Kit, name: str, what: str, start: datetime, end: datetime, stamp: datetime) -> Event:
    event = Event()
    event.add("uid", f"{kit.record.id}-{kind}@calmroom")
    event.add("dtstamp", stamp)
    event.add("dtstart", start.astimezone(UTC))
    event.add("dtend", end.astimezone(UTC))
    event.add("summary", exports.calendar_text(name))
    event.add("description", exports.calendar_text(what))
    return event
