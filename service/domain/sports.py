"""What an activity that is no run makes of a day."""

import math
from dataclasses import dataclass
from enum import StrEnum

from service.domain.activity import Activity, Reason
from service.domain.rules import DaysRules, Rules
from service.domain.titles import word_pattern

RIDE_RACE_OR_WORKOUT = (11, 12)  # workout_type of rides


class DayKind(StrEnum):
    RUN_EASY = "run_easy"
    RUN_UNSURE = "run_unsure"
    RUN_HARD = "run_hard"
    LONG = "long"
    RACE = "race"
    XT_EASY = "xt_easy"
    XT_HARD = "xt_hard"
    LEGS = "legs"  # heavy strength work
    REST = "rest"
    OPEN = "open"  # nothing yet, and the hour does not allow to call it rest


@dataclass(frozen=True, slots=True)
class Part:
    """One effort of a day: the kind of day it would make alone, and why."""

    kind: DayKind
    activities: tuple[Activity, ...]  # oldest first
    reasons: tuple[Reason, ...]


def other_part(activity: Activity, rules: Rules, heart_max_bpm: float | None = None) -> Part | None:
    """``None`` where it leaves the day as it is: a walk, a short commute, our own session."""
    own, minutes = rules.days, activity.moving_time_s / 60
    share = _heart_share(activity, rules, heart_max_bpm)
    if _leaves_the_day(activity, minutes, own):
        return None
    if activity.sport_type in own.sports.strength:
        return _part(DayKind.LEGS, activity, "day.legs", moving_minutes=minutes)
    if activity.workout_type in RIDE_RACE_OR_WORKOUT:
        return _part(DayKind.XT_HARD, activity, "day.cross_race")
    if activity.sport_type in own.sports.strenuous:
        return _part(DayKind.XT_HARD, activity, "day.cross_sport")
    if share is not None and share > own.cross_heart_share:
        return _part(DayKind.XT_HARD, activity, "day.cross_heart", share=share)
    if minutes > own.cross_minutes and activity.sport_type not in own.sports.calm:
        return _part(DayKind.XT_HARD, activity, "day.cross_long", moving_minutes=minutes)
    if share is not None:
        return _part(DayKind.XT_EASY, activity, "day.cross_easy_heart", moving_minutes=minutes, share=share)
    return _part(DayKind.XT_EASY, activity, "day.cross_easy", moving_minutes=minutes)


def _leaves_the_day(activity: Activity, minutes: float, own: DaysRules) -> bool:
    if not math.isfinite(minutes) or minutes < own.least_minutes:
        return True
    if activity.sport_type in own.sports.calm and minutes < own.calm_minutes:
        return True
    if activity.is_ours:
        return True
    if activity.commute and minutes <= own.commute_minutes:
        return True
    if activity.sport_type not in own.sports.own_session:
        return False
    named = word_pattern(own.own_session_words).search(activity.name) is not None
    return minutes < own.legs_minutes or (named and minutes <= own.own_session_minutes)


def _heart_share(activity: Activity, rules: Rules, heart_max_bpm: float | None) -> float | None:
    low, high = rules.physiology.valid.heart_bpm
    rate = activity.average_heartrate_bpm
    if not heart_max_bpm or rate is None or not low <= rate <= high:
        return None
    return rate / heart_max_bpm


def _part(kind: DayKind, activity: Activity, rule: str, **facts: float) -> Part:
    return Part(kind, (activity,), (Reason(rule, 0.0, facts or None),))
