"""A strength activity of the watch -> a session of ours, where the runner says that it was one.

What is certain needs no word: situation.py leaves the recording of a known session out of its day.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

import structlog
from sqlalchemy.orm import Session

from service.domain.activity import Activity
from service.domain.hours import slot
from service.domain.planner import Size
from service.domain.reconcile import Match, Span, match
from service.pipeline import log
from service.pipeline.situation import Situation
from service.pipeline.tools import Tools
from service.store import companions, prompts, sessions

logger = structlog.get_logger()

Counted = Literal["full", "mini", "no"]


def recorded(session: Session, known: Situation, tools: Tools) -> Activity | None:
    """The latest that may be a session nobody told us of; None where there is none, or all were answered.

    A day has one session, so on a day with one nothing is asked, nor while one is under way.
    """
    since = known.today - timedelta(days=tools.rules.reconcile.ask_days)
    if sessions.under_way(session, known.athlete_id, known.today) is not None:
        return None
    done_on = {each.on for each in known.done}
    for item in reversed(known.judged):
        activity = item.activity
        if not since <= activity.local_on <= known.today:
            continue
        if activity.local_on in done_on or not _is_askable(session, activity, known, tools):
            continue
        if companions.get(session, known.athlete_id, activity.id) is None:
            return activity
    return None


def answer(session: Session, tools: Tools, known: Situation, activity: Activity, said: Counted) -> None:
    """Count it, or never ask of it again. The session holds the day and the runner's word, nothing of the
    recording: its hour is the one at which the runner likes to be asked.
    """
    now, athlete_id = known.now, known.athlete_id
    if said == "no":
        companions.put(session, athlete_id, activity.id, "not", None, now)
        return
    on = activity.local_on
    row = log.record(
        session,
        tools,
        athlete_id,
        on=on,
        size=Size(said),
        origin="watch",
        at=min(now, slot(on, known.prefs, known.zone)),
    )
    companions.put(session, athlete_id, activity.id, "counted", row.id, now)
    logger.info("recording counted", athlete=athlete_id, session=row.id, size=row.size)


def _is_askable(session: Session, activity: Activity, known: Situation, tools: Tools) -> bool:
    asked = _asked(session, activity.local_on, known, tools)  # looked up for a recording that may be one only
    rules = tools.rules
    return match(activity, (), asked, rules.effort.days, rules.reconcile) is Match.COUNT_IT


def _asked(session: Session, on: date, known: Situation, tools: Tools) -> Iterator[Span]:
    """When a session was wanted that day: while a prompt stood, and around the hour of a planned one."""
    for row in prompts.of_day(session, known.athlete_id, on):
        if row.sent_at is not None:
            yield row.sent_at, row.valid_until
    if any(planned.on == on for planned in known.planned):
        around = timedelta(minutes=tools.rules.reconcile.around_slot_min)
        at = slot(on, known.prefs, known.zone)
        yield at - around, at + around
