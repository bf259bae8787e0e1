"""What a check looks at: one file of a knowledge base as values, as text, and as passages with their places."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from calmroom.checks.passages import Passage
from calmroom.checks.places import Scalars, fits
from calmroom.records.diagnostics import Diagnostic, Edit, Level, Position
from calmroom.records.model import Attachment, IncidentFields, Prose
from calmroom.records.settings import Settings
from calmroom.records.yaml_text import Document, Path

Inside = Callable[[str], bytes | None]


@dataclass(frozen=True)
class Context:
    """What is the same for all files of a run.

    `acronyms` are those the vocabulary explains; `forbidden` words that must not be here, from a list kept elsewhere;
    `read` gives the bytes of an attachment; `own_rules` are rules of language of the knowledge base itself.
    """

    settings: Settings = field(default_factory=Settings)
    today: date | None = None
    acronyms: frozenset[str] = frozenset()
    forbidden: tuple[str, ...] = ()
    read: Inside = lambda path: None
    own_rules: tuple[object, ...] = ()


@dataclass(frozen=True)
class Subject:
    """One file: its path, its whole text, what was read of it, and the passages a person wrote.

    `kind` is `record`, `playbook`, `script`, `terms` or `page`; `fields` are a record's. `id` is its id.
    """

    kind: str
    id: str
    path: str
    source: str
    passages: tuple[Passage, ...]
    document: Document = field(default_factory=Document, repr=False)
    fields: IncidentFields | None = None
    prose: Prose | None = None
    attachments: tuple[Attachment, ...] = ()
    context: Context = Context()

    @cached_property
    def _scalars(self) -> Scalars:
        if self.path.endswith(".md"):
            lines = self.source.split("\n")
            begin = self.document.first_line - 1
            end = (self.prose.first_line - 2) if self.prose else len(lines)
            return Scalars("\n".join(lines[begin:end]) + "\n", begin + 1)
        return Scalars(self.source, 1)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the file."""
        return self.source.split("\n")

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of all passages."""
        return frozenset().union(*(passage.words for passage in self.passages))

    def span(self, passage: Passage, start: int, end: int) -> tuple[Position, Position] | None:
        """Return the places of the signs from `start` up to `end` of a passage, or None where they are not sure."""
        if not passage.where and self.prose is not None:
            text = self.prose.text
            first = text.rfind("\n", 0, start) + 1
            last = text.rfind("\n", 0, end) + 1
            line = self.prose.first_line
            return (
                Position(line + text.count("\n", 0, start), start - first + 1),
                Position(line + text.count("\n", 0, end), end - last + 1),
            )
        found = self._scalars.span(passage.where, start, end, passage.text)
        if found is None:
            return None
        return self._scalars.place(found[0]), self._scalars.place(found[1])

    def at(
        self,
        passage: Passage,
        start: int,
        end: int,
        code: str,
        message: str,
        hint: str = "",
        level: Level = Level.NOTE,
        rewrite: str | None = None,
    ) -> Diagnostic:
        """Return a finding about some signs of a passage; `rewrite` is what to write in their place."""
        places = self.span(passage, start, end)
        if places is None:
            return Diagnostic(code, self.path, self.document.position(passage.where), message, hint, level)
        begin, stop = places
        edit = None
        if rewrite is not None:
            written = self._written(passage, rewrite)
            edit = Edit(begin, stop, written) if written is not None else None
        return Diagnostic(code, self.path, begin, message, hint, level, "", stop, edit)

    def _written(self, passage: Passage, words: str) -> str | None:
        if not passage.where:
            return words
        scalar = self._scalars.at(passage.where)
        return fits(scalar, words) if scalar is not None else None

    def finding(
        self, code: str, where: Path, message: str, hint: str, level: Level = Level.WARNING, *, key: bool = False
    ) -> Diagnostic:
        """Return a finding about one field."""
        return Diagnostic(code, self.path, self.document.position(where, key=key), message, hint, level)


TEXTS = ("went_well", "got_lucky", "surprised_by", "open_questions")


def record_passages(fields: IncidentFields, prose: Prose | None, in_file: bool) -> tuple[Passage, ...]:
    """Return every passage of a record that people read; `in_file` says that the narrative follows front matter."""
    found = [Passage(("title",), fields.title)]
    if fields.impact.summary:
        found.append(Passage(("impact", "summary"), fields.impact.summary))
    if fields.detection.gap:
        found.append(Passage(("detection", "gap"), fields.detection.gap))
    for name in ("timeline", "factors", "actions"):
        for index, item in enumerate(getattr(fields, name)):
            found.append(Passage((name, index, "what"), item.what))
            if getattr(item, "reason", None):
                found.append(Passage((name, index, "reason"), item.reason))
    for name in TEXTS:
        found += _items(getattr(fields, name), name)
    for index, amendment in enumerate(fields.amendments):
        found.append(Passage(("amendments", index, "what"), amendment.what))
    if prose is not None and prose.text.strip():
        found.append(Passage(() if in_file else ("narrative",), prose.text, markdown=True))
    return tuple(found)


def _items(items: Collection[str], name: str) -> Iterator[Passage]:
    for index, item in enumerate(items):
        yield Passage((name, index), str(item))


def people_fields(fields: IncidentFields) -> Mapping[Path, str]:
    """Return the fields that name who: owners of actions, roles, attendees, who amended."""
    found: dict[Path, str] = {}
    for index, action in enumerate(fields.actions):
        if action.owner:
            found["actions", index, "owner"] = action.owner
    for name, role in fields.roles.items():
        found["roles", name] = role
    for index, amendment in enumerate(fields.amendments):
        if amendment.by:
            found["amendments", index, "by"] = amendment.by
    for index, attendee in enumerate(fields.meeting.attendees if fields.meeting else ()):
        found["meeting", "attendees", index] = attendee
    return found
