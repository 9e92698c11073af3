"""How long Strava's data may stay: one rule for every row that holds some."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

STRICT = timedelta(days=6, hours=12)  # Strava API Policy 6.2 allows seven days; half a day of room
KEEP_ON = timedelta(days=3650)  # AFTERRUN_RETENTION=keep: the operator's own legal decision


def ends(session: Session, now: datetime) -> datetime:
    """When what is fetched or derived at ``now`` must be gone, unless a new fetch restarts its clock."""
    kept: timedelta = session.info["kept"]
    return now + kept
