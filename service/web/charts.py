"""The chart of running and sessions: three bands over one row of weeks, as places and sizes for a template.

Units are those of the drawing. The same weeks are laid out twice, for a phone and for a desktop, because
text that is scaled with its drawing cannot be read.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10

LEFT, RIGHT = 30.0, 4.0  # room for the numbers of the scale
BAND_TOP = 24.0
MARK_STEP = 13.0
MARKS_BELOW = 22.0  # from the foot of the bars to the first mark
LINE_GAP = 20.0
LINE_HEIGHT = 64.0
MOST_MARKS = 4
GOAL = 75.0  # percent


@dataclass(frozen=True, slots=True)
class WeekBar:
    """One week, as the chart needs it. Distances in the runner's unit."""

    starts_on: date
    easy: float
    long: float
    hard: float
    done_full: int
    done_mini: int
    open: int  # planned and not done
    excused: bool
    longer: bool  # a run was longer than usual
    share: float | None  # done of planned over 28 days, 0 to 1
    tick: str  # "24 Aug"
    label: str  # the whole week in words
    href: str


@dataclass(frozen=True, slots=True)
class Layout:
    """``kind`` names the variant in the style sheet and in ids."""

    kind: str
    width: float
    bar: float
    bars_height: float


NARROW = Layout("narrow", 326.0, 14.0, 182.0)
WIDE = Layout("wide", 640.0, 26.0, 223.0)


@dataclass(frozen=True, slots=True)
class Grid:
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Piece:
    band: str
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Mark:
    kind: str  # done | mini | open
    y: float


@dataclass(frozen=True, slots=True)
class Column:
    x: float  # of the bar
    middle: float
    hit_x: float  # of the whole column
    pieces: tuple[Piece, ...]
    marks: tuple[Mark, ...]
    excused: bool
    longer_y: float | None
    selected: bool
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Tick:
    x: float
    text: str
    anchor: str


@dataclass(frozen=True, slots=True)
class Chart:
    layout: Layout
    unit: str
    height: float
    column_width: float
    foot: float  # of the bars
    placeholder: float  # height of an excused week's hatching
    grid: tuple[Grid, ...]
    columns: tuple[Column, ...]
    marks_y: float
    line: str  # path of the share; "" where nothing was planned yet
    line_end: tuple[float, float] | None
    line_top: float
    line_foot: float
    goal_y: float
    ticks: tuple[Tick, ...]
    ticks_y: float
    right: float


def chart(weeks: Sequence[WeekBar], selected: date, unit: str, layout: Layout) -> Chart:
    """Lay ``weeks`` out, oldest first. Raises ValueError for none."""
    if not weeks:
        raise ValueError("a chart needs at least one week")
    right = layout.width - RIGHT
    column = (right - LEFT) / len(weeks)
    foot = BAND_TOP + layout.bars_height
    top, step = scale(max(week.easy + week.long + week.hard for week in weeks))
    per_unit = layout.bars_height / top
    marks_y = foot + MARKS_BELOW
    rows = max(2, *(min(MOST_MARKS, _marks_of(week)) for week in weeks))
    line_top = marks_y + (rows - 1) * MARK_STEP + LINE_GAP
    line_foot = line_top + LINE_HEIGHT
    columns = tuple(
        _column(week, LEFT + index * column, column, layout, foot, per_unit, marks_y, selected)
        for index, week in enumerate(weeks)
    )
    points = [
        (columns[index].middle, _share_y(week.share, line_foot)) if week.share is not None else None
        for index, week in enumerate(weeks)
    ]
    known = [point for point in points if point]
    return Chart(
        layout=layout,
        unit=unit,
        height=line_foot + 29,
        column_width=_round(column),
        foot=foot,
        placeholder=_round(layout.bars_height * 0.7),
        grid=tuple(Grid(_round(foot - value * per_unit), f"{value:g}") for value in _steps(top, step)),
        columns=columns,
        marks_y=marks_y,
        line=_path(points),
        line_end=known[-1] if known else None,
        line_top=line_top,
        line_foot=line_foot,
        goal_y=_share_y(GOAL / 100, line_foot),
        ticks=_ticks(weeks, columns, right),
        ticks_y=line_foot + 21,
        right=right,
    )


def scale(highest: float) -> tuple[float, float]:
    """(top, step) of an axis from 0 with two to four round steps; 0 gives an axis to 10."""
    if highest <= 0:
        return 10.0, 5.0
    power = 10.0 ** floor(log10(highest / 3))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= highest / 4)
    return step * max(2, ceil(highest / step)), step


def _steps(top: float, step: float) -> list[float]:
    return [number * step for number in range(round(top / step) + 1)]


def _column(
    week: WeekBar,
    left: float,
    width: float,
    layout: Layout,
    foot: float,
    per_unit: float,
    marks_y: float,
    selected: date,
) -> Column:
    middle = left + width / 2
    pieces = []
    y = foot
    for band, amount in (("easy", week.easy), ("long", week.long), ("hard", week.hard)):
        if amount > 0:
            height = amount * per_unit
            y -= height
            # two units of ground between the pieces; a sliver stays visible
            pieces.append(Piece(band, _round(y), _round(max(1.5, height - 2))))
    return Column(
        x=_round(middle - layout.bar / 2),
        middle=_round(middle),
        hit_x=_round(left),
        pieces=tuple(pieces),
        marks=_marks(week, marks_y),
        excused=week.excused,
        longer_y=_round(y - 14) if week.longer else None,
        selected=week.starts_on == selected,
        label=week.label,
        href=week.href,
    )


def _marks_of(week: WeekBar) -> int:
    return week.done_full + week.done_mini + week.open


def _marks(week: WeekBar, first_y: float) -> tuple[Mark, ...]:
    """Done first, then minis, then what is open."""
    kinds = ["done"] * week.done_full + ["mini"] * week.done_mini + ["open"] * week.open
    return tuple(Mark(kind, first_y + row * MARK_STEP) for row, kind in enumerate(kinds[:MOST_MARKS]))


def _share_y(share: float, foot: float) -> float:
    return _round(foot - share * LINE_HEIGHT)


def _path(points: Sequence[tuple[float, float] | None]) -> str:
    """A line that breaks where a point is missing."""
    parts: list[str] = []
    drawing = False
    for point in points:
        if point is not None:
            parts.append(f"{'L' if drawing else 'M'}{point[0]:g} {point[1]:g}")
        drawing = point is not None
    return "".join(parts)


def _ticks(weeks: Sequence[WeekBar], columns: Sequence[Column], right: float) -> tuple[Tick, ...]:
    """Every third week back from the last, which ends at the edge so that it stays inside."""
    last = len(weeks) - 1
    shown = range(last % 3, last, 3)
    inner = tuple(Tick(columns[index].middle, weeks[index].tick, "middle") for index in shown)
    return (*inner, Tick(right, weeks[last].tick, "end"))


def _round(value: float) -> float:
    return round(value, 1)
