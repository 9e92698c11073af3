"""What a runner usually does on which weekday and at which hour.

Habits rank days and hours, they assert nothing: weekdays tell run days hardly better than the base rate.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from service.domain.activity import Activity
from service.domain.effort import RunKind
from service.domain.recordings import length
from service.domain.rules import HabitRules, RestRules, Rules
from service.domain.sports import DayKind, other_part
from service.domain.windows import quantile

RUN_DAYS = {
    RunKind.EASY: DayKind.RUN_EASY,
    RunKind.UNSURE: DayKind.RUN_UNSURE,
    RunKind.HARD: DayKind.RUN_HARD,
    RunKind.LONG: DayKind.LONG,
    RunKind.RACE: DayKind.RACE,
}
HARDEST_FIRST = (
    DayKind.RACE,
    DayKind.RUN_HARD,
    DayKind.LONG,
    DayKind.XT_HARD,
    DayKind.LEGS,
    DayKind.RUN_UNSURE,
    DayKind.RUN_EASY,
    DayKind.XT_EASY,
)
# What a new runner's week is taken for: of run days three in five easy, one hard, one long.
_RUN_SHARES = {DayKind.RUN_EASY: 0.6, DayKind.RUN_HARD: 0.2, DayKind.LONG: 0.2}


@dataclass(frozen=True, slots=True)
class Habits:
    """Weekdays count from 0, Monday."""

    rest_from: time  # an empty day is called a rest day from this hour on
    chances: tuple[Mapping[DayKind, float], ...]  # per weekday
    start_hours: tuple[float, ...]  # first start of each run day, ascending
    finish_hours: tuple[float | None, ...]  # per weekday, usual end of its run
    start_pseudo_days: float
    default_start_hours: tuple[float, float]

    def kind_chances(self, weekday: int) -> Mapping[DayKind, float]:
        """Sums to 1. A run nobody judged counts as RUN_UNSURE."""
        return self.chances[weekday]

    def run_rate(self, weekday: int) -> float:
        return sum(self.chances[weekday].get(kind, 0.0) for kind in RUN_DAYS.values())

    def p_run_later(self, weekday: int, at: time) -> float:
        """Chance that a run still starts after ``at`` when none has started yet (Bayes)."""
        hour = at.hour + at.minute / 60
        first, last = self.default_start_hours
        usual = min(1.0, max(0.0, (last - hour) / (last - first)))
        later = len(self.start_hours) - bisect_right(self.start_hours, hour)
        share = (later + self.start_pseudo_days * usual) / (len(self.start_hours) + self.start_pseudo_days)
        rate = self.run_rate(weekday)
        missed = rate * share + 1 - rate
        return rate * share / missed if missed > 0 else 0.0

    def usual_finish(self, weekday: int) -> time | None:
        """End of that weekday's run, else of any run; ``None`` without enough runs."""
        hour = self.finish_hours[weekday]
        return _as_time(hour) if hour is not None else None


def habits(
    activities: Iterable[Activity],
    at_local: datetime,
    rules: Rules,
    *,
    kinds: Mapping[int, RunKind] | None = None,
) -> Habits:
    """Read them from whatever was recorded before the local day of ``at_local``.

    ``kinds``: kind of run by activity id, as far as judged.
    """
    today, own = at_local.date(), rules.days.habit
    past = [each for each in activities if each.local_on < today]
    runs = [each for each in past if each.is_run and _counts(each, kinds, rules)]
    timed = [run for run in runs if not run.start_hidden]
    starts = _first_starts(timed, today - timedelta(days=rules.days.rest.start_days))
    chances = _chances(
        _days(past, runs, kinds, rules), min((each.local_on for each in past), default=None), today, own
    )
    return Habits(
        rest_from=_rest_from(starts, rules.days.rest),
        chances=chances,
        start_hours=starts,
        finish_hours=_finish_hours(
            [run for run in timed if run.local_on >= today - timedelta(days=own.finish_days)], own
        ),
        start_pseudo_days=own.start_pseudo_days,
        default_start_hours=own.start_hours,
    )


def _counts(run: Activity, kinds: Mapping[int, RunKind] | None, rules: Rules) -> bool:
    if kinds is not None and run.id in kinds:
        return kinds[run.id] is not RunKind.TOO_SHORT
    return run.moving_time_s >= rules.effort.label.least_minutes * 60


def _days(
    past: Sequence[Activity], runs: Sequence[Activity], kinds: Mapping[int, RunKind] | None, rules: Rules
) -> dict[date, DayKind]:
    """The kind of each day on which something counted."""
    found: dict[date, list[DayKind]] = defaultdict(list)
    for run in runs:
        long = run.moving_time_s >= rules.effort.long.minutes * 60
        unjudged = RunKind.LONG if long else RunKind.UNSURE
        found[run.local_on].append(RUN_DAYS[(kinds or {}).get(run.id, unjudged)])
    for activity in past:
        if not activity.is_run and (part := other_part(activity, rules)):
            found[activity.local_on].append(part.kind)
    return {on: min(day, key=HARDEST_FIRST.index) for on, day in found.items()}


def _chances(
    days: Mapping[date, DayKind], first_on: date | None, today: date, own: HabitRules
) -> tuple[Mapping[DayKind, float], ...]:
    """Per weekday: recent weeks weigh more, two pseudo-days at the base rate keep it from certainty."""
    base = _base(days, first_on, today, own)
    table = [{kind: own.pseudo_days * share for kind, share in base.items()} for _ in range(7)]
    for ago in range(1, own.weeks * 7 + 1):
        on = today - timedelta(days=ago)
        if first_on is None or on < first_on:
            break
        kind = days.get(on, DayKind.REST)
        row = table[on.weekday()]
        row[kind] = row.get(kind, 0.0) + own.week_weight ** ((ago - 1) // 7)
    return tuple(_shares(row) for row in table)


def _base(
    days: Mapping[date, DayKind], first_on: date | None, today: date, own: HabitRules
) -> Mapping[DayKind, float]:
    rate = own.base_run_rate
    counts = {kind: own.pseudo_days * rate * share for kind, share in _RUN_SHARES.items()}
    counts[DayKind.REST] = own.pseudo_days * (1 - rate)
    for ago in range(1, own.base_days + 1):
        on = today - timedelta(days=ago)
        if first_on is None or on < first_on:
            break
        kind = days.get(on, DayKind.REST)
        counts[kind] = counts.get(kind, 0.0) + 1
    return _shares(counts)


def _shares(counts: Mapping[DayKind, float]) -> Mapping[DayKind, float]:
    total = sum(counts.values())
    return {kind: count / total for kind, count in counts.items()}


def _first_starts(runs: Sequence[Activity], since: date) -> tuple[float, ...]:
    first: dict[date, float] = {}
    for run in runs:
        if run.local_on >= since:
            hour = _hour(run.start_local)
            first[run.local_on] = min(hour, first.get(run.local_on, hour))
    return tuple(sorted(first.values()))


def _rest_from(starts: Sequence[float], own: RestRules) -> time:
    """Half an hour after nine in ten of the runner's first starts, within sensible bounds."""
    if len(starts) < own.start_least_days:
        return own.default_from
    usual = _as_time(quantile(starts, own.start_percentile / 100) + own.start_margin_hours)
    return min(own.latest, max(own.earliest, usual))


def _finish_hours(runs: Sequence[Activity], own: HabitRules) -> tuple[float | None, ...]:
    by_weekday: list[list[float]] = [[] for _ in range(7)]
    for run in runs:
        by_weekday[run.local_on.weekday()].append(_hour(run.start_local) + length(run).total_seconds() / 3600)
    anyway = _usual([hour for hours in by_weekday for hour in hours], own.finish_least_runs)
    return tuple(
        anyway if (usual := _usual(hours, own.finish_least_runs)) is None else usual for hours in by_weekday
    )


def _usual(hours: Sequence[float], least: int) -> float | None:
    return quantile(sorted(hours), 0.5) if len(hours) >= least else None


def _hour(local: datetime) -> float:
    return local.hour + local.minute / 60


def _as_time(hours: float) -> time:
    minutes = min(24 * 60 - 1, max(0, round(hours * 60)))
    return time(minutes // 60, minutes % 60)
