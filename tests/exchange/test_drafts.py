"""A draft from what people have: each form of export, bad ones, and what must not be in a record."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
import time
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmroom import knowledge
from calmroom.exchange.drafts import draft, files, guesses, people
from calmroom.exchange.drafts.formats import FORMATS, recognised
from calmroom.exchange.drafts.said import About, Said, moment
from calmroom.records.diagnostics import Diagnostic
from tests.conftest import ROOT, Make, calmroom
from tests.exchange import __file__ as here

EXPORTS = Path(here).parent / "exports"
FORMS = {
    "slack": "slack", "teams.json": "teams", "chat.txt": "chat", "slack-copied.txt": "chat", "whatsapp.txt": "chat", "events.csv": "csv",
    "pagerduty.json": "pagerduty", "opsgenie.json": "opsgenie", "statuspage.json": "statuspage", "incident-io.json": "incident.io",
    "firehydrant.json": "firehydrant", "alertmanager.json": "alertmanager", "grafana.json": "grafana",
}  # fmt: skip
NAMES = re.compile(r"Anna|Meyer|Ben|Okafor|Carla|Diaz")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def new(root: Path, *exports: Path, more: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    """Make a draft of exports with a title, a severity and a zone."""
    given = [part for path in exports for part in ("--from", path)]
    told = ["--zone", "Europe/Berlin", "--severity", "sev2", "--slug", "draft", "--title", "Checkout failed"]
    return calmroom("-C", root, "new", *given, *told, *more)


def drafted(done: subprocess.CompletedProcess[str]) -> str:
    """Return the text of the draft that was written."""
    assert done.returncode == 0, done.stdout + done.stderr
    return Path(done.stdout.strip().splitlines()[0]).read_text()


def said(text: str, *, at: datetime = NOON, who: str = "Anna Meyer", **more: str) -> Said:
    return Said(at, text, "chat.txt", "line 1", "chat.txt, line 1", who, **more)


def made(*items: Said, known: dict[str, str] | None = None) -> tuple[draft.Timeline, list[Diagnostic]]:
    told: list[Diagnostic] = []
    found = draft.timeline(sorted(items, key=lambda item: item.at), people.People(known or {}, {}), told.append)
    return found, told


@pytest.mark.parametrize(("file", "form"), FORMS.items())
def test_each_form_is_recognised(file: str, form: str):
    export = files.opened(EXPORTS / file, lambda found: pytest.fail(found.message))
    assert export is not None
    assert (found := recognised(export)) is not None and found.name == form


def test_every_form_has_an_export_here():
    assert set(FORMS.values()) == set(FORMATS)


@pytest.mark.parametrize("file", FORMS)
def test_each_form_becomes_a_draft_that_passes_check_names_nobody_and_says_what_is_missing(file: str, make: Make):
    root = make({})
    done = new(root, EXPORTS / file)
    text = drafted(done)
    assert not NAMES.search(text)
    assert text.count("  - at: ") >= 1 and "evidence:" in text
    assert "Still open: " in done.stderr
    checked = calmroom("-C", root, "check")
    assert checked.returncode == 0, checked.stdout
    assert "2026-03-" in text and "status: draft" in text
    record = knowledge.read(root, edition="red").records[0]
    assert record.times.known() == [] and list(record.events) == list(record.timeline)


def test_kinds_are_marked_as_guesses_unless_the_export_knows_them(make: Make):
    root = make({})
    chat = drafted(new(root, EXPORTS / "chat.txt"))
    assert len(re.findall(r"^    kind: \w+    # a guess$", chat, re.MULTILINE)) == chat.count("    kind:")
    (root / "incidents/2026-03-02-draft.md").unlink()
    assert "# a guess" not in drafted(new(root, EXPORTS / "alertmanager.json"))


def test_moments_are_proposed_in_comments_that_become_times_without_the_sign(make: Make):
    root = make({})
    text = drafted(new(root, EXPORTS / "slack"))
    assert "\n#  detected: 2026-03-02T10:02:00+01:00" in text and "\n#  mitigated: 2026-03-02T10:15:00+01:00" in text
    taken = re.sub(r"^#(times:|  \w+: 2)", r"\1", text, flags=re.MULTILINE)
    (root / "incidents/2026-03-02-draft.md").write_text(taken)
    record = knowledge.read(root, edition="red").records[0]
    assert next(name for name, _ in record.times.known()) == "detected"


def test_a_message_of_the_next_day_is_no_end_of_the_incident(make: Make):
    assert "resolved: 2026-03-03" not in drafted(new(make({}), EXPORTS / "slack"))


def test_what_a_status_page_says_of_a_moment_counts_where_nothing_else_does(make: Make):
    root = make({})
    alone = drafted(new(root, EXPORTS / "statuspage.json"))
    assert "#  mitigated: 2026-03-02T10:30:00" in alone and "#  resolved: 2026-03-02T10:45:00" in alone
    (root / "incidents/2026-03-02-draft.md").unlink()
    both = drafted(new(root, EXPORTS / "statuspage.json", EXPORTS / "slack", EXPORTS / "pagerduty.json"))
    assert "#  mitigated: 2026-03-02T10:15:00" in both and "#  resolved: 2026-03-02T10:40:00" in both


def test_several_sources_become_one_timeline_and_what_both_say_has_both_evidences(make: Make):
    text = drafted(new(make({}), EXPORTS / "slack", EXPORTS / "pagerduty.json", EXPORTS / "alertmanager.json"))
    times = re.findall(r"- at: (\S+)", text)
    assert times == sorted(times) and len(times) > 10
    event = text[text.index("CheckoutErrors is firing") :].split("  - at")[0]
    assert "slack #inc-checkout" in event and "pagerduty.example" in event


def test_people_are_kept_in_a_file_outside_and_roles_from_it_are_used(make: Make, tmp_path: Path):
    root = make({})
    root = shutil.copytree(root, tmp_path / "base")
    who = tmp_path / "people.yml"
    done = new(root, EXPORTS / "chat.txt", more=("--people", str(who)))
    assert '"Anna Meyer": "Responder A"' in who.read_text() and "Anna" not in done.stdout + done.stderr
    who.write_text("Anna Meyer: On-call engineer\n")
    (root / "incidents/2026-03-02-draft.md").unlink()
    text = drafted(new(root, EXPORTS / "chat.txt", more=("--people", str(who))))
    assert "On-call engineer: “" in text and "Responder A: “" in text
    assert who.read_text().startswith("Anna Meyer: On-call engineer\n") and "Ben Okafor" in who.read_text()
    refused = new(root, EXPORTS / "chat.txt", more=("--people", str(root / "people.yml")))
    assert refused.returncode == 2 and "outside of the knowledge base" in refused.stderr


def test_a_zip_is_read_as_the_folder_in_it(make: Make, tmp_path: Path):
    archive = tmp_path / "export.zip"
    with zipfile.ZipFile(archive, "w") as opened:
        for file in sorted((EXPORTS / "slack").rglob("*.json")):
            opened.write(file, file.relative_to(EXPORTS / "slack").as_posix())
    assert "CheckoutErrors is firing" in drafted(new(make({}), archive))


def test_two_incidents_in_one_channel_are_offered_apart(make: Make, tmp_path: Path):
    chat = tmp_path / "chat.txt"
    chat.write_text(
        "".join(f"2026-03-0{day} 10:0{n} Anna Meyer: error {n} of day {day}\n" for day in (2, 4) for n in range(4))
    )
    root = make({})
    done = new(root, chat)
    assert done.returncode == 2 and "--part" in done.stderr
    assert "1: 2026-03-02 10:00 to 2026-03-02 10:03, 4 messages" in done.stderr
    assert not (root / "incidents").exists()
    assert drafted(new(root, chat, more=("--part", "2"))).count("- at: 2026-03-04") == 4
    assert drafted(new(root, chat, more=("--part", "all"))).count("- at: ") == 8


def test_incidents_that_an_export_names_are_offered_by_name(make: Make, tmp_path: Path):
    page = json.loads((EXPORTS / "statuspage.json").read_text())
    page["incidents"].append({**page["incidents"][0], "name": "Slow sign-in"})
    file = tmp_path / "page.json"
    file.write_text(json.dumps(page))
    done = new(make({}), file)
    assert done.returncode == 2 and "2: Slow sign-in" in done.stderr


def test_a_secret_is_withheld_and_told_and_never_repeated(make: Make, tmp_path: Path):
    secret = "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8"
    chat = tmp_path / "chat.txt"
    chat.write_text(
        f"2026-03-02 10:02 Anna Meyer: restarting with token {secret}\n2026-03-02 10:03 Ben Okafor: call me, +49 170 1234567 or ben@corp-mail.net\n"
    )
    root = make({})
    done = new(root, chat)
    text = drafted(done)
    assert secret not in text + done.stdout + done.stderr and "1234567" not in text and "corp-mail" not in text
    assert "[withheld]" in text
    assert "chat.txt:1:1: warning CR803" in done.stderr and "Revoke it now" in done.stderr
    assert calmroom("-C", root, "check").returncode == 0


@pytest.mark.parametrize(
    ("content", "code", "place", "words"),
    [
        (b'[{"type": "message", "ts": "1772442120.0002", "text": "a', "CR801", ":1:", "cut"),
        (b'{"data": [{"log": "a", "owner": "b", "createdAt": 1}\n,,]}', "CR801", ":2:", "not JSON"),
        (b"", "CR801", ":1:1", "nothing in it"),
        (b"just words\nand more\n", "CR801", ":1:1", "not recognised"),
        (b"10:02 Anna Meyer: error\n", "CR801", ":1:1", "--day"),
        (b"03/04/2026, 10:02 - Anna Meyer: error\n", "CR801", ":1:1", "2026-03-02"),
        (b"PK\x03\x04 cut in the middle", "CR801", ":1:1", "damaged"),
        (b"[" * 100_000, "CR801", ":1:1", "recognised"),
        (b'{"alerts": [' + b"[" * 100_000 + b'"startsAt"', "CR801", ":1:1", "nested too deeply"),
    ],
)
def test_an_export_that_cannot_be_read_is_told_with_its_place_and_nothing_is_written(
    content: bytes, code: str, place: str, words: str, make: Make, tmp_path: Path
):
    file = tmp_path / "export"
    file.write_bytes(content)
    root = make({})
    done = new(root, file)
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert code in done.stderr and f"export{place}" in done.stderr and words in done.stderr
    assert not (root / "incidents").exists()


def test_all_problems_of_all_exports_are_told_in_one_run(make: Make, tmp_path: Path):
    for name in ("a.json", "b.json"):
        (tmp_path / name).write_text('[{"type": "message", "ts": "1', "utf-8")
    done = new(make({}), tmp_path / "a.json", tmp_path / "b.json", EXPORTS / "chat.txt")
    assert done.returncode == 1 and "a.json:1:" in done.stderr and "b.json:1:" in done.stderr


def test_an_archive_that_was_cut_is_told(make: Make, tmp_path: Path):
    whole = tmp_path / "whole.zip"
    with zipfile.ZipFile(whole, "w") as opened:
        opened.writestr("inc/2026-03-02.json", "[]" * 5_000)
    cut = tmp_path / "cut.zip"
    cut.write_bytes(whole.read_bytes()[:200])
    done = new(make({}), cut)
    assert done.returncode == 1 and "damaged or was cut" in done.stderr


def test_latin_1_is_read_and_told(make: Make, tmp_path: Path):
    chat = tmp_path / "chat.txt"
    chat.write_bytes("2026-03-02 10:02 Jörg: Störung im Portal, error 502\n".encode("cp1252"))
    done = new(make({}), chat)
    assert "Störung" in drafted(done)
    assert "chat.txt:1:19: warning CR109" in done.stderr


def test_a_line_of_ten_megabytes_takes_no_long_time(make: Make, tmp_path: Path):
    chat = tmp_path / "chat.txt"
    chat.write_text("2026-03-02 10:02 Anna: error " + "x[1:" * 2_500_000 + "\n2026-03-02 10:03 Anna: restarted\n")
    table = tmp_path / "events.csv"
    table.write_text("at,what\n2026-03-02T10:02:00Z,error " + "x y " * 2_500_000 + "\n")
    began = time.monotonic()
    assert drafted(new(make({}), chat, table)).count("- at: ") >= 2
    assert time.monotonic() - began < 20


def test_times_that_cannot_be_are_left_out_one_by_one_and_told(make: Make, tmp_path: Path):
    messages = [
        {"type": "message", "user": "U1", "ts": ts, "text": f"error number {number}"}
        for number, ts in enumerate(
            ["-86400.0", "12", 1772442120, 1772442180000, "1772442240.5", "never", None, True, "1e9", "9" * 20]
        )
    ]
    day = tmp_path / "inc" / "2026-03-02.json"
    day.parent.mkdir()
    day.write_text(json.dumps(messages))
    done = new(make({}), day.parent)
    assert re.findall(r"- at: (\S+)", drafted(done)) == [f"2026-03-02T10:0{minute}:00+01:00" for minute in (2, 3, 4)]
    assert done.stderr.count("note CR802") + done.stderr.count("advice CR802") == 7
    assert "before 1990" in done.stderr


def test_html_and_control_characters_are_text_in_a_draft(make: Make, tmp_path: Path):
    chat = tmp_path / "chat.txt"
    chat.write_text("2026-03-02 10:02 Anna: <script>alert(1)</script> error \x1b[31m502\x07\u202e\n")
    root = make({})
    text = drafted(new(root, chat))
    assert "\x1b" not in text and "\u202e" not in text and "<script>" in text
    site = root / "site"
    assert calmroom("-C", root, "build", "--quiet", "--site-dir", site).returncode == 0
    assert "<script>alert" not in (site / "incidents/2026-03-02-draft/index.html").read_text()


def test_times_without_a_zone_need_one(make: Make):
    done = calmroom("-C", make({}), "new", "--from", EXPORTS / "chat.txt", "--title", "T", "--severity", "sev2")
    assert done.returncode == 2 and "give --zone" in done.stderr
    done = calmroom("-C", make({}), "new", "--from", EXPORTS / "chat.txt", "--zone", "Europe/Berln", "--title", "T")
    assert done.returncode == 2 and "Did you mean Europe/Berlin" in done.stderr


def test_an_export_gives_title_severity_and_ref_where_nobody_does(make: Make):
    done = calmroom("-C", make({}), "new", "--from", EXPORTS / "pagerduty.json")
    text = drafted(done)
    assert "title: CheckoutErrors above 10 %" in text and "severity: sev2" in text and "ref: PD-1234" in text
    assert "services: [checkout-api]" in text
    assert "is a guess" in done.stderr


def test_options_for_exports_are_refused_without_one(make: Make):
    assert calmroom("-C", make({}), "new", "--zone", "UTC", "--title", "T", "--severity", "sev2").returncode == 2
    done = calmroom("-C", make({}), "new", "--from", EXPORTS / "chat.txt", "--format", "slak", "--zone", "UTC")
    assert done.returncode == 2 and "Did you mean slack" in done.stderr


def test_a_draft_takes_nothing_elses_place(make: Make):
    root = make({"incidents/2026-03-02-draft.md": "mine"})
    done = new(root, EXPORTS / "chat.txt")
    assert done.returncode == 1 and (root / "incidents/2026-03-02-draft.md").read_text() == "mine"


@pytest.mark.parametrize(
    ("line", "at", "who", "text"),
    [
        ("[2026-03-02 10:02:11] anna: down", "2026-03-02T10:02:11", "anna", "down"),
        ("2026-03-02T10:02:11Z <anna> down", "2026-03-02T10:02:11+00:00", "anna", "down"),
        ("2026-03-02 10:02 - Anna Meyer: it is: down", "2026-03-02T10:02:00", "Anna Meyer", "it is: down"),
        ("3/14/26, 9:15 PM - Anna: down", "2026-03-14T21:15:00", "Anna", "down"),
        ("[14.03.26, 21:15:02] Anna: down", "2026-03-14T21:15:02", "Anna", "down"),
        ("2026-03-02 10:02 the portal was down", "2026-03-02T10:02:00", "somebody", "the portal was down"),
    ],
)
def test_chats_are_read_in_the_forms_people_paste(line: str, at: str, who: str, text: str, tmp_path: Path):
    file = tmp_path / "chat.txt"
    file.write_text(line)
    export = files.opened(file, lambda found: None)
    assert export is not None and FORMATS["chat"].is_one(export)
    (found,) = FORMATS["chat"].read(export, About(), lambda found: pytest.fail(found.message))
    assert (found.at.isoformat(), found.who, found.text) == (at, who, text)


def test_a_clock_that_goes_back_begins_the_next_day(tmp_path: Path):
    file = tmp_path / "chat.txt"
    file.write_text("2026-03-02\n23:58 anna: down\n00:03 ben: restarted\n")
    export = files.opened(file, lambda found: None)
    assert export is not None
    found = list(FORMATS["chat"].read(export, About(), lambda found: None))
    assert [item.at.day for item in found] == [2, 3]


def test_what_is_said_twice_within_a_minute_is_one_event():
    found, _ = made(
        said("the portal returns errors for all customers"),
        said("Portal returns errors, for all the customers", at=NOON + timedelta(seconds=50), who="Ben Okafor"),
        said("the portal returns errors for all customers", at=NOON + timedelta(minutes=5)),
    )
    assert len(found.events) == 2 and found.merged == 1


def test_chatter_is_no_event_and_counted():
    found, _ = made(said("ok"), said("thanks!"), said(":+1:"), said("error 502"))
    assert (len(found.events), found.quiet) == (1, 3)


@pytest.mark.parametrize(
    ("text", "kind", "at"),
    [
        ("Alert HighErrorRate is firing", "signal", "detected"), ("I restarted the gateway", "action", ""), ("we decided to roll back", "decision", ""),
        ("declaring a sev1", "decision", "declared"), ("rollback done", "action", "mitigated"), ("everything is back", "signal", "resolved"),
        ("status page updated", "communication", ""), ("merged PR 12 and deployed", "change", ""), ("graphs show a drop", "signal", ""),
        ("the sky over the port", "note", ""),
    ],
)  # fmt: skip
def test_rules_guess_kinds(text: str, kind: str, at: str):
    guess = guesses.shipped().of(text)
    assert (guess.kind, guess.moment) == (kind, at)


def test_rules_take_linear_time():
    for pattern in [*guesses.shipped().quiet, *(rule for rule, _ in guesses.shipped().rules)]:
        for sign in ("a ", "we ", ": ", "!", "ok", "restarted "):
            began = time.perf_counter()
            pattern.search(sign * 20_000)
            assert time.perf_counter() - began < 1, (pattern.pattern, sign)


def test_names_in_messages_become_roles():
    known = {"Anna Meyer": "On-call engineer", "Ben Okafor": "Network lead"}
    found, _ = made(said("Anna Meyer asked @bokafor and Ben to restart; Carla Diaz said yes, @zoe too"), known=known)
    assert not NAMES.search(found.events[0].what) and "zoe" not in found.events[0].what
    assert "On-call engineer asked Network lead and Network lead" in found.events[0].what


def test_more_events_than_a_draft_holds_keep_what_matters():
    many = [said(f"word{n} other{n} thing{n}", at=NOON + timedelta(minutes=2 * n)) for n in range(600)]
    found, _ = made(*many, said("rolled back the deploy", at=NOON + timedelta(minutes=301)))
    assert len(found.events) <= draft.MOST + 2 and found.over > 300
    assert any("rolled back" in event.what for event in found.events)
    assert found.events[0].at == NOON


def test_a_hundred_thousand_messages_take_less_than_ten_seconds(make: Make, tmp_path: Path):
    words = ["portal", "error", "restarted", "deploy", "see", "graph", "ok", "customers report", "queue", "rolled back"]
    folder = tmp_path / "inc"
    folder.mkdir()
    for day in range(10):
        messages = [
            {
                "type": "message",
                "user": f"U{n % 40}",
                "ts": f"{1772442120 + day * 86400 + n * 8}.0001",
                "text": " ".join(words[(n * k) % 10] for k in range(1, 12)) + f" {n}",
            }
            for n in range(10_000)
        ]
        (folder / f"2026-03-{day + 2:02}.json").write_text(json.dumps(messages))
    began = time.monotonic()
    done = new(make({}), folder)
    took = time.monotonic() - began
    assert "from 100,000 messages" in done.stderr, done.stderr
    assert took < 10, took


@given(st.one_of(st.text(), st.integers(), st.floats(), st.none(), st.booleans()))
def test_any_value_is_a_time_or_said_to_be_none(value):
    try:
        found = moment(value)
    except ValueError as error:
        assert str(error)
    else:
        assert 1990 <= found.year < 2100


@given(
    st.lists(
        st.tuples(
            st.text(alphabet=st.characters(codec="utf-8"), max_size=80),
            st.text(alphabet=st.characters(codec="utf-8"), max_size=20),
        ),
        max_size=8,
    )
)
def test_any_messages_give_a_draft_that_is_a_record(pairs: list[tuple[str, str]]):
    from calmroom.records.emit import record_text
    from calmroom.records.reader import Found, parse_record
    from calmroom.records.taxonomy import shipped

    items = [said(text, at=NOON + timedelta(minutes=n), who=who) for n, (text, who) in enumerate(pairs) if text.strip()]
    found, _ = made(*items)
    if not found.events:
        return
    fields = draft.fields(found, About(), "Title", "sev2", "Europe/Berlin")
    text = draft.marked(record_text(fields, "## Summary"), found, "Europe/Berlin")
    read = parse_record(text, Found("2026-03-02-x", "x.md"), shipped())
    assert read.record is not None, [problem.message for problem in read.diagnostics]
    assert len(read.record.timeline) == len(found.events)


def test_on_a_terminal_it_asks_for_what_is_missing_and_for_nothing_else(make: Make, tmp_path: Path):
    chat = tmp_path / "chat.txt"
    chat.write_text(
        "".join(f"2026-03-0{day} 10:0{n} Anna Meyer: error {n}, day {day}\n" for day in (2, 4) for n in range(4))
    )
    root = make({})
    pid, handle = pty.fork()
    if pid == 0:
        os.environ["PYTHONPATH"] = str(ROOT / "generator")
        os.execv(sys.executable, [sys.executable, "-m", "calmroom", "-C", str(root), "new", "--from", str(chat)])
    sent = b""
    answers = {
        b"IANA name": b"Europe/Berln\nEurope/Berlin\n",
        b"Which one": b"2\n",
        b"in a sentence": b"Checkout failed\n",
        b"How grave": b"sev3\n",
    }
    while True:
        try:
            piece = os.read(handle, 65536)
        except OSError:
            break
        if not piece:
            break
        sent += piece
        for question in [question for question in answers if question in sent]:
            os.write(handle, answers.pop(question))
    os.waitpid(pid, 0)
    shown = sent.decode()
    assert answers == {}, shown
    assert "Did you mean Europe/Berlin" in shown
    text = (root / "incidents" / "2026-03-04-checkout-failed.md").read_text()
    assert "severity: sev3" in text and text.count("- at: 2026-03-04T10:0") == 4
