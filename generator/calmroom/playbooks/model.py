"""Scripts, terms and playbooks: the contract of each, field by field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from calmroom.records.model import (
    MANY,
    Asked,
    Day,
    Fields,
    Prose,
    SharingLevel,
    Slug,
    Slugs,
    Text,
    Texts,
    Title,
    WebAddress,
    from_taxonomy,
)
from calmroom.records.model import Source as Source
from calmroom.records.settings import Organisation

SLOT = re.compile(r"\{([a-z][a-z0-9_]*)\}")
FACILITATOR = "you"
PARTS = ("Preparation", "Script", "Vocabulary", "Cultural and executive nuance", "Follow-up")
"""The five parts of the guide, which every playbook for a situation has."""

RECORD_FIELDS = frozenset(
    {
        "title", "ref", "severity", "services", "tags", "impact.summary", "impact.customers", "impact.requests_failed",
        "impact.data_records", "times.began", "times.detected", "times.declared", "times.mitigated", "times.resolved",
        "detection.by", "detection.gap", "meeting.at", "meeting.minutes", "meeting.attendees", "roles.facilitator",
        "roles.scribe", "roles.incident-commander", "actions", "factors", "timeline", "went_well", "got_lucky",
        "open_questions", "surprised_by", "sources",
    }
)  # fmt: skip
ORGANISATION_FIELDS = frozenset(f"organisation.{name}" for name in Organisation.model_fields)
_SOURCE = re.compile(r"(?P<field>[a-z_.-]+)(?: (?P<sign>[+-]) (?P<number>\d{1,4})(?P<unit>min|h|d))?\Z")


def _slot_source(text: str) -> str:
    found = _SOURCE.match(text)
    if text not in ("ask", *ORGANISATION_FIELDS) and (found is None or found["field"] not in RECORD_FIELDS):
        raise PydanticCustomError(
            "CR505",
            "`{written}` is not a field a slot can be filled from",
            {
                "written": text[:80],
                "hint": "Write a record's field, as meeting.at + 24h, what the organisation says once, as "
                "organisation.status_page, or `ask` when only a person knows.",
            },
        )
    return text


Level = Annotated[SharingLevel | None, Field(description="FIRST TLP 2.0 sharing level; without one it is green.")]
Move = Annotated[str, AfterValidator(from_taxonomy("moves"))]
Moves = Annotated[tuple[Move, ...], Field(max_length=MANY)]


class Slot(Fields):
    """A gap in a script's words: what fits into it, which field of a record fills it, and an example."""

    type: Annotated[
        Literal["text", "name", "number", "time", "day", "duration", "list"], Field(description="What fits.")
    ]
    source: Annotated[
        Text, AfterValidator(_slot_source), Field(description="A field of the record, one of the organisation, or ask.")
    ]
    example: Annotated[Text, Field(description="What it looks like when it is filled.")]


class Accepted(Fields):
    """What to say when they accept, and which beat comes then."""

    says: Text
    goes_to: Annotated[Slug | None, Field(description="The id of a later beat.")] = None


class Pushed(Fields):
    """What to say when they push on."""

    they: Annotated[Text, Field(description="How they push on.")]
    says: Text
    moves: Moves = ()
    why: Text | None = None


class Never(Fields):
    """What never to say here, and why not."""

    says: Text
    because: Text


class Meant(Fields):
    """Words of yours that hold an absolute, such as nobody or never, and why it is meant."""

    words: Annotated[Text, Field(description="The words, as they are said.")]
    why: Annotated[Text, Field(description="Why the speaker can keep it.")]


class Line(Fields):
    """One line: who speaks, how, what; and for your own lines the move, why it works, and where it can go."""

    speaker: Annotated[Slug, Field(description="One of the cast.")]
    direction: Annotated[Text | None, Field(description="A stage direction.")] = None
    says: Text
    moves: Annotated[Moves, Field(description="The moves this line makes.")] = ()
    why: Annotated[Text | None, Field(description="Why it works.")] = None
    if_accepted: Accepted | None = None
    if_pushed: Pushed | None = None
    never: Never | None = None


class Beat(Fields):
    """A stretch of the dialogue with one purpose."""

    id: Slug
    title: Title
    lines: Annotated[tuple[Line, ...], Field(min_length=1, max_length=MANY)]


class Part(Fields):
    """One of the cast."""

    name: Text
    role: Text | None = None


class ScriptFields(Fields):
    """A script as a person writes it: a dialogue in beats, or a written message."""

    title: Title
    situation: Annotated[Text, Field(description="When you need this.")]
    asked: Annotated[
        Asked, Field(description="How somebody in this situation would put it, in their own words: five to ten ways.")
    ] = ()
    kind: Literal["dialogue", "message"]
    cast: Annotated[
        Mapping[Slug, Part], Field(max_length=MANY, description="Who speaks; `you` is the facilitator.")
    ] = {}
    slots: Annotated[Mapping[str, Slot], Field(max_length=MANY, description="Every {slot} that the words use.")] = {}
    beats: Annotated[tuple[Beat, ...], Field(max_length=MANY)] = ()
    channel: Literal["email", "chat", "document", "status-page", "spoken"] | None = None
    subject: Text | None = None
    body: Text | None = None
    when: Annotated[Text | None, Field(description="When it goes out.")] = None
    moves: Moves = ()
    why: Text | None = None
    meant: Annotated[
        tuple[Meant, ...], Field(max_length=MANY, description="Absolutes in your own words that are meant.")
    ] = ()
    sources: Annotated[tuple[Source, ...], Field(max_length=MANY)] = ()
    tlp: Level = None


class Script(ScriptFields):
    """A script that was read; `shipped` where it came with Calmroom."""

    id: str
    path: str
    shipped: bool = False

    @property
    def lines(self) -> list[Line]:
        """Every line of a dialogue, in order."""
        return [line for beat in self.beats for line in beat.lines]

    @property
    def minutes(self) -> int:
        """About how long it takes to say aloud, at 130 words a minute, a slow speaking rate for a tense room."""
        words = sum(len(line.says.split()) for line in self.lines) + len((self.body or "").split())
        return max(1, round(words / 130))


class Definition(Fields):
    """A precise meaning of a term, in the trade that uses it so, with its source."""

    field: Slug
    text: Text
    source: Text
    url: WebAddress | None = None


class TermFields(Fields):
    """A term as a person writes it."""

    term: Title
    plain: Annotated[Text, Field(description="Its plain meaning, in one sentence.")]
    asked: Annotated[
        Asked, Field(description="How somebody who lacks the word would put it: two or three ways, not its own words.")
    ] = ()
    precise: Annotated[
        tuple[Definition, ...],
        Field(min_length=1, max_length=MANY, description="Precise meanings; several where trades differ."),
    ]
    misused: Annotated[Text, Field(description="How it is misused in such meetings.")]
    executive: Annotated[Text, Field(description="What to say to an executive.")]
    synonyms: Annotated[Texts, Field(description="Other names and spellings.")] = ()
    forms: Annotated[Texts, Field(description="Irregular inflections; a regular plural is found without.")] = ()
    opposite: Slugs = ()
    confused_with: Slugs = ()
    tlp: Level = None


class Term(TermFields):
    """A term that was read: its slug, the field of the file it stands in, and that file."""

    slug: str
    group: str
    path: str
    shipped: bool = False


class PlaybookFields(Fields):
    """The front matter of a playbook. One without a situation is a general page that others link to."""

    situation: Text | None = None
    signs: Annotated[Texts, Field(description="How you know that you are in it.")] = ()
    asked: Annotated[
        Asked, Field(description="How somebody in this situation would put it, in their own words: five to ten ways.")
    ] = ()
    roles: Annotated[Mapping[str, Text], Field(max_length=MANY)] = {}
    tlp: Level = None
    owner: Annotated[Text, Field(description="The role that keeps it true.")]
    review_by: Annotated[Day, Field(description="The day by which somebody reads it again.")]
    scripts: Slugs = ()
    terms: Slugs = ()
    incidents: Annotated[
        tuple[str, ...], Field(max_length=MANY, description="Ids of records worth reading with it.")
    ] = ()


@dataclass(frozen=True)
class Playbook:
    """A playbook that was read: its id, title, front matter and text; `shipped` where it came with Calmroom."""

    id: str
    title: str
    fields: PlaybookFields
    prose: Prose
    shipped: bool = False


def slots_in(script: ScriptFields) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield every slot that a script's words use, with the place of the words."""
    for path, text in texts_of(script):
        for found in SLOT.finditer(text):
            yield path, found.group(1)


def split_at_slots(text: str) -> Iterator[tuple[str, str]]:
    """Yield the pieces of a text in turn: `(words, "")`, or `("", name)` where a slot stands."""
    for number, part in enumerate(SLOT.split(text)):
        if number % 2:
            yield "", part
        elif part:
            yield part, ""


def texts_of(script: ScriptFields) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield every text of a script that is said or written, with its place."""
    for name in ("subject", "body"):
        if text := getattr(script, name):
            yield (name,), text
    for b, beat in enumerate(script.beats):
        for number, line in enumerate(beat.lines):
            at = ("beats", b, "lines", number)
            yield (*at, "says"), line.says
            if line.direction:
                yield (*at, "direction"), line.direction
            if line.if_accepted:
                yield (*at, "if_accepted", "says"), line.if_accepted.says
            if line.if_pushed:
                yield (*at, "if_pushed", "they"), line.if_pushed.they
                yield (*at, "if_pushed", "says"), line.if_pushed.says


def spoken_by_you(script: ScriptFields) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Yield every text that you say or write, with its place; what others say and what never to say is not in it."""
    for path, text in texts_of(script):
        if path[0] in ("subject", "body"):
            yield path, text
        elif path[-1] == "says":
            b, number = path[1], path[3]
            if script.beats[int(b)].lines[int(number)].speaker == FACILITATOR:
                yield path, text
