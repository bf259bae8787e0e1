"""Where things stand for those who come from outside: the address of a page or file of the site."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from urllib.parse import quote, urlsplit


@dataclass(frozen=True)
class Places:
    """A site: its name, its address (empty where nobody said), the section that is ours, how its pages are named.

    Without an address everything is told relative to the first page of the section.
    """

    name: str = "Post-mortems"
    url: str = ""
    section: str = ""
    directory_urls: bool = True

    def within(self, uri: str) -> str:
        """Return where a page (`incidents/<id>.md`) or a file of ours stands, from the first page of the section."""
        if not uri.endswith(".md"):
            return quote(uri)
        stem = uri.removesuffix(".md")
        if not self.directory_urls:
            return quote(f"{stem}.html")
        return quote(f"{stem.removesuffix('index').rstrip('/')}/").removeprefix("/")

    def full(self, uri: str) -> str:
        """Return the whole address of a page or file, or where it stands in the site."""
        return self.file(self.within(uri))

    def file(self, path: str) -> str:
        """Return the whole address of a file that is named as it stands, `incidents/<id>/index.md` for one."""
        if not self.url:
            return path
        section = f"{quote(self.section)}/" if self.section else ""
        return f"{self.url.rstrip('/')}/{section}{path}"

    def from_file(self, file: str, uri: str) -> str:
        """Return the way from a file of ours to a page or file."""
        if uri.startswith("/"):  # a page outside of our section, written by hand
            uri = posixpath.relpath(uri[1:], self.section) if self.section else uri[1:]
        target = self.within(uri)
        way = posixpath.relpath(target or ".", posixpath.dirname(file) or ".")
        return f"{way}/" if target.endswith("/") or not target else way

    @property
    def is_web(self) -> bool:
        """Whether the site's address is one of the web's."""
        return urlsplit(self.url).scheme in ("http", "https")
