"""The incident record: the contract that importers, checks, pages and the JSON Schema all speak.

`IncidentFields` is what a person writes, field by field as the format's documentation lists them; `Record` is that
together with where it was read. Everything is immutable. Values are strict: a number is a number and text is text, so
a wrong one is reported instead of converted. Rules that span fields are in `rules`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from calmroom.records import signs, slug
from calmroom.records.moment import Moment, Precision, parse_day
from calmroom.records.taxonomy import Taxonomies, shipped

DAY = Precision.DAY
TITLE_LENGTH = 160
TEXT_LENGTH = 4_000
NARRATIVE_LENGTH = 200_000
ID_LENGTH = 150
ID_PATTERN = r"^\d{4}-\d{2}-\d{2}-[a-z0-9]+(-[a-z0-9]+)*$"
WEB_LENGTH = 2_000
WEB_PATTERN = r"^https?://[^\s/?#]\S*$"
"""One way to fit only: two parts that may hold the same signs would be tried in as many ways as there are signs."""
MANY = 200
"""At most so many slugs or short texts in one list: a page, or a line of one, comes of each."""
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:(?=\S)")

CLOSED = ("done", "declined")
"""Statuses of actions that nobody has to do any more."""

Severity = Literal["sev1", "sev2", "sev3", "sev4"]
Status = Literal["draft", "in-review", "reviewed"]
SharingLevel = Literal["clear", "green", "amber", "amber+strict", "red"]
IncidentKind = Literal["availability", "security", "data-loss", "data-exposure", "performance", "safety"]
Detector = Literal["monitoring", "staff", "customer", "partner", "adversary"]
EventKind = Literal["change", "signal", "decision", "action", "communication", "note"]
ActionStatus = Literal["proposed", "accepted", "in-progress", "done", "declined"]


def _sound(text: str) -> str:
    if bad := signs.first(text):
        raise PydanticCustomError(
            "CR112",
            "the control character {sign} stands in this text",
            {"sign": signs.named(bad), "hint": "Delete the escape that stands for it."},
        )
    return text


def _one_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise PydanticCustomError(
            "CR112", "a line ends, or a tab stands, in the middle of it", {"hint": "Write it on one line."}
        )
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError(
            "CR211", "the text is empty", {"hint": "Write it, or delete the field: what is not known is left out."}
        )
    return text.strip()


def _web_address(text: str) -> str:
    if not re.fullmatch(WEB_PATTERN, text):
        raise PydanticCustomError(
            "CR213",
            "`{written}` is not a web address",
            {"written": text[:80], "hint": "Write it whole, as https://example.com/page."},
        )
    return text


def _reference(text: str) -> str:
    """A web address, or a ticket's number or name: anything with a scheme must be a web address."""
    if _SCHEME.match(text) and not re.fullmatch(WEB_PATTERN, text):
        raise PydanticCustomError(
            "CR213",
            "`{written}` is neither a web address nor a ticket",
            {"written": text[:80], "hint": "Write https://…, or the ticket's number, as CHG-20931."},
        )
    return text


def _slug(text: str) -> str:
    if not slug.is_slug(text):
        better = slug.better(text)
        raise PydanticCustomError(
            "CR209",
            "`{written}` is not a slug (at most 80 lower-case letters, digits and single hyphens)",
            {
                "written": text[:80],
                "hint": f"Write `{better}`." if better else "Write words joined by hyphens, as customer-portal.",
            },
        )
    return text


def check_id(text: str) -> str:
    """Return a record's id as it is; raise `PydanticCustomError` when it is none."""
    if not re.fullmatch(ID_PATTERN, text) or len(text) > ID_LENGTH:
        raise PydanticCustomError(
            "CR116",
            "`{written}` is not a record's id",
            {"written": text[:80], "hint": "An id is a day and a slug, as 2026-03-02-edge-firewall-rule."},
        )
    parse_day(text[:10])
    return text


def _each_once(items: tuple[Any, ...]) -> tuple[Any, ...]:
    seen: set[Any] = set()
    for item in items:
        if item in seen:
            raise PydanticCustomError(
                "CR214", "`{written}` is listed twice", {"written": str(item), "hint": "Delete one of the two."}
            )
        seen.add(item)
    return items


def from_taxonomy(name: str) -> Callable[[str, ValidationInfo], str]:
    """Return a validator that lets only the words of one taxonomy pass."""

    def check(written: str, info: ValidationInfo) -> str:
        taxonomies: Taxonomies = (info.context or {}).get("taxonomies") or shipped()
        if written not in taxonomies[name]:
            raise PydanticCustomError(
                "CR204", "`{written}` is not one of the values", {"written": written, "values": list(taxonomies[name])}
            )
        return written

    return check


Strict = StringConstraints(strict=True)
Text = Annotated[
    str, StringConstraints(strict=True, max_length=TEXT_LENGTH), AfterValidator(_sound), AfterValidator(_not_blank)
]
Title = Annotated[
    str,
    StringConstraints(strict=True, max_length=TITLE_LENGTH),
    AfterValidator(_sound),
    AfterValidator(_not_blank),
    AfterValidator(_one_line),
]
Slug = Annotated[
    str,
    Strict,
    AfterValidator(_slug),
    WithJsonSchema(
        {"type": "string", "pattern": slug.PATTERN, "maxLength": slug.LENGTH, "not": {"enum": list(slug.RESERVED)}}
    ),
]
RecordId = Annotated[
    str,
    Strict,
    AfterValidator(check_id),
    WithJsonSchema({"type": "string", "pattern": ID_PATTERN, "maxLength": ID_LENGTH}),
]
WebAddress = Annotated[
    str,
    StringConstraints(strict=True, max_length=WEB_LENGTH),
    AfterValidator(_web_address),
    WithJsonSchema({"type": "string", "pattern": WEB_PATTERN, "maxLength": WEB_LENGTH}),
]
Reference = Annotated[Text, AfterValidator(_reference)]
Day = Annotated[
    date,
    BeforeValidator(parse_day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": r"^\d{4}-\d{2}-\d{2}$"}),
]
Count = Annotated[int, Field(strict=True, ge=0)]
Amount = Annotated[float, Field(strict=True, ge=0, allow_inf_nan=False)]
Flag = Annotated[bool, Field(strict=True)]
FactorKind = Annotated[str, Strict, AfterValidator(from_taxonomy("factor-kinds"))]
ActionStrength = Annotated[str, Strict, AfterValidator(from_taxonomy("action-strengths"))]
Slugs = Annotated[tuple[Slug, ...], Field(max_length=MANY), AfterValidator(_each_once)]
Texts = Annotated[tuple[Text, ...], Field(max_length=MANY)]
Asked = Annotated[tuple[Title, ...], Field(max_length=20), AfterValidator(_each_once)]
"""How people put it who look for a thing: short questions and half sentences, each on one line."""
Name = Annotated[str, StringConstraints(strict=True, max_length=255), AfterValidator(_sound), AfterValidator(_one_line)]


class Fields(BaseModel):
    """What all parts of a record share: immutable, and a field nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", regex_engine="python-re")


Stricter = Annotated[SharingLevel | None, Field(description="A stricter sharing level than the record's.")]


class Note(str):
    """An item of a list of short texts: its text, and the sharing level it has for itself, if any."""

    tlp: SharingLevel | None

    def __new__(cls, text: str, tlp: SharingLevel | None = None) -> Note:
        """Return the text with its level."""
        note = super().__new__(cls, text)
        note.tlp = tlp
        return note


class NoteFields(Fields):
    """A short text with a sharing level of its own."""

    text: Annotated[Text, Field(description="The text.")]
    tlp: Stricter = None


def _branch(written: object) -> str:
    return "fields" if isinstance(written, dict | NoteFields) else "text"


def _note(read: object) -> Note:
    return Note(read.text, read.tlp) if isinstance(read, NoteFields) else Note(str(read))


if TYPE_CHECKING:
    WrittenNote = Note
else:
    WrittenNote = Annotated[
        Annotated[Text, Tag("text")] | Annotated[NoteFields, Tag("fields")],
        Discriminator(_branch),
        AfterValidator(_note),
    ]
Notes = Annotated[tuple[WrittenNote, ...], Field(max_length=MANY)]


MOMENTS = ("began", "detected", "declared", "mitigated", "resolved")


class Times(Fields):
    """The five moments of an incident; any may be missing. Durations are computed from them, never written."""

    began: Annotated[Moment | None, Field(description="When users or systems were first affected.")] = None
    detected: Annotated[Moment | None, Field(description="When somebody first knew.")] = None
    declared: Annotated[Moment | None, Field(description="When it was called an incident.")] = None
    mitigated: Annotated[Moment | None, Field(description="When the harm stopped, though not yet the cause.")] = None
    resolved: Annotated[Moment | None, Field(description="When everything was as it should be.")] = None

    def known(self) -> list[tuple[str, Moment]]:
        """Return the moments that are known, in the order of the format, each with its name."""
        return [(name, at) for name in MOMENTS if (at := getattr(self, name)) is not None]


class Impact(Fields):
    """What the incident did to people and to numbers; an unknown number is absent, never zero."""

    summary: Annotated[Text | None, Field(description="What users experienced, in a sentence.")] = None
    customers: Annotated[Count | None, Field(description="Customers affected.")] = None
    requests_failed: Annotated[Count | None, Field(description="Requests that failed.")] = None
    cost: Annotated[Amount | None, Field(description="Cost, in the knowledge base's currency.")] = None
    data_records: Annotated[Count | None, Field(description="Records of data lost or exposed.")] = None


class Detection(Fields):
    """Who noticed first, and why it was not seen sooner."""

    by: Annotated[Detector | None, Field(description="Who noticed first.")] = None
    gap: Annotated[Text | None, Field(description="Why it was not seen sooner.")] = None


class Event(Fields):
    """One thing that happened at one moment. `key` events are drawn; all are listed."""

    at: Annotated[Moment, Field(description="When it happened.")]
    kind: Annotated[EventKind, Field(description="What sort of event.")]
    what: Annotated[Text, Field(description="What happened, in a sentence; what was seen, not who is to blame.")]
    key: Annotated[Flag, Field(description="Drawn in the diagram.")] = False
    evidence: Annotated[Reference | None, Field(description="A web address or a ticket.")] = None
    tlp: Stricter = None


class Factor(Fields):
    """A contributing factor: a condition without which the incident would have gone otherwise."""

    id: Annotated[Slug, Field(description="Its name within the record; actions and other factors refer to it.")]
    kind: Annotated[FactorKind, Field(description="What sort of factor, from the taxonomy.")]
    what: Annotated[Text, Field(description="The condition, in a sentence.")]
    leads_to: Annotated[Slugs, Field(description="Ids of the factors this one made possible, or `impact`.")] = ()
    evidence: Annotated[Reference | None, Field(description="A web address or a ticket.")] = None
    tlp: Stricter = None


class Action(Fields):
    """Something to do about it, with an owner (a role or team) and a day; or a decision not to, with its reason."""

    id: Annotated[Slug, Field(description="Its name within the record.")]
    what: Annotated[Text, Field(description="What will be done, in a sentence: one thing, with an end.")]
    owner: Annotated[Text | None, Field(description="A role or a team, not a person.")] = None
    due: Annotated[Day | None, Field(description="The day it is due.")] = None
    status: Annotated[ActionStatus, Field(description="Where it stands.")] = "proposed"
    done_on: Annotated[Day | None, Field(description="The day it was done.")] = None
    strength: Annotated[
        ActionStrength | None, Field(description="How strongly it acts on the cause (RCA² action hierarchy).")
    ] = None
    addresses: Annotated[Slugs, Field(description="Ids of the factors it acts on.")] = ()
    ticket: Annotated[Reference | None, Field(description="A web address or a ticket.")] = None
    reason: Annotated[Text | None, Field(description="Why it was declined.")] = None
    tlp: Stricter = None


class Meeting(Fields):
    """The post-mortem meeting."""

    at: Annotated[Moment, Field(description="When it begins.")]
    minutes: Annotated[int, Field(strict=True, ge=5, le=480), Field(description="How long it lasts.")] = 60
    attendees: Annotated[Texts, Field(description="Roles, not names.")] = ()


class Source(Fields):
    """A public or internal write-up the record was made from."""

    title: Annotated[Title, Field(description="What the write-up is called.")]
    url: Annotated[WebAddress, Field(description="Where it is.")]
    tlp: Stricter = None


class AttachmentFields(Fields):
    """What a record says of a file beside it."""

    tlp: Stricter = None


class Amendment(Fields):
    """A change to a record after it was reviewed."""

    on: Annotated[Day, Field(description="The day of the change.")]
    what: Annotated[Text, Field(description="What was changed, and why.")]
    by: Annotated[Text | None, Field(description="A role, not a name.")] = None
    tlp: Stricter = None


class IncidentFields(Fields):
    """One incident as a person writes it: the front matter of a record."""

    title: Annotated[Title, Field(description="One plain sentence: what users experienced, not who did it.")]
    ref: Annotated[Text | None, Field(description="The number in the team's tracker.")] = None
    severity: Annotated[Severity, Field(description="sev1 is the gravest.")]
    status: Annotated[Status, Field(description="draft, in-review or reviewed.")]
    tlp: Annotated[SharingLevel | None, Field(description="FIRST TLP 2.0 sharing level.")] = None
    kind: Annotated[
        tuple[IncidentKind, ...], AfterValidator(_each_once), Field(description="One or more sorts of incident.")
    ] = ()
    near_miss: Annotated[Flag, Field(description="It nearly happened; it counts.")] = False
    fictional: Annotated[Flag, Field(description="An example, marked as such and left out of every statistic.")] = False
    organisation: Annotated[
        Title | None,
        Field(description="Whose incident it was, if not ours; its actions are not ours to close, and figures say so."),
    ] = None
    services: Annotated[
        Slugs, Field(description="Slugs of the services affected; mkdocs.yml may name their owners.")
    ] = ()
    tags: Annotated[Slugs, Field(description="Slugs by which to find it again.")] = ()
    asked: Annotated[
        Asked, Field(description="How people who half remember it would put it; search finds it by that.")
    ] = ()
    aliases: Annotated[
        tuple[RecordId, ...],
        Field(max_length=MANY, description="Earlier ids; their addresses redirect."),
        AfterValidator(_each_once),
    ] = ()
    times: Annotated[Times, Field(description="The five moments.")] = Times()
    impact: Annotated[Impact, Field(description="What it did, in words and numbers.")] = Impact()
    detection: Annotated[Detection, Field(description="Who noticed first.")] = Detection()
    timeline: Annotated[tuple[Event, ...], Field(max_length=1_000, description="What happened, moment by moment.")] = ()
    factors: Annotated[
        tuple[Factor, ...],
        Field(max_length=60, description="What made it possible: several conditions, never one cause."),
    ] = ()
    went_well: Annotated[Notes, Field(description="What helped.")] = ()
    got_lucky: Annotated[Notes, Field(description="What could have made it worse and did not.")] = ()
    surprised_by: Annotated[Notes, Field(description="What nobody expected.")] = ()
    open_questions: Annotated[Notes, Field(description="What is not known yet.")] = ()
    actions: Annotated[
        tuple[Action, ...], Field(max_length=300, description="What is done about it, and what was decided against.")
    ] = ()
    roles: Annotated[
        Mapping[Slug, Text], Field(max_length=MANY, description="Role name → role or team, never a person.")
    ] = {}
    meeting: Annotated[Meeting | None, Field(description="The post-mortem meeting.")] = None
    sources: Annotated[tuple[Source, ...], Field(max_length=MANY, description="Write-ups it was made from.")] = ()
    attachments: Annotated[
        Mapping[Name, AttachmentFields],
        Field(max_length=MANY, description="Files beside the record that have a sharing level of their own, by name."),
    ] = {}
    amendments: Annotated[
        tuple[Amendment, ...], Field(max_length=MANY, description="Changes after the review, in the open.")
    ] = ()
    narrative: Annotated[
        str,
        StringConstraints(strict=True, max_length=NARRATIVE_LENGTH),
        AfterValidator(_sound),
        Field(description="Markdown; in a .md record it follows the front matter."),
    ] = ""


@dataclass(frozen=True)
class Prose:
    """Markdown in a file: the file's path, the text, and where it begins there (line from 1, columns of indent)."""

    path: str
    text: str
    first_line: int = 1
    indent: int = 0


@dataclass(frozen=True)
class Attachment:
    """A file beside a record: its name within the record's folder and its path in the knowledge base."""

    name: str
    path: str


class Record(IncidentFields):
    """An incident that was read: its fields, and where they were read. `path` is relative to the knowledge base.

    `files` are the attachments that lie beside it. `shipped` says that it came with Calmroom's library, `marked` that
    parts of it may have a sharing level of their own.
    """

    id: str
    path: str
    files: tuple[Attachment, ...] = ()
    shipped: bool = False
    marked: bool = False

    def has(self, name: str) -> bool:
        """Say whether a field holds something."""
        return bool(getattr(self, name))

    @property
    def kept_names(self) -> tuple[str, str] | None:
        """What names its facts, and all it says, as they were read; None where that was not kept or is changed."""
        return None

    @property
    def kept_links(self) -> tuple[tuple[str, str], ...] | None:
        """The links of its narrative that stay inside the knowledge base (see `links.inner`), where that was kept."""
        return None

    def forget(self) -> None:
        """Let go of parts that can be made again, where there are such."""

    @property
    def factor_kinds(self) -> tuple[str, ...]:
        """The kinds of its contributing factors, each once, in the order they are written in."""
        return tuple(dict.fromkeys(factor.kind for factor in self.factors))

    @property
    def began_on(self) -> date:
        """The day the incident began, or the one it is filed under."""
        return self.times.began.day if self.times.began else self.day

    @property
    def noticed_by(self) -> Detector | None:
        """Who noticed first, where it says so."""
        return self.detection.by

    @property
    def undone(self) -> tuple[date | None, ...]:
        """The day on which each action is due that is neither done nor declined, None for one that names none."""
        return tuple(action.due for action in self.actions if action.status not in CLOSED)

    @property
    def owners(self) -> tuple[str, ...]:
        """Who owns its actions that are neither done nor declined; an empty text stands for nobody."""
        return tuple(action.owner or "" for action in self.actions if action.status not in CLOSED)

    @property
    def followed_kinds(self) -> tuple[str, ...]:
        """The kinds of factor that its done actions addressed, of those that say when they were done."""
        done = [action for action in self.actions if action.status == "done" and action.done_on is not None]
        kinds = {factor.id: factor.kind for factor in self.factors} if done else {}
        return tuple(sorted({kinds[target] for action in done for target in action.addresses if target in kinds}))

    @property
    def amended_on(self) -> date | None:
        """The day of its latest amendment."""
        return max((amendment.on for amendment in self.amendments), default=None)

    @property
    def evidenced(self) -> bool:
        """Whether there are events, and each names its evidence."""
        return bool(self.timeline) and all(event.evidence for event in self.timeline)

    @property
    def ours(self) -> bool:
        """Whether the incident is one of our own: not another organisation's, not made up, not from the library."""
        return self.organisation is None and not self.fictional and not self.shipped

    @property
    def events(self) -> list[Event]:
        """The timeline in the order of time; events at one moment keep the order they were written in.

        An event of which only the day is known comes after those of that day whose time is known.
        """
        return sorted(
            self.timeline, key=lambda event: event.at.latest if event.at.precision == DAY else event.at.earliest
        )

    @property
    def day(self) -> date:
        """The day the incident is filed under: the one its id begins with."""
        return date.fromisoformat(self.id[:10])
