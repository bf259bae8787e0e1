"""`calmroom fix`: safe mending of records, and rewrites that somebody accepts one by one."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calmroom import terminal

if TYPE_CHECKING:
    from calmroom.records.diagnostics import Diagnostic


@click.command("fix")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@click.option("--diff", is_flag=True, help="Show what would change, and write nothing.")
@click.option("--language", is_flag=True, help="Offer the rewrites of `calmroom check` one by one, and ask.")
@click.pass_obj
def command(root: Path, paths: tuple[Path, ...], diff: bool, language: bool) -> None:
    """Mend records without changing what they mean.

    Events in the order of time, fields in the order of the format, times and ids as the format writes them, white
    space. Comments, quotes and folds stay as they are: whole lines are moved, single values exchanged, nothing is
    written anew. Each file is read again after each step, and a step that would change its meaning is not taken.

    With --language each rewrite that `calmroom check` offers is shown with its sentence: y takes it, n leaves it, q
    ends. Without PATHS all records are mended.

    Exit codes: 0 nothing to do or done, 1 something would change (with --diff), 2 wrong use.

    \b
    Examples:
      calmroom fix --diff
      calmroom fix incidents/2026-03-02-edge-firewall-rule.md
      calmroom fix --language
    """
    from calmroom import files, knowledge
    from calmroom.cli.build_command import require_config
    from calmroom.cli.check_command import inside, within
    from calmroom.mending import mend
    from calmroom.records import door
    from calmroom.records.reader import find

    require_config(root)
    settings = knowledge.read_settings(root)
    wanted = [inside(root, path) for path in paths]
    found, _ = find(root, settings.incidents)
    changed = 0
    for item in found:
        if not within(item.path, wanted):
            continue
        file = root / item.path
        text = door.text(file, item.path, file.parent, lambda problem: None)
        if text is None:
            continue
        mended = mend.mend(text, item.path)
        after, done = mended.text, list(mended.done)
        if language and not diff:
            after, count = _rewritten(root, item.path, after)
            done += [terminal.counted(count, "rewrite")] if count else []
        if after == text:
            continue
        changed += 1
        if diff:
            terminal.give("".join(_diff(text, after, item.path)))
        else:
            files.replace(file, after)
            terminal.say(f"{item.path}: {', '.join(done)}")
    if diff:
        raise SystemExit(1 if changed else 0)
    terminal.say(f"{terminal.counted(changed, 'record')} mended." if changed else "Nothing to mend.", err=True)


def _diff(before: str, after: str, path: str) -> list[str]:
    lines = difflib.unified_diff(before.split("\n"), after.split("\n"), f"a/{path}", f"b/{path}", lineterm="")
    return [f"{line}\n" for line in lines]


def _rewritten(root: Path, path: str, text: str) -> tuple[str, int]:
    """Return a record's text with the rewrites that were accepted, and how many those are."""
    from calmroom.mending import rewrites

    offers = rewrites.Offers(root, path)
    taken = 0
    while (found := offers.next(text)) is not None:
        after = rewrites.applied(text, found)
        if after is None:
            continue
        _show(found, text, after)
        answer = str(click.prompt("Take it?", type=click.Choice(["y", "n", "q"]), default="n", err=True))
        if answer == "q":
            break
        if answer == "y":
            text, taken = after, taken + 1
    return text, taken


def _show(found: Diagnostic, before: str, after: str) -> None:
    place = terminal.styled(f"{found.path}:{found.position.line}", bold=True)
    terminal.say(place, f": {found.code}: {found.message}", err=True)
    for line in _diff(before, after, found.path)[2:]:
        if line.startswith(("-", "+")):
            terminal.say(f"  {line.rstrip()}", err=True)
