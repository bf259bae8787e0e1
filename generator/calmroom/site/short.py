"""Short addresses for tickets: `/i/<ref>` leads to the incident with that `ref`.

What an address cannot hold in a `ref` becomes a hyphen; of a web address the last part counts. Where several records
have one `ref`, as a browser or a careless file system reads it, none has the address: it would be a guess.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from calmroom.records.model import Record

LENGTH = 80
RESERVED = frozenset({"index", "readme"})


def references(records: Iterable[Record]) -> Mapping[str, str]:
    """Return the short names there are, each with the id of its record."""
    found: dict[str, dict[str, str]] = {}
    for record in records:
        if record.ref and (name := of(record.ref)):
            found.setdefault(name.casefold(), {})[record.id] = name
    return {name: id_ for same in found.values() if len(same) == 1 for id_, name in same.items()}


def of(ref: str) -> str:
    """Return the short name of a `ref`, or nothing where it has no letter or digit to be known by."""
    if ref.startswith(("http://", "https://")):
        parts = urlsplit(ref)
        ref = next((part for part in reversed(parts.path.split("/")) if part), parts.hostname or "")
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", ref).strip("-.")[:LENGTH].strip("-.")
    return "" if name.casefold() in RESERVED or not re.search(r"[A-Za-z0-9]", name) else name
