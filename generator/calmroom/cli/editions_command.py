"""`calmroom editions`: what each edition holds, what it leaves out, and why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from calmroom import terminal
from calmroom.cli.build_command import require_config
from calmroom.cli.edition import SharingLevel
from calmroom.records import sharing


@click.command("editions")
@click.option("--edition", "only", type=SharingLevel(), help="Only this edition.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.pass_obj
def command(root: Path, only: str | None, form: str) -> None:
    """List for each sharing level what an edition of it holds, what it leaves out, and whose word that is.

    It looks at everything, so its output is as confidential as the strictest record. What came with Calmroom is public
    and is counted in every edition. A level stands on a record, playbook, script, term or page (`tlp:`), on an item of
    a record, on an attachment, on a section (`## Heading {tlp=amber}`) or a passage (`<!-- tlp: red -->` to
    `<!-- /tlp -->`).

    Exit codes: 0 listed, 1 the records hold errors, 2 wrong use.

    \b
    Examples:
      calmroom editions
      calmroom editions --edition green --format json
    """
    from calmroom import editions, knowledge

    require_config(root)
    whole = knowledge.read_whole(root)
    if whole.errors:
        terminal.show(whole.errors, err=True)
        raise SystemExit(1)
    told: list[dict[str, Any]] = []
    for level in (only,) if only else sharing.LEVELS:
        base, left = editions.of(whole, level)
        told.append(
            {
                "edition": sharing.name(level),
                "site": level == whole.settings.edition,
                "holds": {
                    "records": len(base.records),
                    "playbooks": len(base.playbooks),
                    "scripts": len(base.scripts),
                    "terms": len(base.terms),
                },
                "withholds": [
                    {"kind": item.kind, "id": item.id, "where": item.place, "level": item.level, "why": item.why}
                    for item in left
                ],
            }
        )
    if form == "json":
        terminal.give_json(told)
        return
    for edition in told:
        holds = ", ".join(f"{count:,} {what}" for what, count in edition["holds"].items())
        mark = " (the site's)" if edition["site"] else ""
        terminal.say(terminal.styled(f"{edition['edition']}{mark}", bold=True), f" holds {holds}")
        for item in edition["withholds"]:
            where = f", {item['where']}" if item["where"] else ""
            terminal.say(f"  without {item['kind']} {item['id']}{where}: {sharing.name(item['level'])}, {item['why']}")
        if not edition["withholds"]:
            terminal.say("  without nothing")
