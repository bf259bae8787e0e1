"""Words as they are searched: folded, split at what is not a letter or digit, and stemmed.

An id such as `INC-2026-014` or `load-balancer` is one word and its parts; case, accents and apostrophes do not count.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import snowballstemmer

_WORD = re.compile(r"[^\W_]+(?:[-_./'’][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_ADDRESS = re.compile(r"(?:https?|mailto):[^\s)>\]]+|\]\([^)\s\]]*\)")
_APOSTROPHE = re.compile(r"['’](?:s\b)?")
LONGEST = 40

_stemmer = snowballstemmer.stemmer("english")


def fold(text: str) -> str:
    """Return text in lower case, without accents, compatibility forms made plain. The page's script does the same."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(sign for sign in decomposed if not unicodedata.category(sign).startswith("M")).lower()


def without_addresses(text: str) -> str:
    """Return text without web addresses and the targets of Markdown links: nobody searches for those."""
    return _ADDRESS.sub(" ", text) if ":" in text or "](" in text else text


def words(text: str) -> list[str]:
    """Return the words of a text in order; of a compound first its parts, then the whole, its parts joined.

    >>> words("The load-balancer's WAF")
    ['the', 'load', 'balancer', 'loadbalancer', 'waf']
    """
    found: list[str] = []
    for word in _WORD.findall(_APOSTROPHE.sub("", fold(text))):
        if word.isalnum():  # as most are: it has no parts
            found.append(word[:LONGEST])
            continue
        parts = _PART.findall(word)
        found += [part[:LONGEST] for part in parts]
        if len(parts) > 1:
            found.append("".join(parts)[:LONGEST])
    return found


def parts(text: str) -> list[str]:
    """Return the words of a text in order, compounds only as their parts."""
    return _PART.findall(_APOSTROPHE.sub("", fold(text)))


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Return a word's stem (Snowball's English stemmer); a word with a digit in it is an id and stays as it is."""
    if any(sign.isdigit() for sign in word):
        return word
    stemmed: str = _stemmer.stemWord(word)
    return stemmed


def stems(text: str) -> list[str]:
    """Return the stems of a text's words, in order."""
    return [stem(word) for word in words(text)]


STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        """a about after all also an and any are as at be because been before being between but by can could did do does
        for from had has have he her here his how i if in into is it its just more most my no not of on one or our out
        over said she should so some such than that the their them then there these they this those through to too
        under until up us was we were what when where which while who why will with would you your""",
    )
)
"""Words too common to say anything by themselves; a search never becomes empty because of one."""
