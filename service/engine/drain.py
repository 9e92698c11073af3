"""Do one athlete's due work, one row after the other, under that athlete's hold.

A handler's effects and its row's end commit together. So a crash at any moment costs at most a repetition:
the row is still open, and the sweep finds it.
"""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import structlog

from service.pipeline.steps import Postpone
from service.pipeline.tools import Handler, Tools
from service.ports import DeliveryError, Lane, RateLimited, SourceError
from service.store import holds, work
from service.store.database import StoreUnavailable
from service.store.work import HoldLost, Job, RowClosed

log = structlog.get_logger()

TRIES = 8
FIRST_WAIT = timedelta(seconds=30)
EXPECTED = (SourceError, DeliveryError, StoreUnavailable)  # the outside world; one line says it all


def drain(
    tools: Tools,
    handlers: Mapping[str, Handler],
    athlete_id: int,
    lane: Lane = Lane.BULK,
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Do what is due; how many rows. 0 also when somebody else holds the athlete: they will see the rows."""
    owner, rows = secrets.token_hex(8), 0
    # Looked at again after each round: a row may have come while its nudge was turned away at our hold.
    while not stopping() and _is_due(tools, athlete_id, lane):
        done = _drain_once(tools, handlers, athlete_id, lane, owner, stopping)
        rows += done
        if not done:
            break
    return rows


def _is_due(tools: Tools, athlete_id: int, lane: Lane) -> bool:
    with tools.store.read() as session:
        return work.next_due(session, athlete_id, tools.clock(), lane) is not None


def _drain_once(
    tools: Tools,
    handlers: Mapping[str, Handler],
    athlete_id: int,
    lane: Lane,
    owner: str,
    stopping: Callable[[], bool],
) -> int:
    rows = 0
    try:
        while not stopping():
            now = tools.clock()
            with tools.store.write() as session:
                if not holds.take(session, athlete_id, owner, now):
                    return rows
                job = work.next_due(session, athlete_id, now, lane)
            if job is None:
                return rows
            rows += 1
            _do(tools, handlers, job, owner)
    except HoldLost as lost:
        log.info("hold lost", athlete=athlete_id, why=str(lost))
    finally:
        with tools.store.write() as session:
            holds.release(session, athlete_id, owner)
    return rows


def _do(tools: Tools, handlers: Mapping[str, Handler], job: Job, owner: str) -> None:
    try:
        _try(tools, handlers, job, owner)
    except RowClosed as closed:
        log.info("nothing kept", kind=job.kind, athlete=job.athlete_id, why=str(closed))


def _try(tools: Tools, handlers: Mapping[str, Handler], job: Job, owner: str) -> None:
    handler = handlers.get(job.kind)
    if handler is None:
        _failed(tools, job, owner, f"no handler for work of the kind {job.kind!r}")
        return
    try:
        commit = handler(job, tools)
        with tools.store.write() as session:
            work.finish(session, job, owner)  # first, so that the effects may ask for the same work again
            commit(session)
    except (HoldLost, RowClosed):
        raise
    except Postpone as later:
        attempts = job.attempts + 1 if later.counts else job.attempts
        _again(tools, job, owner, later.due_at, attempts, str(later))
    except RateLimited as limit:
        _again(tools, job, owner, limit.retry_at + _jitter(10), job.attempts, str(limit))
    except EXPECTED as failure:
        _failed(tools, job, owner, str(failure))
    except Exception as defect:  # the top of the tick: one broken row must not stop the others
        log.exception("work failed", work=job.id, kind=job.kind, athlete=job.athlete_id)
        _failed(tools, job, owner, f"{type(defect).__name__}: {defect}")


def _failed(tools: Tools, job: Job, owner: str, error: str) -> None:
    if job.attempts + 1 >= TRIES:
        with tools.store.write() as session:
            work.bury(session, job, owner, error)
        log.error("work given up", work=job.id, kind=job.kind, athlete=job.athlete_id, why=error)
        return
    wait = FIRST_WAIT * 2**job.attempts
    _again(
        tools, job, owner, tools.clock() + wait + _jitter(wait.total_seconds() / 4), job.attempts + 1, error
    )


def _again(tools: Tools, job: Job, owner: str, due_at: datetime, attempts: int, error: str) -> None:
    with tools.store.write() as session:
        work.postpone(session, job, owner, due_at=due_at, attempts=attempts, error=error)
    log.info(
        "work postponed",
        work=job.id,
        kind=job.kind,
        athlete=job.athlete_id,
        until=f"{due_at:%H:%M:%S}",
        why=error,
    )


def _jitter(most_s: float) -> timedelta:
    return timedelta(seconds=secrets.randbelow(max(1, int(most_s * 1000))) / 1000)
