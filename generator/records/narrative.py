"""The narrative of a record: Markdown in, sanitised HTML out, and every link it holds.

Record text is untrusted. Markdown may carry raw HTML, so what Markdown makes of it goes through an allow-list (nh3,
ammonia): no script, no style, no form, no event handler, no address but the web's, no image from elsewhere. Ids of
headings are prefixed so that they cannot take the place of the page's own. Headings move down one level: the page
owns the first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import markdown
import nh3
from markdown.extensions.toc import slugify

ANCHOR_PREFIX = "story-"
LINK_SCHEMES = frozenset({"http", "https", "mailto"})
ID_SCHEMES = frozenset({"incident", "playbook", "page"})

Resolve = Callable[[str, str], str | None]

_TAGS = frozenset(
    [
        "p",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "blockquote",
        "pre",
        "code",
        "em",
        "strong",
        "del",
        "ins",
        "sub",
        "sup",
        "kbd",
        "mark",
        "small",
        "abbr",
        "a",
        "img",
        "hr",
        "br",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "tr",
        "th",
        "td",
        "caption",
        "div",
        "span",
        "figure",
        "figcaption",
        "details",
        "summary",
    ]
)
_ATTRIBUTES = {
    "a": {"href", "title", "class", "id"},
    "img": {"src", "alt", "title", "width", "height"},
    "abbr": {"title"},
    "ol": {"start"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "td": {"align", "colspan", "rowspan"},
    "*": {"id", "class", "lang", "dir"},
}
_CLASSES = re.compile(
    r"(admonition|admonition-title|footnote|footnote-ref|footnote-backref|language-[a-z0-9+-]{1,20})\Z"
)
_OWN_ID = re.compile(rf"({ANCHOR_PREFIX}|fn:|fnref)[^\s]{{0,120}}\Z")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}(#{1,6})\s+(.*?)\s*#*\s*\Z")


@dataclass(frozen=True)
class Heading:
    """A heading of the narrative as it stands on the page: its level there, its anchor and its text."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True)
class Rendered:
    """A narrative as HTML that is safe to put into a page, and its headings."""

    html: str
    headings: tuple[Heading, ...]


@dataclass(frozen=True)
class Link:
    """Something in the narrative that leads elsewhere: the tag that holds it and its address as written."""

    tag: str
    address: str


@dataclass(frozen=True)
class Inspection:
    """What a narrative holds before it is made safe: links, headings' anchors, and tags that will be removed."""

    links: tuple[Link, ...]
    anchors: frozenset[str]
    removed: tuple[str, ...]


def split_summary(text: str) -> tuple[str, str]:
    """Return the Markdown under `## Summary`, and the narrative without that section."""
    lines = text.split("\n")
    fence = ""
    start = end = None
    for index, line in enumerate(lines):
        if found := _FENCE.match(line):
            mark = found.group(1)
            if not fence:
                fence = mark
            elif mark[0] == fence[0] and len(mark) >= len(fence) and not line.strip(" `~"):
                fence = ""
            continue
        heading = None if fence else _HEADING.match(line)
        if heading is None:
            continue
        if start is None and heading.group(2).lower() == "summary":
            start, level = index, len(heading.group(1))
        elif start is not None and len(heading.group(1)) <= level:
            end = index
            break
    if start is None:
        return "", text
    end = len(lines) if end is None else end
    return "\n".join(lines[start + 1 : end]).strip(), "\n".join([*lines[:start], *lines[end:]]).strip()


def render(text: str, resolve: Resolve) -> Rendered:
    """Turn Markdown into safe HTML.

    `resolve(tag, address)` returns the address to put into the page for one that stands in the text, or None to leave
    it out.
    """
    html, headings = _convert(text)

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if attribute in ("href", "src"):
            return resolve(tag, value)
        if attribute == "class":
            return " ".join(name for name in value.split() if _CLASSES.match(name)) or None
        if attribute == "id":
            return value if _OWN_ID.match(value) else None
        return value

    safe = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=keep,
        url_schemes=set(LINK_SCHEMES | ID_SCHEMES),
        link_rel="noopener noreferrer",
    )
    return Rendered(safe, headings)


def plain(text: str) -> str:
    """Return Markdown as one line of plain text, for descriptions, feeds and lists."""
    html, _ = _convert(text)
    collector = _Inspector()
    collector.feed(html)
    return " ".join("".join(collector.text).split())


def inspect(text: str) -> Inspection:
    """List what a narrative links to and which of its tags will not reach the page."""
    html, headings = _convert(text)
    inspector = _Inspector()
    inspector.feed(html)
    inspector.close()
    anchors = {heading.anchor for heading in headings} | inspector.ids
    return Inspection(
        tuple(dict.fromkeys(inspector.links)), frozenset(anchors), tuple(dict.fromkeys(inspector.removed))
    )


def scheme(address: str) -> str:
    """Return an address's scheme in lower case, seen as a browser sees it (white space and controls ignored), or ''."""
    squeezed = re.sub(r"[\x00-\x20]+", "", address)
    found = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]*):", squeezed)
    return found.group(1).lower() if found else ""


def is_external(address: str) -> bool:
    """Say whether an address leads to another site."""
    return scheme(address) in LINK_SCHEMES or bool(urlsplit(address).netloc)


class _Inspector(HTMLParser):
    """Collects links, ids, text and tags outside the allow-list from HTML that is not yet safe."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[Link] = []
        self.ids: set[str] = set()
        self.removed: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS:
            self.removed.append(f"<{tag}>")
        for name, value in attrs:
            if name in ("href", "src") and value is not None:
                self.links.append(Link(tag, value))
            elif name == "id" and value:
                self.ids.add(value)
            elif name.startswith("on") or name == "style":
                self.removed.append(f"{name}=")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@cache
def _converter() -> markdown.Markdown:
    return markdown.Markdown(
        extensions=[
            "tables",
            "fenced_code",
            "footnotes",
            "def_list",
            "abbr",
            "sane_lists",
            "admonition",
            "toc",
            "pymdownx.magiclink",
        ],
        extension_configs={
            "toc": {"baselevel": 2, "slugify": lambda value, separator: ANCHOR_PREFIX + slugify(value, separator)}
        },
        output_format="html",
    )


def _convert(text: str) -> tuple[str, tuple[Heading, ...]]:
    converter: Any = _converter().reset()
    html = converter.convert(text)
    tokens: list[Mapping[str, Any]] = converter.toc_tokens
    return html, tuple(_flatten(tokens))


def _flatten(tokens: list[Mapping[str, Any]]) -> list[Heading]:
    found = []
    for token in tokens:
        found.append(Heading(token["level"], token["id"], token["name"]))
        found.extend(_flatten(token["children"]))
    return found
