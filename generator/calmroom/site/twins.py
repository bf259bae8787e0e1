"""Two things at one address: one of them would be published in the place of the other, without a word.

Every address of the site is listed here with what stands at it, as a browser and a careless file system see it:
`search.md`, `search/index.md` and `Search/README.md` are one. A hand-written file takes the place of a page of ours
only under the very name that page has.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from calmroom.knowledge import KnowledgeBase
from calmroom.layers import DOCS
from calmroom.records import door
from calmroom.records.diagnostics import Diagnostic, Position, sort
from calmroom.records.settings import FILE
from calmroom.site import addresses, machine_forms, pages, short

FILES = {
    "the page of problems": addresses.PROBLEMS,
    "the schema of a record": addresses.SCHEMA,
    "the file of actions": addresses.ACTIONS_CSV,
    "the list of incidents for programs": machine_forms.INDEX,
    "the actions for programs": machine_forms.ACTIONS,
    "the factors for programs": machine_forms.FACTORS,
    "the terms for programs": machine_forms.TERMS,
    "the table of incidents": machine_forms.INCIDENTS_CSV,
    "the calendar of actions": machine_forms.ACTIONS_ICS,
    "the page for assistants": machine_forms.LLMS,
}
"""What stands at an address of ours beside the pages that are always there (see `pages.Family.fixed`)."""


def told(base: KnowledgeBase) -> KnowledgeBase:
    """Return the knowledge base with a diagnostic for each thing at an address that something else has."""
    twins = list(_twins(base))
    return replace(base, diagnostics=tuple(sort([*base.diagnostics, *twins]))) if twins else base


def place(uri: str) -> str:
    """Return what an address is to a browser and to a file system that knows no capitals."""
    folded = uri.casefold()
    if not folded.endswith(".md"):
        return folded
    folder, slash, stem = folded[:-3].rpartition("/")
    return f"{folder}{slash}index.html" if stem in ("index", "readme") else f"{folder}{slash}{stem}/index.html"


def _twins(base: KnowledgeBase) -> Iterator[Diagnostic]:
    taken: dict[str, tuple[str, str]] = {}
    section = f"{base.settings.section}/" if base.settings.section else ""
    for inside, what, path in _made(base):
        uri = section + inside
        first = taken.setdefault(place(uri), (uri, what))
        if first != (uri, what):
            yield _twin(path, what, first[1])
    for _, path in door.below(base.root / DOCS, DOCS, base.root, lambda found: None):
        uri = path.removeprefix(f"{DOCS}/")
        first = taken.setdefault(place(uri), (uri, f"`{path}`"))
        if first[0] != uri and not (uri.casefold() == "readme.md" and (base.root / DOCS / "index.md").is_file()):
            yield _twin(path, f"`{path}`", first[1])


def _twin(path: str, what: str, first: str) -> Diagnostic:
    return Diagnostic("CR118", path, Position(), f"{what} would stand where {first} stands", "Give it another name.")


def _made(base: KnowledgeBase) -> Iterator[tuple[str, str, str]]:
    """Yield every address of ours, what stands there, and the file that is at fault where something does already."""
    for family in pages.FAMILIES:
        for uri, what in family.fixed.items():
            yield uri, what, FILE
    for what, uri in FILES.items():
        yield uri, what, FILE
    for record in base.records:
        yield addresses.incident(record.id), f"the incident `{record.id}`", record.path
        if record.status != "reviewed":
            yield addresses.meeting(record.id), f"the meeting kit of `{record.id}`", record.path
            yield addresses.calendar(record.id), f"the calendar of `{record.id}`", record.path
        for file in record.files:
            yield addresses.attachment(base, file.path), f"the attachment `{file.name}`", file.path
    for year, records in base.years.items():
        yield addresses.year(year), f"the incidents of {year}", records[0].path
    for alias, id_ in base.aliases.items():
        yield addresses.incident(alias), f"the earlier id `{alias}`", base.by_id[id_].path
    for ref, id_ in short.references(base.records).items():
        yield addresses.short(ref), f"the short address of `{id_}`", base.by_id[id_].path
    for playbook in base.playbooks.values():
        yield addresses.playbook(playbook.id), f"the playbook `{playbook.id}`", playbook.prose.path
    for script in base.scripts.values():
        yield addresses.script(script.id), f"the script `{script.id}`", script.path
    for name in ("services", "factors", "tags"):
        for slug, found in getattr(base, name).items():
            yield addresses.group(name, slug), f"`{slug}` of the {name}", found[0].path if found else FILE
