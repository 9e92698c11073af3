"""The sandbox's API: who sees what, paging, manual entries, edits, strength uploads."""

import json
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient

from integrations.strava.sandbox import World
from tests.contract.sandbox_support import (
    START,
    Json,
    a_client,
    a_world,
    athlete_id_of,
    bearer,
    body,
    error,
)
from tests.fakes import FakeClock

LIST = "/api/v3/athlete/activities"
ENTRY = {
    "name": "Prehab",
    "sport_type": "Workout",
    "start_date_local": "2030-05-07T18:00:00Z",
    "elapsed_time": 720,
}
STRENGTH = {
    "version": "1.0",
    "start_time": "2030-05-07T18:05:00+02:00",
    "utc_offset": 7200,
    "elapsed_time": 780,
    "sets": [
        {"exercise_type": "GLUTE_BRIDGE", "repetitions": 15},
        {"exercise_type": "CLAMS", "duration": 40},
    ],
}


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START)


@pytest.fixture
def world(clock: FakeClock) -> World:
    return a_world(clock)


@pytest.fixture
def client(world: World) -> FlaskClient:
    return a_client(world)


def listed(client: FlaskClient, headers: dict[str, str], **query: Any) -> list[Json]:
    answer = client.get(LIST, query_string=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return list(body(answer))


def upload(client: FlaskClient, headers: dict[str, str], file: Any, **form: str) -> Json:
    content = file if isinstance(file, bytes) else json.dumps(file).encode()
    data = {"data_type": "json", "sport_type": "WeightTraining", **form, "file": (BytesIO(content), "s.json")}
    answer = client.post("/api/v3/uploads", data=data, headers=headers)
    assert answer.status_code == 201, answer.text
    return dict(body(answer))


def polled(client: FlaskClient, headers: dict[str, str], upload_id: int) -> Json:
    return dict(body(client.get(f"/api/v3/uploads/{upload_id}", headers=headers)))


def test_default_page_has_thirty_items_newest_first(client: FlaskClient, world: World) -> None:
    items = listed(client, bearer(world, "activity:read"))
    assert len(items) == 30
    starts = [item["start_date"] for item in items]
    assert starts == sorted(starts, reverse=True)


def test_pages_cover_everything_once_and_end_with_an_empty_one(client: FlaskClient, world: World) -> None:
    headers, seen, page = bearer(world, "activity:read"), list[int](), 1
    while items := listed(client, headers, page=page, per_page=7):
        seen += [item["id"] for item in items]
        page += 1
    assert len(seen) == len(set(seen)) == len(world.athlete(athlete_id_of(world)).activities)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"per_page": 201}, "per page"),
        ({"page": 0}, "page"),
        ({"after": "soon"}, "after"),
        ({"per_page": 0}, "per page"),
    ],
)
def test_senseless_pages_are_refused(client: FlaskClient, world: World, query: Json, field: str) -> None:
    answer = client.get(LIST, query_string=query, headers=bearer(world))
    assert answer.status_code == 400
    assert error(answer)[2] == field


def test_bounds_look_at_the_start_not_at_the_upload(
    client: FlaskClient, world: World, clock: FakeClock
) -> None:
    headers, watermark = bearer(world), int(clock().timestamp()) - 3600
    late = world.add_activity(
        athlete_id_of(world),
        {"sport_type": "Run", "start_date": "2030-05-06T06:00:00Z", "elapsed_time": 1800},
    )
    assert late["id"] not in [item["id"] for item in listed(client, headers, after=watermark)]
    wide = listed(client, headers, after=watermark - 3 * 86400, before=int(clock().timestamp()))
    assert late["id"] in [item["id"] for item in wide]


def test_bounds_exclude_the_second_itself(client: FlaskClient, world: World) -> None:
    headers = bearer(world)
    newest = listed(client, headers, per_page=1)[0]
    at = int(datetime.fromisoformat(newest["start_date"]).timestamp())
    assert listed(client, headers, after=at) == []
    assert newest["id"] not in [item["id"] for item in listed(client, headers, before=at)]
    assert [item["id"] for item in listed(client, headers, after=at - 1)] == [newest["id"]]


def test_after_in_the_future_is_refused(client: FlaskClient, world: World, clock: FakeClock) -> None:
    answer = client.get(LIST, query_string={"after": int(clock().timestamp()) + 60}, headers=bearer(world))
    assert error(answer) == (400, "Application", "after", "future")


def test_only_you_activities_need_read_all(client: FlaskClient, world: World) -> None:
    athlete_id = athlete_id_of(world)
    newest = world.athlete(athlete_id).newest_first()[0]
    world.edit_activity(athlete_id, newest["id"], {"private": True})
    path = f"/api/v3/activities/{newest['id']}"
    narrow = bearer(world, "activity:read")
    assert newest["id"] not in [item["id"] for item in listed(client, narrow)]
    assert client.get(path, headers=narrow).status_code == 404
    wide = bearer(world, "activity:read_all")
    assert listed(client, wide)[0]["id"] == newest["id"]
    assert body(client.get(path, headers=wide))["visibility"] == "only_me"


@pytest.mark.parametrize(
    ("method", "path", "field"),
    [
        ("get", LIST, "activity:read_permission"),
        ("get", "/api/v3/activities/1", "activity:read_permission"),
        ("get", "/api/v3/athlete/zones", "profile:read_all_permission"),
        ("post", "/api/v3/activities", "activity:write_permission"),
        ("put", "/api/v3/activities/1", "activity:write_permission"),
        ("post", "/api/v3/uploads", "activity:write_permission"),
    ],
)
def test_unticked_scope_is_named(
    client: FlaskClient, world: World, method: str, path: str, field: str
) -> None:
    answer = getattr(client, method)(path, headers=bearer(world, "read"))
    assert error(answer) == (401, "AccessToken", field, "missing")


def test_athlete_is_a_summary_without_the_profile_scope(client: FlaskClient, world: World) -> None:
    assert body(client.get("/api/v3/athlete", headers=bearer(world, "read")))["resource_state"] == 2
    whole = body(client.get("/api/v3/athlete", headers=bearer(world, "profile:read_all")))
    assert whole["resource_state"] == 3
    assert whole["weight"] > 0


def test_zones_are_contiguous_and_give_the_maximum_away(client: FlaskClient, world: World) -> None:
    answer = body(client.get("/api/v3/athlete/zones", headers=bearer(world, "profile:read_all")))
    zones = answer["heart_rate"]["zones"]
    assert [zone["min"] for zone in zones[1:]] == [zone["max"] for zone in zones[:-1]]
    assert zones[-1]["max"] == -1
    max_bpm = world.athlete(athlete_id_of(world)).max_heartrate_bpm
    assert zones[-1]["min"] == pytest.approx(0.97 * max_bpm, abs=1)


def test_unknown_activity_is_not_found(client: FlaskClient, world: World) -> None:
    answer = client.get("/api/v3/activities/1", headers=bearer(world))
    assert error(answer) == (404, "Activity", "", "not found")


def test_unknown_path_is_not_found_in_json(client: FlaskClient, world: World) -> None:
    assert client.get("/api/v3/moon", headers=bearer(world)).status_code == 404
    assert client.get("/api/v3/moon").status_code == 401


def test_detail_has_splits_laps_and_exertion_of_a_run(client: FlaskClient, world: World) -> None:
    world.edit_activity(athlete_id_of(world), newest_run(world)["id"], {"perceived_exertion": 4})
    detail = body(client.get(f"/api/v3/activities/{newest_run(world)['id']}", headers=bearer(world)))
    assert detail["perceived_exertion"] == 4
    for part in ("splits_metric", "laps"):
        assert sum(one["moving_time"] for one in detail[part]) == detail["moving_time"]
        assert sum(one["elapsed_time"] for one in detail[part]) == detail["elapsed_time"]
        assert sum(one["distance"] for one in detail[part]) == pytest.approx(detail["distance"], abs=1)
    weighted = sum(one["average_heartrate"] * one["moving_time"] for one in detail["splits_metric"])
    assert weighted / detail["moving_time"] == pytest.approx(detail["average_heartrate"], abs=0.1)
    laps = body(client.get(f"/api/v3/activities/{detail['id']}/laps", headers=bearer(world)))
    assert laps == detail["laps"]


def newest_run(world: World) -> Json:
    runs = world.athlete(athlete_id_of(world)).newest_first()
    return next(one for one in runs if one["sport_type"] == "Run" and not one["manual"])


def test_manual_entry_is_made_from_form_query_or_json(client: FlaskClient, world: World) -> None:
    headers = bearer(world)
    for wish in ({"data": ENTRY}, {"query_string": ENTRY}, {"json": ENTRY}):
        answer = client.post("/api/v3/activities", headers=headers, **wish)
        assert answer.status_code == 201
        made = body(answer)
        assert made["manual"] is True
        assert made["start_date"] == "2030-05-07T16:00:00Z"
        assert made["start_date_local"] == ENTRY["start_date_local"]
        assert made["moving_time"] == made["elapsed_time"] == 720
        assert made["upload_id"] is None
        assert "upload_id_str" not in made


def test_entry_sent_twice_becomes_two_activities(client: FlaskClient, world: World) -> None:
    ids = {body(client.post("/api/v3/activities", headers=bearer(world), data=ENTRY))["id"] for _ in range(2)}
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"name": ""}, "name", "missing"),
        ({"sport_type": ""}, "sport_type", "missing"),
        ({"sport_type": "Juggling"}, "sport_type", "invalid"),
        ({"start_date_local": "yesterday"}, "start_date_local", "invalid"),
        ({"elapsed_time": "long"}, "elapsed_time", "invalid"),
    ],
)
def test_bad_entry_is_refused(client: FlaskClient, world: World, change: Json, field: str, code: str) -> None:
    answer = client.post("/api/v3/activities", headers=bearer(world), data=ENTRY | change)
    assert error(answer)[2:] == (field, code)


def test_update_changes_what_an_app_may_change(client: FlaskClient, world: World) -> None:
    run_id, headers = newest_run(world)["id"], bearer(world)
    changes = {
        "name": "New",
        "sport_type": "TrailRun",
        "commute": True,
        "hide_from_home": True,
        "private": True,
    }
    after = body(client.put(f"/api/v3/activities/{run_id}", headers=headers, json=changes | {"distance": 1}))
    assert (after["name"], after["sport_type"], after["type"]) == ("New", "TrailRun", "Run")
    assert after["commute"] is after["hide_from_home"] is True
    assert after["private"] is False
    assert after["distance"] > 1000
    assert body(client.get(f"/api/v3/activities/{run_id}", headers=headers)) == after


def test_muting_works_as_a_json_boolean_only(client: FlaskClient, world: World) -> None:
    path, headers = f"/api/v3/activities/{newest_run(world)['id']}", bearer(world)
    assert (
        body(client.put(path, headers=headers, query_string={"hide_from_home": "true"}))["hide_from_home"]
        is False
    )
    assert body(client.put(path, headers=headers, json={"hide_from_home": "true"}))["hide_from_home"] is False
    assert body(client.put(path, headers=headers, json={"hide_from_home": True}))["hide_from_home"] is True


def test_there_is_no_delete(client: FlaskClient, world: World) -> None:
    path = f"/api/v3/activities/{newest_run(world)['id']}"
    assert client.delete(path, headers=bearer(world)).status_code == 404
    assert client.get(path, headers=bearer(world)).status_code == 200


def test_strength_upload_is_processed_a_little_later(
    client: FlaskClient, world: World, clock: FakeClock
) -> None:
    headers = bearer(world)
    first = upload(client, headers, STRENGTH, external_id="session-1", name="Knees")
    assert first["status"] == "Your activity is still being processed."
    assert first["id_str"] == str(first["id"])
    assert first["activity_id"] is None
    clock.tick(seconds=2)
    ready = polled(client, headers, first["id"])
    assert ready["status"] == "Your activity is ready."
    made = body(client.get(f"/api/v3/activities/{ready['activity_id']}", headers=headers))
    assert (made["name"], made["sport_type"], made["elapsed_time"]) == ("Knees", "WeightTraining", 780)
    assert made["start_date"] == "2030-05-07T16:05:00Z"
    assert made["external_id"] == "session-1"
    assert made["has_heartrate"] is False


def test_repeated_upload_names_its_twin(client: FlaskClient, world: World, clock: FakeClock) -> None:
    headers, ids = bearer(world), list[Any]()
    for _ in range(2):
        first = upload(client, headers, STRENGTH, external_id="session-1")
        clock.tick(seconds=2)
        ids.append(polled(client, headers, first["id"]))
    assert ids[1]["activity_id"] is None
    assert ids[1]["error"] == f"session-1 duplicate of activity {ids[0]['activity_id']}"


@pytest.mark.parametrize(
    ("file", "form"),
    [
        (b"not json", {}),
        ([], {}),
        ({**STRENGTH, "sets": []}, {}),
        ({**STRENGTH, "sets": [{"exercise_type": "CLAMS"}]}, {}),
        ({**STRENGTH, "start_time": "now"}, {}),
        (STRENGTH, {"sport_type": "PhysicalTherapy"}),
        (STRENGTH, {"data_type": "fit"}),
    ],
)
def test_unreadable_upload_fails_when_it_is_processed(
    client: FlaskClient, world: World, clock: FakeClock, file: Any, form: dict[str, str]
) -> None:
    headers = bearer(world)
    first = upload(client, headers, file, **form)
    clock.tick(seconds=2)
    failed = polled(client, headers, first["id"])
    assert failed["status"] == "There was an error processing your activity."
    assert failed["error"]
    assert failed["activity_id"] is None


def test_heart_rate_stream_of_an_upload_counts(client: FlaskClient, world: World, clock: FakeClock) -> None:
    headers = bearer(world)
    first = upload(client, headers, {**STRENGTH, "streams": {"time": [0, 10], "heartrate": [90, 101]}})
    clock.tick(seconds=2)
    made_id = polled(client, headers, first["id"])["activity_id"]
    made = body(client.get(f"/api/v3/activities/{made_id}", headers=headers))
    assert (made["average_heartrate"], made["max_heartrate"]) == (95.5, 101.0)


def test_other_athletes_activities_and_uploads_are_not_there(client: FlaskClient, world: World) -> None:
    headers = bearer(world)
    other = world.add_athlete(type(world.athlete(athlete_id_of(world)))(id=5))
    theirs = world.add_activity(other.id, {"sport_type": "Run", "start_date": "2030-05-01T06:00:00Z"})
    assert client.get(f"/api/v3/activities/{theirs['id']}", headers=headers).status_code == 404
    assert client.get("/api/v3/uploads/1", headers=headers).status_code == 404


def test_times_agree_with_their_zone(client: FlaskClient, world: World) -> None:
    for item in listed(client, bearer(world), per_page=200):
        start = datetime.fromisoformat(item["start_date"])
        wall = datetime.fromisoformat(item["start_date_local"])
        assert wall - start == timedelta(seconds=item["utc_offset"])
        assert item["timezone"] == "(GMT+01:00) Europe/Rome"
        assert item["elapsed_time"] >= item["moving_time"]
