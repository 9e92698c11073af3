"""Strava's JSON becomes an activity or one clear line, whatever it holds."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.strava.parse import MAX_ID, ParseError, activity
from service.domain.activity import Activity

LIST_ITEM: dict[str, Any] = {
    "resource_state": 2,
    "athlete": {"id": 71, "resource_state": 1},
    "name": "Evening Run",
    "distance": 8012.4,
    "moving_time": 2710,
    "elapsed_time": 2766,
    "total_elevation_gain": 41,
    "type": "Run",
    "sport_type": "TrailRun",
    "workout_type": None,
    "device_name": "Garmin Forerunner 955",
    "id": 53100389945,
    "start_date": "2030-05-06T16:02:11Z",
    "start_date_local": "2030-05-06T18:02:11Z",
    "timezone": "(GMT+01:00) Europe/Rome",
    "utc_offset": 7200.0,
    "map": {"id": "a53100389945", "summary_polyline": "}g~fFtevpO", "resource_state": 2},
    "trainer": False,
    "commute": False,
    "manual": False,
    "private": False,
    "visibility": "followers_only",
    "flagged": False,
    "start_latlng": [41.9, 12.49],
    "end_latlng": [],
    "average_speed": 2.957,
    "max_speed": 4.1,
    "average_cadence": 78.4,
    "has_heartrate": True,
    "average_heartrate": 141.3,
    "max_heartrate": 178.5,
    "heartrate_opt_out": False,
    "external_id": "garmin_ping_1",
    "suffer_score": 33.0,
}
DETAIL = LIST_ITEM | {
    "resource_state": 3,
    "perceived_exertion": 3,
    "splits_metric": [
        {
            "distance": 1000.9,
            "elapsed_time": 345,
            "moving_time": 341,
            "elevation_difference": -2.1,
            "average_speed": 2.94,
            "average_grade_adjusted_speed": 2.91,
            "average_heartrate": 136.2,
            "split": 1,
        },
        {"distance": 14.0, "elapsed_time": 5, "moving_time": 5, "split": 2},
    ],
    "laps": [
        {"distance": 8012.4, "elapsed_time": 2766, "moving_time": 2710, "average_speed": 2.96, "lap_index": 1}
    ],
}


def test_a_list_item_is_read_whole() -> None:
    assert activity(LIST_ITEM) == Activity(
        id=53100389945,
        sport_type="TrailRun",
        start_at=datetime(2030, 5, 6, 16, 2, 11, tzinfo=UTC),
        start_local=datetime(2030, 5, 6, 18, 2, 11),
        distance_m=8012.4,
        moving_time_s=2710,
        elapsed_time_s=2766,
        name="Evening Run",
        timezone="Europe/Rome",
        elevation_gain_m=41.0,
        average_speed_mps=2.957,
        max_speed_mps=4.1,
        average_heartrate_bpm=141.3,
        max_heartrate_bpm=178.5,
        average_cadence=78.4,
        suffer_score=33.0,
        device_name="Garmin Forerunner 955",
        external_id="garmin_ping_1",
    )


def test_a_detail_adds_splits_laps_and_exertion() -> None:
    run = activity(DETAIL)

    assert run.detailed
    assert run.perceived_exertion == 3.0
    assert [split.average_heartrate_bpm for split in run.splits] == [136.2, None]
    assert [split.average_speed_mps for split in run.splits] == [2.94, pytest.approx(2.8)]
    assert [split.elevation_difference_m for split in run.splits] == [-2.1, None]
    assert [lap.distance_m for lap in run.laps] == [8012.4]


def test_one_bad_split_costs_only_itself() -> None:
    splits = [
        DETAIL["splits_metric"][0],
        {"distance": -1, "moving_time": 1},
        "?",
        None,
        DETAIL["splits_metric"][1],
    ]

    assert activity(DETAIL | {"splits_metric": splits}).splits == activity(DETAIL).splits


def test_no_position_is_kept() -> None:
    text = repr(activity(DETAIL))

    assert "41.9" not in text
    assert "12.49" not in text
    assert "evpO" not in text


def test_an_unknown_sport_type_is_kept_as_it_came() -> None:
    assert activity(LIST_ITEM | {"sport_type": "Ski"}).sport_type == "Ski"
    assert activity(LIST_ITEM | {"sport_type": "UnderwaterHockey"}).sport_type == "UnderwaterHockey"


def test_an_old_answer_without_sport_type_falls_back_to_type() -> None:
    assert activity({k: v for k, v in LIST_ITEM.items() if k != "sport_type"}).sport_type == "Run"
    assert activity(LIST_ITEM | {"sport_type": None}).sport_type == "Run"


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"average_heartrate": "178.5"}, "average_heartrate_bpm", 178.5),
        ({"average_heartrate": None}, "average_heartrate_bpm", None),
        ({"average_heartrate": 0}, "average_heartrate_bpm", None),
        ({"average_heartrate": float("nan")}, "average_heartrate_bpm", None),
        ({"average_heartrate": 10**400}, "average_heartrate_bpm", None),
        ({"average_heartrate": True}, "average_heartrate_bpm", None),
        ({"average_heartrate": {"bpm": 140}}, "average_heartrate_bpm", None),
        ({"heartrate_opt_out": True}, "average_heartrate_bpm", None),
        ({"heartrate_opt_out": True}, "max_heartrate_bpm", None),
        ({"average_speed": 0.0}, "average_speed_mps", 0.0),
        ({"average_speed": -1.0}, "average_speed_mps", None),
        ({"total_elevation_gain": None}, "elevation_gain_m", 0.0),
        ({"workout_type": 1}, "workout_type", 1),
        ({"workout_type": 1.0}, "workout_type", 1),
        ({"workout_type": 1.5}, "workout_type", None),
        ({"workout_type": "race"}, "workout_type", None),
        ({"perceived_exertion": 0}, "perceived_exertion", None),
        ({"perceived_exertion": 7.5}, "perceived_exertion", 7.5),
        ({"visibility": "only_me"}, "private", True),
        ({"private": "true"}, "private", True),
        ({"private": "false"}, "private", False),
        ({"private": 0}, "private", False),
        ({"name": None}, "name", ""),
        ({"name": "a\0b\ud800"}, "name", "ab?"),
        ({"name": "x" * 10_000}, "name", "x" * 255),
        ({"device_name": ["Garmin"]}, "device_name", ""),
        ({"distance": 0}, "distance_m", 0.0),
        ({"distance": None}, "distance_m", 0.0),
        ({"distance": "8012.4"}, "distance_m", 8012.4),
        ({"moving_time": 2710.9}, "moving_time_s", 2710),
        ({"moving_time": None}, "moving_time_s", 2766),
        ({"elapsed_time": None}, "elapsed_time_s", 2710),
        ({"id": "53100389945"}, "id", 53100389945),
        ({"id": MAX_ID}, "id", MAX_ID),
    ],
)
def test_odd_values_are_read_or_say_nothing(changes: dict[str, Any], field: str, value: object) -> None:
    assert getattr(activity(LIST_ITEM | changes), field) == value


def test_a_moving_time_above_the_elapsed_time_is_kept_and_ends_the_run_later() -> None:
    run = activity(LIST_ITEM | {"moving_time": 3000})

    assert (run.moving_time_s, run.elapsed_time_s) == (3000, 2766)
    assert (run.end_at - run.start_at).total_seconds() == 3000


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": None}, "id: not an integer"),
        ({"id": True}, "id: not an integer"),
        ({"id": 5.0}, "id: not an integer"),
        ({"id": "9" * 5000}, "id: not an integer"),
        ({"id": 0}, "id: not a positive 64-bit integer"),
        ({"id": -5}, "id: not a positive 64-bit integer"),
        ({"id": MAX_ID + 1}, "id: not a positive 64-bit integer"),
        ({"sport_type": None, "type": ""}, "sport_type: missing"),
        ({"start_date": None}, "start_date: missing"),
        ({"start_date": "yesterday"}, "start_date: not a date and time"),
        ({"start_date": 1_900_000_000}, "start_date: not a date and time"),
        ({"start_date": "9999-12-31T23:59:59Z"}, "start_date: the year is out of range"),
        ({"start_date_local": "2030-13-06T18:02:11Z"}, "start_date_local: not a date and time"),
        ({"distance": -1}, "distance: negative"),
        ({"distance": "far"}, "distance: not a number"),
        ({"distance": 1e9}, "distance: out of range"),
        ({"moving_time": -1}, "moving_time: negative"),
        ({"elapsed_time": 10**9}, "elapsed_time: out of range"),
        ({"moving_time": None, "elapsed_time": None}, "moving_time: missing, and elapsed_time too"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_field_and_the_reason(
    changes: dict[str, Any], reason: str
) -> None:
    with pytest.raises(ParseError) as refusal:
        activity(LIST_ITEM | changes)

    assert str(refusal.value) == reason


@pytest.mark.parametrize("item", [None, [], "run", 5])
def test_what_is_no_object_is_refused(item: object) -> None:
    with pytest.raises(ParseError, match="activity: not a JSON object"):
        activity(item)


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("(GMT+01:00) Europe/Rome", "Europe/Rome"),
        ("(GMT-05:00) America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("Europe/Rome", "Europe/Rome"),
        ("(GMT+01:00) Europe/Atlantis", ""),
        ("(GMT+01:00) ", ""),
        ("(GMT+01:00) Europe", ""),
        ("(GMT+01:00) ../../etc/passwd", ""),
        ("(GMT+01:00) /etc/localtime", ""),
        ("(GMT+01:00) Europe/\0Rome", ""),
        ("", ""),
        (None, ""),
        (3600, ""),
    ],
)
def test_the_zone_is_the_iana_name_or_nothing(zone: object, name: str) -> None:
    assert activity(LIST_ITEM | {"timezone": zone}).timezone == name


def test_a_missing_local_start_is_worked_out_from_the_zone() -> None:
    assert activity(LIST_ITEM | {"start_date_local": None}).start_local == datetime(2030, 5, 6, 18, 2, 11)


def test_a_missing_local_start_is_worked_out_from_the_offset_where_the_zone_is_unknown() -> None:
    run = activity(
        LIST_ITEM | {"start_date_local": None, "timezone": "(GMT+02:00) Nowhere", "utc_offset": -3600.0}
    )

    assert run.start_local == datetime(2030, 5, 6, 15, 2, 11)


def test_a_missing_local_start_without_any_zone_is_refused() -> None:
    with pytest.raises(ParseError, match="start_date_local: missing, and no time zone"):
        activity(LIST_ITEM | {"start_date_local": None, "timezone": None, "utc_offset": None})


def test_a_hidden_start_hour_is_marked() -> None:
    hidden = activity(
        LIST_ITEM | {"start_date": "2030-05-06T00:00:01Z", "start_date_local": "2030-05-06T00:00:01Z"}
    )

    assert hidden.start_hidden
    assert hidden.local_on.isoformat() == "2030-05-06"
    assert not activity(LIST_ITEM).start_hidden


def test_a_start_far_in_the_future_is_kept() -> None:
    assert activity(LIST_ITEM | {"start_date": "2130-01-01T00:00:00Z"}).start_at.year == 2130


CALM = settings(deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**300, max_value=10**310)
    | st.floats()
    | st.text(max_size=40)
    | st.from_regex(r"-?[0-9]{1,30}(\.[0-9]+)?", fullmatch=True)
    | st.datetimes().map(lambda moment: moment.isoformat() + "Z")
    | st.from_regex(r"\(GMT[+-][0-9]{2}:[0-9]{2}\) [A-Za-z./_-]{0,20}", fullmatch=True),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(DETAIL)), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(changes=st.dictionaries(st.sampled_from(sorted(DETAIL)), anything, max_size=8))
@settings(CALM, max_examples=300)
def test_any_json_in_any_field_gives_a_usable_activity_or_a_clear_refusal(changes: dict[str, Any]) -> None:
    read = read_or_reason(DETAIL | changes)

    if isinstance(read, Activity):
        assert read.end_at >= read.start_at
        assert f"{read.name}{read.sport_type}{read.device_name}".encode().count(b"\0") == 0
    else:
        field, _, reason = read.partition(": ")
        assert field in DETAIL
        assert reason
        assert "\n" not in reason


def read_or_reason(item: object) -> Activity | str:
    try:
        return activity(item)
    except ParseError as refusal:
        return str(refusal)


@given(
    distance_m=st.floats(0, 300_000),
    moving_time_s=st.integers(0, 90_000),
    paused_s=st.integers(0, 20_000),
    start=st.datetimes(datetime(2009, 1, 1), datetime(2060, 1, 1)).map(
        lambda moment: moment.replace(microsecond=0)
    ),
    heart_bpm=st.none() | st.floats(30, 240),
    number=st.integers(1, MAX_ID),
)
@settings(CALM)
def test_a_well_formed_item_survives_json_and_back(
    distance_m: float,
    moving_time_s: int,
    paused_s: int,
    start: datetime,
    heart_bpm: float | None,
    number: int,
) -> None:
    item = LIST_ITEM | {
        "id": number,
        "distance": distance_m,
        "moving_time": moving_time_s,
        "elapsed_time": moving_time_s + paused_s,
        "start_date": f"{start.isoformat()}Z",
        "start_date_local": f"{start.isoformat()}Z",
        "average_heartrate": heart_bpm,
    }

    run = activity(json.loads(json.dumps(item)))

    assert (run.id, run.distance_m, run.moving_time_s) == (number, distance_m, moving_time_s)
    assert run.elapsed_time_s - run.moving_time_s == paused_s
    assert run.start_at == start.replace(tzinfo=UTC)
    assert run.start_local == start
    assert run.average_heartrate_bpm == heart_bpm
