"""Verdicts -> the week: on which of its remaining days the sessions fit best, and what that means for now."""

from dataclasses import replace

from sqlalchemy.orm import Session

from service.pipeline import situation
from service.pipeline.prompt import carry_out, decide_now
from service.pipeline.situation import week_of
from service.pipeline.tools import Commit, Tools
from service.store import sessions
from service.store.work import Job


def plan(job: Job, tools: Tools) -> Commit:
    """The prompt is decided in the same step: it rests on the same facts, and a runner may be waiting."""
    now = tools.clock()
    with tools.store.read() as session:
        known = situation.load(session, job.athlete_id, tools, now)
        week = week_of(session, known, tools)
        moved = week.planned != known.planned
        if moved:  # a prompt rests on the plan as it is stored then
            known = replace(known, planned=week.planned)
        decision = decide_now(session, known, week_of(session, known, tools) if moved else week, tools)

    def commit(session: Session) -> None:
        if moved:
            sessions.put_plan(session, job.athlete_id, week.starts_on, week.planned)
        sessions.put_target(session, job.athlete_id, week.starts_on, week.target, excused=week.excused)
        carry_out(session, tools, known, decision)

    return commit
