"""Records made for a test, with only what the test is about."""

from __future__ import annotations

from typing import Any

from calmroom.records.model import Record


def record(id_: str, **fields: Any) -> Record:
    """Return a reviewed record with this id; times may be given as the format writes them."""
    given = {
        "title": f"Incident {id_}",
        "severity": "sev2",
        "status": "reviewed",
        "id": id_,
        "path": f"incidents/{id_}.md",
    }
    return Record.model_validate({**given, **fields})


def times(began: str, **others: str) -> dict[str, str]:
    return {"began": began, **others}


def factor(id_: str, kind: str, *leads_to: str) -> dict[str, Any]:
    return {"id": id_, "kind": kind, "what": f"{kind} of {id_}.", "leads_to": list(leads_to)}


def action(id_: str, status: str = "accepted", **fields: Any) -> dict[str, Any]:
    return {"id": id_, "what": f"Do {id_}.", "status": status, **fields}
