"""Links between records, playbooks and pages: what an address in a text points at, or why it points at nothing.

A text may link by id (`incident:2026-03-02-edge-firewall-rule`, `playbook:blame-in-the-room`, `page:contributing`) or
by the path of the file, as it works in a code browser (`2026-03-02-edge-firewall-rule.md`,
`../playbooks/blame-in-the-room.md`). Both are checked.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from urllib.parse import unquote, urlsplit

from calmroom.records import narrative
from calmroom.records.diagnostics import Diagnostic, Level, Position, nearest
from calmroom.records.model import Prose

MOST = 100
"""Broken links told of one text."""
KINDS = {"incident": "record", "playbook": "playbook", "script": "script", "page": "page"}


@dataclass(frozen=True)
class Target:
    """Where a link leads: `incident`, `playbook`, `attachment`, `page`, `web`, `here`; its id or address; an anchor.

    `nowhere` is the kind of a link to what was left out: its words stay, the link falls away.
    """

    kind: str
    id: str
    anchor: str = ""


@dataclass(frozen=True)
class Broken:
    """Why an address leads nowhere: the diagnostic's code, what is wrong, what to write."""

    code: str
    message: str
    hint: str


@dataclass(frozen=True)
class Directory:
    """Everything a text can link to: ids by kind, earlier ids, and the file each thing lives in.

    `left_out` are ids by kind that lead nowhere and are no mistake.
    """

    ids: Mapping[str, Mapping[str, str]]
    aliases: Mapping[str, str]
    attachments: frozenset[str]
    left_out: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def by_file(self) -> Mapping[str, Target]:
        """What each file of the knowledge base holds."""
        return {file: Target(kind, found) for kind, ids in self.ids.items() for found, file in ids.items()}

    def resolve(self, address: str, tag: str, path: str) -> Target | Broken:
        """Find what `address`, written in the file at `path` in a tag `a` or `img`, leads to."""
        scheme = narrative.scheme(address)
        if scheme and scheme not in narrative.LINK_SCHEMES | narrative.ID_SCHEMES:
            return Broken(
                "CR403",
                f"an address that begins with `{scheme}:` is refused",
                "Link to a web address, a record or a file beside it.",
            )
        if scheme in narrative.ID_SCHEMES:
            return self._by_id(scheme, address.partition(":")[2])
        if narrative.is_external(address):
            if tag == "img":
                return Broken(
                    "CR403",
                    "an image from elsewhere would be fetched by every reader",
                    "Put the image beside the record and link to it by name.",
                )
            if not scheme:
                return Broken("CR403", f"`{address}` has no scheme", f"Write `https:{address}`.")
            return Target("web", address)
        parts = urlsplit(address)
        anchor = unquote(parts.fragment)
        if not parts.path:
            return Target("here", "", anchor)
        return self._by_path(unquote(parts.path), anchor, tag, path)

    def _by_id(self, kind: str, rest: str) -> Target | Broken:
        path, _, fragment = rest.partition("#")
        written, anchor = unquote(path), unquote(fragment)
        written = self.aliases.get(written, written) if kind == "incident" else written
        if written in self.ids.get(kind, {}):
            return Target(kind, written, anchor)
        if written in self.left_out.get(kind, ()):
            return Target("nowhere", written)
        near = nearest(written, self.ids.get(kind, {}))
        hint = f"Did you mean `{kind}:{near}`?" if near else "Check the id; it is the file's name without its ending."
        return Broken("CR401", f"there is no {KINDS[kind]} `{written}`", hint)

    def _by_path(self, written: str, anchor: str, tag: str, path: str) -> Target | Broken:
        if written.startswith("/") or "\\" in written:
            return Broken(
                "CR401",
                f"`{written}` is not a path from this file",
                "Write the path from this file, or `incident:` and the id.",
            )
        wanted = posixpath.normpath(posixpath.join(posixpath.dirname(path), written))
        if wanted == ".." or wanted.startswith("../"):
            return Broken(
                "CR401",
                f"`{written}` leads out of the knowledge base",
                "Link to a file inside it, or to a web address.",
            )
        if wanted in self.attachments:
            return Target("attachment", wanted, anchor)
        for candidate in (wanted, f"{wanted}/record.md", f"{wanted}/record.yaml"):
            if candidate in self.by_file:
                return replace(self.by_file[candidate], anchor=anchor)
        stem = posixpath.splitext(posixpath.basename(wanted))[0]
        if tag == "a" and stem in self.aliases:
            return Target("incident", self.aliases[stem], anchor)
        if tag == "img" or not wanted.endswith((".md", ".yaml", ".yml")):
            return Broken("CR402", f"`{written}` is not among the files beside this record", self._file_hint(wanted))
        near = nearest(wanted, self.by_file)
        hint = (
            f"Did you mean `{posixpath.relpath(near, posixpath.dirname(path))}`?" if near else "Check the file's name."
        )
        return Broken("CR401", f"there is no record, playbook or page at `{written}`", hint)

    def _file_hint(self, wanted: str) -> str:
        folder = posixpath.dirname(wanted)
        near = nearest(wanted, [name for name in self.attachments if posixpath.dirname(name) == folder])
        if near:
            return f"Did you mean `{posixpath.basename(near)}`?"
        return "Put the file into the record's own folder: `incidents/<id>/record.md` and the file beside it."


def inner(text: str) -> tuple[tuple[str, str], ...]:
    """Return the links of a Markdown text that do not lead into the web, each once, as `(tag, address)`."""
    if not any(sign in text for sign in ("](", "]:", "<")):
        return ()
    found = ((link.tag, link.address) for link in narrative.inspect(text).links)
    return tuple(dict.fromkeys(link for link in found if not link[1].startswith(("https:", "http:", "mailto:"))))


def check(
    prose: Prose, directory: Directory, anchors: Iterable[str] = (), *, only_ids: bool = False
) -> list[Diagnostic]:
    """Check every link of one Markdown text.

    `anchors` are those its page has beyond the text's own headings. With `only_ids` nothing but links by id is looked
    at: the rest is somebody else's to check, as MkDocs does in hand-written pages.
    """
    text, path = prose.text, prose.path
    if not any(sign in text for sign in ("](", "]:", "<", "://")):
        return []
    inspection = narrative.inspect(text)
    known = inspection.anchors | set(anchors)
    found: list[Diagnostic] = []
    lines = text.lower().split("\n")

    def place(line: int, written: str) -> Position:
        column = _column(lines, line, written)
        return Position(column[0] + prose.first_line, column[1] + prose.indent)

    for link in inspection.links:
        if len(found) >= MOST:
            message, hint = "more broken links follow", "Mend those above and check again."
            return [*found, Diagnostic("CR216", path, place(link.line, link.address), message, hint)]
        if only_ids and narrative.scheme(link.address) not in narrative.ID_SCHEMES:
            continue
        target = directory.resolve(link.address, link.tag, path)
        if isinstance(target, Target) and target.kind == "here" and anchor_of(target.anchor, known) is None:
            near = nearest(target.anchor, [name.removeprefix(narrative.ANCHOR_PREFIX) for name in known])
            hint = f"Did you mean `#{near}`?" if near else "Check the heading."
            target = Broken("CR406", f"there is no heading `#{target.anchor}` on this page", hint)
        if isinstance(target, Broken):
            found.append(Diagnostic(target.code, path, place(link.line, link.address), target.message, target.hint))
    for removed in () if only_ids else inspection.removed[:MOST]:
        hint = "Write Markdown instead, or put the sign between backticks if it is meant to be read."
        message = f"`{removed.text}` will not reach the page"
        found.append(
            Diagnostic("CR404", path, place(removed.line, removed.text.rstrip(">=")), message, hint, Level.WARNING)
        )
    return found


def anchor_of(written: str, known: Iterable[str]) -> str | None:
    """Return the anchor of the page that `#written` means: one of the page's own, or a heading of the narrative."""
    anchors = set(known)
    if not written:
        return ""
    for candidate in (narrative.ANCHOR_PREFIX + written, written):
        if candidate in anchors:
            return candidate
    return None


def _column(lines: Sequence[str], line: int, written: str) -> tuple[int, int]:
    """Find what was written on the line it was reported for or after it: the line from 0, the column from 1.

    Where it is not found as written (an entity, an escape), the place is the first sign of that line.
    """
    for later in range(line, min(line + 40, len(lines))):
        index = lines[later].find(written.lower())
        if index >= 0:
            return later, index + 1
    text = lines[line] if line < len(lines) else ""
    return line, len(text) - len(text.lstrip()) + 1
