"""What cannot be right, or comes all at once: one clear sentence, no burst of prompts, no lost plan."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from service.domain.effort import RunKind
from service.domain.planner import PlannedSession, week_start
from service.domain.prompting import Trigger
from service.pipeline import receive, situation
from service.pipeline.tools import Tools
from service.store import activities, prompts, sessions, work
from tests.builders import a_judged, a_ride, a_run, steady_history
from tests.fakes import FakeChannel, FakeClock, FakeSource
from tests.integration.stage import EASY, HARD, ROME, Stage, wall

A_DAY = timedelta(days=1)


@pytest.fixture
def bare(tools: Tools, runner: int, clock: FakeClock, source: FakeSource, channel: FakeChannel) -> Stage:
    """Wednesday 08:00 in Rome, quiet from 21:00 to 07:30, nothing known, a phone to write to."""
    stage = Stage(tools, clock, source, channel, runner)
    stage.add_channel()
    return stage


@pytest.fixture
def stage(bare: Stage) -> Stage:
    """Ten weeks are known, nothing since Sunday."""
    bare.read_history()
    return bare


def today(stage: Stage) -> date:
    with stage.tools.store.read() as session:
        return situation.load(session, stage.runner, stage.tools, stage.clock()).today


def planned(stage: Stage) -> list[PlannedSession]:
    """What is stored of the week that the runner is in."""
    with stage.tools.store.read() as session:
        return sessions.planned(session, stage.runner, week_start(today(stage), 0))


def at_most_one_a_day(stage: Stage) -> None:
    for_days = [row.local_on for row in stage.asked()]
    went_out = [at.astimezone(ROME).date() for at in stage.sent_at]
    assert max([*Counter(for_days).values(), *Counter(went_out).values()], default=0) <= 1, went_out


def all_is_well(stage: Stage) -> None:
    """Nothing was given up, nothing is left undone, and the next plan is asked for."""
    with stage.tools.store.read() as session:
        assert work.dead(session) == []
        assert work.next_due(session, stage.runner, stage.clock()) is None
        assert work.has_open(session, stage.runner, "plan") or work.has_open(session, stage.runner, "prompt")


# --- a clock that jumps ---------------------------------------------------------------------------


@pytest.mark.parametrize("back", [{"hours": 1}, {"days": 1}])
def test_a_clock_that_jumps_back_before_the_prompt_went_out_brings_it_once(
    stage: Stage, back: dict[str, int]
) -> None:
    stage.until("2030-05-09 10:00")
    stage.finish_run(minutes_ago=2)
    stage.pass_time(minutes=3)
    assert [row.state for row in stage.prompts()] == ["planned"]
    stage.clock.tick(**{unit: -number for unit, number in back.items()})
    stage.until("2030-05-09 12:00")

    assert [wall(at) for at in stage.sent_at if at >= stage.clock() - timedelta(hours=12)] == ["Thu 10:10"]
    at_most_one_a_day(stage)
    all_is_well(stage)


@pytest.mark.parametrize("back", [{"hours": 1}, {"days": 1}, {"days": 3}])
def test_a_clock_that_jumps_back_after_the_prompt_went_out_brings_no_second_one(
    stage: Stage, back: dict[str, int]
) -> None:
    stage.until("2030-05-09 10:00")
    stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=3)
    assert len(stage.asked()) == 1
    stage.clock.tick(**{unit: -number for unit, number in back.items()})
    stage.work()
    assert planned(stage) != []
    stage.until("2030-05-12 23:00")

    at_most_one_a_day(stage)
    assert len(stage.asked()) <= 4
    all_is_well(stage)


def test_a_clock_that_was_days_ahead_for_a_while_leaves_the_week_as_it_was(stage: Stage) -> None:
    stage.until("2030-05-08 12:00")
    before = planned(stage)
    stage.clock.tick(days=9)
    stage.work()
    stage.clock.tick(days=-9)
    stage.prefer()  # anything asks for a plan
    stage.work()

    assert [session.on for session in planned(stage)] == [session.on for session in before]
    assert [session.original_on for session in planned(stage)] == [session.original_on for session in before]
    stage.until("2030-05-12 23:00")
    at_most_one_a_day(stage)
    all_is_well(stage)


def test_a_clock_that_was_days_ahead_for_a_while_keeps_no_one_waiting_for_as_many_days(stage: Stage) -> None:
    stage.clock.tick(days=9)
    stage.work()
    before = len(stage.asked())
    stage.clock.tick(days=-9)
    stage.pass_days(4)

    assert len(stage.asked()) > before


# --- all at once ----------------------------------------------------------------------------------


def test_a_week_of_events_in_one_minute_brings_one_prompt_at_most_and_keeps_the_plan(stage: Stage) -> None:
    """Nothing ran from Wednesday to Tuesday, and Strava tells it all when it is up again."""
    stage.until("2030-05-08 10:00")
    before = len(stage.sent_at)
    missed = [(day, EASY if day % 2 else HARD) for day in range(6)]
    ids = [
        stage.finish_run(minutes_ago=-(day * 24 * 60 + 60), event=False, **kind) for day, kind in missed
    ]
    stage.clock.tick(days=6, hours=1)
    ids.append(stage.finish_run(minutes_ago=12, event=False))
    for run_id in ids:
        stage.event(run_id)
    stage.pass_time(minutes=2)

    assert len(stage.sent_at) - before == 1
    assert stage.standing() is not None
    assert planned(stage) != []
    stage.until("2030-05-14 23:00")
    assert len(stage.sent_at) - before == 1
    all_is_well(stage)


def test_easy_runs_of_a_week_told_at_once_bring_no_prompt_for_a_day_that_is_over(stage: Stage) -> None:
    stage.until("2030-05-08 10:00")
    before = len(stage.asked())
    ids = [stage.finish_run(minutes_ago=-(day * 24 * 60 + 60), event=False) for day in range(5)]
    stage.clock.tick(days=6)
    for run_id in ids:
        stage.event(run_id)
    stage.until("2030-05-14 23:00")

    assert {row.local_on for row in stage.asked()[before:]} <= {date(2030, 5, 14)}
    at_most_one_a_day(stage)
    all_is_well(stage)


def test_a_prompt_that_was_due_in_an_outage_of_days_is_not_sent_after_it(stage: Stage) -> None:
    stage.until("2030-05-09 10:00")
    stage.finish_run(minutes_ago=2)
    stage.pass_time(minutes=3)
    (waiting,) = stage.prompts()
    stage.clock.tick(days=3)
    stage.until("2030-05-12 23:00")

    assert waiting.id not in {row.id for row in stage.asked()}
    assert {row.local_on for row in stage.asked()} <= {date(2030, 5, 12)}
    all_is_well(stage)


# --- months without a run -------------------------------------------------------------------------


@pytest.mark.parametrize("last_run_before", ["2030-02-04", "2029-09-03"])
def test_after_months_without_a_run_the_week_is_planned_and_asked_for_as_ever(
    bare: Stage, last_run_before: str
) -> None:
    bare.source.record(steady_history(weeks=10, before=last_run_before))
    receive.ask_to_list(bare.tools, bare.runner, "backfill", bare.clock(), "backfill")
    bare.work()
    assert len(planned(bare)) == 2
    bare.until("2030-05-12 23:00")

    assert 1 <= len(bare.asked()) <= 4
    with bare.tools.store.read() as session:
        why = [prompts.reason(session, row.id, row.sent_at) for row in bare.asked() if row.sent_at]
    assert {each.trigger for each in why if each} == {Trigger.REST_DAY.value}
    at_most_one_a_day(bare)
    all_is_well(bare)


# --- activities of another day than they say ------------------------------------------------------


@pytest.mark.parametrize(
    "start", ["2030-05-09 07:00", "2031-05-08 07:00", "2099-12-31 23:30", "1970-01-01 00:00"]
)
def test_a_run_dated_ahead_or_decades_back_moves_nothing(stage: Stage, start: str) -> None:
    before = [session.on for session in planned(stage)]
    run = a_run(start=start, **EASY)
    stage.source.record([run])
    stage.event(run.id)
    stage.pass_time(minutes=5)

    assert stage.standing() is None
    assert today(stage) == date(2030, 5, 8)
    assert [session.on for session in planned(stage)] == before
    stage.until("2030-05-12 23:00")
    at_most_one_a_day(stage)
    all_is_well(stage)


def test_a_run_dated_ahead_does_not_keep_a_real_one_from_being_asked_about(stage: Stage) -> None:
    ahead = a_run(start="2031-05-08 07:00", **EASY)
    stage.source.record([ahead])
    stage.event(ahead.id)
    stage.until("2030-05-09 10:00")
    run_id = stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=3)

    with stage.tools.store.read() as session:
        verdict = activities.verdict(session, stage.runner, run_id)
    assert verdict is not None
    assert verdict.kind is RunKind.EASY
    assert [wall(at) for at in stage.sent_at] == ["Thu 10:01"]
    all_is_well(stage)


def test_a_run_dated_ahead_does_not_close_the_day_of_a_run_past_midnight() -> None:
    run = a_judged(a_run(start="2030-05-09 23:30", minutes=60), RunKind.EASY)
    ahead = a_judged(a_run(start="2031-05-08 07:00"), RunKind.EASY)
    at_half_past_three = datetime(2030, 5, 10, 1, 30, tzinfo=UTC)

    assert situation.today_of(at_half_past_three, ROME, (run, ahead)) == date(2030, 5, 9)


# --- settings that leave no choice ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("preferences", "rule", "sentence"),
    [
        ({"never_weekdays": list(range(7))}, "prompt.no_days", "every day"),
        ({"quiet_from": time(7, 30), "quiet_until": time(7, 29)}, "prompt.no_hours", "uiet hours"),
    ],
)
def test_settings_that_leave_no_hour_are_told_and_once_they_do_the_week_goes_on(
    stage: Stage, preferences: dict[str, Any], rule: str, sentence: str
) -> None:
    stage.prefer(**preferences)
    stage.until("2030-05-08 23:00")
    assert stage.asked() == []
    reason, coming = stage.silence()
    assert (reason.rule, coming) == (rule, None)
    assert sentence in stage.tools.words.reason(reason)

    stage.prefer(never_weekdays=[], quiet_from=time(21), quiet_until=time(7, 30))
    stage.until("2030-05-12 23:00")
    assert stage.asked() != []
    all_is_well(stage)


def test_a_runner_in_a_zone_nobody_knows_is_asked_where_the_latest_run_was(stage: Stage) -> None:
    stage.prefer(timezone="Mars/Olympus")
    stage.until("2030-05-09 10:00")
    stage.finish_run(minutes_ago=12)
    stage.until("2030-05-11 23:00")

    assert wall(stage.sent_at[0]) == "Thu 10:01"
    assert all(time(7, 30) <= at.astimezone(ROME).time() < time(21) for at in stage.sent_at)
    all_is_well(stage)


# --- whatever of it comes, in one week ------------------------------------------------------------


def _hours_back(stage: Stage) -> None:
    stage.clock.tick(hours=-1)


def _a_day_back(stage: Stage) -> None:
    stage.clock.tick(days=-1)


def _asleep(stage: Stage) -> None:
    stage.clock.tick(days=2)


def _dated_ahead(stage: Stage) -> None:
    stage.finish_run(minutes_ago=-26 * 60)


def _no_days(stage: Stage) -> None:
    stage.prefer(never_weekdays=list(range(7)))


def _all_days(stage: Stage) -> None:
    stage.prefer(never_weekdays=[])


@pytest.mark.parametrize(
    "troubles",
    [
        (_hours_back, _dated_ahead, _asleep, _a_day_back),
        (_asleep, _a_day_back, _no_days, _all_days),
        (_no_days, _dated_ahead, _a_day_back, _all_days),
    ],
    ids=lambda troubles: "-".join(trouble.__name__.strip("_") for trouble in troubles),
)
def test_one_trouble_after_the_other_still_asks_once_a_day_and_ends_with_a_plan(
    stage: Stage, troubles: tuple[Callable[[Stage], None], ...]
) -> None:
    for trouble in troubles:
        trouble(stage)
        stage.work()
        stage.finish_run(minutes_ago=12)
        stage.pass_time(hours=9)
    stage.until("2030-05-14 12:00")

    at_most_one_a_day(stage)
    weeks = Counter(week_start(row.local_on, 0) for row in stage.asked())
    assert max(weeks.values()) <= 4
    assert len(planned(stage)) == 2
    all_is_well(stage)


# --- weeks of another kind ------------------------------------------------------------------------


def test_a_week_of_rides_alone_is_asked_for_as_any_other(stage: Stage) -> None:
    stage.until("2030-05-08 09:00")
    for _day in range(5):
        start = f"{stage.clock() - timedelta(hours=2):%Y-%m-%d %H:%M}"
        ride = a_ride(start=start, zone="UTC", timezone="Europe/Rome")
        stage.source.record([ride])
        stage.event(ride.id)
        stage.pass_time(days=1)

    with stage.tools.store.read() as session:
        why = [prompts.reason(session, row.id, row.sent_at) for row in stage.asked() if row.sent_at]
    assert Trigger.CROSS_TRAINING.value in {each.trigger for each in why if each}
    at_most_one_a_day(stage)
    all_is_well(stage)


def test_of_two_easy_runs_of_a_day_one_is_followed_by_a_prompt(stage: Stage) -> None:
    stage.until("2030-05-09 09:00")
    stage.finish_run(minutes_ago=12)
    stage.until("2030-05-09 17:00")
    stage.finish_run(minutes_ago=12)
    stage.until("2030-05-09 23:00")

    assert [wall(at) for at in stage.sent_at] == ["Thu 09:01"]


def test_a_hard_run_of_the_morning_keeps_the_easy_one_of_the_evening_from_being_asked_about(
    stage: Stage,
) -> None:
    stage.until("2030-05-09 09:00")
    stage.finish_run(minutes_ago=12, **HARD)
    stage.until("2030-05-09 17:00")
    stage.finish_run(minutes_ago=12)
    stage.until("2030-05-09 23:00")

    assert stage.sent_at == []
    assert stage.silence()[0].rule == "prompt.run_hard"
