"""Rehearsing: choose or type, see what comes of it, the move, why, and a better wording; the same on the page and in a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calmroom import knowledge
from calmroom.playbooks import rehearsal
from tests.conftest import Make, build, calmroom, served
from tests.playbooks.test_reading import FILES, SCRIPT

MORE = SCRIPT.replace(
    "      - {speaker: lead, says: What now?}\n",
    """\
      - {speaker: lead, says: What now?}
      - speaker: you
        says: You have the plan by {plan_due}.
        moves: [bound-the-promise]
        why: It is what you control.
        if_pushed: {they: That is too long., says: The rule is gone already., moves: [return-to-the-timeline], why: It is true.}
""",
)
SCRIPTS = {**FILES, "playbooks/scripts/blame.yaml": MORE}


def test_an_exchange_holds_what_was_heard_what_can_be_said_and_why(make: Make):
    first, second = rehearsal.exchanges(knowledge.read(make(SCRIPTS)).scripts["blame"])
    assert [(said.who, said.how, said.what) for said in first.heard] == [
        ("Engineering Lead", "blaming", "Who made that change?")
    ]
    assert [choice.best for choice in first.choices].count(True) == 1
    assert {choice.words for choice in first.choices} == {
        "I hear how angry you are. the portal was down.",
        "Calm down.",
        "You have the plan by tomorrow, 10:00.",
    }
    assert next(choice.consequence for choice in first.choices if choice.words == "Calm down.") == "Nobody ever did."
    assert first.moves == ("acknowledge-the-feeling", "from-who-to-how") and first.push.they == "Just answer."
    assert [said.what for said in second.heard] == ["What now?"]


@given(st.integers(min_value=0, max_value=2**32 - 1))
def test_draws_lie_between_0_and_1_and_depend_on_the_seed_alone(seed):
    one, two = rehearsal.draws(seed), rehearsal.draws(seed)
    first = [next(one) for _ in range(5)]
    assert first == [next(two) for _ in range(5)]
    assert all(0 <= draw < 1 for draw in first)


def test_moves_are_counted_most_frequent_first():
    assert rehearsal.summary(["b", "a", "b"]) == [("b", 2), ("a", 1)]


def test_the_command_plays_the_whole_script(make: Make):
    root = make(SCRIPTS)
    done = calmroom("-C", root, "rehearse", "blame", stdin="1\nmy own words\n")
    assert done.returncode == 0, done.stderr
    shown = done.stdout
    for text in (
        "Engineering Lead (blaming): Who made that change?",
        "That holds.",
        "The move: Acknowledge the feeling, then From who to how.",
        "What now?",
        "A wording that works: “You have the plan",
        "Moves you used",
        "1 of 2 answers",
    ):
        assert text in shown
    assert "pushing on" not in shown


def test_hard_mode_pushes_on_where_the_seed_says(make: Make):
    root = make(SCRIPTS)
    made = rehearsal.exchanges(knowledge.read(root).scripts["blame"])
    seed = next(seed for seed in range(50) if rehearsal.pushes(made, seed) == [True, False])
    shown = calmroom("-C", root, "rehearse", "blame", "--hard", "--seed", str(seed), stdin="1\nno\nmine\n").stdout
    assert shown.count("pushing on") == 1 and "Just answer." in shown and "I will, by" in shown


def test_leaving_early_still_counts(make: Make):
    done = calmroom("-C", make(SCRIPTS), "rehearse", "blame", stdin="")
    assert done.returncode == 0 and "You left before the end." in done.stdout and "Moves you used" in done.stdout


def test_a_script_that_is_not_there_is_wrong_use(make: Make):
    done = calmroom("-C", make(SCRIPTS), "rehearse", "blam")
    assert done.returncode == 2 and "Did you mean 'blame'?" in done.stderr


@pytest.mark.browser
def test_the_page_is_played_by_keyboard_and_announces_each_step(make: Make, chromium, tmp_path_factory):
    with served(build(make(SCRIPTS), tmp_path_factory.mktemp("s"))) as address:
        page = chromium.new_page()
        stored: list[str] = []
        page.on("request", lambda request: stored.append(request.method) if request.method != "GET" else None)
        page.goto(f"{address}scripts/blame/")
        page.focus("[data-calm-setup] button")
        page.keyboard.press("Enter")
        page.wait_for_selector(".calm-choice")
        assert "Who made that change?" in page.inner_text("[data-calm-said]")
        assert "calm-choice" in page.evaluate("document.activeElement.className")
        page.locator(".calm-choice", has_text="Calm down.").focus()
        page.keyboard.press("Enter")
        assert "Nobody ever did." in page.inner_text("[data-calm-stage]")
        assert "A wording that works" in page.inner_text("[data-calm-stage]")
        page.fill("[data-calm-stage] textarea", "<img src=x onerror=alert(1)>")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-calm-state=done]")
        shown = page.inner_text("[data-calm-stage]")
        assert "<img src=x" in shown and "0 of 2 answers" in shown and "It is what you control." in shown
        assert page.locator("[data-calm-stage] img").count() == 0
        assert page.evaluate("document.activeElement.textContent") == "Moves you used"
        assert (
            page.evaluate("Object.keys(localStorage).filter(k => /rehears|answer/.test(k)).length") == 0
            and stored == []
        )
        page.close()


@pytest.mark.browser
def test_nothing_takes_the_focus_from_who_has_begun_to_type(make: Make, chromium, tmp_path_factory):
    with served(build(make(SCRIPTS), tmp_path_factory.mktemp("s"))) as address:
        page = chromium.new_page()
        page.goto(f"{address}scripts/blame/")
        focus = page.evaluate("""async () => {
          document.querySelector('[data-calm-setup] button').click();
          document.querySelector('[data-calm-stage] textarea').focus();
          await new Promise(done => setTimeout(() => requestAnimationFrame(() => setTimeout(done, 300))));
          return document.activeElement.localName;
        }""")
        assert focus == "textarea"
        page.close()


@pytest.mark.browser
@pytest.mark.parametrize("seed", [0, 1, 7, 12345])
def test_the_page_pushes_on_where_the_terminal_does(seed, make: Make, chromium, tmp_path_factory):
    root = make(SCRIPTS)
    expected = rehearsal.pushes(rehearsal.exchanges(knowledge.read(root).scripts["blame"]), seed)
    with served(build(root, tmp_path_factory.mktemp("s"))) as address:
        page = chromium.new_page()
        page.goto(f"{address}scripts/blame/")
        page.check("[name=hard]")
        page.fill("[name=seed]", str(seed))
        page.click("[data-calm-setup] button")
        for _ in range(2 + sum(expected)):
            page.locator("[data-calm-stage] button[type=submit]").click()
        page.wait_for_selector("[data-calm-state=done]")
        assert page.inner_text("[data-calm-stage]").count("pushing on") == sum(expected)
        page.close()
