"""The most a planner could reach who knew the whole week in advance: every choice of moments is tried."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

from service.domain.activity import Activity
from service.domain.days import day_of, habits
from service.domain.effort import Judged, judge_all
from service.domain.hours import ONE_DAY, after_quiet, local_day, slot
from service.domain.planner import GOOD_KINDS, WEEK
from service.domain.preferences import Preferences
from service.domain.rules import Rules
from service.domain.sports import DayKind

GAP = timedelta(hours=40)
AFTER_RUN = timedelta(minutes=10)
WISHES, ZONE = Preferences(), ZoneInfo("UTC")


def best_count(moments: Sequence[datetime], after: datetime | None, target: int) -> int:
    """Sessions that fit on these moments, 40 hours apart and from ``after``; no more than ``target``."""
    free = [at for at in sorted(moments) if after is None or at - after >= GAP]
    for count in range(min(target, len(free)), 0, -1):
        if any(
            all(later - earlier >= GAP for earlier, later in pairwise(chosen))
            for chosen in combinations(free, count)
        ):
            return count
    return 0


def moments_of_weeks(
    activities: Sequence[Activity], weeks: Sequence[date], rules: Rules
) -> Mapping[date, Sequence[datetime]]:
    """By week the good moments of its days: ten minutes after the last easy run, or the runner's hour. Those
    in quiet hours come later that day, or not at all.

    Times are wall times taken for UTC.
    """
    verdicts = judge_all(activities, rules)
    judged = [Judged(each, verdicts.get(each.id)) for each in activities]
    return {
        week_on: [at for day in range(7) if (at := _good_moment(judged, week_on + day * ONE_DAY, rules))]
        for week_on in weeks
    }


def _good_moment(judged: Sequence[Judged], on: date, rules: Rules) -> datetime | None:
    near = [each for each in judged if abs((each.activity.local_on - on).days) <= 1]
    over = datetime.combine(on + WEEK, time())
    day = day_of(on, near, over, habits((), over, rules), rules)
    if day.kind not in GOOD_KINDS:
        return None
    if day.kind is DayKind.RUN_EASY and day.finished_at is not None:
        at = after_quiet(day.finished_at + AFTER_RUN, WISHES, ZONE)
        return at if local_day(at, ZONE) == on else None
    return slot(on, WISHES, ZONE)
