"""`calmroom digest`: what is new, for a newsletter or a chat."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from calmroom import terminal
from calmroom.cli import edition
from calmroom.cli.build_command import day_of, read_sound, require_config


@click.command("digest")
@click.option(
    "--since", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The first day it tells of."
)
@click.option(
    "--today", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="The last day it tells of.  [default: today]"
)
@edition.option()
@click.pass_obj
def command(root: Path, since: datetime.datetime, today: datetime.datetime | None, edition: str | None) -> None:
    """Write what is new since a day, as Markdown for a newsletter or a chat.

    New and amended records, actions that slipped, are due next or were done, what happened on these days in earlier
    years, and one incident worth reading again, with the reason. Links lead to the site if mkdocs.yml has a site_url.
    Actions of other organisations are not in it: they are not ours to close.

    Exit codes: 0 written, 1 the records hold errors, 2 wrong use.

    \b
    Examples:
      calmroom digest --since 2026-03-01
      calmroom digest --since 2026-03-01 --today 2026-03-31 > march.md
    """
    from calmroom.insight import digest
    from calmroom.insight.analysis import Analysis
    from calmroom.site import rendering, views

    config = require_config(root)
    base = read_sound(root, edition)
    try:
        made = digest.make(Analysis(base, day_of(today)), since.date())
    except ValueError as error:
        raise click.UsageError(f"--since must not be after --today: {error}.") from None
    name, address = _site(config)
    values = {
        "digest": made,
        "name": name,
        "short": views.day_short,
        "address": (lambda id_: f"{address}incidents/{id_}/") if address else None,
    }
    terminal.give(rendering.Renderer(base).text("digest/digest.md", values))


def _site(config: Path) -> tuple[str, str]:
    """Return the site's name and address as mkdocs.yml has them; the address is empty where it has none."""
    from calmroom.records import yaml_text

    value = yaml_text.read(config.read_text("utf-8-sig"), unknown_tags=True).value
    settings = value if isinstance(value, dict) else {}
    address = str(settings.get("site_url") or "")
    return str(settings.get("site_name") or "the knowledge base"), address.rstrip("/") + "/" if address else ""
