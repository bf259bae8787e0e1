"""Where each term of the vocabulary occurs: in which records, playbooks and scripts."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Mapping, Sequence

from calmroom import naming
from calmroom.knowledge import KnowledgeBase
from calmroom.playbooks.model import texts_of
from calmroom.playbooks.terms import Matcher
from calmroom.records.model import Record

KEPT = "occurrences"
WORTH_KEEPING = 200
Place = tuple[str, str, str]
"""Where a term occurs: the kind of thing, its id, its title."""


def in_record(matcher: Matcher, record: Record) -> tuple[str, ...]:
    """Return the slugs of the terms that occur in a record, each once."""
    parts = [record.title, record.impact.summary or "", record.detection.gap or "", record.narrative]
    parts += [event.what for event in record.timeline] + [factor.what for factor in record.factors]
    parts += [action.what for action in record.actions]
    parts += [*record.went_well, *record.got_lucky, *record.surprised_by, *record.open_questions]
    return _in_text(matcher, "\n\n".join(parts))


def _in_text(matcher: Matcher, text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match.slug for match in matcher.find(text)))


class Occurred:
    """Which terms occur in each record, as far as that was looked at before and is kept, by the name of the record."""

    def __init__(self, base: KnowledgeBase) -> None:
        self._base = base
        self._key = naming.of(base.terms).encode()
        self._known: dict[str, list[str]] = {}
        self._new: dict[str, Sequence[str]] = {}
        found = base.store.derived(KEPT) if base.store else None
        if found and found[0] == self._key:
            with contextlib.suppress(ValueError):
                self._known = json.loads(found[1])

    def __contains__(self, record: Record) -> bool:
        names = record.kept_names
        return record.id in self._new or bool(names and names[1] in self._known)

    def add(self, records: Iterable[Record], found: Iterable[Sequence[str]]) -> None:
        """Note the terms that occur in some records."""
        self._new |= {record.id: slugs for record, slugs in zip(records, found, strict=True)}

    def of(self, record: Record) -> Sequence[str]:
        """Return the terms that occur in a record; it is looked at where nobody did before."""
        names = record.kept_names
        if names and names[1] in self._known:
            return self._known[names[1]]
        if record.id not in self._new:
            self._new[record.id] = in_record(self._base.matcher, record)
        return self._new[record.id]

    def places(self) -> Mapping[str, list[Place]]:
        """Return where each term occurs, records first, each place once; what was looked at is kept."""
        found: dict[str, list[Place]] = {}
        for record in self._base.records:
            for slug in self.of(record):
                found.setdefault(slug, []).append(("incident", record.id, record.title))
        for kind, id_, title, text in self._handbook():
            for slug in _in_text(self._base.matcher, text):
                found.setdefault(slug, []).append((kind, id_, title))
        self._keep()
        return found

    def _handbook(self) -> Iterable[tuple[str, str, str, str]]:
        for playbook in self._base.playbooks.values():
            yield "playbook", playbook.id, playbook.title, playbook.prose.text
        for script in self._base.scripts.values():
            yield "script", script.id, script.title, "\n\n".join(text for _, text in texts_of(script))

    def _keep(self) -> None:
        named = {record.kept_names[1]: record for record in self._base.records if record.kept_names}
        is_new = named.keys() != self._known.keys()
        if self._base.store and is_new and len(named) >= WORTH_KEEPING:
            told = json.dumps({name: list(self.of(record)) for name, record in named.items()})
            self._base.store.keep_derived(KEPT, self._key, told.encode())
