"""`calmroom new --from`: a draft of what exports hold. Asks on a terminal, and writes one record, or nothing."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, get_args
from zoneinfo import ZoneInfo

import click

from calmroom import terminal
from calmroom.cli import new_command
from calmroom.records.diagnostics import Diagnostic, Level, nearest, sort
from calmroom.records.model import TITLE_LENGTH, Severity

if TYPE_CHECKING:
    from calmroom.exchange.drafts.draft import Part, Timeline
    from calmroom.exchange.drafts.people import People
    from calmroom.exchange.drafts.said import About, Said

ALL = "all"


class Asked(NamedTuple):
    """What the command line says."""

    title: str | None
    severity: str | None
    kinds: tuple[str, ...]
    services: tuple[str, ...]
    slug: str | None
    form: str | None
    zone: str | None
    day: str | None
    part: str | None
    people: Path | None
    interactive: bool


def write(root: Path, exports: Sequence[Path], asked: Asked) -> None:
    """Write the draft, and say what it holds, what it does not, and who is what."""
    from calmroom.exchange.drafts import draft, people
    from calmroom.exchange.drafts.said import About

    zone = zone_of(asked.zone)
    about = About(day=_day(asked.day))
    told: list[Diagnostic] = []
    known = _known(root, asked.people)
    said = _read(exports, asked.form, about, told)
    if any(found.level is Level.ERROR for found in told):
        terminal.show(sort(told), err=True)
        raise SystemExit(1)
    if not said:
        terminal.show(sort(told), err=True)
        terminal.say("Nothing was said in it: no draft was written.", err=True)
        raise SystemExit(1)
    if zone is None and any(item.at.tzinfo is None for item in said):
        zone = _asked_zone(asked.interactive)
    everybody = people.People(known, about.people)
    part = _part(draft.parts(draft.zoned(said, zone)), asked, zone)
    made = draft.timeline(part.said, everybody, told.append)
    if not made.events:
        terminal.say("Nothing but chatter was said in it: no draft was written.", err=True)
        raise SystemExit(1)
    title, severity = _title(asked, about, part.name, everybody, told, exports), _severity(asked, about)
    text = _text(root, made, about, title, severity, zone, asked)
    local = made.events[0].at.astimezone(ZoneInfo(zone or "UTC"))
    id_ = new_command.id_of(local.date(), asked.slug or new_command.slug_of(title))
    path = new_command.create(root, id_, text)
    terminal.show(sort(told), err=True)
    _say_what_is_in_it(made, len(told))
    _keep_people(everybody, asked.people)
    new_command.say_missing(root, id_, text)
    terminal.say(f"Look at each guess, then `calmroom check {path}`.", err=True)


def zone_of(written: str | None) -> str | None:
    """Return a zone as it was given; refuse one that does not exist."""
    if written is None:
        return None
    try:
        ZoneInfo(written)
    except (ValueError, OSError, KeyError):
        from zoneinfo import available_timezones

        near = nearest(written, sorted(available_timezones()))
        told = f" Did you mean {near}?" if near else " Write its IANA name, as Europe/Berlin."
        raise click.UsageError(f"--zone: there is no zone '{written}'.{told}") from None
    return written


def _day(written: str | None) -> datetime.date | None:
    from pydantic_core import PydanticCustomError

    from calmroom.records.moment import parse_day

    try:
        return parse_day(written) if written else None
    except PydanticCustomError as error:
        raise click.UsageError(f"--day: {error.message()}. {(error.context or {}).get('hint', '')}") from None


def _asked_zone(interactive: bool) -> str:
    if not interactive:
        raise click.UsageError("The export has times without a zone: give --zone, as Europe/Berlin or UTC.")
    while True:
        try:
            found = zone_of(str(click.prompt("In which zone are its times (IANA name)", default="UTC", err=True)))
        except click.UsageError as error:
            terminal.say(error.message, err=True)
            continue
        assert found is not None
        return found


def _read(exports: Sequence[Path], form: str | None, about: About, told: list[Diagnostic]) -> list[Said]:
    from calmroom.exchange.drafts import files
    from calmroom.exchange.drafts.formats import FORMATS, recognised
    from calmroom.exchange.drafts.said import wrong

    if form is not None and form not in FORMATS:
        near = nearest(form, FORMATS)
        raise click.UsageError(
            f"--format: there is no form '{form}'.{f' Did you mean {near}?' if near else ''}"
            f" Valid: {', '.join(FORMATS)}."
        )
    said: list[Said] = []
    for path in exports:
        export = files.opened(path, told.append)
        if export is None:
            continue
        if not export.files or (not export.is_folder and not export.head.strip()):
            told.append(wrong(export.name, "there is nothing in it", "Export it again."))
            continue
        found = FORMATS[form] if form else recognised(export)
        if found is None or (export.is_folder and found.name != "slack"):
            forms = "; ".join(f"{known.name}: {known.title}" for known in FORMATS.values())
            message = "a folder or archive is read as a Slack channel, and this is none" if export.is_folder else ""
            told.append(wrong(export.name, message or "the form is not recognised", f"Give --format. {forms}."))
            continue
        terminal.say(f"{export.name}: {found.title}.", err=True)
        said += found.read(export, about, told.append)
    return said


def _part(found: list[Part], asked: Asked, zone: str | None) -> Part:
    """Return the stretch that was chosen; without a choice there must be one only."""
    from calmroom.exchange.drafts.draft import Part

    whole = Part(tuple(sorted((item for part in found for item in part.said), key=lambda item: item.at)))
    if len(found) == 1 or asked.part == ALL:
        return whole if asked.part == ALL else found[0]
    terminal.say(f"The export holds {len(found)} incidents, or one with long silences:", err=True)
    for number, part in enumerate(found, 1):
        own = ZoneInfo(zone or "UTC")
        begins, ends = part.begins.astimezone(own), part.ends.astimezone(own)
        name = f" {part.name}" if part.name else ""
        span = f"{begins:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M}"
        terminal.say(f"  {number}:{name} {span}, {terminal.counted(len(part.said), 'message')}", err=True)
    chosen = asked.part
    if chosen is None and asked.interactive:
        chosen = str(click.prompt(f"Which one, 1 to {len(found)}, or {ALL}", err=True)).strip()
    if chosen == ALL:
        return whole
    if chosen is None or not chosen.isascii() or not chosen.isdigit() or not 1 <= int(chosen) <= len(found):
        raise click.UsageError(f"Give --part with a number from 1 to {len(found)}, or --part {ALL}.")
    return found[int(chosen) - 1]


def _title(
    asked: Asked, about: About, part: str, people: People, told: list[Diagnostic], exports: Sequence[Path]
) -> str:
    from calmroom.exchange.drafts.draft import withheld
    from calmroom.exchange.drafts.said import Said
    from calmroom.records import signs

    if asked.title:
        return asked.title
    found = " ".join(signs.without(about.title or part).replace(signs.INSTEAD, " ").split())
    if found:
        place = Said(datetime.datetime.now(datetime.UTC), found, exports[0].name, "its title", "")
        found = people.without_names(withheld(found, place, told.append))
        if len(found) > TITLE_LENGTH:
            found = f"{found[: TITLE_LENGTH - 1]}…"
        terminal.say(f"The title is the export's: {found}", err=True)
        return found
    if not asked.interactive:
        raise click.UsageError("Give --title; the export has none, and there is no terminal to ask on.")
    return str(click.prompt("What did users experience, in a sentence", err=True))


def _severity(asked: Asked, about: About) -> str:
    if asked.severity:
        return asked.severity
    if about.severity:
        terminal.say(f"The severity is a guess from the export's: {about.severity}.", err=True)
        return about.severity
    if not asked.interactive:
        raise click.UsageError("Give --severity; the export has none, and there is no terminal to ask on.")
    choice = click.Choice(get_args(Severity))
    return str(click.prompt("How grave", type=choice, default="sev2", err=True))


def _text(root: Path, made: Timeline, about: About, title: str, severity: str, zone: str | None, asked: Asked) -> str:
    """Return the text of the draft, checked to be a record before it is written."""
    from calmroom import knowledge
    from calmroom.exchange.drafts import draft
    from calmroom.records.emit import modeline, record_text
    from calmroom.records.reader import Found, parse_record

    services = [*asked.services, *_services(about)]
    fields = draft.fields(made, about, title, severity, zone)
    fields |= {"kind": list(asked.kinds), "services": services}
    plain = record_text({name: value for name, value in fields.items() if value}, new_command.NARRATIVE, modeline(1))
    text = draft.marked(plain, made, zone)
    found = parse_record(text, Found("2026-01-01-new", "draft.md"), knowledge.read_taxonomies(root)[0]).diagnostics
    if problems := [problem for problem in found if problem.level is Level.ERROR]:
        raise click.UsageError(" ".join(f"{problem.message}. {problem.hint}" for problem in problems[:5]))
    return text


def _services(about: About) -> list[str]:
    from calmroom.exchange.markdown import slug
    from calmroom.records.slug import is_slug

    found = dict.fromkeys(slug(name) for name in about.services)
    return [name for name in found if is_slug(name)][:20]


def _say_what_is_in_it(made: Timeline, told: int) -> None:
    held = terminal.counted(len(made.events), "event")
    read = terminal.counted(made.read, "message")
    rest = [f"{made.quiet:,} of chatter", f"{made.merged:,} merged with another", f"{made.over:,} that matter less"]
    terminal.say(f"{held} from {read}; not in it: {', '.join(rest)}.", err=True)
    for name, event in made.proposed.items():
        terminal.say(f"Proposed, not asserted: {name} {event.at:%Y-%m-%d %H:%M %Z}, {event.what[:80]}", err=True)


def _known(root: Path, file: Path | None) -> dict[str, str]:
    from calmroom.exchange.drafts import people

    if file is None:
        return {}
    if file.resolve().is_relative_to(root.resolve()):
        raise click.UsageError("--people: keep this file outside of the knowledge base; it says who is who.")
    if not file.exists():
        return {}
    known, problems = people.parse(file.read_text("utf-8", errors="replace"), file.name)
    if problems:
        terminal.show(problems, err=True)
        raise SystemExit(1)
    return known


def _keep_people(everybody: People, file: Path | None) -> None:
    """Keep who is what in the file for it, else print it once."""
    from calmroom import files
    from calmroom.exchange.drafts import people

    if not everybody.added:
        return
    if file is None:
        terminal.say("Who is who, printed once and kept nowhere:", err=True)
        for name, role in everybody.added.items():
            terminal.say(f"  {role}: {name}", err=True)
    elif file.exists():
        files.replace(file, file.read_text("utf-8").rstrip("\n") + "\n" + _lines(people.text_of(everybody.added)))
    else:
        files.create(file, people.text_of(everybody.added))
    if file is not None:
        terminal.say(f"Who is who stands in {file}: write roles there, and make the draft again.", err=True)


def _lines(text: str) -> str:
    return text.split("\n", 1)[1]
