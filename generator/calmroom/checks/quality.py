"""The edge between reading and checking: a record as it was read becomes a `Subject`, and so do the handbook's files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from calmroom.checks import register, rule_files
from calmroom.checks.passages import Passage
from calmroom.checks.subject import Context, Subject, record_passages
from calmroom.knowledge import KnowledgeBase
from calmroom.playbooks.model import Script, Term, spoken_by_you
from calmroom.records import door, text_file, yaml_text
from calmroom.records.diagnostics import Diagnostic
from calmroom.records.model import Prose
from calmroom.records.reader import Inspected
from calmroom.records.settings import Settings
from calmroom.shipped import LIBRARY

_ACRONYM = re.compile(r"\b[A-Z][A-Z0-9]{1,5}\b")
_NAMES = re.compile(r"^[ ]{1,8}(?:term|synonyms|forms):([^\n]{1,2000})", re.MULTILINE)


class Quality:
    """The checks of one run: `inspect` is given each record as it is read; `handbook` looks at the other files."""

    def __init__(
        self,
        root: Path,
        settings: Settings,
        today: date | None = None,
        forbidden: tuple[str, ...] = (),
    ) -> None:
        self.root = root
        rules, self.problems = rule_files.read(root)
        self.context = Context(
            settings, today, acronyms(root, settings), forbidden, lambda path: _bytes(root, path), rules
        )

    def inspect(self, read: Inspected) -> list[Diagnostic]:
        """Return what is found in one record that was read."""
        if read.fields is None:
            return register.in_broken(read.text, read.item.path, self.context.settings)
        return register.run(record_subject(read, self.context))

    def handbook(self, base: KnowledgeBase) -> list[Diagnostic]:
        """Return what is found in a knowledge base's own playbooks, scripts and vocabulary."""
        return [found for subject in handbook_subjects(base, self.context) for found in register.run(subject)]


def record_subject(read: Inspected, context: Context) -> Subject:
    """Return a record as checks look at it."""
    assert read.fields is not None
    in_file = read.item.path.endswith(".md")
    return Subject(
        "record",
        read.item.id,
        read.item.path,
        read.text,
        record_passages(read.fields, read.prose, in_file),
        read.document,
        read.fields,
        read.prose,
        read.item.attachments,
        context,
    )


def acronyms(root: Path, settings: Settings) -> frozenset[str]:
    """Return the acronyms that the vocabulary explains, own and shipped, without reading it as a vocabulary."""
    folders = [root / settings.playbooks / "glossary"]
    if settings.library.playbooks:
        folders.append(LIBRARY / "playbooks" / "glossary")
    found: set[str] = set()
    for folder in folders:
        for entry in door.entries(folder, folder.name, folder, lambda problem: None):
            if entry.name.endswith((".yaml", ".yml")):
                text = door.text(folder / entry.name, entry.name, folder, lambda problem: None) or ""
                for line in _NAMES.findall(text):
                    found.update(_ACRONYM.findall(line))
    return frozenset(found)


def handbook_subjects(base: KnowledgeBase, context: Context) -> Iterator[Subject]:
    """Yield a knowledge base's own playbooks, scripts and glossary files as checks look at them."""
    for playbook in base.playbooks.values():
        if not playbook.shipped and (text := _text(base.root, playbook.prose.path)) is not None:
            yield playbook_subject(playbook.id, playbook.prose, text, context)
    for script in base.scripts.values():
        if not script.shipped and (text := _text(base.root, script.path)) is not None:
            yield script_subject(script, text, context)
    files: dict[str, list[Term]] = {}
    for term in base.terms.values():
        if not term.shipped:
            files.setdefault(term.path, []).append(term)
    for path, terms in files.items():
        if (text := _text(base.root, path)) is not None:
            yield terms_subject(path, terms, text, context)


def playbook_subject(id_: str, prose: Prose, text: str, context: Context) -> Subject:
    """Return a playbook as checks look at it."""
    return Subject(
        "playbook", id_, prose.path, text, (Passage((), prose.text, markdown=True),), prose=prose, context=context
    )


def script_subject(script: Script, text: str, context: Context) -> Subject:
    """Return a script as checks look at it: what you say and write; what the other side says is theirs."""
    passages = tuple(Passage(path, said) for path, said in spoken_by_you(script))
    return Subject("script", script.id, script.path, text, passages, yaml_text.read(text), context=context)


def terms_subject(path: str, terms: list[Term], text: str, context: Context) -> Subject:
    """Return a glossary file as checks look at it: what to say to an executive; a term's misuse is quoted."""
    passages = tuple(Passage((term.slug, "executive"), term.executive) for term in terms)
    return Subject("terms", path, path, text, passages, yaml_text.read(text), context=context)


def _text(root: Path, path: str) -> str | None:
    file = root / path
    return door.text(file, path, file.parent, lambda problem: None)


def _bytes(root: Path, path: str) -> bytes | None:
    file = root / path
    content = door.read(file, path, file.parent, lambda problem: None)
    return content[: text_file.MAX_BYTES] if content is not None else None
