"""What a runner meets after a session that hurt: rest, one question, the page of care, and "fine again"."""

import re
from datetime import date

import pytest
from flask import Flask

from service.domain.calendar import Away, Why
from service.domain.pain import Action, Gate
from service.domain.planner import Size
from service.pipeline import log, pain, situation
from service.pipeline.tools import Tools
from service.store import athletes, calendar, sessions
from service.store.tables import CheckIn, SetResult, Skipped, StrengthSession
from service.store.tables import Question as QuestionRow
from tests.browser import Browser, main_text
from tests.fakes import FakeChannel, FakeClock, FakeSource
from tests.integration.stage import Stage

WED, THU, FRI, SAT = (date(2030, 5, number) for number in (8, 9, 10, 11))


@pytest.fixture
def stage(tools: Tools, runner: int, clock: FakeClock, source: FakeSource, channel: FakeChannel) -> Stage:
    """Wednesday 08:00 in Rome, with ten weeks of history."""
    stage = Stage(tools, clock, source, channel, runner)
    stage.add_channel()
    stage.read_history()
    return stage


def session_that_felt(
    stage: Stage,
    of_ten: int | None = None,
    *,
    in_a_set: int | None = None,
    left_out: str = "",
    ended: str = "done",
) -> tuple[int, Gate]:
    """A session done now, as its result would be stored; its id, and what it asks for."""
    with stage.write() as session:
        row = log.start(session, stage.tools, stage.runner, prompt_id=None, size=Size.FULL, origin="page")
        row.pain, row.ended = of_ten, ended
        if in_a_set is not None:
            session.add(
                SetResult(
                    session_id=row.id, athlete_id=stage.runner, exercise="clamshell", level=1, number=1,
                    side="left", reps=8, pain=in_a_set,
                )
            )  # fmt: skip
        if left_out:
            session.add(
                Skipped(session_id=row.id, athlete_id=stage.runner, exercise="clamshell", reason=left_out)
            )
        log.finish(session, stage.tools, stage.runner, row.id)
        found = pain.after_result(session, stage.tools, stage.runner, row)
        session_id = row.id
    stage.work()
    return session_id, found


def check_in(stage: Stage, session_id: int, answer: pain.Morning) -> bool:
    with stage.write() as session:
        noted = pain.check_in(session, stage.tools, stage.runner, session_id, answer)
    stage.work()
    return noted


def undo(stage: Stage, session_id: int) -> None:
    with stage.write() as session:
        assert log.undo(session, stage.tools, stage.runner, session_id)
    stage.work()


def away(stage: Stage) -> tuple[Away, ...]:
    with stage.tools.store.read() as session:
        return tuple(calendar.away(session, stage.runner, WED))


def gate(stage: Stage) -> Gate:
    with stage.tools.store.read() as session:
        known = situation.load(session, stage.runner, stage.tools, stage.clock())
        return pain.gate_of(session, stage.tools, known)


def shown(stage: Stage, browser: Browser) -> str:
    browser.sign_in(stage.runner)
    return main_text(browser.get("/"))


def state(browser: Browser) -> str:
    found = re.search(r'data-state="(\w+)"', browser.get("/").text)
    assert found is not None
    return found[1]


# --- what a session asks for ----------------------------------------------------------------------


def test_where_the_pain_was_told_is_all_the_same(stage: Stage) -> None:
    assert session_that_felt(stage)[1].action is Action.GO_ON
    stage.pass_time(hours=48)
    assert session_that_felt(stage, left_out="time")[1].action is Action.GO_ON
    stage.pass_time(hours=48)
    assert session_that_felt(stage, left_out="pain")[1].action is Action.EASE
    stage.pass_time(hours=48)
    assert session_that_felt(stage, 1)[1].action is Action.GO_ON
    stage.pass_time(hours=48)
    assert session_that_felt(stage, 1, in_a_set=3)[1].action is Action.EASE
    assert away(stage) == ()


def test_two_that_hurt_in_a_row_rest_for_two_days_and_end_by_themselves(
    stage: Stage, browser: Browser
) -> None:
    session_that_felt(stage, 3)
    stage.until("2030-05-10 08:00")
    _, found = session_that_felt(stage, 4)

    assert found.action is Action.PAUSE
    assert away(stage) == (Away(FRI, date(2030, 5, 12), Why.FLARE),)
    text = shown(stage, browser)
    assert "Let it settle first" in text
    assert "It hurt in 2 sessions in a row, so prompts rest." in text
    assert "Prompts begin again on Monday, 13 May." in text
    assert "Fine again" not in text
    assert "Do it anyway" not in text
    asked = len(stage.asked())
    stage.until("2030-05-12 23:00")
    assert len(stage.asked()) == asked
    stage.until("2030-05-13 08:00")
    assert state(browser) != "paused"


def test_three_within_two_weeks_should_be_looked_at(stage: Stage, browser: Browser) -> None:
    for of_ten in (3, 0, 3, 0):
        assert session_that_felt(stage, of_ten)[1].action in (Action.EASE, Action.GO_ON)
        stage.pass_time(hours=48)
    _, found = session_that_felt(stage, 3)

    assert found.action is Action.REFER
    assert "Please have it looked at by a physio or doctor." in shown(stage, browser)


def test_strong_pain_silences_until_the_runner_says_that_it_is_fine(stage: Stage, browser: Browser) -> None:
    _, found = session_that_felt(stage, 7, ended="pain")

    assert found.action is Action.STOP
    assert away(stage) == (Away(WED, None, Why.FLARE),)
    text = shown(stage, browser)
    assert state(browser) == "paused"
    assert "Pain of 7 out of 10 in a session: prompts rest." in text
    assert "you can say so here: from 10 May, 08:00 on." in text
    assert "Nice work" not in text
    assert "Fine again" not in text
    assert "When to have it looked at" in text
    assert stage.silence()[0].rule == "prompt.flare"

    asked = len(stage.asked())
    stage.until("2030-05-15 08:00")
    assert len(stage.asked()) == asked
    text = shown(stage, browser)
    assert "7 days without prompts. Still hurt?" in text
    assert "Still hurts Fine again" in text


def test_the_question_whether_it_still_hurts_comes_once(stage: Stage, browser: Browser) -> None:
    session_that_felt(stage, 7)
    stage.until("2030-05-15 08:00")
    (flare,) = away(stage)
    shown(stage, browser)
    browser.post(f"/you/pause/{flare.id}/still")
    text = shown(stage, browser)

    assert "Still hurt?" not in text
    assert "Fine again" in text
    assert state(browser) == "paused"


def test_fine_again_too_early_is_refused_with_its_hour(stage: Stage, browser: Browser) -> None:
    session_that_felt(stage, 7)
    stage.until("2030-05-09 20:00")
    shown(stage, browser)
    answer = browser.post("/care/fine")

    assert answer.status_code == 303
    assert "Not yet: it should be at 0 to 2 out of 10 for a while first." in shown(stage, browser)
    assert away(stage) == (Away(WED, None, Why.FLARE),)


def test_a_morning_no_better_moves_the_hour_on(stage: Stage) -> None:
    session_id, _ = session_that_felt(stage, 7)
    before = gate(stage).fine_from
    stage.until("2030-05-09 09:00")
    assert check_in(stage, session_id, "same")
    after = gate(stage).fine_from

    assert before is not None
    assert after is not None
    assert (after - before).total_seconds() == 24 * 3600


def test_fine_again_ends_it_and_the_days_stay_out_of_the_count(stage: Stage, browser: Browser) -> None:
    session_that_felt(stage, 7)
    stage.until("2030-05-10 09:00")
    shown(stage, browser)
    browser.post("/care/fine")
    stage.work()
    assert away(stage) == (Away(WED, SAT, Why.FLARE),)  # three days in all
    assert "Prompts begin again on Sunday, 12 May." in shown(stage, browser)
    browser.post("/care/fine")
    assert away(stage) == (Away(WED, SAT, Why.FLARE),)

    stage.until("2030-05-12 12:00")
    assert state(browser) != "paused"
    assert gate(stage).eases


def test_fine_again_after_a_week_ends_it_at_once(stage: Stage, browser: Browser) -> None:
    session_that_felt(stage, 7)
    stage.until("2030-05-15 09:00")
    shown(stage, browser)
    browser.post("/care/fine")
    stage.work()

    assert away(stage) == (Away(WED, date(2030, 5, 14), Why.FLARE),)
    assert state(browser) != "paused"
    with stage.write() as session:  # whatever is looked at anew
        row = sessions.done_rows(session, stage.runner, WED)[-1]
        pain.after_result(session, stage.tools, stage.runner, row)
    assert away(stage) == (Away(WED, date(2030, 5, 14), Why.FLARE),)


def test_a_flare_is_not_ended_as_a_pause_is(stage: Stage, browser: Browser) -> None:
    session_that_felt(stage, 7)
    (flare,) = away(stage)
    browser.sign_in(stage.runner)
    page = browser.get("/you")
    assert "Resting, since Wed 8 May" in main_text(page)
    assert f"/you/pause/{flare.id}/end" not in page.text
    browser.post(f"/you/pause/{flare.id}/end")
    assert away(stage) == (flare,)

    for why in ("flare", "sore"):
        assert browser.post("/you/pause", {"away_why": why}).status_code == 422


def test_a_session_taken_back_takes_its_rest_along(stage: Stage, browser: Browser) -> None:
    session_id, _ = session_that_felt(stage, 7)
    assert "That was a mistake: take it back" in shown(stage, browser)
    undo(stage, session_id)

    assert away(stage) == ()
    assert gate(stage).action is Action.GO_ON
    assert state(browser) != "paused"


def test_the_session_after_one_that_hurt_is_easier_and_says_why(stage: Stage) -> None:
    session_that_felt(stage, 0)
    stage.pass_time(hours=48)
    session_that_felt(stage, 3)
    stage.pass_time(hours=48)
    eased_id, _ = session_that_felt(stage, 0)
    with stage.tools.store.read() as session:
        first, _, eased = sessions.done_rows(session, stage.runner, WED)
    assert eased.id == eased_id
    assert eased.prescription["lighter"] == "pain"
    reps = [[item["reps"] for item in row.prescription["items"]] for row in (first, eased)]
    assert reps[1] == [5, 5, 5, 5]  # half of 2 x 10, of which twelve minutes held less
    assert min(reps[0]) > 5


def test_a_prompt_that_waits_is_taken_back_when_it_hurts(stage: Stage) -> None:
    stage.until("2030-05-09 18:35")
    standing = stage.standing()
    assert standing is not None
    with stage.write() as session:
        row = log.start(session, stage.tools, stage.runner, prompt_id=None, size=Size.FULL, origin="page")
        row.pain, row.ended = 8, "pain"
        pain.after_result(session, stage.tools, stage.runner, row)
    assert stage.standing() is None


def test_the_same_result_twice_changes_nothing(stage: Stage) -> None:
    session_id, found = session_that_felt(stage, 7)
    (flare,) = away(stage)
    with stage.write() as session:
        row = session.get_one(StrengthSession, session_id)
        assert pain.after_result(session, stage.tools, stage.runner, row) == found
    assert [each.id for each in away(stage)] == [flare.id]


# --- the morning after ----------------------------------------------------------------------------


def test_the_morning_after_is_asked_once_and_only_on_the_page(stage: Stage, browser: Browser) -> None:
    session_id, _ = session_that_felt(stage, 3)
    assert "Knee after yesterday?" not in shown(stage, browser)
    sent = [message.title for message in stage.channel.sent]
    stage.until("2030-05-09 08:00")
    text = shown(stage, browser)
    assert "Knee after yesterday?" in text
    assert "Better Same Worse" in text
    browser.post("/checkins", {"session_id": str(session_id), "answer": "better"})
    text = shown(stage, browser)

    assert "Good to know." in text
    assert "Knee after yesterday?" not in text
    assert not check_in(stage, session_id, "worse")
    with stage.tools.store.read() as session:
        row = session.get_one(CheckIn, session_id)
        assert (row.on, row.answer) == (THU, "better")
    assert [message.title for message in stage.channel.sent if "nee" in message.title] == []
    assert sent == [message.title for message in stage.channel.sent][: len(sent)]


def test_a_session_that_did_not_hurt_is_not_asked_about(stage: Stage, browser: Browser) -> None:
    session_that_felt(stage, 2)
    stage.until("2030-05-09 08:00")
    assert "Knee after yesterday?" not in shown(stage, browser)


def test_a_worse_morning_after_two_that_hurt_makes_them_two_in_a_row(stage: Stage) -> None:
    session_that_felt(stage, 3)
    stage.until("2030-05-10 08:00")
    second, found = session_that_felt(stage, 1)
    assert found.action is Action.GO_ON
    stage.until("2030-05-11 08:00")
    assert check_in(stage, second, "worse")

    assert gate(stage).action is Action.PAUSE
    assert away(stage) == (Away(FRI, date(2030, 5, 12), Why.FLARE),)


@pytest.mark.parametrize(
    "form", [{}, {"session_id": "x", "answer": "same"}, {"session_id": "1", "answer": "fine"}]
)
def test_a_word_that_cannot_be_is_refused(stage: Stage, browser: Browser, form: dict[str, str]) -> None:
    shown(stage, browser)
    assert browser.post("/checkins", form).status_code == 400


def test_another_runners_morning_is_not_told(stage: Stage, app: Flask) -> None:
    session_id, _ = session_that_felt(stage, 3)
    stage.until("2030-05-09 08:00")
    with stage.write() as session:
        other = athletes.create(session, stage.clock()).id
    stranger = Browser(app)
    stranger.sign_in(other)
    stranger.get("/you")
    assert stranger.post("/checkins", {"session_id": str(session_id), "answer": "worse"}).status_code == 303
    with stage.tools.store.read() as session:
        assert session.get(CheckIn, session_id) is None


# --- sore muscles ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("of_ten", "waits"), [("4", False), ("5", True)])
def test_sore_muscles_move_a_session_to_the_next_day(
    stage: Stage, browser: Browser, of_ten: str, waits: bool
) -> None:
    stage.until("2030-05-09 10:00")
    browser.sign_in(stage.runner)
    browser.get("/care")
    browser.post("/care/sore", {"sore": of_ten})
    stage.work()

    assert away(stage) == ((Away(THU, THU, Why.SORE),) if waits else ())
    assert (state(browser) == "paused") is waits
    assert ("Let the muscles settle first" in shown(stage, browser)) is waits
    asked = len(stage.asked())
    stage.until("2030-05-09 23:00")
    assert (len(stage.asked()) == asked) is waits
    stage.until("2030-05-10 08:00")
    assert state(browser) != "paused"
    assert not gate(stage).eases


@pytest.mark.parametrize("form", [{}, {"sore": "11"}, {"sore": "-1"}, {"sore": "much"}])
def test_no_number_of_ten_is_refused(stage: Stage, browser: Browser, form: dict[str, str]) -> None:
    shown(stage, browser)
    assert browser.post("/care/sore", form).status_code == 400
    with stage.tools.store.read() as session:
        assert session.get(QuestionRow, (stage.runner, "sore")) is None


# --- the page of care -----------------------------------------------------------------------------


def test_the_page_of_care_is_open_to_everybody_and_ends_with_a_professional(app: Flask) -> None:
    page = Browser(app).get("/care")
    text = main_text(page)

    assert page.status_code == 200
    assert text.index("Call for help now") < text.index("see a doctor today") < text.index("looked at soon")
    assert "112 in Europe" in text
    assert "Please see a professional." in text
    assert "btn--primary" not in page.text
    for word in ("risk", "diagnos", "arthr", "clot", "tear", "injury"):
        assert word not in text.lower().replace("it does not diagnose", "")


def test_a_sign_that_fits_rests_prompts_until_it_is_fine(stage: Stage, browser: Browser) -> None:
    browser.sign_in(stage.runner)
    assert "Rest until it is fine" in main_text(browser.get("/care"))
    browser.post("/care/rest")
    stage.work()

    assert away(stage) == (Away(WED, None, Why.INJURED),)
    assert state(browser) == "paused"
    assert "Rest until it is fine" not in main_text(browser.get("/care"))
    assert "When to have it looked at" in main_text(browser.get("/"))
    assert "When to have it looked at" in main_text(browser.get("/you"))
