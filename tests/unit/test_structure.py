"""What splits and laps say of a run."""

from dataclasses import replace

import pytest

from service.domain.activity import Activity, Split
from service.domain.rules import UnevenRules
from service.domain.structure import (
    Pattern,
    Structure,
    climb_m_per_km,
    grade_factor,
    hill_cost,
    level_speed_mps,
    pattern,
    read_structure,
)
from tests.builders import a_lap, a_run, kilometres, the_rules

RULES = the_rules()
OWN, GRADE = RULES.effort.structure, RULES.physiology.grade
NAN, INF = float("nan"), float("inf")
EVEN = kilometres([360, 358, 362, 361, 359, 360, 362, 358])
SWINGING = kilometres([360, 270, 380, 265, 390, 268, 380, 360])
REPEATS = (a_lap(2000, 720), *[a_lap(400, 85), a_lap(200, 90)] * 6)


# --- hills --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("grade", "factor"), [(0.03, 1.096), (0.05, 1.165), (-0.03, 0.970), (0.0, 1.0)])
def test_grades_cost_what_the_heart_says(grade: float, factor: float) -> None:
    assert grade_factor(grade, GRADE) == pytest.approx(factor, abs=0.001)


def test_grades_out_of_range_count_as_the_steepest_known() -> None:
    assert grade_factor(3.0, GRADE) == grade_factor(0.1, GRADE)
    assert grade_factor(-3.0, GRADE) == grade_factor(-0.1, GRADE)


@pytest.mark.parametrize(("grade", "cost"), [(0.0, 1.0), (0.05, 1.30), (0.10, 1.66), (-0.05, 0.76)])
def test_the_cost_of_hills_is_that_of_minetti(grade: float, cost: float) -> None:
    assert hill_cost(grade) == pytest.approx(cost, abs=0.01)


def test_a_kilometre_uphill_counts_as_a_quicker_one() -> None:
    assert level_speed_mps(a_lap(1000, 360, climb_m=30), GRADE) == pytest.approx(1000 / 360 * 1.096, rel=1e-3)


def test_a_speed_that_comes_with_the_hills_taken_out_is_taken_as_it_is() -> None:
    adjusted = replace(a_lap(1000, 360, climb_m=50), grade_adjusted_speed_mps=3.1)

    assert level_speed_mps(adjusted, GRADE) == 3.1
    assert level_speed_mps(replace(adjusted, grade_adjusted_speed_mps=None), GRADE) != 3.1


@pytest.mark.parametrize("wrong", [NAN, INF, 0.0, -2.0])
def test_a_wrong_adjusted_speed_is_worked_out_anew(wrong: float) -> None:
    piece = replace(a_lap(1000, 400), grade_adjusted_speed_mps=wrong)

    assert level_speed_mps(piece, GRADE) == 2.5


@pytest.mark.parametrize("climb_m", [NAN, INF, None])
def test_an_unknown_climb_counts_as_flat(climb_m: float | None) -> None:
    assert level_speed_mps(a_lap(1000, 400, climb_m=climb_m), GRADE) == 2.5


@pytest.mark.parametrize(
    "piece",
    [
        a_lap(0, 60),
        a_lap(-100, 60),
        replace(a_lap(400, 60), moving_time_s=0),
        replace(a_lap(400, 60), moving_time_s=-60),
        replace(a_lap(400, 60), distance_m=NAN),
        replace(a_lap(400, 60), distance_m=INF),
    ],
)
def test_a_piece_without_length_or_time_has_no_speed(piece: Split) -> None:
    assert level_speed_mps(piece, GRADE) is None


def test_a_piece_quicker_than_anyone_runs_is_held_back() -> None:
    assert level_speed_mps(a_lap(1000, 20), GRADE) == GRADE.most_speed_mps


@pytest.mark.parametrize(
    ("metres", "gain_m", "climb"),
    [
        (10_000, 150, 15),
        (10_000, 0, 0),
        (10_000, -5, 0),
        (10_000, NAN, 0),
        (0, 100, 0),
        (NAN, 100, 0),
        (1e-300, 1e300, 0),
    ],
)
def test_climb_goes_by_the_kilometre(metres: float, gain_m: float, climb: float) -> None:
    assert climb_m_per_km(a_run(distance_m=metres, elevation_gain_m=gain_m)) == pytest.approx(climb)


# --- parts that alternate ---------------------------------------------------------------------


def found(run: Activity, allowance: float = 0.0) -> Pattern:
    return pattern(read_structure(run, RULES), OWN, allowance)


@pytest.mark.parametrize(
    ("run", "expected"),
    [
        pytest.param(a_run(km=8, splits=EVEN), Pattern.STEADY, id="even kilometres"),
        pytest.param(a_run(km=8, splits=SWINGING), Pattern.BY_SPLITS, id="swinging kilometres"),
        pytest.param(a_run(km=5.6, laps=REPEATS), Pattern.BY_LAPS, id="repeats"),
        pytest.param(a_run(km=6, laps=kilometres([360, 300] * 3)), Pattern.STEADY, id="a watch's own laps"),
        pytest.param(a_run(km=8, laps=[a_lap(1609, 580)] * 5), Pattern.STEADY, id="a watch's own miles"),
        pytest.param(a_run(km=6, laps=REPEATS[:2]), Pattern.STEADY, id="too few laps to say"),
        pytest.param(a_run(km=2, splits=SWINGING[:2]), Pattern.STEADY, id="too few kilometres to say"),
        pytest.param(a_run(), Pattern.STEADY, id="nothing known of its parts"),
        pytest.param(a_run(km=8, splits=SWINGING, sport="TrailRun"), Pattern.STEADY, id="trail"),
        pytest.param(
            a_run(km=8, splits=SWINGING, elevation_gain_m=170), Pattern.STEADY, id="as steep as one"
        ),
    ],
)
def test_parts_that_alternate_are_seen(run: Activity, expected: Pattern) -> None:
    assert found(replace(run, laps=tuple(run.laps))) is expected


def test_laps_that_alternate_are_seen_even_where_they_differ_little() -> None:
    tempo = tuple(a_lap(1500, seconds) for seconds in (540, 420, 540, 420, 540))
    negative = tuple(a_lap(1500, seconds) for seconds in (540, 535, 480, 430, 425))

    assert found(a_run(km=7.5, laps=tempo)) is Pattern.BY_LAPS
    assert found(a_run(km=7.5, laps=negative)) is Pattern.STEADY  # quicker and quicker is no alternation


def test_the_last_lap_ends_with_the_run_and_makes_no_workout() -> None:
    own = (*kilometres([360, 358, 361, 360, 359]), a_lap(430, 155))

    assert read_structure(a_run(km=5.43, laps=own), RULES).lap_share is None


def test_the_last_part_of_a_kilometre_is_left_out() -> None:
    full = read_structure(a_run(km=8, splits=EVEN), RULES).split_share
    sprinted = (*EVEN, a_lap(300, 60))

    assert read_structure(a_run(km=8.3, splits=sprinted), RULES).split_share == full


def test_slow_drift_is_no_unevenness() -> None:
    drift = kilometres(range(330, 410, 10))
    split_share = read_structure(a_run(km=8, splits=drift), RULES).split_share

    assert split_share is not None
    assert split_share < 0.03


def test_hills_may_swing_more_and_so_may_a_runner_who_said_so() -> None:
    restless = kilometres([360, 410, 350, 425, 345, 415, 350, 410])
    flat, hilly = a_run(km=8, splits=restless), a_run(km=8, splits=restless, elevation_gain_m=130)
    share = read_structure(flat, RULES).split_share

    assert share is not None
    assert OWN.veto_split_share < share < OWN.veto_split_hilly_share
    assert (found(flat), found(hilly)) == (Pattern.BY_SPLITS, Pattern.STEADY)
    rolling = tuple(
        replace(split, elevation_difference_m=18.0 * (-1) ** n) for n, split in enumerate(restless)
    )
    assert read_structure(a_run(km=8, splits=rolling), RULES).hilly  # though it ends where it began
    assert found(flat, allowance=0.06) is Pattern.STEADY
    assert found(a_run(km=8, splits=SWINGING), allowance=1.0) is Pattern.BY_SPLITS  # not without end


@pytest.mark.parametrize(
    "wrong",
    [
        EVEN[:5],  # five kilometres of eight
        (*SWINGING, *SWINGING),  # sixteen
        (),
        tuple(replace(split, distance_m=NAN) for split in SWINGING),
        tuple(replace(split, moving_time_s=-1) for split in SWINGING),
    ],
)
def test_pieces_that_do_not_add_up_to_the_run_are_ignored(wrong: tuple[Split, ...]) -> None:
    run = a_run(km=8)

    assert read_structure(replace(run, splits=wrong, laps=wrong), RULES) == read_structure(run, RULES)


def test_a_treadmill_without_distance_still_has_laps() -> None:
    assert found(a_run(km=0, trainer=True, laps=REPEATS)) is Pattern.BY_LAPS


def test_how_much_pieces_differ_is_that_of_the_wider_of_kilometres_and_laps() -> None:
    uneven: UnevenRules = RULES.effort.uneven
    both = read_structure(a_run(km=5.6, splits=EVEN[:5], laps=REPEATS), RULES)
    only = read_structure(a_run(km=5.6, splits=EVEN[:5]), RULES)

    assert both.uneven_share is not None
    assert only.uneven_share is not None
    assert only.uneven_share < uneven.centre_share < both.uneven_share


def test_what_is_not_known_is_not_said() -> None:
    assert read_structure(a_run(), RULES) == Structure()
