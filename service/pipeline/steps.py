"""How the arrows of the pipeline are tied: which row asks for the next step."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from service.ports import Lane
from service.store import work
from service.store.work import ONE_OPEN

PLAN_LASTS = timedelta(hours=12)  # no day, however quiet, is left unlooked at for longer


class Postpone(Exception):
    """A handler's "not yet". ``counts`` if it is one of the tries after which a row is given up."""

    def __init__(self, reason: str, due_at: datetime, *, counts: bool = False) -> None:
        super().__init__(reason)
        self.due_at = due_at
        self.counts = counts


def ask_to_classify(session: Session, athlete_id: int, now: datetime) -> None:
    work.enqueue(
        session, athlete_id=athlete_id, kind="classify", now=now, dedup=f"{ONE_OPEN}classify:{athlete_id}"
    )


def ask_to_plan(session: Session, athlete_id: int, now: datetime, due_at: datetime | None = None) -> None:
    """One plan row is open per athlete at most; the earliest wish wins, and every plan asks for its
    successor.
    """
    work.enqueue(
        session,
        athlete_id=athlete_id,
        kind="plan",
        now=now,
        due_at=due_at,
        dedup=f"{ONE_OPEN}plan:{athlete_id}",
    )


def keep_planning(session: Session, athlete_id: int, now: datetime) -> None:
    """For every tick: no athlete is without a plan to come, nor waits for one that a wrong clock put off."""
    missing = not work.has_open(session, athlete_id, "plan")
    ask_to_plan(session, athlete_id, now, due_at=now if missing else now + PLAN_LASTS)


def ask_to_prompt(session: Session, athlete_id: int, now: datetime, due_at: datetime | None = None) -> None:
    work.enqueue(
        session,
        athlete_id=athlete_id,
        kind="prompt",
        now=now,
        due_at=due_at,
        dedup=f"{ONE_OPEN}prompt:{athlete_id}",
    )


def ask_to_read(
    session: Session,
    athlete_id: int,
    activity_id: int,
    cause: str,
    now: datetime,
    *,
    due_at: datetime | None = None,
    dedup: str | None = None,
    lane: Lane = Lane.LIVE,
) -> bool:
    """Ask for one activity to be read again. ``cause``: create | update | delete | poll | check."""
    return work.enqueue(
        session,
        athlete_id=athlete_id,
        kind="activity",
        now=now,
        body={"id": activity_id, "cause": cause},
        due_at=due_at,
        dedup=dedup,
        lane=lane,
    )
