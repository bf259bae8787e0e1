"""`calmroom init`: a new knowledge base that builds at once."""

from __future__ import annotations

from pathlib import Path

import click

RENAMED = {"gitignore": ".gitignore", "pre-commit-config.yaml": ".pre-commit-config.yaml"}


@click.command("init")
@click.argument("directory", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--name", metavar="TEXT", help="What the knowledge base is called.  [default: from DIR]")
def command(directory: Path, name: str | None) -> None:
    """Make a new knowledge base in DIR, with all that a pull request needs.

    It has mkdocs.yml, folders, an example record and the JSON Schema; for GitHub and GitLab what checks, builds,
    reviews and publishes; owners, a pull request's template and a hook for pre-commit. It builds at once. Nothing that
    exists is overwritten: if DIR holds one of the files already, nothing is written at all.

    Exit codes: 0 made, 1 something is in the way, 2 wrong use.

    \b
    Example:
      calmroom init our-incidents && calmroom -C our-incidents serve
    """
    from calmroom import files, terminal
    from calmroom.records import signs
    from calmroom.records.emit import SCHEMA_PATH
    from calmroom.records.schema import schema_text
    from calmroom.records.taxonomy import shipped
    from calmroom.shipped import TEMPLATES

    title = name or directory.resolve().name.replace("-", " ").replace("_", " ").strip().capitalize() or "Incidents"
    if signs.first(title) or any(character in title for character in "\n\t"):
        raise click.UsageError("--name is a single line of text.")
    starter = TEMPLATES / "starter"
    contents = {
        RENAMED.get(path.relative_to(starter).as_posix(), path.relative_to(starter).as_posix()): path.read_text("utf-8")
        for path in sorted(starter.rglob("*"))
        if path.is_file() and path.suffix != ".pyc"
    }
    contents["mkdocs.yml"] = contents["mkdocs.yml"].replace("{{ name }}", _quoted(title))
    contents["README.md"] = contents["README.md"].replace("{{ name }}", title)
    contents[SCHEMA_PATH] = schema_text(shipped())
    taken = [
        path
        for path, text in contents.items()
        if files.is_taken(directory / path) and not files.holds(directory / path, text)
    ]
    if taken:
        terminal.say(
            f"Nothing was written: {directory} holds {', '.join(taken)} already. Name an empty folder.", err=True
        )
        raise SystemExit(1)
    files.create_all({directory / path: text for path, text in contents.items()})
    terminal.say(f"Made a knowledge base in {directory}.")
    terminal.say(f"Look at it: calmroom -C {directory} serve", err=True)


def _quoted(text: str) -> str:
    """Return text as a YAML scalar in double quotes."""
    import json

    return json.dumps(text, ensure_ascii=False)
