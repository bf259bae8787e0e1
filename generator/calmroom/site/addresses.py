"""Where things are on the site: one function for each sort of page.

An address here is the name of a page's source as MkDocs knows it (`incidents/<id>.md`); what it becomes in a browser
depends on `use_directory_urls` and is MkDocs' to say.
"""

from __future__ import annotations

from calmroom import library
from calmroom.knowledge import PAGE_ANCHORS, KnowledgeBase
from calmroom.layers import DOCS, Page
from calmroom.records.links import Target
from calmroom.records.narrative import ANCHOR_PREFIX

HOME = "index.md"
INCIDENTS = "incidents/index.md"
SCRIPTS = "scripts/index.md"
GLOSSARY = "glossary.md"
PLAYBOOKS = "playbooks/index.md"
SEARCH = "search.md"
TRENDS = "trends.md"
PATTERNS = "patterns.md"
ACTIONS = "actions.md"
ACTIONS_CSV = "actions.csv"
WRITING = "writing.md"
SETTINGS = "settings.md"
DIAGNOSTICS = "diagnostics.md"
PROBLEMS = "problems.md"
SCHEMA = "schema/record.schema.json"
ASSETS = "assets/calmroom"
INDEX = "assets/search"


def require_inside(uri: str) -> None:
    """Raise `ValueError` for an address that would be written outside the site or that no file can have.

    Ids, slugs and words are checked where they are read; this is the last gate, whatever was forgotten there.
    """
    parts = uri.split("/")
    if uri.startswith("/") or "\\" in uri or any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise ValueError(f"{uri!r} is not an address inside the site")


def incident(id_: str) -> str:
    """Return the page of one incident."""
    return f"incidents/{id_}.md"


def short(ref: str) -> str:
    """Return the short address of an incident, by the number of its ticket."""
    return f"i/{ref}.md"


def meeting(id_: str) -> str:
    """Return the page of one incident's meeting kit."""
    return f"incidents/{id_}/meeting.md"


def calendar(id_: str) -> str:
    """Return the calendar file of one incident's meeting."""
    return f"incidents/{id_}/meeting.ics"


def playbook(id_: str) -> str:
    """Return the page of one playbook."""
    return f"playbooks/{id_}.md"


def script(id_: str) -> str:
    """Return the page of one script."""
    return f"scripts/{id_}.md"


def group(name: str, slug: str) -> str:
    """Return the page of one service, factor or tag."""
    return f"{name}/{slug}.md"


def year(number: int) -> str:
    """Return the page of one year's incidents."""
    return f"incidents/{number}.md"


def found(kind: str, id_: str) -> tuple[str, str]:
    """Return the page of something that was searched, and the anchor on it."""
    if kind == "term":
        return GLOSSARY, f"#{id_}"
    return {"incident": incident, "playbook": playbook, "script": script}[kind](id_), ""


def shipped_page(page: Page) -> str:
    """Return where a hand-written page of the library stands."""
    return page.prose.path.removeprefix(f"{library.PREFIX}{DOCS}/")


def attachment(base: KnowledgeBase, path: str) -> str:
    """Return where a file beside a record is published."""
    inside = path.removeprefix(f"{library.PREFIX}incidents/").removeprefix(f"{base.settings.incidents}/")
    return f"incidents/{inside}"


def fragment(target: Target) -> str:
    """Return the `#anchor` of a checked link: one of an incident page's own, or a heading of the text."""
    if not target.anchor:
        return ""
    own = target.kind == "page" or target.anchor in PAGE_ANCHORS or target.anchor.startswith(ANCHOR_PREFIX)
    return f"#{target.anchor}" if own else f"#{ANCHOR_PREFIX}{target.anchor}"


def of_target(target: Target, base: KnowledgeBase) -> str:
    """Return where a checked link leads; a page written by hand is outside of what is ours (see `placement`)."""
    if target.kind == "incident":
        return incident(target.id)
    if target.kind == "script":
        return script(target.id)
    if target.kind == "attachment":
        return attachment(base, target.id)
    if target.kind == "playbook":
        return playbook(target.id)
    page = base.pages.get(target.id)
    if page is None:
        return f"{target.id}.md"
    return shipped_page(page) if page.shipped else f"/{target.id}.md"
