"""Races the runner entered, and times away: own facts."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from service.domain.calendar import Away, Distance, Race, Why
from service.store.tables import AwayRow, RaceRow


def races(session: Session, athlete_id: int, since: date) -> list[Race]:
    """By their day."""
    rows = session.scalars(
        select(RaceRow).where(RaceRow.athlete_id == athlete_id, RaceRow.on >= since).order_by(RaceRow.on)
    )
    return [Race(row.on, Distance(row.distance) if row.distance else None) for row in rows]


def put_race(session: Session, athlete_id: int, race: Race) -> None:
    session.merge(RaceRow(athlete_id=athlete_id, on=race.on, distance=race.distance))


def drop_race(session: Session, athlete_id: int, on: date) -> bool:
    """False if none was entered for that day."""
    row = session.get(RaceRow, (athlete_id, on))
    if row is not None:
        session.delete(row)
    return row is not None


def away(session: Session, athlete_id: int, since: date) -> list[Away]:
    """All that reaches into the days from ``since`` on, by their beginning."""
    rows = session.scalars(
        select(AwayRow)
        .where(AwayRow.athlete_id == athlete_id, or_(AwayRow.last_on.is_(None), AwayRow.last_on >= since))
        .order_by(AwayRow.first_on, AwayRow.id)
    )
    return list(map(_away, rows))


def one_away(session: Session, athlete_id: int, away_id: int) -> Away | None:
    """The athlete's own; another athlete's is not found."""
    row = session.get(AwayRow, away_id)
    return _away(row) if row is not None and row.athlete_id == athlete_id else None


def put_away(session: Session, athlete_id: int, away: Away) -> int:
    """A new one, or the one of its number as it is now; its number."""
    row = session.get(AwayRow, away.id) if away.id is not None else None
    if row is None:
        row = AwayRow(athlete_id=athlete_id)
        session.add(row)
    row.first_on, row.last_on, row.why = away.first_on, away.last_on, away.why.value
    row.answered_on = away.answered_on
    session.flush()
    return row.id


def answer_away(session: Session, away_id: int, on: date) -> None:
    session.get_one(AwayRow, away_id).answered_on = on


def drop_away(session: Session, athlete_id: int, away: Iterable[Away]) -> None:
    ids = [each.id for each in away]
    session.execute(delete(AwayRow).where(AwayRow.athlete_id == athlete_id, AwayRow.id.in_(ids)))


def _away(row: AwayRow) -> Away:
    return Away(row.first_on, row.last_on, Why(row.why), row.id, row.answered_on)
