"""Work rows: ask for work, find what is due, finish it. ``state = 'open'`` stays a literal: bound, it
hides the partial index.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Table,
    case,
    delete,
    exists,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql.dml import ReturningInsert

from service.ports import Lane
from service.store import cache
from service.store.tables import Hold, Work

ONE_OPEN = "one:"  # prefix of a dedup key that is free again once its row is done
DUE_AT_ONCE = 20_000  # rows a sweep looks at, so that a flood of one athlete's does not hide the others
_OPEN: ColumnElement[str] = literal_column("'open'")


class HoldLost(Exception):
    """Somebody else works for this athlete now: nothing of this attempt may be kept."""


class RowClosed(Exception):
    """The row was closed or deleted while it was being done, as when the runner disconnects: nothing of it
    may be kept.
    """


@dataclass(frozen=True, slots=True)
class Job:
    """A work row as a handler sees it."""

    id: int
    athlete_id: int
    kind: str
    body: Mapping[str, Any]
    lane: Lane
    attempts: int
    asked: int
    created_at: datetime


def enqueue(
    session: Session,
    *,
    athlete_id: int,
    kind: str,
    now: datetime,
    body: Mapping[str, Any] | None = None,
    lane: Lane = Lane.LIVE,
    due_at: datetime | None = None,
    dedup: str | None = None,
) -> bool:
    """Ask for work. False if a row with the same ``dedup`` was there.

    A key that starts with ONE_OPEN means "at most one open": asking again makes an open row run (once
    more) at the earlier of both times, and gives a dead one another try.
    """
    due_at = due_at or now
    session.flush()  # the row may name something that is new in this transaction
    one_open = dedup is not None and dedup.startswith(ONE_OPEN)
    statement = _insert(session.get_bind().dialect.name, one_open)
    values = {
        "athlete_id": athlete_id,
        "kind": kind,
        "body": dict(body or {}),
        "lane": lane.value,
        "due_at": due_at,
        "dedup": dedup,
        "created_at": now,
        "expires_at": max(now, due_at) + cache.STRICT,
    }
    return session.connection().execute(statement, _NEW | values).first() is not None


_NEW = {"state": "open", "attempts": 0, "asked": 0, "error": ""}


@lru_cache
def _insert(dialect: str, one_open: bool) -> ReturningInsert[tuple[int]]:
    """Made once: building it costs as much as running it, and a webhook waits for it."""
    table = cast("Table", Work.__table__)
    insert = sqlite.insert if dialect == "sqlite" else postgresql.insert
    row = insert(table)
    if not one_open:
        return row.on_conflict_do_nothing(index_elements=[table.c.dedup]).returning(table.c.id)
    sooner = (row.excluded.due_at < table.c.due_at) | (table.c.state == "dead")
    return row.on_conflict_do_update(
        index_elements=[table.c.dedup],
        set_={
            "asked": table.c.asked + 1,
            "due_at": case((sooner, row.excluded.due_at), else_=table.c.due_at),
            "state": "open",
            "expires_at": row.excluded.expires_at,
        },
    ).returning(table.c.id)


def due(session: Session, now: datetime) -> list[tuple[int, Lane]]:
    """Who has work due, and in which lane; each pair once, whoever waits longest first."""
    # Grouping alone would walk the other index, through all that is not due yet; the limit keeps it apart.
    rows = (
        select(Work.athlete_id, Work.lane, Work.due_at)
        .where(Work.state == _OPEN, Work.due_at <= now)
        .order_by(Work.due_at)
        .limit(DUE_AT_ONCE)
        .subquery()
    )
    found = session.execute(
        select(rows.c.athlete_id, rows.c.lane)
        .group_by(rows.c.athlete_id, rows.c.lane)
        .order_by(func.min(rows.c.due_at))
    )
    return [(athlete_id, Lane(lane)) for athlete_id, lane in found]


def next_due(session: Session, athlete_id: int, now: datetime, lane: Lane = Lane.BULK) -> Job | None:
    """The athlete's first due row: live before bulk, older before newer. ``lane`` LIVE sees live rows
    only.
    """
    query = select(Work).where(Work.state == _OPEN, Work.athlete_id == athlete_id, Work.due_at <= now)
    if lane is Lane.LIVE:
        query = query.where(Work.lane == Lane.LIVE.value)
    # "live" sorts after "bulk"
    row = session.scalars(query.order_by(Work.lane.desc(), Work.id).limit(1)).first()
    return _job(row) if row else None


def finish(session: Session, job: Job, owner: str, note: str = "") -> None:
    """Mark it done, or leave it open if it was asked for again meanwhile. Raises HoldLost or RowClosed."""
    again = Work.asked != job.asked
    one_open = Work.dedup.startswith(ONE_OPEN)
    _fenced(
        session,
        job,
        owner,
        state=case((again, "open"), else_="done"),
        dedup=case((one_open & ~again, None), else_=Work.dedup),
        attempts=0,
        error=note[:300],
    )


def postpone(session: Session, job: Job, owner: str, *, due_at: datetime, attempts: int, error: str) -> None:
    """Try again at ``due_at``; its end stays where it was. Raises HoldLost or RowClosed."""
    _fenced(session, job, owner, due_at=due_at, attempts=attempts, error=error[:300])


def bury(session: Session, job: Job, owner: str, error: str) -> None:
    """Give up: visible in ``dead``, replayable with ``revive``. Raises HoldLost or RowClosed."""
    _fenced(session, job, owner, state="dead", error=error[:300], attempts=job.attempts + 1)


def same_activity(session: Session, athlete_id: int, activity_id: int) -> list[int]:
    """Ids of the open rows that ask for the same activity: one read answers them all."""
    rows = session.execute(
        select(Work.id, Work.body).where(
            Work.state == _OPEN, Work.athlete_id == athlete_id, Work.kind == "activity"
        )
    )
    return [id for id, body in rows if body.get("id") == activity_id]


def close_rows(session: Session, ids: list[int], note: str) -> None:
    session.execute(update(Work).where(Work.id.in_(ids)).values(state="done", error=note))


def drop_open(session: Session, athlete_id: int, kinds: tuple[str, ...]) -> None:
    session.execute(
        delete(Work).where(Work.state == _OPEN, Work.athlete_id == athlete_id, Work.kind.in_(kinds))
    )


def has_open(session: Session, athlete_id: int, kind: str) -> bool:
    return bool(
        session.scalar(
            select(exists().where(Work.state == _OPEN, Work.athlete_id == athlete_id, Work.kind == kind))
        )
    )


def dead(session: Session) -> list[Work]:
    return list(session.scalars(select(Work).where(Work.state == "dead").order_by(Work.id)))


def revive(session: Session, now: datetime) -> int:
    """Make every dead row due again; how many."""
    return _changed(
        session.execute(update(Work).where(Work.state == "dead").values(state="open", due_at=now, attempts=0))
    )


def counts(session: Session) -> dict[str, int]:
    """Rows by state."""
    rows = session.execute(select(Work.state, func.count()).group_by(Work.state))
    return dict(rows.all())


def purge(session: Session, now: datetime) -> int:
    return _changed(session.execute(delete(Work).where(Work.expires_at <= now)))


def _fenced(session: Session, job: Job, owner: str, **values: Any) -> None:
    mine = exists().where(Hold.athlete_id == job.athlete_id, Hold.owner == owner)
    result = session.execute(
        update(Work).where(Work.id == job.id, Work.state == _OPEN, mine).values(**values)
    )
    if _changed(result) == 1:
        return
    if session.scalar(select(mine)):
        raise RowClosed(f"work {job.id} was closed meanwhile")
    raise HoldLost(f"work {job.id} is no longer ours")


def _changed(result: Any) -> int:
    return cast("CursorResult[Any]", result).rowcount


def _job(row: Work) -> Job:
    return Job(
        id=row.id,
        athlete_id=row.athlete_id,
        kind=row.kind,
        body=row.body,
        lane=Lane(row.lane),
        attempts=row.attempts,
        asked=row.asked,
        created_at=row.created_at,
    )
