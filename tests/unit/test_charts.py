"""The chart of running and sessions: places and sizes."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from service.web.charts import NARROW, WIDE, Chart, Layout, WeekBar, chart, scale

FIRST = date(2030, 2, 18)


def a_week(number: int = 0, **fields: Any) -> WeekBar:
    on = FIRST + timedelta(weeks=number)
    bar = WeekBar(
        starts_on=on,
        easy=20.0,
        long=10.0,
        hard=6.0,
        done_full=2,
        done_mini=0,
        open=0,
        excused=False,
        longer=False,
        share=1.0,
        tick=f"{on.day} {on:%b}",
        label=f"week {number}",
        href=f"?week={on}",
    )
    return replace(bar, **fields)


def twelve(**last: Any) -> list[WeekBar]:
    return [a_week(number) for number in range(11)] + [a_week(11, **last)]


def drawn(weeks: list[WeekBar], layout: Layout = NARROW) -> Chart:
    return chart(weeks, FIRST, "km", layout)


@pytest.mark.parametrize(
    ("highest", "expected"),
    [(0, (10, 5)), (7, (8, 2)), (36, (40, 10)), (47, (60, 20)), (101, (150, 50)), (0.4, (0.4, 0.1))],
)
def test_the_scale_ends_on_a_round_number_above_the_highest_week(
    highest: float, expected: tuple[float, float]
) -> None:
    assert scale(highest) == pytest.approx(expected)


@pytest.mark.parametrize("layout", [NARROW, WIDE])
def test_easy_lies_at_the_bottom_and_hard_on_top_with_two_units_between(layout: Layout) -> None:
    column = drawn(twelve(), layout).columns[0]

    assert [piece.band for piece in column.pieces] == ["easy", "long", "hard"]
    easy, long, hard = column.pieces
    assert easy.y - (long.y + long.height) == pytest.approx(2, abs=0.1)
    assert long.y - (hard.y + hard.height) == pytest.approx(2, abs=0.1)


def test_a_distance_is_as_high_as_its_share_of_the_scale() -> None:
    made = drawn(twelve())  # the scale ends at 40
    easy = made.columns[0].pieces[0]

    assert made.foot - easy.y == pytest.approx(NARROW.bars_height * 20 / 40)


def test_marks_stand_one_below_the_other_done_first_then_mini_then_open() -> None:
    column = drawn(twelve(done_full=1, done_mini=1, open=1)).columns[-1]

    assert [mark.kind for mark in column.marks] == ["done", "mini", "open"]
    assert [mark.y for mark in column.marks] == [228, 241, 254]


def test_more_marks_push_the_line_down_and_never_exceed_four() -> None:
    usual, crowded = drawn(twelve()), drawn(twelve(done_full=7))

    assert len(crowded.columns[-1].marks) == 4
    assert crowded.line_top == usual.line_top + 2 * 13


def test_the_line_breaks_where_nothing_was_planned() -> None:
    weeks = [replace(week, share=None if index in (0, 5) else 0.5) for index, week in enumerate(twelve())]
    made = drawn(weeks)

    assert made.line.count("M") == 2
    assert made.line_end == (made.columns[-1].middle, made.line_foot - 32)


def test_without_any_plan_there_is_no_line() -> None:
    made = drawn([replace(week, share=None) for week in twelve()])

    assert made.line == ""
    assert made.line_end is None


def test_the_goal_lies_at_three_quarters() -> None:
    made = drawn(twelve())

    assert made.goal_y == made.line_foot - 48


def test_only_the_chosen_week_is_selected() -> None:
    made = chart(twelve(), FIRST + timedelta(weeks=11), "km", WIDE)

    assert [column.selected for column in made.columns] == [False] * 11 + [True]


def test_the_mark_of_a_longer_run_floats_above_its_bar() -> None:
    column = drawn(twelve(longer=True)).columns[-1]

    assert column.longer_y == pytest.approx(column.pieces[-1].y - 14, abs=0.1)


def test_the_dates_below_do_not_touch() -> None:
    ticks = drawn(twelve()).ticks

    assert [tick.text for tick in ticks] == ["4 Mar", "25 Mar", "15 Apr", "6 May"]
    assert all(later.x - earlier.x > 50 for earlier, later in pairwise(ticks))


def test_everything_stays_inside_its_drawing() -> None:
    for layout in (NARROW, WIDE):
        made = drawn(twelve(done_full=4, easy=90.0), layout)
        assert all(0 <= column.hit_x <= layout.width - made.column_width for column in made.columns)
        assert made.ticks_y < made.height
        assert min(piece.y for column in made.columns for piece in column.pieces) >= 24


def test_weeks_without_running_have_no_bars() -> None:
    made = drawn([replace(week, easy=0.0, long=0.0, hard=0.0) for week in twelve()])

    assert all(column.pieces == () for column in made.columns)
    assert [line.text for line in made.grid] == ["0", "5", "10"]


def test_no_week_is_no_chart() -> None:
    with pytest.raises(ValueError, match="at least one week"):
        drawn([])
