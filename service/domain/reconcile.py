"""Whether what a watch recorded is a session of the routine: for certain, perhaps, or not at all."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from service.domain.activity import Activity
from service.domain.hours import ONE_DAY
from service.domain.rules import DaysRules, parse_table
from service.domain.titles import word_pattern

Span = tuple[datetime, datetime]  # aware UTC, both ends included


class Match(StrEnum):
    OURS = "ours"  # written by us, and come back
    SAME = "same"  # the recording of a session that we know of
    COUNT_IT = "count_it"  # may be one that nobody told us of: the runner is asked
    GYM = "gym"  # strength work of its own
    NO = "no"


@dataclass(frozen=True, slots=True)
class ReconcileRules:
    near_min: float
    therapy: tuple[str, ...]
    therapy_minutes: tuple[float, float]
    strength: tuple[str, ...]
    strength_minutes: tuple[float, float]
    around_slot_min: float
    ask_days: int


def parse_reconcile_rules(mapping: Mapping[str, object]) -> ReconcileRules:
    """Read [reconcile] of the whole rules file. Raises ValueError naming the key that is missing or wrong."""
    rules = parse_table(ReconcileRules, mapping.get("reconcile", {}), "reconcile")
    if rules.near_min < 0 or rules.around_slot_min < 0 or rules.ask_days < 0:
        raise ValueError("rules: reconcile.near_min, around_slot_min and ask_days must not be below 0")
    return rules


def match(
    activity: Activity,
    begun: Iterable[datetime],
    asked: Iterable[Span],
    days: DaysRules,
    rules: ReconcileRules,
) -> Match:
    """``begun``: when the runner's own sessions began. ``asked``: hours at which one was wanted.

    Source: config/rules.toml, [reconcile], and the words and lengths of [days].
    """
    if activity.is_ours:
        return Match.OURS
    if activity.sport_type not in (*rules.therapy, *rules.strength):
        return Match.NO
    if is_same(activity, begun, days, rules):
        return Match.SAME
    minutes = activity.moving_time_s / 60
    if _may_be_a_session(activity, minutes, asked, days, rules):
        return Match.COUNT_IT
    is_gym = activity.sport_type in rules.strength and minutes >= days.legs_minutes
    return Match.GYM if is_gym else Match.NO


def is_same(activity: Activity, begun: Iterable[datetime], days: DaysRules, rules: ReconcileRules) -> bool:
    """Whether a session began in it or close to it; one longer than any of ours is not one of ours.

    Where the platform hides the hour, any session of that day will do.
    """
    if activity.sport_type not in (*rules.therapy, *rules.strength):
        return False
    if activity.moving_time_s / 60 > days.own_session_minutes:
        return False
    if activity.start_hidden:
        return any(activity.start_at <= at < activity.start_at + ONE_DAY for at in begun)
    near = timedelta(minutes=rules.near_min)
    return any(activity.start_at - near <= at <= activity.end_at + near for at in begun)


def _may_be_a_session(
    activity: Activity, minutes: float, asked: Iterable[Span], days: DaysRules, rules: ReconcileRules
) -> bool:
    shortest, longest = rules.therapy_minutes
    if activity.sport_type in rules.therapy:
        return shortest <= minutes <= longest
    shortest, longest = rules.strength_minutes
    if word_pattern(days.own_session_words).search(activity.name):
        return shortest <= minutes <= days.own_session_minutes
    return shortest <= minutes <= longest and not activity.start_hidden and _meets(activity, asked)


def _meets(activity: Activity, asked: Iterable[Span]) -> bool:
    return any(first <= activity.end_at and activity.start_at <= last for first, last in asked)
