"""Times that never suit, on the You page: kept, changed, removed, and refused in one clear sentence."""

import json
from datetime import date, datetime, time
from typing import Any

import pytest

from service.domain.preferences import NeverHours
from service.pipeline.tools import Tools
from service.store import athletes, own
from service.store.tables import Athlete
from tests.browser import Browser, main_text
from tests.integration.test_pages_calendar import prefer

FORM: dict[str, Any] = {
    "target_per_week": "2",
    "weekday_slot": "18:30",
    "weekend_slot": "11:00",
    "quiet_from": "21:00",
    "quiet_until": "07:30",
    "max_minutes": "12",
    "units": "km",
    "language": "en",
    "week_starts_on": "0",
    "timezone": "Europe/Rome",
}
SHIFT = {"never_1_days": ["0", "1"], "never_1_from": "08:00", "never_1_until": "17:00"}
NIGHT = {"never_2_days": ["4"], "never_2_from": "19:00", "never_2_until": "05:00"}
KEPT = (
    NeverHours(frozenset({0, 1}), time(8), time(17)),
    NeverHours(frozenset({4}), time(19), time(5)),
)


@pytest.fixture
def browser(browser: Browser) -> Browser:
    browser.get("/you")
    return browser


def kept(tools: Tools, runner: int) -> tuple[NeverHours, ...]:
    with tools.store.read() as session:
        return athletes.preferences(session.get_one(Athlete, runner)).never_hours


def test_times_that_never_suit_are_kept_and_shown_with_one_row_to_fill(
    tools: Tools, runner: int, browser: Browser
) -> None:
    assert main_text(browser.get("/you")).count("Remove these times") == 0
    assert browser.post("/you", FORM | SHIFT | NIGHT).status_code == 303
    page = browser.get("/you")

    assert kept(tools, runner) == KEPT
    assert 'name="never_1_days" value="0" checked' in page.text
    assert 'name="never_1_days" value="2" checked' not in page.text
    assert 'id="never_2_from" name="never_2_from" type="time" value="19:00"' in page.text
    assert 'id="never_3_from" name="never_3_from" type="time" value=""' in page.text
    assert "never_4_from" not in page.text
    assert main_text(page).count("Remove these times") == 2


def test_a_page_full_of_times_offers_no_fifth(tools: Tools, runner: int, browser: Browser) -> None:
    rows = {
        f"never_{row}_{part}": value
        for row in range(1, 6)
        for part, value in {"days": ["6"], "from": f"{row + 10}:00", "until": f"{row + 10}:30"}.items()
    }
    browser.post("/you", FORM | rows)

    assert [hours.from_.hour for hours in kept(tools, runner)] == [11, 12, 13, 14]
    assert "never_5_from" not in browser.get("/you").text


def test_one_tap_removes_times_and_an_empty_row_is_none(tools: Tools, runner: int, browser: Browser) -> None:
    browser.post("/you", FORM | SHIFT | NIGHT)
    browser.post("/you", FORM | SHIFT | NIGHT | {"never_1_remove": "1"})
    assert kept(tools, runner) == KEPT[1:]

    browser.post("/you", FORM | {"never_1_days": [], "never_1_from": "", "never_1_until": ""})
    assert kept(tools, runner) == ()


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"never_1_days": []}, "never_1_days", "Please choose the days of these times."),
        ({"never_1_days": ["7", "x"]}, "never_1_days", "Please choose the days of these times."),
        ({"never_1_from": ""}, "never_1_from", "Please give an hour, such as 18:30."),
        ({"never_1_until": "late"}, "never_1_until", "Please give an hour, such as 18:30."),
        ({"never_1_until": "08:00"}, "never_1_until", "Please give two different hours."),
        (
            {"never_1_days": list("0123456"), "never_1_until": "21:00"},
            "never_1_until",
            "With these times no hour is left to ask on any day.",
        ),
    ],
)
def test_a_mistake_is_named_at_its_field_and_loses_nothing(
    tools: Tools, runner: int, browser: Browser, changes: dict[str, Any], field: str, sentence: str
) -> None:
    answer = browser.post("/you", FORM | SHIFT | NIGHT | changes)

    assert answer.status_code == 422
    assert sentence in main_text(answer)
    assert f'id="{field}-error"' in answer.text
    assert f'aria-describedby="{field}-error"' in answer.text
    assert 'name="never_2_days" value="4" checked' in answer.text
    assert 'name="never_2_from" type="time" value="19:00"' in answer.text
    assert kept(tools, runner) == ()


def test_a_mistake_in_the_second_row_is_marked_there_when_the_first_was_left_empty(browser: Browser) -> None:
    answer = browser.post("/you", FORM | NIGHT | {"never_2_until": ""})

    assert 'id="never_1_until-error"' in answer.text
    assert 'id="never_1_from" name="never_1_from" type="time" value="19:00"' in answer.text


def test_times_that_never_suit_go_along_with_the_runners_own_facts(
    tools: Tools, runner: int, browser: Browser
) -> None:
    browser.post("/you", FORM | NIGHT | {"never_2_days": ["5", "4"]})
    with tools.store.read() as session:
        (account,) = own.own_facts(session, runner)["athlete"]

    assert account["never_hours"] == [{"weekdays": [4, 5], "from": "19:00", "until": "05:00"}]
    assert json.loads(browser.get("/you/export.json").text)["athlete"][0]["never_hours"]


def test_stored_times_that_leave_no_hour_are_one_clear_sentence_on_both_pages(
    tools: Tools, runner: int, browser: Browser
) -> None:
    every_day = list(range(7))
    prefer(tools, runner, never_hours=[{"weekdays": every_day, "from": "07:00", "until": "22:00"}])

    for page in ("/", "/you"):
        assert "Quiet hours and times that never suit leave no time to ask" in main_text(browser.get(page))


def test_today_tells_of_hours_kept_free_and_when_they_end(
    tools: Tools, runner: int, browser: Browser, clock: Any
) -> None:
    clock.at = datetime(2030, 5, 8, 17, 0, tzinfo=clock.at.tzinfo)  # 19:00 on a Wednesday in Rome
    weekday = date(2030, 5, 8).weekday()
    prefer(tools, runner, never_hours=[{"weekdays": [weekday], "from": "18:00", "until": "20:15"}])
    text = main_text(browser.get("/"))

    assert "You keep these hours free" in text
    assert "20:15" in text
