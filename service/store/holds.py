"""The per-athlete lease: who works for an athlete now, and until when."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session

from service.store.tables import Hold

LEASE = timedelta(seconds=120)  # a handler makes up to four outside calls of at most 15 s each
FREE = datetime(2000, 1, 1, tzinfo=UTC)


def take(session: Session, athlete_id: int, owner: str, now: datetime) -> bool:
    """True if the lease is ours now; also renews it while it is."""
    mine_or_free = (Hold.owner == owner) | (Hold.until <= now)
    result = session.execute(
        update(Hold).where(Hold.athlete_id == athlete_id, mine_or_free).values(owner=owner, until=now + LEASE)
    )
    return cast("CursorResult[Any]", result).rowcount == 1


def release(session: Session, athlete_id: int, owner: str) -> None:
    session.execute(
        update(Hold).where(Hold.athlete_id == athlete_id, Hold.owner == owner).values(owner="", until=FREE)
    )


def release_all(session: Session) -> None:
    """After a crash of the only process: nobody else can hold anything."""
    session.execute(update(Hold).values(owner="", until=FREE))
