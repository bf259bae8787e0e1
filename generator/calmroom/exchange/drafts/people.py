"""People in an export become roles or letters: who is who is kept outside of the record, or printed once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property

from calmroom.checks import names
from calmroom.records import yaml_text
from calmroom.records.diagnostics import Diagnostic, Position

SOMEBODY = "somebody"
_HANDLE = re.compile(r"(?<![\w@/.])@(?=[A-Za-z])([\w.-]{1,60}(?<![.-]))")
_MOST = 2_000
"""So many people are looked for by name in messages."""


class People:
    """Who is what: `known` are roles by name, as a file gives them; whoever is not among them gets a letter."""

    def __init__(self, known: Mapping[str, str], others: Mapping[str, str]) -> None:
        self.roles: dict[str, str] = dict(known)
        self._others = others
        self._given = set(known)
        self._letters = 0

    def role(self, who: str) -> str:
        """Return the role or letter of a person; nobody knows who `somebody` is."""
        name = self._others.get(who, who).strip()
        if not name or name == SOMEBODY:
            return "Somebody"
        if name not in self.roles:
            taken = set(self.roles.values())
            while (letter := f"Responder {_letter(self._letters)}") in taken:
                self._letters += 1
            self.roles[name] = letter
        return self.roles[name]

    @property
    def added(self) -> dict[str, str]:
        """Those who got a letter."""
        return {name: role for name, role in self.roles.items() if name not in self._given}

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        found: dict[str, None] = {}
        for name in [*self.roles, *self._others][:_MOST]:
            if len(name) > 2:
                found[name] = None
        first = [name.split()[0] for name in self.roles if " " in name]
        for word in first:
            if len(word) > 2 and word[0].isupper() and first.count(word) == 1:
                found[word] = None
        if not found:
            return None
        every = "|".join(re.escape(name) for name in sorted(found, key=len, reverse=True))
        return re.compile(rf"(?<![\w@])@?(?:{every})(?!\w)")

    @cached_property
    def _handles(self) -> Mapping[str, str]:
        """Handles as people make them of names: the first one, all of them together, with a dot, the first letter."""
        made: dict[str, str] = {}
        for name, role in self.roles.items():
            words = re.findall(r"\w+", name.casefold())
            for handle in (words[0], "".join(words), ".".join(words), f"{words[0][0]}{words[-1]}") if words else ():
                made[handle] = SOMEBODY if handle in made and made[handle] != role else role
        return made

    def _of_handle(self, found: re.Match[str]) -> str:
        if found[1] in ("here", "channel", "everyone", "all"):
            return found.group()
        return self._handles.get(found[1].casefold(), SOMEBODY)

    @cached_property
    def _first(self) -> Mapping[str, str]:
        return {name.split()[0]: role for name, role in self.roles.items() if " " in name}

    def without_names(self, text: str) -> str:
        """Return a message with roles and letters in the place of names; handles nobody knows are somebody."""

        def role(found: re.Match[str]) -> str:
            name = found.group().lstrip("@")
            name = self._others.get(name, name)
            return self.roles.get(name) or self._first.get(name) or found.group()

        if self._pattern is not None:
            text = self._pattern.sub(role, text)
        if "@" in text:
            text = _HANDLE.sub(self._of_handle, text)
        for start, end in reversed(list(names.named(text))):
            text = f"{text[:start]}{SOMEBODY}{text[end:]}"
        return text


def _letter(number: int) -> str:
    return chr(ord("A") + number) if number < 26 else str(number + 1)


def parse(text: str, path: str) -> tuple[dict[str, str], list[Diagnostic]]:
    """Read a file that says who is what: `Name: role`, a line each."""
    document = yaml_text.read(text)
    problems = [Diagnostic("CR801", path, f.position, f.message, f.hint) for f in document.faults]
    value = document.value if document.value is not None else {}
    if problems:
        return {}, problems
    if not isinstance(value, dict):
        hint = "Write one person a line, as `Anna Meyer: On-call engineer`."
        return {}, [Diagnostic("CR801", path, Position(), "this is not a list of people and roles", hint)]
    for name, role in value.items():
        if not isinstance(role, str) or not role.strip() or "\n" in role:
            hint = "Write a role in a few words, as `Anna Meyer: On-call engineer`."
            problems.append(Diagnostic("CR801", path, document.position((name,)), f"`{name}` has no role", hint))
    return {str(name): str(role).strip() for name, role in value.items()}, problems


def text_of(roles: Mapping[str, str]) -> str:
    """Return the text of such a file."""
    import json

    lines = (
        f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(role, ensure_ascii=False)}"
        for name, role in roles.items()
    )
    return "".join(
        f"{line}\n" for line in ["# Who is what in drafts. Keep this file outside of the knowledge base.", *lines]
    )
