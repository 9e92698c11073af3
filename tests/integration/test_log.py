"""What the runner answers and does: each tap counts once, and each has the effect its button names."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, time, timedelta

import pytest
from sqlalchemy import func, select

from service.domain.effort import RunKind
from service.domain.planner import Size
from service.pipeline import log
from service.pipeline.tools import Tools
from service.store import activities, sessions
from service.store.database import Store
from service.store.tables import Prompt, StrengthSession
from tests.conftest import connect_runner
from tests.fakes import FakeChannel, FakeClock, FakeHooks, FakeSource
from tests.integration.stage import HARD, Stage, wall
from tests.wiring import make_tools


@pytest.fixture
def stage(tools: Tools, runner: int, clock: FakeClock, source: FakeSource, channel: FakeChannel) -> Stage:
    """Thursday 08:10 in Rome: a prompt stands since a moment, after an easy run."""
    stage = Stage(tools, clock, source, channel, runner)
    stage.read_history()
    stage.add_channel()
    stage.until("2030-05-09 08:00")
    stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=10)
    return stage


@pytest.fixture
def asked(stage: Stage) -> int:
    standing = stage.standing()
    assert standing is not None
    return standing.id


def prompt_of(stage: Stage, prompt_id: int) -> Prompt:
    return next(row for row in stage.prompts() if row.id == prompt_id)


def start(stage: Stage, prompt_id: int | None = None) -> StrengthSession:
    with stage.write() as session:
        row = log.start(
            session, stage.tools, stage.runner, prompt_id=prompt_id, size=Size.FULL, origin="page"
        )
    stage.work()
    return row


def done_now(stage: Stage, prompt_id: int | None = None) -> StrengthSession:
    with stage.write() as session:
        row = log.done_now(
            session, stage.tools, stage.runner, prompt_id=prompt_id, size=Size.FULL, origin="link"
        )
    stage.work()
    return row


def finish(stage: Stage, session_id: int) -> StrengthSession | None:
    with stage.write() as session:
        row = log.finish(session, stage.tools, stage.runner, session_id)
    stage.work()
    return row


def later(stage: Stage, prompt_id: int, choice: log.SnoozeChoice | None = None) -> str:
    with stage.write() as session:
        at = log.later(session, stage.tools, stage.runner, prompt_id, choice)
    stage.work()
    return wall(at)


def sessions_in_all(stage: Stage) -> int:
    with stage.tools.store.read() as session:
        return session.scalar(select(func.count()).select_from(StrengthSession)) or 0


# --- start, done, undo ----------------------------------------------------------------------


def test_start_twice_goes_on_with_the_same_session(stage: Stage, asked: int) -> None:
    assert start(stage, asked).id == start(stage, asked).id
    assert prompt_of(stage, asked).answer == "started"
    assert stage.standing() is None


def test_start_and_done_count_one_session_and_answer_the_prompt(stage: Stage, asked: int) -> None:
    begun = start(stage, asked)
    finish(stage, begun.id)
    finish(stage, begun.id)

    assert len(stage.done()) == 1
    assert (prompt_of(stage, asked).state, prompt_of(stage, asked).answer) == ("answered", "done")


def test_done_from_a_link_counts_once_however_often_it_is_tapped(stage: Stage, asked: int) -> None:
    assert done_now(stage, asked).id == done_now(stage, asked).id
    assert len(stage.done()) == 1


def test_done_from_a_link_finishes_the_session_that_was_begun(stage: Stage, asked: int) -> None:
    begun = start(stage, asked)
    assert done_now(stage, asked).id == begun.id
    assert sessions_in_all(stage) == 1


def test_done_said_the_next_morning_counts_for_the_day_of_the_prompt(stage: Stage, asked: int) -> None:
    stage.until("2030-05-10 06:00")
    row = done_now(stage, asked)

    assert row.on == date(2030, 5, 9)
    assert wall(row.started_at).startswith("Thu")


def test_done_said_again_the_next_morning_counts_no_second_session(stage: Stage, asked: int) -> None:
    begun = start(stage, asked)
    finish(stage, begun.id)
    stage.until("2030-05-10 06:00")

    assert done_now(stage, asked).id == begun.id
    assert len(stage.done()) == 1


def test_two_sessions_from_prompts_are_never_closer_than_forty_hours(stage: Stage, asked: int) -> None:
    done_now(stage, asked)
    stage.until("2030-05-19 23:00")

    first = stage.done()[0]
    assert stage.asked()[1:]
    assert all(row.sent_at and row.sent_at - first >= timedelta(hours=40) for row in stage.asked()[1:])


def test_undo_takes_a_session_back_once(stage: Stage, asked: int) -> None:
    row = done_now(stage, asked)
    with stage.write() as session:
        assert log.undo(session, stage.tools, stage.runner, row.id)
        assert log.undo(session, stage.tools, stage.runner, row.id)

    assert stage.done() == []
    assert finish(stage, row.id) is None


def test_after_undo_the_day_is_planned_anew_but_nobody_is_asked_twice(stage: Stage, asked: int) -> None:
    row = done_now(stage, asked)
    with stage.write() as session:
        log.undo(session, stage.tools, stage.runner, row.id)
    stage.until("2030-05-09 23:00")

    assert len(stage.asked()) == 1


def test_whoever_did_it_is_silent_until_the_gap_is_over(stage: Stage, asked: int) -> None:
    done_now(stage, asked)
    stage.until("2030-05-10 12:00")

    assert stage.standing() is None
    assert stage.silence()[0].rule in ("prompt.gap", "prompt.better_day")


def test_another_runners_prompts_and_sessions_are_not_found(stage: Stage, asked: int) -> None:
    row = start(stage, asked)
    stranger = FakeSource(stage.clock, athlete=9002)
    other = connect_runner(stage.tools, stranger)
    with stage.write() as session:
        assert log.finish(session, stage.tools, other, row.id) is None
        assert not log.undo(session, stage.tools, other, row.id)
        assert log.later(session, stage.tools, other, asked) is None
        assert not log.not_today(session, stage.tools, other, asked)
        own = log.done_now(session, stage.tools, other, prompt_id=asked, size=Size.FULL, origin="link")
        assert own.prompt_id is None


# --- later, not today -----------------------------------------------------------------------


def test_later_asks_once_more_in_an_hour_rounded_up(stage: Stage, asked: int) -> None:
    assert later(stage, asked) == "Thu 09:30"
    assert stage.standing() is None
    stage.until("2030-05-09 09:31")

    assert stage.standing() is not None
    assert len(stage.channel.sent) == 2
    assert len(stage.asked()) == 1


def test_later_tapped_twice_means_the_same_hour(stage: Stage, asked: int) -> None:
    assert later(stage, asked) == later(stage, asked) == "Thu 09:30"
    stage.until("2030-05-09 23:00")

    assert len(stage.channel.sent) == 2


def test_later_works_twice_and_then_the_day_has_no_room_left(stage: Stage, asked: int) -> None:
    later(stage, asked)
    stage.until("2030-05-09 09:31")
    assert later(stage, asked) == "Thu 11:00"
    stage.until("2030-05-09 11:01")

    assert stage.standing() is not None
    assert later(stage, asked) == "never"
    assert stage.standing() is not None
    stage.until("2030-05-09 23:00")
    assert len(stage.channel.sent) == 3


def test_what_was_put_off_ends_before_the_quiet_hours(stage: Stage, asked: int) -> None:
    later(stage, asked, "tonight")
    stage.until("2030-05-09 20:01")
    standing = stage.standing()

    assert standing is not None
    assert wall(standing.valid_until) <= "Thu 21:00"


def test_what_was_put_off_is_not_asked_in_hours_that_became_quiet(stage: Stage, asked: int) -> None:
    later(stage, asked, "tonight")
    stage.prefer(quiet_from=time(19, 0))
    stage.until("2030-05-10 08:00")

    assert len(stage.channel.sent) == 1


def test_what_was_put_off_is_not_asked_in_hours_that_came_to_never_suit(stage: Stage, asked: int) -> None:
    later(stage, asked, "tonight")
    thursday = {"weekdays": [3], "from": "19:30", "until": "22:00"}
    stage.prefer(never_hours=[thursday])
    stage.until("2030-05-10 00:30")

    assert len(stage.channel.sent) == 1


def test_what_was_put_off_is_dropped_if_the_service_sleeps_over_it(stage: Stage, asked: int) -> None:
    later(stage, asked)
    stage.clock.tick(hours=15)  # nothing runs until 23:10
    stage.work()

    assert len(stage.channel.sent) == 1
    assert prompt_of(stage, asked).state == "withdrawn"


def test_what_was_put_off_to_tomorrow_is_asked_once_there(stage: Stage, asked: int) -> None:
    assert later(stage, asked, "tomorrow") == "Fri 18:30"
    stage.until("2030-05-10 23:00")

    assert [wall(at) for at in stage.sent_at][1:] == ["Fri 18:30"]


@pytest.mark.parametrize("done_at", ["2030-05-09 12:00", "2030-05-10 10:00"])
def test_what_was_put_off_to_tomorrow_is_over_once_it_is_done(stage: Stage, asked: int, done_at: str) -> None:
    later(stage, asked, "tomorrow")
    stage.until(done_at)
    finish(stage, start(stage).id)
    stage.until("2030-05-10 23:00")

    assert len(stage.channel.sent) == 1


def test_what_was_put_off_is_dropped_when_the_day_turns_hard(stage: Stage, asked: int) -> None:
    later(stage, asked, "tonight")
    stage.until("2030-05-09 18:00")
    stage.finish_run(minutes_ago=12, **HARD)
    stage.until("2030-05-09 23:00")

    assert len(stage.channel.sent) == 1


def test_what_was_put_off_is_not_asked_of_somebody_who_has_done_it(stage: Stage, asked: int) -> None:
    later(stage, asked)
    done_now(stage)
    stage.until("2030-05-09 23:00")

    assert len(stage.channel.sent) == 1


def test_not_today_ends_the_day(stage: Stage, asked: int) -> None:
    with stage.write() as session:
        assert log.not_today(session, stage.tools, stage.runner, asked)
        assert log.not_today(session, stage.tools, stage.runner, asked)
    stage.until("2030-05-09 23:30")

    assert prompt_of(stage, asked).answer == "not_today"
    assert len(stage.channel.sent) == 1


def test_not_today_said_after_done_changes_nothing(stage: Stage, asked: int) -> None:
    done_now(stage, asked)
    with stage.write() as session:
        log.not_today(session, stage.tools, stage.runner, asked)

    assert prompt_of(stage, asked).answer == "done"
    assert len(stage.done()) == 1


# --- corrections ----------------------------------------------------------------------------


def test_a_correction_stands_after_the_run_was_read_again(stage: Stage) -> None:
    run_id = stage.finish_run(minutes_ago=12, **HARD)
    stage.pass_time(minutes=3)
    with stage.write() as session:
        assert log.correct(session, stage.tools, stage.runner, run_id, RunKind.EASY)
    stage.work()
    stage.event(run_id, "update")
    stage.pass_time(minutes=3)

    with stage.tools.store.read() as session:
        verdicts = {
            each.activity.id: each.verdict for each in activities.judged(session, stage.runner, stage.clock())
        }
    verdict = verdicts[run_id]
    assert verdict is not None
    assert (verdict.kind, verdict.reasons[0].rule) == (RunKind.EASY, "said.kind")


def test_only_a_run_in_the_cache_can_be_corrected(stage: Stage) -> None:
    with stage.write() as session:
        assert not log.correct(session, stage.tools, stage.runner, 1, RunKind.EASY)


# --- two taps in one instant ----------------------------------------------------------------


@pytest.fixture
def anywhere(any_store: Store, clock: FakeClock) -> Stage:
    source = FakeSource(clock)
    tools = make_tools(any_store, clock=clock, source=source, channel=FakeChannel(), hooks=FakeHooks())
    return Stage(tools, clock, source, FakeChannel(), connect_runner(tools, source))


@pytest.mark.parametrize("tap", [start, done_now])
def test_taps_in_one_instant_make_one_session_on_both_databases(
    anywhere: Stage, tap: Callable[[Stage], StrengthSession]
) -> None:
    def once(_number: int) -> int:
        with anywhere.write() as session:
            how = log.start if tap is start else log.done_now
            return how(
                session, anywhere.tools, anywhere.runner, prompt_id=None, size=Size.FULL, origin="page"
            ).id

    with ThreadPoolExecutor(6) as pool:
        made = set(pool.map(once, range(12)))

    assert len(made) == 1
    assert sessions_in_all(anywhere) == 1


def test_the_prescription_is_kept_as_it_was_begun(stage: Stage, asked: int) -> None:
    row = start(stage, asked)
    stage.prefer(max_minutes=25)
    with stage.tools.store.read() as session:
        kept = sessions.get(session, stage.runner, row.id)

    assert kept is not None
    assert kept.prescription == row.prescription
    assert kept.minutes == pytest.approx(11.9, abs=0.5)
