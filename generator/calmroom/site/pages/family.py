"""What a page is, and what a family of pages is: nothing is drawn until its turn comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from calmroom.insight.analysis import Analysis
from calmroom.records.model import Record
from calmroom.records.narrative import Heading
from calmroom.site.inputs import Inputs
from calmroom.site.views import Link

Values = Callable[[Link], Mapping[str, Any]]
Headings = Callable[[Mapping[str, Any]], list[Heading]]
MadeFrom = Callable[[Inputs], Sequence[str]]
Item = TypeVar("Item")


def no_headings(values: Mapping[str, Any]) -> list[Heading]:
    """Return what stands in the table of contents of a page that has none."""
    return []


@dataclass(frozen=True)
class SitePage:
    """One page: its address, its title, the template that draws it and the values it draws.

    A description among the values takes the place of `description`. `source` is the file a reader would edit,
    relative to the knowledge base; `values` is called with a function that turns an address into a link from this
    page. `in_nav` says whether the page belongs into the navigation, `toc` whether it has a table of contents,
    `gloss` whether the glossary's terms are explained on it. `headings` are those its table of contents lists,
    `record` is the one it is about. `inputs` names all it is made from beside what every page is (settings, taxonomies,
    templates, program) and, with `gloss`, the vocabulary; a page without it is drawn in every build.
    """

    uri: str
    title: str
    template: str
    values: Values
    description: str = ""
    source: str | None = None
    in_nav: bool = False
    toc: bool = False
    gloss: bool = False
    headings: Headings = no_headings
    record: Record | None = None
    inputs: MadeFrom | None = None

    def made_from(self, inputs: Inputs) -> Sequence[str] | None:
        """Return the names of all it is made from, or None where that is not known."""
        if self.inputs is None:
            return None
        shared = inputs.everything if inputs.with_templates else ""
        terms = inputs.terms if self.gloss else ""
        return (self.uri, self.title, self.description, self.source or "", shared, terms, *self.inputs(inputs))


@dataclass(frozen=True)
class Family:
    """Pages of one sort. `pages` makes them all; `fixed` are those that are there whatever the records are.

    These stand by their address, each with what it is called where two things would have one address.
    """

    name: str
    pages: Callable[[Analysis], Iterator[SitePage]]
    fixed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """One page of a list that is too long for one: its number from 1, how many there are, and what stands on it."""

    number: int
    count: int
    items: Sequence[Any]

    @property
    def first(self) -> bool:
        """Whether this is the page the list begins on."""
        return self.number == 1


def sheets(items: Sequence[Item], most: int) -> list[Sheet]:
    """Split a list into pages of at most `most`; an empty list has one page all the same."""
    starts = range(0, len(items), most) or range(1)
    return [Sheet(number, len(starts), items[start : start + most]) for number, start in enumerate(starts, 1)]


def sheet_uri(uri: str, number: int) -> str:
    """Return the address of a page of a list: of `tags/dns.md` the second is `tags/dns/2.md`."""
    return uri if number == 1 else f"{uri.removesuffix('/index.md').removesuffix('.md')}/{number}.md"


def constant(**values: Any) -> Values:
    """Return values that are the same wherever the page stands."""
    return lambda link: values


def sections(*every: tuple[str, str, object]) -> list[Heading]:
    """Return the headings of the sections that are there, from `(anchor, text, whether it is there)`."""
    return [Heading(2, anchor, text) for anchor, text, there in every if there]
