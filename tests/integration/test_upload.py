"""A done session goes to Strava where the runner switched that on: once, muted, and with one line here."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from integrations.strava import StravaSource
from integrations.strava.sandbox import Athlete as SandboxAthlete
from integrations.strava.sandbox import World
from integrations.strava.sandbox.server import serve_sandbox
from service.domain.days import DayKind
from service.domain.planner import Size
from service.engine.drain import drain
from service.pipeline import HANDLERS, connect, log, situation
from service.pipeline.purge import purge
from service.pipeline.tools import Commit, Tools
from service.ports import (
    RateLimited,
    ScopeMissing,
    SourceDown,
    SourceRefused,
    StrengthSet,
    UploadState,
)
from service.store import activities, connections
from service.store.own import own_facts
from service.store.tables import Athlete, Connection, SetResult, StrengthSession, Work
from service.store.work import Job
from service.web.views.upload import upload_line
from tests.browser import Browser, main_text
from tests.builders import an_activity
from tests.fakes import FakeChannel, FakeClock, FakeSource, FakeUploads, FreeBudget
from tests.integration.stage import ROME, Stage

READS = "read,activity:read,activity:read_all"
WRITES = f"{READS},activity:write"
MUTED = "On Strava, muted in feeds."


@pytest.fixture
def stage(tools: Tools, runner: int, clock: FakeClock, source: FakeSource, channel: FakeChannel) -> Stage:
    """Wednesday 8 May, 08:00 in Rome; sessions are to be written, and Strava allows it."""
    stage = Stage(tools, clock, source, channel, runner)
    with stage.write() as session:
        session.get_one(Athlete, runner).write_back = True
        session.get_one(Connection, runner).scope = WRITES
    return stage


@pytest.fixture
def strava(tools: Tools) -> FakeUploads:
    assert isinstance(tools.uploads, FakeUploads)
    return tools.uploads


def done(stage: Stage, size: Size = Size.FULL, minutes: int = 13) -> int:
    """Begun on the page and finished there."""
    with stage.write() as session:
        row = log.start(session, stage.tools, stage.runner, prompt_id=None, size=size, origin="page")
        session_id = row.id
    stage.pass_time(minutes=minutes)
    with stage.write() as session:
        log.finish(session, stage.tools, stage.runner, session_id)
    return session_id


def undo(stage: Stage, session_id: int) -> None:
    with stage.write() as session:
        assert log.undo(session, stage.tools, stage.runner, session_id)


def the(stage: Stage, session_id: int) -> StrengthSession:
    with stage.tools.store.read() as session:
        return session.get_one(StrengthSession, session_id)


def line(stage: Stage, session_id: int) -> str:
    return upload_line(the(stage, session_id), stage.tools.words.in_language("en"))


# --- the way there ------------------------------------------------------------------------------


def test_a_done_session_goes_there_muted_after_ten_minutes(stage: Stage, strava: FakeUploads) -> None:
    session_id = done(stage)
    assert line(stage, session_id) == "Goes to Strava in about ten minutes."
    stage.pass_time(minutes=9)
    assert strava.calls == []
    stage.pass_time(minutes=2)

    assert strava.calls == ["upload", "uploaded", "mute"]
    assert strava.muted == list(strava.held.values())
    assert line(stage, session_id) == MUTED
    stage.pass_time(hours=12)
    assert strava.calls.count("upload") == 1


def test_it_tells_when_how_long_and_which_sets(stage: Stage, strava: FakeUploads) -> None:
    with stage.write() as session:
        session.get_one(Athlete, stage.runner).language = "en"
    began = stage.clock()
    session_id = done(stage, minutes=13)
    items = the(stage, session_id).prescription["items"]
    stage.pass_time(minutes=11)

    (sent,) = strava.handed_in
    assert (sent.start_at, sent.elapsed_s, sent.utc_offset_s) == (began, 13 * 60, 7200)
    assert (sent.name, sent.description) == ("Strength routine", "Logged with Afterrun.")
    wanted = {item["exercise"]: item["sets"] * item["sides"] for item in items}
    assert {key: len([one for one in sent.sets if one.exercise == key]) for key in wanted} == wanted
    assert {one.reps for one in sent.sets} == {item["reps"] for item in items}


def test_what_was_played_is_told_as_it_was_played(stage: Stage, strava: FakeUploads) -> None:
    session_id = done(stage)
    first, *_others, last = (item["exercise"] for item in the(stage, session_id).prescription["items"])
    with stage.write() as session:
        for exercise, side, reps in ((last, "left", 7), (last, "right", 0), (first, "left", 9)):
            session.add(
                SetResult(
                    session_id=session_id,
                    athlete_id=stage.runner,
                    exercise=exercise,
                    level=1,
                    number=1,
                    side=side,
                    reps=reps,
                )
            )
    stage.pass_time(minutes=11)
    assert strava.handed_in[0].sets == (StrengthSet(first, 1, 9), StrengthSet(last, 1, 7))


def test_one_that_was_told_of_by_a_tap_ended_with_it(stage: Stage, strava: FakeUploads) -> None:
    with stage.write() as session:
        row = log.done_now(
            session, stage.tools, stage.runner, prompt_id=None, size=Size.MINI, origin="link"
        )
        minutes = row.minutes
    tapped_at = stage.clock()
    stage.pass_time(minutes=11)
    (sent,) = strava.handed_in
    assert sent.elapsed_s == round(minutes * 60)
    assert sent.start_at + timedelta(seconds=sent.elapsed_s) == pytest.approx(
        tapped_at, abs=timedelta(seconds=1)
    )


def test_nothing_is_sent_unless_it_was_switched_on(stage: Stage, strava: FakeUploads) -> None:
    with stage.write() as session:
        session.get_one(Athlete, stage.runner).write_back = False
    session_id = done(stage)
    stage.pass_time(hours=1)
    assert strava.calls == []
    assert line(stage, session_id) == ""


@pytest.mark.parametrize("origin", ["watch", "log"])
def test_what_was_not_begun_here_is_not_sent(stage: Stage, strava: FakeUploads, origin: Any) -> None:
    """The watch has written its own, and the hour of one told of afterwards is not known."""
    with stage.write() as session:
        log.record(
            session,
            stage.tools,
            stage.runner,
            on=datetime(2030, 5, 8).date(),
            size=Size.FULL,
            origin=origin,
            at=stage.clock(),
        )
    stage.pass_time(hours=1)
    assert strava.calls == []


# --- taken back ---------------------------------------------------------------------------------


def test_one_that_is_taken_back_at_once_is_never_sent(stage: Stage, strava: FakeUploads) -> None:
    session_id = done(stage)
    undo(stage, session_id)
    stage.pass_time(hours=1)
    assert strava.calls == []
    assert line(stage, session_id) == ""


def test_one_that_is_taken_back_later_stays_there_and_says_so(stage: Stage, strava: FakeUploads) -> None:
    session_id = done(stage)
    stage.pass_time(minutes=11)
    undo(stage, session_id)
    stage.pass_time(hours=1)
    assert strava.calls.count("upload") == 1
    assert line(stage, session_id) == "It stays on Strava; only you can delete it there."


def test_one_that_waits_is_not_sent_once_it_is_switched_off(stage: Stage, strava: FakeUploads) -> None:
    session_id = done(stage)
    with stage.write() as session:
        session.get_one(Athlete, stage.runner).write_back = False
    stage.pass_time(hours=1)
    assert strava.calls == []
    assert line(stage, session_id) == ""


# --- never twice --------------------------------------------------------------------------------


def test_an_answer_that_never_came_is_asked_for_again_and_makes_no_second_one(
    stage: Stage, source: FakeSource, strava: FakeUploads
) -> None:
    strava.after.append(SourceDown("Strava did not answer in time"))
    session_id = done(stage)
    stage.pass_time(minutes=10, seconds=30)
    ((key, activity_id),) = strava.held.items()
    source.record([an_activity("WeightTraining", id=activity_id, external_id=key)])
    stage.pass_time(minutes=5)

    assert strava.calls == ["upload", "upload", "uploaded", "mute"]
    assert strava.held == {key: activity_id}
    assert len({each.external_id for each in strava.handed_in}) == 1
    assert line(stage, session_id) == MUTED


def test_the_watchs_own_recording_that_is_answered_as_duplicate_is_not_muted(
    stage: Stage, source: FakeSource, strava: FakeUploads
) -> None:
    session_id = done(stage)
    strava.held[f"afterrun-{the(stage, session_id).upload['key']}"] = 4711
    source.record([an_activity("WeightTraining", id=4711, external_id="garmin_push_1")])
    stage.pass_time(minutes=11)
    assert strava.muted == []
    assert line(stage, session_id) == "On Strava, not muted in feeds."


class Killed(BaseException):
    """Nothing catches it, as nothing catches the end of a process."""


@pytest.mark.parametrize("after_s", [0, 2], ids=["handed in", "looked"])
def test_a_kill_between_call_and_commit_is_harmless(
    stage: Stage, source: FakeSource, strava: FakeUploads, after_s: int
) -> None:
    def killed(job: Job, tools: Tools) -> Commit:
        HANDLERS["upload"](job, tools)
        raise Killed

    session_id = done(stage)
    stage.clock.tick(minutes=10)
    if after_s:
        stage.work()
        stage.clock.tick(seconds=after_s)
    with pytest.raises(Killed):
        drain(stage.tools, {**HANDLERS, "upload": killed}, stage.runner)
    for key, activity_id in strava.held.items():
        source.record([an_activity("WeightTraining", id=activity_id, external_id=key)])
    stage.pass_time(minutes=10)

    assert len(strava.held) == 1
    assert line(stage, session_id) == MUTED


def test_results_that_arrive_again_ask_for_nothing_more(stage: Stage, strava: FakeUploads) -> None:
    session_id = done(stage)
    for _again in "12":
        with stage.write() as session:
            log.finish(session, stage.tools, stage.runner, session_id)
        stage.pass_time(minutes=15)
    assert strava.calls.count("upload") == 1


# --- what goes wrong ----------------------------------------------------------------------------


def test_an_outage_is_waited_out(stage: Stage, strava: FakeUploads) -> None:
    strava.failures += [SourceDown("502")] * 4
    session_id = done(stage)
    stage.pass_time(hours=2)
    assert line(stage, session_id) == MUTED


def test_an_outage_of_a_day_ends_in_one_line(stage: Stage, strava: FakeUploads) -> None:
    strava.failures += [SourceDown("502")] * 50
    session_id = done(stage)
    stage.pass_time(hours=30)
    assert strava.calls == ["upload"] * 7
    assert line(stage, session_id).startswith("Strava did not answer, so it may not be there.")


def test_a_used_up_budget_is_no_try(stage: Stage, strava: FakeUploads) -> None:
    strava.failures += [
        RateLimited("used up", stage.clock() + timedelta(minutes=30 + 15 * n)) for n in range(9)
    ]
    session_id = done(stage)
    stage.pass_time(hours=4)
    assert line(stage, session_id) == MUTED


@pytest.mark.parametrize("half_way", [False, True])
def test_a_refused_one_is_told_and_not_tried_again(
    stage: Stage, strava: FakeUploads, half_way: bool
) -> None:
    if half_way:
        strava.ends = UploadState.REFUSED
    else:
        strava.failures.append(SourceRefused("400"))
    session_id = done(stage)
    stage.pass_time(hours=12)
    assert strava.calls.count("upload") == 1
    assert line(stage, session_id) == "Strava did not take it. It counts here all the same."
    assert the(stage, session_id).undone_at is None


def test_a_slow_one_is_looked_at_again(stage: Stage, strava: FakeUploads) -> None:
    strava.looks = 5
    session_id = done(stage)
    stage.pass_time(minutes=15)
    assert line(stage, session_id) == MUTED


def test_one_that_never_gets_ready_ends_in_one_line(stage: Stage, strava: FakeUploads) -> None:
    strava.looks = 1000
    session_id = done(stage)
    stage.pass_time(hours=6)
    assert line(stage, session_id).startswith("Strava did not answer")
    assert strava.calls.count("uploaded") == 8


@pytest.mark.parametrize("how", ["scope", "refusal", "disconnected"])
def test_a_withdrawn_permission_is_one_line_and_nothing_is_sent(
    stage: Stage, strava: FakeUploads, how: str
) -> None:
    session_id = done(stage)
    if how == "scope":
        with stage.write() as session:
            session.get_one(Connection, stage.runner).scope = READS
    elif how == "refusal":
        strava.failures.append(ScopeMissing("401"))
    else:
        connect.disconnect(stage.tools, stage.runner, "asked")
    stage.pass_time(hours=1)
    assert strava.handed_in == []
    assert line(stage, session_id) == "Not on Strava: the permission to write is missing."


def test_one_that_cannot_be_muted_is_there_all_the_same(stage: Stage, strava: FakeUploads) -> None:
    session_id = done(stage)
    stage.pass_time(minutes=10, seconds=1)
    assert strava.calls == ["upload"]
    strava.failures = _after_one(ScopeMissing("401"))
    stage.pass_time(minutes=1)
    assert line(stage, session_id) == "On Strava, not muted in feeds."


def _after_one(failure: Exception) -> Any:
    """The next call goes well, the one after it fails."""

    class Late(list[Any]):
        calls = 0

        def __bool__(self) -> bool:
            self.calls += 1
            return self.calls == 2

    return Late([failure])


# --- all the way --------------------------------------------------------------------------------


def test_it_goes_all_the_way_to_the_sandbox_and_its_echo_comes_back(
    stage: Stage, clock: FakeClock
) -> None:
    world = World(clock, deliver="manual")
    athlete_id = world.add_athlete(SandboxAthlete(stage.source.athlete)).id
    with serve_sandbox(world) as server:
        strava = StravaSource(
            client_id=world.app.client_id,
            client_secret=world.app.secret,
            oauth_base=f"{server.url}/oauth",
            api_base=f"{server.url}/api/v3",
            revoke="revoke",
            budget=FreeBudget(),
            clock=clock,
        )
        stage.tools = replace(stage.tools, source=strava, uploads=strava)
        code = world.grants.authorize(world.app.client_id, athlete_id, WRITES.split(","), clock())
        connect.complete(
            stage.tools,
            code=code,
            scope=WRITES,
            signed_in_as=stage.runner,
            may_create=False,
            timezone="Europe/Rome",
            consent_version=connect.CONSENT_VERSION,
        )
        session_id = done(stage)
        stage.pass_time(minutes=11)
        (made,) = world.athlete(athlete_id).activities.values()
        stage.event(made["id"])
        stage.pass_time(minutes=5)

    assert line(stage, session_id) == MUTED
    assert (made["hide_from_home"], made["elapsed_time"], made["sport_type"]) == (True, 780, "WeightTraining")
    with stage.tools.store.read() as session:
        echo = activities.get(session, stage.runner, made["id"], clock())
    assert echo is not None
    assert echo.is_ours
    assert [row.athlete_id for row in world.uploads.values()] == [athlete_id]


# --- the echo, and what is kept -----------------------------------------------------------------


def test_the_echo_leaves_the_day_and_the_plan_as_they_are(
    stage: Stage, source: FakeSource, strava: FakeUploads, browser: Browser
) -> None:
    stage.read_history(weeks=14)
    done(stage)
    stage.pass_time(minutes=11)
    ((key, activity_id),) = strava.held.items()
    begun = strava.handed_in[0].start_at.astimezone(ROME)
    before = state(stage)
    source.record(
        [
            an_activity(
                "WeightTraining", minutes=31, start=f"{begun:%Y-%m-%d %H:%M}", id=activity_id, external_id=key
            )
        ]
    )
    stage.event(activity_id)
    stage.pass_time(minutes=5)

    assert state(stage) == before
    assert "Was this your session?" not in main_text(browser.get("/"))


def state(stage: Stage) -> tuple[DayKind, float, list[Any]]:
    with stage.tools.store.read() as session:
        known = situation.load(session, stage.runner, stage.tools, stage.clock())
    return known.days[known.today].kind, known.credit, [each.on for each in known.planned]


def test_no_number_of_stravas_is_kept_with_the_session(stage: Stage, strava: FakeUploads) -> None:
    done(stage)
    stage.pass_time(minutes=11)
    (activity_id,) = strava.held.values()
    with stage.tools.store.read() as session:
        assert str(activity_id) not in f"{own_facts(session, stage.runner)}"
    stage.clock.tick(days=7)
    purge(stage.tools)
    with stage.tools.store.read() as session:
        assert session.scalars(select(Work).where(Work.kind == "upload")).all() == []


def test_a_withdrawn_connection_takes_its_rows_along(stage: Stage) -> None:
    session_id = done(stage)
    stage.pass_time(minutes=10, seconds=1)
    with stage.write() as session:
        connections.wipe(session, stage.runner)
    with stage.tools.store.read() as session:
        assert session.scalars(select(Work).where(Work.kind == "upload")).all() == []
    assert the(stage, session_id).upload["state"] == "withdrawn"


# --- the switch on You --------------------------------------------------------------------------


def test_switching_on_asks_strava_for_one_permission_more(
    tools: Tools, runner: int, browser: Browser, source: FakeSource
) -> None:
    assert "Strava asks you for one more permission." in main_text(browser.get("/you"))
    away = browser.post("/connect/write", {"turn": "on"})
    assert away.status_code == 303
    assert away.location.endswith(f"scope={WRITES}")
    back = come_back(browser, away.location, WRITES)

    assert back.location == "/you#write"
    assert "On. The next done session goes to Strava, too." in main_text(browser.get("/you"))
    assert athlete(tools, runner).write_back
    again = browser.post("/connect/start", {"consent": "yes"})
    assert again.location.endswith(f"scope={WRITES}")  # or it would be lost by connecting again


def test_what_counts_is_what_strava_granted(tools: Tools, runner: int, browser: Browser) -> None:
    browser.get("/you")
    away = browser.post("/connect/write", {"turn": "on"})
    come_back(browser, away.location, READS)
    assert not athlete(tools, runner).write_back
    assert "Nothing is written: Strava was not told to allow it." in main_text(browser.get("/you"))


def test_saying_no_at_strava_changes_nothing(tools: Tools, runner: int, browser: Browser) -> None:
    browser.get("/you")
    away = browser.post("/connect/write", {"turn": "on"})
    back = browser.get(f"/connect/callback?error=access_denied&state={state_of(away.location)}")
    assert back.location == "/you#write"
    assert not athlete(tools, runner).write_back
    with tools.store.read() as session:
        assert session.get_one(Connection, runner).scope == READS


def test_it_is_switched_off_and_on_again_without_asking_strava(stage: Stage, browser: Browser) -> None:
    browser.get("/you")
    assert browser.post("/connect/write", {"turn": "off"}).location == "/you#write"
    assert not athlete(stage.tools, stage.runner).write_back
    assert "Off. What is on Strava stays there." in main_text(browser.get("/you"))
    assert browser.post("/connect/write", {"turn": "on"}).location == "/you#write"
    assert athlete(stage.tools, stage.runner).write_back


def test_a_permission_that_went_is_said_on_you(stage: Stage, browser: Browser) -> None:
    with stage.write() as session:
        session.get_one(Connection, stage.runner).scope = READS
    page = main_text(browser.get("/you"))
    assert "Strava no longer lets us write, so nothing is sent." in page
    assert "Allow again" in page


def test_another_word_than_on_or_off_is_refused(browser: Browser) -> None:
    browser.get("/you")
    assert browser.post("/connect/write", {"turn": "over"}).status_code == 400


def athlete(tools: Tools, runner: int) -> Athlete:
    with tools.store.read() as session:
        return session.get_one(Athlete, runner)


def state_of(location: str) -> str:
    return location.partition("state=")[2].partition("&")[0]


def come_back(browser: Browser, location: str, scope: str) -> Any:
    return browser.get(f"/connect/callback?state={state_of(location)}&code=code&scope={scope}")
