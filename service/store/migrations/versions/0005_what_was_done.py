"""What was done in a session, set by set, the ladder it leads to, and how the morning after was."""

import sqlalchemy as sa
from alembic import op

from service.store.tables import Key, UtcDateTime

revision = "0005"
down_revision = "0004"

SESSION = (
    sa.Column("play_id", sa.String(36), nullable=False, server_default=""),
    sa.Column("ended", sa.String(8), nullable=False, server_default=""),
    sa.Column("share", sa.Float(), nullable=False, server_default=sa.text("1")),
    sa.Column("feedback", sa.String(10), nullable=False, server_default=""),
    sa.Column("pain", sa.Integer(), nullable=True),
    sa.Column("standing", sa.JSON(), nullable=False, server_default="{}"),
    sa.Column("told", sa.JSON(), nullable=False, server_default="[]"),
    sa.Column("upload", sa.JSON(), nullable=False, server_default="{}"),
)


def upgrade() -> None:
    op.add_column("athlete", sa.Column("fitness", sa.JSON(), nullable=False, server_default="{}"))
    op.add_column("athlete", sa.Column("write_back", sa.Boolean(), nullable=False, server_default=sa.false()))
    for column in SESSION:
        op.add_column("session", column)
    op.create_table(
        "set_result",
        _session(),
        sa.Column("exercise", sa.String(20), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(5), nullable=False),
        _athlete(),
        sa.Column("reps", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(6), nullable=False),
        sa.Column("pain", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("session_id", "exercise", "level", "number", "side"),
    )
    op.create_table(
        "skipped",
        _session(),
        sa.Column("exercise", sa.String(20), nullable=False),
        _athlete(),
        sa.Column("reason", sa.String(9), nullable=False),
        sa.PrimaryKeyConstraint("session_id", "exercise"),
    )
    op.create_table(
        "check_in",
        _session(),
        _athlete(),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("answer", sa.String(6), nullable=False),
        sa.PrimaryKeyConstraint("session_id"),
    )
    op.create_table(
        "companion",
        _athlete(),
        sa.Column("activity_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("session_id", Key, nullable=True),
        sa.Column("state", sa.String(8), nullable=False),
        sa.PrimaryKeyConstraint("athlete_id", "activity_id"),
    )
    for name in ("set_result", "skipped", "check_in"):
        op.create_index(f"ix_{name}_athlete_id", name, ["athlete_id"])
    op.create_index("ix_companion_expires_at", "companion", ["expires_at"])


def downgrade() -> None:
    _leave_what_was_known_before()
    for name in ("companion", "check_in", "skipped", "set_result"):
        op.drop_table(name)
    for column in SESSION:
        op.drop_column("session", column.name)
    op.drop_column("athlete", "write_back")
    op.drop_column("athlete", "fitness")


def _leave_what_was_known_before() -> None:
    """A session that counts for too little is as good as taken back; rests after pain end."""
    op.execute("UPDATE session SET size = 'mini', undone_at = COALESCE(undone_at, done_at) WHERE size = ''")
    op.execute("DELETE FROM away WHERE why IN ('flare', 'sore')")
    op.execute("DELETE FROM work WHERE kind = 'upload'")


def _session() -> sa.Column[int]:
    return sa.Column("session_id", Key, sa.ForeignKey("session.id", ondelete="CASCADE"), nullable=False)


def _athlete() -> sa.Column[int]:
    return sa.Column("athlete_id", Key, sa.ForeignKey("athlete.id", ondelete="CASCADE"), nullable=False)
