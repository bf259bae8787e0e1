"""What `mkdocs.yml` refers to by name: items of the library, slots of scripts, notification rules.

Whether a setting is well written is checked by its model; whether it means anything can be said only when everything
is read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from calmroom import library
from calmroom.records import settings
from calmroom.records.diagnostics import Diagnostic, nearest
from calmroom.records.reader import with_source
from calmroom.records.yaml_text import Document
from calmroom.records.yaml_text import Path as Place

if TYPE_CHECKING:
    from calmroom.knowledge import KnowledgeBase


def check(base: KnowledgeBase, root: Path) -> list[Diagnostic]:
    """Report every name in the settings that nothing has, with the nearest that something has."""
    chosen = base.settings
    if not (chosen.library.without or chosen.slots or chosen.obligations):
        return []
    text = _text(root)
    entry = settings.entry_of(text)
    return with_source([*_left_out(base, entry), *_slots(base, entry), *_obligations(base, entry)], text)


def _left_out(base: KnowledgeBase, entry: Document) -> Iterator[Diagnostic]:
    terms = [*(slug for slug, term in base.terms.items() if term.shipped), *base.left_out.get("term", ())]
    known = [*library.names(library.items()), *terms, *(f"term:{slug}" for slug in terms)]
    for index, name in enumerate(base.settings.library.without):
        yield from _unknown("CR701", name, known, "item of the library", entry, ("library", "without", index))


def _slots(base: KnowledgeBase, entry: Document) -> Iterator[Diagnostic]:
    known = {name for script in base.scripts.values() for name in script.slots}
    for name in base.settings.slots:
        yield from _unknown("CR702", name, known, "slot of any script", entry, ("slots", name))


def _obligations(base: KnowledgeBase, entry: Document) -> Iterator[Diagnostic]:
    for index, name in enumerate(base.settings.obligations or ()):
        yield from _unknown("CR703", name, base.obligations, "notification rule", entry, ("obligations", index))


def _unknown(
    code: str, name: str, known: Collection[str], what: str, entry: Document, at: Place
) -> Iterator[Diagnostic]:
    if name in known:
        return
    near = nearest(name, known)
    hint = f"Did you mean `{near}`?" if near else "`calmroom library list` names what there is."
    place = entry.position(at, key=at[0] == "slots")
    yield Diagnostic(code, settings.FILE, place, f"there is no {what} `{name}`", hint)


def _text(root: Path) -> str:
    try:
        return (root / settings.FILE).read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""  # the settings came from elsewhere; what is wrong is said without a place
