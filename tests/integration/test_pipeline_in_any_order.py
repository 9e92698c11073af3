"""Whatever happens in whatever order: one prompt a day, none in quiet hours, no session counted twice."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date, time, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.domain.effort import RunKind
from service.domain.planner import Size
from service.pipeline import log
from service.pipeline.tools import Tools
from service.store import athletes, sessions, work
from service.store.tables import Prompt, StrengthSession
from tests.conftest import connect_runner
from tests.fakes import FakeChannel, FakeClock, FakeHooks, FakeSource
from tests.integration.stage import HARD, ROME, Stage
from tests.wiring import a_store, make_tools

LINKS_LAST = timedelta(hours=12)


class Runner:
    """Somebody who may do anything at any time. ``by_hand``: sessions begun without having been asked."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.runs: list[int] = []
        self.by_hand: set[int] = set()

    # --- what may happen

    def easy_run(self) -> None:
        self.runs.append(self.stage.finish_run(minutes_ago=12))
        self.stage.pass_time(minutes=3)

    def late_run(self) -> None:
        self.runs.append(self.stage.finish_run(minutes_ago=100))
        self.stage.pass_time(minutes=3)

    def hard_run(self) -> None:
        self.runs.append(self.stage.finish_run(minutes_ago=12, **HARD))
        self.stage.pass_time(minutes=3)

    def an_hour(self) -> None:
        self.stage.pass_time(hours=1, minutes=7)

    def half_a_day(self) -> None:
        self.stage.pass_time(hours=11)

    def a_day(self) -> None:
        self.stage.pass_time(hours=24)

    def sleep_of_the_service(self) -> None:
        self.stage.clock.tick(hours=5)

    def start(self) -> None:
        self._begin(self.stage.standing())

    def start_by_hand(self) -> None:
        self._begin(None)

    def finish(self) -> None:
        with self.stage.tools.store.read() as session:
            since = self.stage.clock().date() - timedelta(days=2)
            open_ones = [
                row.id
                for on in (since + timedelta(days=n) for n in range(3))
                if (row := sessions.under_way(session, self.stage.runner, on)) is not None
            ]
        for session_id in open_ones[-1:]:
            with self.stage.write() as session:
                log.finish(session, self.stage.tools, self.stage.runner, session_id)

    def done_by_link(self) -> None:
        for prompt in self._links()[-1:]:
            with self.stage.write() as session:
                log.done_now(
                    session,
                    self.stage.tools,
                    self.stage.runner,
                    prompt_id=prompt.id,
                    size=Size(prompt.size),
                    origin="link",
                )

    def undo(self) -> None:
        for row in self.sessions()[-1:]:
            with self.stage.write() as session:
                log.undo(session, self.stage.tools, self.stage.runner, row.id)

    def later(self) -> None:
        for prompt in self._links()[-1:]:
            with self.stage.write() as session:
                log.later(session, self.stage.tools, self.stage.runner, prompt.id)

    def not_today(self) -> None:
        for prompt in self._links()[-1:]:
            with self.stage.write() as session:
                log.not_today(session, self.stage.tools, self.stage.runner, prompt.id)

    def was_hard(self) -> None:
        self._correct(RunKind.HARD)

    def was_easy(self) -> None:
        self._correct(RunKind.EASY)

    def delete_run(self) -> None:
        if self.runs:
            self.stage.delete_run(self.runs.pop())

    # --- what there is

    def sessions(self) -> list[StrengthSession]:
        """Done and not undone, oldest first."""
        with self.stage.tools.store.read() as session:
            return sessions.done_rows(session, self.stage.runner, date(2030, 1, 1))

    def _links(self) -> list[Prompt]:
        now = self.stage.clock()
        return [row for row in self.stage.asked() if row.valid_until + LINKS_LAST > now]

    def _begin(self, prompt: Prompt | None) -> None:
        with self.stage.write() as session:
            row = log.start(
                session,
                self.stage.tools,
                self.stage.runner,
                prompt_id=prompt.id if prompt else None,
                size=Size(prompt.size) if prompt else Size.FULL,
                origin="page",
            )
            if prompt is None:
                self.by_hand.add(row.id)

    def _correct(self, said: RunKind) -> None:
        for run in self.runs[-1:]:
            with self.stage.write() as session:
                log.correct(session, self.stage.tools, self.stage.runner, run, said)


ACTIONS: list[Callable[[Runner], None]] = [
    Runner.easy_run,
    Runner.late_run,
    Runner.hard_run,
    Runner.an_hour,
    Runner.half_a_day,
    Runner.a_day,
    Runner.sleep_of_the_service,
    Runner.start,
    Runner.start_by_hand,
    Runner.finish,
    Runner.done_by_link,
    Runner.undo,
    Runner.later,
    Runner.not_today,
    Runner.was_hard,
    Runner.was_easy,
    Runner.delete_run,
]


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tools]:
    """One database for all examples; each has its own runner, who leaves at the end."""
    folder: Path = tmp_path_factory.mktemp("any-order")
    store = a_store(f"sqlite:///{folder / 'afterrun.db'}")
    clock = FakeClock("2030-05-08T06:00:00+00:00")
    yield make_tools(store, clock=clock, source=FakeSource(clock), channel=FakeChannel(), hooks=FakeHooks())
    store.close()


def a_runner(tools: Tools) -> Runner:
    clock = FakeClock("2030-05-08T06:00:00+00:00")
    source, channel = FakeSource(clock), FakeChannel()
    mine = make_tools(tools.store, clock=clock, source=source, channel=channel, hooks=FakeHooks())
    stage = Stage(mine, clock, source, channel, connect_runner(mine, source))
    stage.read_history(weeks=5)
    stage.add_channel()
    stage.work()
    return Runner(stage)


def leave(runner: Runner) -> None:
    with runner.stage.write() as session:
        athletes.remove(session, runner.stage.runner)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(actions=st.lists(st.sampled_from(ACTIONS), min_size=6, max_size=24))
def test_any_order_of_events_and_answers_keeps_the_promises(
    tools: Tools, actions: list[Callable[[Runner], None]]
) -> None:
    runner = a_runner(tools)
    try:
        for action in actions:
            action(runner)
            runner.stage.work()
        runner.stage.pass_time(hours=30)
        one_prompt_a_day(runner)
        no_prompt_in_quiet_hours(runner)
        no_session_too_close(runner)
        no_question_outlives_its_prompt(runner)
        nothing_failed(runner)
    finally:
        leave(runner)


def one_prompt_a_day(runner: Runner) -> None:
    """Once each, and once more each time it was put off. What the runner's word took back does not count."""
    asked = [row for row in runner.stage.asked() if row.answer != "not_easy"]
    counted = {row.id for row in asked}
    by_day: dict[date, set[int]] = defaultdict(set)
    times: dict[int, int] = defaultdict(int)
    for row in runner.stage.deliveries():
        if row.prompt_id in counted and row.sent_at is not None:
            by_day[row.sent_at.astimezone(ROME).date()].add(row.prompt_id)
            times[row.prompt_id] += 1
    snoozes = {row.id: row.snoozes for row in asked}
    assert all(len(prompts) == 1 for prompts in by_day.values()), by_day
    assert all(times[id] <= 1 + snoozes[id] for id in times), (times, snoozes)
    for_days = [row.local_on for row in asked]
    assert len(for_days) == len(set(for_days)), for_days


def no_prompt_in_quiet_hours(runner: Runner) -> None:
    hours = [at.astimezone(ROME).time() for at in runner.stage.sent_at]
    assert all(time(7, 30) <= hour < time(21) for hour in hours), hours


def no_session_too_close(runner: Runner) -> None:
    """Of those that followed a prompt; what the runner began unasked is the runner's own decision."""
    counted = sorted(runner.sessions(), key=lambda row: row.started_at)
    for earlier, later in pairwise(counted):
        minis = earlier.size == later.size == Size.MINI.value
        least = timedelta(hours=20 if minis else 40)
        apart = later.started_at - earlier.started_at
        assert apart >= least or later.id in runner.by_hand, (earlier.on, later.on, apart)
    assert len({row.on for row in counted if row.id not in runner.by_hand}) == len(
        [row for row in counted if row.id not in runner.by_hand]
    )


def no_question_outlives_its_prompt(runner: Runner) -> None:
    """In the chat, what was answered or taken back asks no more; nor does what was put off and came again."""
    by_id = {row.id: row for row in runner.stage.asked()}
    last = {row.prompt_id: row.id for row in runner.stage.deliveries() if row.handle}
    for row in runner.stage.deliveries():
        if row.handle:
            prompt = by_id[row.prompt_id]
            ended = prompt.state == "withdrawn" or prompt.answer in ("done", "not_today")
            shown = runner.stage.channel.shown[row.handle]
            assert not (shown.links and (ended or row.id != last[row.prompt_id])), (prompt.state, shown)


def nothing_failed(runner: Runner) -> None:
    with runner.stage.tools.store.read() as session:
        assert work.dead(session) == []
        assert work.next_due(session, runner.stage.runner, runner.stage.clock()) is None
