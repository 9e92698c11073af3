"""What was done in sessions, set by set, and what was left out: the runner's own facts."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from service.domain.play import PlayedSet
from service.domain.results import SetResult
from service.store import tables
from service.store.tables import Skipped

Sets = tuple[PlayedSet, ...]


def of(session: Session, session_ids: Collection[int]) -> dict[int, tuple[Sets, Mapping[str, str]]]:
    """For each of these sessions its sets, and why which exercise was left out."""
    sets: dict[int, list[PlayedSet]] = {each: [] for each in session_ids}
    skips: dict[int, dict[str, str]] = {each: {} for each in session_ids}
    table = tables.SetResult
    for row in session.scalars(
        select(table)
        .where(table.session_id.in_(session_ids))
        .order_by(table.exercise, table.level, table.number, table.side)
    ):
        one = SetResult(row.number, row.side, row.reps, row.form, row.pain)
        sets[row.session_id].append(PlayedSet(row.exercise, row.level, one))
    for left_out in session.scalars(select(Skipped).where(Skipped.session_id.in_(session_ids))):
        skips[left_out.session_id][left_out.exercise] = left_out.reason
    return {each: (tuple(sets[each]), skips[each]) for each in session_ids}


def put(
    session: Session, athlete_id: int, session_id: int, sets: Iterable[PlayedSet], skips: Mapping[str, str]
) -> None:
    """In place of what was there."""
    for table in (tables.SetResult, Skipped):
        session.execute(delete(table).where(table.session_id == session_id))
    session.add_all(
        tables.SetResult(
            session_id=session_id,
            athlete_id=athlete_id,
            exercise=one.exercise,
            level=one.level,
            number=one.result.number,
            side=one.result.side,
            reps=one.result.reps,
            form=one.result.form,
            pain=one.result.pain,
        )
        for one in sets
    )
    session.add_all(
        Skipped(session_id=session_id, athlete_id=athlete_id, exercise=exercise, reason=reason)
        for exercise, reason in skips.items()
    )
    session.flush()
