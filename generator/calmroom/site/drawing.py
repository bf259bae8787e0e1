"""Drawing pages: one after the other, or for a large site in as many processes as there are cores.

Drawing a page needs nothing but values that are there already, so a forked process can draw it as well. Not in a
preview: its server has threads, and a process with threads must not be forked.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mkdocs.utils import get_relative_url

from calmroom import forked
from calmroom.records.narrative import Heading
from calmroom.site import pages
from calmroom.site.placement import Placement
from calmroom.site.rendering import Renderer

if TYPE_CHECKING:
    from mkdocs.structure.files import File, Files

    from calmroom.records.kept import Store

CHUNK = 1


@dataclass(frozen=True)
class Drawn:
    """A page's content: its HTML, its description for lists and search engines, its headings.

    `summary` is HTML of its title and description alone.
    """

    html: str
    description: str
    summary: str
    headings: tuple[Heading, ...]


class KeptDrawings:
    """Contents of pages as they were drawn, by the names of what they were drawn from.

    Only those of pages in the navigation: they are few and take long, and the theme draws around them in every build.
    """

    def __init__(self, store: Store, edition: str, named: Callable[[pages.SitePage], str]) -> None:
        self._store = store
        self._edition = edition
        self._named = named

    def get(self, page: pages.SitePage) -> Drawn | None:
        """Return a page's content as it was drawn from the same."""
        name = self._named(page)
        found = self._store.derived(self._label(page)) if name else None
        if found is None or found[0] != name.encode():
            return None
        try:
            html, description, summary, headings = json.loads(found[1])
            return Drawn(html, description, summary, tuple(Heading(*heading) for heading in headings))
        except (ValueError, TypeError):
            return None

    def keep(self, page: pages.SitePage, drawn: Drawn) -> None:
        """Keep a page's content."""
        if name := self._named(page):
            headings = [[heading.level, heading.anchor, heading.text] for heading in drawn.headings]
            told = json.dumps([drawn.html, drawn.description, drawn.summary, headings], ensure_ascii=False)
            self._store.keep_derived(self._label(page), name.encode(), told.encode("utf-8", "surrogatepass"))

    def _label(self, page: pages.SitePage) -> str:
        return f"page {self._edition} {page.uri}"


class Drawing:
    """Draws pages, each when it is asked for or, in parallel, all when the first is asked for."""

    def __init__(
        self,
        renderer: Renderer,
        files: Files,
        placement: Placement,
        kept: KeptDrawings | None = None,
        *,
        parallel: bool,
    ) -> None:
        self._renderer = renderer
        self._files = files
        self._placement = placement
        self._kept = kept
        self._parallel = parallel
        self._wanted: list[tuple[pages.SitePage, File, str | None]] = []
        self._done: list[Drawn] | None = None
        self._urls: dict[str, str] = {}
        self._links: dict[tuple[str | None, bool], dict[str, str]] = {}

    def add(self, page: pages.SitePage, file: File, edit_url: str | None) -> int:
        """Note a page that MkDocs will ask for; returns the number by which to take it."""
        self._wanted.append((page, file, edit_url))
        return len(self._wanted) - 1

    def take(self, number: int) -> Drawn:
        """Return the content of a page."""
        if self._done is None and self._parallel:
            self._done = self._all_drawn()
        return self._done[number] if self._done else self.draw(*self._wanted[number])

    def _all_drawn(self) -> list[Drawn]:
        """Draw all pages that were noted, but for those that were drawn before from the same."""
        found = [self._kept.get(page) if self._kept else None for page, _, _ in self._wanted]
        new = [number for number, drawn in enumerate(found) if drawn is None]
        made = forked.over(lambda place: self.draw(*self._wanted[new[place]]), len(new), chunk=CHUNK, parallel=True)
        for number, drawn in zip(new, made, strict=True):
            found[number] = drawn
            if self._kept:
                self._kept.keep(self._wanted[number][0], drawn)
        return [drawn for drawn in found if drawn is not None]

    def draw(self, page: pages.SitePage, file: File, edit_url: str | None) -> Drawn:
        """Draw a page's content."""
        link = self._link_from(file)
        values = page.values(link)
        html = self._renderer.render(page, values, link, edit_url)
        if page.gloss:
            html = self._renderer.gloss(html, link)
        html = self._renderer.without_names(html)  # our own examples may use a name that is on the list
        description = values.get("description", page.description)
        summary = self._renderer.summary(page.title, description)
        return Drawn(html, description, summary, tuple(page.headings(values)))

    def _link_from(self, origin: File) -> Callable[[str], str]:
        """Return the function that turns the name of a page's source into a link relative to `origin`.

        Pages of one folder share their links, but for those to what lies below one of them.
        """
        itself = origin.url
        below = itself.rstrip("/")
        folder = posixpath.dirname(below) if itself not in ("", ".", "./") else None
        shared = self._links.setdefault((folder, itself.endswith("/")), {})
        files, placed_at, urls = self._files.src_uris, self._placement.uri, self._urls

        def link(uri: str) -> str:
            url = urls.get(uri)
            if url is None:
                placed = placed_at(uri)
                file = files.get(placed)
                url = urls[uri] = file.url if file else placed
            if url.startswith(below):
                return str(get_relative_url(url, itself))
            known = shared.get(uri)
            if known is None:
                known = shared[uri] = get_relative_url(url, itself)
            return known

        return link
