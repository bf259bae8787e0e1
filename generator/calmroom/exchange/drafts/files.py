"""The files of an export: a file, a folder or a zip archive, read whole within bounds and told where they are cut."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from calmroom.exchange.drafts.said import Tell, left_out, wrong
from calmroom.records.diagnostics import Diagnostic, Level, Position

MOST_BYTES = 300_000_000
MOST_FILES = 20_000


@dataclass(frozen=True)
class Export:
    """One thing that was given: its name, and its files by name; a single file has one."""

    name: str
    files: tuple[tuple[str, Path | tuple[Path, str]], ...]
    is_folder: bool

    def text(self, name: str, tell: Tell) -> str:
        """Return the text of a file; in another encoding than UTF-8 it is read as Windows-1252, and told."""
        content = self._content(name)
        if len(content) > MOST_BYTES:
            tell(wrong(name, f"the file has {len(content) / 1e6:.0f} MB", f"At most {MOST_BYTES / 1e6:.0f} are read."))
            return ""
        if content.startswith((b"\xff\xfe", b"\xfe\xff")):
            return content.decode("utf-16", "replace")
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = content[: error.start]
            place = Position(before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))
            told = f"the byte 0x{content[error.start]:02x} is not UTF-8; the file was read as Windows-1252 (Latin-1)"
            tell(Diagnostic("CR109", name, place, told, "Look at names and quotes in the draft.", Level.WARNING))
            return content.decode("cp1252", "replace")

    def json(self, name: str, tell: Tell) -> Any:
        """Return the JSON of a file, or a list of values where it has one a line; None where it is neither, and told."""
        return self._parsed(name, self.text(name, tell), tell)

    def _content(self, name: str) -> bytes:
        place = dict(self.files)[name]
        if isinstance(place, Path):
            with place.open("rb") as file:
                return file.read(MOST_BYTES + 1)
        archive, inside = place
        with zipfile.ZipFile(archive) as opened, opened.open(inside) as packed:
            return packed.read(MOST_BYTES + 1)

    def _parsed(self, name: str, text: str, tell: Tell) -> Any:
        if not text.strip():
            tell(wrong(name, "the file is empty", "Export it again."))
            return None
        try:
            return json.loads(text)
        except RecursionError:
            tell(wrong(name, "the JSON is nested too deeply", "This is not an export of a chat, pager or tracker."))
            return None
        except json.JSONDecodeError as error:
            lines = text.splitlines()
            if error.msg == "Extra data" and len(lines) > 1:
                return self._lines(name, lines, tell)
            tell(_malformed(name, text, error))
            return None

    @staticmethod
    def _lines(name: str, lines: list[str], tell: Tell) -> Any:
        found = []
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                found.append(json.loads(line))
            except (json.JSONDecodeError, RecursionError):
                tell(left_out(name, f"line {number}", "it is not JSON", "The export may have been cut there."))
        return found

    @cached_property
    def head(self) -> str:
        """The beginning of a single file, by which a form is recognised."""
        if self.is_folder or not self.files:
            return ""
        place = self.files[0][1]
        assert isinstance(place, Path)
        with place.open("rb") as file:
            return file.read(200_000).decode("utf-8", "replace").lstrip("\ufeff")


def _malformed(name: str, text: str, error: json.JSONDecodeError) -> Diagnostic:
    place = Position(error.lineno, error.colno)
    if error.pos >= len(text.rstrip()) or "Unterminated string" in error.msg:
        return wrong(name, "the JSON ends in the middle", "The export was cut: export it again.", place)
    return wrong(name, f"this is not JSON: {error.msg.lower()}", "Export it again, or mend it there.", place)


def opened(path: Path, tell: Tell) -> Export | None:
    """Return what was given as an export: a folder and a zip archive are both a set of files."""
    name = path.name or str(path)
    if path.is_dir():
        inside = path.resolve()
        found = [
            (entry.relative_to(path).as_posix(), entry)
            for entry in _sorted_files(path)
            if entry.resolve().is_relative_to(inside)
        ]
        return Export(name, tuple(found), is_folder=True)
    if zipfile.is_zipfile(path):
        return _archive(path, name, tell)
    if path.read_bytes()[:2] == b"PK":
        tell(wrong(name, "the zip archive is damaged or was cut", "Download it again."))
        return None
    return Export(name, ((name, path),), is_folder=False)


def _sorted_files(path: Path) -> Iterator[Path]:
    for number, entry in enumerate(sorted(path.rglob("*"))):
        if number > MOST_FILES:
            return
        if entry.is_file() and not entry.name.startswith("."):
            yield entry


def _archive(path: Path, name: str, tell: Tell) -> Export | None:
    with zipfile.ZipFile(path) as opened_archive:
        infos = [info for info in opened_archive.infolist() if not info.is_dir()]
        if sum(info.file_size for info in infos) > MOST_BYTES or len(infos) > MOST_FILES:
            tell(wrong(name, "the archive holds more than is read", "Unpack it, and give the folder of one channel."))
            return None
        if any(info.flag_bits & 1 for info in infos):
            tell(wrong(name, "the archive has a password", "Unpack it, and give the folder."))
            return None
        bad = opened_archive.testzip()
    if bad is not None:
        tell(wrong(name, f"`{bad}` in the archive is damaged", "Download it again."))
        return None
    return Export(name, tuple((info.filename, (path, info.filename)) for info in infos), is_folder=True)
