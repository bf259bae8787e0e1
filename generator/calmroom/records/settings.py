"""The knowledge base's own settings: the `calmroom` entry of its `mkdocs.yml`.

The same model is used by `calmroom check`, which reads the file itself, and by the MkDocs plugin, which is handed the
values.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, StringConstraints
from pydantic_core import PydanticCustomError

from calmroom.records import signs, slug, yaml_text
from calmroom.records.diagnostics import Diagnostic, Position
from calmroom.records.model import Fields, Severity, SharingLevel, Slug, Text
from calmroom.records.validate import validate

FILE = "mkdocs.yml"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise PydanticCustomError(
            "CR204",
            "`{written}` is not a time zone",
            {"written": name, "values": ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]},
        ) from None
    return name


def _folder(name: str) -> str:
    parts = name.strip("/").split("/")
    if name.startswith("/") or ".." in parts or "\\" in name or not all(parts) or signs.first(name):
        raise PydanticCustomError(
            "CR114",
            "`{written}` leads out of the knowledge base",
            {"written": name, "hint": "Write a folder inside it, as incidents."},
        )
    return "/".join(parts)


def _section(name: str) -> str:
    parts = name.strip("/").split("/")
    wrong = next((part for part in parts if not slug.is_slug(part)), None)
    if wrong is not None:
        better = "/".join(filter(None, (slug.better(part) for part in parts)))
        hint = f"Write `{better}`." if better else "Write a folder of the site, as post-mortems."
        context = {"written": name[:80], "hint": hint}
        raise PydanticCustomError("CR215", "`{written}` is not a place in the site", context)
    return "/".join(parts)


def _slot_name(name: str) -> str:
    if not slug.SLOT_NAME.match(name):
        hint = "Write small letters, digits and _, as sponsor_name."
        raise PydanticCustomError("CR503", "`{written}` is not a slot's name", {"written": name[:80], "hint": hint})
    return name


Section = Annotated[str, StringConstraints(strict=True, min_length=1), AfterValidator(_section)]
SlotName = Annotated[str, StringConstraints(strict=True), AfterValidator(_slot_name)]
Zone = Annotated[str, StringConstraints(strict=True), AfterValidator(_zone)]
Folder = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=200), AfterValidator(_folder)]


class SeverityName(Fields):
    """What a severity is called here and what it means."""

    title: Annotated[Text, Field(description="What it is called.")]
    meaning: Annotated[Text, Field(description="What it means.")]


class Service(Fields):
    """A service: what it is called, which team owns it, what it does."""

    title: Annotated[Text | None, Field(description="What it is called.")] = None
    owner: Annotated[Text | None, Field(description="Which team owns it.")] = None
    description: Annotated[Text | None, Field(description="What it does.")] = None


class Library(Fields):
    """What of Calmroom's library stands below a knowledge base's own files."""

    playbooks: Annotated[bool, Field(description="Its playbooks, scripts, vocabulary and notification clocks.")] = True
    incidents: Annotated[bool, Field(description="Its records of other organisations' incidents.")] = True
    without: Annotated[
        tuple[Text, ...],
        Field(description="Ids left out, as `silence` or, of one kind only, `script:silence`.", max_length=1000),
    ] = ()


class Organisation(Fields):
    """What the organisation says once, so that scripts, messages and kits need not ask for it."""

    name: Annotated[Text | None, Field(description="What it is called.")] = None
    status_page: Annotated[Text | None, Field(description="Where its customers see what works.")] = None
    incident_channel: Annotated[Text | None, Field(description="Where it talks during and after an incident.")] = None
    support_contact: Annotated[Text | None, Field(description="Where customers ask.")] = None
    press_contact: Annotated[Text | None, Field(description="Who answers the press.")] = None
    care_contact: Annotated[Text | None, Field(description="Where its own people find somebody to talk to.")] = None


SEVERITIES: dict[str, SeverityName] = {
    "sev1": SeverityName(
        title="Severity 1", meaning="Most users are without something they need, or data is lost or exposed."
    ),
    "sev2": SeverityName(
        title="Severity 2", meaning="Many users are without something they need, or all are badly slowed."
    ),
    "sev3": SeverityName(title="Severity 3", meaning="Some users are affected, and a way around it exists."),
    "sev4": SeverityName(title="Severity 4", meaning="Hardly anybody noticed; worth learning from."),
}


class Settings(Fields):
    """Options of the `calmroom` plugin in `mkdocs.yml`; every one has a default."""

    incidents: Annotated[Folder, Field(description="Folder of the records.")] = "incidents"
    playbooks: Annotated[Folder, Field(description="Folder of the playbooks.")] = "playbooks"
    timezone: Annotated[Zone, Field(description="The zone shown beside UTC, by its IANA name.")] = "UTC"
    default_tlp: Annotated[SharingLevel, Field(description="Sharing level of a record that names none.")] = "amber"
    edition: Annotated[
        SharingLevel, Field(description="What the site holds: everything up to this level (TLP 2.0), nothing above it.")
    ] = "amber+strict"
    severities: Annotated[
        Mapping[Severity, SeverityName], Field(description="What each severity is called and means.")
    ] = {}
    services: Annotated[Mapping[Slug, Service], Field(description="Services with owner and description.")] = {}
    library: Annotated[Library, Field(description="What of Calmroom's library is there.")] = Library()
    organisation: Annotated[Organisation, Field(description="What scripts and kits need to know of it.")] = (
        Organisation()
    )
    slots: Annotated[
        Mapping[SlotName, Text], Field(description="What fills slots of scripts that no record can fill, by name.")
    ] = {}
    obligations: Annotated[
        tuple[Slug, ...] | None,
        Field(description="Notification rules that apply; without it a kit asks which of them do."),
    ] = None
    section: Annotated[
        Section | None, Field(description="The part of the site that is Calmroom's; without it the site is.")
    ] = None

    def severity(self, slug: str) -> SeverityName:
        """Return what a severity is called and means here."""
        named = {str(name): severity for name, severity in self.severities.items()}
        return named.get(slug) or SEVERITIES[slug]

    def service_title(self, slug: str) -> str:
        """Return what a service is called here, or its slug."""
        service = self.services.get(slug)
        return service.title if service and service.title else slug


def from_options(options: Mapping[str, Any]) -> tuple[Settings | None, list[Diagnostic]]:
    """Read settings from values that something else has parsed."""
    document = yaml_text.Document(value=dict(options) if isinstance(options, Mapping) else options)
    if not isinstance(options, Mapping):
        return None, [Diagnostic("CR104", FILE, Position(), "the plugin's entry is not fields", "Write `name: value`.")]
    return validate(Settings, document, FILE)


def from_text(text: str) -> tuple[Settings | None, list[Diagnostic]]:
    """Read settings from the text of a `mkdocs.yml`; a file without a `calmroom` entry gives the defaults."""
    document = yaml_text.read(text, unknown_tags=True)
    if document.value is None:
        return None, [Diagnostic(f.code, FILE, f.position, f.message, f.hint) for f in document.faults]
    entry = _plugin_entry(document)
    if entry is None or entry.value is None:
        return Settings(), []
    if not isinstance(entry.value, dict):
        place = entry.position(())
        hint = "Write the options below it, one a line, as `timezone: UTC`."
        return None, [Diagnostic("CR104", FILE, place, "the plugin's entry is not fields", hint)]
    found, problems = validate(Settings, entry, FILE)
    faults = [Diagnostic(f.code, FILE, f.position, f.message, f.hint) for f in document.faults if f.code == "CR112"]
    return found, [*faults, *problems]


def entry_of(text: str) -> yaml_text.Document:
    """Return the `calmroom` entry of a `mkdocs.yml` with the places of its values; empty where there is none."""
    return _plugin_entry(yaml_text.read(text, unknown_tags=True)) or yaml_text.Document(value={})


def _plugin_entry(document: yaml_text.Document) -> yaml_text.Document | None:
    plugins = document.value.get("plugins") if isinstance(document.value, dict) else None
    if isinstance(plugins, dict) and "calmroom" in plugins:
        return document.below(("plugins", "calmroom"))
    for index, plugin in enumerate(plugins if isinstance(plugins, list) else []):
        if isinstance(plugin, dict) and "calmroom" in plugin:
            return document.below(("plugins", index, "calmroom"))
    return None
