"""Days of actions that cannot be: due before the incident (CR623), done before it (CR624)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from calmroom.checks.subject import Subject
from calmroom.records.diagnostics import Diagnostic


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Yield a finding for each action whose days lie before the incident."""
    fields = subject.fields
    if fields is None or not fields.actions:
        return
    known = [at.earliest for _, at in fields.times.known()]
    first = min(known).date() if known else date.fromisoformat(subject.id[:10])
    first -= timedelta(days=1)  # the day of somebody who is ahead of UTC
    for index, action in enumerate(fields.actions):
        if action.due and action.due < first:
            message = f"action `{action.id}` is due on {action.due}, before the incident began"
            hint = "Check the year and the month."
            yield subject.finding("CR623", ("actions", index, "due"), message, hint)
        if action.done_on and action.done_on < first:
            message = f"action `{action.id}` was done on {action.done_on}, before the incident began"
            hint = "Check the day; what was there before is a factor that held, under `went_well`."
            yield subject.finding("CR624", ("actions", index, "done_on"), message, hint)
        if action.done_on and subject.context.today and action.done_on > subject.context.today:
            message = f"action `{action.id}` was done on {action.done_on}, which is still to come"
            yield subject.finding("CR624", ("actions", index, "done_on"), message, "Write the day it was done.")
