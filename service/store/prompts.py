"""Prompts, why they were decided, their deliveries, and the channels they go over."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service.domain.activity import Reason
from service.keys import Keys
from service.store import cache
from service.store.activities import reasons_json
from service.store.tables import ChannelRow, Delivery, Outlook, Prompt, PromptReason

ASKED = ("sent", "answered", "expired", "withdrawn")  # states in which the runner may have seen it


def get(session: Session, athlete_id: int, prompt_id: int) -> Prompt | None:
    """The athlete's own prompt; another athlete's is not found."""
    row = session.get(Prompt, prompt_id)
    return row if row is not None and row.athlete_id == athlete_id else None


def locked(session: Session, prompt_id: int) -> Prompt | None:
    """As it stands now; whoever would change it waits until this transaction ends."""
    return session.get(Prompt, prompt_id, populate_existing=True, with_for_update=True)


def planned(session: Session, athlete_id: int) -> list[Prompt]:
    return list(
        session.scalars(select(Prompt).where(Prompt.athlete_id == athlete_id, Prompt.state == "planned"))
    )


def unanswered(session: Session, athlete_id: int) -> list[Prompt]:
    """All that wait: to go out, to go out again, or for an answer."""
    return list(
        session.scalars(
            select(Prompt).where(Prompt.athlete_id == athlete_id, Prompt.state.in_(("planned", "sent")))
        )
    )


def sent(session: Session, athlete_id: int, since: date) -> list[Prompt]:
    """All that went out for a day from ``since`` on, oldest first."""
    return list(
        session.scalars(
            select(Prompt)
            .where(Prompt.athlete_id == athlete_id, Prompt.local_on >= since, Prompt.sent_at.is_not(None))
            .order_by(Prompt.sent_at)
        )
    )


def last_answered_on(session: Session, athlete_id: int) -> date:
    """The day of the last prompt that got an answer; the first of all days if none ever did."""
    on = session.scalar(
        select(func.max(Prompt.local_on)).where(Prompt.athlete_id == athlete_id, Prompt.answer.is_not(None))
    )
    return on or date.min


def standing(session: Session, athlete_id: int, now: datetime) -> Prompt | None:
    """The prompt that waits for an answer now."""
    return session.scalar(
        select(Prompt)
        .where(Prompt.athlete_id == athlete_id, Prompt.state == "sent", Prompt.valid_until > now)
        .order_by(Prompt.id.desc())
        .limit(1)
    )


def asked_before(session: Session, athlete_id: int, prompt_id: int) -> int:
    """How many prompts this runner was sent before that one: ids count those of all runners."""
    counted = session.scalar(
        select(func.count()).where(
            Prompt.athlete_id == athlete_id, Prompt.id < prompt_id, Prompt.sent_at.is_not(None)
        )
    )
    return counted or 0


def over(session: Session, athlete_id: int, now: datetime) -> list[Prompt]:
    """Sent, never answered, and no longer valid."""
    return list(
        session.scalars(
            select(Prompt).where(
                Prompt.athlete_id == athlete_id, Prompt.state == "sent", Prompt.valid_until <= now
            )
        )
    )


def of_day(session: Session, athlete_id: int, on: date) -> list[Prompt]:
    return list(session.scalars(select(Prompt).where(Prompt.athlete_id == athlete_id, Prompt.local_on == on)))


def put_reason(
    session: Session,
    athlete_id: int,
    prompt_id: int,
    *,
    activity_id: int | None,
    trigger: str,
    wording: str,
    reasons: Iterable[Reason],
    now: datetime,
) -> None:
    session.merge(
        PromptReason(
            prompt_id=prompt_id,
            expires_at=cache.conclusion_ends(session, athlete_id, now),
            activity_id=activity_id,
            trigger=trigger,
            wording=wording,
            reasons=reasons_json(reasons),
        )
    )


def reason(session: Session, prompt_id: int, now: datetime) -> PromptReason | None:
    row = session.get(PromptReason, prompt_id)
    return row if row is not None and row.expires_at > now else None


def because_of(
    session: Session, athlete_id: int, activity_id: int, on: date | None
) -> list[tuple[Prompt, PromptReason]]:
    """Prompts whose reasons tell of that activity: they name it, or speak of what was done on its day."""
    speak_of_the_day = (Prompt.local_on == on) & (PromptReason.trigger != "rest_day")
    rows = session.execute(
        select(Prompt, PromptReason)
        .join(PromptReason, PromptReason.prompt_id == Prompt.id)
        .where(Prompt.athlete_id == athlete_id, (PromptReason.activity_id == activity_id) | speak_of_the_day)
    )
    return [(prompt, why) for prompt, why in rows]


def put_outlook(
    session: Session,
    athlete_id: int,
    *,
    local_on: date,
    prompt_id: int | None,
    body: Mapping[str, Any],
    now: datetime,
) -> None:
    session.merge(
        Outlook(
            athlete_id=athlete_id,
            expires_at=cache.conclusion_ends(session, athlete_id, now),
            decided_at=now,
            local_on=local_on,
            prompt_id=prompt_id,
            body=dict(body),
        )
    )


def outlook(session: Session, athlete_id: int, now: datetime) -> Outlook | None:
    row = session.get(Outlook, athlete_id)
    return row if row is not None and row.expires_at > now else None


# --- channels and deliveries ----------------------------------------------------------------


def channels(session: Session, athlete_id: int) -> list[ChannelRow]:
    return list(
        session.scalars(select(ChannelRow).where(ChannelRow.athlete_id == athlete_id).order_by(ChannelRow.id))
    )


def channel(session: Session, athlete_id: int, channel_id: int) -> ChannelRow | None:
    row = session.get(ChannelRow, channel_id)
    return row if row is not None and row.athlete_id == athlete_id else None


def add_channel(
    session: Session, keys: Keys, *, athlete_id: int, kind: str, label: str, address: str, now: datetime
) -> ChannelRow:
    row = ChannelRow(
        athlete_id=athlete_id,
        kind=kind,
        label=label[:80],
        address_sealed=keys.seal(address),
        created_at=now,
        trouble="",
    )
    session.add(row)
    session.flush()
    return row


def delivery(session: Session, athlete_id: int, delivery_id: int) -> Delivery | None:
    row = session.get(Delivery, delivery_id)
    return row if row is not None and row.athlete_id == athlete_id else None


def deliveries(session: Session, prompt_id: int) -> list[Delivery]:
    return list(session.scalars(select(Delivery).where(Delivery.prompt_id == prompt_id)))
