"""The one way to a terminal and to a CI's log: every text is printed through `say`.

What people wrote (values, paths, names of files) cannot drive a terminal: a sign that is no text is shown by its
number. It cannot speak to the runner of a CI either, which reads commands from the lines of its log. Only `styled`
text carries colours.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click

from calmroom import printable
from calmroom.records import signs
from calmroom.records.diagnostics import Diagnostic, Level

NAMES = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "advice"}
COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "cyan"}
MOST = 300
"""Diagnostics printed for a person; the rest are counted."""
LONGEST = 600
"""Signs of one message printed for a person."""


class Styled(str):
    """A text with colours that went through `styled`; any other text is made printable."""

    __slots__ = ()


def styled(text: str, **style: Any) -> Styled:
    """Return a text as one printable line with colours."""
    return Styled(click.style(printable.without_commands(printable.line(text)), **style))


def say(*parts: str, err: bool = False, nl: bool = True) -> None:
    """Print a line made of `parts`, each of them one line whatever it holds."""
    line = "".join(part if isinstance(part, Styled) else printable.line(part) for part in parts)
    click.echo(printable.without_commands(line), err=err, nl=nl)


def give(document: str, *, err: bool = False) -> None:
    """Print a document for people (Markdown, HTML): its lines stay."""
    click.echo(printable.without_commands(printable.text(document)), nl=False, err=err)


def give_data(data: str) -> None:
    """Print data for tools (CSV, iCalendar), whose own gate has made it what its format allows."""
    click.echo(data, nl=False)


def give_json(value: Any) -> None:
    """Print a value as JSON; a sign that is no text, or begins a command of a runner, is escaped as JSON escapes."""
    click.echo(as_json(value))


def as_json(value: Any) -> str:
    """Return a value as JSON that any log can hold."""
    written = json.dumps(value, indent=2, ensure_ascii=False)
    escaped = signs.FORBIDDEN.sub(lambda found: json.dumps(found.group())[1:-1], written)
    return escaped.replace("##", "#\\u0023")


class LogFormatter(logging.Formatter):
    """Formats what MkDocs says, file names and all, as `say` would."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of one record of the log."""
        return printable.without_commands(printable.text(super().format(record)))


def show(diagnostics: Sequence[Diagnostic], *, err: bool = False) -> None:
    """Print diagnostics for a person: place, what is wrong, the line itself, what to write."""
    for found in diagnostics[:MOST]:
        place = styled(f"{_cut(found.path)}:{found.position.line}:{found.position.column}", bold=True)
        level = styled(f"{NAMES[found.level]} {found.code}", fg=COLOURS[found.level], bold=True)
        say(place, ": ", level, f": {_cut(found.message)}", err=err)
        source = found.source.rstrip()
        column = found.position.column
        if source.strip() and column <= len(source) + 1:
            start = max(0, column - 60)
            shown = source[start : start + 100]
            say(styled(f"  {found.position.line:>5} │ {shown}", dim=True), err=err)
            width = found.end.column - column if found.end and found.end.line == found.position.line else 1
            carets = "^" * max(1, min(width, 100 - (column - 1 - start)))
            say("        │ ", styled(f"{' ' * (column - 1 - start)}{carets}", fg=COLOURS[found.level]), err=err)
        if found.hint:
            say(f"        {_cut(found.hint)}", err=err)
    if len(diagnostics) > MOST:
        say(f"… and {len(diagnostics) - MOST:,} more.", err=err)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def summary(diagnostics: Sequence[Diagnostic], records: int) -> str:
    """Say in a line how many records were read and what was found."""
    counts = {level: sum(found.level is level for found in diagnostics) for level in Level}
    parts = [counted(counts[level], str(level)) for level in (Level.ERROR, Level.WARNING) if counts[level]]
    if counts[Level.NOTE]:
        parts.append(f"{counted(counts[Level.NOTE], 'piece')} of advice")
    what = f"{counted(records, 'record')} checked" if records else "Checked"
    return f"{what}: {', '.join(parts) if parts else 'nothing to mend'}."


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, in the plural where that is due."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


@contextlib.contextmanager
def progress(label: str, at_least: int = 200) -> Iterator[Callable[[int, int], None]]:
    """Give a function `(done, total)` that draws a progress bar on a terminal, and nothing anywhere else.

    Nothing is drawn for work of fewer than `at_least` steps: it is over before it can be read.
    """
    drawn = False

    def draw(done: int, total: int) -> None:
        nonlocal drawn
        if total < at_least or not sys.stderr.isatty():
            return
        if done % max(1, total // 100) == 0 or done == total:
            drawn = True
            filled = 30 * done // total
            click.echo(f"\r{label} [{'█' * filled}{'·' * (30 - filled)}] {done:,}/{total:,}", nl=False, err=True)

    yield draw
    if drawn:
        click.echo(f"\r{' ' * (len(label) + 60)}\r", nl=False, err=True)
