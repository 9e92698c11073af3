"""What the runner answers and does -> own facts: started, done, undone, later, not today, "that was hard".

What is said of a run lies in corrections.py, races and times away in calendar.py.

Every function may be called twice: the second time changes nothing. Each asks for a new plan.
"""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Literal

import structlog
from sqlalchemy.orm import Session

from service.domain.hours import asking_ends
from service.domain.planner import Size
from service.domain.prompting import later_time, snooze
from service.pipeline import situation
from service.pipeline.amend import answer
from service.pipeline.calendar import come_back as come_back
from service.pipeline.calendar import drop_race as drop_race
from service.pipeline.calendar import enter_race as enter_race
from service.pipeline.calendar import go_away as go_away
from service.pipeline.calendar import still_hurt as still_hurt
from service.pipeline.corrections import Moved as Moved
from service.pipeline.corrections import correct as correct
from service.pipeline.corrections import prefer as prefer
from service.pipeline.corrections import reset_limits as reset_limits
from service.pipeline.situation import Situation
from service.pipeline.steps import ask_to_plan, ask_to_prompt
from service.pipeline.tools import Tools
from service.store import athletes, prompts, sessions
from service.store.tables import Prompt, StrengthSession

log = structlog.get_logger()

Origin = Literal["page", "link"]
SnoozeChoice = Literal["1h", "tonight", "tomorrow"]

A_DAY = timedelta(days=1)


def start(
    session: Session, tools: Tools, athlete_id: int, *, prompt_id: int | None, size: Size, origin: Origin
) -> StrengthSession:
    """Begin a session, or go on with the one that is under way today."""
    now = tools.clock()
    athletes.lock(session, athlete_id)
    on = _today(session, tools, athlete_id, now)
    return _begin(session, tools, athlete_id, prompt_id, on, size, origin, now)


def finish(session: Session, tools: Tools, athlete_id: int, session_id: int) -> StrengthSession | None:
    """The session is done. None if there is no such session of this athlete."""
    now = tools.clock()
    row = sessions.get(session, athlete_id, session_id)
    if row is None or row.undone_at is not None:
        return None
    if row.done_at is None:
        row.done_at = now
        _close_prompts(session, row, now)
        ask_to_plan(session, athlete_id, now)
        log.info("session done", athlete=athlete_id, session=row.id, size=row.size)
    return row


def done_now(
    session: Session, tools: Tools, athlete_id: int, *, prompt_id: int | None, size: Size, origin: Origin
) -> StrengthSession:
    """ "I have done it", without having pressed start: counts once a day, for the day of the prompt."""
    now = tools.clock()
    athletes.lock(session, athlete_id)
    prompt = prompts.get(session, athlete_id, prompt_id) if prompt_id is not None else None
    on = prompt.local_on if prompt is not None else _today(session, tools, athlete_id, now)
    closed = prompt is not None and prompt.answer == "done"  # also by a session of the evening before
    before = sessions.done_rows(session, athlete_id, on - A_DAY if closed else on)
    if before:
        return before[-1]
    # said the morning after, it was done while the prompt was good
    begun_at = min(now, prompt.valid_until) if prompt is not None else now
    row = _begin(session, tools, athlete_id, prompt_id, on, size, origin, begun_at)
    finish(session, tools, athlete_id, row.id)
    return row


def undo(session: Session, tools: Tools, athlete_id: int, session_id: int) -> bool:
    """Take a session back, begun or done. False if there is none."""
    now = tools.clock()
    row = sessions.get(session, athlete_id, session_id)
    if row is None:
        return False
    if row.undone_at is None:
        row.undone_at = now
        ask_to_plan(session, athlete_id, now)
        log.info("session undone", athlete=athlete_id, session=row.id)
    return True


def later(
    session: Session, tools: Tools, athlete_id: int, prompt_id: int, choice: SnoozeChoice | None = None
) -> datetime | None:
    """Ask again later: at the hour that was offered, or by ``choice``. None where the day has no room
    left.
    """
    now = tools.clock()
    prompt = prompts.get(session, athlete_id, prompt_id)
    if prompt is None or prompt.sent_at is None or prompt.state not in ("sent", "planned"):
        return None
    if prompt.state == "planned" and prompt.snoozes:
        return prompt.send_at  # a second tap
    known = situation.load(session, athlete_id, tools, now)
    at = later_offer(prompt, known, tools) if choice is None else _snoozed(prompt, choice, known, tools)
    if at is None:
        return None
    answer(session, prompt, "later", now)
    prompt.state, prompt.snoozes = "planned", prompt.snoozes + 1
    lasts = prompt.valid_until - prompt.send_at
    prompt.valid_until = min(at + lasts, asking_ends(at, known.prefs, known.zone))
    prompt.local_on = max(prompt.local_on, situation.today_of(at, known.zone))
    prompt.send_at = at
    ask_to_prompt(session, athlete_id, now, due_at=at)
    return at


def later_offer(prompt: Prompt, known: Situation, tools: Tools) -> datetime | None:
    """The hour that "Later" names now; None where the day has no room left."""
    if prompt.snoozes >= tools.rules.prompt.ask.snoozes_max:
        return None
    return later_time(known.now, known.zone, known.prefs, tools.rules.prompt)


def not_today(session: Session, tools: Tools, athlete_id: int, prompt_id: int) -> bool:
    now = tools.clock()
    prompt = prompts.get(session, athlete_id, prompt_id)
    if prompt is None:
        return False
    if prompt.answer != "not_today" and prompt.state in ("sent", "planned"):
        answer(session, prompt, "not_today", now)
        ask_to_plan(session, athlete_id, now)
    return True


def _snoozed(prompt: Prompt, choice: SnoozeChoice, known: Situation, tools: Tools) -> datetime | None:
    return snooze(choice, known.now, known.zone, known.prefs, tools.rules.prompt, prompt.snoozes)


def _today(session: Session, tools: Tools, athlete_id: int, now: datetime) -> date:
    return situation.load(session, athlete_id, tools, now).today


def _begin(
    session: Session,
    tools: Tools,
    athlete_id: int,
    prompt_id: int | None,
    on: date,
    size: Size,
    origin: Origin,
    at: datetime,
) -> StrengthSession:
    prompt = prompts.get(session, athlete_id, prompt_id) if prompt_id is not None else None
    row = sessions.under_way(session, athlete_id, on)
    if row is None:
        row = _new(session, tools, athlete_id, on, size, origin, at)
    if prompt is not None:
        row.prompt_id = prompt.id
        answer(session, prompt, "started", at)
    session.flush()
    return row


def _new(
    session: Session, tools: Tools, athlete_id: int, on: date, size: Size, origin: Origin, now: datetime
) -> StrengthSession:
    athlete = athletes.get(session, athlete_id)
    if athlete is None:
        raise LookupError(f"athlete {athlete_id} is gone")
    prescribed = situation.prescription(tools, athletes.preferences(athlete), size)
    row = StrengthSession(
        athlete_id=athlete_id,
        on=on,
        size=size.value,
        started_at=now,
        minutes=prescribed.minutes,
        prescription=_json(asdict(prescribed)),
        origin=origin,
    )
    session.add(row)
    return row


def _json(value: Any) -> Any:
    """Tuples and enumerations as JSON has them."""
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(item) for item in value]
    return str(value) if isinstance(value, Size) else value


def _close_prompts(session: Session, row: StrengthSession, now: datetime) -> None:
    """Whoever has done it is asked no more: not that day, not by what stands, not by what was put off."""
    asked = {prompt.id: prompt for prompt in prompts.of_day(session, row.athlete_id, row.on)}
    waiting = {prompt.id: prompt for prompt in prompts.unanswered(session, row.athlete_id)}
    for prompt in (asked | waiting).values():
        if prompt.state in ("sent", "planned") or prompt.id == row.prompt_id:
            answer(session, prompt, "done", now)
