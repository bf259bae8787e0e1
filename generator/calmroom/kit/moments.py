"""The hard moments to expect from one record: what will be said, why that is likely, and the lines that answer it.

What is said, why, and which beat of which script answers it are data (`words/hard-moments.yaml`); when a moment is
likely is decided here, from the record and the records before it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from calmroom.kit import filling
from calmroom.knowledge import KnowledgeBase
from calmroom.playbooks.model import FACILITATOR, Line, Script
from calmroom.records.diagnostics import WORDS
from calmroom.records.model import Record

SHOWN = 2
"""How many lines of yours answer a moment: the rest is in the script."""

CONTROLS = frozenset({"waf", "firewall", "mfa", "edr"})
SENIOR = ("executive", "sponsor", "director", "president", "chief", "cto", "ciso", "ceo", "architect")
GUESTS = ("regulator", "authority", "guest", "client")


@dataclass(frozen=True)
class HardMoment:
    """A moment to expect: what will be said, why it is likely from this record, the script for it and its answers."""

    what: str
    because: str
    script: Script | None
    filled: Mapping[str, str]
    lines: tuple[Line, ...] = ()

    @property
    def texts(self) -> list[str]:
        """Every text of it that a kit shows."""
        found = []
        for line in self.lines:
            found.append(line.says)
            if line.if_pushed:
                found += [line.if_pushed.they, line.if_pushed.says]
        return found


def expected(base: KnowledgeBase, record: Record, given: Mapping[str, str]) -> tuple[HardMoment, ...]:
    """Return the moments to expect, the likeliest first."""
    likely = dict(_likely(base, record))
    found = []
    for id_, entry in catalogue().items():
        if id_ not in likely:
            continue
        script = base.scripts.get(entry["script"])
        filled = filling.values(base, script, record, given) if script else {}
        because = entry["because"].format_map(likely[id_])
        lines = answers(script, entry["beat"]) if script else ()
        found.append(HardMoment(entry["says"], because, script, filled, lines))
    return tuple(found)


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Return what can be expected: what is said, why, and where the answer stands."""
    loaded: dict[str, Any] = yaml.safe_load((WORDS / "hard-moments.yaml").read_text("utf-8"))
    return loaded


def answers(script: Script, beat: str) -> tuple[Line, ...]:
    """Return your first lines from a beat on; from the beginning where a script has no such beat."""
    ids = [item.id for item in script.beats]
    start = ids.index(beat) if beat in ids else 0
    mine = [line for item in script.beats[start:] for line in item.lines if line.speaker == FACILITATOR]
    return tuple(mine[:SHOWN])


def _likely(base: KnowledgeBase, record: Record) -> Iterator[tuple[str, dict[str, str]]]:
    kinds = {factor.kind for factor in record.factors}
    attendees = record.meeting.attendees if record.meeting else ()
    by = record.detection.by
    if any(event.kind == "change" for event in record.timeline):
        yield "who-did-it", {}
    if by in ("customer", "partner", "adversary"):
        yield "outside", {"noticed_by": base.taxonomies.title("detectors", by)}
    if earlier := _open_before(base, record, kinds):
        yield "repeat", {"earlier": earlier}
    if record.near_miss:
        yield "near-miss", {}
    yield "date", {}
    if CONTROLS & set(record.tags) and "availability" in record.kind:
        yield "control", {}
    if "dependency" in kinds:
        yield "vendor", {}
    if {"security", "data-exposure"} & set(record.kind):
        yield "counsel", {}
    if len(record.services) > 1 or "communication" in kinds:
        several = f"{len(record.services)} services are part of it"
        yield "two-teams", {"reason": several if len(record.services) > 1 else "communication is among the factors"}
    if guest := next((role for role in attendees if _is(role, GUESTS)), None):
        yield "guest", {"guest": guest}
    if len(record.actions) > 3:
        yield "fixes", {"actions": str(len(record.actions))}
    if senior := next((role for role in attendees if _is(role, SENIOR)), None):
        yield "one-voice", {"senior": senior}
    yield "silence", {}


def _is(role: str, words: tuple[str, ...]) -> bool:
    return bool(set(role.lower().replace("-", " ").split()) & set(words))


def _open_before(base: KnowledgeBase, record: Record, kinds: set[str]) -> str:
    for other in base.records:
        alike = set(other.services) & set(record.services) and {factor.kind for factor in other.factors} & kinds
        if other.id == record.id or other.fictional or not alike:
            continue
        if any(action.status not in ("done", "declined") for action in other.actions):
            return other.title
    return ""
