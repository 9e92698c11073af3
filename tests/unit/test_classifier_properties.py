"""What holds of the judging whatever is recorded: bad input, order, zones, and what is known when."""

import math
from dataclasses import replace
from datetime import UTC, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from service.domain.activity import Activity
from service.domain.effort import RunKind, Verdict, judge_all, judge_next, weigh_run
from service.domain.form import Form
from service.domain.told import HeartRateZones, Offsets, Told
from tests.builders import a_lap, a_run, form_after, judged, mixed_history, the_rules

RULES = the_rules()
PAST = mixed_history()
KNOWN = Told(heart_max_bpm=190)
LATER = "2030-05-09 07:00"
NAN, INF = float("nan"), float("inf")
ZONES = [
    ZoneInfo(name) for name in ("Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia")
]


def an_easy_run(**more: object) -> Activity:
    return replace(a_run(km=8.4, minutes=50, hr=136, max_hr=150, start=LATER), **more)  # type: ignore[arg-type]


# --- records that cannot be right -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "rule"),
    [
        ({"distance_m": 0.0}, "record.distance"),
        ({"distance_m": -5000.0}, "record.distance"),
        ({"distance_m": NAN}, "record.times"),
        ({"distance_m": INF}, "record.times"),
        ({"distance_m": 45_000.0}, "record.speed"),
        ({"distance_m": 1e300}, "record.speed"),
        ({"elapsed_time_s": 600}, "record.times"),
        ({"elapsed_time_s": -1}, "record.times"),
        ({"elapsed_time_s": NAN}, "record.times"),
        ({"moving_time_s": -1}, "record.times"),
        ({"moving_time_s": NAN}, "record.times"),
        ({"moving_time_s": 10**9, "elapsed_time_s": 10**9}, "record.times"),
        ({"moving_time_s": 0}, "short.minutes"),
        ({"distance_m": 2000.0}, "record.slow"),  # 25 minutes a kilometre
    ],
)
def test_a_record_that_cannot_be_right_is_never_easy_and_says_so(more: dict[str, object], rule: str) -> None:
    for past in (PAST, ()):
        verdict = judged(an_easy_run(**more), past, KNOWN)

        assert verdict.kind in (RunKind.UNSURE, RunKind.TOO_SHORT)
        assert verdict.reasons[0].rule == rule


def test_a_second_that_was_rounded_is_no_wrong_record() -> None:
    assert judged(an_easy_run(elapsed_time_s=2998), PAST, KNOWN).kind is RunKind.EASY


MILES = 0.6214


def test_miles_taken_for_kilometres_are_never_a_silent_easy() -> None:
    kinds = {
        judged(an_easy_run(distance_m=metres * MILES, max_heartrate_bpm=peak), PAST, KNOWN).kind
        for metres in range(8300, 9400, 100)
        for peak in (146.0, 150.0, 160.0)
    }

    assert RunKind.EASY not in kinds


def test_miles_taken_for_kilometres_of_a_slow_run_are_asked_about() -> None:
    verdict = judged(an_easy_run(distance_m=8100 * MILES), PAST, KNOWN)

    assert (verdict.kind, verdict.reasons[0].rule) == (RunKind.UNSURE, "record.slow")


def test_kilometres_taken_for_miles_are_never_easy() -> None:
    assert judged(an_easy_run(distance_m=8400 / MILES), PAST, KNOWN).kind is not RunKind.EASY


def test_one_wrong_field_is_as_good_as_none() -> None:
    plain = judged(an_easy_run(), PAST, KNOWN)
    for more in (
        {"suffer_score": NAN},
        {"suffer_score": -3.0},
        {"max_speed_mps": INF},
        {"average_cadence": NAN},
        {"average_cadence": -80.0},
        {"elevation_gain_m": NAN},
        {"elevation_gain_m": -50.0},
        {"perceived_exertion": NAN},
        {"workout_type": 77},
        {"average_speed_mps": NAN},
        {"laps": (a_lap(0, 10),) * 9},
        {"splits": (replace(a_lap(1000, 100), moving_time_s=-5),) * 8},
    ):
        assert judged(an_easy_run(**more), PAST, KNOWN) == plain, more


numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(min_value=-10, max_value=60_000),
    st.sampled_from([0.0, -1.0, 1e308, 5e-324, 251.0, 150.0]),
)
counts = st.one_of(st.integers(-100, 20_000), st.integers(-(10**12), 10**12))
pieces = st.builds(
    lambda metres, seconds, climb, rate, adjusted: replace(
        a_lap(1000, 300, rate, climb),
        distance_m=metres,
        moving_time_s=seconds,
        elapsed_time_s=seconds,
        grade_adjusted_speed_mps=adjusted,
    ),
    numbers,
    counts,
    st.none() | numbers,
    st.none() | numbers,
    st.none() | numbers,
)
FIELDS: dict[str, st.SearchStrategy[object]] = {
    "sport_type": st.sampled_from(["Run", "TrailRun", "VirtualRun"]),
    "distance_m": numbers,
    "moving_time_s": counts,
    "elapsed_time_s": counts,
    "elevation_gain_m": numbers,
    "average_heartrate_bpm": st.none() | numbers,
    "max_heartrate_bpm": st.none() | numbers,
    "max_speed_mps": st.none() | numbers,
    "average_speed_mps": st.none() | numbers,
    "average_cadence": st.none() | numbers,
    "suffer_score": st.none() | numbers,
    "perceived_exertion": st.none() | numbers,
    "workout_type": st.none() | st.integers(-1, 12),
    "name": st.text(max_size=30),
    "trainer": st.booleans(),
    "manual": st.booleans(),
    "flagged": st.booleans(),
    "start_hidden": st.booleans(),
    "splits": st.lists(pieces, max_size=6).map(tuple),
    "laps": st.lists(pieces, max_size=6).map(tuple),
}
shares = st.floats(-0.3, 0.3)
some_told = st.builds(
    Told,
    offsets=st.builds(Offsets, shares, shares, shares),
    zones=st.none() | st.builds(HeartRateZones, st.tuples(numbers, numbers, numbers, numbers), st.booleans()),
    heart_max_bpm=st.none() | numbers,
    use_heart=st.booleans(),
    use_pace=st.booleans(),
)
odd_fields = st.fixed_dictionaries({}, optional=FIELDS)


def days_later(run: Activity, days: float) -> Activity:
    moved = timedelta(days=days)
    return replace(
        run,
        id=run.id + round(days * 1000),
        start_at=run.start_at + moved,
        start_local=run.start_local + moved,
    )


def makes_sense(run: Activity) -> bool:
    times = 0 < run.moving_time_s < 48 * 3600 + 1 and run.elapsed_time_s >= 0
    far = math.isfinite(run.distance_m) and 0 <= run.distance_m <= 6.5 * max(run.moving_time_s, 600)
    return times and far and (run.distance_m > 0 or run.trainer or run.manual)


@seed(1)
@settings(max_examples=150, deadline=None)
@given(odd_fields, st.lists(odd_fields, max_size=5), some_told, st.booleans())
def test_no_recording_is_too_odd_to_be_judged(
    odd: dict[str, object], odd_past: list[dict[str, object]], told: Told, new: bool
) -> None:
    form = Form(RULES, told) if new else form_after(PAST[-25:], told)
    for number, fields in enumerate(odd_past):
        judge_next(days_later(an_easy_run(**fields), number / 3 - 4), form)
    run = an_easy_run(**odd)
    verdict = judge_next(run, form)

    assert 0 <= verdict.p_easy <= 1
    assert math.isfinite(verdict.score)
    assert 1 <= len(verdict.reasons) <= 3
    assert makes_sense(run) or verdict.kind not in (RunKind.EASY, RunKind.LONG)


@seed(2)
@settings(max_examples=100, deadline=None)
@given(odd_fields)
def test_a_record_is_judged_the_same_each_time(odd: dict[str, object]) -> None:
    run = an_easy_run(**odd)

    assert repr(judged(run, PAST[-12:])) == repr(judged(run, PAST[-12:]))  # NaN is not equal to itself


# --- order, time and place ----------------------------------------------------------------------------

histories = st.lists(
    st.tuples(st.sampled_from([0.4, 1.0, 1.0, 2.0, 9.0]), odd_fields), min_size=1, max_size=9
).map(lambda steps: _a_history(steps))


def _a_history(steps: list[tuple[float, dict[str, object]]]) -> tuple[Activity, ...]:
    """Some weeks of runs, then odder ones."""
    runs, day = list(PAST[-15:]), 0.0
    for pause, fields in steps:
        day += pause
        runs.append(days_later(an_easy_run(**fields), day))
    return tuple(runs)


def told_of(verdicts: dict[int, Verdict]) -> dict[int, str]:
    return {id: repr(verdict) for id, verdict in verdicts.items()}


@seed(3)
@settings(max_examples=50, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_the_order_in_which_runs_are_given_does_not_matter(
    history: tuple[Activity, ...], chance: Random
) -> None:
    given_order = list(history)
    chance.shuffle(given_order)

    assert told_of(judge_all(given_order, RULES)) == told_of(judge_all(history, RULES))


@seed(4)
@settings(max_examples=50, deadline=None)
@given(histories, st.integers(0, 30))
def test_a_verdict_never_depends_on_what_came_later(history: tuple[Activity, ...], known: int) -> None:
    before = history[:known]
    whole = told_of(judge_all(history, RULES))

    assert told_of(judge_all(before, RULES)) == {run.id: whole[run.id] for run in before}


@seed(7)
@settings(max_examples=30, deadline=None)
@given(histories, st.randoms(use_true_random=False))
def test_only_some_verdicts_or_verdicts_without_reasons_are_the_same_ones(
    history: tuple[Activity, ...], chance: Random
) -> None:
    whole = judge_all(history, RULES)
    some = frozenset(chance.sample(sorted(whole), len(whole) // 3))
    bare = {id: replace(verdict, reasons=()) for id, verdict in whole.items()}
    quick = {
        id: replace(verdict, reasons=()) for id, verdict in judge_all(history, RULES, tell=False).items()
    }

    assert told_of(judge_all(history, RULES, only=some)) == {id: repr(whole[id]) for id in some}
    assert told_of(quick) == told_of(bare)


@seed(5)
@settings(max_examples=40, deadline=None)
@given(histories, st.sampled_from(ZONES))
def test_the_zone_of_the_clock_does_not_matter(history: tuple[Activity, ...], zone: ZoneInfo) -> None:
    """Across changes to summer time, too: the history goes from winter to summer. Days stay days."""
    moved = [_noon_of_the_day_in(zone, run) for run in history]
    home = [_noon_of_the_day_in(ZoneInfo("Europe/Rome"), run) for run in history]
    verdicts, at_home = judge_all(moved, RULES), judge_all(home, RULES)

    assert {id: (each.kind, each.score) for id, each in verdicts.items()} == {
        id: (each.kind, each.score) for id, each in at_home.items()
    }


def _noon_of_the_day_in(zone: ZoneInfo, run: Activity) -> Activity:
    """The same wall time elsewhere; midday, so that hours of difference leave the days in their order."""
    local = run.start_local.replace(hour=12)
    return replace(
        run, start_local=local, start_at=local.replace(tzinfo=zone).astimezone(UTC), timezone=zone.key
    )


# --- what is harder is never called easier --------------------------------------------------------------


def own_sum(run: Activity) -> float:
    found = weigh_run(run, FORM)
    assert found is not None
    return found.own


FORM = form_after(PAST, KNOWN)


@seed(6)
@settings(max_examples=150, deadline=None)
@given(
    st.floats(100, 175),
    st.floats(1.0, 1.2),
    st.floats(240, 480),
    st.floats(1.0, 1.3),
    st.sampled_from([1.04, 1.1113, 1.2]),
)
def test_a_quicker_run_with_a_higher_heart_rate_never_scores_higher(
    bpm: float, higher: float, pace_s: float, quicker: float, peak: float
) -> None:
    """All else equal: its distance and how far its heart rate swung."""

    def run(bpm: float, pace_s: float) -> Activity:
        return a_run(km=8.4, minutes=8.4 * pace_s / 60, hr=bpm, max_hr=bpm * peak, start=LATER)

    if bpm * higher * peak >= 219 or 8.4 * pace_s > 79 * 60:  # a long run is another matter
        return
    assert own_sum(run(bpm * higher, pace_s / quicker)) <= own_sum(run(bpm, pace_s)) + 1e-9


HARDER: list[dict[str, object]] = [
    {"perceived_exertion": 8.0},
    {"workout_type": 3},
    {"workout_type": 1},
    {"name": "Tempo run"},
    {"elapsed_time_s": 6000},
    {"laps": (a_lap(1500, 510), *[a_lap(400, 85), a_lap(280, 150)] * 10)},
]


@pytest.mark.parametrize("more", HARDER, ids=lambda more: repr(more)[:30])
def test_what_speaks_for_hard_never_raises_the_chance_of_easy(more: dict[str, object]) -> None:
    plain, harder = judged(an_easy_run(), PAST, KNOWN), judged(an_easy_run(**more), PAST, KNOWN)

    assert harder.p_easy < plain.p_easy
