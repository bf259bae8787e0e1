"""HTML pages as Markdown: headings, paragraphs, lists, tables, links, code and emphasis; everything else as its text.

What is inside scripts, styles and forms is no text of a page. What is never closed does no
harm.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

import nh3

SILENT = frozenset({"script", "style", "template", "noscript", "title", "nav", "svg", "form", "iframe", "object"})
BLOCKS = frozenset(
    {"p", "div", "section", "article", "main", "header", "footer", "figure", "blockquote", "dl", "dt", "dd"}
)
HEADINGS = {f"h{level}": level for level in range(1, 7)}
HEAD = 100_000
"""A page's title stands in so many of its first signs."""
DEEP = 12


@dataclass(frozen=True)
class Page:
    """A page: its title, and its text as Markdown."""

    title: str
    text: str


_MARKS = {"strong": "**", "b": "**", "em": "*", "i": "*", "code": "`", "tt": "`"}
TAGS = frozenset(
    {*HEADINGS, *BLOCKS, *_MARKS, "ul", "ol", "li", "pre", "table", "tbody", "thead", "tr", "td", "th", "br", "a"}
)


def as_markdown(html: str) -> Page:
    """Return a page's title and text."""
    reader = _Reader(_title(html))
    reader.feed(
        nh3.clean(html, tags=set(TAGS), attributes={"a": {"href"}}, clean_content_tags=set(SILENT), link_rel=None)
    )
    reader.close()
    return reader.page()


def _title(html: str) -> str:
    """Return what stands in a page's title."""
    low = html[:HEAD].lower()
    begins = low.find("<title")
    ends = low.find("</title", begins)
    if begins < 0 or ends < 0:
        return ""
    return " ".join(unescape(html[begins:ends].partition(">")[2]).split())


class _Reader(HTMLParser):
    """Reads what nh3 has made well-formed: left to itself, Python's parser takes time by the square of what is not."""

    def __init__(self, title: str) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[str] = []
        self._line: list[str] = []
        self._lists: list[tuple[str, int]] = []
        self._prefix = ""
        self._title = title
        self._first = ""
        self._link = ""
        self._pre: list[str] | None = None
        self._row: list[str] | None = None
        self._rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin what a tag begins."""
        if tag in HEADINGS:
            self._end()
            self._prefix = f"{'#' * max(2, HEADINGS[tag])} "
        elif tag in ("ul", "ol"):
            self._end()
            self._lists.append((tag, 0))
        elif tag == "li":
            self._end()
            kind, number = self._lists[-1] if self._lists else ("ul", 0)
            if self._lists:
                self._lists[-1] = (kind, number + 1)
            depth = min(len(self._lists), DEEP)
            self._prefix = f"{'    ' * max(0, depth - 1)}{'- ' if kind == 'ul' else f'{number + 1}. '}"
        elif tag == "pre":
            self._end()
            self._pre = []
        elif tag == "tr":
            self._end()
            self._row = []
        elif tag in ("td", "th"):
            self._line = []
        elif tag == "table":
            self._end()
            self._rows = []
        elif tag == "br":
            self._line.append(" ")
        elif tag == "a":
            href = dict(attrs).get("href") or ""
            href = href.replace("(", "%28").replace(")", "%29")
            self._link = href if re.match(r"https?://[^\s<>]+\Z", href) else ""
            self._line.append("[" if self._link else "")
        elif tag in BLOCKS and self._row is None:
            self._end()
        elif mark := _MARKS.get(tag):
            self._line.append(mark)

    def handle_endtag(self, tag: str) -> None:
        """End what a tag ends."""
        if tag == "pre" and self._pre is not None:
            code = "".join(self._pre).strip("\n")
            fence = "`" * max(3, max((len(run) for run in re.findall("`+", code)), default=0) + 1)
            self._blocks.append(f"{fence}\n{code}\n{fence}")
            self._pre = None
        elif tag in ("td", "th") and self._row is not None:
            self._row.append(" ".join("".join(self._line).split()))
            self._line = []
        elif tag == "tr" and self._row is not None:
            if any(self._row):
                self._rows.append(self._row)
            self._row = None
        elif tag == "table":
            self._end()
            self._table()
        elif tag == "a" and self._link:
            self._line.append(f"]({self._link})")
            self._link = ""
        elif tag in ("ul", "ol"):
            self._end()
            if self._lists:
                self._lists.pop()
        elif (tag in BLOCKS and self._row is None) or tag in HEADINGS or tag == "li":
            self._end()
        elif mark := _MARKS.get(tag):
            self._line.append(mark)

    def handle_data(self, data: str) -> None:
        """Take text, escaped where Markdown would read it."""
        if self._pre is not None:
            self._pre.append(data)
        else:
            self._line.append(re.sub(r"([\\`*_\[\]<>#|~])", r"\\\1", data))

    def _end(self) -> None:
        """End a block of text, if there is one."""
        text = " ".join("".join(self._line).split())
        self._line = []
        if self._prefix.startswith("#") and text and not self._blocks and self._is_title(text):
            text = ""  # the page's title is the record's
        for mark in ("**", "`"):
            if len(re.findall(rf"(?<!\\){re.escape(mark)}", text)) % 2:
                text += mark  # what is never closed ends here
        if text:
            if self._prefix.startswith("#") and not self._first:
                self._first = text
            self._blocks.append(f"{self._prefix}{text}")
        self._prefix = ""

    def _is_title(self, text: str) -> bool:
        return re.sub(r"\\(.)", r"\1", text) == self._title

    def _table(self) -> None:
        width = max((len(row) for row in self._rows), default=0)
        if not width:
            return
        rows = [row + [""] * (width - len(row)) for row in self._rows]
        lines = [f"| {' | '.join(row)} |" for row in rows]
        self._blocks.append("\n".join([lines[0], f"|{'---|' * width}", *lines[1:]]))
        self._rows = []

    def page(self) -> Page:
        """Return what was read."""
        self._end()
        self._table()
        title = self._title or re.sub(r"\\(.)", r"\1", self._first)
        title = title.rpartition(" : ")[2] or title  # Confluence writes the space's name before it
        made: list[str] = []
        for block in self._blocks:
            is_item = re.match(r" *(?:-|\d+\.) ", block)
            made.append(
                block if is_item and made and re.match(r" *(?:-|\d+\.) ", made[-1].lstrip("\n")) else f"\n{block}"
            )
        return Page(title, "\n".join(made).strip("\n"))
