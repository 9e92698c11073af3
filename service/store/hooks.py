"""The push subscription of this installation, as we know it."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.store.tables import HookState


def current(session: Session) -> HookState | None:
    return session.scalar(select(HookState).limit(1))


def put(session: Session, subscription_id: int, callback_url: str, now: datetime) -> None:
    session.execute(delete(HookState))
    session.add(HookState(subscription_id=subscription_id, callback_url=callback_url, created_at=now))


def forget(session: Session) -> None:
    session.execute(delete(HookState))
