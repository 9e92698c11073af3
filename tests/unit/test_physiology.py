"""What earlier runs say about a runner."""

import random
from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.activity import Activity
from service.domain.physiology import (
    Confidence,
    HeartMaxFrom,
    HeartRateZones,
    baseline,
    highest_heart_rate,
)
from service.domain.structure import Pattern, grade_factor, pattern, read_structure, run_speed_mps
from tests.builders import a_lap, a_ride, a_run, kilometres, steady_history, the_rules

RULES = the_rules()
AT = a_run(start="2030-05-06 07:00").start_at
ZONES_188 = HeartRateZones((122.0, 152.0, 167.0, 188 * 0.97), custom=False)


def runs_with(maxima: list[float], averages: list[float], *, demanding: int = 0) -> list[Activity]:
    days = range(len(maxima), 0, -1)
    return [
        replace(
            a_run(km=8, minutes=44, hr=average, max_hr=highest, start="2030-05-05 07:00"),
            start_at=AT - timedelta(days=day),
            workout_type=3 if number < demanding else None,
        )
        for number, (day, highest, average) in enumerate(zip(days, maxima, averages, strict=True))
    ]


def heart_max_of(runs: list[Activity], zones: HeartRateZones | None = ZONES_188) -> tuple[float, Confidence]:
    found = baseline(runs, AT, RULES, zones=zones).heart_max
    return found.bpm, found.confidence


def test_a_sensor_with_absurd_peaks_is_not_believed() -> None:
    maxima = [251.0, 224.0, 218.0, *[212.0] * 4, *[165.0] * 15]
    averages = [171.0, 171.0, 171.0, *[150.0] * 19]

    assert heart_max_of(runs_with(maxima, averages)) == (188, Confidence.LOW)
    assert baseline(runs_with(maxima, averages), AT, RULES).heart_max.spiky


def test_ten_easy_runs_do_not_lower_what_the_zones_say() -> None:
    assert heart_max_of(runs_with([181.0] * 10, [150.0] * 10))[0] == 188


def test_many_runs_with_hard_ones_replace_what_the_zones_say() -> None:
    zones = HeartRateZones((127.0, 159.0, 174.0, 196 * 0.97), custom=False)
    runs = runs_with([187.0] * 60, [172.0] * 60, demanding=6)

    assert heart_max_of(runs, zones) == (187, Confidence.HIGH)


def test_without_runs_it_is_assumed_or_read_from_the_zones() -> None:
    assert baseline([], AT, RULES).heart_max.source is HeartMaxFrom.ASSUMED
    assert baseline([], AT, RULES, zones=ZONES_188).heart_max.bpm == 188


def test_one_spike_does_not_raise_the_highest_heart_rate() -> None:
    calm = runs_with([180.0] * 30, [165.0] * 30, demanding=6)
    spike = runs_with([215.0], [150.0])

    assert heart_max_of([*calm, *spike])[0] <= 190


def test_what_the_runner_says_wins() -> None:
    found = baseline(steady_history(), AT, RULES, heart_max_bpm=201).heart_max

    assert (found.bpm, found.confidence, found.source) == (201, Confidence.HIGH, HeartMaxFrom.RUNNER)


def test_an_absurd_word_about_the_highest_heart_rate_is_ignored() -> None:
    assert baseline([], AT, RULES, heart_max_bpm=400).heart_max.source is HeartMaxFrom.ASSUMED


def test_zones_a_runner_set_move_the_upper_end_of_easy() -> None:
    own = HeartRateZones((120.0, 142.0, 160.0, 175.0), custom=True)
    base = baseline(steady_history(), AT, RULES, zones=own)

    assert base.heart_easy_share == pytest.approx(142 / base.heart_max.bpm)


def test_only_runs_before_the_moment_count() -> None:
    history = steady_history(weeks=4)
    middle = history[8].start_at

    assert baseline(history, middle, RULES) == baseline(history[:8], middle, RULES)


def test_the_order_of_the_past_and_other_sports_change_nothing() -> None:
    history = steady_history()
    shuffled = [*history, a_ride(start="2030-05-01 18:00", hr=170)]
    random.Random(7).shuffle(shuffled)

    assert baseline(shuffled, AT, RULES) == baseline(history, AT, RULES)


def test_a_steady_history_gives_threshold_and_usual_run() -> None:
    base = baseline(steady_history(), AT, RULES)

    assert base.runs == 48
    assert base.threshold is not None
    assert base.threshold.confidence is Confidence.MEDIUM
    assert base.threshold.speed_mps == pytest.approx(10_000 / (46 * 60) * (46 / 60) ** 0.06)
    assert base.median_duration_s == pytest.approx(50 * 60)
    assert base.longest_14d_s == 6000
    assert base.gentle_share is None


def test_a_runner_with_one_brisk_pace_is_judged_by_their_own_range() -> None:
    runs = runs_with([178.0] * 20, [160.0 + number % 5 for number in range(20)])
    base = baseline(runs, AT, RULES, heart_max_bpm=188)

    assert base.gentle_share is not None
    assert 0.85 < base.gentle_share < 0.875


def test_treadmill_typed_in_and_impossible_speeds_teach_no_pace() -> None:
    odd = [
        a_run(km=12, minutes=40, start="2030-05-01 07:00", trainer=True),
        a_run(km=12, minutes=40, start="2030-05-02 07:00", manual=True),
        a_run(km=40, minutes=60, start="2030-05-03 07:00"),
    ]

    assert baseline(odd, AT, RULES).threshold is None


def test_broken_recordings_teach_nothing() -> None:
    broken = [
        a_run(start="2030-05-01 07:00", distance_m=float("nan")),
        a_run(start="2030-05-02 07:00", moving_time_s=-5),
        a_run(start="2030-05-03 07:00", moving_time_s=10**9),
    ]

    assert baseline(broken, AT, RULES).runs == 0


@pytest.mark.parametrize(("grade", "factor"), [(0.03, 1.096), (0.05, 1.165), (-0.03, 0.970), (0.0, 1.0)])
def test_grades_cost_what_the_heart_says(grade: float, factor: float) -> None:
    assert grade_factor(grade, RULES.physiology.grade) == pytest.approx(factor, abs=0.001)


def test_grades_out_of_range_count_as_the_steepest_known() -> None:
    assert grade_factor(3.0, RULES.physiology.grade) == grade_factor(0.1, RULES.physiology.grade)


def test_splits_that_cover_the_run_give_its_speed() -> None:
    uphill = tuple(a_lap(1000, 360, climb_m=30) for _ in range(8))
    run = a_run(km=8, minutes=48, splits=uphill)

    assert run_speed_mps(run, RULES.physiology.grade) == pytest.approx(1000 / 360 * 1.096, rel=0.001)


def test_without_splits_the_gain_gives_it() -> None:
    run = a_run(km=10, minutes=60, elevation_gain_m=200)

    assert run_speed_mps(run, RULES.physiology.grade) == pytest.approx(10_000 / 3600 * 1.06)


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        (a_run(km=8, splits=kilometres([360, 358, 362, 361, 359, 360, 362, 358])), Pattern.STEADY),
        (a_run(km=8, splits=kilometres([360, 270, 380, 265, 390, 268, 380, 360])), Pattern.BY_SPLITS),
        (a_run(laps=(a_lap(2000, 720), *[a_lap(400, 85), a_lap(200, 90)] * 6)), Pattern.BY_LAPS),
        (a_run(laps=kilometres([360, 300, 360, 300, 360, 300])), Pattern.STEADY),  # a watch's own laps
        (a_run(sport="TrailRun", splits=kilometres([360, 500, 380, 600, 390, 268])), Pattern.STEADY),
        (a_run(splits=kilometres([360, 200])), Pattern.STEADY),  # too few to say
        (a_run(), Pattern.STEADY),
    ],
)
def test_parts_that_alternate_are_seen(run: Activity, expected: Pattern) -> None:
    structure = read_structure(run, RULES.physiology.grade, RULES.effort.structure)

    assert pattern(structure, RULES.effort.structure) is expected


def test_a_wrist_sensor_locked_to_the_cadence_does_not_set_the_maximum() -> None:
    history = steady_history()
    locked = a_run(km=8, minutes=50, hr=172, max_hr=178, average_cadence=86, start="2030-05-05 07:00")

    assert baseline([*history, locked], AT, RULES).heart_max.runs == len(history)


def test_fewer_than_three_runs_leave_the_assumption() -> None:
    assert highest_heart_rate([], None, RULES.physiology).confidence is Confidence.LOW
