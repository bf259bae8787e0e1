"""`calmroom schema`: the record's format, for editors."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("schema")
@click.option(
    "--write", is_flag=True, help="Write docs/schema/record.schema.json in the knowledge base instead of printing."
)
@click.pass_obj
def command(root: Path, write: bool) -> None:
    """Give the JSON Schema (draft 2020-12) of a record.

    An editor that speaks the YAML language server completes fields and values from it: the skeleton that `calmroom
    new` writes names docs/schema/record.schema.json in its first line. The schema holds the knowledge base's own
    taxonomies; write it anew after changing them.

    \b
    Examples:
      calmroom schema --write
      calmroom schema > record.schema.json
    """
    from generator import files, knowledge
    from generator.records.emit import SCHEMA_PATH
    from generator.records.schema import schema_text

    text = schema_text(knowledge.read_taxonomies(root)[0])
    if not write:
        click.echo(text, nl=False)
        return
    target = root / SCHEMA_PATH
    if target.is_file() and target.read_text("utf-8") == text:
        click.echo(f"{SCHEMA_PATH} is up to date.", err=True)
        return
    files.replace(target, text)
    click.echo(f"Wrote {SCHEMA_PATH}.", err=True)
