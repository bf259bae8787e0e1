"""The knowledge base as Markdown that other builders build: stock MkDocs, Zensical, Backstage TechDocs.

Pages stand at the addresses they have on our own site, so that links into it hold after a move. Nothing in them needs
Calmroom, Material or a plugin; what that loses is on the page *Elsewhere* of the docs.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from calmroom.exchange.places import Places
from calmroom.insight.analysis import Analysis
from calmroom.knowledge import KnowledgeBase
from calmroom.layers import DOCS, Page
from calmroom.records import door, links, narrative, sharing
from calmroom.records.model import Record
from calmroom.records.rules import IMPACT
from calmroom.shipped import TEMPLATES
from calmroom.site import addresses, by_id, charts, diagrams, figures, pictures, views
from calmroom.site.in_markdown import Twins
from calmroom.site.machine_forms import Form
from calmroom.site.rendering import Renderer

MARK = ".calmroom-export"
"""The file by which an export is known, so that another may take its place."""
LATEST = 20
COLOURS = {"ink": "#1d2327", "soft": "#566068", "line": "#c9c5bc", "accent": "#0f5c63", "wait": "#a94a24"}
"""The colours of drawings: of the stylesheet on paper, since a picture knows no stylesheet."""
NAV = (
    ("Home", "index.md"), ("Incidents", "incidents/index.md"), ("Playbooks", "playbooks/index.md"),
    ("Scripts", "scripts/index.md"), ("Vocabulary", "glossary.md"), ("What keeps happening", "trends.md"),
    ("What leads to what", "patterns.md"), ("Actions", "actions.md"), ("Services", "services/index.md"),
    ("Factors", "factors/index.md"), ("Tags", "tags/index.md"),
)  # fmt: skip
SCRIPTS = ("assets/mermaid.js", "assets/diagrams.js")
GROUPS = {
    "services": ("Services", "Every service that had an incident."),
    "factors": (
        "Contributing factors",
        "What made incidents possible, by kind. Never one root cause: conditions that met.",
    ),
    "tags": ("Tags", "Words that authors gave their records."),
}
Group = tuple[str, list[tuple[str, str, str]]]


class Elsewhere:
    """Everything of one export, as forms: an address below its folder, and what makes the file."""

    def __init__(self, analysis: Analysis, places: Places, description: str) -> None:
        self._analysis = analysis
        self._base: KnowledgeBase = analysis.base
        self._places = places
        self._description = description or "What happened before, what to say tomorrow, and what must follow."
        self._renderer = Renderer(self._base)
        self._twins = Twins(self._base, self._renderer, places, drawn=True, fragment=_fragment)
        self._there = frozenset(self._pages())

    def every(self) -> Iterator[Form]:
        """Yield every file of the export."""
        base = self._base
        yield self._form("docs/index.md", self._home)
        for record in base.records:
            yield self._form(f"docs/{addresses.incident(record.id)}", partial(self._record, record))
            for file in record.files:
                address = addresses.attachment(base, file.path)
                yield self._form(f"docs/{address}", partial(_attachment, base.place(file.path)))
        for playbook in base.playbooks.values():
            uri = addresses.playbook(playbook.id)
            yield self._form(
                f"docs/{uri}",
                partial(
                    self._twins.playbook, playbook, self._from(uri), _front(playbook.title, playbook.fields.situation)
                ),
            )
        for script in base.scripts.values():
            uri = addresses.script(script.id)
            yield self._form(
                f"docs/{uri}",
                partial(self._twins.script, script, self._from(uri), _front(script.title, script.situation)),
            )
        yield from self._lists()
        yield from self._across()
        yield from self._written_by_hand()
        yield from self._around()

    def _form(self, address: str, make: Callable[[], str | bytes]) -> Form:
        return Form(address, make)

    def _pages(self) -> Iterator[str]:
        """Yield every page there is, to which a link may lead."""
        base = self._base
        yield from (uri for _, uri in NAV)
        yield from (addresses.incident(id_) for id_ in base.by_id)
        yield from (addresses.year(year) for year in base.years)
        yield from (addresses.playbook(id_) for id_ in base.playbooks)
        yield from (addresses.script(id_) for id_ in base.scripts)
        yield from (addresses.group(name, slug) for name in GROUPS for slug in getattr(base, name))
        yield from (addresses.attachment(base, file.path) for record in base.records for file in record.files)
        yield from (_uri(page) for page in base.pages.values())

    def _from(self, uri: str) -> Callable[[str], str]:
        """Return the way from a page to another, as a builder follows it: by the names of their files."""

        def way(target: str) -> str:
            target = target.removeprefix("/")
            return posixpath.relpath(target, posixpath.dirname(uri) or ".") if target in self._there else ""

        return way

    def _text(self, template: str, **values: Any) -> str:
        made = self._renderer.text(f"elsewhere/{template}", values)
        return re.sub(r"\n{3,}", "\n\n", made).strip("\n") + "\n"

    def _home(self) -> str:
        base = self._base
        return self._text(
            "index.md",
            name=self._places.name,
            description=self._description,
            edition=sharing.name(base.edition),
            count=len(base.records),
            playbooks=list(base.playbooks.values()),
            scripts=len(base.scripts),
            terms=len(base.terms),
            latest=base.own_first[:LATEST],
        )

    def _record(self, record: Record) -> str:
        front = {
            "title": record.title,
            "description": record.impact.summary,
            "incident": record.id,
            "severity": record.severity,
            "services": list(record.services),
            "tags": list(record.tags),
        }
        return self._twins.record(record, self._from(addresses.incident(record.id)), front)

    def _lists(self) -> Iterator[Form]:
        base = self._base
        uri = addresses.INCIDENTS
        years: list[Group] = [(str(year), self._rows(uri, records)) for year, records in base.years.items()]
        yield self._list(uri, "Incidents", f"{len(base.records)} records, newest first.", years)
        for year, records in base.years.items():
            uri = addresses.year(year)
            yield self._list(uri, f"Incidents of {year}", "", [("", self._rows(uri, records))])
        way = self._from(addresses.PLAYBOOKS)
        books = [(p.title, way(addresses.playbook(p.id)), p.fields.situation or "") for p in base.playbooks.values()]
        yield self._list(addresses.PLAYBOOKS, "Playbooks", "What to say and do when it is hard.", [("", books)])
        way = self._from(addresses.SCRIPTS)
        scripts = [(s.title, way(addresses.script(s.id)), s.situation) for s in base.scripts.values()]
        yield self._list(addresses.SCRIPTS, "Scripts", "Dialogues and messages, line by line.", [("", scripts)])
        for name, (title, told) in GROUPS.items():
            uri = f"{name}/index.md"
            found = getattr(base, name)
            listed = [
                (views.group_title(base, name, slug), self._from(uri)(addresses.group(name, slug)), _counted(records))
                for slug, records in found.items()
            ]
            yield self._list(uri, title, told, [("", listed)])
            for slug, records in found.items():
                uri = addresses.group(name, slug)
                heading, meaning = views.group_title(base, name, slug), views.group_meaning(base, name, slug)
                yield self._list(uri, heading, meaning, [("", self._rows(uri, records))])
        terms = sorted(base.terms.values(), key=lambda term: term.term.lower())
        yield self._form(f"docs/{addresses.GLOSSARY}", lambda: self._text("glossary.md", terms=terms))

    def _rows(self, uri: str, records: Iterable[Record]) -> list[tuple[str, str, str]]:
        way = self._from(uri)
        return [(r.title, way(addresses.incident(r.id)), f"{r.id[:10]}, {r.severity}") for r in records]

    def _list(self, uri: str, title: str, told: str, groups: list[Group]) -> Form:
        shown = json.dumps(title, ensure_ascii=False)
        return self._form(
            f"docs/{uri}", lambda: self._text("list.md", title=title, title_json=shown, told=told, groups=groups)
        )

    def _across(self) -> Iterator[Form]:
        analysis, base = self._analysis, self._base
        items = [*analysis.actions, *analysis.promised_elsewhere]
        statuses = base.taxonomies["action-statuses"]
        today = analysis.today
        yield self._form(
            f"docs/{addresses.ACTIONS}", lambda: self._text("actions.md", items=items, statuses=statuses, today=today)
        )
        shown = figures.trend_values(analysis, lambda uri: "") if analysis.population.records else {}
        drawn = {name.removesuffix("_chart"): found for name, found in shown.items() if isinstance(found, charts.Chart)}
        for name, chart in drawn.items():
            yield self._form(f"docs/trends/{name}.svg", partial(picture, chart.wide))
        latest = shown.get("latest")
        yield self._form(
            f"docs/{addresses.TRENDS}",
            lambda: self._text(
                "trends.md",
                counted=len(analysis.population.records),
                figures=[(chart.label, f"trends/{name}.svg") for name, chart in drawn.items()],
                latest=_fence(latest),
            ),
        )
        found = analysis.patterns
        way = self._from(addresses.PATTERNS)
        steps = [
            (
                " → ".join("Impact" if k == IMPACT else base.taxonomies.title("factor-kinds", k) for k in step.kinds),
                [f"[{r.id}]({way(addresses.incident(r.id))})" for r in step.records],
            )
            for step in found.steps
        ]
        drawing = _fence(diagrams.pattern_map(found, base.taxonomies))
        yield self._form(f"docs/{addresses.PATTERNS}", lambda: self._text("patterns.md", map=drawing, steps=steps))

    def _written_by_hand(self) -> Iterator[Form]:
        base = self._base
        made = {uri for _, uri in NAV}
        for page in base.pages.values():
            if _uri(page) not in made:
                yield self._form(f"docs/{_uri(page)}", partial(self._page, page))
        for _, path in door.below(base.root / DOCS, DOCS, base.root, lambda found: None):
            if not path.endswith((".md", ".markdown")):
                inside = path.removeprefix(f"{DOCS}/")
                yield self._form(f"docs/{inside}", (base.root / path).read_bytes)

    def _page(self, page: Page) -> str:
        way = self._from(_uri(page))

        def as_path(words: str, address: str) -> str | None:
            target = self._base.directory.resolve(address, "a", f"{DOCS}/{_uri(page)}")
            if isinstance(target, links.Broken):
                return None
            there = "" if target.kind == "nowhere" else way(addresses.of_target(target, self._base))
            return f"[{words}]({there}{_fragment(target)})" if there else words

        return by_id.replaced(self._base.gate(page.source), as_path)

    def _around(self) -> Iterator[Form]:
        values = {"name": self._places.name, "edition": sharing.name(self._base.edition)}
        yield self._form("mkdocs.yml", self._mkdocs)
        yield self._form("zensical.toml", self._zensical)
        yield self._form("catalog-info.yaml", self._catalogue)
        yield self._form("README.md", lambda: self._text("README.md", **values))
        yield self._form(MARK, lambda: f"calmroom {self._base.version}\n")
        yield self._form("docs/assets/diagrams.js", (TEMPLATES / "elsewhere" / "diagrams.js").read_bytes)
        yield self._form("docs/assets/mermaid.js", (resources.files("mermaidx") / "assets" / "mermaid.js").read_bytes)

    def _nav(self) -> list[dict[str, Any]]:
        hand = [
            {page.title: _uri(page)} for page in self._base.pages.values() if _uri(page) not in {uri for _, uri in NAV}
        ]
        nav: list[dict[str, Any]] = [{title: uri} for title, uri in NAV]
        return [*nav, *([{"More": hand}] if hand else [])]

    def _mkdocs(self) -> str:
        told: dict[str, Any] = {
            "site_name": self._places.name,
            "site_description": self._description,
            **({"site_url": self._places.url} if self._places.is_web else {}),
            "docs_dir": "docs",
            "nav": self._nav(),
            "not_in_nav": "/incidents/\n/playbooks/\n/scripts/\n/services/\n/factors/\n/tags/\n",
            "theme": {"name": "mkdocs", "highlightjs": False},  # whose highlighting comes from elsewhere
            "plugins": ["search"],
            "markdown_extensions": ["tables", "fenced_code", {"toc": {"permalink": True}}],
            "extra_javascript": list(SCRIPTS),
        }
        return yaml.safe_dump(told, allow_unicode=True, sort_keys=False, width=120)

    def _zensical(self) -> str:
        """Return Zensical's own settings, which it reads before `mkdocs.yml`: it knows no theme of MkDocs'."""
        told = {
            "site_name": self._places.name,
            "site_description": self._description,
            **({"site_url": self._places.url} if self._places.is_web else {}),
            "docs_dir": "docs",
            "site_dir": "site",
            "extra_javascript": list(SCRIPTS),
        }
        lines = ["[project]", *(f"{name} = {_toml(value)}" for name, value in told.items())]
        lines += [f"nav = {_toml(self._nav())}", "", "[project.theme]", "font = false"]
        lines += ["", "[project.markdown_extensions.tables]", "[project.markdown_extensions.toc]", "permalink = true"]
        return "\n".join([*lines, "[project.markdown_extensions.pymdownx.superfences]", ""])

    def _catalogue(self) -> str:
        name = re.sub(r"[^a-z0-9]+", "-", self._places.name.lower()).strip("-")[:60] or "post-mortems"
        told = {
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "Component",
            "metadata": {
                "name": name,
                "title": self._places.name,
                "annotations": {"backstage.io/techdocs-ref": "dir:."},
            },
            "spec": {"type": "documentation", "lifecycle": "production", "owner": "unknown"},
        }
        return yaml.safe_dump(told, allow_unicode=True, sort_keys=False)


def picture(svg: str) -> str:
    """Return a figure as a picture that stands by itself: its own colours, a ground to stand on, no links."""
    made = re.sub(r"var\(--calm-(\w+)\)", lambda found: COLOURS.get(found[1], COLOURS["ink"]), svg)
    made = re.sub(r' (?:href="[^"]*"|tabindex="-1"|aria-hidden="true"|focusable="false")', "", made)
    made = re.sub(r"<(/?)a(?=[ >])", r"<\1g", made)
    made = made.replace("<svg ", '<svg font-family="system-ui, sans-serif" ', 1)
    begins = made.index(">", made.index("<svg ")) + 1
    return f'{made[:begins]}<rect width="100%" height="100%" fill="#fff"/>{made[begins:]}'


def _toml(value: Any) -> str:
    """Return a text, or lists and tables of texts, as TOML on one line."""
    if isinstance(value, list):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{_toml(key)} = {_toml(item)}' for key, item in value.items())}}}"
    return json.dumps(value, ensure_ascii=True).replace("\x7f", "\\u007f")


def _fence(drawing: Any) -> str:
    return f"```mermaid\n{drawing.source.strip()}\n```" if drawing else ""


def _front(title: str, description: str | None) -> dict[str, Any]:
    return {"title": title, "description": description}


def _uri(page: Page) -> str:
    return addresses.shipped_page(page) if page.shipped else f"{page.id}.md"


def _counted(records: list[Record]) -> str:
    return "no incident" if not records else f"{len(records)} incident{'s' if len(records) != 1 else ''}"


def _fragment(target: links.Target) -> str:
    """Return an anchor as other builders make it of a heading: without our mark of what belongs to a text."""
    return f"#{target.anchor.removeprefix(narrative.ANCHOR_PREFIX)}" if target.anchor else ""


def _attachment(path: Path) -> bytes:
    content = path.read_bytes()
    return pictures.without_metadata(content) if path.suffix.lower() in pictures.ENDINGS else content
