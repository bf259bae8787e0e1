"""What lies beside a record (CR660–CR665): names of files, text in them, and what pictures say about where they were taken.

Pictures are not decoded: their containers (PNG, JPEG, WebP, GIF) are walked segment by segment for what is text or EXIF.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator

from calmroom.checks import contacts, forbidden, secrets
from calmroom.checks.subject import Subject
from calmroom.records.diagnostics import Diagnostic, Level, Position

TEXTS = (".txt", ".log", ".csv", ".tsv", ".json", ".yaml", ".yml", ".har", ".eml", ".ics")
PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".gif")
_GPS_TAG = 0x8825
_WORDS = re.compile(rb"[\x20-\x7e]{4,400}")
_OWNER = re.compile(
    r"(?i)<(?:dc:creator|photoshop:Credit|xmpRights:Owner|aux:OwnerName)>|(?:^|\b)(?:Author|Artist|OwnerName|creator)\b"
)


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Yield what the files beside a record hold that must not be here."""
    for file in subject.attachments:
        yield from forbidden.in_name(file.name, file.path, subject.context.forbidden)
        yield from contacts.in_text(file.name.replace("_", " "), file.path)
        low = file.name.lower()
        if not low.endswith(TEXTS + PICTURES):
            continue
        content = subject.context.read(file.path)
        if content is None:
            continue
        if low.endswith(TEXTS):
            yield from in_text(content.decode("utf-8", "replace"), file.path, subject.context.forbidden)
        else:
            yield from in_picture(content, file.path, subject.context.forbidden)


def in_text(text: str, path: str, words: tuple[str, ...]) -> Iterator[Diagnostic]:
    """Yield what a text beside a record holds that must not be here, each sort once: a log repeats itself."""
    told: set[tuple[str, str]] = set()
    for finding in [*secrets.in_text(text, path), *contacts.in_text(text, path), *forbidden.in_text(text, path, words)]:
        if (finding.code, finding.message) not in told and len(told) < 20:
            told.add((finding.code, finding.message))
            yield finding


def in_picture(content: bytes, path: str, words: tuple[str, ...]) -> Iterator[Diagnostic]:
    """Yield what a picture says beside what it shows: where it was taken, whose camera it was, words in its metadata."""
    segments = list(metadata(content))
    if any(_has_gps(segment) for segment in segments) or any(b"exif:GPSLatitude" in segment for segment in segments):
        hint = "Take the metadata out, as `exiftool -all= FILE`, or save the picture anew as PNG."
        yield Diagnostic("CR665", path, Position(), "the picture says where it was taken (GPS)", hint, Level.ERROR)
    said = "\n".join(run.decode("ascii") for segment in segments for run in _WORDS.findall(segment[:200_000]))
    if _OWNER.search(said):
        hint = "Take the metadata out, as `exiftool -all= FILE`."
        yield Diagnostic(
            "CR665", path, Position(), "the picture's metadata names its author or owner", hint, Level.WARNING
        )
    for finding in in_text(said, path, words):
        hint = "Take the metadata out, as `exiftool -all= FILE`."
        yield Diagnostic(
            finding.code, path, Position(), f"in the picture's metadata: {finding.message}", hint, finding.level
        )


def metadata(content: bytes) -> Iterator[bytes]:
    """Yield the segments of a picture that hold text or EXIF, without looking at its pixels."""
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        yield from _chunks(content, 8, ">", (b"tEXt", b"iTXt", b"zTXt", b"eXIf"), tag_first=False)
    elif content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        yield from _chunks(content, 12, "<", (b"EXIF", b"XMP "), tag_first=True)
    elif content.startswith(b"\xff\xd8"):
        yield from _jpeg(content)
    elif content.startswith(b"GIF8"):
        start = 0
        while (start := content.find(b"\x21\xfe", start)) >= 0:
            length = content[start + 2] if start + 2 < len(content) else 0
            yield content[start + 3 : start + 3 + length]
            start += 2


def _chunks(content: bytes, at: int, order: str, wanted: tuple[bytes, ...], *, tag_first: bool) -> Iterator[bytes]:
    while at + 8 <= len(content):
        name = content[at : at + 4] if tag_first else content[at + 4 : at + 8]
        (length,) = struct.unpack_from(f"{order}I", content, at + 4 if tag_first else at)
        if name in wanted:
            yield content[at + 8 : at + 8 + length]
        at += 8 + length + (length % 2 if tag_first else 4)


def _jpeg(content: bytes) -> Iterator[bytes]:
    at = 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker in (0xDA, 0xD9):
            return
        (length,) = struct.unpack_from(">H", content, at + 2)
        if marker in (0xE1, 0xED, 0xFE):
            yield content[at + 4 : at + 2 + length]
        at += 2 + max(2, length)


def _has_gps(segment: bytes) -> bool:
    """Say whether EXIF's first directory points at a GPS directory (CIPA DC-008, tag 0x8825)."""
    data = segment[6:] if segment.startswith(b"Exif\x00\x00") else segment
    if data[:4] not in (b"II*\x00", b"MM\x00*"):
        return False
    order = "<" if data[:2] == b"II" else ">"
    try:
        (at,) = struct.unpack_from(f"{order}I", data, 4)
        (count,) = struct.unpack_from(f"{order}H", data, at)
        tags = (struct.unpack_from(f"{order}H", data, at + 2 + 12 * index)[0] for index in range(min(count, 500)))
        return _GPS_TAG in tags
    except struct.error:
        return False
