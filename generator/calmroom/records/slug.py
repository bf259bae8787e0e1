"""Slugs: the short names that become addresses, and what to write in place of one that is none."""

from __future__ import annotations

import re

PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
SLOT_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
"""What a slot of a script is called: it stands in the words as `{sponsor_name}`."""
DEVICES = ("con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(1, 10)))
"""Names that mean a device to Windows, whatever ending they have."""
RESERVED = ("index", *DEVICES)
"""What has the form of a slug and can be no address: the list page's own name, and devices."""
LENGTH = 80
"""Signs a slug may have: an address and a file's name must hold it on every system."""


def is_slug(text: str) -> bool:
    """Say whether text is a slug: lower-case letters and digits in words joined by single hyphens."""
    return len(text) <= LENGTH and text not in RESERVED and re.fullmatch(PATTERN, text) is not None


def better(text: str) -> str:
    """Return the slug nearest to text, or nothing where it holds no letter and no digit."""
    made = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:LENGTH].strip("-")
    return f"the-{made}" if made in RESERVED else made
