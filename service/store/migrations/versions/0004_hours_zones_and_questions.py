"""Hours that never suit, the zone before a journey, the language, questions, handles of messages."""

import sqlalchemy as sa
from alembic import op

from service.store.tables import Key, UtcDateTime

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("athlete", sa.Column("former_timezone", sa.String(64), nullable=False, server_default=""))
    op.add_column("athlete", sa.Column("moved_at", UtcDateTime(), nullable=True))
    op.add_column("athlete", sa.Column("language", sa.String(8), nullable=False, server_default=""))
    op.add_column("athlete", sa.Column("never_hours", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("delivery", sa.Column("handle", sa.String(200), nullable=False, server_default=""))
    op.create_table(
        "question",
        sa.Column("athlete_id", Key, sa.ForeignKey("athlete.id", ondelete="CASCADE"), nullable=False),
        sa.Column("topic", sa.String(12), nullable=False),
        sa.Column("about", sa.String(64), nullable=False),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("answer", sa.String(12), nullable=True),
        sa.PrimaryKeyConstraint("athlete_id", "topic"),
    )


def downgrade() -> None:
    op.drop_table("question")
    op.drop_column("delivery", "handle")
    for name in ("never_hours", "language", "moved_at", "former_timezone"):
        op.drop_column("athlete", name)
