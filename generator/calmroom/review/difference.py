"""What changed between two versions of a record, in meaning: times, events, factors, actions, levels, words.

Pure: two records in, a list of changes out. Where a version is missing, the other is new or gone and nothing is listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from calmroom.insight import durations
from calmroom.records import narrative, sharing
from calmroom.records.model import Action, Record

OPEN = ("proposed", "accepted", "in-progress")
PLAIN = ("title", "severity", "status", "ref", "organisation", "near_miss", "fictional")
LISTS = ("kind", "services", "tags", "aliases")
NOTES = ("went_well", "got_lucky", "surprised_by", "open_questions")


@dataclass(frozen=True)
class Change:
    """One change: its area (`times`, `events`, `actions` …), what happened, to what, and the values on both sides."""

    area: str
    what: str
    name: str
    before: str = ""
    after: str = ""

    def as_json(self) -> dict[str, str]:
        """Return it as plain values."""
        return {key: value for key, value in vars(self).items() if value}


def of(before: Record, after: Record) -> list[Change]:
    """Return every change of meaning between two versions of a record."""
    return [
        *_fields(before, after),
        *_times(before, after),
        *_events(before, after),
        *_factors(before, after),
        *_actions(before, after),
        *_notes(before, after),
        *_story(before, after),
    ]


def needs_amendment(changes: Sequence[Change]) -> bool:
    """Say whether changes of a reviewed record belong under `amendments`: all but an action's progress."""
    progress = ("closed", "slipped", "declined", "reopened", "status")
    return any(not (change.area == "actions" and change.what in progress) for change in changes)


def lowered(before: Record, after: Record, default_before: str, default_after: str) -> list[Change]:
    """Return what may be shown to more people than before: the record, an item, a passage whose mark is gone."""
    found: list[Change] = []
    old, new = before.tlp or default_before, after.tlp or default_after
    if is_lower(old, new):
        found.append(Change("sharing", "lowered", "the record", sharing.name(old), sharing.name(new)))
    for name in ("timeline", "factors", "actions", "sources", *NOTES):
        levels = _levels(getattr(after, name), new)
        for text, level in _levels(getattr(before, name), old).items():
            if text in levels and level != old and is_lower(level, levels[text]):
                found.append(Change("sharing", "lowered", text, sharing.name(level), sharing.name(levels[text])))
    exposed = _withheld(before.narrative, old) & _lines(sharing.shown(after.narrative, new))
    if exposed:
        what = "a passage of the narrative" if len(exposed) == 1 else f"{len(exposed)} lines of the narrative"
        found.append(Change("sharing", "unmarked", what, "withheld", sharing.name(new)))
    return found


def _withheld(text: str, level: str) -> set[str]:
    """Return the lines of a text that are not shown at the level of its record."""
    if not sharing.has_marks(text):
        return set()
    return _lines(sharing.without_marks(text)) - _lines(sharing.shown(text, level))


def _lines(text: str) -> set[str]:
    return {" ".join(line.split()) for line in text.split("\n") if len(line.split()) > 1}


def is_lower(old: str, new: str) -> bool:
    """Say whether one sharing level shows a thing to more people than another."""
    order = sharing.LEVELS
    return old in order and new in order and order.index(new) < order.index(old)


def _levels(items: Sequence[Any], level: str) -> dict[str, str]:
    return {_said(item): getattr(item, "tlp", None) or level for item in items}


def _said(item: Any) -> str:
    if isinstance(item, str):
        return item
    for name in ("what", "text", "title"):
        if isinstance(said := getattr(item, name, None), str):
            return said
    return str(item)


def _fields(before: Record, after: Record) -> Iterator[Change]:
    for name in PLAIN:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Change("facts", "changed", name, _text(old), _text(new))
    for name in LISTS:
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            yield Change("facts", "changed", name, ", ".join(old), ", ".join(new))
    for group in ("impact", "detection"):
        olds, news = getattr(before, group), getattr(after, group)
        for name in type(news).model_fields:
            old, new = getattr(olds, name), getattr(news, name)
            if old != new:
                yield Change("facts", "changed", f"{group}.{name}", _text(old), _text(new))
    if dict(before.roles) != dict(after.roles):
        yield Change("facts", "changed", "roles", _mapping(before.roles), _mapping(after.roles))
    if before.meeting != after.meeting:
        old, new = (str(side.meeting.at) if side.meeting else "" for side in (before, after))
        yield Change("facts", "changed", "meeting", old or "none", new or "none")
    urls = [{source.url: source.title for source in side.sources} for side in (before, after)]
    for url in urls[1].keys() - urls[0].keys():
        yield Change("facts", "added", "source", "", urls[1][url])
    for url in urls[0].keys() - urls[1].keys():
        yield Change("facts", "dropped", "source", urls[0][url])
    for amendment in after.amendments:
        if amendment not in before.amendments:
            yield Change("amendments", "added", str(amendment.on), "", amendment.what)


def _mapping(roles: Mapping[str, str]) -> str:
    return ", ".join(f"{name}: {role}" for name, role in roles.items())


def _text(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _times(before: Record, after: Record) -> Iterator[Change]:
    old, new = dict(before.times.known()), dict(after.times.known())
    for name in dict.fromkeys([*old, *new]):
        if str(old.get(name, "")) != str(new.get(name, "")):
            yield Change("times", "changed", name, str(old.get(name, "none")), str(new.get(name, "none")))
    spans = [{item.name: item.text for item in durations.of(side)} for side in (before, after)]
    for name in dict.fromkeys([*spans[0], *spans[1]]):
        if spans[0].get(name) != spans[1].get(name):
            told = f"to {name.replace('_', ' ')}"
            yield Change("durations", "changed", told, spans[0].get(name, "none"), spans[1].get(name, "none"))


def _events(before: Record, after: Record) -> Iterator[Change]:
    old, new = list(before.timeline), list(after.timeline)
    same = [(event.at.earliest, event.what) for event in old]
    left = [event for event in new if (event.at.earliest, event.what) not in same]
    kept = [(event.at.earliest, event.what) for event in new]
    gone = [event for event in old if (event.at.earliest, event.what) not in kept]
    for event in list(left):
        moved = next((item for item in gone if item.what == event.what), None)
        worded = next((item for item in gone if item.at == event.at and item.kind == event.kind), None)
        if moved is not None:
            gone.remove(moved)
            left.remove(event)
            yield Change("events", "moved", event.what, str(moved.at), str(event.at))
        elif worded is not None:
            gone.remove(worded)
            left.remove(event)
            yield Change("events", "reworded", str(event.at), worded.what, event.what)
    for event in left:
        yield Change("events", "added", str(event.at), "", event.what)
    for event in gone:
        yield Change("events", "dropped", str(event.at), event.what)
    by = {(event.at.earliest, event.what): event for event in old}
    for event in new:
        other = by.get((event.at.earliest, event.what))
        if other is not None:
            for name in ("kind", "key", "evidence"):
                if getattr(other, name) != getattr(event, name):
                    values = _text(getattr(other, name)), _text(getattr(event, name))
                    yield Change("events", name, event.what, *values)


def _factors(before: Record, after: Record) -> Iterator[Change]:
    old, new = ({factor.id: factor for factor in side.factors} for side in (before, after))
    for name in new.keys() - old.keys():
        yield Change("factors", "added", name, "", f"{new[name].kind}: {new[name].what}")
    for name in old.keys() - new.keys():
        yield Change("factors", "dropped", name, f"{old[name].kind}: {old[name].what}")
    for name in (name for name in new if name in old):
        for field in ("kind", "what", "evidence"):
            values = getattr(old[name], field), getattr(new[name], field)
            if values[0] != values[1]:
                yield Change("factors", "changed", f"{name}, {field}", _text(values[0]), _text(values[1]))
        if old[name].leads_to != new[name].leads_to:
            values = ", ".join(old[name].leads_to), ", ".join(new[name].leads_to)
            yield Change("factors", "changed", f"{name} leads to", values[0] or "nothing", values[1] or "nothing")


def _actions(before: Record, after: Record) -> Iterator[Change]:
    old, new = ({action.id: action for action in side.actions} for side in (before, after))
    for name in new:
        if name not in old:
            yield Change("actions", "added", name, "", f"{new[name].what} {owed(new[name])}")
        else:
            yield from _action(old[name], new[name])
    for name in old.keys() - new.keys():
        yield Change("actions", "dropped", name, f"{old[name].what} {owed(old[name])}")


def _action(old: Action, new: Action) -> Iterator[Change]:
    name = f"{new.id}: {new.what}"
    if old.status != new.status:
        what = "closed" if new.status == "done" else "declined" if new.status == "declined" else "status"
        what = "reopened" if old.status not in OPEN and new.status in OPEN else what
        more = f" on {new.done_on}" if new.status == "done" and new.done_on else f": {new.reason}" if new.reason else ""
        yield Change("actions", what, name, old.status, f"{new.status}{more}")
    elif old.done_on != new.done_on:
        yield Change("actions", "changed", f"{new.id}, done_on", _text(old.done_on), _text(new.done_on))
    if old.due != new.due:
        slipped = old.due is not None and (new.due is None or new.due > old.due)
        late = f" ({(new.due - old.due).days} days later)" if slipped and new.due and old.due else ""
        yield Change("actions", "slipped" if slipped else "changed", name, _text(old.due), f"{_text(new.due)}{late}")
    for field in ("what", "owner", "strength", "ticket"):
        values = getattr(old, field), getattr(new, field)
        if values[0] != values[1]:
            yield Change("actions", "changed", f"{new.id}, {field}", _text(values[0]), _text(values[1]))
    if old.addresses != new.addresses:
        yield Change("actions", "changed", f"{new.id} addresses", ", ".join(old.addresses), ", ".join(new.addresses))


def owed(action: Action) -> str:
    """Return who owes an action and by when, in brackets."""
    return f"({action.owner or 'no owner'}, {f'due {action.due}' if action.due else 'no day'})"


def _notes(before: Record, after: Record) -> Iterator[Change]:
    for name in NOTES:
        old, new = ([_said(item) for item in getattr(side, name)] for side in (before, after))
        for text in new:
            if text not in old:
                yield Change("lessons", "added", name.replace("_", " "), "", text)
        for text in old:
            if text not in new:
                yield Change("lessons", "dropped", name.replace("_", " "), text)


def _story(before: Record, after: Record) -> Iterator[Change]:
    yield from of_prose(before.narrative, after.narrative)


def of_prose(before: str, after: str) -> Iterator[Change]:
    """Yield what changed of a Markdown text, section by section, in words counted and not shown: the diff has them."""
    if before == after:
        return
    old, new = ({section.title: section.text for section in narrative.sections(side)} for side in (before, after))
    told = False
    for title in new.keys() - old.keys():
        told = True
        yield Change("narrative", "added", title, "", _words(new[title]))
    for title in old.keys() - new.keys():
        told = True
        yield Change("narrative", "dropped", title, _words(old[title]))
    for title in (title for title in new if title in old and old[title].split() != new[title].split()):
        told = True
        yield Change("narrative", "reworded", title, _words(old[title]), _words(new[title]))
    if not told and before.split() != after.split():
        yield Change("narrative", "reworded", "the text", _words(before), _words(after))


def _words(text: str) -> str:
    count = len(text.split())
    return f"{count:,} word{'' if count == 1 else 's'}"
