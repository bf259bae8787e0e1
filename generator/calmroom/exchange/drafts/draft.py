"""What was said in several exports becomes one timeline, and that the draft of a record.

Everything that is not certain is marked: kinds of events are guesses, moments are proposals in comments. What a draft
does not hold is counted and told, secrets with the place where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from calmroom.checks import contacts, secrets
from calmroom.exchange.drafts import guesses
from calmroom.exchange.drafts.people import People
from calmroom.exchange.drafts.said import About, Said, Tell
from calmroom.records import signs
from calmroom.records.diagnostics import Diagnostic, Level, Position
from calmroom.records.model import MOMENTS

GAP = timedelta(hours=6)
"""Silence after which something else may have begun."""
LEAST = 3
"""So many messages make a stretch of its own."""
SAME = timedelta(minutes=1)
ENDS = ("mitigated", "resolved")
MOST = 250
"""So many events are in a draft: more than anybody reads, and less than a record may hold."""
LOOKED_AT = 8 * MOST
TEXT = 400
LONG = 20_000
"""Of a message no more is looked at."""
WITHHELD = "[withheld]"


@dataclass(frozen=True)
class Part:
    """A stretch without a long silence, or one incident of an export that holds several."""

    said: tuple[Said, ...]
    name: str = ""

    @property
    def begins(self) -> datetime:
        """When it begins."""
        return self.said[0].at

    @property
    def ends(self) -> datetime:
        """When it ends."""
        return self.said[-1].at


@dataclass(frozen=True)
class Event:
    """One event of a draft."""

    at: datetime
    kind: str
    what: str
    evidence: str
    moment: str
    weight: int
    guessed: bool


@dataclass(frozen=True)
class Timeline:
    """The events of a draft, and how much was read and is not among them."""

    events: tuple[Event, ...]
    read: int
    quiet: int
    merged: int
    over: int

    @property
    def proposed(self) -> dict[str, Event]:
        """The moments that events may be: the first alert, the last sign of an end before a long silence.

        What a status page says of a moment counts where nothing else does: it is written afterwards.
        """
        told: dict[str, list[Event]] = {}
        before = self.events[0].at if self.events else None
        for event in self.events:
            is_after = before is not None and event.at - before > GAP  # somebody who writes again the next day
            if event.moment and not (event.moment in ENDS and is_after):
                told.setdefault(event.moment, []).append(event)
            before = event.at
        found = {}
        for name, events in told.items():
            heard = [event for event in events if event.kind != "communication"] or events
            found[name] = heard[-1] if name in ENDS else heard[0]
        return {name: found[name] for name in MOMENTS if name in found}


def zoned(said: Iterable[Said], zone: str | None) -> list[Said]:
    """Return what was said in the order of time, times without a zone taken for those of `zone`."""
    own = ZoneInfo(zone) if zone else None
    made = [item if item.at.tzinfo else replace(item, at=item.at.replace(tzinfo=own or UTC)) for item in said]
    return sorted(made, key=lambda item: item.at)


def parts(said: Sequence[Said]) -> list[Part]:
    """Return the stretches of what was said: incidents an export names, else what lies between long silences.

    A stretch of a few messages belongs to the one before it: somebody thanked, or asked something the next day.
    """
    groups = list(dict.fromkeys(item.group for item in said))
    if len(groups) > 1:
        return [Part(tuple(item for item in said if item.group == name), name) for name in groups]
    stretches: list[list[Said]] = []
    for item in said:
        if not stretches or item.at - stretches[-1][-1].at > GAP:
            stretches.append([])
        stretches[-1].append(item)
    joined: list[list[Said]] = []
    for stretch in stretches:
        if joined and (len(stretch) < LEAST or len(joined[-1]) < LEAST):
            joined[-1] += stretch
        else:
            joined.append(stretch)
    return [Part(tuple(stretch)) for stretch in joined]


def timeline(part: Sequence[Said], people: People, tell: Tell, rules: guesses.Rules | None = None) -> Timeline:
    """Return the timeline of some messages, without names, secrets and chatter, duplicates merged."""
    rules = rules or guesses.shipped()
    for item in part:
        if item.who:
            people.role(item.who)
    events: list[Event] = []
    recent: list[tuple[datetime, frozenset[str], int]] = []
    worth = [item for item in part if item.kind or not rules.is_quiet(item.text)]
    quiet = len(part) - len(worth)
    looked_at = _heaviest(worth, rules)
    merged = 0
    for item in looked_at:
        event = _event(item, people, tell, rules)
        words = frozenset(re.findall(r"\w+", event.what.casefold())) - {"responder"}
        recent = [found for found in recent if item.at - found[0] <= SAME][-60:]
        same = next((index for _, other, index in recent if _alike(words, other)), None)
        if same is not None:
            events[same] = _both(events[same], event)
            merged += 1
            continue
        recent.append((item.at, words, len(events)))
        events.append(event)
    kept = _most(events)
    return Timeline(tuple(kept), len(part), quiet, merged, len(worth) - merged - len(kept))


def _heaviest(said: Sequence[Said], rules: guesses.Rules) -> list[Said]:
    """Return those messages, in their order, that may be in a draft, some times as many as it holds."""
    if len(said) <= LOOKED_AT:
        return list(said)
    weights = [9 if item.kind else rules.of(item.text).weight for item in said]
    ranked = sorted(range(len(said)), key=lambda at: (at not in (0, len(said) - 1), -weights[at], at))
    return [said[at] for at in sorted(ranked[:LOOKED_AT])]


def _event(item: Said, people: People, tell: Tell, rules: guesses.Rules) -> Event:
    text = withheld(" ".join(signs.without(item.text[:LONG]).replace(signs.INSTEAD, " ").split()), item, tell)
    guess = rules.of(text)
    said_by = people.role(item.who) if item.who else ""
    told = people.without_names(_cut(text))
    if said_by:
        told = f"{said_by}: “{told.replace('“', '‘').replace('”', '’').replace(chr(34), chr(39))}”"
    weight = max(guess.weight, 7 if item.kind and item.kind != "note" else 0)
    return Event(
        item.at,
        item.kind or guess.kind,
        told,
        withheld(item.evidence, item, tell),
        item.moment or (guess.moment if not item.kind or item.kind == "signal" else ""),
        weight + (2 if item.moment else 0),
        guessed=not item.kind,
    )


def withheld(text: str, item: Said, tell: Tell) -> str:
    """Return a text without secrets, addresses and numbers of people; each is told with its place, never repeated."""
    spots = [(start, end, name, True) for start, end, name in secrets.found_in(text)]
    if any(sign.isdigit() for sign in text) or "@" in text:
        for found in contacts.in_text(text, item.path):
            if found.end is not None and found.code != "CR662":
                what = {"CR661": "an address or number of a person", "CR663": "a number of a payment card"}[found.code]
                spots.append((found.position.column - 1, found.end.column - 1, what, False))
    cut = len(text)
    for start, end, name, is_secret in sorted(spots, reverse=True):
        if end > cut:
            continue
        text, cut = f"{text[:start]}{WITHHELD}{text[end:]}", start
        line = re.search(r"\bline (\d+)", item.place)
        place = Position(int(line[1])) if line else Position()
        message = f"{name} stands in {item.place} ({item.at:%Y-%m-%d %H:%M}) and was withheld from the draft"
        hint = (
            "Revoke it now: whoever can read the export has it." if is_secret else "The draft says `[withheld]` there."
        )
        level = Level.WARNING if is_secret else Level.NOTE
        tell(Diagnostic("CR803", item.path, place, message, hint, level))
    return text


def _cut(text: str) -> str:
    if len(text) <= TEXT:
        return text
    head = text[: TEXT - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[TEXT // 2 :] else head).rstrip(" ,;:–-") + "…"


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    """Say whether two messages say the same: nearly the same words, or all of a long one's in the other."""
    if not one or not other or _numbers(one) != _numbers(other):
        return False
    both = len(one & other)
    return both / len(one | other) >= 0.75 or (min(len(one), len(other)) >= 5 and both == min(len(one), len(other)))


def _numbers(words: frozenset[str]) -> set[str]:
    return {word for word in words if word[0].isdigit()}


def _both(first: Event, second: Event) -> Event:
    """Return one event of two that say the same: the better known kind, both evidences."""
    known = first if not first.guessed or second.guessed else second
    evidence = first.evidence
    if second.evidence and second.evidence not in evidence:
        evidence = f"{evidence} and {second.evidence}" if evidence else second.evidence
        if evidence.startswith(("http://", "https://")):
            evidence = f"see {evidence}"
    return replace(
        first,
        kind=known.kind,
        guessed=known.guessed,
        evidence=evidence[:1_000],
        moment=first.moment or second.moment,
        weight=max(first.weight, second.weight),
    )


def _most(events: Sequence[Event]) -> list[Event]:
    """Return the events that matter most, in the order of time; the first and the last are always among them."""
    if len(events) <= MOST:
        return list(events)
    ends = {0, len(events) - 1}
    ranked = sorted(range(len(events)), key=lambda at: (at not in ends, -events[at].weight, at))
    kept = set(ranked[:MOST])
    for name in ENDS:  # the last of these is what is proposed
        last = max((at for at, event in enumerate(events) if event.moment == name), default=None)
        if last is not None:
            kept.add(last)
    return [event for at, event in enumerate(events) if at in kept]


def fields(found: Timeline, about: About, title: str, severity: str, zone: str | None) -> dict[str, Any]:
    """Return the fields of a draft, in plain values."""
    own: tzinfo = ZoneInfo(zone) if zone else UTC
    made: dict[str, Any] = {
        "title": title,
        "ref": about.ref,
        "severity": severity,
        "status": "draft",
        "timeline": [
            {
                "at": written(event.at, own),
                "kind": event.kind,
                "what": event.what,
                **({"evidence": event.evidence} if event.evidence else {}),
            }
            for event in found.events
        ],
        "sources": [
            {"title": title[:160], "url": url} for title, url in dict.fromkeys(about.sources) if " " not in url
        ],
    }
    return {name: value for name, value in made.items() if value}


def written(at: datetime, zone: tzinfo) -> str:
    """Return a time as a record has it, to the second, with the offset of a zone."""
    local = at.astimezone(zone).replace(microsecond=0)
    return local.isoformat().replace("+00:00", "Z")


_KIND = re.compile(r"^(    kind: \w+)$", re.MULTILINE)


def marked(text: str, found: Timeline, zone: str | None) -> str:
    """Return the text of a draft with a comment at each guess, and the moments it proposes, none of them asserted."""
    own: tzinfo = ZoneInfo(zone) if zone else UTC
    guessed = iter(found.events)

    def mark(line: re.Match[str]) -> str:
        event = next(guessed, None)
        return f"{line[1]}    # a guess" if event is not None and event.guessed else line[1]

    text = _KIND.sub(mark, text)
    lines = [
        "# Proposed, by guess: look at each, and take the # away where it is so; `times:` then stands above them.",
        "#times:",
    ]
    for name, event in found.proposed.items():
        words = event.what if len(event.what) <= 60 else f"{event.what[:59]}…"
        lines.append(f"#  {name}: {written(event.at, own)}    # {words}")
    head = text.index("\ntimeline:") + 1 if "\ntimeline:" in text else 0
    return text[:head] + "\n".join(lines) + "\n" + text[head:] if len(lines) > 2 else text
