"""Histories in files: what is read of a line, and what a broken one costs."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.files.histories import read_histories
from service.domain.activity import Activity
from service.domain.effort import RunKind, judge_all
from service.ndjson import BadLine
from service.records import MAX_TIME_S
from tests.builders import the_rules
from tests.histories import lines_of, write_lines

RUN: dict[str, Any] = {
    "runner": "r1",
    "index": 4,
    "start_date_local": "2030-05-07T07:00:00",
    "sport_type": "Run",
    "distance": 8000,
    "moving_time": 2900,
    "elapsed_time": 3000,
}
ODD = [float("nan"), float("inf"), -5, "many", [], {}, True, 10**400, 1e12]


def read(path: Path, lines: list[Any], **how: Any) -> dict[str, list[tuple[int, Activity]]]:
    return dict(read_histories(write_lines(path, lines), **how))


def only(tmp_path: Path, **changed: Any) -> Activity:
    """The activity of one line; a change to None takes the field out."""
    line = {name: value for name, value in {**RUN, **changed}.items() if value is not None}
    ((_, activity),) = read(tmp_path / "a.ndjson", [line])[str(line.get("runner", "runner"))]
    return activity


# --- what is read ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.ndjson", "a.ndjson.gz", "plain.gz.txt"])
def test_each_runner_comes_with_their_activities_in_the_files_order(tmp_path: Path, name: str) -> None:
    found = read(tmp_path / name, [*lines_of("r1", 2), "", *lines_of("r2", 1)])
    assert {runner: [index for index, _ in history] for runner, history in found.items()} == {
        "r1": list(range(8)),
        "r2": list(range(4)),
    }
    ids = [activity.id for history in found.values() for _, activity in history]
    assert len(set(ids)) == 12
    assert ids == sorted(ids)


def test_a_file_is_known_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(gzip.compress(json.dumps(RUN).encode()))
    assert [runner for runner, _ in read_histories(path)] == ["r1"]


def test_only_the_asked_runners_are_read(tmp_path: Path) -> None:
    lines = [*lines_of("r1", 1), *lines_of("r2", 1), *lines_of("r3", 1)]
    assert list(read(tmp_path / "a.ndjson", lines, runners=["r3", "r1"])) == ["r1", "r3"]


def test_one_runner_is_handed_over_before_the_next_is_read(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.ndjson", [*lines_of("r1", 1), *lines_of("r2", 1), "{"])
    histories = read_histories(path)
    assert next(histories)[0] == "r1"


def test_a_line_becomes_an_activity_in_its_own_units(tmp_path: Path) -> None:
    run = only(
        tmp_path,
        total_elevation_gain=40,
        average_speed=2.76,
        max_speed=4.1,
        average_heartrate=141.5,
        max_heartrate=160,
        average_cadence=84.0,
        suffer_score=21,
        perceived_exertion=3,
        workout_type=3,
        trainer=True,
        name="Easy",
    )
    assert (run.sport_type, run.distance_m, run.moving_time_s, run.elapsed_time_s) == (
        "Run",
        8000,
        2900,
        3000,
    )
    assert (run.elevation_gain_m, run.average_speed_mps, run.max_speed_mps) == (40, 2.76, 4.1)
    assert (run.average_heartrate_bpm, run.max_heartrate_bpm, run.average_cadence) == (141.5, 160, 84)
    assert (run.suffer_score, run.perceived_exertion, run.workout_type) == (21, 3, 3)
    assert (run.trainer, run.commute, run.manual, run.name) == (True, False, False, "Easy")


def test_a_stated_intent_reaches_nobody(tmp_path: Path) -> None:
    told = read(tmp_path / "a.ndjson", lines_of("r1", 4, intent="easy", intent_source="title"))
    assert told == read(tmp_path / "b.ndjson", lines_of("r1", 4))


@pytest.mark.parametrize(
    ("told", "at", "local"),
    [
        ({}, "2030-05-07T07:00", "2030-05-07T07:00"),
        ({"utc_offset": 7200}, "2030-05-07T05:00", "2030-05-07T07:00"),
        ({"start_is_utc": True}, "2030-05-07T07:00", "2030-05-07T07:00"),
        ({"start_is_utc": True, "utc_offset": -25200}, "2030-05-07T07:00", "2030-05-07T00:00"),
        (
            {"start_date_local": "2030-05-07T07:00:00Z", "utc_offset": 7200},
            "2030-05-07T05:00",
            "2030-05-07T07:00",
        ),
        ({"start_date": "2030-05-07T05:00:00Z"}, "2030-05-07T05:00", "2030-05-07T07:00"),
        ({"utc_offset": 1e12}, "2030-05-07T07:00", "2030-05-07T07:00"),
    ],
)
def test_the_start_is_known_in_utc_and_on_the_wall(
    tmp_path: Path, told: dict[str, Any], at: str, local: str
) -> None:
    run = only(tmp_path, **told)
    assert run.start_at == datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert run.start_local == datetime.fromisoformat(local)


def test_of_two_times_the_known_one_stands_for_both(tmp_path: Path) -> None:
    assert only(tmp_path, elapsed_time=None).elapsed_time_s == 2900
    assert only(tmp_path, moving_time=None).moving_time_s == 3000


def test_kilometres_and_laps_are_added_to_their_runs_in_any_order(tmp_path: Path) -> None:
    kilometre = {"distance": 1000.0, "moving_time": 355, "elapsed_time": 360, "elevation_difference": 1.0}
    details = write_lines(
        tmp_path / "s.ndjson.gz",
        [
            {"runner": "r2", "index": 0, "laps": [kilometre], "distance": 1},
            {"runner": "r1", "index": 1, "splits_metric": [kilometre, kilometre]},
            {"runner": "r1", "index": "nonsense", "splits_metric": [kilometre]},
            {"runner": "r1", "index": 2, "splits_metric": ["?", {"distance": -1}]},
        ],
    )
    lines = [*lines_of("r1", 1), *lines_of("r2", 1)]
    found = read(tmp_path / "a.ndjson", lines, splits=details)
    runs = {(runner, index): run for runner, history in found.items() for index, run in history}
    assert {key: (len(run.splits), len(run.laps)) for key, run in runs.items() if run.detailed} == {
        ("r1", 1): (2, 0),
        ("r1", 2): (0, 0),
        ("r2", 0): (0, 1),
    }
    assert runs["r1", 1].splits[0].average_speed_mps == pytest.approx(1000 / 355)
    assert runs["r2", 0].distance_m == 8000  # only the parts are taken from the second file


def test_a_file_of_one_runner_needs_neither_name_nor_index(tmp_path: Path) -> None:
    lines = [
        {name: line[name] for name in line if name not in ("runner", "index")} for line in lines_of("", 1)
    ]
    found = read(tmp_path / "a.ndjson", lines)
    assert [index for index, _ in found["runner"]] == [0, 1, 2, 3]


def test_it_tells_how_far_it_has_come(tmp_path: Path) -> None:
    seen: list[int] = []
    path = write_lines(tmp_path / "a.ndjson.gz", lines_of("r1", 6))
    list(read_histories(path, seen=seen.append))
    assert seen == sorted(seen)
    assert seen[-1] == path.stat().st_size


# --- what makes no sense counts as missing ----------------------------------------------------


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_an_odd_field_costs_no_more_than_itself(tmp_path: Path, odd: Any) -> None:
    numbers = ("average_heartrate", "max_heartrate", "average_speed", "max_speed", "average_cadence",
               "suffer_score", "perceived_exertion", "workout_type", "total_elevation_gain")  # fmt: skip
    run = only(tmp_path, **dict.fromkeys(numbers, odd), utc_offset=odd, name=[odd], trainer=[odd])
    assert (run.distance_m, run.moving_time_s, run.start_local) == (8000, 2900, datetime(2030, 5, 7, 7))
    assert (run.average_heartrate_bpm, run.perceived_exertion, run.trainer) == (None, None, False)


@pytest.mark.parametrize("odd", ODD, ids=str)
def test_odd_times_and_distances_are_missing(tmp_path: Path, odd: Any) -> None:
    assert only(tmp_path, moving_time=odd).moving_time_s == 3000
    assert only(tmp_path, elapsed_time=odd).elapsed_time_s == 2900
    neither = only(tmp_path, moving_time=odd, elapsed_time=odd)
    assert (neither.moving_time_s, neither.elapsed_time_s) == (0, 0)
    assert only(tmp_path, distance=odd).distance_m == 0


def test_numbers_in_quotes_are_numbers(tmp_path: Path) -> None:
    run = only(tmp_path, distance="8000.5", moving_time="2900", average_heartrate="141", index="4")
    assert (run.distance_m, run.moving_time_s, run.average_heartrate_bpm) == (8000.5, 2900, 141)


@pytest.mark.parametrize("date", [None, "yesterday", 7, "0001-01-01T00:00:00", "9999-12-31T23:59:59"])
def test_a_run_without_a_date_keeps_its_place_in_the_order(tmp_path: Path, date: Any) -> None:
    undated = {**RUN, "index": 5, "start_date_local": date}
    history = read(tmp_path / "a.ndjson", [RUN, undated, {**RUN, "index": 6}])["r1"]
    assert [activity.start_at for _, activity in history] == [datetime(2030, 5, 7, 7, tzinfo=UTC)] * 3
    assert only(tmp_path, start_date_local=date).start_at == datetime(1970, 1, 1, tzinfo=UTC)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=4,
)
numbers = st.integers(-10, 2 * MAX_TIME_S) | st.floats() | st.sampled_from([0, 251, 1e308, "12"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    changed=st.dictionaries(st.sampled_from([*sorted(RUN.keys() - {"runner", "index"}), "average_heartrate",
    "max_heartrate", "average_speed", "average_cadence", "workout_type", "perceived_exertion", "utc_offset",
    "start_is_utc", "trainer", "manual", "total_elevation_gain", "name", "type"]), json_values | numbers)
)  # fmt: skip
def test_whatever_a_field_holds_its_run_is_read_and_judged(tmp_path: Path, changed: dict[str, Any]) -> None:
    lines = [*lines_of("r1", 3), {**RUN, "index": 99, **changed}]
    history = read(tmp_path / "a.ndjson", lines)["r1"]
    assert len(history) == 13
    verdicts = judge_all((activity for _, activity in history), the_rules())
    run = history[-1][1]
    if run.is_run and not (run.distance_m or run.average_heartrate_bpm or run.trainer or run.manual):
        assert verdicts[run.id].kind is not RunKind.EASY


# --- a broken file is said in one line --------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not JSON"),
        ('{"runner": "r1", "index": 9', "not JSON"),
        ("[1, 2]", "not a JSON object"),
        ("7", "not a JSON object"),
        ("[" * 100_000, "not JSON"),
        ('{"index": ' + "9" * 5000 + "}", "not JSON"),
        (json.dumps({**RUN, "index": 2}), "index 2 twice"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = write_lines(tmp_path / "a.ndjson", [*lines_of("r1", 1), "", line])
    with pytest.raises(BadLine, match=rf"a\.ndjson: line 6: .*{said}") as raised:
        list(read_histories(path))
    assert "\n" not in str(raised.value)


def test_a_line_that_is_no_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b'{"runner": "r1"}\n{"runner": "\xff\xfe"}\n')
    with pytest.raises(BadLine, match="line 2: not JSON"):
        list(read_histories(path))


def test_a_runner_who_comes_back_is_named_with_the_line(tmp_path: Path) -> None:
    lines = [*lines_of("r1", 1), *lines_of("r2", 1), {**RUN, "index": 90}]
    path = write_lines(tmp_path / "a.ndjson", lines)
    for runners in ([], ["r1"], ["r2"]):
        with pytest.raises(BadLine, match="line 9: runner r1 comes back"):
            list(read_histories(path, runners=runners))


def test_a_compressed_file_that_is_cut_off_is_said(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.ndjson.gz", lines_of("r1", 40))
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(BadLine, match="damaged or cut off"):
        list(read_histories(path))


def test_a_broken_line_of_the_second_file_is_named_with_that_file(tmp_path: Path) -> None:
    path = write_lines(tmp_path / "a.ndjson", lines_of("r1", 1))
    details = write_lines(tmp_path / "s.ndjson", ['{"runner": "r1", "index": 0}', "nonsense"])
    with pytest.raises(BadLine, match=r"s\.ndjson: line 2: not JSON"):
        list(read_histories(path, details))


def test_an_empty_file_has_no_runners(tmp_path: Path) -> None:
    assert read(tmp_path / "a.ndjson", []) == {}
