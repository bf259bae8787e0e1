"""Markdown with front matter from elsewhere, made into records by a mapping.

`convert` is pure: texts in, records' texts and diagnostics out, the same every time. `write` puts them into a folder
without ever touching what is there.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_core import PydanticCustomError

from calmroom import files
from calmroom.exchange.mapping import FieldMapping, Rule
from calmroom.records import links, text_file, yaml_text
from calmroom.records.diagnostics import Diagnostic, Level, Position
from calmroom.records.emit import modeline, record_text
from calmroom.records.model import TEXT_LENGTH, TITLE_LENGTH, WEB_LENGTH, WEB_PATTERN, Prose, check_id
from calmroom.records.moment import MONTH_NAMES, Moment, parse_day
from calmroom.records.reader import ENDINGS, Found, parse_record
from calmroom.records.taxonomy import Taxonomies

_ISO_DAY = re.compile(r"(?<!\d)(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d)")
_WRITTEN_DAY = re.compile(rf"\b({'|'.join(MONTH_NAMES)})\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+(\d{{4}})\b", re.IGNORECASE)
_IMAGE = re.compile(r"!(\[[^\[\]\n]{0,500}\])\((https?://[^()\s]{1,2000})\)")
_LINK = re.compile(r"\]\(([^()\s]{1,2000})")
_FIELD = re.compile(r"\{([^{}\s]{1,80})\}")
_SENTENCE = re.compile(r"(.+?[.!?])(?:\s|$)", re.DOTALL)


NOWHERE = links.Directory({}, {}, frozenset())
"""What an imported text can link to among our files: nothing."""
MOST_TOLD = 50
"""Links told of one source."""


@dataclass(frozen=True)
class Converted:
    """One source made into a record: its id and text; None where it could not be."""

    source: str
    id: str
    text: str | None


@dataclass(frozen=True)
class Outcome:
    """What writing did: ids that were written, that were there unchanged, and that were there and differ."""

    written: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()


def convert(
    sources: Iterable[tuple[str, bytes]],
    mapping: FieldMapping,
    taxonomies: Taxonomies,
    progress: Callable[[int], None] | None = None,
) -> tuple[list[Converted], list[Diagnostic]]:
    """Make records from `(name, content)` sources, in the order they are given; each is let go before the next.

    What the source lacks and what could not be carried is in the diagnostics: notes for what to know, an error for
    each source that could not be made into a valid record.
    """
    converted: list[Converted] = []
    problems: list[Diagnostic] = []
    taken: set[str] = set()
    for done, (name, content) in enumerate(sources, 1):
        result, found = _Source(name, mapping, taxonomies).convert(content, taken)
        converted.append(result)
        problems += found
        taken.add(result.id)
        if progress:
            progress(done)
    return converted, problems


def write(converted: Sequence[Converted], folder: Path, *, dry_run: bool = False) -> tuple[Outcome, list[Diagnostic]]:
    """Write records that are not there yet, each whole or not at all; what is there is left as it is.

    With `dry_run` nothing is written and the outcome says what would be.
    """
    written, unchanged, kept = [], [], []
    problems = []
    for item in converted:
        if item.text is None:
            continue
        path = folder / f"{item.id}.md"
        others = [folder / f"{item.id}{ending}" for ending in ENDINGS[1:]] + [folder / item.id]
        if files.holds(path, item.text):
            unchanged.append(item.id)
        elif not any(files.is_taken(other) for other in (path, *others)) and (dry_run or _created(path, item.text)):
            written.append(item.id)
        elif files.holds(path, item.text):  # another import has just written it
            unchanged.append(item.id)
        else:
            kept.append(item.id)
            message = f"a record `{item.id}` is there and differs; it was left as it is"
            problems.append(
                Diagnostic("CR605", item.source, Position(), message, "Compare the two by hand.", Level.NOTE)
            )
    return Outcome(tuple(written), tuple(unchanged), tuple(kept)), problems


def _created(path: Path, text: str) -> bool:
    """Write a new file; say whether it was not there yet."""
    try:
        files.create(path, text)
    except FileExistsError:
        return False
    return True


class _Source:
    """The conversion of one file."""

    def __init__(self, name: str, mapping: FieldMapping, taxonomies: Taxonomies) -> None:
        self._name = name
        self._mapping = mapping
        self._taxonomies = taxonomies
        self._notes: list[Diagnostic] = []
        self._document = yaml_text.Document()
        self._values: dict[str, Any] = {}
        self._told: set[str] = set()

    def convert(self, content: bytes, taken: set[str]) -> tuple[Converted, list[Diagnostic]]:
        text, problems = text_file.decode(content, self._name)
        parts, more = text_file.split(text, self._name) if text is not None else (None, [])
        problems += more
        if parts is None:
            return Converted(self._name, "", None), self._failed(problems)
        self._document = yaml_text.read(parts.front_matter, first_line=parts.front_matter_line)
        if not isinstance(self._document.value, dict):
            faults = [Diagnostic(f.code, self._name, f.position, f.message, f.hint) for f in self._document.faults]
            if not faults:
                place = Position(parts.front_matter_line, 1)
                faults.append(
                    Diagnostic(
                        "CR104", self._name, place, "the front matter is not fields", "Write `name: value`, one a line."
                    )
                )
            return Converted(self._name, "", None), self._failed(faults)
        for fault in self._document.faults:
            self._notes.append(Diagnostic("CR603", self._name, fault.position, fault.message, fault.hint, Level.NOTE))
        self._values = {**self._document.value, "body": parts.narrative.strip()}
        fields = self._object(self._mapping.record, ())
        fields["title"] = self._title(fields.get("title"))
        self._report_lacking(fields)
        self._report_left()
        narrative = self._narrative()
        id_ = self._id(taken)
        made = record_text(fields, narrative, modeline())
        if errors := self._errors(id_, made):
            return Converted(self._name, id_, None), self._failed(errors)
        return Converted(self._name, id_, made), self._notes

    def _errors(self, id_: str, made: str) -> list[Diagnostic]:
        """Return why a record that was made would not pass the check; with none it may be written."""
        try:
            check_id(id_)
        except PydanticCustomError as error:
            hint = str((error.context or {}).get("hint", ""))
            return [Diagnostic("CR116", self._name, Position(), error.message(), hint)]
        reading = parse_record(made, Found(id_, f"{id_}.md"), self._taxonomies)
        found = [*reading.diagnostics, *(links.check(reading.prose, NOWHERE) if reading.prose else ())]
        return [fault for fault in found if fault.level is Level.ERROR]

    def _failed(self, problems: Sequence[Diagnostic]) -> list[Diagnostic]:
        told = [
            Diagnostic(
                "CR604",
                self._name,
                problem.position if problem.path == self._name else Position(),
                f"not imported: {problem.message}",
                problem.hint or "Mend the source or the mapping.",
            )
            for problem in problems
        ]
        return [*self._notes, *told]

    def _note(self, code: str, field: str, message: str, hint: str = "") -> None:
        place = self._document.position((field,), key=True) if field else Position()
        self._notes.append(Diagnostic(code, self._name, place, message, hint, Level.NOTE))

    def _present(self, name: str) -> bool:
        value = self._values.get(name)
        return value is not None and value != [] and (not isinstance(value, str) or bool(value.strip()))

    def _object(self, template: Mapping[str, Any], path: tuple[str | int, ...]) -> dict[str, Any]:
        made = {}
        for key, part in template.items():
            value = self._part(part, (*path, key))
            if value is not None and value != [] and value != {}:
                made[key] = value
        return made

    def _part(self, template: Any, path: tuple[str | int, ...]) -> Any:
        if isinstance(template, Rule):
            return self._leaf(template, path)
        if isinstance(template, list):
            objects = [self._item(item, (*path, index)) for index, item in enumerate(template)]
            return [item for item in objects if item is not None]
        return self._object(template, path)

    def _item(self, template: Any, path: tuple[str | int, ...]) -> Any:
        """Make one item of a list; an object one of whose sources is missing (and has no default) is left out."""
        if not isinstance(template, dict):
            return self._part(template, path)
        made = self._object(template, path)
        return made if len(made) == len(template) else None

    def _leaf(self, rule: Rule, path: tuple[str | int, ...]) -> Any:
        if not rule.sources:
            return rule.value
        several = rule.form == "slugs"
        found: list[Any] = []
        for source in rule.sources:
            if self._present(source):
                found += self._taken_from(source, rule)
                if found and not several:
                    return found[0]
        if several:
            return list(dict.fromkeys(found))
        if rule.default is not None:
            made = _FIELD.sub(lambda found: self._short(found.group(1)), str(rule.default))
            if not made.strip():
                return None
            self._note("CR602", rule.sources[0], f"`{_dotted(path)}` was missing; `{made}` stands in for it")
            return made
        return None

    def _short(self, name: str) -> str:
        """Return a source's field as it stands inside another text; one the source lacks is nothing."""
        return str(self._values[name])[:TEXT_LENGTH] if self._present(name) else ""

    def _taken_from(self, source: str, rule: Rule) -> list[Any]:
        raw = self._values[source]
        items = raw if isinstance(raw, list) else str(raw).split(rule.split) if rule.split else [raw]
        made = []
        for item in items:
            if rule.values is not None:
                key = str(item)
                if key not in rule.values:
                    self._note("CR603", source, f"`{source}: {key}` has no translation and was not carried over")
                    continue
                if rule.values[key] is None:
                    continue
                item = rule.values[key]
            value = self._formed(item, source, rule)
            if value is not None:
                made.append(value)
        return made

    def _formed(self, item: Any, source: str, rule: Rule) -> Any:
        text = " ".join(str(item).split())
        if rule.form in ("slug", "slugs"):
            return slug(text) or None
        if rule.form == "sentence":
            found = _SENTENCE.match(text)
            self._note_sentence(source)
            return cut((found.group(1) if found else text).rstrip("."), TITLE_LENGTH)
        if rule.form == "number":
            return (
                item
                if isinstance(item, int | float) and not isinstance(item, bool)
                else self._dropped(source, item, "a number")
            )
        if rule.form == "url":
            return self._web_address(text, source)
        if rule.form in ("time", "day"):
            return self._time(text, source, rule)
        return str(item).strip()

    def _note_sentence(self, source: str) -> None:
        if source == "body":
            self._note(
                "CR602",
                "",
                "there was no title; the text's first sentence stands in for it",
                "Write what users experienced.",
            )

    def _time(self, text: str, source: str, rule: Rule) -> str | None:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            text = text if rule.form == "day" else f"{text}Txx:xxZ"
        try:
            if rule.form == "day":
                return parse_day(text[:10]).isoformat()
            moment = Moment.parse(text)
        except PydanticCustomError as error:
            self._dropped(source, text, error.message())
            return None
        written = str(moment)
        if rule.midnight_is_day and "T00:00:00" in written:
            return written.replace("T00:00:00", "Txx:xx")
        return written

    def _web_address(self, text: str, source: str) -> str | None:
        """Take a web address out of text; what stands behind its closing bracket or a space is not part of it."""
        address = text.split(" ")[0]
        while len(address) <= WEB_LENGTH and address.count(")") > address.count("("):
            address = address[: address.rindex(")")]
        if len(address) > WEB_LENGTH or not re.fullmatch(WEB_PATTERN, address):
            self._dropped(source, text, "it is not a web address")
            return None
        if address != text:
            self._note(
                "CR603",
                source,
                f"`{source}` held more than an address; `{cut(text[len(address) :], 60)}` was not carried over",
            )
        return address

    def _dropped(self, source: str, item: Any, why: str) -> None:
        self._note("CR603", source, f"`{source}: {cut(str(item), 60)}` was not carried over: {why}")

    def _title(self, written: Any) -> str:
        title = " ".join(str(written or "").split())
        if len(title) > TITLE_LENGTH:
            self._note("CR602", "title", f"the title had {len(title)} characters and was shortened")
        return cut(title, TITLE_LENGTH)

    def _report_lacking(self, fields: Mapping[str, Any]) -> None:
        times, template = fields.get("times"), self._mapping.record.get("times")
        for name in ("began", "resolved"):
            if isinstance(template, dict) and name in template and not (isinstance(times, dict) and name in times):
                self._note("CR602", "", f"`times.{name}` is not known", "Durations need it; find it in the source.")

    def _report_left(self) -> None:
        for name in self._document.value:
            if name not in self._mapping.used and self._present(name):
                self._note("CR603", name, f"`{name}` has no place in the mapping and was not carried over")

    def _narrative(self) -> str:
        summary = next((str(self._values[name]).strip() for name in self._mapping.summary if self._present(name)), "")
        body = str(self._values["body"])
        parts = [f"## Summary\n\n{summary}"] if summary else []
        if body:
            parts.append(f"## {self._mapping.body_heading}\n\n{body}" if self._mapping.body_heading else body)
        return self._without_broken_links("\n\n".join(parts))

    def _without_broken_links(self, text: str) -> str:
        """Turn links that would lead nowhere here into plain text, so that nothing is lost and nothing broken.

        Links in the usual form keep their words; a line that holds another form of a broken link loses all its markup,
        and where that does not help the whole text does.
        """
        text = _IMAGE.sub(self._image_as_link, text)
        text = _LINK.sub(self._link_or_text, text)
        for lines_of in (_broken_lines, _every_line):
            if broken := lines_of(text):
                self._note("CR603", "", f"links that lead nowhere here are now plain text, on {len(broken)} lines")
                lines = text.split("\n")
                text = "\n".join(_plainly(line) if at in broken else line for at, line in enumerate(lines))
        return text

    def _image_as_link(self, found: re.Match[str]) -> str:
        self._note_once(
            f"the image at `{found.group(2)}` is now a link to it: an image from elsewhere is not shown",
        )
        return f"{found.group(1)}({found.group(2)})"

    def _link_or_text(self, found: re.Match[str]) -> str:
        address = found.group(1)
        target = NOWHERE.resolve(address, "a", "x.md")
        if isinstance(target, links.Target) and target.kind != "here":
            return found.group()
        self._note_once(f"the link to `{address}` leads nowhere here and is now plain text")
        return f"] ({address}"

    def _note_once(self, message: str) -> None:
        """Note what became of a link, the first of each and no more than a reader looks at."""
        if message not in self._told and len(self._told) < MOST_TOLD:
            self._told.add(message)
            self._note("CR603", "", message)

    def _id(self, taken: set[str]) -> str:
        day = self._day()
        words = next(
            (made for name in self._mapping.slug if self._present(name) and (made := slug(str(self._values[name])))),
            "incident",
        )
        base = f"{day}-{'-'.join(words.split('-')[: self._mapping.slug_words])}"
        if base not in taken:
            return base
        return f"{base}-{hashlib.sha256(self._name.encode()).hexdigest()[:6]}"

    def _day(self) -> str:
        for name in self._mapping.day:
            if self._present(name) and (day := _leading_day(str(self._values[name]))):
                if name != self._mapping.day[0]:
                    self._note(
                        "CR602", name, f"filed under {day}, the day in `{name}`: `{self._mapping.day[0]}` is not known"
                    )
                return day
        for name in self._mapping.day_found_in:
            if self._present(name) and (day := _day_in(str(self._values[name]))):
                self._note(
                    "CR602",
                    name if name != "body" else "",
                    f"filed under {day}, a day found in `{name}`: no field gives one",
                )
                return day
        day = _leading_day(self._mapping.day_otherwise) or "2000-01-01"
        self._note(
            "CR602",
            "",
            f"filed under {day}: the source gives no day at all",
            "Rename the file when the day is found; keep the old id in `aliases`.",
        )
        return day


def slug(text: str) -> str:
    """Return text as a slug: lower-case letters and digits of ASCII, words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")[:60].strip("-")


def cut(text: str, length: int) -> str:
    """Return text of at most `length` characters, cut at a word."""
    if len(text) <= length:
        return text
    head = text[: length - 1]
    return (head.rsplit(" ", 1)[0] if " " in head else head).rstrip(" ,;:–-") + "…"


def _broken_lines(text: str) -> set[int]:
    """Return the lines of a text, from 0, on which a link leads nowhere here."""
    return {found.position.line - 1 for found in _broken(text)}


def _every_line(text: str) -> set[int]:
    """Return all lines of a text if a link in it still leads nowhere here, otherwise none."""
    return set(range(text.count("\n") + 1)) if _broken(text) else set()


def _broken(text: str) -> list[Diagnostic]:
    return [found for found in links.check(Prose("x.md", text), NOWHERE) if found.level is Level.ERROR]


def _plainly(line: str) -> str:
    return re.sub(r"([\[\]<])", r"\\\1", line)


def _leading_day(text: str) -> str:
    return _valid(*found.groups()) if (found := re.match(r"(\d{4})-(\d\d)-(\d\d)", text)) else ""


def _day_in(text: str) -> str:
    candidates = [(found.start(), _valid(*found.groups())) for found in _ISO_DAY.finditer(text)]
    for found in _WRITTEN_DAY.finditer(text):
        month = [name.lower() for name in MONTH_NAMES].index(found.group(1).lower()) + 1
        candidates.append((found.start(), _valid(found.group(3), str(month), found.group(2))))
    return next((day for _, day in sorted(candidates) if day), "")


def _valid(year: str, month: str, day: str) -> str:
    try:
        return parse_day(f"{year}-{int(month):02}-{int(day):02}").isoformat()
    except PydanticCustomError:
        return ""


def _dotted(path: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in path)
