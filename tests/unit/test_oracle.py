"""The most that a week allows, for whoever knows it in advance."""

from datetime import UTC, date, datetime

from bench.oracle import best_count, moments_of_weeks
from service.replay.span import on_the_wall
from tests.builders import a_run, steady_history, the_rules

MONDAY = date(2030, 4, 29)


def hours(*days: int) -> list[datetime]:
    return [datetime(2030, 5, day, 18, 30, tzinfo=UTC) for day in days]


def test_sessions_on_days_that_follow_each_other_do_not_fit() -> None:
    assert best_count(hours(6, 7), None, 2) == 1
    assert best_count(hours(6, 7, 8), None, 2) == 2
    assert best_count(hours(6, 8, 10, 12), None, 2) == 2
    assert best_count([], None, 2) == 0


def test_the_last_session_of_the_week_before_counts() -> None:
    assert best_count(hours(6, 8), hours(5)[0], 2) == 1


def test_easy_runs_and_empty_days_are_good_moments_and_hard_ones_are_not() -> None:
    history = (*steady_history(), a_run(km=10, minutes=44, hr=175, max_hr=188, start="2030-05-05 09:00"))
    moments = moments_of_weeks(history, [MONDAY], the_rules())[MONDAY]

    days = [at.weekday() for at in moments]
    assert {0, 4} <= set(days)  # nothing was recorded
    assert 2 not in days  # brisk
    assert 5 not in days  # long
    assert 6 not in days  # hard


def test_a_run_that_ends_in_the_night_leaves_no_moment_and_one_before_dawn_a_later_one() -> None:
    late = a_run(km=7.2, minutes=45, hr=132, max_hr=146, start="2030-04-29 21:00")
    early = a_run(km=7.2, minutes=45, hr=132, max_hr=146, start="2030-05-03 05:00")
    moments = moments_of_weeks(on_the_wall((*steady_history(), late, early)), [MONDAY], the_rules())[MONDAY]

    assert [at.isoformat() for at in moments if at.day in (29, 3)] == ["2030-05-03T07:30:00+00:00"]
