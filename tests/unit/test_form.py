"""What the earlier runs of a runner say of them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from service.domain.activity import Activity
from service.domain.effort import judge_next
from service.domain.form import DAYS_BACK, Form
from service.domain.rules import Rules
from service.domain.signs import read_signs
from service.domain.told import Told
from service.domain.windows import DAY_S
from tests.builders import a_run, form_after, mixed_history, steady_history, the_rules

RULES = the_rules()
HISTORY = steady_history()
NAN = float("nan")


def arrived(runs: Iterable[Activity], at: str = "2030-05-06 07:00", told: Told | None = None) -> Form:
    """The form at that moment."""
    form = form_after(runs, told or Told())
    form.come_to(a_run(start=at).start_at.timestamp())
    return form


def figures(form: Form) -> tuple[object, ...]:
    return (
        form.runs,
        form.quick_mps,
        form.usual_mps,
        form.usual_score,
        form.usual_minutes,
        form.longest_minutes,
        form.heart_max,
        form.is_brisk,
        *(tuple(window.values) for window in form._windows),
    )


def windows_of(form: Form) -> dict[str, int]:
    """How much is kept of each."""
    lengths = {str(number): len(window) for number, window in enumerate(form._windows)}
    hearts = form.hearts
    kept = (hearts._peaks, hearts._averages, hearts._sustained, hearts._ratios, hearts._hard)
    return {**lengths, **{f"heart {number}": len(window) for number, window in enumerate(kept)}}


# --- what is learnt ------------------------------------------------------------------------------


def test_before_the_first_run_nothing_is_known() -> None:
    form = arrived([])

    assert (form.runs, form.quick_mps, form.usual_mps, form.usual_score) == (0, None, None, None)
    assert (form.usual_minutes, form.longest_minutes, form.is_brisk) == (None, 0.0, False)
    assert form.round_share(read_signs(a_run(), RULES)) is None


def test_a_steady_history_gives_quick_and_usual_pace_and_length() -> None:
    form = arrived(HISTORY)
    brisk_mps = 10_000 / (46 * 60)

    assert form.runs == len(HISTORY) == 48
    assert form.quick_mps == pytest.approx(brisk_mps * (46 / 60) ** 0.08)
    assert form.quick_mps is not None
    assert form.usual_mps == pytest.approx(8500 / (52 * 60) * (52 / 60) ** 0.08, rel=0.03)
    assert form.usual_minutes == pytest.approx(50)  # between 48 and 52
    assert form.longest_minutes == 100


def test_effort_counts_hills_and_length_in() -> None:
    def effort(run: Activity) -> float:
        return read_signs(run, RULES).effort_mps or 0.0

    flat = effort(a_run(km=10, minutes=60))

    assert flat == pytest.approx(10_000 / 3600)
    assert effort(a_run(km=10, minutes=60, elevation_gain_m=200)) == pytest.approx(flat * 1.08)
    assert effort(a_run(km=20, minutes=120)) == pytest.approx(flat * 2**0.08)
    assert effort(a_run(km=10, minutes=60, elevation_gain_m=3500)) == pytest.approx(flat * 1.24)
    assert effort(a_run(km=10, minutes=60, elevation_gain_m=1e9)) == flat  # no such hills: not believed


@pytest.mark.parametrize(
    "run",
    [
        a_run(km=12, minutes=40, manual=True),  # typed in
        a_run(km=20, minutes=50, trainer=True),  # 6.7 m/s
        a_run(km=0, minutes=40, trainer=True),
        a_run(km=1, minutes=7),
        a_run(km=0.9, minutes=9),
    ],
)
def test_what_says_nothing_of_pace_teaches_none(run: Activity) -> None:
    efforts = len(arrived(HISTORY).efforts)

    assert len(arrived([*HISTORY, run], "2030-05-07 07:00").efforts) == efforts


@pytest.mark.parametrize(
    "broken",
    [
        a_run(distance_m=NAN),
        a_run(moving_time_s=-5),
        a_run(moving_time_s=10**9),
        a_run(elapsed_time_s=100),
        a_run(km=45, minutes=60),
        a_run(flagged=True),
        a_run(km=1, minutes=5),
    ],
)
def test_records_that_cannot_be_right_teach_nothing(broken: Activity) -> None:
    moment = "2030-05-07 07:00"

    assert figures(arrived([*HISTORY, broken], moment)) == figures(arrived(HISTORY, moment))


def test_two_recordings_of_one_run_teach_once() -> None:
    run = a_run(km=8, minutes=48, hr=140)
    phone = replace(run, id=1, start_at=run.start_at + timedelta(seconds=40), average_heartrate_bpm=None)
    once, twice = arrived([*HISTORY, run]), arrived([*HISTORY, run, phone])

    assert figures(twice) == figures(once)
    hidden = [replace(each, start_hidden=True) for each in (run, phone)]
    assert arrived([*HISTORY, *hidden]).runs == len(HISTORY) + 2  # whether they overlap is not known


def test_two_runs_of_one_day_teach_twice() -> None:
    morning, evening = a_run(start="2030-05-06 07:00"), a_run(start="2030-05-06 18:00")

    assert arrived([*HISTORY, morning, evening]).runs == len(HISTORY) + 2


def test_a_sensor_that_counted_steps_does_not_set_the_highest_heart_rate() -> None:
    locked = a_run(km=8, minutes=50, hr=172, max_hr=199, average_cadence=86)

    assert arrived([*HISTORY, locked]).heart_max == arrived(HISTORY).heart_max


def test_it_does_not_matter_in_which_zone_the_clock_stood() -> None:
    far = steady_history(zone="Pacific/Apia")
    moved = [
        replace(there, start_at=here.start_at, timezone="Pacific/Apia")
        for here, there in zip(HISTORY, far, strict=True)
    ]

    assert figures(arrived(moved)) == figures(arrived(HISTORY))


# --- what is forgotten ---------------------------------------------------------------------------


def ten_years(rules: Rules) -> Form:
    """A run a day, judged and learnt."""
    first = a_run(start="2020-01-01 07:00")
    form = Form(rules)
    for day in range(3650):
        moved = timedelta(days=day)
        run = replace(
            first,
            id=day,
            start_at=first.start_at + moved,
            start_local=first.start_local + moved,
            distance_m=7000.0 + day % 17 * 100,
            average_heartrate_bpm=130.0 + day % 13,
            max_heartrate_bpm=150.0 + day % 19,
            suffer_score=30.0 + day % 7,
            max_speed_mps=4.0 + day % 5 / 10,
            workout_type=3 if day % 7 == 0 else None,
        )
        judge_next(run, form)
    return form


def test_after_ten_years_of_daily_runs_no_more_than_one_is_kept() -> None:
    form = ten_years(RULES)
    lengths = windows_of(form)

    assert form.runs == 3650
    assert max(lengths.values()) <= 367
    assert lengths["0"] == max(lengths.values())  # a year of efforts; the others are shorter
    assert len(form._rounds._sorted) == len(form._rounds._queue) <= 367
    assert len(form._recent) <= 16
    assert len(form._days) <= DAYS_BACK
    assert len(form._brisk) <= RULES.physiology.brisk.of_last


def test_after_a_long_break_the_last_twenty_still_tell_what_is_usual() -> None:
    form = arrived(HISTORY, "2033-05-06 07:00")
    keep = RULES.physiology.window.keep_runs

    assert [len(form.peaks), len(form.averages), len(form.climbs)] == [keep] * 3
    assert (form.quick_mps, form.usual_mps, form.usual_minutes, form.usual_score) == (None,) * 4
    assert form.longest_minutes == 0


def test_the_longest_run_is_that_of_two_weeks() -> None:
    long = a_run(km=25, minutes=160, start="2030-05-03 07:00")

    assert arrived([*HISTORY, long], "2030-05-17 06:00").longest_minutes == 160
    assert arrived([*HISTORY, long], "2030-05-17 08:00").longest_minutes == 100


# --- what is asked -------------------------------------------------------------------------------


def test_a_usual_round_is_known_by_its_length_and_its_hills() -> None:
    form = arrived(HISTORY)

    def share(km: float, gain_m: float = 0.0) -> float | None:
        run = a_run(km=km, minutes=48, elevation_gain_m=gain_m)
        return form.round_share(read_signs(run, RULES))

    assert share(km=8.0) == share(km=8.1) == 0.25
    assert share(km=9.2) == 0
    assert share(km=8.0, gain_m=120) == 0  # 15 m a kilometre against none
    assert share(km=8.0, gain_m=20) == 0.25
    assert arrived(HISTORY[:4]).round_share(read_signs(a_run(), RULES)) is None


def test_the_days_before_are_known_by_their_hardest_run() -> None:
    form = Form(RULES)
    for hour, score in (("07:00", 1.0), ("12:00", -2.0), ("18:00", 0.5)):
        form.learn(read_signs(a_run(start=f"2030-05-06 {hour}"), RULES), score)
    day = a_run(start="2030-05-06 07:00").start_local.toordinal()

    assert (form.score_on(day), form.score_on(day - 1)) == (-2.0, None)


def test_days_long_past_are_not_kept() -> None:
    form = Form(RULES)
    for day in range(1, 10):
        form.learn(read_signs(a_run(start=f"2030-05-0{day} 07:00"), RULES), float(day))
    today = a_run(start="2030-05-09 07:00").start_local.toordinal()

    assert [form.score_on(today - ago) for ago in range(6)] == [9.0, 8.0, 7.0, 6.0, None, None]


def brisk_runs(pace_spread_s: float, heart_share: float) -> list[Activity]:
    start = a_run(start="2030-05-05 07:00")
    return [
        replace(
            start,
            start_at=start.start_at - timedelta(days=day),
            distance_m=8000.0,
            moving_time_s=round(2640 + pace_spread_s * (day % 5)),
            elapsed_time_s=round(2640 + pace_spread_s * (day % 5)),
            average_heartrate_bpm=190 * heart_share,
            max_heartrate_bpm=190 * heart_share + 12,
        )
        for day in range(24)
    ]


@pytest.mark.parametrize(
    ("pace_spread_s", "heart_share", "brisk"),
    [(5, 0.87, True), (5, 0.78, False), (120, 0.87, False)],
)
def test_a_runner_with_one_pace_and_a_quick_heart_is_a_brisk_one(
    pace_spread_s: float, heart_share: float, brisk: bool
) -> None:
    told = Told(heart_max_bpm=190)

    assert arrived(brisk_runs(pace_spread_s, heart_share), told=told).is_brisk is brisk


def test_a_few_runs_make_no_brisk_runner() -> None:
    assert not arrived(brisk_runs(5, 0.87)[:5], told=Told(heart_max_bpm=190)).is_brisk


def test_coming_to_a_moment_again_changes_nothing() -> None:
    form = arrived(mixed_history())
    before = figures(form)
    form.come_to(a_run(start="2030-05-06 07:00").start_at.timestamp())

    assert figures(form) == before
    form.come_to(a_run(start="2030-05-06 07:00").start_at.timestamp() + 200 * DAY_S)
    assert figures(form) != before
