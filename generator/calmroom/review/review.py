"""A review: for each changed file what changed in meaning, new findings against old, what to ask, what is like it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import yaml

from calmroom.insight import durations
from calmroom.playbooks.model import ScriptFields, texts_of
from calmroom.records import sharing, yaml_text
from calmroom.records.diagnostics import WORDS, Diagnostic, Level, Position
from calmroom.records.model import Record
from calmroom.records.validate import validate
from calmroom.review import difference
from calmroom.review.difference import Change
from calmroom.review.sides import Pair, Sides

ASKED = 4
"""Questions offered for one record."""


@dataclass(frozen=True)
class Entry:
    """One changed file in a review.

    `status` is added, changed, renamed or deleted; `loud` what may now be shown to more people; `new` and `mended` the
    findings that came and went; `near` similar incidents, each with what was tried there and whether it held.
    """

    kind: str
    id: str
    path: str
    status: str
    title: str
    was: str
    changes: tuple[Change, ...] = ()
    loud: tuple[Change, ...] = ()
    new: tuple[Diagnostic, ...] = ()
    mended: int = 0
    unreadable: tuple[tuple[str, str], ...] = ()
    facts: tuple[str, ...] = ()
    timeline: str = ""
    near: tuple[tuple[str, str, str], ...] = ()
    questions: tuple[str, ...] = ()

    @property
    def errors(self) -> int:
        """How many of the new findings are errors."""
        return sum(found.level is Level.ERROR for found in self.new)


@dataclass(frozen=True)
class Review:
    """Everything a reviewer needs beside the diff."""

    entries: tuple[Entry, ...]
    loud: tuple[tuple[str, Change], ...]
    others: tuple[str, ...]
    attachments: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain values for bots."""
        return {
            "sharing_lowered": [{"where": where, **change.as_json()} for where, change in self.loud],
            "files": [_entry_json(entry) for entry in self.entries],
            "attachments": list(self.attachments),
            "other_files": list(self.others),
        }


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "id": entry.id,
        "path": entry.path,
        "status": entry.status,
        "title": entry.title,
        **({"was": entry.was} if entry.was != entry.id else {}),
        "changes": [change.as_json() for change in entry.changes],
        "sharing_lowered": [change.as_json() for change in entry.loud],
        "new_findings": [
            {
                "code": found.code,
                "level": str(found.level),
                "path": found.path,
                "line": found.position.line,
                "message": found.message,
                "hint": found.hint,
            }
            for found in entry.new
        ],
        "findings_gone": entry.mended,
        "unreadable": [{"side": side, "why": why} for side, why in entry.unreadable],
        "similar": [{"incident": id_, "title": title, "tried": tried} for id_, title, tried in entry.near],
        "questions": list(entry.questions),
    }


STATUS = {"A": "added", "M": "changed", "R": "renamed", "D": "deleted", "T": "changed"}


def make(sides: Sides) -> Review:
    """Return the review of what changed; pure, but for the words of questions."""
    entries = [_entry(pair, sides) for pair in sides.pairs if pair.kind != "attachment"]
    entries.sort(key=lambda entry: (not entry.loud, not entry.unreadable, _ORDER.get(entry.kind, 9), entry.path))
    loud = [(entry.id, change) for entry in entries for change in entry.loud]
    if difference.is_lower(sides.before.default_tlp, sides.after.default_tlp):
        change = Change("sharing", "lowered", "default_tlp", sides.before.default_tlp, sides.after.default_tlp)
        loud.insert(0, ("mkdocs.yml", change))
    attachments = tuple(
        f"{STATUS.get(pair.change.status, 'changed')} {pair.change.after}"
        for pair in sides.pairs
        if pair.kind == "attachment"
    )
    return Review(tuple(entries), tuple(loud), sides.others, attachments)


_ORDER = {"record": 0, "playbook": 1, "script": 2, "terms": 3, "obligations": 4, "page": 5}


def _entry(pair: Pair, sides: Sides) -> Entry:
    before, after = pair.before, pair.after
    status = STATUS.get(pair.change.status, "changed")
    unreadable = tuple(
        (name, side.unreadable) for name, side in (("before", before), ("now", after)) if side.unreadable
    )
    old, new = Counter(map(_same, before.findings)), Counter(map(_same, after.findings))
    came = list(_came(after.findings, old))
    mended = sum((old - new).values()) if after.text is not None else 0
    made = Entry(pair.kind, pair.id, pair.change.after, status, pair.id, pair.was, unreadable=unreadable, mended=mended)
    if pair.kind != "record":
        changes = tuple(_handbook(pair))
        return replace(made, changes=changes, new=tuple(came), loud=tuple(_handbook_levels(pair)))
    one, other = before.record, after.record
    shown = other or one
    if shown is not None:
        made = replace(made, title=shown.title)
    if one is not None and other is not None:
        changes = tuple(difference.of(one, other))
        loud = tuple(difference.lowered(one, other, sides.before.default_tlp, sides.after.default_tlp))
        amended = len(other.amendments) > len(one.amendments)
        if one.status == other.status == "reviewed" and not amended and difference.needs_amendment(changes):
            came.append(_unamended(other, changes))
        if one.id != other.id and one.id not in other.aliases:
            hint = f"Write `aliases: [{one.id}]`: then the old address redirects."
            message = f"the record was `{one.id}`, and its old address leads nowhere now"
            came.append(Diagnostic("CR695", other.path, Position(), message, hint, Level.WARNING))
        made = replace(made, changes=changes, loud=loud)
    elif one is not None and after.text is None:
        owed = sum(action.status in difference.OPEN for action in one.actions)
        made = replace(
            made,
            facts=(f"{owed} open action{'' if owed == 1 else 's'} {'goes' if owed == 1 else 'go'} with it",)
            if owed
            else (),
        )
    if other is not None:
        made = replace(made, facts=tuple(_facts(other)), questions=tuple(_questions(one, other)))
    return replace(made, new=tuple(came))


def _same(found: Diagnostic) -> tuple[str, str]:
    return found.code, found.message


def _came(findings: Sequence[Diagnostic], old: Counter[tuple[str, str]]) -> Iterator[Diagnostic]:
    """Yield the findings of one side that the other has not, wherever in the file they stand."""
    left = Counter(old)
    for found in sorted(findings, key=lambda item: (list(Level).index(item.level), item.position)):
        if left[_same(found)] > 0:
            left[_same(found)] -= 1
        else:
            yield found


def _unamended(record: Record, changes: Sequence[Change]) -> Diagnostic:
    areas = ", ".join(dict.fromkeys(change.area for change in changes if change.what not in ("closed", "slipped")))
    message = f"a reviewed record changed ({areas}) and has no new entry under `amendments`"
    hint = "Write `- {on: …, what: …, by: …}`: whoever read it before must see what is different."
    return Diagnostic("CR694", record.path, Position(), message, hint, Level.WARNING)


def _facts(record: Record) -> Iterator[str]:
    """Yield what a reviewer sees at a glance: severity, status, durations, counts."""
    yield f"{record.severity}, {record.status}" + (f", {', '.join(record.kind)}" if record.kind else "")
    for item in durations.of(record):
        yield f"to {item.name.replace('_', ' ')} {item.text}"
    for count, noun in (
        (len(record.timeline), "event"),
        (len(record.factors), "factor"),
        (len(record.actions), "action"),
    ):
        yield f"{count} {noun}{'' if count == 1 else 's'}"


@cache
def _bank() -> Mapping[str, Sequence[str]]:
    loaded: dict[str, Any] = yaml.safe_load((WORDS / "questions.yaml").read_text("utf-8"))
    return {kind: tuple(questions) for kind, questions in loaded.items()}


def _questions(before: Record | None, after: Record) -> Iterator[str]:
    """Yield questions by the kinds of factor that are new or changed; for a new record one that fits any."""
    known = set(before.factors) if before else set()
    kinds = dict.fromkeys(factor.kind for factor in after.factors if factor not in known)
    asked = [question for kind in kinds for question in _bank().get(kind, ())[:1]]
    asked += [question for kind in kinds for question in _bank().get(kind, ())[1:2]]
    if kinds and before is None:
        asked.append(_bank()["any"][0])
    yield from asked[:ASKED]


def _handbook(pair: Pair) -> Iterator[Change]:
    """Yield what changed in a playbook, script, glossary file or page: parts added, dropped, worded anew."""
    before, after = pair.before.text, pair.after.text
    if before is None or after is None:
        return
    if pair.kind in ("playbook", "page"):
        yield from difference.of_prose(_below_front(before), _below_front(after))
        old, new = _front(before), _front(after)
    else:
        old, new = _texts(pair.kind, before), _texts(pair.kind, after)
    for name in new:
        if name not in old:
            yield Change(pair.kind, "added", name, "", new[name])
        elif old[name] != new[name]:
            yield Change(pair.kind, "reworded", name, old[name], new[name])
    for name in old:
        if name not in new:
            yield Change(pair.kind, "dropped", name, old[name])


def _below_front(text: str) -> str:
    return text.split("\n---\n", 1)[1] if text.startswith("---\n") and "\n---\n" in text else text


def _front(text: str) -> dict[str, str]:
    if not text.startswith("---\n") or "\n---\n" not in text:
        return {}
    return dict(_flat(yaml_text.read(text[4:].split("\n---\n", 1)[0] + "\n").value))


def _texts(kind: str, text: str) -> dict[str, str]:
    document = yaml_text.read(text)
    if kind == "script":
        fields, _ = validate(ScriptFields, document, "")
        if fields is not None:
            return {_place(path): said for path, said in texts_of(fields)} | {"title": fields.title}
    return dict(_flat(document.value))


def _place(path: Sequence[str | int]) -> str:
    return " ".join(str(part + 1) if isinstance(part, int) else part for part in path)


def _flat(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text of plain values with its place in words."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _flat(item, f"{name} {key}".strip())
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _flat(item, f"{name} {index + 1}".strip())
    elif value is not None:
        yield name, str(value)


def _handbook_levels(pair: Pair) -> Iterator[Change]:
    if pair.kind != "playbook" or pair.before.text is None or pair.after.text is None:
        return
    old, new = (_front(text).get("tlp", "green") for text in (pair.before.text, pair.after.text))
    if difference.is_lower(old, new):
        yield Change("sharing", "lowered", "the playbook", sharing.name(old), sharing.name(new))
