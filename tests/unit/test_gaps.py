"""The small charts of one exercise: places and sizes."""

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest

from service.domain.results import SideGap
from service.web.gaps import LEFT, RIGHT, TOP, WIDTH, side_chart, step_chart

FIRST = date(2030, 3, 4)
DAYS = ("4 Mar", "8 May")
EDGE = WIDTH - RIGHT


def after(days: int) -> date:
    return FIRST + timedelta(days=days)


def gap(left: int, right: int) -> SideGap:
    return SideGap(FIRST, left, right)


def test_a_level_is_a_step_on_the_day_it_was_reached_and_lasts_until_today() -> None:
    chart = step_chart([(FIRST, 1), (after(3), 1), (after(10), 2)], after(20), 4, DAYS)

    middle = LEFT + (EDGE - LEFT) / 2
    foot, second = chart.grid[0].y, chart.grid[1].y
    assert chart.line == f"M{LEFT:g} {foot:g}H{middle:.1f}V{second:g}H{EDGE:g}"
    assert chart.end == (EDGE, second)
    assert [line.text for line in chart.grid] == ["1", "2", "3", "4"]
    assert chart.grid[3].y == TOP < second < foot


def test_a_level_back_is_a_step_down() -> None:
    chart = step_chart([(FIRST, 3), (after(5), 2)], after(5), 4, DAYS)
    steps = [float(y) for y in re.findall(r"V([\d.]+)", chart.line)]
    assert steps == [chart.grid[1].y]
    assert chart.grid[1].y > chart.grid[2].y


def test_a_first_session_of_today_is_a_line_and_one_day() -> None:
    chart = step_chart([(FIRST, 1)], FIRST, 1, ("4 Mar", "4 Mar"))
    assert chart.line == f"M{LEFT:g} {TOP:g}H{EDGE:g}"
    assert [tick.text for tick in chart.ticks] == ["4 Mar"]


def test_the_side_that_did_more_is_up_for_the_right_and_down_for_the_left() -> None:
    chart = side_chart([gap(10, 14), gap(14, 12), gap(12, 12)], DAYS)
    top, middle, foot = (line.y for line in chart.grid)
    right, left, even = chart.bars

    assert (right.y, right.y + right.height) == (top, middle)  # four, the most there is
    assert left.y == middle
    assert left.height == pytest.approx(right.height / 2)
    assert (even.y, even.height) == (middle, 0)
    assert [line.text for line in chart.grid] == ["4", "0", "4"]
    assert foot - middle == middle - top


def test_a_difference_of_one_does_not_fill_the_chart() -> None:
    chart = side_chart([gap(10, 11)], DAYS)
    assert chart.bars[0].height < (chart.grid[1].y - chart.grid[0].y) / 2


@pytest.mark.parametrize("sessions", [1, 6, 20])
def test_bars_stand_apart_and_inside(sessions: int) -> None:
    bars = side_chart([gap(8, 12)] * sessions, DAYS).bars
    assert bars[0].x >= LEFT
    assert bars[-1].x + bars[-1].width <= EDGE
    assert all(one.x + one.width < other.x for one, other in pairwise(bars))


def test_nothing_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="at least one"):
        step_chart([], FIRST, 4, DAYS)
    with pytest.raises(ValueError, match="at least one"):
        side_chart([], DAYS)
