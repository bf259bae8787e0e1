"""Every published thing in a form for machines: where it stands, what makes it, and what it is made from.

A form is made by a pure function of what `inputs` names and of `shared`, which is the same for all: so a form whose
inputs are those of the last build need not be made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

from calmroom import exports, forked
from calmroom.exchange import api, atom, schemas, veris
from calmroom.exchange.places import Places
from calmroom.insight import register
from calmroom.insight.actions import Item
from calmroom.insight.analysis import Analysis
from calmroom.records.model import Record
from calmroom.records.schema import as_text
from calmroom.site.in_markdown import Twins
from calmroom.site.rendering import Renderer

INDEX = "api/incidents.json"
ACTIONS = "api/actions.json"
FACTORS = "api/factors.json"
TERMS = "api/terms.json"
INCIDENTS_CSV = "incidents.csv"
ACTIONS_ICS = "actions.ics"
LLMS = "llms.txt"
CHUNK = 200


@dataclass(frozen=True)
class Form:
    """One file: its address, its family, the function that makes its text, and the values that text comes from."""

    address: str
    family: str
    make: Callable[[], str | bytes]
    inputs: tuple[object, ...]

    def text(self) -> str:
        """Return what it says, as text."""
        made = self.make()
        return made.decode() if isinstance(made, bytes) else made


def shared(analysis: Analysis, places: Places) -> tuple[object, ...]:
    """Return what every form depends on beside its inputs: the site's place, settings, words, edition."""
    base = analysis.base
    return places, base.settings, base.taxonomies, base.edition, api.VERSION


def every(analysis: Analysis, renderer: Renderer, places: Places, description: str = "") -> Iterator[Form]:
    """Yield every form of a knowledge base."""
    base, today = analysis.base, analysis.today
    twins = Twins(base, renderer, places)
    there = _there(analysis)
    for record in base.records:
        yield from _of_record(record, analysis, twins, places, there)
    for playbook in base.playbooks.values():
        yield Form(
            api.twin_address("playbooks", playbook.id),
            "twins",
            partial(twins.playbook, playbook),
            (playbook, there),
        )
    for script in base.scripts.values():
        yield Form(api.twin_address("scripts", script.id), "twins", partial(twins.script, script), (script, there))
    yield from _lists(analysis, places, today)
    yield Form(LLMS, "lists", lambda: twins.llms(description), (base.records, there, description))
    for name, made in schemas.all_of_them(base.taxonomies).items():
        yield Form(
            f"schema/api/{name}.schema.json",
            "schemas",
            partial(as_text, made),
            (),
        )


def write(forms: Sequence[Form], folder: Path, *, parallel: bool) -> None:
    """Make forms and write each into a folder, in as many processes as there are cores."""
    for parent in {(folder / form.address).parent for form in forms}:
        parent.mkdir(parents=True, exist_ok=True)

    def put(number: int) -> None:
        form = forms[number]
        made = form.make()
        (folder / form.address).write_bytes(made.encode() if isinstance(made, str) else made)
        if form.family == "twins" and isinstance(form.inputs[0], Record):
            form.inputs[0].forget()  # the last form of a record that needs all of it

    forked.over(put, len(forms), chunk=CHUNK, parallel=parallel and len(forms) > 2 * CHUNK)


def _of_record(
    record: Record, analysis: Analysis, twins: Twins, places: Places, there: tuple[str, ...]
) -> Iterator[Form]:
    settings = analysis.base.settings
    linked = there if any(sign in record.narrative for sign in ("](", "]:", "<")) else ()
    yield Form(
        api.record_address(record.id),
        "api",
        lambda: exports.json_text(api.incident(record, places, settings)),
        (record,),
    )
    yield Form(api.twin_address("incidents", record.id), "twins", lambda: twins.record(record), (record, linked))
    if veris.is_one(record):
        yield Form(veris.address(record.id), "veris", lambda: exports.json_text(veris.value(record, places)), (record,))


def _lists(analysis: Analysis, places: Places, today: date) -> Iterator[Form]:
    base = analysis.base
    records, edition, settings = base.records, base.edition, base.settings

    def items() -> list[Item]:
        return [*analysis.actions, *analysis.promised_elsewhere]

    def form(address: str, make: Callable[[], str | bytes], *more: object) -> Form:
        return Form(address, "lists", make, (records, *more))

    yield form(INDEX, lambda: exports.json_text(api.incidents(records, places, settings, edition)))
    yield form(ACTIONS, lambda: exports.json_text(api.actions(items(), places, edition, today.isoformat())), today)
    yield form(FACTORS, lambda: exports.json_text(api.factors(records, base.taxonomies, places, edition)))
    yield Form(TERMS, "lists", lambda: exports.json_text(api.terms(base.terms, places, edition)), (base.terms,))
    rows = (api.csv_row(record, places, settings) for record in records)
    yield form(INCIDENTS_CSV, lambda: exports.csv_text(api.CSV_COLUMNS, rows))
    yield form(ACTIONS_ICS, lambda: register.ics(analysis.actions, today), today)
    yield form(atom.address("new"), lambda: atom.feed("new", atom.new(records, places), places, today), today)
    yield form(
        atom.address("amended"), lambda: atom.feed("amended", atom.amended(records, places), places, today), today
    )
    yield form(
        atom.address("actions-due"),
        lambda: atom.feed("actions-due", atom.actions_due(items(), places, today), places, today),
        today,
    )


def _there(analysis: Analysis) -> tuple[str, ...]:
    """Return everything a text can lead to; a link to what is not among it falls away."""
    base = analysis.base
    return (*base.by_id, *base.playbooks, *base.scripts, *base.terms, *base.pages)
