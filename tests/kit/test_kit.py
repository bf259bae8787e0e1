"""The meeting kit: computed from the record, filled from it, and honest about what it lacks."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from calmroom import knowledge
from calmroom.kit import calendar, filling, kit
from calmroom.playbooks.model import Slot
from tests.conftest import ID, RECORD, ROOT, Make, build, calmroom, served
from tests.playbooks.test_reading import FILES, SCRIPT

MEETING = """\
meeting: {at: 2026-03-04T13:00:00+00:00, minutes: 50, attendees: [Executive Sponsor, Customer Support]}
roles: {facilitator: Security Operations, scribe: Customer Support}
"""
WITH_MEETING = RECORD.replace("tlp: green\n", f"tlp: green\n{MEETING}")
OPEN = WITH_MEETING.replace("status: reviewed", "status: in-review")
ALL = {**FILES, "playbooks/scripts/who-did-it.yaml": SCRIPT, f"incidents/{ID}.md": WITH_MEETING}


def made(make: Make, record: str = WITH_MEETING, **more: str) -> kit.Kit:
    base = knowledge.read(make({**ALL, f"incidents/{ID}.md": record, **more}))
    assert base.errors == []
    return kit.make(base, base.by_id[ID])


@given(st.integers(min_value=5, max_value=480))
def test_the_agenda_adds_up_to_the_meeting_whatever_its_length(minutes):
    items = kit.agenda(minutes)
    assert sum(item.minutes for item in items) == minutes
    assert all(item.minutes >= 1 for item in items)
    assert [item.start for item in items] == [
        sum(other.minutes for other in items[:index]) for index in range(len(items))
    ]


def test_more_than_half_of_an_hour_is_for_understanding():
    items = kit.agenda(60)
    assert items[1].minutes + items[2].minutes > 30


def test_deadlines_are_counted_from_the_meeting_in_the_sites_zone(make: Make):
    found = {deadline.name: deadline.words for deadline in made(make).deadlines}
    assert found == {
        "Notes": "Wednesday 4 March, 17:50 CET",
        "Action plan": "Thursday 5 March, 14:00 CET",
        "One-week review": "Wednesday 11 March, 14:00 CET",
        "30-day check": "Friday 3 April, 15:00 CEST",
        "90-day check": "Tuesday 2 June, 15:00 CEST",
    }


def test_without_a_meeting_no_deadline_is_made_up_and_the_time_is_asked_for(make: Make):
    found = made(make, RECORD)
    assert [deadline.at for deadline in found.deadlines] == [None] * 5
    assert any("meeting.at" in text for text in found.missing)
    assert calendar.ics(found, datetime.date(2026, 3, 4)) is None


def test_a_bare_draft_is_asked_for_everything(make: Make):
    found = made(make, "---\ntitle: A\nseverity: sev2\nstatus: draft\n---\n")
    assert len(found.missing) == 8
    assert found.opening_words.startswith("Thank you for coming. We are here to understand what happened. We assume")


def test_hard_moments_come_from_the_record(make: Make):
    def moments(record: str, **more: str) -> dict[str, str]:
        return {moment.what: moment.because for moment in made(make, record, **more).hard_moments}

    usual = moments(WITH_MEETING)
    assert usual["“Who made that change?”"] == "a change by one team is in the timeline"
    assert "“Why did we hear of it from outside?”" in usual
    assert "“What may we say about this at all?”" in usual
    quiet = moments(
        WITH_MEETING.replace("kind: change,", "kind: note,")
        .replace("by: customer", "by: monitoring")
        .replace("[availability, security]", "[availability]")
    )
    assert (
        "“Who made that change?”" not in quiet
        and "“Why did we hear of it from outside?”" not in quiet
        and "“What may we say about this at all?”" not in quiet
    )
    earlier = {
        "incidents/2025-03-02-earlier.md": RECORD.replace("2026-", "2025-").replace(
            "title: Customer portal", "title: The portal before"
        )
    }
    assert moments(WITH_MEETING, **earlier)["“Did we not promise to mend this last time?”"].startswith(
        "The portal before"
    )
    assert "“Nothing happened, why are we here?”" in moments(
        WITH_MEETING.replace("tlp: green", "tlp: green\nnear_miss: true")
    )


def test_a_script_is_filled_from_the_record_and_what_is_missing_is_listed(make: Make):
    script = SCRIPT.replace("{affected_service} was down.", "{affected_service} was down, {sponsor_name}.").replace(
        "slots:\n", "slots:\n  sponsor_name: {type: name, source: ask, example: Kim}\n"
    )
    found = made(make, **{"playbooks/scripts/who-did-it.yaml": script})
    moment = next(moment for moment in found.hard_moments if moment.script)
    assert (
        filling.plain(moment.script.lines[1].says, moment.filled)
        == "I hear how angry you are. customer-portal was down, [sponsor]."
    )
    (gap,) = found.gaps
    assert (gap.name, gap.role) == ("sponsor name", "sponsor")
    assert gap.sentence == "customer-portal was down, [sponsor]."


@pytest.mark.parametrize(
    ("source", "kind", "words"),
    [
        ("meeting.at + 24h", "time", "Thursday 5 March, 14:00 CET"),
        ("meeting.at + 7d", "day", "Wednesday 11 March"),
        ("meeting.at - 30min", "time", "Wednesday 4 March, 13:30 CET"),
        ("times.began", "time", "10:02 on Monday 2 March"),
        ("services", "list", "customer-portal"),
        ("severity", "text", "Severity 1"),
        ("impact.customers", "number", "41,000"),
        ("detection.by", "text", "a customer"),
        ("roles.scribe", "name", "Customer Support"),
        ("meeting.attendees", "list", "Executive Sponsor and Customer Support"),
        ("actions", "list", "Block any-source rules in the pipeline"),
        ("impact.data_records", "number", None),
        ("roles.incident-commander", "name", None),
        ("ask", "name", None),
    ],
)
def test_each_sort_of_slot_is_filled_in_words(source, kind, words, make: Make):
    base = knowledge.read(make(ALL))
    assert filling.value(base, Slot(type=kind, source=source, example="x"), base.by_id[ID]) == words


def test_a_promise_is_not_computed_from_a_day(make: Make):
    base = knowledge.read(
        make({**ALL, f"incidents/{ID}.md": WITH_MEETING.replace("2026-03-04T13:00:00+00:00", "2026-03-04Txx:xxZ")})
    )
    assert filling.value(base, Slot(type="time", source="meeting.at + 24h", example="x"), base.by_id[ID]) is None


def test_the_question_bank_knows_every_shipped_kind_of_factor():
    from calmroom.records.taxonomy import shipped

    assert set(kit.question_bank()) == {*shipped()["factor-kinds"], "any"}


def test_the_calendar_holds_the_meeting_and_every_deadline_and_is_the_same_twice(make: Make):
    found = made(make)
    text = calendar.ics(found, datetime.date(2026, 3, 3))
    assert text == calendar.ics(found, datetime.date(2026, 3, 3))
    events = Calendar.from_ical(text).walk("VEVENT")
    assert len(events) == 6
    first = events[0]
    assert first.decoded("dtstart") == datetime.datetime(2026, 3, 4, 13, tzinfo=datetime.UTC)
    assert first.decoded("dtend") - first.decoded("dtstart") == datetime.timedelta(minutes=50)
    assert {str(event["summary"]).split(":")[0] for event in events} == {
        "Post-mortem",
        "Notes",
        "Action plan",
        "One-week review",
        "30-day check",
        "90-day check",
    }
    assert len({str(event["uid"]) for event in events}) == 6


def test_the_command_prints_markdown_and_writes_three_files_once(make: Make, tmp_path_factory):
    root = make(ALL)
    shown = calmroom("-C", root, "kit", ID).stdout
    for heading in (
        "Talk to first",
        "Go or no-go",
        "Agenda, 50 minutes",
        "Opening words",
        "Facts to return to",
        "Hard moments",
        "Questions to ask",
        "Decisions needed",
        "The action plan",
        "What must follow",
    ):
        assert heading in shown
    target = tmp_path_factory.mktemp("kit")
    assert calmroom("-C", root, "kit", ID, "--to", target, "--today", "2026-03-03").returncode == 0
    assert sorted(path.name for path in target.iterdir()) == ["kit.html", "kit.ics", "kit.md"]
    assert (target / "kit.ics").read_bytes().count(b"\r\n") > 20
    again = calmroom("-C", root, "kit", ID, "--to", target)
    assert again.returncode == 1 and "already" in again.stderr
    wrong = calmroom("-C", root, "kit", ID[:-1])
    assert wrong.returncode == 2 and f"Did you mean '{ID}'?" in wrong.stderr


def test_record_text_cannot_break_the_markdown_or_the_html(make: Make, tmp_path_factory):
    hostile = WITH_MEETING.replace(
        "Rule 4471 widened to any source.", '"<script>alert(1)</script> | [x](javascript:1) {{ 7*7 }}"'
    )
    root = make({**ALL, f"incidents/{ID}.md": hostile})
    target = tmp_path_factory.mktemp("kit")
    calmroom("-C", root, "kit", ID, "--to", target)
    assert "<script>alert" not in (target / "kit.html").read_text() and "{{ 7*7 }}" in (target / "kit.html").read_text()
    text = (target / "kit.md").read_text()
    assert (
        "\\<script\\>" in text
        and "\\[x\\](javascript" in text
        and "49" not in text.split("Facts to return to")[1][:300]
    )


def test_the_kit_is_a_page_only_while_the_record_is_not_reviewed(make: Make, tmp_path_factory):
    site = build(
        make({**ALL, f"incidents/{ID}.md": OPEN.replace("2026-03-04", "2026-05-04")}), tmp_path_factory.mktemp("s")
    )
    html = (site / "incidents" / ID / "meeting/index.html").read_text()
    assert "Agenda, 50 minutes" in html and 'href="../meeting.ics"' in html
    assert 'href="meeting/"' in (site / "incidents" / ID / "index.html").read_text()
    assert Calendar.from_ical((site / "incidents" / ID / "meeting.ics").read_bytes())
    reviewed = build(make(ALL), tmp_path_factory.mktemp("r"))
    assert not (reviewed / "incidents" / ID / "meeting").exists()


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_axe_finds_nothing_on_the_kit(width, make: Make, chromium, tmp_path_factory):
    from axe_playwright_python.sync_playwright import Axe

    root = make({**ALL, f"incidents/{ID}.md": OPEN.replace("2026-03-04", "2026-05-04")})
    site = build(root, tmp_path_factory.mktemp("s"))
    target = tmp_path_factory.mktemp("kit")
    calmroom("-C", root, "kit", ID, "--to", target)
    for folder, path in ((site, f"incidents/{ID}/meeting/"), (target, "kit.html")):
        with served(folder) as address:
            page = chromium.new_page(viewport={"width": width, "height": 800})
            page.goto(address + path)
            page.wait_for_function("document.readyState === 'complete'")
            found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]})
            assert [(v["id"], [n["html"][:160] for n in v["nodes"][:3]]) for v in found.response["violations"]] == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            page.close()


def test_the_kit_of_the_guides_own_scenario_lacks_nothing():
    base = knowledge.read(ROOT)
    found = kit.make(base, base.by_id["2026-03-02-edge-firewall-rule"])
    assert found.missing == ()
    assert found.meeting == "Wednesday 4 March, 14:00 CET"


def test_the_brief_holds_what_an_executive_asks_and_nothing_else(make: Make):
    root = make(ALL)
    shown = calmroom("-C", root, "brief", ID).stdout
    for text in (
        "# Customer portal unreachable",
        "41,000 customers were affected.",
        "It was noticed on Monday 2 March, 11:10 CET, first by a customer.",
        "Noticing it took 1 h 08 min.",
        "- The rule allowed any source.",
        "Network Security Lead, by 2026-03-16.",
    ):
        assert text in shown
    assert "Not known yet" not in shown
    assert len(shown.split()) < 300
    html = calmroom("-C", root, "brief", ID, "--format", "html").stdout
    assert html.startswith("<!doctype html>") and "41,000" in html


def test_the_brief_of_a_bare_draft_says_what_it_can(make: Make):
    root = make({f"incidents/{ID}.md": "---\ntitle: A\nseverity: sev2\nstatus: draft\n---\n"})
    assert calmroom("-C", root, "brief", ID).stdout.split() == ["#", "A", "TLP:AMBER+STRICT", "A"]
    assert calmroom("-C", root, "brief", "nothing").returncode == 2


@pytest.mark.browser
def test_the_brief_is_on_the_page_opens_by_its_link_and_prints_on_one_page(make: Make, chromium, tmp_path_factory):
    with served(build(make(ALL), tmp_path_factory.mktemp("s"))) as address:
        page = chromium.new_page()
        page.goto(f"{address}incidents/{ID}/#brief")
        assert page.locator("#brief ul").first.is_visible()
        page.evaluate("window.print = () => { window.printed = document.documentElement.className; }")
        page.click("[data-calm-print-brief]")
        assert "calm-only-brief" in page.evaluate("window.printed")
        page.emulate_media(media="print")
        assert page.locator("#brief ul").first.is_visible() and not page.locator("#events").is_visible()
        page.evaluate("window.dispatchEvent(new Event('afterprint'))")
        assert page.locator("#events").is_visible() and not page.locator("#brief ul").first.is_visible()
        page.emulate_media(media="screen")
        page.goto("about:blank")
        page.goto(f"{address}incidents/{ID}/")
        assert not page.locator("#brief ul").first.is_visible()
        page.close()
    page = chromium.new_page()
    page.set_content(calmroom("brief", "2026-03-02-edge-firewall-rule", "--format", "html").stdout)
    for size in ("A4", "Letter"):
        assert (
            page.pdf(format=size).count(b"/Type /Page\n") == 1
            or page.pdf(format=size).count(b"/Type /Page") - page.pdf(format=size).count(b"/Type /Pages") == 1
        )
    page.close()


ORGANISED = """\
site_name: T
theme: {name: material}
plugins:
  - calmroom:
      timezone: Europe/Berlin
      organisation: {name: Example Ltd, status_page: "https://status.example/", incident_channel: "#inc", care_contact: the advice line}
      slots: {sponsor_name: the sponsor, engineering_lead_name: the engineering lead}
"""


def test_what_the_organisation_says_once_fills_scripts_and_kits(make: Make, tmp_path_factory):
    root = make({"mkdocs.yml": ORGANISED, f"incidents/{ID}.md": OPEN.replace("2026-03-04T", "2026-05-04T")})
    base = knowledge.read(root)
    assert base.errors == []
    thanks = base.scripts["message-thank-you"]
    assert filling.values(base, thanks, base.by_id[ID])["support_contact"] == "the advice line"
    site = build(root, tmp_path_factory.mktemp("s"))
    assert "https://status.example/</span>" in (site / "scripts/message-holding-statement/index.html").read_text()
    assert "[engineering lead name]" not in (site / "scripts/blame-in-the-room/index.html").read_text()
    page = (site / f"incidents/{ID}/meeting/index.html").read_text()
    assert "#inc" in page and 'href="https://status.example/"' in page


def test_a_name_for_this_once_comes_before_the_settings_and_a_record_before_them_too(make: Make):
    root = make({"mkdocs.yml": ORGANISED, f"incidents/{ID}.md": OPEN})
    done = calmroom("-C", root, "kit", ID, "--slot", "engineering_lead_name=Ms Okafor")
    assert done.returncode == 0 and "Ms Okafor" in done.stdout and "the engineering lead" not in done.stdout
    base = knowledge.read(root)
    slots = {"affected": Slot(type="text", source="services", example="x")}
    script = base.scripts["silence"].model_copy(update={"slots": slots})
    settings = base.settings.model_copy(update={"slots": {"affected": "something else"}})
    assert filling.values(replace(base, settings=settings), script, base.by_id[ID]) == {"affected": "customer-portal"}


def test_a_slot_that_no_script_asks_for_is_wrong_use(make: Make):
    root = make({"mkdocs.yml": ORGANISED, f"incidents/{ID}.md": OPEN})
    for written, said in (("sponser_name=X", "Did you mean 'sponsor_name'?"), ("sponsor_name", "NAME=WORDS")):
        done = calmroom("-C", root, "kit", ID, "--slot", written)
        assert done.returncode == 2 and said in done.stderr


def test_only_the_rules_that_apply_run_and_without_a_choice_none_is_presented_as_running(make: Make):
    exposed = OPEN.replace("kind: [availability, security]", "kind: [data-exposure]")
    asked = kit.make(*of(make, ORGANISED, exposed))
    assert asked.clocks == () and {"GDPR, articles 33 and 34", "NIS2, article 23"} <= {
        rule.title for rule in asked.to_ask
    }
    chosen = kit.make(*of(make, ORGANISED + "      obligations: [gdpr-article-33]\n", exposed))
    assert [running.rule.title for running in chosen.clocks] == ["GDPR, articles 33 and 34"] and chosen.to_ask == ()
    none = kit.make(*of(make, ORGANISED + "      obligations: []\n", exposed))
    assert none.clocks == none.to_ask == ()


def of(make: Make, settings: str, record: str):
    base = knowledge.read(make({"mkdocs.yml": settings, f"incidents/{ID}.md": record}))
    assert base.errors == []
    return base, base.by_id[ID]
