"""`calmroom import`: records from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calmroom import terminal

if TYPE_CHECKING:
    from calmroom.exchange.markdown import Converted
    from calmroom.records.diagnostics import Diagnostic


@click.group("import")
def command() -> None:
    """Bring records in from elsewhere, without ever overwriting what is there.

    Each source becomes a record of its own; what it lacks and what could not be carried over is listed. Running an
    import again changes nothing.
    """


@command.command("markdown")
@click.argument("source", metavar="DIR", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--map",
    "map_file",
    metavar="MAPPING.yml",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="How their fields become ours; examples/import/ has one to start from.",
)
@click.option(
    "--into",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="The knowledge base to write into.  [default: the current one]",
)
@click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
@click.option("--quiet", "-q", is_flag=True, help="List only what was not imported.")
@click.pass_obj
def markdown(root: Path, source: Path, map_file: Path, into: Path | None, dry_run: bool, quiet: bool) -> None:
    """Import any Markdown files with front matter from DIR by a mapping file.

    The mapping names which source field becomes which field of a record, translates values and gives defaults. A
    record that lacks what a reviewed one needs arrives as a draft. Each file is written whole or not at all, so an
    interrupted run leaves nothing half done and can be run again.

    Exit codes: 0 all imported or there already, 1 some could not be imported, 2 wrong use.

    \b
    Example:
      calmroom import markdown ../postmortems --map examples/import/public-postmortems.yml --into . --dry-run
    """
    from calmroom import knowledge
    from calmroom.exchange import mapping as mappings
    from calmroom.exchange.markdown import convert

    base, folder = _into(root, into)
    mapping, problems = mappings.parse(map_file.read_text("utf-8", errors="replace"), str(map_file))
    if mapping is None:
        terminal.show(problems, err=True)
        raise SystemExit(2)
    inside = source.resolve()
    found = [
        path
        for path in sorted(source.glob(mapping.files), key=lambda path: path.relative_to(source).as_posix())
        if path.is_file() and not path.name.startswith(".") and path.resolve().is_relative_to(inside)
    ]
    if not found:
        raise click.UsageError(f"No file in {source} fits `{mapping.files}`, the mapping's `files`.")
    with terminal.progress("Importing", at_least=20) as draw:
        converted, notes = convert(
            _contents(source, found), mapping, knowledge.read_taxonomies(base)[0], lambda done: draw(done, len(found))
        )
    _give(converted, notes, folder, f"{terminal.counted(len(found), 'file')} in {source}", dry_run=dry_run, quiet=quiet)


def _give(
    converted: Sequence[Converted], notes: Sequence[Diagnostic], folder: Path, what: str, *, dry_run: bool, quiet: bool
) -> None:
    """Write what was made, say what became of each, and end with 1 where something could not be imported."""
    from calmroom.exchange.markdown import write
    from calmroom.records.diagnostics import Level, sort

    outcome, kept = write(converted, folder, dry_run=dry_run)
    told = sort([*notes, *kept])
    terminal.show([note for note in told if not quiet or note.level is Level.ERROR])
    failed = sum(item.text is None for item in converted)
    verb = "would be written" if dry_run else "written"
    terminal.say(
        f"{what}: {len(outcome.written)} {verb}, "
        f"{len(outcome.unchanged)} unchanged, "
        f"{len(outcome.kept)} kept as they are, {failed} not imported.",
        err=True,
    )
    raise SystemExit(1 if failed or any(note.code == "CR801" for note in notes) else 0)


def _contents(source: Path, found: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Read one file after the other, and of one that is too large only enough to know that it is."""
    from calmroom.records import text_file

    for path in found:
        with path.open("rb") as file:
            yield path.relative_to(source).as_posix(), file.read(text_file.MAX_BYTES + 1)


def _into(root: Path, into: Path | None) -> tuple[Path, Path]:
    """Return the knowledge base that is written into, and the folder of its records."""
    from calmroom import knowledge

    base = into or root
    if base.is_file():
        raise click.UsageError(f"{base} is a file; --into names a folder.")
    return base, base / knowledge.read_settings(base).incidents if (base / "mkdocs.yml").is_file() else base


FORMS = {
    "incident.io": "Import incidents of incident.io: JSON of its API v2 (/v2/incidents).",
    "firehydrant": "Import incidents of FireHydrant: JSON of its API (/v1/incidents).",
    "jira": "Import issues of Jira, exported as CSV with all fields.",
    "github": "Import issues of GitHub: JSON of its API, or of `gh issue list --json …`.",
    "html": "Import HTML pages, as Confluence exports a space: a folder, a zip, or one page.",
}
HELP = """

Which field becomes which is said by a mapping, the same language as for Markdown. One comes with Calmroom; --show-map
prints it, --map takes your own in its place. Everything arrives as a draft, what it lacks and what had no place is
listed, and a second run changes nothing.

Exit codes: 0 all imported or there already, 1 some could not be imported, 2 wrong use.
"""


def _command(form: str, told: str) -> click.Command:
    """Return the command that imports one form of collection."""

    @click.command(form, help=told + HELP)
    @click.argument("source", metavar="PATH", required=False, type=click.Path(exists=True, path_type=Path))
    @click.option(
        "--map", "map_file", metavar="MAPPING.yml", type=click.Path(exists=True, dir_okay=False, path_type=Path),
        help="How their fields become ours.  [default: the one that comes with Calmroom]",
    )  # fmt: skip
    @click.option("--show-map", is_flag=True, help="Print the mapping that comes with Calmroom, and import nothing.")
    @click.option("--zone", metavar="ZONE", help="The zone of times that have none, by its IANA name.")
    @click.option(
        "--into", metavar="DIR", type=click.Path(file_okay=False, path_type=Path),
        help="The knowledge base to write into.  [default: the current one]",
    )  # fmt: skip
    @click.option("--dry-run", is_flag=True, help="Say what would be written, and write nothing.")
    @click.option("--quiet", "-q", is_flag=True, help="List only what was not imported.")
    @click.pass_obj
    def imported(root: Path, /, **options: Any) -> None:
        _collection(root, form, **options)

    return imported


def _collection(
    root: Path,
    form: str,
    source: Path | None,
    map_file: Path | None,
    show_map: bool,
    zone: str | None,
    into: Path | None,
    dry_run: bool,
    quiet: bool,
) -> None:
    from calmroom import knowledge
    from calmroom.cli.drafting import zone_of
    from calmroom.exchange import foreign
    from calmroom.exchange import mapping as mappings
    from calmroom.exchange.markdown import convert

    shipped = foreign.mapping_text(form)
    if show_map:
        terminal.give_data(shipped)
        return
    if source is None:
        raise click.UsageError("Missing argument 'PATH'.")
    base, folder = _into(root, into)
    text = map_file.read_text("utf-8", errors="replace") if map_file else shipped
    mapping, problems = mappings.parse(text, str(map_file or f"{form}.yml"))
    if mapping is None:
        terminal.show(problems, err=True)
        raise SystemExit(2)
    told: list[Diagnostic] = []
    items = list(foreign.sources(form, source, zone_of(zone), told.append))
    made = ((item.name, foreign.source(item)) for item in items)
    converted, notes = convert(made, mapping, knowledge.read_taxonomies(base)[0])
    placed = foreign.placed(notes, items)
    _give(converted, [*told, *placed], folder, f"{len(items):,} in {source}", dry_run=dry_run, quiet=quiet)


for _form, _told in FORMS.items():
    command.add_command(_command(_form, _told))
