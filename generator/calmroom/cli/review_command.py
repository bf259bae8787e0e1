"""`calmroom review`: what a pull request changes in meaning."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import click

from calmroom import terminal
from calmroom.cli.build_command import day_of, require_config

NEAR = 3
"""Similar incidents shown for a record."""
MOST_COMPARED = 20
"""Records for which similar incidents are looked for; in a pull request of more, nobody reads them."""


@click.command("review")
@click.option("--base", metavar="REV", required=True, help="The branch it will be merged into, as main or origin/main.")
@click.option("--head", metavar="REV", help="The commit to review.  [default: the files as they are]")
@click.option("--preview", metavar="URL", default="", help="Where the site of the head is, to link its pages.")
@click.option("--format", "form", type=click.Choice(["markdown", "json"]), default="markdown", show_default=True)
@click.option("--similar/--no-similar", default=True, show_default=True, help="Look for similar incidents.")
@click.option(
    "--words",
    metavar="FILE",
    envvar="CALMROOM_WORDS",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Words that must not be here, as in `calmroom check`.  [env: CALMROOM_WORDS]",
)
@click.option("--today", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="The day it is judged on.")
@click.pass_obj
def command(
    root: Path,
    base: str,
    head: str | None,
    preview: str,
    form: str,
    similar: bool,
    words: Path | None,
    today: datetime.datetime | None,
) -> None:
    """Say what a branch changes in meaning, as Markdown for a comment in its pull request.

    For each record: times and durations before and after; events, factors and actions that were added, moved, dropped,
    closed or slipped; the timeline drawn; findings that came and went; similar incidents and what held there; questions
    worth asking. A sharing level that was lowered comes first. Playbooks, scripts and vocabulary likewise. The comment
    has at most 60,000 characters, whatever changed.

    It looks at everything, whatever its sharing level, as the diff does: the comment is for those who may read the
    repository. Everything is read from Git and from the files here; nothing is fetched. A clone must reach back to
    where both sides parted: `fetch-depth: 0` for GitHub, `GIT_DEPTH: 0` for GitLab.

    Exit codes: 0 reviewed, 2 wrong use (no such revision, no Git, a shallow clone).

    \b
    Examples:
      calmroom review --base main
      calmroom review --base origin/main --preview https://preview.example/142/ > comment.md
      calmroom review --base main --format json
    """
    from calmroom import git
    from calmroom.checks import forbidden
    from calmroom.review import comment, review, sides

    require_config(root)
    day = day_of(today)
    listed = forbidden.read(words.read_text("utf-8", "replace")) if words else ()
    try:
        both = sides.read(root, base, head, day, listed)
    except git.GitError as error:
        raise click.UsageError(str(error)) from None
    made = review.make(both)
    records = {pair.id: pair.after.record for pair in both.pairs if pair.after.record is not None}
    entries = [
        replace(entry, timeline=_timeline(records[entry.id]))
        if entry.kind == "record" and entry.id in records
        else entry
        for entry in made.entries
    ]
    if similar and 0 < len(records) <= MOST_COMPARED:
        near = _near(root, records, {pair.id: pair.was for pair in both.pairs})
        entries = [replace(entry, near=tuple(near.get(entry.id, ()))) for entry in entries]
    made = replace(made, entries=tuple(entries))
    if form == "json":
        terminal.give_json(made.as_json())
    else:
        terminal.give(comment.markdown(made, root, preview))


def _timeline(record: object) -> str:
    """Return the Mermaid source of a record's timeline; one that could end its own fence is left out."""
    from calmroom.records.model import Record
    from calmroom.site import diagrams

    assert isinstance(record, Record)
    drawn = diagrams.timeline(record)
    if drawn is None or any(line.lstrip().startswith(("```", "~~~")) for line in drawn.source.split("\n")):
        return ""
    return drawn.source.strip()


def _near(root: Path, records: Mapping[str, object], was: Mapping[str, str]) -> dict[str, list[tuple[str, str, str]]]:
    """Return for each record the incidents most like it, with what was tried there and whether it held."""
    from calmroom import knowledge
    from calmroom.insight.similarity import Similarity, text_of
    from calmroom.records.model import Record
    from calmroom.records.sharing import STRICTEST

    others = Similarity(knowledge.read(root, edition=STRICTEST).own_first)
    found: dict[str, list[tuple[str, str, str]]] = {}
    for id_, record in records.items():
        assert isinstance(record, Record)
        near = [item for item in others.to_text(text_of(record), NEAR + 2) if item.record.id not in (id_, was[id_])][
            :NEAR
        ]
        found[id_] = [
            (
                item.record.id,
                item.record.title,
                "; ".join(_held(tried.action.what, tried.later) for tried in item.tried[:2]),
            )
            for item in near
        ]
    return found


def _held(what: str, later: tuple[object, ...] | None) -> str:
    said = what.rstrip(".")
    if later is None:
        return f"{said} (nothing is known of what came of it)"
    return f"{said} ({f'came back {len(later)}×' if later else 'has not come back'})"
