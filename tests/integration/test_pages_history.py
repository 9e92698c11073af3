"""Looking back: the sessions of a runner, what each changed, and what can still be added or put right."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from service.domain.planner import Size
from service.engine.drain import drain
from service.pipeline import HANDLERS, log, results
from service.pipeline.tools import Tools
from service.store import sessions
from service.store.tables import SetResult, StrengthSession
from tests.browser import Browser, main_text
from tests.conftest import connect_runner
from tests.fakes import FakeClock, FakeSource, RecordingWake

TUE = date(2030, 5, 7)


@pytest.fixture
def browser(browser: Browser) -> Browser:
    browser.get("/history")
    return browser


def play(
    tools: Tools,
    clock: FakeClock,
    runner: int,
    *,
    reps: Mapping[str, int] | None = None,
    form: str = "clean",
    size: Size = Size.FULL,
    without: str = "",
    **said: Any,
) -> int:
    """A session played now, move by move; ``reps`` by side replace those that were asked for."""
    with tools.store.write() as session:
        row = log.start(session, tools, runner, prompt_id=None, size=size, origin="page")
        session.flush()
        session_id, items, began = row.id, row.prescription["items"], clock()
    clock.tick(minutes=14)
    sides = {1: ("both",), 2: ("left", "right")}
    body = {
        "play_id": f"play-{session_id}",
        "session_id": session_id,
        "started_at": began.isoformat(),
        "ended_at": clock().isoformat(),
        "ended": "done",
        "feedback": "right",
        "pain": 0,
        "skips": [{"exercise": without, "reason": "equipment"}] if without else [],
        "sets": [
            {
                "exercise": item["exercise"],
                "level": item["level"],
                "number": number,
                "side": side,
                "reps": (reps or {}).get(side, item["reps"]),
                "form": form,
                "pain": None,
            }
            for item in items
            if item["exercise"] != without
            for number in range(1, item["sets"] + 1)
            for side in sides[item["sides"]]
        ],
        **said,
    }
    with tools.store.write() as session:
        results.store_result(session, tools, runner, session_id, body)
    drain(tools, HANDLERS, runner)
    return session_id


def play_days(tools: Tools, clock: FakeClock, runner: int, sessions: int, every: int = 3, **more: Any) -> int:
    """The last of several sessions, so many days apart; the clock then stands at its end."""
    session_id = 0
    for number in range(sessions):
        if number:
            clock.tick(days=every)
        session_id = play(tools, clock, runner, **more)
    return session_id


def the(tools: Tools, runner: int, session_id: int) -> StrengthSession:
    with tools.store.read() as session:
        row = sessions.get(session, runner, session_id)
    assert row is not None
    return row


# --- the list -------------------------------------------------------------------------------------


def test_before_the_first_session_the_page_says_what_will_be_there(browser: Browser) -> None:
    text = main_text(browser.get("/history"))
    assert "No session yet" in text
    assert "Add a session" in text
    assert "Level" not in text


def test_progress_leads_to_the_history(tools: Tools, clock: FakeClock, runner: int, browser: Browser) -> None:
    play(tools, clock, runner)
    assert 'href="/history"' in browser.get("/progress").text


def test_sessions_are_listed_by_month_newest_first(
    tools: Tools, clock: FakeClock, runner: int, browser: Browser
) -> None:
    play(tools, clock, runner)
    clock.tick(days=28)
    play(tools, clock, runner, size=Size.MINI, feedback="too_hard")
    text = main_text(browser.get("/history"))

    june, may = text.index("June 2030"), text.index("May 2030")
    assert june < text.index("Wed 5 Mini session 14 min · felt too hard") < may
    assert may < text.index("Wed 8 Session 14 min · felt right")


def test_a_part_of_a_session_says_how_much_it_was_and_what_it_counts(
    tools: Tools, clock: FakeClock, runner: int, browser: Browser
) -> None:
    play(tools, clock, runner, reps={"left": 5, "right": 5, "both": 5}, ended="stopped")
    clock.tick(days=2)
    play(tools, clock, runner, reps={"left": 1, "right": 1, "both": 1}, ended="pain")
    text = main_text(browser.get("/history"))

    assert re.search(r"Wed 8 Part of a session 14 min .* \d\d% of it · ended early mini", text)
    assert re.search(r"Fri 10 Part of a session 14 min .*% of it · ended early, it hurt · not counted", text)


def test_a_session_that_was_taken_back_is_not_listed(
    tools: Tools, clock: FakeClock, runner: int, browser: Browser
) -> None:
    session_id = play(tools, clock, runner)
    answer = browser.post(f"/history/{session_id}/undo")

    assert (answer.status_code, answer.location) == (303, "/history")
    text = main_text(browser.get("/history"))
    assert "Taken back. It does not count." in text
    assert "No session yet" in text
    assert browser.get(f"/history/{session_id}").status_code == 404


def test_more_than_fifty_sessions_are_pages(
    tools: Tools, clock: FakeClock, runner: int, browser: Browser
) -> None:
    with tools.store.write() as session:
        for back in range(51):
            at = clock() - timedelta(days=back)
            session.add(
                StrengthSession(
                    athlete_id=runner, on=at.date(), size="full", started_at=at, done_at=at, origin="link"
                )
            )
    first, second = browser.get("/history").text, browser.get("/history?page=2").text

    assert (first.count("mark--done"), second.count("mark--done")) == (50, 1)
    assert "/history?page=2" in first
    assert "/history?page=1" in second
    for odd in ("0", "-3", "two", "9" * 30):
        assert browser.get(f"/history?page={odd}").status_code == 200


def test_a_long_history_costs_a_handful_of_small_reads(
    tools: Tools, clock: FakeClock, runner: int, browser: Browser
) -> None:
    play_days(tools, clock, runner, 8)
    few = statements(tools, browser, "/history")
    play_days(tools, clock, runner, 8)

    assert statements(tools, browser, "/history") == few
    assert len(few) <= 12


def statements(tools: Tools, browser: Browser, path: str) -> list[str]:
    seen: list[str] = []

    def note(*call: Any) -> None:
        seen.append(re.sub(r"IN \([^)]*\)", "IN ()", call[2]))

    event.listen(tools.store.engine, "before_cursor_execute", note)
    try:
        assert browser.get(path).status_code == 200
    finally:
        event.remove(tools.store.engine, "before_cursor_execute", note)
    return [statement for statement in seen if statement.startswith("SELECT")]


# --- levels and sides -----------------------------------------------------------------------------


def test_a_level_that_was_reached_is_in_the_chart_its_label_and_the_table(
    tools: Tools, clock: FakeClock, runner: int, browser: Browser
) -> None:
    play_days(tools, clock, runner, 8)
    page = browser.get("/history")
    text = main_text(page)

    assert "level 2 of 4 since" in page.text
    assert "Level 2 of 4: " in text
    assert text.count("Level 1: ") == 4  # where each began
    assert text.count("Level 3: ") == 1  # the bridge: without a band its second level is passed by
    drawn = re.findall(r'<path class="c-line" d="([^"]+)"', page.text)
    assert [line.count("V") for line in drawn] == [1, 1, 0, 1]  # the clamshell waits for a band


def test_the_sides_are_compared_after_six_sessions(
    tools: Tools, clock: FakeClock, runner: int, browser: Browser
) -> None:
    play_days(tools, clock, runner, 5, reps={"left": 6})
    before = main_text(browser.get("/history"))
    assert "After 6 guided sessions with both sides you see here how they compare; 1 to go." in before
    assert "Sides differ" not in before
    clock.tick(days=3)
    play(tools, clock, runner, reps={"left": 6})
    after = main_text(browser.get("/history"))

    assert "to go" not in after
    assert re.search(r"Sides differ a little: left 12, right \d\d in the last session\.", after)
    assert not re.search(r"weak|behind|worse|risk", after)


# --- one session ----------------------------------------------------------------------------------


def test_a_session_shows_its_sets_side_by_side_and_what_it_changed(
    tools: Tools, clock: FakeClock, runner: int, browser: Browser
) -> None:
    session_id = play(tools, clock, runner, form="wobbly", pain=2, without="step_down")
    text = main_text(browser.get(f"/history/{session_id}"))

    assert "Wednesday, 8 May" in text
    assert "Session · 14 min · felt right" in text
    assert "Knee or hip at the end: pain of 2 out of 10" in text
    assert re.search(r"Set 1, left Wobbly \d+ reps Set 1, right Wobbly \d+ reps", text)
    assert "Left out: nothing at hand" in text
    assert "What it changed" in text
    assert "stays as it is until it feels steady" in text


def test_a_session_without_sets_says_so_and_shows_none(
    tools: Tools, clock: FakeClock, runner: int, browser: Browser
) -> None:
    browser.post("/history", {"on": TUE.isoformat(), "size": "mini"})
    path = re.search(r'href="(/history/\d+)"', browser.get("/history").text)
    assert path is not None
    text = main_text(browser.get(path[1]))
    assert "No sets were noted." in text
    assert "told afterwards" in text
    assert "Set 1" not in text


@pytest.mark.parametrize(
    ("state", "said", "line"),
    [
        ("polling", "", "On its way to Strava."),
        ("done", "", "On Strava, muted in feeds."),
        ("done", "not_muted", "On Strava, not muted in feeds."),
        ("failed", "refused", "Strava did not take it. It counts here all the same."),
        ("withdrawn", "", "Not on Strava: the permission to write is missing."),
    ],
)
def test_how_the_way_to_strava_went_is_one_line(
    tools: Tools, clock: FakeClock, runner: int, browser: Browser, state: str, said: str, line: str
) -> None:
    session_id = play(tools, clock, runner)
    assert "Strava" not in main_text(browser.get(f"/history/{session_id}"))
    with tools.store.write() as session:
        session.get_one(StrengthSession, session_id).upload = {"state": state, "said": said}
    assert line in main_text(browser.get(f"/history/{session_id}"))


def test_a_session_of_another_runner_is_not_there(
    tools: Tools, clock: FakeClock, runner: int, app: Flask, browser: Browser
) -> None:
    session_id = play(tools, clock, runner)
    other_source = FakeSource(clock)
    other_source.athlete = 9002
    stranger = Browser(app)
    stranger.sign_in(connect_runner(tools, other_source))
    stranger.get("/history")

    assert stranger.get(f"/history/{session_id}").status_code == 404
    assert stranger.post(f"/history/{session_id}", {"feedback": "right"}).status_code == 404
    assert stranger.post(f"/history/{session_id}/undo").status_code == 404
    assert "No session yet" in main_text(stranger.get("/history"))
    assert the(tools, runner, session_id).undone_at is None


def test_a_session_that_is_under_way_is_not_looked_back_on(
    tools: Tools, clock: FakeClock, runner: int, browser: Browser
) -> None:
    with tools.store.write() as session:
        row = log.start(session, tools, runner, prompt_id=None, size=Size.FULL, origin="page")
    assert browser.get(f"/history/{row.id}").status_code == 404
    assert "No session yet" in main_text(browser.get("/history"))


def test_signed_out_there_is_nothing_to_look_back_on(app: Flask) -> None:
    assert Browser(app).get("/history").status_code in (302, 303, 401)


# --- adding, putting right, taking back -----------------------------------------------------------


def test_a_session_of_yesterday_is_added(
    tools: Tools, runner: int, browser: Browser, wake: RecordingWake
) -> None:
    assert 'value="2030-05-07"' in browser.get("/history").text
    answer = browser.post("/history", {"on": TUE.isoformat(), "size": "full"})

    assert (answer.status_code, answer.location) == (303, "/history")
    text = main_text(browser.get("/history"))
    assert "Added. It counts for 7 May." in text
    assert re.search(r"Tue 7 Session \d+ min · told afterwards", text)
    assert len(wake.nudges) == 1


@pytest.mark.parametrize(
    ("on", "sentence"),
    [
        ("2030-05-09", "That day is still to come."),
        ("2030-04-23", "Sessions of the last 14 days can be entered."),
        ("2030-05-06", "That day has a session already."),
        ("someday", "Please give a date."),
    ],
)
def test_a_day_that_cannot_be_is_refused_in_one_sentence_and_nothing_typed_is_lost(
    browser: Browser, on: str, sentence: str
) -> None:
    browser.post("/history", {"on": "2030-05-06", "size": "full"})
    answer = browser.post("/history", {"on": on, "size": "mini"})

    assert answer.status_code == 422
    assert sentence in main_text(answer)
    assert f'value="{on}" aria-invalid="true" aria-describedby="on-error" autofocus' in answer.text
    assert 'value="mini" checked' in answer.text
    assert '<details class="more" open>' in answer.text
    assert main_text(browser.get("/history")).count("told afterwards") == 1


def test_a_size_that_does_not_exist_is_refused(browser: Browser) -> None:
    assert browser.post("/history", {"on": "2030-05-06", "size": "huge"}).status_code == 400


def test_how_it_felt_can_be_put_right_for_seven_days(
    tools: Tools, clock: FakeClock, runner: int, browser: Browser
) -> None:
    session_id = play(tools, clock, runner)
    clock.tick(days=6)
    answer = browser.post(
        f"/history/{session_id}", {"feedback": "too_hard", "pain": "3", "form_clamshell": "wobbly"}
    )
    assert (answer.status_code, answer.location) == (303, f"/history/{session_id}")
    page = browser.get(f"/history/{session_id}")
    text = main_text(page)
    assert "Saved." in text
    assert "felt too hard" in text
    assert "pain of 3 out of 10" in text
    assert "Clamshell stays as it is until it feels steady" in text
    assert "Set 1, left Wobbly" in text

    clock.tick(days=2)
    late = browser.post(f"/history/{session_id}", {"feedback": "right"})
    text = main_text(browser.get(f"/history/{session_id}"))
    assert late.status_code == 303
    assert "A session can be changed for 7 days." in text
    assert "felt too hard" in text
    assert "Put it right" not in text
    assert "How it felt can be changed for 7 days." in text
    assert "Take it back" in text


def test_a_form_that_was_told_set_by_set_stays_so_unless_it_is_changed(
    tools: Tools, clock: FakeClock, runner: int, browser: Browser
) -> None:
    session_id = play(tools, clock, runner)
    with tools.store.write() as session:
        session.get_one(SetResult, (session_id, "clamshell", 1, 1, "left")).form = "wobbly"
    page = browser.get(f"/history/{session_id}").text
    before = main_text(browser.get(f"/history/{session_id}"))
    assert 'value="mixed" selected' in page
    browser.post(f"/history/{session_id}", {"feedback": "right", "pain": "", "form_clamshell": "mixed"})
    after = main_text(browser.get(f"/history/{session_id}"))
    assert after.count("Wobbly") == before.count("Wobbly")


def test_after_thirty_days_a_session_is_only_read(
    tools: Tools, clock: FakeClock, runner: int, browser: Browser
) -> None:
    session_id = play(tools, clock, runner)
    clock.tick(days=31)
    text = main_text(browser.get(f"/history/{session_id}"))

    assert "This session can no longer be changed." in text
    assert "Take it back" not in text
    browser.post(f"/history/{session_id}/undo")
    assert the(tools, runner, session_id).undone_at is None
    assert "This session can no longer be changed." in main_text(browser.get(f"/history/{session_id}"))


def test_what_cannot_be_is_refused_and_changes_nothing(
    tools: Tools, clock: FakeClock, runner: int, browser: Browser
) -> None:
    session_id = play(tools, clock, runner)
    for wrong in ({"feedback": "great"}, {"pain": "11"}, {"form_clamshell": "perfect"}):
        browser.post(f"/history/{session_id}", {"feedback": "right", "pain": "0", **wrong})
        assert 'class="flash flash--err"' in browser.get(f"/history/{session_id}").text
    row = the(tools, runner, session_id)
    assert (row.feedback, row.pain) == ("right", 0)
