"""Templates: the one place where values become HTML.

Autoescape is always on and a name a template does not know is an error, not a hole. A knowledge base may override any
template by a file of the same name in its own `site_templates/`; that file can extend the one it replaces as
`calmroom/<name>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jinja2
import jinja2.sandbox

from calmroom.knowledge import KnowledgeBase
from calmroom.records import sharing
from calmroom.records.diagnostics import Diagnostic
from calmroom.shipped import TEMPLATES
from calmroom.site import addresses, glossing
from calmroom.site.views import Link

if TYPE_CHECKING:
    from calmroom.site.pages import SitePage


class Renderer:
    """Renders pages of one knowledge base; `policy` is what pages that stand by themselves forbid (see `policy`)."""

    def __init__(self, base: KnowledgeBase, policy: str = "") -> None:
        self._base = base
        self._environment = environment(base.root / "site_templates")
        self.overridden = isinstance(self._environment, jinja2.sandbox.ImmutableSandboxedEnvironment)
        """Whether the knowledge base has templates of its own."""
        self._environment.globals["policy"] = policy
        self._environment.globals["edition"] = sharing.name(base.edition)
        self._markdown = self._environment.overlay(autoescape=False)  # once: each overlay compiles its templates anew

    def prepare(self, templates: Iterable[str]) -> None:
        """Read templates now, so that processes that are forked afterwards need not, each for itself."""
        for name in templates:
            self._environment.get_template(name)

    def render(self, page: SitePage, values: Mapping[str, Any], link: Link, edit_url: str | None = None) -> str:
        """Return the HTML of a page's content; `link` turns an address into a link from this page."""
        template = self._environment.get_template(page.template)
        return template.render(**values, page=page, link=link, edit_url=edit_url)

    def summary(self, title: str, description: str) -> str:
        """Return the HTML of a page's title and description alone."""
        return self._environment.get_template("parts/summary.html").render(title=title, description=description)

    def kit(self, name: str, values: Mapping[str, Any]) -> str:
        """Return a meeting kit as `kit.md` or `kit.html`; Markdown is escaped as Markdown, not as HTML."""
        return self.text(f"kit/{name}", values)

    def text(self, name: str, values: Mapping[str, Any]) -> str:
        """Return what a template that is no page says; one that ends in `.md` escapes Markdown itself, with `md`."""
        environment = self._markdown if name.endswith(".md") else self._environment
        return environment.get_template(name).render(**values)

    @cached_property
    def _parts(self) -> Any:
        return self._environment.get_template("parts/terms.html").module

    @cached_property
    def _mark(self) -> tuple[str, str, tuple[str, str]]:
        """The pieces of a marked term's markup: before its address, its slug, its text, and after that.

        A page marks dozens of terms. Slugs are slugs, and the text is a piece of the page's own HTML.
        """
        pieces = re.split("address|slug|words", str(self._parts.mark("slug", "words", "address")))
        before, after, first, last = pieces
        return before, after, (first, last)

    def gloss(self, html: str, link: Link) -> str:
        """Explain the glossary's terms in a page's HTML, and list at its end those that were explained."""
        if not self._base.terms:
            return html
        glossary = link(addresses.GLOSSARY)
        before, after, behind = self._mark
        html, slugs = glossing.gloss(
            html,
            self._base.matcher,
            lambda slug, text: f"{before}{glossary}#{slug}{after}{slug}{behind[0]}{text}{behind[1]}",
        )
        used = [self._base.terms[slug] for slug in slugs]
        return html + str(self._parts.used(used, glossary)) if used else html

    def without_names(self, html: str) -> str:
        """Return a page's HTML with the names of a redacted edition replaced in its text."""
        redacted = self._base.redaction
        if redacted is None or redacted.survives(html) is None:
            return html
        return "".join(piece if piece.startswith("<") else redacted(piece) for piece in glossing.tags_and_text(html))

    def redirect(self, to: str, title: str) -> str:
        """Return the HTML of a page that leads to `to`, a relative link."""
        return self._environment.get_template("pages/redirect.html").render(to=to, title=title)


def environment(overrides: Path) -> jinja2.Environment:
    """Return the Jinja environment for pages; templates in `overrides` come before our own.

    With templates of a knowledge base it is a sandbox: they read what they are given and reach nothing behind it. Our
    own alone need none, and a third of a page's time is looking at each attribute.
    """
    own = jinja2.FileSystemLoader(TEMPLATES)
    loaders: list[jinja2.BaseLoader] = [own, jinja2.PrefixLoader({"calmroom": own})]
    sort: type[jinja2.Environment] = jinja2.Environment
    if overrides.is_dir() and overrides.resolve() != TEMPLATES.resolve():
        loaders.insert(0, jinja2.FileSystemLoader(overrides))
        sort = jinja2.sandbox.ImmutableSandboxedEnvironment
    made = sort(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["code_parts"] = code_parts
    made.filters["grouped"] = lambda number: f"{number:,.10g}" if isinstance(number, float) else f"{number:,}"
    made.filters["caret"] = caret
    made.filters["md"] = escape_markdown
    return made


def code_parts(text: str) -> list[tuple[bool, str]]:
    """Split text at single backticks into `(is code, text)` pairs; an unpaired backtick stays a backtick."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        parts[-2:] = ["`".join(parts[-2:])]
    return [(index % 2 == 1, part) for index, part in enumerate(parts) if part]


_MARKDOWN = re.compile(r"([\\`*_\[\]<>#|~&!{}])")
_BEGINNING = re.compile(r"^([-+=:]|[0-9]{1,9}(?=[.)]))")
_MENTION = re.compile(r"@(?=\w)")
_SIGNS = re.compile(r"[\\`*_\[\]<>#|~&!{}@]|^[-+=:0-9]")
"""Whether there is anything that `escape_markdown` changes; most texts are as they were."""


def escape_markdown(text: str) -> str:
    """Return text that Markdown shows as it is, on one line, and that calls nobody in a chat it is pasted into."""
    line = " ".join(text.split())
    if not _SIGNS.search(line):
        return line
    escaped = _MARKDOWN.sub(r"\\\1", line)
    escaped = _BEGINNING.sub(_escaped_beginning, escaped)
    return _MENTION.sub("@\N{WORD JOINER}", escaped)


def _escaped_beginning(found: re.Match[str]) -> str:
    """Return the first sign of a line so that it begins no list, rule or heading, and no command of a runner."""
    return f"{found.group()}\\" if found.group().isdecimal() else f"\\{found.group()}"


def caret(found: Diagnostic) -> str:
    """Return the spaces that put a mark under a diagnostic's column."""
    return " " * (found.position.column - 1)
