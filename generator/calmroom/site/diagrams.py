"""The diagrams of an incident: its phases and key events to scale, and the map of its contributing factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from calmroom.insight import durations
from calmroom.insight.patterns import Patterns
from calmroom.playbooks.model import FACILITATOR, Script
from calmroom.records.model import Event, Record
from calmroom.records.moment import Precision
from calmroom.records.rules import IMPACT
from calmroom.records.taxonomy import Taxonomies
from calmroom.site import mermaid

KEY_EVENTS = 8
STATES = {"unnoticed": "active", "responding": "", "recovering": "done"}
SHORT = timedelta(hours=30)


@dataclass(frozen=True)
class Diagram:
    """A Mermaid source, what a screen reader calls the drawing, and where its text twin stands (an id).

    `height` is what it takes up at full width, in CSS pixels, where that is known before it is drawn: the page keeps
    that room free, so that nothing below it moves.
    """

    name: str
    source: str
    label: str
    twin: str
    height: int = 0


def gantt_height(lines: int) -> int:
    """Return the height of a Gantt chart: Mermaid's arithmetic with the numbers that `diagrams.js` sets."""
    return 2 * 44 + lines * (20 + 6)


def timeline(record: Record) -> Diagram | None:
    """Draw phases as bars and key events as milestones, to scale; None where there are no two moments."""
    phases = durations.phases(record)
    events = key_events(record)
    instants = [at for p in phases for at in (p.duration.start_at.earliest, p.duration.end_at.earliest)]
    instants += [event.at.earliest for event in events]
    if len(set(instants)) < 2:
        return None
    first, last = min(instants), max(instants)
    bars: list[mermaid.Bar | mermaid.Milestone] = [
        mermaid.Bar(
            mermaid.gantt_label(f"{phase.title} {phase.duration.text}"),
            STATES[phase.name],
            phase.duration.start_at.earliest,
            phase.duration.end_at.earliest,
        )
        for phase in phases
    ]
    marks: list[mermaid.Bar | mermaid.Milestone] = [
        mermaid.Milestone(mermaid.gantt_label(f"{_clock(event, last - first)} {event.what}"), event.at.earliest)
        for event in events
    ]
    sections = [(name, items) for name, items in (("Phases", bars), ("Key events", marks)) if items]
    chart = mermaid.Gantt(record.title, sections, *_axis(first, last))
    told = "; ".join(f"{phase.title.lower()} {phase.duration.text}" for phase in phases)
    label = f"Phases and key events to scale. {told.capitalize()}." if told else "Key events to scale."
    height = gantt_height(len(bars) + len(marks))
    return Diagram("timeline", chart.script, f"{label} The same as a table below.", "events", height)


def key_events(record: Record) -> list[Event]:
    """Return the events worth drawing: those marked `key`, else the first, the last and those between, at most eight.

    Events far outside the incident would squeeze everything else into a point; those stay in the table only.
    """
    known = durations.span(record)
    events = [event for event in record.events if event.key] or record.events
    if known and known[1] > known[0]:
        length = known[1] - known[0]
        near = [e for e in events if known[0] - length / 2 <= e.at.earliest <= known[1] + length / 2]
        events = near or events
    if len(events) <= KEY_EVENTS:
        return events
    step = (len(events) - 1) / (KEY_EVENTS - 1)
    return [events[round(index * step)] for index in range(KEY_EVENTS)]


MOST_ARROWS = 150


def cause_map(record: Record, taxonomies: Taxonomies) -> Diagram | None:
    """Draw the contributing factors and what they led to as a flowchart.

    None where the record has none, or so many arrows that nobody could follow one; the list says the same.
    """
    if not record.factors:
        return None
    indices = {factor.id: index for index, factor in enumerate(record.factors)}
    impact = len(record.factors)
    nodes = [(taxonomies.title("factor-kinds", factor.kind), factor.what, "round-edge") for factor in record.factors]
    edges = [
        (indices[factor.id], impact if target == IMPACT else indices[target])
        for factor in record.factors
        for target in factor.leads_to
    ]
    if len(edges) > MOST_ARROWS:
        return None
    if any(end == impact for _, end in edges):
        nodes.append(("Impact", record.impact.summary or record.title, "stadium-shape"))
    chart = mermaid.flowchart(record.title, nodes, edges, _orientation(len(nodes), edges))
    label = f"Map of {len(record.factors)} contributing factors and what they led to. The same as a list below."
    return Diagram("causes", chart.script, label, "factors")


def _orientation(count: int, edges: list[tuple[int, int]]) -> str:
    """Return `TB` for a map that is deeper than wide, else `LR`: a wide one is cut off at the side of a page."""
    rank = dict.fromkeys(range(count), 0)
    for _ in range(count):
        for start, end in edges:
            rank[end] = max(rank[end], rank[start] + 1)
    ranks = list(rank.values())
    widest = max(ranks.count(number) for number in set(ranks))
    return "LR" if widest > len(set(ranks)) else "TB"


def pattern_map(found: Patterns, taxonomies: Taxonomies) -> Diagram | None:
    """Draw the steps that recur across incidents, each with the number of incidents; None where none does."""
    if not found.drawn:
        return None
    kinds = list(found.nodes)
    nodes = [
        ("", "Impact" if kind == IMPACT else taxonomies.title("factor-kinds", kind), _shape(kind)) for kind in kinds
    ]
    edges = [(kinds.index(step.kinds[0]), kinds.index(step.kinds[1])) for step in found.drawn]
    counts = [str(step.count) for step in found.drawn]
    chart = mermaid.flowchart("Patterns", nodes, edges, "LR", counts)
    label = f"Map of {len(edges)} steps between {len(nodes)} kinds of factor that recur. The same as a table below."
    return Diagram("patterns", chart.script, label, "steps")


def _shape(kind: str) -> str:
    return "stadium-shape" if kind == IMPACT else "round-edge"


def incidents_in_time(records: Sequence[Record]) -> Diagram | None:
    """Draw some incidents on one axis, newest first, as milestones on their days; None for fewer than two days."""
    days = [datetime(record.day.year, record.day.month, record.day.day, tzinfo=UTC) for record in records]
    if len(set(days)) < 2:
        return None
    marks: list[mermaid.Bar | mermaid.Milestone] = [
        mermaid.Milestone(mermaid.gantt_label(record.title), at) for record, at in zip(records, days, strict=True)
    ]
    chart = mermaid.Gantt("Latest incidents", [("Incidents", marks)], *_axis(min(days), max(days)))
    label = f"The latest {len(records)} incidents on one axis. The same as a list below."
    return Diagram("incidents", chart.script, label, "latest-incidents")


def dialogue(script: Script, taxonomies: Taxonomies) -> Diagram | None:
    """Draw who speaks to whom in a dialogue: others by their first words, you by your moves; None for a message."""
    names = list(script.cast)
    if not script.lines or len(names) < 2:
        return None
    turns: list[tuple[int, int, str] | str] = []
    before = next((line.speaker for line in script.lines if line.speaker != FACILITATOR), names[-1])
    for beat in script.beats:
        turns.append(beat.title)
        for line in beat.lines:
            mine = line.speaker == FACILITATOR
            listener = before if mine else FACILITATOR
            moves = ", ".join(taxonomies.title("moves", move) for move in line.moves)
            words = moves if mine and moves else mermaid.one_line(line.says, 48)
            if line.speaker in names and listener in names:
                turns.append((names.index(line.speaker), names.index(listener), words))
            before = before if mine else line.speaker
    chart = mermaid.sequence(script.title, [part.name for part in script.cast.values()], turns)
    label = f"Who speaks to whom in {len(script.lines)} lines. The same as the dialogue above."
    return Diagram("dialogue", chart.script, label, "dialogue")


def _clock(event: Event, length: timedelta) -> str:
    at = event.at.earliest
    if event.at.precision >= Precision.MONTH:
        return f"{at:%b %Y}"
    if event.at.precision >= Precision.DAY:
        return f"{at.day} {at:%b}"
    return f"{at:%H}∶{at:%M}" if length < SHORT else f"{at.day} {at:%b} {at:%H}∶{at:%M}"


def _axis(first: datetime, last: datetime) -> tuple[str, str]:
    """Return the axis' d3 time format and the distance of its ticks, so that no two ticks say the same or overlap."""
    length = last - first
    if length < SHORT:
        return "%H:%M", ""
    if length < timedelta(days=14):
        return "%d %b", "1day"
    if length < timedelta(days=84):
        return "%d %b", "1week"
    return "%b %Y", "1month" if length < timedelta(days=380) else ""
