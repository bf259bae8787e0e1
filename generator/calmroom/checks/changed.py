"""Checking only what changed, without opening the rest: `calmroom check --since REV`.

A changed record needs of the others only their names, which are names of files, and their earlier ids, which are looked
for only when something may need them. The library is known by its names too, unless the handbook or the settings
changed.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from calmroom import git, knowledge
from calmroom.checks import rule_files
from calmroom.checks.quality import Quality
from calmroom.knowledge import KnowledgeBase
from calmroom.records import settings as settings_file
from calmroom.records.diagnostics import Diagnostic
from calmroom.records.settings import Library, Settings
from calmroom.records.sharing import STRICTEST


def check(
    root: Path, since: str, settings: Settings, checks: Quality, today: date | None
) -> tuple[KnowledgeBase, list[Diagnostic], list[str]]:
    """Return the knowledge base as far as it was read, what was found in changed files, and which files those are.

    Raises `git.GitError` where Git cannot say what changed.
    """
    touched, added = git.changed(root, since)
    whole = any(path.startswith(f"{settings.playbooks}/") or path == settings_file.FILE for path in touched)
    # Everything of the library is then left out by name: a link to it leads nowhere and is no mistake.
    given = (
        None
        if whole
        else settings.model_copy(
            update={"library": Library(playbooks=False, incidents=False), "slots": {}, "obligations": None}
        )
    )
    only = frozenset(touched)
    base = knowledge.read(root, given, today=today, edition=STRICTEST, inspect=checks.inspect, only=only)
    if added or any(item.code in ("CR401", "CR311") for item in base.diagnostics):
        renamed = frozenset(git.holding(root, "aliases:", settings.incidents)) - only
        if renamed:
            base = knowledge.read(
                root, given, today=today, edition=STRICTEST, inspect=checks.inspect, only=only | renamed
            )
    found = [*base.diagnostics, *checks.problems]
    if whole:
        found += checks.handbook(base)
    if rule_files.FILE in only:
        return base, found, [*touched]
    return base, found, [*touched, *([rule_files.FILE] if checks.problems else [])]
