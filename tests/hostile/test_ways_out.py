"""What people wrote reaches a terminal, a log, a spreadsheet and a calendar as text and as nothing else."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from calmroom import exports, printable, terminal
from calmroom.records import signs, yaml_text
from tests.conftest import ID, RECORD, ROOT, Make, calmroom

ESCAPES = r"T \e]0;PWNED\a\e[2J\x9b32m\u202e"
"""YAML's own escapes: the bytes of the file are plain, and what they stand for is not."""
DRIVES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
SCRIPT = r"""
title: "{0}"
situation: "{0}"
kind: dialogue
cast: {{you: {{name: "{0}"}}, x: {{name: "{0}"}}}}
beats: [{{id: a, title: "{0}", lines: [{{speaker: x, says: "{0}"}}]}}]
"""


def on_a_terminal(*arguments: str) -> str:
    """Return what a command sends to a terminal, its own colours left out."""
    pid, handle = pty.fork()
    if pid == 0:
        os.environ.pop("NO_COLOR", None)
        os.execv(sys.executable, [sys.executable, "-m", "calmroom", *arguments])
    sent = b""
    while True:
        try:
            piece = os.read(handle, 65536)
        except OSError:
            break
        if not piece:
            break
        sent += piece
    os.waitpid(pid, 0)
    return re.sub("\x1b\\[[0-9;]*m", "", sent.decode("utf-8", "surrogateescape")).replace("\r\n", "\n")


@pytest.mark.parametrize("field", ["title", "ref", "organisation"])
@pytest.mark.parametrize(
    "sign", [r"\0", r"\e", r"\x7f", r"\x9b", r"\u2028", r"\u202e", r"\u2069", r"\uffff", r"\U0001fffe"]
)
def test_an_escape_that_stands_for_a_control_character_is_refused_in_any_text(field, sign, found):
    record = re.sub(r"^title: .*$", "title: T", RECORD, flags=re.MULTILINE)
    record = record.replace("title: T\n", "" if field == "title" else "title: T\n").replace(
        "severity: sev1", f'severity: sev1\n{field}: "a{sign}b"'
    )
    assert [code for code, _, _ in found(record)] == ["CR112"]


@pytest.mark.parametrize("sign", ["\x1b", "\x85", "\x9b", "\u2028", "\u202e", "\ufdd0", "\ufffe"])
def test_a_control_character_in_a_file_is_refused_where_it_stands(sign, found):
    assert found(RECORD + f"\nab{sign}c\n") == [("CR112", RECORD.count("\n") + 2, 3)]


@pytest.mark.parametrize("text", ["a\tb\nc", "שלום", "👩‍💻", "e\u0301", "a\u00a0b", "العربية\u200f", "\ufeffx"])
def test_what_is_text_in_any_language_stays(text):
    assert signs.first(text) == ""
    assert printable.text(text) == text


@given(st.text())
def test_what_is_printed_drives_nothing(text):
    assert not DRIVES.search(printable.line(text))
    for line in printable.without_commands(printable.text(text)).split("\n"):
        assert not line.strip().startswith("::")
        assert not re.search(r"##\w{0,20}\[", line)


@given(st.text(alphabet=" \t\n:#[]evso\u00a0"))
def test_no_line_that_is_printed_is_a_command_of_a_runner(text):
    for line in printable.without_commands(text).split("\n"):
        assert not line.strip().startswith("::")
        assert not re.search(r"##\w{0,20}\[", line)


@given(st.recursive(st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))
def test_json_for_tools_holds_everything_and_drives_nothing(value):
    written = terminal.as_json(value)
    assert json.loads(written) == json.loads(json.dumps(value))
    assert not DRIVES.search(written)
    written.encode("utf-8")


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_a_cell_is_one_text_for_every_spreadsheet(text):
    written = exports.csv_text(["a", "b"], [[text, 7]])
    (row,) = list(csv.reader(io.StringIO(written, newline="")))[1:]
    assert row[1] == "7"
    assert not row[0].startswith(tuple("=+-@＝＋－＠\t\r"))
    assert written.count("\r\n") == 2 and written.count("\n") == 2
    for sign in ";\t":
        assert sign not in re.sub('"[^"]*"', "", written)


@given(
    st.recursive(
        st.text() | st.booleans() | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_json_of_the_site_holds_everything_and_drives_nothing(value):
    written = exports.json_text(value)
    assert json.loads(written) == json.loads(json.dumps(value))
    assert not DRIVES.search(written.removesuffix("\n"))
    written.encode("utf-8")


@given(st.text())
def test_a_text_of_a_feed_is_what_xml_may_hold(text):
    from lxml import etree

    made = etree.Element("a")
    made.text = exports.xml_text(text)
    assert etree.fromstring(etree.tostring(made)).text == (exports.xml_text(text) or None)


@pytest.mark.parametrize("text", ["a;=HYPERLINK(1)", "＝1+1", "＠SUM(1)", "a\x00b", " =1", "a\r\n=1"])
def test_a_formula_is_disarmed(text):
    cell = exports.csv_text(["a"], [[text]]).split("\r\n")[1]
    assert cell.startswith('"') and cell.endswith('"')
    assert not cell.startswith(('"=', '"＝', '"＠')) and "\x00" not in cell and "\n" not in cell


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_a_calendar_is_what_the_standard_allows(text):
    from icalendar import Event

    calendar, event = Calendar(), Event()
    event.add("summary", exports.calendar_text(text))
    calendar.add_component(event)
    written = calendar.to_ical().decode()
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]", written)
    unfolded = written.replace("\r\n ", "")
    assert len(unfolded.splitlines()) == 5
    if "\n" not in text and "\r" not in text:
        assert r"\n" not in unfolded.replace(r"\\", "")


def test_commands_print_values_and_nothing_that_drives_a_terminal(make: Make):
    record = RECORD.replace("owner: Network Security Lead", f'owner: "{ESCAPES}"')
    root = make({f"incidents/{ID}.md": record, "playbooks/scripts/a.yaml": SCRIPT.format(ESCAPES)})
    for arguments in (["check"], ["check", "--format", "github"], ["build"], ["actions"], ["rehearse", "a"]):
        sent = on_a_terminal("-C", str(root), *arguments)
        assert not DRIVES.search(sent.replace("\x08", "")), (arguments, sent)


@pytest.mark.parametrize(
    "name",
    ["2026-03-03-\x1b]0;P\x07.md", "2026-03-03-x\n::error::INJ.md", "2026-03-03-\u202e.md", "2026-03-03-\udcff.md"],
)
@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_the_name_of_a_file_is_printed_as_text(name, form, make: Make):
    root = make({})
    (root / "incidents").mkdir()
    (root / "incidents" / name).write_text(RECORD)
    done = calmroom("-C", root, "check", "--format", form)
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "CR116" in done.stdout
    assert not DRIVES.search(done.stdout)
    assert not [line for line in done.stdout.splitlines() if line.strip().startswith("::error::")]


@pytest.mark.parametrize(
    "value", [r"x\n::warning::INJ", r"x\n\n  ::add-mask::INJ", "x ##[error]INJ", "##vso[task.x]INJ"]
)
def test_no_value_speaks_to_the_runner_of_a_ci(value, make: Make):
    wrong = RECORD.replace("severity: sev1", f'severity: "{value}"\n"{value}": 1')
    root = make({f"incidents/{ID}.md": wrong})
    for arguments in (["check"], ["build"], ["actions"], ["search", "portal"]):
        done = calmroom("-C", root, *arguments)
        for line in (done.stdout + done.stderr).splitlines():
            assert not line.strip().startswith("::"), arguments
            assert not re.search(r"##\w*\[", line), arguments


def test_a_message_without_end_is_cut_and_thousands_are_counted(make: Make):
    many = "".join(f"unknown_{number}: 1\n" for number in range(5000))
    root = make({f"incidents/{ID}.md": RECORD.replace("severity: sev1\n", f"severity: sev1\n{many}{'x' * 900}: 1\n")})
    done = calmroom("-C", root, "check")
    assert len(done.stdout) < 200_000
    assert "more problems of this sort" in done.stdout


def test_what_the_system_refuses_ends_in_one_line(make: Make):
    root = make({f"incidents/{ID}.md": RECORD})
    (root / "kit").write_text("a file where a folder belongs")
    done = calmroom("-C", root, "kit", ID, "--to", root / "kit" / "below")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr and "Not a directory" in done.stderr


def test_yaml_gives_no_sign_that_is_refused():
    document = yaml_text.read('{"a\\e": ["b\\0", &x "c\\u2028"], d: *x}')
    assert [fault.code for fault in document.faults] == ["CR112"] * 3
    assert document.value == {"a\ufffd": ["b\ufffd", "c\ufffd"], "d": "c\ufffd"}
    assert ROOT.is_dir()
