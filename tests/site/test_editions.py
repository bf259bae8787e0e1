"""Editions: a word at every sharing level in every field, and every byte of every output looked through for it."""

from __future__ import annotations

import gzip
import io
import json
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from calmroom import editions, knowledge
from calmroom.records.sharing import LEVELS
from tests.conftest import ALONE, ID, RECORD, Make, build, calmroom, write_base

MARK = re.compile(r"zq(\d)x\d+q", re.IGNORECASE)
KNOWN = {
    ".html", ".js", ".css", ".json", ".csv", ".ics", ".xml", ".gz", ".txt", ".png", ".svg", ".map", ".md", ".yaml",
    ".jpg", ".woff2", "",
}  # fmt: skip
"""What a site is made of. Another ending fails until somebody has said here how its bytes are looked through."""


class Marks:
    """Words nobody uses, each with the level it stands at, and where it was put."""

    def __init__(self) -> None:
        self.put: dict[str, str] = {}

    def __call__(self, level: str, where: str) -> str:
        word = f"zq{LEVELS.index(level)}x{len(self.put)}q"
        self.put[word] = where
        return word


def picture(says: str) -> bytes:
    """Return a PNG of one pixel with a text in it, plain and compressed."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    parts = [chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)), chunk(b"tEXt", b"Comment\0" + says.encode())]
    parts += [chunk(b"zTXt", b"Author\0\0" + zlib.compress(says.encode())), chunk(b"IDAT", zlib.compress(b"\0\0"))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + chunk(b"IEND", b"") + says.encode()


def record(marks: Marks, own: str) -> str:
    """Return a record of one level that holds, in everything that may be stricter, an item of each stricter level."""

    def m(level: str, where: str) -> str:
        return marks(level, f"record {own}: {where}")

    stricter = LEVELS[LEVELS.index(own) + 1 :]
    lines = [f"title: Title {m(own, 'title')}", f"ref: {m(own, 'ref')}", "severity: sev2", "status: in-review"]
    lines += [f"tlp: {own}", "kind: [security]", f"services: [{m(own, 'service')}]", f"tags: [{m(own, 'tag')}]"]
    lines += [f"aliases: [2025-01-0{LEVELS.index(own) + 1}-{m(own, 'alias')}]"]
    lines += ["times: {began: 2026-03-02T09:00:00Z, detected: 2026-03-02T10:00:00Z, resolved: 2026-03-02T11:00:00Z}"]
    lines += [f"impact: {{summary: Impact {m(own, 'impact')}}}", f"detection: {{by: staff, gap: {m(own, 'gap')}}}"]
    lines += ["timeline:", f"  - {{at: 2026-03-02T09:00:00Z, kind: change, what: {m(own, 'event')}, key: true}}"]
    for n, level in enumerate(stricter):
        what, seen = m(level, "event"), m(level, "evidence")
        lines += [
            f"  - {{at: 2026-03-02T09:{30 + n}:00Z, kind: note, what: {what}, key: true, evidence: {seen}, tlp: {level}}}"
        ]
    lines += ["factors:"]
    first = f"f-{marks(stricter[0], 'factor id') if stricter else 'z'}"
    lines += [
        f"  - {{id: start, kind: design, what: {m(own, 'factor')}, leads_to: [{first if stricter else 'impact'}]}}"
    ]
    if stricter:
        lines += [
            f"  - {{id: {first}, kind: data, what: {m(stricter[0], 'factor')}, leads_to: [end], tlp: {stricter[0]}}}"
        ]
        lines += [f"  - {{id: end, kind: process, what: {m(own, 'last factor')}, leads_to: [impact]}}"]
    for name in ("went_well", "got_lucky", "surprised_by", "open_questions"):
        lines += [f"{name}:", f"  - {m(own, name)}"]
        lines += [f"  - {{text: {m(level, name)}, tlp: {level}}}" for level in stricter]
    lines += [
        "actions:",
        f"  - {{id: a1, what: {m(own, 'action')}, owner: {m(own, 'owner')}, status: accepted, due: 2026-04-01, addresses: [start]}}",
    ]
    for n, level in enumerate(stricter):
        lines += [
            f"  - {{id: s{n}, what: {m(level, 'action')}, owner: {m(level, 'owner')}, status: declined, reason: {m(level, 'reason')}, ticket: {m(level, 'ticket')}, tlp: {level}}}"
        ]
    lines += [
        f"asked: ['what about {m(own, 'asked')}']",
        f"roles: {{scribe: {m(own, 'role')}}}",
        f"meeting: {{at: 2026-05-04T13:00:00Z, attendees: [{m(own, 'attendee')}]}}",
    ]
    lines += ["sources:", f"  - {{title: {m(own, 'source')}, url: 'https://example.com/{m(own, 'url')}'}}"]
    lines += [
        f"  - {{title: {m(level, 'source')}, url: 'https://example.com/{m(level, 'url')}', tlp: {level}}}"
        for level in stricter
    ]
    lines += ["amendments:", f"  - {{on: 2026-03-05, what: {m(own, 'amendment')}, by: {m(own, 'by')}}}"]
    lines += [
        f"  - {{on: 2026-03-06, what: {m(level, 'amendment')}, by: {m(level, 'by')}, tlp: {level}}}"
        for level in stricter
    ]
    names = {level: f"{m(level, 'file name')}.txt" for level in stricter}
    if names:
        lines += ["attachments:", *(f"  {name}: {{tlp: {level}}}" for level, name in names.items())]
    story = [f"## Summary\n\nSummary {m(own, 'summary')}.", f"## Open {m(own, 'heading')}\n\n{m(own, 'prose')}"]
    for level in stricter:
        story += [
            f"## Hidden {m(level, 'heading')} {{tlp={level}}}\n\n{m(level, 'section')}\n\n### Below {m(level, 'subheading')}\n\n{m(level, 'deep')}"
        ]
        story += [f"## After {m(own, 'after')}\n\nSeen <!-- tlp: {level} -->{m(level, 'passage')}<!-- /tlp --> seen."]
    for name in names.values():
        story += [f"![The graph]({name}) and [the log]({name}), file {name}."]
    return "---\n" + "\n".join(lines) + "\n---\n\n" + "\n\n".join(story) + "\n", names


def base(folder: Path, marks: Marks) -> Path:
    """Write a knowledge base with something at every level, in which the open speaks of what is not."""
    files: dict[str, str | bytes] = {}
    ids = {level: f"2026-03-0{n + 1}-{marks(level, 'record id')}" for n, level in enumerate(LEVELS)}
    slugs = {level: marks(level, "slug") for level in LEVELS}
    for level, id_ in ids.items():
        text, names = record(marks, level)
        for other, there in ids.items():
            if LEVELS.index(other) > LEVELS.index(level):
                text += f"\nAs in [an earlier one](incident:{there}), <incident:{there}>, [by file](../{there}/record.md), or {there}.\n"
                text += f"[a playbook](playbook:{slugs[other]}), [a script](script:{slugs[other]}), [a word](page:glossary#{slugs[other]}).\n"
        files[f"incidents/{id_}/record.md"] = text
        files |= {f"incidents/{id_}/{name}": marks(at, "text file") for at, name in names.items()}
        files[f"incidents/{id_}/shot.png"] = picture(marks("red", "image metadata"))
        files[f"incidents/{id_}/log.txt"] = marks(level, "attachment")
        slug, m = slugs[level], marks
        files[f"playbooks/{slug}.md"] = (
            f"---\ntlp: {level}\nowner: {m(level, 'owner')}\nasked: ['how to {m(level, 'asked')}']\nreview_by: 2027-01-01\nscripts: [{', '.join(slugs.values())}]\n"
            f"terms: [{', '.join(slugs.values())}]\nincidents: [{', '.join(ids.values())}]\n---\n\n# Playbook {m(level, 'title')}\n\n"
            f"Text {m(level, 'text')}. <!-- tlp: red -->{m('red', 'passage')}<!-- /tlp -->\n\n## Hidden {{tlp=red}}\n\n{m('red', 'section')}\n"
        )
        files[f"playbooks/scripts/{slug}.yaml"] = (
            f"title: Script {m(level, 'title')}\nsituation: {m(level, 'situation')}\nkind: dialogue\ntlp: {level}\nasked: ['say {m(level, 'asked')}']\n"
            f"cast: {{you: {{name: You}}, boss: {{name: {m(level, 'cast')}}}}}\n"
            f"beats: [{{id: one, title: {m(level, 'beat')}, lines: [{{speaker: boss, says: {m(level, 'says')}}}, "
            f"{{speaker: you, says: {m(level, 'answer')}, moves: [acknowledge-the-feeling], why: {m(level, 'why')}}}]}}]\n"
        )
        files[f"docs/{slug}.md"] = (
            f"---\ntlp: {level}\n---\n\n# Page {m(level, 'title')}\n\n{m(level, 'text')}\n\n"
            f"Open <!-- tlp: red -->{m('red', 'passage')}<!-- /tlp --> page.\n"
        )
    files["playbooks/glossary/words.yaml"] = "\n".join(
        f"{slug}:\n  term: Term {marks(level, 'term')}\n  tlp: {level}\n  plain: {marks(level, 'plain')}\n  misused: {marks(level, 'misused')}\n"
        f"  executive: {marks(level, 'executive')}\n  asked: ['word for {marks(level, 'asked')}']\n  synonyms: [{marks(level, 'synonym')}]\n"
        f"  confused_with: [{', '.join(other for other in slugs.values() if other != slug)}]\n"
        f"  precise: [{{field: reliability, text: {marks(level, 'precise')}, source: {marks(level, 'source')}}}]\n"
        for level, slug in slugs.items()
    )
    links = " ".join(f"[one](incident:{id_}) and {id_}" for id_ in ids.values())
    files["docs/open.md"] = (
        f"# Open\n\nSee {links}. <!-- tlp: red -->{marks('red', 'page')}<!-- /tlp -->\n\n## Hidden {{tlp=amber}}\n\n{marks('amber', 'page')}\n"
    )
    files["mkdocs.yml"] = (
        "site_name: Test\nsite_url: https://docs.example/kb/\nrepo_url: https://git.example/team/incidents\nedit_uri: edit/main/docs/\n"
        f"theme: {{name: material}}\nplugins:\n  - calmroom: {{{ALONE}}}\n"
    )
    return write_base(folder, files)


@pytest.fixture(scope="module")
def marks() -> Marks:
    return Marks()


@pytest.fixture(scope="module")
def marked(marks: Marks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return base(tmp_path_factory.mktemp("marked"), marks)


@pytest.fixture(scope="module")
def sites(marked: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, str]]:
    """Build every edition once; return its site and what the build said."""
    made = {}
    for level in LEVELS:
        site = tmp_path_factory.mktemp("edition") / "site"
        done = calmroom("-C", marked, "build", "--edition", level, "--today", "2026-04-15", "--site-dir", site)
        assert done.returncode == 0, done.stdout + done.stderr
        made[level] = site, done.stdout + done.stderr
    return made


def texts(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield every file of a site with its bytes as text, decompressed where they are compressed."""
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = file.relative_to(folder).as_posix()
        assert file.suffix in KNOWN, f"say in KNOWN how {name} is looked through"
        content = file.read_bytes()
        yield name, name + "\n" + content.decode("latin-1")
        if file.suffix == ".gz":
            yield name, gzip.GzipFile(fileobj=io.BytesIO(content)).read().decode("latin-1")
        for found in re.finditer(rb"zTXt", content):
            with pytest.raises(zlib.error):
                zlib.decompress(content[found.end() + 8 :])


@pytest.mark.parametrize("level", LEVELS)
def test_no_byte_of_an_edition_holds_a_word_from_above_it(level: str, sites, marks: Marks):
    site, said = sites[level]
    above = {
        (where, found[0].lower(), marks.put[found[0].lower()])
        for where, text in [*texts(site), ("the build's own words", said)]
        for found in MARK.finditer(text)
        if int(found[1]) > LEVELS.index(level)
    }
    assert sorted(above) == []


@pytest.mark.parametrize("level", LEVELS)
def test_an_edition_holds_every_word_up_to_its_level(level: str, sites, marks: Marks):
    held = {found[0].lower() for _, text in texts(sites[level][0]) for found in MARK.finditer(text)}
    wanted = {word: where for word, where in marks.put.items() if int(word[2]) <= LEVELS.index(level)}
    unseen = {
        where for word, where in wanted.items() if word not in held
    }  # what the pages of any edition do not print: names by which a factor is known within its record, and metadata
    assert {where for where in unseen if not re.search(r"factor id|image metadata|: ref$|: by$", where)} == set()


@pytest.mark.parametrize("level", LEVELS)
def test_commands_say_nothing_from_above_the_edition_they_are_asked_for(
    level: str, marked: Path, tmp_path: Path, marks: Marks
):
    whole = knowledge.read_whole(marked)
    script = next(iter(whole.scripts))
    record = whole.records[-1].id  # the clear one
    strictest = whole.records[0].id
    for arguments in (
        ["actions", "--all", "--format", "json"], ["actions", "--format", "csv"], ["actions", "--format", "ics"], ["actions"],
        ["search", "title", "--json", "-n", "100"], ["search", "incident event summary"], ["similar", record, "--format", "json"],
        ["similar", "impact title summary", "-n", "50"], ["brief", record], ["brief", record, "--format", "html"], ["kit", record],
        ["kit", record, "--to", str(tmp_path / "kit")], ["digest", "--since", "2020-01-01", "--today", "2026-04-15"],
        ["rehearse", script], ["check"], ["check", "--format", "json"], ["check", "--format", "sarif"],
        ["brief", strictest[:-4]], ["kit", strictest[:-4]], ["rehearse", "zq"],
    ):  # fmt: skip
        done = calmroom("-C", marked, *arguments, "--edition", level)
        assert "Traceback" not in done.stderr, done.stderr
        said = done.stdout + done.stderr
        if (tmp_path / "kit").is_dir():
            said += "".join(file.read_text() for file in (tmp_path / "kit").iterdir())
        above = {found[0] for found in MARK.finditer(said) if int(found[1]) > LEVELS.index(level)}
        assert {(word, marks.put[word.lower()]) for word in above} == set(), (arguments, said)


def test_every_page_names_its_edition_and_the_build_says_how_much_is_left_out(sites):
    site, said = sites["amber"]
    pages = [page for page in site.rglob("*.html") if 'http-equiv="refresh"' not in page.read_text()]
    assert [page for page in pages if "data-calm-edition>TLP:AMBER<" not in page.read_text()] == []
    assert re.search(r"TLP:AMBER: 2 records, \d+ items and \d+ pages or terms above it left out", said)


def test_what_leads_to_a_factor_that_is_gone_leads_where_that_one_led(marked: Path):
    clear = next(record for record in knowledge.read(marked, edition="clear").records)
    assert [(factor.id, factor.leads_to) for factor in clear.factors] == [("start", ("end",)), ("end", ("impact",))]
    assert [action.addresses for action in clear.actions] == [("start",)]


def test_a_picture_stays_and_what_it_says_goes(sites):
    shots = list(sites["red"][0].rglob("shot.png"))
    assert len(shots) == len(LEVELS)
    assert all(b"IDAT" in shot.read_bytes() and b"tEXt" not in shot.read_bytes() for shot in shots)


def test_a_site_holds_nothing_red_unless_it_is_asked_for(make: Make, tmp_path: Path):
    root = make(
        {f"incidents/{ID}.md": RECORD, "incidents/2026-03-03-secret.md": RECORD.replace("tlp: green", "tlp: red")}
    )
    assert not (build(root, tmp_path / "site") / "incidents/2026-03-03-secret").exists()
    done = calmroom("-C", root, "build", "--edition", "TLP:RED", "--site-dir", tmp_path / "red")
    assert done.returncode == 0 and (tmp_path / "red/incidents/2026-03-03-secret/index.html").is_file()


def test_what_names_no_level_has_the_one_of_the_settings(make: Make):
    root = make(
        {
            "mkdocs.yml": f"plugins:\n  - calmroom: {{default_tlp: red, {ALONE}}}\n",
            f"incidents/{ID}.md": RECORD.replace("tlp: green\n", ""),
        }
    )
    assert not knowledge.read(root).records
    assert [record.id for record in knowledge.read(root, edition="red").records] == [ID]


@pytest.mark.parametrize(
    "wrong",
    ["severity: sevX ZQWORD", "title: [ZQWORD", "tlp: crimson ZQWORD\n", "timeline: [{at: 1, what: ZQWORD, tlp: red}]"],
)
def test_an_error_in_what_an_edition_leaves_out_is_counted_and_not_quoted(wrong: str, make: Make, tmp_path: Path):
    text = RECORD.replace("tlp: green", "tlp: red").replace("severity: sev1", wrong)
    root = make({f"incidents/{ID}.md": RECORD, "incidents/2026-03-03-zqname.md": text})
    for arguments in (
        ["build", "--site-dir", tmp_path / "site"],
        ["actions"],
        ["search", "portal"],
        ["check", "--edition", "amber"],
    ):
        done = calmroom("-C", root, *arguments)
        said = done.stdout + done.stderr
        assert done.returncode == 1 and "zq" not in said.lower(), said
        assert "CR120" in said
    everything = calmroom("-C", root, "check").stdout
    assert "zqname" in everything


def test_an_unclear_level_withholds(make: Make):
    for text in (RECORD.replace("tlp: green", '"\\x74lp": red'), RECORD.replace("tlp: green", "tlp: red")):
        root = make({f"incidents/{ID}.md": text})
        assert not knowledge.read(root).records


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("## Summary {tlp=secret}\n", "CR121"),
        ("<!-- tlp: red -->\n", "CR121"),
        ("text {tlp=red}\n", "CR121"),
    ],
)
def test_a_mark_that_is_not_understood_is_told_where_it_stands(change: str, code: str, found):
    codes = found(RECORD + change)
    line = (RECORD + change).count("\n")
    assert [(got, at) for got, at, _ in codes] == [(code, line)]


def test_a_level_that_guards_nothing_is_told(make: Make):
    looser = RECORD.replace("key: true}\n", "key: true, tlp: clear}\n", 1)
    named = looser.replace("kind: [", "attachments: {grpah.png: {tlp: red}}\nkind: [")
    root = make({f"incidents/{ID}/record.md": named, f"incidents/{ID}/graph.png": b"x"})
    found = {item.code: item for item in knowledge.read(root, edition="red").diagnostics}
    assert set(found) == {"CR122", "CR123"}
    assert "graph.png" in found["CR123"].hint


def test_editions_lists_what_each_holds_and_withholds_and_why(marked: Path):
    done = calmroom("-C", marked, "editions", "--format", "json")
    told = {edition["edition"]: edition for edition in json.loads(done.stdout)}
    assert [name for name, edition in told.items() if edition["site"]] == ["TLP:AMBER+STRICT"]
    assert {name: edition["holds"]["records"] for name, edition in told.items()} == {
        "TLP:CLEAR": 1, "TLP:GREEN": 2, "TLP:AMBER": 3, "TLP:AMBER+STRICT": 4, "TLP:RED": 5,
    }  # fmt: skip
    assert told["TLP:RED"]["withholds"] == []
    assert all(item["level"] == "red" for item in told["TLP:AMBER+STRICT"]["withholds"])
    assert "its own `tlp`" in calmroom("-C", marked, "editions", "--edition", "tlp:green").stdout
    assert "Did you mean 'green'" in calmroom("-C", marked, "editions", "--edition", "gren").stderr


def test_the_edition_red_of_a_base_without_levels_is_the_base(make: Make):
    root = make({f"incidents/{ID}.md": RECORD})
    whole = knowledge.read_whole(root)
    red, left = editions.of(whole, "red")
    assert left == [] and red.records == whole.records and red.records[0] is whole.records[0]
