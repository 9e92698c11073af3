"""What the runner said of strength activities of the watch: asked about once each. A cache, as they are."""

from datetime import datetime
from typing import Literal

from sqlalchemy import delete
from sqlalchemy.orm import Session

from service.store import cache
from service.store.tables import Companion

Said = Literal["counted", "not"]


def get(session: Session, athlete_id: int, activity_id: int) -> Companion | None:
    return session.get(Companion, (athlete_id, activity_id))


def put(
    session: Session, athlete_id: int, activity_id: int, said: Said, session_id: int | None, now: datetime
) -> None:
    session.merge(
        Companion(
            athlete_id=athlete_id,
            activity_id=activity_id,
            session_id=session_id,
            state=said,
            expires_at=cache.ends(session, now),
        )
    )


def remove(session: Session, athlete_id: int, activity_id: int) -> None:
    """The activity is gone; what it was counted as is the runner's own and stays."""
    session.execute(
        delete(Companion).where(Companion.athlete_id == athlete_id, Companion.activity_id == activity_id)
    )
