"""Where a knowledge base's site stands, as its `mkdocs.yml` says it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from calmroom.exchange.places import Places
from calmroom.records import settings, yaml_text


def config(root: Path) -> dict[str, Any]:
    """Return what `mkdocs.yml` says, in plain values; nothing where it cannot be read."""
    file = root / settings.FILE
    if not file.is_file():
        return {}
    value = yaml_text.read(file.read_text("utf-8-sig", errors="replace"), unknown_tags=True).value
    return value if isinstance(value, dict) else {}


def places(root: Path) -> Places:
    """Return the site's name, its address, the section that is ours, and how its pages are named."""
    told = config(root)
    found, _ = settings.from_text((root / settings.FILE).read_text("utf-8-sig", errors="replace"))
    return Places(
        str(told.get("site_name") or "Post-mortems"),
        str(told.get("site_url") or ""),
        (found.section or "") if found else "",
        told.get("use_directory_urls") is not False,
    )
