"""A redacted edition: names from a list become neutral ones, everywhere and each time the same.

The list is a file that need not lie in the repository:

    organisations: [[Acme Corp, ACME, acme.example], Initech]   # several spellings of one thing in brackets
    services: [customer-portal]
    roles: [Payments Lead]
    hosts: [db1.internal]
    words: {Project Falcon: the project}                          # or a name of your own choosing

The first organisation becomes "Organisation A", the second "Organisation B": a name keeps its neutral one as long as
nothing is put before it. A name is found in any case, with spaces, hyphens or underscores between its words, and within
longer words; one of up to three letters only where it stands by itself. What cannot be searched (pictures, archives) is
left out of a redacted edition, and `survivors` looks through every byte of the site for what was missed.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from calmroom import texts
from calmroom.records import slug, yaml_text
from calmroom.records.diagnostics import Diagnostic, nearest

if TYPE_CHECKING:
    from calmroom.knowledge import KnowledgeBase

SECTIONS = {
    "organisations": "Organisation",
    "services": "service",
    "roles": "Role",
    "hosts": "host",
    "words": "Name",
}
"""The sections of a list, each with what its names become: `Organisation A`, `service-a`."""
SEARCHABLE = frozenset({".txt", ".log", ".csv", ".tsv", ".json", ".yaml", ".yml", ".har", ".eml", ".ics"})
"""Attachments whose text can be looked through."""
SHORT = 3
MOST = 2_000
LENGTH = 200
_JOINED = re.compile(r"[-_./@:#%=&]")
_TAG = re.compile(r"<[^<>]{0,2000}>")
_OURS = ("assets/javascripts/", "assets/stylesheets/", "assets/images/", "assets/calmroom/")
"""Files of packages, the same in every site."""


@dataclass(frozen=True)
class Name:
    """One thing with its spellings, what it becomes, and which entry of the list it is."""

    spellings: tuple[str, ...]
    neutral: str
    section: str
    entry: str


@dataclass(frozen=True, repr=False)
class Redaction:
    """Replaces names in any text, and counts what it replaced by the entry of the list."""

    names: tuple[Name, ...]
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        spelled = [(spelling, name) for name in self.names for spelling in name.spellings]
        spelled.sort(key=lambda pair: -len(pair[0]))
        pattern = "|".join(f"({_pattern(spelling)})" for spelling, _ in spelled) or r"(?!)"
        object.__setattr__(self, "_found", re.compile(pattern, re.IGNORECASE))
        object.__setattr__(self, "_names", [name for _, name in spelled])

    def __call__(self, text: str) -> str:
        """Return a text with every name replaced."""
        found: re.Pattern[str] = getattr(self, "_found")  # noqa: B009 - set once, in a frozen value
        if not self.names or not found.search(text):
            return text
        whole = slug.is_slug(text)
        return found.sub(lambda match: self._neutral(match, text, whole), text)

    def survives(self, text: str) -> str | None:
        """Return the entry of the list whose name a text still holds, or None."""
        found: re.Pattern[str] = getattr(self, "_found")  # noqa: B009
        match = found.search(text) if self.names else None
        return self._of(match).entry if match else None

    def report(self) -> list[str]:
        """Return for each entry of the list what it became and how often; the name itself is not said."""
        return [f"{name.entry} → {name.neutral}: {self.counts[name.entry]:,} times" for name in self.names]

    def _of(self, match: re.Match[str]) -> Name:
        names: list[Name] = getattr(self, "_names")  # noqa: B009
        return names[int(match.lastindex or 1) - 1]

    def _neutral(self, match: re.Match[str], text: str, whole: bool) -> str:
        name = self._of(match)
        self.counts[name.entry] += 1
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 2]
        inside = _JOINED.match(before) or (_JOINED.match(after) and after[1:].strip())
        if whole or (inside and match[0] == match[0].lower()):
            return slug.better(name.neutral) or "name"
        return name.neutral


def parse(text: str, path: str) -> tuple[Redaction | None, list[Diagnostic]]:
    """Read a list of names from its text; None with what is wrong where it cannot be used whole."""
    document = yaml_text.read(text)
    problems = [Diagnostic(f.code, path, f.position, f.message, f.hint) for f in document.faults]

    def wrong(at: yaml_text.Path, message: str, hint: str, *, key: bool = False) -> None:
        problems.append(Diagnostic("CR130", path, document.position(at, key=key), message, hint))

    if not isinstance(document.value, dict):
        if not problems:
            wrong((), "the list is not fields", "Write `organisations: [Acme Corp]`, and so on.")
        return None, problems
    names: list[Name] = []
    for section, entries in document.value.items():
        if section not in SECTIONS:
            near = nearest(section, SECTIONS)
            hint = f"Did you mean `{near}`?" if near else f"The sections are {', '.join(SECTIONS)}."
            wrong((section,), f"there is no section `{section}`", hint, key=True)
        elif not isinstance(entries, dict | list):
            hint = "Write `[one, two]`, or `name: neutral name`."
            wrong((section,), f"`{section}` is neither a list nor a mapping", hint)
        else:
            for place, name in _names(section, entries):
                if all(isinstance(text, str) and 1 < len(text.strip()) <= LENGTH for text in place[1]):
                    names.append(name)
                else:
                    hint = "Put it in quotes if it is a number."
                    wrong((section, place[0]), "a name is a text of 2 to 200 characters", hint)
    owners: dict[str, str] = {}
    for name in names:
        for spelling in name.spellings:
            if (first := owners.setdefault(spelling.casefold(), name.entry)) != name.entry:
                wrong((name.section,), f"a name of {name.entry} is in {first} already", "Keep one of the two.")
    if len(names) > MOST:
        wrong((), f"{len(names):,} names; at most {MOST:,} are replaced", "Name fewer.")
        return None, problems
    made = Redaction(tuple(names))
    for name in names:
        if entry := made.survives(name.neutral):
            wrong((name.section,), f"`{name.neutral}` holds the name of {entry}", "Choose another neutral name.")
    return (None if problems else made), problems


def _names(section: str, entries: Any) -> Iterator[tuple[tuple[Any, list[Any]], Name]]:
    """Yield each entry's key and texts as they are written, with the name made of it."""
    for number, (key, entry) in enumerate(entries.items() if isinstance(entries, dict) else enumerate(entries)):
        given = isinstance(entries, dict)
        spelled = [key] if given else entry if isinstance(entry, list) and entry else [entry]
        letters = _letters(number)
        slugs = section in ("services", "hosts")
        neutral = entry if given else f"{SECTIONS[section]}{f'-{letters.lower()}' if slugs else f' {letters}'}"
        spellings = tuple(" ".join(str(text).split()) for text in spelled)
        written = [*spelled, neutral]
        yield (key, written), Name(spellings, str(neutral).strip(), section, f"{section}, entry {number + 1}")


def of(base: KnowledgeBase, redaction: Redaction) -> KnowledgeBase:
    """Return the knowledge base with every name replaced: in texts, ids, addresses and file names alike."""
    kept = [
        record.model_copy(
            update={"files": tuple(f for f in record.files if PurePosixPath(f.name).suffix.lower() in SEARCHABLE)}
        )
        for record in base.records
    ]
    records = [texts.changed(record, redaction) for record in kept]
    moved = {
        new.path: old.path
        for record, before in zip(records, kept, strict=True)
        for new, old in zip(record.files, before.files, strict=True)
    }
    changed: Mapping[str, Any] = {
        name: texts.changed(getattr(base, name), redaction)
        for name in (
            "settings",
            "unreadable",
            "playbooks",
            "scripts",
            "terms",
            "pages",
            "files",
            "left_out",
            "everyday",
            "asked",
        )
    }
    told = [
        replace(
            found,
            path=redaction(found.path),
            message=redaction(found.message),
            hint=redaction(found.hint),
            source=redaction(found.source),
        )
        for found in base.diagnostics
    ]
    return replace(
        base,
        **changed,
        records=tuple(records),
        moved=moved,
        redaction=redaction,
        gate=replace(base.gate, redact=redaction),
        diagnostics=tuple(told),
    )


def survivors(folder: Path, redaction: Redaction) -> Iterator[tuple[str, str]]:
    """Yield each file of a site that still holds a name (as text, escaped or cut by tags), and which entry."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        path = file.relative_to(folder).as_posix()
        if entry := redaction.survives(unquote(path)):
            yield path, entry
            continue
        if path.startswith(_OURS) or file.suffix == ".gz":  # what is compressed stands beside it as it is
            continue
        text = file.read_bytes().decode("utf-8", "replace")
        for seen in (text, html.unescape(_TAG.sub("", text)), html.unescape(unquote(text))):
            if entry := redaction.survives(seen):
                yield path, entry
                break


def _pattern(spelling: str) -> str:
    """Return what matches a spelling: any case, any joint between its words, within words unless it is very short."""
    words = [re.escape(word) for word in re.split(r"[\s_-]+", spelling) if word]
    joined = r"[\s_-]{0,3}".join(words)
    return rf"(?<![^\W_]){joined}(?![^\W_])" if len(re.sub(r"\W", "", spelling)) <= SHORT else joined


def _letters(number: int) -> str:
    """Return `A` for 0, `B` for 1, …, `AA` for 26."""
    letters = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
