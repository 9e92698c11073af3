"""Races and pauses on the pages: entered, refused in one clear sentence, shown on Today, and ended."""

import re
from datetime import date, time, timedelta
from typing import Any

import pytest
from flask import Flask

from service.domain.calendar import Away, Distance, Race, Why
from service.domain.planner import Size
from service.engine.drain import drain
from service.pipeline import HANDLERS, log, situation
from service.pipeline.steps import ask_to_plan
from service.pipeline.tools import Tools
from service.ports import Lane
from service.store import athletes, sessions
from service.store.tables import Athlete
from tests.browser import Browser, main_text
from tests.fakes import FakeClock, RecordingWake

WED = date(2030, 5, 8)
SUN = date(2030, 5, 12)


@pytest.fixture
def browser(browser: Browser) -> Browser:
    browser.get("/you")
    return browser


def known(tools: Tools, runner: int) -> situation.Situation:
    with tools.store.read() as session:
        return situation.load(session, runner, tools, tools.clock())


def go_away(tools: Tools, runner: int, why: Why, first_on: date, last_on: date | None = None) -> int:
    with tools.store.write() as session:
        away = log.go_away(session, tools, runner, why, first_on, last_on)
    drain(tools, HANDLERS, runner)
    assert away.id is not None
    return away.id


def prefer(tools: Tools, runner: int, **preferences: Any) -> None:
    with tools.store.write() as session:
        athlete = session.get_one(Athlete, runner)
        for name, value in preferences.items():
            setattr(athlete, name, value)
        ask_to_plan(session, runner, tools.clock())
    drain(tools, HANDLERS, runner)


def state(browser: Browser) -> str:
    found = re.search(r'data-state="(\w+)"', browser.get("/").text)
    assert found is not None
    return found[1]


# --- races ----------------------------------------------------------------------------------------


def test_a_race_is_entered_listed_and_removed(
    tools: Tools, runner: int, browser: Browser, wake: RecordingWake
) -> None:
    answer = browser.post("/you/races", {"race_on": "2030-05-12", "race_distance": "half"})
    text = main_text(browser.get("/you"))

    assert (answer.status_code, answer.location) == (303, "/you#races")
    assert "The race is in." in text
    assert "Sun 12 May, half marathon" in text
    assert known(tools, runner).races == (Race(SUN, Distance.HALF),)
    assert wake.nudges == [(runner, Lane.LIVE)]
    browser.post("/you/races/remove", {"on": "2030-05-12"})
    assert "Sun 12 May" not in main_text(browser.get("/you"))
    assert browser.post("/you/races/remove", {"on": "2030-05-12"}).status_code == 303
    assert browser.post("/you/races/remove", {"on": "soon"}).status_code == 400


@pytest.mark.parametrize(
    ("on", "distance", "field", "sentence"),
    [
        ("2030-05-07", "", "race_on", "This day is over; choose today or a later one."),
        ("2032-01-01", "", "race_on", "At most 366 days ahead."),
        ("2030-05-11", "ultra", "race_on", "There is a race on that day already. Remove it first"),
        ("someday", "", "race_on", "Please give a date."),
        ("", "", "race_on", "Please give a date."),
        ("2030-05-20", "100 miles", "race_distance", "Please choose one of the options."),
    ],
)
def test_a_race_that_cannot_be_is_refused_at_its_field(
    tools: Tools, runner: int, browser: Browser, on: str, distance: str, field: str, sentence: str
) -> None:
    browser.post("/you/races", {"race_on": "2030-05-11"})
    answer = browser.post("/you/races", {"race_on": on, "race_distance": distance})

    assert answer.status_code == 422
    assert f'aria-describedby="{field}-error" autofocus' in answer.text
    assert sentence in main_text(answer)
    assert known(tools, runner).races == (Race(date(2030, 5, 11)),)


def test_a_race_that_is_over_stays_in_sight_while_the_legs_rest(
    tools: Tools, runner: int, browser: Browser, clock: FakeClock
) -> None:
    browser.post("/you/races", {"race_on": "2030-05-12", "race_distance": "marathon"})
    clock.tick(days=5)
    assert "Your legs rest until Monday, 20 May." in main_text(browser.get("/you"))
    clock.tick(days=8)
    assert "12 May" not in main_text(browser.get("/you"))


# --- pauses ---------------------------------------------------------------------------------------


def test_a_holiday_shows_on_today_with_its_end_and_the_way_back(
    tools: Tools, runner: int, browser: Browser
) -> None:
    answer = browser.post(
        "/you/pause",
        {"away_why": "holiday", "away_first_on": "2030-05-08", "away_last_on": "2030-05-12"},
    )
    assert (answer.status_code, answer.location) == (303, "/you#pause")
    assert "Holiday, Wed 8 May to Sun 12 May" in main_text(browser.get("/you"))
    page = browser.get("/")
    assert state(browser) == "paused"
    assert "Enjoy the time off" in main_text(page)
    assert "Prompts begin again on Monday, 13 May." in main_text(page)
    found = re.search(r'action="(/you/pause/\d+/end)"', page.text)
    assert found is not None
    ended = browser.post(found[1], {"back": "today"})

    assert (ended.status_code, ended.location) == (303, "/")
    assert "Welcome back." in main_text(browser.get("/"))
    assert state(browser) != "paused"
    assert browser.post(found[1], {"back": "today"}).status_code == 303
    assert known(tools, runner).away == ()


def test_a_holiday_without_a_first_day_begins_today(tools: Tools, runner: int, browser: Browser) -> None:
    browser.post("/you/pause", {"away_why": "holiday", "away_last_on": "2030-05-12"})
    assert known(tools, runner).away == (Away(WED, SUN, Why.HOLIDAY),)


def test_a_holiday_to_come_is_listed_and_can_be_removed(tools: Tools, runner: int, browser: Browser) -> None:
    away_id = go_away(tools, runner, Why.HOLIDAY, SUN, SUN + timedelta(days=6))
    assert state(browser) == "waiting"
    assert "Holiday, Sun 12 May to Sat 18 May Remove" in main_text(browser.get("/you"))
    browser.post(f"/you/pause/{away_id}/end")

    assert known(tools, runner).away == ()


def test_ill_is_one_tap_and_well_again_leaves_two_quiet_days(
    tools: Tools, runner: int, browser: Browser
) -> None:
    browser.post("/you/pause", {"away_why": "ill", "away_first_on": "nonsense"})
    (away,) = known(tools, runner).away
    assert away == Away(WED, None, Why.ILL)
    text = main_text(browser.get("/"))
    assert "Get well first" in text
    assert "until you say that you are well, and 2 days more" in text
    assert "Do it anyway" not in text
    for _twice in range(2):
        browser.post(f"/you/pause/{away.id}/end", {"back": "today"})
    page = browser.get("/")
    assert "Prompts begin again on Saturday, 11 May." in main_text(page)
    assert "Begin again now" in main_text(page)
    browser.post(f"/you/pause/{away.id}/end", {"back": "today", "at_once": "1"})

    assert state(browser) == "waiting"


def test_an_injury_is_asked_about_after_a_week_and_once(
    tools: Tools, runner: int, browser: Browser, clock: FakeClock
) -> None:
    away_id = go_away(tools, runner, Why.INJURED, WED)
    clock.tick(days=6)
    browser.sign_in(runner)
    assert "Still hurt?" not in main_text(browser.get("/"))
    clock.tick(days=1)
    text = main_text(browser.get("/"))
    assert "7 days without prompts. Still hurt?" in text
    assert "Still hurts Fine again" in text
    browser.post(f"/you/pause/{away_id}/still")
    text = main_text(browser.get("/"))
    assert "looked at by a physio or doctor" in text
    assert "Still hurt?" not in text
    assert state(browser) == "paused"


def test_easing_off_is_no_pause_and_stands_beside_the_day(
    tools: Tools, runner: int, browser: Browser
) -> None:
    browser.post("/you/pause", {"away_why": "ease_off", "away_days": "5"})
    drain(tools, HANDLERS, runner)
    page = browser.get("/")

    assert known(tools, runner).away == (Away(WED, SUN, Why.EASE_OFF),)
    assert state(browser) == "waiting"
    assert "Easing off until Sunday, 12 May" in main_text(page)
    assert "at most one a week" in main_text(page)
    assert "0 week off" in main_text(page)


@pytest.mark.parametrize(
    ("form", "field", "sentence"),
    [
        ({"away_why": "bored"}, "away_why", "Please choose one of the options."),
        ({"away_why": ""}, "away_why", "Please choose one of the options."),
        ({"away_why": "holiday"}, "away_last_on", "Please give a date."),
        (
            {"away_why": "holiday", "away_first_on": "x", "away_last_on": "2030-05-12"},
            "away_first_on",
            "Please give a date.",
        ),
        (
            {"away_why": "holiday", "away_first_on": "2030-05-12", "away_last_on": "2030-05-10"},
            "away_last_on",
            "The last day lies before the first.",
        ),
        (
            {"away_why": "holiday", "away_first_on": "2030-05-01", "away_last_on": "2030-05-05"},
            "away_last_on",
            "These days are over; choose a later last day.",
        ),
        (
            {"away_why": "holiday", "away_first_on": "2030-04-01", "away_last_on": "2030-05-12"},
            "away_first_on",
            "At most 14 days back.",
        ),
        (
            {"away_why": "holiday", "away_last_on": "9999-12-31"},
            "away_last_on",
            "At most 366 days ahead.",
        ),
        ({"away_why": "ease_off", "away_days": "2"}, "away_days", "From 3 to 14 days."),
        ({"away_why": "ease_off", "away_days": "15"}, "away_days", "From 3 to 14 days."),
        ({"away_why": "ease_off", "away_days": "9" * 30}, "away_days", "From 3 to 14 days."),
        ({"away_why": "ease_off", "away_days": "0"}, "away_days", "From 3 to 14 days."),
        ({"away_why": "ease_off", "away_days": "²"}, "away_days", "Please give a number of days."),
        ({"away_why": "ease_off", "away_days": ""}, "away_days", "Please give a number of days."),
    ],
)
def test_a_pause_that_cannot_be_is_refused_at_its_field(
    tools: Tools, runner: int, browser: Browser, form: dict[str, str], field: str, sentence: str
) -> None:
    answer = browser.post("/you/pause", form)

    assert answer.status_code == 422
    assert f'aria-describedby="{field}-error"' in answer.text
    assert f'id="{field}-error">{sentence}' in answer.text
    assert known(tools, runner).away == ()


def test_another_runners_pause_cannot_be_ended(tools: Tools, runner: int, app: Flask) -> None:
    away_id = go_away(tools, runner, Why.INJURED, WED)
    with tools.store.write() as session:
        other = athletes.create(session, tools.clock()).id
    stranger = Browser(app)
    stranger.sign_in(other)
    stranger.get("/you")
    assert stranger.post(f"/you/pause/{away_id}/end").status_code == 303
    assert stranger.post(f"/you/pause/{away_id}/still").status_code == 303

    assert known(tools, runner).away == (Away(WED, None, Why.INJURED),)


def test_a_pause_on_an_open_page_changes_what_the_page_asks_for(
    tools: Tools, runner: int, browser: Browser
) -> None:
    before = browser.get("/today/state").json
    go_away(tools, runner, Why.HOLIDAY, WED, SUN)
    paused = browser.get("/today/state").json

    assert paused is not None
    assert before is not None
    assert paused["state"] == "paused"
    assert paused["version"] != before["version"]


# --- progress -------------------------------------------------------------------------------------


def test_progress_leaves_a_paused_week_out_of_the_count(tools: Tools, runner: int, browser: Browser) -> None:
    with tools.store.write() as session:
        log.done_now(session, tools, runner, prompt_id=None, size=Size.FULL, origin="page")
    go_away(tools, runner, Why.HOLIDAY, WED, SUN)
    assert "A dash marks an excused week" in main_text(browser.get("/progress"))


def test_after_a_change_of_the_first_weekday_no_week_counts_twice(
    tools: Tools, runner: int, browser: Browser
) -> None:
    monday = date(2030, 5, 6)
    with tools.store.write() as session:
        athlete = session.get_one(Athlete, runner)
        athlete.week_starts_on, athlete.created_at = 6, athlete.created_at - timedelta(days=60)
        for back in range(6):
            sessions.put_target(session, runner, monday - timedelta(days=7 * back), 2)
        sessions.put_target(session, runner, monday - timedelta(days=1), 2)
        log.done_now(session, tools, runner, prompt_id=None, size=Size.FULL, origin="page")

    assert "1 of 8 sessions, last 4 weeks" in main_text(browser.get("/progress"))


# --- settings without an hour ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("preferences", "sentence"),
    [
        ({"never_weekdays": list(range(7))}, "You keep every day free, so there is never a day to ask"),
        (
            {"quiet_from": time(7, 30), "quiet_until": time(7, 29)},
            "Your quiet hours leave no time to ask",
        ),
    ],
)
def test_settings_that_leave_no_hour_are_one_clear_sentence_on_both_pages(
    tools: Tools, runner: int, browser: Browser, preferences: dict[str, Any], sentence: str
) -> None:
    prefer(tools, runner, **preferences)

    assert sentence in main_text(browser.get("/"))
    assert sentence in main_text(browser.get("/you"))
