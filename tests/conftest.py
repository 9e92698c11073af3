"""A wired service over a real database, with the outside world faked."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from service.domain.fitness import Fitness, Screening
from service.pipeline.tools import Tools
from service.store import athletes, connections
from tests.fakes import FakeChannel, FakeClock, FakeHooks, FakeSource
from tests.wiring import a_store, make_tools

pytest_plugins = ["tests.postgres"]
settings.register_profile("untimed", deadline=None)  # a slow machine is no defect
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def hear_ctrl_c() -> None:
    """Tests in the background of a shell are deaf to Ctrl-C, and what they start would be too."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock("2030-05-08T06:00:00+00:00")  # a Wednesday, 08:00 in Rome


@pytest.fixture
def channel() -> FakeChannel:
    return FakeChannel()


@pytest.fixture
def source(clock: FakeClock) -> FakeSource:
    return FakeSource(clock)


@pytest.fixture
def tools(tmp_path: Path, clock: FakeClock, source: FakeSource, channel: FakeChannel) -> Iterator[Tools]:
    """On SQLite in a file, as the embedded service has it."""
    store = a_store(f"sqlite:///{tmp_path / 'afterrun.db'}")
    yield make_tools(store, clock=clock, source=source, channel=channel, hooks=FakeHooks())
    store.close()


@pytest.fixture
def runner(tools: Tools, source: FakeSource) -> int:
    """The id of a connected runner in Rome who may begin, with no quiet hours and nothing read yet."""
    return connect_runner(tools, source)


def connect_runner(tools: Tools, source: FakeSource, timezone: str = "Europe/Rome") -> int:
    now = tools.clock()
    with tools.store.write() as session:
        athlete = athletes.create(session, now, timezone=timezone)
        athletes.put_fitness(athlete, Fitness(screening=Screening.CLEAR, screened_on=now.date()))
        connections.connect(
            session,
            tools.keys,
            athlete_id=athlete.id,
            strava_athlete_id=source.athlete,
            scope="read,activity:read,activity:read_all",
            tokens=source.exchange("code").tokens,
            now=now,
        )
        return athlete.id
