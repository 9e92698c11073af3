from datetime import date, timedelta
from typing import Any

import pytest

from service.domain.effort import Judged, RunKind
from service.domain.mileage import WeekMileage, parse_mileage_rules, weekly
from tests.builders import a_judged, a_ride, a_run
from tests.builders_week import MONDAY, RULES_FILE, days_after

RULES = parse_mileage_rules(RULES_FILE)


def run(on: date, km: float = 8.0, kind: RunKind = RunKind.EASY, hour: str = "07:00", **more: Any) -> Judged:
    return a_judged(a_run(km=km, minutes=km * 6, start=f"{on} {hour}", **more), kind)


def history(km: float = 10.0, runs: int = 10) -> list[Judged]:
    """A run every third day up to two days before Monday."""
    return [run(days_after(MONDAY, -2 - 3 * back), km) for back in range(runs)]


def week_of(*judged: Judged) -> WeekMileage:
    return weekly(judged, 0, MONDAY, MONDAY, RULES)[0]


def test_running_is_told_apart_by_kind_and_adds_up() -> None:
    week = week_of(
        run(MONDAY, 8.0),
        run(days_after(MONDAY, 1), 10.0, RunKind.HARD),
        run(days_after(MONDAY, 5), 21.0, RunKind.RACE),
        run(days_after(MONDAY, 6), 16.0, RunKind.LONG),
    )
    assert (week.easy_m, week.long_m, week.hard_m) == (8000, 16000, 31000)
    assert (week.running_m, week.runs, week.longest_m) == (55000, 4, 21000)
    assert week.moving_time_s == 55 * 360


def test_a_run_nobody_can_tell_is_counted_as_easy_and_named() -> None:
    week = week_of(run(MONDAY, 8.0), run(days_after(MONDAY, 1), 6.0, RunKind.UNSURE))
    assert (week.easy_m, week.unsure_m) == (14000, 6000)


def test_a_distance_nobody_can_have_run_adds_nothing() -> None:
    week = week_of(run(MONDAY, 8.0), run(days_after(MONDAY, 1), distance_m=8_000_000.0))
    assert (week.running_m, week.longest_m, week.runs) == (8000, 8000, 2)


def test_other_sport_is_no_running() -> None:
    week = week_of(run(MONDAY), a_judged(a_ride(km=40, minutes=90, start=f"{MONDAY} 17:00")))
    assert (week.running_m, week.moving_time_s, week.runs) == (8000, week_of(run(MONDAY)).moving_time_s, 1)


def test_flagged_runs_do_not_count() -> None:
    assert week_of(run(MONDAY, flagged=True)).runs == 0


def test_a_run_recorded_twice_counts_once() -> None:
    twin = run(MONDAY, 8.1, hour="07:01")
    assert week_of(run(MONDAY, 8.0), twin).runs == 1


def test_weeks_without_a_run_are_rows_too() -> None:
    rows = weekly([run(MONDAY)], 0, days_after(MONDAY, -14), MONDAY, RULES)
    assert [row.runs for row in rows] == [0, 0, 1]
    assert [row.starts_on for row in rows] == [days_after(MONDAY, -14), days_after(MONDAY, -7), MONDAY]


def test_a_week_may_start_on_sunday() -> None:
    sunday = days_after(MONDAY, -1)
    assert weekly([run(sunday)], 6, sunday, sunday, RULES)[0].runs == 1
    with pytest.raises(ValueError, match="does not start a week"):
        weekly([], 0, sunday, sunday, RULES)


def test_a_run_late_on_sunday_counts_for_the_week_it_started_in() -> None:
    rows = weekly([run(days_after(MONDAY, -1), hour="23:40")], 0, days_after(MONDAY, -7), MONDAY, RULES)
    assert [row.runs for row in rows] == [1, 0]


# --- longer than usual ----------------------------------------------------------------------------


def test_a_run_well_over_the_longest_of_thirty_days_is_marked() -> None:
    week = weekly([*history(), run(MONDAY, 12.2)], 0, MONDAY, MONDAY, RULES)[0]
    assert week.longer_than_usual == pytest.approx(0.22)


@pytest.mark.parametrize(
    ("past", "today"),
    [
        (history(), run(MONDAY, 11.0)),  # ten per cent is not over ten per cent
        (history(runs=5), run(MONDAY, 20.0)),  # too few runs
        (history(runs=7), run(MONDAY, 20.0)),  # too short a history
        (history(), run(MONDAY, 20.0, RunKind.RACE)),  # a race: the runner knows
    ],
)
def test_no_mark_without_a_base_or_for_a_race(past: list[Judged], today: Judged) -> None:
    assert weekly([*past, today], 0, MONDAY, MONDAY, RULES)[0].longer_than_usual is None


def test_what_lies_over_thirty_days_back_is_no_measure() -> None:
    past = [*history(), run(MONDAY - timedelta(days=40), 30.0)]
    assert weekly([*past, run(MONDAY, 12.2)], 0, MONDAY, MONDAY, RULES)[0].longer_than_usual is not None


def test_a_recording_error_is_neither_longest_nor_a_measure() -> None:
    wrong = a_judged(a_run(km=42, minutes=30, start=f"{days_after(MONDAY, -1)} 07:00"), RunKind.EASY)
    week = weekly([*history(), wrong, run(MONDAY, 12.2)], 0, days_after(MONDAY, -7), MONDAY, RULES)
    assert week[0].longest_m == 10000
    assert week[0].longer_than_usual is None
    assert week[1].longer_than_usual == pytest.approx(0.22)


def test_a_run_without_distance_is_a_run() -> None:
    week = week_of(a_judged(a_run(km=0, minutes=40, start=f"{MONDAY} 07:00"), RunKind.UNSURE))
    assert (week.runs, week.running_m, week.moving_time_s, week.longest_m) == (1, 0, 2400, 0)


def test_wrong_rules_name_the_key() -> None:
    with pytest.raises(ValueError, match=r"mileage\.glitch_mps"):
        parse_mileage_rules({"mileage": RULES_FILE["mileage"] | {"glitch_mps": 0.0}})
