"""Synthetic runners and presets of the sandbox are believable, and easy is easy."""

from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean, median, pstdev

import pytest

from integrations.strava.sandbox import Athlete, World, finish, synthetic_runner
from integrations.strava.sandbox.fields import RUNS
from integrations.strava.sandbox.shapes import end_of
from tests.contract.sandbox_support import START, Json, a_runner
from tests.fakes import FakeClock

SEEDS = [1, 2, 5]


def runs_of(athlete: Athlete) -> list[Json]:
    """Oldest first."""
    return [one for one in reversed(athlete.newest_first()) if one["sport_type"] in RUNS]


def local_day(activity: Json) -> datetime:
    return datetime.fromisoformat(activity["start_date_local"]).replace(hour=0, minute=0, second=0)


def share_below(value: float, values: list[float]) -> float:
    return sum(other < value for other in values) / len(values)


def is_hard_or_long(run: Json) -> bool:
    return bool(run["workout_type"] == 1 or run["moving_time"] > 4300 or run.get("max_heartrate", 0) > 168)


@pytest.fixture(params=SEEDS)
def runner(request: pytest.FixtureRequest) -> Athlete:
    return a_runner(request.param)


def test_same_seed_same_runner() -> None:
    assert synthetic_runner(3, 6, end=START) == synthetic_runner(3, 6, end=START)
    assert synthetic_runner(3, 6, end=START) != synthetic_runner(4, 6, end=START)


def test_half_a_year_of_about_four_runs_a_week(runner: Athlete) -> None:
    runs = runs_of(runner)
    assert 3.3 < len(runs) / 26 < 4.1
    assert (
        START - timedelta(weeks=27)
        < datetime.fromisoformat(runs[0]["start_date"])
        < START - timedelta(weeks=25)
    )
    weekly_km = sum(run["distance"] for run in runs) / 26 / 1000
    assert 25 < weekly_km < 55


def test_there_is_some_of_everything(runner: Athlete) -> None:
    runs, sports = runs_of(runner), {one["sport_type"] for one in runner.activities.values()}
    assert len(sports) >= 4
    assert sum(run["workout_type"] == 1 for run in runs) == 1
    assert sum(run["manual"] for run in runs) >= 2
    assert sum(run["trainer"] for run in runs) >= 2
    assert sum(run["moving_time"] > 4300 for run in runs) >= 15


def test_runner_goes_further_and_faster(runner: Athlete) -> None:
    runs = [run for run in runs_of(runner) if not run["manual"]]
    early, late = runs[:24], runs[-24:]
    assert fmean(run["distance"] for run in late) > 1.05 * fmean(run["distance"] for run in early)
    assert median(run["average_speed"] for run in late) > median(run["average_speed"] for run in early)


def test_nothing_overlaps_and_nobody_runs_at_night(runner: Athlete) -> None:
    ordered = list(reversed(runner.newest_first()))
    for first, second in pairwise(ordered):
        assert end_of(first) < datetime.fromisoformat(second["start_date"])
    hours = {datetime.fromisoformat(one["start_date_local"]).hour for one in ordered}
    assert min(hours) >= 6
    assert max(hours) <= 20


@pytest.mark.parametrize("day", range(7))
@pytest.mark.parametrize("turned", [False, True])
def test_end_of_the_history_is_quiet_on_every_weekday(day: int, turned: bool) -> None:
    for hour in (0, 12, 23):
        end = START.replace(hour=hour) + timedelta(days=day)
        weekday = (end + timedelta(hours=2)).weekday() if turned else None
        runner = synthetic_runner(1, 4, end=end, easy_weekday=weekday)
        today = (end + timedelta(hours=2)).replace(hour=0, minute=0, tzinfo=end.tzinfo)
        newest = runner.newest_first()[0]
        assert local_day(newest) <= today - timedelta(days=2)
        hard = [run for run in runs_of(runner) if is_hard_or_long(run)]
        assert end - end_of(hard[-1]) >= timedelta(hours=36)


def test_more_quiet_days_can_be_had() -> None:
    runner = synthetic_runner(1, 4, end=START, quiet_days_before_end=4)
    assert START - end_of(runner.newest_first()[0]) > timedelta(days=4)


def test_week_can_be_turned_so_that_today_is_easy() -> None:
    runner = synthetic_runner(1, 12, end=START, easy_weekday=START.weekday())
    on_that_day = [run for run in runs_of(runner) if local_day(run).weekday() == START.weekday()]
    assert len(on_that_day) >= 9
    assert not any(is_hard_or_long(run) for run in on_that_day)


def test_heart_follows_effort(runner: Athlete) -> None:
    runs = [run for run in runs_of(runner) if run["has_heartrate"] and not run["manual"]]
    assert all(run["max_heartrate"] <= runner.max_heartrate_bpm + 4 for run in runs)
    race = next(run for run in runs if run["workout_type"] == 1)
    gentle = [run for run in runs if not is_hard_or_long(run)]
    assert race["average_heartrate"] > 0.88 * runner.max_heartrate_bpm
    assert median(run["average_heartrate"] for run in gentle) < 0.79 * runner.max_heartrate_bpm


@pytest.fixture
def world(runner: Athlete) -> World:
    world = World(FakeClock(START), deliver="manual")
    world.add_athlete(runner)
    return world


def split_speeds(run: Json) -> list[float]:
    return [split["distance"] / split["moving_time"] for split in run["splits_metric"][:-1]]


def test_easy_preset_is_easy_for_this_runner(world: World, runner: Athlete) -> None:
    before = [run for run in runs_of(runner) if not run["manual"]]
    easy = finish(world, runner.id, "easy_run")
    assert easy["average_speed"] < 0.95 * median(run["average_speed"] for run in before)
    assert share_below(easy["average_heartrate"], [run["average_heartrate"] for run in before]) < 0.25
    assert share_below(easy["max_heartrate"], [run["max_heartrate"] for run in before]) < 0.1
    assert share_below(easy["max_speed"], [run["max_speed"] for run in before]) < 0.15
    assert pstdev(split_speeds(easy)) / fmean(split_speeds(easy)) < 0.04
    assert easy["moving_time"] < 60 * 60


def test_intervals_preset_is_hard_for_this_runner(world: World, runner: Athlete) -> None:
    before = [run for run in runs_of(runner) if not run["manual"]]
    hard = finish(world, runner.id, "intervals")
    assert share_below(hard["max_heartrate"], [run["max_heartrate"] for run in before]) > 0.8
    speeds = [lap["average_speed"] for lap in hard["laps"]]
    turns = sum(abs(second - first) > 0.12 * fmean(speeds) for first, second in pairwise(speeds))
    assert turns >= 8
    assert pstdev(split_speeds(hard)) / fmean(split_speeds(hard)) > 0.08


def test_long_race_ride_and_strength_are_what_they_say(world: World, runner: Athlete) -> None:
    long = finish(world, runner.id, "long")
    assert long["moving_time"] >= 90 * 60
    race = finish(world, runner.id, "race")
    assert race["workout_type"] == 1
    assert race["average_speed"] > max(
        run["average_speed"] for run in runs_of(runner)[:-2] if run["workout_type"] != 1
    )
    assert finish(world, runner.id, "ride")["sport_type"] == "Ride"
    strength = finish(world, runner.id, "strength")
    assert strength["workout_type"] == 30
    assert strength["distance"] == 0.0


def test_runner_without_history_gets_presets_too() -> None:
    world = World(FakeClock(START), deliver="manual")
    world.add_athlete(Athlete(id=1, max_heartrate_bpm=180))
    easy = finish(world, 1, "easy_run")
    assert easy["average_heartrate"] < 0.78 * 180
    assert easy["device_name"] == "Garmin Forerunner 255"


def test_runner_without_a_sensor_stays_without() -> None:
    world = World(FakeClock(START), deliver="manual")
    world.add_athlete(Athlete(id=1))
    for day in range(1, 8):
        start = f"2030-04-{day:02d}T06:00:00Z"
        run = {"sport_type": "Run", "start_date": start, "distance": 8000, "elapsed_time": 2900,
               "device_name": "Strava App"}  # fmt: skip
        world.add_activity(1, run)
    easy = finish(world, 1, "easy_run")
    assert easy["has_heartrate"] is False
    assert easy["device_name"] == "Strava App"
    assert "average_temp" not in easy
