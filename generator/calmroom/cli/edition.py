"""The option `--edition`, the same for every command that shows what records say."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from calmroom import terminal
from calmroom.records import sharing

if TYPE_CHECKING:
    from calmroom.knowledge import KnowledgeBase


class SharingLevel(click.ParamType[str]):
    """A sharing level as FIRST writes it (`TLP:AMBER+STRICT`) or as records do (`amber+strict`)."""

    name = "level"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the level as records write it."""
        from calmroom.records.diagnostics import nearest

        level = str(value).strip().lower().removeprefix("tlp:")
        if level not in sharing.LEVELS:
            near = nearest(level, sharing.LEVELS)
            self.fail(
                f"'{value}' is not a sharing level."
                + (f" Did you mean '{near}'?" if near else "")
                + f" Valid: {', '.join(sharing.LEVELS)}."
            )
        return level

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """Return what stands for the value in the help."""
        return "LEVEL"


def option(default: str = "`edition` of mkdocs.yml, without it amber+strict") -> Callable[[Any], Any]:
    """Return the option; `default` says in the help what counts without it."""
    return click.option(
        "--edition",
        type=SharingLevel(),
        help=f"Leave out everything above this sharing level: {', '.join(sharing.LEVELS)}.  [default: {default}]",
    )


def say_withheld(base: KnowledgeBase) -> None:
    """Say on the error stream how much was left out, where something was."""
    if str(base.withheld) != "nothing":
        terminal.say(f"{sharing.name(base.edition)}: {base.withheld} above it left out.", err=True)
