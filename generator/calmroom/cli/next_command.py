"""`calmroom next`: the three most useful things to add to a record."""

from __future__ import annotations

from pathlib import Path

import click

from calmroom import terminal
from calmroom.cli.build_command import require_config


@click.command("next")
@click.argument("id_", metavar="ID")
@click.option("-n", "count", type=click.IntRange(1, 20), default=3, show_default=True, help="How many.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def command(root: Path, id_: str, count: int, form: str) -> None:
    """Say what is most worth adding to a record now, why, and how it is written.

    ID is a record's id, its file, or the beginning of one that no other record has. A draft is asked for what a reader
    of tonight needs first; later records for what a meeting and the figures need. Only this record is read.

    Exit codes: 0 said (even if nothing is missing), 1 the record cannot be read, 2 wrong use.

    \b
    Examples:
      calmroom next 2026-03-02-edge-firewall-rule
      calmroom next 2026-03-02
    """
    from calmroom import knowledge
    from calmroom.checks import next_steps
    from calmroom.records.reader import find, read_record

    require_config(root)
    found, _ = find(root, knowledge.read_settings(root).incidents)
    wanted = id_.rstrip("/").rsplit("/", 1)[-1].removesuffix(".md").removesuffix(".yaml").removesuffix(".yml")
    fitting = [item for item in found if item.id == wanted] or [item for item in found if item.id.startswith(wanted)]
    if len(fitting) != 1:
        from calmroom.records.diagnostics import nearest

        if fitting:
            raise click.UsageError(
                f"{len(fitting)} records begin with {id_}: {', '.join(item.id for item in fitting[:3])} …"
            )
        near = nearest(wanted, [item.id for item in found])
        raise click.UsageError(f"There is no record {id_}." + (f" Did you mean {near}?" if near else ""))
    reading = read_record(root, fitting[0], knowledge.read_taxonomies(root)[0])
    if reading.record is None:
        terminal.show(reading.diagnostics)
        terminal.say("Mend this first; `calmroom check` says the same.", err=True)
        raise SystemExit(1)
    steps = next_steps.of(reading.record, count)
    if form == "json":
        terminal.give_json([vars(step) for step in steps])
        return
    for number, step in enumerate(steps, 1):
        terminal.say(terminal.styled(f"{number}. {step.field}", bold=True), f": {step.why}")
        terminal.say(f"     {step.example}")
    if not steps:
        terminal.say("Nothing is missing that would be asked for. Read it aloud once.")
