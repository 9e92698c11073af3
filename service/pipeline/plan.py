"""Verdicts -> the week: on which of its remaining days the sessions fit best."""

from datetime import timedelta

from sqlalchemy.orm import Session

from service.domain.planner import Week, plan_week
from service.pipeline import situation
from service.pipeline.situation import Situation
from service.pipeline.steps import ask_to_prompt
from service.pipeline.tools import Commit, Tools
from service.store import prompts, sessions
from service.store.work import Job

LOOK_BACK = timedelta(days=14)


def plan(job: Job, tools: Tools) -> Commit:
    now = tools.clock()
    with tools.store.read() as session:
        known = situation.load(session, job.athlete_id, tools, now)
        week = week_of(session, known, tools)

    def commit(session: Session) -> None:
        sessions.put_plan(session, job.athlete_id, week.starts_on, week.planned)
        sessions.put_target(session, job.athlete_id, week.starts_on, week.target, excused=week.excused)
        ask_to_prompt(session, job.athlete_id, now)

    return commit


def week_of(session: Session, known: Situation, tools: Tools) -> Week:
    """The week around today as it looks now, whatever is stored of it."""
    since = known.today - LOOK_BACK
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
        not_on=[
            row.local_on for row in prompts.sent(session, known.athlete_id, since) if _waved_off(row.answer)
        ],
    )


def _waved_off(answer: str | None) -> bool:
    return answer == "not_today"
