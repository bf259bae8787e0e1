"""Whole collections of other tools as what the importer reads: a text with front matter for each of their incidents.

Fields keep the names their tool gives them; what lies deeper has the names joined by points (`severity.name`), and a
list of things that have names becomes a list of names. A mapping, the same language as for Markdown, does the rest.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from calmroom.exchange.drafts import files, plain
from calmroom.exchange.drafts.said import Tell, wrong
from calmroom.exchange.html import as_markdown
from calmroom.records import signs
from calmroom.records.diagnostics import WORDS, Diagnostic, Position

FIELD = 300_000_000
_JIRA_TIME = re.compile(r"\d{1,2}/[A-Z][a-z]{2}/\d{2,4} \d{1,2}:\d\d(?: [AP]M)?")


@dataclass(frozen=True)
class Item:
    """One incident of a collection: a name that stays, where it stands (a line, or 1), its fields and its text."""

    name: str
    line: int
    fields: Mapping[str, Any]
    body: str


@dataclass(frozen=True)
class Form:
    """A form of collection: what it is, and how it is read."""

    title: str
    read: Callable[[files.Export, str | None, Tell], Iterator[Item]]


def mapping_text(form: str) -> str:
    """Return the mapping that comes with a form."""
    return (WORDS / "imports" / f"{form}.yml").read_text("utf-8")


def source(item: Item) -> bytes:
    """Return an item as the importer reads it: fields as YAML, each value JSON, and the text below them."""
    lines = [f"{_json(name)}: {_json(value)}" for name, value in item.fields.items()]
    body = signs.without(item.body.replace("\r\n", "\n").replace("\r", "\n"))
    return "\n".join(["---", *lines, "---", "", body, ""]).encode("utf-8", "replace")


def _json(value: Any) -> str:
    return json.dumps(_sound(value), ensure_ascii=False)


def _sound(value: Any) -> Any:
    if isinstance(value, str):
        return signs.without(value)
    return [_sound(item) for item in value] if isinstance(value, list) else value


def flat(value: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """Return nested values as fields of one level."""
    found: dict[str, Any] = {}
    for key, item in value.items():
        name = f"{before}{key}"
        if isinstance(item, dict):
            found |= flat(item, f"{name}.")
        elif isinstance(item, list):
            words = [plain.text(part, "name") if isinstance(part, dict) else plain.text(part) for part in item]
            if words := [word for word in words if word]:
                found[name] = words
        elif isinstance(item, bool):
            found[name] = "yes" if item else "no"
        elif item is not None and item != "":
            found[name] = item
    return found


def _listed(export: files.Export, tell: Tell, *names: str) -> list[dict[str, Any]]:
    """Return the incidents of a JSON file: a list, what lies below one of these names, or the one it is."""
    name = export.files[0][0]
    found = export.json(name, tell)
    if found is None:
        return []
    for key in names:
        if isinstance(found, dict) and key in found:
            found = found[key]
    listed = plain.items(found if isinstance(found, list) else [found])
    if not listed:
        tell(wrong(name, "there is no incident in it", f"It is a list, or one below `{names[0]}`."))
    return listed


def incident_io(export: files.Export, zone: str | None, tell: Tell) -> Iterator[Item]:
    """Yield incidents of incident.io; each timestamp becomes `timestamp.<its name>`."""
    for number, incident in enumerate(_listed(export, tell, "incidents", "incident"), 1):
        fields = flat({key: value for key, value in incident.items() if key != "incident_timestamp_values"})
        for stamp in plain.items(incident.get("incident_timestamp_values")):
            label = plain.text(stamp, "incident_timestamp", "name").lower()
            if at := plain.text(stamp, "value", "value"):
                fields[f"timestamp.{label}"] = at
        yield Item(plain.text(incident, "reference") or f"incident {number}", 1, fields, "")


def firehydrant(export: files.Export, zone: str | None, tell: Tell) -> Iterator[Item]:
    """Yield incidents of FireHydrant; each milestone becomes `milestone.<its type>`."""
    for number, incident in enumerate(_listed(export, tell, "data", "incidents"), 1):
        fields = flat({key: value for key, value in incident.items() if key not in ("milestones", "events")})
        for stone in plain.items(incident.get("milestones")):
            at = plain.text(stone, "occurred_at") or plain.text(stone, "created_at")
            if at:
                fields[f"milestone.{plain.text(stone, 'type')}"] = at
        yield Item(
            plain.text(incident, "number") or f"incident {number}", 1, fields, plain.text(incident, "description")
        )


def github(export: files.Export, zone: str | None, tell: Tell) -> Iterator[Item]:
    """Yield issues of GitHub, as its REST API and as `gh issue list --json` write them; pull requests are left out."""
    same = {
        "createdAt": "created_at",
        "closedAt": "closed_at",
        "updatedAt": "updated_at",
        "stateReason": "state_reason",
    }
    for issue in _listed(export, tell, "items", "issues"):
        if "pull_request" in issue:
            continue
        link = plain.text(issue, "html_url") or plain.text(issue, "url")
        named = {same.get(key, key): value for key, value in issue.items() if key not in ("body", "comments", "url")}
        fields = {**flat(named), "html_url": link} if link else flat(named)
        yield Item(f"#{plain.text(issue, 'number')}", 1, fields, plain.text(issue, "body"))


def jira(export: files.Export, zone: str | None, tell: Tell) -> Iterator[Item]:
    """Yield rows of a CSV that Jira exported; columns that stand there several times become a list."""
    name = export.files[0][0]
    text = export.text(name, tell)
    csv.field_size_limit(FIELD)
    header = text.split("\n", 1)[0]
    rows = csv.reader(text.replace("\0", "").splitlines(keepends=True), delimiter=max(",;\t", key=header.count))
    try:
        columns = [column.strip() for column in next(rows, [])]
        if "Summary" not in columns:
            tell(wrong(name, "there is no column `Summary`", "Export it from Jira with all fields, in English."))
            return
        while True:
            line = rows.line_num + 1
            row = next(rows, None)
            if row is None:
                return
            fields = _row(columns, row, zone)
            if fields:
                key = str(fields.get("Issue key") or f"line {line}")
                yield Item(key, line, fields, str(fields.pop("Description", "")))
    except csv.Error as error:
        tell(wrong(name, f"line {rows.line_num} is not CSV: {error}", "Mend it there, or export it again."))


def _row(columns: list[str], row: list[str], zone: str | None) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for column, cell in zip(columns, row, strict=False):
        value = _jira_time(cell.strip(), zone)
        if not value:
            continue
        if columns.count(column) > 1:
            fields.setdefault(column, []).append(value)
        else:
            fields[column] = value
    return fields


def _jira_time(cell: str, zone: str | None) -> str:
    """Return a time as Jira writes it, `02/Mar/26 10:02 AM`, as a record does; without a zone only its day is known."""
    if not _JIRA_TIME.fullmatch(cell):
        return cell
    form = f"%d/%b/{'%Y' if re.search(r'/[0-9]{4} ', cell) else '%y'} {'%I:%M %p' if cell[-1] == 'M' else '%H:%M'}"
    try:
        at = datetime.strptime(cell, form)
    except ValueError:
        return cell
    return at.replace(tzinfo=ZoneInfo(zone)).isoformat() if zone else f"{at:%Y-%m-%d}Txx:xxZ"


def pages(export: files.Export, zone: str | None, tell: Tell) -> Iterator[Item]:
    """Yield HTML pages, as Confluence exports a space: title, when the page says it was made, and its text."""
    found = [name for name, _ in export.files if name.lower().endswith((".html", ".htm"))]
    for name in found:
        if name.rpartition("/")[2].lower() in ("index.html", "index.htm") and len(found) > 1:
            continue  # the list of the space's pages
        html = export.text(name, tell)
        page = as_markdown(html)
        fields: dict[str, Any] = {"title": page.title, "file": name}
        if day := re.search(
            r"\b(?:created|published|last (?:modified|updated))\b[^<>]{0,80}?\b(?:on|at)\b ([^<>\n]{6,40})", html
        ):
            fields["written"] = day[1].strip()
        yield Item(name, 1, {key: value for key, value in fields.items() if value}, page.text)
    if not found:
        tell(wrong(export.name, "there is no HTML page in it", "Give the folder of an HTML export, or one page."))


FORMS = {
    "incident.io": Form("incidents of incident.io, JSON of its API v2", incident_io),
    "firehydrant": Form("incidents of FireHydrant, JSON of its API", firehydrant),
    "jira": Form("issues of Jira, exported as CSV with all fields", jira),
    "github": Form("issues of GitHub, JSON of its API or of `gh issue list --json`", github),
    "html": Form("HTML pages, as Confluence exports a space", pages),
}


def sources(form: str, path: Path, zone: str | None, tell: Tell) -> Iterator[Item]:
    """Yield every incident of a collection; two of one name are told apart by a number."""
    export = files.opened(path, tell)
    if export is None:
        return
    if not export.files:
        tell(wrong(export.name, "there is nothing in it", "Export it again."))
        return
    if export.is_folder and form != "html":
        tell(wrong(export.name, "this is a folder", "Give the file of the export."))
        return
    seen: dict[str, int] = {}
    for item in FORMS[form].read(export, zone, tell):
        seen[item.name] = seen.get(item.name, 0) + 1
        name = item.name if seen[item.name] == 1 else f"{item.name} ({seen[item.name]})"
        yield Item(f"{export.name} {name}", item.line, item.fields, item.body)


def placed(notes: Iterable[Diagnostic], items: Iterable[Item]) -> list[Diagnostic]:
    """Return what was found in sources with the line where each stands in its export."""
    lines = {item.name: Position(item.line) for item in items}
    return [replace(note, position=lines.get(note.path, note.position), source="") for note in notes]
