"""How people put it, in many more ways than a page says itself: `words/asked.yaml`, and a knowledge base's own file.

Whoever is in a situation has no word for it and types what they see. A page's `asked` shows readers what it is for; the
many other ways to put the same thing stand apart from it, so that pages stay short, and are searched like its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Literal

import yaml
from pydantic import Field

from calmroom.records import yaml_text
from calmroom.records.diagnostics import WORDS, Diagnostic, Level, nearest
from calmroom.records.model import Fields, Slug, Title
from calmroom.records.validate import validate
from calmroom.search import words

NAME = "asked"
"""The name of a knowledge base's own file, without its ending."""
Group = Literal["pages", "terms"]
_Ways = Annotated[tuple[Title, ...], Field(min_length=1, max_length=200)]


class Asking(Fields):
    """Ways of putting it: for playbooks and scripts by id, for terms by slug."""

    pages: Annotated[Mapping[Slug, _Ways], Field(description="For playbooks and scripts, by id.")] = {}
    terms: Annotated[Mapping[Slug, _Ways], Field(description="For terms, by slug.")] = {}

    def of(self, group: Group, name: str) -> tuple[str, ...]:
        """Return the ways in which people put it who want one page or term."""
        ways: Mapping[str, tuple[str, ...]] = getattr(self, group)
        return ways.get(name, ())


@dataclass(frozen=True)
class Source:
    """A file of ways, where each of its values stands, and its text."""

    asking: Asking = field(default_factory=Asking)
    document: yaml_text.Document | None = None
    path: str = ""
    text: str = ""


def parse(text: str, path: str) -> tuple[Source, list[Diagnostic]]:
    """Read a file of ways; return it and what is wrong in it: also a way that stands in it twice."""
    document = yaml_text.read(text)
    found = [Diagnostic(f.code, path, f.position, f.message, f.hint) for f in document.faults]
    if document.value is None:
        return Source(), found
    if not isinstance(document.value, dict):
        hint = "Write `pages:` or `terms:`, below it the name of one, and below that a list of ways."
        return Source(), [*found, Diagnostic("CR104", path, document.position(()), "ways are mappings", hint)]
    asking, faults = validate(Asking, document, path)
    if asking is None:
        return Source(), [*found, *faults]
    return Source(asking, document, path, text), [*found, *faults, *_twice(asking, document, path)]


def _twice(asking: Asking, document: yaml_text.Document, path: str) -> Iterator[Diagnostic]:
    first: dict[str, str] = {}
    for group, by_name in (("pages", asking.pages), ("terms", asking.terms)):
        for name, ways in by_name.items():
            for number, way in enumerate(ways):
                other = first.setdefault(" ".join(words.parts(way)), name)
                if other != name:
                    place = document.position((group, name, number))
                    hint = "Keep it where it fits best: a question leads to one page first."
                    message = f"`{way[:60]}` is asked for in `{other}` too"
                    yield Diagnostic("CR540", path, place, message, hint, Level.WARNING)


def unknown(source: Source, pages: Collection[str], terms: Collection[str]) -> Iterator[Diagnostic]:
    """Report every name in a file of ways that no playbook, script or term has, with the nearest that one has."""
    if source.document is None:
        return
    groups: tuple[tuple[Group, str, Collection[str]], ...] = (
        ("pages", "playbook or script", pages),
        ("terms", "term", terms),
    )
    for group, what, known in groups:
        for name in getattr(source.asking, group):
            if name not in known:
                near = nearest(name, known)
                hint = f"Did you mean `{near}`?" if near else "Write the id of one that there is, or remove this."
                place = source.document.position((group, name), key=True)
                yield Diagnostic("CR541", source.path, place, f"there is no {what} `{name}`", hint)


@cache
def shipped() -> Asking:
    """Return the ways that come with Calmroom."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read = yaml.load((WORDS / f"{NAME}.yaml").read_text("utf-8"), Loader=loader)  # noqa: S506
    pages, terms = ({name: tuple(ways) for name, ways in read.get(group, {}).items()} for group in ("pages", "terms"))
    return Asking.model_construct(pages=pages, terms=terms)
