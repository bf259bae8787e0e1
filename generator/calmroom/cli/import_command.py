"""`calmroom import`: records from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click

from calmroom import terminal


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
    from calmroom.exchange.markdown import convert, write
    from calmroom.records.diagnostics import Level, sort

    base = into or root
    if base.is_file():
        raise click.UsageError(f"{base} is a file; --into names a folder.")
    folder = base / knowledge.read_settings(base).incidents if (base / "mkdocs.yml").is_file() else base
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
    outcome, kept = write(converted, folder, dry_run=dry_run)
    told = sort([*notes, *kept])
    terminal.show([note for note in told if not quiet or note.level is Level.ERROR])
    failed = sum(item.text is None for item in converted)
    verb = "would be written" if dry_run else "written"
    terminal.say(
        f"{terminal.counted(len(found), 'file')} in {source}: {len(outcome.written)} {verb}, "
        f"{len(outcome.unchanged)} unchanged, "
        f"{len(outcome.kept)} kept as they are, {failed} not imported.",
        err=True,
    )
    raise SystemExit(1 if failed else 0)


def _contents(source: Path, found: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Read one file after the other, and of one that is too large only enough to know that it is."""
    from calmroom.records import text_file

    for path in found:
        with path.open("rb") as file:
            yield path.relative_to(source).as_posix(), file.read(text_file.MAX_BYTES + 1)
