"""`calmroom brief`: an incident on one page, for an executive."""

from __future__ import annotations

from pathlib import Path

import click

from calmroom import terminal
from calmroom.cli import edition
from calmroom.cli.kit_command import find


@click.command("brief")
@click.argument("incident", metavar="ID")
@click.option(
    "--format",
    "form",
    type=click.Choice(["markdown", "html"]),
    default="markdown",
    show_default=True,
    help="html prints on one page.",
)
@edition.option()
@click.pass_obj
def command(root: Path, incident: str, form: str, edition: str | None) -> None:
    """Give the executive brief of an incident: what happened, what it did, why, what is done, what is not known.

    It is made from the record alone; a part the record cannot fill is left out.

    Exit codes: 0 fine, 1 the record holds errors, 2 wrong use.

    \b
    Examples:
      calmroom brief 2026-03-02-edge-firewall-rule
      calmroom brief 2026-03-02-edge-firewall-rule --format html > brief.html
    """
    from calmroom.kit import brief
    from calmroom.site import rendering

    base, record = find(root, incident, edition)
    name = {"markdown": "brief.md", "html": "brief.html"}[form]
    terminal.give(rendering.Renderer(base).kit(name, {"brief": brief.make(base, record)}))
