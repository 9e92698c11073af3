"""Consents and deletions: kept always, with a digest in place of a name."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.store.tables import Consent, Deletion


def consent(session: Session, *, subject: str, version: str, scopes: str, now: datetime) -> None:
    session.add(Consent(subject_digest=subject, version=version, scopes=scopes, given_at=now))


def deletion(session: Session, *, subject: str, what: str, cause: str, now: datetime) -> None:
    session.add(Deletion(subject_digest=subject, what=what, cause=cause, completed_at=now))


def consents(session: Session, subject: str) -> list[Consent]:
    return list(
        session.scalars(select(Consent).where(Consent.subject_digest == subject).order_by(Consent.id))
    )


def deletions(session: Session, subject: str) -> list[Deletion]:
    return list(
        session.scalars(select(Deletion).where(Deletion.subject_digest == subject).order_by(Deletion.id))
    )
