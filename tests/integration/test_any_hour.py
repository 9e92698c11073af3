"""The demo keeps its promise at any hour of the week: an easy run asks, intervals do not and say why."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.strava import parse
from integrations.strava.sandbox import World, finish, synthetic_runner
from service.cli.demo import have_done_sessions, live_without_quiet_hours
from service.engine.drain import drain
from service.pipeline import HANDLERS, receive
from service.pipeline.steps import ask_to_read
from service.pipeline.tools import Tools
from service.store import prompts
from tests.conftest import connect_runner
from tests.fakes import FakeClock, FakeSource

MONDAY = datetime(2030, 5, 6, 0, 5, tzinfo=UTC)
# every hour of a day, on one weekday after the other; just before and after the day's border too
MOMENTS = [MONDAY + timedelta(days=(hour * 3 + 1) % 7, hours=hour) for hour in range(24)]
WEEKS = 12  # the demo has 26; fewer are read faster and are as telling
BORDER = [MONDAY + timedelta(hours=hour, minutes=minutes) for hour in (0, 1, 3) for minutes in (-8, 2, 40)]


def after(tools: Tools, source: FakeSource, clock: FakeClock, preset: str, moment: datetime) -> int:
    """The demo runner of that moment, who finishes a run; everything due is done."""
    clock.at = moment
    world = World(clock, deliver="manual")
    runs = synthetic_runner(7, WEEKS, end=moment, timezone="UTC", easy_weekday=moment.weekday())
    athlete = world.add_athlete(runs)
    source.record(parse.activity(raw) for raw in athlete.activities.values())
    runner = connect_runner(tools, source, "UTC")
    live_without_quiet_hours(tools, runner)
    have_done_sessions(tools, runner, "UTC")
    receive.ask_to_list(tools, runner, "backfill", clock(), "backfill")
    drain(tools, HANDLERS, runner)
    run = parse.activity(finish(world, athlete.id, preset))
    source.record([run])
    with tools.store.write() as session:
        ask_to_read(session, runner, run.id, "create", clock())
    drain(tools, HANDLERS, runner)
    return runner


@pytest.mark.parametrize("moment", [*MOMENTS, *BORDER], ids=lambda moment: f"{moment:%a-%H:%M}")
def test_an_easy_run_asks_at_any_hour(
    tools: Tools, source: FakeSource, clock: FakeClock, moment: datetime
) -> None:
    runner = after(tools, source, clock, "easy_run", moment)
    with tools.store.read() as session:
        standing = prompts.standing(session, runner, clock())
    assert standing is not None
    assert standing.size == "full"


@pytest.mark.parametrize("moment", [*MOMENTS[::2], *BORDER], ids=lambda moment: f"{moment:%a-%H:%M}")
def test_intervals_are_silent_with_a_reason_and_a_next_moment_at_any_hour(
    tools: Tools, source: FakeSource, clock: FakeClock, moment: datetime
) -> None:
    runner = after(tools, source, clock, "intervals", moment)
    with tools.store.read() as session:
        assert prompts.standing(session, runner, clock()) is None
        outlook = prompts.outlook(session, runner, clock())
    assert outlook is not None
    assert outlook.body["reason"]["rule"] == "prompt.run_hard"
    assert outlook.body["next"] is not None


def test_intervals_recorded_over_an_easy_run_take_the_prompt_back(
    tools: Tools, source: FakeSource, clock: FakeClock
) -> None:
    moment = MONDAY + timedelta(days=1, hours=9)
    runner = after(tools, source, clock, "easy_run", moment)
    other = World(clock, seed=2, deliver="manual")
    same = synthetic_runner(7, WEEKS, end=moment, timezone="UTC", easy_weekday=moment.weekday())
    run = parse.activity(finish(other, other.add_athlete(same).id, "intervals"))
    source.record([run])
    with tools.store.write() as session:
        ask_to_read(session, runner, run.id, "create", clock())
    drain(tools, HANDLERS, runner)

    with tools.store.read() as session:
        assert prompts.standing(session, runner, clock()) is None
        outlook = prompts.outlook(session, runner, clock())
    assert outlook is not None
    assert outlook.body["reason"]["rule"] == "prompt.run_hard"
