"""Strava's call counters: both windows, both lanes, never more than the share."""

from datetime import datetime, timedelta
from threading import Barrier, Thread

import pytest

from service.ports import Lane, RateLimited, Usage
from service.store import budget
from service.store.budget import StoredBudget
from service.store.database import Store
from tests.fakes import FakeClock

LIMITS = ((200, 2000), (100, 1000))  # (all, read), each (quarter hour, day)


@pytest.fixture
def calls(any_store: Store, clock: FakeClock) -> StoredBudget:
    return StoredBudget(any_store, clock)


def spend(calls: StoredBudget, times: int, lane: Lane = Lane.LIVE) -> int:
    """How many of so many calls were granted."""
    granted = 0
    for _ in range(times):
        try:
            calls.spend(lane)
        except RateLimited:
            continue
        granted += 1
    return granted


def refused_until(calls: StoredBudget, lane: Lane = Lane.LIVE) -> datetime:
    with pytest.raises(RateLimited) as refusal:
        calls.spend(lane)
    return refusal.value.retry_at


def told(used: tuple[int, int], limits: tuple[tuple[int, int], tuple[int, int]] = LIMITS) -> Usage:
    """What the headers say after a call: so many reads, and as many calls in all."""
    return Usage(limits[0], used, limits[1], used)


def counted(store: Store, clock: FakeClock) -> dict[str, tuple[int, int]]:
    with store.read() as session:
        return budget.usage(session, clock())


def test_the_live_lane_gets_its_share_of_a_quarter_hour_and_no_call_more(calls: StoredBudget) -> None:
    assert spend(calls, 120) == 95


def test_the_bulk_lane_leaves_room_for_somebody_who_waits(calls: StoredBudget) -> None:
    assert spend(calls, 120, Lane.BULK) == 60
    assert spend(calls, 120, Lane.LIVE) == 35


def test_a_refused_call_may_come_again_when_the_quarter_is_over(
    calls: StoredBudget, clock: FakeClock
) -> None:
    clock.tick(minutes=14, seconds=59)  # 06:14:59
    spend(calls, 95)
    assert refused_until(calls) == datetime.fromisoformat("2030-05-08T06:15:01+00:00")
    clock.tick(seconds=2)
    assert spend(calls, 120) == 95


def test_a_refusal_counts_nothing(any_store: Store, calls: StoredBudget, clock: FakeClock) -> None:
    spend(calls, 120)
    assert counted(any_store, clock)["quarter_read"] == (95, 100)
    assert counted(any_store, clock)["day_all"] == (95, 2000)


def test_quarters_start_at_fixed_minutes_and_not_with_the_first_call(
    calls: StoredBudget, clock: FakeClock
) -> None:
    clock.tick(minutes=44)  # 06:44
    assert spend(calls, 100) == 95
    clock.tick(minutes=1)  # 06:45
    assert spend(calls, 100) == 95
    clock.tick(minutes=14)  # 06:59
    assert spend(calls, 100) == 0


def test_the_day_is_counted_through_all_its_quarters_and_ends_at_midnight_utc(
    calls: StoredBudget, clock: FakeClock
) -> None:
    calls.learn(told(used=(0, 0), limits=((40, 200), (20, 100))))
    granted = 0
    for _ in range(7):
        granted += spend(calls, 25)
        clock.tick(minutes=15)
    assert granted == 95
    assert refused_until(calls) == datetime.fromisoformat("2030-05-09T00:00:01+00:00")

    clock.at = datetime.fromisoformat("2030-05-09T01:59:59+02:00")  # 23:59:59 UTC
    assert spend(calls, 1) == 0
    clock.tick(seconds=1)
    assert spend(calls, 1) == 1


def test_stravas_own_count_is_taken_over_where_it_is_higher(
    any_store: Store, calls: StoredBudget, clock: FakeClock
) -> None:
    spend(calls, 10)
    calls.learn(told(used=(94, 500)))
    assert counted(any_store, clock)["quarter_read"] == (94, 100)
    assert counted(any_store, clock)["day_read"] == (500, 1000)
    assert spend(calls, 5) == 1


def test_stravas_count_does_not_forget_calls_that_are_under_way(
    any_store: Store, calls: StoredBudget, clock: FakeClock
) -> None:
    spend(calls, 10)
    calls.learn(told(used=(3, 3)))
    assert counted(any_store, clock)["quarter_all"] == (10, 200)


def test_stravas_limits_replace_ours_and_stay_for_the_next_window(
    calls: StoredBudget, clock: FakeClock
) -> None:
    calls.learn(told(used=(0, 0), limits=((80, 800), (40, 400))))
    assert spend(calls, 45) == 38
    clock.tick(minutes=15)
    assert spend(calls, 45) == 38


def test_headers_without_the_read_bucket_or_with_a_zero_limit_change_nothing_there(
    any_store: Store, calls: StoredBudget, clock: FakeClock
) -> None:
    calls.learn(Usage((0, 0), (7, 9)))
    assert counted(any_store, clock) == {
        "quarter_all": (7, 200),
        "day_all": (9, 2000),
        "quarter_read": (0, 100),
        "day_read": (0, 1000),
    }


def test_the_count_of_a_window_that_is_over_is_not_shown(
    any_store: Store, calls: StoredBudget, clock: FakeClock
) -> None:
    spend(calls, 10)
    clock.tick(minutes=15)
    assert counted(any_store, clock)["quarter_read"] == (0, 100)
    assert counted(any_store, clock)["day_read"] == (10, 1000)


def test_the_page_can_say_until_when_reading_rests(
    any_store: Store, calls: StoredBudget, clock: FakeClock
) -> None:
    spend(calls, 60)
    with any_store.read() as session:
        assert budget.used_up_until(session, clock(), Lane.LIVE) is None
        assert budget.used_up_until(session, clock(), Lane.BULK) == clock() + timedelta(minutes=15)


def test_a_clock_set_back_over_a_quarter_grants_no_call_twice(calls: StoredBudget, clock: FakeClock) -> None:
    clock.tick(minutes=15)
    assert spend(calls, 100) == 95
    clock.tick(seconds=-30)  # back before 06:15
    assert spend(calls, 100) == 0
    clock.tick(seconds=30)
    assert spend(calls, 100) == 0
    clock.tick(minutes=15)
    assert spend(calls, 100) == 95


def test_a_clock_that_was_years_ahead_does_not_block_reading_for_years(
    calls: StoredBudget, clock: FakeClock
) -> None:
    clock.tick(days=3650)
    spend(calls, 100)
    clock.tick(days=-3650)
    assert spend(calls, 100) == 95


def test_the_count_survives_a_restart(any_store: Store, calls: StoredBudget, clock: FakeClock) -> None:
    spend(calls, 90)
    assert spend(StoredBudget(any_store, clock), 90) == 5


def test_four_workers_together_get_exactly_the_share(
    any_store: Store, calls: StoredBudget, clock: FakeClock
) -> None:
    """From the very first call on, when the counters themselves do not exist yet."""
    ready, granted = Barrier(4), list[int]()

    def work() -> None:
        ready.wait(10)
        granted.append(spend(calls, 40))

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(granted) == 4
    assert sum(granted) == 95
    assert counted(any_store, clock)["day_all"] == (95, 2000)
