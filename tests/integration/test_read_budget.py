"""Strava refuses, breaks down, limits, or tells odd things: what the cache holds then, and the one line.

Each through the real client, over HTTP, against the sandbox.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from integrations.strava import StravaSource
from integrations.strava.sandbox import Athlete, Limits, World
from integrations.strava.sandbox.limits import RateLimits
from integrations.strava.sandbox.shapes import Json, end_of, utc_text
from service.domain.activity import Activity
from service.pipeline.connect import CONSENT_VERSION, complete
from service.ports import CapacityFull, Lane
from service.store import activities, athletes, budget, connections, work
from service.store.budget import SHARE
from service.store.tables import Connection, Work
from tests.fakes import FakeClock
from tests.town import SECRET, Town, a_town

MONDAY = datetime.fromisoformat("2030-05-06T16:03:00+00:00")
STRAVA_ID = 71
MANY = 1_132


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(MONDAY)


@pytest.fixture
def town(tmp_path: Path, clock: FakeClock) -> Iterator[Town]:
    """A runner with three runs, not connected yet; events are read without a rest."""
    world = World(clock, callback_domain="127.0.0.1", deliver="manual")
    world.add_athlete(an_athlete(clock, runs=3))
    with a_town(tmp_path, world, clock, settle_seconds=0) as town:
        yield town


@pytest.fixture
def runner(town: Town) -> int:
    """The account of the connected runner; the history is read."""
    connected = town.connect(STRAVA_ID)
    town.work_off()
    assert len(cached(town, connected)) == 3
    return connected


def an_athlete(clock: FakeClock, runs: int) -> Athlete:
    """``runs`` of an easy hour each, evenly over the last 170 days."""
    athlete = Athlete(id=STRAVA_ID, zone="Europe/Rome")
    apart = timedelta(days=170) / runs
    for number in range(1, runs + 1):
        start_at = clock() - timedelta(hours=2) - number * apart
        athlete.keep(athlete.completed(a_run(start_at), 1_000_000 - number))
    return athlete


def a_run(start_at: datetime, **more: object) -> Json:
    return {
        "name": "Run",
        "sport_type": "Run",
        "start_date": utc_text(start_at),
        "distance": 9000.0,
        "moving_time": 3240,
        "elapsed_time": 3260,
        "average_heartrate": 138.2,
        "max_heartrate": 151.0,
        **more,
    }


def finish_run(town: Town, **more: object) -> int:
    """One that ended four minutes ago; its event is delivered and everything due is done."""
    told = town.world.add_activity(STRAVA_ID, a_run(town.clock() - timedelta(seconds=3500), **more))
    town.work_off()
    return int(told["id"])


def cached(town: Town, runner: int) -> dict[int, Activity]:
    with town.tools.store.read() as session:
        rows = activities.judged(session, runner, town.clock(), details=True)
    return {row.activity.id: row.activity for row in rows}


def trouble(town: Town, runner: int) -> str:
    with town.tools.store.read() as session:
        row = connections.get(session, runner)
    assert row is not None
    return row.trouble


def open_rows(town: Town, kind: str) -> list[Work]:
    with town.tools.store.read() as session:
        return list(session.scalars(select(Work).where(Work.state == "open", Work.kind == kind)))


def lines(town: Town, event: str) -> list[dict[str, Any]]:
    return [entry for entry in town.log if entry["event"] == event]


def the_line(town: Town, event: str) -> str:
    """Why, as the one line of that event says."""
    (line,) = lines(town, event)
    return str(line["why"])


def statuses(town: Town, path: str = "/api/v3/") -> list[int]:
    """Of the calls that read activities, oldest first."""
    return [
        call["status"]
        for call in town.calls()
        if call["path"].startswith(path) and "push_subscriptions" not in call["path"]
    ]


# --- the call budget --------------------------------------------------------------------------


def test_a_long_backfill_stops_at_its_share_and_goes_on_in_the_next_quarter(
    town: Town, clock: FakeClock
) -> None:
    town.world.add_athlete(an_athlete(clock, runs=MANY))
    town.world.app.rate = RateLimits(Limits(read_window=8))

    runner = town.connect(STRAVA_ID)
    town.work_off()
    assert statuses(town) == [200] * int(8 * SHARE[Lane.BULK])
    (waiting,) = open_rows(town, "list")
    assert waiting.due_at >= datetime.fromisoformat("2030-05-06T16:15:00+00:00")
    assert waiting.attempts == 0
    assert "call budget is used up until 16:15 UTC" in waiting.error

    town.live_until(MONDAY + timedelta(minutes=40))

    assert len(cached(town, runner)) == MANY
    assert statuses(town) == [200] * (math.ceil(MANY / 200) + 1)
    assert open_rows(town, "list") == []


def test_live_events_get_through_while_a_backfill_waits(town: Town, clock: FakeClock) -> None:
    town.world.add_athlete(an_athlete(clock, runs=420))
    town.world.app.rate = RateLimits(Limits(read_window=6))
    runner = town.connect(STRAVA_ID)
    town.work_off()
    spent = len(statuses(town))
    assert spent == int(6 * SHARE[Lane.BULK])

    finished = [finish_run(town) for _ in range(4)]
    live = int(6 * SHARE[Lane.LIVE]) - spent
    assert statuses(town)[spent:] == [200] * live
    assert cached(town, runner).keys() >= set(finished[:live])
    assert len(open_rows(town, "activity")) == len(finished) - live

    town.live_until(MONDAY + timedelta(minutes=40))

    assert cached(town, runner).keys() >= set(finished)
    assert len(cached(town, runner)) == 420 + len(finished)
    assert set(statuses(town)) == {200}, "Strava itself never had to refuse a call"
    town.world.app.rate = RateLimits(Limits())
    clock.tick(days=1)
    before = len(statuses(town))
    town.refresh()
    assert len(statuses(town)) - before <= math.ceil((420 + len(finished)) / 200) + 1
    assert len(cached(town, runner)) >= 420


def test_a_limit_that_somebody_else_used_up_is_waited_for(town: Town, runner: int) -> None:
    town.arrange(status=429)
    run_id = finish_run(town)
    assert run_id not in cached(town, runner)
    assert "call limit is used up until 2030-05-06 16:15" in the_line(town, "work postponed")
    calls = len(statuses(town))

    finish_run(town)
    assert len(statuses(town)) == calls, "the count in the answer's headers was learnt: no further call"
    with town.tools.store.read() as session:
        assert budget.used_up_until(session, town.clock(), Lane.LIVE) is not None

    town.live_until(MONDAY + timedelta(minutes=13))
    assert run_id in cached(town, runner)
    assert trouble(town, runner) == ""


def test_a_used_up_day_is_waited_for_until_midnight(town: Town, runner: int) -> None:
    town.world.app.rate = RateLimits(Limits(read_day=2))
    missed = [finish_run(town) for _ in range(3)]

    town.live_until(MONDAY.replace(hour=23, minute=59))
    assert len(cached(town, runner).keys() & set(missed)) < 3
    town.world.app.rate = RateLimits(Limits())
    town.live_until(MONDAY + timedelta(hours=8, minutes=30))

    assert cached(town, runner).keys() >= set(missed)


# --- Strava refuses or breaks down ------------------------------------------------------------


def test_a_full_application_takes_nobody_in_and_keeps_nothing(town: Town) -> None:
    query = town.come_back(STRAVA_ID, "activity:read_all")
    town.arrange(capacity=0)

    with pytest.raises(CapacityFull, match="connect no further athlete"):
        complete(
            town.tools,
            code=query["code"],
            scope=query["scope"],
            signed_in_as=None,
            may_create=True,
            timezone="",
            consent_version=CONSENT_VERSION,
        )

    with town.tools.store.read() as session:
        assert athletes.count(session) == 0
        assert connections.everyone(session) == []
        assert work.counts(session) == {}


def test_an_inactive_application_is_said_once_and_reading_goes_on_when_it_is_back(
    town: Town, runner: int
) -> None:
    town.arrange(app="inactive")
    run_id = finish_run(town)
    town.live_until(MONDAY + timedelta(hours=2, minutes=30))

    assert trouble(town, runner) == "app_inactive"
    assert "needs an active subscription (403 inactive)" in the_line(town, "reading fails")
    (waiting,) = open_rows(town, "activity")
    assert waiting.attempts == 0

    town.arrange(app="active")
    town.live_until(MONDAY + timedelta(hours=4))
    assert run_id in cached(town, runner)
    assert trouble(town, runner) == ""
    assert len(lines(town, "reading works again")) == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 500, "body": "html"}, "Strava answered with status 500"),
        ({"status": 502}, "Strava answered with status 502"),
        ({"status": 404, "body": "html"}, "a web page instead of data (status 404)"),
        ({"status": 200, "body": "empty"}, "Strava's answer is not JSON"),
        ({"status": "timeout", "seconds": 3}, "Strava did not answer in time"),
    ],
    ids=lambda value: str(value.get("status")) if isinstance(value, dict) else "",
)
def test_an_outage_is_one_line_and_costs_nothing(
    town: Town, runner: int, fault: dict[str, object], words: str
) -> None:
    town.tools = with_short_timeout(town)
    town.arrange(**fault, times=2)
    run_id = finish_run(town)
    assert trouble(town, runner) == "source_down"
    assert run_id not in cached(town, runner)

    town.live_until(MONDAY + timedelta(minutes=5))
    assert cached(town, runner)[run_id].detailed
    assert words in the_line(town, "reading fails")
    assert len(lines(town, "reading works again")) == 1
    assert trouble(town, runner) == ""
    assert len(cached(town, runner)) == 4, "nothing else was lost"


def with_short_timeout(town: Town) -> Any:
    settings, tools = town.settings, town.tools
    source = StravaSource(
        client_id=settings.strava_client_id,
        client_secret=SECRET,
        oauth_base=settings.strava_oauth_base,
        api_base=settings.strava_api_base,
        revoke="revoke",
        budget=budget.StoredBudget(tools.store, tools.clock),
        clock=tools.clock,
        timeout_s=(0.3, 0.3),
    )
    return replace(tools, source=source)


def test_a_refresh_token_that_was_used_elsewhere_ends_the_connection(
    town: Town, runner: int, clock: FakeClock
) -> None:
    with town.tools.store.read() as session:
        row = session.get(Connection, runner)
        assert row is not None
        tokens = connections.tokens(row, town.tools.keys)
    clock.tick(hours=7)
    town.tools.source.refresh(tokens.refresh)

    finish_run(town)

    assert trouble(town, runner) == "unauthorized"
    assert cached(town, runner) == {}
    assert "does not accept the token" in the_line(town, "connection lost")
    with town.tools.store.read() as session:
        kept = session.get(Connection, runner)
        assert kept is not None
        assert (kept.access_sealed, kept.refresh_sealed) == ("", "")

    again = town.connect(STRAVA_ID)
    town.work_off()
    assert again == runner
    assert trouble(town, runner) == ""
    assert len(cached(town, runner)) == 4


def test_tokens_are_renewed_in_time_and_written_down(town: Town, runner: int, clock: FakeClock) -> None:
    for _ in range(4):
        clock.tick(hours=6, minutes=1)
        run_id = finish_run(town)
        assert run_id in cached(town, runner)

    assert statuses(town, "/oauth/token") == [200] * 5  # the first was the exchange
    assert lines(town, "connection lost") == []


def test_who_revokes_at_strava_is_asked_about_there_and_forgotten(town: Town, runner: int) -> None:
    assert town.world.revoke_athlete(STRAVA_ID) == 1
    town.work_off()

    assert trouble(town, runner) == "unauthorized"
    assert cached(town, runner) == {}


# --- what the runner ticked -------------------------------------------------------------------


def test_without_the_wider_scope_private_runs_stay_out_and_flips_are_followed(
    town: Town, clock: FakeClock
) -> None:
    first = next(iter(town.world.athlete(STRAVA_ID).activities))
    town.world.edit_activity(STRAVA_ID, first, {"private": True})
    runner = town.connect(STRAVA_ID, "read", "activity:read")
    town.work_off()
    assert len(cached(town, runner)) == 2
    hidden = finish_run(town, private=True)
    assert hidden not in cached(town, runner)

    town.world.edit_activity(STRAVA_ID, hidden, {"private": False})
    town.work_off()
    assert hidden in cached(town, runner)
    clock.tick(seconds=30)
    town.world.edit_activity(STRAVA_ID, hidden, {"private": True})
    town.work_off()
    assert hidden not in cached(town, runner)
    assert trouble(town, runner) == ""


def test_without_any_activity_scope_it_is_said_once_and_not_tried_again(town: Town) -> None:
    runner = town.connect(STRAVA_ID, "read")
    town.live_until(MONDAY + timedelta(hours=6))

    assert cached(town, runner) == {}
    assert statuses(town) == [401]
    assert "activity:read_permission/missing" in the_line(town, "nothing may be read")
    with town.tools.store.read() as session:
        assert work.dead(session) == []


def test_with_the_wider_scope_a_private_run_is_kept_as_private(town: Town, runner: int) -> None:
    run_id = finish_run(town)
    town.world.edit_activity(STRAVA_ID, run_id, {"private": True})
    town.work_off()

    assert cached(town, runner)[run_id].private


# --- odd activities ---------------------------------------------------------------------------

Check = Callable[[Activity], bool]
ODD: dict[str, tuple[Json, Check]] = {
    "half a beat": ({"max_heartrate": 178.5}, lambda kept: kept.max_heartrate_bpm == 178.5),
    "no heart rate": (
        {"average_heartrate": None, "max_heartrate": None},
        lambda kept: kept.average_heartrate_bpm is None and kept.max_heartrate_bpm is None,
    ),
    "no distance": ({"distance": 0}, lambda kept: kept.distance_m == 0.0),
    "no position": ({"start_latlng": [], "end_latlng": []}, lambda kept: kept.distance_m == 9000.0),
    "typed in": ({"manual": True}, lambda kept: kept.manual and kept.device_name == ""),
    "hidden hour": (
        {"start_date_local": "2030-05-06T00:00:01Z", "start_date": "2030-05-05T22:00:01Z"},
        lambda kept: kept.start_hidden and f"{kept.local_on}" == "2030-05-06",
    ),
    "a sport to come": (
        {"sport_type": "MoonWalk", "type": "Workout"},
        lambda kept: kept.sport_type == "MoonWalk" and not kept.is_run,
    ),
    "a zone of nowhere": (
        {"timezone": "(GMT+99:00) Europe/Atlantis", "start_date_local": "2030-05-06T18:04:40Z"}
        | {"utc_offset": 7200.0},
        lambda kept: kept.timezone == "" and f"{kept.start_local:%H:%M}" == "18:04",
    ),
    "moved longer than it lasted": ({"moving_time": 3300}, lambda kept: kept.moving_time_s == 3300),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_activity_is_kept_as_it_came(town: Town, runner: int, name: str) -> None:
    told, is_kept = ODD[name]
    run_id = announce(town, told)

    kept = cached(town, runner)[run_id]
    assert is_kept(kept), kept
    town.refresh()
    with town.tools.store.read() as session:
        (judged,) = [
            row
            for row in activities.judged(session, runner, town.clock(), details=True)
            if row.activity.id == run_id and row.activity == kept
        ]
    assert (judged.verdict is not None) == kept.is_run
    assert [entry for entry in town.log if entry["log_level"] in ("warning", "error")] == []


def test_an_activity_that_cannot_be_read_is_refused_with_its_reason(town: Town, runner: int) -> None:
    run_id = announce(town, {"distance": -5.0})
    assert run_id not in cached(town, runner)
    assert "distance: negative" in the_line(town, "activity refused")

    town.refresh()
    with town.tools.store.read() as session:
        assert [(row.id, row.reason) for row in activities.refused(session, runner)] == [
            (run_id, "distance: negative")
        ]
    town.world.edit_activity(STRAVA_ID, run_id, {"distance": 5000.0, "name": "Mended"})
    town.work_off()
    assert cached(town, runner)[run_id].distance_m == 5000.0
    with town.tools.store.read() as session:
        assert activities.refused(session, runner) == []
        assert work.dead(session) == []


def announce(town: Town, told: Json) -> int:
    """Kept by the sandbox word for word: what it would have refused or made whole itself as well."""
    athlete, activity_id = town.world.athlete(STRAVA_ID), town.world.next_activity_id()
    run = a_run(town.clock() - timedelta(seconds=3500))
    zoneless = run | {key: value for key, value in told.items() if key != "timezone"}
    whole = athlete.completed(zoneless, activity_id) | told
    town.world.add_activity(STRAVA_ID, run | {"id": activity_id})
    athlete.keep(whole)
    assert end_of(whole) <= town.clock()
    town.work_off()
    return activity_id
