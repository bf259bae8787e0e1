"""What pages are made from, by name: a page whose inputs have the names they had need not be drawn again.

Each page says which of these it depends on (`SitePage.inputs`); what all of them depend on, settings, taxonomies,
templates, the program itself, is in the name of the build. So a name says too much rather than too little: a page may
be drawn that would come out the same, never the other way round.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from calmroom import naming
from calmroom.insight.analysis import Analysis
from calmroom.records.links import Broken, inner
from calmroom.records.model import Record
from calmroom.site import addresses, figures, views


class Inputs:
    """The names of everything of one knowledge base on one day that a page can depend on, each made once."""

    def __init__(self, analysis: Analysis, *, with_templates: bool = False) -> None:
        """Name nothing yet; `with_templates` says that a knowledge base draws pages by templates of its own."""
        self.with_templates = with_templates
        self._analysis = analysis
        self._base = analysis.base
        self._made: dict[str, tuple[str, str]] = {}

    @property
    def today(self) -> str:
        """The day of the build."""
        return self._analysis.today.isoformat()

    @cached_property
    def terms(self) -> str:
        """The vocabulary, which explains words on pages."""
        return naming.of(self._base.terms)

    @cached_property
    def handbook(self) -> str:
        """Everything of the handbook: playbooks, scripts, terms, duties, and pages written by hand."""
        base = self._base
        return naming.of(base.playbooks, base.scripts, base.terms, base.obligations, base.pages)

    @cached_property
    def occurrences(self) -> str:
        """Where each term occurs."""
        return naming.of(views.shown_occurrences(self._analysis))

    @cached_property
    def everything(self) -> str:
        """All there is on this day: a template of somebody's own may show any of it on any page."""
        records = "\n".join(map(self.whole, self._base.records))
        return naming.of(records, self.handbook, self.directory, self.today)

    @cached_property
    def whose(self) -> str:
        """Which records figures count, and whether there are our own beside others'."""
        counted = self._analysis.population
        return naming.of(counted.elsewhere, self._base.mixed)

    @cached_property
    def all_facts(self) -> str:
        """What figures and lists say of all records."""
        return self.facts(self._base.records)

    @cached_property
    def directory(self) -> str:
        """Everything a text can link to."""
        there = self._base.directory
        return naming.of(there.ids, there.aliases, there.attachments, there.left_out, list(self._base.pages))

    def facts(self, records: Iterable[Record]) -> str:
        """Return the name of what figures and lists say of some records, in their order, on any day."""
        return naming.of("\n".join(map(self._facts_of, records)))

    def whole(self, record: Record) -> str:
        """Return the name of all that one record says."""
        return self._names(record)[1]

    def _facts_of(self, record: Record) -> str:
        return self._names(record)[0]

    def _names(self, record: Record) -> tuple[str, str]:
        """Return the names of a record's facts and of all it says: one for both where its reading is not kept."""
        found = record.kept_names or self._made.get(record.id)
        if found is None:
            found = self._made[record.id] = (naming.of(record),) * 2
        return found

    def links(self, record: Record) -> str:
        """Return the name of where the links of a record's text lead."""
        found = record.kept_links
        written = inner(record.narrative) if found is None else found
        return naming.of([self._leads_to(tag, address, record.path) for tag, address in written]) if written else ""

    def _leads_to(self, tag: str, address: str, path: str) -> object:
        target = self._base.directory.resolve(address, tag, path)
        if isinstance(target, Broken) or target.kind in ("nowhere", "web", "here"):
            return target
        return target, addresses.of_target(target, self._base)

    def late(self, record: Record) -> str:
        """Return which of a record's open actions are overdue."""
        today = self._analysis.today
        return "".join("-" if day is None or day >= today else "!" for day in record.undone)

    def near(self, record: Record) -> str:
        """Return the name of what the panel of similar incidents says: which they are, why, and what held."""
        near = self._analysis.similarity.near(record, figures.NEIGHBOURS)
        return "\n".join(f"{self._facts_of(other)} {','.join(shared)} {self._later(other)}" for other, shared in near)

    def _later(self, record: Record) -> str:
        """Return the name of all incidents that may count as what came back after a record's actions were done."""
        groups = self._came
        return ",".join(
            groups.get((service, kind), "") for kind in record.followed_kinds for service in record.services
        )

    @cached_property
    def _came(self) -> dict[tuple[str, str], str]:
        groups: dict[tuple[str, str], list[str]] = {}
        for record in self._base.records:
            told = f"{record.id} {record.began_on} {record.title}"
            for service in record.services:
                for kind in record.factor_kinds:
                    groups.setdefault((service, kind), []).append(told)
        return {group: naming.of(told) for group, told in groups.items()}
