"""Field presence, null-ness and number types of the sandbox against recorded answers and Strava's models."""

import json
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from typing import Any

import jsonschema
import pytest

from integrations.strava.sandbox import PRESETS, World, finish
from tests.contract.sandbox_support import (
    ALL_SCOPES,
    Json,
    a_client,
    a_world,
    athlete_id_of,
    bearer,
    body,
    recorded,
    shared_data,
)

pytestmark = pytest.mark.real_data

# A further recorded list went through JavaScript, which forgets that 86.0 is a fraction: of no use here.
LISTS = (
    "athlete_activities_default_page.json",
    "athlete_activities_after_before.json",
    "list_items_garmin_fenix7_2026.json",
    "list_items_phone_app_followers_only_2026.json",
)
LATER_FIELDS = {"device_name"}  # in lists since 2025-10-27, after some of the recordings
# Present or not by sensors, subscription and age of the recording; not imitated item by item.
SENSOR_FIELDS = {
    "average_cadence", "average_temp", "average_watts", "max_watts", "weighted_average_watts", "device_watts",
    "kilojoules", "suffer_score", "average_heartrate", "max_heartrate", "elev_high", "elev_low",
}  # fmt: skip


@cache
def everything() -> tuple[World, tuple[Json, ...], tuple[Json, ...]]:
    """A world with all kinds of activities, its list items and its details."""
    world = a_world(weeks=30)
    for preset in PRESETS:
        finish(world, athlete_id_of(world), preset)
    client, headers = a_client(world), bearer(world, *ALL_SCOPES)
    entry = {"name": "a", "sport_type": "Run", "start_date_local": "2030-05-01T06:00:00Z", "elapsed_time": 60}
    assert client.post("/api/v3/activities", headers=headers, data=entry).status_code == 201
    items = list[Json]()
    for page in (1, 2):
        query = {"per_page": 200, "page": page}
        items += body(client.get("/api/v3/athlete/activities", headers=headers, query_string=query))
    details = [body(client.get(f"/api/v3/activities/{item['id']}", headers=headers)) for item in items[:40]]
    assert {"Run", "Ride", "Walk", "Swim", "WeightTraining"} <= {item["sport_type"] for item in items}
    return world, tuple(items), tuple(details)


def kinds(items: Iterable[Json]) -> dict[str, set[str]]:
    """Types seen for every field; a list is told by what is in it."""
    seen: dict[str, set[str]] = {}
    for item in items:
        for name, value in item.items():
            kind = f"list of {len(value)}" if isinstance(value, list) else type(value).__name__
            seen.setdefault(name, set()).add(kind)
    return seen


def kind_of_item(item: Json) -> tuple[str, bool, bool, bool]:
    return item["sport_type"], item["manual"], item["trainer"], item["has_heartrate"]


def recorded_items() -> list[Json]:
    return [item for name in LISTS for item in recorded(name)]


def test_no_field_was_invented_and_none_forgotten() -> None:
    _, items, _ = everything()
    assert set(kinds(items)) == set(kinds(recorded_items()))


def test_types_were_all_seen_in_recorded_lists() -> None:
    _, items, _ = everything()
    seen = kinds(recorded_items())
    for name, found in kinds(items).items():
        assert found <= seen[name] | ({"NoneType"} if name == "gear_id" else set()), name


@pytest.mark.parametrize("name", LISTS)
def test_items_of_the_same_kind_have_the_same_fields(name: str) -> None:
    _, items, _ = everything()
    ours = {kind_of_item(item): item for item in items}
    compared = 0
    for theirs in recorded(name):
        mine = ours.get(kind_of_item(theirs))
        if mine is not None:
            different = theirs.keys() ^ mine.keys()
            assert different <= SENSOR_FIELDS | LATER_FIELDS, theirs["id"]
            compared += 1
    assert compared


def test_recorded_watch_run_has_exactly_our_fields_in_our_order() -> None:
    _, items, _ = everything()
    theirs = recorded("list_items_garmin_fenix7_2026.json")[0]
    mine = next(
        item
        for item in items
        if item["sport_type"] == "Run" and "average_watts" in item and item["workout_type"] is None
    )
    assert list(mine) == list(theirs)
    assert {name: type(value) for name, value in mine.items()} == {
        name: type(value) for name, value in theirs.items()
    }


def test_recorded_manual_run_has_exactly_our_fields_and_types() -> None:
    _, items, _ = everything()
    theirs = recorded("list_items_phone_app_followers_only_2026.json")[0]
    mine = next(item for item in items if item["manual"] and item["distance"])
    assert list(mine) == list(theirs)
    assert kinds([mine]) == kinds([theirs])


@pytest.mark.parametrize("sport", ["WeightTraining", "Walk", "Ride"])
def test_other_sports_carry_their_recorded_types(sport: str) -> None:
    _, items, _ = everything()
    seen = kinds(
        item for item in recorded("list_items_garmin_fenix7_2026.json") if item["sport_type"] == sport
    )
    mine = kinds(item for item in items if item["sport_type"] == sport)
    for name in seen.keys() & mine.keys():
        assert mine[name] <= seen[name] | {"NoneType"}, name
    assert ("workout_type" in mine) == ("workout_type" in seen)


def test_only_whole_numbers_where_strava_has_whole_numbers() -> None:
    _, items, details = everything()
    for item in items:
        for name in (
            "moving_time",
            "elapsed_time",
            "id",
            "max_watts",
            "weighted_average_watts",
            "average_temp",
        ):
            assert type(item.get(name, 0)) is int, name
        assert item.get("max_heartrate", 1.0) % 1 == 0
    for detail in details:
        for split in detail.get("splits_metric", []):
            assert type(split["moving_time"]) is type(split["elapsed_time"]) is type(split["split"]) is int
            assert type(split["distance"]) is type(split["elevation_difference"]) is float


def test_detail_has_the_recorded_fields() -> None:
    _, _, details = everything()
    ride = next(detail for detail in details if detail["sport_type"] == "Ride")
    theirs = recorded("activity_detail_ride.json")
    assert theirs.keys() - ride.keys() == set()
    assert ride.keys() - theirs.keys() <= SENSOR_FIELDS
    assert ride["laps"][0].keys() == theirs["laps"][0].keys() | {"average_cadence"}
    assert kinds(ride["laps"])["distance"] == {"float"}


def test_detail_of_a_run_has_what_the_oldest_recording_had() -> None:
    _, _, details = everything()
    run = next(detail for detail in details if detail["sport_type"] == "Run" and not detail["manual"])
    old = recorded("activity_detail_run_2013.json")
    gone = {"guid", "start_latitude", "start_longitude"}
    assert old.keys() - run.keys() == gone
    assert old["splits_metric"][0].keys() <= run["splits_metric"][0].keys()
    missing = old["best_efforts"][0].keys() - run["best_efforts"][0].keys()
    assert missing == {"segment", "kom_rank"}


def test_manual_detail_has_the_recorded_fields() -> None:
    _, _, details = everything()
    manual = next(detail for detail in details if detail["manual"])
    theirs = recorded("activity_update_200.json")
    assert theirs.keys() - manual.keys() == {"start_latitude", "start_longitude"}
    assert "laps" not in manual
    assert "splits_metric" not in manual


def test_athlete_and_zones_have_the_recorded_fields() -> None:
    world, _, _ = everything()
    client, headers = a_client(world), bearer(world, *ALL_SCOPES)
    athlete = body(client.get("/api/v3/athlete", headers=headers))
    assert athlete.keys() == recorded("athlete_detail.json").keys()
    zones = body(client.get("/api/v3/athlete/zones", headers=headers))
    assert kinds([zones]) == kinds([recorded("athlete_zones_hr_only.json")])
    assert zones["heart_rate"].keys() == recorded("athlete_zones_hr_only.json")["heart_rate"].keys()


def test_uploads_have_the_recorded_fields() -> None:
    world, _, _ = everything()
    client, headers = a_client(world), bearer(world, *ALL_SCOPES)
    form = {"data_type": "json", "file": (BytesIO(b"{}"), "a.json")}
    created = client.post("/api/v3/uploads", headers=headers, data=form)
    assert body(created).keys() == recorded("upload_created_201.json").keys()


@cache
def models() -> Json:
    path = shared_data() / "strava-api-description" / "models.schema.json"
    if not path.is_file():
        pytest.skip("Strava's model description is not here")
    return dict(json.loads(path.read_text()))


def problems(model: str, value: Any) -> list[str]:
    schema = {**models(), "$ref": f"#/definitions/{model}"}
    return [
        f"{'.'.join(map(str, problem.absolute_path))}: {problem.message[:80]}"
        for problem in jsonschema.Draft202012Validator(schema).iter_errors(value)
    ]


def placed(activity: Json) -> Json:
    """The models know no empty coordinates, which recorded treadmill runs and manual entries do have."""
    return {name: value for name, value in activity.items() if value != [] or not name.endswith("_latlng")}


def test_every_list_item_and_detail_is_valid_for_stravas_models() -> None:
    _, items, details = everything()
    for item in items[:60]:
        assert problems("SummaryActivity", placed(item)) == []
    for detail in details[:15]:
        assert problems("DetailedActivity", placed(detail)) == []


def test_every_other_answer_is_valid_for_stravas_models() -> None:
    world, _, _ = everything()
    client, headers = a_client(world), bearer(world, *ALL_SCOPES)
    assert problems("DetailedAthlete", body(client.get("/api/v3/athlete", headers=headers))) == []
    assert problems("Zones", body(client.get("/api/v3/athlete/zones", headers=headers))) == []
    assert problems("SummaryAthlete", world.athlete(athlete_id_of(world)).summary()) == []
    assert problems("Fault", body(client.get("/api/v3/activities/1", headers=headers))) == []
    assert problems("Fault", body(client.get("/api/v3/athlete"))) == []
