"""`calmroom rehearse`: say it once before it counts."""

from __future__ import annotations

from pathlib import Path

import click

from calmroom import terminal
from calmroom.cli import edition
from calmroom.cli.build_command import require_config


@click.command("rehearse")
@click.argument("script", metavar="SCRIPT")
@click.option("--hard", is_flag=True, help="Somebody pushes on, at random.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="With --hard: the same number gives the same push-backs.",
)
@edition.option()
@click.pass_obj
def command(root: Path, script: str, hard: bool, seed: int, edition: str | None) -> None:
    """Rehearse a script: the other side speaks, you choose an answer by its number or type your own.

    After each answer you see what comes of it, the move the script makes, why it works, and its wording. At the end
    the moves you used are counted. Nothing is stored or sent. Leave with Ctrl-D.

    \b
    Examples:
      calmroom rehearse blame-in-the-room
      calmroom rehearse date-now --hard --seed 7
    """
    from calmroom import knowledge
    from calmroom.playbooks import rehearsal
    from calmroom.records.diagnostics import nearest

    require_config(root)
    base = knowledge.read(root, edition=edition)
    found = base.scripts.get(script)
    if found is None:
        near = nearest(script, base.scripts)
        raise click.UsageError(f"There is no script '{script}'." + (f" Did you mean '{near}'?" if near else ""))
    made = rehearsal.exchanges(found)
    if not made:
        raise click.UsageError(f"'{script}' is a written message; there is nothing to rehearse.")
    pushed = rehearsal.pushes(made, seed) if hard else [False] * len(made)
    names = {slug: word.title for slug, word in base.taxonomies["moves"].items()}
    used: list[str] = []
    best = 0
    terminal.say(terminal.styled(found.title, bold=True))
    terminal.say()
    try:
        for exchange, push in zip(made, pushed, strict=True):
            best += _play(exchange, push, names, used)
    except (EOFError, click.Abort):
        terminal.say()
        terminal.say("You left before the end.")
    terminal.say()
    terminal.say(terminal.styled("Moves you used", bold=True))
    for move, count in rehearsal.summary(used):
        terminal.say(f"  {names.get(move, move)}: {count}")
    terminal.say(f"  {best} of {len(made)} answers were the script's own.")


def _play(exchange: object, push: bool, names: dict[str, str], used: list[str]) -> bool:
    from calmroom.playbooks.rehearsal import Exchange

    assert isinstance(exchange, Exchange)
    for said in exchange.heard:
        how = f" ({said.how})" if said.how else ""
        terminal.say(terminal.styled(said.who, bold=True), f"{how}: {said.what}")
    for number, choice in enumerate(exchange.choices, 1):
        terminal.say(f"  {number}. {choice.words}")
    answer = click.prompt("You (a number, or your own words)", default="", show_default=False)
    chosen = (
        exchange.choices[int(answer) - 1] if answer.isdecimal() and 0 < int(answer) <= len(exchange.choices) else None
    )
    if chosen is not None and chosen.best:
        used += exchange.moves
        terminal.say("  That holds.")
    elif chosen is not None:
        terminal.say(f"  {chosen.consequence}")
    _tell(next(choice.words for choice in exchange.choices if choice.best), exchange.moves, exchange.why, names, chosen)
    if push and exchange.push is not None:
        terminal.say(terminal.styled(exchange.push.who or "They", bold=True), f" (pushing on): {exchange.push.they}")
        click.prompt("You", default="", show_default=False)
        _tell(exchange.push.says, exchange.push.moves, exchange.push.why, names, None)
        used += exchange.push.moves
    terminal.say()
    return chosen is not None and chosen.best


def _tell(words: str, moves: tuple[str, ...], why: str, names: dict[str, str], chosen: object) -> None:
    if not getattr(chosen, "best", False):
        terminal.say(f"  A wording that works: “{words}”")
    if moves:
        terminal.say(f"  The move: {', then '.join(names.get(move, move) for move in moves)}. {why}")
