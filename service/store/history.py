"""Sessions as a runner looks back on them, without the parts of a row that no list shows."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from service.store.sessions import finished
from service.store.tables import StrengthSession

HEAVY = (
    StrengthSession.prescription,
    StrengthSession.standing,
    StrengthSession.told,
    StrengthSession.upload,
)


def page(session: Session, athlete_id: int, *, skip: int, most: int) -> list[StrengthSession]:
    """Over and not undone, newest first; the ``HEAVY`` columns are not read."""
    return list(
        session.scalars(
            select(StrengthSession)
            .options(*(defer(column, raiseload=True) for column in HEAVY))
            .where(*finished(athlete_id))
            .order_by(StrengthSession.on.desc(), StrengthSession.id.desc())
            .offset(skip)
            .limit(most)
        )
    )


def standings(session: Session, athlete_id: int, most: int) -> list[tuple[date, Mapping[str, Any]]]:
    """After each of the latest ``most`` sessions, as stored, oldest first; {} where none was worked out."""
    rows = session.execute(
        select(StrengthSession.on, StrengthSession.standing)
        .where(*finished(athlete_id))
        .order_by(StrengthSession.on.desc(), StrengthSession.id.desc())
        .limit(most)
    )
    return [(on, standing) for on, standing in reversed(rows.all())]


def played(session: Session, athlete_id: int, most: int) -> list[tuple[int, date, Mapping[str, Any]]]:
    """(id, day, prescription) of the latest that were played move by move, oldest first."""
    rows = session.execute(
        select(StrengthSession.id, StrengthSession.on, StrengthSession.prescription)
        .where(*finished(athlete_id), StrengthSession.play_id != "")
        .order_by(StrengthSession.on.desc(), StrengthSession.id.desc())
        .limit(most)
    )
    return [(number, on, prescription) for number, on, prescription in reversed(rows.all())]
