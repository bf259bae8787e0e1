"""Bytes to text, front matter from narrative: what a record file must be before YAML is even looked at."""

from __future__ import annotations

from dataclasses import dataclass

from calmroom.records import signs
from calmroom.records.diagnostics import Diagnostic, Position

MAX_BYTES = 2_000_000


@dataclass(frozen=True)
class Parts:
    """A record's text in two parts, each with the line at which it begins."""

    front_matter: str
    front_matter_line: int
    narrative: str
    narrative_line: int


def decode(content: bytes, path: str) -> tuple[str | None, list[Diagnostic]]:
    """Turn a file's bytes into text with `\\n` line ends and without a byte order mark.

    Returns None and a diagnostic for a file that is too large, empty, not UTF-8, or holds control characters.
    """
    if len(content) > MAX_BYTES:
        return None, [too_large(len(content), path)]
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        position = Position(before.count(b"\n") + 1, len(before) - before.rfind(b"\n"))
        shown = content[error.start : error.start + 1].decode("latin-1")
        message = f"the byte 0x{content[error.start]:02x} is not UTF-8 (in Latin-1 it would be “{shown}”)"
        return None, [Diagnostic("CR109", path, position, message, "Save the file as UTF-8.")]
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        return None, [
            Diagnostic(
                "CR101", path, Position(), "the file is empty", "Run `calmroom new` for a skeleton, or delete the file."
            )
        ]
    if bad := signs.first(text):
        message = f"the control character {signs.named(bad)} stands here"
        place = signs.place(text, text.index(bad))
        return None, [Diagnostic("CR112", path, place, message, "Delete the invisible character.")]
    return text, []


def too_large(size: int, path: str) -> Diagnostic:
    """Return the diagnostic for a file of `size` bytes, more than are read."""
    hint = f"At most {MAX_BYTES / 1_000_000:.0f} MB are read; put logs and dumps beside the record as attachments."
    return Diagnostic("CR110", path, Position(), f"the file has {size / 1_000_000:.1f} MB", hint)


def split(text: str, path: str) -> tuple[Parts | None, list[Diagnostic]]:
    """Split a Markdown record into front matter and narrative."""
    lines = text.split("\n")
    begin = next(index for index, line in enumerate(lines) if line.strip())
    if lines[begin].rstrip() != "---":
        message = "the file does not begin with front matter"
        hint = "Begin with a line `---`, then `title:`, `severity:`, `status:`, then a line `---`, then the narrative."
        return None, [Diagnostic("CR102", path, Position(begin + 1), message, hint)]
    for end in range(begin + 1, len(lines)):
        if lines[end].rstrip() in ("---", "..."):
            front = "\n".join(lines[begin + 1 : end])
            return Parts(front, begin + 2, "\n".join(lines[end + 1 :]), end + 2), []
    message = "the front matter that begins here is never closed"
    return None, [Diagnostic("CR103", path, Position(begin + 1), message, "Write a line `---` after its last field.")]
