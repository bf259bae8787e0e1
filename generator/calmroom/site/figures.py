"""What the pages across incidents show: figures with their charts, their tables and what they count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from calmroom.insight import actions, patterns, trends
from calmroom.insight.actions import Item
from calmroom.insight.analysis import Analysis
from calmroom.insight.population import Population
from calmroom.insight.similarity import Similar, in_words
from calmroom.insight.statistics import Survival, survival
from calmroom.insight.trends import Share, Spread
from calmroom.knowledge import KnowledgeBase
from calmroom.records.model import Record
from calmroom.records.moment import MONTH_NAMES
from calmroom.records.settings import SEVERITIES
from calmroom.site import addresses, charts, diagrams, strips, views
from calmroom.site.charts import Chart, Mark
from calmroom.site.views import Link

SPREAD_TITLES = {"detect": "Time to detect", "mitigate": "Time to mitigate", "resolve": "Time to resolve"}
ACTIONS_ANCHOR = "#what-we-do-about-it"
LATEST = 12
MOST_ROWS = 120
"""At most so many actions of one state stand on the register itself; those that are open go on a page further."""
FEW_POINTS = 40
"""At most so many incidents are drawn one by one on the page of a group; its quartiles count all of them."""
MOST_RETURNS = 60
NEIGHBOURS = 4
"""So many incidents stand in the panel of similar ones."""
STATES = ("overdue", "open", "declined", "done")


def short_name(base: KnowledgeBase, record: Record) -> str:
    """Return a few words for a record among many: whose it was, or its first service, and the month."""
    whose = record.organisation or (base.settings.service_title(record.services[0]) if record.services else "")
    when = f"{MONTH_NAMES[record.day.month - 1][:3]} {record.day.year}"
    return f"{whose}, {when}" if whose else when


def mark(record: Record, what: str = "") -> Mark:
    """Return the mark of an incident: its day, its title and what is counted of it."""
    title = f"{views.day_short(record.day)}: {record.title}" + (f" ({what})" if what else "")
    return Mark(title, addresses.incident(record.id))


def action_mark(item: Item) -> Mark:
    """Return the mark of an action, which leads to the actions of its incident."""
    days = f", {item.age:,} days" if item.age is not None else ""
    title = f"{item.action.what} ({views.day_short(item.record.day)}: {item.record.title}{days})"
    return Mark(title, addresses.incident(item.record.id) + ACTIONS_ANCHOR)


def trend_values(analysis: Analysis, link: Link) -> dict[str, Any]:
    """Return what the page of trends shows."""
    base, counted = analysis.base, analysis.population
    records = counted.records
    shown = _group_values(analysis, counted, charts.MOST_MARKS)
    years = trends.years(counted, analysis.today)
    first_drawn = analysis.today.year - trends.RECENT_YEARS + 1
    drawn = [record for record in records if record.day.year >= first_drawn][: charts.MOST_MARKS]
    found, unknown = trends.returns(records)
    strengths, unrated = trends.strengths(records, list(base.taxonomies["action-strengths"]))
    complete = trends.completeness(records)
    return {
        **shown,
        "spread_chart": _strips(shown["spreads"], link),
        "detector_chart": _shares(shown["detectors"], shown["detector_titles"], link, "noticed first"),
        "factor_chart": _shares(
            shown["factors"], shown["factor_titles"], link, "incidents", lambda share: f"factors/{share.name}.md"
        ),
        "years": years,
        "compared": trends.this_year(counted, analysis.today),
        "severity_chart": _over_time(analysis, drawn, link, by_kind=False),
        "kind_chart": _over_time(analysis, drawn, link, by_kind=True),
        "not_drawn": len(records) - len(drawn),
        "first_drawn": first_drawn,
        "kinds": [slug for slug in base.taxonomies["incident-kinds"] if any(slug in year.kinds for year in years)],
        "count_chart": _counts([year for year in years if year.year >= first_drawn], link),
        "pairs": trends.pairs(records)[: trends.SHOWN_PAIRS],
        "returns": found,
        "returned": [item for item in found if item.later],
        "most_returned": MOST_RETURNS,
        "most_drawn": charts.MOST_MARKS,
        "returns_unknown": unknown,
        "strengths": strengths,
        "unrated": unrated,
        "strength_chart": _strengths(analysis, strengths, link),
        "complete": complete,
        "complete_chart": _shares([share for share in complete if share.count < share.n], {}, link, "recorded"),
        "near_misses": counted.near_misses,
        "latest": diagrams.incidents_in_time(counted.incidents[:LATEST]),
    }


def group_values(analysis: Analysis, records: Iterable[Record], link: Link) -> dict[str, Any]:
    """Return the figures of a service, a factor or a year: durations, who noticed, factors, actions.

    Durations are drawn, by a template; the rest is told and stands in tables, because there are many such pages.
    """
    shown = _group_values(analysis, analysis.population.within(records), FEW_POINTS)
    return {
        **shown,
        "strips": strips.of(
            shown["spreads"],
            SPREAD_TITLES,
            lambda spread: _latest(spread, FEW_POINTS),
            lambda point: mark(point.record, point.duration.text),
        ),
        "spread_chart": None,
        "detector_chart": None,
        "factor_chart": None,
    }


def _group_values(analysis: Analysis, counted: Population, most: int) -> dict[str, Any]:
    base = analysis.base
    spreads = trends.spreads(counted.incidents)
    noticed, unnoticed = trends.detectors(counted.records)
    factors, without = trends.factor_kinds(counted.records)
    detectors = {slug: word.title for slug, word in base.taxonomies["detectors"].items()}
    kinds = {share.name: base.taxonomies.title("factor-kinds", share.name) for share in factors}
    items = actions.items(counted.records, analysis.today)
    return {
        "base": base,
        "today": analysis.today,
        "population": counted,
        "spreads": spreads,
        "spread_titles": SPREAD_TITLES,
        "strips": None,
        "drawn": most,
        "lasting": _lasting(counted.incidents[:most], spreads),
        "detectors": noticed,
        "detector_titles": detectors,
        "unnoticed": unnoticed,
        "factors": factors,
        "factor_titles": kinds,
        "without_factors": without,
        "items": items,
        "open_items": [item for item in items if item.is_open],
        "late_items": [item for item in items if item.late],
        "done_items": [item for item in items if item.action.status == "done"],
        "named": lambda record: short_name(base, record),
        "said": trends.in_words,
        "share": counted_of,
        "short": views.day_short,
        "incident": addresses.incident,
    }


def _over_time(analysis: Analysis, records: Sequence[Record], link: Link, *, by_kind: bool) -> Chart | None:
    if len(records) < 2:
        return None
    base = analysis.base
    near = {record.id for record in analysis.population.near_misses}
    if by_kind:
        titles = {slug: word.title for slug, word in base.taxonomies["incident-kinds"].items()}
        rows: list[tuple[str, Record]] = [(slug, record) for record in records for slug in record.kind]
    else:
        titles = {slug: base.settings.severity(slug).title for slug in SEVERITIES}
        rows = [(record.severity, record) for record in records]
    used = {slug for slug, _ in rows}
    names = {slug: title for slug, title in titles.items() if slug in used}
    if not names:
        return None
    numbers = {slug: sum(other == slug for other, _ in rows) for slug in names}
    labels = {slug: f"{title} · {numbers[slug]:,}" for slug, title in names.items()}
    dots = [
        charts.Dot(labels[slug], r.day, mark(r, "near miss" if r.id in near else ""), r.id in near) for slug, r in rows
    ]
    label = "Incidents over time, one dot each, by " + ("kind" if by_kind else "severity")
    return charts.over_time(list(labels.values()), dots, label, link)


def _counts(years: Sequence[trends.YearCount], link: Link) -> Chart | None:
    if len(years) < 2:
        return None
    counted = [
        charts.Counted(
            str(year.year),
            year.count,
            year.interval.low,
            year.interval.high,
            Mark(
                f"{year.year}: {year.count} incidents (95%: {year.interval.low:.1f} to {year.interval.high:.1f})",
                addresses.year(year.year) if year.records or year.near_misses else "",
            ),
        )
        for year in reversed(years)
    ]
    return charts.counts(counted, "Incidents a year with the interval of each count", link)


def _strips(spreads: Sequence[Spread], link: Link) -> Chart | None:
    rows = []
    for spread in spreads:
        if not spread.points:
            continue
        q = spread.quartiles
        middle = f" · median {trends.in_words(q.median)}" if q else ""
        points = [
            (p.low, p.middle, p.high, mark(p.record, p.duration.text)) for p in _latest(spread, charts.MOST_MARKS)
        ]
        quartiles = (q.lower, q.median, q.upper, q.interval.low, q.interval.high) if q else None
        rows.append(charts.Strip(f"{SPREAD_TITLES[spread.name]} · n = {spread.n:,}{middle}", points, quartiles))
    if not rows:
        return None
    label = "Durations on a logarithmic axis, one dot for each incident"
    return charts.strips(rows, label, link)


def _lasting(records: Sequence[Record], spreads: Sequence[Spread]) -> list[tuple[Record, list[str]]]:
    """Return records with their durations in words, one for each spread, empty where it is not known."""
    told = [{point.record.id: point.duration.text for point in spread.points} for spread in spreads]
    return [(record, [texts.get(record.id, "") for texts in told]) for record in records]


def _latest(spread: Spread, most: int) -> list[trends.Point]:
    """Return the points of the latest incidents, in the order of their durations: a drawing holds so many."""
    kept = {p.record.id for p in sorted(spread.points, key=lambda p: (p.record.day, p.record.id))[-most:]}
    return [point for point in spread.points if point.record.id in kept]


def _shares(
    shares: Sequence[Share], titles: dict[str, str], link: Link, what: str, uri: Any = lambda share: ""
) -> Chart | None:
    if not shares:
        return None
    rows = [
        charts.Units(
            f"{_capital(titles.get(share.name, share.name))} · {counted_of(share)}",
            [mark(record) for record in share.records],
            Mark(f"{titles.get(share.name, share.name)}: {counted_of(share)}", uri(share)),
        )
        for share in shares
    ]
    return charts.units(rows, f"One dot for each incident, {what}", link)


def _strengths(analysis: Analysis, strengths: Sequence[trends.Strength], link: Link) -> Chart | None:
    if not any(strength.count for strength in strengths):
        return None
    items = {(item.record.id, item.action.id): item for item in analysis.actions}
    title = analysis.base.taxonomies.title
    rows = [
        charts.Units(
            f"{title('action-strengths', strength.name)} · {strength.count:,} of {strength.n:,}",
            [action_mark(items[record.id, action.id]) for record, action in strength.actions],
            Mark(f"{strength.count} actions, {strength.done} recorded as done", addresses.ACTIONS),
        )
        for strength in strengths
    ]
    return charts.units(rows, "One dot for each action, by strength", link)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def counted_of(share: Share) -> str:
    """Say a share: `7 of 16 (44%; 23–67%)`; below eight records without per cent, which would pretend to know more."""
    if share.n < 8:
        return f"{share.count:,} of {share.n:,}"
    low, high = round(100 * share.interval.low), round(100 * share.interval.high)
    return f"{share.count:,} of {share.n:,} ({round(100 * share.share)}%; {low}–{high}%)"


@dataclass(frozen=True)
class ActionLine:
    """One action in the register: what a reader filters by, beside the item itself."""

    item: Item
    state: str
    strength: str
    status: str
    text: str


def action_values(analysis: Analysis, link: Link) -> dict[str, Any]:
    """Return what the register of actions shows."""
    base, items = analysis.base, analysis.actions
    ended, running, neither = actions.times_to_close(items)
    curve = survival([item.age or 0 for item in ended], [item.age or 0 for item in running])
    backlog = actions.backlog(items, analysis.today)
    groups = [(state, lines(analysis, state)) for state in STATES]
    elsewhere = [_line(base, item) for item in analysis.promised_elsewhere if item.is_open]
    listed = [line for _, group in groups for line in group[:MOST_ROWS]]
    year_ago = actions.same_day(analysis.today, analysis.today.year - 1)
    return {
        **line_values(analysis),
        "population": analysis.population,
        "groups": groups,
        "elsewhere": elsewhere[:MOST_ROWS],
        "most": MOST_ROWS,
        "total": len(items),
        "counts": {state: len(group) for state, group in groups},
        "owners": actions.owners(line.item for line in [*listed, *elsewhere]),
        "unowned": sum(item.is_open and not item.action.owner for item in items),
        "undue": sum(item.is_open and not item.action.due for item in items),
        "backlog": backlog,
        "before": backlog.at(year_ago),
        "year_ago": year_ago,
        "backlog_chart": _backlog(backlog, link),
        "curve": curve,
        "curve_rows": charts.thinned(range(len(curve.times))) if curve else [],
        "ended": ended,
        "running": running,
        "neither": neither,
        "curve_chart": _curve(curve, ended, running, link),
    }


def lines(analysis: Analysis, state: str) -> list[ActionLine]:
    """Return the lines of the register's actions in one state, in its order."""
    return [line for line in _lines(analysis) if line.state == state]


@lru_cache(maxsize=1)
def _lines(analysis: Analysis) -> list[ActionLine]:
    return [_line(analysis.base, item) for item in analysis.actions]


def line_values(analysis: Analysis) -> dict[str, Any]:
    """Return what every line of the register is drawn with."""
    return {
        "base": analysis.base,
        "today": analysis.today,
        "named": lambda record: short_name(analysis.base, record),
        "short": views.day_short,
        "incident": addresses.incident,
        "anchor": ACTIONS_ANCHOR,
        "csv": addresses.ACTIONS_CSV,
    }


def _line(base: KnowledgeBase, item: Item) -> ActionLine:
    action = item.action
    state = action.status if not item.is_open else "overdue" if item.late else "open"
    words = [action.what, action.owner or "", item.record.title, item.record.organisation or "", action.ticket or ""]
    return ActionLine(
        item,
        state,
        base.taxonomies.title("action-strengths", action.strength) if action.strength else "",
        base.taxonomies.title("action-statuses", action.status),
        " ".join(words).lower(),
    )


def _backlog(backlog: actions.Backlog, link: Link) -> Chart | None:
    if len(backlog.steps) < 2:
        return None
    levels = [
        charts.Level(step.day, step.open, [action_mark(item) for item in step.closings]) for step in backlog.steps
    ]
    return charts.steps(levels, "Open actions over time; each dot is one that was done", link)


def _curve(curve: Survival | None, ended: list[Item], running: list[Item], link: Link) -> Chart | None:
    if curve is None:
        return None
    falls = [
        charts.Fall(time, share, interval.low, interval.high)
        for time, share, interval in zip(curve.times, curve.shares, curve.intervals, strict=True)
    ]
    return charts.falling(
        falls,
        [(item.age or 0, action_mark(item)) for item in ended],
        [(item.age or 0, action_mark(item)) for item in running],
        "Share of actions still open by days since the incident",
        link,
    )


def pattern_values(analysis: Analysis, link: Link) -> dict[str, Any]:
    """Return what the page of patterns shows."""
    base, found = analysis.base, analysis.patterns
    return {
        "base": base,
        "population": analysis.population,
        "patterns": found,
        "diagram": diagrams.pattern_map(found, base.taxonomies),
        "least": patterns.LEAST,
        "titled": lambda kind: "impact" if kind == "impact" else base.taxonomies.title("factor-kinds", kind).lower(),
        "named": lambda record: short_name(base, record),
        "incident": addresses.incident,
    }


@dataclass(frozen=True)
class Neighbour:
    """A similar incident as its panel shows it."""

    similar: Similar
    row: views.Row
    reasons: tuple[str, ...]


def neighbours(analysis: Analysis, record: Record, count: int = NEIGHBOURS) -> list[Neighbour]:
    """Return the incidents most like one, each with its reasons in words."""
    base = analysis.base
    near = analysis.similarity.to(record, count)
    rows = views.rows(base, [similar.record for similar in near])
    return [
        Neighbour(similar, row, tuple(in_words(similar.reasons, base.taxonomies, base.settings.service_title)))
        for similar, row in zip(near, rows, strict=True)
    ]
