"""The page of the last four weeks, and where it is pointed at, as a browser gets them."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from service.domain.planner import Size
from service.engine.drain import drain
from service.pipeline import HANDLERS, log, receive
from service.pipeline.tools import Tools
from service.store import athletes
from tests.browser import Browser, main_text
from tests.builders import steady_history
from tests.fakes import FakeClock, FakeSource

POINTER = 'id="preview"'


@pytest.fixture
def with_history(tools: Tools, runner: int, source: FakeSource, clock: FakeClock) -> int:
    source.record(replace(run, device_name="Garmin Forerunner 255") for run in steady_history(weeks=6))
    receive.ask_to_list(tools, runner, "backfill", clock(), "backfill:1")
    drain(tools, HANDLERS, runner)
    return runner


@pytest.mark.usefixtures("with_history")
def test_the_four_weeks_are_told_day_by_day_with_the_reason(browser: Browser) -> None:
    answer = browser.get("/preview")
    text = main_text(answer)

    assert answer.text.count('class="daylist"') == 4
    assert text.index("29 April to 5 May") < text.index("8 to 14 April")
    assert text.count("2 of 2 sessions") == 4
    assert "Thu After your easy run Session, 2 May 08:02" in text
    assert "Mon Rest day Session, 29 April 18:30" in text
    assert "View on Strava · Derived in part from Garmin device-sourced data" in text
    assert 'href="https://strava.example/athlete/training"' in answer.text


def test_the_page_follows_the_runners_choices(tools: Tools, with_history: int, browser: Browser) -> None:
    with tools.store.write() as session:
        athlete = athletes.get(session, with_history)
        assert athlete is not None
        athletes.put_preferences(
            athlete, replace(athletes.preferences(athlete), never_weekdays=frozenset({3}))
        )
    text = main_text(browser.get("/preview"))

    assert "Thu " not in text
    assert "Fri Rest day" in text


def test_without_any_history_one_sentence_says_so(browser: Browser) -> None:
    answer = browser.get("/preview")

    assert "Nothing to show yet" in main_text(answer)
    assert "daylist" not in answer.text
    assert "View on Strava" not in answer.text
    assert POINTER not in browser.get("/").text


def test_today_points_at_it_in_the_first_days_until_the_first_session(
    tools: Tools, with_history: int, browser: Browser, clock: FakeClock
) -> None:
    assert POINTER in browser.get("/").text
    with tools.store.write() as session:
        row = log.start(session, tools, with_history, prompt_id=None, size=Size.FULL, origin="page")
        log.finish(session, tools, with_history, row.id)
    assert POINTER not in browser.get("/").text


@pytest.mark.usefixtures("with_history")
def test_after_a_week_only_the_settings_point_at_it(browser: Browser, clock: FakeClock) -> None:
    clock.at += timedelta(days=7)

    assert POINTER not in browser.get("/").text
    assert POINTER in browser.get("/you").text


def test_nobody_sees_it_without_signing_in(app: Flask) -> None:
    assert Browser(app).get("/preview").status_code == 303
