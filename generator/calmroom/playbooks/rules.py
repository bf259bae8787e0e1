"""Rules that span fields of scripts, terms and playbooks."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date

from calmroom.playbooks import absolutes
from calmroom.playbooks.model import (
    FACILITATOR,
    PARTS,
    SLOT,
    Playbook,
    PlaybookFields,
    ScriptFields,
    Term,
    slots_in,
)
from calmroom.records import narrative, slug
from calmroom.records.diagnostics import Diagnostic, Level, Position, nearest
from calmroom.records.yaml_text import Document, Path
from calmroom.search import words


@dataclass(frozen=True)
class Place:
    """Where findings about one file are: its path and the positions of its values."""

    document: Document
    path: str

    def finding(
        self, code: str, at: Path, message: str, hint: str, level: Level = Level.ERROR, *, key: bool = False
    ) -> Diagnostic:
        """Return a diagnostic at one place of the file."""
        return Diagnostic(code, self.path, self.document.position(at, key=key), message, hint, level)


@dataclass
class Claims:
    """Which file each way of putting something belongs to, so that none is claimed twice."""

    by_words: dict[str, str] = field(default_factory=dict)

    def check(self, asked: Sequence[str], place: Place, at: Path = ()) -> Iterator[Diagnostic]:
        """Report what another file, or another term of this one, has under `asked` already."""
        for number, phrase in enumerate(asked):
            said = " ".join(words.parts(phrase))
            name = f"`{at[0]}` in `{place.path}`" if at else f"`{place.path}`"
            other = self.by_words.setdefault(said, name)
            if other != name:
                message = f"`{phrase[:60]}` is asked for in {other} too"
                hint = "Keep it where it fits best: a question leads to one page first."
                yield place.finding("CR540", (*at, "asked", number), message, hint, Level.WARNING)


def check_script(script: ScriptFields, place: Place) -> Iterator[Diagnostic]:
    """Check one script: its shape, its branches, its speakers and its slots."""
    yield from _shape(script, place)
    yield from _branches(script, place)
    yield from _speakers(script, place)
    yield from _slots(script, place)
    yield from _slots_in_addresses(script, place)
    yield from _absolutes(script, place)


def _absolutes(script: ScriptFields, place: Place) -> Iterator[Diagnostic]:
    for at, phrase in absolutes.find(script):
        message = f"you say `{phrase}`: can whoever says this keep it?"
        hint = "Say what you know and what you will do; or list the words under `meant:` with the reason."
        yield place.finding("CR509", at, message, hint, Level.NOTE)
    for number in absolutes.unused(script):
        message = f"`{script.meant[number].words[:60]}` is not an absolute that you say"
        yield place.finding("CR513", ("meant", number), message, "Correct it or delete it.", Level.WARNING)


def _shape(script: ScriptFields, place: Place) -> Iterator[Diagnostic]:
    needed = {"dialogue": ("cast", "beats"), "message": ("channel", "body", "when")}[script.kind]
    for name in needed:
        if not getattr(script, name):
            yield place.finding(
                "CR507", ("kind",), f"a {script.kind} needs `{name}`", f"Write `{name}`, or change `kind`."
            )


def _branches(script: ScriptFields, place: Place) -> Iterator[Diagnostic]:
    ids = [beat.id for beat in script.beats]
    for index, beat in enumerate(script.beats):
        if beat.id in ids[:index]:
            yield place.finding(
                "CR501", ("beats", index, "id"), f"the beat `{beat.id}` is there twice", "Give each its own id."
            )
        for number, line in enumerate(beat.lines):
            goal = line.if_accepted.goes_to if line.if_accepted else None
            at: Path = ("beats", index, "lines", number, "if_accepted", "goes_to")
            if goal is None:
                continue
            if goal not in ids:
                near = nearest(goal, ids)
                hint = f"Did you mean `{near}`?" if near else "Write the id of a later beat."
                yield place.finding("CR501", at, f"the branch leads to `{goal}`, which is not a beat", hint)
            elif ids.index(goal) <= index:
                message = f"the branch leads back to `{goal}`: the dialogue would go round in a circle"
                yield place.finding("CR502", at, message, "A branch leads to a later beat.")


def _speakers(script: ScriptFields, place: Place) -> Iterator[Diagnostic]:
    for index, beat in enumerate(script.beats):
        for number, line in enumerate(beat.lines):
            at: Path = ("beats", index, "lines", number)
            if line.speaker not in script.cast:
                near = nearest(line.speaker, script.cast)
                hint = f"Did you mean `{near}`?" if near else "Put the speaker into `cast`."
                yield place.finding("CR506", (*at, "speaker"), f"`{line.speaker}` is not in the cast", hint)
            if line.speaker == FACILITATOR and not (line.moves and line.why):
                message = "a line of yours says neither its move nor why it works"
                yield place.finding("CR508", (*at, "says"), message, "Write `moves:` and `why:`.")


def _slots_in_addresses(script: ScriptFields, place: Place) -> Iterator[Diagnostic]:
    """A link is made before its slots are filled: one with a slot in its address would lead nowhere."""
    for link in narrative.inspect(script.body or "").links:
        if found := SLOT.search(link.address):
            message = f"the slot `{found.group()}` stands in the address of a link"
            yield place.finding("CR514", ("body",), message, "Write the slot as text, outside the address.")


def _slots(script: ScriptFields, place: Place) -> Iterator[Diagnostic]:
    used: set[str] = set()
    for at, name in slots_in(script):
        if name not in script.slots and name not in used:
            near = nearest(name, script.slots)
            hint = f"Did you mean `{{{near}}}`?" if near else "Define it under `slots:` with type, source and example."
            yield place.finding("CR503", at, f"the slot `{{{name}}}` is not defined", hint)
        used.add(name)
    for name in script.slots:
        if not slug.SLOT_NAME.match(name):
            yield place.finding(
                "CR503",
                ("slots", name),
                f"`{name}` is not a slot's name",
                "Write small letters, digits and _.",
                key=True,
            )
        elif name not in used:
            message = f"the slot `{name}` is defined and never used"
            yield place.finding("CR504", ("slots", name), message, "Use it or delete it.", Level.WARNING, key=True)


def check_terms(
    terms: Sequence[tuple[Term, Place]], below: Mapping[str, Term], left_out: Collection[str]
) -> Iterator[Diagnostic]:
    """Check all terms together: each defined once, each name claimed once, each reference leading somewhere.

    `below` are the library's terms; one whose slug is among `terms` gave way to it. `left_out` are slugs that a term
    may refer to although they are not there.
    """
    slugs = {*(term.slug for term, _ in terms), *below, *left_out}
    defined: dict[str, Term] = {}
    claimed: dict[str, Term] = {}
    own = {term.slug for term, _ in terms}
    shipped = {name.lower(): term for term in below.values() if term.slug not in own for _, name in _names(term)}
    for term, place in terms:
        if term.slug in defined:
            message = f"the term `{term.slug}` is defined in `{defined[term.slug].path}` too"
            yield place.finding("CR510", (term.slug,), message, "Keep one, with a definition for each trade.", key=True)
            continue
        defined[term.slug] = term
        for at, name in _names(term):
            other = claimed.get(name.lower())
            if other is not None and other is not term:
                message = f"`{name}` already means `{other.slug}`"
                yield place.finding(
                    "CR511", (term.slug, *at), message, "A name leads to one term; put it under one of them."
                )
            claimed.setdefault(name.lower(), term)
            if name.lower() in shipped:
                slug_below = shipped[name.lower()].slug
                message = f"`{name}` already means `{slug_below}` of the library"
                hint = f"Give your term the slug `{slug_below}` to take its place, or leave that one out."
                yield place.finding("CR511", (term.slug, *at), message, hint)
        for kind in ("opposite", "confused_with"):
            for index, target in enumerate(getattr(term, kind)):
                if target not in slugs:
                    near = nearest(target, slugs)
                    hint = f"Did you mean `{near}`?" if near else "Write the slug of a term."
                    yield place.finding("CR512", (term.slug, kind, index), f"there is no term `{target}`", hint)


def _names(term: Term) -> Iterator[tuple[Path, str]]:
    yield ("term",), term.term
    for kind in ("synonyms", "forms"):
        for index, name in enumerate(getattr(term, kind)):
            yield (kind, index), name


def check_playbook(
    playbook: Playbook, place: Place, known: Mapping[str, Set[str]], today: date | None
) -> Iterator[Diagnostic]:
    """Check one playbook: its five parts, what it refers to, and the day by which it is to be read again.

    `known` are the ids of scripts, terms and incidents; without `today` no day is judged.
    """
    fields: PlaybookFields = playbook.fields
    for kind in ("scripts", "terms", "incidents"):
        for index, target in enumerate(getattr(fields, kind)):
            if target not in known[kind]:
                near = nearest(target, known[kind])
                hint = f"Did you mean `{near}`?" if near else "Check the id."
                yield place.finding("CR522", (kind, index), f"there is no {kind[:-1]} `{target}`", hint)
    if today and fields.review_by < today:
        message = f"this playbook was to be read again by {fields.review_by}"
        hint = "Read it, correct it, and set a new `review_by`."
        yield place.finding("CR521", ("review_by",), message, hint, Level.WARNING)
    if fields.situation is not None:
        yield from _parts(playbook)


def _parts(playbook: Playbook) -> Iterator[Diagnostic]:
    sections = narrative.sections(playbook.prose.text)
    for part in PARTS:
        found = next((section for section in sections if section.title.lower() == part.lower()), None)
        path = playbook.prose.path
        if found is None:
            near = nearest(part, [section.title for section in sections])
            hint = f"Write `## {part}`" + (
                f" instead of `## {near}`." if near else "; every playbook has the five parts of the guide."
            )
            yield Diagnostic("CR520", path, Position(playbook.prose.first_line), f"the part `{part}` is missing", hint)
        elif not found.text.strip():
            place = Position(playbook.prose.first_line + found.line)
            yield Diagnostic(
                "CR520", path, place, f"the part `{part}` is empty", "Write it: every situation needs all five."
            )
