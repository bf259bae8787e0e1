"""Importing: everything arrives or is listed, nothing is overwritten, nothing is left half done, and twice is the same as once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from calmroom import files, knowledge
from calmroom.checks.register import CODES as QUALITY
from calmroom.exchange import mapping as mappings
from calmroom.exchange.markdown import convert, cut, slug
from calmroom.records.taxonomy import shipped
from tests.conftest import ALONE, ROOT, Make, build, calmroom

MAPPING = ROOT / "examples/import/public-postmortems.yml"
CORPUS = ROOT.parent / "shared/corpus/public-postmortems"

FULL = """\
---
uuid: 1
url: https://a.example/post
archive_url: "https://archive.example/x), [see also](https://b.example"
title: The shop was down. It was a rule
start_time: 2020-01-02T03:04:05Z
end_time: 2020-01-02T05:00:00Z
categories: [security, cloud]
keywords: [Firewall rules, firewall rules]
company: Shop & Co
product: Web shop, Mobile app
source_fetched_at: 2026-05-04T17:54:08.121845Z
summary: "Two hours: no shop."
mystery: 7
---

What happened, in [their words](https://a.example/more), [over there](../local.md), ![a graph](https://a.example/g.png) and {{ 7*7 }}.
"""

SPARE = "---\nuuid: 2\nurl: https://a.example/2019/07/03/gone\ncompany: Spare\ncategories: []\n---\n\nOn 2019-07-02 all was gone. Then it came back.\n"
NOTHING = "---\nuuid: 3\nurl: https://a.example/x\ncompany: ''\n---\n"


def source(tmp_path: Path, **texts: str) -> Path:
    folder = tmp_path / "source"
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(text)
    return folder


def run(folder: Path, root: Path, *more: str):
    return calmroom("import", "markdown", folder, "--map", MAPPING, "--into", root, *more)


def test_fields_arrive_by_the_mapping(make: Make, tmp_path):
    root = make({"incidents/README.md": ""})
    done = run(source(tmp_path, full=FULL), root)
    assert done.returncode == 0, done.stdout + done.stderr
    record = knowledge.read(root).by_id["2020-01-02-the-shop-was-down-it-was-a-rule"]
    assert record.title == "The shop was down"
    assert (record.status, record.severity, record.tlp, record.kind) == ("draft", "sev3", "clear", ("security",))
    assert record.services == ("web-shop", "mobile-app")
    assert record.tags == ("shop-co", "security", "cloud", "firewall-rules")
    assert str(record.times.began) == "2020-01-02T03:04:05Z"
    assert record.impact.summary == "Two hours: no shop."
    assert [(s.title, s.url) for s in record.sources] == [
        ("The shop was down. It was a rule", "https://a.example/post"),
        ("The write-up as archived", "https://archive.example/x"),
    ]
    assert "## Summary\n\nTwo hours: no shop.\n\n## What the source says" in record.narrative
    assert "{{ 7*7 }}" in record.narrative


def test_what_is_missing_or_left_behind_is_listed(make: Make, tmp_path):
    done = run(source(tmp_path, full=FULL, spare=SPARE), make({"incidents/README.md": ""}))
    shown = done.stdout
    assert "full.md:14:1: advice CR603: `mystery` has no place in the mapping" in shown
    assert "`archive_url` held more than an address" in shown
    assert "the link to `../local.md` leads nowhere here" in shown
    assert "the image at `https://a.example/g.png` is now a link" in shown
    assert "spare.md:1:1: advice CR602: there was no title" in shown
    assert "`times.began` is not known" in shown
    assert "filed under 2019-07-03, a day found in `url`" in shown
    assert "uuid" not in shown
    assert "2 files in" in done.stderr and "2 written" in done.stderr


def test_a_source_with_next_to_nothing_still_arrives(make: Make, tmp_path):
    root = make({"incidents/README.md": ""})
    done = run(source(tmp_path, nothing=NOTHING), root)
    assert done.returncode == 0
    (record,) = knowledge.read(root).records
    assert record.title == "An incident at" and record.id.startswith("2026-05-04-")


def test_all_that_arrived_passes_the_check_and_builds(make: Make, tmp_path, tmp_path_factory):
    root = make({"incidents/README.md": ""})
    run(source(tmp_path, full=FULL, spare=SPARE, nothing=NOTHING), root)
    assert calmroom("-C", root, "check", "--strict").returncode == 0
    build(root, tmp_path_factory.mktemp("s"))


def test_a_second_run_changes_nothing(make: Make, tmp_path):
    root = make({"incidents/README.md": ""})
    folder = source(tmp_path, full=FULL, spare=SPARE, twin=FULL.replace("uuid: 1", "uuid: 9"))
    run(folder, root)
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (root / "incidents").iterdir()}
    assert len(before) == 4
    done = run(folder, root)
    assert done.returncode == 0 and "0 written, 3 unchanged" in done.stderr
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (root / "incidents").iterdir()} == before


def test_what_a_person_changed_is_kept_and_told(make: Make, tmp_path):
    root = make({"incidents/README.md": ""})
    folder = source(tmp_path, full=FULL)
    run(folder, root)
    path = next(path for path in (root / "incidents").glob("2020*"))
    path.write_text(path.read_text() + "\nMy own words.\n")
    done = run(folder, root)
    assert "CR605" in done.stdout and "1 kept" in done.stderr
    assert "My own words." in path.read_text()


def test_a_dry_run_writes_nothing(make: Make, tmp_path):
    root = make({"incidents/README.md": ""})
    done = run(source(tmp_path, full=FULL), root, "--dry-run")
    assert "1 would be written" in done.stderr
    assert [path.name for path in (root / "incidents").iterdir()] == ["README.md"]


def test_a_bad_source_is_told_and_does_not_stop_the_others(make: Make, tmp_path):
    root = make({"incidents/README.md": ""})
    bad = {"empty": "", "plain": "no front matter", "list": "---\n- a\n---\n", "broken": "---\na: b: c\n---\n"}
    done = run(source(tmp_path, full=FULL, **bad), root)
    assert done.returncode == 1
    assert done.stdout.count("CR604") == 4 and "1 written" in done.stderr and "4 not imported" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupted_write_leaves_no_half_file_and_no_trace(tmp_path, monkeypatch):
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(files.os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.create(tmp_path / "a.md", "x" * 100)
    assert list(tmp_path.iterdir()) == []


def test_writing_over_something_is_refused(tmp_path):
    (tmp_path / "a.md").write_text("mine")
    with pytest.raises(FileExistsError):
        files.create(tmp_path / "a.md", "theirs")
    assert (tmp_path / "a.md").read_text() == "mine"
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("- a\n", 1, "a mapping file is a mapping"),
        ("recrod: {}\n", 1, "unknown field `recrod`"),
        ("record:\n  title: {form: x}\n", 2, "a field of a record"),
        ("record:\n  titel: {from: x}\n", 2, "`titel` is not a field of a record"),
        ("record:\n  title: {from: x, as: slugg}\n", 2, "`slugg` is not a form"),
        ("record:\n  title: x\n", 2, "a rule is a mapping"),
        ("record:\n  times: {begann: {from: x}}\n", 2, "`begann` is not a field"),
        ("record:\n  title: {value: A}\n", 2, "no rule for `severity`"),
        ("a: [\n", 2, "not readable as YAML"),
    ],
)
def test_a_wrong_mapping_is_explained_and_nothing_is_imported(text, line, said, make: Make, tmp_path):
    root = make({"incidents/README.md": ""})
    (tmp_path / "map.yml").write_text(text)
    done = calmroom("import", "markdown", source(tmp_path, full=FULL), "--map", tmp_path / "map.yml", "--into", root)
    assert done.returncode == 2
    assert said in done.stderr
    assert f"map.yml:{line}:" in done.stderr
    assert [path.name for path in (root / "incidents").iterdir()] == ["README.md"]


@pytest.mark.parametrize(
    ("text", "made"),
    [("Web shop", "web-shop"), ("Café d'Été", "cafe-dete"), ("../../etc", "etc"), ("中文", ""), ("a" * 100, "a" * 60)],
)
def test_slugs_are_made_of_ascii_letters_and_digits(text, made):
    assert slug(text) == made


def test_cutting_ends_at_a_word():
    assert cut("one two three", 9) == "one two…"
    assert cut("short", 9) == "short"


def test_two_sources_with_one_day_and_title_get_two_ids():
    mapping, _ = mappings.parse(MAPPING.read_text(), "map")
    made, _ = convert([("a.md", FULL.encode()), ("b.md", FULL.encode())], mapping, shipped())
    assert made[0].id != made[1].id and made[1].id.startswith(made[0].id)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the collection of public post-mortems is not beside this checkout")
def test_all_116_public_post_mortems_arrive_check_and_build(tmp_path):
    root = tmp_path / "kb"
    calmroom("init", root)
    settings = (root / "mkdocs.yml").read_text()
    (root / "mkdocs.yml").write_text(settings.replace("timezone: UTC", f"{ALONE}\n      timezone: UTC"))
    shutil.rmtree(root / "incidents")
    done = run(CORPUS, root)
    assert done.returncode == 0, done.stdout
    assert len(list((root / "incidents").iterdir())) == 116
    found = json.loads(calmroom("-C", root, "check", "--format", "json").stdout)
    assert {item["level"] for item in found} <= {"warning", "note"}
    assert {
        item["code"] for item in found if item["level"] == "warning"
    } <= QUALITY  # what the sources say, not their form
    assert "0 written, 116 unchanged" in run(CORPUS, root).stderr
    site = build(root, tmp_path / "site")
    assert len(list((site / "incidents").glob("*-*-*-*/index.html"))) == 116
