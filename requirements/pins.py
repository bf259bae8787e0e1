"""Reads a file of pins: names, versions, and under which conditions each is installed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)\s*(?:;\s*([^\\]*?))?\s*\\?$", re.MULTILINE)


@dataclass(frozen=True)
class Pin:
    """One pinned package: its name in normal form (PEP 503), its version, and its condition (PEP 508) or nothing."""

    name: str
    version: str
    condition: str = ""


def normal(name: str) -> str:
    """Return a package's name in its normal form (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read(name: str = "site") -> list[Pin]:
    """Return the pins of `requirements/<name>.txt` in the order of their names."""
    text = (HERE / f"{name}.txt").read_text("utf-8")
    return sorted(
        (Pin(normal(found[1]), found[2], (found[3] or "").strip()) for found in _PIN.finditer(text)),
        key=lambda pin: pin.name,
    )
