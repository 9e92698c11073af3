"""How long Strava's data may stay: one rule for every row that holds some."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.store.tables import ActivityRow

STRICT = timedelta(days=6, hours=12)  # Strava API Policy 6.2 allows seven days; half a day of room
KEEP_ON = timedelta(days=3650)  # AFTERRUN_RETENTION=keep: the operator's own legal decision
# What began so lately is renewed by each daily listing; older rows only wait for their end.
RENEWED = timedelta(days=175)


def ends(session: Session, now: datetime) -> datetime:
    """When what is fetched or derived at ``now`` must be gone, unless a new fetch restarts its clock."""
    kept: timedelta = session.info["kept"]
    return now + kept


def conclusion_ends(session: Session, athlete_id: int, now: datetime) -> datetime:
    """When what is concluded at ``now`` from the athlete's cache must be gone: with what it rests on.

    A decision made on the last day of an outage rests on facts that are nearly a week old.
    """
    oldest: datetime | None = session.scalar(
        select(func.min(ActivityRow.expires_at)).where(
            ActivityRow.athlete_id == athlete_id,
            ActivityRow.expires_at > now,
            ActivityRow.start_at >= now - RENEWED,
        )
    )
    return min(ends(session, now), oldest) if oldest else ends(session, now)
