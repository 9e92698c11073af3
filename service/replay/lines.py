"""What was asked, done and reached, as lines to write. Times are the runner's wall time, with no offset."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from service.domain.planner import WEEK, Size, week_start
from service.replay.span import MONDAY, Span, midnight
from service.store import prompts
from service.store import sessions as done_sessions
from service.store.activities import reasons_from
from service.store.tables import Prompt
from service.words import Words

Line = dict[str, Any]
Moment = tuple[datetime, Line]  # what to order by


def prompt(
    session: Session, row: Prompt, runner: str, indices: Mapping[int, int], words: Words, now: datetime
) -> tuple[int, Size, Moment]:
    """A prompt that goes out ``now``, while its reason is known: (its id, its size, its line)."""
    why = prompts.reason(session, row.id, now)
    if why is None:
        raise LookupError(f"prompt {row.id} has no reason")
    line = {
        "kind": "prompt",
        "runner": runner,
        "sent_at_local": wall(now),
        "trigger": why.trigger,
        "size": row.size,
        "activity_index": None if why.activity_id is None else indices[why.activity_id],
        "wording": why.wording,
        "reasons": [words.reason(reason) for reason in reasons_from(why.reasons)],
    }
    return row.id, Size(row.size), (now, line)


def sessions(session: Session, athlete_id: int, runner: str) -> list[Moment]:
    return [
        (
            row.done_at,
            {"kind": "session", "runner": runner, "done_at_local": wall(row.done_at), "size": row.size},
        )
        for row in done_sessions.done_rows(session, athlete_id, date.min)
        if row.done_at is not None
    ]


def weeks(
    session: Session, athlete_id: int, runner: str, span: Span, planned: Mapping[date, int]
) -> list[Moment]:
    """One a week, at its end. A week nobody planned has no line."""
    targets = done_sessions.targets(session, athlete_id, span.starts_on)
    done = done_sessions.done(session, athlete_id, span.starts_on)
    found = []
    for week_on in span.weeks:
        target = targets.get(week_on)
        if target is None:
            continue
        line = {
            "kind": "week",
            "runner": runner,
            "week": week_on.isoformat(),
            "target": target.target,
            "planned": planned.get(week_on, 0),
            "done": sum(each.size.credit for each in done if week_on <= each.on < week_on + WEEK),
            "excused": target.excused,
        }
        found.append((midnight(week_on + WEEK), line))
    return found


def planned(session: Session, athlete_id: int, week_on: date) -> int | None:
    """Sessions that the week holds now; None while it has not been planned at all."""
    if week_on not in done_sessions.targets(session, athlete_id, week_on):
        return None
    return len(done_sessions.planned(session, athlete_id, week_on))


def week_of(now: datetime) -> date:
    return week_start(now.date(), MONDAY)


def in_order(moments: Iterable[Moment]) -> list[Line]:
    return [line for _, line in sorted(moments, key=lambda moment: moment[0])]


def wall(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(timespec="seconds")
