"""How sessions felt, and how the morning after was: the runner's own facts."""

from datetime import date

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from service.domain.pain import Felt
from service.store.tables import CheckIn, SetResult, Skipped, StrengthSession

LAST = 40  # three months of three a week: more than any rule looks back


def felt(session: Session, athlete_id: int, last: int = LAST) -> list[Felt]:
    """The last sessions that have ended, in whole or in part, and were not taken back; oldest first."""
    in_a_set = select(func.max(SetResult.pain)).where(SetResult.session_id == StrengthSession.id)
    left_out = select(Skipped.session_id).where(
        Skipped.session_id == StrengthSession.id, Skipped.reason == "pain"
    )
    rows = session.execute(
        select(StrengthSession, in_a_set.scalar_subquery(), left_out.exists(), CheckIn.answer)
        .outerjoin(CheckIn, CheckIn.session_id == StrengthSession.id)
        .where(
            StrengthSession.athlete_id == athlete_id,
            StrengthSession.undone_at.is_(None),
            or_(StrengthSession.done_at.is_not(None), StrengthSession.ended != ""),
        )
        .order_by(StrengthSession.on.desc(), StrengthSession.id.desc())
        .limit(last)
    )
    return [_felt(*row) for row in reversed(rows.all())]


def _felt(row: StrengthSession, in_a_set: int | None, left_out: bool, morning: str | None) -> Felt:
    told = [pain for pain in (row.pain, in_a_set) if pain is not None]
    return Felt(
        session_id=row.id,
        on=row.on,
        at=row.done_at or row.started_at,
        pain=max(told, default=None),
        stopped=row.ended == "pain",
        left_out=left_out,
        morning=morning or "",
    )


def put(session: Session, athlete_id: int, session_id: int, on: date, answer: str) -> bool:
    """False if that morning was told before: the first word stands."""
    if session.get(CheckIn, session_id) is not None:
        return False
    session.add(CheckIn(athlete_id=athlete_id, session_id=session_id, on=on, answer=answer))
    session.flush()
    return True
