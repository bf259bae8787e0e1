"""Sources and mappings from anywhere: what is written passes the check, whatever it was made from; slips are told."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmroom import knowledge
from calmroom.exchange import mapping as mappings
from calmroom.exchange.markdown import convert
from calmroom.records.taxonomy import shipped
from tests.conftest import Make, calmroom

MAPPING = """\
files: "**/*.md"
id: {day: [day], slug: [title]}
record:
  title: {from: [title, body], as: sentence}
  severity: {value: sev3}
  status: {value: draft}
  ref: {from: [ref], default: "none of {title}"}
  impact: {summary: {from: [summary]}}
  sources:
    - {title: {from: [title], default: A source}, url: {from: [url], as: url}}
narrative: {summary: [summary], heading: What the source says}
ignore: []
"""
HEAD = "---\ntitle: A thing\nday: 2020-01-02\n---\n\n"
PARSED = mappings.parse(MAPPING, "m.yml")[0]
assert PARSED is not None

LINKS = [
    "![x][r]\n\n[r]: https://web.example/x.png",
    "[x][r]\n\n[r]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "[x](<a b.md>)",
    "[x](a.md)",
    "[x](a(b).md)",
    "[x](/absolute)",
    '[x](a.md "title")',
    '<a href="/x">x</a>',
    '<img src="z.png">',
    '<img src="http://web.example/z.png">',
    "<IMG SRC=z.png>",
    "[x](#nowhere)",
    "[x][#nowhere]\n\n[#nowhere]: #nowhere",
    "[x](incident:2020-01-01-nothing)",
    "[x](incident://web.example/x)",
    "[x](//web.example/x)",
    "[x](http://[)",
    "![x](data:image/png;base64,AAAA)",
    "![x](https://web.example/x.png)",
    "![x](<https://web.example/x y.png>)",
    "![![x](a.png)](b.md)",
    "> [x](a.md)\n> - [y](b.md)",
    "| [x](a.md) |\n|---|\n| [y](b.md) |",
    "text[^1]\n\n[^1]: [x](a.md)",
    "`[x](a.md)` and [x](a.md)",
    "[x](a&amp;b.md)",
    "[x](%2e%2e/%2e%2e/etc)",
    "[x](\\\\host\\share)",
    "a\n: [x](a.md)",
    "!!! note\n    [x](a.md)",
]


@pytest.mark.parametrize("text", LINKS)
def test_what_is_written_passes_the_check(text, make: Make, tmp_path_factory):
    source = tmp_path_factory.mktemp("source")
    (source / "a.md").write_text(f"{HEAD}{text}\n")
    mapping = source / "m.yml"
    mapping.write_text(MAPPING)
    root = make({"incidents/README.md": ""})
    done = calmroom("import", "markdown", source, "--map", mapping, "--into", root)
    assert done.returncode == 0, done.stderr
    base = knowledge.read(root)
    assert not base.errors, base.errors
    assert len(base.records) == 1


@given(
    st.lists(
        st.sampled_from([*LINKS, "word", "\n\n", " ", "[", "](", ")", "<", ">", "!", "`", "\\", "]: a.md", "\n"]),
        max_size=12,
    )
)
def test_any_mixture_of_links_is_written_so_that_it_passes_or_is_not_written(parts):
    (made,), _ = convert([("a.md", (HEAD + "".join(parts)).encode())], PARSED, shipped())
    if made.text is not None:
        from calmroom.exchange.markdown import NOWHERE
        from calmroom.records import links
        from calmroom.records.diagnostics import Level
        from calmroom.records.reader import Found, parse_record

        reading = parse_record(made.text, Found(made.id, f"{made.id}.md"), shipped())
        assert reading.record is not None and reading.prose is not None
        assert not [found for found in links.check(reading.prose, NOWHERE) if found.level is Level.ERROR]


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: (HEAD + text).encode("utf-8", "surrogatepass")))
def test_any_bytes_become_a_record_or_say_why_not(content):
    (made,), problems = convert([("a.md", content)], PARSED, shipped())
    assert made.text is not None or any(problem.code == "CR604" for problem in problems)


@pytest.mark.parametrize(
    "title",
    [
        "1e3",
        "12e03",
        "0o17",
        "0x1F",
        "1_000",
        "yes",
        "~",
        "null",
        ".5",
        "+1",
        "2020-01-02",
        "1:30",
        "=",
        "<<",
        "- a",
        "'",
        "a: b",
        "#",
        "!x",
        "&a",
        "*a",
        "%x",
        "@x",
        "`x",
    ],
)
def test_a_title_that_is_a_number_to_some_yaml_is_text_to_ours(title, make: Make):
    text = f"---\ntitle: '{title}'\nday: 2020-01-02\n---\n".replace("'''", '"\'"')
    (made,), problems = convert([("a.md", text.encode())], PARSED, shipped())
    assert made.text is not None, problems
    root = make({})
    done = calmroom("-C", root, "new", "--title", title, "--severity", "sev2", "--began", "2020-01-02", "--slug", "a")
    assert done.returncode == 0, done.stderr
    assert knowledge.read(root).records[0].title == title


SLIPS = [
    ("files", "files: /etc/*.md"),
    ("files", 'files: "**.md"'),
    ("files", "files: ../*.md"),
    ("files", "files: [a]"),
    ("files", 'files: "a//b"'),
    ("words", "id: {day: [day], words: -1}"),
    ("words", "id: {day: [day], words: abc}"),
    ("words", "id: {day: [day], words: 1e9}"),
    ("words", "id: {day: [day], words: true}"),
    ("record", "record: abc"),
    ("record", "record: [1]"),
    ("record", "record: {title: {value: x}, severity: {value: sev1}, status: {value: draft}, times: {value: abc}}"),
    ("record", "record: {title: {value: x}, severity: {value: sev1}, status: {value: draft}, timeline: [{value: abc}]}"),
    ("record", "record: {title: {value: x}, severity: {value: sev1}, status: {value: draft}, tags: {value: {a: {b: c}}}}"),
    ("record", "record: {title: {}, severity: {value: sev1}, status: {value: draft}}"),
    ("record", "record: {title: {from: [title], as: [x]}, severity: {value: sev1}, status: {value: draft}}"),
    ("record", "record: {title: {from: [title], values: {a: {b: c}}}, severity: {value: sev1}, status: {value: draft}}"),
    ("narrative", "narrative: abc"),
    ("narrative", "narrative: {heading: [a]}"),
    ("ignore", "ignore: 5"),
    ("id", "id: abc"),
    ("id", "id: {day: {a: b}}"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "slip"), SLIPS, ids=[slip for _, slip in SLIPS])
def test_a_slip_in_a_mapping_is_told_in_words(name, slip, tmp_path: Path):
    kept, skip = [], False
    for line in MAPPING.splitlines():
        if not line.startswith((" ", "#")):
            skip = line.startswith(f"{name}:") or (name == "words" and line.startswith("id:"))
        if not skip:
            kept.append(line)
    (tmp_path / "m.yml").write_text("\n".join([*kept, slip]) + "\n")
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.md").write_text(f"{HEAD}Text.\n")
    done = calmroom("import", "markdown", source, "--map", tmp_path / "m.yml", "--into", tmp_path, "--dry-run")
    assert done.returncode in (0, 1, 2)
    assert "Traceback" not in done.stderr, done.stderr


@pytest.mark.parametrize(
    "default", ["{company[5]}", "a { b", "{}", "{x!z}", "{title:>2000000000}", "{0}", "}{", "{title.__class__}"]
)
def test_a_default_is_filled_with_fields_and_with_nothing_else(default):
    mapping, problems = mappings.parse(MAPPING.replace('"none of {title}"', f'"{default}"'), "m.yml")
    assert mapping is not None, problems
    (made,), _ = convert([("a.md", f"{HEAD}Text.\n".encode())], mapping, shipped())
    assert made.text is not None
    assert len(made.text) < 400 and "class" not in made.text


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD}{'![' * 80_000}",
        f"---\ntitle: A\nday: 2020-01-02\nurl: https://a{')' * 400_000}\n---\n",
        f"{HEAD}{'[a](b.md) ' * 15_000}",
        HEAD + "\n".join(f"[a](b{number}.md)" for number in range(9_000)),
        f"{HEAD}{'](a' * 50_000}",
        f"{HEAD}{'<a href=x>' * 15_000}",
    ],
    ids=["images", "brackets", "one-line", "lines", "unopened", "html"],
)
def test_a_source_takes_time_as_its_text_does(text):
    begin = time.process_time()
    convert([("a.md", text.encode())], PARSED, shipped())
    assert time.process_time() - begin < 20


def test_of_a_source_that_is_too_large_only_a_part_is_read(tmp_path: Path):
    source = tmp_path / "source"
    source.mkdir()
    with (source / "a.md").open("wb") as file:
        file.truncate(5_000_000_000)  # a hole: it takes no room, and reading it whole would take all memory
    (source / "b.md").symlink_to("/etc/passwd")
    (source / "c.md").symlink_to("nowhere")
    (tmp_path / "m.yml").write_text(MAPPING)
    done = calmroom("import", "markdown", source, "--map", tmp_path / "m.yml", "--into", tmp_path)
    assert done.returncode == 1
    assert "CR604" in done.stdout and "1 not imported" in done.stderr and "1 file in" in done.stderr
