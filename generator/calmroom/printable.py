"""What people wrote as a terminal, a log and an export can hold it: no sign that is no text, no command of a runner.

A runner of a CI reads the lines of its log: `::error …` at the beginning of one (GitHub), `##[…]` or `##vso[…]`
anywhere (GitHub's older form, Azure), so that a title could end a job's step or hide a secret's place.
"""

from __future__ import annotations

import re

from calmroom.records import signs

_COMMAND = re.compile(r"^([^\S\n]*):(?=:)|(?<=#)#(?=\w{0,20}\[)", re.MULTILINE)


def text(written: str) -> str:
    """Return a text with the number of each sign that is no text in its place (`\\x1b`); lines and tabs stay."""
    return signs.FORBIDDEN.sub(lambda found: found.group().encode("unicode_escape").decode("ascii"), written)


def line(written: str) -> str:
    """Return a text as one line; where it had lines, a mark stands."""
    return text(written).replace("\n", "␤").replace("\t", " ")


def without_commands(written: str) -> str:
    """Return a text in which nothing is a command of a runner: a space stands between its first two signs."""
    return _COMMAND.sub(lambda found: " #" if found.group(1) is None else f"{found.group(1)}: ", written)
