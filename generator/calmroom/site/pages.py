"""Every page the site has, as values: nothing is rendered until its turn comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from calmroom.insight.analysis import Analysis
from calmroom.knowledge import KnowledgeBase
from calmroom.playbooks.model import Playbook, Script
from calmroom.records.diagnostics import catalogue
from calmroom.records.model import Record
from calmroom.records.narrative import Heading
from calmroom.site import addresses, figures, format_guide, short, views
from calmroom.site.views import Link

Values = Callable[[Link], Mapping[str, Any]]

GROUPS = {
    "services": ("Services", "service", "Every service that had an incident, and who owns it."),
    "factors": (
        "Contributing factors",
        "factor",
        "What made incidents possible, by kind. Never one root cause: conditions that met.",
    ),
    "tags": ("Tags", "tag", "Words that authors gave their records."),
}


@dataclass(frozen=True)
class SitePage:
    """One page: its address, its title, the template that draws it and the values it draws.

    A description among the values takes the place of `description`. `source` is the file a reader would edit,
    relative to the knowledge base; `values` is called with a function that turns an address into a link from this
    page. `in_nav` says whether the page belongs into the navigation, `toc` whether it has a table of contents,
    `gloss` whether the glossary's terms are explained on it.
    """

    uri: str
    title: str
    template: str
    values: Values
    description: str = ""
    source: str | None = None
    in_nav: bool = False
    toc: bool = False
    gloss: bool = False


@dataclass(frozen=True)
class Redirect:
    """An earlier address and the page that took its place."""

    uri: str
    to: str


def every_page(analysis: Analysis) -> Iterator[SitePage]:
    """Yield every page made from the knowledge base; hand-written pages of the same address take precedence."""
    base, today = analysis.base, analysis.today
    yield SitePage(addresses.HOME, "Home", "pages/home.html", lambda link: views.home(base, today), in_nav=True)
    yield incidents_page(base)
    yield SitePage(
        addresses.SEARCH,
        "Search",
        "pages/search.html",
        _constant(facets=views.FACETS),
        description="Search incidents, playbooks, scripts and terms; narrow by service, year, severity, factor.",
    )
    yield from insight_pages(analysis)
    for record in base.records:
        yield incident_page(analysis, record)
        if views.has_kit(record):
            yield meeting_page(base, record)
    for year, records in base.years.items():
        yield _list_page(analysis, addresses.year(year), f"Incidents of {year}", "", records, "year", str(year))
    there = _constant(base=base)
    yield SitePage(addresses.PLAYBOOKS, "Playbooks", "pages/playbooks.html", there, in_nav=bool(base.playbooks))
    for playbook in base.playbooks.values():
        yield playbook_page(base, playbook)
    yield SitePage(addresses.SCRIPTS, "Scripts", "pages/scripts.html", there, in_nav=bool(base.scripts))
    for script in base.scripts.values():
        yield script_page(base, script)
    yield SitePage(
        addresses.GLOSSARY,
        "Vocabulary",
        "pages/glossary.html",
        lambda link: views.glossary(base),
        in_nav=bool(base.terms),
    )
    for name, (title, singular, meaning) in GROUPS.items():
        yield SitePage(
            f"{name}/index.md",
            title,
            "pages/groups.html",
            _constant(base=base, title=title, meaning=meaning, singular=singular, groups=views.groups(base, name)),
            description=meaning,
            in_nav=True,
        )
        for key, records in getattr(base, name).items():
            heading, meaning = views.group_title(base, name, key), views.group_meaning(base, name, key)
            yield _list_page(
                analysis,
                addresses.group(name, key),
                heading,
                views.group_meaning(base, name, key),
                records,
                singular,
                key,
            )
    yield SitePage(
        addresses.WRITING,
        "How to write a record",
        "pages/writing.html",
        lambda link: {"base": base, "parts": format_guide.parts(base)},
        description="The format of an incident record, field by field.",
        in_nav=True,
    )
    yield SitePage(
        addresses.SETTINGS,
        "Settings",
        "pages/settings.html",
        lambda link: {"base": base, "parts": format_guide.settings(base), "slot_names": views.slot_names(base)},
        description="Every option of the plugin in mkdocs.yml, with its default.",
    )
    yield SitePage(
        addresses.DIAGNOSTICS,
        "Diagnostics",
        "pages/diagnostics.html",
        _constant(base=base, catalogue=list(catalogue().values())),
        description="Every code that Calmroom's checks give, why it matters and what to write instead.",
    )


def insight_pages(analysis: Analysis) -> Iterator[SitePage]:
    """Yield the pages across incidents: trends, patterns, actions."""
    yield SitePage(
        addresses.TRENDS,
        "What keeps happening",
        "pages/trends.html",
        lambda link: {"figures": figures.trend_values(analysis, link)},
        description="How many, how long, who noticed, what recurs, what became of actions; with n and spread.",
        in_nav=True,
        toc=True,
    )
    yield SitePage(
        addresses.PATTERNS,
        "What leads to what",
        "pages/patterns.html",
        lambda link: figures.pattern_values(analysis, link),
        description="Steps and chains of contributing factors that several incidents share.",
        in_nav=True,
    )
    yield SitePage(
        addresses.ACTIONS,
        "Actions",
        "pages/actions.html",
        lambda link: figures.action_values(analysis, link),
        description="Every action of every record: open ones first, the overdue before them.",
        in_nav=True,
    )


def incident_page(analysis: Analysis, record: Record) -> SitePage:
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
    )


def meeting_page(base: KnowledgeBase, record: Record) -> SitePage:
    """Return the page of one incident's meeting kit."""
    return SitePage(
        addresses.meeting(record.id),
        f"Meeting kit: {record.title}",
        "pages/meeting.html",
        lambda link: views.meeting(base, record),
        description="Agenda, opening words, hard moments and what must follow.",
    )


def playbook_page(base: KnowledgeBase, playbook: Playbook) -> SitePage:
    """Return the page of one playbook."""
    return SitePage(
        addresses.playbook(playbook.id),
        playbook.title,
        "pages/playbook.html",
        lambda link: views.playbook(base, playbook, link),
        description=playbook.fields.situation or "",
        source=None if playbook.shipped else playbook.prose.path,
        toc=True,
        gloss=True,
    )


def script_page(base: KnowledgeBase, script: Script) -> SitePage:
    """Return the page of one script."""
    return SitePage(
        addresses.script(script.id),
        script.title,
        "pages/script.html",
        lambda link: views.script(base, script, link),
        description=script.situation,
        source=None if script.shipped else script.path,
        gloss=True,
    )


def incidents_page(base: KnowledgeBase) -> SitePage:
    """Return the list of all incidents, grouped by year."""

    def values(link: Link) -> Mapping[str, Any]:
        listed = views.rows(base, base.own_first)
        return {
            "base": base,
            "groups": views.listed_years(base),
            "years": [(year, len(records)) for year, records in base.years.items()],
            "ours": sum(record.ours for record in base.records),
            "facets": views.facets(base, listed),
        }

    return SitePage(
        addresses.INCIDENTS,
        "Incidents",
        "pages/incidents.html",
        values,
        description="Every incident on record, newest first.",
        in_nav=True,
    )


def problem_pages(base: KnowledgeBase) -> Iterator[SitePage]:
    """Yield what a preview shows while records hold errors: all problems, and a page in each such record's place."""
    yield SitePage(
        addresses.PROBLEMS, "Problems", "pages/problems.html", _constant(base=base, problems=base.diagnostics, of=None)
    )
    for item in base.unreadable:
        problems = [found for found in base.diagnostics if found.path == item.path]
        values = _constant(base=base, problems=problems, of=item)
        yield SitePage(addresses.incident(item.id), item.id, "pages/problems.html", values, source=item.path)


def redirects(base: KnowledgeBase) -> list[Redirect]:
    """Return the earlier addresses of records that were renamed, and the short ones by the number of a ticket."""
    moved = [Redirect(addresses.incident(alias), addresses.incident(id_)) for alias, id_ in base.aliases.items()]
    return moved + [
        Redirect(addresses.short(ref), addresses.incident(id_)) for ref, id_ in short.references(base.records).items()
    ]


def headings(page: SitePage, values: Mapping[str, Any]) -> list[Heading]:
    """Return the headings of a page that its table of contents lists."""
    if page.template == "pages/incident.html":
        return _incident_headings(values)
    if page.template == "pages/playbook.html":
        return list(values["headings"])
    if page.template == "pages/trends.html":
        return _trend_headings(values["figures"])
    if page.template == "pages/incidents.html":
        return [Heading(2, group.anchor, group.title) for group in values["groups"]]
    return []


def _trend_headings(shown: Mapping[str, Any]) -> list[Heading]:
    if not shown["population"].records:
        return []
    sections = [
        ("how-many", "How many, and how severe", True),
        ("how-long", "How long they took", True),
        ("who-noticed", "Who noticed", True),
        ("factors", "What made them possible", True),
        ("came-back", "What came back", True),
        ("strength", "How strong the actions are", True),
        ("left-out", "What our records leave out", True),
        ("near-misses", "Near misses", True),
        ("on-one-axis", "The latest on one axis", shown["latest"]),
    ]
    return [Heading(2, anchor, text) for anchor, text, there in sections if there]


def _incident_headings(values: Mapping[str, Any]) -> list[Heading]:
    record: Record = values["record"]
    learned = record.went_well or record.got_lucky or record.surprised_by or record.open_questions
    sections = [
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
    ]
    return [Heading(2, anchor, text) for anchor, text, there in sections if there]


def _list_page(
    analysis: Analysis, uri: str, title: str, meaning: str, records: list[Record], sort: str, slug: str
) -> SitePage:
    base = analysis.base

    def values(link: Link) -> Mapping[str, Any]:
        with_figures = sort != "tag" and len(analysis.population.within(records).records) > 1
        return {
            "base": base,
            "title": title,
            "meaning": meaning,
            "sort": sort,
            "slug": slug,
            "rows": views.rows(base, sorted(records, key=lambda record: not record.ours)),
            "recurring": views.recurring(base, records) if sort != "factor" else [],
            "figures": figures.group_values(analysis, records, link) if with_figures else None,
        }

    return SitePage(uri, title, "pages/list.html", values, description=meaning or f"Incidents: {title}.")


def _constant(**values: Any) -> Values:
    return lambda link: values
