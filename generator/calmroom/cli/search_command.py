"""`calmroom search`: the search of the site, in a terminal."""

from __future__ import annotations

from pathlib import Path

import click

from calmroom import terminal
from calmroom.cli import edition
from calmroom.cli.build_command import read_sound

SORTS = {"do": "What to say and do", "before": "What happened before", "means": "What it means"}


@click.command("search")
@click.argument("query", metavar='"WORDS"')
@click.option("-n", "count", type=click.IntRange(1, 200), default=10, show_default=True, help="How many at most.")
@click.option(
    "--kind",
    "kinds",
    type=click.Choice(["incident", "playbook", "script", "term"]),
    multiple=True,
    help="Only this kind; may be given more than once.",
)
@click.option("--json", "as_json", is_flag=True, help="For tools: a list of what was found, in the order of the page.")
@edition.option()
@click.pass_obj
def command(root: Path, query: str, count: int, kinds: tuple[str, ...], as_json: bool, edition: str | None) -> None:
    """Search incidents, playbooks, scripts and the vocabulary, as the site does.

    Say it in your own words: "boss wants someone fired". The best three of each sort come first (what to say and do,
    what happened before, what it means), the sort first that fits the question best.

    A word that is missing lowers a hit and never empties the list; rarer words count more; "words in quotes" must
    stand there so and mean nothing else; where they stand nowhere, each counts for itself. A misspelt word is taken for
    the nearest one that pages use, an everyday word for the word of the trade as well. What was done so is said. A
    whole paragraph about a new incident finds what is like it.

    With --json each has its `rank` on the page, `rank_in_sort` and `rank_in_kind`.

    Exit codes: 0 searched (even if nothing was found), 1 the records hold errors, 2 wrong use.

    \b
    Examples:
      calmroom search "nobody answers my questions"
      calmroom search "firewall rule customers cannot sign in"
      calmroom search '"route leak"' --kind incident --json
    """
    from calmroom.search.finder import Finder

    if not query.strip():
        raise click.UsageError("Give a word to search for.")
    base = read_sound(root, edition)
    result = Finder(base, parallel=True).search(query, count, kinds)
    if as_json:
        told = [
            {
                "kind": found.document.kind,
                "id": found.document.id,
                "title": found.document.title,
                "summary": found.document.summary,
                "day": found.document.day or None,
                "score": round(found.score, 4),
                "sections": list(found.sections),
                "sort": found.sort,
                "rank": found.rank,
                "rank_in_sort": found.rank_in_sort,
                "rank_in_kind": found.rank_in_kind,
                "fits": found.fits or None,
            }
            for found in result.found
        ]
        terminal.give_json(told)
        return
    for word, better in result.corrections.items():
        terminal.say(f"Taking '{word}' for '{better}'.", err=True)
    if result.loosely:
        terminal.say(
            "No page has the words in quotes one after the other, so each of them counts for itself.", err=True
        )
    if result.partly:
        terminal.say("That is a long text: only its beginning was looked at, or looked at for slips.", err=True)
    if result.also:
        terminal.say(f"Also looked for: {', '.join(result.also[:6])}.", err=True)
    sort = ""
    for found in result.found:
        document = found.document
        if found.sort != sort:
            more = "" if found.rank_in_sort == 1 else "More: "
            sort = found.sort
            terminal.say(terminal.styled(f"{more}{SORTS[sort]} ({result.counts[sort]})", dim=True))
        terminal.say(terminal.styled(document.title, bold=True))
        where = f"; in: {', '.join(found.sections)}" if found.sections else ""
        terminal.say(f"  {document.kind} {document.id}{where}")
        if found.fits:
            terminal.say(f"  fits: “{found.fits}”")
        terminal.say(f"  {document.summary}")
    if not result.found:
        terminal.say("No page has any of these words. Try the service, the symptom, or one word fewer.", err=True)
