"""What is past its time goes, whatever it is. Strava's data has its end written on every row."""

from datetime import datetime

import structlog
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.pipeline.connect import forget_lost
from service.pipeline.steps import ask_to_classify
from service.pipeline.tools import Tools
from service.store import activities, athletes
from service.store.tables import ActivityDetail, ActivityRow, Base

log = structlog.get_logger()


def purge(tools: Tools) -> int:
    """Delete every cached row whose end has come; how many. Safe to run at any time, any number of times."""
    now = tools.clock()
    with tools.store.write() as session:
        _judge_again_without_detail(session, now)
        gone = _purge_expired(session, now)
        athletes.purge(session, now)
    forget_lost(tools)
    tools.store.forget()  # always: what was removed by other hands, or while a reader stood in the way
    if gone:
        log.info("purged", rows=gone)
    return gone


def cache_tables() -> list[str]:
    """Names of the tables that hold Strava's data or what follows from it."""
    return [
        table.name
        for table in Base.metadata.sorted_tables
        if any(column.info.get("data_class") in ("A", "B") for column in table.columns)
    ]


def _judge_again_without_detail(session: Session, now: datetime) -> None:
    """A verdict that rests on splits must not outlive them: it is found anew from the summary."""
    same = (ActivityRow.athlete_id == ActivityDetail.athlete_id) & (ActivityRow.id == ActivityDetail.id)
    over = session.execute(
        select(ActivityDetail.athlete_id, ActivityDetail.id)
        .join(ActivityRow, same)
        .where(ActivityDetail.expires_at <= now, ActivityRow.expires_at > now)
    ).all()
    for athlete_id, activity_id in over:
        activities.unjudge(session, athlete_id, activity_id)
        ask_to_classify(session, athlete_id, now)


def _purge_expired(session: Session, now: datetime) -> int:
    gone = 0
    for name in cache_tables():
        table = Base.metadata.tables[name]
        result = session.execute(delete(table).where(table.c.expires_at <= now))
        gone += getattr(result, "rowcount", 0)
    return gone
