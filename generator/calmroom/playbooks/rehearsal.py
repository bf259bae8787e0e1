"""Rehearsing a script: the other side speaks, you answer, and see the move, why it works, and a better wording.

The page and the command line go through the same exchanges, and with the same seed push back at the same places: both
draw from the linear congruential generator of Numerical Recipes (Press et al., chapter 7), which is a line in any
language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from calmroom.playbooks.model import FACILITATOR, SLOT, Line, Script

CHOICES = 3
PUSH_ODDS = 0.6
"""In hard mode, how often somebody pushes on where the script has an answer to it."""


@dataclass(frozen=True)
class Said:
    """Something the other side says: who, how, what."""

    who: str
    how: str
    what: str


@dataclass(frozen=True)
class Choice:
    """An answer you can give: its words, whether it is the script's own, and what comes of it."""

    words: str
    best: bool
    consequence: str


@dataclass(frozen=True)
class Push:
    """How they push on, and what to say then."""

    who: str
    they: str
    says: str
    moves: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Exchange:
    """What they said since you last spoke, what you can answer, the moves of the best answer and why it works."""

    heard: tuple[Said, ...]
    choices: tuple[Choice, ...]
    moves: tuple[str, ...]
    why: str
    push: Push | None


def exchanges(script: Script) -> list[Exchange]:
    """Return the exchanges of a dialogue in order; a message has none."""
    mine = [line for line in script.lines if line.speaker == FACILITATOR]

    def said(text: str) -> str:
        """Fill the slots with their examples: a rehearsal has no record, and nobody says a bracket aloud."""
        return SLOT.sub(lambda found: script.slots[found[1]].example if found[1] in script.slots else found[0], text)

    found: list[Exchange] = []
    heard: list[Said] = []
    for line in script.lines:
        name = script.cast[line.speaker].name if line.speaker in script.cast else line.speaker
        if line.speaker != FACILITATOR:
            heard.append(Said(name, said(line.direction or ""), said(line.says)))
            continue
        last = heard[-1].who if heard else ""
        push = None
        if line.if_pushed:
            pushed = line.if_pushed
            push = Push(last, said(pushed.they), said(pushed.says), pushed.moves, pushed.why or "")
        choices = tuple(replace(choice, words=said(choice.words)) for choice in _choices(line, mine, len(found)))
        found.append(Exchange(tuple(heard), choices, line.moves, line.why or "", push))
        heard = []
    return found


def _choices(line: Line, mine: list[Line], number: int) -> Iterator[Choice]:
    """Yield the script's own answer, what never to say, and a line that belongs elsewhere, in a fixed mixed order."""
    choices = [Choice(line.says, True, "")]
    if line.never:
        choices.append(Choice(line.never.says, False, line.never.because))
    others = [other for other in mine if other is not line and set(other.moves) != set(line.moves)]
    if others:
        other = others[number % len(others)]
        choices.append(
            Choice(other.says, False, "This is for another moment: it answers something they have not said.")
        )
    turn = number % len(choices)
    yield from (choices[turn:] + choices[:turn])[:CHOICES]


def draws(seed: int) -> Iterator[float]:
    """Yield numbers from 0 up to 1 by the generator x → 1664525 x + 1013904223 (mod 2³²)."""
    state = seed % 2**32
    while True:
        state = (1664525 * state + 1013904223) % 2**32
        yield state / 2**32


def pushes(given: Iterable[Exchange], seed: int) -> list[bool]:
    """Say for each exchange whether somebody pushes on in hard mode with this seed; one draw an exchange."""
    return [draw < PUSH_ODDS and exchange.push is not None for exchange, draw in zip(given, draws(seed), strict=False)]


def summary(used: Iterable[str]) -> list[tuple[str, int]]:
    """Count the moves that were used, most frequent first."""
    return sorted(Counter(used).items(), key=lambda item: (-item[1], item[0]))


def as_data(script: Script, titles: dict[str, str]) -> dict[str, Any]:
    """Return what a page needs to rehearse, ready for JSON; `titles` are the moves' names."""
    made = exchanges(script)
    used = {move for exchange in made for move in (*exchange.moves, *(exchange.push.moves if exchange.push else ()))}
    return {
        "exchanges": [asdict(exchange) for exchange in made],
        "moves": {move: titles.get(move, move) for move in sorted(used)},
        "odds": PUSH_ODDS,
    }
