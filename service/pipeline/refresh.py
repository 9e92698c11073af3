"""Work -> the cache of activities, page by page: the first 180 days, the daily renewal, and the poll of a
week.
"""

from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from service.domain.activity import Activity
from service.pipeline import access
from service.pipeline.access import NotConnected
from service.pipeline.prompt import lose_activity
from service.pipeline.steps import ask_to_classify, ask_to_plan, ask_to_read
from service.pipeline.tools import Commit, Tools, nothing
from service.ports import Lane, Page, ScopeMissing
from service.store import activities, connections, work
from service.store.work import Job

log = structlog.get_logger()

FULL_PAGE = 200
NEWS = timedelta(days=7)
FEW = 3  # so many that a listing lacks are looked up one by one; more, and the listing is believed


def read_page(job: Job, tools: Tools) -> Commit:
    """Read one page of a listing, store it, and ask for the next; the last one closes the listing.

    A short page may hide others behind it, so a backfill goes on to the empty page. A refresh knows what must
    be there: it goes on only if something is missing. A poll of seven days stops at a short page; the daily
    refresh heals what that could miss.
    """
    after = datetime.fromisoformat(job.body["after"])
    number = int(job.body["page"])
    try:
        page = access.read(
            tools,
            job.athlete_id,
            lambda token, _row: tools.source.activities(token, job.lane, after=after, page=number),
        )
    except NotConnected:
        return nothing
    except ScopeMissing as refusal:
        log.warning("nothing may be read", athlete=job.athlete_id, why=str(refusal))
        return lambda session: _mark_read(session, job, tools.clock())
    return lambda session: _store(session, tools, job, page, after)


def _store(session: Session, tools: Tools, job: Job, page: Page, after: datetime) -> None:
    now = tools.clock()
    known = activities.known(session, job.athlete_id, [item.id for item in page.activities])
    changed = activities.put_page(session, job.athlete_id, page.activities, now)
    for refused in page.refused:
        activities.put_refused(session, job.athlete_id, refused, now)
    if job.body["why"] != "backfill":
        _ask_for_details(session, job, [item for item in changed if item.id not in known], now)
    _note_progress(session, job, page, after, now)
    never_whole = connections.sync(session, job.athlete_id, now).backfilled_at is None
    more = _goes_on(session, job, page, after, now)
    if more:
        _ask_for_next_page(session, job, now)
    else:
        _close(session, job, after, now)
    if changed or (never_whole and not more):  # an account without a run gets its first plan as well
        ask_to_classify(session, job.athlete_id, now)


def _goes_on(session: Session, job: Job, page: Page, after: datetime, now: datetime) -> bool:
    if page.count >= FULL_PAGE:
        return True
    if page.count == 0 or job.body["why"] == "poll":
        return False
    never_whole = connections.sync(session, job.athlete_id, now).backfilled_at is None
    return never_whole or job.body["why"] == "backfill" or bool(_missing(session, job, after))


def _missing(session: Session, job: Job, after: datetime) -> list[int]:
    """What the cache has and this listing has not shown, not even as unreadable."""
    began = datetime.fromisoformat(job.body["began"]).astimezone(UTC)
    unreadable = {row.id for row in activities.refused(session, job.athlete_id) if row.refused_at >= began}
    unseen = activities.not_seen_since(session, job.athlete_id, after, began)
    return [activity_id for activity_id in unseen if activity_id not in unreadable]


def _ask_for_details(session: Session, job: Job, found: list[Activity], now: datetime) -> None:
    """A new run that a listing finds is read once in full, as one that an event announces. An edit is not:
    what can change in a listing is told by it.
    """
    for activity in found:
        if activity.is_run and not activity.manual and activity.start_at >= now - NEWS:
            ask_to_read(session, job.athlete_id, activity.id, "poll", now, dedup=f"poll:{activity.id}")


def _note_progress(session: Session, job: Job, page: Page, after: datetime, now: datetime) -> None:
    if job.body["why"] != "backfill":
        return
    sync = connections.sync(session, job.athlete_id, now)
    if job.body["page"] == 1:
        sync.backfill_started_at, sync.backfill_read = now, 0
    sync.backfill_read += page.count
    if page.activities:
        oldest = min(activity.start_at for activity in page.activities)
        began = datetime.fromisoformat(job.body["began"])
        sync.backfill_share = max(0.0, min(1.0, (began - oldest) / (began - after)))


def _ask_for_next_page(session: Session, job: Job, now: datetime) -> None:
    number = int(job.body["page"]) + 1
    work.enqueue(
        session,
        athlete_id=job.athlete_id,
        kind="list",
        now=now,
        body={**job.body, "page": number},
        lane=job.lane,
        dedup=f"list:{job.athlete_id}:{job.body['why']}:{job.body['began']}:{number}",
    )


def _close(session: Session, job: Job, after: datetime, now: datetime) -> None:
    """The listing is complete: what the cache has and the listing lacks may be gone."""
    missing = _missing(session, job, after)
    for activity_id in missing:
        if len(missing) <= FEW:
            key = f"check:{activity_id}:{job.body['began']}"
            ask_to_read(session, job.athlete_id, activity_id, "check", now, dedup=key, lane=Lane.BULK)
        else:
            lose_activity(session, job.athlete_id, activity_id, now)
    _mark_read(session, job, now)
    if missing:
        ask_to_plan(session, job.athlete_id, now)


def _mark_read(session: Session, job: Job, now: datetime) -> None:
    """A refresh reads as far back as a backfill, and so completes one that was given up."""
    sync = connections.sync(session, job.athlete_id, now)
    sync.listed_at = now
    if job.body["why"] == "backfill" or (job.body["why"] == "refresh" and sync.backfilled_at is None):
        sync.backfill_share, sync.backfilled_at = 1.0, now
