"""Filling a script's slots from a record: what it knows is put in, what it lacks stays visible and is asked for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from calmroom.knowledge import KnowledgeBase
from calmroom.playbooks.model import ORGANISATION_FIELDS, Script, Slot, split_at_slots
from calmroom.playbooks.spoken import at_in_words, clock_in_words, listed, moment_in_words
from calmroom.records.model import Record
from calmroom.records.moment import Moment, Precision

_OFFSET = re.compile(r"(?P<field>[a-z_.-]+)(?: (?P<sign>[+-]) (?P<number>\d+)(?P<unit>min|h|d))?\Z")
_UNITS = {"min": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True)
class Piece:
    """A stretch of a filled text: words, or a slot with what fills it (`filled`) or its name where nothing does."""

    text: str
    slot: str = ""
    filled: bool = True


@dataclass(frozen=True)
class Gap:
    """A slot that nothing fills: its name, where it would come from, an example, and the sentence that needs it."""

    name: str
    source: str
    example: str
    sentence: str = ""

    @property
    def role(self) -> str:
        """The role whose name is missing, for a slot such as `sponsor name`; empty for any other."""
        return self.name.removesuffix(" name") if self.name.endswith(" name") else ""


def values(
    base: KnowledgeBase, script: Script, record: Record, given: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return what fills each slot of a script; a slot that nothing can fill is not in it.

    What is `given` for this once comes first, then what the record knows, then what the settings say.
    """
    known = {name: value(base, slot, record) for name, slot in script.slots.items()}
    found = {**defaults(base, script), **{name: text for name, text in known.items() if text is not None}}
    return {**found, **{name: text for name, text in (given or {}).items() if name in script.slots}}


def defaults(base: KnowledgeBase, script: Script) -> dict[str, str]:
    """Return what the settings fill of a script's slots, whatever the incident: `slots` and `organisation`."""
    found = {}
    for name, slot in script.slots.items():
        said = base.settings.slots.get(name)
        if said is None and slot.source in ORGANISATION_FIELDS:
            said = getattr(base.settings.organisation, slot.source.partition(".")[2])
        if said is not None:
            found[name] = said
    return found


def value(base: KnowledgeBase, slot: Slot, record: Record) -> str | None:
    """Return the words that fill one slot, or None where the record does not know."""
    match = _OFFSET.match(slot.source)
    if slot.source in ("ask", *ORGANISATION_FIELDS) or match is None:
        return None
    raw = _field(record, match["field"])
    if raw is None or raw == () or raw == "":
        return None
    if match["number"]:
        if not isinstance(raw, Moment):
            return None
        by = timedelta(**{_UNITS[match["unit"]]: int(match["number"]) * (-1 if match["sign"] == "-" else 1)})
        if raw.precision > Precision.MINUTE:
            return None
        return at_in_words(raw.earliest + by, base.settings.timezone, clock=slot.type != "day")
    if isinstance(raw, Moment) and slot.type == "time" and match["field"].startswith("times."):
        return clock_in_words(raw, base.settings.timezone)
    if isinstance(raw, Moment):
        return moment_in_words(raw, base.settings.timezone, clock=slot.type != "day")
    return _in_words(base, match["field"], raw)


def pieces(text: str, filled: Mapping[str, str]) -> list[Piece]:
    """Split a text at its slots, filling those that can be filled."""
    found: list[Piece] = []
    for words, name in split_at_slots(text):
        if not name:
            found.append(Piece(words))
        elif name in filled:
            found.append(Piece(filled[name], name))
        else:
            found.append(Piece(f"[{name.replace('_', ' ').removesuffix(' name')}]", name, filled=False))
    return found


def plain(text: str, filled: Mapping[str, str]) -> str:
    """Return a text with its slots filled; one that cannot be filled stands in square brackets."""
    return "".join(piece.text for piece in pieces(text, filled))


def gaps(
    shown: Iterable[tuple[Script, Iterable[str]]],
    base: KnowledgeBase,
    record: Record,
    given: Mapping[str, str] | None = None,
) -> list[Gap]:
    """Return the slots in the shown texts of scripts that nothing fills, each once, with the sentence it stands in."""
    found: dict[str, Gap] = {}
    for script, texts in shown:
        filled = values(base, script, record, given)
        for text in texts:
            for sentence in re.split(r"(?<=[.?!]) +", text):
                for _, name in split_at_slots(sentence):
                    if name and name not in filled and name in script.slots:
                        slot = script.slots[name]
                        gap = Gap(name.replace("_", " "), slot.source, slot.example, plain(sentence, filled))
                        found.setdefault(name, gap)
    return list(found.values())


def _field(record: Record, name: str) -> Any:
    if name.startswith("roles."):
        return record.roles.get(name.removeprefix("roles."))
    found: Any = record
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _in_words(base: KnowledgeBase, field: str, raw: Any) -> str:
    if field == "services":
        return listed(base.settings.service_title(slug) for slug in raw)
    if field == "severity":
        return base.settings.severity(raw).title
    if field == "detection.by":
        return base.taxonomies.title("detectors", raw)
    if field in ("actions", "factors", "timeline"):
        return "; ".join(item.what.rstrip(".") for item in raw[:3])
    if field in ("open_questions", "went_well", "got_lucky", "surprised_by"):
        return " ".join(raw[:3])
    if field == "sources":
        return listed(source.title for source in raw)
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return f"{raw:,}"
    return listed(str(item) for item in raw) if isinstance(raw, tuple) else str(raw)
