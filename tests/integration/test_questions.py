"""What Today asks besides a session: one thing at a time, each once, answered by one tap."""

import re
from datetime import date, datetime, time, timedelta
from html import unescape
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from service.domain.calendar import Why
from service.domain.days import DayKind
from service.domain.effort import RunKind
from service.domain.planner import Size
from service.pipeline import log, situation, zones
from service.pipeline.tools import Tools
from service.ports import Lane
from service.store import connections, prompts
from service.store.tables import Athlete, Prompt, Question, StrengthSession
from tests.browser import Browser, main_text
from tests.builders import a_run
from tests.fakes import FakeChannel, FakeClock, FakeSource, RecordingWake
from tests.integration.stage import ROME, Stage, wall

LISBON = ZoneInfo("Europe/Lisbon")
TOKYO = ZoneInfo("Asia/Tokyo")
ASKED = re.compile(r'aria-labelledby="asked">.*?</section>', re.DOTALL)


@pytest.fixture
def stage(tools: Tools, runner: int, clock: FakeClock, source: FakeSource, channel: FakeChannel) -> Stage:
    """Wednesday 8 May, 08:00 in Rome; a quarter of a year known, the last run on Saturday."""
    stage = Stage(tools, clock, source, channel, runner)
    stage.read_history(weeks=14)
    return stage


def asked(browser: Browser, path: str = "/") -> str:
    """The card of the one question, in words; "" where there is none."""
    found = ASKED.findall(browser.get(path).text)
    assert len(found) <= 1
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", found[0].partition(">")[2])).split()) if found else ""


def stored(stage: Stage) -> dict[str, tuple[str, str | None]]:
    with stage.tools.store.read() as session:
        return {row.topic: (row.about, row.answer) for row in session.scalars(select(Question))}


def athlete(stage: Stage) -> Athlete:
    with stage.tools.store.read() as session:
        return session.get_one(Athlete, stage.runner)


def trained(stage: Stage, *days: str, hour: str = "12:30") -> None:
    """Sessions of the runner's own, at a wall hour in Rome."""
    with stage.write() as session:
        for day in days:
            at = datetime.fromisoformat(f"{day} {hour}").replace(tzinfo=ROME)
            session.add(
                StrengthSession(
                    athlete_id=stage.runner,
                    on=at.date(),
                    size="full",
                    started_at=at,
                    done_at=at + timedelta(minutes=12),
                    origin="page",
                )
            )


def pass_days(stage: Stage, days: int) -> None:
    """With a listing a day."""
    stage.pass_days(days, tick_h=24)


NOONS = ("2030-04-22", "2030-04-25", "2030-04-29", "2030-05-02")


def ignored(stage: Stage, *days: str, hour: str = "18:30") -> None:
    with stage.write() as session:
        for day in days:
            at = datetime.fromisoformat(f"{day} {hour}").replace(tzinfo=ROME)
            session.add(
                Prompt(
                    athlete_id=stage.runner,
                    local_on=at.date(),
                    size="full",
                    send_at=at,
                    valid_until=at + timedelta(hours=2),
                    state="expired",
                    sent_at=at,
                )
            )


def a_run_elsewhere(stage: Stage, zone: ZoneInfo = LISBON, hours_ago: float = 20, **of: Any) -> None:
    start = (stage.clock() - timedelta(hours=hours_ago)).astimezone(zone)
    run = a_run(km=10, minutes=44, hr=172, max_hr=188, start=f"{start:%Y-%m-%d %H:%M}", zone=zone.key, **of)
    stage.source.record([run])
    stage.event(run.id)
    stage.pass_time(minutes=5)


# --- another hour -----------------------------------------------------------------------------


def test_an_hour_of_ones_own_is_proposed_and_taken_over_with_one_tap(
    stage: Stage, browser: Browser, wake: RecordingWake
) -> None:
    trained(stage, *NOONS)
    assert asked(browser) == (
        "You mostly do it around 12:30 Ask at 12:30 on weekdays from now on? Ask at 12:30 Keep 18:30"
    )
    answer = browser.post("/questions/slot", {"slot": "weekday", "hour": "12:30", "answer": "yes"})
    stage.work()

    assert (answer.status_code, answer.location) == (303, "/")
    assert (athlete(stage).weekday_slot, athlete(stage).weekend_slot) == (time(12, 30), time(11))
    assert "Noted. On weekdays you are asked at 12:30 now." in main_text(browser.get("/"))
    assert asked(browser) == ""
    assert (stage.runner, Lane.LIVE) in wake.nudges
    stage.until("2030-05-10 23:00")
    assert {f"{row.sent_at.astimezone(ROME):%H:%M}" for row in stage.asked() if row.sent_at} == {"12:30"}


def test_an_hour_that_is_kept_is_not_proposed_again_for_eight_weeks(stage: Stage, browser: Browser) -> None:
    trained(stage, *NOONS)
    asked(browser)
    form = {"slot": "weekday", "hour": "12:30", "answer": "no"}
    browser.post("/questions/slot", form)
    browser.post("/questions/slot", form)

    assert athlete(stage).weekday_slot == time(18, 30)
    assert "Noted. 18:30 stays." in main_text(browser.get("/"))
    trained(stage, "2030-05-03", "2030-05-06", "2030-05-07", hour="12:50")  # a little later is no other hour
    assert asked(browser) == ""
    trained(stage, *(f"2030-06-{day}" for day in (10, 13, 17, 20, 24, 27)))
    stage.clock.tick(days=55)
    browser.sign_in(stage.runner)
    assert "12:30" not in asked(browser)
    stage.clock.tick(days=1)
    assert "Ask at 12:30" in asked(browser)


def test_another_hour_is_proposed_although_one_was_declined(stage: Stage, browser: Browser) -> None:
    trained(stage, *NOONS)
    asked(browser)
    browser.post("/questions/slot", {"slot": "weekday", "hour": "12:30", "answer": "no"})
    trained(stage, "2030-05-01", "2030-05-03", "2030-05-06", "2030-05-07", hour="09:00")
    assert "Ask at 09:00" in asked(browser)


def test_a_proposal_that_nobody_answers_goes_after_a_week(stage: Stage, browser: Browser) -> None:
    trained(stage, *NOONS)
    browser.get("/you")
    browser.post("/questions/no-runs", {"answer": "fine"})
    assert "12:30" in asked(browser)
    stage.clock.tick(days=6)
    assert "12:30" in asked(browser)
    stage.clock.tick(days=1)
    assert "12:30" not in asked(browser)


def test_a_proposal_that_no_longer_holds_changes_nothing(stage: Stage, browser: Browser) -> None:
    browser.get("/")
    answer = browser.post("/questions/slot", {"slot": "weekday", "hour": "03:00", "answer": "yes"})
    assert answer.status_code == 303
    assert athlete(stage).weekday_slot == time(18, 30)
    assert stored(stage) == {}


def test_after_three_prompts_without_an_answer_another_hour_is_offered(
    stage: Stage, browser: Browser
) -> None:
    ignored(stage, "2030-04-30", "2030-05-02", "2030-05-07")
    assert asked(browser) == (
        "Does 18:30 suit you on weekdays? The last prompts at that hour stayed without an answer. "
        "Another hour may fit better. Choose another hour Keep 18:30"
    )
    answer = browser.post("/questions/slot", {"slot": "weekday", "hour": "", "answer": "yes"})
    assert answer.location == "/you#when"
    assert 'id="when"' in browser.get("/you").text
    assert asked(browser) == ""
    ignored(stage, "2030-05-06")
    assert asked(browser) == ""


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("slot", {"slot": "weekday", "hour": "12:30", "answer": "perhaps"}),
        ("slot", {"slot": "holiday", "hour": "12:30", "answer": "yes"}),
        ("no-runs", {"answer": "bored"}),
        ("zone", {"zone": "Europe/Lisbon"}),
    ],
)
def test_an_answer_that_is_none_is_refused(
    stage: Stage, browser: Browser, path: str, form: dict[str, str]
) -> None:
    browser.get("/")
    assert browser.post(f"/questions/{path}", form).status_code == 400
    assert stored(stage) == {}


def test_nobody_answers_for_somebody_else(app: Flask, stage: Stage) -> None:
    stranger = Browser(app)
    stranger.get("/connect")
    for path in ("slot", "no-runs", "zone"):
        assert stranger.post(f"/questions/{path}", {"answer": "yes"}).status_code == 303
    assert stored(stage) == {}


# --- elsewhere --------------------------------------------------------------------------------


def test_a_run_abroad_asks_whose_hours_count_and_yes_moves_them(stage: Stage, browser: Browser) -> None:
    a_run_elsewhere(stage)
    assert asked(browser) == (
        "You seem to be in Lisbon Ask at your hours there? Yes, from now on No, stay with Rome"
    )
    assert athlete(stage).timezone == "Europe/Rome"  # not before it is confirmed
    assert "Lisbon" not in str(stored(stage))
    form = {"zone": "Europe/Lisbon", "answer": "yes"}
    browser.post("/questions/zone", form)
    moved_at = stage.clock()
    stage.clock.tick(minutes=1)
    browser.post("/questions/zone", form)  # a second tap
    stage.work()

    row = athlete(stage)
    assert (row.timezone, row.former_timezone, row.moved_at) == ("Europe/Lisbon", "Europe/Rome", moved_at)
    assert "Noted. Your hours are those of Lisbon now." in main_text(browser.get("/"))
    assert asked(browser) == ""


def test_a_zone_that_was_declined_is_not_asked_about_again_but_another_is(
    stage: Stage, browser: Browser
) -> None:
    a_run_elsewhere(stage)
    browser.get("/")
    browser.post("/questions/zone", {"zone": "Europe/Lisbon", "answer": "no"})

    assert "Noted. Your hours stay those of Rome." in main_text(browser.get("/"))
    assert athlete(stage).timezone == "Europe/Rome"
    assert asked(browser) == asked(browser, "/?zone=Europe/Lisbon") == ""
    assert "Lisbon" not in str(stored(stage))
    a_run_elsewhere(stage, TOKYO, hours_ago=4, sport="Walk")
    assert "You seem to be in Tokyo" in asked(browser)


@pytest.mark.parametrize("of", [{"trainer": True}, {"manual": True}, {"sport": "VirtualRun"}])
def test_what_was_recorded_at_no_place_moves_nobody(
    stage: Stage, browser: Browser, of: dict[str, Any]
) -> None:
    a_run_elsewhere(stage, TOKYO, **of)
    assert asked(browser) == ""


def test_a_run_abroad_tells_for_two_days(stage: Stage, browser: Browser) -> None:
    a_run_elsewhere(stage)
    stage.clock.tick(hours=28)
    assert "Lisbon" in asked(browser)
    stage.clock.tick(hours=1)
    assert "Lisbon" not in asked(browser)


def test_the_phone_tells_where_the_runner_is(stage: Stage, browser: Browser) -> None:
    def version(path: str) -> str:
        return str((browser.get(path).json or {})["version"])

    assert asked(browser) == asked(browser, "/?zone=Europe/Vienna") == ""  # the same clocks
    assert version("/today/state") == version("/today/state?zone=Europe/Vienna")
    assert "You seem to be in Lisbon" in asked(browser, "/?zone=Europe/Lisbon")
    page = browser.get("/?zone=Europe/Lisbon").text
    shown = re.search(r'data-version="(\w+)"', page)
    assert shown is not None
    assert shown[1] == version("/today/state?zone=Europe/Lisbon") != version("/today/state")
    browser.post("/questions/zone", {"zone": "Europe/Lisbon", "answer": "yes"})
    assert athlete(stage).timezone == "Europe/Lisbon"
    a_run_elsewhere(stage, ROME, hours_ago=2)  # from before the flight
    assert asked(browser, "/?zone=Europe/Lisbon") == ""


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "", "Europe", "x" * 500])
def test_an_unknown_zone_is_told_in_one_sentence(stage: Stage, browser: Browser, name: str) -> None:
    assert asked(browser, f"/?zone={name}") == ""
    assert browser.get(f"/today/state?zone={name}").status_code == 200
    for answer in ("yes", "no"):
        assert browser.post("/questions/zone", {"zone": name, "answer": answer}).status_code == 303
        assert "This time zone is not known. Choose yours under You." in main_text(browser.get("/"))
    assert athlete(stage).timezone == "Europe/Rome"


def test_while_a_move_is_only_seen_no_prompt_comes_at_night_there(stage: Stage, browser: Browser) -> None:
    a_run_elsewhere(stage, TOKYO, hours_ago=22)
    stage.until("2030-05-08 23:59")
    assert stage.asked() == []  # 18:30 in Rome is 01:30 in Tokyo
    browser.get("/")
    browser.post("/questions/zone", {"zone": "Asia/Tokyo", "answer": "no"})
    stage.until("2030-05-09 23:59")
    assert [wall(row.sent_at) for row in stage.asked()] == ["Thu 18:30"]


def test_for_a_day_after_a_move_the_quiet_hours_of_both_zones_hold(stage: Stage) -> None:
    def both() -> tuple[ZoneInfo, ...]:
        with stage.tools.store.read() as session:
            known = situation.load(session, stage.runner, stage.tools, stage.clock())
            return zones.also_quiet_in(session, known, stage.tools)

    assert both() == ()
    with stage.write() as session:
        zones.move(session, stage.tools, stage.runner, "Asia/Tokyo")
    assert both() == (ROME,)
    stage.until("2030-05-09 07:59", ROME)
    assert both() == (ROME,)
    stage.until("2030-05-09 08:00", ROME)
    assert both() == ()


def test_an_evening_at_home_seen_from_a_new_zone_proposes_no_hour(stage: Stage, browser: Browser) -> None:
    trained(stage, *NOONS, hour="18:35")
    with stage.write() as session:
        zones.move(session, stage.tools, stage.runner, "Europe/London")
    assert asked(browser) == ""


# --- no run for days ----------------------------------------------------------------------------


def test_after_six_days_without_a_run_today_asks_once_why(stage: Stage, browser: Browser) -> None:
    stage.until("2030-05-09 12:00")
    assert asked(browser) == ""
    stage.until("2030-05-10 12:00")
    assert asked(browser) == (
        "No run for 6 days Holiday, ill, hurt, or all fine? Holiday Ill Hurt All fine"
    )
    browser.post("/questions/no-runs", {"answer": "fine"})
    assert "Good to know. Rest days suit the routine well." in main_text(browser.get("/"))
    assert asked(browser) == ""
    pass_days(stage, 5)
    assert "No run" not in asked(browser)
    stage.finish_run(minutes_ago=200)
    pass_days(stage, 6)
    assert "No run for 6 days" in asked(browser)


def test_left_without_an_answer_it_goes_after_a_week_and_does_not_come_back(
    stage: Stage, browser: Browser
) -> None:
    stage.until("2030-05-10 08:00")
    assert "No run for 6 days" in asked(browser)
    pass_days(stage, 6)
    assert "No run for 12 days" in asked(browser)
    pass_days(stage, 1)
    assert "No run" not in asked(browser)
    pass_days(stage, 30)
    assert "No run" not in asked(browser)


@pytest.mark.parametrize("why", [Why.ILL, Why.INJURED])
def test_ill_or_hurt_begins_a_pause_today(stage: Stage, browser: Browser, why: Why) -> None:
    stage.until("2030-05-10 12:00")
    browser.get("/")
    browser.post("/questions/no-runs", {"answer": why.value})
    browser.post("/questions/no-runs", {"answer": why.value})
    stage.work()

    with stage.tools.store.read() as session:
        away = situation.load(session, stage.runner, stage.tools, stage.clock()).away
    assert [(each.why, each.first_on, each.last_on) for each in away] == [(why, date(2030, 5, 10), None)]
    assert 'data-state="paused"' in browser.get("/").text
    assert asked(browser) == ""


def test_a_holiday_leads_to_its_days(stage: Stage, browser: Browser) -> None:
    stage.until("2030-05-10 12:00")
    browser.get("/")
    answer = browser.post("/questions/no-runs", {"answer": "holiday"})
    page = browser.get("/you").text

    assert answer.location == "/you#pause"
    assert re.search(r'value="holiday" checked', page)
    assert re.search(r'name="away_first_on" type="date" value="2030-05-10"', page)
    assert asked(browser) == ""


def test_a_time_away_or_a_connection_that_failed_asks_nothing(stage: Stage, browser: Browser) -> None:
    with stage.write() as session:
        log.go_away(session, stage.tools, stage.runner, Why.EASE_OFF, date(2030, 5, 8), date(2030, 5, 12))
    pass_days(stage, 9)
    assert asked(browser) == ""
    pass_days(stage, 1)
    assert "No run for 14 days" in asked(browser)
    with stage.write() as session:
        connections.note_trouble(session, stage.runner, "unauthorized", stage.clock())
    assert asked(browser) == ""


# --- one at a time ------------------------------------------------------------------------------


def test_of_several_questions_the_most_pressing_comes_first(stage: Stage, browser: Browser) -> None:
    stage.until("2030-05-10 12:00")
    trained(stage, *NOONS)
    assert "Lisbon" in asked(browser, "/?zone=Europe/Lisbon")
    assert "No run for 6 days" in asked(browser)
    browser.post("/questions/no-runs", {"answer": "fine"})
    assert "Ask at 12:30" in asked(browser)


def test_a_prompt_comes_before_any_question(stage: Stage, browser: Browser) -> None:
    trained(stage, *NOONS)
    stage.finish_run(minutes_ago=2)
    stage.pass_time(minutes=15)
    assert stage.standing() is not None
    assert asked(browser) == ""
    assert stored(stage) == {}  # what is not shown was not asked


def test_a_run_that_nobody_can_tell_is_asked_about_before_any_question(
    stage: Stage, browser: Browser
) -> None:
    a_run_elsewhere(stage, LISBON)
    a_run_elsewhere(stage, TOKYO, hours_ago=4)
    assert "Was this run easy?" in main_text(browser.get("/"))
    assert asked(browser) == ""


def test_questions_are_never_sent(stage: Stage, browser: Browser) -> None:
    trained(stage, *NOONS)
    stage.add_channel()
    asked(browser)
    stage.until("2030-05-20 12:00")
    texts = " ".join(f"{message.title} {message.text}" for message in stage.channel.sent)
    assert texts
    assert "12:30" not in texts
    assert "No run" not in texts


# --- months without a run -------------------------------------------------------------------------


def obey(stage: Stage, days: int) -> list[date]:
    """At eight every evening the runner does what stands on the page; the days of the sessions."""
    stage.until("2030-05-08 20:00")
    done_on = []
    for _day in range(days):
        standing = stage.standing()
        if standing is not None:
            done_on.append(standing.local_on)
            with stage.write() as session:
                log.done_now(
                    session, stage.tools, stage.runner, prompt_id=standing.id, size=Size.FULL, origin="page"
                )
        pass_days(stage, 1)
    return done_on


def test_ninety_days_without_a_run_leave_a_plain_habit_tool(stage: Stage, browser: Browser) -> None:
    done_on = obey(stage, 90)
    by_week = [sum(on.isocalendar().week == week for on in done_on) for week in range(20, 31)]
    assert by_week == [2] * 11
    assert min(later - earlier for earlier, later in pairwise(done_on)) >= timedelta(days=2)

    while (standing := stage.standing()) is None:
        pass_days(stage, 1)
    with stage.tools.store.read() as session:
        why = prompts.reason(session, standing.id, stage.clock())
    assert why is not None
    assert (why.trigger, why.wording) == ("rest_day", "certain")
    browser.sign_in(stage.runner)
    assert "No run so far; from 18:30 on that makes a rest day." in main_text(browser.get("/"))
    for path in ("/", "/progress", "/you"):
        assert not re.search(r"missed|failed|should have|too long|skipped", main_text(browser.get(path)))


def test_the_first_run_after_months_is_judged_and_followed_by_a_prompt(stage: Stage) -> None:
    obey(stage, 100)
    stage.until("2030-08-20 09:00")
    run_id = stage.finish_run(minutes_ago=5)
    stage.pass_time(minutes=20)
    with stage.tools.store.read() as session:
        known = situation.load(session, stage.runner, stage.tools, stage.clock())
    (item,) = [item for item in known.judged if item.activity.id == run_id]
    assert item.verdict is not None
    assert item.verdict.kind in (RunKind.EASY, RunKind.UNSURE)
    assert known.days[known.today].kind in (DayKind.RUN_EASY, DayKind.RUN_UNSURE)
