"""Incidents that have something in common: a service, a kind of factor, a tag, a year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from calmroom.insight.analysis import Analysis
from calmroom.records.model import Record
from calmroom.site import addresses, figures, views
from calmroom.site.inputs import Inputs
from calmroom.site.pages.family import Family, Sheet, SitePage, constant, sheet_uri, sheets
from calmroom.site.views import Link

MOST = 200
"""At most so many incidents stand on one page of a list."""

GROUPS = {
    "services": ("Services", "service", "Every service that had an incident, and who owns it."),
    "factors": (
        "Contributing factors",
        "factor",
        "What made incidents possible, by kind. Never one root cause: conditions that met.",
    ),
    "tags": ("Tags", "tag", "Words that authors gave their records."),
}


def pages(analysis: Analysis) -> Iterator[SitePage]:
    """Yield for each sort of group its list, and each group."""
    base = analysis.base
    for name, (title, singular, meaning) in GROUPS.items():
        yield SitePage(
            f"{name}/index.md",
            title,
            "pages/groups.html",
            constant(base=base, title=title, meaning=meaning, singular=singular, groups=views.groups(base, name)),
            description=meaning,
            in_nav=True,
            inputs=lambda known: (known.all_facts,),
        )
        for key, records in getattr(base, name).items():
            heading, said = views.group_title(base, name, key), views.group_meaning(base, name, key)
            yield from lists(analysis, addresses.group(name, key), heading, said, records, sort=singular, slug=key)


def lists(
    analysis: Analysis, uri: str, title: str, meaning: str, records: list[Record], *, sort: str, slug: str
) -> Iterator[SitePage]:
    """Yield the pages of one group, the latest first; its figures stand on the first and count them all."""
    ordered = sorted(records, key=lambda record: not record.ours)
    for sheet in sheets(ordered, MOST):
        yield _list(analysis, uri, title, meaning, records, sheet, sort, slug)


def _list(
    analysis: Analysis, uri: str, title: str, meaning: str, records: list[Record], sheet: Sheet, sort: str, slug: str
) -> SitePage:
    base = analysis.base

    def values(link: Link) -> Mapping[str, Any]:
        counted = sheet.first and sort != "tag" and len(analysis.population.within(records).records) > 1
        return {
            "base": base,
            "title": title,
            "meaning": meaning,
            "sort": sort,
            "slug": slug,
            "total": len(records),
            "ours": sum(record.ours for record in records),
            "rows": views.rows(base, sheet.items),
            "sheet": sheet,
            "sheets": [(number, sheet_uri(uri, number)) for number in range(1, sheet.count + 1)],
            "recurring": views.recurring(base, records) if sort != "factor" and sheet.first else [],
            "figures": figures.group_values(analysis, records, link) if counted else None,
        }

    shown = title if sheet.first else f"{title}, page {sheet.number}"
    described = meaning or f"Incidents: {title}."

    def inputs(known: Inputs) -> tuple[str, ...]:
        listed = known.facts(sheet.items)
        counted = (known.facts(records), known.today) if sheet.first else ()
        return listed, f"{len(records)} {sheet.number} {sheet.count}", known.whose, *counted

    return SitePage(
        sheet_uri(uri, sheet.number), shown, "pages/list.html", values, description=described, inputs=inputs
    )


FAMILY = Family("groups", pages, {f"{name}/index.md": f"the list of {name}" for name in GROUPS})
