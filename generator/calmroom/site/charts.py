"""Charts: Vega-Lite specifications drawn as SVG at build time, in the page's own colours, each mark a link.

A chart is drawn twice, for a page and for a phone, because text in a scaled-down drawing cannot be read. Colours are
the stylesheet's variables, so light, dark and paper need no redrawing. What Vega writes is read as XML once more: every
mark gets its title and its link, and what only a script would need is taken out. A screen reader is given the table
beside the chart instead, so the drawing itself is hidden from it and from the tab key.
"""

from __future__ import annotations

import bisect
import json
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

WIDE, NARROW = 620, 318
MOST_DOTS = 60
MOST_MARKS = 100
"""At most so many marks are drawn: one of thousands takes seconds to open, and no dot can be told from the next."""
MOST_STEPS = 200
"""At most so many steps of a line are drawn."""
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
INK, SOFT, LINE, ACCENT, WAIT = (f"var(--calm-{name})" for name in ("ink", "soft", "line", "accent", "wait"))
MINUTE, HOUR, DAY = 60, 3_600, 86_400
TICKS = {
    MINUTE: "1 min", 10 * MINUTE: "10 min", HOUR: "1 h", 10 * HOUR: "10 h", 4 * DAY: "4 days", 40 * DAY: "40 days",
    400 * DAY: "400 days",
}  # fmt: skip
_SVG = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
ET.register_namespace("", _SVG)


@dataclass(frozen=True)
class Mark:
    """What one mark of a chart stands for: its title, and the page it leads to (empty for none)."""

    title: str
    uri: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart as two SVG texts, and what the drawing shows in words."""

    wide: str
    narrow: str
    label: str


@dataclass
class _Canvas:
    """One chart being made: the marks it has so far, by number, and the width it is drawn for."""

    width: int
    marks: list[Mark] = field(default_factory=list)

    def add(self, mark: Mark) -> str:
        """Note a mark; returns what stands in its place until the drawing is read again."""
        self.marks.append(mark)
        return f"#m{len(self.marks) - 1}"


Link = Callable[[str], str]
Draw = Callable[[_Canvas], dict[str, Any]]
Point = TypeVar("Point")


def _chart(draw: Draw, label: str, link: Link) -> Chart:
    return Chart(_drawn(draw, _Canvas(WIDE), link), _drawn(draw, _Canvas(NARROW), link), label)


def _drawn(draw: Draw, canvas: _Canvas, link: Link) -> str:
    spec = {
        "$schema": SCHEMA,
        "width": canvas.width - 12,
        "background": None,
        "autosize": {"type": "none"},
        "padding": {"left": 6, "right": 6, "top": 6, "bottom": 22},
        "config": {
            "font": "sans-serif",
            "view": {"stroke": None},
            "axis": {
                "labelColor": SOFT, "labelFontSize": 11, "gridColor": LINE, "domainColor": LINE, "tickColor": LINE,
                "title": None, "labelFlush": False,
            },
        },
    }  # fmt: skip
    import vl_convert  # a JavaScript engine: read by the process that draws a chart, and by no other

    return _finished(vl_convert.vegalite_to_svg({**spec, **draw(canvas)}), canvas.marks, link)


def _finished(svg: str, marks: Sequence[Mark], link: Link) -> str:
    """Give every mark its title and link, take out what only scripts need, and let the page decide the size."""
    root = ET.fromstring(svg)  # noqa: S314 (what Vega wrote a moment ago, not a stranger's file)
    for element in root.iter():
        for name in ("role", "aria-roledescription", "aria-label", "aria-hidden", "pointer-events", "class"):
            element.attrib.pop(name, None)
        if element.attrib.get("font-family"):
            del element.attrib["font-family"]
        if element.tag == f"{{{_SVG}}}a":
            mark = marks[int(element.attrib.pop(_LINK).rsplit("#m", 1)[1])]
            title = ET.SubElement(element, f"{{{_SVG}}}title")
            title.text = mark.title
            if mark.uri:
                path, _, anchor = mark.uri.partition("#")
                element.set("href", link(path) + (f"#{anchor}" if anchor else ""))
                element.set("tabindex", "-1")
            else:
                element.tag = f"{{{_SVG}}}g"
    _without_empty(root)
    root.set("aria-hidden", "true")
    root.set("focusable", "false")
    return ET.tostring(root, encoding="unicode")


def _without_empty(element: ET.Element) -> None:
    for child in list(element):
        _without_empty(child)
        nothing = child.tag == f"{{{_SVG}}}path" and not child.get("d", "").strip("M0,hv-Z ")
        background = child.tag == f"{{{_SVG}}}path" and "fill" not in child.attrib and "stroke" not in child.attrib
        if nothing or background or (child.tag == f"{{{_SVG}}}g" and len(child) == 0):
            element.remove(child)


@dataclass(frozen=True)
class _Rows:
    """Rows of one height, each with its name above what is drawn in it, so that a phone has room for both."""

    names: Sequence[str]
    step: int
    width: int
    label: int = 14

    @property
    def height(self) -> int:
        return max(1, len(self.names)) * self.step

    def at(self, name: str, down: float) -> float:
        """Return where something stands that is so many pixels below the top of its row."""
        return self.names.index(name) * self.step + down

    @property
    def y(self) -> dict[str, Any]:
        texts = {
            str(number * self.step + self.label): _fitting(name, self.width) for number, name in enumerate(self.names)
        }
        return {
            "field": "y", "type": "quantitative",
            "scale": {"domain": [0, self.height], "reverse": True, "nice": False, "zero": False},
            "axis": {
                "values": [int(text) for text in texts], "labelExpr": f"{json.dumps(texts)}[datum.value]",
                "labelAlign": "left", "labelPadding": 0, "labelBaseline": "bottom", "labelColor": INK,
                "labelFontSize": 12, "labelLimit": 0, "labelOverlap": False, "labelFlush": False, "ticks": False,
                "domain": False, "grid": False, "zindex": 1, "offset": 0,
            },
        }  # fmt: skip


def _fitting(name: str, width: int) -> str:
    """Return a row's name as it fits: without what stands in brackets at its end, then cut."""
    most = int(width / 6.8)
    if len(name) > most:
        name = name.split(" (")[0]
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def _point(*, filled: bool = True, size: int = 42) -> dict[str, Any]:
    return {
        "type": "point", "shape": "circle", "filled": filled, "size": size, "color": ACCENT, "opacity": 0.75,
        "strokeWidth": 1.4, "clip": False,
    }  # fmt: skip


@dataclass(frozen=True)
class Dot:
    """An incident on a day, in a row; hollow for a near miss."""

    row: str
    day: date
    mark: Mark
    hollow: bool = False


def over_time(rows: Sequence[str], dots: Sequence[Dot], label: str, link: Link) -> Chart:
    """Draw every incident as a dot on its day, one row for each value; days that would overlap are stacked."""
    shown = sorted(dots, key=lambda dot: dot.day)
    first, last = min(dot.day for dot in shown), max(dot.day for dot in shown)
    start, end = date(first.year, 1, 1), date(last.year + 1, 1, 1)

    def draw(canvas: _Canvas) -> dict[str, Any]:
        column = max((end - start).days * 8 / canvas.width, 1)
        heights: Counter[tuple[str, int]] = Counter()
        stacked = []
        for dot in shown:
            place = (dot.row, int((dot.day - start).days / column))
            stacked.append((dot, heights[place]))
            heights[place] += 1
        tallest = max(heights.values())
        pitch = min(8.0, 80 / tallest)
        laid = _Rows(rows, round(32 + pitch * tallest), canvas.width)
        values = [
            {"y": laid.at(dot.row, laid.step - 8 - up * pitch), "day": dot.day.isoformat(), "hollow": dot.hollow,
             "m": canvas.add(dot.mark)}
            for dot, up in stacked
        ]  # fmt: skip
        every = max(1, -(-(end.year - start.year) * 44 // canvas.width))
        encoding = {
            "x": {
                "field": "day", "type": "temporal",
                "scale": {"type": "utc", "domain": [start.isoformat(), end.isoformat()], "range": _inset(canvas)},
                "axis": {"format": "%Y", "tickCount": {"interval": "year", "step": every}, "grid": True},
            },
            "y": laid.y,
            "href": {"field": "m"},
        }  # fmt: skip
        return {
            "height": laid.height,
            "data": {"values": values},
            "layer": [
                {"transform": [{"filter": f"datum.hollow == {str(hollow).lower()}"}],
                 "mark": _point(filled=not hollow), "encoding": encoding}
                for hollow in (False, True) if any(dot.hollow is hollow for dot in shown)
            ],
        }  # fmt: skip

    return _chart(draw, label, link)


@dataclass(frozen=True)
class Counted:
    """A count with its interval, as of a year."""

    name: str
    count: int
    low: float
    high: float
    mark: Mark


def counts(years: Sequence[Counted], label: str, link: Link) -> Chart:
    """Draw counts as points with their intervals, in the order given."""

    def draw(canvas: _Canvas) -> dict[str, Any]:
        values = [
            {"name": year.name, "count": year.count, "low": year.low, "high": year.high, "m": canvas.add(year.mark)}
            for year in years
        ]
        every = max(1, -(-len(values) * 36 // canvas.width))
        x = {
            "field": "name", "type": "ordinal", "sort": None, "scale": {"range": _right_of_labels(canvas)},
            "axis": {"labelAngle": 0, "ticks": False, "values": [value["name"] for value in values][::every]},
        }  # fmt: skip
        y = {"type": "quantitative", "scale": {"domainMin": 0, "nice": True}, "axis": _counting_axis()}
        return {
            "height": 170,
            "data": {"values": values},
            "layer": [
                {"mark": {"type": "rule", "strokeWidth": 2, "color": SOFT},
                 "encoding": {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}}},
                {"mark": _point(size=60),
                 "encoding": {"x": x, "y": {"field": "count", **y}, "href": {"field": "m"}}},
            ],
        }  # fmt: skip

    return _chart(draw, label, link)


@dataclass(frozen=True)
class Strip:
    """A row of durations in seconds: every point with its bounds, and quartiles with the median's interval, if any."""

    row: str
    points: Sequence[tuple[float, float, float, Mark]]
    quartiles: tuple[float, float, float, float, float] | None


def strips(rows: Sequence[Strip], label: str, link: Link) -> Chart:
    """Draw strips of points on one logarithmic axis; a line through a point is what it can have been.

    The quartiles are a band, the median a tick, its interval the thick line under the points.
    """

    def draw(canvas: _Canvas) -> dict[str, Any]:
        laid = _Rows([row.row for row in rows], 78, canvas.width)
        values: list[dict[str, Any]] = [
            {"y": laid.at(row.row, 28 + 42 * ((index * 0.618034) % 1)), "low": _at_least(low), "at": _at_least(middle),
             "high": _at_least(high), "m": canvas.add(mark)}
            for row in rows
            for index, (low, middle, high, mark) in enumerate(row.points)
        ]  # fmt: skip
        bands: list[dict[str, Any]] = [
            {"y": laid.at(row.row, 49),
             **dict(zip(("q1", "q2", "q3", "i1", "i2"), map(_at_least, row.quartiles), strict=True))}
            for row in rows
            if row.quartiles
        ]  # fmt: skip
        end = max([value["high"] for value in values] + [10 * HOUR]) * 1.2
        ticks = [tick for tick in TICKS if tick <= end]
        if canvas.width < WIDE and len(ticks) > 4:
            ticks = ticks[::2]
        x = {
            "type": "quantitative",
            "scale": {"type": "log", "domain": [MINUTE, end], "nice": False, "range": _inset(canvas)},
            "axis": {"values": ticks, "labelExpr": f"{json.dumps(TICKS)}[datum.value]", "grid": True},
        }  # fmt: skip

        def rule(start: str, stop: str, size: float, color: str, opacity: float) -> dict[str, Any]:
            mark = {"type": "rule", "strokeWidth": size, "color": color, "opacity": opacity, "strokeCap": "butt"}
            return {"mark": mark, "encoding": {"x": {"field": start, **x}, "x2": {"field": stop}, "y": laid.y}}

        layers: list[dict[str, Any]] = []
        if bands:
            tick = {"type": "tick", "thickness": 3, "size": 46, "color": WAIT, "orient": "vertical"}
            median = {"mark": tick, "encoding": {"x": {"field": "q2", **x}, "y": laid.y}}
            parts = [rule("q1", "q3", 46, LINE, 0.75), rule("i1", "i2", 5, WAIT, 0.55), median]
            layers += [{"data": {"values": bands}, **part} for part in parts]
        points = {"x": {"field": "at", **x}, "y": laid.y, "href": {"field": "m"}}
        layers.append({"transform": [{"filter": "datum.high > datum.low"}], **rule("low", "high", 1, ACCENT, 0.4)})
        layers.append({"mark": _point(), "encoding": points})
        return {"height": laid.height, "data": {"values": values}, "layer": layers}

    return _chart(draw, label, link)


def _at_least(seconds: float) -> float:
    """Return a duration as the axis can show it: it begins at a minute."""
    return max(float(MINUTE), seconds)


@dataclass(frozen=True)
class Units:
    """A row of things counted one by one, of `n` in all, each with its mark; `whole` is where a bar leads."""

    row: str
    marks: Sequence[Mark]
    whole: Mark


def units(rows: Sequence[Units], label: str, link: Link) -> Chart:
    """Draw each thing counted as a dot in its row; rows with more than sixty become bars."""
    most = max((len(row.marks) for row in rows), default=0)

    def draw(canvas: _Canvas) -> dict[str, Any]:
        laid = _Rows([row.row for row in rows], 38, canvas.width)
        frame = {"height": laid.height, "padding": {"left": 6, "right": 6, "top": 6, "bottom": 4}}
        if most > MOST_DOTS:
            bars = [
                {"y": laid.at(row.row, 26), "n": len(row.marks), "none": 0, "m": canvas.add(row.whole)} for row in rows
            ]
            x = {"field": "none", "type": "quantitative", "axis": None, "scale": {"domain": [0, most], "nice": False}}
            mark = {"type": "rule", "strokeWidth": 10, "color": ACCENT, "opacity": 0.75}
            encoding = {"x": x, "x2": {"field": "n"}, "y": laid.y, "href": {"field": "m"}}
            return {**frame, "data": {"values": bars}, "mark": mark, "encoding": encoding}
        pitch = min(11.0, canvas.width / max(most, 1))
        dots = [
            {"y": laid.at(row.row, 26), "at": index + 0.5, "m": canvas.add(mark)}
            for row in rows
            for index, mark in enumerate(row.marks)
        ]
        scale = {"domain": [0, canvas.width / pitch], "nice": False}
        x = {"field": "at", "type": "quantitative", "axis": None, "scale": scale}
        encoding = {"x": x, "y": laid.y, "href": {"field": "m"}}
        mark = _point(size=int((pitch * 0.8) ** 2))
        return {**frame, "data": {"values": dots}, "mark": mark, "encoding": encoding}

    return _chart(draw, label, link)


@dataclass(frozen=True)
class Level:
    """How many were open from a day on, and what was closed that day."""

    day: date
    open: int
    marks: Sequence[Mark]


def steps(levels: Sequence[Level], label: str, link: Link) -> Chart:
    """Draw how many were open over time as a stepped line; each closing is a point on it."""
    first, last = levels[0].day, levels[-1].day
    closings = [(level, mark) for level in levels for mark in level.marks][-MOST_MARKS:]

    def draw(canvas: _Canvas) -> dict[str, Any]:
        line = [{"day": level.day.isoformat(), "open": level.open} for level in thinned(levels)]
        points = [{"day": level.day.isoformat(), "open": level.open, "m": canvas.add(mark)} for level, mark in closings]
        x = {
            "field": "day", "type": "temporal",
            "scale": {"type": "utc", "domain": [first.isoformat(), last.isoformat()],
                      "range": _right_of_labels(canvas)},
            "axis": {"format": "%b %Y" if (last - first).days < 900 else "%Y", "tickCount": canvas.width // 90,
                     "grid": False},
        }  # fmt: skip
        y = {"field": "open", "type": "quantitative", "scale": {"domainMin": 0, "nice": True}, "axis": _counting_axis()}
        return {
            "height": 170,
            "layer": [
                {"data": {"values": line},
                 "mark": {"type": "line", "interpolate": "step-after", "color": ACCENT, "strokeWidth": 2},
                 "encoding": {"x": x, "y": y}},
                {"data": {"values": points}, "mark": _point(size=36),
                 "encoding": {"x": x, "y": y, "href": {"field": "m"}}},
            ],
        }  # fmt: skip

    return _chart(draw, label, link)


@dataclass(frozen=True)
class Fall:
    """A point of a survival curve: days, the share still open after them, and its bounds."""

    days: float
    share: float
    low: float
    high: float


def falling(
    curve: Sequence[Fall], ended: Sequence[tuple[float, Mark]], running: Sequence[tuple[float, Mark]],
    label: str, link: Link,
) -> Chart:  # fmt: skip
    """Draw a Kaplan–Meier curve with its interval; what ended is a point on it, what still runs a small upright."""
    end = max(1.0, *(days for days, _ in (*ended, *running)), *(point.days for point in curve))
    whole = [Fall(0, 1, 1, 1), *curve, Fall(end, curve[-1].share, curve[-1].low, curve[-1].high)]

    def height(days: float) -> float:
        return whole[bisect.bisect_right(whole, days, key=lambda point: point.days) - 1].share

    def draw(canvas: _Canvas) -> dict[str, Any]:
        line = [{"days": p.days, "share": p.share, "low": p.low, "high": p.high} for p in thinned(whole)]
        done = [{"days": days, "share": height(days), "m": canvas.add(mark)} for days, mark in ended[-MOST_MARKS:]]
        still = [{"days": days, "share": height(days), "m": canvas.add(mark)} for days, mark in running[-MOST_MARKS:]]
        x = {
            "field": "days", "type": "quantitative",
            "scale": {"domain": [0, end], "nice": False, "range": _right_of_labels(canvas)},
            "axis": {"tickCount": canvas.width // 110, "labelExpr": "datum.label + ' days'", "grid": False},
        }  # fmt: skip
        y = {
            "type": "quantitative",
            "scale": {"domain": [0, 1.08], "nice": False},
            "axis": {**_counting_axis(), "format": ".0%", "values": [0, 0.25, 0.5, 0.75, 1]},
        }
        share = {"field": "share", **y}
        return {
            "height": 190,
            "layer": [
                {"data": {"values": line},
                 "mark": {"type": "area", "interpolate": "step-after", "color": LINE, "opacity": 0.75},
                 "encoding": {"x": x, "y": {"field": "low", **y}, "y2": {"field": "high"}}},
                {"data": {"values": line},
                 "mark": {"type": "line", "interpolate": "step-after", "color": ACCENT, "strokeWidth": 2},
                 "encoding": {"x": x, "y": share}},
                {"data": {"values": still},
                 "mark": {"type": "tick", "color": SOFT, "thickness": 1.5, "size": 12, "orient": "vertical"},
                 "encoding": {"x": x, "y": share, "href": {"field": "m"}}},
                {"data": {"values": done}, "mark": _point(size=36),
                 "encoding": {"x": x, "y": share, "href": {"field": "m"}}},
            ],
        }  # fmt: skip

    return _chart(draw, label, link)


def thinned(points: Sequence[Point]) -> list[Point]:
    """Return the points of a line as it is drawn: of more than `MOST_STEPS` so many, with the first and last."""
    if len(points) <= MOST_STEPS:
        return list(points)
    apart = (len(points) - 1) / (MOST_STEPS - 1)
    return [points[round(number * apart)] for number in range(MOST_STEPS)]


def _counting_axis() -> dict[str, Any]:
    """Return a vertical axis whose labels stand inside the drawing, on its grid lines."""
    return {
        "tickCount": 4, "format": "d", "tickMinStep": 1, "domain": False, "ticks": False, "labelAlign": "left",
        "labelPadding": 0, "labelBaseline": "bottom", "offset": 0, "labelFlush": False,
    }  # fmt: skip


def _right_of_labels(canvas: _Canvas) -> list[int]:
    """Return where a horizontal axis runs, so that nothing is drawn over the labels of the vertical one."""
    return [38, canvas.width - 30]


def _inset(canvas: _Canvas) -> list[int]:
    """Return where a horizontal axis runs, so that its first and last label are whole."""
    return [12, canvas.width - 30]
