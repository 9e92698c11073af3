"""The runner's own calendar: races to come, times away, and what both leave of a week. Days are local."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from enum import StrEnum
from math import ceil

from service.domain.hours import DAY_MIN, ONE_DAY, SATURDAY, WEEK_DAYS, minute_of_day
from service.domain.preferences import Preferences
from service.domain.rules import parse_table


class Distance(StrEnum):
    SHORT = "short"  # 5 to 10 km
    HALF = "half"
    MARATHON = "marathon"
    ULTRA = "ultra"


class Why(StrEnum):
    """Of several at a time the first here is the one that is told."""

    INJURED = "injured"
    FLARE = "flare"  # a session hurt: begun by it, not by an entry
    ILL = "ill"
    HOLIDAY = "holiday"
    SORE = "sore"  # muscles, for a day
    EASE_OFF = "ease_off"  # not silent: short sessions, and few

    @property
    def silent(self) -> bool:
        return self is not Why.EASE_OFF

    @property
    def is_entered(self) -> bool:
        """Whether the runner begins and ends it under You; else it follows from how sessions felt."""
        return self not in (Why.FLARE, Why.SORE)

    @property
    def has_end(self) -> bool:
        """Whether its last day must be told when it begins."""
        return self in (Why.HOLIDAY, Why.EASE_OFF)


@dataclass(frozen=True, slots=True)
class Race:
    on: date
    distance: Distance | None = None


@dataclass(frozen=True, slots=True)
class Away:
    """From ``first_on`` to ``last_on``, both included; without a last day it lasts until the runner ends it.

    An illness that is over lasts until the days without symptoms have passed too.
    """

    first_on: date
    last_on: date | None
    why: Why
    id: int | None = field(default=None, compare=False)  # of the stored one
    answered_on: date | None = field(default=None, compare=False)  # "still hurt" was said on that day

    def holds(self, on: date) -> bool:
        return self.first_on <= on and (self.last_on is None or on <= self.last_on)


class CalendarError(ValueError):
    """An entry that cannot be. ``rule`` names what is wrong, ``facts`` the limits it broke."""

    def __init__(self, rule: str, **facts: float | date) -> None:
        super().__init__(f"calendar: {rule.replace('_', ' ')}")
        self.rule = rule
        self.facts: Mapping[str, float | date] = facts


# --- rules ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AfterRaceRules:
    short_h: float
    half_h: float
    marathon_h: float
    ultra_h: float
    unknown_h: float


@dataclass(frozen=True, slots=True)
class CalendarRules:
    ahead_days_max: int
    back_days_max: int
    excused_from_days: int
    ill_clear_days: int
    injured_ask_days: int
    ease_off_days: tuple[int, int]
    ease_off_minis: int
    after_race: AfterRaceRules


def parse_calendar_rules(mapping: Mapping[str, object]) -> CalendarRules:
    """Read [calendar] of the whole rules file. Raises ValueError naming the key that is missing or wrong."""
    rules = parse_table(CalendarRules, mapping.get("calendar", {}), "calendar")
    if not 1 <= rules.excused_from_days <= WEEK_DAYS:
        raise ValueError("rules: calendar.excused_from_days must be from 1 to 7")
    if rules.ease_off_days[0] < 1:
        raise ValueError("rules: calendar.ease_off_days must begin at 1 or above")
    return rules


def rest_after(distance: Distance | None, rules: CalendarRules) -> timedelta:
    own = rules.after_race
    hours = {
        Distance.SHORT: own.short_h,
        Distance.HALF: own.half_h,
        Distance.MARATHON: own.marathon_h,
        Distance.ULTRA: own.ultra_h,
    }
    return timedelta(hours=hours[distance] if distance else own.unknown_h)


# --- what holds on a day, and what it leaves of a week --------------------------------------------


def away_on(away: Sequence[Away], on: date) -> Away | None:
    """What holds on that day; of several the gravest."""
    holding = [each for each in away if each.holds(on)]
    return min(holding, key=lambda each: list(Why).index(each.why), default=None)


def silent_on(away: Sequence[Away], on: date) -> Away | None:
    """The time away for which nothing at all is asked on that day."""
    found = away_on(away, on)
    return found if found is not None and found.why.silent else None


def back_on(away: Sequence[Away], today: date) -> date | None:
    """The first day from ``today`` on without silence; None where only the runner can tell."""
    on = today
    while silent_on(away, on) is not None:
        holding = [each.last_on for each in away if each.why.silent and each.holds(on)]
        ends = [last_on for last_on in holding if last_on is not None]
        if len(ends) < len(holding):
            return None
        on = max(ends) + ONE_DAY
    return on


def asks_if_still_hurt(away: Away, today: date, rules: CalendarRules) -> bool:
    """Once, after some days of silence over an injury, or over a flare that only the runner ends."""
    ends_alone = away.why is Why.FLARE and away.last_on is not None
    if away.why not in (Why.INJURED, Why.FLARE) or ends_alone or away.answered_on is not None:
        return False
    return (today - away.first_on).days >= rules.injured_ask_days


@dataclass(frozen=True, slots=True)
class Aim:
    """What a week asks for."""

    sessions: int
    excused: bool  # too little of it is left: out of the count
    minis: int  # that may be offered however few it asks for


def aim_of(
    starts_on: date, wished: int, away: Sequence[Away], resting: Collection[date], rules: CalendarRules
) -> Aim:
    """The wished sessions by the share of days that are left, rounded down.

    ``resting``: days on which the legs rest after a race. They take nothing off as long as the sessions
    still fit, one on every second day left.
    """
    days = [starts_on + timedelta(days=number) for number in range(WEEK_DAYS)]
    lost = [on for on in days if away_on(away, on) is not None]
    blocked = [on for on in days if on in lost or on in resting]
    room = ceil((WEEK_DAYS - len(blocked)) / 2)
    sessions = min(wished * (WEEK_DAYS - len(lost)) // WEEK_DAYS, room)
    eased = any(silent_on(away, on) is None for on in lost)
    return Aim(sessions, len(blocked) >= rules.excused_from_days, rules.ease_off_minis if eased else 0)


def without_a_slot(prefs: Preferences) -> str:
    """Which settings leave no hour of any day: "days", "hours", "never_hours", or "" where there is one."""
    free = [weekday for weekday in range(WEEK_DAYS) if weekday not in prefs.never_weekdays]
    if not free:
        return "days"
    if any(_has_an_hour(weekday, prefs) for weekday in free):
        return ""
    return "never_hours" if prefs.never_hours else "hours"


def _has_an_hour(weekday: int, prefs: Preferences) -> bool:
    """The runner's own hour is open, or quiet hours end after it and leave that day time for a session."""
    slot = prefs.weekend_slot if weekday >= SATURDAY else prefs.weekday_slot
    ends = [hours.until for hours in prefs.shut if hours.until > slot]
    return _is_open(weekday, slot, prefs) or any(
        _is_open(weekday, end, prefs) and _open_min(weekday, end, prefs) >= prefs.max_minutes for end in ends
    )


def _is_open(weekday: int, hour: time, prefs: Preferences) -> bool:
    return not any(hours.hold(weekday, hour) for hours in prefs.shut)


def _open_min(weekday: int, hour: time, prefs: Preferences) -> int:
    """From then on to the next quiet hour or the end of the day."""
    since = minute_of_day(hour)
    begins = [minute_of_day(hours.from_) for hours in prefs.shut if hours.begin_on(weekday)]
    return min((begin for begin in begins if begin > since), default=DAY_MIN) - since


# --- entering and ending --------------------------------------------------------------------------


def check_race(race: Race, entered: Sequence[Race], today: date, rules: CalendarRules) -> None:
    """Raises CalendarError for a race that is over or too far ahead, or another one on its day."""
    if race.on < today:
        raise CalendarError("race_over")
    if race.on > today + timedelta(days=rules.ahead_days_max):
        raise CalendarError("race_far", days=rules.ahead_days_max)
    if any(each.on == race.on and each != race for each in entered):
        raise CalendarError("race_twice", on=race.on)


def check_away(away: Away, today: date, rules: CalendarRules) -> None:
    """Raises CalendarError for days in the wrong order, over, too early, too late, or too many."""
    latest = today + timedelta(days=rules.ahead_days_max)
    if away.why.has_end and away.last_on is None:
        raise CalendarError("away_open")
    least, most = rules.ease_off_days
    days = (away.last_on - away.first_on).days + 1 if away.last_on is not None else 0
    if away.why is Why.EASE_OFF and not least <= days <= most:
        raise CalendarError("ease_off_days", least=least, most=most)
    if away.last_on is not None and away.last_on < away.first_on:
        raise CalendarError("away_order")
    if away.last_on is not None and away.last_on < today:
        raise CalendarError("away_over")
    if away.first_on < today - timedelta(days=rules.back_days_max):
        raise CalendarError("away_early", days=rules.back_days_max)
    if away.first_on > latest or (away.last_on is not None and away.last_on > latest):
        raise CalendarError("away_far", days=rules.ahead_days_max)


def joined(away: Away, stored: Sequence[Away]) -> tuple[Away, tuple[Away, ...]]:
    """``away`` as one with those of its kind that it meets, and these."""
    met = tuple(each for each in stored if each.why is away.why and _meet(each, away))
    every = (away, *met)
    ends = [each.last_on for each in every if each.last_on is not None]
    last_on = max(ends) if len(ends) == len(every) else None
    return replace(away, first_on=min(each.first_on for each in every), last_on=last_on), met


def _meet(one: Away, other: Away) -> bool:
    return one.first_on <= (other.last_on or date.max) and other.first_on <= (one.last_on or date.max)


def ended(away: Away, today: date, rules: CalendarRules, *, at_once: bool = False) -> Away | None:
    """As it is once the runner is back: until yesterday; None if it had not begun before today.

    After an illness some days without symptoms follow, unless ``at_once``. Said again, nothing changes.
    """
    if away.last_on is not None and away.last_on < today:
        return away
    if away.why is Why.ILL and not at_once and away.first_on <= today:
        clear_on = today + timedelta(days=rules.ill_clear_days)
        return replace(away, last_on=min(away.last_on or clear_on, clear_on))
    return None if away.first_on >= today else replace(away, last_on=today - ONE_DAY)
