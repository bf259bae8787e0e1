"""What an installation brings: every package pinned with hashes, its licence known, its weaknesses looked up offline."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from requirements import audit, third_party
from requirements.pins import Pin, read
from tests.conftest import ROOT

FREE = {
    "MIT",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "Apache-2.0",
    "ISC",
    "MPL-2.0",
    "PSF-2.0",
    "HPND",
    "Unlicense",
    "0BSD",
    "Zlib",
    "CC0-1.0",
    "MIT-0",
}


def test_third_party_names_every_pin_with_its_licence():
    assert third_party.FILE.read_text("utf-8") == third_party.text(), "run `make third-party`"
    assert len(read()) > 40 and {pin.name for pin in read()} >= {"mkdocs", "pydantic", "nh3", "numpy"}


def test_every_licence_lets_people_use_it_as_they_do_calmroom():
    for pin in read():
        terms = re.split(r" (?:AND|OR|WITH) |[()]", third_party.licence(pin))
        assert {term for term in terms if term and "exception" not in term} <= FREE, pin


def test_every_pin_has_a_hash_and_no_address():
    for name in ("site", "test"):
        text = (ROOT / f"requirements/{name}.txt").read_text("utf-8")
        assert text.count("==") <= text.count("--hash=sha256:")
        assert "://" not in text and len(read(name)) == len(re.findall(r"^[^\s#].*==", text, re.MULTILINE))


def test_the_bill_of_materials_holds_every_pin_and_is_valid(tmp_path: Path):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    recipe = next(line for line in (ROOT / "Makefile").read_text().splitlines() if "cyclonedx-py" in line).split()
    command = [sys.executable, "-m", "cyclonedx_py", *recipe[1:-1], str(tmp_path / "sbom.json")]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    text = (tmp_path / "sbom.json").read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    found = {(part["name"].lower().replace("_", "-"), part["version"]) for part in json.loads(text)["components"]}
    assert found == {(pin.name, pin.version) for pin in read()}


ENTRY = {
    "id": "TEST-1",
    "summary": "A test",
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "Py_YAML"},
            "ranges": [
                {
                    "type": "ECOSYSTEM",
                    "events": [
                        {"introduced": "0"},
                        {"fixed": "5.4"},
                        {"introduced": "6.0"},
                        {"last_affected": "6.0.9"},
                    ],
                }
            ],
        }
    ],
}


@pytest.mark.parametrize(
    ("version", "is_weak"),
    [("5.3.1", True), ("5.4", False), ("5.10", False), ("6.0", True), ("6.0.9", True), ("6.0.10", False)],
)
def test_a_version_is_weak_within_the_ranges_of_an_entry(version: str, is_weak: bool):
    assert audit.concerns(ENTRY, Pin("py-yaml", version)) is is_weak
    assert not audit.concerns(ENTRY, Pin("mkdocs", version))


def test_a_database_on_this_machine_is_asked_about_every_pin(tmp_path: Path, capsys):
    pinned = next(pin for pin in read() if pin.name == "mkdocs")
    entry = {
        "id": "TEST-2",
        "affected": [{"package": {"ecosystem": "PyPI", "name": "MkDocs"}, "versions": [pinned.version]}],
    }
    (tmp_path / "osv").mkdir()
    (tmp_path / "osv/a.json").write_text(json.dumps(entry))
    (tmp_path / "osv/b.json").write_text(json.dumps({**ENTRY, "withdrawn": "2026-01-01T00:00:00Z"}))
    assert audit.main([str(tmp_path / "osv")]) == 1
    assert f"mkdocs {pinned.version}: TEST-2" in capsys.readouterr().out
    with zipfile.ZipFile(tmp_path / "osv.zip", "w") as archive:
        archive.writestr("b.json", json.dumps(ENTRY))
    assert audit.main([str(tmp_path / "osv.zip")]) == 0
    (tmp_path / "osv/c.json").write_text("[]")
    assert audit.main([str(tmp_path / "osv")]) == 2
    assert audit.main([]) == 2
