"""The handbook: playbooks, scripts and the vocabulary."""

from __future__ import annotations

from collections.abc import Iterator

from calmroom.insight.analysis import Analysis
from calmroom.knowledge import KnowledgeBase
from calmroom.playbooks.model import Playbook, Script
from calmroom.site import addresses, views
from calmroom.site.pages.family import Family, SitePage, constant


def playbooks(analysis: Analysis) -> Iterator[SitePage]:
    """Yield the list of playbooks, and each."""
    base = analysis.base
    there = constant(base=base)
    yield SitePage(
        addresses.PLAYBOOKS,
        "Playbooks",
        "pages/playbooks.html",
        there,
        in_nav=bool(base.playbooks),
        inputs=lambda known: (known.handbook,),
    )
    for item in base.playbooks.values():
        yield playbook(base, item)


def scripts(analysis: Analysis) -> Iterator[SitePage]:
    """Yield the list of scripts, and each."""
    base = analysis.base
    yield SitePage(
        addresses.SCRIPTS,
        "Scripts",
        "pages/scripts.html",
        constant(base=base),
        in_nav=bool(base.scripts),
        inputs=lambda known: (known.handbook,),
    )
    for item in base.scripts.values():
        yield script(base, item)


def vocabulary(analysis: Analysis) -> Iterator[SitePage]:
    """Yield the vocabulary, which is one page."""
    base = analysis.base
    yield SitePage(
        addresses.GLOSSARY,
        "Vocabulary",
        "pages/glossary.html",
        lambda link: views.glossary(analysis),
        in_nav=bool(base.terms),
        inputs=lambda known: (known.handbook, known.occurrences),
    )


def playbook(base: KnowledgeBase, item: Playbook) -> SitePage:
    """Return the page of one playbook."""
    mentioned = [id_ for id_ in item.fields.incidents if id_ in base.by_id]
    return SitePage(
        addresses.playbook(item.id),
        item.title,
        "pages/playbook.html",
        lambda link: views.playbook(base, item, link),
        description=item.fields.situation or "",
        source=None if item.shipped else item.prose.path,
        toc=True,
        gloss=True,
        headings=lambda values: list(values["headings"]),
        inputs=lambda known: (known.handbook, known.directory, known.facts(base.by_id[id_] for id_ in mentioned)),
    )


def script(base: KnowledgeBase, item: Script) -> SitePage:
    """Return the page of one script."""
    return SitePage(
        addresses.script(item.id),
        item.title,
        "pages/script.html",
        lambda link: views.script(base, item, link),
        description=item.situation,
        source=None if item.shipped else item.path,
        gloss=True,
        inputs=lambda known: (known.handbook, known.directory),
    )


PLAYBOOKS = Family("playbooks", playbooks, {addresses.PLAYBOOKS: "the list of playbooks"})
SCRIPTS = Family("scripts", scripts, {addresses.SCRIPTS: "the list of scripts"})
VOCABULARY = Family("vocabulary", vocabulary, {addresses.GLOSSARY: "the vocabulary"})
