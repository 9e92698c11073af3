"""May a session be done at a moment? Other sessions and races say so. Moments are aware UTC, days local."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from service.domain.activity import Reason
from service.domain.calendar import Away, CalendarRules, Race, away_on, parse_calendar_rules, rest_after
from service.domain.days import Day, DayKind
from service.domain.hours import ONE_DAY, day_start, local_day
from service.domain.rules import parse_table
from service.domain.waiting import WaitingRules


class Size(StrEnum):
    FULL = "full"
    MINI = "mini"  # one short set of each exercise; counts half

    @property
    def credit(self) -> float:
        return 1.0 if self is Size.FULL else 0.5


@dataclass(frozen=True, slots=True)
class Suitability:
    """How well a day of each kind suits a session; 0 means never."""

    run_easy: float
    rest: float
    xt_easy: float
    run_unsure: float
    xt_hard: float
    legs: float

    def of(self, kind: DayKind) -> float:
        return float(getattr(self, kind.value, 0.0))


@dataclass(frozen=True, slots=True)
class PlanRules:
    gap_h: float
    mini_gap_h: float
    sessions_per_week_max: int
    before_race_full_h: float
    before_race_mini_h: float
    race_week_target: int
    score_min: float
    habit_bonus: float
    keep_bonus: float
    eve_penalty: float
    spread_days_max: int
    fallback_from: time
    fallback_last_at: time
    suitability: Suitability
    waiting: WaitingRules
    calendar: CalendarRules  # a section of its own in the file


def parse_plan_rules(mapping: Mapping[str, object]) -> PlanRules:
    """Read [plan] and [calendar] of the whole rules file. Raises ValueError naming the wrong key."""
    parse_calendar_rules(mapping)  # for the checks of its own
    plan = mapping.get("plan", {})
    table = {**plan, "calendar": mapping["calendar"]} if isinstance(plan, Mapping) else plan
    rules = parse_table(PlanRules, table, "plan")
    if not 0 < rules.mini_gap_h <= rules.gap_h:
        raise ValueError("rules: plan.mini_gap_h must be above 0 and not above plan.gap_h")
    if rules.sessions_per_week_max < 1:
        raise ValueError("rules: plan.sessions_per_week_max must be at least 1")
    return rules


@dataclass(frozen=True, slots=True)
class DoneSession:
    at: datetime  # its start, aware UTC
    on: date  # the runner's day it counts for
    size: Size


@dataclass(frozen=True, slots=True)
class Limits:
    """What forbids a session whatever the plan says."""

    recent: tuple[DoneSession, ...] = ()  # the last ones done, in this week or before
    races: tuple[date, ...] = ()  # entered races
    rests: tuple[tuple[datetime, datetime], ...] = ()  # after races, also those to come: from, until
    away: tuple[Away, ...] = ()
    eased_until: date | None = None  # up to here easing off allows no more: the week has had its session

    def resting_on(self, on: date, zone: ZoneInfo) -> bool:
        """Whether the legs rest after a race to the end of that day."""
        ends_at = day_start(on + ONE_DAY, zone)
        return any(begins < ends_at <= until for begins, until in self.rests)

    def shut_on(self, on: date) -> Away | None:
        """The time away for which that day is no day for any session."""
        found = away_on(self.away, on)
        if found is None or found.why.silent:
            return found
        return found if self.eased_until is not None and on <= self.eased_until else None


NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Gate:
    """May a session be done? ``reason`` says why not, ``opens_at`` until when, if that is known."""

    reason: Reason | None = None
    opens_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.reason is None


def may_train(at: datetime, size: Size, limits: Limits, zone: ZoneInfo, rules: PlanRules) -> Gate:
    """Whether a session of that size may start at ``at``, as far as other sessions and races go.

    Hours between sessions are real hours, also across a clock change. Races are known by their day, so the
    hours before one count from its first minute.
    """
    on = local_day(at, zone)
    if on in limits.races:
        return Gate(Reason("plan.race_day"))
    away = limits.shut_on(on) or (away_on(limits.away, on) if size is Size.FULL else None)
    if away is not None:
        return Gate(Reason(f"plan.{away.why.value}"))
    rest_until = max((until for begins, until in limits.rests if begins <= at < until), default=None)
    if rest_until is not None:
        weekday = {"weekday": local_day(rest_until, zone).weekday()}
        return Gate(Reason("plan.after_race", facts=weekday), rest_until)
    if any(session.on == on for session in limits.recent):
        return Gate(Reason("plan.done_today"), day_start(on + ONE_DAY, zone))
    for session in sorted(limits.recent, key=lambda session: session.at, reverse=True):
        gap_h = rules.mini_gap_h if size is session.size is Size.MINI else rules.gap_h
        if abs(at - session.at) < timedelta(hours=gap_h):
            hours = round((at - session.at) / timedelta(hours=1))
            facts = {"hours": float(hours), "gap_h": gap_h}
            return Gate(Reason("plan.gap", facts=facts), session.at + timedelta(hours=gap_h))
    ahead_h = rules.before_race_full_h if size is Size.FULL else rules.before_race_mini_h
    for race in limits.races:
        if timedelta(0) < day_start(race, zone) - at < timedelta(hours=ahead_h):
            return Gate(Reason("plan.before_race", facts={"weekday": race.weekday()}))
    return Gate()


def limits_of(
    days: Mapping[date, Day],
    done: Sequence[DoneSession],
    races: Sequence[Race],
    away: Sequence[Away],
    now: datetime,
    zone: ZoneInfo,
    rules: PlanRules,
) -> Limits:
    reach = max(rules.gap_h, rules.mini_gap_h) * 2
    by_start = sorted(done, key=lambda session: session.at)
    recent = [session for session in by_start if session.at > now - timedelta(hours=reach)] or by_start[-1:]
    return Limits(
        recent=tuple(recent),
        races=tuple(sorted(race.on for race in races)),
        rests=_rests(days, races, zone, rules.calendar),
        away=tuple(away),
    )


def _rests(
    days: Mapping[date, Day], races: Sequence[Race], zone: ZoneInfo, rules: CalendarRules
) -> tuple[tuple[datetime, datetime], ...]:
    """From the finish, or the end of the day where that is not known; by the distance that was entered."""
    run_at = {on: day.finished_at for on, day in days.items() if day.kind is DayKind.RACE}
    entered = {race.on: race.distance for race in races}
    ends = {on: run_at.get(on) or day_start(on + ONE_DAY, zone) for on in {*run_at, *entered}}
    return tuple((end, end + rest_after(entered.get(on), rules)) for on, end in sorted(ends.items()))
