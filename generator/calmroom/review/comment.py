"""A review as Markdown for a comment that GitHub and GitLab draw as it is, within what they take.

Entries are written whole while there is room, then without drawing and questions, then as a line each, then counted:
the loudest first, so that what is cut off matters least.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from calmroom.records.diagnostics import Level
from calmroom.review.difference import Change
from calmroom.review.review import Entry, Review
from calmroom.site import rendering

MOST = 60_000
"""Signs of a comment; GitHub takes 65,536, GitLab more."""
MARK = "<!-- calmroom-review -->"
"""Stands first, so that a workflow finds its own comment and updates it."""
HEADINGS = {
    "times": "Times",
    "durations": "Durations",
    "events": "Events",
    "factors": "Factors",
    "actions": "Actions",
    "facts": "Facts",
    "lessons": "What was learned",
    "narrative": "Narrative",
    "amendments": "Amendments",
    "script": "Words",
    "terms": "Terms",
    "playbook": "Fields",
    "obligations": "Rules",
    "page": "Fields",
}
NAMES = {
    "record": "record",
    "playbook": "playbook",
    "script": "script",
    "terms": "vocabulary file",
    "obligations": "file of notification rules",
    "page": "page",
}
LEVELS = {Level.ERROR: "**error**", Level.WARNING: "warning", Level.NOTE: "advice"}
_ROOM_FOR_REST = 400
_FOLDERS = {"record": "incidents", "playbook": "playbooks", "script": "scripts"}


def markdown(review: Review, root: Path, preview: str = "", most: int = MOST) -> str:
    """Return the comment; `preview` is the address of a built site of the head, to which records are linked."""
    environment = rendering.environment(root / "site_templates").overlay(autoescape=False)
    environment.filters["short"] = short
    environment.filters["said"] = said
    environment.filters["at"] = at
    environment.filters["code"] = lambda text: re.sub(r"[`\s]+", " ", text)
    template = environment.get_template("review/entry.md")
    unreadable = [(entry, side, why) for entry in review.entries for side, why in entry.unreadable]
    head = environment.get_template("review/head.md").render(
        review=review, mark=MARK, summary=rendering.escape_markdown(summary(review)), unreadable=unreadable
    )
    base = preview.rstrip("/") + "/" if re.fullmatch(r"https?://[^\s<>()\[\]]{1,1000}", preview) else ""

    def written(entry: Entry, *, whole: bool) -> str:
        areas: dict[str, list[Change]] = {}
        for change in entry.changes:
            areas.setdefault(change.area, []).append(change)
        folder = _FOLDERS.get(entry.kind)
        text = template.render(
            entry=entry,
            areas=[(area, areas[area]) for area in sorted(areas, key=_area)],
            whole=whole,
            most=12 if whole else 5,
            headings=HEADINGS,
            names=NAMES,
            levels=LEVELS,
            preview=f"{base}{folder}/{quote(entry.id)}/" if base and folder else "",
            addresses={id_: f"{base}incidents/{quote(id_)}/" if base else "" for id_, _, _ in entry.near},
        )
        return re.sub(r"\n{3,}", "\n\n", text)

    parts = [re.sub(r"\n{3,}", "\n\n", head)]
    room = most - len(parts[0]) - _ROOM_FOR_REST
    left: list[Entry] = []
    for number, entry in enumerate(review.entries):
        # Every later entry keeps room for a line of its own.
        spare = room - 120 * min(len(review.entries) - number - 1, 200)
        text = next((made for whole in (True, False) if len(made := written(entry, whole=whole)) <= spare), None)
        if text is None or left:
            left.append(entry)
            continue
        parts.append(text)
        room -= len(text)
    parts.append(_rest(left, review, room))
    return "".join(parts).rstrip() + "\n"


def _area(name: str) -> int:
    order = list(HEADINGS)
    return order.index(name) if name in order else len(order)


def _rest(left: Sequence[Entry], review: Review, room: int) -> str:
    """Return what had no room as a line each, as far as there is room, and other files counted."""
    lines: list[str] = ["\n### Not shown in full\n\n"] if left else []
    for number, entry in enumerate(left):
        new = f", {len(entry.new)} new findings" if entry.new else ""
        name = rendering.escape_markdown(short(entry.id, 120))
        line = f"- {entry.status} {NAMES[entry.kind]} {name}: {len(entry.changes)} changes{new}\n"
        if sum(map(len, lines)) + len(line) > room:
            lines.append(f"- and {len(left) - number:,} more\n")
            break
        lines.append(line)
    listed = [rendering.escape_markdown(short(name, 120)) for name in review.attachments[:5]]
    if listed:
        more = f" and {len(review.attachments) - 5:,} more" if len(review.attachments) > 5 else ""
        said = f"\nAttachments: {', '.join(listed)}{more}.\n"
        lines.append(
            said if sum(map(len, lines)) + len(said) < room else f"\n{len(review.attachments):,} attachments.\n"
        )
    if review.others:
        lines.append(f"\n{_counted(len(review.others), 'other file')} changed.\n")
    return "".join(lines)


def summary(review: Review) -> str:
    """Say in a line what a review holds."""
    if not review.entries and not review.loud:
        return "No record, playbook, script, term or page changed."
    parts = []
    for kind, noun in NAMES.items():
        for status in ("added", "changed", "renamed", "deleted"):
            count = sum(entry.kind == kind and entry.status == status for entry in review.entries)
            if count:
                parts.append(f"{_counted(count, noun)} {status}")
    new = [found for entry in review.entries for found in entry.new]
    errors = sum(found.level is Level.ERROR for found in new)
    gone = sum(entry.mended for entry in review.entries)
    told = _counted(len(new), "new finding") + (f", of which {_counted(errors, 'error')}" if errors else "")
    return f"{', '.join(parts)}. {told}; {gone:,} gone."


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 or noun.endswith("s") else f"{number:,} {noun}s"


def said(text: str) -> str:
    """Return words of our own as Markdown: what stands between backticks is code, all else is escaped."""
    made = ""
    for code, part in rendering.code_parts(" ".join(text.split())):
        lead, tail = " " * part.startswith(" "), " " * (part.endswith(" ") and len(part) > 1)
        made += f"`{part}`" if code else f"{lead}{rendering.escape_markdown(part)}{tail}"
    return made


def at(text: str) -> str:
    """Return a moment as people read it, where it is one of UTC."""
    return re.sub(r"\b(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::00)?Z(?!\w)", r"\1 \2 UTC", text)


def short(text: str, most: int) -> str:
    """Return a text on one line, cut at a word where it is longer."""
    line = " ".join(str(text).split())
    return line if len(line) <= most else f"{line[: most - 1].rsplit(' ', 1)[0]}…"
