"""What speaks for and against asking now: earlier prompts, limits, and which moment comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from service.domain.activity import Reason
from service.domain.days import Day, DayKind, Habits
from service.domain.hours import (
    ONE_DAY,
    after_quiet,
    asking_ends,
    is_quiet,
    local_day,
    moment,
    quiet_begins,
    slot_hour,
)
from service.domain.planner import GOOD_KINDS, Gate, PlannedSession, Size, Week, may_train, week_start
from service.domain.preferences import Preferences
from service.domain.prompts import NextMoment, PastPrompt, PromptRules, Silence

HALF_HOUR = timedelta(minutes=30)
ROUNDS = 7  # of going from one zone's quiet hours into another's: as many nights leave no hour free


@dataclass(frozen=True, slots=True)
class Outlook:
    """All that speaks for and against asking now."""

    today: Day
    yesterday: Day | None
    week: Week
    habits: Habits
    past: Sequence[PastPrompt]
    prefs: Preferences
    now: datetime
    zone: ZoneInfo
    rules: PromptRules
    also_quiet_in: Sequence[ZoneInfo] = ()
    on_hold: bool = False

    # --- what was asked before

    def asked_on(self, on: date) -> int:
        return sum(on in self.days_of(prompt) for prompt in self.past if not prompt.mistaken)

    def asked_in_week(self, on: date) -> int:
        starts_on = self.week_of(on)
        return sum(
            starts_on in map(self.week_of, self.days_of(prompt))
            for prompt in self.past
            if not prompt.mistaken
        )

    def days_of(self, prompt: PastPrompt) -> tuple[date, date]:
        """The day it was for and the day it went out; past midnight they differ."""
        return prompt.local_on, local_day(prompt.sent_at, self.zone)

    def week_of(self, on: date) -> date:
        return week_start(on, self.prefs.week_starts_on)

    def asked_enough(self, *days: date) -> bool:
        rules = self.rules.ask
        return any(
            self.asked_on(on) >= rules.per_day or self.asked_in_week(on) >= rules.per_week for on in days
        )

    def ignored(self) -> list[PastPrompt]:
        """Of the prompts since the last sign those that were left without an answer, oldest first: none that
        was taken back, and not today's, which may still get one.
        """
        return [
            prompt
            for prompt in self.since_last_sign()
            if not prompt.taken_back and prompt.local_on < self.today.on
        ]

    def since_last_sign(self) -> list[PastPrompt]:
        """All prompts since the runner last answered one or did a session, oldest first."""
        last_done_at = max((session.at for session in self.week.limits.recent + self.week.done), default=None)
        row: list[PastPrompt] = []
        for prompt in sorted(self.past, key=lambda prompt: prompt.sent_at, reverse=True):
            if prompt.answer is not None or (last_done_at and prompt.sent_at <= last_done_at):
                break
            row.append(prompt)
        return row[::-1]

    # --- what limits now

    def gate(self, at: datetime, size: Size) -> Gate:
        return may_train(at, size, self.week.limits, self.zone, self.rules.plan)

    def size_at(self, at: datetime, wanted: Size) -> tuple[Size, Gate]:
        """The wanted size, or a mini where only that may be done."""
        gate = self.gate(at, wanted)
        if gate.open or wanted is Size.MINI:
            return wanted, gate
        mini = self.gate(at, Size.MINI)
        return (Size.MINI, mini) if mini.open else (wanted, gate)

    def wanted(self) -> Size:
        return Size.FULL if self.week.need >= 1 else Size.MINI

    def never(self, *days: date) -> bool:
        return any(on.weekday() in self.prefs.never_weekdays for on in days)

    def is_quiet(self, at: datetime) -> bool:
        return any(is_quiet(at, self.prefs, zone) for zone in self._zones)

    def after_quiet(self, at: datetime) -> datetime:
        """The first moment from ``at`` on that is quiet in no zone; a quiet one where there is none."""
        for _ in range(ROUNDS):
            if not self.is_quiet(at):
                break
            at = max(after_quiet(at, self.prefs, zone) for zone in self._zones)
        return at

    def open_from(self, at: datetime) -> datetime:
        """``at``, or the end of the quiet hours it lies in where that comes on the same local day."""
        end = self.after_quiet(at)
        same_day = local_day(end, self.zone) == local_day(at, self.zone)
        return end if same_day and not self.is_quiet(end) else at

    def in_never_hours(self, at: datetime) -> bool:
        """Whether it is by these alone that ``at`` is quiet."""
        wall = at.astimezone(self.zone)
        held = any(hours.hold_at(wall) for hours in self.prefs.never_hours)
        return held and not self.prefs.quiet.hold_at(wall)

    def quiet_begins(self, at: datetime) -> datetime | None:
        begins = (quiet_begins(at, self.prefs, zone) for zone in self._zones)
        return min((begin for begin in begins if begin), default=None)

    def asking_ends(self, at: datetime) -> datetime:
        until = asking_ends(at, self.prefs, self.zone)
        return min(until, self.quiet_begins(at) or until)

    @property
    def _zones(self) -> tuple[ZoneInfo, ...]:
        return self.zone, *self.also_quiet_in

    def hour(self, at: datetime) -> time:
        return at.astimezone(self.zone).time().replace(second=0, microsecond=0)

    # --- being silent

    def silence(
        self,
        cause: str,
        facts: Mapping[str, float | str] | None = None,
        *,
        at: datetime | None = None,
        look_again_at: datetime | None = None,
    ) -> Silence:
        """``at``: the moment today at which the prompt is due, if nothing comes between."""
        tomorrow = moment(self.today.on + ONE_DAY, self.rules.ask.look_again_hour, self.zone)
        look = look_again_at or at or max(tomorrow, self.now + HALF_HOUR)
        return Silence(Reason(f"prompt.{cause}", facts=facts), self.next_moment(at), look)

    def next_moment(self, at: datetime | None) -> NextMoment | None:
        if at is not None:
            return self.moment_on(self.today.on, self.hour(at))
        for session in self.week.planned:
            if session.fallback and session.on > self.today.on:
                return NextMoment(session.on, None, self.opens(session.on, self.fallback_hour(session)))
            if session.on > self.today.on:
                return self.moment_on(session.on, self.slot_opens(session.on))
        ahead_on = self.week.ahead_on
        return self.moment_on(ahead_on, self.slot_opens(ahead_on)) if ahead_on else None

    def slot_opens(self, on: date) -> time:
        return self.opens(on, slot_hour(on, self.prefs))

    def opens(self, on: date, hour: time) -> time:
        """That hour, or the end of the quiet hours it lies in."""
        return self.hour(self.open_from(moment(on, hour, self.zone)))

    def moment_on(self, on: date, hour: time) -> NextMoment:
        """After the usual easy run where that is the likeliest, else at ``hour``."""
        if on == self.today.on and self.today.kind is not DayKind.OPEN:
            return NextMoment(on, self.today.kind, hour)
        chances = self.habits.kind_chances(on.weekday())
        likeliest = max(GOOD_KINDS, key=lambda kind: chances.get(kind, 0.0))
        finish = self.habits.usual_finish(on.weekday())
        to_come = on > self.today.on or (finish is not None and finish > self.hour(self.now))
        if likeliest is DayKind.RUN_EASY:
            return NextMoment(on, likeliest, finish) if to_come else NextMoment(on, DayKind.REST, hour)
        return NextMoment(on, likeliest, hour)

    def fallback_hour(self, session: PlannedSession) -> time:
        plan = self.rules.plan
        return plan.fallback_last_at if session.on == self.week.ends_on else plan.fallback_from
