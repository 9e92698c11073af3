"""What a strength upload leaves in the sandbox, seen by everybody who looks: lists, events, the twin."""

import json
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from integrations.strava.sandbox import World
from tests.contract.sandbox_support import (
    START,
    Json,
    a_callback,
    a_client,
    a_world,
    athlete_id_of,
    bearer,
    body,
    subscribe,
)
from tests.fakes import FakeClock

UPLOADS = "/api/v3/uploads"
FILE = {
    "version": "1.0",
    "start_time": "2030-05-07T16:30:00+02:00",
    "utc_offset": 7200,
    "elapsed_time": 790,
    "sets": [{"exercise_type": "CLAMS", "repetitions": 12}],
}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)


@pytest.fixture
def world(clock: FakeClock) -> World:
    return a_world(clock, weeks=1)


@pytest.fixture
def client(world: World) -> FlaskClient:
    return a_client(world)


def hand_in(client: FlaskClient, headers: dict[str, str], file: Any = FILE) -> int:
    form = {"data_type": "json", "sport_type": "WeightTraining", "external_id": "afterrun-1f"}
    content = BytesIO(json.dumps(file).encode())
    answer = client.post(UPLOADS, data={**form, "file": (content, "file")}, headers=headers)
    return int(body(answer)["id"])


def looked(client: FlaskClient, headers: dict[str, str], upload_id: int) -> Json:
    return dict(body(client.get(f"{UPLOADS}/{upload_id}", headers=headers)))


def test_it_appears_in_the_list_once_it_is_processed(
    client: FlaskClient, world: World, clock: FakeClock
) -> None:
    headers = bearer(world)
    hand_in(client, headers)

    def newest() -> Json:
        items = body(client.get("/api/v3/athlete/activities", headers=headers))
        return dict(max(items, key=lambda item: int(item["id"])))

    assert newest()["external_id"] != "afterrun-1f"
    clock.tick(seconds=2)
    world.deliver_pending()
    found = newest()
    assert (found["external_id"], found["sport_type"]) == ("afterrun-1f", "WeightTraining")
    assert found["manual"] is False


def test_an_event_tells_of_it(client: FlaskClient, world: World, clock: FakeClock) -> None:
    with a_callback() as (callback, url):
        subscribe(world, url, client)
        hand_in(client, bearer(world))
        world.deliver_pending()
        assert callback.events == []
        clock.tick(seconds=2)
        world.deliver_pending()
        (event,) = callback.wait_for(1)
    assert (event["object_type"], event["aspect_type"]) == ("activity", "create")
    assert event["owner_id"] == athlete_id_of(world)
    assert world.activity(athlete_id_of(world), event["object_id"])["external_id"] == "afterrun-1f"


def test_two_at_once_become_one_activity(client: FlaskClient, world: World, clock: FakeClock) -> None:
    headers = bearer(world)
    first, second = hand_in(client, headers), hand_in(client, headers)
    clock.tick(seconds=2)
    world.deliver_pending()

    made = looked(client, headers, first)
    assert made["status"] == "Your activity is ready."
    twin = looked(client, headers, second)
    assert twin["status"] == "There was an error processing your activity."
    assert twin["error"] == f"afterrun-1f duplicate of activity {made['activity_id']}"
    activities = world.athlete(athlete_id_of(world)).activities.values()
    assert len([item for item in activities if item["external_id"] == "afterrun-1f"]) == 1


def test_after_a_broken_file_a_whole_one_of_that_name_is_taken(
    client: FlaskClient, world: World, clock: FakeClock
) -> None:
    headers = bearer(world)
    broken = hand_in(client, headers, FILE | {"sets": []})
    clock.tick(seconds=2)
    assert "malformed" in looked(client, headers, broken)["error"]
    whole = hand_in(client, headers)
    clock.tick(seconds=2)
    assert looked(client, headers, whole)["activity_id"] is not None


def test_a_mute_makes_no_event(client: FlaskClient, world: World, clock: FakeClock) -> None:
    headers = bearer(world)
    upload_id = hand_in(client, headers)
    clock.tick(seconds=2)
    activity_id = looked(client, headers, upload_id)["activity_id"]
    with a_callback() as (callback, url):
        subscribe(world, url, client)
        path = f"/api/v3/activities/{activity_id}"
        muted = client.put(path, headers=headers, json={"hide_from_home": True})
        assert body(muted)["hide_from_home"] is True
        world.deliver_pending()
        assert callback.events == []
