"""Sessions of the routine and the week's plan: the runner's own facts."""

from collections.abc import Sequence
from datetime import UTC, date

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

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


def done_rows(session: Session, athlete_id: int, since: date) -> list[StrengthSession]:
    """Finished and not undone, oldest first."""
    return list(
        session.scalars(
            select(StrengthSession)
            .where(
                StrengthSession.athlete_id == athlete_id,
                StrengthSession.on >= since,
                StrengthSession.done_at.is_not(None),
                StrengthSession.undone_at.is_(None),
            )
            .order_by(StrengthSession.on, StrengthSession.id)
        )
    )


def done(session: Session, athlete_id: int, since: date) -> list[DoneSession]:
    return [
        DoneSession(at=row.started_at.astimezone(UTC), on=row.on, size=Size(row.size))
        for row in done_rows(session, athlete_id, since)
    ]


def count_done(session: Session, athlete_id: int) -> tuple[int, date | None]:
    """How many in all, and the day of the first."""
    counted, first = session.execute(
        select(func.count(), func.min(StrengthSession.on)).where(
            StrengthSession.athlete_id == athlete_id,
            StrengthSession.done_at.is_not(None),
            StrengthSession.undone_at.is_(None),
        )
    ).one()
    return counted, first


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
