"""The words people argue about, as data: kinds of factor, strengths of action, and what each value means.

Calmroom ships `words/taxonomies/*.yaml`; a knowledge base extends them with files of the same names in its
own `taxonomies/` folder. Every entry has a `title`, a `meaning` and, where it comes from somewhere, a `source`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from calmroom.records import sharing, yaml_text
from calmroom.records import slug as slugs
from calmroom.records.diagnostics import WORDS, Diagnostic

NAMES = (
    "factor-kinds",
    "action-strengths",
    "event-kinds",
    "incident-kinds",
    "detectors",
    "statuses",
    "action-statuses",
    "sharing-levels",
    "moves",
)
OPEN = ("factor-kinds", "action-strengths", "moves")
"""The taxonomies a knowledge base may extend; the others are part of the format."""


@dataclass(frozen=True)
class Word:
    """One value of a taxonomy: as a record writes it, as the site calls it, what it means, where that comes from."""

    slug: str
    title: str
    meaning: str
    source: str = ""


Taxonomy = Mapping[str, Word]


@dataclass(frozen=True)
class Taxonomies:
    """All taxonomies of a knowledge base, by name."""

    by_name: Mapping[str, Taxonomy] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Taxonomy:
        return self.by_name[name]

    def title(self, name: str, slug: str) -> str:
        """Return what the site calls a value, or the value itself where the taxonomy lacks it."""
        word = self.by_name[name].get(slug)
        return word.title if word else slug

    def extended(self, name: str, words: Taxonomy) -> Taxonomies:
        """Return these taxonomies with more words in one of them; words that exist keep their meaning."""
        return Taxonomies({**self.by_name, name: {**words, **self.by_name[name]}})


@cache
def shipped() -> Taxonomies:
    """Return the taxonomies that come with Calmroom."""
    return Taxonomies(
        {name: parse((WORDS / "taxonomies" / f"{name}.yaml").read_text("utf-8"), name)[0] for name in NAMES}
    )


def parse(text: str, path: str) -> tuple[Taxonomy, list[Diagnostic]]:
    """Read one taxonomy file: a mapping of slugs to `title`, `meaning` and `source`.

    Returns the words and what was wrong; a file with faults gives the words that could be read.
    """
    document = yaml_text.read(text)
    found = [Diagnostic(f.code, path, f.position, f.message, f.hint) for f in document.faults]
    words: dict[str, Word] = {}
    if document.value is None:
        return words, found
    if not isinstance(document.value, dict):
        found.append(
            Diagnostic(
                "CR104",
                path,
                document.position(()),
                "a taxonomy is a mapping of words",
                "Write `word: {title: …, meaning: …}`.",
            )
        )
        return words, found
    for slug, entry in document.value.items():
        place = document.position((slug,), key=True)
        if not slugs.is_slug(slug) and slug not in sharing.LEVELS:
            hint = f"Write small letters and digits joined by hyphens, at most {slugs.LENGTH}: it becomes an address."
            found.append(Diagnostic("CR209", path, place, f"`{slug}` is not a slug", hint))
            continue
        if not isinstance(entry, dict) or not all(isinstance(value, str) for value in entry.values()):
            found.append(
                Diagnostic(
                    "CR203",
                    path,
                    place,
                    f"`{slug}` is not a word's entry",
                    "Write `{title: …, meaning: …}`, both as text.",
                )
            )
            continue
        if unknown := sorted(set(entry) - {"title", "meaning", "source"}):
            place = document.position((slug, unknown[0]), key=True)
            found.append(
                Diagnostic(
                    "CR201", path, place, f"unknown field `{unknown[0]}`", "A word has `title`, `meaning` and `source`."
                )
            )
            continue
        if not entry.get("title") or not entry.get("meaning"):
            found.append(
                Diagnostic(
                    "CR202", path, place, f"`{slug}` lacks a title or a meaning", "Write both: readers are shown them."
                )
            )
            continue
        words[slug] = Word(slug, entry["title"], entry["meaning"], entry.get("source", ""))
    return words, found
