"""The figures that the bench tells of a replay, besides those of the shared tool."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench.replay_figures import Unanswered, Weeks, together, unanswered, weeks_reached

MONDAY = date(2030, 5, 6)


def a_week(done: float, *, on: date = MONDAY, target: int = 2, excused: bool = False) -> dict[str, Any]:
    return {"kind": "week", "week": on.isoformat(), "target": target, "done": done, "excused": excused}


def evenings(*days: int) -> list[datetime]:
    return [datetime(2030, 5, day, 18, 30, tzinfo=UTC) for day in days]


def sent(*days: float) -> list[dict[str, Any]]:
    first = datetime(2030, 5, 6, 18, 30)
    return [{"kind": "prompt", "sent_at_local": (first + timedelta(days=day)).isoformat()} for day in days]


def test_a_week_is_missed_only_where_its_days_allowed_the_target() -> None:
    assert weeks_reached([a_week(1)], {MONDAY: evenings(6, 7)}) == Weeks(1, 0, 0)
    assert weeks_reached([a_week(1)], {MONDAY: evenings(6, 9)}) == Weeks(1, 0, 1)


def test_a_week_that_was_reached_could_be_reached() -> None:
    assert weeks_reached([a_week(2)], {MONDAY: evenings(6)}) == Weeks(1, 1, 1)


def test_the_last_session_of_the_week_before_stands_in_the_way() -> None:
    sunday_evening = {"kind": "session", "done_at_local": "2030-05-05T18:50:00"}
    assert weeks_reached([sunday_evening, a_week(1)], {MONDAY: evenings(6, 8)}) == Weeks(1, 0, 0)


def test_excused_weeks_are_left_out() -> None:
    assert weeks_reached([a_week(0, excused=True)], {MONDAY: evenings(6, 9)}) == Weeks(0, 0, 0)


def test_the_share_is_of_what_could_be_reached() -> None:
    assert together([Weeks(5, 3, 4), Weeks(1, 0, 0)]).share == 0.75
    assert together([]).share == 1.0


def test_prompts_without_an_answer_are_counted_from_the_first() -> None:
    assert unanswered(sent(0, 1, 20.9, 21, 27, 28, 50, 61)) == Unanswered(2, 3, 1)
    assert unanswered([]) == Unanswered(0, 0, 0)


def test_the_busiest_month_begins_with_the_fourth_week() -> None:
    assert unanswered(sent(0, *range(1, 21), 49, 50, 51)).busiest_month == 3
