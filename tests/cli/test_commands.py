"""The command as a person types it: help, exit codes, formats, and nothing ever overwritten."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys

import jsonschema
import pytest

from calmroom import knowledge
from calmroom.cli import COMMANDS, main
from tests.conftest import ID, RECORD, ROOT, Make, build, calmroom

BAD = "---\ntitle: A\nsevirity: sev1\nstatus: draft\n---\n\nSee [it](incident:2020-01-01-gone), 50% off.\n"


def test_help_lists_every_command_and_each_has_help_with_an_example():
    listed = calmroom("--help").stdout
    for name, short in COMMANDS.items():
        assert name in listed and short in listed
        shown = calmroom(name, "--help").stdout
        assert "Usage:" in shown
        assert len(shown.split()) > 30
    for words in (["import", "markdown"], ["check"], ["build"], ["new"], ["init"], ["schema"], ["serve"]):
        assert "Example" in calmroom(*words, "--help").stdout


def test_the_short_help_in_the_list_is_that_of_the_command():
    import click

    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None and command.name == name


def test_a_mistyped_command_gets_the_nearest_one():
    done = calmroom("chek")
    assert done.returncode == 2 and "Did you mean 'check'?" in done.stderr


def test_check_is_silent_about_good_records_and_exits_0(make: Make):
    done = calmroom("-C", make({f"incidents/{ID}.md": RECORD}), "check")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == "1 record checked: nothing to mend.\n"


def test_check_names_file_line_column_and_what_to_write(make: Make):
    done = calmroom("-C", make({f"incidents/{ID}.md": RECORD, "incidents/2026-04-01-bad.md": BAD}), "check")
    assert done.returncode == 1
    assert "incidents/2026-04-01-bad.md:3:1: error CR201: unknown field `sevirity`" in done.stdout
    assert "Did you mean `severity`?" in done.stdout
    assert "      3 │ sevirity: 1" not in done.stdout and "      3 │ sevirity: sev1" in done.stdout


def test_check_of_some_paths_reports_only_those(make: Make):
    root = make({"incidents/2026-04-01-bad.md": BAD, "incidents/2026-04-02-bad.md": BAD})
    assert "2026-04-01" not in calmroom("-C", root, "check", "incidents/2026-04-02-bad.md").stdout
    inside = calmroom("check", "incidents/2026-04-02-bad.md", cwd=root)
    assert inside.returncode == 1 and "2026-04-01" not in inside.stdout
    assert calmroom("-C", root, "check", "incidents").stdout.count("CR201") == 2


def test_check_of_a_path_that_is_not_there_or_not_inside_is_wrong_use(make: Make, tmp_path_factory):
    root = make({f"incidents/{ID}.md": RECORD})
    assert calmroom("-C", root, "check", "incidents/nothing.md").returncode == 2
    assert calmroom("-C", root, "check", tmp_path_factory.mktemp("elsewhere")).returncode == 2


def test_check_reads_a_folder_of_records_without_a_site_but_not_a_folder_of_anything(tmp_path):
    (tmp_path / "incidents").mkdir()
    (tmp_path / "incidents" / f"{ID}.md").write_text(RECORD)
    assert calmroom("-C", tmp_path, "check").returncode == 0
    (tmp_path / "empty").mkdir()
    assert calmroom("-C", tmp_path / "empty", "check").returncode == 2


def test_check_strict_counts_warnings(make: Make):
    root = make({f"incidents/{ID}.md": RECORD + "\n<u>x</u>\n"})
    assert calmroom("-C", root, "check").returncode == 0
    assert calmroom("-C", root, "check", "--strict").returncode == 1


def test_json_is_a_list_of_findings(make: Make):
    done = calmroom("-C", make({"incidents/2026-04-01-bad.md": BAD}), "check", "--format", "json")
    (first, *_) = json.loads(done.stdout)
    assert first == {
        "path": "incidents/2026-04-01-bad.md",
        "line": 3,
        "column": 1,
        "code": "CR201",
        "level": "error",
        "message": "unknown field `sevirity`",
        "hint": "Did you mean `severity`?",
    }
    assert (
        json.loads(calmroom("-C", make({"incidents/2026-04-01-bad.md": RECORD}), "check", "--format", "json").stdout)
        == []
    )


def test_github_annotations_escape_what_github_reads(make: Make):
    record = RECORD.replace("[customer-portal]", '["100%: a,b"]')
    done = calmroom("-C", make({"incidents/2026-04-01-bad.md": record}), "check", "--format", "github")
    assert re.match(r"::error file=incidents/2026-04-01-bad\.md,line=7,col=12,title=CR209::", done.stdout)
    assert "100%25: a,b" in done.stdout


SARIF_SHAPE = {
    "type": "object",
    "required": ["version", "$schema", "runs"],
    "properties": {
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["tool", "results"],
                "properties": {
                    "results": {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "type": "object",
                            "required": ["ruleId", "ruleIndex", "level", "message", "locations"],
                            "properties": {"level": {"enum": ["none", "note", "warning", "error"]}},
                        },
                    }
                },
            },
        },
    },
}


def test_sarif_has_rules_and_places(make: Make):
    log = json.loads(calmroom("-C", make({"incidents/2026-04-01-bad.md": BAD}), "check", "--format", "sarif").stdout)
    jsonschema.validate(log, SARIF_SHAPE)
    (run,) = log["runs"]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "incidents/2026-04-01-bad.md"
        assert place["region"]["startLine"] >= 1


def test_check_imports_nothing_heavy():
    code = "import sys; from calmroom.cli import check_command; from calmroom import knowledge; print([m for m in ('mkdocs', 'mermaid', 'material', 'jinja2', 'requests') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"


def test_new_writes_a_valid_draft_and_never_overwrites(make: Make):
    root = make({f"incidents/{ID}.md": RECORD})
    words = [
        "-C",
        root,
        "new",
        "--title",
        'Checkout: "failed" for an hour',
        "--severity",
        "sev2",
        "--began",
        "2026-04-01T10:00:00+02:00",
        "--kind",
        "availability",
        "--service",
        "checkout",
    ]
    done = calmroom(*words)
    assert done.returncode == 0, done.stderr
    path = root / "incidents/2026-04-01-checkout-failed-for-an-hour.md"
    assert path.is_file()
    record = knowledge.read(root).by_id[path.stem]
    assert (record.title, record.severity, record.status, record.services) == (
        'Checkout: "failed" for an hour',
        "sev2",
        "draft",
        ("checkout",),
    )
    before = path.read_bytes()
    assert calmroom(*words).returncode == 1
    assert path.read_bytes() == before


def test_the_skeletons_guide_is_valid_once_it_is_uncommented(make: Make):
    root = make({f"incidents/{ID}.md": RECORD})
    calmroom("-C", root, "new", "--title", "A", "--severity", "sev2", "--began", "2026-03-02T09:02:00+01:00")
    path = root / "incidents/2026-03-02-a.md"
    path.write_text(
        re.sub(r"^#(?! What follows| yaml|  detected)", "", path.read_text(), flags=re.MULTILINE)
        .replace("#  detected", "  detected")
        .replace("(under `times`, like `declared`, `mitigated`, `resolved`)", "")
    )
    text = path.read_text().replace(
        "# What follows may stay empty in a draft. Take the # away and write what is known; leave out what is not.\n",
        "",
    )
    path.write_text(text)
    assert knowledge.read(root).diagnostics == ()


def test_new_makes_a_folder_for_attachments(make: Make):
    root = make({f"incidents/{ID}.md": RECORD})
    done = calmroom("-C", root, "new", "--title", "A", "--severity", "sev2", "--began", "2026-04-01", "--folder")
    text = (root / "incidents/2026-04-01-a/record.md").read_text()
    assert done.returncode == 0 and "$schema=../../docs/schema/" in text and "2026-04-01Txx:xxZ" in text
    assert calmroom("-C", root, "new", "--title", "A", "--severity", "sev2", "--began", "2026-04-01").returncode == 1


@pytest.mark.parametrize(
    "words",
    [
        ["--severity", "sev2"],
        ["--title", "A", "--severity", "sev9"],
        ["--title", "A", "--severity", "sev2", "--began", "yesterday"],
        ["--title", "A", "--severity", "sev2", "--began", "2026-04-01T10:00:00"],
        ["--title", "A", "--severity", "sev2", "--slug", "../../x"],
        ["--title", "A", "--severity", "sev2", "--service", "Not A Slug"],
        ["--title", "???", "--severity", "sev2"],
        ["--title", "x" * 400, "--severity", "sev2"],
    ],
)
def test_new_refuses_what_would_not_be_valid_and_writes_nothing(words, make: Make):
    root = make({f"incidents/{ID}.md": RECORD})
    done = calmroom("-C", root, "new", *words)
    assert done.returncode == 2, done.stdout
    assert "Traceback" not in done.stderr
    assert [path.name for path in (root / "incidents").iterdir()] == [f"{ID}.md"]


def test_new_asks_on_a_terminal(make: Make):
    root = make({f"incidents/{ID}.md": RECORD})
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "calmroom", "-C", str(root), "new"],
        stdin=child,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "generator")},
    )
    os.write(parent, b"The shop was slow\nsev3\n2026-04-01T10:00:00+02:00\n" + 5 * b"\n")
    out, _ = process.communicate(timeout=30)
    os.close(parent)
    os.close(child)
    assert process.returncode == 0, out
    assert (root / "incidents/2026-04-01-the-shop-was-slow.md").is_file()


def test_init_makes_a_knowledge_base_that_checks_and_builds_at_once(tmp_path):
    target = tmp_path / "our-incidents"
    assert calmroom("init", target).returncode == 0
    assert calmroom("-C", target, "check", "--strict").returncode == 0
    site = build(target, tmp_path / "site")
    html = (site / "index.html").read_text()
    assert "Our incidents" in html and "fictional example" in html
    for name in (
        ".gitignore",
        ".github/workflows/calmroom.yml",
        "docs/schema/record.schema.json",
        "playbooks/README.md",
        "README.md",
    ):
        assert (target / name).is_file()


def test_init_overwrites_nothing_and_writes_nothing_by_halves(tmp_path):
    (tmp_path / "README.md").write_text("mine")
    done = calmroom("init", tmp_path)
    assert done.returncode == 1 and "README.md" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    assert (tmp_path / "README.md").read_text() == "mine"


def test_init_takes_any_name(tmp_path):
    assert calmroom("init", tmp_path / "kb", "--name", 'A "name": # {{ 7*7 }}').returncode == 0
    site = build(tmp_path / "kb", tmp_path / "site")
    assert "49" not in re.findall(r"<title>(.*?)</title>", (site / "index.html").read_text())[0]


def test_schema_prints_and_writes(make: Make):
    root = make({f"incidents/{ID}.md": RECORD})
    assert json.loads(calmroom("-C", root, "schema").stdout)["title"] == "Calmroom incident record"
    assert calmroom("-C", root, "schema", "--write").returncode == 0
    assert "up to date" in calmroom("-C", root, "schema", "--write").stderr


def test_progress_is_drawn_on_a_terminal_only(make: Make):
    records = {f"incidents/2026-01-01-r{number}.md": RECORD for number in range(210)}
    root = make(records)
    assert "█" not in calmroom("-C", root, "check").stderr
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "calmroom", "-C", str(root), "check"],
        stderr=child,
        stdout=subprocess.DEVNULL,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "generator")},
    )
    process.wait(60)
    os.close(child)
    shown = b""
    while True:
        try:
            piece = os.read(parent, 65536)
        except OSError:
            break
        if not piece:
            break
        shown += piece
    assert "█" in shown.decode()
    assert "nothing to mend" in shown.decode()


def test_python_m_calmroom_is_the_command():
    assert calmroom("--version").stdout.startswith("calmroom, version")


def test_actions_lists_the_longest_overdue_first_and_takes_today(make: Make):
    root = make({f"incidents/{ID}.md": RECORD})
    done = calmroom("-C", root, "actions", "--today", "2026-03-20")
    assert done.returncode == 0
    assert re.search(r"2026-03-16 +4 d +18 d +accepted +stronger +Network Security Lead", done.stdout)
    assert done.stderr == "1 action, 1 overdue, as of 2026-03-20.\n"
    assert "0 actions, as of" in calmroom("-C", root, "actions", "--overdue", "--today", "2026-03-10").stderr
    assert calmroom("-C", root, "actions", "--owner", "security", "--today", "2026-03-10").stdout
    assert not calmroom("-C", root, "actions", "--owner", "nobody", "--today", "2026-03-10").stdout


@pytest.mark.parametrize("form", ["json", "csv", "ics", "table"])
def test_actions_speaks_every_format_of_nothing_too(form, make: Make):
    root = make({f"incidents/{ID}.md": RECORD})
    some = calmroom("-C", root, "actions", "--format", form, "--today", "2026-03-20")
    none = calmroom("-C", root, "actions", "--format", form, "--owner", "nobody", "--today", "2026-03-20")
    assert (some.returncode, none.returncode) == (0, 0)
    assert "Block any-source rules" in some.stdout and "Block any-source rules" not in none.stdout
    if form == "json":
        assert json.loads(some.stdout)[0]["late_days"] == 4 and json.loads(none.stdout) == []
    if form == "ics":
        assert none.stdout.replace("\r", "").endswith("END:VCALENDAR\n")


def test_actions_of_others_can_be_left_out(make: Make):
    theirs = RECORD.replace("severity: sev1", "severity: sev1\norganisation: Elsewhere")
    root = make({f"incidents/{ID}.md": theirs})
    assert calmroom("-C", root, "actions", "--today", "2026-03-20").stdout
    assert not calmroom("-C", root, "actions", "--ours", "--today", "2026-03-20").stdout


def test_similar_takes_an_id_an_earlier_id_or_free_text():
    by_id = calmroom("similar", "2023-09-28-okta-support-case-system", "-n", "2", "--format", "json")
    found = json.loads(by_id.stdout)
    assert next(item["incident"] for item in found) in {
        "2022-01-16-okta-sitel-support-workstation",
        "2023-11-14-cloudflare-atlassian-servers",
    }
    assert len(found) == 2 and found[0]["reasons"] and found[0]["score"] >= found[1]["score"]
    free = calmroom("similar", "the backups did not work and the database was removed", "-n", "1")
    assert free.stdout.startswith("2017-01-31-gitlab-database-removal") and "Why: words:" in free.stdout
    nothing = calmroom("similar", "zzzz")
    assert (nothing.returncode, nothing.stdout) == (0, "") and "No record is near" in nothing.stderr
    assert calmroom("similar", "  ").returncode == 2


def test_search_says_what_it_took_a_word_for_and_gives_json():
    done = calmroom("search", "certficate", "-n", "1")
    assert done.returncode == 0 and "Taking 'certficate' for 'certificate'." in done.stderr
    found = json.loads(
        calmroom("search", "regular expression firewall", "--kind", "incident", "--json", "-n", "3").stdout
    )
    assert found[0]["id"] == "2019-07-02-cloudflare-waf-regex" and len(found) == 3
    assert set(found[0]) == {
        "kind", "id", "title", "summary", "day", "score", "sections", "sort", "rank", "rank_in_sort", "rank_in_kind", "fits",
    }  # fmt: skip
    assert [(one["rank"], one["rank_in_sort"], one["rank_in_kind"]) for one in found] == [(n, n, n) for n in (1, 2, 3)]
    assert calmroom("search", "zzzzqqqq", "--json").stdout.strip() == "[]"
    assert calmroom("search", " ").returncode == 2
    assert calmroom("search", "x", "--kind", "nothing").returncode == 2
