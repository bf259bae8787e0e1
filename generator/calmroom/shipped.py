"""Where what comes with Calmroom lies: inside this package in a wheel, at the top of the repository in a checkout.

`TEMPLATES` holds what pages are made of. `LIBRARY` holds the handbook that every knowledge base can stand on: in it
are `playbooks/`, `incidents/` and `docs/`, named and written as in any knowledge base.
"""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_REPOSITORY = _PACKAGE.parents[1]


def _place(inside: Path, otherwise: Path) -> Path:
    return inside if inside.is_dir() else otherwise


TEMPLATES = _place(_PACKAGE / "site_templates", _REPOSITORY / "site_templates")
LIBRARY = _place(_PACKAGE / "library", _REPOSITORY)
