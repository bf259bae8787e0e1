"""Names and handles of people (CR613): a record names roles and teams."""

from __future__ import annotations

import re
from collections.abc import Iterator

from calmroom.checks.language import first_names
from calmroom.checks.passages import MASK
from calmroom.checks.subject import Subject, people_fields
from calmroom.records.diagnostics import Diagnostic, Level

_HANDLE = re.compile(
    r"(?<![\w@/.:¤-])@(?!everyone\b|here\b|channel\b|all\b|v?\d)([A-Za-z][\w-]{1,38})(?![\w@/]|\.\w|\()"
)
_TITLED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof)\.? (?:[A-Z][\w'’-]{1,30} ){0,2}[A-Z][a-z'’-]{1,30}")
_NAME = re.compile(
    r"(?<![\w.@/¤'’-])([A-Z][a-z]{2,12})(?: ([A-Z]\.))?(?: (?:(?:van|von|de|der|da|di|bin|al|el|la)[ -])?([A-Z][a-zA-Z'’-]{1,20}))?(?![\w@/])"
)
_DOES = re.compile(
    r"(?:'s|’s)? (?:\([^)]{1,40}\) )?(?:(?:then|later|also|had|has|was|is|did|and|from|who|on call|asked|told|said|says|deployed|pushed|ran|noticed|"
    r"merged|approved|forgot|deleted|restarted|rolled|called|paged|joined|saw|found|opened|wrote|changed|fixed|should|could|will|would|reviewed|made|suggested|reported|logged|started)\b)"
)
_BEFORE = re.compile(
    r"\b(?:by|asked|told|paged|called|from|with|to|and|ask|@|engineer|developer|operator|colleague|manager|admin|lead|author|reviewer|thanks to|owner) \Z"
)
_NOT_SURNAMES = frozenset(
    [
        "Chase",
        "Bank",
        "University",
        "Airport",
        "Hospital",
        "Street",
        "Kubernetes",
        "Cloud",
        "Server",
        "Service",
        "Lake",
        "City",
        "Region",
        "Act",
        "Awards",
        "Labs",
        "Inc",
        "Ltd",
        "Institute",
        "Foundation",
        "Hotel",
        "Stadium",
        "College",
        "Hall",
        "Ave",
        "Road",
    ]
)
_DECORATORS = frozenset(
    [
        "media",
        "import",
        "keyframes",
        "property",
        "override",
        "param",
        "return",
        "returns",
        "staticmethod",
        "pytest",
        "babel",
        "types",
        "angular",
        "scope",
        "latest",
    ]
)


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Yield a finding for each name or handle of a person in what a file says, and in the fields that say who."""
    for passage in subject.passages:
        text = passage.uncoded
        if "@" in text:
            for found in _HANDLE.finditer(text):
                if found.group(1).lower() not in _DECORATORS and MASK not in found.group():
                    yield _finding(subject, passage, found.start(), found.end(), found.group())
        for found in _TITLED.finditer(text) if "r. " in text or "s. " in text or "Mr" in text or "Dr" in text else ():
            yield _finding(subject, passage, found.start(), found.end(), found.group())
        for start, end in named(text) if not first_names().isdisjoint(passage.words) else ():
            yield _finding(subject, passage, start, end, text[start:end])
    if subject.fields is not None:
        for where, text in people_fields(subject.fields).items():
            if person := _HANDLE.search(text) or _whole_name(text):
                hint = "Write a role or a team: people change, and a record is read for years."
                yield subject.finding("CR613", where, f"“{person.group()}” is a person", hint, Level.WARNING)


def named(text: str) -> Iterator[tuple[int, int]]:
    """Yield where a first name stands with a surname, or alone and doing what people do."""
    for found in _NAME.finditer(text):
        first, last = found.group(1), found.group(3)
        if first.lower() not in first_names() or (last and last in _NOT_SURNAMES):
            continue
        acts = _DOES.match(text, found.end()) or _BEFORE.search(text, max(0, found.start() - 20), found.start())
        if acts or (last and last[1:].islower() and _DOES.match(text, found.end())):
            yield found.start(), found.end()


def _whole_name(text: str) -> re.Match[str] | None:
    found = _NAME.fullmatch(text.strip())
    known = (
        found is not None and found.group(1).lower() in first_names() and (found.group(3) or " " not in text.strip())
    )
    return found if known else None


def _finding(subject: Subject, passage: object, start: int, end: int, name: str) -> Diagnostic:
    message = f"“{name}” is a person: a record that names people is read as a list of the guilty"
    begins = start == 0 or passage.text[max(0, start - 2) : start].strip() in (".", "")  # type: ignore[attr-defined]
    role = "The responder" if begins else "the responder"
    hint = f"Write the role, as “{role}”, “the on-call engineer” or “the network team”."
    return subject.at(passage, start, end, "CR613", message, hint, Level.WARNING, rewrite=role)  # type: ignore[arg-type]
