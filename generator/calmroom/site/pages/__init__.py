"""Every page the site has, as values: one module a family, registered here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from calmroom.insight.analysis import Analysis
from calmroom.knowledge import KnowledgeBase
from calmroom.site import addresses, short
from calmroom.site.pages import across, groups, guide, handbook, incidents, meetings, start
from calmroom.site.pages.family import Family, SitePage

__all__ = ["FAMILIES", "Family", "Redirect", "SitePage", "every_page", "redirects"]

FAMILIES = (
    start.FAMILY,
    incidents.FAMILY,
    across.FAMILY,
    meetings.FAMILY,
    handbook.PLAYBOOKS,
    handbook.SCRIPTS,
    handbook.VOCABULARY,
    groups.FAMILY,
    guide.FAMILY,
)


@dataclass(frozen=True)
class Redirect:
    """An earlier address and the page that took its place."""

    uri: str
    to: str


def every_page(analysis: Analysis) -> Iterator[SitePage]:
    """Yield every page made from the knowledge base; hand-written pages of the same address take precedence."""
    for family in FAMILIES:
        yield from family.pages(analysis)


def redirects(base: KnowledgeBase) -> list[Redirect]:
    """Return the earlier addresses of records that were renamed, and the short ones by the number of a ticket."""
    moved = [Redirect(addresses.incident(alias), addresses.incident(id_)) for alias, id_ in base.aliases.items()]
    return moved + [
        Redirect(addresses.short(ref), addresses.incident(id_)) for ref, id_ in short.references(base.records).items()
    ]
