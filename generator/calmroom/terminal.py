"""What the commands share: showing diagnostics, and progress on a terminal only."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence

import click

from calmroom.records.diagnostics import Diagnostic, Level

COLOURS = {Level.ERROR: "red", Level.WARNING: "yellow", Level.NOTE: "cyan"}


def show(diagnostics: Sequence[Diagnostic], *, err: bool = False) -> None:
    """Print diagnostics for a person: place, what is wrong, the line itself, what to write."""
    for found in diagnostics:
        place = click.style(f"{found.path}:{found.position.line}:{found.position.column}", bold=True)
        level = click.style(f"{found.level} {found.code}", fg=COLOURS[found.level], bold=True)
        click.echo(f"{place}: {level}: {found.message}", err=err)
        source = found.source.rstrip()
        column = found.position.column
        if source.strip() and column <= len(source) + 1:
            start = max(0, column - 60)
            shown = source[start : start + 100].replace("\t", " ")
            click.echo(click.style(f"  {found.position.line:>5} │ {shown}", dim=True), err=err)
            click.echo(click.style(f"        │ {' ' * (column - 1 - start)}^", fg=COLOURS[found.level]), err=err)
        if found.hint:
            click.echo(f"        {found.hint}", err=err)


def summary(diagnostics: Sequence[Diagnostic], records: int) -> str:
    """Say in a line how many records were read and what was found."""
    counts = {level: sum(found.level is level for found in diagnostics) for level in Level}
    parts = [counted(counts[level], str(level)) for level in (Level.ERROR, Level.WARNING, Level.NOTE) if counts[level]]
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
