"""Where our pages stand in the site: all of it, or one section of a site that somebody else's pages make.

Everything of ours has a name as if the site were ours (`incidents/<id>.md`); `Placement` says under which address of
MkDocs it goes, and back. A name that begins with `/` is a page outside, written by hand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.structure.files import File, Files


@dataclass(frozen=True)
class Placement:
    """The section of the site that is ours; empty where all of it is."""

    section: str = ""

    def uri(self, name: str) -> str:
        """Return the address MkDocs knows something of ours by."""
        if name.startswith("/"):
            return name[1:]
        return f"{self.section}/{name}" if self.section else name

    def within(self, url: str) -> str:
        """Return an address of a page of ours as it is seen from the first page of the section."""
        return url.removeprefix(f"{self.section}/") if self.section else url

    @property
    def title(self) -> str:
        """What the section is called where nobody says."""
        return self.section.rsplit("/", 1)[-1].replace("-", " ").capitalize()


def collisions(ours: Iterable[File], files: Files) -> list[str]:
    """Return in words which of our pages something else makes at the same address already."""
    taken = {file.dest_uri: file for file in files}
    found = []
    for file in ours:
        other = taken.get(file.dest_uri)
        if other is not None and other is not file:
            by = getattr(other, "generated_by", None)
            who = f"the plugin {by} makes it" if by else f"`{other.src_uri}` in the docs folder makes it"
            found.append(f"`{file.dest_uri}` ({who})")
    return found
