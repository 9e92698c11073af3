"""The runner's highest heart rate."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from service.domain.activity import Activity
from service.domain.physiology import Confidence, HeartMax, HeartMaxFrom, is_cadence_locked, own_easy_bpm
from service.domain.points.point import Compared
from service.domain.preferences import HEART_MAX_BPM
from service.domain.signs import read_signs
from service.domain.told import NOTHING_TOLD, HeartRateZones, Told
from tests.builders import a_lap, a_run, form_after, mixed_history, steady_history, the_rules

RULES = the_rules()
OWN = RULES.physiology.heart_max
FIRST = a_run(start="2029-06-01 07:00")
NAN = float("nan")


def default_zones(heart_max_bpm: float) -> HeartRateZones:
    """As the platform derives them from a highest heart rate."""
    low, steady, tempo, threshold = (round(share * heart_max_bpm) for share in (0.65, 0.81, 0.89, 0.97))
    return HeartRateZones((low, steady, tempo, threshold), custom=False)


def runs_with(peaks: Sequence[float], averages: Sequence[float], hard: int = 0) -> list[Activity]:
    """One a day; the first ``hard`` of them are tagged as workouts."""
    return [
        replace(
            FIRST,
            id=number,
            start_at=FIRST.start_at + timedelta(days=number),
            start_local=FIRST.start_local + timedelta(days=number),
            max_heartrate_bpm=peak,
            average_heartrate_bpm=average,
            workout_type=3 if number < hard else None,
        )
        for number, (peak, average) in enumerate(zip(peaks, averages, strict=True))
    ]


def later(run: Activity, days: float) -> Activity:
    moved = timedelta(days=days)
    return replace(run, start_at=run.start_at + moved, start_local=run.start_local + moved)


def found(runs: Sequence[Activity], told: Told = NOTHING_TOLD) -> HeartMax:
    return form_after(runs, told).heart_max


ABSURD = runs_with([251, 224, *[218] * 4, *[212] * 4, *[165] * 15], [*[171] * 6, *[140] * 4, *[150] * 15])


def test_a_sensor_with_absurd_peaks_is_not_believed() -> None:
    top = found(ABSURD, Told(zones=default_zones(188)))

    assert (top.bpm, top.confidence, top.spiky) == (188, Confidence.LOW, True)
    assert found(ABSURD).bpm == round(171 / 0.91)  # from the averages, which it has right


def test_peaks_of_a_sensor_that_is_not_believed_are_no_share_of_the_highest() -> None:
    run = read_signs(later(ABSURD[-1], 2), RULES)

    assert Compared(run, form_after(ABSURD)).peak_share is None
    assert Compared(run, form_after(ABSURD[10:])).peak_share is not None


def test_a_few_runs_or_calm_peaks_make_no_such_sensor() -> None:
    assert found(ABSURD[:14]).spiky is False
    assert found(runs_with([180] * 30, [160] * 30)).spiky is False


def test_ten_easy_runs_do_not_lower_what_the_zones_say() -> None:
    top = found(runs_with([181] * 10, [150] * 10), Told(zones=default_zones(188)))

    assert (top.bpm, top.source) == (188, HeartMaxFrom.ZONES)


def test_many_runs_with_hard_ones_replace_what_the_zones_say() -> None:
    top = found(runs_with([187] * 60, [172] * 60, hard=6), Told(zones=default_zones(196)))

    assert (top.bpm, top.confidence, top.source) == (187, Confidence.HIGH, HeartMaxFrom.RUNS)


def test_a_few_hard_runs_weigh_against_what_the_zones_say() -> None:
    zones = Told(zones=default_zones(196))
    between = found(runs_with([187] * 20, [172] * 20, hard=5), zones).bpm

    assert between == 191  # half known, between 187 and 196
    assert found(runs_with([187] * 60, [172] * 60), zones).bpm == 196  # never ran hard


def test_without_runs_it_is_assumed_or_read_from_the_zones() -> None:
    assert found([]) == HeartMax(OWN.assumed_bpm, Confidence.LOW, HeartMaxFrom.ASSUMED)
    assert found([], Told(zones=default_zones(188))).bpm == 188
    assert found(runs_with([190, 190], [170, 170])).source is HeartMaxFrom.ASSUMED


@pytest.mark.parametrize("wrong", [0.0, -5.0, NAN, 1000.0, 20.0])
def test_zones_that_cannot_be_tell_nothing(wrong: float) -> None:
    for custom in (True, False):
        zones = HeartRateZones((wrong, wrong, wrong, wrong), custom)
        assert found([], Told(zones=zones)).source is HeartMaxFrom.ASSUMED
        assert own_easy_bpm(zones, 188, OWN) is None


def test_zones_a_runner_set_say_where_easy_ends_but_not_the_highest() -> None:
    own = HeartRateZones((120, 142, 160, 175), custom=True)

    assert found([], Told(zones=own)).source is HeartMaxFrom.ASSUMED
    assert own_easy_bpm(own, 188, OWN) == 142
    assert own_easy_bpm(own, 142, OWN) is None  # easy up to the highest of all? Not believed
    assert own_easy_bpm(replace(own, custom=False), 188, OWN) is None
    assert own_easy_bpm(None, 188, OWN) is None


def test_one_spike_does_not_raise_it() -> None:
    calm = runs_with([180] * 30, [165] * 30, hard=6)
    spike = later(replace(calm[-1], id=99, max_heartrate_bpm=215, average_heartrate_bpm=150), 1)

    assert found([*calm, spike]) == replace(found(calm), runs=31)
    assert found([*calm[:6], later(spike, -20)]).bpm <= 182  # the second highest, while they are few


def test_a_peak_that_no_sustained_heart_rate_backs_is_held_back() -> None:
    lonely = found(runs_with([210] * 10, [175] * 10))
    backed = [replace(run, laps=(a_lap(1200, 300, 196),)) for run in runs_with([210] * 10, [175] * 10)]

    assert lonely.bpm == OWN.assumed_bpm + OWN.over_assumed_bpm
    assert found(backed).bpm == 210


def test_a_sustained_heart_rate_bounds_it_from_both_sides() -> None:
    low = [replace(run, laps=(a_lap(1200, 300, 165),)) for run in runs_with([195] * 10, [150] * 10)]

    assert found(low).bpm < 195
    assert found(low).bpm >= 165 / OWN.sustained_share[1]


@pytest.mark.parametrize("bpm", [190.0, HEART_MAX_BPM[1]])
def test_what_the_runner_says_wins(bpm: float) -> None:
    top = found(mixed_history(), Told(heart_max_bpm=bpm))

    assert (top.bpm, top.confidence, top.source) == (bpm, Confidence.HIGH, HeartMaxFrom.RUNNER)


def test_a_highest_heart_rate_that_whole_runs_were_above_is_mistyped() -> None:
    assert found(mixed_history(), Told(heart_max_bpm=HEART_MAX_BPM[0])).source is not HeartMaxFrom.RUNNER
    assert found([], Told(heart_max_bpm=HEART_MAX_BPM[0])).source is HeartMaxFrom.RUNNER


@pytest.mark.parametrize("bpm", [400.0, 0.0, -1.0, NAN, 60.0])
def test_an_absurd_word_about_it_is_ignored(bpm: float) -> None:
    assert found([], Told(heart_max_bpm=bpm)).source is HeartMaxFrom.ASSUMED


def test_it_falls_slowly_and_rises_at_once() -> None:
    hard = runs_with([195] * 45, [182] * 45, hard=45)
    calm = [later(run, 45) for run in runs_with([185] * 500, [150] * 500, hard=500)]
    form = form_after([*hard, *calm[:321]])
    at_a_year = form.heart_max.bpm
    falling = [form_after([*hard, *calm[:days]]).heart_max.bpm for days in (381, 411, 441)]

    assert at_a_year == 195  # the hard runs are in the year still
    assert falling == sorted(falling, reverse=True)
    assert 190 <= falling[-1] < falling[0]  # one in thirty days, not more
    up = [later(run, 500) for run in hard[:10]]
    assert form_after([*hard, *calm[:441], *up]).heart_max.bpm == 195


def test_it_falls_slowly_too_where_the_hard_runs_that_showed_it_have_left_the_year() -> None:
    hard = runs_with([200] * 45, [185] * 45, hard=45)
    gentle = [later(run, 45) for run in runs_with([170] * 420, [140] * 420)]
    bpm = [form_after([*hard, *gentle[:days]]).heart_max.bpm for days in range(360, 421, 10)]

    assert all(before - after <= 1 for before, after in pairwise(bpm))


def test_a_year_later_the_runs_are_forgotten() -> None:
    runs = runs_with([200] * 45, [185] * 45, hard=45)
    form = form_after(runs)
    form.come_to(later(runs[-1], 400).start_at.timestamp())
    form.learn(read_signs(later(runs[0], 400), RULES), 0.0)

    assert form.heart_max == HeartMax(OWN.assumed_bpm, Confidence.LOW, HeartMaxFrom.ASSUMED)


# --- a sensor that counts steps ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bpm", "cadence", "minutes", "locked"),
    [
        (172, 86, 60, True),  # cadence is that of one leg
        (172, 172, 60, True),  # or of both
        (172, 80, 60, False),
        (172, 86, 46, False),  # as quick as the quick runs: that may be the heart
        (172, None, 60, False),
        (None, 86, 60, False),
        (172, NAN, 60, False),
        (172, 0, 60, False),
    ],
)
def test_a_sensor_that_counts_steps_is_seen(
    bpm: float | None, cadence: float | None, minutes: float, locked: bool
) -> None:
    run = a_run(km=10, minutes=minutes, hr=bpm, average_cadence=cadence)
    form = form_after(steady_history())
    form.come_to(run.start_at.timestamp())

    assert is_cadence_locked(read_signs(run, RULES), form.quick_mps, OWN) is locked


def test_it_cannot_be_seen_before_the_runners_pace_is_known() -> None:
    assert not is_cadence_locked(read_signs(a_run(hr=172, average_cadence=86), RULES), None, OWN)


def test_such_a_run_does_not_set_the_highest_heart_rate() -> None:
    history = steady_history()
    locked = a_run(km=8, minutes=50, hr=172, max_hr=199, average_cadence=86)

    assert found([*history, locked]) == found(history)


@pytest.mark.parametrize(
    "run",
    [
        a_run(hr=150, max_hr=190, minutes=14),  # too short
        a_run(hr=251, max_hr=255),
        a_run(hr=0, max_hr=190),
        a_run(hr=NAN, max_hr=190),
        a_run(hr=160, max_hr=150),  # a peak below the average
        a_run(hr=160, max_hr=251),
        a_run(hr=160, max_hr=NAN),
        a_run(),
    ],
)
def test_a_run_that_says_nothing_usable_of_the_heart_does_not_count(run: Activity) -> None:
    assert found([run]).runs == 0
    assert found([*steady_history(), run]).runs == len(steady_history())
