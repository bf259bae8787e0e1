"""`calmroom schema`: the formats of records, scripts and the glossary, for editors."""

from __future__ import annotations

from pathlib import Path

import click

KINDS = ("record", "script", "glossary")


@click.command("schema")
@click.argument("kind", type=click.Choice(KINDS), default="record")
@click.option(
    "--write", is_flag=True, help="Write all of them into docs/schema/ of the knowledge base instead of printing one."
)
@click.pass_obj
def command(root: Path, kind: str, write: bool) -> None:
    """Give the JSON Schema (draft 2020-12) of a record, a script or a glossary file.

    An editor that speaks the YAML language server completes fields and values from it: the skeleton that
    `calmroom new` writes names docs/schema/record.schema.json in its first line. The schemas hold the knowledge
    base's own taxonomies; write them anew after changing those.

    \b
    Examples:
      calmroom schema --write
      calmroom schema script > script.schema.json
    """
    from calmroom import files, terminal

    texts = schemas(root)
    if not write:
        terminal.give_data(texts[f"{kind}.schema.json"])
        return
    for name, text in texts.items():
        target = root / "docs" / "schema" / name
        if files.holds(target, text):
            terminal.say(f"docs/schema/{name} is up to date.", err=True)
        else:
            files.replace(target, text)
            terminal.say(f"Wrote docs/schema/{name}.", err=True)


def schemas(root: Path) -> dict[str, str]:
    """Return the text of every schema by its file's name, with the taxonomies of the knowledge base at `root`."""
    from calmroom import knowledge
    from calmroom.playbooks import schema as playbooks
    from calmroom.records.schema import as_text, schema

    taxonomies = knowledge.read_taxonomies(root)[0]
    made = {"record": schema(taxonomies), "script": playbooks.script(taxonomies), "glossary": playbooks.glossary()}
    return {f"{kind}.schema.json": as_text(made[kind]) for kind in KINDS}
