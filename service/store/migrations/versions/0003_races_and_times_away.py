"""Races and times away. The one date until which prompts were paused becomes such a time: a holiday.

Of it only the end is known, so it begins on the day of this migration; one that is over is dropped.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from alembic import op

from service.store.tables import Key, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "race",
        sa.Column("athlete_id", Key, sa.ForeignKey("athlete.id", ondelete="CASCADE"), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("distance", sa.String(8), nullable=True),
        sa.PrimaryKeyConstraint("athlete_id", "on"),
    )
    op.create_table(
        "away",
        sa.Column("id", Key, autoincrement=True, nullable=False),
        sa.Column("athlete_id", Key, sa.ForeignKey("athlete.id", ondelete="CASCADE"), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("why", sa.String(8), nullable=False),
        sa.Column("answered_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_away_athlete", "away", ["athlete_id"])
    _keep_pauses()
    op.drop_column("athlete", "paused_until")


def downgrade() -> None:
    op.add_column("athlete", sa.Column("paused_until", UtcDateTime(), nullable=True))
    op.drop_index("ix_away_athlete", "away")
    op.drop_table("away")
    op.drop_table("race")


def _keep_pauses() -> None:
    connection = op.get_bind()
    athlete = sa.table(
        "athlete", sa.column("id"), sa.column("timezone"), sa.column("paused_until", UtcDateTime())
    )
    paused = connection.execute(sa.select(athlete).where(athlete.c.paused_until.is_not(None))).all()
    today = connection.execute(sa.select(sa.type_coerce(sa.func.current_date(), sa.Date()))).scalar_one()
    away = sa.table(
        "away",
        sa.column("athlete_id"),
        sa.column("first_on", sa.Date()),
        sa.column("last_on", sa.Date()),
        sa.column("why"),
    )
    for athlete_id, timezone, until in paused:
        last_on = _day(until, timezone) - timedelta(days=1)
        if last_on >= today:
            row = {"athlete_id": athlete_id, "first_on": today, "last_on": last_on, "why": "holiday"}
            connection.execute(sa.insert(away).values(row))


def _day(at: datetime, timezone: str) -> date:
    try:
        return at.astimezone(ZoneInfo(timezone)).date()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return at.astimezone(UTC).date()
