"""The small charts of one exercise, as places and sizes for a template: its level over time, its two sides.

Units are those of the drawing, which is as wide as a phone's card.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from service.domain.results import SideGap
from service.web.charts import Grid, Tick

WIDTH = 326.0
LEFT, RIGHT = 30.0, 6.0  # room for the numbers of the scale, and for the mark at the end
TOP = 12.0
LEVEL_HEIGHT = 26.0
SIDE_HEIGHT = 44.0  # to each side of none
TICKS_BELOW = 20.0
LEAST_GAP = 3  # so that a difference of one does not fill the chart
BAR_MOST = 10.0


@dataclass(frozen=True, slots=True)
class StepChart:
    height: float
    grid: tuple[Grid, ...]
    line: str  # path
    end: tuple[float, float]
    ticks: tuple[Tick, ...]
    ticks_y: float
    width: float = WIDTH
    left: float = LEFT
    right: float = WIDTH - RIGHT


@dataclass(frozen=True, slots=True)
class Bar:
    """Of one session. One without a difference has no height: it is a mark on the line."""

    middle: float
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class SideChart:
    height: float
    grid: tuple[Grid, ...]  # right, none, left
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    ticks_y: float
    width: float = WIDTH
    left: float = LEFT
    right: float = WIDTH - RIGHT


def step_chart(
    levels: Sequence[tuple[date, int]], until: date, highest: int, days: tuple[str, str]
) -> StepChart:
    """``levels``: after each session, oldest first; ``until``: the day the line is drawn to.

    ``days``: the first and the last in words. Raises ValueError for no levels.
    """
    if not levels:
        raise ValueError("a chart of levels needs at least one")
    foot = TOP + (highest - 1) * LEVEL_HEIGHT
    first_on, right = levels[0][0], WIDTH - RIGHT
    span = max((until - first_on).days, 1)

    def x(on: date) -> str:
        return f"{LEFT + (right - LEFT) * (on - first_on).days / span:.1f}"

    def y(level: int) -> float:
        return foot - (level - 1) * LEVEL_HEIGHT

    parts = [f"M{LEFT:g} {y(levels[0][1]):g}"]
    for (_, before), (on, level) in pairwise(levels):
        if level != before:
            parts.append(f"H{x(on)}V{y(level):g}")
    return StepChart(
        height=foot + TICKS_BELOW + 6,
        grid=tuple(Grid(y(level), f"{level}") for level in range(1, highest + 1)),
        line="".join([*parts, f"H{right:g}"]),
        end=(right, y(levels[-1][1])),
        ticks=_ticks(days),
        ticks_y=foot + TICKS_BELOW,
    )


def side_chart(gaps: Sequence[SideGap], days: tuple[str, str]) -> SideChart:
    """One bar a session, oldest first: up where the right side did more, down where the left did."""
    if not gaps:
        raise ValueError("a chart of sides needs at least one session")
    middle, right = TOP + SIDE_HEIGHT, WIDTH - RIGHT
    differences = [gap.right_reps - gap.left_reps for gap in gaps]
    most = max(LEAST_GAP, *map(abs, differences))
    column = (right - LEFT) / len(gaps)
    width = min(BAR_MOST, column * 0.7)
    bars = []
    for index, difference in enumerate(differences):
        x = LEFT + (index + 0.5) * column
        height = abs(difference) / most * SIDE_HEIGHT
        y = middle - height if difference > 0 else middle
        bars.append(Bar(*(round(value, 1) for value in (x, x - width / 2, y, width, height))))
    foot = middle + SIDE_HEIGHT
    return SideChart(
        height=foot + TICKS_BELOW + 6,
        grid=(Grid(TOP, f"{most}"), Grid(middle, "0"), Grid(foot, f"{most}")),
        bars=tuple(bars),
        ticks=_ticks(days),
        ticks_y=foot + TICKS_BELOW,
    )


def _ticks(days: tuple[str, str]) -> tuple[Tick, ...]:
    """At the two ends; one where both are the same day."""
    first, last = days
    end = Tick(WIDTH - RIGHT, last, "end")
    return (end,) if first == last else (Tick(LEFT, first, "start"), end)
