"""Reading scripts and terms from YAML files, and the front matter of playbooks: values and diagnostics out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from calmroom.playbooks import rules
from calmroom.playbooks.model import Playbook, PlaybookFields, Script, ScriptFields, Term, TermFields
from calmroom.records import slug as slugs
from calmroom.records import text_file, yaml_text
from calmroom.records.diagnostics import Diagnostic, Position
from calmroom.records.model import Prose
from calmroom.records.reader import with_source
from calmroom.records.taxonomy import Taxonomies
from calmroom.records.validate import validate


@dataclass(frozen=True)
class File:
    """A file's path in the knowledge base, its bytes, and whether it came with Calmroom."""

    path: str
    content: bytes
    shipped: bool = False

    @property
    def stem(self) -> str:
        """Its name without folder and ending."""
        return self.path.rsplit("/", 1)[-1].rsplit(".", 1)[0]


def read_scripts(
    files: Sequence[File], taxonomies: Taxonomies, claims: rules.Claims | None = None
) -> tuple[dict[str, Script], list[Diagnostic]]:
    """Read scripts, each file one; the file's name is the script's id. `claims` is what others are asked by already."""
    claims = claims or rules.Claims()
    scripts: dict[str, Script] = {}
    problems: list[Diagnostic] = []
    for file in files:
        document, text, found = document_of(file)
        problems += found
        if document is None:
            continue
        fields, faults = validate(ScriptFields, document, file.path, {"taxonomies": taxonomies})
        faults += name_faults(file.stem, file.path)
        if fields is not None:
            place = rules.Place(document, file.path)
            faults += [*rules.check_script(fields, place), *claims.check(fields.asked, place)]
            values = {name: getattr(fields, name) for name in ScriptFields.model_fields}
            scripts[file.stem] = Script.model_construct(**values, id=file.stem, path=file.path, shipped=file.shipped)
        problems += with_source(faults, text)
    return scripts, problems


def read_terms(
    files: Sequence[File],
    below: Mapping[str, Term] | None = None,
    left_out: Collection[str] = (),
    claims: rules.Claims | None = None,
) -> tuple[dict[str, Term], list[Diagnostic]]:
    """Read the glossary: each file holds the terms of one field, a mapping of slugs to terms.

    `below` are the terms of the layer below, whose names these may not claim except by taking a term's place;
    `left_out` are slugs that may be referred to and are not there.
    """
    found: list[tuple[Term, rules.Place]] = []
    problems: list[Diagnostic] = []
    texts: dict[str, str] = {}
    for file in files:
        document, text, faults = document_of(file)
        problems += faults
        if document is None:
            continue
        texts[file.path] = text
        for slug in document.value:
            part = document.below((slug,))
            place = document.position((slug,), key=True)
            if not slugs.is_slug(slug):
                problems += with_source(
                    [
                        Diagnostic(
                            "CR209",
                            file.path,
                            place,
                            f"`{slug}` is not a slug",
                            "Write small letters joined by hyphens.",
                        )
                    ],
                    text,
                )
            if not isinstance(part.value, dict):
                problems += with_source(
                    [
                        Diagnostic(
                            "CR203",
                            file.path,
                            place,
                            f"`{slug}` is not a term's fields",
                            "Write `term:`, `plain:`, …, indented.",
                        )
                    ],
                    text,
                )
                continue
            fields, faults = validate(TermFields, part, file.path)
            problems += with_source(faults, text)
            if fields is not None:
                values = {name: getattr(fields, name) for name in TermFields.model_fields}
                term = Term.model_construct(**values, slug=slug, group=file.stem, path=file.path, shipped=file.shipped)
                found.append((term, rules.Place(document, file.path)))
    claims = claims or rules.Claims()
    twice = (fault for term, place in found for fault in claims.check(term.asked, place, (term.slug,)))
    for finding in (*rules.check_terms(found, below or {}, left_out), *twice):
        problems += with_source([finding], texts[finding.path])
    terms: dict[str, Term] = {}
    for term, _ in found:
        terms.setdefault(term.slug, term)
    return terms, problems


def read_playbook(
    id_: str, title: str, prose: Prose, front: yaml_text.Document
) -> tuple[Playbook | None, list[Diagnostic]]:
    """Read the front matter of one playbook."""
    problems = [Diagnostic(f.code, prose.path, f.position, f.message, f.hint) for f in front.faults]
    problems += name_faults(id_, prose.path)
    if not isinstance(front.value, dict):
        if not problems:
            message = "the front matter is not fields"
            problems.append(Diagnostic("CR104", prose.path, Position(), message, "Write `name: value`, one a line."))
        return None, problems
    fields, faults = validate(PlaybookFields, front, prose.path)
    problems += faults
    return (Playbook(id_, title, fields, prose) if fields else None), problems


def name_faults(id_: str, path: str) -> list[Diagnostic]:
    """Report a file whose name, or the name of a folder on the way to it, cannot become an address."""
    for part in id_.split("/"):
        if not slugs.is_slug(part):
            better = slugs.better(part)
            hint = f"Call it `{better}`." if better else "Rename the file: words joined by hyphens."
            return [Diagnostic("CR209", path, Position(), f"`{part}` is not a slug", hint)]
    return []


def document_of(file: File) -> tuple[yaml_text.Document | None, str, list[Diagnostic]]:
    """Read a YAML file of fields: the document or None, its text, and what was wrong."""
    text, problems = text_file.decode(file.content, file.path)
    if text is None:
        return None, "", problems
    document = yaml_text.read(text)
    problems += [Diagnostic(f.code, file.path, f.position, f.message, f.hint) for f in document.faults]
    if not isinstance(document.value, dict):
        if not document.faults:
            problems.append(
                Diagnostic(
                    "CR104",
                    file.path,
                    document.position(()),
                    "the file is not fields",
                    "Write `name: value`, one a line.",
                )
            )
        return None, text, with_source(problems, text)
    return document, text, with_source(problems, text)
