"""What the runner enters ahead -> another week: races, times away, and coming back.

Every function may be called twice: the second time changes nothing. Each asks for a new plan.
"""

from datetime import date, datetime

import structlog
from sqlalchemy.orm import Session

from service.domain.calendar import (
    Away,
    Distance,
    Race,
    Why,
    aim_of,
    check_away,
    check_race,
    ended,
    joined,
)
from service.domain.planner import WEEK, Size, week_start
from service.pipeline import situation
from service.pipeline.amend import withdraw
from service.pipeline.situation import Situation
from service.pipeline.steps import ask_to_plan
from service.pipeline.tools import Tools
from service.store import calendar, prompts, sessions

log = structlog.get_logger()


def enter_race(
    session: Session, tools: Tools, athlete_id: int, on: date, distance: Distance | None = None
) -> Race:
    """Raises CalendarError for a day that is over or too far ahead, or has another race already."""
    known = situation.load_locked(session, athlete_id, tools)
    race = Race(on, distance)
    entered = calendar.races(session, athlete_id, known.today)
    check_race(race, entered, known.today, tools.rules.plan.calendar)
    if race not in entered:
        calendar.put_race(session, athlete_id, race)
        ask_to_plan(session, athlete_id, known.now)
        log.info("race entered", athlete=athlete_id)
    return race


def drop_race(session: Session, tools: Tools, athlete_id: int, on: date) -> bool:
    """False if none was entered for that day."""
    known = situation.load_locked(session, athlete_id, tools)
    if not calendar.drop_race(session, athlete_id, on):
        return False
    ask_to_plan(session, athlete_id, known.now)
    log.info("race dropped", athlete=athlete_id)
    return True


def go_away(
    session: Session, tools: Tools, athlete_id: int, why: Why, first_on: date, last_on: date | None = None
) -> Away:
    """As stored: one with what it meets of its kind. What was asked for these days is taken back.

    ``last_on`` may be missing for an illness or an injury: until the runner ends it. Raises CalendarError
    for days that cannot be.
    """
    known = situation.load_locked(session, athlete_id, tools)
    wished = Away(first_on, last_on, why)
    check_away(wished, known.today, tools.rules.plan.calendar)
    away, met = joined(wished, calendar.away(session, athlete_id, first_on))
    if met == (away,):
        return met[0]
    calendar.drop_away(session, athlete_id, met)
    away_id = calendar.put_away(session, athlete_id, away)
    _take_back(session, athlete_id, away, known.now)
    _excuse_past_weeks(session, known, away, tools)
    ask_to_plan(session, athlete_id, known.now)
    log.info("away", athlete=athlete_id, why=why.value)
    stored = calendar.one_away(session, athlete_id, away_id)
    assert stored is not None
    return stored


def come_back(
    session: Session, tools: Tools, athlete_id: int, away_id: int, *, at_once: bool = False
) -> bool:
    """End a time away, or drop one that has not begun. False if this athlete entered no such one.

    After an illness some days without symptoms follow, unless ``at_once``.
    """
    known = situation.load_locked(session, athlete_id, tools)
    away = calendar.one_away(session, athlete_id, away_id)
    if away is None or not away.why.is_entered:
        return False
    after = ended(away, known.today, tools.rules.plan.calendar, at_once=at_once)
    if after == away:
        return True
    if after is None:
        calendar.drop_away(session, athlete_id, [away])
    else:
        calendar.put_away(session, athlete_id, after)
    ask_to_plan(session, athlete_id, known.now)
    log.info("back", athlete=athlete_id, why=away.why.value)
    return True


def still_hurt(session: Session, tools: Tools, athlete_id: int, away_id: int) -> bool:
    """The answer to the one question about an injury. False if there is no such time away of this athlete."""
    known = situation.load_locked(session, athlete_id, tools)
    away = calendar.one_away(session, athlete_id, away_id)
    if away is None:
        return False
    if away.answered_on is None:
        calendar.answer_away(session, away_id, known.today)
        log.info("still hurt", athlete=athlete_id)
    return True


def _take_back(session: Session, athlete_id: int, away: Away, now: datetime) -> None:
    for row in prompts.unanswered(session, athlete_id):
        fits = not away.why.silent and Size(row.size) is Size.MINI
        if away.holds(row.local_on) and not fits:
            withdraw(session, row, now)


def _excuse_past_weeks(session: Session, known: Situation, away: Away, tools: Tools) -> None:
    """A pause that is told late also counts for the weeks that are over; the running one is planned anew."""
    since = week_start(away.first_on, known.prefs.week_starts_on) - WEEK
    every = calendar.away(session, known.athlete_id, since)
    for week_on, row in sessions.targets(session, known.athlete_id, since).items():
        if week_on < known.week_on and week_on + WEEK > away.first_on:
            aim = aim_of(week_on, known.prefs.target_per_week, every, (), tools.rules.plan.calendar)
            row.target = min(row.target, aim.sessions)
            row.excused = row.excused or aim.excused
