"""Mermaid diagrams that cannot break: objects of `mermaid-py`, and one escaping function per kind of diagram.

Every text that comes from a record goes through `flowchart_label` or `gantt_label`. Both are tested by feeding
arbitrary text to the real Mermaid and reading back what it drew. `mermaid-py` has no gantt class, so `Gantt` is its
`Graph` made into one.
"""

from __future__ import annotations

import contextlib
import io
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
    # mermaid-py prints a warning on import where IPython is absent; a build's output is not its place.
    from mermaid.flowchart import FlowChart, Link, Node
    from mermaid.graph import Graph
    from mermaid.sequence import Link as Message
    from mermaid.sequence import Note, Participant, SequenceDiagram

LABEL_LENGTH = 110
GANTT_LENGTH = 52

_BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NOT_LABEL = re.compile(r"[^0-9A-Za-z\u00a0-\U0010ffff ,.\-]")
_LOOK_ALIKES = str.maketrans(
    {":": "∶", ";": "⁏", "#": "＃", ",": "‚", "%": "％", "`": "ˋ", "\\": "＼", "<": "‹", ">": "›", "&": "＆"}
)


def one_line(text: str, length: int) -> str:
    """Return text as one line of at most `length` characters, without controls, direction marks and lone surrogates."""
    clean = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if not clean.isprintable():
        clean = _BIDI.sub("", clean)
        clean = "".join(
            " " if unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cn", "Co") else character
            for character in clean
        )
    clean = " ".join(clean.split())
    if len(clean) <= length:
        return clean
    cut = clean[: length - 1]
    at_word = cut.rfind(" ", length * 2 // 3)
    return (cut[:at_word] if at_word > 0 else cut).rstrip(" ,;:–-") + "…"


def flowchart_label(text: str) -> str:
    """Escape text for a flowchart's label in quotes: every sign Mermaid could read becomes a numeric entity, `#59;`."""
    return _NOT_LABEL.sub(lambda found: f"#{ord(found.group())};", one_line(text, LABEL_LENGTH)) or "…"


def gantt_label(text: str) -> str:
    """Escape text for a gantt task's name: signs Mermaid reads become their look-alikes, since it decodes no entities.

    A word joiner, which nobody sees, stands first: a name that begins with `click`, `section` or a date is not a
    command then.
    """
    return "\u2060" + (one_line(text, GANTT_LENGTH).translate(_LOOK_ALIKES) or "…")


@dataclass(frozen=True)
class Bar:
    """A stretch of time drawn as a bar; `state` is one of Mermaid's (`active`, `done`, `crit`) or empty."""

    label: str
    state: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Milestone:
    """A moment drawn as a diamond with its label beside it."""

    label: str
    at: datetime


class Gantt(Graph):  # type: ignore[misc]
    """A gantt diagram to scale: bars in one section, milestones in another.

    Times are written without a zone, so that every browser draws the same digits on the axis: those of UTC.
    """

    def __init__(
        self, title: str, sections: list[tuple[str, list[Bar | Milestone]]], axis: str, tick: str = ""
    ) -> None:
        """Build the script; `axis` is a d3 time format such as `%H:%M`, `tick` a distance such as `1day`."""
        super().__init__(gantt_label(title), "")
        lines = ["gantt", "    dateFormat YYYY-MM-DDTHH:mm:ss", f"    axisFormat {axis}"]
        if tick:
            lines.append(f"    tickInterval {tick}")
        number = 0
        for name, items in sections:
            lines.append(f"    section {gantt_label(name)}")
            for item in items:
                number += 1
                lines.append(f"    {self._task(item, number)}")
        self.script = "\n".join(lines) + "\n"

    @staticmethod
    def _task(item: Bar | Milestone, number: int) -> str:
        if isinstance(item, Milestone):
            return f"{item.label} :milestone, m{number}, {_written(item.at)}, 0s"
        state = f"{item.state}, " if item.state else ""
        return f"{item.label} :{state}b{number}, {_written(item.start)}, {_written(item.end)}"


def flowchart(
    title: str,
    nodes: list[tuple[str, str, str]],
    edges: list[tuple[int, int]],
    orientation: str = "TB",
    labels: list[str] | None = None,
) -> FlowChart:
    """Build a flowchart from `(heading, text, shape)` nodes and edges between their indices, `labels` on them in order.

    Nodes get names of our own (`n0`, `n1`, …), so that no id of a record reaches Mermaid's grammar.
    """
    made = []
    for index, (heading, text, shape) in enumerate(nodes):
        label = flowchart_label(text)
        made.append(Node(f"n{index}", f"{flowchart_label(heading)}<br/>{label}" if heading else label, shape=shape))
    told = labels or [""] * len(edges)
    links = [
        Link(made[start], made[end], message=flowchart_label(text) if text else "")
        for (start, end), text in zip(edges, told, strict=True)
    ]
    chart = FlowChart(flowchart_label(title), made, links, orientation)
    # mermaid-py writes the title as front matter, which Mermaid reads as YAML: the figure's name says it instead.
    chart.script = chart.script[chart.script.index("flowchart ") :].replace("\t", "    ")
    return chart


def sequence(title: str, cast: list[str], turns: list[tuple[int, int, str] | str]) -> SequenceDiagram:
    """Build a sequence diagram: `turns` are `(from, to, words)` by the cast's indices, or a text that stands over all.

    Participants get names of our own (`p0`, `p1`, …); what is shown is escaped like a flowchart's label.
    """
    people = [Participant(flowchart_label(name)) for name in cast]
    for index, person in enumerate(people):
        person.id_ = f"p{index}"
    elements: list[Participant | Message | Note] = list(people)
    for turn in turns:
        if isinstance(turn, str):
            ends = [people[0], people[-1]] if len(people) > 1 else people
            elements.append(Note(flowchart_label(turn), ends))
        else:
            elements.append(Message(people[turn[0]], people[turn[1]], "Solid-arrow", flowchart_label(turn[2])))
    diagram = SequenceDiagram(flowchart_label(title), elements)
    diagram.script = diagram.script[diagram.script.index("sequenceDiagram") :].replace("\t", "    ")
    return diagram


def _written(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S")
