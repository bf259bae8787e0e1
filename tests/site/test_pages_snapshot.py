"""Whole pages as snapshots: a change of markup is a diff a reviewer sees. `make snapshots` writes them anew."""

from __future__ import annotations

import datetime
import re

import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from calmroom import knowledge
from calmroom.insight.analysis import Analysis
from calmroom.site import pages
from calmroom.site.rendering import Renderer
from tests.conftest import ID, RECORD, Make


class Html(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "html"


DRAFT = "---\ntitle: A near miss at night\nseverity: sev4\nstatus: draft\nnear_miss: true\ntags: [night]\ntimes: {began: 2025-12-xxTxx:xxZ}\n---\n\nA short story with `code`.\n"


@pytest.fixture
def drawn(make: Make):
    base = knowledge.read(make({f"incidents/{ID}.md": RECORD, "incidents/2025-12-05-near-miss.md": DRAFT}))
    assert base.diagnostics == ()
    return {page.uri: draw(base, page) for page in pages.every_page(Analysis(base, datetime.date(2026, 4, 15)))}


def draw(base: knowledge.KnowledgeBase, page: pages.SitePage) -> str:
    def link(uri: str) -> str:
        return f"/{uri}"

    html = Renderer(base).render(page, page.values(link), link, "https://git.example/edit" if page.source else None)
    return re.sub(r"\n\s*\n+", "\n", re.sub(r"[ \t]+\n", "\n", html))


URIS = [
    "index.md",
    "incidents/index.md",
    f"incidents/{ID}.md",
    "incidents/2025-12-05-near-miss.md",
    "services/index.md",
    "factors/process.md",
    "incidents/2026.md",
]


@pytest.mark.parametrize("uri", URIS, ids=[uri.removesuffix(".md").replace("/", "-") for uri in URIS])
def test_a_page_looks_as_reviewed(uri, drawn, snapshot):
    assert drawn[uri] == snapshot(extension_class=Html)


def test_the_problem_page_looks_as_reviewed(make: Make, snapshot):
    base = knowledge.read(
        make({f"incidents/{ID}.md": RECORD.replace("sev1", "1"), "incidents/2025-12-05-near-miss.md": DRAFT})
    )
    everything = next(iter(pages.incidents.problems(base)))
    assert draw(base, everything) == snapshot(extension_class=Html)
