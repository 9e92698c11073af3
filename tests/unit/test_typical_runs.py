"""Runs as they come, of one runner: what each is called.

``f`` and ``fm`` are the average and highest heart rate over the runner's highest, ``r`` the speed over the
threshold speed, ``ev`` how much neighbouring kilometres differ. A case that other rules for easy runs (fixed
shares of the highest heart rate and of threshold speed) call otherwise says why.
"""

import math
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.activity import Activity, Split
from service.domain.effort import Confidence, RunKind
from service.domain.told import NOTHING_TOLD, Told
from tests.builders import (
    HIGHEST_BPM,
    QUICK_MPS,
    a_lap,
    a_run,
    form_after,
    judged,
    kilometres,
    mixed_history,
)

EASY, UNSURE, HARD = RunKind.EASY, RunKind.UNSURE, RunKind.HARD
KNOWN = Told(heart_max_bpm=HIGHEST_BPM)
PAST = mixed_history()
LATER = "2030-05-09 07:00"
REPEATS = (a_lap(1500, 510), *[a_lap(400, 85), a_lap(200, 110)] * 10, a_lap(1500, 510))


def on_hills(run: Activity, climb_share: float) -> Activity:
    """As strenuous, but with this climb, so at a lower speed."""
    metres = run.distance_m / (1 + 4 * climb_share)
    return replace(run, distance_m=metres, elevation_gain_m=climb_share * metres)


HILLY_PAST = tuple(on_hills(run, 0.016) for run in PAST)
TRAIL_PAST = tuple(
    replace(on_hills(run, 0.022), sport_type="TrailRun") if number % 2 else run
    for number, run in enumerate(PAST)
)


@dataclass(frozen=True)
class Case:
    name: str
    label: RunKind
    f: float | None = None
    fm: float | None = None
    r: float = 0.84
    ev: float = 0.03
    minutes: float = 50
    climb_share: float = 0.0
    past: tuple[Activity, ...] = PAST
    told: Told = KNOWN
    more: dict[str, Any] = field(default_factory=dict)

    def run(self) -> Activity:
        mps = self.r * QUICK_MPS / (1 + 4 * self.climb_share)
        run = a_run(
            km=mps * self.minutes * 0.06,
            minutes=self.minutes,
            hr=self.f and self.f * HIGHEST_BPM,
            max_hr=self.fm and self.fm * HIGHEST_BPM,
            elevation_gain_m=self.climb_share * mps * self.minutes * 60,
            start=LATER,
        )
        return replace(run, **{"splits": swinging(mps, self.ev, int(run.distance_m / 1000)), **self.more})


def swinging(mps: float, ev: float, count: int) -> tuple[Split, ...]:
    """Kilometres of which every other one is quicker."""
    share = ev / math.sqrt(2)
    return kilometres(1000 / (mps * (1 + (share if number % 2 else -share))) for number in range(count))


TREADMILL = {"trainer": True, "distance_m": 0.0, "splits": ()}
TYPED_IN = {"manual": True, "splits": (), "perceived_exertion": 3.0}
CASES = [
    Case("clean easy", EASY, 0.72, 0.82, 0.80, 0.03),
    Case("easy, heart a bit up", EASY, 0.78, 0.88, 0.84, 0.04),
    # By fixed shares unsure. Even, and gentle in the runner's own range of pace, where most is easy.
    Case("steady", EASY, 0.82, 0.91, 0.88, 0.04),
    # By fixed shares hard. A steady heart and even kilometres speak for easy; asked, never taken for easy.
    Case("tempo", UNSURE, 0.87, 0.94, 0.95, 0.08),
    Case("track, long rests", HARD, 0.75, 0.95, 0.84, 0.18, minutes=51, more={"laps": REPEATS}),
    Case("hilly easy", EASY, 0.77, 0.88, 0.80, 0.11, climb_share=0.016, past=HILLY_PAST),
    # By fixed shares easy. Its heart jumped more than in nine of ten of the runner's runs.
    Case("trail, heart jumping", UNSURE, 0.76, 0.89, 0.80, 0.25, climb_share=0.022, past=TRAIL_PAST),
    Case("trail easy", EASY, 0.73, 0.83, 0.78, 0.25, climb_share=0.022, past=TRAIL_PAST),
    Case(
        "no heart rate, slow, even", EASY, None, None, 0.80, past=mixed_history(hr=False), told=NOTHING_TOLD
    ),
    # By fixed shares easy. The heart is in the middle of the runner's own, and nothing else is recorded.
    Case("treadmill with heart rate", UNSURE, 0.74, 0.84, more=TREADMILL),
    Case("typed in, rated 3", EASY, more=TYPED_IN),
    # By fixed shares just easy.
    Case("treadmill, highest heart rate not told", UNSURE, 0.76, 0.85, more=TREADMILL, told=NOTHING_TOLD),
    Case("rated 8, heart calm", UNSURE, 0.76, 0.86, 0.82, more={"perceived_exertion": 8.0}),
    Case("named easy, heart at 81 %", EASY, 0.81, 0.90, 0.86, 0.04, more={"name": "Easy run"}),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_typical_run_is_called(case: Case) -> None:
    assert judged(case.run(), case.past, case.told).kind is case.label


def test_none_of_the_hard_ones_is_ever_called_easy_nor_an_easy_one_hard() -> None:
    by_fixed_shares = {"tempo": HARD, "track, long rests": HARD, "clean easy": EASY, "hilly easy": EASY}
    wrong = {EASY: HARD, HARD: EASY}

    for case in CASES:
        if case.name in by_fixed_shares:
            assert judged(case.run(), case.past, case.told).kind is not wrong[by_fixed_shares[case.name]]


# --- a runner with one brisk pace -------------------------------------------------------------------


def brisk_past() -> tuple[Activity, ...]:
    """9.6 km in 48 minutes at 84 to 88 % of the highest heart rate, over and over."""
    start = a_run(start="2030-05-06 07:00")
    return tuple(
        replace(
            start,
            id=number,
            start_at=start.start_at - timedelta(days=2 * number),
            start_local=start.start_local - timedelta(days=2 * number),
            distance_m=9600.0 + 37 * (number % 7),
            moving_time_s=2880 + 10 * (number % 5),
            elapsed_time_s=2900 + 10 * (number % 5),
            average_heartrate_bpm=HIGHEST_BPM * (0.84 + 0.008 * (number % 6)),
            max_heartrate_bpm=HIGHEST_BPM * (0.90 + 0.008 * (number % 6) + 0.004 * (number % 5)),
        )
        for number in range(30)
    )


def of_the_brisk_runner(f: float, fm: float, km: float) -> Activity:
    return a_run(km=km, minutes=48, hr=HIGHEST_BPM * f, max_hr=HIGHEST_BPM * fm, start=LATER)


def test_the_gentler_runs_of_a_runner_with_one_brisk_pace_are_easy_and_told_so() -> None:
    form = form_after(brisk_past(), KNOWN)
    form.come_to(a_run(start=LATER).start_at.timestamp())
    gentle = judged(of_the_brisk_runner(0.84, 0.895, 9.5), brisk_past(), KNOWN)
    hot = judged(of_the_brisk_runner(0.885, 0.97, 9.8), brisk_past(), KNOWN)

    assert form.is_brisk
    assert (gentle.kind, gentle.reasons[-1].rule) == (EASY, "heart.brisk")
    assert hot.kind is HARD
    assert "heart.brisk" not in {reason.rule for reason in hot.reasons}


def test_a_runner_of_many_paces_is_not_told_of_one() -> None:
    gentle = judged(CASES[0].run(), PAST, KNOWN)

    assert "heart.brisk" not in {reason.rule for reason in gentle.reasons}


def test_the_same_run_is_another_one_for_another_runner() -> None:
    run = of_the_brisk_runner(0.84, 0.895, 9.5)

    assert judged(run, brisk_past(), KNOWN).kind is EASY
    assert judged(run, PAST, KNOWN).kind is not EASY


# --- what a record lacks ------------------------------------------------------------------------------


def test_without_heart_rate_pace_decides_but_never_surely() -> None:
    bare = replace(CASES[0].run(), average_heartrate_bpm=None, max_heartrate_bpm=None)
    past = mixed_history(hr=False)

    for run, kind in ((bare, EASY), (replace(bare, distance_m=11_000.0, splits=()), HARD)):
        verdict = judged(run, past)
        assert (verdict.kind, verdict.confidence) == (kind, Confidence.MEDIUM)
    assert judged(bare, PAST, KNOWN).kind is EASY  # hidden this once


def test_a_treadmill_without_distance_and_heart_rate_is_asked_about() -> None:
    bare = a_run(km=0, minutes=40, trainer=True, start=LATER)
    verdict = judged(bare, PAST, KNOWN)

    assert (verdict.kind, verdict.reasons[0].rule) == (UNSURE, "unsure.no_signs")
    assert judged(replace(bare, perceived_exertion=2.0), PAST, KNOWN).kind is EASY
    assert judged(replace(bare, name="Tempo run"), PAST, KNOWN).kind is HARD


def test_a_treadmill_s_distance_is_believed() -> None:
    run = replace(CASES[0].run(), trainer=True)

    assert judged(run, PAST, KNOWN).kind is EASY
    assert judged(replace(run, distance_m=1600.0, splits=()), PAST, KNOWN).reasons[0].rule != "record.slow"


def test_a_typed_in_run_is_never_hard_by_its_pace() -> None:
    quick = a_run(km=12, minutes=40, manual=True, start=LATER)

    assert judged(quick, PAST, KNOWN).kind is UNSURE
    assert judged(replace(quick, perceived_exertion=3.0), PAST, KNOWN).kind is EASY
    assert judged(replace(quick, perceived_exertion=9.0), PAST, KNOWN).kind is HARD


def test_a_wrist_sensor_that_counts_steps_does_not_make_an_easy_run_hard() -> None:
    locked = replace(CASES[0].run(), average_heartrate_bpm=170.0, max_heartrate_bpm=188.0)

    assert judged(replace(locked, average_cadence=85.0), PAST, KNOWN).kind is EASY
    assert (
        judged(replace(locked, average_cadence=85.0), PAST, KNOWN).score > judged(locked, PAST, KNOWN).score
    )


def test_of_runs_whose_hour_is_hidden_only_the_day_is_known() -> None:
    hidden = replace(CASES[0].run(), start_hidden=True)
    twin = replace(hidden, id=1)
    warm_up = a_run(km=2.5, minutes=16, start="2030-05-09 06:40", start_hidden=True)

    assert judged(hidden, PAST, KNOWN) == judged(CASES[0].run(), PAST, KNOWN)
    for before in (twin, warm_up):
        rules = {reason.rule for reason in judged(hidden, (*PAST, before), KNOWN).reasons}
        assert "session.after_warm_up" not in rules


def test_a_session_in_files_of_its_own_is_judged_with_its_warm_up_in_mind() -> None:
    steady = CASES[2].run()
    warm_up = a_run(km=2.4, minutes=16, start="2030-05-09 06:38")
    alone, after = judged(steady, PAST, KNOWN), judged(steady, (*PAST, warm_up), KNOWN)

    assert after.score == pytest.approx(alone.score - 0.6, abs=0.1)
    assert (alone.kind, after.kind) == (EASY, UNSURE)


def test_a_second_recording_of_a_run_is_judged_as_the_first() -> None:
    watch = CASES[0].run()
    phone = replace(watch, id=1, start_at=watch.start_at + timedelta(seconds=20))

    second, first = judged(phone, (*PAST, watch), KNOWN), judged(watch, PAST, KNOWN)

    assert (second.kind, second.confidence) == (first.kind, first.confidence)
    assert second.score == pytest.approx(first.score, abs=0.2)  # the first one has taught already
