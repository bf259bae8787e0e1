"""The MkDocs plugin `calmroom`: everything that knows MkDocs, and no rules of its own.

On each build it reads the knowledge base, puts its pages among MkDocs' files from memory (nothing is written into the
source tree), and renders each when MkDocs asks for it. Errors in records stop a build with the same report as
`calmroom check`; a preview shows them in the browser instead and goes on.
"""

from __future__ import annotations

import datetime
import logging
import os
import posixpath
import tempfile
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jinja2.bccache import Bucket, BytecodeCache
from mkdocs.config.base import Config as BaseConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import BasePlugin, event_priority
from mkdocs.structure.files import File, Files, InclusionLevel
from mkdocs.structure.pages import Page
from mkdocs.structure.toc import TableOfContents
from mkdocs.utils import get_build_date, get_relative_url

from calmroom import day, editions, forked, knowledge, layers, library, naming, printable, redaction, terminal, texts
from calmroom.exchange import atom
from calmroom.insight.analysis import Analysis
from calmroom.records import links, settings, sharing
from calmroom.records.diagnostics import Diagnostic, Level
from calmroom.records.schema import schema_text
from calmroom.redaction import Redaction
from calmroom.search.documents import Document
from calmroom.shipped import TEMPLATES
from calmroom.site import (
    addresses,
    by_id,
    handed_over,
    machine_forms,
    manifest,
    packing,
    pages,
    pictures,
    policy,
    preview,
    search_folder,
    site_folder,
    standing,
    surroundings,
    twins,
    views,
)
from calmroom.site.drawing import Drawing, KeptDrawings
from calmroom.site.frames import Frames
from calmroom.site.inputs import Inputs
from calmroom.site.looked_at import LookedAt
from calmroom.site.placement import Placement, collisions
from calmroom.site.preview import Preview
from calmroom.site.rendering import Renderer
from calmroom.site.standing import Standing, Written

if TYPE_CHECKING:
    import jinja2
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.livereload import LiveReloadServer
    from mkdocs.structure.nav import Navigation
    from mkdocs.utils.templates import TemplateContext

log = logging.getLogger("mkdocs.plugins.calmroom")

PALETTE = [
    {
        "media": "(prefers-color-scheme: light)",
        "scheme": "default",
        "primary": "custom",
        "accent": "custom",
        "toggle": {"icon": "material/weather-night", "name": "Dark colours"},
    },
    {
        "media": "(prefers-color-scheme: dark)",
        "scheme": "slate",
        "primary": "custom",
        "accent": "custom",
        "toggle": {"icon": "material/weather-sunny", "name": "Light colours"},
    },
]
UNUSED = ("assets/javascripts/lunr/", "assets/javascripts/workers/search.")
"""Files of Material's own search, which is off."""
FEATURES = ["content.action.edit", "toc.follow"]
PAGE_BYTES = 2_000_000
SECTION_TEMPLATE = "calmroom/section.html"
"""What draws our pages in a section of somebody else's site: their main.html with our content in it."""
LIBRARY_PAGES = tuple(f"{name}.md" for name in library.PAGES)
PAGE_EVENTS = ("pre_page", "page_read_source", "page_markdown", "page_content", "page_context", "post_page")
"""Where plugins look at single pages. Where another than ours does, MkDocs draws every page, and it sees each."""
CHUNK = 20
WAYS = (
    (addresses.HOME, "Start"),
    (addresses.INCIDENTS, "Incidents"),
    (addresses.PLAYBOOKS, "Playbooks"),
    (addresses.SCRIPTS, "Scripts"),
    (addresses.GLOSSARY, "Vocabulary"),
    (addresses.TRENDS, "Trends"),
    (addresses.ACTIONS, "Actions"),
)
"""The ways into a section, in the order of its bar."""


class _Compiled(BytecodeCache):
    """Compiled templates of the theme, in memory: MkDocs makes its environment anew for every build of a preview."""

    def __init__(self) -> None:
        self._held: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket with what was compiled before; it looks whether the template is still the same."""
        if bucket.key in self._held:
            bucket.bytecode_from_string(self._held[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Hold what was compiled."""
        self._held[bucket.key] = bucket.bytecode_to_string()


COMPILED = _Compiled()


class CalmroomConfig(BaseConfig):  # type: ignore[no-untyped-call]
    """The plugin's options as MkDocs holds them; `calmroom.records.settings` describes and checks them."""


class CalmroomPlugin(BasePlugin[CalmroomConfig]):  # type: ignore[no-untyped-call]
    """Puts the knowledge base's pages into the site.

    `today` is the day against which actions are overdue; it is the build's only input besides the repository.
    `progress` is told how many pages are done, `edition` is the sharing level above which nothing is shown (without
    it the settings' one), `with_policy` says that pages carry a Content-Security-Policy, `with_twins` that a
    compressed file stands beside each, and `redaction` replaces names; the command line sets these.
    """

    edition: str | None = None
    with_policy: bool = False
    with_twins: bool = False
    redaction: Redaction | None = None

    def __init__(self) -> None:
        self.today: datetime.date | None = None
        self.progress: Callable[[int, int], None] | None = None
        self.base: knowledge.KnowledgeBase | None = None
        self._settings = settings.Settings()
        self._serving = False
        self._building: site_folder.Building | None = None
        self._complete = False
        self._mkdocs: MkDocsConfig | None = None
        self._index_name = ""
        self._placement = Placement()
        self._entry: Page | None = None
        self._nav: Navigation | None = None
        self._framing = False
        self._framed: list[FramedFile] = []
        self._lazily = False
        self._looked_at: LookedAt | None = None
        self._analysis: Analysis | None = None
        self._renderer: Renderer | None = None
        self._forms: list[machine_forms.Form] = []
        self._make_forms: Callable[[], list[machine_forms.Form]] = list
        self._inputs: Inputs | None = None
        self._shared = ""
        self._standing = Standing.nothing(Path())
        self._done = 0
        self._total = 0

    def load_config(
        self, options: Mapping[str, Any], config_file_path: str | None = None
    ) -> tuple[list[tuple[str, Exception]], list[tuple[str, str]]]:
        """Read the plugin's options by the same rules as `calmroom check` does."""
        self.config = CalmroomConfig(config_file_path=config_file_path)
        found, problems = settings.from_options(options)
        self._settings = found or settings.Settings()
        told: list[tuple[str, Exception]] = [
            (problem.code, PluginError(f"{problem.message}. {problem.hint}")) for problem in problems
        ]
        try:
            day.of_environment()
        except ValueError as error:  # MkDocs reads it too, and would not say so in words
            told.append((day.VARIABLE, PluginError(str(error))))
        return told, []

    def on_startup(self, *, command: str, dirty: bool) -> None:
        """Remember whether this is a preview, which survives errors, or a build, which does not."""
        self._serving = command == "serve"

    def on_shutdown(self) -> None:
        """Put a site that was built whole into its place; one that was not leaves the old site as it is."""
        if self._building is None:
            return
        building, self._building = self._building, None
        if self._mkdocs is not None:
            self._mkdocs.site_dir = str(building.target)
        if self._complete:
            building.swap_in()
            self._standing.keep()
        else:
            building.discard()

    def on_build_error(self, *, error: Exception) -> None:
        """Note that this site is not whole, whatever else was done."""
        self._complete = False

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Read the knowledge base and dress the theme: all of it, or the pages of our section alone."""
        root = Path(config.config_file_path or "mkdocs.yml").resolve().parent
        self._mkdocs = config
        self._serving = self._serving or _is_previews(config.site_dir)
        self._placement = Placement(self._settings.section or "")
        self._find_day()
        if self.with_policy and self._placement.section:
            raise PluginError("The policy is the whole site's, and here only a section of it is Calmroom's.")
        if not self._serving and (refused := self._site_refusal(root, config)):
            raise PluginError(refused)
        self.base = knowledge.read(root, self._settings, today=self.today, edition=self.edition)
        if self.redaction:
            self.base = redaction.of(self.base, self.redaction)
            self._settings = self.base.settings
            _redact(config, self.redaction)
        self.base = twins.told(self.base)
        self._report(self.base)
        _require_material(config)
        log.info("%s: %s above it left out.", sharing.name(self.base.edition), self.base.withheld)
        gone = {self._placement.uri(f"{id_}.md") for id_ in self.base.left_out.get("page", ())}
        gone |= {f"{id_}.md" for id_ in self.base.gate.pages}
        if gone and config.nav:
            config.nav = _without(config.nav, gone)
        if self._placement.section:
            config.theme.dirs.append(str(TEMPLATES / "section"))
        else:
            _dress(config, root)
        self._framing = not self._placement.section and _draws_as_we_know(config, root, self)
        if not self._serving:
            self._build_beside(config)
        self._shared = self._name_of_build(config, root)
        return config

    def _name_of_build(self, config: MkDocsConfig, root: Path) -> str:
        """Return the name of all that every page is made from, and look at what the old site was made from.

        Where somebody else changes files of a finished site, where a hook may do anything, and where names are
        replaced, there is none: then nothing is taken over.
        """
        assert self.base is not None
        base, own = self.base, root / "site_templates"
        handlers = config.plugins.events.get("post_build", [])
        alone = all(getattr(method, "__self__", None) is self for method in handlers) and not config.hooks
        store = base.store if alone and self.redaction is None else None
        if self._building is None:  # a preview takes nothing over
            self._standing = Standing.nothing(Path(config.site_dir))
            return ""
        self._standing = Standing(store, self._building.target, self._building.folder)
        if store is None:
            return ""
        return naming.of(
            naming.of_program(),
            naming.of_folder(own) if own.is_dir() and own.resolve() != TEMPLATES.resolve() else "",
            base.settings,
            base.taxonomies,
            base.edition,
            base.is_library,
            self.with_policy,
            surroundings.configuration(config),
        )

    def _find_day(self) -> None:
        """Find the day of this build; everybody else stamps with it, unless the site is somebody else's but for us."""
        given = day.of_environment()
        self.today = self.today or day.today()
        if given is None and not self._placement.section:
            day.keep(self.today)

    @event_priority(-50)  # after the plugins that make pages themselves, so that nobody's page is lost unseen
    def on_files(self, files: Files, *, config: MkDocsConfig) -> Files:
        """Add every page, redirect, attachment and asset, all from memory."""
        assert self.base is not None and self.today is not None
        placed = self._placement.uri
        if not self._placement.section:
            for file in [file for file in files if file.src_uri.startswith(UNUSED)]:
                files.remove(file)
        for file in [file for file in files if _is_above(file, self.base.edition)]:
            files.remove(file)
        renderer = self._renderer = Renderer(self.base, policy.PAGE if self.with_policy else "")
        analysis = self._analysis = Analysis(self.base, self.today)
        self._lazily = self._serving and self._framing
        self._inputs = Inputs(analysis, with_templates=renderer.overridden)
        kept = (
            KeptDrawings(self.base.store, self.base.edition, self._named) if self._shared and self.base.store else None
        )
        drawing = Drawing(renderer, files, self._placement, kept, parallel=not self._serving)
        ours: list[File] = []
        templates = {"pages/incident.html", "pages/list.html"}
        for page in self._pages(analysis):
            addresses.require_inside(page.uri)
            if self._is_by_hand(files, page.uri):
                continue
            source = None if self.redaction else page.source
            make = partial(self._page_of, page, source, config, drawing)
            if self._framing and not page.in_nav:
                ours.append(FramedFile(placed(page.uri), config, page, make))
                continue
            inclusion = InclusionLevel.INCLUDED if page.in_nav else InclusionLevel.NOT_IN_NAV
            file = File.generated(config, placed(page.uri), content="", inclusion=inclusion)
            make(file)
            ours.append(file)
            templates.add(page.template)
        pages_made = len(ours)
        for written in self.base.pages.values():
            name = addresses.shipped_page(written)
            if written.shipped and not self._is_by_hand(files, name):
                named = bool(self._placement.section and config.nav)  # whoever names pages names this one if wanted
                inclusion = InclusionLevel.NOT_IN_NAV if named else InclusionLevel.INCLUDED
                ours.append(File.generated(config, placed(name), content=written.source, inclusion=inclusion))
        for file in _static_files(analysis, config, self._placement):
            if not self._is_by_hand(files, file.src_uri, is_placed=True):
                ours.append(file)
        by_hand = frozenset(file.dest_uri for file in files)
        self._make_forms = partial(self._forms_but, by_hand, config)
        self._forms = [] if self._lazily else self._make_forms()
        ours += [FormFile(placed(form.address), config) for form in self._forms]
        if twins := collisions(ours, files):
            told = "; ".join(twins[:5]) + (f"; and {len(twins) - 5} more" if len(twins) > 5 else "")
            hint = "Choose another `section`, or move the other page."
            raise PluginError(f"Two pages of the site have one address: {told}. {hint}")
        for file in ours:
            files.append(file)
        self._framed = [file for file in ours if isinstance(file, FramedFile)]
        if not self._serving:
            renderer.prepare(sorted(templates))
        for redirect in pages.redirects(self.base):
            _add_redirect(files, config, renderer, redirect, self.base, self._placement)
        if not self._lazily:
            self._index_name = self._write_index(files, config)
        if not self._serving:
            analysis.similarity.prepare(parallel=True)  # once, before pages are drawn in several processes
            _ = analysis.occurrences
        self._done, self._total = 0, pages_made
        return files

    def _forms_but(self, by_hand: frozenset[str], config: MkDocsConfig) -> list[machine_forms.Form]:
        """Return the forms for machines but those in whose place somebody put a file."""
        assert self._analysis is not None and self._inputs is not None and self._renderer is not None
        places = surroundings.places(config, self._placement)
        description = config.site_description or ""
        made = machine_forms.every(self._analysis, self._inputs, self._renderer, places, description)
        return [form for form in made if self._placement.uri(form.address) not in by_hand]

    def _page_of(
        self, page: pages.SitePage, source: str | None, config: MkDocsConfig, drawing: Drawing, file: File
    ) -> CalmroomPage:
        """Return MkDocs' page of one of ours."""
        assert self.base is not None
        file.edit_uri = _edit_uri(self.base.root, config, source) if source else None
        return CalmroomPage(page, file, config, drawing, self._placement, later=self._lazily)

    def _named(self, page: pages.SitePage) -> str:
        """Return the name of all that a page's content is made from, or nothing where that is not known."""
        assert self._inputs is not None
        made_from = page.made_from(self._inputs) if self._shared else None
        return "" if made_from is None else naming.of(self._shared, made_from)

    def _write_index(self, files: Files, config: MkDocsConfig) -> str:
        """Write the search index; returns the name of its folder."""
        assert self._analysis is not None
        placement = self._placement

        def address(document: Document) -> str:
            uri, anchor = addresses.found(document.kind, document.id)
            return placement.within(files.src_uris[placement.uri(uri)].url) + anchor

        site, place = Path(config.site_dir), placement.uri(addresses.INDEX)
        return search_folder.write(
            self._analysis, site, place, address, self._standing, self._shared, parallel=not self._serving
        )

    def _is_by_hand(self, files: Files, uri: str, *, is_placed: bool = False) -> bool:
        """Say whether somebody wrote a page in place of one of ours; in a section nobody does without being told."""
        if self._placement.section and not uri.endswith(LIBRARY_PAGES):
            return False
        there = files.get_file_from_path(uri if is_placed else self._placement.uri(uri))
        return there is not None and there.generated_by is None

    def on_nav(self, nav: Navigation, *, config: MkDocsConfig, files: Files) -> Navigation:
        """Call our pages in the navigation what mkdocs.yml calls them: MkDocs does so only for its own."""
        self._nav = nav
        for title, uri in _named(config.nav or []):
            file = files.src_uris.get(uri)
            if file is not None and isinstance(file.page, CalmroomPage):
                file.page.title = title
        if self._placement.section:
            self._join(nav, files)
        return nav

    def _join(self, nav: Navigation, files: Files) -> None:
        """Let the pages of our section belong to the part of the navigation in which its first page stands."""
        first = files.src_uris[self._placement.uri(addresses.HOME)].page
        assert first is not None
        self._entry = first if first in nav.pages else None
        if self._entry is None:
            log.info(
                "No entry of `nav` leads to the post-mortems: add `- %s: %s`.",
                self._placement.title,
                self._placement.uri(addresses.HOME),
            )
        for file in files:
            if isinstance(file.page, CalmroomPage) and file.page.parent is None and file.page is not first:
                file.page.parent = first.parent

    @event_priority(-100)  # whatever others tell the theme is told before pages are drawn
    def on_env(self, env: jinja2.Environment, *, config: MkDocsConfig, files: Files) -> jinja2.Environment:
        """Tell the theme what the header and the 404 page show, and draw the pages that stand in no navigation."""
        assert self.base is not None
        placed = self._placement.uri
        if self._serving:
            env.bytecode_cache = COMPILED
        env.globals["calmroom"] = {
            "problems": len(self.base.errors),
            "problems_url": self._url(files, addresses.PROBLEMS),
            "diagnostics_url": self._url(files, addresses.DIAGNOSTICS),
            "incidents_url": self._url(files, addresses.INCIDENTS),
            "search_url": self._url(files, addresses.SEARCH),
            "ways": [(self._url(files, uri), title) for uri, title in WAYS if placed(uri) in files.src_uris],
            "assets": placed(addresses.ASSETS),
            "feeds": [(title, placed(atom.address(name))) for name, title in atom.FEEDS.items()],
            "index_folder": f"{placed(addresses.INDEX)}/{self._index_name}",
            "policy": policy.PAGE if self.with_policy else "",
            "edition": self.base.taxonomies["sharing-levels"][self.base.edition],
            "severities": {slug: self.base.settings.severity(slug).title for slug in settings.SEVERITIES},
        }
        if self._framed and self._nav is not None:
            frames = Frames(env, config, self._nav, files.documentation_pages(), self._prepared)
            if self._lazily:
                self._show(frames, files, config)
            else:
                self._write_framed(
                    frames, config, naming.of(self._shared, surroundings.around(self._nav, env.globals["calmroom"]))
                )
        return env

    def _show(self, frames: Frames, files: Files, config: MkDocsConfig) -> None:
        """Let a preview draw our pages when they are looked at, and make the index when somebody searches."""
        analysis = self._analysis
        assert analysis is not None
        ours = [file for file in files if isinstance(file, FramedFile) or isinstance(file.page, CalmroomPage)]

        def drawn(file: File) -> str:
            page = file.page
            assert isinstance(page, CalmroomPage)
            page.draw(config, files)
            html = frames.framed(page) if isinstance(file, FramedFile) else frames.whole(page)
            page.forget()
            return html

        folder = self._placement.uri(addresses.INDEX)

        def made() -> dict[str, Callable[[], str]]:
            return {self._placement.uri(form.address): form.text for form in self._make_forms()}

        self._looked_at = LookedAt(ours, drawn, folder, lambda: self._write_index(files, config), made)

    def _write_framed(self, frames: Frames, config: MkDocsConfig, shared: str) -> None:
        """Write the pages that stand in no navigation: those of the old site that are made from the same, and the rest.

        The rest is drawn in as many processes as there are cores. Nothing is taken on trust: of incidents, playbooks
        and scripts that could be taken over the smallest is drawn all the same, and where it differs, all pages are.
        """
        old, files = self._standing, self._framed
        content = [self._named(file.site_page) for file in files]
        names = [naming.of(shared, name) if name and self._shared else "" for name in content]

        def drawn(number: int) -> Written:
            page = files[number].page
            page.draw(config, Files([]))
            html = frames.framed(page)
            page.forget()
            path = files[number].dest_uri
            return standing.write(
                old.place(path), path, names[number], html.encode("utf-8", errors="xmlcharrefreplace")
            )

        known = {
            number: found
            for number, file in enumerate(files)
            if (found := old.known(file.dest_uri, names[number])) is not None
        }
        smallest: dict[str, int] = {}
        for number, found in known.items():
            template = files[number].site_page.template
            if not files[number].site_page.gloss:
                continue
            if template not in smallest or found.size < known[smallest[template]].size:
                smallest[template] = number
        checked = {number: drawn(number) for number in smallest.values()}
        if any(written.digest != known[number].digest for number, written in checked.items()):
            log.info("Pages of the site that stands are made from something nobody told of: all are drawn.")
            known = {}
        for written in checked.values():
            old.note(written)
        new = [
            number
            for number, file in enumerate(files)
            if number not in checked and (number not in known or not old.take(file.dest_uri, names[number]))
        ]
        log.info(
            "%s of %s pages outside the navigation are as they were.", f"{len(files) - len(new):,}", f"{len(files):,}"
        )
        tell = self.progress
        done = len(files) - len(new)
        for number, written in enumerate(
            forked.each(lambda place: drawn(new[place]), len(new), chunk=CHUNK, parallel=not self._serving), 1
        ):
            old.note(written)
            if tell:
                tell(done + number, len(files))

    def _prepared(self, context: TemplateContext, page: Page) -> TemplateContext:
        assert self._mkdocs is not None and self._nav is not None
        return self.on_page_context(context, page=page, config=self._mkdocs, nav=self._nav)

    def on_template_context(
        self, context: TemplateContext, *, template_name: str, config: MkDocsConfig
    ) -> TemplateContext:
        """Let the map of the site list the pages that MkDocs does not draw as well."""
        if template_name == "sitemap.xml":
            base = config.site_url if not self._lazily else ""
            listed: list[Any] = [_Listed(file, base) for file in self._framed if base]
            context["pages"] = [*context["pages"], *listed]
        return context

    def _url(self, files: Files, uri: str) -> str:
        file = files.src_uris.get(self._placement.uri(uri))
        return file.url if file else ""

    def _build_beside(self, config: MkDocsConfig) -> None:
        """Let MkDocs build into a folder beside the site's."""
        try:
            self._building = site_folder.Building(Path(config.site_dir))
        except site_folder.BeingBuiltError as error:
            raise PluginError(str(error)) from None
        config.site_dir = str(self._building.folder)

    @event_priority(-100)  # what other plugins write is in the list of files
    def on_post_build(self, *, config: MkDocsConfig) -> None:
        """Write what no page stands for, and what the site was built from."""
        assert self.base is not None
        section = self._placement.uri("")
        if not self._lazily:
            machine_forms.write(self._forms, section, self._standing, self._shared, parallel=not self._serving)
        if self.with_policy:
            (Path(config.site_dir) / policy.HEADERS_FILE).write_text(policy.headers_file(), "utf-8")
        if not self._serving:
            whole = Path(config.site_dir) / self._placement.section
            edition = sharing.name(self.base.edition)
            self._require_redacted(whole)
            if self.with_twins:
                packing.pack(Path(config.site_dir), self._placement.section, self._standing)
            redacted = self.redaction is not None
            noted = {
                path.removeprefix(section): one
                for path, one in self._standing.fingerprints().items()
                if path.startswith(section)
            }
            listed = manifest.text(
                self.base.root, self._sources(config), whole, edition, str(self.today), noted, redacted=redacted
            )
            (whole / manifest.FILE).write_text(listed, "utf-8")
        if self._serving:
            preview.show(self._looked_at)
        self._complete = True

    def _require_redacted(self, folder: Path) -> None:
        """Stop a redacted build whose site still holds a name: it never takes the old one's place."""
        if not self.redaction:
            return
        left = [f"{path} ({entry})" for path, entry in redaction.survivors(folder, self.redaction)]
        for line in self.redaction.report():
            log.info("Replaced: %s", line)
        if left:
            told = "; ".join(left[:10]) + (f"; and {len(left) - 10} more" if len(left) > 10 else "")
            raise PluginError(f"A name survives in {told}. Nothing was published: mend the source or the list.")

    def on_page_markdown(self, markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Turn links by id in a hand-written page into paths, which MkDocs then follows as any other."""
        assert self.base is not None
        base, placed = self.base, self._placement.uri
        markdown = base.gate(markdown)
        page.meta = {name: base.gate(text) if isinstance(text, str) else text for name, text in page.meta.items()}
        if self._placement.section and page.file.src_uri in {placed(f"{name}.md") for name in library.PAGES}:
            page.meta.update(template=SECTION_TEMPLATE, hide=["navigation"], calmroom_page=True)

        def as_path(words: str, address: str) -> str | None:
            target = base.directory.resolve(address, "a", page.file.src_uri)
            if isinstance(target, links.Broken):
                return None
            if target.kind == "nowhere":
                return words
            uri = placed(addresses.of_target(target, base))
            path = posixpath.relpath(uri, posixpath.dirname(page.file.src_uri))
            return f"[{words}]({path}{addresses.fragment(target)})"

        return by_id.replaced(markdown, as_path)

    @event_priority(-100)  # what other plugins do to its content is kept
    def on_page_content(self, html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
        """Keep the text of the section's start page for its template; the site's search gets title and summary."""
        if self.with_policy and not isinstance(page, CalmroomPage):
            html = policy.without_styles(html)
        if not page.meta.get("calmroom_page") or self._renderer is None:
            return html
        page.meta["calmroom_html"] = html
        return self._renderer.summary(str(page.title), str(page.meta.get("description") or ""))

    def on_page_context(
        self, context: TemplateContext, *, page: Page, config: MkDocsConfig, nav: Navigation
    ) -> TemplateContext:
        """Make the address of the button "Edit this page" one that an attribute can hold."""
        if self._placement.section and isinstance(page, CalmroomPage) and self._entry is not None:
            self._entry.active = True  # what leads here is where the reader is
        if page.edit_url and (isinstance(page, CalmroomPage) or not self._placement.section):
            page.edit_url = handed_over.address(page.edit_url)
        return context

    def on_post_page(self, output: str, *, page: Page, config: MkDocsConfig) -> str:
        """Count pages for the progress bar."""
        if self._entry is not None and page is not self._entry:
            self._entry.active = False
        self._done += 1
        if self.progress:
            self.progress(min(self._done, self._total), self._total)
        return output

    def on_serve(
        self, server: LiveReloadServer, *, config: MkDocsConfig, builder: Callable[..., Any]
    ) -> LiveReloadServer:
        """Rebuild when a record, playbook, taxonomy, template or style changes."""
        assert self.base is not None
        for folder in (self._settings.incidents, self._settings.playbooks, knowledge.TAXONOMIES, "site_templates"):
            if (self.base.root / folder).is_dir():
                server.watch(str(self.base.root / folder))
        if TEMPLATES.is_dir() and not TEMPLATES.is_relative_to(self.base.root):
            server.watch(str(TEMPLATES))
        standing = Preview(server)
        standing.stand_before(server)
        standing.watch(server)
        return server

    def _pages(self, analysis: Analysis) -> Iterator[pages.SitePage]:
        assert self.base is not None
        yield from pages.every_page(analysis)

    def _sources(self, config: MkDocsConfig) -> list[str]:
        """Return the files and folders a site is built from, relative to the knowledge base."""
        read = [self._settings.incidents, self._settings.playbooks, knowledge.TAXONOMIES, "site_templates"]
        return [settings.FILE, *read, os.path.relpath(config.docs_dir, Path(config.config_file_path or "").parent)]

    def _site_refusal(self, root: Path, config: MkDocsConfig) -> str | None:
        return site_folder.refusal(Path(config.site_dir), [root / name for name in self._sources(config)])

    def _report(self, base: knowledge.KnowledgeBase) -> None:
        for found in base.diagnostics:
            if found.level is Level.WARNING:
                log.warning(_in_a_line(found))
        if not base.errors:
            return
        if self._serving:
            for found in base.errors:
                log.error(_in_a_line(found))
            return
        terminal.show(base.errors, err=True)
        counted = terminal.counted(len(base.errors), "error")
        raise PluginError(f"Nothing was built: {counted} in the records. `calmroom check` lists them.")


class OurFile(File):
    """A file of ours among MkDocs' files, of which there may be ten thousand: made without looking at paths."""

    def __init__(self, uri: str, config: MkDocsConfig, dest_uri: str) -> None:
        self.src_uri, self.dest_uri = uri, dest_uri
        self.src_dir, self.dest_dir = None, config.site_dir
        self.use_directory_urls = config.use_directory_urls
        self.inclusion = InclusionLevel.NOT_IN_NAV
        self.generated_by = "calmroom"


class FormFile(OurFile):
    """A form for machines: in the list of files, so that nothing takes its address, and written after the pages."""

    def __init__(self, address: str, config: MkDocsConfig) -> None:
        """As a source it has a name of its own, because a twin is Markdown and no page."""
        super().__init__(f"{address}.form" if address.endswith(".md") else address, config, address)
        self._content = ""

    def copy_file(self, dirty: bool = False) -> None:
        """Write nothing yet: `machine_forms.write` makes all of them at once."""


class FramedFile(OurFile):
    """A page of ours that stands in no navigation: MkDocs knows where it is, and we write it (see `frames`)."""

    def __init__(
        self, path: str, config: MkDocsConfig, site_page: pages.SitePage, make: Callable[[File], CalmroomPage]
    ) -> None:
        stem = path.removesuffix(".md")
        inside = "/index.html" if config.use_directory_urls and posixpath.basename(stem) != "index" else ".html"
        super().__init__(path, config, f"{stem}{inside}")
        self.site_page = site_page
        self._make = make

    @cached_property
    def page(self) -> CalmroomPage:  # type: ignore[override]
        """MkDocs' page of it, made when something asks for it."""
        return self._make(self)

    def is_documentation_page(self) -> bool:
        """Say that it is none, so that MkDocs neither reads nor draws it."""
        return False

    def copy_file(self, dirty: bool = False) -> None:
        """Copy nothing."""


class _Listed:
    """A page as the map of the site lists it, without making it."""

    is_link = False

    def __init__(self, file: File, base: str) -> None:
        self.page = self
        self.canonical_url = f"{base.rstrip('/')}/{file.url}"
        self.update_date = get_build_date()


class CalmroomPage(Page):
    """A page that comes from the knowledge base instead of a Markdown file."""

    def __init__(
        self,
        site_page: pages.SitePage,
        file: File,
        config: MkDocsConfig,
        drawing: Drawing,
        placement: Placement,
        *,
        later: bool = False,
    ) -> None:
        super().__init__(None, file, config)
        self._page = site_page
        self._drawing = drawing
        self._section = placement
        self._later = later and not isinstance(file, FramedFile)
        self._number = None if isinstance(file, FramedFile) else drawing.add(site_page, file, self.edit_url)

    def forget(self) -> None:
        """Let go of what was drawn, and of the record it was drawn from."""
        self.content = None
        if self._page.record is not None:
            self._page.record.forget()

    def draw(self, config: MkDocsConfig, files: Files) -> None:
        """Do what MkDocs does with its own pages before the theme draws them."""
        self.read_source(config)
        self.render(config, files)

    def read_source(self, config: MkDocsConfig) -> None:
        """Set what MkDocs would have read from front matter."""
        self.markdown = ""
        hidden = ["navigation"] + ([] if self._page.toc else ["toc"])
        title = self._page.title
        if self._section.section and self._page.uri == addresses.HOME:
            title = self._section.title
        self.meta = {"title": handed_over.text(title), "hide": hidden, "calmroom": self._page}
        if self._section.section:
            self.meta["template"] = SECTION_TEMPLATE
            self.meta["search"] = {"exclude": not (self._page.in_nav or self._page.gloss)}

    def render(self, config: MkDocsConfig, files: Files) -> None:
        """Take the page's content, drawn by its template with the values it asks for."""
        if self._later:
            self._later, self.content = False, ""  # the preview draws it when it is looked at
            return
        if self._number is None:
            drawn = self._drawing.draw(self._page, self.file, self.edit_url)
        else:
            drawn = self._drawing.take(self._number)
        self.content = drawn.html
        if self._section.section:
            # What other plugins see of it, the site's search above all; the section's template draws the rest.
            self.meta["calmroom_html"], self.content = drawn.html, drawn.summary
        self.meta["description"] = handed_over.text(drawn.description)
        self.toc = TableOfContents([handed_over.heading(item) for item in drawn.headings])
        self.present_anchor_ids = {item.anchor for item in drawn.headings}


def _draws_as_we_know(config: MkDocsConfig, root: Path, plugin: CalmroomPlugin) -> bool:
    """Say whether Material and we alone draw pages: no other plugin looks at them, no template is another's."""
    handlers = [method for name in PAGE_EVENTS for method in config.plugins.events.get(name, [])]
    if any(getattr(method, "__self__", None) is not plugin for method in handlers):
        return False
    own_theme = bool(config.theme.custom_dir) or (root / "site_templates" / "theme").is_dir()
    return not own_theme or root == TEMPLATES.parent


def _is_previews(folder: str) -> bool:
    """Say whether a site's folder is the one `mkdocs serve` makes for itself and throws away, `--clean` or not."""
    path = Path(folder)
    return path.parent == Path(tempfile.gettempdir()) and path.name.startswith("mkdocs_")


def _named(entries: Any) -> Iterator[tuple[str, str]]:
    """Yield the `(title, file)` pairs of a navigation, however deep they stand."""
    for entry in entries if isinstance(entries, list) else []:
        for title, below in entry.items() if isinstance(entry, dict) else ():
            if isinstance(below, str):
                yield str(title), below
            else:
                yield from _named(below)


def _without(entries: Any, gone: set[str]) -> Any:
    """Return a navigation without its entries for pages that were left out with the library."""
    if isinstance(entries, list):
        kept = [_without(entry, gone) for entry in entries]
        return [entry for entry in kept if entry not in (None, {}, [])]
    if isinstance(entries, dict):
        below = {title: _without(entry, gone) for title, entry in entries.items()}
        return {title: entry for title, entry in below.items() if entry not in (None, {}, [])}
    return None if entries in gone else entries


def _require_material(config: MkDocsConfig) -> None:
    if config.theme.name != "material":
        raise PluginError("Calmroom's pages need `theme: {name: material}` in mkdocs.yml.")


def _dress(config: MkDocsConfig, root: Path) -> None:
    """Give Material our templates, styles, palette and features, unless the site chose its own."""
    own = [folder / "theme" for folder in (root / "site_templates", TEMPLATES)]
    config.theme.dirs[:0] = [
        str(folder) for folder in dict.fromkeys(own) if folder.is_dir() and str(folder) not in config.theme.dirs
    ]
    config.theme["font"] = False  # a web font is a request to somebody else's server
    if not config.theme.get("palette"):
        config.theme["palette"] = PALETTE
    config.theme["features"] = list(dict.fromkeys([*(config.theme.get("features") or []), *FEATURES]))
    config.extra.setdefault("generator", False)
    for style in reversed([f"{addresses.ASSETS}/{name}.css" for name in ("calmroom", "frame")]):
        if style not in config.extra_css:
            config.extra_css.insert(0, style)
    script = f"{addresses.ASSETS}/calmroom.js"  # it fetches the others where a page has something for them
    if script not in [str(item) for item in config.extra_javascript]:
        config.extra_javascript.append(script)


def _edit_uri(root: Path, config: MkDocsConfig, source: str) -> str:
    """Return a record's path as MkDocs' `edit_uri` sees it: relative to the folder of hand-written pages."""
    path = posixpath.relpath(source, Path(os.path.relpath(Path(config.docs_dir).resolve(), root)).as_posix())
    return path if "!q" in (config.edit_uri_template or "") else quote(path)


def _add_redirect(
    files: Files,
    config: MkDocsConfig,
    renderer: Renderer,
    redirect: pages.Redirect,
    base: knowledge.KnowledgeBase,
    placement: Placement,
) -> None:
    target = files.src_uris[placement.uri(redirect.to)]
    origin = File(placement.uri(redirect.uri), None, config.site_dir, config.use_directory_urls)
    record = base.by_id[redirect.to.removeprefix("incidents/").removesuffix(".md")]
    html = renderer.redirect(get_relative_url(target.url, origin.url), record.title)
    files.append(File.generated(config, origin.dest_uri, content=html, inclusion=InclusionLevel.NOT_IN_NAV))


def _static_files(analysis: Analysis, config: MkDocsConfig, placement: Placement) -> Iterator[File]:
    base, today, placed = analysis.base, analysis.today, placement.uri
    folders = dict.fromkeys([TEMPLATES / "assets", base.root / "site_templates" / "assets"])
    assets = {path.name: path for folder in folders if folder.is_dir() for path in sorted(folder.iterdir())}
    for name, path in assets.items():
        yield _copied(config, placed(f"{addresses.ASSETS}/{name}"), str(path))
    yield _copied(config, placed(f"{addresses.ASSETS}/mermaid.js"), str(_mermaid()))
    for record in base.records:
        for attachment in record.files:
            uri = placed(addresses.attachment(base, attachment.path))
            yield _attached(config, uri, base.place(attachment.path), base.redaction)
    for record in base.records:
        if views.has_kit(record) and record.meeting:
            from calmroom.kit import calendar, kit

            text = calendar.ics(kit.make(base, record), today)
            yield _made(config, placed(addresses.calendar(record.id)), text or b"")
    yield _made(config, placed(addresses.SCHEMA), schema_text(base.taxonomies))


def _mermaid() -> Path:
    """Return Mermaid's script, which lies in a package; importing that would start a JavaScript engine."""
    found = find_spec("mermaidx")
    assert found is not None and found.submodule_search_locations
    return Path(found.submodule_search_locations[0]) / "assets" / "mermaid.js"


def _made(config: MkDocsConfig, uri: str, content: str | bytes) -> File:
    return File.generated(config, uri, content=content, inclusion=InclusionLevel.NOT_IN_NAV)


def _attached(config: MkDocsConfig, uri: str, path: Path, redacted: Redaction | None) -> File:
    """Return an attachment as it is published: a picture without what it says beside its picture, names replaced."""
    if redacted:
        return _made(config, uri, redacted(path.read_bytes().decode("utf-8", "replace")))
    if path.suffix.lower() not in pictures.ENDINGS:
        return _copied(config, uri, str(path))
    return _made(config, uri, pictures.without_metadata(path.read_bytes()))


def _redact(config: MkDocsConfig, change: Redaction) -> None:
    """Replace names in what mkdocs.yml says of the site; where it lies and where it is edited is not said at all."""
    for name in ("site_name", "site_description", "site_author", "copyright"):
        if config[name]:
            config[name] = change(config[name])
    config.nav = texts.changed(config.nav, change)
    config.extra.update(texts.changed(dict(config.extra), change))
    config.repo_url = config.edit_uri = config.edit_uri_template = None
    if config.site_url and change.survives(config.site_url):
        config.site_url = ""


def _is_above(file: File, edition: str) -> bool:
    """Say whether a page written by hand has a level above the edition's; one whose level is unclear has."""
    if not file.is_documentation_page() or file.generated_by is not None or file.abs_src_path is None:
        return False
    text = Path(file.abs_src_path).read_bytes()[:PAGE_BYTES].decode("utf-8", "replace")
    return not sharing.may_be_shown(editions.level_of(layers.page(file.src_uri, file.src_uri, text)), edition)


def _copied(config: MkDocsConfig, uri: str, path: str) -> File:
    return File.generated(config, uri, abs_src_path=path, inclusion=InclusionLevel.NOT_IN_NAV)


def _in_a_line(found: Diagnostic) -> str:
    place = f"{found.path}:{found.position.line}:{found.position.column}"
    return printable.line(f"{place}: {found.code} {found.message}. {found.hint}")
