"""Accounts: the runner, their preferences, and who may come in."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from service.domain.fitness import Fitness
from service.domain.preferences import NeverHours, Preferences
from service.store.holds import FREE
from service.store.tables import Athlete, Hold, Invitation, LoginSession, UsedLink

LOGIN_DAYS = timedelta(days=90)  # sliding


def create(session: Session, now: datetime, *, timezone: str = "", language: str = "") -> Athlete:
    """The first account owns the installation."""
    role = "member" if has_owner(session) else "owner"
    athlete = Athlete(role=role, created_at=now, timezone=timezone, language=language, never_weekdays=[])
    session.add(athlete)
    session.flush()
    session.add(Hold(athlete_id=athlete.id, owner="", until=FREE))
    return athlete


def get(session: Session, athlete_id: int) -> Athlete | None:
    return session.get(Athlete, athlete_id)


def language(session: Session, athlete_id: int) -> str:
    return session.scalar(select(Athlete.language).where(Athlete.id == athlete_id)) or ""


def lock(session: Session, athlete_id: int) -> None:
    """Make others who write for this athlete wait until the transaction ends: two taps, one session.

    SQLite has one writer anyway.
    """
    session.execute(select(Athlete.id).where(Athlete.id == athlete_id).with_for_update())


def everyone(session: Session) -> list[Athlete]:
    return list(session.scalars(select(Athlete).order_by(Athlete.id)))


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Athlete)) or 0


def has_owner(session: Session) -> bool:
    return session.scalar(select(Athlete.id).where(Athlete.role == "owner").limit(1)) is not None


def owner(session: Session) -> Athlete | None:
    return session.scalar(select(Athlete).where(Athlete.role == "owner").order_by(Athlete.id).limit(1))


def preferences(athlete: Athlete) -> Preferences:
    return Preferences(
        target_per_week=athlete.target_per_week,
        week_starts_on=athlete.week_starts_on,
        weekday_slot=athlete.weekday_slot,
        weekend_slot=athlete.weekend_slot,
        quiet_from=athlete.quiet_from,
        quiet_until=athlete.quiet_until,
        max_minutes=athlete.max_minutes,
        never_weekdays=frozenset(athlete.never_weekdays),
        never_hours=tuple(_hours_from(row) for row in athlete.never_hours),
        units=athlete.units,
        language=athlete.language,
        use_heart=athlete.use_heart,
        use_pace=athlete.use_pace,
        heart_max_bpm=athlete.heart_max_bpm,
    )


def put_preferences(athlete: Athlete, prefs: Preferences) -> None:
    as_json = {
        "never_weekdays": sorted(prefs.never_weekdays),
        "never_hours": [_hours_json(hours) for hours in prefs.never_hours],
    }
    for each in fields(prefs):
        setattr(athlete, each.name, as_json.get(each.name, getattr(prefs, each.name)))


def fitness(athlete: Athlete) -> Fitness:
    return Fitness.from_json(athlete.fitness)


def put_fitness(athlete: Athlete, fitness: Fitness) -> None:
    athlete.fitness = fitness.as_json()


def _hours_json(hours: NeverHours) -> dict[str, Any]:
    return {
        "weekdays": sorted(hours.weekdays),
        "from": hours.from_.isoformat("minutes"),
        "until": hours.until.isoformat("minutes"),
    }


def _hours_from(row: Mapping[str, Any]) -> NeverHours:
    return NeverHours(
        frozenset(row["weekdays"]), time.fromisoformat(row["from"]), time.fromisoformat(row["until"])
    )


def move(athlete: Athlete, timezone: str, now: datetime) -> bool:
    """The runner is elsewhere now, by their own word. False if they were there already."""
    if athlete.timezone == timezone:
        return False
    athlete.former_timezone, athlete.timezone, athlete.moved_at = athlete.timezone, timezone, now
    return True


def remove(session: Session, athlete_id: int) -> None:
    """The account and everything that hangs on it, by cascade."""
    session.execute(delete(Athlete).where(Athlete.id == athlete_id))


# --- signed-in browsers ---------------------------------------------------------------------


def sign_in(session: Session, athlete_id: int, digest: str, now: datetime, user_agent: str) -> None:
    session.add(
        LoginSession(
            digest=digest,
            athlete_id=athlete_id,
            created_at=now,
            seen_at=now,
            ends_at=now + LOGIN_DAYS,
            user_agent=user_agent[:200],
        )
    )


def signed_in(session: Session, digest: str, now: datetime) -> LoginSession | None:
    row = session.get(LoginSession, digest)
    return row if row is not None and row.ends_at > now else None


def touch(row: LoginSession, now: datetime) -> None:
    row.seen_at, row.ends_at = now, now + LOGIN_DAYS


def sign_out(session: Session, digest: str) -> None:
    session.execute(delete(LoginSession).where(LoginSession.digest == digest))


def sign_out_everywhere(session: Session, athlete_id: int) -> None:
    session.execute(delete(LoginSession).where(LoginSession.athlete_id == athlete_id))


# --- invitations ----------------------------------------------------------------------------


def invite(session: Session, invited_by: int, digest: str, now: datetime, days: int = 7) -> None:
    session.add(
        Invitation(digest=digest, invited_by=invited_by, created_at=now, ends_at=now + timedelta(days=days))
    )


def open_invitation(session: Session, digest: str, now: datetime) -> Invitation | None:
    row = session.get(Invitation, digest)
    return row if row is not None and row.used_at is None and row.ends_at > now else None


def open_invitations(session: Session, now: datetime) -> Sequence[Invitation]:
    return list(
        session.scalars(select(Invitation).where(Invitation.used_at.is_(None), Invitation.ends_at > now))
    )


def use_invitation(session: Session, digest: str, now: datetime) -> bool:
    """True for the first who comes with it while it holds, also where two come at once."""
    taken = session.execute(
        update(Invitation)
        .where(Invitation.digest == digest, Invitation.used_at.is_(None), Invitation.ends_at > now)
        .values(used_at=now)
    )
    return bool(getattr(taken, "rowcount", 0))


def give_invitation_back(session: Session, digest: str) -> None:
    """Nobody came of it after all."""
    session.execute(update(Invitation).where(Invitation.digest == digest).values(used_at=None))


# --- one-tap links --------------------------------------------------------------------------


def use_link(session: Session, athlete_id: int, digest: str, now: datetime, ends_at: datetime) -> bool:
    """True the first time, False ever after."""
    if session.get(UsedLink, digest) is not None:
        return False
    session.add(UsedLink(digest=digest, athlete_id=athlete_id, used_at=now, ends_at=ends_at))
    session.flush()
    return True


def link_used(session: Session, digest: str) -> bool:
    return session.get(UsedLink, digest) is not None


def purge(session: Session, now: datetime) -> None:
    for table in (LoginSession, Invitation, UsedLink):
        session.execute(delete(table).where(table.ends_at <= now))
