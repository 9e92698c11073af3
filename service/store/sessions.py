"""Sessions of the routine and the week's plan: the runner's own facts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from sqlalchemy import ColumnElement, Select, case, delete, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.domain.planner import DoneSession, PlannedSession, Size
from service.store import tables
from service.store.tables import StrengthSession, WeekTarget


def get(session: Session, athlete_id: int, session_id: int) -> StrengthSession | None:
    row = session.get(StrengthSession, session_id)
    return row if row is not None and row.athlete_id == athlete_id else None


def under_way(session: Session, athlete_id: int, on: date) -> StrengthSession | None:
    """Started on that day and neither finished nor undone."""
    return session.scalar(
        select(StrengthSession)
        .where(
            StrengthSession.athlete_id == athlete_id,
            StrengthSession.on == on,
            StrengthSession.done_at.is_(None),
            StrengthSession.undone_at.is_(None),
        )
        .order_by(StrengthSession.id.desc())
        .limit(1)
    )


def finished_rows(session: Session, athlete_id: int, since: date) -> list[StrengthSession]:
    """Over and not undone, oldest first; also those of which too little was done to count."""
    return list(
        session.scalars(
            select(StrengthSession)
            .where(*finished(athlete_id), StrengthSession.on >= since)
            .order_by(StrengthSession.on, StrengthSession.id)
        )
    )


def finished_before(session: Session, athlete_id: int, on: date) -> StrengthSession | None:
    """The last one of the days before ``on``."""
    return session.scalar(
        select(StrengthSession)
        .where(*finished(athlete_id), StrengthSession.on < on)
        .order_by(StrengthSession.on.desc(), StrengthSession.id.desc())
        .limit(1)
    )


def done_rows(session: Session, athlete_id: int, since: date) -> list[StrengthSession]:
    """Those that count, oldest first."""
    return [row for row in finished_rows(session, athlete_id, since) if row.size]


def done(session: Session, athlete_id: int, since: date) -> list[DoneSession]:
    """Every page and plan asks, so what was prescribed and done in them stays unread."""
    rows = session.execute(_counted(athlete_id, since, StrengthSession.started_at))
    return [DoneSession(at=at.astimezone(UTC), on=on, size=Size(size)) for on, size, at in rows]


def done_minutes(session: Session, athlete_id: int, since: date) -> list[tuple[date, Size, float]]:
    """Day, size and minutes of those that count, oldest first."""
    rows = session.execute(_counted(athlete_id, since, StrengthSession.minutes))
    return [(on, Size(size), minutes) for on, size, minutes in rows]


def _counted(
    athlete_id: int, since: date, column: InstrumentedAttribute[Any]
) -> Select[tuple[date, str, Any]]:
    """Day, size and one more column."""
    return (
        select(StrengthSession.on, StrengthSession.size, column)
        .where(*finished(athlete_id), StrengthSession.on >= since, StrengthSession.size != "")
        .order_by(StrengthSession.on, StrengthSession.id)
    )


def count_done(session: Session, athlete_id: int) -> tuple[int, date | None]:
    """How many in all, and the day of the first."""
    counted, first = session.execute(
        select(func.count(), func.min(StrengthSession.on)).where(
            *finished(athlete_id), StrengthSession.size != ""
        )
    ).one()
    return counted, first


@dataclass(frozen=True, slots=True)
class Latest:
    """The session that a runner goes on from."""

    on: date
    standing: Mapping[str, Any]  # as stored; empty before sessions had one
    first_on: date  # of the first session of all
    full: int  # how many whole ones there were


def latest(session: Session, athlete_id: int) -> Latest | None:
    """None: there was no session yet."""
    is_full = case((StrengthSession.size == Size.FULL.value, 1), else_=0)
    row = session.execute(
        select(
            StrengthSession.on,
            StrengthSession.standing,
            func.min(StrengthSession.on).over(),
            func.sum(is_full).over(),
        )
        .where(*finished(athlete_id))
        .order_by(StrengthSession.on.desc(), StrengthSession.id.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else Latest(*row)


def finished(athlete_id: int) -> tuple[ColumnElement[bool], ...]:
    """Over and not undone."""
    return (
        StrengthSession.athlete_id == athlete_id,
        StrengthSession.done_at.is_not(None),
        StrengthSession.undone_at.is_(None),
    )


def give_uploads_up(session: Session, athlete_id: int) -> None:
    """Those on their way, where the way is closed now."""
    for row in session.scalars(select(StrengthSession).where(StrengthSession.athlete_id == athlete_id)):
        if row.upload.get("state") in ("due", "polling"):
            row.upload = {**row.upload, "state": "withdrawn"}


# --- the plan -------------------------------------------------------------------------------


def planned(session: Session, athlete_id: int, week_on: date) -> list[PlannedSession]:
    rows = session.scalars(
        select(tables.PlannedSession)
        .where(tables.PlannedSession.athlete_id == athlete_id, tables.PlannedSession.week_on == week_on)
        .order_by(tables.PlannedSession.on)
    )
    return [
        PlannedSession(on=row.on, original_on=row.original_on, size=Size(row.size), fallback=row.fallback)
        for row in rows
    ]


def put_plan(session: Session, athlete_id: int, week_on: date, plan: Sequence[PlannedSession]) -> None:
    session.execute(
        delete(tables.PlannedSession).where(
            tables.PlannedSession.athlete_id == athlete_id, tables.PlannedSession.week_on == week_on
        )
    )
    for item in plan:
        session.add(
            tables.PlannedSession(
                athlete_id=athlete_id,
                week_on=week_on,
                on=item.on,
                original_on=item.original_on,
                size=item.size.value,
                fallback=item.fallback,
            )
        )


def put_target(
    session: Session, athlete_id: int, week_on: date, target: int, *, excused: bool = False
) -> None:
    """What this week asks for; a later change of mind does not rewrite weeks that are over."""
    session.merge(WeekTarget(athlete_id=athlete_id, week_on=week_on, target=target, excused=excused))


def targets(session: Session, athlete_id: int, since: date) -> dict[date, WeekTarget]:
    rows = session.scalars(
        select(WeekTarget).where(WeekTarget.athlete_id == athlete_id, WeekTarget.week_on >= since)
    )
    return {row.week_on: row for row in rows}
