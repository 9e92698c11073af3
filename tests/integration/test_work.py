"""The rows of work: asked for once, found when due, ended by whoever holds the athlete."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from service.ports import Lane
from service.store import athletes, cache, holds, work
from service.store.database import Store
from service.store.tables import Work
from service.store.work import ONE_OPEN, HoldLost, Job, RowClosed
from tests.fakes import FakeClock

ME = "me"


@pytest.fixture
def athlete(any_store: Store, clock: FakeClock) -> int:
    return an_athlete(any_store, clock)


def an_athlete(store: Store, clock: FakeClock) -> int:
    """With the hold on them taken by ME, as a drain has it."""
    with store.write() as session:
        made = athletes.create(session, clock()).id
        assert holds.take(session, made, ME, clock())
    return made


def ask(store: Store, athlete: int, clock: FakeClock, kind: str = "plan", **of: Any) -> bool:
    with store.write() as session:
        return work.enqueue(session, athlete_id=athlete, kind=kind, now=clock(), **of)


def next_due(store: Store, athlete: int, clock: FakeClock, lane: Lane = Lane.BULK) -> Job | None:
    with store.read() as session:
        return work.next_due(session, athlete, clock(), lane)


def the_next(store: Store, athlete: int, clock: FakeClock) -> Job:
    job = next_due(store, athlete, clock)
    assert job is not None
    return job


def finish(store: Store, job: Job, owner: str = ME) -> None:
    with store.write() as session:
        work.finish(session, job, owner)


def states(store: Store) -> dict[str, int]:
    with store.read() as session:
        return work.counts(session)


def who_is_due(store: Store, clock: FakeClock) -> list[tuple[int, Lane]]:
    with store.read() as session:
        return work.due(session, clock())


# --- asked for once -------------------------------------------------------------------------


def test_a_repeated_event_makes_one_row(any_store: Store, athlete: int, clock: FakeClock) -> None:
    assert ask(any_store, athlete, clock, dedup="strava:create:7:1")
    assert not ask(any_store, athlete, clock, dedup="strava:create:7:1")
    assert states(any_store) == {"open": 1}


def test_a_repeated_event_is_known_after_its_row_was_done(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    ask(any_store, athlete, clock, dedup="strava:create:7:1")
    finish(any_store, the_next(any_store, athlete, clock))

    assert not ask(any_store, athlete, clock, dedup="strava:create:7:1")
    assert states(any_store) == {"done": 1}


def test_work_without_a_key_is_never_the_same(any_store: Store, athlete: int, clock: FakeClock) -> None:
    assert ask(any_store, athlete, clock)
    assert ask(any_store, athlete, clock)
    assert states(any_store) == {"open": 2}


@pytest.mark.parametrize("minutes", [(5, 60), (60, 5)])
def test_of_two_wishes_for_the_same_work_the_earlier_wins(
    any_store: Store, athlete: int, clock: FakeClock, minutes: tuple[int, int]
) -> None:
    for wait in minutes:
        due_at = clock() + timedelta(minutes=wait)
        assert ask(any_store, athlete, clock, dedup=f"{ONE_OPEN}plan", due_at=due_at)

    clock.tick(minutes=4, seconds=59)
    assert next_due(any_store, athlete, clock) is None
    clock.tick(seconds=1)
    finish(any_store, the_next(any_store, athlete, clock))
    assert states(any_store) == {"done": 1}


def test_work_asked_for_while_it_runs_runs_once_more(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    ask(any_store, athlete, clock, dedup=f"{ONE_OPEN}plan")
    running = the_next(any_store, athlete, clock)
    ask(any_store, athlete, clock, dedup=f"{ONE_OPEN}plan")
    finish(any_store, running)

    again = the_next(any_store, athlete, clock)
    assert again.id == running.id
    finish(any_store, again)
    assert next_due(any_store, athlete, clock) is None


def test_the_key_of_work_is_free_again_once_it_is_done(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    ask(any_store, athlete, clock, dedup=f"{ONE_OPEN}plan")
    finish(any_store, the_next(any_store, athlete, clock))
    ask(any_store, athlete, clock, dedup=f"{ONE_OPEN}plan")

    assert states(any_store) == {"done": 1, "open": 1}


def test_an_effect_may_ask_for_the_same_work_at_a_later_hour(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    ask(any_store, athlete, clock, dedup=f"{ONE_OPEN}plan")
    running = the_next(any_store, athlete, clock)
    with any_store.write() as session:
        work.finish(session, running, ME)
        later = clock() + timedelta(hours=12)
        work.enqueue(
            session, athlete_id=athlete, kind="plan", now=clock(), due_at=later, dedup=f"{ONE_OPEN}plan"
        )

    assert next_due(any_store, athlete, clock) is None
    clock.tick(hours=12)
    assert next_due(any_store, athlete, clock) is not None


def test_work_that_was_given_up_gets_another_try_when_it_is_asked_for_again(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    ask(any_store, athlete, clock, dedup=f"{ONE_OPEN}plan")
    bury(any_store, the_next(any_store, athlete, clock))
    clock.tick(hours=1)
    ask(any_store, athlete, clock, dedup=f"{ONE_OPEN}plan")

    assert states(any_store) == {"open": 1}
    finish(any_store, the_next(any_store, athlete, clock))
    assert states(any_store) == {"done": 1}


# --- found when due -------------------------------------------------------------------------


def test_live_work_overtakes_bulk_work_and_older_goes_before_newer(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    for kind, lane in [("b1", Lane.BULK), ("l1", Lane.LIVE), ("b2", Lane.BULK), ("l2", Lane.LIVE)]:
        ask(any_store, athlete, clock, kind, lane=lane)

    done = []
    while (job := next_due(any_store, athlete, clock)) is not None:
        done.append(job.kind)
        finish(any_store, job)
    assert done == ["l1", "l2", "b1", "b2"]


def test_the_live_lane_does_not_see_bulk_work(any_store: Store, athlete: int, clock: FakeClock) -> None:
    ask(any_store, athlete, clock, lane=Lane.BULK)
    assert next_due(any_store, athlete, clock, Lane.LIVE) is None
    assert next_due(any_store, athlete, clock, Lane.BULK) is not None


def test_each_athlete_sees_only_their_own_work(any_store: Store, athlete: int, clock: FakeClock) -> None:
    other = an_athlete(any_store, clock)
    ask(any_store, other, clock)
    assert next_due(any_store, athlete, clock) is None
    assert who_is_due(any_store, clock) == [(other, Lane.LIVE)]


def test_who_waits_longest_is_named_first_and_each_once(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    other = an_athlete(any_store, clock)
    for _ in range(3):
        ask(any_store, other, clock, lane=Lane.BULK)
        clock.tick(seconds=1)
        ask(any_store, athlete, clock)
    ask(any_store, other, clock, due_at=clock() + timedelta(seconds=1))

    assert who_is_due(any_store, clock) == [(other, Lane.BULK), (athlete, Lane.LIVE)]


def test_a_flood_of_one_athlete_does_not_hide_the_others(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    other = an_athlete(any_store, clock)
    many_rows(any_store, [athlete], clock(), count=2000)
    clock.tick(minutes=1)
    ask(any_store, other, clock)

    assert (other, Lane.LIVE) in who_is_due(any_store, clock)


def test_work_that_waits_for_a_later_try_does_not_block_the_rest(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    ask(any_store, athlete, clock, "first")
    ask(any_store, athlete, clock, "second")
    postpone(any_store, the_next(any_store, athlete, clock), clock() + timedelta(minutes=5))

    second = the_next(any_store, athlete, clock)
    assert second.kind == "second"
    finish(any_store, second)
    assert who_is_due(any_store, clock) == []
    clock.tick(minutes=5)
    first = the_next(any_store, athlete, clock)
    assert (first.kind, first.attempts) == ("first", 3)


# --- ended by whoever holds the athlete -----------------------------------------------------


def test_what_was_given_up_is_visible_with_its_reason_and_can_be_revived(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    ask(any_store, athlete, clock)
    bury(any_store, the_next(any_store, athlete, clock), "Strava is down")

    assert next_due(any_store, athlete, clock) is None
    with any_store.read() as session:
        assert [(row.kind, row.error) for row in work.dead(session)] == [("plan", "Strava is down")]
    with any_store.write() as session:
        assert work.revive(session, clock()) == 1
    assert the_next(any_store, athlete, clock).attempts == 0


def test_a_very_long_reason_is_cut_rather_than_refused(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    ask(any_store, athlete, clock)
    bury(any_store, the_next(any_store, athlete, clock), "x" * 5000)
    with any_store.read() as session:
        assert work.dead(session)[0].error == "x" * 300


def test_nothing_of_an_attempt_is_kept_without_the_hold(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    ask(any_store, athlete, clock)
    job = the_next(any_store, athlete, clock)
    with pytest.raises(HoldLost):
        an_effect_and_the_end(any_store, job, clock)

    assert states(any_store) == {"open": 1}
    with any_store.read() as session:
        assert athletes.count(session) == 1


def an_effect_and_the_end(store: Store, job: Job, clock: FakeClock) -> None:
    with store.write() as session:
        athletes.create(session, clock())
        work.finish(session, job, "somebody else")


def test_a_row_that_was_closed_meanwhile_is_not_a_lost_hold(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    ask(any_store, athlete, clock)
    job = the_next(any_store, athlete, clock)
    with any_store.write() as session:
        work.drop_open(session, athlete, ("plan",))

    with pytest.raises(RowClosed), any_store.write() as session:
        work.finish(session, job, ME)


def test_one_read_answers_the_rows_of_that_activity_alone(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    other = an_athlete(any_store, clock)
    for who, activity_id in [(athlete, 7), (athlete, 7), (athlete, 8), (other, 7)]:
        ask(any_store, who, clock, "activity", body={"id": activity_id, "cause": "update"})
    with any_store.write() as session:
        same = work.same_activity(session, athlete, 7)
        work.close_rows(session, same, "answered by one read")

    assert len(same) == 2
    assert states(any_store) == {"done": 2, "open": 2}


def test_a_row_is_purged_after_its_end_and_not_before(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    ask(any_store, athlete, clock, "old")
    ask(any_store, athlete, clock, "future", due_at=clock() + timedelta(days=30))
    clock.tick(seconds=cache.STRICT.total_seconds() - 1)
    assert purge(any_store, clock) == 0
    clock.tick(seconds=1)
    assert purge(any_store, clock) == 1
    clock.tick(days=30)
    assert purge(any_store, clock) == 1
    assert states(any_store) == {}


def test_a_row_that_is_put_off_does_not_outlive_what_it_names(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    ask(any_store, athlete, clock)
    postpone(any_store, the_next(any_store, athlete, clock), clock() + timedelta(days=10))
    clock.tick(days=6)
    assert purge(any_store, clock) == 0
    clock.tick(days=1)
    assert purge(any_store, clock) == 1


# --- at what cost ---------------------------------------------------------------------------


def test_who_is_due_is_found_by_the_index_of_open_rows(
    any_store: Store, athlete: int, clock: FakeClock
) -> None:
    many_rows(any_store, [athlete, an_athlete(any_store, clock)], clock() + timedelta(hours=1), count=3000)
    with any_store.read() as session, plans(any_store) as seen:
        work.due(session, clock())
    assert len(seen) == 1
    assert "ix_work_open_due" in seen[0]
    assert "Seq Scan" not in seen[0]
    assert "ix_work_open_athlete" not in seen[0]


@pytest.mark.parametrize("lane", list(Lane))
def test_the_next_row_is_found_by_an_index_of_open_rows(
    any_store: Store, athlete: int, clock: FakeClock, lane: Lane
) -> None:
    many = [an_athlete(any_store, clock) for _ in range(30)]
    many_rows(any_store, many, clock() + timedelta(hours=1), count=3000)
    with any_store.read() as session, plans(any_store) as seen:
        work.next_due(session, athlete, clock(), lane)
    assert len(seen) == 1
    assert "ix_work_open_" in seen[0]
    assert "Seq Scan" not in seen[0]


def many_rows(store: Store, athlete_ids: list[int], due_at: datetime, count: int) -> None:
    row = {"kind": "plan", "body": {}, "lane": "live", "state": "open", "attempts": 0, "asked": 0}
    with store.write() as session:
        session.execute(
            Work.__table__.insert(),  # type: ignore[attr-defined]
            [
                {
                    **row,
                    "error": "",
                    "athlete_id": athlete_ids[n % len(athlete_ids)],
                    "due_at": due_at + timedelta(seconds=n % 50),
                    "created_at": due_at,
                    "expires_at": due_at + cache.STRICT,
                }
                for n in range(count)
            ],
        )
    if not store.is_sqlite:
        with store.write() as session:
            session.execute(text("ANALYZE work"))


@contextmanager
def plans(store: Store) -> Iterator[list[str]]:
    """The database's own plan for each query that is sent meanwhile."""
    found: list[str] = []
    explain = "EXPLAIN QUERY PLAN " if store.is_sqlite else "EXPLAIN "

    def note(_connection: Any, cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if not statement.startswith("SELECT"):
            return
        cursor.execute(explain + statement, parameters)
        found.append("\n".join(str(line) for line in cursor.fetchall()))

    event.listen(store.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(store.engine, "before_cursor_execute", note)


def bury(store: Store, job: Job, error: str = "no luck") -> None:
    with store.write() as session:
        work.bury(session, job, ME, error)


def postpone(store: Store, job: Job, due_at: datetime) -> None:
    with store.write() as session:
        work.postpone(session, job, ME, due_at=due_at, attempts=3, error="not yet")


def purge(store: Store, clock: FakeClock) -> int:
    with store.write() as session:
        return work.purge(session, clock())
