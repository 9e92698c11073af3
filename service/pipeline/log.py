"""What the runner answers and does -> own facts: started, done, undone, later, not today, "that was hard".

What is said of a run lies in corrections.py, races and times away in calendar.py.

Every function may be called twice: the second time changes nothing. Each asks for a new plan.
"""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

import structlog
from sqlalchemy.orm import Session

from service.domain.hours import asking_ends, slot
from service.domain.pain import lighter
from service.domain.planner import Size
from service.domain.prompting import later_time, snooze
from service.pipeline import pain, results, situation
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
from service.pipeline.reached import prescribed
from service.pipeline.results import ResultRefused as ResultRefused
from service.pipeline.results import edit_result as edit_result
from service.pipeline.results import store_result as store_result
from service.pipeline.situation import Situation
from service.pipeline.steps import ask_to_plan, ask_to_prompt
from service.pipeline.tools import Tools
from service.store import athletes, prompts, sessions
from service.store.tables import Prompt, StrengthSession

log = structlog.get_logger()

Origin = Literal["page", "link", "log", "watch"]
SnoozeChoice = Literal["1h", "tonight", "tomorrow"]

A_DAY = timedelta(days=1)


def start(
    session: Session, tools: Tools, athlete_id: int, *, prompt_id: int | None, size: Size, origin: Origin
) -> StrengthSession:
    """Begin a session, or go on with the one that is under way today."""
    now = tools.clock()
    athletes.lock(session, athlete_id)
    known = situation.load(session, athlete_id, tools, now)
    return _begin(session, tools, known, prompt_id, known.today, size, origin, now)


def finish(session: Session, tools: Tools, athlete_id: int, session_id: int) -> StrengthSession | None:
    """The session is done. None if there is no such session of this athlete."""
    now = tools.clock()
    athletes.lock(session, athlete_id)
    row = sessions.get(session, athlete_id, session_id)
    if row is None or row.undone_at is not None:
        return None
    if row.done_at is None:
        _end(session, tools, row, now, now)
    return row


def done_now(
    session: Session, tools: Tools, athlete_id: int, *, prompt_id: int | None, size: Size, origin: Origin
) -> StrengthSession:
    """ "I have done it", without having pressed start: counts once a day, for the day of the prompt."""
    now = tools.clock()
    athletes.lock(session, athlete_id)
    prompt = prompts.get(session, athlete_id, prompt_id) if prompt_id is not None else None
    known = situation.load(session, athlete_id, tools, now)
    on = prompt.local_on if prompt is not None else known.today
    closed = prompt is not None and prompt.answer == "done"  # also by a session of the evening before
    before = sessions.done_rows(session, athlete_id, on - A_DAY if closed else on)
    if before:
        return before[-1]
    # said the morning after, it was done while the prompt was good
    begun_at = min(now, prompt.valid_until) if prompt is not None else now
    row = _begin(session, tools, known, prompt_id, on, size, origin, begun_at)
    finish(session, tools, athlete_id, row.id)
    return row


def record(
    session: Session, tools: Tools, athlete_id: int, *, on: date, size: Size, origin: Origin, at: datetime
) -> StrengthSession:
    """One that was done without us is told of afterwards; a day has one."""
    now = tools.clock()
    athletes.lock(session, athlete_id)
    before = [row for row in sessions.done_rows(session, athlete_id, on) if row.on == on]
    if before:
        return before[-1]
    known = situation.load(session, athlete_id, tools, now)
    begun = sessions.under_way(session, athlete_id, on)
    if begun is not None:
        begun.undone_at = now  # it was begun and left; what is told of now is another one
    row = _new(session, tools, known, on, size, origin, at)
    session.flush()
    _end(session, tools, row, max(at, row.started_at), now)
    return row


def log_past(session: Session, tools: Tools, athlete_id: int, on: date, size: Size) -> StrengthSession:
    """A session of today or of the days before, told of by hand, at the hour at which the runner likes to be
    asked. Raises ResultRefused for a day to come, one too long ago, or one that has a session already.
    """
    now, days = tools.clock(), tools.rules.result.past_days_max
    athletes.lock(session, athlete_id)
    known = situation.load(session, athlete_id, tools, now)
    if on > known.today:
        raise ResultRefused("future")
    if (known.today - on).days > days:
        raise ResultRefused("early", days=days)
    if any(done.on == on for done in known.done):
        raise ResultRefused("twice")
    at = min(now, slot(on, known.prefs, known.zone))
    return record(session, tools, athlete_id, on=on, size=size, origin="log", at=at)


def undo(session: Session, tools: Tools, athlete_id: int, session_id: int) -> bool:
    """Take a session back, begun or done. False if there is none, or it was too long ago."""
    now = tools.clock()
    athletes.lock(session, athlete_id)
    row = sessions.get(session, athlete_id, session_id)
    if row is None:
        return False
    if row.undone_at is not None:
        return True
    if now - (row.done_at or row.started_at) > timedelta(days=tools.rules.result.undo_days_max):
        return False
    row.undone_at, row.standing, row.told = now, {}, []
    results.settle(session, tools, row, now)
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


def _begin(
    session: Session,
    tools: Tools,
    known: Situation,
    prompt_id: int | None,
    on: date,
    size: Size,
    origin: Origin,
    at: datetime,
) -> StrengthSession:
    prompt = prompts.get(session, known.athlete_id, prompt_id) if prompt_id is not None else None
    row = sessions.under_way(session, known.athlete_id, on)
    if row is None:
        row = _new(session, tools, known, on, size, origin, at)
    if prompt is not None:
        row.prompt_id = prompt.id
        answer(session, prompt, "started", at)
    session.flush()
    return row


def _new(
    session: Session, tools: Tools, known: Situation, on: date, size: Size, origin: Origin, at: datetime
) -> StrengthSession:
    """With what it asks for, and why that is less than the last time where it is."""
    prescription, told = prescribed(
        tools,
        known.reached,
        known.prefs,
        size,
        on,
        known.races,
        lighter(pain.gate_of(session, tools, known)),
        results.history(session, tools, known.athlete_id, on),
    )
    row = StrengthSession(
        athlete_id=known.athlete_id,
        on=on,
        size=size.value,
        started_at=at,
        minutes=prescription.minutes,
        prescription=_json(asdict(prescription)),
        origin=origin,
        told=results.told_json(told),
    )
    session.add(row)
    return row


def _end(session: Session, tools: Tools, row: StrengthSession, at: datetime, now: datetime) -> None:
    """Done, by the runner's word."""
    row.done_at = at
    results.settle(session, tools, row, now)
    results.count(session, row, now)
    log.info("session done", athlete=row.athlete_id, session=row.id, size=row.size)


def _json(value: Any) -> Any:
    """Tuples and enumerations as JSON has them."""
    if isinstance(value, dict):
        return {key: _json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(item) for item in value]
    return str(value) if isinstance(value, StrEnum) else value
