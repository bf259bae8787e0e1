"""A time of day in the narrative that no moment of the record has (CR621)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from calmroom.checks import moments
from calmroom.checks.subject import Subject
from calmroom.records.diagnostics import Diagnostic, Level

_CLOCK = re.compile(
    r"(?<![\d:.,¤-])(?P<hour>[01]?\d|2[0-3]):(?P<minute>[0-5]\d)(?P<half> ?[ap]\.?m\b\.?)?(?![\d:])", re.IGNORECASE
)
_HABIT = re.compile(
    r"\b(?:every|daily|weekly|nightly|each|scheduled|schedule|usually|normally|planned|due|until|from now|would|should|tomorrow|window|runs|expected|deadline|by|between|expires?|cron|T\+)\b",
    re.IGNORECASE,
)


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Yield a finding for a time in the narrative that stands in no field, where all fields have minutes."""
    fields = subject.fields
    if fields is None or ":" not in "".join(passage.masked for passage in subject.passages if passage.markdown):
        return
    known = moments.known(fields)
    if len(known) < 3 or any(at.precision not in moments.MINUTES for at in known):
        return
    clocks = {
        (at.hour, at.minute) for moment in known for at in moments.local(moment, subject.context.settings.timezone)
    }
    halves = {(hour % 12, minute) for hour, minute in clocks}
    for passage in subject.passages:
        if not passage.markdown:
            continue
        for sentence in passage.sentences:
            if ":" not in sentence.text or _HABIT.search(sentence.text):
                continue
            for found in _CLOCK.finditer(sentence.text):
                at = (int(found["hour"]), int(found["minute"]))
                if at in clocks or (found["half"] and (at[0] % 12, at[1]) in halves):
                    continue
                message = f"no moment and no event of this record is at {found.group()}"
                hint = "Add the event to the timeline, or mend the time: readers look for it there."
                start = sentence.start + found.start()
                yield subject.at(passage, start, start + len(found.group()), "CR621", message, hint, Level.NOTE)
