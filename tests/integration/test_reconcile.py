"""Guided, recorded by the watch, logged by hand: one session, and unsure means asked once."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from service.domain.days import DayKind
from service.domain.planner import Size
from service.pipeline import log, situation
from service.pipeline.purge import purge
from service.pipeline.tools import Tools
from service.store import connections
from service.store.own import own_facts
from service.store.tables import Companion, Question, StrengthSession
from tests.browser import Browser, main_text
from tests.builders import an_activity
from tests.fakes import FakeChannel, FakeClock, FakeSource
from tests.integration.stage import ROME, Stage
from tests.integration.test_questions import asked

WEDNESDAY = date(2030, 5, 8)
WAS_IT = "Was this your session?"


@pytest.fixture
def stage(tools: Tools, runner: int, clock: FakeClock, source: FakeSource, channel: FakeChannel) -> Stage:
    """Wednesday 8 May, 08:00 in Rome; a quarter of a year known, the last run on Saturday."""
    stage = Stage(tools, clock, source, channel, runner)
    stage.read_history(weeks=14)
    return stage


def recorded(stage: Stage, sport: str = "PhysicalTherapy", *, ended: str = "18:19", **of: Any) -> int:
    """The watch saves it, and it is read; the id."""
    minutes = of.pop("minutes", 14)
    end = datetime.fromisoformat(f"2030-05-08 {ended}")
    activity = an_activity(sport, minutes=minutes, start=f"{end - timedelta(minutes=minutes)}", **of)
    stage.until(f"2030-05-08 {ended}")
    stage.source.record([activity])
    stage.event(activity.id)
    stage.pass_time(minutes=5)
    return activity.id


def guided(stage: Stage, begun: str, ended: str) -> int:
    stage.until(f"2030-05-08 {begun}")
    with stage.write() as session:
        row = log.start(
            session, stage.tools, stage.runner, prompt_id=None, size=Size.FULL, origin="page"
        )
        session_id = row.id
    stage.until(f"2030-05-08 {ended}")
    with stage.write() as session:
        log.finish(session, stage.tools, stage.runner, session_id)
    stage.work()
    return session_id


def prompted(stage: Stage) -> None:
    """After an easy run that ended at 18:00."""
    stage.until("2030-05-08 18:00")
    stage.finish_run()
    stage.until("2030-05-08 18:38")
    assert stage.standing() is not None


def about(browser: Browser) -> str:
    return browser.get("/").text.partition('name="about" value="')[2].partition('"')[0]


def answer(stage: Stage, browser: Browser, said: str) -> None:
    found = about(browser)
    assert found, "nothing is asked"
    browser.post("/questions/recorded", {"about": found, "answer": said})
    stage.work()


def rows(stage: Stage) -> list[StrengthSession]:
    with stage.tools.store.read() as session:
        return list(session.scalars(select(StrengthSession).order_by(StrengthSession.id)))


def kind_of_day(stage: Stage) -> DayKind:
    with stage.tools.store.read() as session:
        known = situation.load(session, stage.runner, stage.tools, stage.clock())
    return known.days[WEDNESDAY].kind


# --- nothing is asked -------------------------------------------------------------------------


@pytest.mark.parametrize("ended", ["18:44", "18:57"])
def test_a_guided_session_that_the_watch_recorded_too_is_one(
    stage: Stage, browser: Browser, ended: str
) -> None:
    """At the same time, and 20 minutes after it began."""
    guided(stage, "18:29", "18:42")
    recorded(stage, "WeightTraining", minutes=28, ended=ended)

    assert asked(browser) == ""
    assert len(rows(stage)) == 1
    assert kind_of_day(stage) is not DayKind.LEGS


def test_a_gym_hour_is_strength_work_of_its_own(stage: Stage, browser: Browser) -> None:
    recorded(stage, "WeightTraining", minutes=62)
    assert asked(browser) == ""
    assert kind_of_day(stage) is DayKind.LEGS
    guided(stage, "18:29", "18:42")
    assert kind_of_day(stage) is DayKind.LEGS


@pytest.mark.parametrize("of", [{"sport": "Yoga"}, {"external_id": "afterrun-1f"}], ids=["yoga", "echo"])
def test_yoga_and_our_own_echo_are_not_asked_about(stage: Stage, browser: Browser, of: Any) -> None:
    before = kind_of_day(stage)
    recorded(stage, ended="08:30", **of)
    assert asked(browser) == ""
    assert kind_of_day(stage) is before


def test_a_day_with_a_session_is_not_asked_for_another(stage: Stage, browser: Browser) -> None:
    guided(stage, "09:00", "09:12")
    recorded(stage)
    assert asked(browser) == ""


# --- asked once -------------------------------------------------------------------------------


def test_therapy_that_nobody_told_us_of_is_asked_about_and_counted(stage: Stage, browser: Browser) -> None:
    recorded(stage)
    assert asked(browser) == (
        f"{WAS_IT} The watch recorded 14 min at 18:05. Yes, a whole one Yes, a short one No"
    )
    answer(stage, browser, "full")

    (row,) = rows(stage)
    assert (row.on, row.size, row.origin) == (WEDNESDAY, "full", "watch")
    assert row.done_at is not None
    page = main_text(browser.get("/"))
    assert "Noted. It counts as a session." in page
    assert WAS_IT not in page
    assert 'data-state="done"' in browser.get("/").text
    assert stage.standing() is None


def test_a_short_one_counts_half(stage: Stage, browser: Browser) -> None:
    recorded(stage)
    answer(stage, browser, "mini")
    with stage.tools.store.read() as session:
        assert situation.load(session, stage.runner, stage.tools, stage.clock()).credit == 0.5


def test_no_is_no_for_good(stage: Stage, browser: Browser) -> None:
    recorded(stage)
    answer(stage, browser, "no")
    assert rows(stage) == []
    stage.event(next(iter(stage.source.history)))
    stage.pass_days(1)
    browser.sign_in(stage.runner)
    assert asked(browser) == ""


def test_two_taps_are_one_session(stage: Stage, browser: Browser) -> None:
    recorded(stage)
    form = {"about": about(browser), "answer": "full"}
    assert [browser.post("/questions/recorded", form).status_code for _tap in "12"] == [303, 303]
    assert len(rows(stage)) == 1


def test_what_cannot_be_an_answer_is_refused(stage: Stage, browser: Browser) -> None:
    recorded(stage)
    browser.get("/")
    assert browser.post("/questions/recorded", {"answer": "perhaps"}).status_code == 400
    browser.post("/questions/recorded", {"about": "f" * 64, "answer": "full"})
    assert rows(stage) == []


def test_strength_work_while_a_prompt_stands_is_asked_about_beside_it(stage: Stage, browser: Browser) -> None:
    recorded(stage, "WeightTraining", minutes=12, ended="07:50")
    assert asked(browser) == ""  # at an hour at which nothing was wanted
    prompted(stage)
    recorded(stage, "WeightTraining", minutes=12, ended="18:50")

    assert 'data-state="prompt"' in browser.get("/").text
    assert "12 min at 18:38" in asked(browser)
    answer(stage, browser, "full")
    assert stage.standing() is None


def test_yesterdays_is_asked_about_and_no_older_one(stage: Stage, browser: Browser) -> None:
    recorded(stage)
    stage.until("2030-05-09 09:00")
    assert "14 min on Wednesday at 18:05" in asked(browser)
    stage.until("2030-05-10 09:00")
    assert WAS_IT not in asked(browser)


def test_without_its_hour_only_the_day_is_said(stage: Stage, browser: Browser) -> None:
    recorded(stage, ended="08:14", start_hidden=True)
    assert "The watch recorded 14 min today." in asked(browser)


# --- afterwards -------------------------------------------------------------------------------


def test_deleted_later_at_strava_the_session_stays(stage: Stage, browser: Browser) -> None:
    activity_id = recorded(stage)
    answer(stage, browser, "full")
    stage.delete_run(activity_id)
    stage.pass_time(minutes=5)

    assert [row.undone_at for row in rows(stage)] == [None]
    with stage.tools.store.read() as session:
        assert session.scalars(select(Companion)).all() == []


def test_deleted_before_the_answer_nothing_is_asked_any_more(stage: Stage, browser: Browser) -> None:
    activity_id = recorded(stage)
    found = about(browser)
    stage.delete_run(activity_id)
    stage.pass_time(minutes=5)
    assert asked(browser) == ""
    browser.post("/questions/recorded", {"about": found, "answer": "full"})
    assert rows(stage) == []


def test_an_undone_one_is_not_asked_about_again(stage: Stage, browser: Browser) -> None:
    recorded(stage)
    answer(stage, browser, "full")
    browser.get("/")
    browser.post(f"/sessions/{rows(stage)[0].id}/undo")
    assert rows(stage)[0].undone_at is not None
    assert asked(browser) == ""


def test_nothing_of_the_recording_is_kept_with_the_session(stage: Stage, browser: Browser) -> None:
    """Neither its length nor its hour: 14 minutes from 18:05 to 18:19."""
    activity_id = recorded(stage)
    answer(stage, browser, "full")
    (row,) = rows(stage)
    assert row.started_at.astimezone(ROME).strftime("%H:%M") not in ("18:05", "18:19")
    with stage.tools.store.read() as session:
        facts = f"{own_facts(session, stage.runner)}"
    assert str(activity_id) not in facts
    assert "18:05" not in facts
    stage.source.history.clear()
    stage.clock.tick(days=7)
    purge(stage.tools)
    with stage.tools.store.read() as session:
        assert session.scalars(select(Companion)).all() == []
    assert len(rows(stage)) == 1


def test_it_is_in_no_message(stage: Stage, browser: Browser) -> None:
    stage.add_channel()
    prompted(stage)
    recorded(stage, "WeightTraining", minutes=12, ended="18:50")
    answer(stage, browser, "full")
    stage.pass_days(1)
    said = [*stage.channel.sent, *stage.channel.changes]
    assert said
    assert not [message for message in said if "watch" in f"{message}" or "18:38" in f"{message}"]


def test_a_withdrawn_connection_takes_the_companions_along(stage: Stage, browser: Browser) -> None:
    recorded(stage)
    answer(stage, browser, "no")
    with stage.write() as session:
        connections.wipe(session, stage.runner)
    with stage.tools.store.read() as session:
        assert session.scalars(select(Companion)).all() == []
        assert [row.answer for row in session.scalars(select(Question))] == ["no"]
