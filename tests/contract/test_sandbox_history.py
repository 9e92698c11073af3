"""Real lists in the sandbox: Strava's JSON and lines with a runner's name, loaded and replayed."""

import gzip
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from integrations.strava.sandbox import Athlete, World, load_history
from integrations.strava.sandbox.shapes import end_of
from tests.contract.sandbox_support import (
    START,
    Json,
    a_callback,
    a_client,
    a_runner,
    bearer,
    body,
    recorded,
    shared_data,
    subscribe,
)
from tests.fakes import FakeClock

EASY = {
    "runner": "r007", "index": 0, "start_date_local": "2029-12-31T17:20:00", "sport_type": "Run",
    "distance": 8000,
    "moving_time": 2900, "elapsed_time": 3000, "average_speed": 2.76, "utc_offset": 3600,
    "has_heartrate": True, "average_heartrate": 141.0, "max_heartrate": 160.0, "suffer_score": 20,
    "intent": "easy", "intent_source": "title",
}  # fmt: skip
SKIING = {
    "runner": "r007", "index": 1, "start_date_local": "2030-01-01T23:30:00", "sport_type": "Ski",
    "distance": 0, "moving_time": 1800, "has_heartrate": False,
}  # fmt: skip
IN_UTC = {
    "runner": "r007", "index": 2, "start_date_local": "2030-07-02T23:30:00", "start_is_utc": True,
    "sport_type": "Run", "distance": 5000, "moving_time": 1500, "utc_offset": 7200, "perceived_exertion": 3,
}  # fmt: skip
TYPED = {
    "runner": "r012", "index": 0, "start_date_local": "2030-01-05T08:00:00", "sport_type": "Run",
    "distance": 5000, "moving_time": 1800, "manual": True,
}  # fmt: skip
LINES = [EASY, SKIING, IN_UTC, TYPED]
KILOMETRES = [
    {"distance": 1000.0, "elapsed_time": 360, "moving_time": 355, "elevation_difference": 1.0},
    {"distance": 1001.0, "elapsed_time": 361, "moving_time": 361, "elevation_difference": -1.0},
]
SPLITS = {"runner": "r007", "index": 0, "splits_metric": KILOMETRES}


@pytest.fixture
def lines(tmp_path: Path) -> Path:
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, LINES)).encode()))
    return path


def by_name(athletes: list[Athlete]) -> dict[str, list[Json]]:
    """Activities oldest first."""
    return {one.lastname: list(reversed(one.newest_first())) for one in athletes}


def test_lines_become_one_athlete_a_runner(lines: Path) -> None:
    athletes = load_history(lines)
    assert [(one.id, one.lastname, len(one.activities)) for one in athletes] == [
        (80_000_007, "r007", 3),
        (80_000_012, "r012", 1),
    ]
    assert [one.lastname for one in load_history(lines, runners=["r012"])] == ["r012"]


def test_same_file_same_ids(lines: Path) -> None:
    assert load_history(lines) == load_history(lines)


def test_dates_are_kept_and_agree(lines: Path) -> None:
    first, second, third = by_name(load_history(lines))["r007"]
    assert (first["start_date_local"], first["start_date"]) == (
        "2029-12-31T17:20:00Z",
        "2029-12-31T16:20:00Z",
    )
    assert (second["start_date_local"], second["start_date"]) == (
        "2030-01-01T23:30:00Z",
        "2030-01-01T22:30:00Z",
    )
    assert (third["start_date_local"], third["start_date"]) == (
        "2030-07-03T01:30:00Z",
        "2030-07-02T23:30:00Z",
    )
    assert third["utc_offset"] == 7200.0


def test_fields_are_stravas_and_truth_stays_out(lines: Path) -> None:
    first, second, third = by_name(load_history(lines))["r007"]
    assert "intent" not in first
    assert "runner" not in first
    assert first["suffer_score"] == 20.0
    assert third["perceived_exertion"] == 3
    assert third["elapsed_time"] == 1500
    assert second["sport_type"] == "Ski"
    assert second["type"] == "Workout"
    assert "average_heartrate" not in second
    manual = by_name(load_history(lines))["r012"][0]
    assert (manual["manual"], manual["upload_id"], manual["start_latlng"]) == (True, None, [])


def test_splits_are_added_where_there_are_some(lines: Path, tmp_path: Path) -> None:
    path = tmp_path / "s.ndjson"
    path.write_text(json.dumps(SPLITS))
    first, second, _ = by_name(load_history(lines, path))["r007"]
    assert [split["split"] for split in first["splits_metric"]] == [1, 2]
    assert first["splits_metric"][0]["average_speed"] == 2.817
    assert first["splits_metric"][0]["elapsed_time"] == 360
    assert "splits_metric" not in second


@pytest.mark.real_data
def test_stravas_own_list_comes_back_as_it_was(tmp_path: Path) -> None:
    items = recorded("list_items_garmin_fenix7_2026.json")
    path = tmp_path / "list.json"
    path.write_text(json.dumps(items))
    (athlete,) = load_history(path)
    assert athlete.id == items[0]["athlete"]["id"]
    world = World(FakeClock(START), deliver="manual")
    world.add_athlete(athlete)
    got = body(a_client(world).get("/api/v3/athlete/activities", headers=bearer(world)))
    assert got == sorted(items, key=lambda item: str(item["start_date"]), reverse=True)
    assert [list(item) for item in got] == [
        list(item) for item in sorted(items, key=lambda i: i["start_date"])
    ][::-1]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "not JSON"),
        ("[]", "no activity"),
        ("{", "not JSON"),
        ('[{"name": 1}]', "item 1"),
        ("[3]", "item 1"),
    ],
)
def test_file_that_is_no_history_is_refused_with_a_line(tmp_path: Path, text: str, word: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=word):
        load_history(path)


def test_replayed_activities_appear_when_their_time_has_come() -> None:
    runner = a_runner(weeks=3)
    since = START - timedelta(days=10)
    clock = FakeClock(since)
    world = World(clock, deliver="manual")
    coming = sorted((one for one in runner.activities.values() if end_of(one) > since), key=end_of)
    assert world.replay(runner, since, lag_s=180) == len(coming) > 3
    world.connect(runner.id, ["activity:read"])
    with a_callback() as (callback, url):
        subscribe(world, url)
        for number, activity in enumerate(coming, start=1):
            clock.at = end_of(activity) + timedelta(seconds=179)
            world.deliver_pending()
            assert activity["id"] not in runner.activities
            clock.tick(seconds=1)
            world.deliver_pending()
            assert runner.activities[activity["id"]] == activity
            assert len(callback.events) == number
    assert [event["object_id"] for event in callback.events] == [one["id"] for one in coming]


@pytest.mark.real_data
def test_every_real_activity_is_loaded_and_listed() -> None:
    folder = shared_data() / "runs" / "dev"
    path, splits = folder / "activities.ndjson.gz", folder / "splits.ndjson.gz"
    lines = [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]
    counts = Counter(line["runner"] for line in lines)
    names = [name for name, _ in counts.most_common()[-12:]]
    world = World(FakeClock(datetime(2040, 1, 1, tzinfo=UTC)), deliver="manual")
    for athlete in load_history(path, splits, names):
        world.add_athlete(athlete)
        assert len(athlete.activities) == counts[athlete.lastname]
    client = a_client(world)
    for athlete in world.athletes.values():
        token = world.connect(athlete.id, ["activity:read_all"]).access_token
        headers, seen, page = {"Authorization": f"Bearer {token}"}, 0, 1
        while items := body(
            client.get(f"/api/v3/athlete/activities?per_page=200&page={page}", headers=headers)
        ):
            seen += len(items)
            page += 1
        assert seen == counts[athlete.lastname]
