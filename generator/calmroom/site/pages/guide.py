"""Help: how to write a record, the settings, and what each diagnostic means."""

from __future__ import annotations

from collections.abc import Iterator

from calmroom.insight.analysis import Analysis
from calmroom.records.diagnostics import catalogue
from calmroom.site import addresses, format_guide, views
from calmroom.site.pages.family import Family, SitePage, constant


def pages(analysis: Analysis) -> Iterator[SitePage]:
    """Yield the pages made from the models and the catalogue of diagnostics."""
    base = analysis.base
    yield SitePage(
        addresses.WRITING,
        "How to write a record",
        "pages/writing.html",
        lambda link: {"base": base, "parts": format_guide.parts(base)},
        description="The format of an incident record, field by field.",
        in_nav=True,
        inputs=lambda known: (known.handbook, known.all_facts),
    )
    yield SitePage(
        addresses.SETTINGS,
        "Settings",
        "pages/settings.html",
        lambda link: {"base": base, "parts": format_guide.settings(base), "slot_names": views.slot_names(base)},
        description="Every option of the plugin in mkdocs.yml, with its default.",
        inputs=lambda known: (known.handbook,),
    )
    yield SitePage(
        addresses.DIAGNOSTICS,
        "Diagnostics",
        "pages/diagnostics.html",
        constant(base=base, catalogue=list(catalogue().values())),
        description="Every code that Calmroom's checks give, why it matters and what to write instead.",
        inputs=lambda known: (),
    )


FAMILY = Family(
    "guide",
    pages,
    {
        addresses.WRITING: "the page on writing",
        addresses.SETTINGS: "the page of settings",
        addresses.DIAGNOSTICS: "the page of diagnostics",
    },
)
