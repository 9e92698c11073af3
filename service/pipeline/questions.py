"""What is known of the runner -> the one thing Today asks besides a session, and what the answer changes.

Every answer may come twice: the second time changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.orm import Session

from service.domain.activity import Activity
from service.domain.calendar import Why
from service.domain.effort import RunKind
from service.domain.questions import days_without_run
from service.domain.slots import PastAsk, PastSession, SlotKind, SlotMove, is_another, moves
from service.pipeline import reconcile, situation, zones
from service.pipeline.calendar import go_away
from service.pipeline.reconcile import Counted
from service.pipeline.situation import Situation
from service.pipeline.steps import ask_to_plan
from service.pipeline.tools import Tools
from service.store import athletes, connections, prompts, questions
from service.store.tables import Question

log = structlog.get_logger()

NO_RUNS = "no_runs"
RECORDED = "companion"
Answer = Literal["yes", "no"]
Gap = Literal["holiday", "ill", "injured", "fine"]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class NoRuns:
    days: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """What may be a session, as the watch recorded it."""

    activity: Activity
    today: date


@dataclass(frozen=True, slots=True)
class Open:
    """A question that stands."""

    what: Recorded | Elsewhere | NoRuns | SlotMove
    topic: str
    about: str  # the proposal; a digest where it is Strava's
    is_new: bool  # not shown before


def to_ask(session: Session, known: Situation, tools: Tools, phone: str = "") -> Open | None:
    """The most pressing one. ``phone``: the zone of the browser that shows it, "" unknown."""
    return next(_open(session, known, tools, phone), None)


def note(session: Session, known: Situation, asked: Open) -> None:
    """It is shown for the first time: from here the days count that it stands."""
    row = questions.get(session, known.athlete_id, asked.topic)
    if row is None or row.about != asked.about or row.asked_on < known.today:
        questions.put(session, known.athlete_id, asked.topic, asked.about, known.today)


def answer_slot(
    session: Session, tools: Tools, athlete_id: int, kind: SlotKind, about: str, answer: Answer
) -> SlotMove | None:
    """Move the hour, or leave it. None where that is no longer the question."""
    known = situation.load_locked(session, athlete_id, tools)
    proposed = (move for move in _moves(session, known, tools) if move.kind is kind)
    found = next((move for move in proposed if _about(move) == about), None)
    if found is None:
        return None
    questions.put(session, athlete_id, _topic(kind), about, known.today, answer)
    if answer == "yes" and found.hour is not None:
        _ask_at(session, known, found.kind, found.hour)
        log.info("slot moved", athlete=athlete_id, slot=kind.value)
    return found


def answer_no_runs(session: Session, tools: Tools, athlete_id: int, answer: Gap) -> None:
    """An illness or an injury begins a pause today; the days of a holiday are for the runner to tell."""
    known = situation.load_locked(session, athlete_id, tools)
    questions.put(session, athlete_id, NO_RUNS, "", known.today, answer)
    if answer in ("ill", "injured"):
        go_away(session, tools, athlete_id, Why(answer), known.today)


def answer_recorded(
    session: Session, tools: Tools, athlete_id: int, about: str, answer: Counted
) -> bool:
    """Whether a recording was a session, and which. False where that is no longer the question."""
    known = situation.load_locked(session, athlete_id, tools)
    activity = reconcile.recorded(session, known, tools)
    if activity is None or _digest(tools, known, activity) != about:
        return False
    questions.put(session, athlete_id, RECORDED, about, known.today, answer)
    reconcile.answer(session, tools, known, activity, answer)
    return True


# --- what stands --------------------------------------------------------------------------------


def _open(session: Session, known: Situation, tools: Tools, phone: str) -> Iterator[Open]:
    activity = reconcile.recorded(session, known, tools)
    if activity is not None:
        about = _digest(tools, known, activity)
        row = _row(session, known, RECORDED)
        asked = row is not None and row.about == about
        what = Recorded(activity, known.today)
        yield from _standing(what, RECORDED, about, row if asked else None, known, tools)
    zone = zones.elsewhere(session, known, tools, phone)
    if zone is not None:
        about = zones.digest(tools.keys, known.athlete_id, zone)
        row = _row(session, known, zones.TOPIC)
        asked = row is not None and row.about == about and row.answer is None
        yield from _standing(Elsewhere(zone), zones.TOPIC, about, row if asked else None, known, tools)
    days = _gap(session, known, tools)
    if days is not None:
        row = _row(session, known, NO_RUNS)
        asked = row is not None and row.asked_on > known.today - timedelta(days=days)
        yield from _standing(NoRuns(days), NO_RUNS, "", row if asked else None, known, tools)
    for move in _moves(session, known, tools):
        row = _row(session, known, _topic(move.kind))
        if row is not None and _is_over(row, move, known.today, tools):
            continue
        asked = row is not None and row.answer is None and row.about == _about(move)
        yield from _standing(
            move, _topic(move.kind), _about(move), row if asked else None, known, tools
        )


def _standing(
    what: Recorded | Elsewhere | NoRuns | SlotMove,
    topic: str,
    about: str,
    row: Question | None,
    known: Situation,
    tools: Tools,
) -> Iterator[Open]:
    """``row``: that just this was asked before, if it was."""
    if row is None:
        yield Open(what, topic, about, is_new=True)
    elif row.answer is None and _is_shown(row, known.today, tools):
        yield Open(what, topic, about, is_new=False)


def _is_shown(row: Question, today: date, tools: Tools) -> bool:
    return today < row.asked_on + timedelta(days=tools.rules.question.stands_days)


def _is_over(row: Question, move: SlotMove, today: date, tools: Tools) -> bool:
    """Whether that hour was asked about within weeks; any other is asked about once its own habit shows."""
    rules = tools.rules.question.slot
    if row.answer is None and row.about == _about(move) and _is_shown(row, today, tools):
        return False
    if today >= row.asked_on + timedelta(days=rules.again_days):
        return False
    if move.hour is None:
        return True
    return bool(row.about) and not is_another(move.hour, time.fromisoformat(row.about), rules)


# --- what could be asked ------------------------------------------------------------------------


def _gap(session: Session, known: Situation, tools: Tools) -> int | None:
    """Days without a run, as far as all runs are known."""
    connection = connections.get(session, known.athlete_id)
    sync = connections.progress(session, known.athlete_id)
    if connection is None or connection.trouble or sync is None or sync.backfilled_at is None:
        return None
    run_on = {
        item.activity.local_on
        for item in known.judged
        if item.activity.is_run and not (item.verdict and item.verdict.kind is RunKind.TOO_SHORT)
    }
    told = [away.last_on or known.today for away in known.away if away.first_on <= known.today]
    return days_without_run(run_on, max(told, default=None), known.today, tools.rules.question.no_runs)


def _moves(session: Session, known: Situation, tools: Tools) -> tuple[SlotMove, ...]:
    athlete = athletes.get(session, known.athlete_id)
    assert athlete is not None
    rules = tools.rules.question.slot
    since = known.today - timedelta(weeks=rules.weeks)
    sessions = []
    for done, prompt in questions.sessions_with_prompts(session, known.athlete_id, since):
        zone = zones.zone_at(athlete, done.started_at, known.zone)
        # the hour of a prompt that was put off is the runner's choice
        asked_at = prompt.sent_at if prompt is not None and not prompt.snoozes else None
        wall = asked_at.astimezone(zone).time() if asked_at else None
        sessions.append(PastSession(done.on, done.started_at.astimezone(zone).time(), wall))
    asks = [
        PastAsk(
            row.local_on,
            row.sent_at.astimezone(zones.zone_at(athlete, row.sent_at, known.zone)).time(),
            ignored=row.answer is None,
        )
        for row in prompts.sent(session, known.athlete_id, since)
        if row.sent_at and row.state != "withdrawn" and row.local_on < known.today
    ]
    return moves(sessions, asks, known.prefs, known.today, known.zone, rules)


def _ask_at(session: Session, known: Situation, kind: SlotKind, hour: time) -> None:
    athlete = athletes.get(session, known.athlete_id)
    assert athlete is not None
    if kind is SlotKind.WEEKEND:
        athletes.put_preferences(athlete, replace(known.prefs, weekend_slot=hour))
    else:
        athletes.put_preferences(athlete, replace(known.prefs, weekday_slot=hour))
    ask_to_plan(session, known.athlete_id, known.now)


def _digest(tools: Tools, known: Situation, activity: Activity) -> str:
    return tools.keys.digest("recording", f"{known.athlete_id}:{activity.id}")


def _topic(kind: SlotKind) -> str:
    return f"slot_{kind.value}"


def _about(move: SlotMove) -> str:
    return f"{move.hour:%H:%M}" if move.hour is not None else ""


def _row(session: Session, known: Situation, topic: str) -> Question | None:
    return questions.get(session, known.athlete_id, topic)
