"""Odd days and odd settings end in words, at once, and never in code."""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
from pathlib import Path

import pytest

from calmroom import day
from calmroom.site import rendering
from tests.conftest import ID, RECORD, ROOT, Make, calmroom

EPOCHS = ["abc", "1e9", "²", "-1", "253402300800", "4133980800", "9" * 400, "0x10", "1.5", "١٢٣"]


def with_epoch(root: Path, epoch: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "generator"), "SOURCE_DATE_EPOCH": epoch}
    return subprocess.run(
        [sys.executable, "-m", *arguments], cwd=root, env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("epoch", EPOCHS)
def test_an_odd_epoch_is_told(epoch, monkeypatch):
    monkeypatch.setenv(day.VARIABLE, epoch)
    with pytest.raises(ValueError, match=day.VARIABLE):
        day.of_environment()


@pytest.mark.parametrize("epoch", ["", "  "])
def test_an_empty_epoch_is_none(epoch, monkeypatch):
    monkeypatch.setenv(day.VARIABLE, epoch)
    assert day.of_environment() is None and day.VARIABLE not in os.environ


@pytest.mark.parametrize(
    ("epoch", "found"), [("0", "1970-01-01"), ("1776211200", "2026-04-15"), ("4133980799", "2100-12-31")]
)
def test_an_epoch_is_a_day(epoch, found, monkeypatch):
    monkeypatch.setenv(day.VARIABLE, epoch)
    assert day.of_environment() == datetime.date.fromisoformat(found)


def test_an_odd_epoch_is_wrong_use_of_build_and_mkdocs_says_it_too(make: Make):
    root = make({f"incidents/{ID}.md": RECORD})
    done = with_epoch(root, "²", "calmroom", "build")
    assert done.returncode == 2 and "whole seconds" in done.stderr
    done = with_epoch(root, "abc", "mkdocs", "build", "-q")
    assert done.returncode == 1 and "whole seconds" in done.stderr and "Traceback" not in done.stderr
    assert with_epoch(root, "", "calmroom", "build", "-q").returncode == 0


@pytest.mark.parametrize("given", ["9999-12-31", "9998-06-01", "1969-12-31", "0001-01-01", "2101-01-01"])
@pytest.mark.parametrize(
    "command", [("build",), ("actions",), ("check",), ("digest", "--since", "0001-01-01"), ("kit", ID)]
)
def test_a_day_that_no_file_can_be_stamped_with_is_wrong_use(command, given, make: Make):
    done = calmroom("-C", make({f"incidents/{ID}.md": RECORD}), *command, "--today", given)
    assert done.returncode == 2 and "from 1970-01-01 to 2100-12-31" in done.stderr


@pytest.mark.parametrize("given", ["1970-01-01", "2100-12-31"])
@pytest.mark.parametrize(
    "command", [("build", "-q"), ("digest", "--since", "0001-01-01"), ("actions", "--format", "ics")]
)
def test_the_first_and_the_last_day_are_days_like_others(command, given, make: Make):
    record = RECORD.replace("due: 2026-03-16", "due: 2100-12-31")
    done = calmroom("-C", make({f"incidents/{ID}.md": record}), *command, "--today", given)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1:99999", "127.0.0.1:-1", "127.0.0.1:", ":8000", "127.0.0.1", "a:b", "127.0.0.1:²", "127.0.0.1:0"],
)
def test_an_odd_address_is_wrong_use(address, make: Make):
    done = calmroom("-C", make({f"incidents/{ID}.md": RECORD}), "serve", "--address", address)
    assert done.returncode == 2 and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "entry",
    [
        "[a]",
        "abc",
        "5",
        "{incidents: " + "x" * 300 + "}",
        "{incidents: 'a\\0b'}",
        '{timezone: "a\\0b"}',
        "{timezone: ../../etc/passwd}",
        "{timezone: " + "x" * 5000 + "}",
        "{services: {a: {title: [x]}}}",
        "{severities: {sev9: {}}}",
    ],
)
def test_an_odd_entry_in_the_settings_is_told(entry, make: Make):
    root = make(
        {
            "mkdocs.yml": f"site_name: T\ntheme: {{name: material}}\nplugins:\n  - calmroom: {entry}\n",
            f"incidents/{ID}.md": RECORD,
        }
    )
    for command in ("check", "build"):
        done = calmroom("-C", root, command)
        assert done.returncode == 1 and "Traceback" not in done.stderr, (command, done.stderr)


@pytest.mark.parametrize(
    "code",
    [
        "cycler.__init__.__globals__.os.popen('id').read()",
        "''.__class__.__mro__",
        "self.__init__.__globals__",
        "[].append(1)",
        "lipsum.__globals__",
    ],
)
def test_a_template_reaches_nothing_behind_what_it_is_given(code, tmp_path: Path):
    (tmp_path / "a.html").write_text("{{ " + code + " }}")
    with pytest.raises(Exception, match=r"unsafe|undefined|safe"):
        print(rendering.environment(tmp_path).get_template("a.html").render())
