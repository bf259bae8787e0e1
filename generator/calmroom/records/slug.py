"""Slugs: the short names that become addresses, and what to write in place of one that is none."""

from __future__ import annotations

import re

PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
SLOT_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
"""What a slot of a script is called: it stands in the words as `{sponsor_name}`."""
LENGTH = 80
"""Signs a slug may have: an address and a file's name must hold it on every system."""


def is_slug(text: str) -> bool:
    """Say whether text is a slug: lower-case letters and digits in words joined by single hyphens."""
    return len(text) <= LENGTH and re.fullmatch(PATTERN, text) is not None


def better(text: str) -> str:
    """Return the slug nearest to text, or nothing where it holds no letter and no digit."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:LENGTH].strip("-")
