"""From an event to a prompt, or to a silence with its reason: what the runner meets."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from service.domain.effort import RunKind
from service.domain.planner import PlannedSession, Size
from service.engine.drain import drain
from service.pipeline import HANDLERS, log, situation
from service.pipeline.prompt import prompt as decide
from service.pipeline.tools import Tools, nothing
from service.ports import Lane
from service.store import activities, athletes, prompts, sessions
from service.store.database import Store
from service.store.tables import Athlete, Prompt, PromptReason, WeekTarget
from service.store.work import Job
from tests.builders import a_judged, a_run
from tests.conftest import connect_runner
from tests.fakes import FakeChannel, FakeClock, FakeHooks, FakeSource
from tests.integration.stage import HARD, ROME, Stage, wall
from tests.wiring import a_store, make_tools

NO_QUIET = {"quiet_from": time(0), "quiet_until": time(0)}


@pytest.fixture
def stage(tools: Tools, runner: int, clock: FakeClock, source: FakeSource, channel: FakeChannel) -> Stage:
    """Wednesday 08:00 in Rome; ten weeks known, nothing since Sunday; quiet from 21:00 to 07:30."""
    stage = Stage(tools, clock, source, channel, runner)
    stage.read_history()
    return stage


# --- after a run ----------------------------------------------------------------------------


@pytest.mark.parametrize(("heard_after", "asked_after"), [(2, 10), (12, 14), (40, 42), (56, 58)])
def test_an_easy_run_is_followed_by_one_prompt_ten_to_sixty_minutes_later(
    stage: Stage, heard_after: int, asked_after: int
) -> None:
    stage.until("2030-05-09 10:00")
    stage.finish_run(minutes_ago=heard_after)
    ended_at = stage.clock() - timedelta(minutes=heard_after)
    stage.until("2030-05-09 23:00")

    (prompt,) = stage.asked()
    assert prompt.sent_at is not None
    assert abs(prompt.sent_at - ended_at - timedelta(minutes=asked_after)) <= timedelta(minutes=2)
    assert prompt.local_on == date(2030, 5, 9)


def test_whoever_left_all_prompts_unanswered_for_two_months_is_not_asked_again_much_later(
    stage: Stage,
) -> None:
    with stage.write() as session:
        for days_ago in (200, 199, 196, 190, 180, 141):
            at = stage.clock() - timedelta(days=days_ago)
            session.add(
                Prompt(
                    athlete_id=stage.runner,
                    local_on=at.date(),
                    size=Size.FULL.value,
                    send_at=at,
                    sent_at=at,
                    valid_until=at + timedelta(hours=2),
                    state="expired",
                    snoozes=0,
                )
            )
    stage.finish_run(minutes_ago=12)
    stage.until("2030-05-09 23:00")

    assert len(stage.asked()) == 6
    assert stage.silence()[0].rule == "prompt.dormant"


def test_a_run_just_ended_is_judged_easy_and_stands_as_a_prompt_within_a_hundred_seconds(
    stage: Stage,
) -> None:
    run_id = stage.finish_run(minutes_ago=12)
    stage.pass_time(seconds=100)

    with stage.tools.store.read() as session:
        judged = activities.judged(session, stage.runner, stage.clock())
    assert judged[-1].activity.id == run_id
    assert judged[-1].verdict is not None
    assert judged[-1].verdict.kind is RunKind.EASY
    assert stage.standing() is not None


def test_intervals_are_followed_by_silence_with_a_reason_and_the_next_moment(stage: Stage) -> None:
    stage.finish_run(minutes_ago=12, **HARD)
    stage.pass_time(minutes=5)

    reason, coming = stage.silence()
    assert stage.standing() is None
    assert reason.rule == "prompt.run_hard"
    assert stage.tools.words.reason(reason).startswith("A hard run today")
    assert coming is not None
    assert date.fromisoformat(coming["on"]) > date(2030, 5, 8)

    stage.until("2030-05-08 23:59")
    assert stage.asked() == []


def test_a_run_that_is_uploaded_late_joins_the_evening_slot(stage: Stage) -> None:
    stage.until("2030-05-09 14:00")
    stage.finish_run(minutes_ago=5 * 60)
    stage.until("2030-05-09 23:00")

    assert [wall(row.sent_at) for row in stage.asked()] == ["Thu 18:30"]


def test_a_run_that_ends_in_the_quiet_hours_is_not_followed_by_a_prompt_that_night(stage: Stage) -> None:
    stage.until("2030-05-08 21:40")
    stage.finish_run(minutes_ago=5)
    stage.until("2030-05-09 07:00")

    assert stage.asked() == []


def test_no_day_gets_a_second_prompt_however_often_it_is_looked_at(stage: Stage) -> None:
    stage.until("2030-05-09 08:00")
    stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=5)
    stage.until("2030-05-09 12:00")
    stage.finish_run(minutes_ago=12, km=6.0, minutes=38)
    stage.until("2030-05-09 13:00")
    stage.prefer(weekday_slot=time(19, 0))
    stage.until("2030-05-09 23:30")

    assert len(stage.asked()) == 1


def test_a_record_in_a_wrong_zone_neither_fails_nor_moves_the_day(stage: Stage) -> None:
    stage.until("2030-05-09 10:00")
    elsewhere = datetime(2030, 5, 10, 9, 0)
    stage.finish_run(minutes_ago=12, start_local=elsewhere, timezone="Pacific/Apia")
    stage.until("2030-05-09 12:00")

    with stage.tools.store.read() as session:
        known = situation.load(session, stage.runner, stage.tools, stage.clock())
    assert known.today == date(2030, 5, 9)


# --- taken back -----------------------------------------------------------------------------


def test_a_prompt_is_withdrawn_when_the_runner_says_that_the_run_was_hard(stage: Stage) -> None:
    run_id = stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=3)
    assert stage.standing() is not None

    with stage.write() as session:
        assert log.correct(session, stage.tools, stage.runner, run_id, RunKind.HARD)
    stage.work()

    assert stage.standing() is None
    assert [row.state for row in stage.asked()] == ["withdrawn"]
    assert stage.silence()[0].rule == "prompt.run_hard"


def test_a_prompt_is_withdrawn_when_its_run_is_deleted(stage: Stage) -> None:
    run_id = stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=3)
    stage.delete_run(run_id)
    stage.pass_time(minutes=3)

    assert stage.standing() is None
    stage.until("2030-05-08 23:00")
    assert [row.state for row in stage.asked()] == ["withdrawn"]


def test_no_word_of_a_deleted_run_stays_with_the_prompts_of_its_day(stage: Stage) -> None:
    run_id = stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=3)
    (asked,) = stage.asked()
    with stage.write() as session:
        assert prompts.reason(session, asked.id, stage.clock()) is not None
    stage.delete_run(run_id)
    stage.pass_time(minutes=3)

    with stage.write() as session:
        assert session.scalar(select(func.count()).select_from(PromptReason)) == 0


def test_a_prompt_that_waits_for_its_time_is_never_sent_once_its_run_is_gone(stage: Stage) -> None:
    run_id = stage.finish_run(minutes_ago=1)
    stage.pass_time(minutes=4)
    assert [row.state for row in stage.prompts()] == ["planned"]
    stage.delete_run(run_id)
    stage.pass_time(hours=1)

    assert stage.asked() == []


def test_a_session_logged_while_the_prompt_is_decided_keeps_it_from_going_out(stage: Stage) -> None:
    """The decision rests on what was read before the transaction."""
    stage.finish_run(minutes_ago=12)
    stage.clock.tick(minutes=2)
    drain(stage.tools, {**HANDLERS, "plan": lambda _job, _tools: nothing}, stage.runner)
    job = Job(0, stage.runner, "prompt", {}, Lane.LIVE, 0, 0, stage.clock())
    commit = decide(job, stage.tools)
    with stage.write() as session:
        log.done_now(session, stage.tools, stage.runner, prompt_id=None, size=Size.FULL, origin="page")
    with stage.write() as session:
        commit(session)

    assert [(row.state, row.sent_at) for row in stage.prompts()] == [("withdrawn", None)]


def test_prompts_that_were_taken_back_are_not_held_against_the_runner(stage: Stage) -> None:
    """Whoever says "not easy" has answered. Only Thursday evening's prompt is ignored here."""
    for morning in ("2030-05-08", "2030-05-10"):
        stage.until(f"{morning} 08:00")
        run_id = stage.finish_run(minutes_ago=12)
        stage.pass_time(minutes=3)
        assert stage.standing() is not None, morning
        with stage.write() as session:
            log.correct(session, stage.tools, stage.runner, run_id, RunKind.HARD)
        stage.work()
        assert stage.standing() is None


def test_a_prompt_planned_before_an_outage_is_decided_anew_once_its_time_is_over(stage: Stage) -> None:
    stage.until("2030-05-09 10:00")
    stage.finish_run(minutes_ago=2)
    stage.pass_time(minutes=3)
    assert [row.state for row in stage.prompts()] == ["planned"]
    stage.clock.tick(hours=2)  # nothing runs until 12:03
    stage.until("2030-05-09 23:00")

    assert [wall(row.sent_at) for row in stage.asked()] == ["Thu 18:30"]


# --- midnight, clock changes, zones ---------------------------------------------------------


def test_past_midnight_a_run_of_the_evening_before_still_counts_for_its_day(stage: Stage) -> None:
    stage.prefer(**NO_QUIET)
    stage.until("2030-05-09 00:05")
    stage.finish_run(minutes_ago=14)
    stage.pass_time(minutes=3)

    (prompt,) = stage.asked()
    assert wall(prompt.sent_at).startswith("Thu 00:0")
    assert prompt.local_on == date(2030, 5, 8)
    with stage.write() as session:
        row = log.start(
            session, stage.tools, stage.runner, prompt_id=prompt.id, size=Size.FULL, origin="page"
        )
    assert row.on == date(2030, 5, 8)

    stage.until("2030-05-09 23:00")
    assert len(stage.asked()) == 1


@pytest.mark.parametrize(("hour", "today"), [("02:55", 9), ("03:05", 10)])
def test_the_runners_day_ends_at_three(stage: Stage, hour: str, today: int) -> None:
    stage.until(f"2030-05-10 {hour}")

    with stage.tools.store.read() as session:
        known = situation.load(session, stage.runner, stage.tools, stage.clock())
    assert known.today == date(2030, 5, today)


def test_a_run_that_began_before_midnight_keeps_its_day_open_until_three_hours_after_its_end() -> None:
    run = a_judged(a_run(start="2030-05-09 23:30", minutes=60), RunKind.EASY)
    at_half_past_three = datetime(2030, 5, 10, 1, 30, tzinfo=UTC)

    assert situation.today_of(at_half_past_three, ROME, (run,)) == date(2030, 5, 9)
    assert situation.today_of(at_half_past_three + timedelta(minutes=1), ROME, (run,)) == date(2030, 5, 10)


@pytest.mark.parametrize("sunday", ["2030-03-31", "2030-10-27"])
def test_on_the_day_of_a_clock_change_the_prompt_comes_at_the_wall_hour(tmp_path: Path, sunday: str) -> None:
    clock = FakeClock(datetime.fromisoformat(f"{sunday} 00:00").replace(tzinfo=ROME) - timedelta(hours=20))
    with a_stage(tmp_path, clock) as stage:
        stage.prefer(weekend_slot=time(19, 0), never_weekdays=[5])
        stage.until(f"{sunday} 23:00")
        (prompt,) = stage.asked()

    assert wall(prompt.sent_at) == "Sun 19:00"
    assert prompt.local_on.isoformat() == sunday


def test_a_runner_without_a_zone_is_where_their_latest_activity_was(stage: Stage) -> None:
    stage.prefer(timezone="")
    with stage.tools.store.read() as session:
        assert situation.load(session, stage.runner, stage.tools, stage.clock()).zone.key == "Europe/Rome"


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "../../etc/passwd", "Europe", "x" * 64])
def test_a_zone_nobody_knows_is_utc_and_not_an_error(stage: Stage, name: str) -> None:
    assert situation.zone_of(Athlete(timezone=name)) == ZoneInfo("UTC")


# --- the plan -------------------------------------------------------------------------------


def planned(stage: Stage, week_on: date = date(2030, 5, 6)) -> list[PlannedSession]:
    with stage.tools.store.read() as session:
        return sessions.planned(session, stage.runner, week_on)


def test_a_session_that_moves_keeps_the_day_it_stood_on_first(stage: Stage) -> None:
    stage.work()
    first = planned(stage)[0]
    stage.until(f"{first.on} 08:00")
    stage.finish_run(minutes_ago=12, **HARD)
    stage.pass_time(minutes=5)

    moved = planned(stage)[0]
    assert moved.on > first.on
    assert moved.original_on == first.on

    stage.pass_time(hours=5)
    assert planned(stage)[0].original_on == first.on


def test_a_new_target_leaves_the_weeks_that_are_over_as_they_were(stage: Stage) -> None:
    stage.until("2030-05-14 09:00")
    stage.prefer(target_per_week=3)
    stage.work()

    with stage.tools.store.read() as session:
        kept = {row.week_on: row.target for row in session.scalars(select(WeekTarget))}
    assert kept == {date(2030, 5, 6): 2, date(2030, 5, 13): 3}


def test_not_today_moves_the_session_to_another_day(stage: Stage) -> None:
    stage.until("2030-05-09 08:00")
    stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=5)
    standing = stage.standing()
    assert standing is not None
    with stage.write() as session:
        assert log.not_today(session, stage.tools, stage.runner, standing.id)
    stage.work()

    assert date(2030, 5, 9) not in [session.on for session in planned(stage)]
    stage.until("2030-05-09 23:00")
    assert len(stage.asked()) == 1


# --- both databases -------------------------------------------------------------------------


def a_stage(tmp_path: Path, clock: FakeClock) -> "_Opened":
    return _Opened(a_store(f"sqlite:///{tmp_path / 'other.db'}"), clock)


class _Opened:
    """A stage of its own, closed at the end."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self._store = store
        source, channel = FakeSource(clock), FakeChannel()
        tools = make_tools(store, clock=clock, source=source, channel=channel, hooks=FakeHooks())
        self.stage = Stage(tools, clock, source, channel, connect_runner(tools, source))

    def __enter__(self) -> Stage:
        return self.stage

    def __exit__(self, *_error: object) -> None:
        self._store.close()


@pytest.fixture
def anywhere(any_store: Store, clock: FakeClock) -> Iterator[Stage]:
    """The same stage on SQLite and on PostgreSQL."""
    with _Opened(any_store, clock) as stage:
        stage.read_history()
        yield stage


def test_a_week_of_runs_and_answers_gives_the_same_on_both_databases(anywhere: Stage) -> None:
    stage = anywhere
    stage.add_channel()
    stage.until("2030-05-09 10:00")
    stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=5)
    (prompt,) = stage.asked()
    with stage.write() as session:
        log.done_now(session, stage.tools, stage.runner, prompt_id=prompt.id, size=Size.FULL, origin="link")
    stage.until("2030-05-10 10:00")
    stage.finish_run(minutes_ago=12, **HARD)
    stage.until("2030-05-13 10:00")

    assert wall(stage.asked()[0].sent_at).startswith("Thu 10:0")
    assert len(stage.done()) == 1
    assert all(row.local_on != date(2030, 5, 10) for row in stage.asked())
    assert len(stage.channel.sent) == len(stage.asked())


def test_the_account_and_all_of_it_goes_on_both_databases(anywhere: Stage) -> None:
    anywhere.finish_run(minutes_ago=12)
    anywhere.pass_time(minutes=5)
    with anywhere.write() as session:
        athletes.remove(session, anywhere.runner)

    assert anywhere.prompts() == []
