"""Before the first session, and what the routine is made for: kept as one word, changed at any time."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from service.domain.fitness import NEW_RUNNER, Fitness, Rotation, Screening
from service.pipeline.tools import Tools
from service.ports import Lane
from service.store import athletes, own
from service.store.tables import Athlete, StrengthSession, Work
from tests.browser import Browser, main_text
from tests.fakes import FakeChannel, FakeClock, FakeSource, RecordingWake
from tests.integration.stage import Stage
from tests.integration.test_act import a_prompt, link

TODAY = date(2030, 5, 8)
ROUTINE: dict[str, Any] = {"equipment": ["chair", "wall", "mat", "step"], "rotation": "all"}
SICK = "A long-term condition, or medicine for one"


@pytest.fixture
def browser(browser: Browser, tools: Tools, runner: int) -> Browser:
    """Of a runner whom nobody has asked anything yet."""
    tell(tools, runner, NEW_RUNNER)
    browser.get("/before")
    return browser


@pytest.fixture
def phone(app: Flask, browser: Browser) -> Browser:
    """Signed in nowhere."""
    return Browser(app)


@pytest.fixture
def stage(
    tools: Tools, runner: int, clock: FakeClock, source: FakeSource, channel: FakeChannel, browser: Browser
) -> Stage:
    stage = Stage(tools, clock, source, channel, runner)
    stage.read_history(weeks=14)
    return stage


def tell(tools: Tools, runner: int, fitness: Fitness) -> None:
    with tools.store.write() as session:
        athletes.put_fitness(session.get_one(Athlete, runner), fitness)


def told(tools: Tools, runner: int) -> Fitness:
    with tools.store.read() as session:
        return athletes.fitness(session.get_one(Athlete, runner))


def begun(tools: Tools) -> list[str]:
    with tools.store.read() as session:
        return list(session.scalars(select(StrengthSession.size)))


# --- before the first session ---------------------------------------------------------------


def test_the_questions_come_before_the_first_session_and_lead_on_to_it(
    browser: Browser, tools: Tools, runner: int
) -> None:
    asked = browser.post("/sessions", {"size": "mini"})
    assert asked.location.startswith("/before?size=mini")
    assert begun(tools) == []
    page = browser.get(asked.location)
    assert 'name="size" value="mini"' in page.text

    answered = browser.post("/before", {"none": "1", "size": "mini"})
    assert "Your mini session" in main_text(browser.get(answered.location))
    assert begun(tools) == ["mini"]
    assert (told(tools, runner).screening, told(tools, runner).screened_on) == (Screening.CLEAR, TODAY)


def test_the_prompt_that_waits_for_the_answers_is_the_one_that_is_begun(
    browser: Browser, tools: Tools, runner: int
) -> None:
    prompt = a_prompt(tools, runner)
    page = browser.get(browser.post("/sessions", {"size": "full", "prompt_id": prompt.id}).location)
    assert f'name="prompt_id" value="{prompt.id}"' in page.text
    browser.post("/before", {"none": "1", "size": "full", "prompt_id": prompt.id})
    with tools.store.read() as session:
        assert session.scalars(select(StrengthSession.prompt_id)).all() == [prompt.id]


def test_who_has_answered_is_not_asked_again(browser: Browser, tools: Tools) -> None:
    browser.post("/before", {"none": "1"})
    assert browser.post("/sessions", {"size": "full"}).location.startswith("/sessions/")
    assert "Answered on 8 May: none of these." in main_text(browser.get("/before"))


@pytest.mark.parametrize(
    ("ticks", "sentence"),
    [
        ({}, "Please tick what is true of you, or “None of these”."),
        ({"none": "1", "yes": ["heart"]}, "Please tick “None of these” alone"),
    ],
)
def test_an_unclear_answer_is_asked_for_again_and_keeps_its_ticks(
    browser: Browser, tools: Tools, runner: int, ticks: dict[str, Any], sentence: str
) -> None:
    page = browser.post("/before", ticks)
    assert (page.status_code, told(tools, runner)) == (422, NEW_RUNNER)
    assert sentence in main_text(page)
    assert ('value="heart" checked' in page.text) == ("yes" in ticks)


def test_a_line_that_was_not_asked_is_refused(browser: Browser, tools: Tools, runner: int) -> None:
    assert browser.post("/before", {"yes": ["moonlit"]}).status_code == 400
    assert told(tools, runner) == NEW_RUNNER


def test_a_yes_asks_for_a_professional_first_and_clearance_opens_the_way(
    browser: Browser, tools: Tools, runner: int
) -> None:
    page = browser.post("/before", {"yes": ["chronic"], "size": "full"})
    assert "Check with a professional first" in main_text(page)
    assert 'value="chronic" checked' in page.text  # so that the next tap need not repeat it
    assert told(tools, runner).screening is Screening.NO
    assert browser.post("/sessions", {"size": "full"}).location.startswith("/before")

    answered = browser.post("/before", {"yes": ["chronic"], "size": "full", "cleared": "1"})
    assert answered.location.startswith("/sessions/")
    assert told(tools, runner).screening is Screening.CLEARED
    assert "with medical clearance" in main_text(browser.get("/before"))


@pytest.mark.parametrize("line", ["minor", "surgery", "swelling", "strong_pain"])
def test_some_answers_wait_whatever_was_agreed_and_may_be_given_again(
    browser: Browser, tools: Tools, runner: int, line: str
) -> None:
    page = browser.post("/before", {"yes": [line, "latex"], "cleared": "1", "size": "full"})
    assert "You answered that the routine should wait." in main_text(page)
    assert "I have medical clearance" not in main_text(page)
    assert (told(tools, runner).screening, begun(tools)) == (Screening.NO, [])

    browser.post("/before", {"none": "1"})
    assert told(tools, runner).screening is Screening.CLEAR


def test_which_line_was_ticked_is_kept_nowhere(browser: Browser, tools: Tools, runner: int) -> None:
    browser.post("/before", {"yes": ["chronic", "pregnancy"]})
    later = browser.get("/before")
    assert SICK in main_text(later)
    assert "checked" not in later.text
    with tools.store.read() as session:
        kept = repr(own.own_facts(session, runner)) + repr(session.get_one(Athlete, runner).fitness)
    assert "chronic" not in kept
    assert "pregnancy" not in kept


def test_prompts_rest_while_the_routine_waits_and_today_says_so(browser: Browser, stage: Stage) -> None:
    browser.post("/before", {"yes": ["surgery"]})
    stage.until("2030-05-10T12:00")
    assert stage.asked() == []
    reason, _next = stage.silence()
    assert reason.rule == "prompt.on_hold"
    page = browser.get("/")
    assert "You answered that the routine should wait, so nothing is asked." in main_text(page)
    assert browser.post("/sessions", {"size": "full"}).location.startswith("/before")
    assert "Answer again" in main_text(page)

    browser.post("/before", {"none": "1"})
    stage.until("2030-05-13T12:00")
    assert stage.asked() != []


def test_a_prompt_that_is_out_is_taken_back_by_a_no(browser: Browser, stage: Stage) -> None:
    browser.post("/before", {"none": "1"})
    stage.until("2030-05-13T12:00")
    while stage.standing() is None:
        stage.pass_time(hours=1)
    browser.post("/before", {"yes": ["swelling"]})
    stage.work()
    assert stage.standing() is None


# --- by a link ------------------------------------------------------------------------------


def test_a_link_asks_on_its_own_page_and_begins_by_the_answer(
    phone: Browser, tools: Tools, runner: int
) -> None:
    start = link(tools, a_prompt(tools, runner), "start")
    assert "None of these" in main_text(phone.get(start))
    assert "Please tick what is true of you" in main_text(phone.post(start))
    assert begun(tools) == []

    page = phone.get(phone.post(start, {"none": "1"}).location)
    assert "Your session" in main_text(page)
    assert begun(tools) == ["full"]
    assert told(tools, runner).screening is Screening.CLEAR


def test_a_link_is_not_used_up_by_a_no(phone: Browser, tools: Tools, runner: int) -> None:
    start = link(tools, a_prompt(tools, runner), "start")
    assert "Check with a professional first" in main_text(phone.post(start, {"yes": ["ill"]}))
    assert "The routine waits" in main_text(phone.get(start))
    assert phone.post(start, {"yes": ["ill"], "cleared": "1"}).status_code == 303
    assert begun(tools) == ["full"]


# --- the routine ----------------------------------------------------------------------------


def test_what_is_at_hand_and_wished_for_is_kept_and_planned_by(
    browser: Browser, tools: Tools, runner: int, wake: RecordingWake
) -> None:
    wishes = {"equipment": ["wall", "light_band"], "cannot": ["lie"], "gently": "1", "light_weeks": "1"}
    assert browser.post("/routine", {**wishes, "rotation": "ab"}).status_code == 303
    assert told(tools, runner) == Fitness(
        equipment=frozenset({"wall", "light_band"}),
        cautious=True,
        cannot=frozenset({"lie"}),
        rotation=Rotation.AB,
        light_weeks=True,
    )
    assert (runner, Lane.LIVE) in wake.nudges
    with tools.store.read() as session:
        assert "plan" in session.scalars(select(Work.kind).where(Work.state == "open")).all()

    page = browser.get("/routine")
    for name in ("light_band", "lie", "gently", "light_weeks"):
        assert f'id="{name}" value=' in page.text
    assert 'value="light_band" checked' in page.text
    assert 'value="ab" checked' in page.text
    assert 'value="chair" checked' not in page.text


def test_the_answers_from_before_are_not_lost_by_a_wish(browser: Browser, tools: Tools, runner: int) -> None:
    browser.post("/before", {"none": "1"})
    browser.post("/routine", ROUTINE | {"rotation": "long"})
    assert told(tools, runner).screening is Screening.CLEAR


@pytest.mark.parametrize(
    "broken", [{"equipment": ["moon"]}, {"cannot": ["fly"]}, {"rotation": "sideways"}, {"rotation": ""}]
)
def test_what_the_page_does_not_offer_is_refused(
    browser: Browser, tools: Tools, runner: int, broken: dict[str, Any]
) -> None:
    assert browser.post("/routine", ROUTINE | broken).status_code == 400
    assert told(tools, runner) == NEW_RUNNER


def test_the_page_shows_where_each_move_stands_and_what_comes_next(browser: Browser) -> None:
    text = main_text(browser.get("/routine"))
    assert "Single-leg squat Sit to a chair, both hands help Level 1 of 4 · 2 sets of 8 a side" in text
    assert "Next: With a light band. It needs a light band." in text  # of the clamshell
    assert "at least 4 sessions and 14 days" in text
    assert "The step stands firm and is dry." in text


def test_a_level_whose_band_is_missing_is_passed_over_where_the_ladder_does(browser: Browser) -> None:
    assert "Next: Up on two legs, hold on one." in main_text(browser.get("/routine"))
    browser.post("/routine", ROUTINE | {"equipment": [*ROUTINE["equipment"], "light_band"]})
    text = main_text(browser.get("/routine"))
    assert "Next: Up on two legs, hold on one." not in text
    assert "It needs a light band" not in text


def test_who_cannot_lie_sees_what_stands_in(browser: Browser) -> None:
    assert "Standing clam instead of Clamshell" in main_text(browser.get("/routine"))
    browser.post("/routine", ROUTINE | {"cannot": ["lie"]})
    text = main_text(browser.get("/routine"))
    assert "Standing clam Hand at the wall, no band Level 1 of 2" in text
    assert "Seated glute squeeze On a chair, two-second hold Level 1 of 1" in text
    assert "This is the last level." in text


def test_each_choice_of_moves_says_how_long_it_takes(browser: Browser) -> None:
    text = main_text(browser.get("/routine"))
    assert "All four, within your minutes about 12 min now, recommended" in text
    assert "Two by turns, with one more set about" in text
    assert "All four, however long they take about 14 min now" in text


@pytest.mark.parametrize("path", ["/you", "/"])
def test_the_routine_is_one_tap_away(browser: Browser, path: str) -> None:
    assert 'href="/routine"' in browser.get(path).text


@pytest.mark.parametrize("path", ["/before", "/routine"])
def test_a_stranger_is_sent_to_the_door(phone: Browser, path: str) -> None:
    assert phone.get(path).location == "/connect"


@pytest.mark.parametrize("path", ["/before", "/routine"])
def test_the_pages_hold_no_style_of_their_own(browser: Browser, path: str) -> None:
    assert "style=" not in browser.get(path).text
