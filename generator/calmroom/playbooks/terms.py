"""Finding the glossary's terms in text: longest match, whole words, inflections, in time linear in the text.

All names of all terms form one trie over words, built once. A text is walked word by word; at each word the trie is
followed as far as it goes, so the time grows with the text and the longest name, not with the number of terms.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from calmroom.playbooks.model import Term

_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)*")
_END = ""
_LONGEST = 8
_REMEMBERED = 50_000


@dataclass(frozen=True)
class Match:
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
        found = _WORD.findall(text)
        if not self._trie or not any(begins.get(word, True) for word in found):
            return
        words = list(_WORD.finditer(text))
        index, count = 0, len(words)
        while index < count:
            written = found[index]
            try:
                node = begins[written]
            except KeyError:
                node = self._begin(written)
            if node is None:
                index += 1
                continue
            if isinstance(node, str):  # a name of one word, with which no longer one begins
                slug, length = node, 1
            else:
                match = self._from(node, text, words, index)
                if match is None:
                    index += 1
                    continue
                slug, length = match
            if slug not in but:
                yield Match(words[index].start(), words[index + length - 1].end(), slug)
            index += length

    def _begin(self, word: str) -> object | None:
        """Return where in the trie a word leads: nowhere, to a term that ends there, or further; and remember it."""
        node = self._next(self._trie, word)
        if isinstance(node, dict) and len(node) == 1 and _END in node:
            node = str(node[_END])
        if len(self._begins) > _REMEMBERED:
            self._begins.clear()
        self._begins[word] = node
        return node

    def _from(self, node: object, text: str, words: list[re.Match[str]], index: int) -> tuple[str, int] | None:
        """Return the longest name whose first word, at `index`, led to `node`, and of how many words it is."""
        best = None
        length, most = 1, min(_LONGEST, len(words) - index)
        while isinstance(node, dict):
            if _END in node:
                best = (str(node[_END]), length)
                if len(node) == 1:
                    break
            if length == most:
                break
            word = words[index + length]
            if not _joined(text[words[index + length - 1].end() : word.start()]):
                break
            node = self._next(node, word.group())
            length += 1
        return best

    @staticmethod
    def _next(node: object, word: str) -> object | None:
        if not isinstance(node, dict):
            return None
        return node.get(word) or node.get("~" + word.lower().replace("’", "'").removesuffix("'s"))


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


def _joined(between: str) -> bool:
    """Say whether two words stand close enough to be one name: a space, a hyphen, a line end between them."""
    return between in (" ", "-", "\u2010", "\u2011", "/", "\n", "&", " & ", "  ")
