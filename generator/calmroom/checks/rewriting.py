"""What to write in the place of words that close a conversation, fitted to the sentence they stand in.

A rule's `write` is words with the names of groups in braces, or the name of one of the moves below, for rewrites that
change more than the words found: an article that no longer fits, an adverb that goes, a phrase that follows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from calmroom.checks import verbs

_AROUND = 24


@dataclass(frozen=True)
class Rewrite:
    """Words that take the place of the signs from `start` up to `end` of a text."""

    start: int
    end: int
    words: str

    def shown(self, text: str) -> str:
        """Return the new words for a hint; where words only go, with those that stand around them."""
        if len(self.words.split()) > 1:
            return self.words
        before = text[max(0, self.start - _AROUND) : self.start].split(" ")[-3:]
        after = text[self.end : self.end + _AROUND].split(" ")[:3]
        return " ".join(f"{' '.join(before)}{self.words}{' '.join(after)}".split()).strip(" ,.;:")


Move = Callable[[re.Match[str], str, Mapping[str, str]], "tuple[int, int, str] | None"]


def rewrite(write: str, match: re.Match[str], offset: int, text: str, missing: Mapping[str, str]) -> Rewrite | None:
    """Return the rewrite of one match, `offset` signs into the text; None where there is none that fits."""
    if not write:
        return None
    sentence = match.string
    move = MOVES.get(write)
    made = move(match, sentence, missing) if move else (match.start(), match.end(), _filled(write, match))
    if made is None:
        return None
    start, end, words = made
    old = text[offset + start : offset + end].replace("\n", " ")
    if old != sentence[start:end] or (not words and start == end):
        return None
    return Rewrite(offset + start, offset + end, _like(sentence[start:end], words, start == 0))


def _like(old: str, new: str, begins: bool) -> str:
    """Write the first letter as the old words had it."""
    if not new or not old:
        return new
    return new[0].upper() + new[1:] if old[0].isupper() and (begins or not old.isupper()) else new


def _filled(write: str, match: re.Match[str]) -> str:
    """Put a rule's groups into its words; a verb in its base form."""
    values = {name: value or "" for name, value in match.groupdict().items()}
    verb = values.get("verb", "")
    first, _, rest = verb.partition(" ")
    base = verbs.base(first) if first.lower().endswith("ed") or first.lower() in verbs.IRREGULAR else first
    filled = write
    for name, value in {**values, "verb": f"{base} {rest}".strip(), "participle": verb}.items():
        filled = filled.replace(f"{{{name}}}", value)
    if "{was}" in filled:
        filled = filled.replace("{was}", _was(match))
    return filled.removesuffix(" not not")


def _was(match: re.Match[str]) -> str:
    """Return was or were, by the word before: "the backups" were, "the backup" was."""
    words = re.findall(r"[\w'-]+", match.string[: match.start()])
    last = words[-1].lower() if words else "it"
    plural = last in ("we", "they", "these", "those", "both", "people", "staff") or (
        last.endswith("s") and not last.endswith(("ss", "us", "is", "'s")) and last not in ("dns", "tls", "aws", "kms")
    )
    return "were" if plural else "was"


def _should_have(match: re.Match[str], sentence: str, missing: Mapping[str, str]) -> tuple[int, int, str] | None:
    verb = match["verb"]
    if re.search(r"\b(?:not|never)\b|n't", match.group(), re.IGNORECASE):
        return None  # "should not have deployed": it happened, and its past tense is not ours to spell
    if verb.lower().startswith("been"):
        return None
    return match.start(), match.end(), f"did not {verbs.base(verb)}"


def _failed_to(match: re.Match[str], sentence: str, missing: Mapping[str, str]) -> tuple[int, int, str]:
    return match.start(), match.end(), f"did not {match['verb']}"


def _said(match: re.Match[str], sentence: str, missing: Mapping[str, str]) -> tuple[int, int, str] | None:
    """Turn "insufficient testing of the rollback" → "testing of the rollback that did not cover this case"."""
    noun = match["noun"].lower()
    words = missing.get(noun)
    if words is None or re.search(r"\b(?:and|or) [a-z-]{1,30} [\w -]{1,60}\Z", match.group(), re.IGNORECASE):
        return None
    head, that, tail = words.partition(" that ")
    after = re.match(
        r" (?:of|for|on|around|in|about|from|between|with) (?:(?!was|were|led|caused|meant|allowed|is|are|which|that|and|so|made|contributed|resulted|at|when|during|has|had|let|prevented|delayed|on)[\w'-]{1,30} ?){1,7}",
        sentence[match.end() :],
    )
    following = after.group().rstrip() if after else ""
    return match.start(), match.end() + len(following), f"{head}{following}{that}{tail}"


def _an_action(match: re.Match[str], sentence: str, missing: Mapping[str, str]) -> tuple[int, int, str] | None:
    error = match["error"].lower()
    if error.startswith("fat") and "error" not in error and "mistake" not in error:
        return None
    plural = error.endswith("s") and not error.endswith("ss")
    words = "actions that the system let through" if plural else "an action that the system let through"
    return match.start(), match.end(), words


def _took_a_step(match: re.Match[str], sentence: str, missing: Mapping[str, str]) -> tuple[int, int, str]:
    had = re.match(r"(?:had|has|have) ", match.group(), re.IGNORECASE)
    taken = f"{had.group().lower()}taken" if had else "took"
    return match.start(), match.end(), f"{taken} a step that had an effect nobody expected"


def _one_factor(match: re.Match[str], sentence: str, missing: Mapping[str, str]) -> tuple[int, int, str]:
    found = re.search(r"root cause", match.group(), re.IGNORECASE)
    assert found is not None
    return match.start(), match.start() + found.end(), "one contributing factor"


_GUARD = "a step that nothing guarded"


def _without(match: re.Match[str], sentence: str, missing: Mapping[str, str]) -> tuple[int, int, str] | None:
    words = match.group()
    low = words.lower()
    before = sentence[: match.start()]
    if re.match(
        r"(?:carelessness|negligence|incompetence|laziness|stupidity|sloppiness|recklessness|foolishness)\Z", low
    ):
        article = re.search(r"\b(?:by|to|of|through|was) (?:sheer |pure |simple |gross )?\Z", before, re.IGNORECASE)
        return (
            (match.start(), match.end(), _GUARD)
            if article and not article.group().endswith(("sheer ", "pure ", "simple ", "gross "))
            else None
        )
    if " " in low:  # an adverb and its verb
        adverb = words.partition(" ")[0]
        return match.start(), match.start() + len(adverb) + 1, ""
    if re.search(r"\b(?:was|were|been)(?: (?:very|too|so|simply|just))? \Z", before, re.IGNORECASE):
        return match.start(), match.end(), "working without a guard against this"
    return _drop_adjective(match, sentence)


def _drop_adjective(match: re.Match[str], sentence: str) -> tuple[int, int, str] | None:
    """Take an adjective away; the article before it may have to change."""
    rest = re.match(r" ([\w-]+)", sentence[match.end() :])
    if rest is None:
        return None
    article = re.search(r"\b(an?) \Z", sentence[: match.start()], re.IGNORECASE)
    if article is None:
        return match.start(), match.end() + 1, ""
    return article.start(), match.end(), _article(article.group(1), rest.group(1))


def _article(old: str, word: str) -> str:
    new = "an" if word[:1].lower() in "aeio" else "a"
    return new.capitalize() if old[0].isupper() else new


def _bad_decision(match: re.Match[str], sentence: str, missing: Mapping[str, str]) -> tuple[int, int, str] | None:
    article, noun = (match["art"] or "").strip(), match["noun"]
    if noun.lower() in ("behaviour", "behavior", "performance", "attitude"):
        return None
    if article.lower() in ("a", "an"):
        article = _article(article, noun)
    return match.start(), match.end(), f"{article} {noun}".strip()


def _not_this_time(match: re.Match[str], sentence: str, missing: Mapping[str, str]) -> tuple[int, int, str] | None:
    if match["adv"].lower() != "never" or " " in match["verb"]:
        return None
    return match.start(), match.end(), f"did not {verbs.plain(match['verb'])}"


def _delete(match: re.Match[str], sentence: str, missing: Mapping[str, str]) -> tuple[int, int, str] | None:
    adverb = match["adv"]
    if not adverb:
        return None
    if match.start() > 0:
        return match.start(), match.end(), ""
    following = sentence[match.end() : match.end() + 1]
    return match.start(), match.end() + 1, following.upper()


def _delete_adverb(match: re.Match[str], sentence: str, missing: Mapping[str, str]) -> tuple[int, int, str] | None:
    word = match.group()
    if " " in word or not word.lower().endswith("ly") or match.start() == 0:
        return None
    return match.start(), match.end() + (sentence[match.end() : match.end() + 1] == " "), ""


def _part_in(match: re.Match[str], sentence: str, missing: Mapping[str, str]) -> tuple[int, int, str] | None:
    """Turn "was to blame for the outage" → "had a part in the outage"; one part of several."""
    found = re.match(
        r"(?:was|were|is|are) (?:\w+ly )?(?:at fault|to blame|guilty|the culprits?|(?:responsible|accountable) for (?P<what>.+))\Z",
        match.group(),
        re.IGNORECASE,
    )
    if found is None:
        return None
    if found["what"]:
        return match.start(), match.end(), f"had a part in {found['what']}"
    after = re.match(r" (?:for|in|of) ", sentence[match.end() :])
    if after:
        return match.start(), match.end() + len(after.group()), "had a part in "
    return match.start(), match.end(), "had a part in what happened"


def _saw(match: re.Match[str], sentence: str, missing: Mapping[str, str]) -> tuple[int, int, str] | None:
    """Turn "ignored the alert" → "did not act on the alert"; "missed the alert" → "did not see the alert"."""
    verb = re.findall(r"[a-z]+", match.group().lower())[-1]
    words = {"missed": "see", "overlooked": "see", "ignored": "act on", "disregarded": "act on"}.get(verb)
    return (match.start(), match.end(), f"did not {words}") if words else None


def _left_out(match: re.Match[str], sentence: str, missing: Mapping[str, str]) -> tuple[int, int, str]:
    low = match.group().lower()
    if low.endswith(("about", "that")):
        word = "that" if low.endswith("that") else ""
        return match.start(), match.end(), f"did not have in mind {word}".strip()
    return match.start(), match.end(), "left out"


def _not_done(match: re.Match[str], sentence: str, missing: Mapping[str, str]) -> tuple[int, int, str] | None:
    verb = match["verb"]
    return (match.start(), match.end(), f"did not {verb}") if verb else None


MOVES: Mapping[str, Move] = {
    "did not {verb}": lambda match, sentence, missing: (
        _should_have(match, sentence, missing)
        if re.search(r"\bhave\b|'ve\b", match.group(), re.IGNORECASE)
        and not re.match(r"(?:have|has|had) ", match.group(), re.IGNORECASE)
        else _not_done(match, sentence, missing)
    ),
    "{said}": _said,
    "{an_action}": _an_action,
    "{took_a_step}": _took_a_step,
    "{one_factor}": _one_factor,
    "{without}": _without,
    "{art}{noun}": _bad_decision,
    "{not_this_time}": _not_this_time,
    "{delete}": _delete,
    "{delete_adverb}": _delete_adverb,
    "{part_in}": _part_in,
    "{saw}": _saw,
    "{left_out}": _left_out,
}
