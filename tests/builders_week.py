"""Small builders for weeks, days and prompts. It is May 2030 in Rome unless said otherwise."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from service.domain.days import Day, DayKind, Habits
from service.domain.planner import (
    RUN_KINDS,
    DoneSession,
    PlannedSession,
    Size,
    Week,
    parse_plan_rules,
    plan_week,
)
from service.domain.preferences import NeverHours, Preferences
from service.domain.prompting import Ask, PastPrompt, Silence, decide, parse_prompt_rules

ROME = ZoneInfo("Europe/Rome")
CONFIG = Path(__file__).parents[1] / "config"
RULES_FILE: dict[str, Any] = tomllib.loads((CONFIG / "rules.toml").read_text("utf-8"))
WORDS: dict[str, Any] = tomllib.loads((CONFIG / "messages" / "en.toml").read_text("utf-8"))
PLAN_RULES = parse_plan_rules(RULES_FILE)
PROMPT_RULES = parse_prompt_rules(RULES_FILE)
MONDAY = date(2030, 5, 6)
# With an hour, half an hour, or three quarters in their offsets or clock changes.
ZONES = [
    ZoneInfo(name)
    for name in ("Europe/Rome", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia")
]


@dataclass(frozen=True)
class PlainHabits:
    """Habits told outright: by weekday the chances of each kind, and one hour for the rest."""

    by_weekday: Mapping[int, Mapping[DayKind, float]] = field(default_factory=dict)
    finish: time | None = None
    later: float | None = None  # chance of a run later, up to ``rest_from``; None: that of any run that day
    rest_from: time = time(19, 30)

    def kind_chances(self, weekday: int) -> Mapping[DayKind, float]:
        return self.by_weekday.get(weekday, {DayKind.REST: 0.6, DayKind.RUN_EASY: 0.4})

    def usual_finish(self, weekday: int) -> time | None:
        return self.finish

    def p_run_later(self, weekday: int, at: time) -> float:
        if at >= self.rest_from:
            return 0.0
        runs = sum(chance for kind, chance in self.kind_chances(weekday).items() if kind in RUN_KINDS)
        return runs if self.later is None else self.later


def some_habits(
    *,
    finish: time | None = None,
    later: float | None = None,
    rest_from: time = time(19, 30),
    always: DayKind | None = None,
    **kinds: DayKind | Mapping[DayKind, float],
) -> Habits:
    """``some_habits(tue=DayKind.RUN_HARD, sat={DayKind.LONG: 0.8, DayKind.REST: 0.2})``"""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    default = {weekday: {always: 1.0} for weekday in range(7)} if always else {}
    by_weekday = {
        names.index(name): {kind: 1.0} if isinstance(kind, DayKind) else kind for name, kind in kinds.items()
    }
    return cast(Habits, PlainHabits(default | by_weekday, finish, later, rest_from))


def at(text: str, zone: ZoneInfo = ROME) -> datetime:
    """``at("2030-05-06 18:30")``: a wall hour as aware UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def wall(moment: datetime, zone: ZoneInfo = ROME) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def a_day(on: date, kind: DayKind, ended: str | None = None, zone: ZoneInfo = ROME) -> Day:
    """``ended`` is a wall hour of that day, or a whole date and hour."""
    text = ended if ended is None or " " in ended else f"{on} {ended}"
    return Day(on, kind, (), (7,) if text else (), at(text, zone) if text else None, 7 if text else None)


def done(text: str, size: Size = Size.FULL, zone: ZoneInfo = ROME) -> DoneSession:
    return DoneSession(at(text, zone), datetime.fromisoformat(text).date(), size)


def sent(
    text: str,
    answer: str | None = None,
    zone: ZoneInfo = ROME,
    *,
    taken_back: bool = False,
    mistaken: bool = False,
) -> PastPrompt:
    """``mistaken`` implies that it was taken back."""
    on, sent_at = datetime.fromisoformat(text).date(), at(text, zone)
    return PastPrompt(on, sent_at, answer, taken_back or mistaken, mistaken)


def kept(on: date, original_on: date | None = None, size: Size = Size.FULL) -> PlannedSession:
    return PlannedSession(on, original_on or on, size)


def a_week(now: str, **changes: Any) -> Week:
    """The plan at a wall hour in Rome."""
    given: dict[str, Any] = {
        "days": {},
        "habits": some_habits(),
        "done": (),
        "kept": (),
        "today": datetime.fromisoformat(now).date(),
        "now": at(now),
        "zone": ROME,
        "prefs": Preferences(),
        "rules": PLAN_RULES,
    }
    return plan_week(**(given | changes))


def decision(
    now: str,
    kind: DayKind = DayKind.OPEN,
    ended: str | None = None,
    *,
    past: Sequence[PastPrompt] = (),
    prefs: Preferences | None = None,
    habits: Habits | None = None,
    yesterday: Day | None = None,
    **plan: Any,
) -> Ask | Silence:
    """What is decided at a wall hour in Rome on a day of that kind, with the plan of that moment."""
    on = datetime.fromisoformat(now).date()
    today = a_day(on, kind, ended)
    prefs = prefs or Preferences()
    habits = habits or some_habits()
    days = {on: today} | plan.pop("days", {})
    week = a_week(now, days=days, habits=habits, prefs=prefs, **plan)
    return decide(
        today=today,
        yesterday=yesterday,
        week=week,
        habits=habits,
        past=past,
        prefs=prefs,
        now=at(now),
        zone=ROME,
        rules=PROMPT_RULES,
    )


def days_after(on: date, number: int) -> date:
    return on + timedelta(days=number)


# --- quiet hours ----------------------------------------------------------------------------------

DAY_MIN = 24 * 60


def some_never_hours(most: int = 4) -> st.SearchStrategy[tuple[NeverHours, ...]]:
    weekdays = st.frozensets(st.integers(0, 6), min_size=1)
    hour = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30]))
    return st.lists(st.builds(NeverHours, weekdays, hour, hour), max_size=most).map(tuple)


def is_shut(moment: datetime, prefs: Preferences, zone: ZoneInfo) -> bool:
    """Whether it is quiet, reckoned on a week of minutes."""
    local = moment.astimezone(zone)
    minute = local.weekday() * DAY_MIN + _minute(local.time())
    every_day = NeverHours(frozenset(range(7)), prefs.quiet_from, prefs.quiet_until)
    return any(
        (minute - weekday * DAY_MIN - _minute(hours.from_)) % (7 * DAY_MIN)
        < (_minute(hours.until) - _minute(hours.from_)) % DAY_MIN
        for hours in (every_day, *prefs.never_hours)
        for weekday in hours.weekdays
    )


def _minute(hour: time) -> int:
    return hour.hour * 60 + hour.minute
