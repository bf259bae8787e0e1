"""The command `calmroom`: one module a command, loaded only when it is called.

Exit codes everywhere: 0 fine, 1 problems found, 2 wrong use.
"""

from __future__ import annotations

import errno
import importlib
import io
import sys
from pathlib import Path
from typing import Any

import click

from calmroom import __version__, printable

COMMANDS = {
    "actions": "List the actions of all records.",
    "brief": "Give an incident on one page, for an executive.",
    "build": "Build the site.",
    "check": "Check records and say what to write instead.",
    "digest": "Say what is new since a day.",
    "editions": "Say what each sharing level holds and withholds.",
    "export": "Give the knowledge base to another builder.",
    "fix": "Mend records without changing what they mean.",
    "import": "Bring records in from elsewhere.",
    "init": "Make a new knowledge base.",
    "kit": "Give the meeting kit of an incident.",
    "library": "See what comes with Calmroom, and make it your own.",
    "mcp": "Serve the knowledge base to an assistant.",
    "new": "Write the skeleton of a new record.",
    "next": "Say what is most worth adding to a record.",
    "rehearse": "Rehearse a script.",
    "review": "Say what a pull request changes in meaning.",
    "schema": "Give the JSON Schemas, for editors.",
    "search": "Search, as the site does.",
    "serve": "Show the site while you write.",
    "similar": "Find the incidents most like one.",
    "verify": "Say whether a site is still what was built.",
}


class LazyGroup(click.Group):
    """A group that imports a command's module only when that command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in alphabetical order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"calmroom.cli.{cmd_name}_command")
        command: click.Command = module.command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Suggest the nearest command for one that does not exist."""
        from calmroom.records.diagnostics import nearest

        if args and args[0] not in COMMANDS and not args[0].startswith("-") and (near := nearest(args[0], COMMANDS)):
            ctx.fail(f"No such command '{args[0]}'. Did you mean '{near}'?")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command; what the system refuses (a full disk, a folder that is not ours) ends in one line of words.

        What a terminal's encoding cannot write is written as its number.
        """
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        try:
            return super().invoke(ctx)
        except click.ClickException as error:
            error.message = printable.without_commands(printable.text(error.message))  # type: ignore[misc]
            raise
        except OSError as error:
            if error.errno in (None, errno.EPIPE):
                raise
            from calmroom import terminal

            names = [str(name) for name in (error.filename, error.filename2) if name is not None]
            reason = error.strerror or "the system refused it"
            terminal.say(f"Nothing more was done: {': '.join([*names, reason])}.", err=True)
            raise SystemExit(1) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="calmroom")
@click.option(
    "-C",
    "directory",
    metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="Work on the knowledge base in DIR instead of the current folder.",
)
@click.pass_context
def main(ctx: click.Context, directory: Path) -> None:
    """Turn incident records into a calm, searchable post-mortem knowledge base.

    A knowledge base is a folder with a mkdocs.yml, records in incidents/ and playbooks in playbooks/. `calmroom init
    DIR` makes one; `calmroom new` begins a record in it; `calmroom check` says what is wrong; `calmroom serve` shows
    it while you write; `calmroom build` makes the site.

    Exit codes: 0 fine, 1 problems found, 2 wrong use.
    """
    ctx.obj = directory
