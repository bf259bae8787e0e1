"""Who acts in a sentence: a person, or a machine. "The health check failed to connect" is innocent.

No parser is needed for what a check asks: the noun phrase before the words in question, past helping verbs, adverbs,
relative clauses and phrases that begin with a preposition, and its last noun.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

_TOKEN = re.compile(r"[A-Za-z0-9¤][\w¤’'./-]{0,60}|[^\s\w]")
_HELPING = frozenset(
    [
        "had",
        "have",
        "has",
        "having",
        "was",
        "were",
        "is",
        "are",
        "be",
        "been",
        "being",
        "did",
        "does",
        "do",
        "would",
        "will",
        "could",
        "can",
        "may",
        "might",
        "must",
        "shall",
        "should",
    ]
)
_ADVERBS = frozenset(
    [
        "also",
        "simply",
        "just",
        "then",
        "again",
        "still",
        "even",
        "first",
        "initially",
        "already",
        "always",
        "never",
        "not",
        "once",
        "later",
        "now",
        "ever",
        "too",
        "both",
        "all",
        "almost",
        "often",
        "soon",
        "only",
        "long",
        "therefore",
        "thus",
        "hence",
        "however",
        "probably",
        "really",
        "well",
        "yet",
        "n't",
        "quickly",
    ]
)
_DETERMINERS = frozenset(
    [
        "the",
        "a",
        "an",
        "this",
        "that",
        "these",
        "those",
        "our",
        "their",
        "his",
        "her",
        "its",
        "my",
        "your",
        "any",
        "some",
        "every",
        "each",
        "no",
        "another",
        "both",
        "either",
        "neither",
        "which",
        "whose",
        "two",
        "three",
        "four",
        "five",
        "six",
        "several",
        "many",
        "few",
        "most",
    ]
)
_PREPOSITIONS = frozenset(
    [
        "of",
        "in",
        "on",
        "at",
        "by",
        "for",
        "from",
        "with",
        "to",
        "into",
        "onto",
        "over",
        "under",
        "after",
        "before",
        "during",
        "between",
        "among",
        "through",
        "without",
        "within",
        "about",
        "against",
        "across",
        "behind",
        "beyond",
        "near",
        "per",
        "via",
        "since",
        "until",
        "upon",
        "toward",
        "towards",
        "along",
        "around",
        "as",
        "like",
        "than",
        "despite",
    ]
)
_CONJUNCTIONS = frozenset(
    [
        "and",
        "or",
        "but",
        "so",
        "because",
        "when",
        "while",
        "if",
        "although",
        "though",
        "where",
        "whereas",
        "once",
        "whether",
        "nor",
        "yet",
        "unless",
        "since",
        "until",
        "before",
        "after",
        "as",
        "that",
    ]
)
_PARTITIVE = frozenset(
    [
        "one",
        "some",
        "none",
        "most",
        "many",
        "few",
        "half",
        "all",
        "any",
        "each",
        "several",
        "member",
        "members",
        "part",
        "rest",
        "majority",
        "bunch",
        "lot",
        "number",
        "two",
        "three",
    ]
)
_RELATIVE = frozenset(["which", "that"])
_PRONOUNS = frozenset(["it", "this", "that", "these", "those", "there"])
_BREAKS = frozenset(',;:()[]—–-…"“”')


@dataclass(frozen=True)
class Lexicon:
    """Which nouns are people, which departments, and what makes a machine of one that is called like a person."""

    people: frozenset[str]
    departments: frozenset[str]
    machines_before: frozenset[str]
    names: frozenset[str] = frozenset()

    @cached_property
    def everyone(self) -> frozenset[str]:
        """Every word that can be a person or a team."""
        return self.people | self.departments | self.names

    @cached_property
    def nouns(self) -> frozenset[str]:
        """The words for people that are no pronouns."""
        return self.people - _PRONOUN_PEOPLE


_PRONOUN_PEOPLE = frozenset(
    [
        "we",
        "they",
        "he",
        "she",
        "i",
        "you",
        "us",
        "them",
        "who",
        "whoever",
        "nobody",
        "no-one",
        "somebody",
        "someone",
        "anybody",
        "anyone",
        "everybody",
        "everyone",
    ]
)


def tokens(text: str) -> list[tuple[str, int]]:
    """Return the words and signs of a text, each with its offset."""
    return [(found.group(), found.start()) for found in _TOKEN.finditer(text)]


def is_person(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Say whether the subject that these words of a sentence end with is a person or a team; the last stands nearest."""
    at = _subject(words, len(words) - 1)
    if at is None:
        return False
    word = words[at]
    low = word.lower().replace("’", "'")
    if low in ("they", "them"):
        return _who_they_are(words[:at], lexicon)
    if low in _PRONOUN_PEOPLE:
        return True
    if low.endswith("'s"):
        return False
    before = words[at - 1] if at else ""
    if low in lexicon.people:
        return not _is_machine(low, before, lexicon)
    if (
        low in lexicon.departments
        and word != "It"
        and word != "it"
        and (not before or before.lower() in _CONJUNCTIONS or before in _BREAKS)
    ):
        return True
    return word[:1].isupper() and low in lexicon.names


def _is_machine(noun: str, before: str, lexicon: Lexicon) -> bool:
    """Say whether a noun that people and machines share means a machine: by what kind of word stands before it."""
    if noun.removesuffix("s") not in _SHARED:
        return False
    if "¤" in before or before.lower() in lexicon.machines_before or re.search(r"\d|[a-z][A-Z]|^[A-Z]{2}", before):
        return True
    if noun.removesuffix("s") == "operator":
        return False
    return before.lower() not in _HUMAN_BEFORE


_SHARED = frozenset(["operator", "agent", "group", "lead", "leader", "owner", "member"])
"""Nouns for people and for machines: a Kubernetes operator, a monitoring agent, the leader of a cluster."""
_HUMAN_BEFORE = frozenset(
    [
        "team",
        "tech",
        "technical",
        "engineering",
        "shift",
        "incident",
        "project",
        "support",
        "staff",
        "security",
        "crew",
        "on-call",
        "call",
        "human",
        "sales",
        "service",
        "product",
    ]
)


def _who_they_are(words: Sequence[str], lexicon: Lexicon) -> bool:
    """Say whether `they` are people: the last noun of the sentence before it that is known to be people, or nothing."""
    low = [word.lower() for word in words]
    if any(word in lexicon.nouns or word in lexicon.departments for word in low):
        return True
    return not any(word.endswith("s") and len(word) > 3 and word not in _PREPOSITIONS for word in low)


def _subject(words: Sequence[str], at: int) -> int | None:
    """Return where the last noun of the subject stands before and at `at`."""
    for _ in range(12):
        at = _past_helpers(words, at)
        if at < 0:
            return None
        low = words[at].lower()
        if low in ("who", "whoever"):
            return at
        if words[at] in _BREAKS:
            closing = _before_insertion(words, at)
            if closing is None:
                return None
            at = closing
            continue
        if low in _RELATIVE:
            at -= 1
            continue
        if low in ("and", "but", "then", "or"):
            return _clause_subject(words, at)
        head = at
        begin = _phrase(words, at)
        before = words[begin - 1].lower() if begin else ""
        if (
            before in _PREPOSITIONS
            and before not in ("after", "before", "since", "until", "when", "as", "than", "despite", "during")
            and begin - 1 > 0
        ):
            earlier = begin - 2
            if before == "of" and words[earlier].lower() in _PARTITIVE:
                return head
            if words[earlier] in _BREAKS or words[earlier].lower() in _CONJUNCTIONS:
                return head
            at = _past_participles(words, earlier)
            if at < 0:
                return head
            continue
        if begin and begin <= head and _is_relative_subject(words, begin):
            at = begin - 2
            continue
        return head
    return None


def _past_helpers(words: Sequence[str], at: int) -> int:
    while at >= 0 and (
        words[at].lower() in _HELPING
        or words[at].lower() in _ADVERBS
        or (
            words[at].lower().endswith("ly")
            and words[at].lower() not in ("family", "assembly", "supply", "anomaly", "reply")
        )
        or words[at].lower().endswith(("n't", "n’t"))
    ):
        at -= 1
    return at


def _past_participles(words: Sequence[str], at: int) -> int:
    """Go back over a participle that a phrase belongs to: "the script written by"."""
    low = words[at].lower()
    if (low.endswith(("ed", "ing")) and len(low) > 4) or low in (
        "written",
        "made",
        "run",
        "built",
        "sent",
        "kept",
        "set",
        "held",
        "taken",
        "given",
        "known",
        "owned",
    ):
        return _past_helpers(words, at - 1)
    return at


def _phrase(words: Sequence[str], at: int) -> int:
    """Return where the noun phrase that ends at `at` begins."""
    begin = at
    for _ in range(7):
        if begin == 0:
            break
        before = words[begin - 1]
        low = before.lower()
        if low in _DETERMINERS:
            return begin - 1
        if (
            before in _BREAKS
            or low in _PREPOSITIONS
            or low in _CONJUNCTIONS
            or low in _HELPING
            or (not before[0].isalnum() and before[0] != "¤")
        ):
            break
        begin -= 1
    return begin


def _is_relative_subject(words: Sequence[str], begin: int) -> bool:
    """Say whether the phrase at `begin` is the subject of a relative clause: "the check that the team …"."""
    return begin >= 2 and words[begin - 1].lower() in _RELATIVE and words[begin - 2][0].isalpha()


def _before_insertion(words: Sequence[str], at: int) -> int | None:
    """Return where the words before an insertion end: "the engineer, tired by then, failed to"."""
    if words[at] not in (",", "—", "–", ")"):
        return None
    opening = "(" if words[at] == ")" else words[at]
    for index in range(at - 1, max(-1, at - 12), -1):
        if words[index] == opening:
            return index - 1 if index else None
    return None


def _clause_subject(words: Sequence[str], at: int) -> int | None:
    """Return the subject of a verb that a conjunction joins to an earlier one: "The engineer deployed and forgot"."""
    start = 0
    for index in range(at - 1, -1, -1):
        if words[index] in (";", ":", "—") or (words[index] == "," and index < at - 1):
            start = index + 1
            break
    while start < at and words[start].lower() in _CONJUNCTIONS:
        start += 1
    low = words[start].lower() if start < at else ""
    if low in _PRONOUN_PEOPLE or low in ("it",):
        return start
    end = start
    while end < at and (words[end].lower() in _DETERMINERS or not _ends_phrase(words[end])) and end - start < 6:
        end += 1
    return end - 1 if end > start else None


def _ends_phrase(word: str) -> bool:
    low = word.lower()
    return low in _HELPING or low in _PREPOSITIONS or low in _CONJUNCTIONS or low == "who" or not word[0].isalnum() or (low.endswith("ed") and len(low) > 3) or low in (
        "saw", "knew", "took", "made", "ran", "went", "thought", "left", "gave", "got", "said", "wrote", "did", "began", "chose", "put", "set", "kept", "found", "told", "sent",
    )  # fmt: skip
