"""Watching Strava: an event is a hint, a poll is as good, and the cache ends up with what Strava shows."""

import random
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from service.domain.activity import Activity
from service.domain.effort import RunKind
from service.engine.drain import TRIES, drain
from service.pipeline import HANDLERS, log, receive
from service.pipeline.steps import ask_to_classify
from service.pipeline.tools import Commit, Tools
from service.ports import (
    AppInactive,
    HookEvent,
    Lane,
    Page,
    RateLimited,
    Refused,
    ScopeMissing,
    SourceDown,
    SourceRefused,
)
from service.store import activities, athletes, connections, corrections, hooks, work
from service.store.database import Store
from service.store.tables import Connection, Sync, Work
from service.store.work import Job
from tests.builders import a_ride, a_run, steady_history
from tests.fakes import FakeChannel, FakeClock, FakeHooks, FakeSource
from tests.wiring import make_tools


@pytest.fixture
def tools(any_store: Store, clock: FakeClock, source: FakeSource, channel: FakeChannel) -> Tools:
    return make_tools(any_store, clock=clock, source=source, channel=channel, hooks=FakeHooks())


@pytest.fixture
def run(source: FakeSource) -> Activity:
    """Finished this morning, at Strava, and not read yet."""
    run = a_run(start="2030-05-08 07:00", minutes=44, name="Morning run")
    source.record([run])
    return run


def an_event(activity_id: int, clock: FakeClock, aspect: str = "create", **updates: str) -> HookEvent:
    return HookEvent("activity", aspect, activity_id, 9001, 77, clock(), updates)  # type: ignore[arg-type]


def tell(tools: Tools, clock: FakeClock, activity_id: int, aspect: str = "create", **updates: str) -> None:
    receive.receive_event(tools, an_event(activity_id, clock, aspect, **updates))


def settle(tools: Tools, runner: int, clock: FakeClock) -> None:
    """Let an event rest, then do what is due."""
    clock.tick(seconds=91)
    drain(tools, HANDLERS, runner)


def read_at_strava(source: FakeSource, activity_id: int) -> int:
    return source.calls.count(f"activity {activity_id}")


def cached(tools: Tools, runner: int) -> dict[int, Activity]:
    with tools.store.read() as session:
        judged = activities.judged(session, runner, tools.clock(), details=True)
    return {item.activity.id: item.activity for item in judged}


def reasons_refused(tools: Tools, runner: int) -> dict[int, str]:
    with tools.store.read() as session:
        return {row.id: row.reason for row in activities.refused(session, runner)}


def rows(tools: Tools, kind: str = "activity") -> list[Work]:
    with tools.store.read() as session:
        return [row for row in session.query(Work).order_by(Work.id) if row.kind == kind]


def states(tools: Tools, kind: str = "activity") -> list[str]:
    return [row.state for row in rows(tools, kind)]


def the_connection(tools: Tools, runner: int) -> Connection:
    with tools.store.read() as session:
        row = connections.get(session, runner)
    assert row is not None
    return row


# --- events ---------------------------------------------------------------------------------


def test_an_activity_that_is_announced_is_read_in_full_and_judged(
    tools: Tools, runner: int, run: Activity, clock: FakeClock
) -> None:
    tell(tools, clock, run.id)
    settle(tools, runner, clock)
    with tools.store.read() as session:
        (item,) = activities.judged(session, runner, clock(), details=True)
    assert item.activity.detailed
    assert item.verdict is not None


def test_an_event_rests_before_it_is_read(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    tell(tools, clock, run.id)
    clock.tick(seconds=89)
    drain(tools, HANDLERS, runner)
    assert read_at_strava(source, run.id) == 0
    clock.tick(seconds=1)
    drain(tools, HANDLERS, runner)
    assert read_at_strava(source, run.id) == 1


def test_a_burst_of_events_is_answered_by_one_read(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    tell(tools, clock, run.id)
    for n in range(8):
        clock.tick(seconds=5)
        tell(tools, clock, run.id, "update", title=f"Title {n}")
    settle(tools, runner, clock)
    assert read_at_strava(source, run.id) == 1
    assert set(states(tools)) == {"done"}


def test_an_event_that_comes_during_the_read_is_read_again(
    tools: Tools,
    runner: int,
    run: Activity,
    source: FakeSource,
    clock: FakeClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real, titles = source.activity, ["Edited while it was read"]

    def activity(access_token: str, activity_id: int, lane: Lane, *, owner_id: int) -> Activity:
        before = real(access_token, activity_id, lane, owner_id=owner_id)
        if titles:
            source.record([replace(run, name=titles.pop())])
            tell(tools, clock, run.id, "update", title="Edited while it was read")
        return before

    monkeypatch.setattr(source, "activity", activity)
    tell(tools, clock, run.id)
    settle(tools, runner, clock)
    settle(tools, runner, clock)
    assert cached(tools, runner)[run.id].name == "Edited while it was read"


def test_a_doubled_delivery_changes_nothing(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    event = an_event(run.id, clock)
    receive.receive_event(tools, event)
    receive.receive_event(tools, event)
    assert len(rows(tools)) == 1
    settle(tools, runner, clock)
    receive.receive_event(tools, event)
    settle(tools, runner, clock)
    assert read_at_strava(source, run.id) == 1


def test_two_edits_within_one_second_are_both_followed(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    first = an_event(run.id, clock, "update", title="New title")
    second = an_event(run.id, clock, "update", private="true")
    receive.receive_event(tools, first)
    settle(tools, runner, clock)
    source.record([replace(run, private=True)])
    receive.receive_event(tools, second)
    settle(tools, runner, clock)
    assert cached(tools, runner)[run.id].private


@pytest.mark.parametrize("seed", range(4))
def test_events_in_any_order_end_with_what_strava_shows(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock, seed: int
) -> None:
    gone = a_run(start="2030-05-07 18:00")
    source.record([replace(run, name="The last title")])
    events = [
        an_event(run.id, clock, "update", title="The last title"),
        an_event(run.id, clock),
        an_event(gone.id, clock),
        an_event(gone.id, clock, "update", title="x"),
        an_event(gone.id, clock, "delete"),
    ] * 2
    random.Random(seed).shuffle(events)
    for event in events:
        receive.receive_event(tools, event)
        drain(tools, HANDLERS, runner)
        clock.tick(seconds=20)
    for _ in range(4):
        clock.tick(minutes=16)
        drain(tools, HANDLERS, runner)
    assert {id: each.name for id, each in cached(tools, runner).items()} == {run.id: "The last title"}
    assert set(states(tools)) == {"done"}


def test_a_deleted_activity_is_gone_at_once(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    tell(tools, clock, run.id)
    settle(tools, runner, clock)
    del source.history[run.id]
    tell(tools, clock, run.id, "delete")
    drain(tools, HANDLERS, runner)
    assert cached(tools, runner) == {}


def test_a_deletion_right_after_the_creation_leaves_nothing_and_waits_for_nothing(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    tell(tools, clock, run.id)
    del source.history[run.id]
    tell(tools, clock, run.id, "delete")
    drain(tools, HANDLERS, runner)
    assert cached(tools, runner) == {}
    assert states(tools) == ["done", "done"]


def test_the_deletion_of_an_activity_we_never_had_is_one_read_and_nothing_else(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock
) -> None:
    tell(tools, clock, 4711, "delete")
    drain(tools, HANDLERS, runner)
    assert states(tools) == ["done"]
    assert read_at_strava(source, 4711) == 1


def test_a_forged_deletion_deletes_nothing(
    tools: Tools, runner: int, run: Activity, clock: FakeClock
) -> None:
    tell(tools, clock, run.id)
    settle(tools, runner, clock)
    tell(tools, clock, run.id, "delete")
    drain(tools, HANDLERS, runner)
    assert list(cached(tools, runner)) == [run.id]


def test_an_activity_that_cannot_be_read_yet_is_tried_after_1_5_and_15_minutes_and_dropped(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock
) -> None:
    tell(tools, clock, 4711)
    settle(tools, runner, clock)
    tried_at = [clock()]
    while rows(tools)[0].state == "open":
        clock.at = rows(tools)[0].due_at
        drain(tools, HANDLERS, runner)
        tried_at.append(clock())
    assert [(b - a).total_seconds() / 60 for a, b in pairwise(tried_at)] == [1, 5, 15]
    assert states(tools) == ["done"]
    assert read_at_strava(source, 4711) == 4


def test_an_activity_that_appears_during_those_minutes_is_read(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock
) -> None:
    late = a_run(start="2030-05-08 07:00")
    tell(tools, clock, late.id)
    settle(tools, runner, clock)
    source.record([late])
    clock.tick(minutes=1)
    drain(tools, HANDLERS, runner)
    assert list(cached(tools, runner)) == [late.id]


def test_a_title_and_a_race_tag_are_followed_and_judged_anew(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    tell(tools, clock, run.id)
    settle(tools, runner, clock)
    source.record([replace(run, name="City race", workout_type=1)])
    tell(tools, clock, run.id, "update", title="City race")
    settle(tools, runner, clock)
    with tools.store.read() as session:
        (item,) = activities.judged(session, runner, clock(), details=True)
    assert item.activity.name == "City race"
    assert item.verdict is not None
    assert item.verdict.kind is RunKind.RACE


def test_privacy_is_followed_both_ways(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    """Hidden from a connection that may not see it, an activity is not there for us; shown again, it is."""
    tell(tools, clock, run.id)
    settle(tools, runner, clock)
    hidden = source.history.pop(run.id)
    tell(tools, clock, run.id, "update", private="true")
    settle(tools, runner, clock)
    assert cached(tools, runner) == {}

    source.record([hidden])
    tell(tools, clock, run.id, "update", private="false")
    settle(tools, runner, clock)
    assert list(cached(tools, runner)) == [run.id]


def test_a_correction_that_comes_while_runs_are_judged_wins(
    tools: Tools, runner: int, run: Activity, clock: FakeClock
) -> None:
    tell(tools, clock, run.id)
    settle(tools, runner, clock)
    with tools.store.write() as session:
        activities.unjudge(session, runner, run.id)
        ask_to_classify(session, runner, clock())

    def judge_slowly(job: Job, tools: Tools) -> Commit:
        commit = HANDLERS["classify"](job, tools)
        with tools.store.write() as session:
            if not corrections.words(session, runner):
                log.correct(session, tools, runner, run.id, RunKind.RACE)
        return commit

    drain(tools, {**HANDLERS, "classify": judge_slowly}, runner)
    with tools.store.read() as session:
        (item,) = activities.judged(session, runner, clock(), details=True)
    assert item.verdict is not None
    assert item.verdict.kind is RunKind.RACE


def test_events_of_strangers_and_of_foreign_subscriptions_write_nothing(
    tools: Tools, runner: int, run: Activity, clock: FakeClock
) -> None:
    with tools.store.write() as session:
        hooks.put(session, 77, "https://afterrun.test/hooks", clock())
    assert receive.receive_event(tools, replace(an_event(run.id, clock), owner_id=1)) is None
    assert receive.receive_event(tools, replace(an_event(run.id, clock), subscription_id=78)) is None
    assert rows(tools) == []
    receive.receive_event(tools, an_event(run.id, clock))
    assert len(rows(tools)) == 1


def test_only_work_that_is_due_at_once_wakes_anybody(
    tools: Tools, runner: int, run: Activity, clock: FakeClock
) -> None:
    assert receive.receive_event(tools, an_event(run.id, clock)) is None  # it rests; the sweep finds it
    assert receive.receive_event(tools, an_event(run.id, clock, "delete")) == runner


# --- what can go wrong at Strava ------------------------------------------------------------


def test_a_used_up_limit_waits_for_its_window_and_loses_nothing(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    window = clock() + timedelta(minutes=15)
    source.failures = [RateLimited("the limit is used up", window)]
    tell(tools, clock, run.id)
    settle(tools, runner, clock)
    (row,) = rows(tools)
    assert (row.state, row.attempts) == ("open", 0)
    assert window <= row.due_at <= window + timedelta(seconds=10)
    clock.at = row.due_at
    drain(tools, HANDLERS, runner)
    assert list(cached(tools, runner)) == [run.id]


def test_an_inactive_application_is_asked_again_each_hour_and_counts_no_try(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    source.failures = [AppInactive("the owner's subscription lapsed") for _ in range(TRIES + 2)]
    tell(tools, clock, run.id)
    settle(tools, runner, clock)
    assert the_connection(tools, runner).trouble == "app_inactive"
    while source.failures:
        assert rows(tools)[0].due_at == clock() + timedelta(hours=1)
        clock.tick(hours=1)
        drain(tools, HANDLERS, runner)
    assert rows(tools)[0].attempts == 0
    clock.tick(hours=1)
    drain(tools, HANDLERS, runner)
    assert list(cached(tools, runner)) == [run.id]
    assert the_connection(tools, runner).trouble == ""


def test_an_outage_is_noted_at_its_start_and_over_at_its_end(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    source.failures = [SourceDown("Strava answered with status 503"), SourceDown("no answer within 10 s")]
    tell(tools, clock, run.id)
    settle(tools, runner, clock)
    began = the_connection(tools, runner)
    assert (began.trouble, began.trouble_since) == ("source_down", clock())
    for _ in range(2):
        clock.at = rows(tools)[0].due_at
        drain(tools, HANDLERS, runner)
    ended = the_connection(tools, runner)
    assert (ended.trouble, ended.trouble_since) == ("", None)
    assert list(cached(tools, runner)) == [run.id]


def test_an_event_that_outlasts_all_tries_is_given_up_visibly_and_can_be_revived(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    source.failures = [SourceDown("Strava answered with status 500") for _ in range(TRIES)]
    tell(tools, clock, run.id)
    clock.tick(seconds=91)
    while rows(tools)[0].state == "open":
        clock.at = max(clock.at, rows(tools)[0].due_at)
        drain(tools, HANDLERS, runner)
    with tools.store.read() as session:
        assert [row.error for row in work.dead(session)] == ["Strava answered with status 500"]
    with tools.store.write() as session:
        work.revive(session, clock())
    drain(tools, HANDLERS, runner)
    assert list(cached(tools, runner)) == [run.id]


@pytest.mark.parametrize(
    "refusal", [SourceRefused("activity 1 cannot be read: no start"), ScopeMissing("activity:read_all")]
)
def test_an_activity_that_is_refused_is_kept_with_its_reason_until_it_can_be_read(
    tools: Tools,
    runner: int,
    run: Activity,
    source: FakeSource,
    clock: FakeClock,
    refusal: SourceRefused | ScopeMissing,
) -> None:
    source.failures = [refusal]
    tell(tools, clock, run.id)
    settle(tools, runner, clock)
    assert reasons_refused(tools, runner) == {run.id: str(refusal)}
    tell(tools, clock, run.id, "update", title="x")
    settle(tools, runner, clock)
    assert list(cached(tools, runner)) == [run.id]
    assert reasons_refused(tools, runner) == {}


def test_an_access_token_that_ends_soon_is_renewed_before_the_read(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    clock.tick(hours=5, minutes=51)
    tell(tools, clock, run.id)
    settle(tools, runner, clock)
    assert source.calls[-2:] == ["refresh", f"activity {run.id}"]
    assert list(cached(tools, runner)) == [run.id]


def test_an_access_token_that_is_refused_early_is_renewed_once(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    with tools.store.write() as session:
        row = connections.get(session, runner)
        assert row is not None
        tokens = connections.tokens(row, tools.keys)
        connections.put_tokens(row, tools.keys, replace(tokens, access="of yesterday"))
    tell(tools, clock, run.id)
    settle(tools, runner, clock)
    assert source.calls.count("refresh") == 1
    assert list(cached(tools, runner)) == [run.id]


def test_a_refresh_token_that_was_used_already_ends_the_reading_and_empties_the_cache(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    """The row stays, so that the runner is told and can come back."""
    tell(tools, clock, run.id)
    settle(tools, runner, clock)
    source.generation = 7  # somebody else refreshed
    tell(tools, clock, run.id, "update", title="x")
    settle(tools, runner, clock)

    left = the_connection(tools, runner)
    assert (left.trouble, left.access_sealed, left.refresh_sealed) == ("unauthorized", "", "")
    assert cached(tools, runner) == {}
    calls = len(source.calls)
    tell(tools, clock, run.id, "update", title="y")
    settle(tools, runner, clock)
    assert len(source.calls) == calls, "a dead connection is not asked again"
    assert "open" not in states(tools)


# --- the runner withdraws -------------------------------------------------------------------


def withdrawal(clock: FakeClock) -> HookEvent:
    return HookEvent("athlete", "update", 9001, 9001, 77, clock(), {"authorized": "false"})


def test_a_withdrawal_that_strava_confirms_wipes_the_cache(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    tell(tools, clock, run.id)
    settle(tools, runner, clock)
    source.revoked = True
    receive.receive_event(tools, withdrawal(clock))
    drain(tools, HANDLERS, runner)
    assert cached(tools, runner) == {}
    assert the_connection(tools, runner).trouble == "unauthorized"


def test_a_forged_withdrawal_wipes_nothing(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    tell(tools, clock, run.id)
    settle(tools, runner, clock)
    receive.receive_event(tools, withdrawal(clock))
    drain(tools, HANDLERS, runner)
    assert list(cached(tools, runner)) == [run.id]
    assert the_connection(tools, runner).access_sealed
    assert states(tools, "athlete_event") == ["done"]


def test_a_withdrawal_during_an_outage_is_asked_about_later_and_wipes_nothing_yet(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    tell(tools, clock, run.id)
    settle(tools, runner, clock)
    source.failures = [SourceDown("Strava answered with status 503")]
    receive.receive_event(tools, withdrawal(clock))
    drain(tools, HANDLERS, runner)
    assert list(cached(tools, runner)) == [run.id]
    source.revoked = True
    clock.at = rows(tools, "athlete_event")[0].due_at
    drain(tools, HANDLERS, runner)
    assert cached(tools, runner) == {}


# --- polling --------------------------------------------------------------------------------


def poll(tools: Tools, runner: int) -> None:
    assert receive.ask_to_poll_all(tools, 15) == [runner]
    drain(tools, HANDLERS, runner)


def test_a_poll_finds_what_is_new_and_reads_runs_in_full(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    ride = a_ride(start="2030-05-07 18:00")
    source.record([ride])
    poll(tools, runner)
    found = cached(tools, runner)
    assert found.keys() == {run.id, ride.id}
    assert found[run.id].detailed
    assert (read_at_strava(source, run.id), read_at_strava(source, ride.id)) == (1, 0)


def test_a_poll_follows_edits_and_drops_what_is_gone(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    other = a_run(start="2030-05-07 18:00")
    source.record([other])
    poll(tools, runner)
    source.record([replace(run, name="Renamed")])
    del source.history[other.id]
    clock.tick(minutes=15)
    poll(tools, runner)
    assert {id: each.name for id, each in cached(tools, runner).items()} == {run.id: "Renamed"}


def test_a_poll_that_finds_nothing_new_reads_nothing_but_the_list(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    poll(tools, runner)
    source.calls.clear()
    clock.tick(minutes=15)
    poll(tools, runner)
    assert source.calls == ["activities 1"]


def test_a_poll_comes_once_a_period_and_not_to_a_dead_connection(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock
) -> None:
    poll(tools, runner)
    clock.tick(minutes=14)
    assert receive.ask_to_poll_all(tools, 15) == []
    clock.tick(minutes=1)
    source.generation = 7
    poll(tools, runner)
    clock.tick(minutes=15)
    assert receive.ask_to_poll_all(tools, 15) == []


def test_a_poll_and_an_event_for_the_same_run_make_one_prompt_of_one_activity(
    tools: Tools, runner: int, run: Activity, clock: FakeClock
) -> None:
    tell(tools, clock, run.id)
    poll(tools, runner)
    settle(tools, runner, clock)
    assert list(cached(tools, runner)) == [run.id]
    assert set(states(tools)) == {"done"}


# --- the first 180 days, and every day ------------------------------------------------------


def ask_for_backfill(tools: Tools, runner: int, clock: FakeClock) -> None:
    receive.ask_to_list(tools, runner, "backfill", clock(), "backfill:1")


def sync_of(tools: Tools, runner: int) -> Sync:
    with tools.store.read() as session:
        row = connections.progress(session, runner)
    assert row is not None
    return row


def refresh(tools: Tools, runner: int) -> None:
    assert receive.ask_to_refresh_all(tools) == [runner]
    drain(tools, HANDLERS, runner)


def test_a_backfill_reads_page_after_page_until_one_is_empty(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock
) -> None:
    history = steady_history(weeks=10)
    source.record(history)
    source.per_page = 15
    ask_for_backfill(tools, runner, clock)
    drain(tools, HANDLERS, runner)
    assert [call for call in source.calls if "activities" in call] == [
        f"activities {n}" for n in (1, 2, 3, 4)
    ]
    assert cached(tools, runner).keys() == {each.id for each in history}
    assert sync_of(tools, runner).backfill_read == 40
    assert (sync_of(tools, runner).backfill_share, sync_of(tools, runner).backfilled_at) == (1.0, clock())


def test_a_short_page_may_hide_others_behind_it(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strava cuts a page first and then leaves out what may not be seen: it can be short before the end."""
    source.record(steady_history(weeks=5))
    source.per_page = 7
    real = source.activities

    def short(*args: Any, **more: Any) -> Page:
        page = real(*args, **more)
        shown = page.activities[2:] if more["page"] == 1 else page.activities
        return replace(page, activities=shown, count=len(shown))

    monkeypatch.setattr(source, "activities", short)
    ask_for_backfill(tools, runner, clock)
    drain(tools, HANDLERS, runner)
    assert len(cached(tools, runner)) == 18


def test_the_progress_of_a_backfill_only_grows(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock
) -> None:
    source.record(steady_history(weeks=25))
    source.per_page = 20
    ask_for_backfill(tools, runner, clock)
    shares: list[float] = []
    pages = len(source.history) // 20 + 1

    def one_page(job: Job, tools: Tools) -> Commit:
        if shares or job.body["page"] > 1:
            shares.append(sync_of(tools, runner).backfill_share)
        return HANDLERS["list"](job, tools)

    drain(tools, {**HANDLERS, "list": one_page}, runner)
    shares.append(sync_of(tools, runner).backfill_share)
    assert len(shares) == pages
    assert shares == sorted(shares)
    assert 0 < shares[0] < 0.25
    assert shares[-1] == 1.0


def test_a_backfill_goes_on_where_an_outage_stopped_it(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock
) -> None:
    source.record(steady_history(weeks=10))
    source.per_page = 15
    ask_for_backfill(tools, runner, clock)
    real_calls, pages = HANDLERS["list"], []

    def with_an_outage(job: Job, tools: Tools) -> Commit:
        pages.append(job.body["page"])
        if pages == [1, 2]:
            raise SourceDown("Strava answered with status 502")
        return real_calls(job, tools)

    handlers = {**HANDLERS, "list": with_an_outage}
    drain(tools, handlers, runner)
    clock.tick(minutes=1)
    drain(tools, handlers, runner)
    assert pages == [1, 2, 2, 3, 4]
    assert len(cached(tools, runner)) == 40


def test_a_refresh_completes_a_backfill_that_was_given_up(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock
) -> None:
    source.record(steady_history(weeks=4))
    ask_for_backfill(tools, runner, clock)
    source.failures = [SourceDown("Strava answered with status 500") for _ in range(TRIES)]
    while source.failures:
        drain(tools, HANDLERS, runner)
        clock.tick(hours=2)
    assert states(tools, "list") == ["dead"]
    refresh(tools, runner)
    assert len(cached(tools, runner)) == 16
    assert (sync_of(tools, runner).backfill_share, sync_of(tools, runner).backfilled_at) == (1.0, clock())


def test_an_unreadable_item_is_kept_with_its_reason_and_costs_no_other(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock
) -> None:
    source.record(steady_history(weeks=4))
    source.unreadable = [Refused(4711, "no start time"), Refused(None, "not an object")]
    ask_for_backfill(tools, runner, clock)
    drain(tools, HANDLERS, runner)
    assert len(cached(tools, runner)) == 16
    assert reasons_refused(tools, runner) == {4711: "no start time"}


def test_activities_that_become_unreadable_are_not_taken_for_deleted(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock
) -> None:
    history = list(steady_history(weeks=4))
    source.record(history)
    refresh(tools, runner)
    odd = history[:5]
    source.unreadable = [Refused(each.id, "a new kind of number") for each in odd]
    for each in odd:
        del source.history[each.id]
    clock.tick(days=1)
    refresh(tools, runner)
    assert reasons_refused(tools, runner) == {each.id: "a new kind of number" for each in odd}
    assert len(cached(tools, runner)) == 16


@pytest.mark.parametrize("count", [1, 3, 6])
def test_a_refresh_finds_out_what_was_deleted_unseen(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock, count: int
) -> None:
    """A few are looked up one by one, in case the listing was wrong; of many, the listing is believed."""
    history = list(steady_history(weeks=4))
    source.record(history)
    refresh(tools, runner)
    source.calls.clear()
    for each in history[:count]:
        del source.history[each.id]
    clock.tick(days=1)
    refresh(tools, runner)
    assert cached(tools, runner).keys() == {each.id for each in history[count:]}
    assert sum(call.startswith("activity ") for call in source.calls) == (count if count <= 3 else 0)


def test_an_activity_that_a_listing_left_out_by_mistake_stays(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = list(steady_history(weeks=4))
    source.record(history)
    refresh(tools, runner)
    real = source.activities
    left_out = history[3]

    def with_a_gap(*args: Any, **more: Any) -> Page:
        page = real(*args, **more)
        return replace(page, activities=tuple(each for each in page.activities if each.id != left_out.id))

    monkeypatch.setattr(source, "activities", with_a_gap)
    clock.tick(days=1)
    refresh(tools, runner)
    assert left_out.id in cached(tools, runner)


def test_a_refresh_comes_once_a_day_and_costs_one_read_where_nothing_changed(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock
) -> None:
    source.record(steady_history(weeks=20))
    refresh(tools, runner)
    assert receive.ask_to_refresh_all(tools) == []
    clock.tick(days=1)
    source.calls.clear()
    refresh(tools, runner)
    assert [call for call in source.calls if call != "refresh"] == ["activities 1"]


def test_a_listing_that_changed_nothing_has_nothing_judged_or_planned_anew(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock
) -> None:
    source.record(steady_history(weeks=4))
    refresh(tools, runner)
    judged, planned = len(rows(tools, "classify")), len(rows(tools, "plan"))
    clock.tick(minutes=15)  # nothing else is due yet
    poll(tools, runner)
    clock.tick(minutes=15)
    receive.ask_to_list(tools, runner, "refresh", clock(), "refresh:again")
    drain(tools, HANDLERS, runner)
    assert states(tools, "list") == ["done"] * 4  # the first went on to the empty page
    assert (len(rows(tools, "classify")), len(rows(tools, "plan"))) == (judged, planned)


def test_an_account_without_an_activity_is_planned_for_all_the_same(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock
) -> None:
    ask_for_backfill(tools, runner, clock)
    drain(tools, HANDLERS, runner)
    assert "done" in states(tools, "plan")


def test_a_refresh_that_misses_something_reads_on_to_the_empty_page(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock
) -> None:
    source.record(steady_history(weeks=20))
    refresh(tools, runner)
    clock.tick(days=1)
    source.history.popitem()
    source.calls.clear()
    refresh(tools, runner)
    assert [call for call in source.calls if "activities" in call] == ["activities 1", "activities 2"]


def test_a_refresh_keeps_what_it_shows_beyond_the_end_of_the_first_reading(
    tools: Tools, runner: int, source: FakeSource, clock: FakeClock
) -> None:
    source.record(steady_history(weeks=4))
    for _ in range(9):
        refresh(tools, runner)
        clock.tick(days=1)
    assert len(cached(tools, runner)) == 16
    clock.tick(days=7)
    assert cached(tools, runner) == {}


def test_two_runners_are_read_each_with_their_own_tokens(
    tools: Tools, runner: int, run: Activity, source: FakeSource, clock: FakeClock
) -> None:
    with tools.store.write() as session:
        other = athletes.create(session, clock()).id
        connections.connect(
            session,
            tools.keys,
            athlete_id=other,
            strava_athlete_id=9002,
            scope="activity:read",
            tokens=connections.tokens(connections.everyone(session)[0], tools.keys),
            now=clock(),
        )
    receive.receive_event(tools, replace(an_event(run.id, clock), owner_id=9002))
    clock.tick(seconds=91)
    drain(tools, HANDLERS, other)
    assert cached(tools, other) == {}, "another athlete's activity is not there, however public it is"
