"""Everything the decisions of one athlete rest on, read at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy.orm import Session

from service.domain.activity import Activity
from service.domain.asking import runs_to_ask
from service.domain.calendar import Away, Race
from service.domain.days import Day, Habits, day_of, habits, without_duplicates
from service.domain.effort import Judged, RunKind
from service.domain.planner import DoneSession, PlannedSession, Size, Week, plan_week, week_start
from service.domain.preferences import Preferences
from service.domain.reconcile import is_same
from service.domain.routine import Prescription
from service.pipeline.classify import said_of
from service.pipeline.reached import NOTHING_REACHED, Reached, prescribed, reached
from service.pipeline.tools import Tools
from service.store import activities, athletes, calendar, corrections, prompts, sessions
from service.store.tables import Athlete

DAY_ENDS_AT_H = 3  # somebody who is still up at one has not begun a new day
JUST_NOW = timedelta(hours=3)
DAYS_BACK = 21
WAVED_OFF_BACK = timedelta(days=14)
LOAD = {RunKind.LONG: 2.0, RunKind.HARD: 3.0, RunKind.RACE: 4.0}
LOOKED_AT = timedelta(days=180)  # habits go back 90 days, Progress 13 weeks and the month before
DONE_BACK = timedelta(days=98)  # 13 weeks and a bit: the longest view


@dataclass(frozen=True, slots=True)
class Situation:
    athlete_id: int
    prefs: Preferences
    zone: ZoneInfo
    now: datetime  # aware UTC
    today: date  # local; changes at 03:00
    week_on: date
    judged: tuple[Judged, ...]  # oldest first, each run once
    habits: Habits
    days: Mapping[date, Day]  # the last three weeks and today
    done: tuple[DoneSession, ...]
    planned: tuple[PlannedSession, ...]  # this week's, as stored
    races: tuple[Race, ...] = ()  # entered: to come, and of the last three weeks
    away: tuple[Away, ...] = ()  # to come, now, and of the last three weeks
    reached: Reached = NOTHING_REACHED

    @property
    def credit(self) -> float:
        """Sessions done this week, a mini for half."""
        return sum(session.size.credit for session in self.done if session.on >= self.week_on)

    @property
    def now_local(self) -> datetime:
        """Naive wall time."""
        return self.now.astimezone(self.zone).replace(tzinfo=None)


def load(session: Session, athlete_id: int, tools: Tools, now: datetime) -> Situation:
    """Raises LookupError if the account is gone."""
    athlete = athletes.get(session, athlete_id)
    if athlete is None:
        raise LookupError(f"athlete {athlete_id} is gone")
    prefs = athletes.preferences(athlete)
    judged = _once_each(activities.judged(session, athlete_id, now, now - LOOKED_AT))
    zone = zone_of(athlete, judged)
    now_local = now.astimezone(zone).replace(tzinfo=None)
    today = today_of(now, zone, judged)
    week_on = week_start(today, prefs.week_starts_on)
    known = _habits(judged, now_local, tools)
    since = today - timedelta(days=DAYS_BACK)
    done = tuple(sessions.done(session, athlete_id, today - DONE_BACK))
    recent = _without_sessions(
        [item for item in judged if item.activity.local_on >= since - timedelta(days=1)], done, tools
    )
    return Situation(
        athlete_id=athlete_id,
        prefs=prefs,
        zone=zone,
        now=now,
        today=today,
        week_on=week_on,
        judged=judged,
        habits=known,
        days={on: day_of(on, recent, now_local, known, tools.rules.effort) for on in _dates(since, today)},
        done=done,
        planned=tuple(sessions.planned(session, athlete_id, week_on)),
        races=tuple(calendar.races(session, athlete_id, since)),
        away=tuple(calendar.away(session, athlete_id, since)),
        reached=reached(session, athlete),
    )


def load_locked(session: Session, athlete_id: int, tools: Tools) -> Situation:
    """As it is now, under the athlete's lock: two taps are told one after the other."""
    athletes.lock(session, athlete_id)
    return load(session, athlete_id, tools, tools.clock())


def week_of(session: Session, known: Situation, tools: Tools) -> Week:
    """The week around today as it looks now, whatever is stored of it."""
    sent = prompts.sent(session, known.athlete_id, known.today - WAVED_OFF_BACK)
    return plan_week(
        days=known.days,
        habits=known.habits,
        done=known.done,
        kept=known.planned,
        today=known.today,
        now=known.now,
        zone=known.zone,
        prefs=known.prefs,
        rules=tools.rules.plan,
        races=known.races,
        away=known.away,
        not_on=[row.local_on for row in sent if row.answer == "not_today"],
    )


def today_of(now: datetime, zone: ZoneInfo, judged: tuple[Judged, ...] = ()) -> date:
    """The runner's day. It ends at 03:00, and not within three hours after a run that began on it."""
    ended = (item.activity for item in judged if item.activity.end_at <= now)  # not what is dated ahead
    latest = max(ended, key=lambda activity: activity.end_at, default=None)
    on_the_wall = now.astimezone(zone).date()
    possible = (on_the_wall - timedelta(days=1), on_the_wall)  # a record in a wrong zone moves no day
    if latest is not None and latest.local_on in possible and now - latest.end_at <= JUST_NOW:
        return latest.local_on
    return (now.astimezone(zone) - timedelta(hours=DAY_ENDS_AT_H)).date()


def zone_of(athlete: Athlete, judged: tuple[Judged, ...] = ()) -> ZoneInfo:
    """What the runner's browser said, else where the latest activity was, else UTC."""
    travelled = [item.activity.timezone for item in reversed(judged) if item.activity.timezone]
    for name in (athlete.timezone, *travelled[:1], "UTC"):
        zone = zone_named(name)
        if zone is not None:
            return zone
    raise LookupError("no time zone data: install tzdata")


def zone_named(name: str) -> ZoneInfo | None:
    """None for a name of no zone."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # the last: "America" is a folder
        return None


def _habits(judged: tuple[Judged, ...], now_local: datetime, tools: Tools) -> Habits:
    kinds = {item.activity.id: item.verdict.kind for item in judged if item.verdict}
    return habits([item.activity for item in judged], now_local, tools.rules.effort, kinds=kinds)


def _once_each(judged: list[Judged]) -> tuple[Judged, ...]:
    by_id = {item.activity.id: item for item in judged}

    def load(activity: Activity) -> float:
        verdict = by_id[activity.id].verdict
        return LOAD.get(verdict.kind, 0.0) if verdict else 0.0

    kept = without_duplicates([item.activity for item in judged], load=load)
    return tuple(by_id[activity.id] for activity in kept)


def _without_sessions(
    judged: list[Judged], done: tuple[DoneSession, ...], tools: Tools
) -> list[Judged]:
    """A session that the watch recorded, too, is one session and makes no day of strength work."""
    days, rules = tools.rules.effort.days, tools.rules.reconcile
    begun = [each.at for each in done]
    return [item for item in judged if not is_same(item.activity, begun, days, rules)]


def _dates(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def to_ask(session: Session, known: Situation, tools: Tools) -> tuple[int, ...]:
    """Ids of the unsure runs that the runner is asked about today."""
    week = [item.activity.id for item in known.judged if item.activity.local_on >= known.week_on]
    words = corrections.words(session, known.athlete_id)
    said = said_of(words, week, tools.keys, known.athlete_id)
    return runs_to_ask(known.judged, said, known.week_on, known.today, tools.rules.ask)


def week_target(session: Session, known: Situation) -> int:
    """Sessions this week asks for: as it was planned, else as the runner wishes for weeks in general."""
    this_week = sessions.targets(session, known.athlete_id, known.week_on).get(known.week_on)
    return this_week.target if this_week else known.prefs.target_per_week


def prescription(tools: Tools, known: Situation, size: Size) -> Prescription:
    """What a session of that size is for this runner today."""
    return prescribed(tools, known.reached, known.prefs, size, known.today, known.races)[0]


def minutes(tools: Tools, known: Situation, size: Size) -> int:
    """As it is said to the runner: whole minutes."""
    return round(prescription(tools, known, size).minutes)
