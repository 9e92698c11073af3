"""The connection to Strava: sealed tokens, granted scope, and how far the reading has come."""

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.keys import Keys
from service.ports import Tokens
from service.store import cache, holds, sessions
from service.store.tables import (
    ActivityDetail,
    ActivityRow,
    Companion,
    Connection,
    Hold,
    Outlook,
    Prompt,
    PromptReason,
    RefusedActivity,
    Sync,
    Work,
)

STRAVA_WORK = ("activity", "athlete_event", "list", "classify", "upload")


def connect(
    session: Session,
    keys: Keys,
    *,
    athlete_id: int,
    strava_athlete_id: int,
    scope: str,
    tokens: Tokens,
    now: datetime,
) -> None:
    """Store or replace the athlete's connection. Raises IntegrityError if that Strava athlete is another
    account's.
    """
    row = session.get(Connection, athlete_id)
    if row is None:
        row = Connection(athlete_id=athlete_id, connected_at=now)
        session.add(row)
    row.strava_athlete_id, row.scope, row.trouble, row.trouble_since = strava_athlete_id, scope, "", None
    put_tokens(row, keys, tokens)
    session.flush()


def get(session: Session, athlete_id: int) -> Connection | None:
    return session.get(Connection, athlete_id)


def by_strava_id(session: Session, strava_athlete_id: int) -> Connection | None:
    return session.scalar(select(Connection).where(Connection.strava_athlete_id == strava_athlete_id))


def everyone(session: Session) -> list[Connection]:
    return list(session.scalars(select(Connection).order_by(Connection.athlete_id)))


def put_tokens(row: Connection, keys: Keys, tokens: Tokens) -> None:
    row.access_sealed, row.refresh_sealed = keys.seal(tokens.access), keys.seal(tokens.refresh)
    row.expires_at = tokens.expires_at


def tokens(row: Connection, keys: Keys) -> Tokens:
    """Raises keys.Unreadable if the key that sealed them is gone."""
    return Tokens(keys.open(row.access_sealed), keys.open(row.refresh_sealed), row.expires_at)


def note_trouble(session: Session, athlete_id: int, trouble: str, now: datetime) -> bool:
    """Remember what is wrong ("" when it works again). True if that is news."""
    row = session.get(Connection, athlete_id)
    if row is None or row.trouble == trouble:
        return False
    row.trouble, row.trouble_since = trouble, now if trouble else None
    return True


def sync(session: Session, athlete_id: int, now: datetime) -> Sync:
    """The progress row, made if need be; asking for it restarts its clock."""
    row = session.get(Sync, athlete_id)
    if row is None:
        row = Sync(athlete_id=athlete_id, backfill_read=0, backfill_share=0.0)
        session.add(row)
    row.expires_at = cache.ends(session, now)
    return row


def progress(session: Session, athlete_id: int) -> Sync | None:
    return session.get(Sync, athlete_id)


def wipe_cache(session: Session, athlete_id: int) -> None:
    """Everything from or about Strava but the connection: cache, verdicts, reasons, work that names
    activities.

    Takes the athlete's hold away, and the rows in hand before anything else: what a worker has read before
    must not be written after.
    """
    session.execute(update(Hold).where(Hold.athlete_id == athlete_id).values(owner="", until=holds.FREE))
    session.execute(delete(Work).where(Work.athlete_id == athlete_id, Work.kind.in_(STRAVA_WORK)))
    own_prompts = select(Prompt.id).where(Prompt.athlete_id == athlete_id)
    session.execute(delete(PromptReason).where(PromptReason.prompt_id.in_(own_prompts)))
    for table in (ActivityRow, ActivityDetail, RefusedActivity, Companion, Outlook, Sync):
        session.execute(delete(table).where(table.athlete_id == athlete_id))
    sessions.give_uploads_up(session, athlete_id)


def wipe(session: Session, athlete_id: int) -> None:
    wipe_cache(session, athlete_id)
    session.execute(delete(Connection).where(Connection.athlete_id == athlete_id))


def lost_before(session: Session, before: datetime) -> list[int]:
    """Athletes whose tokens died before that time and who did not come back."""
    return list(
        session.scalars(
            select(Connection.athlete_id).where(
                Connection.trouble == "unauthorized", Connection.trouble_since <= before
            )
        )
    )
