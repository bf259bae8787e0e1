"""What the modules for JSON exports share: values that may be missing or of another sort than documented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import nh3

from calmroom.exchange.drafts.files import Export
from calmroom.exchange.drafts.said import About, Said, Tell, left_out, moment

_BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr)\b[^>]{0,200}>", re.IGNORECASE)


def get(value: Any, *names: str) -> Any:
    """Return what stands below these names, or None."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def text(value: Any, *names: str) -> str:
    """Return the text below these names, or nothing."""
    found = get(value, *names) if names else value
    return found.strip() if isinstance(found, str) else str(found) if isinstance(found, int | float) else ""


def items(value: Any) -> list[dict[str, Any]]:
    """Return the mappings of a list; of anything else nothing."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def has(export: Export, *names: str) -> bool:
    """Say whether a single file is JSON in whose beginning all of these names stand."""
    head = export.head.lstrip()
    return head[:1] in ("{", "[") and all(f'"{name}"' in head for name in names)


def without_html(html: str) -> str:
    """Return what a reader sees of HTML."""
    return unescape(nh3.clean(_BREAK.sub(" ", html), tags=set(), clean_content_tags={"script", "style"}))


def said(at: Any, words: str, path: str, place: str, tell: Tell, **more: Any) -> Iterator[Said]:
    """Yield one thing that was said; one without a time or words is left out, and told."""
    if not words.strip():
        return
    try:
        when = moment(at)
    except ValueError as error:
        tell(left_out(path, place, str(error)))
        return
    evidence = more.pop("evidence", "") or f"{path}, {place}"
    yield Said(when, words, path, place, evidence, **more)


def severity(word: str) -> str:
    """Return what a tool's severity or priority is here, as a guess, or nothing."""
    found = re.search(r"(?:sev|p|severity|priority|s)[- ]?([0-5])\b", word.lower())
    if found:
        return f"sev{min(4, max(1, int(found[1])))}"
    named = {"critical": "sev1", "major": "sev2", "high": "sev2", "minor": "sev3", "medium": "sev3", "moderate": "sev3"}
    return {**named, "low": "sev4", "none": "sev4"}.get(word.strip().lower(), "")


def first(about: About, **more: str) -> None:
    """Keep what an export says of the incident, unless another has said so before."""
    for name, value in more.items():
        if value and not getattr(about, name):
            setattr(about, name, value)
