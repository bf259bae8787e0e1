"""The folder a site is built into: MkDocs empties it first, so only an empty folder or a site may be one.

A folder is a site when it holds what every MkDocs site holds. Anything else stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

MARKS = ("sitemap.xml", "404.html")
"""Files MkDocs writes into every site with a theme, and nobody writes by hand into a folder of documents."""
NEVER = (".git", "mkdocs.yml", "mkdocs.yaml")
"""What no site holds and every project does."""


def refusal(folder: Path, sources: Iterable[Path]) -> str | None:
    """Say in words why a site must not be built into `folder`, or None where it may be.

    `sources` are the folders and files of the knowledge base, none of which may lie in a folder that is emptied.
    """
    target = folder.resolve()
    if target.exists() and not target.is_dir():
        return f"{folder} is a file. Name a folder for the site."
    for source in sources:
        held = source.resolve()
        if held == target or held.is_relative_to(target) or (target.is_relative_to(held) and held.is_dir()):
            return f"{folder} holds the knowledge base itself ({source}), and a build empties it. Name another folder."
    held_names = {entry.name for entry in target.iterdir()} if target.is_dir() else set()
    if not held_names:
        return None
    if kept := sorted(held_names & set(NEVER)):
        return f"{folder} holds {kept[0]}: it is a project, not a site. Name an empty folder."
    if not held_names.issuperset(MARKS):
        return (
            f"{folder} holds something that is not a site, and a build would delete it. "
            "Name an empty folder, or one a site was built into."
        )
    return None
