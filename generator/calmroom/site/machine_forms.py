"""Every published thing in a form for machines: where it stands, what makes it, and what it is made from.

A form is made by a pure function of what its `name` names (see `inputs`), so that one whose name is that of the last
build need not be made again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from calmroom import exports, forked, naming
from calmroom.exchange import api, atom, schemas, veris
from calmroom.exchange.places import Places
from calmroom.insight import register
from calmroom.insight.actions import Item
from calmroom.insight.analysis import Analysis
from calmroom.records.model import Record
from calmroom.records.schema import as_text
from calmroom.site import addresses, standing
from calmroom.site.in_markdown import Twins
from calmroom.site.inputs import Inputs
from calmroom.site.rendering import Renderer
from calmroom.site.standing import Standing, Written

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
    """One file: its address, the function that makes its text, the names of what that is made from, and its record.

    Without names it is made in every build.
    """

    address: str
    make: Callable[[], str | bytes]
    made_from: tuple[str, ...] = ()
    record: Record | None = None

    def text(self) -> str:
        """Return what it says, as text."""
        made = self.make()
        return made.decode() if isinstance(made, bytes) else made


def every(
    analysis: Analysis, known: Inputs, renderer: Renderer, places: Places, description: str = ""
) -> Iterator[Form]:
    """Yield every form of a knowledge base."""
    base = analysis.base
    twins = Twins(base, renderer, places)
    for record in base.records:
        yield from _of_record(record, analysis, known, twins, places)
    handbook = known.handbook, known.directory
    for playbook in base.playbooks.values():
        mentioned = known.facts(base.by_id[id_] for id_ in playbook.fields.incidents if id_ in base.by_id)
        made = partial(twins.playbook, playbook)
        yield Form(api.twin_address("playbooks", playbook.id), made, (playbook.id, *handbook, mentioned))
    for script in base.scripts.values():
        yield Form(api.twin_address("scripts", script.id), partial(twins.script, script), (script.id, *handbook))
    yield from _lists(analysis, known, places)
    yield Form(LLMS, lambda: twins.llms(description))
    for name, schema in schemas.all_of_them(base.taxonomies).items():
        yield Form(f"schema/api/{name}.schema.json", partial(as_text, schema))


def write(forms: Sequence[Form], folder: str, old: Standing, shared: str, *, parallel: bool) -> None:
    """Write each form into a folder of the new site, or take it over from the `old` one, made from the same.

    `shared` names what all are made from: the site's place, settings, words, edition, program.
    """
    names = [naming.of(shared, form.address, *form.made_from) if form.made_from else "" for form in forms]
    new = [number for number, form in enumerate(forms) if not old.take(folder + form.address, names[number])]

    def put(place: int) -> Written:
        form, name = forms[new[place]], names[new[place]]
        made = form.make()
        content = made.encode() if isinstance(made, str) else made
        if form.record is not None and form.address.endswith(".md"):
            form.record.forget()  # the last form of a record that needs all of it
        path = folder + form.address
        return standing.write(old.place(path), path, name, content)

    for written in forked.each(put, len(new), chunk=CHUNK, parallel=parallel and len(new) > 2 * CHUNK):
        old.note(written)


def _of_record(record: Record, analysis: Analysis, known: Inputs, twins: Twins, places: Places) -> Iterator[Form]:
    settings = analysis.base.settings
    whole = known.whole(record)
    yield Form(
        api.record_address(record.id),
        lambda: exports.json_text(api.incident(record, places, settings)),
        (whole,),
        record,
    )
    if veris.is_one(record):
        told = lambda: exports.json_text(veris.value(record, places))  # noqa: E731
        yield Form(veris.address(record.id), told, (whole,), record)
    twin = api.twin_address("incidents", record.id)
    yield Form(twin, lambda: twins.record(record), (whole, known.links(record)), record)


def _lists(analysis: Analysis, known: Inputs, places: Places) -> Iterator[Form]:
    base, today = analysis.base, analysis.today
    records, edition, settings = base.records, base.edition, base.settings
    facts = (known.all_facts,)
    on_a_day = (known.all_facts, known.today)

    def items() -> list[Item]:
        return [*analysis.actions, *analysis.promised_elsewhere]

    yield Form(INDEX, lambda: exports.json_text(api.incidents(records, places, settings, edition)), facts)
    told = today.isoformat()
    yield Form(ACTIONS, lambda: exports.json_text(api.actions(items(), places, edition, told)), on_a_day)
    yield Form(FACTORS, lambda: exports.json_text(api.factors(records, base.taxonomies, places, edition)), facts)
    yield Form(TERMS, lambda: exports.json_text(api.terms(base.terms, places, edition)), (known.terms,))
    rows = (api.csv_row(record, places, settings) for record in records)
    yield Form(INCIDENTS_CSV, lambda: exports.csv_text(api.CSV_COLUMNS, rows), facts)
    yield Form(addresses.ACTIONS_CSV, lambda: register.csv_text(items()), on_a_day)
    yield Form(ACTIONS_ICS, lambda: register.ics(analysis.actions, today), on_a_day)
    yield Form(atom.address("new"), lambda: atom.feed("new", atom.new(records, places), places, today))
    yield Form(atom.address("amended"), lambda: atom.feed("amended", atom.amended(records, places), places, today))
    due = lambda: atom.feed("actions-due", atom.actions_due(items(), places, today), places, today)  # noqa: E731
    yield Form(atom.address("actions-due"), due, on_a_day)
