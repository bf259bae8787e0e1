"""Microsoft Teams: messages of a channel or chat as Microsoft Graph gives them (`chatMessage`), alone or below `value`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from calmroom.exchange.drafts.files import Export
from calmroom.exchange.drafts.plain import has, items, said, text, without_html
from calmroom.exchange.drafts.said import About, Said, Tell, wrong


def is_one(export: Export) -> bool:
    """Say whether this is an export of Teams."""
    return has(export, "createdDateTime", "body", "messageType") or has(
        export, "createdDateTime", "body", "contentType"
    )


def read(export: Export, about: About, tell: Tell) -> Iterator[Said]:
    """Yield every message and its replies; events of the system and deleted messages are left out."""
    name = export.files[0][0]
    found = export.json(name, tell)
    if found is None:
        return
    messages = found.get("value") or found.get("messages") if isinstance(found, dict) else found
    if not isinstance(messages, list):
        tell(wrong(name, "there is no list of messages", "Messages stand in a list, or below `value`."))
        return
    pages = [message for page in items(messages) for message in (items(page["value"]) if "value" in page else [page])]
    for number, message in enumerate(pages, 1):
        yield from _message(message, name, f"message {number}", tell)
        for reply, answer in enumerate(items(message.get("replies")), 1):
            yield from _message(answer, name, f"message {number}, reply {reply}", tell)


def _message(message: dict[str, Any], path: str, place: str, tell: Tell) -> Iterator[Said]:
    if message.get("deletedDateTime") or text(message, "messageType") in ("systemEventMessage", "chatEvent", "typing"):
        return
    words = text(message, "body", "content")
    if text(message, "body", "contentType").lower() == "html":
        words = without_html(words)
    if subject := text(message, "subject"):
        words = f"{subject}: {words}"
    person = text(message, "from", "user", "displayName") or text(message, "from", "user", "id")
    machine = not person and text(message, "from", "application", "displayName") != ""
    yield from said(
        message.get("createdDateTime"),
        words,
        path,
        place,
        tell,
        who="" if machine else person or "somebody",
        kind="signal" if machine else "",
        evidence=text(message, "webUrl") or f"teams message {text(message, 'id') or place}",
    )
