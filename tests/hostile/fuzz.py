"""`make fuzz`: bytes into every reader, guided by what of our code they reach; out come diagnostics, never an error.

    python -m tests.hostile.fuzz [--cases 1000000] [--seconds 600] [--seed 1]

A mutation of a kept input is kept as well when it reaches a line that no input before it reached (PEP 669's events on
Python 3.12, `sys.settrace` before). The corpus of a run is what `SEEDS` grows into; an input that ends in an error is
printed and written beside this file, to become a test.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from calmroom import editions, redaction
from calmroom.exchange import foreign, mapping, markdown, story
from calmroom.exchange.drafts import draft, files, people
from calmroom.exchange.drafts.formats import FORMATS, recognised
from calmroom.exchange.drafts.said import About
from calmroom.playbooks import obligations
from calmroom.playbooks import reader as playbooks
from calmroom.records import narrative, settings, sharing, taxonomy, text_file
from calmroom.records.reader import Found, parse_record
from calmroom.records.taxonomy import shipped
from calmroom.site import pictures
from tests.conftest import ID, RECORD, ROOT

HERE = Path(__file__).parent
PACKAGE = str(ROOT / "generator" / "calmroom")
WORDS = [
    b"{", b"}", b"[", b"]", b": ", b"- ", b"\n", b"  ", b"'", b'"', b"|\n", b">\n", b"&a ", b"*a", b"!!x ", b"<<: ", b"---\n", b"#", b"~",
    b"null", b"1e9", b"0x1", b".inf", b"9999-12-31", b"2026-03-02T09:02:00Z", b"2026-03-02Txx:xxZ", b"\\e", b'"\\u2028"', b"\xff", b"\x00", b"\xe2\x80\xae",
    b"title: ", b"severity: sev1\n", b"factors: ", b"leads_to: ", b"timeline: ", b"aliases: ", b"](", b"![", b"<img src=x>", b"http://", b"incident:",
    b"[^1]", b"```mermaid\n", b"slots: ", b"{slot}", b"kind: dialogue\n", b"beats: ", b"clocks: ", b"within: 1 month", b"after: ",
]  # fmt: skip


def _record(content: bytes, name: str) -> None:
    text, _ = text_file.decode(content, name)
    if text is not None:
        reading = parse_record(text, Found(ID, name), shipped())
        if reading.record is not None:
            for level in sharing.LEVELS:
                editions.record_at(reading.record, level, settings.Settings(), lambda left: None)
        if reading.prose is not None:
            sharing.faults(reading.prose.text)
            narrative.render(reading.prose.text, lambda tag, address: None)
            narrative.inspect(reading.prose.text)


def _text(read: Callable[[str], Any]) -> Callable[[bytes], None]:
    def run(content: bytes) -> None:
        text, _ = text_file.decode(content, "a.yaml")
        if text is not None:
            read(text)

    return run


def _given(content: bytes, read: Callable[[Path], Any]) -> None:
    """Give a file of an export to what reads one."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        read(Path(file.name))


def _draft(path: Path) -> None:
    """Read an export in its form, and in one that is not its own, and make a timeline of what it holds."""
    export = files.opened(path, lambda found: None)
    if export is None or not export.files:
        return
    form = recognised(export)
    for name in {form.name if form else "chat", "chat", "csv"}:
        said = list(FORMATS[name].read(export, About(), lambda found: None))
        part = draft.zoned(said, "Europe/Berlin")
        if part:
            draft.parts(part)
            draft.fields(draft.timeline(part, people.People({}, {}), lambda found: None), About(), "T", "sev2", None)


def _collection(form: str) -> Callable[[bytes], None]:
    def read(path: Path) -> None:
        rules, _ = mapping.parse(foreign.mapping_text(form), "m.yml")
        items = foreign.sources(form, path, "UTC", lambda found: None)
        assert rules is not None
        markdown.convert(((item.name, foreign.source(item)) for item in items), rules, shipped())

    return lambda content: _given(content, read)


READERS: dict[str, Callable[[bytes], Any]] = {
    "names": _text(lambda text: redaction.parse(text, "names.yml")),
    "picture": pictures.without_metadata,
    "record.md": lambda content: _record(content, f"{ID}.md"),
    "record.yaml": lambda content: _record(content, f"{ID}.yaml"),
    "script": lambda content: playbooks.read_scripts([playbooks.File("playbooks/scripts/a.yaml", content)], shipped()),
    "terms": lambda content: playbooks.read_terms([playbooks.File("playbooks/glossary/a.yaml", content)]),
    "obligations": lambda content: obligations.read([playbooks.File("playbooks/obligations/a.yaml", content)]),
    "settings": _text(settings.from_text),
    "taxonomy": _text(lambda text: taxonomy.parse(text, "taxonomies/a.yaml")),
    "mapping": _text(lambda text: mapping.parse(text, "m.yml")),
    "narrative": _text(lambda text: narrative.render(text, lambda tag, address: address)),
    "draft": lambda content: _given(content, _draft),
    "jira": _collection("jira"),
    "github": _collection("github"),
    "html": _collection("html"),
    "twin": _text(lambda text: story.told(text, lambda tag, address: address)),
}
MOST = 60
KEPT = HERE / "kept"
"""What earlier runs kept because it reached something new, a file of JSON lines for each reader."""
MARKED = (
    RECORD.replace("key: true}", "key: true, tlp: red}", 1).replace(
        "severity: sev1", "severity: sev1\nwent_well: [a, {text: b, tlp: amber}]"
    )
    + "\n## A {tlp=red}\n\nb <!-- tlp: amber -->c<!-- /tlp -->\n"
)
SEEDS: dict[str, list[bytes]] = {
    "names": [
        b"organisations: [[Acme Corp, ACME], Initech]\nwords: {Project Falcon: the project}\nhosts: [db1.internal]\n"
    ],
    "picture": [
        b"\x89PNG\r\n\x1a\n\0\0\0\x04tEXtabcd\0\0\0\0\0\0\0\0IEND\0\0\0\0",
        b"\xff\xd8\xff\xe1\0\x10Exif\0\0MM\0*\0\0\0\x08\xff\xda\0\x04ab\xff\xd9",
        b"GIF89a\x01\0\x01\0\0\0\0!\xfe\x04abcd\0;",
        b"RIFF\x16\0\0\0WEBPEXIF\x04\0\0\0abcd",
    ],
    "record.md": [RECORD.encode(), MARKED.encode()],
    "record.yaml": [RECORD.split("---\n")[1].encode()],
    "script": [path.read_bytes() for path in sorted((ROOT / "playbooks/scripts").glob("*.yaml"))[:3]],
    "terms": [
        b"\n".join(path.read_bytes().splitlines()[:30])
        for path in sorted((ROOT / "playbooks/glossary").glob("*.yaml"))[:2]
    ],
    "obligations": [
        b"\n".join(path.read_bytes().splitlines()[:30])
        for path in sorted((ROOT / "playbooks/obligations").glob("*.yaml"))[:2]
    ],
    "settings": [(ROOT / "mkdocs.yml").read_bytes()],
    "taxonomy": [b"a: {title: A, meaning: B}\n"],
    "mapping": [(ROOT / "examples/import/public-postmortems.yml").read_bytes()],
    "draft": [path.read_bytes() for path in sorted((ROOT / "tests/exchange/exports").rglob("*.*")) if path.is_file()],
    "jira": [(ROOT / "tests/exchange/collections/jira.csv").read_bytes()],
    "github": [(ROOT / "tests/exchange/collections/github.json").read_bytes()],
    "html": [(ROOT / "tests/exchange/collections/confluence/Checkout_1.html").read_bytes()],
    "twin": [(ROOT / "playbooks/silence.md").read_bytes()],
    "narrative": [b"## A\n\ntext[^1] https://a.example [x](y.md)\n\n[^1]: n\n\n| a |\n|---|\n| b |\n"],
}


def mutated(content: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Return a content with a few changes: cut, doubled, flipped, a word put in, a piece of another."""
    made = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        at = chance.randrange(len(made) + 1)
        end = min(len(made), at + chance.choice((1, 2, 8, 40, 200)))
        sort = chance.randrange(6)
        if sort == 0:
            del made[at:end]
        elif sort == 1:
            made[at:at] = made[at:end] * chance.choice((1, 2, 30))
        elif sort == 2 and at < len(made):
            made[at] ^= 1 << chance.randrange(8)
        elif sort == 3:
            made[at:end] = chance.choice(WORDS)
        elif sort == 4:
            made[at:at] = chance.choice(WORDS)
        else:
            other = chance.choice(others)
            start = chance.randrange(len(other) + 1)
            made[at:end] = other[start : start + chance.choice((4, 20, 100))]
    return bytes(made[:6_000])


class Reached:
    """The lines of our package that were reached so far; `more` says whether the last run reached new ones."""

    def __init__(self) -> None:
        self.lines: set[tuple[int, int]] = set()
        self.more = False

    def __call__(self, frame: FrameType, event: str, arg: object) -> Any:
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        place = (id(frame.f_code), frame.f_lineno)
        if place not in self.lines:
            self.lines.add(place)
            self.more = True
        return self


def fuzz(
    cases: int, seconds: float, seed: int, names: list[str], save: bool = False
) -> tuple[int, int, int, list[str]]:
    """Run cases in turn over all readers; returns how many, how many were kept, lines reached, and what went wrong."""
    chance = random.Random(seed)
    corpus = {name: [*SEEDS[name], *kept(name)] for name in names}
    reached, wrong, done = Reached(), [], 0
    until = time.monotonic() + seconds
    while done < cases and time.monotonic() < until and len(wrong) < 10:
        name = names[done % len(names)]
        content = mutated(chance.choice(corpus[name]), chance, corpus[name])
        done += 1
        guided = done % 8 < 2 or (len(names) > 1 and done < 20_000)
        reached.more = False
        if guided:
            sys.settrace(reached)
        try:
            READERS[name](content)
        except Exception as error:
            wrong.append(f"{name}: {type(error).__name__}: {error}: {content!r}")
        finally:
            sys.settrace(None)
        if reached.more and len(corpus[name]) < 400:
            corpus[name].append(content)
    if save:
        for name, contents in corpus.items():
            new = sorted(set(contents) - set(SEEDS[name]), key=lambda content: (len(content), content))
            lines = [json.dumps(content.decode("latin-1")) for content in new[:MOST]]
            KEPT.mkdir(exist_ok=True)
            (KEPT / f"{name}.jsonl").write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return done, sum(map(len, corpus.values())), len(reached.lines), wrong


def kept(name: str) -> list[bytes]:
    """Return what earlier runs kept for a reader."""
    file = KEPT / f"{name}.jsonl"
    lines = file.read_text("utf-8").splitlines() if file.is_file() else []
    return [json.loads(line).encode("latin-1") for line in lines]


def main() -> None:
    """Run as the arguments say and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=3_600)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--reader", choices=list(READERS), action="append")
    parser.add_argument("--save", action="store_true", help="keep what reached something new, for the next run")
    given = parser.parse_args()
    done, kept, lines, wrong = fuzz(
        given.cases, given.seconds, given.seed, given.reader or list(READERS), save=given.save
    )
    print(f"{done:,} cases, {kept:,} kept, {lines:,} lines reached, {len(wrong)} errors")
    for told in wrong:
        print(told[:2_000])
    raise SystemExit(bool(wrong))


if __name__ == "__main__":
    main()
