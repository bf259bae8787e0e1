"""Nothing takes time by the square of what somebody wrote: growth is measured, never a number of seconds."""

from __future__ import annotations

import ast
import itertools
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from calmroom import printable
from calmroom.exchange import story
from calmroom.exchange.html import as_markdown
from calmroom.playbooks import spoken
from calmroom.records import model, narrative, text_file, yaml_text
from calmroom.search import words
from calmroom.site import glossing, rendering
from tests.conftest import ROOT

PACKAGE = ROOT / "generator" / "calmroom"
CALLS = {"compile", "match", "fullmatch", "search", "sub", "split", "findall", "finditer"}
ENOUGH = 0.03
"""Seconds below which growth cannot be told from chance."""


def _text_of(node: ast.expr) -> str | None:
    """Return a pattern written in the source; what an f-string puts into it stands as a word."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        parts = [_text_of(part) if isinstance(part, ast.Constant) else "word" for part in node.values]
        return "".join(part or "" for part in parts)
    if isinstance(node, ast.Name):
        return getattr(model, node.id, None)
    return None


def patterns() -> list[tuple[str, str, bool]]:
    """Return every regular expression that is written in the package: its place, itself, whether it is searched for."""
    sources = {path: path.read_text("utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
    whole = "\n".join(sources.values())
    found = []
    for path, source in sources.items():
        tree = ast.parse(source)
        named = {node.value: node.targets[0].id for node in ast.walk(tree) if _is_assignment(node)}
        for node in ast.walk(tree):
            called = node.func if isinstance(node, ast.Call) else None
            if not (
                isinstance(called, ast.Attribute)
                and isinstance(called.value, ast.Name)
                and called.value.id == "re"
                and called.attr in CALLS
                and (text := _text_of(node.args[0]))
            ):
                continue
            uses = {called.attr}
            if called.attr == "compile":
                uses = set(re.findall(rf"\b{named.get(node, 'nameless')}\.({'|'.join(CALLS)})\(", whole))
            found.append((f"{path.relative_to(PACKAGE)}:{node.lineno}", text, bool(uses - {"match", "fullmatch"})))
    return found


def _is_assignment(node: ast.AST) -> bool:
    return isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)


PATTERNS = patterns()


def grows(run: Callable[[str], object], text: Callable[[int], str], size: int = 4_000) -> bool:
    """Say whether sixteen times the text takes far more than sixteen times as long; the square would be 256 times."""
    return min(_seconds(run, text(16 * size)) for _ in range(2)) > 80 * max(_seconds(run, text(size)), ENOUGH / 20)


def _seconds(run: Callable[[str], object], text: str) -> float:
    """Return the processor's time, which other work on the machine does not change."""
    begin = time.process_time()
    run(text)
    return time.process_time() - begin


def fitting(parsed: Iterable[tuple[object, object]]) -> str:
    """Return a short text that a parsed pattern fits: its beginnings, repeated, are the worst it can be given."""
    made = ""
    for op, value in parsed:
        name = str(op)
        if name == "LITERAL":
            made += chr(value)
        elif name in ("NOT_LITERAL", "ANY"):
            made += "x"
        elif name == "IN":
            made += next((sign for sign in "aA1-:.# (" if re.fullmatch(_class(value), sign)), "b")
        elif name == "BRANCH":
            made += fitting(value[1][0])
        elif name == "SUBPATTERN":
            made += fitting(value[3])
        elif "REPEAT" in name:
            made += fitting(value[2]) * max(1, value[0])
    return made


def _class(items: Iterable[tuple[object, object]]) -> str:
    parts = {"CATEGORY_DIGIT": r"\d", "CATEGORY_WORD": r"\w", "CATEGORY_SPACE": r"\s"}
    parts |= {"CATEGORY_NOT_DIGIT": r"\D", "CATEGORY_NOT_WORD": r"\W", "CATEGORY_NOT_SPACE": r"\S"}
    made = ""
    for op, value in items:
        name = str(op)
        made += "^" if name == "NEGATE" else parts[str(value)] if name == "CATEGORY" else ""
        made += re.escape(chr(value)) if name == "LITERAL" else ""
        made += f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}" if name == "RANGE" else ""
    return f"[{made}]"


def hostile_units(pattern: str) -> list[str]:
    """Return short texts that, repeated, are the worst a pattern can be given: beginnings of what it fits, its signs."""
    sample = fitting(re._parser.parse(pattern))[:40]
    signs = list(dict.fromkeys([*sample, "a", "1", " ", "\n", "<"]))[:8]
    beginnings = [sample[:length] for length in range(1, len(sample) + 1)]
    return list(dict.fromkeys([*beginnings, *signs, *("".join(pair) for pair in itertools.permutations(signs, 2))]))


@pytest.mark.parametrize(("place", "pattern", "searched"), PATTERNS, ids=[place for place, _, _ in PATTERNS])
def test_a_regular_expression_of_ours_takes_time_as_the_text_does(place, pattern, searched):
    compiled = re.compile(pattern)

    def run(text: str) -> object:
        return sum(1 for _ in compiled.finditer(text)) if searched else [compiled.match(text), compiled.fullmatch(text)]

    for unit in hostile_units(pattern):
        for beginning, end in (("", ""), ("https://a", "\x00 "), ("[](", "!")):

            def made(size: int, unit: str = unit, beginning: str = beginning, end: str = end) -> str:
                return beginning + unit * (size // len(unit)) + end

            if _seconds(run, made(32_000)) > ENOUGH / 2:
                assert not grows(run, made), (place, unit)


def rendered(text: str) -> object:
    return narrative.render(text, lambda tag, address: address)


RUNS: dict[str, Callable[[str], object]] = {
    "narrative.render": rendered,
    "narrative.inspect": narrative.inspect,
    "narrative.parts": narrative.parts,
    "narrative.plain": narrative.plain,
    "words.without_addresses": words.without_addresses,
    "words.words": words.words,
    "words.parts": words.parts,
    "escape_markdown": rendering.escape_markdown,
    "code_parts": rendering.code_parts,
    "glossing": lambda text: glossing.gloss(
        text, type("M", (), {"find": lambda self, text, but: []})(), lambda a, b: b
    ),
    "yaml_text.read": lambda text: yaml_text.read(f"a: {text}"),
    "text_file.split": lambda text: text_file.split(f"---\n{text}", "a.md"),
    "printable": lambda text: printable.without_commands(printable.text(text)),
    "story.told": lambda text: story.told(text, lambda tag, address: None),
    "as_markdown": as_markdown,
    "spoken": lambda text: spoken.listed([text]),
}
UNITS = [
    "://", "https://a", "https://a.b/(((", "https://[", "@", "a@b.c ", "www.", "deploy.sh ", "# x\n", "# x-2\n# x\n", "![", "[^", "](",
    "](((", "[a](b) ", "- ", "> ", "*a_", "`", "<", "<a ", "<'", '<"', "<!--", "&#", "&", "|a", "[x]: y\n", "a)))", ".-", "\\", "~~",
    "1. ", "a\n: b\n", "\n", "\n::", "##", " ", "\u00a0", "{a}", "'s", "\t", "[", "- - ", "'", '"', ":", "a: ", "[x][y]", "![](",
]  # fmt: skip


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("name", RUNS)
def test_what_reads_a_text_takes_time_as_the_text_does(name, unit):
    run = RUNS[name]
    if _seconds(run, unit * (8_000 // len(unit))) > ENOUGH / 2:
        assert not grows(run, lambda size: unit * (size // len(unit)), 1_000)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ('sources: [{{title: t, url: "{}"}}]', "https://" + "a" * 50_000 + " "),
        ("tags: [{}]", ", ".join(f"t{number}" for number in range(45_000))),
        ("services: [{}]", ", ".join(f"t{number}" for number in range(20_000))),
        ("aliases: [{}]", ", ".join(f"2020-01-01-a{number}" for number in range(40_000))),
        ("went_well: [{}]", ", ".join("a" for _ in range(45_000))),
        ("roles: {{{}}}", ", ".join(f"t{number}: a" for number in range(20_000))),
    ],
    ids=["url", "tags", "services", "aliases", "texts", "roles"],
)
def test_a_list_or_text_without_end_is_refused(field, value, found):
    from tests.conftest import RECORD

    assert {
        code
        for code, _, _ in found(
            RECORD.replace("kind: [av", f"{field.format(value)}\nkind: [av").replace(
                "services: [customer-portal]\n", ""
            )
        )
    } == {"CR210"}


@pytest.mark.parametrize(
    "text", ["://" * 30_000, "](" * 40_000, "# x\n" * 10_000, "[a](b.md) " * 12_000, "[a](b.md)\n" * 12_000]
)
def test_a_narrative_is_checked_and_its_broken_links_are_counted(text, found):
    from tests.conftest import RECORD

    codes = [code for code, _, _ in found(RECORD + text)]
    assert len(codes) <= 101
    assert set(codes) <= {"CR401", "CR402", "CR216"}
    assert Path("/").is_dir()
