"""Slack: a channel of an export, a folder or zip with a JSON for each day and `users.json` beside or above it.

As Slack's help describes it ("How to read Slack data exports"): messages with `ts`, `user`, `text`, `subtype`, `thread_ts`,
`edited`; replies stand in the file of the day they were written on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from calmroom.exchange.drafts.files import Export
from calmroom.exchange.drafts.plain import get, items, said, text
from calmroom.exchange.drafts.said import About, Said, Tell, wrong

_DAY = re.compile(r"(?:(?P<channel>.*)/)?\d{4}-\d\d-\d\d\.json")
_MARK = re.compile(r"<([@#!]?)([^<>|]{1,2000})(?:\|([^<>]{0,2000}))?>")
QUIET = frozenset(
    """channel_join channel_leave channel_topic channel_purpose channel_name channel_archive channel_unarchive group_join
    group_leave pinned_item unpinned_item bot_add bot_remove tombstone message_deleted reminder_add huddle_thread
    """.split()  # noqa: SIM905
)


def is_one(export: Export) -> bool:
    """Say whether this is a Slack export, or one day of one."""
    if export.is_folder:
        return any(_DAY.fullmatch(name) for name, _ in export.files)
    head = export.head.lstrip()
    return head.startswith("[") and '"ts"' in head and '"type"' in head and '"message"' in head


def read(export: Export, about: About, tell: Tell) -> Iterator[Said]:
    """Yield every message, edits as they stand now, joins and topics left out."""
    names = _people(export, about, tell)
    days = [name for name, _ in export.files if _DAY.fullmatch(name)] if export.is_folder else [export.files[0][0]]
    channels = sorted({name.rpartition("/")[0] for name in days})
    if len(channels) > 1:
        told = ", ".join(name.rpartition("/")[2] for name in channels[:8])
        tell(
            wrong(export.name, f"the export holds {len(channels)} channels: {told}", "Give the folder of one channel.")
        )
        return
    channel = (channels[0].rpartition("/")[2] if channels else "") or (export.name if export.is_folder else "")
    for day in days:
        messages = export.json(day, tell)
        if messages is None:
            continue
        if not isinstance(messages, list):
            tell(wrong(day, "a day of a Slack export is a list of messages", "Give the folder of one channel."))
            continue
        for number, message in enumerate(messages, 1):
            if isinstance(message, dict):
                yield from _message(message, day, number, channel, names, tell)


def _people(export: Export, about: About, tell: Tell) -> dict[str, str]:
    names: dict[str, str] = {}
    for name in [name for name, _ in export.files if name.rpartition("/")[2] == "users.json"]:
        for user in items(export.json(name, tell)):
            if user.get("is_bot"):
                continue
            shown = text(user, "profile", "real_name") or text(user, "real_name") or text(user, "name")
            names[text(user, "id")] = shown
            for other in (text(user, "profile", "display_name"), text(user, "name")):
                if other and other != shown:
                    about.people[other] = shown
    return names


def _message(
    message: dict[str, Any], day: str, number: int, channel: str, names: dict[str, str], tell: Tell
) -> Iterator[Said]:
    if message.get("subtype") == "message_changed" and isinstance(message.get("message"), dict):
        message = message["message"]
    if text(message, "subtype") in QUIET:
        return
    user = text(message, "user")
    for profile in (message.get("user_profile"),):
        if user and user not in names and isinstance(profile, dict):
            names[user] = text(profile, "real_name") or text(profile, "display_name") or text(profile, "name")
    machine = text(message, "subtype") == "bot_message" or (bool(message.get("bot_id")) and not user)
    words = _words(text(message, "text"), names)
    words = " ".join([words, *_attached(message, names)]) if machine or not words else words
    where = f"slack #{channel} {text(message, 'ts')}".replace("# ", " ") if channel else ""
    yield from said(
        message.get("ts"),
        words,
        day,
        f"message {number}",
        tell,
        who="" if machine else names.get(user) or user or "somebody",
        kind="signal" if machine else "",
        evidence=where,
    )


def _attached(message: dict[str, Any], names: dict[str, str]) -> list[str]:
    """Return what a machine wrote beside its message: titles and texts of attachments, or what they fall back to."""
    found = []
    for item in items(message.get("attachments")):
        parts = [text(item, "title"), text(item, "text")]
        found.append(" ".join(part for part in parts if part) or text(item, "fallback"))
    found += [text(get(item, "text"), "text") for item in items(message.get("blocks"))] if not found else []
    return [_words(part, names) for part in found if part]


def _words(written: str, names: dict[str, str]) -> str:
    """Return a message's words: mentions as names, links as their words and address, entities as signs."""

    def plain(found: re.Match[str]) -> str:
        sign, target, label = found.groups()
        if sign == "@":
            return names.get(target) or label or target
        if sign == "#":
            return f"#{label or target}"
        if sign == "!":
            return label or f"everyone ({target.partition('^')[0]})"
        return f"{label} ({target})" if label and label != target else target

    made = _MARK.sub(plain, written)
    return made.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
