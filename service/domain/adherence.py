"""Sessions done over sessions planned, as a plain count. Days are the runner's own."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

from service.domain.planner import WEEK, DoneSession, Size, week_holds, week_start
from service.domain.rules import parse_table

ONE_DAY = timedelta(days=1)
HALF_WEEK = timedelta(days=3)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class AdherenceRules:
    line_share: float  # drawn as a line, never as a grade
    short_days: int
    long_days: int


def parse_adherence_rules(mapping: Mapping[str, object]) -> AdherenceRules:
    """Read [adherence] of the whole rules file. Raises ValueError naming the key that is missing or wrong."""
    rules = parse_table(AdherenceRules, mapping.get("adherence", {}), "adherence")
    if not 0 < rules.line_share <= 1:
        raise ValueError("rules: adherence.line_share must be above 0 and not above 1")
    if rules.short_days < 7 or rules.long_days < rules.short_days:
        raise ValueError("rules: adherence.short_days must be at least 7 and not above adherence.long_days")
    return rules


@dataclass(frozen=True, slots=True)
class Share:
    done: float  # a mini counts half
    planned: float

    @property
    def share(self) -> float | None:
        """From 0 to 1; more than planned is still 1. None where nothing was planned."""
        return min(1.0, self.done / self.planned) if self.planned else None


@dataclass(frozen=True, slots=True)
class WeekCount:
    starts_on: date
    planned: int
    done_full: int
    done_mini: int
    excused: bool

    @property
    def done(self) -> float:
        return self.done_full * Size.FULL.credit + self.done_mini * Size.MINI.credit


def rekeyed(weeks: Mapping[date, T], week_starts_on: int) -> dict[date, T]:
    """By the first days of weeks as the runner counts them now.

    A week that was counted from another weekday goes to the one it shares most days with, unless that has
    an entry of its own.
    """
    own_last = sorted(weeks, key=lambda on: (on == week_start(on, week_starts_on), on))
    return {week_start(on + HALF_WEEK, week_starts_on): weeks[on] for on in own_last}


def adherence(
    done: Sequence[DoneSession],
    planned: Mapping[date, int],
    today: date,
    window_days: int,
    *,
    excused: Collection[date] = (),
    since: date | None = None,
) -> Share:
    """Count over the ``window_days`` days that end with ``today``.

    ``planned``: first day of a week -> sessions planned in it, with all weeks starting on one weekday; a week
    without an entry has no plan. A week that lies partly in the window, or that is not over, counts by its
    days. ``excused``: first days of weeks that are out of the count, with what was done in them. ``since``:
    the day the runner started; days before are no days of plan.
    """
    first = max(today - timedelta(days=window_days - 1), since or date.min)
    counted = {on: sessions for on, sessions in planned.items() if on not in excused}
    done_count, planned_count = 0.0, 0.0
    for starts_on, sessions in counted.items():
        begin, end = max(first, starts_on), min(today, starts_on + WEEK - ONE_DAY)
        planned_count += sessions * max(0, (end - begin).days + 1) / 7
        done_count += sum(session.size.credit for session in done if begin <= session.on <= end)
    return Share(done_count, round(planned_count, 2))


def week_counts(
    done: Sequence[DoneSession],
    planned: Mapping[date, int],
    first_week: date,
    last_week: date,
    *,
    excused: Collection[date] = (),
) -> tuple[WeekCount, ...]:
    """One row per week from ``first_week`` to ``last_week`` (their first days), oldest first."""
    rows = []
    starts_on = first_week
    while starts_on <= last_week:
        sizes = [session.size for session in done if week_holds(starts_on, session.on)]
        full = sum(size is Size.FULL for size in sizes)
        rows.append(
            WeekCount(starts_on, planned.get(starts_on, 0), full, len(sizes) - full, starts_on in excused)
        )
        starts_on += WEEK
    return tuple(rows)


def trend(
    done: Sequence[DoneSession],
    planned: Mapping[date, int],
    today: date,
    weeks: int,
    rules: AdherenceRules,
    *,
    week_starts_on: int = 0,
    excused: Collection[date] = (),
    since: date | None = None,
) -> tuple[tuple[date, Share], ...]:
    """(first day of a week, share over the short window up to that week's end or today), oldest first."""
    this_week = week_start(today, week_starts_on)
    points = []
    for back in range(weeks - 1, -1, -1):
        starts_on = this_week - back * WEEK
        until = min(today, starts_on + WEEK - ONE_DAY)
        share = adherence(done, planned, until, rules.short_days, excused=excused, since=since)
        points.append((starts_on, share))
    return tuple(points)
