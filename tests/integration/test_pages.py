"""The runner's pages in every state, over a real database, as a browser gets them."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from service.domain.calendar import Why
from service.domain.fitness import Fitness, Screening
from service.domain.planner import Size
from service.engine.drain import drain
from service.pipeline import HANDLERS, log, receive
from service.pipeline.steps import ask_to_plan
from service.pipeline.tools import Tools
from service.ports import DeliveryError, HookEvent, Lane
from service.store import activities, athletes, connections, prompts, proof, sessions
from tests.browser import Browser, a_web, main_text
from tests.builders import a_run, kilometres, steady_history
from tests.fakes import FakeChannel, FakeClock, FakeSource, RecordingWake

GARMIN = "Garmin Forerunner 255"
TEMPLATES = Path(__file__).parents[2] / "service" / "web" / "templates"


@pytest.fixture
def with_history(tools: Tools, runner: int, source: FakeSource, clock: FakeClock) -> int:
    source.record(replace(run, device_name=GARMIN) for run in steady_history(weeks=6))
    receive.ask_to_list(tools, runner, "backfill", clock(), "backfill:1")
    drain(tools, HANDLERS, runner)
    return runner


def finish_run(tools: Tools, runner: int, source: FakeSource, clock: FakeClock, **run: Any) -> int:
    """A run that ended twelve minutes ago, read and decided upon."""
    minutes = run.pop("minutes", 45)
    start = clock() + timedelta(hours=2) - timedelta(minutes=12 + minutes)
    activity = a_run(start=f"{start:%Y-%m-%d %H:%M}", minutes=minutes, device_name=GARMIN, **run)
    source.record([activity])
    receive.receive_event(tools, HookEvent("activity", "create", activity.id, 9001, 77, clock(), {}))
    clock.tick(seconds=91)
    drain(tools, HANDLERS, runner)
    return activity.id


def easy_run(tools: Tools, runner: int, source: FakeSource, clock: FakeClock) -> int:
    return finish_run(tools, runner, source, clock, km=7.4, hr=132, max_hr=146)


def hard_run(tools: Tools, runner: int, source: FakeSource, clock: FakeClock) -> int:
    splits = kilometres([310, 230, 330, 232, 335, 231, 330, 230, 320, 310], hr=165)
    return finish_run(tools, runner, source, clock, km=10.0, minutes=46, hr=168, max_hr=186, splits=splits)


def plan_now(tools: Tools, runner: int, clock: FakeClock) -> None:
    with tools.store.write() as session:
        ask_to_plan(session, runner, clock())
    drain(tools, HANDLERS, runner)


def state_of(answer: TestResponse) -> str:
    found = re.search(r'<main[^>]* data-state="(\w+)"', answer.text)
    assert found is not None
    return found[1]


def stored_session(tools: Tools, runner: int, *, finished: bool) -> int:
    with tools.store.write() as session:
        row = log.start(session, tools, runner, prompt_id=None, size=Size.FULL, origin="page")
        if finished:
            log.finish(session, tools, runner, row.id)
        return row.id


def add_channel(session: Session, tools: Tools, runner: int) -> int:
    address = "ntfy://a-secret-topic"
    row = prompts.add_channel(
        session,
        tools.keys,
        athlete_id=runner,
        kind="apprise",
        label="Phone",
        address=address,
        now=tools.clock(),
    )
    return row.id


# --- Today in its states ----------------------------------------------------------------------


def test_nobody_sees_a_page_without_signing_in(app: Flask) -> None:
    stranger = Browser(app)

    for path in ("/", "/progress", "/you", "/why/1", "/sessions/1"):
        assert stranger.get(path).status_code == 303
    assert stranger.get("/today/state").status_code == 401
    assert stranger.get("/you/export.json").status_code == 401


def test_after_an_easy_run_today_asks(
    tools: Tools, with_history: int, source: FakeSource, clock: FakeClock, browser: Browser
) -> None:
    run_id = easy_run(tools, with_history, source, clock)
    answer = browser.get("/")
    text = main_text(answer)

    assert state_of(answer) == "prompt"
    assert "12 minutes while you’re warm" in text
    assert "Easy run, finished 07:48." in text
    assert "Start · 4 moves, 2 × 8" in text
    assert f'href="/why/{run_id}"' in answer.text
    assert f'href="https://strava.example/activities/{run_id}"' in answer.text
    assert f"View on Strava · {GARMIN}" in text
    assert "General fitness information, not medical advice; not a medical device." in text


def test_after_intervals_today_is_silent_and_says_why(
    tools: Tools, with_history: int, source: FakeSource, clock: FakeClock, browser: Browser
) -> None:
    hard_run(tools, with_history, source, clock)
    answer = browser.get("/")
    text = main_text(answer)

    assert state_of(answer) == "waiting"
    assert "Nothing to do today" in text
    assert "Hard run, finished 07:48." in text
    assert "Next good moment" in text
    assert "It was easy" in text
    assert "btn--primary" not in answer.text


def test_a_session_done_today_can_be_undone_from_today(
    tools: Tools, with_history: int, browser: Browser, clock: FakeClock
) -> None:
    session_id = stored_session(tools, with_history, finished=True)
    plan_now(tools, with_history, clock)
    answer = browser.get("/")

    assert state_of(answer) == "done"
    assert "1 of 2 this week." in main_text(answer)
    assert browser.post(f"/sessions/{session_id}/undo").status_code == 303
    again = browser.get("/")
    assert state_of(again) != "done"
    assert "Taken back. It does not count." in main_text(again)


@pytest.mark.parametrize(("days", "welcomed"), [(13, False), (14, True), (200, True)])
def test_the_first_session_after_weeks_without_one_is_welcomed(
    tools: Tools, runner: int, browser: Browser, clock: FakeClock, days: int, welcomed: bool
) -> None:
    stored_session(tools, runner, finished=True)
    clock.at += timedelta(days=days)
    stored_session(tools, runner, finished=True)
    browser.sign_in(runner)  # the earlier one may be over by now
    shown = main_text(browser.get("/"))

    assert "of 2 this week." in shown
    assert any(text in shown for text in tools.words.variants("today.done.headline_back")) is welcomed


def test_a_pause_shows_as_paused(tools: Tools, runner: int, browser: Browser, clock: FakeClock) -> None:
    today = clock().date()
    with tools.store.write() as session:
        log.go_away(session, tools, runner, Why.HOLIDAY, today, today + timedelta(days=3))

    assert state_of(browser.get("/")) == "paused"


def test_while_the_history_is_read_the_page_shows_how_far(
    tools: Tools, runner: int, browser: Browser, clock: FakeClock
) -> None:
    with tools.store.write() as session:
        sync = connections.sync(session, runner, clock())
        sync.backfill_read, sync.backfill_share = 212, 0.43
    answer = browser.get("/")

    assert "212 activities read, of the last 180 days" in main_text(answer)
    assert '<progress class="progressbar" id="reading" value="43" max="100">' in answer.text
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in answer.text


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [
        ("unauthorized", "Strava no longer lets us read your runs"),
        ("app_inactive", "Strava has switched this installation off"),
        ("source_down", "Strava does not answer"),
    ],
)
def test_trouble_with_strava_is_one_clear_sentence(
    tools: Tools, runner: int, browser: Browser, clock: FakeClock, trouble: str, sentence: str
) -> None:
    with tools.store.write() as session:
        connections.note_trouble(session, runner, trouble, clock())

    assert main_text(browser.get("/")).count(sentence) == 1


def test_a_missing_scope_says_what_is_lost(tools: Tools, runner: int, browser: Browser) -> None:
    with tools.store.write() as session:
        row = connections.get(session, runner)
        assert row is not None
        row.scope = "read,activity:read"

    assert "Private runs are hidden from us" in main_text(browser.get("/"))


def test_without_a_connection_fixed_hours_go_on(tools: Tools, runner: int, browser: Browser) -> None:
    with tools.store.write() as session:
        connections.wipe(session, runner)
    text = main_text(browser.get("/"))

    assert "Prompts follow your fixed hours: 18:30, at weekends 11:00." in text


def test_on_the_first_day_the_words_are_honest(
    tools: Tools, runner: int, browser: Browser, clock: FakeClock
) -> None:
    with tools.store.write() as session:
        connections.sync(session, runner, clock()).backfilled_at = clock()
    text = main_text(browser.get("/"))

    assert "Nothing to go by yet" in text
    assert "Do a first session now" in text


# --- the page follows the service -------------------------------------------------------------


def test_the_state_is_tiny_and_its_version_is_the_pages(
    tools: Tools, with_history: int, source: FakeSource, clock: FakeClock, browser: Browser
) -> None:
    before = browser.get("/today/state")
    page = browser.get("/")
    easy_run(tools, with_history, source, clock)
    after = browser.get("/today/state")

    assert before.json is not None
    assert after.json is not None
    assert f'data-version="{before.json["version"]}"' in page.text
    assert before.json["state"] == "waiting"
    assert after.json["state"] == "prompt"
    assert after.json["version"] != before.json["version"]
    assert len(after.data) < 100


def test_the_state_does_not_change_by_being_asked_for(with_history: int, browser: Browser) -> None:
    assert browser.get("/today/state").json == browser.get("/today/state").json


# --- answering --------------------------------------------------------------------------------


def test_later_names_its_hour_and_keeps_it(
    tools: Tools,
    with_history: int,
    source: FakeSource,
    clock: FakeClock,
    browser: Browser,
    wake: RecordingWake,
) -> None:
    easy_run(tools, with_history, source, clock)
    assert "Later, 09:30" in main_text(browser.get("/"))
    with tools.store.read() as session:
        standing = prompts.standing(session, with_history, clock())
    assert standing is not None
    browser.post(f"/prompts/{standing.id}/later")
    drain(tools, HANDLERS, with_history)
    answer = browser.get("/")

    assert state_of(answer) == "waiting"
    assert "We’ll ask again at 09:30." in main_text(answer)
    assert "Next at 09:30" in main_text(answer)
    assert wake.nudges[-1] == (with_history, Lane.LIVE)


def test_not_today_ends_the_asking_for_the_day(
    tools: Tools, with_history: int, source: FakeSource, clock: FakeClock, browser: Browser
) -> None:
    easy_run(tools, with_history, source, clock)
    browser.get("/")
    with tools.store.read() as session:
        standing = prompts.standing(session, with_history, clock())
    assert standing is not None
    assert browser.post(f"/prompts/{standing.id}/not-today").status_code == 303
    drain(tools, HANDLERS, with_history)

    assert state_of(browser.get("/")) == "waiting"


def test_a_correction_turns_the_day(
    tools: Tools, with_history: int, source: FakeSource, clock: FakeClock, browser: Browser
) -> None:
    run_id = hard_run(tools, with_history, source, clock)
    browser.get("/")
    answer = browser.post("/corrections", {"activity_id": run_id, "said": "easy"})
    assert answer.status_code == 303
    drain(tools, HANDLERS, with_history)
    page = browser.get("/")

    assert "Noted as easy. Your easy limits moved from" in main_text(page)
    assert state_of(page) == "prompt"
    assert "Your word" in main_text(browser.get(f"/why/{run_id}"))


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"said": "easy"},
        {"activity_id": "1"},
        {"activity_id": "1", "said": "long"},
        {"activity_id": "x", "said": "easy"},
    ],
)
def test_a_correction_that_says_nothing_is_refused(browser: Browser, form: dict[str, str]) -> None:
    browser.get("/you")

    assert browser.post("/corrections", form).status_code == 400


def test_a_correction_of_an_unknown_run_is_not_found(browser: Browser) -> None:
    browser.get("/you")

    assert browser.post("/corrections", {"activity_id": "12345", "said": "easy"}).status_code == 404


# --- why --------------------------------------------------------------------------------------


def test_why_shows_reasons_kilometres_and_a_way_to_correct(
    tools: Tools, with_history: int, source: FakeSource, clock: FakeClock, browser: Browser
) -> None:
    run_id = hard_run(tools, with_history, source, clock)
    text = main_text(browser.get(f"/why/{run_id}"))

    assert "Hard run" in text
    assert "Run unevenly: its parts differ by" in text
    assert "Kilometre by kilometre" in text
    assert "3:50/km" in text
    assert "It was easy" in text
    assert f"View on Strava · {GARMIN}" in text


def test_why_of_what_is_not_there_is_not_found(browser: Browser) -> None:
    assert browser.get("/why/4711").status_code == 404


# --- a session --------------------------------------------------------------------------------


def test_a_session_goes_from_start_to_done_without_a_script(
    tools: Tools, with_history: int, source: FakeSource, clock: FakeClock, browser: Browser
) -> None:
    easy_run(tools, with_history, source, clock)
    page = browser.get("/")
    prompt_id = re.search(r'name="prompt_id" value="(\d+)"', page.text)
    assert prompt_id is not None

    begun = browser.post("/sessions", {"size": "full", "prompt_id": prompt_id[1]})
    assert begun.status_code == 303
    moves = browser.get(begun.location)
    text = main_text(moves)
    assert "4 moves, 2 × 8." in text
    assert "2 sets of 8 a side, weaker side first" in text
    assert moves.text.count('type="checkbox"') == 14
    assert state_of(browser.get("/")) == "prompt"  # with the way back into it

    browser.get(begun.location)
    assert browser.post(f"{begun.location}/done").location == "/"
    drain(tools, HANDLERS, with_history)
    today = browser.get("/")
    assert state_of(today) == "done"
    assert "1 of 2 this week." in main_text(today)
    with tools.store.read() as session:
        assert sessions.count_done(session, with_history)[0] == 1


def test_starting_twice_is_one_session(tools: Tools, with_history: int, browser: Browser) -> None:
    browser.get("/")
    first = browser.post("/sessions", {"size": "full"})
    second = browser.post("/sessions", {"size": "full"})

    assert first.location == second.location


def test_a_mini_is_a_mini(with_history: int, browser: Browser) -> None:
    browser.get("/")
    text = main_text(browser.get(browser.post("/sessions", {"size": "mini"}).location))

    assert "Your mini session" in text
    assert "4 moves, 1 × 8." in text


def test_an_unknown_size_is_refused(with_history: int, browser: Browser) -> None:
    browser.get("/")

    assert browser.post("/sessions", {"size": "huge"}).status_code == 400


def test_a_finished_session_offers_no_second_done(tools: Tools, with_history: int, browser: Browser) -> None:
    session_id = stored_session(tools, with_history, finished=True)
    answer = browser.get(f"/sessions/{session_id}")

    assert "Session done" not in main_text(answer)
    assert "Back to Today" in main_text(answer)


# --- other people's things --------------------------------------------------------------------


@pytest.fixture
def stranger(tools: Tools, app: Flask, with_history: int) -> Browser:
    """Another runner of the same installation, signed in."""
    with tools.store.write() as session:
        athlete = athletes.create(session, tools.clock(), timezone="Europe/Rome")
        athletes.put_fitness(athlete, Fitness(screening=Screening.CLEAR))
        other = athlete.id
    browser = Browser(app)
    browser.sign_in(other)
    browser.get("/you")
    return browser


def test_another_runners_things_are_not_found(
    tools: Tools, with_history: int, source: FakeSource, clock: FakeClock, stranger: Browser
) -> None:
    run_id = easy_run(tools, with_history, source, clock)
    session_id = stored_session(tools, with_history, finished=False)
    with tools.store.write() as session:
        channel = prompts.add_channel(
            session,
            tools.keys,
            athlete_id=with_history,
            kind="apprise",
            label="x",
            address="ntfy://x",
            now=clock(),
        ).id
        prompt_id = prompts.sent(session, with_history, clock().date() - timedelta(days=1))[0].id

    assert stranger.get(f"/why/{run_id}").status_code == 404
    assert stranger.get(f"/sessions/{session_id}").status_code == 404
    assert stranger.post("/corrections", {"activity_id": run_id, "said": "hard"}).status_code == 404
    for path in (
        f"/sessions/{session_id}/done",
        f"/sessions/{session_id}/undo",
        f"/prompts/{prompt_id}/later",
        f"/prompts/{prompt_id}/not-today",
        f"/you/channels/{channel}/test",
        f"/you/channels/{channel}/remove",
    ):
        assert stranger.post(path).status_code == 404
    with tools.store.read() as session:
        assert prompts.channel(session, with_history, channel) is not None
        assert sessions.count_done(session, with_history)[0] == 0


def test_a_start_with_another_runners_prompt_leaves_that_prompt_alone(
    tools: Tools, with_history: int, source: FakeSource, clock: FakeClock, stranger: Browser
) -> None:
    easy_run(tools, with_history, source, clock)
    with tools.store.read() as session:
        prompt = prompts.standing(session, with_history, clock())
    assert prompt is not None
    stranger.post("/sessions", {"size": "full", "prompt_id": prompt.id})

    with tools.store.read() as session:
        assert prompts.standing(session, with_history, clock()) is not None


def test_a_member_sees_no_invitations(stranger: Browser, browser: Browser) -> None:
    assert 'id="invitations"' not in stranger.get("/you").text
    assert 'id="invitations"' in browser.get("/you").text


# --- progress ---------------------------------------------------------------------------------


def test_progress_shows_running_and_sessions_side_by_side(
    tools: Tools, with_history: int, source: FakeSource, clock: FakeClock, browser: Browser
) -> None:
    easy_run(tools, with_history, source, clock)
    stored_session(tools, with_history, finished=True)
    answer = browser.get("/progress")
    text = main_text(answer)

    assert answer.text.count('<svg class="chart') == 2
    assert "42 km last full week" in text
    assert "1 in all since 8 May" in text
    assert "12 min strength for 45 min of running." in text
    assert "Show the numbers" in text
    assert "Derived in part from Garmin device-sourced data" in text
    assert 'href="?week=2030-04-29#week"' in answer.text


def test_progress_of_a_chosen_week(with_history: int, browser: Browser) -> None:
    text = main_text(browser.get("/progress?week=2030-04-29"))

    assert "29 April to 5 May" in text
    assert "Long run" in text


def test_progress_without_anything_is_a_first_day(runner: int, browser: Browser) -> None:
    text = main_text(browser.get("/progress"))

    assert "Nothing to show yet" in text
    assert "Garmin" not in text


# --- you --------------------------------------------------------------------------------------

FORM = {
    "target_per_week": "3",
    "weekday_slot": "19:00",
    "weekend_slot": "10:30",
    "quiet_from": "22:00",
    "quiet_until": "07:00",
    "max_minutes": "15",
    "units": "mi",
    "language": "en",
    "week_starts_on": "6",
    "never_weekdays": ["2", "5"],
    "timezone": "Europe/Vienna",
}


def test_preferences_are_kept(tools: Tools, runner: int, browser: Browser, wake: RecordingWake) -> None:
    browser.get("/you")
    assert browser.post("/you", FORM).status_code == 303
    text = main_text(browser.get("/you"))

    with tools.store.read() as session:
        athlete = athletes.get(session, runner)
        assert athlete is not None
        prefs = athletes.preferences(athlete)
    assert (prefs.target_per_week, prefs.units, prefs.week_starts_on) == (3, "mi", 6)
    assert prefs.never_weekdays == {2, 5}
    assert athlete.timezone == "Europe/Vienna"
    assert "Saved." in text
    assert wake.nudges == [(runner, Lane.LIVE)]


def test_a_mistake_loses_nothing_that_was_typed(tools: Tools, runner: int, browser: Browser) -> None:
    browser.get("/you")
    answer = browser.post("/you", FORM | {"weekday_slot": "23:15"})

    assert answer.status_code == 422
    assert "This hour lies in your quiet hours." in main_text(answer)
    assert 'value="23:15" aria-invalid="true" aria-describedby="weekday_slot-error"' in answer.text
    assert 'value="Europe/Vienna"' in answer.text
    assert '<option value="15" selected>' in answer.text
    with tools.store.read() as session:
        athlete = athletes.get(session, runner)
        assert athlete is not None
        assert athlete.target_per_week == 2


def test_a_channel_is_added_tested_and_removed(
    tools: Tools, runner: int, browser: Browser, channel: FakeChannel
) -> None:
    browser.get("/you")
    browser.post("/you/channels", {"label": "Phone", "address": "ntfy://a-secret-topic"})
    page = browser.get("/you")
    with tools.store.read() as session:
        (row,) = prompts.channels(session, runner)
    assert "Phone" in main_text(page)
    assert "a-secret-topic" not in page.text
    assert "ntfy://…" in main_text(page)

    browser.post(f"/you/channels/{row.id}/test")
    assert "Sent to Phone." in main_text(browser.get("/you"))
    assert [message.title for message in channel.sent] == ["Afterrun test"]

    channel.failures.append(DeliveryError("the service did not accept the message", permanent=False))
    browser.post(f"/you/channels/{row.id}/test")
    assert "Phone: the service did not accept the message." in main_text(browser.get("/you"))

    browser.post(f"/you/channels/{row.id}/remove")
    with tools.store.read() as session:
        assert prompts.channels(session, runner) == []


def test_an_address_nobody_knows_is_refused_at_its_field(tools: Tools, runner: int) -> None:
    def refuse(_kind: str, _address: str) -> FakeChannel:
        raise DeliveryError("the channel's address is not valid", permanent=True)

    browser = Browser(a_web(replace(tools, open_channel=refuse)))
    browser.sign_in(runner)
    browser.get("/you")
    answer = browser.post("/you/channels", {"label": "My phone", "address": "nonsense"})

    assert answer.status_code == 422
    assert "This is not an address we know how to use." in main_text(answer)
    assert 'value="My phone"' in answer.text
    assert 'value="nonsense"' in answer.text


def test_what_a_database_cannot_hold_is_no_server_error(tools: Tools, runner: int, browser: Browser) -> None:
    browser.get("/you")
    begun = browser.post("/sessions", {"size": "full", "prompt_id": "9" * 30})
    assert begun.status_code == 303
    assert browser.post("/corrections", {"activity_id": "9" * 30, "said": "easy"}).status_code == 400
    refused = browser.post("/you/channels", {"label": "A", "address": "ntfy://x\x00"})
    assert "This is not an address we know how to use." in main_text(refused)
    browser.post("/you/channels", {"label": "A\x00\x07B", "address": "ntfy://x"})
    with tools.store.read() as session:
        assert [row.label for row in prompts.channels(session, runner)] == ["AB"]


def test_a_correction_is_not_contradicted_while_the_run_is_judged_anew(
    tools: Tools, with_history: int, source: FakeSource, clock: FakeClock, browser: Browser
) -> None:
    run_id = hard_run(tools, with_history, source, clock)
    before = browser.get("/")
    browser.post("/corrections", {"activity_id": f"{run_id}", "said": "easy"})
    between = browser.get("/")
    drain(tools, HANDLERS, with_history)

    assert "Let the hard work sink in" in main_text(before)
    assert "Noted as easy." in main_text(between)
    assert "Looking at your run" in main_text(between)
    assert "hard" not in main_text(between).split("This week")[0].lower()
    assert "minutes while you’re warm" in main_text(browser.get("/"))


def test_in_the_sandbox_no_link_leads_to_strava(
    tools: Tools, with_history: int, source: FakeSource, clock: FakeClock
) -> None:
    run_id = easy_run(tools, with_history, source, clock)
    sandbox = Browser(a_web(tools, oauth_origin="http://127.0.0.1:8001", sandbox=True))
    sandbox.sign_in(with_history)
    for page in ("/", "/progress", f"/why/{run_id}"):
        text = sandbox.get(page).text
        assert 'href="http://127.0.0.1:8001/"' in text, page
        assert "strava.com" not in text, page


def test_eight_channels_are_enough(tools: Tools, runner: int, browser: Browser) -> None:
    browser.get("/you")
    for number in range(8):
        browser.post("/you/channels", {"label": f"{number}", "address": "ntfy://x"})
    answer = browser.post("/you/channels", {"label": "9", "address": "ntfy://x"})

    assert "8 addresses at most. Remove one first." in main_text(answer)


def test_the_export_holds_own_facts_and_nothing_from_strava(
    tools: Tools, with_history: int, source: FakeSource, clock: FakeClock, browser: Browser
) -> None:
    run_id = easy_run(tools, with_history, source, clock)
    stored_session(tools, with_history, finished=True)
    with tools.store.write() as session:
        add_channel(session, tools, with_history)
    answer = browser.get("/you/export.json")
    facts = json.loads(answer.data)

    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert [row["size"] for row in facts["session"]] == ["full"]
    assert facts["athlete"][0]["target_per_week"] == 2
    assert facts["channel"][0]["label"] == "Phone"
    assert not set(facts) & {
        "activity",
        "activity_detail",
        "outlook",
        "sync",
        "connection",
        "work",
        "prompt_reason",
    }
    for secret in (str(run_id), "a-secret-topic", "Garmin", "sealed", "digest_of", "7400"):
        assert secret not in answer.text


def test_disconnecting_asks_first_and_confirms_with_the_date(
    tools: Tools, with_history: int, source: FakeSource, browser: Browser
) -> None:
    assert "Disconnect Strava?" in main_text(browser.get("/you/disconnect"))
    answer = browser.post("/you/disconnect")

    assert "Everything from Strava was deleted on 8 May 2030, 08:00 (CEST)" in main_text(answer)
    assert source.revoked
    with tools.store.read() as session:
        assert connections.get(session, with_history) is None
        assert activities.judged(session, with_history, tools.clock()) == []
        assert len(proof.deletions(session, tools.keys.digest("subject", 9001))) == 1
    assert state_of(browser.get("/")) == "waiting"
    assert "Strava is not connected" in main_text(browser.get("/"))


def test_deleting_the_account_needs_the_word(tools: Tools, with_history: int, browser: Browser) -> None:
    browser.get("/you/delete")
    wrong = browser.post("/you/delete", {"confirm": "delet"})
    assert wrong.status_code == 422
    assert "Nothing was deleted." in main_text(wrong)
    assert 'value="delet"' in wrong.text

    answer = browser.post("/you/delete", {"confirm": "Delete"})
    assert "Your account and everything in it were deleted on 8 May 2030" in main_text(answer)
    with tools.store.read() as session:
        assert athletes.get(session, with_history) is None
    assert browser.get("/").status_code == 303


def test_the_settings_show_what_is_kept_and_what_was_agreed_to(
    tools: Tools, with_history: int, clock: FakeClock, browser: Browser
) -> None:
    with tools.store.write() as session:
        subject = tools.keys.digest("subject", 9001)
        proof.consent(session, subject=subject, version="2026-11", scopes="read", now=clock())
    text = main_text(browser.get("/you"))

    assert "Activities: 24, and what follows from them" in text
    assert "You agreed on 8 May, 08:00 to version 2026-11 of the text." in text
    assert "Connected" in text


# --- every page -------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/progress", "/you", "/you/disconnect", "/you/delete"])
def test_pages_obey_the_content_policy(with_history: int, browser: Browser, path: str) -> None:
    html = browser.get(path).text

    assert " style=" not in html
    assert not re.search(r"\son\w+=", html)
    assert "<script>" not in html
    assert 'src="http' not in html
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert len(ids) == len(set(ids))


def test_an_unknown_page_has_a_way_back(browser: Browser) -> None:
    answer = browser.get("/nowhere")

    assert answer.status_code == 404
    assert 'class="btn btn--primary" href="/"' in answer.text


def test_every_word_a_template_names_exists(tools: Tools) -> None:
    named = {
        key
        for template in TEMPLATES.rglob("*.html")
        for key in re.findall(
            r'words\(["\']([a-z_.]+[a-z_])["\']\s*[,)]', template.read_text(encoding="utf-8")
        )
    }

    assert len(named) > 100
    for key in named:
        assert tools.words.variants(key)


def test_a_day_much_later_still_renders(
    tools: Tools, with_history: int, clock: FakeClock, browser: Browser
) -> None:
    """Nothing was read for a week: the cache is past its end, the pages are not."""
    clock.at = datetime(2030, 5, 20, 6, 0, tzinfo=UTC)
    browser.sign_in(with_history)

    assert state_of(browser.get("/")) == "waiting"
    assert browser.get("/progress").status_code == 200
