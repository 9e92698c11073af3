"""A session that was done -> Strava, where the runner wishes it: once, muted, and told in one line.

What is kept with the session is our own: its key, how far this has come, and why it ended so. Strava's
numbers stand in the rows of work and go with them. Source: https://developers.strava.com/docs/uploads/
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog
from sqlalchemy.orm import Session

from service.domain.activity import OUR_MARK
from service.pipeline import access, situation
from service.pipeline.access import NotConnected
from service.pipeline.connect import may_write
from service.pipeline.steps import Postpone
from service.pipeline.tools import Commit, Tools, nothing
from service.ports import (
    Lane,
    NotFound,
    ScopeMissing,
    SourceDown,
    SourceRefused,
    StrengthSet,
    StrengthUpload,
    Uploaded,
    UploadState,
)
from service.store import activities, athletes, connections, results, sessions, work
from service.store.tables import Athlete, StrengthSession
from service.store.work import Job

log = structlog.get_logger()

WRITTEN = frozenset({"page", "link"})  # begun or done here, so that the hour is known
UNDER_WAY = frozenset({"due", "polling"})
# Nothing can be deleted or replaced over there, so whoever taps by mistake has time to undo it.
SETTLES = timedelta(minutes=10)
TRY_AGAIN = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720))
LOOK_AGAIN = tuple(timedelta(seconds=seconds) for seconds in (2, 3, 5, 10, 30, 120, 600, 3600))
TIMED = timedelta(minutes=2)  # begun and done within less was told, not timed
LONGEST = timedelta(hours=2)


def ask_to_upload(session: Session, row: StrengthSession, now: datetime) -> None:
    """For every session that is done; whether it is to be written is seen here. Once, however often asked."""
    athlete = athletes.get(session, row.athlete_id)
    if athlete is None or not athlete.write_back or row.upload or row.origin not in WRITTEN:
        return
    row.upload = {"state": "due", "key": uuid4().hex}
    _ask(session, row, now, SETTLES)


def upload(job: Job, tools: Tools) -> Commit:
    """Hand the session in, or look what became of it.

    A try that broke off between the answer and the commit is made again: the key makes it a duplicate there,
    which is as good as done.
    """
    with tools.store.read() as session:
        athlete = athletes.get(session, job.athlete_id)
        row = sessions.get(session, job.athlete_id, int(job.body["session"]))
        if athlete is None or row is None or row.upload.get("state") not in UNDER_WAY:
            return nothing
        connection = connections.get(session, job.athlete_id)
        content = _content(session, tools, athlete, row)
    is_sent = "upload" in job.body
    if not is_sent and (row.undone_at is not None or not athlete.write_back or not content.sets):
        return lambda session: _end(session, row, {})
    try:
        if connection is None or not may_write(connection.scope):
            raise ScopeMissing("the runner did not grant to write")
        return _look(job, tools, row, content) if is_sent else _send(job, tools, row, content)
    except (NotConnected, ScopeMissing):
        lost = {"state": "failed", "said": "no_answer"} if is_sent else {"state": "withdrawn"}
        return lambda session: _end(session, row, lost)
    except (SourceRefused, NotFound) as refusal:
        log.warning("upload refused", athlete=job.athlete_id, session=row.id, why=str(refusal))
        return lambda session: _end(session, row, {"state": "failed", "said": "refused"})
    except SourceDown as outage:
        return _again(job, tools, row, TRY_AGAIN, str(outage))


def _send(job: Job, tools: Tools, row: StrengthSession, content: StrengthUpload) -> Commit:
    upload_id = access.read(
        tools, job.athlete_id, lambda token, _row: tools.uploads.upload(token, content, job.lane)
    )

    def commit(session: Session) -> None:
        now = tools.clock()
        _end(session, row, {"state": "polling"})
        _ask(session, row, now, LOOK_AGAIN[0], upload=upload_id)

    return commit


def _look(job: Job, tools: Tools, row: StrengthSession, content: StrengthUpload) -> Commit:
    found = access.read(
        tools, job.athlete_id, lambda token, _row: tools.uploads.uploaded(token, job.body["upload"], job.lane)
    )
    if found.state is UploadState.WORKING:
        return _again(job, tools, row, LOOK_AGAIN[1:], "still being processed")
    if found.state is UploadState.REFUSED:
        log.warning("upload refused", athlete=job.athlete_id, session=row.id)
        return lambda session: _end(session, row, {"state": "failed", "said": "refused"})
    said = _muted(job, tools, found, content)
    log.info("session written", athlete=job.athlete_id, session=row.id)
    return lambda session: _end(session, row, {"state": "done", "said": said})


def _muted(job: Job, tools: Tools, found: Uploaded, content: StrengthUpload) -> str:
    """Mute what is ours; the duplicate may be the watch's. What was not said is "" where it went well."""
    activity_id = found.activity_id
    if activity_id is None:
        return "not_muted"
    try:
        if found.state is UploadState.DUPLICATE and not _is_ours(job, tools, activity_id, content):
            return "not_muted"
        access.read(
            tools, job.athlete_id, lambda token, _row: tools.uploads.mute(token, activity_id, job.lane)
        )
    except (NotConnected, NotFound, ScopeMissing, SourceRefused):
        return "not_muted"
    return ""


def _is_ours(job: Job, tools: Tools, activity_id: int, content: StrengthUpload) -> bool:
    activity = access.read(
        tools,
        job.athlete_id,
        lambda token, row: tools.source.activity(
            token, activity_id, job.lane, owner_id=row.strava_athlete_id
        ),
    )
    return activity.external_id.startswith(content.external_id)


# --- what is written --------------------------------------------------------------------------


def _content(session: Session, tools: Tools, athlete: Athlete, row: StrengthSession) -> StrengthUpload:
    start_at, lasted = _times(row)
    judged = () if athlete.timezone else tuple(activities.judged(session, athlete.id, tools.clock()))
    offset = start_at.astimezone(situation.zone_of(athlete, judged)).utcoffset()
    words = tools.words.in_language(athlete.language)
    return StrengthUpload(
        external_id=f"{OUR_MARK}{row.upload['key']}",
        name=words("upload.name"),
        description=words("upload.description"),
        start_at=start_at,
        utc_offset_s=round(offset.total_seconds()) if offset else 0,
        elapsed_s=round(lasted.total_seconds()),
        sets=tuple(_sets(session, row)),
    )


def _times(row: StrengthSession) -> tuple[datetime, timedelta]:
    """When it began and how long it lasted; one that was told of ended when it was told."""
    lasted = (row.done_at or row.started_at) - row.started_at
    if TIMED <= lasted <= LONGEST:
        return row.started_at, lasted
    lasted = timedelta(minutes=max(1.0, row.minutes))
    return row.started_at - lasted, lasted


def _sets(session: Session, row: StrengthSession) -> Iterator[StrengthSet]:
    """As they were played, in the order of the prescription; as prescribed where none was."""
    items: list[dict[str, Any]] = row.prescription.get("items", [])
    order = {item["exercise"]: place for place, item in enumerate(items)}
    played, skipped = results.of(session, [row.id])[row.id]
    if played or skipped:
        for one in sorted(played, key=lambda one: order.get(one.exercise, len(order))):
            if one.result.reps > 0:
                yield StrengthSet(one.exercise, one.level, one.result.reps)
        return
    for item in items:
        for _set in range(item["sets"] * item["sides"]):
            yield StrengthSet(item["exercise"], item["level"], item["reps"])


# --- how far it has come ----------------------------------------------------------------------


def _ask(session: Session, row: StrengthSession, now: datetime, wait: timedelta, **body: int) -> None:
    number = body.get("upload", "")
    work.enqueue(
        session,
        athlete_id=row.athlete_id,
        kind="upload",
        now=now,
        body={"session": row.id, **body},
        lane=Lane.BULK,
        due_at=now + wait,
        dedup=f"upload:{row.id}:{number}",
    )


def _again(
    job: Job, tools: Tools, row: StrengthSession, waits: tuple[timedelta, ...], why: str
) -> Commit:
    """Raises Postpone, until there were enough tries."""
    if job.attempts < len(waits):
        raise Postpone(why, tools.clock() + waits[job.attempts], counts=True)
    log.warning("upload given up", athlete=job.athlete_id, session=row.id, why=why)
    return lambda session: _end(session, row, {"state": "failed", "said": "no_answer"})


def _end(session: Session, row: StrengthSession, came_to: dict[str, str]) -> None:
    """``came_to``: empty where nothing was written nor will be, as if it had never been asked for."""
    fresh = sessions.get(session, row.athlete_id, row.id)
    if fresh is not None:
        fresh.upload = {"key": fresh.upload["key"], **came_to} if came_to else {}
