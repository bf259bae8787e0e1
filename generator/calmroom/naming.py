"""Names for values by what they are: what is made of them can be kept under the name, and is right as long as it fits.

Equal values have one name in every process and on every machine. Nothing is guessed: a value of a type that is not
known here has no name, and `TypeError` says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time, timedelta
from enum import Enum
from functools import cache
from importlib import metadata
from pathlib import Path, PurePath

from pydantic import BaseModel

from calmroom import __version__
from calmroom.records.model import Note
from calmroom.shipped import TEMPLATES

PACKAGES = (
    "jinja2", "markdown", "markdown-it-py", "markupsafe", "mdit-py-plugins", "mermaidx", "mkdocs",
    "mkdocs-material", "nh3", "numpy", "pydantic", "pymdown-extensions", "scipy", "vl-convert-python",
)  # fmt: skip
"""Packages whose version can change what a page looks like."""


def of(*values: object) -> str:
    """Return the name of some values together."""
    digest = hashlib.blake2b(digest_size=12)
    for value in values:
        told = f"{len(value)}:{value}" if type(value) is str else "".join(_told(value))
        digest.update(told.encode("utf-8", "surrogatepass") + b"\0;")
    return digest.hexdigest()


def _told(value: object) -> Iterator[str]:
    """Yield what a value is, piece by piece, so that no two values yield the same."""
    if isinstance(value, Note):
        yield f"Note{value.tlp}:{len(value)}:{value!s}"
    elif isinstance(value, str):
        yield f"{len(value)}:{value}"
    elif value is None or isinstance(value, bool | int | float | date | time | timedelta | Enum | PurePath | bytes):
        yield f"{type(value).__name__} {value!r};"
    elif isinstance(value, BaseModel):
        set_here = sorted(value.model_fields_set)
        yield f"{type(value).__name__}{set_here}"
        yield from _named((name, getattr(value, name)) for name in type(value).model_fields)
    elif is_dataclass(value) and not isinstance(value, type):
        yield type(value).__name__
        yield from _named((field.name, getattr(value, field.name)) for field in fields(value) if field.compare)
    elif isinstance(value, Mapping):
        yield "{"
        for key, held in value.items():
            yield from _told(key)
            yield from _told(held)
        yield "}"
    elif isinstance(value, tuple | list | range):
        yield "["
        for item in value:
            if type(item) is str:
                yield f"{len(item)}:{item}"
            else:
                yield from _told(item)
        yield "]"
    elif isinstance(value, frozenset | set):
        yield "<"
        yield from sorted("".join(_told(item)) for item in value)
        yield ">"
    else:
        raise TypeError(f"a {type(value).__name__} has no name")


def _named(pairs: Iterator[tuple[str, object]]) -> Iterator[str]:
    yield "("
    for name, value in pairs:
        yield f"{name}="
        yield from _told(value)
    yield ")"


@cache
def of_program() -> str:
    """Return the name of all that makes a site: our code, our words and templates, and the packages they stand on."""
    digest = hashlib.blake2b(of(__version__, {name: _version(name) for name in PACKAGES}).encode(), digest_size=12)
    for folder in (Path(__file__).parent, TEMPLATES):
        digest.update(of_folder(folder).encode())
    return digest.hexdigest()


def of_folder(folder: Path) -> str:
    """Return the name of everything in a folder: the names and contents of its files, however deep they lie."""
    digest = hashlib.blake2b(digest_size=12)
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix != ".pyc":
            digest.update(of(file.relative_to(folder).as_posix(), file.read_bytes()).encode())
    return digest.hexdigest()


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""
