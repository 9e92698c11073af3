"""The runner's word on a run: it wins, moves the runner's own limits by a step, and can be taken back."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from service.domain.effort import Family, RunKind, Verdict
from service.domain.planner import Size
from service.domain.told import NO_OFFSETS, Offsets
from service.engine.drain import drain
from service.pipeline import HANDLERS, connect, log, receive, situation
from service.pipeline.corrections import Moved, offsets
from service.pipeline.purge import purge
from service.pipeline.tools import Commit, Tools
from service.store import activities, athletes, corrections
from service.store.database import Store
from service.store.work import Job
from tests.builders import a_run, the_rules
from tests.conftest import connect_runner
from tests.fakes import FakeChannel, FakeClock, FakeHooks, FakeSource
from tests.integration.stage import Stage
from tests.judging import JudgeByTitle
from tests.wiring import make_tools

STEPS = the_rules().effort.correction
ONE = Offsets(heart_share=STEPS.heart_step_share, pace_share=STEPS.pace_step_share)
ONE_BACK = Offsets(heart_share=-ONE.heart_share, pace_share=-ONE.pace_share)


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> JudgeByTitle:
    judge = JudgeByTitle()
    judge.take_over(monkeypatch)
    return judge


@pytest.fixture
def stage(
    judge: JudgeByTitle,
    any_store: Store,
    clock: FakeClock,
    source: FakeSource,
    channel: FakeChannel,
) -> Stage:
    """Wednesday 8 May 2030, 08:00 in Rome, ten weeks of easy runs read; on both databases."""
    tools = make_tools(any_store, clock=clock, source=source, channel=channel, hooks=FakeHooks())
    stage = Stage(tools, clock, source, channel, connect_runner(tools, source))
    stage.read_history()
    stage.add_channel()
    return stage


def a_run_titled(stage: Stage, title: str) -> int:
    """It ended twelve minutes ago, and all that follows from it is done."""
    run_id = stage.finish_run(minutes_ago=12, name=title)
    stage.pass_time(minutes=3)
    return run_id


def say(stage: Stage, run_id: int, said: RunKind) -> Moved:
    with stage.write() as session:
        moved = log.correct(session, stage.tools, stage.runner, run_id, said)
    assert moved is not None
    return moved


def reset(stage: Stage) -> bool:
    with stage.write() as session:
        return log.reset_limits(session, stage.tools, stage.runner)


def verdicts(stage: Stage) -> dict[int, Verdict]:
    with stage.tools.store.read() as session:
        judged = activities.judged(session, stage.runner, stage.clock())
    return {item.activity.id: item.verdict for item in judged if item.verdict}


def moved_so_far(stage: Stage) -> Offsets:
    with stage.tools.store.read() as session:
        return offsets(session, stage.tools, stage.runner)


def an_older_run(stage: Stage, days_ago: int, title: str) -> int:
    """Read and judged."""
    start = stage.clock() - timedelta(days=days_ago)
    run = a_run(start=f"{start:%Y-%m-%d} 12:00", name=title)
    stage.source.record([run])
    stage.event(run.id)
    stage.pass_time(minutes=3)
    return run.id


def prefer(stage: Stage, **changes: object) -> None:
    with stage.write() as session:
        athlete = athletes.get(session, stage.runner)
        assert athlete is not None
        prefs = replace(athletes.preferences(athlete), **changes)  # type: ignore[arg-type]
        log.prefer(session, stage.tools, stage.runner, prefs, athlete.timezone)
    stage.work()


# --- one word -------------------------------------------------------------------------------


def test_a_word_moves_the_limits_of_the_signs_that_spoke_by_one_step(stage: Stage) -> None:
    run_id = a_run_titled(stage, "easy")

    moved = say(stage, run_id, RunKind.HARD)

    assert moved == Moved(NO_OFFSETS, ONE_BACK)
    assert moved_so_far(stage) == moved.after


def test_the_same_word_again_changes_nothing(stage: Stage) -> None:
    run_id = a_run_titled(stage, "easy")
    first = say(stage, run_id, RunKind.HARD)
    stage.work()
    judged = verdicts(stage)

    again = say(stage, run_id, RunKind.HARD)

    assert again == Moved(first.after, first.after)
    assert verdicts(stage) == judged


@pytest.mark.parametrize("at_once", [True, False])
def test_another_word_takes_the_first_step_back_to_the_last_digit(stage: Stage, at_once: bool) -> None:
    """Also where it comes before the first word has been worked in."""
    first = a_run_titled(stage, "unsure")
    say(stage, first, RunKind.HARD)
    if not at_once:
        stage.work()

    moved = say(stage, first, RunKind.EASY)

    assert moved == Moved(ONE_BACK, ONE)


def test_a_word_that_only_confirms_moves_a_quarter(stage: Stage) -> None:
    run_id = a_run_titled(stage, "hard")

    assert say(stage, run_id, RunKind.HARD).after.pace_share == pytest.approx(
        -ONE.pace_share * STEPS.confirm_weight
    )


def test_many_words_in_one_direction_stop_at_the_bounds(stage: Stage) -> None:
    moved = [say(stage, run_id, RunKind.HARD) for run_id in list(verdicts(stage))[:12]]

    assert moved[-1].before == moved[-1].after
    assert moved[-1].after.heart_share == pytest.approx(STEPS.heart_bounds_share[0])
    assert moved[-1].after.pace_share == pytest.approx(STEPS.pace_bounds_share[0])


def test_a_run_of_somebody_else_cannot_be_spoken_of(stage: Stage) -> None:
    run_id = a_run_titled(stage, "easy")
    stranger = connect_runner(stage.tools, FakeSource(stage.clock, athlete=9002))

    with stage.write() as session:
        assert log.correct(session, stage.tools, stranger, run_id, RunKind.HARD) is None
        assert corrections.count(session, stranger) == 0


# --- what follows for other runs --------------------------------------------------------------


def test_recent_verdicts_fall_anew_when_the_limits_move_and_older_ones_stay(stage: Stage) -> None:
    recent = an_older_run(stage, 20, "barely easy")
    older = an_older_run(stage, 23, "barely easy")
    assert verdicts(stage)[recent].kind is RunKind.EASY

    say(stage, a_run_titled(stage, "easy"), RunKind.HARD)
    stage.work()

    assert verdicts(stage)[recent].kind is RunKind.UNSURE
    assert verdicts(stage)[older].kind is RunKind.EASY


def test_the_old_verdicts_stand_until_the_new_ones_fall(stage: Stage) -> None:
    """A plan that is made in between must not take the runner for one without any."""
    recent = an_older_run(stage, 2, "barely easy")
    run_id = a_run_titled(stage, "easy")
    before = verdicts(stage)

    say(stage, run_id, RunKind.HARD)

    assert verdicts(stage) == {id: verdict for id, verdict in before.items() if id != run_id}
    assert recent in verdicts(stage)


def test_a_day_with_a_session_done_keeps_its_verdict(stage: Stage) -> None:
    """The runner has acted on it."""
    run_id = a_run_titled(stage, "barely easy")
    with stage.write() as session:
        log.done_now(session, stage.tools, stage.runner, prompt_id=None, size=Size.FULL, origin="page")
    stage.until("2030-05-10 08:00")

    say(stage, a_run_titled(stage, "easy"), RunKind.HARD)
    stage.work()

    assert verdicts(stage)[run_id].kind is RunKind.EASY
    assert moved_so_far(stage) == ONE_BACK


# --- the way back ---------------------------------------------------------------------------


def test_a_reset_zeroes_the_steps_and_keeps_the_words(stage: Stage) -> None:
    recent = an_older_run(stage, 2, "barely easy")
    run_id = a_run_titled(stage, "easy")
    say(stage, run_id, RunKind.HARD)
    stage.work()
    assert verdicts(stage)[recent].kind is RunKind.UNSURE

    assert reset(stage)
    stage.work()

    assert moved_so_far(stage) == NO_OFFSETS
    assert verdicts(stage)[run_id].kind is RunKind.HARD
    assert verdicts(stage)[recent].kind is RunKind.EASY


def test_a_second_reset_finds_nothing(stage: Stage) -> None:
    run_id = a_run_titled(stage, "easy")
    say(stage, run_id, RunKind.HARD)
    reset(stage)
    stage.work()

    assert not reset(stage)
    assert say(stage, run_id, RunKind.HARD) == Moved(NO_OFFSETS, NO_OFFSETS)


# --- which signs count ------------------------------------------------------------------------


def test_what_the_runner_says_of_themselves_reaches_the_judge(stage: Stage, judge: JudgeByTitle) -> None:
    recent, older = an_older_run(stage, 2, "easy"), an_older_run(stage, 40, "easy")

    prefer(stage, use_pace=False, heart_max_bpm=191.0)

    assert (judge.told.use_pace, judge.told.use_heart, judge.told.heart_max_bpm) == (False, True, 191.0)
    assert verdicts(stage)[recent].families == {Family.HEART}
    assert verdicts(stage)[older].families == {Family.HEART, Family.PACE}


def test_other_preferences_judge_nothing_anew(stage: Stage, judge: JudgeByTitle) -> None:
    calls = len(judge.calls)

    prefer(stage, target_per_week=3, units="mi")

    assert [runs for runs, _told in judge.calls[calls:] if runs] == []


def test_a_sign_that_is_ignored_moves_no_limit(stage: Stage) -> None:
    prefer(stage, use_heart=False)

    assert say(stage, a_run_titled(stage, "easy"), RunKind.HARD).after == Offsets(
        pace_share=ONE_BACK.pace_share
    )


# --- prompts --------------------------------------------------------------------------------


def test_a_word_against_the_run_takes_its_prompt_back_at_once(stage: Stage) -> None:
    run_id = a_run_titled(stage, "easy")
    assert stage.standing() is not None

    say(stage, run_id, RunKind.HARD)

    assert stage.standing() is None
    stage.work()
    assert [(row.state, row.answer) for row in stage.asked()] == [("withdrawn", "not_easy")]
    assert stage.silence()[0].rule == "prompt.run_hard"


def test_a_word_that_comes_while_the_prompt_is_decided_keeps_it_from_going_out(stage: Stage) -> None:
    run_id = stage.finish_run(minutes_ago=12, name="easy")
    stage.clock.tick(minutes=3)

    def decide_slowly(job: Job, tools: Tools) -> Commit:
        commit = HANDLERS["plan"](job, tools)
        if run_id in verdicts(stage):
            say(stage, run_id, RunKind.HARD)
        return commit

    drain(stage.tools, {**HANDLERS, "plan": decide_slowly}, stage.runner)

    assert stage.asked() == []
    assert stage.channel.sent == []
    assert stage.silence()[0].rule == "prompt.run_hard"


def test_an_evening_prompt_that_followed_the_run_is_taken_back_too(stage: Stage) -> None:
    run_id = stage.finish_run(minutes_ago=100, name="easy")  # heard of too late to be asked at once
    stage.until("2030-05-08 18:31")
    assert stage.standing() is not None

    say(stage, run_id, RunKind.HARD)

    assert stage.standing() is None


def test_what_was_taken_back_does_not_use_up_the_days_ask(stage: Stage) -> None:
    run_id = a_run_titled(stage, "easy")
    say(stage, run_id, RunKind.HARD)
    stage.work()

    say(stage, run_id, RunKind.EASY)
    stage.work()

    assert [row.state for row in stage.asked()] == ["withdrawn", "sent"]
    assert stage.standing() is not None


def test_what_was_taken_back_does_not_use_up_the_weeks_four(stage: Stage) -> None:
    for day in (8, 9, 10, 11):
        stage.until(f"2030-05-{day:02} 08:00")
        say(stage, a_run_titled(stage, "easy"), RunKind.HARD)
        stage.work()
    assert [row.answer for row in stage.asked()] == ["not_easy"] * 4
    stage.until("2030-05-12 08:00")
    a_run_titled(stage, "easy")

    assert stage.standing() is not None


@pytest.mark.parametrize("title", ["unsure", "hard"])
def test_a_run_that_was_easy_after_all_brings_the_prompt(stage: Stage, title: str) -> None:
    run_id = a_run_titled(stage, title)
    assert stage.standing() is None

    say(stage, run_id, RunKind.EASY)
    stage.work()

    assert stage.standing() is not None
    assert len(stage.channel.sent) == 1


def test_an_answer_hours_later_brings_no_prompt_as_if_the_run_had_just_ended(stage: Stage) -> None:
    run_id = a_run_titled(stage, "unsure")
    stage.pass_time(hours=4)

    say(stage, run_id, RunKind.EASY)
    stage.work()

    assert stage.standing() is None
    assert stage.silence()[0].rule == "prompt.waiting"  # for the evening


def test_a_session_that_is_under_way_is_not_taken_back(stage: Stage) -> None:
    run_id = a_run_titled(stage, "easy")
    asked = stage.standing()
    assert asked is not None
    with stage.write() as session:
        log.start(session, stage.tools, stage.runner, prompt_id=asked.id, size=Size.FULL, origin="page")

    say(stage, run_id, RunKind.HARD)
    stage.work()

    assert [row.answer for row in stage.asked()] == ["started"]


# --- the questions of the week ------------------------------------------------------------------


def questions(stage: Stage) -> tuple[int, ...]:
    with stage.tools.store.read() as session:
        known = situation.load(session, stage.runner, stage.tools, stage.clock())
        return situation.to_ask(session, known, stage.tools)


def test_two_unsure_runs_a_week_are_asked_about_whatever_is_answered(stage: Stage) -> None:
    first = a_run_titled(stage, "unsure")
    stage.until("2030-05-09 08:00")
    second = a_run_titled(stage, "unsure")
    assert questions(stage) == (first, second)

    say(stage, first, RunKind.EASY)
    assert questions(stage) == (second,)  # also before the word is worked in
    stage.until("2030-05-10 08:00")
    a_run_titled(stage, "unsure")
    assert questions(stage) == (second,)
    stage.until("2030-05-14 08:00")
    assert questions(stage) == ()


# --- what outlives what ------------------------------------------------------------------------


def test_words_and_limits_survive_the_purge_and_find_their_run_again(stage: Stage) -> None:
    run_id = a_run_titled(stage, "easy")
    moved = say(stage, run_id, RunKind.HARD)
    stage.work()
    stage.clock.tick(days=7)
    purge(stage.tools)
    assert verdicts(stage) == {}
    assert moved_so_far(stage) == moved.after

    receive.ask_to_list(stage.tools, stage.runner, "refresh", stage.clock(), "refresh:again")
    stage.work()

    assert verdicts(stage)[run_id].kind is RunKind.HARD
    assert say(stage, run_id, RunKind.HARD) == Moved(moved.after, moved.after)


def test_words_stay_when_strava_is_disconnected_and_go_with_the_account(stage: Stage) -> None:
    say(stage, a_run_titled(stage, "easy"), RunKind.HARD)
    stage.work()

    connect.disconnect(stage.tools, stage.runner, "asked")
    with stage.tools.store.read() as session:
        assert corrections.count(session, stage.runner) == 1
    connect.delete_account(stage.tools, stage.runner)
    with stage.tools.store.read() as session:
        assert corrections.count(session, stage.runner) == 0


# --- what it costs ------------------------------------------------------------------------------


def test_a_new_run_is_judged_from_a_year_and_no_more(stage: Stage, judge: JudgeByTitle) -> None:
    first = date(2021, 1, 3)
    old = [a_run(start=f"{first + timedelta(days=7 * week)} 07:00") for week in range(470)]
    with stage.write() as session:
        activities.put_page(session, stage.runner, old, stage.clock())
        everything = {run.id: judge([run], stage.tools.rules.effort)[run.id] for run in old}
        activities.put_verdicts(session, stage.runner, everything, stage.clock())
    seen = len(judge.calls)

    run_id = a_run_titled(stage, "easy")

    judged = [runs for runs, _told in judge.calls[seen:] if runs]
    start_at = stage.source.history[run_id].start_at
    assert all(timedelta(0) <= start_at - run.start_at <= timedelta(days=365) for run in judged[-1])
    assert len(judged[-1]) < 150
    assert run_id in verdicts(stage)


def test_an_old_run_that_is_edited_is_judged_without_those_after_it(
    stage: Stage, judge: JudgeByTitle
) -> None:
    edited = an_older_run(stage, 100, "hard")

    assert max(run.start_at for run in judge.calls[-1][0]) == stage.source.history[edited].start_at
