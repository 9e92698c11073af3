"""The message that asked, once the question is over: it says so in its own place; nothing is sent anew."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from service.domain.calendar import Why
from service.domain.effort import RunKind
from service.domain.planner import Size
from service.pipeline import HANDLERS, log
from service.pipeline.amend import withdraw
from service.pipeline.tools import Tools
from service.ports import Channel, DeliveryError, Lane, Message
from service.store import sessions, work
from service.store.database import Store
from service.store.tables import ChannelRow, Prompt, Work
from service.store.work import Job
from tests.conftest import connect_runner
from tests.fakes import FakeChannel, FakeClock, FakeHooks, FakeSource
from tests.integration.stage import HARD, Stage
from tests.wiring import make_tools


@pytest.fixture
def stage(tools: Tools, runner: int, clock: FakeClock, source: FakeSource, channel: FakeChannel) -> Stage:
    """Wednesday 08:00; one chat whose messages can be changed; nothing asked yet."""
    stage = Stage(tools, clock, source, channel, runner)
    stage.read_history()
    stage.add_channel()
    return stage


def asked(stage: Stage) -> Prompt:
    """The prompt after an easy run; the run is the last in the history."""
    stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=3)
    standing = stage.standing()
    assert standing is not None
    assert len(chat(stage)) == 1
    return standing


def chat(stage: Stage) -> list[str]:
    """What the runner reads there now, oldest first."""
    return [message.text for message in stage.channel.shown.values()]


def last_run(stage: Stage) -> int:
    return list(stage.source.history)[-1]


def tap(stage: Stage, act: Callable[..., object], prompt: Prompt) -> None:
    with stage.write() as session:
        act(session, stage.tools, stage.runner, prompt.id)
    stage.work()


def do_it(stage: Stage, prompt: Prompt | None) -> None:
    with stage.write() as session:
        log.done_now(
            session,
            stage.tools,
            stage.runner,
            prompt_id=prompt.id if prompt else None,
            size=Size.FULL,
            origin="link" if prompt else "page",
        )
    stage.work()


def change_it(stage: Stage, runner: int | None = None) -> None:
    """What the row for the first message does, and nothing else."""
    job = Job(0, runner or stage.runner, "amend", {"delivery": 1}, Lane.LIVE, 0, 0, stage.clock())
    HANDLERS["amend"](job, stage.tools)


def open_amends(stage: Stage) -> list[str]:
    with stage.tools.store.read() as session:
        return list(session.scalars(select(Work.state).where(Work.kind == "amend", Work.state != "done")))


# --- taken back -----------------------------------------------------------------------------


def test_a_late_upload_takes_back_what_a_rest_day_was_asked(stage: Stage) -> None:
    stage.until("2030-05-09 19:00")
    assert stage.standing() is not None
    stage.finish_run(minutes_ago=9 * 60, **HARD)  # of the morning, uploaded in the evening
    stage.pass_time(minutes=5)

    assert stage.standing() is None
    assert chat(stage) == ["Not today after all."]
    (message,) = stage.channel.changes
    assert message.links == ()
    assert len(stage.channel.sent) == 1


def test_a_run_that_the_runner_calls_hard_takes_its_question_back(stage: Stage) -> None:
    asked(stage)
    with stage.write() as session:
        assert log.correct(session, stage.tools, stage.runner, last_run(stage), RunKind.HARD)
    stage.work()

    assert chat(stage) == ["Not today after all."]


def test_a_deleted_run_takes_its_question_with_it(stage: Stage) -> None:
    asked(stage)
    stage.delete_run(last_run(stage))
    stage.pass_time(minutes=3)

    assert chat(stage) == ["Not today after all."]


def test_a_pause_takes_the_question_back(stage: Stage) -> None:
    asked(stage)
    with stage.write() as session:
        log.go_away(session, stage.tools, stage.runner, Why.ILL, date(2030, 5, 8))
    stage.work()

    assert chat(stage) == ["Not today after all."]


def test_what_was_put_off_is_taken_back_too(stage: Stage) -> None:
    tap(stage, log.later, asked(stage))
    with stage.write() as session:
        assert log.correct(session, stage.tools, stage.runner, last_run(stage), RunKind.HARD)
    stage.work()

    assert chat(stage) == ["Not today after all."]


def test_what_was_put_off_and_then_gave_way_to_another_question_still_says_later(stage: Stage) -> None:
    standing = asked(stage)
    tap(stage, log.later, standing)
    with stage.write() as session:
        tomorrow = standing.local_on + timedelta(days=1)
        session.add(
            Prompt(
                athlete_id=stage.runner,
                local_on=tomorrow,
                size="full",
                send_at=stage.clock() + timedelta(days=1),
                valid_until=stage.clock() + timedelta(days=1, hours=3),
                state="planned",
                snoozes=0,
            )
        )
        withdraw(session, session.get_one(Prompt, standing.id), stage.clock())
    change_it(stage)

    assert chat(stage) == ["Later."]


def test_what_is_taken_back_on_a_day_of_a_session_says_that_it_was_done(stage: Stage) -> None:
    """Done on the page in the moment in which the question that was put off would have come again."""
    standing = asked(stage)
    do_it(stage, None)
    with stage.write() as session:
        withdraw(session, session.get_one(Prompt, standing.id), stage.clock())
    change_it(stage)

    assert chat(stage) == ["Done, 1 of 2 this week."]


@pytest.mark.parametrize("how", ["deleted", "corrected"])
def test_a_session_that_was_done_stays_done_whatever_becomes_of_the_run(stage: Stage, how: str) -> None:
    do_it(stage, asked(stage))
    if how == "deleted":
        stage.delete_run(last_run(stage))
    else:
        with stage.write() as session:
            log.correct(session, stage.tools, stage.runner, last_run(stage), RunKind.HARD)
    stage.pass_time(minutes=3)

    assert chat(stage) == ["Done, 1 of 2 this week."]


# --- answered -------------------------------------------------------------------------------


def test_done_by_a_tap_is_told_with_the_count_of_the_week(stage: Stage) -> None:
    do_it(stage, asked(stage))

    assert chat(stage) == ["Done, 1 of 2 this week."]
    assert [message.title for message in stage.channel.changes] == ["Strength session"]
    assert [message.links for message in stage.channel.changes] == [()]


def test_done_on_the_page_ends_the_question_in_the_chat(stage: Stage) -> None:
    asked(stage)
    do_it(stage, None)

    assert chat(stage) == ["Done, 1 of 2 this week."]


def test_a_week_that_asks_for_no_number_is_not_counted(stage: Stage) -> None:
    standing = asked(stage)
    with stage.write() as session:
        sessions.put_target(session, stage.runner, date(2030, 5, 6), 0)
        log.done_now(
            session, stage.tools, stage.runner, prompt_id=standing.id, size=Size.FULL, origin="link"
        )
    change_it(stage)

    assert chat(stage) == ["Done."]


def test_a_sunday_that_is_answered_on_monday_is_not_counted_for_the_new_week(stage: Stage) -> None:
    stage.until("2030-05-12 20:50")
    last = stage.asked()[-1]
    assert last.local_on == date(2030, 5, 12)
    stage.until("2030-05-13 07:00")
    do_it(stage, last)

    assert chat(stage)[-1] == "Done."


def test_not_today_is_noted(stage: Stage) -> None:
    tap(stage, log.not_today, asked(stage))

    assert chat(stage) == ["Not today, then."]


def test_a_question_that_was_put_off_comes_again_as_a_message_of_its_own(stage: Stage) -> None:
    standing = asked(stage)
    tap(stage, log.later, standing)
    assert chat(stage) == ["Later."]

    stage.pass_time(hours=3)
    assert len(stage.channel.sent) == 2
    assert chat(stage)[0] == "Later."
    assert chat(stage)[1] == stage.channel.sent[1].text

    do_it(stage, standing)
    assert chat(stage) == ["Later.", "Done, 1 of 2 this week."]


def test_starting_leaves_the_links_until_the_session_is_done(stage: Stage) -> None:
    standing = asked(stage)
    with stage.write() as session:
        row = log.start(
            session, stage.tools, stage.runner, prompt_id=standing.id, size=Size.FULL, origin="link"
        )
    stage.work()
    assert stage.channel.changes == []

    tap(stage, lambda session, tools, me, _prompt: log.finish(session, tools, me, row.id), standing)
    assert chat(stage) == ["Done, 1 of 2 this week."]


def test_an_answer_that_overtakes_its_own_message_is_told_all_the_same(stage: Stage) -> None:
    """A tap on the page while the message is on its way out."""

    class Hasty(FakeChannel):
        def send(self, message: Message) -> str:
            handle = super().send(message)
            do_without_working(stage)
            return handle

    def do_without_working(stage: Stage) -> None:
        with stage.write() as session:
            log.done_now(session, stage.tools, stage.runner, prompt_id=None, size=Size.FULL, origin="page")

    stage.channel = Hasty()
    stage.tools = replace(stage.tools, open_channel=lambda _kind, _address: stage.channel)
    stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=3)

    assert chat(stage) == ["Done, 1 of 2 this week."]


def test_an_answer_is_told_alike_on_both_databases(
    any_store: Store, clock: FakeClock, source: FakeSource, channel: FakeChannel
) -> None:
    tools = make_tools(any_store, clock=clock, source=source, channel=channel, hooks=FakeHooks())
    stage = Stage(tools, clock, source, channel, connect_runner(tools, source))
    stage.read_history()
    stage.add_channel()
    tap(stage, log.not_today, asked(stage))

    assert chat(stage) == ["Not today, then."]


# --- what can go wrong ----------------------------------------------------------------------


def test_a_channel_that_can_change_nothing_is_left_alone(stage: Stage) -> None:
    stage.channel.can_change = False
    tap(stage, log.not_today, asked(stage))
    stage.pass_time(hours=1)

    assert stage.channel.changes == []
    assert len(stage.channel.sent) == 1


def test_a_service_that_fails_for_a_while_is_told_later(stage: Stage) -> None:
    standing = asked(stage)
    stage.channel.failures = [DeliveryError("status 503", permanent=False)] * 3
    tap(stage, log.not_today, standing)
    assert chat(stage) == [stage.channel.sent[0].text]
    stage.pass_time(hours=1)

    assert chat(stage) == ["Not today, then."]
    assert open_amends(stage) == []


def test_what_is_told_late_is_what_is_true_by_then(stage: Stage) -> None:
    standing = asked(stage)
    stage.channel.failures = [DeliveryError("status 503", permanent=False)]
    tap(stage, log.not_today, standing)
    do_it(stage, standing)
    stage.pass_time(hours=1)

    assert chat(stage) == ["Done, 1 of 2 this week."]


def test_a_message_that_the_runner_deleted_is_let_go_and_the_channel_is_not_blamed(stage: Stage) -> None:
    standing = asked(stage)
    stage.channel.failures = [DeliveryError("the message is gone", permanent=True)]
    tap(stage, log.not_today, standing)
    stage.pass_time(hours=1)

    assert open_amends(stage) == []
    assert stage.channel.changes == []
    with stage.tools.store.read() as session:
        assert session.get_one(ChannelRow, 1).trouble == ""


@pytest.mark.parametrize("gone", ["removed", "switched off"])
def test_a_channel_that_is_gone_meanwhile_gets_nothing(stage: Stage, gone: str) -> None:
    standing = asked(stage)
    with stage.write() as session:
        log.not_today(session, stage.tools, stage.runner, standing.id)
    with stage.write() as session:
        row = session.get_one(ChannelRow, 1)
        if gone == "removed":
            session.delete(row)
        else:
            row.disabled_at = stage.clock()
    stage.pass_time(hours=1)

    assert stage.channel.changes == []
    assert open_amends(stage) == []


def test_each_of_two_chats_is_changed_and_one_does_not_hinder_the_other(stage: Stage) -> None:
    stage.add_channel("json://second.test")
    first, second = FakeChannel(), FakeChannel()
    by_address: dict[str, Channel] = {"json://runner.test": first, "json://second.test": second}
    stage.tools = replace(stage.tools, open_channel=lambda _kind, address: by_address[address])
    stage.finish_run(minutes_ago=12)
    stage.pass_time(minutes=3)
    first.failures = [DeliveryError("the bot was blocked", permanent=True)]
    (standing,) = stage.asked()
    tap(stage, log.not_today, standing)

    assert [message.text for message in first.changes] == []
    assert [message.text for message in second.changes] == ["Not today, then."]


def test_a_change_that_is_made_twice_says_the_same(stage: Stage) -> None:
    """Killed between the call and the commit, the row is done once more."""
    do_it(stage, asked(stage))
    with stage.write() as session:
        work.enqueue(
            session, athlete_id=stage.runner, kind="amend", now=stage.clock(), body={"delivery": 1}
        )
    stage.work()

    assert [message.text for message in stage.channel.changes] == ["Done, 1 of 2 this week."] * 2
    assert len(stage.channel.sent) == 1


def test_another_runners_message_is_never_touched(stage: Stage) -> None:
    tap(stage, log.not_today, asked(stage))
    before = len(stage.channel.changes)
    change_it(stage, stage.runner + 1)

    assert len(stage.channel.changes) == before
