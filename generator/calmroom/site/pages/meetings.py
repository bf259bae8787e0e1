"""Meeting kits: a page for each record that is still to be met about."""

from __future__ import annotations

from collections.abc import Iterator

from calmroom.insight.analysis import Analysis
from calmroom.knowledge import KnowledgeBase
from calmroom.records.model import Record
from calmroom.site import addresses, views
from calmroom.site.pages.family import Family, SitePage


def pages(analysis: Analysis) -> Iterator[SitePage]:
    """Yield the kit of each record that has one."""
    return (page(analysis.base, record) for record in analysis.base.records if views.has_kit(record))


def page(base: KnowledgeBase, record: Record) -> SitePage:
    """Return the page of one incident's meeting kit."""
    return SitePage(
        addresses.meeting(record.id),
        f"Meeting kit: {record.title}",
        "pages/meeting.html",
        lambda link: views.meeting(base, record),
        description="Agenda, opening words, hard moments and what must follow.",
        record=record,
        inputs=lambda known: (known.whole(record), known.handbook, known.all_facts),
    )


FAMILY = Family("meetings", pages)
