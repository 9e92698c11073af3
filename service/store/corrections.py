"""What the runner said of single runs, and how far each word moved the runner's own limits.

A run is known here by a keyed digest alone, so both outlive the run itself.
"""

from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from service.domain.effort import RunKind
from service.domain.told import NO_OFFSETS, Offsets
from service.store.tables import Correction


def get(session: Session, athlete_id: int, activity_digest: str) -> RunKind | None:
    row = session.get(Correction, (athlete_id, activity_digest))
    return RunKind(row.said) if row is not None else None


def words(session: Session, athlete_id: int) -> dict[str, RunKind]:
    """By activity digest."""
    rows = session.execute(
        select(Correction.activity_digest, Correction.said).where(Correction.athlete_id == athlete_id)
    )
    return {digest: RunKind(said) for digest, said in rows}


def steps(session: Session, athlete_id: int) -> tuple[Offsets, ...]:
    """What each word moved, oldest first; words that moved nothing are left out."""
    rows = session.scalars(
        select(Correction)
        .where(Correction.athlete_id == athlete_id)
        .order_by(Correction.at, Correction.activity_digest)
    )
    found = (Offsets(row.heart_step, row.pace_step, row.split_step) for row in rows)
    return tuple(step for step in found if step != NO_OFFSETS)


def put(
    session: Session, athlete_id: int, activity_digest: str, said: RunKind, step: Offsets, now: datetime
) -> None:
    """Whatever was said of that run before, and whatever it moved, is replaced."""
    session.merge(
        Correction(
            athlete_id=athlete_id,
            activity_digest=activity_digest,
            said=said.value,
            at=now,
            heart_step=step.heart_share,
            pace_step=step.pace_share,
            split_step=step.split_share,
        )
    )
    session.flush()


def reset(session: Session, athlete_id: int) -> None:
    """Take every step back. The words stay: they hold for their runs."""
    session.execute(
        update(Correction)
        .where(Correction.athlete_id == athlete_id)
        .values(heart_step=0.0, pace_step=0.0, split_step=0.0)
    )


def count(session: Session, athlete_id: int) -> int:
    return (
        session.scalar(
            select(func.count()).select_from(Correction).where(Correction.athlete_id == athlete_id)
        )
        or 0
    )
