"""`calmroom export`: the knowledge base in a form that something else builds."""

from __future__ import annotations

import datetime
from pathlib import Path

import click

from calmroom import terminal
from calmroom.cli import edition
from calmroom.cli.build_command import day_of, read_sound


@click.group("export")
def command() -> None:
    """Give the knowledge base in a form that something else builds.

    What programs read (JSON, feeds, calendars, tables, Markdown) stands on the site itself: see the page *Forms for
    machines*.
    """


@command.command("docs")
@click.option("--to", "target", metavar="DIR", required=True, type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--today", metavar="DATE", type=click.DateTime(["%Y-%m-%d"]), help="The day it is as of.  [default: today]"
)
@edition.option()
@click.pass_obj
def docs(root: Path, target: Path, today: datetime.datetime | None, edition: str | None) -> None:
    """Write Markdown and a mkdocs.yml that stock MkDocs, Zensical and Backstage TechDocs build without Calmroom.

    Pages stand where they stand on our own site. Diagrams are Mermaid, figures are SVG, search is the builder's. DIR
    must be empty or an earlier export; it is replaced whole, or left as it is.

    Exit codes: 0 written, 1 the records hold errors, 2 wrong use.

    \b
    Examples:
      calmroom export docs --to ../portal-docs --edition green
      cd ../portal-docs && mkdocs build --strict
    """
    from calmroom.exchange import site
    from calmroom.insight.analysis import Analysis
    from calmroom.knowledge import TAXONOMIES
    from calmroom.site import elsewhere, machine_forms, site_folder
    from calmroom.site.standing import Standing

    base = read_sound(root, edition)
    _require_free(root, target, [base.settings.incidents, base.settings.playbooks, TAXONOMIES, "docs"])
    told = site.config(root)
    places = site.places(root)
    made = elsewhere.Elsewhere(Analysis(base, day_of(today)), places, str(told.get("site_description") or ""))
    forms = list(made.every())
    try:
        building = site_folder.Building(target)
    except site_folder.BeingBuiltError as error:
        raise click.UsageError(str(error)) from None
    try:
        with terminal.progress("Writing") as draw:
            draw(0, len(forms))
            machine_forms.write(forms, "", Standing.nothing(building.folder), "", parallel=True)
    except BaseException:
        building.discard()
        raise
    building.swap_in()
    pages = sum(form.address.endswith(".md") for form in forms)
    terminal.say(f"{terminal.counted(pages, 'page')} in {target}; README.md there says how to build them.", err=True)


def _require_free(root: Path, target: Path, sources: list[str]) -> None:
    """Refuse a folder that holds something else than an export, or a part of the knowledge base."""
    from calmroom.site import elsewhere

    place = target.resolve()
    for source in (root / name for name in ("mkdocs.yml", *sources)):
        held = source.resolve()
        if held == place or held.is_relative_to(place) or (held.is_dir() and place.is_relative_to(held)):
            raise click.UsageError(f"--to: {target} holds the knowledge base itself ({source}). Name another folder.")
    if place.is_dir() and any(place.iterdir()) and not (place / elsewhere.MARK).is_file():
        raise click.UsageError(f"--to: {target} holds something that is no export. Name an empty folder.")
