"""The theme's frame around a page, drawn once for each kind of page and filled in for every other.

Material's templates take two milliseconds a page, and what they print around pages that stand in no navigation differs
only in what is named here: the title, the description, the addresses and the content. So a frame is drawn with a mark
in each of these places, and a page fills the places. Which pages share a frame is seen from what else a template can
look at: the folder they stand in (links are relative to it), their table of contents, and which of these they have.

Nothing is taken on trust: the first page of each frame is drawn by the theme as well, and where the two differ by a
sign, every page of that kind is drawn by the theme.
"""

from __future__ import annotations

import copy
import posixpath
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mkdocs.commands.build import get_context
from mkdocs.structure.pages import Page

if TYPE_CHECKING:
    import jinja2
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import File
    from mkdocs.structure.nav import Navigation
    from mkdocs.utils.templates import TemplateContext

PLACES = ("title", "description", "canonical", "edit", "content")
MARK = "\ue0c7{}\ue0c8"
"""Two signs of Unicode's private use area around a place's name: no record may hold them, no template escapes them."""
HEADING = "<h1"
"""Material looks whether a page's content has a first heading, and else prints the title as one."""
_MARKED = re.compile(MARK.format(f"([a-z]+)(?:{HEADING})?"))
Prepare = Callable[["TemplateContext", Page], "TemplateContext"]


class Frames:
    """Draws whole pages: by the theme, or by a frame the theme has drawn before.

    `prepare` is what a plugin does to the context of a page before its template sees it.
    """

    def __init__(
        self, env: jinja2.Environment, config: MkDocsConfig, nav: Navigation, files: Sequence[File], prepare: Prepare
    ) -> None:
        self._env = env
        self._config = config
        self._nav = nav
        self._files = files
        self._prepare = prepare
        self._known: dict[tuple[object, ...], list[str] | None] = {}

    def whole(self, page: Page) -> str:
        """Return a page that has its content as the theme draws it."""
        page.active = True
        try:
            context = get_context(self._nav, self._files, self._config, page)
            template = self._env.get_template(page.meta.get("template", "main.html"))
            return template.render(self._prepare(context, page))
        finally:
            page.active = False

    def framed(self, page: Page) -> str:
        """Return the same for a page that stands in no navigation."""
        kind = _kind(page)
        if kind not in self._known:
            return self._first(kind, page)
        frame = self._known[kind]
        return self.whole(page) if frame is None else _filled(frame, page)

    def _first(self, kind: tuple[object, ...], page: Page) -> str:
        whole = self.whole(page)
        frame = _MARKED.split(self.whole(_marked(page)))
        self._known[kind] = frame if _filled(frame, page) == whole else None
        return whole


def _kind(page: Page) -> tuple[object, ...]:
    """Return what a template can look at besides the places: pages alike in this share a frame.

    The theme may look for a single page by its address, as for the page of search; so pages of different sorts do not.
    """
    return (
        posixpath.dirname(page.file.url.rstrip("/")),
        page.file.url.endswith("/"),
        tuple(page.meta.get("hide", ())),
        page.meta.get("template"),
        page.meta["calmroom"].template,
        tuple((item.id, item.title, item.level) for item in page.toc),
        HEADING in (page.content or ""),
        getattr(page.meta.get("calmroom"), "gloss", False),  # whether it has a twin (see `calm_links_in.html`)
        *(bool(value) for value in _values(page).values()),
    )


def _values(page: Page) -> dict[str, str]:
    return {
        "title": page.meta["title"],
        "description": page.meta.get("description") or "",
        "canonical": page.canonical_url or "",
        "edit": page.edit_url or "",
        "content": page.content or "",
    }


def _marked(page: Page) -> Page:
    """Return a page like this one with a mark in each place that is filled."""
    marks = {place: MARK.format(place) if value else "" for place, value in _values(page).items()}
    if HEADING in (page.content or ""):
        marks["content"] = MARK.format(f"content{HEADING}")
    other = copy.copy(page)
    other.meta = {**page.meta, "title": marks["title"], "description": marks["description"]}
    other.title = marks["title"]
    other.canonical_url, other.edit_url, other.content = marks["canonical"], marks["edit"], marks["content"]
    return other


def _filled(frame: list[str], page: Page) -> str:
    values = _values(page)
    return "".join(values.get(part, "") if number % 2 else part for number, part in enumerate(frame))
