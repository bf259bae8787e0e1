"""The pages across incidents: trends, patterns, actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from calmroom.insight import actions
from calmroom.insight.analysis import Analysis
from calmroom.records.narrative import Heading
from calmroom.site import addresses, figures
from calmroom.site.pages.family import Family, SitePage, sections, sheet_uri, sheets
from calmroom.site.views import Link

FURTHER = ("overdue", "open")
"""States of actions of which every one stands on a page, however many there are."""


def pages(analysis: Analysis) -> Iterator[SitePage]:
    """Yield trends, patterns and the register of actions."""
    yield SitePage(
        addresses.TRENDS,
        "What keeps happening",
        "pages/trends.html",
        lambda link: {"figures": figures.trend_values(analysis, link)},
        description="How many, how long, who noticed, what recurs, what became of actions; with n and spread.",
        in_nav=True,
        toc=True,
        headings=_trend_headings,
        inputs=lambda known: (known.all_facts, known.today),
    )
    yield SitePage(
        addresses.PATTERNS,
        "What leads to what",
        "pages/patterns.html",
        lambda link: figures.pattern_values(analysis, link),
        description="Steps and chains of contributing factors that several incidents share.",
        in_nav=True,
        inputs=lambda known: (known.all_facts,),
    )
    still_open, late = actions.open_and_late(analysis.population.records, analysis.today)
    further = {"overdue": _addresses("overdue", late), "open": _addresses("open", still_open)}
    yield SitePage(
        addresses.ACTIONS,
        "Actions",
        "pages/actions.html",
        lambda link: {**figures.action_values(analysis, link), "further": further},
        description="Every action of every record: open ones first, the overdue before them.",
        in_nav=True,
        inputs=lambda known: (known.all_facts, known.today),
    )
    for state, every in further.items():
        for number, uri in every[1:]:
            yield _further(analysis, state, number, uri, every)


def _addresses(state: str, count: int) -> list[tuple[int, str]]:
    """Return the pages of one state by number: the first is the register itself."""
    numbers = range(1, max(1, -(-count // figures.MOST_ROWS)) + 1)
    return [(n, addresses.ACTIONS if n == 1 else sheet_uri(f"actions/{state}.md", n)) for n in numbers]


def _further(analysis: Analysis, state: str, number: int, uri: str, every: list[tuple[int, str]]) -> SitePage:
    def values(link: Link) -> Mapping[str, Any]:
        listed = figures.lines(analysis, state)
        sheet = sheets(listed, figures.MOST_ROWS)[number - 1]
        shown = {"state": state, "sheet": sheet, "sheets": every, "total": len(listed)}
        return {**figures.line_values(analysis), **shown}

    title = f"{state.capitalize()} actions, page {number}"
    return SitePage(
        uri,
        title,
        "pages/register.html",
        values,
        description=f"{title}.",
        inputs=lambda known: (known.all_facts, known.today),
    )


def _trend_headings(values: Mapping[str, Any]) -> list[Heading]:
    shown = values["figures"]
    if not shown["population"].records:
        return []
    return sections(
        ("how-many", "How many, and how severe", True),
        ("how-long", "How long they took", True),
        ("who-noticed", "Who noticed", True),
        ("factors", "What made them possible", True),
        ("came-back", "What came back", True),
        ("strength", "How strong the actions are", True),
        ("left-out", "What our records leave out", True),
        ("near-misses", "Near misses", True),
        ("on-one-axis", "The latest on one axis", shown["latest"]),
    )


FAMILY = Family(
    "across",
    pages,
    {
        addresses.TRENDS: "the page of trends",
        addresses.PATTERNS: "the page of patterns",
        addresses.ACTIONS: "the list of actions",
    },
)
