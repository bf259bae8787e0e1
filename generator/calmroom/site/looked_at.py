"""What a preview shows: pages drawn when somebody looks at them, and the search index when somebody searches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from calmroom.site.search_folder import CURRENT

if TYPE_CHECKING:
    from mkdocs.structure.files import File

Draw = Callable[["File"], str]
Index = Callable[[], object]


class LookedAt:
    """One build of a preview: its pages by where they stand, how one is drawn, and how the index is made."""

    def __init__(
        self,
        files: Iterable[File],
        draw: Draw,
        index_folder: str,
        index: Index,
        made: Callable[[], Mapping[str, Callable[[], str]]],
    ) -> None:
        self._files = {file.dest_uri: file for file in files}
        self._draw = draw
        self._index_folder = f"{index_folder}/"
        self._index: Index | None = index
        self._make = made
        self._known: dict[str, bytes] = {}

    @cached_property
    def _made(self) -> Mapping[str, Callable[[], str]]:
        """What makes each file that is no page, listed when the first is asked for."""
        return self._make()

    def page(self, path: str) -> bytes | None:
        """Return the page at a path below the site's first page, or None where it is none of ours."""
        name = path + "index.html" if not path or path.endswith("/") else path
        if name not in self._known:
            if name in self._files:
                text = self._draw(self._files[name])
            elif not name.endswith(".html") and name in self._made:
                text = self._made[name]()
            else:
                return None
            self._known[name] = text.encode("utf-8", errors="xmlcharrefreplace")
        return self._known[name]

    def prepare(self, path: str) -> None:
        """Make the index when the first of its files is asked for."""
        if self._index is not None and path.startswith(self._index_folder) and Path(path).name == CURRENT:
            self._index()
            self._index = None
