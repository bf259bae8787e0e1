"""What holds for the repository itself: its records are what we promise, its documents are true, nothing names a registry."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from calmroom import knowledge, library
from calmroom.cli import COMMANDS
from calmroom.playbooks.model import spoken_by_you, texts_of
from calmroom.records.diagnostics import catalogue
from tests.conftest import ROOT, calmroom

PACKAGE = ROOT / "generator" / "calmroom"
BASE = knowledge.read(ROOT)
PUBLIC = [record for record in BASE.records if not record.fictional]
REGISTRIES = ["pypi" + ".org", "python" + "hosted", "npm" + "js", "deb." + "debian", "files." + "python"]


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def test_there_are_enough_records_and_enough_of_them_are_security_incidents():
    assert len(PUBLIC) >= 16
    assert sum("security" in record.kind or "data-exposure" in record.kind for record in PUBLIC) >= 7
    assert [record.id for record in BASE.records if record.fictional] == ["2026-03-02-edge-firewall-rule"]


def test_nothing_is_to_be_mended_in_them():
    assert BASE.diagnostics == ()


@pytest.mark.parametrize("record", BASE.records, ids=lambda record: record.id)
def test_each_record_holds_what_a_record_of_ours_must_hold(record):
    assert record.status == "reviewed"
    assert len(record.timeline) >= 8
    assert 4 <= sum(event.key for event in record.timeline) <= 8
    assert len(record.factors) >= 3
    ids = {factor.id for factor in record.factors}
    assert any(target in ids for factor in record.factors for target in factor.leads_to)
    assert any("impact" in factor.leads_to for factor in record.factors)
    assert len(record.went_well) + len(record.got_lucky) >= 2
    assert len(record.actions) >= 3
    assert all(action.strength and action.addresses for action in record.actions)
    assert "## Summary" in record.narrative


@pytest.mark.parametrize("record", PUBLIC, ids=lambda record: record.id)
def test_each_public_record_can_be_traced_to_its_sources(record):
    assert record.sources
    assert record.tlp == "clear"
    assert all(event.evidence and event.evidence.startswith("http") for event in record.timeline)
    assert all(factor.evidence and factor.evidence.startswith("http") for factor in record.factors)
    assert re.search(r"\]\(https?://", record.narrative)


def test_no_file_names_a_registry_or_a_folder_of_somebodys_machine():
    for path in tracked():
        if path.suffix in (".png",):
            continue
        text = path.read_text("utf-8", errors="replace").lower()
        for host in REGISTRIES:
            assert host not in text, path
        assert "/ro" + "ot/" not in text and "/wo" + "rk/" not in text, path


def test_every_pin_has_a_hash_and_no_index():
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        pins = re.findall(r"^[a-z0-9-]+==", text, re.MULTILINE)
        assert len(pins) > 20
        assert "--hash=sha256:" in text and "--index-url" not in text and "--extra-index-url" not in text
        for block in re.split(r"\n(?=[a-z0-9])", text.split("\n", 0)[0]):
            assert "==" not in block or "--hash=" in block


def test_the_readme_names_every_command_and_only_commands_that_exist():
    text = (ROOT / "README.md").read_text()
    named = set(re.findall(r"`?calmroom (?:-C \S+ )?([a-z]+)", text))
    assert set(COMMANDS) <= named
    assert named - {"build"} <= set(COMMANDS) | {"is"}


def test_options_the_readme_shows_are_in_the_help():
    text = (ROOT / "README.md").read_text()
    for command, options in re.findall(r"^\| `calmroom ([a-z]+(?: markdown| docs)?)([^`]*)`", text, re.MULTILINE):
        shown = calmroom(*command.split(), "--help").stdout
        for option in re.findall(r"--[a-z-]+", options):
            assert option in shown, (command, option)


def test_every_code_that_is_given_is_explained_and_every_explained_one_is_given():
    given = set()
    for path in PACKAGE.rglob("*.py"):
        given |= set(re.findall(r'"(CR\d{3})"', path.read_text()))
    assert given == set(catalogue())


def test_the_documents_name_files_that_exist():
    for document in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#]+)\)", (ROOT / document).read_text()):
            if not target.startswith("http"):
                assert (ROOT / target).exists(), (document, target)


def test_the_rooms_of_the_architecture_are_those_of_the_package():
    text = (ROOT / "ARCHITECTURE.md").read_text()
    for path in PACKAGE.rglob("*.py"):
        name = path.parent.name if path.name == "__init__.py" else path.stem
        if path.parent.name not in ("cli", "calmroom") and path.name != "__init__.py":
            assert re.search(rf"\b{name}\b", text), f"ARCHITECTURE.md does not name {path.relative_to(ROOT)}"


def test_no_module_of_the_core_imports_an_edge():
    for folder in ("records", "insight"):
        for path in (PACKAGE / folder).glob("*.py"):
            assert not re.search(
                r"^\s*(?:from|import) (?:mkdocs|click|calmroom\.(?:cli|site))", path.read_text(), re.MULTILINE
            ), path


def test_the_wheel_holds_templates_words_and_the_library(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "calmroom/site_templates/pages/incident.html",
        "calmroom/site_templates/assets/calmroom.css",
        "calmroom/site_templates/starter/.github/workflows/calmroom.yml",
        "calmroom/words/diagnostics.yaml",
        "calmroom/words/taxonomies/factor-kinds.yaml",
        *(f"calmroom/library/{item.path}" for item in library.items()),
    ):
        assert needed in names


SITUATIONS = {
    "firewall-rule", "blame-in-the-room", "date-now", "executive-detail", "two-teams", "vendor-fault", "counsel-present", "repeat-incident",
    "customer-in-the-room", "security-control-caused-it", "near-miss", "remote-across-cultures", "own-team", "silence", "hijacked-by-fixes",
    "leaked-draft", "insider-suspected", "one-voice", "winning-sceptics", "talks-before", "heard-from-outside",
}  # fmt: skip
GENERAL = {
    "facilitation-basics",
    "roles",
    "agenda-patterns",
    "question-bank",
    "ground-rules",
    "remote-meetings",
    "caring-for-the-person",
    "cultural-nuance",
    "only-tonight",
    "who-to-invite",
    "action-wording",
    "hindsight",
    "did-it-help",
}


def test_every_situation_of_the_brief_has_a_playbook_and_a_script():
    assert {id_ for id_, playbook in BASE.playbooks.items() if playbook.fields.situation} == SITUATIONS
    assert set(BASE.playbooks) >= GENERAL
    for id_ in SITUATIONS:
        scripts = BASE.playbooks[id_].fields.scripts
        assert any(BASE.scripts[script].kind == "dialogue" for script in scripts), id_
        assert BASE.playbooks[id_].fields.incidents and BASE.playbooks[id_].fields.terms, id_


@pytest.mark.parametrize("id_", sorted(SITUATIONS))
def test_each_playbook_has_times_in_its_checklists(id_):
    text = BASE.playbooks[id_].prose.text
    assert (
        len(re.findall(r"\*\*[^*]*(?:before|start|after|within|hour|week|day|once)[^*]*\*\*", text, re.IGNORECASE)) >= 6
    )
    assert len(text.split()) >= 300


@pytest.mark.parametrize("id_", sorted(SITUATIONS))
def test_each_playbook_says_what_remains_tonight_and_what_two_people_do(id_):
    preparation = BASE.playbooks[id_].prose.text.split("## Preparation")[1].split("## Script")[0]
    assert "*Only tonight left:*" in preparation and "*Only two of us:*" in preparation


@pytest.mark.parametrize("id_", sorted(SITUATIONS))
def test_what_a_playbook_quotes_is_said_in_one_of_its_scripts(id_):
    playbook = BASE.playbooks[id_]
    said = _plain(" ".join(text for script in playbook.fields.scripts for _, text in texts_of(BASE.scripts[script])))
    section = playbook.prose.text.split("## Script")[1].split("## Vocabulary")[0]
    quotes = re.findall(r'(?<!\*)\*"(.+?)"\*(?!\*)', " ".join(section.split()))
    assert quotes or id_ == "firewall-rule", "its Script part quotes no line"
    for quote in quotes:
        for part in quote.split("…"):
            assert _plain(part) in said, (id_, part)


def _plain(text: str) -> str:
    """Return only the letters of a text: slots and marks are written in other ways in a page than in a script."""
    return re.sub(r"[^a-z]+", " ", re.sub(r"\{\w+\}", " ", text.lower())).strip()


def test_no_line_of_yours_judges_by_a_day_that_did_not_happen():
    for script in BASE.scripts.values():
        for path, text in spoken_by_you(script):
            unquoted = re.sub(r'"[^"]*"', "", text)
            assert not re.search(r"\b(?:should|would|could) have\b", unquoted), (script.id, path, text)


def test_no_status_message_gives_a_time_for_the_repair_and_each_says_when_the_next_one_comes():
    for id_ in ("investigating", "identified", "changed", "monitoring"):
        body = BASE.scripts[f"message-status-{id_}"].body or ""
        assert "{next_update}" in body and "expect" not in body, id_


def test_there_are_enough_lines_messages_terms_and_clocks():
    dialogues = [script for script in BASE.scripts.values() if script.kind == "dialogue"]
    assert len(dialogues) >= 24
    assert sum(len(script.lines) for script in dialogues) >= 330
    assert sum(script.kind == "message" for script in BASE.scripts.values()) >= 19
    assert len(BASE.terms) >= 120
    assert {term.group for term in BASE.terms.values()} == {
        "incident-response",
        "security",
        "reliability",
        "resilience",
        "facilitation",
        "law",
        "finance",
    }
    assert len(BASE.obligations) >= 7


def test_the_guides_own_dialogue_is_whole_with_its_promises_as_slots():
    script = BASE.scripts["firewall-rule-meeting"]
    assert {"you", "engineering-lead", "operations-manager", "executive-sponsor"} <= set(script.cast)
    said = " ".join(text for _, text in texts_of(script))
    for slot in ("{affected_service}", "{plan_due}", "{review_at}"):
        assert slot in said
    assert (
        script.slots["plan_due"].source == "meeting.at + 24h" and script.slots["review_at"].source == "meeting.at + 7d"
    )


def test_most_of_the_moves_are_used_and_no_promise_is_for_ever():
    used = {move for script in BASE.scripts.values() for line in script.lines for move in line.moves}
    assert len(used) >= 15
    for script in BASE.scripts.values():
        for line in script.lines:
            if line.speaker == "you":
                assert "never happen again" not in line.says.lower(), script.id
