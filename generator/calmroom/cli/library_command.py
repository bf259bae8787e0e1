"""`calmroom library`: what comes with Calmroom, and making it one's own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calmroom import terminal
from calmroom.cli.build_command import require_config

if TYPE_CHECKING:
    from calmroom.library import Item
    from calmroom.records.settings import Settings


@click.group("library")
def command() -> None:
    """See what comes with Calmroom, and make it your own.

    Playbooks, scripts, vocabulary, notification clocks and incidents of the library are in every knowledge base,
    unless `library:` in mkdocs.yml leaves them out. An item is named by its id, `silence`, or by its kind and id,
    `script:silence`. A file of your own with the same id takes its place.
    """


@command.command("list")
@click.option("--kind", type=click.Choice(["incident", "playbook", "script", "glossary", "obligations", "page"]))
@click.option("--json", "as_json", is_flag=True, help="For tools: a list of items.")
@click.pass_obj
def list_items(root: Path, kind: str | None, as_json: bool) -> None:
    """List the items of the library, and which of them this knowledge base replaces or leaves out.

    Exit codes: 0 listed, 2 wrong use.
    """
    from calmroom import library

    settings = _settings(root)
    out = {item.name for name in settings.library.without for item in library.named(name, library.items())}
    told = []
    for item in library.items():
        if kind and item.kind != kind:
            continue
        switch = settings.library.incidents if item.kind == "incident" else settings.library.playbooks
        own = _own(root, item, settings)
        state = "replaced" if own else "left out" if item.name in out or not switch else "in use"
        told.append({"name": item.name, "title": library.title(item), "state": state, "file": own or None})
    if as_json:
        terminal.give_json(told)
        return
    width = max((len(str(entry["name"])) for entry in told), default=0)
    for entry in told:
        note = f"  [{entry['state']}{': ' + str(entry['file']) if entry['file'] else ''}]"
        terminal.say(f"{entry['name']:<{width}}  {entry['title']}{note if entry['state'] != 'in use' else ''}")


@command.command("show")
@click.argument("name", metavar="ID")
@click.pass_obj
def show(root: Path, name: str) -> None:
    """Print an item of the library as it is shipped.

    Exit codes: 0 printed, 2 wrong use.

    \b
    Example:
      calmroom library show script:silence
    """
    for item in _named(name):
        terminal.say(f"# {item.name}", err=True)
        terminal.give(item.text)


@command.command("copy")
@click.argument("names", metavar="ID...", nargs=-1, required=True)
@click.pass_obj
def copy(root: Path, names: tuple[str, ...]) -> None:
    """Copy items of the library into this knowledge base, to be changed there.

    A copy notes what it was copied from and in which version, so that `calmroom library diff` can say later what
    changed on either side. Nothing is ever overwritten: if one of the files exists, nothing is written at all.

    Exit codes: 0 copied, 1 a file exists already, 2 wrong use.

    \b
    Examples:
      calmroom library copy silence
      calmroom library copy script:message-customer-notice glossary:finance
    """
    from calmroom import files, library

    settings = _settings(root)
    _refuse_itself(root, settings)
    items = list(dict.fromkeys(item for name in names for item in _named(name)))
    taken = [own for item in items if (own := _own(root, item, settings))]
    if taken:
        terminal.say(f"Nothing was written: {', '.join(taken)} exists already.", err=True)
        raise SystemExit(1)
    files.create_all({root / _path(item, settings): library.copied(item) for item in items})
    for item in items:
        path = _path(item, settings)
        terminal.say(f"Copied {item.name} to {path}.")


@command.command("diff")
@click.argument("names", metavar="[ID...]", nargs=-1)
@click.pass_obj
def diff(root: Path, names: tuple[str, ...]) -> None:
    """Say what became of copied files and of what they were copied from.

    For each it says: unchanged, changed by you, changed in the library, both, or no longer in the library; and it
    shows how your file differs from the library's of today. Without an ID it looks at every copy.

    Exit codes: 0 told, 2 wrong use.
    """
    from calmroom import library

    settings = _settings(root)
    wanted = {item.name for name in names for item in _named(name)}
    told = False
    for path, text in _copies(root, settings):
        noted = library.origin(text)
        if noted is None or (wanted and f"{noted.kind}:{noted.id}" not in wanted):
            continue
        told = True
        change = library.change(text)
        note = f"(copied from {noted.kind}:{noted.id}, version {noted.version})"
        terminal.say(terminal.styled(f"{path}: {change} {note}", bold=True))
        item = next((item for item in library.items() if item.name == f"{noted.kind}:{noted.id}"), None)
        if item is None:
            terminal.say("  It is yours alone now; take the first line's note away, or leave it.")
        elif shown := library.difference(text, item, path):
            terminal.give(f"{shown}\n")
    for item in library.items():
        own = _own(root, item, settings)
        if item.name in wanted and own and library.origin(text := (root / own).read_text("utf-8")) is None:
            told = True
            terminal.say(terminal.styled(f"{own}: written by you, in place of {item.name}", bold=True))
            terminal.give(f"{library.difference(text, item, own)}\n")
    if not told:
        said = "There is no copy of it here." if names else "No file here was copied from the library."
        terminal.say(said, err=True)


def _settings(root: Path) -> Settings:
    from calmroom import knowledge

    require_config(root)
    return knowledge.read_settings(root)


def _named(name: str) -> list[Item]:
    from calmroom import library
    from calmroom.records.diagnostics import nearest

    found = library.named(name, library.items())
    if not found:
        near = nearest(name, library.names(library.items()))
        hint = f"Did you mean '{near}'?" if near else "`calmroom library list` names what there is."
        raise click.UsageError(f"There is no item '{name}' in the library. {hint}")
    return found


def _path(item: Item, settings: Settings) -> str:
    from calmroom import library

    return library.own_path(item, settings.incidents, settings.playbooks, settings.section)


def _own(root: Path, item: Item, settings: Settings) -> str:
    """Return the file of one's own that stands in an item's place, or nothing."""
    path = _path(item, settings)
    stem = path.rsplit(".", 1)[0]
    candidates = [path, *(f"{stem}{ending}" for ending in (".md", ".yaml", ".yml"))]
    if item.kind == "incident":
        candidates += [f"{stem}/record{ending}" for ending in (".md", ".yaml", ".yml")]
    return next((candidate for candidate in candidates if (root / candidate).is_file()), "")


def _copies(root: Path, settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the files of one's own that may have been copied, with their texts."""
    from calmroom.records import door

    for folder in dict.fromkeys((settings.incidents, settings.playbooks, "docs")):
        for file, path in door.below(root / folder, folder, root, lambda found: None):
            if file.suffix in (".md", ".yaml", ".yml"):
                text = door.text(file, path, root / folder, lambda found: None)
                if text is not None:
                    yield path, text


def _refuse_itself(root: Path, settings: Settings) -> None:
    from calmroom.shipped import LIBRARY

    if (root / settings.playbooks).resolve() == (LIBRARY / "playbooks").resolve():
        raise click.UsageError("This is the library itself: change the files where they stand.")
