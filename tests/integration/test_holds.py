"""The lease on an athlete: one worker at a time, and a frozen one comes back to nothing."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy.orm import Session

from service.engine.drain import drain
from service.pipeline.tools import Commit, Tools
from service.store import athletes, holds, work
from service.store.database import Store
from service.store.holds import LEASE
from service.store.work import Job
from tests.fakes import FakeChannel, FakeClock, FakeHooks, FakeSource
from tests.wiring import make_tools


@pytest.fixture
def athlete(any_store: Store, clock: FakeClock) -> int:
    with any_store.write() as session:
        return athletes.create(session, clock()).id


@pytest.fixture
def tools(any_store: Store, clock: FakeClock, source: FakeSource, channel: FakeChannel) -> Tools:
    return make_tools(any_store, clock=clock, source=source, channel=channel, hooks=FakeHooks())


def take(store: Store, athlete: int, owner: str, clock: FakeClock) -> bool:
    with store.write() as session:
        return holds.take(session, athlete, owner, clock())


def release(store: Store, athlete: int, owner: str) -> None:
    with store.write() as session:
        holds.release(session, athlete, owner)


def test_an_athlete_has_one_holder(any_store: Store, athlete: int, clock: FakeClock) -> None:
    assert take(any_store, athlete, "a", clock)
    assert not take(any_store, athlete, "b", clock)


def test_a_hold_ends_after_its_lease_and_not_before(any_store: Store, athlete: int, clock: FakeClock) -> None:
    take(any_store, athlete, "a", clock)
    clock.tick(seconds=LEASE.total_seconds() - 1)
    assert not take(any_store, athlete, "b", clock)
    clock.tick(seconds=1)
    assert take(any_store, athlete, "b", clock)


def test_the_holder_renews_the_hold_by_taking_it_again(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    take(any_store, athlete, "a", clock)
    clock.tick(seconds=40)
    assert take(any_store, athlete, "a", clock)
    clock.tick(seconds=40)
    assert not take(any_store, athlete, "b", clock)


def test_a_released_hold_is_free_at_once(any_store: Store, athlete: int, clock: FakeClock) -> None:
    take(any_store, athlete, "a", clock)
    release(any_store, athlete, "a")
    assert take(any_store, athlete, "b", clock)


def test_nobody_releases_the_hold_of_another(any_store: Store, athlete: int, clock: FakeClock) -> None:
    take(any_store, athlete, "a", clock)
    release(any_store, athlete, "b")
    assert not take(any_store, athlete, "b", clock)


def test_holding_one_athlete_leaves_the_others_free(any_store: Store, athlete: int, clock: FakeClock) -> None:
    with any_store.write() as session:
        other = athletes.create(session, clock()).id
    assert take(any_store, athlete, "a", clock)
    assert take(any_store, other, "b", clock)


def test_of_many_workers_that_reach_for_an_athlete_one_gets_them(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    ready, got = Barrier(6), list[str]()

    def reach(owner: str) -> None:
        ready.wait(10)
        if take(any_store, athlete, owner, clock):
            got.append(owner)

    threads = [Thread(target=reach, args=(f"worker {n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(got) == 1


def test_a_worker_that_froze_beyond_its_lease_changes_nothing_when_it_wakes(
    tools: Tools, athlete: int, clock: FakeClock
) -> None:
    def freeze(_job: Job, tools: Tools) -> Commit:
        clock.tick(seconds=LEASE.total_seconds() + 1)
        assert take(tools.store, athlete, "successor", clock)
        return a_new_athlete(tools)

    ask(tools, athlete)
    assert drain(tools, {"freeze": freeze}, athlete) == 1

    assert kept(tools) == ({"open": 1}, 1)
    assert not take(tools.store, athlete, "third", clock), "the successor still holds the athlete"


def test_a_frozen_worker_does_not_count_a_try_either(tools: Tools, athlete: int, clock: FakeClock) -> None:
    def freeze_and_fail(_job: Job, tools: Tools) -> Commit:
        clock.tick(seconds=LEASE.total_seconds() + 1)
        assert take(tools.store, athlete, "successor", clock)
        raise RuntimeError("too late to matter")

    ask(tools, athlete)
    drain(tools, {"freeze": freeze_and_fail}, athlete)

    with tools.store.read() as session:
        job = work.next_due(session, athlete, clock())
    assert job is not None
    assert job.attempts == 0


def test_the_successor_of_a_frozen_worker_does_the_row_once(
    tools: Tools, athlete: int, clock: FakeClock
) -> None:
    def in_time(_job: Job, tools: Tools) -> Commit:
        return a_new_athlete(tools)

    def freeze(_job: Job, tools: Tools) -> Commit:
        clock.tick(seconds=LEASE.total_seconds() + 1)
        drain(tools, {"freeze": in_time}, athlete)
        return a_new_athlete(tools)

    ask(tools, athlete)
    drain(tools, {"freeze": freeze}, athlete)
    assert kept(tools) == ({"done": 1}, 2)


def ask(tools: Tools, athlete: int) -> None:
    with tools.store.write() as session:
        work.enqueue(session, athlete_id=athlete, kind="freeze", now=tools.clock() - timedelta(seconds=1))


def a_new_athlete(tools: Tools) -> Commit:
    """An effect that can be counted."""

    def commit(session: Session) -> None:
        athletes.create(session, tools.clock())

    return commit


def kept(tools: Tools) -> tuple[dict[str, int], int]:
    with tools.store.read() as session:
        return work.counts(session), athletes.count(session)
