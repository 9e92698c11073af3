"""Whether the hour at which a runner is asked is the hour that suits them. Hours are wall time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from enum import StrEnum
from statistics import median
from zoneinfo import ZoneInfo

from service.domain.hours import DAY_MIN, SATURDAY, WEEK_DAYS, is_quiet, minute_of_day, moment
from service.domain.preferences import Preferences


class SlotKind(StrEnum):
    WEEKDAY = "weekday"
    WEEKEND = "weekend"

    def holds(self, on: date) -> bool:
        return (on.weekday() >= SATURDAY) == (self is SlotKind.WEEKEND)

    def hour(self, prefs: Preferences) -> time:
        return prefs.weekend_slot if self is SlotKind.WEEKEND else prefs.weekday_slot


@dataclass(frozen=True, slots=True)
class SlotRules:
    weeks: int
    of_last: int
    together: int
    within_min: float
    away_min: float
    round_min: int
    ignored: int
    again_days: int


@dataclass(frozen=True, slots=True)
class PastSession:
    on: date
    at: time
    asked_at: time | None  # when the prompt it answers went out; None where the runner chose the hour


@dataclass(frozen=True, slots=True)
class PastAsk:
    """A prompt that is over."""

    on: date
    at: time
    ignored: bool


@dataclass(frozen=True, slots=True)
class SlotMove:
    kind: SlotKind
    hour: time | None  # None: another one, for the runner to choose
    now: time


def moves(
    sessions: Sequence[PastSession],
    asks: Sequence[PastAsk],
    prefs: Preferences,
    today: date,
    zone: ZoneInfo,
    rules: SlotRules,
) -> tuple[SlotMove, ...]:
    """What could be proposed: an hour of the runner's own doing, else another hour than one left unanswered.

    ``sessions`` of the last ``rules.weeks`` weeks and ``asks``, both oldest first.
    """
    found = []
    for kind in SlotKind:
        slot = kind.hour(prefs)
        hour = _own_hour(sessions, kind, slot, rules)
        if hour is not None and _can_be_asked(hour, kind, prefs, today, zone):
            found.append(SlotMove(kind, hour, slot))
        elif _is_ignored(asks, kind, slot, rules):
            found.append(SlotMove(kind, None, slot))
    return tuple(found)


def is_another(hour: time, declined: time, rules: SlotRules) -> bool:
    """Whether so far from one that was declined that asking is no repetition."""
    return abs(minute_of_day(hour) - minute_of_day(declined)) >= rules.away_min


def _own_hour(
    sessions: Sequence[PastSession], kind: SlotKind, slot: time, rules: SlotRules
) -> time | None:
    """Around which most of the last sessions lie, if that is another hour than the slot."""
    own = [each for each in sessions if kind.holds(each.on) and _was_chosen(each, slot, rules)]
    minutes = sorted(minute_of_day(each.at) for each in own[-rules.of_last :])
    groups = [
        [each for each in minutes[first:] if each - start <= rules.within_min]
        for first, start in enumerate(minutes)
    ]
    most = max(groups, key=len, default=[])
    if len(most) < rules.together:
        return None
    usual = round(median(most) / rules.round_min) * rules.round_min % DAY_MIN
    hour = time(usual // 60, usual % 60)
    return hour if is_another(hour, slot, rules) else None


def _was_chosen(session: PastSession, slot: time, rules: SlotRules) -> bool:
    """A prompt away from the slot followed a run's end, so the hour is the run's and not the runner's."""
    return session.asked_at is None or not is_another(session.asked_at, slot, rules)


def _can_be_asked(hour: time, kind: SlotKind, prefs: Preferences, today: date, zone: ZoneInfo) -> bool:
    days = [today + timedelta(days=ahead) for ahead in range(1, WEEK_DAYS + 1)]
    asked_on = [on for on in days if kind.holds(on) and on.weekday() not in prefs.never_weekdays]
    return bool(asked_on) and not any(is_quiet(moment(on, hour, zone), prefs, zone) for on in asked_on)


def _is_ignored(asks: Sequence[PastAsk], kind: SlotKind, slot: time, rules: SlotRules) -> bool:
    """Whether the last prompts at that hour, one after the other, stayed without an answer."""
    at_slot = [each for each in asks if kind.holds(each.on) and not is_another(each.at, slot, rules)]
    last = at_slot[-rules.ignored :]
    return len(last) == rules.ignored and all(each.ignored for each in last)
