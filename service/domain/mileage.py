"""Weekly running distance by kind of run, and a neutral mark where a run was longer than usual."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.domain.activity import Activity
from service.domain.days import without_duplicates
from service.domain.effort import Judged, RunKind
from service.domain.planner import WEEK, week_start
from service.domain.rules import parse_table


@dataclass(frozen=True, slots=True)
class MileageRules:
    longer_share: float
    longest_days: int
    least_runs: int
    least_history_days: int
    glitch_mps: float


def parse_mileage_rules(mapping: Mapping[str, object]) -> MileageRules:
    """Read [mileage] of the whole rules file. Raises ValueError naming the key that is missing or wrong."""
    rules = parse_table(MileageRules, mapping.get("mileage", {}), "mileage")
    if rules.longest_days < 1 or rules.glitch_mps <= 0 or rules.longer_share < 0:
        raise ValueError(
            "rules: mileage.longest_days, mileage.glitch_mps and mileage.longer_share must be above zero"
        )
    return rules


@dataclass(frozen=True, slots=True)
class WeekMileage:
    """Distances in metres. easy + long + hard is all running of the week.

    ``easy_m`` holds the runs nobody could tell (and those too short to judge) as well: no sign said hard, and
    the three bars must add up to what was run. ``unsure_m`` says how much of it that is. Races are hard.
    """

    starts_on: date
    easy_m: float = 0.0
    long_m: float = 0.0
    hard_m: float = 0.0
    unsure_m: float = 0.0
    runs: int = 0
    moving_time_s: int = 0  # of the runs
    longest_m: float = 0.0
    longer_than_usual: float | None = None  # 0.22: 22 % over the longest run of the days before; else None

    @property
    def running_m(self) -> float:
        return self.easy_m + self.long_m + self.hard_m


def weekly(
    judged: Sequence[Judged], week_starts_on: int, first_week: date, last_week: date, rules: MileageRules
) -> tuple[WeekMileage, ...]:
    """One row per week from ``first_week`` to ``last_week`` (their first days), oldest first, gaps included.

    Pass the weeks before ``first_week`` too: the mark compares with them. Flagged activities do not count,
    a distance nobody can have run adds nothing, a run recorded twice counts once.
    Raises ValueError where ``first_week`` is not the first day of a week.
    """
    if first_week.weekday() != week_starts_on:
        raise ValueError(f"{first_week} does not start a week that starts on weekday {week_starts_on}")
    verdicts = {one.activity.id: one.verdict for one in judged}
    runs = without_duplicates(
        one.activity for one in judged if one.activity.is_run and not one.activity.flagged
    )
    kinds = {key: verdict.kind if verdict else RunKind.UNSURE for key, verdict in verdicts.items()}
    longer = _longer_than_usual(runs, kinds, rules)
    by_week: dict[date, list[Activity]] = defaultdict(list)
    for run in runs:
        by_week[week_start(run.local_on, week_starts_on)].append(run)
    weeks = range((last_week - first_week).days // 7 + 1)
    first_days = [first_week + number * WEEK for number in weeks]
    return tuple(_week(on, by_week.get(on, ()), kinds, longer, rules) for on in first_days)


def _week(
    starts_on: date,
    runs: Sequence[Activity],
    kinds: Mapping[int, RunKind],
    longer: Mapping[int, float],
    rules: MileageRules,
) -> WeekMileage:
    def metres(*wanted: RunKind) -> float:
        return sum(_distance_m(run) for run in sound if kinds[run.id] in wanted)

    sound = [run for run in runs if not _glitch(run, rules)]

    unsure_m = metres(RunKind.UNSURE, RunKind.TOO_SHORT)
    return WeekMileage(
        starts_on=starts_on,
        easy_m=metres(RunKind.EASY) + unsure_m,
        long_m=metres(RunKind.LONG),
        hard_m=metres(RunKind.HARD, RunKind.RACE),
        unsure_m=unsure_m,
        runs=len(runs),
        moving_time_s=sum(max(0, run.moving_time_s) for run in runs),
        longest_m=max(map(_distance_m, sound), default=0.0),
        longer_than_usual=max((longer[run.id] for run in runs if run.id in longer), default=None),
    )


def _distance_m(run: Activity) -> float:
    return max(0.0, run.distance_m)


def _glitch(run: Activity, rules: MileageRules) -> bool:
    """A run so fast on average, or with distance in no time, is an error of the recording."""
    return _distance_m(run) > rules.glitch_mps * max(0, run.moving_time_s)


def _longer_than_usual(
    runs: Sequence[Activity], kinds: Mapping[int, RunKind], rules: MileageRules
) -> dict[int, float]:
    """Run id -> by which share it was longer than the longest run of the days before, where worth a mark.

    Races compare as history but are never marked themselves: the runner knows.
    """
    sound = sorted((run for run in runs if not _glitch(run, rules)), key=lambda run: run.start_at)
    marks: dict[int, float] = {}
    starts = [run.start_at for run in sound]
    for number, run in enumerate(sound):
        since = bisect_left(starts, run.start_at - timedelta(days=rules.longest_days))
        before = sound[since:number]
        if kinds[run.id] is RunKind.RACE or len(before) < rules.least_runs:
            continue
        if run.start_at - sound[0].start_at < timedelta(days=rules.least_history_days):
            continue
        longest_m = max(_distance_m(earlier) for earlier in before)
        if longest_m > 0 and run.distance_m > longest_m * (1 + rules.longer_share):
            marks[run.id] = run.distance_m / longest_m - 1
    return marks
