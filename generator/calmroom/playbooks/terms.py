"""Finding the glossary's terms in text: longest match, whole words, inflections, in time linear in the text.

All names of all terms form one trie over words, built once. A text is walked word by word; at each word the trie is
followed as far as it goes, so the time grows with the text and the longest name, not with the number of terms.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from calmroom.playbooks.model import Term

_WORD = re.compile(r"([^\W_]+(?:[’'][^\W_]+)*)")
_BETWEEN = frozenset([" ", "-", "\u2010", "\u2011", "/", "\n", "&", " & ", "  "])
"""What may stand between two words of one name: a space, a hyphen, a line end."""
_END = ""
_LONGEST = 8
_REMEMBERED = 50_000


class Match(NamedTuple):
    """A term found in a text: where it starts and ends, and which term it is."""

    start: int
    end: int
    slug: str


@dataclass(frozen=True)
class Matcher:
    """Finds the names of terms. Names of capitals only (`WAF`, `IT`) are found as written, all others in any case."""

    _trie: dict[str, object] = field(default_factory=dict)
    _begins: dict[str, object | None] = field(default_factory=dict, compare=False, repr=False)
    """Words already seen, each with where in the trie it leads: most words of a text begin no term."""

    def find(self, text: str, but: Container[str] = ()) -> Iterator[Match]:
        """Yield the terms of a text in order, without overlap; each time the longest name that fits.

        Terms in `but` are passed over, and so are the words they are made of.
        """
        begins = self._begins
        parts = _WORD.split(text)  # what stands between words and the words in turn
        words = parts[1::2]
        free, at, position = 0, 0, 0
        for index in [index for index, word in enumerate(words) if begins.get(word, True)]:
            if index < free:
                continue
            try:
                node = begins[words[index]]
            except KeyError:
                node = self._begin(words[index])
            if node is None:
                continue
            match = (node, 1) if isinstance(node, str) else self._from(node, parts, index)
            if match is None:
                continue
            slug, length = match
            if slug not in but:
                first = 2 * index + 1
                position += sum(map(len, parts[at:first]))
                at = first
                yield Match(position, position + sum(map(len, parts[first : first + 2 * length - 1])), slug)
            free = index + length

    def _begin(self, word: str) -> object | None:
        """Return where in the trie a word leads: nowhere, to a term that ends there, or further; and remember it."""
        node = self._next(self._trie, word)
        if isinstance(node, dict) and len(node) == 1 and _END in node:
            node = str(node[_END])
        if len(self._begins) > _REMEMBERED:
            self._begins.clear()
        self._begins[word] = node
        return node

    def _from(self, node: object, parts: list[str], index: int) -> tuple[str, int] | None:
        """Return the longest name whose first word, at `index`, led to `node`, and of how many words it is."""
        best = None
        length, most = 1, min(_LONGEST, len(parts) // 2 - index)
        while isinstance(node, dict):
            if _END in node:
                best = (str(node[_END]), length)
                if len(node) == 1:
                    break
            at = 2 * (index + length)
            if length == most or parts[at] not in _BETWEEN:
                break
            node = self._next(node, parts[at + 1])
            length += 1
        return best

    @staticmethod
    def _next(node: dict[str, object], word: str) -> object | None:
        return node.get(word) or node.get(_any_case(word))


@lru_cache(maxsize=_REMEMBERED)
def _any_case(word: str) -> str:
    """Return a word as names are found in any case."""
    return "~" + word.lower().replace("’", "'").removesuffix("'s")


def matcher(terms: Mapping[str, Term]) -> Matcher:
    """Build the matcher for a glossary."""
    trie: dict[str, object] = {}
    for term in terms.values():
        for name in names(term):
            words = [found.group() for found in _WORD.finditer(name)]
            if not 0 < len(words) <= _LONGEST:
                continue
            node = trie
            for word in words:
                key = word if word.isupper() and len(word) > 1 else "~" + word.lower().replace("’", "'")
                node = node.setdefault(key, {})  # type: ignore[assignment]
            node.setdefault(_END, term.slug)
    return Matcher(trie)


def names(term: Term) -> Iterable[str]:
    """Return every name of a term: itself, its synonyms and forms, and their regular plurals."""
    given = [term.term, *term.synonyms, *term.forms]
    return dict.fromkeys(name for each in given for name in (each, *_plural(each)))


def _plural(name: str) -> tuple[str, ...]:
    """Return the regular plural of a name's last word, as English forms it."""
    if not re.search(r"[a-zA-Z]\Z", name) or name.endswith("s"):
        return (name + "es",) if name.endswith(("ss", "us")) else ()
    if re.search(r"[^aeiou]y\Z", name):
        return (name[:-1] + "ies",)
    return (name + "es",) if name.endswith(("x", "z", "ch", "sh")) else (name + "s",)
