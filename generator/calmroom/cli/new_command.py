"""`calmroom new`: the skeleton of a record, never over one that is there."""

from __future__ import annotations

import datetime
import re
import sys
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

import click

from calmroom import terminal
from calmroom.cli.build_command import require_config
from calmroom.records.model import Detector, IncidentKind, Severity

NARRATIVE = """\
## Summary

Two or three sentences: what users experienced, for how long, and what ended it.

## What made sense at the time

What could people see when they decided? What was the pressure, what was normal?

## What we learned

"""


@click.command("new")
@click.option("--title", metavar="TEXT", help="One plain sentence: what users experienced, not who did it.")
@click.option("--severity", type=click.Choice(get_args(Severity)), help="sev1 is the gravest.")
@click.option(
    "--began", metavar="TIME", help="When it began, with an offset: 2026-03-02T09:02:00+01:00, or only the day."
)
@click.option(
    "--kind",
    "kinds",
    multiple=True,
    type=click.Choice(get_args(IncidentKind)),
    help="What sort of incident; may be repeated.",
)
@click.option("--service", "services", multiple=True, metavar="SLUG", help="An affected service; may be repeated.")
@click.option("--slug", metavar="SLUG", help="The words of the id after the day.  [default: from the title]")
@click.option(
    "--from",
    "exports",
    metavar="PATH",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Draft it from an export: a file, folder or zip; may be repeated, and all become one timeline.",
)
@click.option("--format", "form", metavar="NAME", help="What the exports are, if they are not recognised.")
@click.option("--zone", metavar="ZONE", help="The zone of times that have none, by its IANA name: Europe/Berlin.")
@click.option("--day", metavar="DATE", help="The first day of a chat whose times have no day.")
@click.option("--part", metavar="N", help="Which stretch of an export that holds several; `all` takes all of it.")
@click.option(
    "--people",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Who is what, `Name: role` a line; people who are not in it get a letter and are added. Keep it elsewhere.",
)
@click.option("--folder", is_flag=True, help="Make a folder, so that files can be put beside the record.")
@click.pass_obj
def command(
    root: Path,
    title: str | None,
    severity: str | None,
    began: str | None,
    kinds: tuple[str, ...],
    services: tuple[str, ...],
    slug: str | None,
    exports: tuple[Path, ...],
    form: str | None,
    zone: str | None,
    day: str | None,
    part: str | None,
    people: Path | None,
    folder: bool,
) -> None:
    """Write the skeleton of a new record into the knowledge base, as a draft.

    Asks for what is not given, when there is a terminal to ask on: eight questions that a tired person can answer in
    five minutes, and Enter leaves any of them open. What is missing then is listed; `calmroom next ID` says what to
    add next. The file names the JSON Schema, so that an editor
    completes fields and values. Nothing that exists is ever overwritten.

    With --from it becomes a draft of what an export holds: slack, teams, chat (copied as text), csv, pagerduty,
    opsgenie, statuspage, incident.io, firehydrant, alertmanager, grafana; the form is recognised. People become
    roles or letters, secrets are withheld and told, kinds of events are guesses and marked so, moments are proposed
    in comments.

    Exit codes: 0 written, 1 it exists already or an export cannot be read, 2 wrong use.

    \b
    Examples:
      calmroom new
      calmroom new --from export/inc-portal --from pagerduty.json --zone Europe/Berlin --severity sev2 \\
        --title "Checkout failed for an hour" --people ../people.yml
      calmroom new --title "Checkout failed for an hour" --severity sev2 --began 2026-03-02T09:02:00+01:00
    """
    require_config(root)
    interactive = sys.stdin.isatty()
    if exports:
        from calmroom.cli import drafting

        asked = drafting.Asked(title, severity, kinds, services, slug, form, zone, day, part, people, interactive)
        drafting.write(root, exports, asked)
        return
    if form or zone or day or part or people:
        raise click.UsageError("--format, --zone, --day, --part and --people go with --from.")
    title = title or _ask("title", "What did users experience, in a sentence", interactive)
    severity = severity or _ask("severity", f"How grave ({', '.join(get_args(Severity))})", interactive, default="sev2")
    began = began or (_ask("began", "When did it begin", True, default=_now()) if interactive else _now())
    moment, began_text = _moment(began)
    answers = _answers(title, began_text) if interactive else {}
    words = slug or slug_of(title)
    id_ = id_of(moment, words)
    text = _skeleton(root, title, severity, began_text, kinds, services, 2 if folder else 1, answers)
    create(root, id_, text, in_folder=folder)
    terminal.say("Write it, look at it with `calmroom serve`, and check it with `calmroom check`.", err=True)
    if interactive:
        say_missing(root, id_, text)


def id_of(day: datetime.date, words: str) -> str:
    """Return the id of a record; refuse words that cannot be in one."""
    from calmroom.records.model import check_id

    id_ = f"{day.isoformat()}-{words}"
    try:
        return check_id(id_)
    except ValueError as error:
        raise click.UsageError(f"{error}. Give --slug with words joined by hyphens.") from None


def create(root: Path, id_: str, text: str, *, in_folder: bool = False) -> Path:
    """Write a new record and say where; end where one of that id is there already."""
    from calmroom import files, knowledge

    folder = root / knowledge.read_settings(root).incidents
    path = folder / id_ / "record.md" if in_folder else folder / f"{id_}.md"
    for taken in (folder / f"{id_}.md", folder / f"{id_}.yaml", folder / f"{id_}.yml", folder / id_):
        if taken.exists():
            terminal.say(f"{taken} exists already and was left as it is. Give another --slug.", err=True)
            raise SystemExit(1)
    try:
        files.create(path, text)
    except FileExistsError:
        terminal.say(f"{path} exists already and was left as it is. Give another --slug.", err=True)
        raise SystemExit(1) from None
    terminal.say(str(path))
    return path


OPTIONAL = (
    ("impact", "What did users experience? (one sentence)"),
    ("detected", "When did somebody first know? (as 2026-03-02T10:10:00+01:00)"),
    ("by", f"Who noticed first? ({', '.join(get_args(Detector))})"),
    ("resolved", "When was everything as it should be?"),
    ("helped", "What helped?"),
)
"""What is asked on a terminal beside title, severity and beginning; Enter leaves it open."""


def _answers(title: str, began: str) -> dict[str, str]:
    """Ask what may be left open; an answer that cannot be read is asked for again."""
    terminal.say("Enter leaves a question open.", err=True)
    answers: dict[str, str] = {}
    for name, question in OPTIONAL:
        while written := str(click.prompt(question, default="", show_default=False, err=True)).strip():
            try:
                if name in ("detected", "resolved"):
                    written = _moment(written)[1]
                elif name == "by" and written not in get_args(Detector):
                    raise click.UsageError(f"Write one of {', '.join(get_args(Detector))}, or nothing.")
            except click.UsageError as error:
                terminal.say(error.message, err=True)
                continue
            answers[name] = written
            break
    return answers


def say_missing(root: Path, id_: str, text: str) -> None:
    """Say what a record still lacks, and what to write next."""
    from calmroom import knowledge
    from calmroom.checks import next_steps
    from calmroom.records.reader import Found, parse_record

    record = parse_record(text, Found(id_, f"{id_}.md"), knowledge.read_taxonomies(root)[0]).record
    if record is None:
        return
    steps = next_steps.of(record, 20)
    terminal.say(f"Still open: {', '.join(step.field for step in steps)}.", err=True)
    terminal.say(f"Next: {steps[0].field}. {steps[0].why}" if steps else "Nothing is open.", err=True)


def _skeleton(
    root: Path,
    title: str,
    severity: str,
    began: str,
    kinds: tuple[str, ...],
    services: tuple[str, ...],
    depth: int,
    answers: Mapping[str, str],
) -> str:
    """Return a draft with every field a person may fill, checked to be valid before it is written."""
    from calmroom import knowledge
    from calmroom.records.emit import modeline, record_text
    from calmroom.records.reader import Found, parse_record

    fields = {
        "title": title,
        "severity": severity,
        "status": "draft",
        "kind": list(kinds),
        "services": list(services),
        "times": {
            name: at
            for name, at in (
                ("began", began),
                ("detected", answers.get("detected")),
                ("resolved", answers.get("resolved")),
            )
            if at
        },
        "impact": {"summary": answers["impact"]} if "impact" in answers else {},
        "detection": {"by": answers["by"]} if "by" in answers else {},
        "went_well": [answers["helped"]] if "helped" in answers else [],
    }
    text = record_text({name: value for name, value in fields.items() if value}, NARRATIVE, modeline(depth))
    item = Found("2026-01-01-new", "new record.md")
    problems = parse_record(text, item, knowledge.read_taxonomies(root)[0]).diagnostics
    if problems:
        raise click.UsageError(" ".join(f"{problem.message}. {problem.hint}" for problem in problems))
    return text.replace("---\n\n## Summary", f"{GUIDE}---\n\n## Summary", 1)


GUIDE = """\
# What follows may stay empty in a draft. Take the # away and write what is known; leave out what is not.
#  detected: 2026-03-02T10:10:00+01:00    (under `times`, like `declared`, `mitigated`, `resolved`)
#impact:
#  summary: What users experienced, in a sentence.
#  customers: 41000
#detection:
#  by: customer                           # monitoring, staff, customer, partner or adversary
#  gap: Why it was not seen sooner.
#timeline:
#  - at: 2026-03-02T09:02:00+01:00
#    kind: change                         # change, signal, decision, action, communication or note
#    what: What happened.
#    key: true                            # drawn in the diagram
#    evidence: CHG-20931
#factors:
#  - id: rule-too-broad
#    kind: configuration
#    what: The condition without which it would have gone otherwise.
#    leads_to: [impact]
#went_well: [What helped.]
#got_lucky: [What could have been worse.]
#surprised_by: [What nobody expected.]
#open_questions: [What is not known yet.]
#actions:
#  - id: a1
#    what: What will be done.
#    owner: A role or team
#    due: 2026-03-16
#    status: proposed                     # proposed, accepted, in-progress, done or declined (with a reason)
#    strength: stronger                   # stronger, intermediate or weaker
#    addresses: [rule-too-broad]
"""


def _ask(option: str, question: str, interactive: bool, default: str | None = None) -> str:
    if not interactive:
        raise click.UsageError(f"Give --{option}; there is no terminal to ask on.")
    return str(click.prompt(question, default=default))


def _now() -> str:
    return datetime.datetime.now().astimezone().replace(second=0, microsecond=0).isoformat()


def _moment(written: str) -> tuple[datetime.date, str]:
    from pydantic_core import PydanticCustomError

    from calmroom.records.moment import Moment

    if re.fullmatch(r"\d{4}-\d\d-\d\d", written):
        written = f"{written}Txx:xxZ"
    try:
        moment = Moment.parse(written)
    except PydanticCustomError as error:
        raise click.UsageError(f"--began: {error.message()}. {(error.context or {}).get('hint', '')}") from None
    return moment.day, str(moment)


def slug_of(title: str) -> str:
    """Return the first words of a title as they stand in an id."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    words = re.sub(r"[^a-z0-9]+", "-", plain).strip("-").split("-")
    return "-".join(words[:7]).strip("-")
