"""The runner's word: what each correction moved, and which signs of a run count.

Columns are added one by one: rebuilding a table on SQLite would delete what hangs on its rows. Verdicts of
the rules before are dropped, with the reasons that quote them, and asked for anew.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

STEPS = ("heart_step", "pace_step", "split_step")
UNJUDGED = sa.text("judged_at IS NULL")


def upgrade() -> None:
    for name in STEPS:
        op.add_column("correction", sa.Column(name, sa.Float(), nullable=False, server_default=sa.text("0")))
    for name in ("use_heart", "use_pace"):
        op.add_column("athlete", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("athlete", sa.Column("heart_max_bpm", sa.Float(), nullable=True))
    op.create_index(
        "ix_activity_unjudged",
        "activity",
        ["athlete_id", "sport_type", "start_at"],
        sqlite_where=UNJUDGED,
        postgresql_where=UNJUDGED,
    )
    _judge_anew()


def downgrade() -> None:
    op.drop_index("ix_activity_unjudged", "activity")
    for name in ("heart_max_bpm", "use_pace", "use_heart"):
        op.drop_column("athlete", name)
    for name in STEPS:
        op.drop_column("correction", name)
    _judge_anew()


def _judge_anew() -> None:
    activity, work = _table("activity"), _table("work")
    op.execute(sa.update(activity).values(kind=None, verdict=sa.null(), judged_at=None))
    op.execute(sa.update(_table("prompt_reason")).values(reasons=sa.literal([], sa.JSON())))
    op.execute(sa.delete(_table("outlook")))
    owner, fetched_at = activity.c.athlete_id, sa.func.max(activity.c.fetched_at)
    key = sa.literal("one:classify:") + sa.cast(owner, sa.String())
    values: dict[str, sa.ColumnElement[Any]] = {
        "athlete_id": owner,
        "kind": sa.literal("classify"),
        "body": sa.literal({}, sa.JSON()),
        "lane": sa.literal("live"),
        "due_at": fetched_at,
        "state": sa.literal("open"),
        "attempts": sa.literal(0),
        "asked": sa.literal(0),
        "dedup": key,
        "error": sa.literal(""),
        "created_at": fetched_at,
        "expires_at": sa.func.max(activity.c.expires_at),  # with what it is about
    }
    asked_already = sa.select(work.c.dedup).where(work.c.dedup.is_not(None))
    rows = sa.select(*values.values()).where(key.not_in(asked_already)).group_by(owner)
    op.execute(sa.insert(work).from_select(list(values), rows))


def _table(name: str) -> sa.Table:
    """As it is in the database now."""
    return sa.Table(name, sa.MetaData(), autoload_with=op.get_bind())
