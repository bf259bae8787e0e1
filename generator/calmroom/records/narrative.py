"""The narrative of a record: Markdown in, sanitised HTML out, and every link it holds.

Markdown is CommonMark with tables, footnotes, definition lists, strike-through, admonitions and bare web addresses,
as code browsers show it. Record text is untrusted, and Markdown may carry raw HTML, so what comes of it goes through
an allow-list (nh3, ammonia): no script, no style, no form, no event handler, no address but the web's, no image from
elsewhere. Only headings and footnotes have ids, prefixed so that they cannot take the place of the page's own; raw
HTML has none. Headings move down one level: the page owns the first.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise
from urllib.parse import urlsplit

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.admon import admon_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

ANCHOR_PREFIX = "story-"
LINK_SCHEMES = frozenset({"http", "https", "mailto"})
ID_SCHEMES = frozenset({"incident", "playbook", "script", "page"})

Resolve = Callable[[str, str], str | None]

_TAGS = frozenset(
    """
    p h2 h3 h4 h5 h6 ul ol li dl dt dd blockquote pre code em strong b i del s ins sub sup kbd mark small abbr a img
    hr br table thead tbody tfoot tr th td caption div section span figure figcaption details summary
    """.split()  # noqa: SIM905
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
    r"(admonition|admonition-title|note|warning|tip|danger|info|footnotes?(-[a-z]+)?|language-[a-z0-9+-]{1,20})\Z"
)
_BARE = re.compile(
    r"(?<![\w/.+@-])(?:https?://[^\s<>\"/?#][^\s<>\"]{0,2000}|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"
)
"""A web address or a mail address that stands in a text by itself, as code browsers link it (GFM, section 6.9)."""
_OURS = secrets.token_hex(8)
"""Stands in an id or address of our own until the HTML is clean, so that raw HTML cannot write one like it."""


@dataclass(frozen=True)
class Heading:
    """A heading of the narrative as it stands on the page: its level there, its anchor and its text."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True)
class Rendered:
    """A narrative as HTML that is safe to put into a page.

    `summary` is what stands below the heading `Summary`, up to the next heading of its level; `html` is all the rest.
    """

    summary: str
    html: str
    headings: tuple[Heading, ...]


@dataclass(frozen=True)
class Link:
    """Something in the narrative that leads elsewhere: its tag, its address as written, its line from 0."""

    tag: str
    address: str
    line: int


@dataclass(frozen=True)
class Removed:
    """A tag or attribute of the narrative that will not reach the page, and its line from 0."""

    text: str
    line: int


@dataclass(frozen=True)
class Section:
    """A part of a text: the title of its second-level heading, that heading's line from 0, and the text below it."""

    title: str
    line: int
    text: str


@dataclass(frozen=True)
class Inspection:
    """What a narrative holds before it is made safe: links, the anchors of headings, and what will be removed."""

    links: tuple[Link, ...]
    anchors: frozenset[str]
    removed: tuple[Removed, ...]


def render(text: str, resolve: Resolve, *, shift: int = 1, summary_apart: bool = True) -> Rendered:
    """Turn Markdown into safe HTML, its headings moved down by `shift` levels.

    With `summary_apart` the section `Summary` is taken out of it. `resolve(tag, address)` returns the address to put
    into the page for one that stands in the text, or None to leave it out.
    """

    def keep(tag: str, attribute: str, value: str) -> str | None:
        if attribute in ("href", "src"):
            return (
                value.replace(f"-{_OURS}-", "") if value.startswith("#fn") and _OURS in value else resolve(tag, value)
            )
        if attribute == "class":
            return " ".join(name for name in value.split() if _CLASSES.match(name)) or None
        if attribute == "id":
            return value.replace(f"-{_OURS}-", "") if _OURS in value else None
        return value

    def safe(part: Sequence[Token]) -> str:
        if not part:
            return ""
        cleaned: str = nh3.clean(
            converter.renderer.render(part, converter.options, {"docId": _OURS}),
            tags=set(_TAGS),
            attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
            attribute_filter=keep,
            url_schemes=set(LINK_SCHEMES | ID_SCHEMES),
            link_rel="noopener noreferrer",
        )
        return cleaned.strip()

    converter = _converter()
    tokens = converter.parse(text)
    headings = _headings(tokens, shift)
    start, end = _summary_section(tokens) if summary_apart else (len(tokens), len(tokens))
    return Rendered(safe(tokens[start + 3 : end]), safe(tokens[:start] + tokens[end:]), headings)


def plain(html: str) -> str:
    """Return safe HTML as one line of plain text, for descriptions, feeds and lists."""
    return " ".join(unescape(nh3.clean(html, tags=set())).split())


@dataclass(frozen=True)
class Part:
    """What stands under one heading, as plain text, a line for each block; the first part may have no heading."""

    heading: str
    anchor: str
    text: str


def parts(text: str) -> list[Part]:
    """Return a text as the plain words a reader sees, heading by heading."""
    tokens = _converter().parse(text)
    headings = iter(_headings(tokens, 0))
    found: list[tuple[str, str, list[str]]] = [("", "", [])]
    inside = False
    for token in tokens:
        if token.type == "heading_open":
            heading = next(headings)
            found.append((heading.text, heading.anchor, []))
            inside = True
        elif token.type == "heading_close":
            inside = False
        elif token.type == "inline" and not inside:
            said = "".join(_said(child) for child in token.children or ())
            found[-1][2].append(said)
        elif token.type in ("fence", "code_block"):
            found[-1][2].append(token.content.strip())
    return [Part(heading, anchor, "\n".join(lines)) for heading, anchor, lines in found if heading or lines]


def _said(token: Token) -> str:
    if token.type in ("text", "code_inline"):
        return token.content
    return " " if token.type in ("softbreak", "hardbreak", "html_inline", "image") else ""


def inspect(text: str) -> Inspection:
    """List what a narrative links to and which of its tags will not reach the page."""
    tokens = _converter().parse(text)
    inspector = _Inspector()
    for token in tokens:
        inspector.look_at(token, 0)
    anchors = frozenset(heading.anchor for heading in _headings(tokens, 0))
    return Inspection(tuple(dict.fromkeys(inspector.links)), anchors, tuple(dict.fromkeys(inspector.removed)))


def sections(text: str) -> list[Section]:
    """Return the parts of a text that its second-level headings make."""
    lines = text.split("\n")
    heads = [
        (token.map[0], token.map[1], inline.content.strip())
        for token, inline in pairwise(_converter().parse(text))
        if token.type == "heading_open" and token.tag == "h2" and token.map and not token.level
    ]
    ends = [start for start, _, _ in heads[1:]] + [len(lines)]
    return [
        Section(title, start, "\n".join(lines[below:end]))
        for (start, below, title), end in zip(heads, ends, strict=True)
    ]


def scheme(address: str) -> str:
    """Return an address's scheme in lower case, seen as a browser sees it (white space and controls ignored), or ''."""
    squeezed = re.sub(r"[\x00-\x20]+", "", address)
    found = re.match(r"([a-zA-Z][a-zA-Z0-9+.-]*):", squeezed)
    return found.group(1).lower() if found else ""


def is_external(address: str) -> bool:
    """Say whether an address leads to another site."""
    try:
        return scheme(address) in LINK_SCHEMES or bool(urlsplit(address).netloc)
    except ValueError:  # as in http://[
        return True


class _Inspector(HTMLParser):
    """Collects links and whatever is outside the allow-list, from Markdown's tokens and from raw HTML within them."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[Link] = []
        self.removed: list[Removed] = []
        self._line = 0

    def look_at(self, token: Token, line: int) -> None:
        """Look at one token and those inside it."""
        self._line = token.map[0] if token.map else line
        if token.type in ("html_block", "html_inline"):
            self.feed(token.content)
        elif token.type == "link_open":
            self.links.append(Link("a", str(token.attrGet("href") or ""), self._line))
        elif token.type == "image":
            self.links.append(Link("img", str(token.attrGet("src") or ""), self._line))
        for child in token.children or ():
            self.look_at(child, self._line)
            self._line += child.type in ("softbreak", "hardbreak")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a raw tag."""
        line = self._line
        if tag not in _TAGS:
            self.removed.append(Removed(f"<{tag}>", line))
        for name, value in attrs:
            if name in ("href", "src") and value is not None:
                self.links.append(Link(tag, value, line))
            elif name.startswith("on") or name == "style":
                self.removed.append(Removed(f"{name}=", line))


@cache
def _converter() -> MarkdownIt:
    converter = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    converter.use(footnote_plugin).use(deflist_plugin).use(admon_plugin)
    converter.core.ruler.push("boxes", _boxes)
    converter.core.ruler.push("bare_addresses", _bare_addresses)
    # Addresses are kept as they were written: what is refused is refused by name, with the line it stands on.
    converter.validateLink = _any_address  # type: ignore[method-assign]
    converter.normalizeLink = lambda url: url  # type: ignore[method-assign]
    return converter


def _boxes(state: StateCore) -> None:
    """Turn the `[ ]` and `[x]` of a checklist into boxes that print; nobody could tick them for anybody else."""
    for item, paragraph, inline in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if item.type == "list_item_open" and paragraph.type == "paragraph_open" and inline.children:
            first = inline.children[0]
            for mark, box in (("[ ] ", "☐ "), ("[x] ", "☑ "), ("[X] ", "☑ ")):
                if first.type == "text" and first.content.startswith(mark):
                    first.content = box + first.content[len(mark) :]


def _bare_addresses(state: StateCore) -> None:
    """Make links of addresses that stand in a text by themselves: none inside a link, and no bare name of a host."""
    for inline in state.tokens:
        if inline.type != "inline" or not any(sign in inline.content for sign in ("://", "@")):
            continue
        made: list[Token] = []
        inside = 0
        for token in inline.children or ():
            if token.type in ("link_open", "link_close"):
                inside += token.nesting
            elif token.type == "html_inline" and (found := re.match(r"<(/?)a[\s>]", token.content, re.IGNORECASE)):
                inside = max(0, inside + (-1 if found.group(1) else 1))
            made += [token] if inside or token.type != "text" else _with_links(token)
        inline.children = made


def _with_links(token: Token) -> list[Token]:
    """Return a text's token as links and what stands between them."""
    text, made, end = token.content, [], 0
    for found in _BARE.finditer(text):
        address = _without_punctuation(found.group())
        opening = Token("link_open", "a", 1, markup="linkify", level=token.level)
        opening.attrs = {"href": address if "://" in address else f"mailto:{address}"}
        closing = Token("link_close", "a", -1, markup="linkify", level=token.level)
        made += [_text(text[end : found.start()], token.level), opening]
        made += [_text(address, token.level + 1), closing]
        end = found.start() + len(address)
    return [*made, _text(text[end:], token.level)] if made else [token]


def _text(content: str, level: int) -> Token:
    return Token("text", "", 0, content=content, level=level)


def _without_punctuation(address: str) -> str:
    """Return an address without the sentence's signs at its end; a closing bracket belongs to it if it opened it."""
    unopened = address.count(")") - address.count("(")
    end = len(address)
    while address[end - 1] in "?!.,:;*_~'" or (address[end - 1] == ")" and unopened > 0):
        unopened -= address[end - 1] == ")"
        end -= 1
    return address[:end]


def _any_address(url: str) -> bool:
    return True


def _headings(tokens: Sequence[Token], shift: int) -> tuple[Heading, ...]:
    """Move the headings down, give each its anchor, and return them."""
    found: list[Heading] = []
    taken: set[str] = set()
    last: dict[str, int] = {}
    for opening, inline, closing in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if opening.type != "heading_open":
            continue
        level = min(6, int(opening.tag[1]) + shift)
        text = "".join(child.content for child in inline.children or () if child.type in ("text", "code_inline"))
        base = anchor = ANCHOR_PREFIX + _slug(text)
        number = last.get(base, 1)
        while anchor in taken:
            number += 1
            anchor = f"{base}-{number}"
        last[base] = number
        taken.add(anchor)
        opening.tag = closing.tag = f"h{level}"
        opening.attrSet("id", f"-{_OURS}-{anchor}")
        found.append(Heading(level, anchor, text.strip()))
    return tuple(found)


def _summary_section(tokens: Sequence[Token]) -> tuple[int, int]:
    """Return where the section `Summary` begins and ends among the tokens; where there is none, both are the end."""
    start = None
    for index, token in enumerate(tokens):
        if token.type != "heading_open" or token.level:
            if token.type == "footnote_block_open" and start is not None:
                return start, index
            continue
        if start is None and tokens[index + 1].content.strip().lower() == "summary":
            start = index
        elif start is not None and token.tag <= tokens[start].tag:
            return start, index
    return (len(tokens) if start is None else start), len(tokens)


def _slug(text: str) -> str:
    words = re.sub(r"[^\w\s-]", "", unicodedata.normalize("NFKC", text).lower())
    return re.sub(r"[\s-]+", "-", words).strip("-")[:100] or "section"
