"""What the runner says of runs, and how it is asked for, on the pages."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from service.domain.planner import Size
from service.engine.drain import drain
from service.pipeline import HANDLERS, log, receive
from service.pipeline.corrections import offsets
from service.pipeline.tools import Tools
from service.ports import HookEvent, Lane
from service.store import athletes
from tests.browser import Browser, main_text
from tests.builders import a_run, steady_history
from tests.fakes import FakeClock, FakeSource, RecordingWake
from tests.integration.test_pages import FORM
from tests.judging import JudgeByTitle


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> JudgeByTitle:
    judge = JudgeByTitle()
    judge.take_over(monkeypatch)
    return judge


@pytest.fixture
def browser(
    app: Flask, judge: JudgeByTitle, tools: Tools, runner: int, source: FakeSource, clock: FakeClock
) -> Browser:
    """Signed in on Wednesday morning, six weeks read."""
    source.record(steady_history(weeks=6))
    receive.ask_to_list(tools, runner, "backfill", clock(), "backfill:1")
    drain(tools, HANDLERS, runner)
    browser = Browser(app)
    browser.sign_in(runner)
    return browser


Run = Callable[..., int]


@pytest.fixture
def a_run_titled(tools: Tools, runner: int, source: FakeSource, clock: FakeClock) -> Run:
    """Of a title, ended twelve minutes ago, read and decided upon; ``days_ago`` puts it back."""

    def run(title: str, days_ago: int = 0) -> int:
        start = clock() + timedelta(hours=2) - timedelta(minutes=12 + 45, days=days_ago)
        activity = a_run(start=f"{start:%Y-%m-%d %H:%M}", km=7.4, minutes=45, hr=150, name=title)
        source.record([activity])
        receive.receive_event(tools, HookEvent("activity", "create", activity.id, 9001, 77, clock(), {}))
        clock.tick(seconds=91)
        drain(tools, HANDLERS, runner)
        return activity.id

    return run


@pytest.fixture
def say(browser: Browser, tools: Tools, runner: int) -> Callable[[int, str], str]:
    """Press the button; the page at once after it."""

    def press(run_id: int, said: str) -> str:
        browser.get("/")
        assert browser.post("/corrections", {"activity_id": f"{run_id}", "said": said}).status_code == 303
        page = main_text(browser.get("/"))
        drain(tools, HANDLERS, runner)
        return page

    return press


def buttons(answer: TestResponse) -> list[str]:
    """Ids of the buttons that answer a question or correct."""
    return re.findall(r'<button class="[^"]*" id="((?:ask|said)-[^"]+)"', answer.text)


# --- the question on Today ----------------------------------------------------------------------


def test_an_unsure_run_is_asked_about_with_one_tap(browser: Browser, a_run_titled: Run) -> None:
    a_run_titled("unsure")
    page = browser.get("/")
    text = main_text(page)

    assert "Was this run easy?" in text
    assert "Moderate or hard" in text
    assert buttons(page) == ["said-easy", "said-hard"]
    assert "Why unsure?" in text


def test_easy_brings_the_prompt_and_hard_the_silence(
    browser: Browser, a_run_titled: Run, say: Callable[[int, str], str]
) -> None:
    run_id = a_run_titled("unsure")
    say(run_id, "easy")
    assert "12 minutes while you’re warm" in main_text(browser.get("/"))

    between = say(run_id, "hard")
    assert "12 minutes while you’re warm" not in between
    assert "Looking at your run" in between
    assert "Let the hard work sink in" in main_text(browser.get("/"))


def test_yesterdays_run_is_asked_about_beside_the_day(
    browser: Browser, a_run_titled: Run, clock: FakeClock, say: Callable[[int, str], str]
) -> None:
    run_id = a_run_titled("unsure")
    clock.tick(days=1)
    page = browser.get("/")

    assert "Was yesterday’s run easy?" in main_text(page)
    assert buttons(page) == [f"ask-easy-{run_id}", f"ask-hard-{run_id}"]
    assert f'href="https://strava.example/activities/{run_id}"' in page.text
    assert "Was yesterday’s run easy?" not in say(run_id, "easy")


def test_the_third_unsure_run_of_a_week_is_told_and_not_asked_about(
    browser: Browser, a_run_titled: Run, clock: FakeClock
) -> None:
    a_run_titled("unsure", days_ago=2)
    a_run_titled("unsure", days_ago=1)
    a_run_titled("unsure")
    page = browser.get("/")
    text = main_text(page)

    assert "Not sure how hard it was" in text
    assert "Was this run easy?" not in text
    assert "Was Monday’s run easy?" in text
    assert "Was yesterday’s run easy?" in text


def test_a_question_no_one_answers_goes_by_itself(
    browser: Browser, a_run_titled: Run, clock: FakeClock
) -> None:
    a_run_titled("unsure")
    clock.tick(days=4)

    assert "run easy?" not in main_text(browser.get("/"))


def test_no_id_stands_twice_on_a_page_of_questions(browser: Browser, a_run_titled: Run) -> None:
    a_run_titled("unsure", days_ago=1)
    a_run_titled("unsure")
    page = browser.get("/").text
    ids = re.findall(r'\sid="([^"]+)"', page)

    assert len(ids) == len(set(ids))
    assert set(re.findall(r'aria-labelledby="([^"]+)"', page)) <= set(ids)


# --- what is said -------------------------------------------------------------------------------


def test_what_a_word_moved_is_told_in_one_sentence(a_run_titled: Run, say: Callable[[int, str], str]) -> None:
    text = say(a_run_titled("easy"), "hard")

    assert re.search(
        r"Noted as hard\. Your easy limits moved from \d+% to \d+% of your quick pace"
        r" and from the gentler \d+% to \d+% of your heart rates\.",
        text,
    )


def test_a_word_said_twice_is_noted_and_moves_nothing(
    a_run_titled: Run, say: Callable[[int, str], str]
) -> None:
    run_id = a_run_titled("easy")
    say(run_id, "hard")
    again = say(run_id, "hard")

    assert "Noted as hard." in again
    assert "moved" not in again


def test_a_race_can_be_named_where_the_reasons_stand(
    browser: Browser, a_run_titled: Run, say: Callable[[int, str], str]
) -> None:
    run_id = a_run_titled("hard", days_ago=20)
    assert "It was a race" in main_text(browser.get(f"/why/{run_id}"))
    assert "Noted as a race." in say(run_id, "race")
    text = main_text(browser.get(f"/why/{run_id}"))

    assert "Your word" in text
    assert "It was easy" in text
    assert "It was hard" in text
    assert "It was a race" not in text


def test_the_reasons_of_an_unsure_run_ask_too(browser: Browser, a_run_titled: Run) -> None:
    text = main_text(browser.get(f"/why/{a_run_titled('unsure', days_ago=20)}"))

    assert "Was this run easy?" in text
    assert "Moderate or hard" in text


def test_every_run_of_a_day_has_its_reasons_and_can_be_spoken_of(
    browser: Browser, a_run_titled: Run, clock: FakeClock
) -> None:
    """Progress leads to the one that made the day; the others are one step from there."""
    morning = a_run_titled("easy")
    clock.tick(hours=5)
    noon = a_run_titled("hard")

    for one, other in ((morning, noon), (noon, morning)):
        page = browser.get(f"/why/{one}")
        assert "Also recorded that day" in main_text(page)
        assert f'href="/why/{other}"' in page.text
    assert "7.4 km in 45 min" in main_text(page)


def test_a_session_that_is_done_does_not_keep_the_runner_from_answering(
    browser: Browser, a_run_titled: Run, tools: Tools, runner: int
) -> None:
    run_id = a_run_titled("unsure")
    with tools.store.write() as session:
        log.done_now(session, tools, runner, prompt_id=None, size=Size.FULL, origin="page")
    drain(tools, HANDLERS, runner)

    assert buttons(browser.get("/")) == [f"ask-easy-{run_id}", f"ask-hard-{run_id}"]


# --- settings -----------------------------------------------------------------------------------


def test_the_settings_say_how_runs_are_judged(browser: Browser) -> None:
    page = browser.get("/you")
    text = main_text(page)

    assert "How your runs are judged" in text
    assert "What your corrections moved" not in text
    assert 'name="ignore_pace" id="ignore_pace" value="1">' in page.text
    assert "Reset the limits" not in text


def test_what_counts_for_judging_is_kept_and_used(
    browser: Browser, tools: Tools, runner: int, judge: JudgeByTitle
) -> None:
    browser.get("/you")
    chosen = {"ignore_pace": "1", "ignore_heart": "1", "heart_max_bpm": "188"}
    assert browser.post("/you", FORM | chosen).status_code == 303
    drain(tools, HANDLERS, runner)

    assert (judge.told.use_pace, judge.told.use_heart, judge.told.heart_max_bpm) == (False, False, 188)
    page = browser.get("/you").text
    assert 'id="ignore_pace" value="1" checked>' in page
    assert 'id="ignore_heart" value="1" checked>' in page
    assert 'name="heart_max_bpm" value="188"' in page


def test_an_unlikely_heart_rate_is_refused_at_its_field(browser: Browser, tools: Tools, runner: int) -> None:
    browser.get("/you")
    answer = browser.post("/you", FORM | {"ignore_pace": "1", "heart_max_bpm": "88"})

    assert answer.status_code == 422
    assert "Please give a number from 100 to 230, or leave it empty." in main_text(answer)
    assert 'aria-invalid="true" aria-describedby="heart_max_bpm-error" autofocus' in answer.text
    assert 'value="88"' in answer.text
    assert 'id="ignore_pace" value="1" checked>' in answer.text
    with tools.store.read() as session:
        athlete = athletes.get(session, runner)
        assert athlete is not None
        assert (athlete.use_pace, athlete.heart_max_bpm) == (True, None)


def test_moved_limits_are_told_and_go_back_with_one_button(
    browser: Browser,
    a_run_titled: Run,
    say: Callable[[int, str], str],
    tools: Tools,
    runner: int,
    wake: RecordingWake,
) -> None:
    say(a_run_titled("easy"), "hard")
    text = main_text(browser.get("/you"))
    assert re.search(r"Runs up to \d+% of your quick pace tend to count as easy; it began at \d+%\.", text)
    assert re.search(r"The gentler \d+% of your heart rates tend to count as easy", text)

    for _ in range(2):  # a second press, from a page left open
        assert browser.post("/you/limits/reset", {}).status_code == 303
        text = main_text(browser.get("/you"))
        assert "The limits are back where they began." in text
        assert "Reset the limits" not in text
    with tools.store.read() as session:
        assert offsets(session, tools, runner).pace_share == 0
    assert wake.nudges[-1] == (runner, Lane.LIVE)


def test_the_export_tells_what_was_said_and_what_it_moved(
    browser: Browser, a_run_titled: Run, say: Callable[[int, str], str]
) -> None:
    say(a_run_titled("easy"), "hard")
    facts: dict[str, Any] = browser.get("/you/export.json").get_json()

    (correction,) = facts["correction"]
    assert (correction["said"], correction["pace_step"]) == ("hard", pytest.approx(-0.01))
    assert facts["athlete"][0]["use_heart"] is True
