"""The page for the table, the moments it predicts and the zone it says once."""

from __future__ import annotations

import datetime
from zoneinfo import ZoneInfo

import pytest

from calmroom import knowledge
from calmroom.kit import filling, kit, moments, table
from calmroom.playbooks import spoken
from tests.conftest import ID, RECORD, ROOT, Make, calmroom
from tests.kit.test_kit import WITH_MEETING

BASE = knowledge.read(ROOT)
FICTION = BASE.by_id["2026-03-02-edge-firewall-rule"]


@pytest.mark.parametrize("id_", moments.catalogue())
def test_each_moment_is_answered_by_a_script_that_is_written_for_it(id_):
    entry = moments.catalogue()[id_]
    script = BASE.scripts[entry["script"]]
    assert entry["beat"] in [beat.id for beat in script.beats], f"{script.id} has no beat {entry['beat']}"
    assert moments.answers(script, entry["beat"])
    assert (
        entry["script"] == id_ or sum(other["script"] == entry["script"] for other in moments.catalogue().values()) == 1
    )


def test_hearing_of_it_from_outside_is_not_answered_with_the_quarrel_of_two_teams():
    found = {moment.what: moment for moment in moments.expected(BASE, FICTION, {})}
    outside = found["“Why did we hear of it from outside?”"]
    assert outside.script is not None and outside.script.id == "heard-from-outside"
    assert filling.plain(outside.lines[0].says, outside.filled).startswith("That's a bad way to learn it")


def test_a_script_without_the_beat_answers_from_its_beginning():
    script = BASE.scripts["date-now"]
    assert moments.answers(script, "no-such-beat") == moments.answers(script, script.beats[0].id)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("services: [customer-portal]", "services: [customer-portal, login]", "“It was the other team.”"),
        ("attendees: [", "attendees: [Vice-President Sales, ", "One voice fills the room."),
        ("attendees: [", "attendees: [Regulator, ", "“Is it fixed? Could it happen again?”, asked by a guest"),
    ],
)
def test_moments_come_from_who_is_invited_and_what_is_part_of_it(old, new, what, make: Make):
    quiet = WITH_MEETING.replace("[Executive Sponsor, Customer Support]", "[Engineer, Customer Support]")
    for record, expected in ((quiet, False), (quiet.replace(old, new), True)):
        base = knowledge.read(make({f"incidents/{ID}.md": record}))
        assert (what in [moment.what for moment in moments.expected(base, base.by_id[ID], {})]) is expected


def test_the_opening_is_the_script_spoken_part_by_part():
    found = kit.make(BASE, FICTION)
    assert [part.title for part in found.opening] == [beat.title for beat in BASE.scripts["opening-speech"].beats]
    assert "[" not in found.opening_words
    assert "We have 60 minutes" in found.opening_words


def test_the_page_has_an_agenda_by_the_clock_and_five_moments_with_their_first_words():
    found = table.make(kit.make(BASE, FICTION), "Europe/Berlin")
    assert [time for time, _ in found.agenda] == ["14:00", "14:06", "14:33", "14:45", "14:55"]
    assert len(found.moments) == 5 and len(found.opening) == 5
    assert found.moments[0] == (
        "“Who made that change?”",
        "There is a fair half in that question, and I'd like to keep it.",
    )
    assert dict(found.deadlines)["Action plan"] == "Thursday 5 March, 14:00"


def test_the_zone_is_said_once_and_the_records_time_stands_beside_where_it_differs():
    found = table.make(kit.make(BASE, FICTION), "Europe/Berlin")
    assert found.zone == (
        "All times are those of Europe/Berlin, CET (UTC+1). From Friday 3 April on they are CEST (UTC+2)."
        " In brackets: as the record has it."
    )
    assert found.facts[0][0] == "Monday 2 March 10:02 (09:02 UTC)" and found.facts[1][0] == "10:40 (09:40 UTC)"
    assert "CET" not in str(found.deadlines) + str(found.agenda) + found.facts[0][0]
    same = table.make(kit.make(BASE, FICTION), "UTC")
    assert same.facts[0][0] == "Monday 2 March 09:02"


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("UTC", "All times are UTC."),
        (
            "Europe/Berlin",
            "All times are those of Europe/Berlin, CET (UTC+1). From Monday 1 June on they are CEST (UTC+2).",
        ),
        ("Asia/Kolkata", "All times are those of Asia/Kolkata, IST (UTC+5:30)."),
        ("America/Sao_Paulo", "All times are those of America/Sao_Paulo, UTC-3."),
    ],
)
def test_a_zone_is_said_with_its_distance_and_its_change(zone, words):
    instants = [datetime.datetime(2026, month, 1, 12, tzinfo=ZoneInfo("UTC")) for month in (2, 6)]
    assert spoken.zone_in_words(instants, zone) == words


def test_a_time_loses_the_name_of_its_zone_and_nothing_else():
    for words, bare in (
        ("Wednesday 4 March, 14:00 CET", "Wednesday 4 March, 14:00"),
        ("Wednesday 4 March, 14:00 -03", "Wednesday 4 March, 14:00"),
        ("Sunday 5 April, end of the day in Brussels", "Sunday 5 April, end of the day in Brussels"),
        ("Wednesday 4 March", "Wednesday 4 March"),
    ):
        assert table.without_zone(words) == bare


def test_texts_are_cut_at_a_word_and_say_so():
    assert table.short("one two three", 50) == "one two three"
    assert table.short("one two, three four", 12) == "one two …"
    assert table.first_sentence("No. We do not know that yet, and I would rather say so. More.") == (
        "No. We do not know that yet, and I would rather say so. More."
    )


LONG = (
    WITH_MEETING.replace("title: Customer portal", f"title: {'Customer portal ' * 5}")
    .replace("Sign-in and payments failed for two hours.", "Sign-in and payments failed for most people. " * 6)
    .replace(
        "timeline:\n",
        "timeline:\n"
        + "".join(
            f"  - {{at: 2026-03-0{day}T08:0{minute}:00+00:00, kind: note, what: {'Something long happened there ' * 6}, key: true}}\n"
            for day in (1, 2)
            for minute in range(6)
        ),
    )
)


@pytest.mark.browser
@pytest.mark.parametrize("record", [None, LONG], ids=["the guide's own", "a long one"])
@pytest.mark.parametrize(("paper", "width", "height"), [("A4", 210, 297), ("Letter", 215.9, 279.4)])
def test_the_page_for_the_table_is_one_page(record, paper, width, height, make: Make, chromium, tmp_path_factory):
    target = tmp_path_factory.mktemp("kit")
    settings = {"mkdocs.yml": CHOSEN}
    root = make({**settings, f"incidents/{ID}.md": record}) if record else ROOT
    id_ = ID if record else FICTION.id
    done = calmroom("-C", root, "kit", id_, "--to", target)
    assert done.returncode == 0, done.stderr
    page = chromium.new_page(viewport={"width": round((width - 28) / 25.4 * 96), "height": 1000})
    page.emulate_media(media="print")
    page.goto((target / "kit.html").as_uri())
    used = page.evaluate("document.querySelector('.calm-table').getBoundingClientRect().height")
    assert used <= (height - 22) / 25.4 * 96, f"{used} px on {paper}"
    page.close()


CHOSEN = """\
site_name: Test
theme: {name: material}
plugins:
  - calmroom: {timezone: Europe/Berlin, obligations: [gdpr-article-33, nis2-article-23, hipaa-breach-notification]}
"""


def test_a_record_without_a_meeting_counts_its_agenda_in_minutes(make: Make):
    base = knowledge.read(make({f"incidents/{ID}.md": RECORD}))
    found = table.make(kit.make(base, base.by_id[ID]), "UTC")
    assert [time for time, _ in found.agenda][:2] == ["minute 0", "minute 6"] and found.deadlines == ()
