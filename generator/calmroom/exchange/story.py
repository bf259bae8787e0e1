"""Text people wrote in Markdown, as another builder may have it: its links lead somewhere there, and it holds no HTML.

Our own pages render with CommonMark and clean the HTML that comes of it; who builds a twin with something else cleans
nothing. So what is raw HTML in a text is shown as it was typed, and code is written in the one way that all read alike.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from calmroom.records import narrative
from calmroom.records.narrative import LINK_SCHEMES

Follow = Callable[[str, str], str | None]
"""Gives for a tag (`a` or `img`) and an address what stands in a twin, or None where it leads nowhere."""

_FENCE = re.compile(r"( {0,3})(`{3,}|~{3,})[ \t]*([^`\n]*)$")
_HEADING = re.compile(r"^(#{1,5})(?=[ \t])")
_WORD = re.compile(r"[A-Za-z0-9+-]{1,20}")
_LINK = re.compile(
    r"(?P<mark>!?)\[(?P<words>(?:[^\[\]]|\\.|\[[^\[\]]{0,200}\]){0,500})\]"
    r"\((?P<address><[^<>\n]{0,2000}>|(?:[^()\s]|\([^()\s]{0,200}\)){1,2000})"
    r"(?:[ \t]+(?:\"[^\"\n]{0,300}\"|'[^'\n]{0,300}'))?\)"
)
_REFERENCE = re.compile(r"^( {0,3}\[[^\]\n]{1,300}\]:[ \t]*)(\S{1,2000})(.*)$")
_DEFINITION = re.compile(r"(?<!\x00)\[(?=[^\]\n]{0,1000}\]:(?![ \t]*\x00))")
"""The beginning of what others read as where a link leads, and whose address nobody followed."""
_AUTO = re.compile(r"<(?P<address>[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]{1,2000})>")
_TICKS = re.compile(r"(`+)")


def told(text: str, follow: Follow, *, shift: int = 0) -> str:
    """Return a text with its links followed, its headings moved down by `shift` levels, and no HTML in it."""
    out: list[str] = []
    prose: list[str] = []
    code: list[str] | None = None
    mark = language = ""
    for line in text.split("\n"):
        if code is not None:
            if re.fullmatch(rf" {{0,3}}{re.escape(mark[0])}{{{len(mark)},}}[ \t]*", line):
                out += _fenced(code, language)
                code = None
            else:
                code.append(line)
        elif found := _FENCE.match(line):
            out += _prose(prose, follow, shift)
            prose, code, mark = [], [], found[2]
            word = _WORD.match(found[3].strip())
            language = word.group() if word else ""
        else:
            prose.append(line)
    out += _prose(prose, follow, shift)
    if code is not None:
        out += _fenced(code, language)
    return "\n".join(out).strip("\n")


def _fenced(lines: list[str], language: str) -> list[str]:
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    mark = "`" * max(3, longest + 1)
    return ["", f"{mark}{language}", *lines, mark, ""]


def _prose(lines: list[str], follow: Follow, shift: int) -> list[str]:
    out: list[str] = []
    paragraph: list[str] = []
    for line in [*lines, ""]:
        if line.strip():
            paragraph.append(_HEADING.sub(lambda found: found[1] + "#" * min(shift, 6 - len(found[1])), line))
            continue
        if paragraph:
            out += _paragraph("\n".join(paragraph), follow).split("\n")
            paragraph = []
        out.append(line)
    return out[:-1]


def _paragraph(text: str, follow: Follow) -> str:
    """Treat what stands between backticks as code, all else as text."""
    parts = _TICKS.split(text)
    made: list[str] = []
    at, words = 0, ""
    while at < len(parts):
        if at % 2:
            end = next((n for n in range(at + 2, min(at + 400, len(parts)), 2) if parts[n] == parts[at]), None)
            if end is not None:
                made += [_text(words, follow), _span("".join(parts[at + 1 : end]))]
                words, at = "", end + 1
                continue
        words += parts[at]
        at += 1
    return "".join([*made, _text(words, follow)])


def _span(code: str) -> str:
    """Return code within a line; where it holds what somebody may read as HTML it is written in entities."""
    code = " ".join(code.split())
    if not re.search(r"[<>&`\[\]{}|]", code):
        return f"`{code}`"
    signs = "".join(sign if sign.isalnum() or sign in " ./-,;:=+%" else f"&#{ord(sign)};" for sign in code)
    return f"<code>{signs}</code>"


def _text(text: str, follow: Follow) -> str:
    kept: list[str] = []

    def keep(made: str) -> str:
        kept.append(made)
        return f"\x00{len(kept) - 1}\x00"

    def link(found: re.Match[str]) -> str:
        target = follow("img" if found["mark"] else "a", found["address"].strip("<>"))
        words = _without_html(found["words"])
        if target is None:
            return words
        return keep(f"{found['mark']}[{words}](<{address(target)}>)")

    def auto(found: re.Match[str]) -> str:
        target = follow("a", found["address"])
        if target is None:
            return found["address"]
        if narrative.scheme(found["address"]) in LINK_SCHEMES:
            return keep(f"<{address(target)}>")
        return keep(f"[{found['address'].partition(':')[2]}](<{address(target)}>)")

    def reference(line: str) -> str:
        found = _REFERENCE.match(line)
        target = follow("a", found[2].strip("<>")) if found and "[^" not in found[1] else None
        return f"{found[1]}{keep(f'<{address(target)}>')}" if found and target is not None else line

    text = text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
    text = "\n".join(reference(line) for line in text.split("\n"))
    text = _LINK.sub(link, text)
    text = _AUTO.sub(auto, text)
    text = _without_html(text)
    text = _DEFINITION.sub("&#91;", text.replace("](", "] ("))
    return re.sub("\x00(\\d+)\x00", lambda found: kept[int(found[1])], text)


def _without_html(text: str) -> str:
    """Show HTML as it was typed, and braces as braces: builders read attributes and macros between them."""
    return re.sub(r"\\?<", "&lt;", text).replace("{", "&#123;")


def address(written: str) -> str:
    """Return an address as it stands between pointed brackets, in a table as well."""
    return re.sub(r"[<>\s\"'`\\|]", lambda found: "".join(f"%{byte:02X}" for byte in found.group().encode()), written)
