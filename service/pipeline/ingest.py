"""Work -> the cache of activities: fetch what an event names, follow edits and deletes, drop what is gone."""

from datetime import timedelta

import structlog
from sqlalchemy.orm import Session

from service.domain.activity import Activity
from service.pipeline import access
from service.pipeline.access import NotConnected
from service.pipeline.prompt import lose_activity
from service.pipeline.steps import Postpone, ask_to_classify, ask_to_plan
from service.pipeline.tools import Commit, Tools, nothing
from service.ports import NotFound, Refused, ScopeMissing, SourceRefused
from service.store import activities, connections, work
from service.store.work import Job

log = structlog.get_logger()

# Strava sometimes announces an activity before it can be read, and merges or drops some right after.
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))


def ingest(job: Job, tools: Tools) -> Commit:
    """Read the activity of a row, whatever the event said about it, and store or remove it.

    One read answers all open rows that ask for the same activity: bursts collapse.
    """
    athlete_id, activity_id = job.athlete_id, int(job.body["id"])
    with tools.store.read() as session:
        answered = work.same_activity(session, athlete_id, activity_id)
        cached = bool(activities.known(session, athlete_id, [activity_id]))
    try:
        activity = access.read(
            tools,
            athlete_id,
            lambda token, row: tools.source.activity(
                token, activity_id, job.lane, owner_id=row.strava_athlete_id
            ),
        )
    except NotConnected:
        return nothing
    except NotFound:
        expected = cached or job.body["cause"] in ("delete", "check")
        if not expected and job.attempts < len(RETRY_AFTER):
            wait = RETRY_AFTER[job.attempts]
            raise Postpone("not readable yet", tools.clock() + wait, counts=True) from None
        return lambda session: _remove(session, tools, job, activity_id, answered)
    except (ScopeMissing, SourceRefused) as refusal:
        log.warning("activity refused", athlete=athlete_id, activity=activity_id, why=str(refusal))
        refused = Refused(activity_id, str(refusal))
        return lambda session: activities.put_refused(session, athlete_id, refused, tools.clock())
    return lambda session: _store(session, tools, job, activity, answered)


def _store(session: Session, tools: Tools, job: Job, activity: Activity, answered: list[int]) -> None:
    now = tools.clock()
    changed = activities.put(session, job.athlete_id, activity, now)
    connections.sync(session, job.athlete_id, now).last_event_at = now
    work.close_rows(session, [id for id in answered if id != job.id], "answered by one read")
    if changed:
        ask_to_classify(session, job.athlete_id, now)
        log.info("activity read", athlete=job.athlete_id, activity=activity.id, cause=job.body["cause"])


def _remove(session: Session, tools: Tools, job: Job, activity_id: int, answered: list[int]) -> None:
    work.close_rows(session, [id for id in answered if id != job.id], "gone")
    now = tools.clock()
    if lose_activity(session, job.athlete_id, activity_id, now):
        ask_to_plan(session, job.athlete_id, now)
        log.info("activity gone", athlete=job.athlete_id, activity=activity_id)


def follow_athlete_event(job: Job, tools: Tools) -> Commit:
    """Somebody says that the runner withdrew the permission. Strava confirms it, or it did not happen."""
    if job.body["withdrawn"] and access.still_authorized(tools, job.athlete_id):
        log.warning("withdrawal not confirmed by Strava", athlete=job.athlete_id)
    return nothing
