"""The ways in: the home page and the page of search."""

from __future__ import annotations

from collections.abc import Iterator

from calmroom.insight.analysis import Analysis
from calmroom.site import addresses, views
from calmroom.site.pages.family import Family, SitePage, constant


def pages(analysis: Analysis) -> Iterator[SitePage]:
    """Yield the home page and the page of search."""
    base, today = analysis.base, analysis.today
    yield SitePage(
        addresses.HOME,
        "Home",
        "pages/home.html",
        lambda link: views.home(base, today),
        in_nav=True,
        inputs=lambda known: (known.all_facts, known.handbook, known.today),
    )
    yield SitePage(
        addresses.SEARCH,
        "Search",
        "pages/search.html",
        constant(facets=views.FACETS),
        description="Search incidents, playbooks, scripts and terms; narrow by service, year, severity, factor.",
    )


FAMILY = Family("start", pages, {addresses.HOME: "the home page", addresses.SEARCH: "the search"})
