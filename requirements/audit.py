"""`make audit DATABASE=DIR`: weaknesses that a database on this machine knows of the pinned packages.

    python -m requirements.audit DIR

The database is a folder, or a zip file, of JSON files in the Open Source Vulnerability format (OSV schema 1.6), as the
OSV project and mirrors of it give them out. Nothing is fetched. Exit codes: 0 none known, 1 some known, 2 wrong use.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from requirements.pins import Pin, normal, read


def entries(database: Path) -> Iterator[Mapping[str, Any]]:
    """Yield every entry of a database; raises `ValueError` for a file that is no entry."""
    if database.is_dir():
        texts = ((file.name, file.read_bytes()) for file in sorted(database.rglob("*.json")))
    else:
        archive = zipfile.ZipFile(database)
        texts = ((name, archive.read(name)) for name in archive.namelist() if name.endswith(".json"))
    for name, content in texts:
        entry = json.loads(content)
        if not isinstance(entry, dict) or "id" not in entry:
            raise ValueError(f"{name} is no entry of an OSV database")
        yield entry


def concerns(entry: Mapping[str, Any], pin: Pin) -> bool:
    """Say whether an entry is about the pinned version: by its list of versions, or by its ranges."""
    for affected in entry.get("affected", ()):
        package = affected.get("package", {})
        if package.get("ecosystem") != "PyPI" or normal(str(package.get("name", ""))) != pin.name:
            continue
        if pin.version in affected.get("versions", ()):
            return True
        if any(
            _within(found.get("events", ()), pin.version)
            for found in affected.get("ranges", ())
            if found.get("type") == "ECOSYSTEM"
        ):
            return True
    return False


def _within(events: Any, version: str) -> bool:
    """Say whether a version lies in a range (OSV schema, evaluation algorithm)."""
    inside = False
    wanted = Version(version)
    for event in sorted(events, key=_place):
        kind, at = next(iter(event.items()))
        if kind == "introduced" and (at == "0" or wanted >= _version(at)):
            inside = True
        elif (kind == "fixed" and wanted >= _version(at)) or (kind == "last_affected" and wanted > _version(at)):
            inside = False
    return inside


def _place(event: Mapping[str, str]) -> Version:
    return _version(next(iter(event.values())))


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")


def main(arguments: list[str]) -> int:
    """Print what is known of each pin."""
    if len(arguments) != 1 or not Path(arguments[0]).exists():
        print(
            "Name the database: make audit DATABASE=DIR (OSV entries as JSON, in a folder or a zip file).",
            file=sys.stderr,
        )
        return 2
    pins = {pin.name: pin for name in ("site", "test") for pin in read(name)}
    looked, found = 0, 0
    try:
        for entry in entries(Path(arguments[0])):
            looked += 1
            names = {normal(str(a.get("package", {}).get("name", ""))) for a in entry.get("affected", ())}
            for name in sorted(names & pins.keys()):
                if not entry.get("withdrawn") and concerns(entry, pins[name]):
                    found += 1
                    print(f"{name} {pins[name].version}: {entry['id']} {entry.get('summary', '')}".rstrip())
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        print(f"The database cannot be read: {error}", file=sys.stderr)
        return 2
    print(f"{len(pins)} packages, {looked:,} entries, {found} that concern them.")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
