"""Place the week's sessions on the days that suit them best. Moments are aware UTC, days local."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import combinations, pairwise
from math import ceil, floor
from zoneinfo import ZoneInfo

from service.domain.activity import Reason
from service.domain.calendar import Away, Race, aim_of
from service.domain.days import Day, DayKind, Habits
from service.domain.hours import ONE_DAY, after_quiet, is_quiet, local_day, moment, slot
from service.domain.preferences import Preferences
from service.domain.spacing import NO_LIMITS, limits_of
from service.domain.spacing import DoneSession as DoneSession
from service.domain.spacing import Gate as Gate
from service.domain.spacing import Limits as Limits
from service.domain.spacing import PlanRules as PlanRules
from service.domain.spacing import Size as Size
from service.domain.spacing import may_train as may_train
from service.domain.spacing import parse_plan_rules as parse_plan_rules
from service.domain.waiting import Chance, better_now

RUN_KINDS = frozenset({DayKind.RUN_EASY, DayKind.RUN_UNSURE, DayKind.RUN_HARD, DayKind.LONG, DayKind.RACE})
NO_GO_KINDS = frozenset({DayKind.RUN_HARD, DayKind.LONG, DayKind.RACE})
OPPORTUNE_KINDS = frozenset({None, DayKind.REST, DayKind.XT_EASY, DayKind.RUN_UNSURE})
GOOD_KINDS = (DayKind.RUN_EASY, DayKind.REST, DayKind.XT_EASY)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PlannedSession:
    on: date
    original_on: date  # where it stood first: a moved session must not look as if it had been kept
    size: Size
    fallback: bool = False  # the week runs out: a short one wherever it still fits


@dataclass(frozen=True, slots=True)
class Week:
    starts_on: date
    target: int
    planned: tuple[PlannedSession, ...]  # still to come, today included, in order
    done: tuple[DoneSession, ...]  # of this week
    reasons: tuple[Reason, ...]
    best_on: date | None = None  # the planned day that suits best
    ahead_on: date | None = None  # the first good day of the next week
    limits: Limits = NO_LIMITS
    excused: bool = False  # too little of it is left by times away and races: out of the count
    minis: int = 0  # that may be offered while easing off, however few it asks for
    opportune: bool = False  # today is not planned, but if it turns out good, better used than let pass

    @property
    def credit(self) -> float:
        """Sessions done, a mini for half."""
        return sum((session.size.credit for session in self.done), 0.0)

    @property
    def need(self) -> float:
        return max(0.0, max(self.target, self.minis * Size.MINI.credit) - self.credit)

    @property
    def ends_on(self) -> date:
        return self.starts_on + WEEK - ONE_DAY

    def planned_on(self, on: date) -> PlannedSession | None:
        return next((session for session in self.planned if session.on == on), None)


def week_start(on: date, week_starts_on: int) -> date:
    """The first day of the week ``on`` lies in; ``week_starts_on`` 0 is Monday, 6 Sunday."""
    return on - timedelta(days=(on.weekday() - week_starts_on) % 7)


def plan_week(
    *,
    days: Mapping[date, Day],
    habits: Habits,
    done: Sequence[DoneSession],
    kept: Sequence[PlannedSession],
    today: date,
    now: datetime,
    zone: ZoneInfo,
    prefs: Preferences,
    rules: PlanRules,
    races: Sequence[Race] = (),
    away: Sequence[Away] = (),
    not_on: Collection[date] = (),
) -> Week:
    """Choose the days of what is left of the week that ``today`` lies in.

    ``days``: this week's up to today and those of the last 14 days before. ``done``: at least the last 14
    days. ``kept``: the plan as stored, so that ``original_on`` survives a move. ``races``: entered ones, to
    come and of the days before. ``away``: all that reaches into this week or the next.
    ``not_on``: days the runner has waved off. The same input always gives the same plan, and nothing is
    carried over from the week before.
    """
    starts_on = week_start(today, prefs.week_starts_on)
    ends_on = starts_on + WEEK - ONE_DAY
    this_week = tuple(session for session in done if starts_on <= session.on <= ends_on)
    racing = any(starts_on <= race.on <= ends_on for race in races)
    limits = limits_of(days, done, races, away, now, zone, rules)
    resting = [on for on in _week_days(starts_on) if limits.resting_on(on, zone)]
    aim = aim_of(starts_on, prefs.target_per_week, away, resting, rules.calendar)
    target = min(aim.sessions, rules.race_week_target) if racing else aim.sessions
    if aim.minis and len(this_week) >= aim.minis:
        limits = replace(limits, eased_until=ends_on)
    board = _Board(days, habits, limits, _habit_weekdays(done), kept, today, now, zone, prefs, rules, not_on)
    reasons = _reasons(racing, this_week)
    week = Week(
        starts_on, target, (), this_week, reasons, limits=limits, excused=aim.excused, minis=aim.minis
    )

    rest_of_week = [today + timedelta(days=n) for n in range((ends_on - today).days + 1)]
    room = min(week.need, rules.sessions_per_week_max - len(this_week))
    chosen = board.choose(rest_of_week, room) or board.fallback(rest_of_week, room)
    planned = _with_original_days(chosen, kept, this_week, starts_on)
    return replace(
        week,
        planned=planned,
        best_on=board.best(session.on for session in planned),
        opportune=room >= 1 and board.opportune(rest_of_week[1:], ceil(room)),
        ahead_on=board.ahead(ends_on, planned),
    )


@dataclass(frozen=True, slots=True)
class _Board:
    """All that speaks for and against each day."""

    days: Mapping[date, Day]
    habits: Habits
    limits: Limits
    habit_weekdays: frozenset[int]
    kept: Sequence[PlannedSession]
    today: date
    now: datetime
    zone: ZoneInfo
    prefs: Preferences
    rules: PlanRules
    not_on: Collection[date]

    def choose(self, days: Sequence[date], need: float) -> tuple[PlannedSession, ...]:
        """The set of at most ``need`` days with the highest sum of scores; a half session left is a mini.

        Seven days and at most four sessions: trying all sets is cheap. Of equal sums the one that starts
        earlier wins (what fails can be made up), then the one with more room between sessions.
        """
        if need <= 0:
            return ()
        scores = {on: score for on in days if (score := self.score(on)) >= self.rules.score_min}
        able = {(on, size) for on in scores for size in Size if self.start_of(on, size) is not None}
        best: tuple[PlannedSession, ...] = ()
        best_rank: tuple[float, int, int, tuple[int, ...]] = (0.0, 0, 0, ())
        for count in range(1, ceil(need) + 1):
            for dates in combinations(scores, count):
                plan, gaps = _sized(dates, need), _gaps(dates)
                apart = all(gap * 24 > self.rules.gap_h for gap in gaps)
                if not apart or any((session.on, session.size) not in able for session in plan):
                    continue
                spread = min(gaps, default=self.rules.spread_days_max)
                rank = (
                    round(sum(scores[on] for on in dates), 3),
                    -dates[0].toordinal(),
                    min(spread, self.rules.spread_days_max),
                    tuple(-on.toordinal() for on in dates),
                )
                if rank > best_rank:
                    best, best_rank = plan, rank
        return best

    def fallback(self, days: Sequence[date], need: float) -> tuple[PlannedSession, ...]:
        """When no day is left for a whole session: a mini on the last day but one or the last of the week."""
        if need <= 0:
            return ()
        for on in days[-2:]:
            if not self._is_free(on) or self.known(on) in NO_GO_KINDS | {DayKind.RUN_UNSURE}:
                continue
            hour = self.rules.fallback_last_at if on == days[-1] else self.rules.fallback_from
            if self.start_of(on, Size.MINI, not_before=moment(on, hour, self.zone)) is not None:
                return (PlannedSession(on, on, Size.MINI, fallback=True),)
        return ()

    def best(self, days: Iterable[date]) -> date | None:
        return max(days, key=lambda on: (self.score(on), -on.toordinal()), default=None)

    def ahead(self, ends_on: date, planned: Sequence[PlannedSession]) -> date | None:
        """The first day the next week would open with, if what is planned gets done."""
        free_from = max((session.on for session in planned), default=self.today) + 2 * ONE_DAY
        days = [ends_on + timedelta(days=n) for n in range(1, 8)]
        chosen = self.choose([on for on in days if on >= free_from], float(self.prefs.target_per_week))
        return chosen[0].on if chosen else None

    def opportune(self, ahead: Sequence[date], need: int) -> bool:
        """Whether today is better used than let pass, if it is a day of rest or easy cross-training. After a
        run that may have been easy: only where little is left to wait for.
        """
        known = self.known(self.today)
        if not self._is_free(self.today) or known not in OPPORTUNE_KINDS:
            return False
        if self.today in self.limits.races or self.start_of(self.today, Size.FULL) is None:
            return False
        gain = self._gain(self.today)
        if known is DayKind.RUN_UNSURE:
            gain -= self.rules.waiting.unsure_loss
        return better_now(gain, [self._chance(on) for on in ahead], need, self.rules.waiting)

    def _chance(self, on: date) -> Chance:
        gain = self._gain(on)
        if not self._is_free(on) or self.start_of(on, Size.FULL) is None:
            return Chance(0.0, 0.0, gain, gain)
        chances = self.chances(on)
        other = chances.get(DayKind.REST, 0.0) + chances.get(DayKind.XT_EASY, 0.0)
        easy_run = chances.get(DayKind.RUN_EASY, 0.0)
        return Chance(easy_run, other, gain + self.rules.waiting.easy_run_gain, gain)

    def _gain(self, on: date) -> float:
        own = self.rules.waiting
        habit = own.habit_gain if on.weekday() in self.habit_weekdays else 0.0
        return 1.0 + habit - own.eve_loss * self._demanding(on + ONE_DAY)

    def known(self, on: date) -> DayKind | None:
        """The kind of a day that has shown itself; None while it is open or to come."""
        day = self.days.get(on) if on <= self.today else None
        return day.kind if day and day.kind is not DayKind.OPEN else None

    def _is_free(self, on: date) -> bool:
        never = on.weekday() in self.prefs.never_weekdays
        return not never and on not in self.not_on and self.limits.shut_on(on) is None

    def score(self, on: date) -> float:
        """Expected suitability of a day, 0 where it cannot be; config/rules.toml [plan] has the parts."""
        known = self.known(on)
        if not self._is_free(on) or on in self.limits.races or (known and known not in GOOD_KINDS):
            return 0.0
        chances = {known: 1.0} if known else self.chances(on)
        score = sum(self.rules.suitability.of(kind) * chance for kind, chance in chances.items())
        score -= self.rules.eve_penalty * self._demanding(on + ONE_DAY)
        if on.weekday() in self.habit_weekdays:
            score += self.rules.habit_bonus
        if any(session.on == on for session in self.kept):
            score += self.rules.keep_bonus
        return max(0.0, score)

    def _demanding(self, on: date) -> float:
        if on in self.limits.races:
            return 1.0
        chances = self.habits.kind_chances(on.weekday())
        return sum(chances.get(kind, 0.0) for kind in NO_GO_KINDS)

    def chances(self, on: date) -> Mapping[DayKind, float]:
        """Chances of each kind; today's shrink for runs as the hours pass without one."""
        usual = self.habits.kind_chances(on.weekday())
        run = sum(chance for kind, chance in usual.items() if kind in RUN_KINDS)
        if on != self.today or run <= 0:
            return usual
        later = self.habits.p_run_later(on.weekday(), self.now.astimezone(self.zone).time())
        shrunk = {kind: chance * later / run for kind, chance in usual.items() if kind in RUN_KINDS}
        if run >= 1:
            return shrunk | {DayKind.REST: 1 - later}
        grown = {
            kind: chance * (1 - later) / (1 - run) for kind, chance in usual.items() if kind not in RUN_KINDS
        }
        return shrunk | grown

    def start_of(self, on: date, size: Size, *, not_before: datetime | None = None) -> datetime | None:
        """When a session could start on that day: the runner's hour or later; None if it cannot."""
        start = max(not_before or self.now, self.now)
        if self.known(on) is not DayKind.RUN_EASY:
            start = max(start, slot(on, self.prefs, self.zone))
        for _ in range(len(self.limits.recent) + 2):
            start = after_quiet(start, self.prefs, self.zone)
            if local_day(start, self.zone) != on or is_quiet(start, self.prefs, self.zone):
                return None
            gate = may_train(start, size, self.limits, self.zone, self.rules)
            if gate.open:
                return start
            if gate.opens_at is None or gate.opens_at <= start:
                return None
            start = gate.opens_at
        return None


def _habit_weekdays(done: Sequence[DoneSession]) -> frozenset[int]:
    """The weekdays of the last two sessions."""
    return frozenset(session.on.weekday() for session in sorted(done, key=lambda session: session.at)[-2:])


def _reasons(racing: bool, done: Sequence[DoneSession]) -> tuple[Reason, ...]:
    reasons = [Reason("plan.race_week")] if racing else []
    minis = sum(session.size is Size.MINI for session in done)
    if minis:
        reasons.append(Reason("plan.minis", facts={"minis": float(minis)}))
    return tuple(reasons)


def _sized(dates: Sequence[date], need: float) -> tuple[PlannedSession, ...]:
    """Whole sessions; a half one, where one is left, comes last."""
    full = floor(need)
    return tuple(
        PlannedSession(on, on, Size.FULL if number < full else Size.MINI) for number, on in enumerate(dates)
    )


def _gaps(dates: Sequence[date]) -> list[int]:
    return [(later - earlier).days for earlier, later in pairwise(dates)]


def _with_original_days(
    chosen: Sequence[PlannedSession],
    kept: Sequence[PlannedSession],
    done: Sequence[DoneSession],
    starts_on: date,
) -> tuple[PlannedSession, ...]:
    """Give each session the day it first stood on: its own if it stayed, else that of one that moved."""
    open_ones = _not_done([session for session in kept if week_holds(starts_on, session.original_on)], done)
    stayed = {session.on: session.original_on for session in open_ones}
    moved = sorted(
        session.original_on for session in open_ones if session.on not in {new.on for new in chosen}
    )
    planned = []
    for session in chosen:
        original_on = stayed.get(session.on) or (moved.pop(0) if moved else session.on)
        planned.append(replace(session, original_on=original_on))
    return tuple(planned)


def _week_days(starts_on: date) -> list[date]:
    return [starts_on + timedelta(days=number) for number in range(7)]


def week_holds(starts_on: date, on: date) -> bool:
    return starts_on <= on < starts_on + WEEK


def _not_done(kept: Sequence[PlannedSession], done: Sequence[DoneSession]) -> list[PlannedSession]:
    """Each session done fulfils the planned one nearest to it."""
    left = sorted(kept, key=lambda session: session.on)
    for session in done:
        if left:
            nearest = min(left, key=lambda planned: (abs(planned.on - session.on), planned.on))
            left.remove(nearest)
    return left
