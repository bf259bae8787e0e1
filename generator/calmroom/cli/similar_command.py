"""`calmroom similar`: the incidents most like one, or like a few sentences about a new one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from calmroom import terminal
from calmroom.cli import edition
from calmroom.cli.build_command import read_sound


@click.command("similar")
@click.argument("subject", metavar='ID|"FREE TEXT"')
@click.option(
    "-n",
    "count",
    type=click.IntRange(1, 100),
    default=5,
    show_default=True,
    help="How many at most, the nearest first.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@edition.option()
@click.pass_obj
def command(root: Path, subject: str, count: int, form: str, edition: str | None) -> None:
    """Find the incidents most like a record, or like a text in your own words, and say why.

    What two incidents share is said in words: services, kinds of factor, who noticed, tags, words. For each it says
    what was tried there, and whether what it addressed came back in a later record of the same service.

    Exit codes: 0 listed (even if none is near), 1 the records hold errors, 2 wrong use.

    \b
    Examples:
      calmroom similar 2026-03-02-edge-firewall-rule
      calmroom similar "a vendor's support account was used to read customer tickets" -n 3
    """
    from calmroom.insight.analysis import heard
    from calmroom.insight.similarity import Similarity, in_words

    if not subject.strip():
        raise click.UsageError("Give a record's id, or a few words about an incident.")
    base = read_sound(root, edition)
    all_records = Similarity(base.own_first, heard(base).said)
    record = base.by_id.get(base.aliases.get(subject, subject))
    near = all_records.to(record, count) if record else all_records.to_text(subject, count)
    told: list[dict[str, Any]] = [
        {
            "incident": item.record.id,
            "whose": "ours" if item.record.ours else "others",
            "title": item.record.title,
            "severity": item.record.severity,
            "score": round(item.score, 4),
            "reasons": in_words(item.reasons, base.taxonomies, base.settings.service_title),
            "tried": [
                {
                    "what": tried.action.what,
                    "strength": tried.action.strength,
                    "came_back_in": None if tried.later is None else [later.id for later in tried.later],
                }
                for tried in item.tried
            ],
        }
        for item in near
    ]
    if form == "json":
        terminal.give_json(told)
        return
    if not told:
        terminal.say("No record is near. Use more words, or words a record would use.", err=True)
    for item in told:
        terminal.say(terminal.styled(f"{item['incident']}  ({item['score']:.2f})", bold=True))
        terminal.say(f"  {item['title']}")
        if item["reasons"]:
            terminal.say(f"  Why: {'; '.join(item['reasons'])}")
        for tried in item["tried"][:3]:
            terminal.say(f"  Tried: {tried['what']} {_held(tried['came_back_in'])}")


def _held(came_back_in: list[str] | None) -> str:
    if came_back_in is None:
        return "(whether it held cannot be told)"
    return f"(came back in {', '.join(came_back_in)})" if came_back_in else "(no later record of the same)"
