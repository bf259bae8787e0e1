"""Notifications of Prometheus' Alertmanager (webhook, version 4) and of Grafana's alerting, which has the same form and more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from calmroom.exchange.drafts.files import Export
from calmroom.exchange.drafts.plain import first, has, items, said, severity, text
from calmroom.exchange.drafts.said import About, Said, Tell, wrong

NEVER = "0001-01-01"
"""How both write the end of an alert that has none yet."""


def is_grafana(export: Export) -> bool:
    """Say whether this is a notification of Grafana."""
    return has(export, "alerts", "startsAt") and ('"orgId"' in export.head or '"dashboardURL"' in export.head)


def is_alertmanager(export: Export) -> bool:
    """Say whether this is a notification of Alertmanager."""
    return has(export, "alerts", "startsAt") or has(export, "startsAt", "labels")


def read(export: Export, about: About, tell: Tell) -> Iterator[Said]:
    """Yield for each alert when it fired and when it ended; one that is told of again is the same."""
    name = export.files[0][0]
    found = export.json(name, tell)
    if found is None:
        return
    notifications = items(found if isinstance(found, list) else [found])
    if not notifications:
        tell(wrong(name, "there is no notification in it", "Give what the webhook received, one or a list of them."))
    seen: set[tuple[str, str]] = set()
    for number, notification in enumerate(notifications, 1):
        alerts = items(notification["alerts"]) if "alerts" in notification else [notification]
        first(about, title=text(notification, "title").replace("[FIRING:1] ", ""))
        for index, alert in enumerate(alerts, 1):
            first(about, severity=severity(text(alert, "labels", "severity")))
            yield from _alert(alert, name, f"notification {number}, alert {index}", seen, tell)


def _alert(alert: dict[str, Any], name: str, place: str, seen: set[tuple[str, str]], tell: Tell) -> Iterator[Said]:
    label = text(alert, "labels", "alertname") or "An alert"
    told = text(alert, "annotations", "summary") or text(alert, "annotations", "description")
    key = text(alert, "fingerprint") or f"{label}{sorted((alert.get('labels') or {}).items())}"
    link = text(alert, "panelURL") or text(alert, "generatorURL")
    evidence = link if link.startswith(("http://", "https://")) and " " not in link else f"alert {label}"
    start, end = text(alert, "startsAt"), text(alert, "endsAt")
    if (key, start) not in seen:
        seen.add((key, start))
        words = f"{label} fires{f': {told}' if told else '.'}"
        yield from said(start, words, name, place, tell, kind="signal", moment="detected", evidence=evidence)
    ended = end and not end.startswith(NEVER) and text(alert, "status") == "resolved"
    if ended and (key, end) not in seen:
        seen.add((key, end))
        yield from said(
            end, f"{label} ends.", name, place, tell, kind="signal", moment="resolved", evidence=f"alert {label}"
        )
