"""Each kind of point by itself: which way it points, and when it is silent."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from service.domain.activity import Activity
from service.domain.effort import RunKind, weigh_run
from service.domain.form import Form
from service.domain.points import POINTS, Weighed
from service.domain.points.point import Family, Point, clamp
from service.domain.signs import read_signs
from service.domain.told import HeartRateZones, Offsets, Told
from tests.builders import HIGHEST_BPM, a_lap, a_run, form_after, judged, kilometres, mixed_history, the_rules

RULES = the_rules()
KNOWN = Told(heart_max_bpm=HIGHEST_BPM)
NAN, INF = float("nan"), float("inf")
LATER = "2030-05-09 07:00"
PLAIN: dict[str, Any] = {"km": 8.8, "minutes": 50, "hr": 145, "max_hr": 165, "start": LATER}
REPEATS = (a_lap(1500, 510), *[a_lap(400, 85), a_lap(200, 110)] * 10, a_lap(1500, 510))
WALKED = (a_lap(400, 250), *[a_lap(330, 130), a_lap(150, 95)] * 9)


@cache
def form_of(told: Told = KNOWN, hr: bool = True, runs: int = 60) -> Form:
    """Of a runner whose recordings hold all there is, each value spread over the runs."""
    return form_after(
        (
            replace(
                run,
                suffer_score=40.0 + number % 11 * 4,
                max_speed_mps=4.0 + number % 13 * 0.12,
                elevation_gain_m=run.distance_m / 1000 * (number % 9),
            )
            for number, run in enumerate(mixed_history(runs, hr=hr))
        ),
        told,
    )


def weighed(run: Activity, form: Form | None = None) -> Weighed:
    found = weigh_run(run, form or form_of())
    assert found is not None
    return found


def points_of(name: str, form: Form | None = None, /, **more: Any) -> float | None:
    """What one kind of point gives a run; None where it is silent."""
    found = {point.name: points for point, points in weighed(a_run(**{**PLAIN, **more}), form).parts}
    return found.get(name)


def speeds(*shares: float) -> list[dict[str, Any]]:
    return [{"km": 8.8 * share} for share in shares]


# Runs ever harder by one sign alone, the others alike.
HARDER_AND_HARDER: dict[str, Sequence[dict[str, Any]]] = {
    "pace": speeds(0.5, 0.9, 1.0, 1.05, 1.1, 1.2, 1.5),
    "top": [{"max_speed_mps": top} for top in (3.0, 4.0, 4.4, 5.0, 5.5, 6.0, 9.0)],
    "heart": [{"hr": bpm, "max_hr": bpm * 165 / 145} for bpm in (110, 130, 140, 150, 160, 170, 190)],
    "swing": [{"max_hr": bpm} for bpm in (145, 155, 160, 165, 170, 180, 200)],
    "load": [{"suffer_score": load} for load in (5.0, 30.0, 45.0, 60.0, 80.0, 300.0)],
    "uneven": [
        {"km": 8, "splits": kilometres([360 - swing, 360 + swing] * 4)} for swing in (0, 5, 20, 40, 60, 110)
    ],
    "stops": [{"elapsed_time_s": round(3000 / moving)} for moving in (0.99, 0.89, 0.85, 0.75, 0.5, 0.1)],
    "length": [{"minutes": minutes, "km": minutes / 6} for minutes in (20, 80, 85, 95, 120, 240)],
    "rated": [{"perceived_exertion": float(rated)} for rated in range(1, 11)],
    "title": [{"name": name} for name in ("Easy run", "Tempo run")],
}


@pytest.mark.parametrize("name", HARDER_AND_HARDER)
def test_more_strain_never_gives_more_points(name: str) -> None:
    found = [points_of(name, **more) or 0.0 for more in HARDER_AND_HARDER[name]]

    assert all(before >= after for before, after in pairwise(found))
    assert found[0] > found[-1]


def test_every_kind_of_point_is_tried() -> None:
    by_context = {"usual", "climb", "session"}  # below

    assert {point.name for point in POINTS} == {*HARDER_AND_HARDER, *by_context}


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.name)
def test_no_point_outweighs_twice_its_weight(point: Point) -> None:
    absurd = [
        a_run(**{**PLAIN, **more}) for runs in HARDER_AND_HARDER.values() for more in (runs[0], runs[-1])
    ]
    own = getattr(RULES.effort, point.name, None)
    most = 2 * own.weight if own is not None else 2.0
    if point.name == "heart":
        most *= 2  # of the first runs, where nothing else speaks

    for run in absurd:
        found = {each.name: points for each, points in weighed(run).parts}
        assert abs(found.get(point.name, 0.0)) <= most


def test_a_bare_record_before_any_other_says_little() -> None:
    found = weighed(a_run(), Form(RULES))

    assert found.parts == []
    assert found.own == found.score == RULES.effort.context.base


# --- pace -----------------------------------------------------------------------------------------


def test_the_middle_of_pace_is_a_share_of_the_quick_runs() -> None:
    form = form_of()
    form.come_to(a_run(start=LATER).start_at.timestamp())
    assert form.quick_mps is not None
    middle_mps = form.quick_mps * RULES.effort.pace.centre_share
    flat_hour: dict[str, Any] = {"minutes": 60, "km": middle_mps * 3.6}

    assert points_of("pace", **flat_hour) == pytest.approx(0, abs=1e-6)
    more = form_of(replace(KNOWN, offsets=Offsets(pace_share=0.02)))
    assert points_of("pace", more, **flat_hour) == pytest.approx(0.02 / 0.05 * 0.7, abs=1e-6)


def test_hills_and_length_make_the_same_pace_harder() -> None:
    flat = points_of("pace") or 0.0

    assert (points_of("pace", elevation_gain_m=90) or 0.0) < flat
    assert (points_of("pace", km=17.6, minutes=100) or 0.0) < flat


def test_a_game_s_idea_of_speed_counts_half() -> None:
    assert points_of("pace", sport="VirtualRun") == pytest.approx((points_of("pace") or 0.0) / 2)


@pytest.mark.parametrize(
    "more", [{"manual": True}, {"km": 0, "trainer": True}, {"laps": WALKED, "km": 4.72, "minutes": 37.9}]
)
def test_a_pace_that_says_nothing_gives_no_points(more: dict[str, Any]) -> None:
    assert points_of("pace", **more) is None
    assert points_of("pace", form_of(replace(KNOWN, use_pace=False))) is None


@pytest.mark.parametrize("top", [0.0, -3.0, NAN, INF, 2.0, 12.0])
def test_a_top_speed_that_cannot_be_gives_no_points(top: float) -> None:
    assert points_of("top", max_speed_mps=top) is None


# --- heart ----------------------------------------------------------------------------------------

HEART = ("heart", "swing")


@pytest.mark.parametrize("rate", [0.0, 251.0, NAN, INF, -3.0, 20.0])
@pytest.mark.parametrize("name", HEART)
def test_an_average_that_no_heart_has_gives_no_points(name: str, rate: float) -> None:
    assert points_of(name, hr=rate, max_hr=170) is None


@pytest.mark.parametrize("peak", [0.0, 251.0, NAN, INF, -3.0, 100.0])
def test_a_peak_that_no_heart_has_leaves_the_average(peak: float) -> None:
    assert points_of("swing", max_hr=peak) is None
    assert points_of("heart", max_hr=peak) is not None


@pytest.mark.parametrize("name", [*HEART, "load"])
def test_a_runner_whose_heart_rate_tells_nothing_gets_no_points_by_it(name: str) -> None:
    assert points_of(name, form_of(replace(KNOWN, use_heart=False)), suffer_score=50.0) is None


def test_a_short_run_and_a_sensor_that_counts_steps_count_less() -> None:
    own = RULES.effort.heart
    calm: dict[str, Any] = {"hr": 170, "max_hr": 189, "km": 8.0}
    full = points_of("heart", **calm) or 0.0

    assert points_of("heart", **{**calm, "minutes": 18, "km": 2.9}) == pytest.approx(
        full * own.short_run_weight
    )
    locked = points_of("heart", **calm, average_cadence=85)
    assert locked == pytest.approx(full * own.cadence_lock_weight)


def test_the_first_hour_speaks_for_a_long_run_whose_heart_rate_drifts() -> None:
    drifting = tuple(a_lap(1000, 380, 133.0 if number < 10 else 168.0) for number in range(14))
    seen = read_signs(a_run(km=14, minutes=88.7, hr=146, max_hr=170, splits=drifting), RULES)
    short = read_signs(a_run(km=14, minutes=70, hr=146, max_hr=170, splits=drifting), RULES)
    broken = read_signs(a_run(km=24, minutes=152, hr=146, max_hr=170, splits=drifting), RULES)

    assert (seen.heart_bpm, seen.first_hour) == (133, True)
    assert (short.heart_bpm, short.first_hour) == (146, False)
    assert (broken.heart_bpm, broken.first_hour) == (146, False)  # splits that do not add up


def test_for_the_first_runs_the_average_is_held_against_what_is_told() -> None:
    nobody, zones = Form(RULES), HeartRateZones((122, 152, 167, 182), custom=False)
    own_zones = Form(RULES, Told(zones=replace(zones, upper_bpm=(110, 140, 160, 175), custom=True)))
    told = Form(RULES, KNOWN)

    assert points_of("heart", nobody) is None  # an assumed highest heart rate tells nothing
    assert (points_of("heart", told, hr=152.0) or 0.0) == pytest.approx(0, abs=1e-9)
    assert (points_of("heart", told, hr=140.0) or 0.0) > 0
    assert (points_of("heart", Form(RULES, Told(zones=zones)), hr=130.0) or 0.0) > 0
    assert (points_of("heart", own_zones, hr=145.0) or 0.0) < 0


def test_offsets_move_the_middle_of_heart_rates() -> None:
    places = [
        points_of("heart", form_of(replace(KNOWN, offsets=Offsets(heart_share=share)))) or 0.0
        for share in (-0.1, 0.0, 0.1)
    ]

    assert [round(after - before, 6) for before, after in pairwise(places)] == [0.16, 0.16]


# --- parts ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("more", [{"sport": "TrailRun"}, {"elevation_gain_m": 170.0}])
def test_on_trails_unevenness_says_nothing(more: dict[str, Any]) -> None:
    uneven = kilometres([430, 320] * 4)

    assert points_of("uneven", km=8, splits=uneven) is not None
    assert points_of("uneven", km=8, splits=uneven, **more) is None


def test_unevenness_is_a_matter_of_pace() -> None:
    form = form_of(replace(KNOWN, use_pace=False))

    assert points_of("uneven", form, km=8, splits=kilometres([430, 320] * 4)) is None


def test_running_and_walking_in_turn_is_neither_uneven_nor_slow() -> None:
    parts = weighed(a_run(**{**PLAIN, "km": 4.72, "minutes": 37.9, "laps": WALKED})).parts

    assert not {"pace", "top", "uneven", "swing", "stops"} & {point.name for point, _ in parts}


def test_a_few_stops_say_nothing() -> None:
    assert points_of("stops", elapsed_time_s=3300) is None
    assert points_of("stops", elapsed_time_s=3600) == pytest.approx(-0.6 * (0.9 - 3000 / 3600) / 0.1)


# --- course ---------------------------------------------------------------------------------------


def test_a_usual_round_speaks_for_easy_and_a_rare_one_against() -> None:
    form = form_after([a_run(km=8, start=f"2030-04-{day:02} 07:00") for day in range(1, 29)])

    assert (points_of("usual", form, km=8.0, minutes=48) or 0.0) > 0
    assert (points_of("usual", form, km=11.0, minutes=66) or 0.0) < 0
    assert points_of("usual", Form(RULES)) is None


def test_hillier_than_usual_speaks_for_easy() -> None:
    found = [points_of("climb", elevation_gain_m=gain_m) or 0.0 for gain_m in (0.0, 35.0, 80.0, 160.0)]

    assert found == sorted(found)
    assert found[0] < 0 < found[-1]
    assert points_of("climb", manual=True) is None
    assert points_of("climb", elevation_gain_m=1e300) is None  # no such hills


def after(
    first: dict[str, Any], second: dict[str, Any], change: Callable[[Activity], Activity]
) -> float | None:
    """Points of the second of two files as a session after its warm-up."""
    form = form_after([*mixed_history(20), change(a_run(**first))], KNOWN)
    return points_of("session", form, **second)


WARM_UP: dict[str, Any] = {"km": 2.5, "minutes": 16, "start": "2030-05-09 06:40"}


def same(run: Activity) -> Activity:
    return run


def test_a_file_soon_after_a_short_slower_one_is_a_session() -> None:
    assert after(WARM_UP, {}, same) == -RULES.effort.session.weight
    assert after({**WARM_UP, "start": "2030-05-09 05:00"}, {}, same) is None  # two hours before
    assert after({**WARM_UP, "km": 4.0}, {}, same) is None  # quicker
    assert after({**WARM_UP, "minutes": 40, "km": 5, "start": "2030-05-09 06:10"}, {}, same) is None
    assert after({**WARM_UP, "start": "2030-05-09 06:55"}, {}, same) is None  # overlaps: no break
    hidden = after(WARM_UP, {}, lambda run: replace(run, start_hidden=True))
    assert hidden is None
    assert after(WARM_UP, {"start_hidden": True}, same) is None


# --- context and declared ---------------------------------------------------------------------------


def test_the_middle_of_easy_follows_the_runner_by_half() -> None:
    form = form_of()
    found = weighed(a_run(**PLAIN), form)
    by_name = {point.name: points for point, points in found.parts}
    assert form.usual_score is not None

    assert by_name["own_mix"] == pytest.approx(-RULES.effort.context.own_share * form.usual_score)
    assert found.score - found.own == pytest.approx(by_name["own_mix"])
    assert "own_mix" not in {point.name for point, _ in weighed(a_run(**PLAIN), form_of(runs=4)).parts}


def test_points_are_told_strongest_first() -> None:
    reasons = weighed(a_run(**{**PLAIN, "name": "Easy run", "perceived_exertion": 9.0})).reasons()

    assert [abs(reason.points) for reason in reasons] == sorted(
        (abs(reason.points) for reason in reasons), reverse=True
    )
    assert reasons[0].rule == "declared.rated"


def test_families_are_those_of_the_points_that_spoke() -> None:
    assert weighed(a_run(**PLAIN)).families == {Family.HEART, Family.PACE, Family.CONTEXT}
    spoken = weighed(a_run(**{**PLAIN, "name": "Easy run", "km": 8, "splits": kilometres([375] * 8)}))
    assert spoken.families == set(Family)


@pytest.mark.parametrize(("value", "expected"), [(-3, -2), (0.5, 0.5), (9, 2), (INF, 2), (-INF, -2)])
def test_points_are_held_within_bounds(value: float, expected: float) -> None:
    assert clamp(value, RULES.effort.points.bounds) == expected


def test_the_pace_of_a_runner_who_has_but_one_proves_little() -> None:
    alike = tuple(a_run(km=8, minutes=48, start=f"2030-04-{day:02} 07:00") for day in range(1, 13))
    pace = points_of("pace", form_after(alike), km=8, minutes=48, start="2030-04-20 07:00")

    own = RULES.effort.pace
    assert pace == pytest.approx(-own.weight * own.one_pace_weight * (1 - own.centre_share) / own.scale_share)
    assert judged(a_run(km=8, minutes=48, start="2030-04-20 07:00"), alike).kind is not RunKind.HARD
