"""On which days of the last weeks a runner would have been asked: lived through, with what was known then."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.domain.days import Day, Habits, day_of, habits
from service.domain.effort import Judged
from service.domain.hours import ONE_DAY, day_start, moment
from service.domain.planner import WEEK, DoneSession, PlannedSession, Size, Week, plan_week, week_start
from service.domain.preferences import Preferences
from service.domain.prompting import Ask, PastPrompt, PromptRules, Silence, Trigger, Wording, decide
from service.domain.recordings import ended_at
from service.domain.rules import Rules

WEEKS = 4
KNOWN_AFTER = timedelta(minutes=3)  # from an activity's end: it is uploaded, reported and read
DONE_AFTER = timedelta(minutes=15)  # this runner does what they are asked
DAYS_BACK = 21
SOONEST = timedelta(seconds=30)  # a plan never asks to be made again at once

TodayOf = Callable[[datetime, ZoneInfo, tuple[Judged, ...]], date]  # when the runner's day ends


@dataclass(frozen=True, slots=True)
class Asked:
    on: date
    at: time  # wall hour
    trigger: Trigger
    size: Size
    wording: Wording


def preview(
    judged: Sequence[Judged],
    now: datetime,
    zone: ZoneInfo,
    prefs: Preferences,
    rules: Rules,
    prompt_rules: PromptRules,
    *,
    today_of: TodayOf,
    weeks: int = WEEKS,
) -> tuple[Asked, ...]:
    """The prompts of the last whole weeks before the one of ``now``, from the first activity on.

    ``judged``: each activity once, with its verdict as it stands today; the habits of those weeks need the
    90 days before them. Nothing else of it is known before it ended. Where the platform hides the hour, an
    activity counts as known early that day.
    """
    if not judged:
        return ()
    until_on = week_start(today_of(now, zone, tuple(judged)), prefs.week_starts_on)
    first_on = max(until_on - weeks * WEEK, min(each.activity.local_on for each in judged))
    life = _Life(judged, zone, prefs, rules, prompt_rules, today_of)
    at = day_start(first_on, zone)
    until = min(now, moment(until_on, prompt_rules.ask.look_again_hour, zone))
    while at < until:
        at = life.live(at)
    return tuple(asked for asked in life.asked if first_on <= asked.on < until_on)


class _Life:
    """An obedient runner, from one moment at which something could be decided to the next."""

    def __init__(
        self,
        judged: Sequence[Judged],
        zone: ZoneInfo,
        prefs: Preferences,
        rules: Rules,
        prompt_rules: PromptRules,
        today_of: TodayOf,
    ) -> None:
        self.asked: list[Asked] = []
        self._judged = tuple(sorted(judged, key=_known_at))
        self._known_at = [_known_at(each) for each in self._judged]
        self._zone, self._prefs, self._today_of = zone, prefs, today_of
        self._rules, self._prompt_rules = rules, prompt_rules
        self._past: list[PastPrompt] = []
        self._sessions: list[DoneSession] = []  # the last one may be about to be done
        self._kept: tuple[PlannedSession, ...] = ()
        self._habits: tuple[tuple[date, int], Habits] | None = None
        self._days: dict[date, Day] = {}
        self._days_know = -1  # of how many activities

    def live(self, now: datetime) -> datetime:
        """Decide, do what is asked, and say when to decide again."""
        decision = self._decide(now)
        again = decision.send_at if isinstance(decision, Ask) else decision.look_again_at
        if isinstance(decision, Ask) and decision.send_at <= now:
            self._ask(decision, now)
        return max(now + SOONEST, min(at for at in self._moments(now, again) if at > now))

    def _moments(self, now: datetime, again: datetime | None) -> list[datetime]:
        today, hour = now.astimezone(self._zone).date(), self._prompt_rules.ask.look_again_hour
        mornings = [moment(today + n * ONE_DAY, hour, self._zone) for n in range(2)]
        news = bisect_right(self._known_at, now)
        sessions = [session.at for session in self._sessions[-1:]]
        return [*mornings, *self._known_at[news : news + 1], *sessions, *([again] if again else [])]

    def _ask(self, ask: Ask, now: datetime) -> None:
        wall = now.astimezone(self._zone).time().replace(second=0, microsecond=0)
        self.asked.append(Asked(ask.local_on, wall, ask.trigger, ask.size, ask.wording))
        self._past.append(PastPrompt(ask.local_on, now, "done"))
        self._sessions.append(DoneSession(now + DONE_AFTER, ask.local_on, ask.size))

    def _decide(self, now: datetime) -> Ask | Silence:
        known = self._judged[: bisect_right(self._known_at, now)]
        now_local = now.astimezone(self._zone).replace(tzinfo=None)
        today = self._today_of(now, self._zone, known)
        usual = self._habits_of(known, now_local)
        days = self._days_of(known, today, now_local, usual)
        week = self._week(days, usual, today, now)
        self._kept = week.planned
        return decide(
            today=days[today],
            yesterday=days.get(today - ONE_DAY),
            week=week,
            habits=usual,
            past=self._past,
            prefs=self._prefs,
            now=now,
            zone=self._zone,
            rules=self._prompt_rules,
        )

    def _week(self, days: dict[date, Day], usual: Habits, today: date, now: datetime) -> Week:
        starts_on = week_start(today, self._prefs.week_starts_on)
        return plan_week(
            days=days,
            habits=usual,
            done=[session for session in self._sessions if session.at <= now],
            kept=[session for session in self._kept if session.on >= starts_on],
            today=today,
            now=now,
            zone=self._zone,
            prefs=self._prefs,
            rules=self._prompt_rules.plan,
        )

    def _habits_of(self, known: Sequence[Judged], now_local: datetime) -> Habits:
        """They hang on the date and on what is known, and are costly to read."""
        key = (now_local.date(), len(known))
        if self._habits is None or self._habits[0] != key:
            kinds = {each.activity.id: each.verdict.kind for each in known if each.verdict}
            found = habits([each.activity for each in known], now_local, self._rules, kinds=kinds)
            self._habits = key, found
        return self._habits[1]

    def _days_of(
        self, known: Sequence[Judged], today: date, now_local: datetime, usual: Habits
    ) -> dict[date, Day]:
        """Days that were over when they were last judged stay what they were until something new is known."""
        if self._days_know != len(known):
            self._days, self._days_know = {}, len(known)
        since = today - DAYS_BACK * ONE_DAY
        recent = [each for each in known if each.activity.local_on >= since - ONE_DAY]
        days: dict[date, Day] = {}
        for n in range(DAYS_BACK + 1):
            on = since + n * ONE_DAY
            day = self._days.get(on) or day_of(on, recent, now_local, usual, self._rules)
            if on < now_local.date():
                self._days[on] = day
            days[on] = day
        return days


def _known_at(each: Judged) -> datetime:
    return ended_at(each.activity) + KNOWN_AFTER
