"""Blame and hindsight in what a record says (CR606–CR612): the words quoted, why they close a conversation, a rewrite.

The rules are data (`words/language.yaml`); a knowledge base adds its own (`rule_files`). A rule looks at one sentence at
a time and fires only when the subject is the one it is about: people, not machines. What is quoted is exempt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import yaml

from calmroom.checks import actors, rewriting
from calmroom.checks.passages import MASK, Passage, Sentence, words_of
from calmroom.checks.subject import Subject
from calmroom.checks.verbs import PARTICIPLE
from calmroom.records.diagnostics import WORDS, Diagnostic, Level

GRAVE = frozenset({"CR606", "CR607", "CR609"})
"""Codes that are warnings in a record; elsewhere, where such words are spoken of, and for the other codes: advice."""
_ARTICLE = re.compile(r" (?:a|an|the|that)\Z", re.IGNORECASE)
ASK = {
    "CR606": "Say what was done and what made it possible; leave who is guilty to nobody.",
    "CR607": "Say what people did and what they could see at that moment.",
    "CR608": "Say what was there and what it did not show.",
    "CR609": "Say what the person was trying to do and what let the step through.",
    "CR610": "List it as one of several factors, and say what made it possible.",
    "CR611": "Say how often, by whom it was seen, and on which day.",
    "CR612": "Say what was seen and done, without the verdict.",
}


@dataclass(frozen=True)
class Rule:
    """One rule: which words call it, the pattern, whose doing it must be, what makes it innocent, why, a rewrite."""

    id: str
    code: str
    words: frozenset[str]
    also: frozenset[str]
    written: str
    who: str
    say: str
    unwanted: str = ""
    kind: str = ""
    write: str = ""
    hint: str = ""

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What it looks for; compiled when a sentence first calls it, since most runs need few."""
        return re.compile(self.written, re.IGNORECASE)

    @cached_property
    def unless(self) -> re.Pattern[str] | None:
        """What makes a sentence innocent."""
        return re.compile(self.unwanted, re.IGNORECASE) if self.unwanted else None


@dataclass(frozen=True)
class Language:
    """Every rule with what they share: who counts as a person, which words call any rule, rewrites by noun."""

    rules: tuple[Rule, ...]
    lexicon: actors.Lexicon
    foresight: frozenset[str]
    missing: Mapping[str, str]

    @cached_property
    def by_word(self) -> Mapping[str, tuple[Rule, ...]]:
        """The rules that each word calls."""
        called: dict[str, list[Rule]] = {}
        for item in self.rules:
            for word in item.words:
                called.setdefault(word, []).append(item)
        return {word: tuple(items) for word, items in called.items()}

    def plus(self, own: Sequence[Rule]) -> Language:
        """Return the same with rules of a knowledge base; one with the id of a shipped rule takes its place."""
        if not own:
            return self
        ids = {rule.id for rule in own}
        kept = tuple(rule for rule in self.rules if rule.id not in ids)
        return Language((*kept, *own), self.lexicon, self.foresight, self.missing)


@dataclass(frozen=True)
class Found:
    """Words of a text that a rule speaks of: from which sign to which, the rule, what to write in which place."""

    start: int
    end: int
    rule: Rule
    rewrite: rewriting.Rewrite | None = None


@cache
def shipped() -> Language:
    """Return Calmroom's own rules."""
    data = load()
    return Language(
        tuple(rule(entry, data) for entry in data["rules"]),
        lexicon(),
        frozenset(data["foresight"]),
        data["missing"],
    )


@cache
def load() -> dict[str, Any]:
    """Return the shipped rule file as plain values."""
    loaded: dict[str, Any] = yaml.load(
        (WORDS / "language.yaml").read_text("utf-8"),
        Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader),  # noqa: S506 - both are safe loaders
    )
    return loaded


@cache
def first_names() -> frozenset[str]:
    """Return common first names, in small letters; those that are things too (Will, Mark, Grace, Jenkins) are not."""
    return frozenset((WORDS / "first-names.txt").read_text("utf-8").lower().split())


@cache
def lexicon() -> actors.Lexicon:
    """Return who counts as a person."""
    data = load()
    return actors.Lexicon(
        frozenset(data["people"]),
        frozenset(data["departments"]),
        frozenset(str(word) for word in data["machines_before"]),
        first_names(),
    )


def rule(entry: Mapping[str, Any], data: Mapping[str, Any]) -> Rule:
    """Make a rule of its entry; placeholders in its patterns stand for lists of words."""
    return Rule(
        id=entry["id"],
        code=entry["code"],
        words=frozenset(entry["words"]),
        also=frozenset(data["people"] if entry.get("also") == "people" else entry.get("also", ())),
        written=_filled(entry["pattern"], data),
        who=entry.get("who", "any"),
        say=entry["say"],
        unwanted=_filled(entry["unless"], data) if "unless" in entry else "",
        kind=entry.get("kind", ""),
        write=entry.get("write", ""),
        hint=entry.get("hint", ""),
    )


def _filled(pattern: str, data: Mapping[str, Any]) -> str:
    nouns = sorted(
        lexicon().nouns - {"company", "organisation", "organization", "group", "shift", "lead", "leads"},
        key=len,
        reverse=True,
    )
    if "{" not in pattern:
        return pattern
    return (
        pattern.replace("{participle}", PARTICIPLE)
        .replace("{diligence}", "|".join(map(re.escape, data["diligence"])))
        .replace("{person}", f"(?:{'|'.join(map(re.escape, nouns))})")
    )


def check(subject: Subject, language: Language | None = None) -> Iterator[Diagnostic]:
    """Yield a finding for every place where the words of a file close a conversation."""
    rules = (language or shipped()).plus(subject.context.own_rules)  # type: ignore[arg-type]
    for passage in subject.passages:
        for found in find(passage, rules):
            quoted = _ARTICLE.sub("", " ".join(passage.text[found.start : found.end].split()))
            rewrite = found.rewrite
            hint = found.rule.hint or ASK.get(found.rule.code, "")
            if rewrite is not None:
                hint = f"Write “{rewrite.shown(passage.text)}”. {hint}"
            message = f"“{quoted}”: {found.rule.say}"
            code = found.rule.code
            level = Level.WARNING if code in GRAVE and subject.kind == "record" else Level.NOTE
            if rewrite is None:
                yield subject.at(passage, found.start, found.end, code, message, hint, level)
            else:
                words = rewrite.words
                yield subject.at(passage, rewrite.start, rewrite.end, code, message, hint, level, rewrite=words)


def find(passage: Passage, language: Language | None = None) -> list[Found]:
    """Return every place of one passage that a rule speaks of, each place once."""
    rules = language or shipped()
    if rules.by_word.keys().isdisjoint(passage.words):
        return []
    found: list[Found] = []
    for sentence in passage.sentences:
        words = words_of(sentence.text)
        called = {item.id: item for word in words & rules.by_word.keys() for item in rules.by_word[word]}
        if called:
            people = not rules.lexicon.everyone.isdisjoint(words)
            order = [item for item in rules.rules if item.id in called and (people or item.who != "people")]
            order = [item for item in order if not item.also or not item.also.isdisjoint(words)]
            found += in_sentence(sentence, passage.text, order, rules)
    return found


def in_sentence(sentence: Sentence, text: str, called: Sequence[Rule], language: Language) -> list[Found]:
    """Return what the called rules find in one sentence; where two speak of the same words, the first does."""
    found: list[Found] = []
    for item in called:
        for match in item.pattern.finditer(sentence.text):
            if item.unless is not None and item.unless.search(sentence.text):
                break
            if match.end() == match.start() or not _meant(item, match, sentence.text, language):
                continue
            start, end = sentence.start + match.start(), sentence.start + match.end()
            start += len(match.group()) - len(match.group().lstrip())
            end -= len(match.group()) - len(match.group().rstrip())
            if MASK in match.group() or any(start < other.end and other.start < end for other in found):
                continue
            rewrite = rewriting.rewrite(item.write, match, sentence.start, text, language.missing)
            found.append(Found(start, end, item, rewrite))
    return sorted(found, key=lambda item: item.start)


def _meant(item: Rule, match: re.Match[str], sentence: str, language: Language) -> bool:
    before = [word for word, _ in actors.tokens(sentence[: match.start()])]
    if item.kind == "should-have":
        verb = (match.groupdict().get("verb") or "").lower()
        hedged = match.group().lower().startswith(("could", "might"))
        if hedged and verb not in language.foresight and not verb.startswith("been "):
            return False
    if item.who == "any":
        return True
    if item.who == "at-fault":
        starts = match.group().lower().startswith(("was ", "were ", "is ", "are "))
        return actors.is_person(before, language.lexicon) if starts else True
    person = bool(before) and actors.is_person(before, language.lexicon)
    return not person or bool(before) if item.who == "things" else person
