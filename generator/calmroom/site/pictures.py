"""Pictures as they are published: without what they say beside their picture.

A photograph says where and when it was taken and by whom; a screenshot may hold the text of a comment. None of that is
seen when a record is reviewed, so it is left out: of PNG, JPEG, GIF and WebP, block by block, the picture itself as it
was, byte for byte. How a photograph is turned stays. What is none of these by its first bytes stays as it is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp"})
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_SAYS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"})
_JPEG_KEPT = frozenset({0xE0, 0xE2, 0xEE})
"""Of the blocks for applications: the frame (JFIF), the colours (ICC) and how they are coded (Adobe)."""
_WEBP_SAYS = frozenset({b"EXIF", b"XMP "})


def without_metadata(content: bytes) -> bytes:
    """Return a picture's bytes without comments, places, names and times; other bytes as they are."""
    if content.startswith(_PNG):
        return b"".join(_png(content))
    if content.startswith(b"\xff\xd8\xff"):
        return b"".join(_jpeg(content))
    if content.startswith((b"GIF87a", b"GIF89a")):
        return b"".join(_gif(content))
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        body = b"".join(_webp(content))
        return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body
    return content


def _png(content: bytes) -> Iterator[bytes]:
    yield _PNG
    at = len(_PNG)
    while at + 12 <= len(content):
        (length,) = struct.unpack_from(">I", content, at)
        kind = content[at + 4 : at + 8]
        if kind not in _PNG_SAYS:
            yield content[at : at + 12 + length]
        at += 12 + length
        if kind == b"IEND":
            return


def _jpeg(content: bytes) -> Iterator[bytes]:
    yield content[:2]
    at, turned = 2, 1
    while at + 4 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        (length,) = struct.unpack_from(">H", content, at + 2)
        block = content[at : at + 2 + length]
        if marker == 0xDA:  # the picture itself, up to its end; what comes after belongs to no reader
            if turned != 1:
                yield _turned(turned)
            end = content.rfind(b"\xff\xd9")
            yield content[at : end + 2] if end > at else content[at:]
            return
        if marker == 0xE1:
            turned = _orientation(block) or turned
        elif marker in _JPEG_KEPT or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            yield block
        at += 2 + max(length, 2)


def _orientation(block: bytes) -> int:
    """Return the orientation (1 to 8) in a block of Exif, 0 where it has none (Exif 2.32, tag 0x0112)."""
    tiff = block[10:]
    if block[4:10] != b"Exif\0\0" or len(tiff) < 14:
        return 0
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return 0
    (first,) = struct.unpack_from(f"{order}I", tiff, 4)
    if first + 2 > len(tiff):
        return 0
    (count,) = struct.unpack_from(f"{order}H", tiff, first)
    for number in range(count):
        at = first + 2 + 12 * number
        if at + 12 > len(tiff):
            return 0
        tag, kind = struct.unpack_from(f"{order}HH", tiff, at)
        if tag == 0x0112 and kind == 3:
            (value,) = struct.unpack_from(f"{order}H", tiff, at + 8)
            return int(value) if 1 <= value <= 8 else 0
    return 0


def _turned(value: int) -> bytes:
    """Return a block of Exif that says how the picture is turned, and nothing else."""
    tiff = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, value, 0, 0)
    data = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", len(data) + 2) + data


def _gif(content: bytes) -> Iterator[bytes]:
    at = 13 + (3 << ((content[10] & 7) + 1) if len(content) > 10 and content[10] & 0x80 else 0)
    yield content[:at]
    while at < len(content):
        start, kind = at, content[at]
        if kind == 0x3B:
            yield b";"
            return
        if kind == 0x21 and at + 2 < len(content):
            label = content[at + 1]
            at = _after_blocks(content, at + 2)
            repeats = label == 0xFF and content[start + 3 : start + 14] == b"NETSCAPE2.0"
            if label == 0xF9 or repeats:
                yield content[start:at]
        elif kind == 0x2C and at + 10 < len(content):
            packed = content[at + 9]
            at = _after_blocks(content, at + 11 + (3 << ((packed & 7) + 1) if packed & 0x80 else 0))
            yield content[start:at]
        else:
            return


def _after_blocks(content: bytes, at: int) -> int:
    while at < len(content) and content[at]:
        at += content[at] + 1
    return at + 1


def _webp(content: bytes) -> Iterator[bytes]:
    at = 12
    content = content[: 8 + struct.unpack_from("<I", content, 4)[0]]
    while at + 8 <= len(content):
        kind = content[at : at + 4]
        (length,) = struct.unpack_from("<I", content, at + 4)
        end = at + 8 + length + (length & 1)
        if kind == b"VP8X" and length >= 1:
            yield content[at : at + 8] + bytes([content[at + 8] & ~0x0C]) + content[at + 9 : end]
        elif kind not in _WEBP_SAYS:
            yield content[at:end]
        at = end
