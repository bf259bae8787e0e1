"""Every check of quality, and how they are run over one file: findings, then levels, then silences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from calmroom.checks import (
    action_days,
    attachments,
    clock_times,
    completeness,
    conflicts,
    contacts,
    durations,
    forbidden,
    language,
    names,
    numbers,
    readability,
    resolved,
    secrets,
    severity,
    sharing_level,
    silences,
    weekdays,
)
from calmroom.checks.subject import Subject
from calmroom.records.diagnostics import Diagnostic, Level, catalogue
from calmroom.records.reader import with_source
from calmroom.records.settings import Settings

RECORDS = frozenset({"record"})
EVERYTHING = frozenset({"record", "playbook", "script", "terms"})


@dataclass(frozen=True)
class Check:
    """One check: the codes it gives, what it runs, the kinds of files it looks at."""

    codes: tuple[str, ...]
    run: Callable[[Subject], Iterator[Diagnostic]]
    kinds: frozenset[str]


CHECKS: tuple[Check, ...] = (
    Check(("CR606", "CR607", "CR608", "CR609", "CR610", "CR611", "CR612"), language.check, EVERYTHING),
    Check(("CR613",), names.check, RECORDS),
    Check(("CR620",), durations.check, RECORDS),
    Check(("CR621",), clock_times.check, RECORDS),
    Check(("CR622",), weekdays.check, EVERYTHING),
    Check(("CR623", "CR624"), action_days.check, RECORDS),
    Check(("CR625",), severity.check, RECORDS),
    Check(("CR626",), resolved.check, RECORDS),
    Check(("CR627",), numbers.check, RECORDS),
    Check(("CR640", "CR641", "CR642", "CR643", "CR644", "CR645", "CR646"), completeness.check, RECORDS),
    Check(("CR660",), secrets.check, EVERYTHING),
    Check(("CR661", "CR662", "CR663"), contacts.check, RECORDS),
    Check(("CR664",), forbidden.check, EVERYTHING),
    Check(("CR660", "CR661", "CR662", "CR663", "CR664", "CR665"), attachments.check, RECORDS),
    Check(("CR666",), sharing_level.check, RECORDS),
    Check(("CR680",), readability.long_sentences, RECORDS),
    Check(("CR681",), readability.acronyms, RECORDS),
)
CODES = frozenset({code for check in CHECKS for code in check.codes} | {"CR690", "CR691", "CR692", "CR693"})
"""Every code whose level mkdocs.yml can change."""
LEVELS: Mapping[str, Level] = {"error": Level.ERROR, "warning": Level.WARNING, "advice": Level.NOTE}
OFF = "off"


def run(subject: Subject) -> list[Diagnostic]:
    """Return what the checks find in one file, with the levels of the settings and without what is silenced."""
    found = list(conflicts.in_text(subject.source, subject.path))
    for check in CHECKS:
        if subject.kind in check.kinds and not all(is_off(code, subject.context.settings) for code in check.codes):
            found += check.run(subject)
    prose_from = subject.prose.first_line if subject.prose and subject.path.endswith(".md") else len(subject.lines) + 1
    off = {code for code in CODES if is_off(code, subject.context.settings)}
    kept = silences.apply(found, subject.source, subject.path, prose_from, off, catalogue())
    here = [levelled for item in kept if (levelled := with_level(item, subject.context.settings))]
    own = [item for item in here if item.path == subject.path]
    return [*with_source(own, subject.source), *(item for item in here if item.path != subject.path)]


def in_broken(text: str, path: str, settings: Settings) -> list[Diagnostic]:
    """Return what is found in a file that could not be read as what it is: an unfinished merge, a secret."""
    found = [*conflicts.in_text(text, path), *secrets.in_text(text, path)]
    return with_source([levelled for item in found if (levelled := with_level(item, settings))], text)


def is_off(code: str, settings: Settings) -> bool:
    """Say whether the settings turn a code off."""
    return settings.checks.get(code) == OFF


def with_level(found: Diagnostic, settings: Settings) -> Diagnostic | None:
    """Return a finding with the level that the settings give its code; None where they turn it off."""
    chosen = settings.checks.get(found.code)
    if chosen is None:
        return found
    return None if chosen == OFF else replace(found, level=LEVELS[chosen])
