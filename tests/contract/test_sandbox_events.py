"""Push subscriptions of the sandbox: handshake, what is told to whom, three tries, stray events."""

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask.testing import FlaskClient

from integrations.strava.sandbox import Athlete, World, push, serve_sandbox
from tests.contract.sandbox_support import (
    START,
    Callback,
    Json,
    a_callback,
    a_client,
    a_world,
    athlete_id_of,
    bearer,
    body,
    error,
    recorded,
    subscribe,
)
from tests.fakes import FakeClock

APP = {"client_id": "1", "client_secret": "sandbox-secret"}
RUN = {"name": "Run", "sport_type": "Run", "start_date": "2030-05-07T14:00:00Z", "elapsed_time": 1800}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)


@pytest.fixture
def world(clock: FakeClock) -> World:
    return a_world(clock, weeks=1, retry_interval_s=60)


@pytest.fixture
def client(world: World) -> FlaskClient:
    return a_client(world)


@pytest.fixture
def hook() -> Iterator[tuple[Callback, str]]:
    with a_callback() as both:
        yield both


@pytest.fixture
def callback(world: World, client: FlaskClient, hook: tuple[Callback, str]) -> Callback:
    """Subscribed already."""
    subscribe(world, hook[1], client)
    return hook[0]


def connect(world: World, *scopes: str) -> None:
    world.connect(athlete_id_of(world), scopes or ("activity:read_all",))


def told(world: World, callback: Callback) -> list[tuple[str, Json]]:
    """Deliver, and return (aspect, updates) of what has arrived since the last look."""
    world.deliver_pending()
    events, callback.events = callback.events, []
    return [(event["aspect_type"], event["updates"]) for event in events]


def add(world: World, **fields: object) -> int:
    return int(world.add_activity(athlete_id_of(world), {**RUN, **fields})["id"])


def edit(world: World, activity_id: int, **fields: object) -> None:
    world.edit_activity(athlete_id_of(world), activity_id, fields)


def test_subscription_is_made_after_a_handshake(
    world: World, client: FlaskClient, hook: tuple[Callback, str]
) -> None:
    callback, url = hook
    made = subscribe(world, url, client)
    assert made["callback_url"] == url
    query = callback.queries[0]
    assert query["hub.mode"] == ["subscribe"]
    assert query["hub.verify_token"] == ["v"]
    assert len(query["hub.challenge"][0]) >= 15
    assert body(client.get("/api/v3/push_subscriptions", query_string=APP)) == [made]


def test_subscription_can_be_viewed_and_deleted(
    world: World, client: FlaskClient, hook: tuple[Callback, str]
) -> None:
    view = client.get("/api/v3/push_subscriptions", query_string=APP)
    assert body(view) == []
    made = subscribe(world, hook[1], client)
    path = f"/api/v3/push_subscriptions/{made['id']}"
    assert client.delete(path, query_string={**APP, "client_secret": "wrong"}).status_code == 400
    assert client.delete("/api/v3/push_subscriptions/1", query_string=APP).status_code == 404
    gone = client.delete(path, query_string=APP)
    assert (gone.status_code, gone.data) == (204, b"")
    assert body(client.get("/api/v3/push_subscriptions", query_string=APP)) == []


@pytest.mark.real_data
def test_subscription_has_the_recorded_fields(
    world: World, client: FlaskClient, hook: tuple[Callback, str]
) -> None:
    made = subscribe(world, hook[1], client)
    assert made.keys() == recorded("webhook_subscription_create_201.json").keys()
    assert made.keys() == recorded("webhook_subscription_list_one.json")[0].keys()


def test_second_subscription_is_refused(world: World, client: FlaskClient, callback: Callback) -> None:
    again = client.post("/api/v3/push_subscriptions", data={**APP, "callback_url": "http://127.0.0.1:9/x"})
    assert error(again) == (400, "PushSubscription", "", "already exists")


def refusal(client: FlaskClient, url: str) -> tuple[int, str, str, str]:
    return error(
        client.post("/api/v3/push_subscriptions", data={**APP, "callback_url": url, "verify_token": "v"})
    )


def test_failed_handshakes_say_why(client: FlaskClient, hook: tuple[Callback, str]) -> None:
    callback, url = hook
    callback.echo = "something else"
    assert refusal(client, url)[2:] == ("callback url", "not verifiable")
    callback.echo, callback.handshake_status = None, 403
    assert refusal(client, url)[2:] == ("callback url", "GET to callback URL does not return 200")
    assert refusal(client, "http://127.0.0.1:1/nobody")[2:] == ("callback url", "not verifiable")
    assert refusal(client, "")[2:] == ("callback url", "missing")
    assert refusal(client, "http://127.0.0.1/" + "x" * 255)[2:] == ("callback url", "invalid")
    assert body(client.get("/api/v3/push_subscriptions", query_string=APP)) == []


def test_callback_has_two_seconds_to_shake_hands(
    client: FlaskClient, hook: tuple[Callback, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert push.ANSWER_WITHIN_S == 2
    monkeypatch.setattr(push, "ANSWER_WITHIN_S", 0.05)
    callback, url = hook
    callback.go_on.clear()
    try:
        assert refusal(client, url)[2:] == ("callback url", "not verifiable")
    finally:
        callback.go_on.set()


def test_event_has_stravas_fields(world: World, callback: Callback, clock: FakeClock) -> None:
    connect(world)
    run_id = add(world)
    world.deliver_pending()
    assert callback.events == [
        {
            "aspect_type": "create",
            "event_time": int(clock().timestamp()),
            "object_id": run_id,
            "object_type": "activity",
            "owner_id": athlete_id_of(world),
            "subscription_id": world.push.subscriptions["1"].id,
            "updates": {},
        }
    ]


def test_nobody_is_told_without_an_activity_scope(world: World, callback: Callback) -> None:
    add(world)
    connect(world, "read")
    add(world)
    assert told(world, callback) == []


def test_title_and_type_are_told_other_edits_are_not(world: World, callback: Callback) -> None:
    connect(world)
    run_id = add(world)
    told(world, callback)
    edit(world, run_id, distance=5000.0, average_heartrate=140.0, description="x", perceived_exertion=3)
    edit(world, run_id, workout_type=1, gear_id="g1")
    assert told(world, callback) == []
    edit(world, run_id, name="Easy")
    edit(world, run_id, sport_type="Ride")
    assert told(world, callback) == [("update", {"title": "Easy"}), ("update", {"type": "Ride"})]


def test_deletion_is_told(world: World, callback: Callback) -> None:
    connect(world)
    run_id = add(world)
    world.delete_activity(athlete_id_of(world), run_id)
    assert told(world, callback) == [("create", {}), ("delete", {})]


def test_privacy_flips_are_updates_for_read_all(world: World, callback: Callback) -> None:
    connect(world, "activity:read_all")
    run_id = add(world)
    told(world, callback)
    edit(world, run_id, visibility="only_me")
    edit(world, run_id, visibility="followers_only")
    edit(world, run_id, visibility="everyone")
    assert told(world, callback) == [("update", {"private": "true"}), ("update", {"private": "false"})]


def test_privacy_flips_look_like_delete_and_create_for_plain_read(world: World, callback: Callback) -> None:
    connect(world, "activity:read")
    run_id = add(world)
    told(world, callback)
    edit(world, run_id, private=True, name="Secret")
    edit(world, run_id, name="More secret")
    edit(world, run_id, private=False)
    assert told(world, callback) == [("delete", {}), ("create", {})]
    add(world, private=True)
    assert told(world, callback) == []


def test_own_entries_echo(world: World, client: FlaskClient, callback: Callback) -> None:
    entry = {
        "name": "Knees",
        "sport_type": "Workout",
        "start_date_local": "2030-05-07T16:00:00",
        "elapsed_time": 720,
    }
    made = body(client.post("/api/v3/activities", headers=bearer(world), data=entry))
    assert told(world, callback) == [("create", {})]
    client.put(f"/api/v3/activities/{made['id']}", headers=bearer(world), json={"name": "Knees 2"})
    assert told(world, callback) == [("update", {"title": "Knees 2"})]


def test_disconnection_by_the_athlete_is_told(world: World, client: FlaskClient, callback: Callback) -> None:
    connect(world)
    athlete_id = athlete_id_of(world)
    assert body(client.post(f"/sandbox/athletes/{athlete_id}/revoke")) == {"revoked": 1}
    world.deliver_pending()
    event = callback.events[0]
    assert (event["object_type"], event["object_id"], event["owner_id"]) == (
        "athlete",
        athlete_id,
        athlete_id,
    )
    assert (event["aspect_type"], event["updates"]) == ("update", {"authorized": "false"})
    add(world)
    assert told(world, callback)[1:] == []


@pytest.mark.parametrize(("sends", "count"), [(True, 1), (False, 0)])
def test_own_revocation_echoes_or_not(hook: tuple[Callback, str], sends: bool, count: int) -> None:
    world = a_world(weeks=1, own_revoke_sends_event=sends)
    client = a_client(world)
    subscribe(world, hook[1], client)
    client.post("/oauth/deauthorize", headers=bearer(world))
    assert len(told(world, hook[0])) == count


def test_refused_event_is_tried_three_times_in_all(
    world: World, callback: Callback, clock: FakeClock
) -> None:
    connect(world)
    callback.status = 500
    add(world)
    for expected in (1, 1, 2, 3, 3):
        world.deliver_pending()
        assert len(callback.events) == expected
        clock.tick(seconds=61 if expected > 1 or len(callback.events) > 1 else 30.5)
    assert world.push.deliveries[-1].as_json()["state"] == "failed"
    assert world.push.deliveries[-1].tries == ["500", "500", "500"]


def test_second_try_can_succeed(world: World, callback: Callback, clock: FakeClock) -> None:
    connect(world)
    callback.status = 503
    add(world)
    world.deliver_pending()
    callback.status = 200
    clock.tick(seconds=61)
    world.deliver_pending()
    clock.tick(hours=1)
    world.deliver_pending()
    assert len(callback.events) == 2
    assert world.push.deliveries[-1].state == "sent"


def test_event_for_nobody_is_given_up(world: World, client: FlaskClient, clock: FakeClock) -> None:
    with a_callback() as (_, url):
        subscribe(world, url, client)
    connect(world)
    add(world)
    for _ in range(3):
        world.deliver_pending()
        clock.tick(minutes=2)
    assert body(client.get("/sandbox/events"))[-1]["tries"] == ["no answer"] * 3


def test_lost_duplicated_late_and_overtaking_events(
    world: World, client: FlaskClient, callback: Callback, clock: FakeClock
) -> None:
    connect(world)
    for wish in ({"events": "lose"}, {"events": "duplicate"}, {"events": "delay", "seconds": 600}):
        client.post("/sandbox/faults", json=wish)
    ids = [add(world) for _ in range(4)]
    world.deliver_pending()
    assert [event["object_id"] for event in callback.events] == [ids[1], ids[1], ids[3]]
    clock.tick(seconds=601)
    world.deliver_pending()
    assert callback.events[-1]["object_id"] == ids[2]
    callback.events.clear()
    client.post("/sandbox/faults", json={"events": "reorder"})
    ids = [add(world) for _ in range(3)]
    world.deliver_pending()
    assert [event["object_id"] for event in callback.events] == [ids[1], ids[0], ids[2]]


def test_unsubscribed_app_gets_nothing_more(world: World, client: FlaskClient, callback: Callback) -> None:
    connect(world)
    add(world)
    client.delete(f"/api/v3/push_subscriptions/{world.push.subscriptions['1'].id}", query_string=APP)
    add(world)
    assert told(world, callback) == []


def test_background_delivery_does_not_hold_up_the_answer(hook: tuple[Callback, str]) -> None:
    callback, url = hook
    began = time.monotonic()
    world = World(lambda: START + timedelta(seconds=time.monotonic() - began), retry_interval_s=0.01)
    world.add_athlete(Athlete(id=7))
    with serve_sandbox(world):
        subscribe(world, url)
        connect(world)
        callback.status = 500
        with callback.arrived:  # the callback cannot answer while we hold this
            first = add(world)
            assert world.push.deliveries[-1].tries == []
        assert [event["object_id"] for event in callback.wait_for(3)] == [first] * 3


def test_inline_delivery_is_done_when_the_call_returns(hook: tuple[Callback, str]) -> None:
    callback, url = hook
    world = a_world(weeks=1, deliver="inline")
    subscribe(world, url)
    connect(world)
    run_id = add(world)
    assert [event["object_id"] for event in callback.events] == [run_id]


def test_each_app_hears_of_its_own_athletes_only(
    world: World, client: FlaskClient, callback: Callback
) -> None:
    other = world.add_app("2", "s2", "Other")
    world.connect(athlete_id_of(world), ["activity:read"], other.client_id)
    with a_callback() as (others, url):
        form = {"client_id": "2", "client_secret": "s2", "callback_url": url, "verify_token": "v"}
        assert client.post("/api/v3/push_subscriptions", data=form).status_code == 201
        add(world)
        world.deliver_pending()
        assert callback.events == []
        assert len(others.events) == 1
