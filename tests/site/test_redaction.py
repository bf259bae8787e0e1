"""A redacted edition: names of a list become neutral ones everywhere, and a name that survives stops the build."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmroom import redaction
from tests.conftest import ALONE, ID, RECORD, Make, calmroom

NAMES = """\
organisations: [[Acme Corp, acme.example], Initech]
services: [customer-portal]
roles: [Network Security Lead]
hosts: [db1.internal]
words: {Project Falcon: the project, QX: a code}
"""
NAMED = (
    RECORD.replace("title: Customer portal", "title: Acme Corp's customer portal")
    .replace("Rule 4471", "Rule 4471 on db1.internal of Project-Falcon and QX")
    .replace(
        "severity: sev1", "severity: sev1\norganisation: Initech\ntags: [acme-corp, edge]\nroles: {scribe: ACME CORP}"
    )
    .replace(
        "\n## Summary\n",
        "\n## Summary\n\n[last time](incident:2026-03-01-acme-corp-outage) at [Acme](https://status.acme.example/x), <b>Ac</b>",
    )
    + "\nAnd [the log](log.txt), ![shot](shot.png).\n"
)
FILES: dict[str, str | bytes] = {
    f"incidents/{ID}/record.md": NAMED,
    f"incidents/{ID}/log.txt": "acme_corp says hello to DB1.INTERNAL\n",
    f"incidents/{ID}/shot.png": b"\x89PNG\r\n\x1a\nAcme Corp",
    "incidents/2026-03-01-acme-corp-outage.md": RECORD.replace(
        "services: [customer-portal]", "services: [initech-api]"
    ),
    "docs/about.md": "# About Acme Corp\n\nInitech's docs, [one](incident:2026-03-01-acme-corp-outage).\n",
    "mkdocs.yml": (
        "site_name: Acme Corp incidents\nsite_url: https://docs.acme.example/kb/\nrepo_url: https://git.acme.example/x\n"
        "copyright: Initech 2026\ntheme: {name: material}\nnav: [{Home: index.md}, {About Acme Corp: about.md}]\n"
        f"plugins:\n  - calmroom: {{services: {{customer-portal: {{title: Acme portal, owner: Initech}}}}, {ALONE}}}\n"
    ),
}
LEFT = re.compile(
    r"acme[\s_-]?corp|acme\.example|initech|customer-portal|network security lead|db1\.internal|falcon|\bqx\b",
    re.IGNORECASE,
)


def built(make: Make, tmp_path: Path, names: str = NAMES, files: dict[str, str | bytes] = FILES):
    (tmp_path / "names.yml").write_text(names)
    root = make(files)
    site = tmp_path / "site"
    done = calmroom(
        "-C", root, "build", "--redact", tmp_path / "names.yml", "--today", "2026-04-15", "--site-dir", site
    )
    return site, done


def test_names_of_a_list_stand_nowhere_in_a_redacted_edition(make: Make, tmp_path: Path):
    site, done = built(make, tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    files = [file for file in site.rglob("*") if file.is_file() and "assets/" not in file.relative_to(site).as_posix()]
    files += list((site / "assets/search").rglob("*.js"))
    for file in files:
        found = LEFT.search(file.relative_to(site).as_posix() + "\n" + file.read_bytes().decode("latin-1"))
        assert not found, (file, found)
    assert not LEFT.search(done.stdout + done.stderr)
    page = (site / f"incidents/{ID}/index.html").read_text()
    assert "Organisation A" in page and "Role A" in page and "host-a" in page and "the project" in page
    assert 'href="../2026-03-01-organisation-a-outage/"' in page
    assert (site / "services/service-a/index.html").is_file()
    assert "organisation" in (site / f"incidents/{ID}/log.txt").read_text().lower()
    assert not (site / f"incidents/{ID}/shot.png").exists()
    assert re.search(r"organisations, entry 1 → Organisation A: \d+ times", done.stderr + done.stdout)


def test_a_name_keeps_its_neutral_name_from_build_to_build(make: Make, tmp_path: Path):
    first = built(make, tmp_path)[0] / f"incidents/{ID}/index.html"
    before = first.read_bytes()
    second = built(make, tmp_path, NAMES.replace("Initech]", "Initech, Umbrella]"))[0]
    assert (second / f"incidents/{ID}/index.html").read_bytes() == before


def test_a_name_that_survives_stops_the_build_and_the_old_site_stays(make: Make, tmp_path: Path):
    site, done = built(make, tmp_path)
    old = (site / "index.html").read_bytes()
    files = {**FILES, "docs/about.md": "# About\n\nBy Ac<b>me Co</b>rp.\n", "docs/initech.md": "# More\n"}
    _, done = built(make, tmp_path, files=files)
    assert done.returncode == 1
    assert "about/index.html (organisations, entry 1)" in done.stderr
    assert "survives" in done.stderr and "Nothing was published" in done.stderr
    assert (site / "index.html").read_bytes() == old


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("organisation: [Acme]\n", "organisations"),
        ("organisations: Acme\n", "neither a list"),
        ("organisations: [A]\n", "2 to 200"),
        ("organisations: [7]\n", "quotes"),
        ("organisations: [Acme, acme]\n", "already"),
        ("words: {Acme: Acme too}\n", "another neutral name"),
        ("words: [Organ]\norganisations: [Acme]\n", "another neutral name"),
        ("- Acme\n", "not fields"),
        ("organisations: [Acme\n", "CR1"),
    ],
)
def test_a_list_that_cannot_be_used_builds_nothing(names: str, told: str, make: Make, tmp_path: Path):
    site, done = built(make, tmp_path, names)
    assert done.returncode == 1 and not site.exists()
    assert told in done.stderr and "names.yml:" in done.stderr and "Traceback" not in done.stderr


LISTED = redaction.parse(NAMES, "names.yml")[0]


@given(
    st.text(),
    st.sampled_from(["Acme Corp", "ACME-corp", "acme_corp", "Initech", "db1.internal", "project falcon", "QX"]),
    st.text(),
)
def test_no_name_is_left_in_any_text_and_what_is_done_stays_done(before: str, name: str, after: str):
    assert LISTED is not None
    once = LISTED(f"{before} {name} {after}")
    assert LISTED.survives(once) is None
    assert LISTED(once) == once


@given(st.text(alphabet=st.characters(exclude_characters="aAiIdDpPqQcCnN")))
def test_a_text_without_names_stays_as_it_is(text: str):
    assert LISTED is not None and LISTED(text) == text
