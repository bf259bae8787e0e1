"""Incidents: the page of each, the list of all, the years, and what stands in the place of a record with errors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from calmroom.insight.analysis import Analysis
from calmroom.knowledge import KnowledgeBase
from calmroom.records.model import Record
from calmroom.records.narrative import Heading
from calmroom.site import addresses, figures, views
from calmroom.site.pages import groups
from calmroom.site.pages.family import Family, SitePage, constant, sections
from calmroom.site.views import Link

LISTED = 200
"""At most so many incidents stand in the list of all; the years, a page or more each, hold every one."""


def pages(analysis: Analysis) -> Iterator[SitePage]:
    """Yield the list of all incidents, each incident and each year; in a preview what is wrong, too."""
    base = analysis.base
    yield listed(base)
    for record in base.records:
        yield page(analysis, record)
    for year, records in base.years.items():
        yield from groups.lists(
            analysis, addresses.year(year), f"Incidents of {year}", "", records, sort="year", slug=str(year)
        )
    if base.errors:
        yield from problems(base)


def listed(base: KnowledgeBase) -> SitePage:
    """Return the list of all incidents, grouped by year; of very many the latest."""

    def values(link: Link) -> Mapping[str, Any]:
        return {
            "base": base,
            "groups": views.listed_years(base, LISTED),
            "years": [(year, len(records)) for year, records in base.years.items()],
            "ours": sum(record.ours for record in base.records),
            "facets": views.facets(base),
            "most": LISTED,
        }

    return SitePage(
        addresses.INCIDENTS,
        "Incidents",
        "pages/incidents.html",
        values,
        description="Every incident on record, newest first.",
        in_nav=True,
        headings=lambda values: [Heading(2, group.anchor, group.title) for group in values["groups"]],
        inputs=lambda known: (known.all_facts,),
    )


def page(analysis: Analysis, record: Record) -> SitePage:
    """Return the page of one incident."""

    def values(link: Link) -> Mapping[str, Any]:
        shown = views.incident(analysis.base, record, link, analysis.today)
        return {**shown, "similar": figures.neighbours(analysis, record)}

    return SitePage(
        addresses.incident(record.id),
        record.title,
        "pages/incident.html",
        values,
        source=None if record.shipped else record.path,
        toc=True,
        gloss=True,
        headings=_headings,
        record=record,
        inputs=lambda known: (known.whole(record), known.links(record), known.late(record), known.near(record)),
    )


def _headings(values: Mapping[str, Any]) -> list[Heading]:
    record: Record = values["record"]
    learned = record.went_well or record.got_lucky or record.surprised_by or record.open_questions
    return sections(
        ("what-happened", "What happened", values["events"] or values["diagrams"].get("timeline")),
        ("why-it-could-happen", "Why it could happen", record.factors),
        ("impact", "What it did", record.impact.model_fields_set),
        ("how-it-was-noticed", "How it was noticed", record.detection.model_fields_set),
        ("what-we-learned", "What we learned", learned),
        ("what-we-do-about-it", "What we do about it", record.actions),
        ("similar", "Similar incidents", values["similar"]),
        ("the-story", "The story", values["story"]),
        ("sources", "Sources", record.sources),
        ("amendments", "Amendments", record.amendments),
    )


def problems(base: KnowledgeBase) -> Iterator[SitePage]:
    """Yield what a preview shows while records hold errors: all problems, and a page in each such record's place."""
    template = "pages/problems.html"
    yield SitePage(addresses.PROBLEMS, "Problems", template, constant(base=base, problems=base.diagnostics, of=None))
    for item in base.unreadable:
        found = [problem for problem in base.diagnostics if problem.path == item.path]
        values = constant(base=base, problems=found, of=item)
        yield SitePage(addresses.incident(item.id), item.id, template, values, source=item.path)


FAMILY = Family("incidents", pages, {addresses.INCIDENTS: "the list of incidents"})
