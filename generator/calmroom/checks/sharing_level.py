"""Text above the record's own sharing level (CR666): marked stricter than the record, or marked so in words.

A stricter part inside a record is withheld from editions below it, and that is what such marks are for; what is found
here is a mark that no reader understands, because it stands in words: "TLP:RED – do not forward".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from calmroom.checks.subject import Subject
from calmroom.records import sharing
from calmroom.records.diagnostics import Diagnostic, Level

_WRITTEN = re.compile(r"\bTLP[: ]{1,2}(RED|AMBER\+STRICT|AMBER|GREEN|CLEAR|WHITE)\b", re.IGNORECASE)
_SAID = re.compile(
    r"\b(?:strictly confidential|not for (?:distribution|publication|sharing)|do not (?:share|forward|distribute)|internal use only|attorney[- ]client|legally privileged|privileged (?:and|&) confidential)\b",
    re.IGNORECASE,
)


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Yield a finding for words that say they are stricter than the record they stand in."""
    fields = subject.fields
    if fields is None:
        return
    level = fields.tlp or subject.context.settings.default_tlp
    for passage in subject.passages:
        low = passage.text.lower()
        if not any(
            word in low
            for word in ("tlp", "confidential", "not for", "do not", "internal use", "privileged", "attorney")
        ):
            continue
        shown = passage.masked
        for found in _WRITTEN.finditer(shown):
            said = found.group(1).lower().replace("white", "clear")
            if not sharing.may_be_shown(said, level):
                message = f"“{found.group()}” stands in a record that is {sharing.name(level)}"
                hint = (
                    f"Put the passage between `<!-- tlp: {said} -->` and `<!-- /tlp -->`, or raise the record's `tlp`."
                )
                yield subject.at(passage, found.start(), found.end(), "CR666", message, hint, Level.ERROR)
        for found in _SAID.finditer(shown):
            if level in ("clear", "green"):
                message = f"“{found.group()}” stands in a record that is {sharing.name(level)}"
                hint = "Take the passage out, mark it with a stricter level, or raise the record's `tlp`."
                yield subject.at(passage, found.start(), found.end(), "CR666", message, hint, Level.WARNING)
