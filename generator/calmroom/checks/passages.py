"""What a person wrote, passage by passage: the texts that checks of language and facts look at.

Each passage knows where it stands, so that a finding can point at words. What is not the author's own statement is
masked: code, addresses, comments, and what stands in quotation marks or in a block quote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from calmroom.records.yaml_text import Path

MASK = "\u00a4"
"""Stands for what a check must not read; a word nobody writes, so that sentences keep their shape."""
LONGEST_QUOTATION = 600
_FENCE = re.compile(r"[ ]{0,3}(`{3,}|~{3,})")
_CODE = re.compile(r"(?<!`)(`{1,3})(?!`)([^`\n]{1,400})\1(?!`)")
_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]{1,20}://[^\s<>()\[\]]{1,2000}|\]\([^()\s]{0,2000}\)|<[^<>\s]{1,400}>")
_COMMENT = re.compile(r"<!--[^>]{0,2000}-->")
_QUOTATION = re.compile(r"“[^”\n]{1,600}”|„[^“”\n]{1,600}[“”]|«[^»\n]{1,600}»|(?<![\w\"])\"[^\"\n]{1,600}\"(?![\w\"])")
_SINGLE = re.compile(r"(?<![\w'’])[‘'](?=\S)[^‘’'\n]{1,300}(?:['’](?=\w)[^‘’'\n]{1,300}){0,4}['’](?!\w)")
_WORD = re.compile(r"[a-z]+(?:['’-][a-z]+)*")


@dataclass(frozen=True)
class Sentence:
    """One sentence of a text: where it begins in it, and its words."""

    start: int
    text: str


@dataclass(frozen=True)
class Passage:
    """One text: its place in the document (empty for the narrative of a `.md` file) and whether it is Markdown."""

    where: Path
    text: str
    markdown: bool = False

    @cached_property
    def masked(self) -> str:
        """The text with everything masked that is not the author's own statement; as long as the text."""
        return masked(self.text, markdown=self.markdown)

    @cached_property
    def uncoded(self) -> str:
        """The text with code, addresses and comments masked; quotations stay."""
        return masked(self.text, markdown=self.markdown, quotations=False)

    @cached_property
    def words(self) -> frozenset[str]:
        """The words of the masked text, in small letters: what a check asks first whether it must look at all."""
        return frozenset(words_of(self.masked))

    @cached_property
    def sentences(self) -> tuple[Sentence, ...]:
        """The sentences of the masked text, each on one line: where a line ends within one says nothing."""
        return tuple(Sentence(found.start, found.text.replace("\n", " ")) for found in sentences(self.masked))


def words_of(text: str) -> set[str]:
    """Return the words of a text in small letters; of one with an apostrophe the part before it too."""
    found = set(_WORD.findall(text.lower().replace("’", "'")))
    return found | {word.partition("'")[0] for word in found if "'" in word}


def masked(text: str, *, markdown: bool, quotations: bool = True) -> str:
    """Return a text as long as the given one, with code, addresses, comments and (if wanted) quotations masked."""
    if "<!--" in text:
        text = _COMMENT.sub(_cover, text)
    if markdown:
        text = _without_blocks(text, quotations)
    if "`" in text:
        text = _CODE.sub(_cover, text)
    if "://" in text or "](" in text or "<" in text:
        text = _ADDRESS.sub(_cover, text)
    if quotations:
        if any(sign in text for sign in '"“„«'):
            text = _QUOTATION.sub(_cover, text)
        if "'" in text or "‘" in text:
            text = _SINGLE.sub(_cover, text)
    return text


def _cover(found: re.Match[str]) -> str:
    """Return as many masks as there are signs; ends of lines stay."""
    return "".join("\n" if sign == "\n" else MASK for sign in found.group())


def _without_blocks(text: str, quotations: bool) -> str:
    lines = text.split("\n")
    fence = ""
    quoted = False
    for number, line in enumerate(lines):
        begin = _FENCE.match(line)
        if fence:
            if begin and begin.group(1).startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            lines[number] = MASK * len(line)
        elif begin:
            fence = begin.group(1)
            lines[number] = MASK * len(line)
        elif line.startswith(("    ", "\t")) and (number == 0 or not lines[number - 1].strip(MASK + " ")):
            if not line.lstrip().startswith(("-", "*", "+", "1", "2", "3", "4", "5", "6", "7", "8", "9")):
                lines[number] = MASK * len(line)
        elif line.lstrip().startswith(">"):
            quoted = True
            lines[number] = MASK * len(line) if quotations else line
        elif quoted and line.strip() and quotations:
            lines[number] = MASK * len(line)  # a lazy continuation of the quotation (CommonMark, section 5.1)
        if not line.strip():
            quoted = False
    return "\n".join(lines)


_PARAGRAPH_END = re.compile(r"\n[ \t]*\n|\n(?=[ \t]{0,9}(?:[-*+]|\d{1,3}[.)]|#{1,6}|\|)[ \t])")
_SENTENCE_END = re.compile(r"[.!?…]{1,3}[\"'”’)\]]{0,2}(?=\s+[^\sa-z]|\s*\Z)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|approx|ca|no|fig|st|dr|mr|mrs|ms|inc|ltd|corp|u\.s|a\.m|p\.m))\Z", re.I
)
LONGEST_SENTENCE = 2_000


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of a text, paragraph by paragraph; a longer one than is ever written is cut."""
    start = 0
    bounds = [found.span() for found in _PARAGRAPH_END.finditer(text)]
    for begin, end in [*bounds, (len(text), len(text))]:
        yield from _in_paragraph(text[start:begin], start)
        start = end


def _in_paragraph(text: str, offset: int) -> Iterator[Sentence]:
    start = 0
    for found in _SENTENCE_END.finditer(text):
        if _ABBREVIATION.search(text[max(0, found.start() - 8) : found.start()]) and found.end() < len(text):
            continue
        yield from _cut(text[start : found.end()], offset + start)
        start = found.end()
    yield from _cut(text[start:], offset + start)


def _cut(text: str, offset: int) -> Iterator[Sentence]:
    lead = len(text) - len(text.lstrip())
    stripped = text.strip()
    for begin in range(0, len(stripped), LONGEST_SENTENCE):
        yield Sentence(offset + lead + begin, stripped[begin : begin + LONGEST_SENTENCE])
