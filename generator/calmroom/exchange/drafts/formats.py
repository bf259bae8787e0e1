"""Every form of export that is read, in the order in which one is recognised: one module each, registered here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from calmroom.exchange.drafts import (
    alerts,
    chat,
    fire_hydrant,
    incident_io,
    opsgenie,
    pager_duty,
    slack,
    statuspage,
    teams,
)
from calmroom.exchange.drafts import table as tables
from calmroom.exchange.drafts.files import Export
from calmroom.exchange.drafts.said import About, Said, Tell

Read = Callable[[Export, About, Tell], Iterator[Said]]


@dataclass(frozen=True)
class Format:
    """A form of export: its name, what it is, whether something is one, and what is said in it."""

    name: str
    title: str
    is_one: Callable[[Export], bool]
    read: Read


FORMATS = {
    found.name: found
    for found in (
        Format("slack", "a Slack channel export, folder or zip", slack.is_one, slack.read),
        Format("teams", "Microsoft Teams messages, JSON of Microsoft Graph", teams.is_one, teams.read),
        Format("pagerduty", "a PagerDuty incident with log entries, REST v2", pager_duty.is_one, pager_duty.read),
        Format("opsgenie", "an Opsgenie alert log", opsgenie.is_one, opsgenie.read),
        Format("statuspage", "a Statuspage incident, public API", statuspage.is_one, statuspage.read),
        Format("incident.io", "an incident.io incident with its updates", incident_io.is_one, incident_io.read),
        Format("firehydrant", "a FireHydrant incident with its events", fire_hydrant.is_one, fire_hydrant.read),
        Format("grafana", "a notification of Grafana's alerting", alerts.is_grafana, alerts.read),
        Format("alertmanager", "a notification of Prometheus' Alertmanager", alerts.is_alertmanager, alerts.read),
        Format("csv", "a table of events with a line of column names", tables.is_one, tables.read),
        Format("chat", "a chat copied as text", chat.is_one, chat.read),
    )
}


def recognised(export: Export) -> Format | None:
    """Return the form of an export, or None."""
    return next((found for found in FORMATS.values() if found.is_one(export)), None)
