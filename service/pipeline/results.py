"""What a phone tells of a session, or the runner corrects later -> sets, what it counts for, and the ladder.

A result may come twice, late, out of order and from two phones. The ladder is climbed anew from the earliest
day that changed, so it always stands as if all had been known at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

import structlog
from sqlalchemy.orm import Session

from service.domain.planner import Size
from service.domain.play import (
    Play,
    PlayedSet,
    counted_as,
    ended_as,
    merged,
    parse_edit,
    parse_play,
    session_result,
    share_of,
    with_forms,
    worse_pain,
)
from service.domain.play import ResultRefused as ResultRefused
from service.domain.progression import Change, Standings, Told, climb, start
from service.domain.results import SessionResult
from service.pipeline import pain
from service.pipeline.amend import close_prompts
from service.pipeline.reached import ladder_of, standings_from
from service.pipeline.situation import today_of, zone_of
from service.pipeline.steps import ask_to_plan
from service.pipeline.tools import Tools
from service.pipeline.upload import ask_to_upload
from service.store import athletes, calendar, results, sessions
from service.store.tables import StrengthSession

log = structlog.get_logger()

WHY_LESS = ("light_week", "race_week", "after_pain")  # told when it began, and true whatever comes after
A_WEEK = timedelta(days=7)  # before: races that a new level may still be too close to


@dataclass(frozen=True, slots=True)
class Stored:
    """``late``: the session was taken back meanwhile, and nothing of it counts. ``merged``: another phone had
    told of it before.
    """

    state: Literal["stored", "known", "merged", "late"]


def store_result(
    session: Session, tools: Tools, athlete_id: int, session_id: int, body: object
) -> Stored:
    """Raises ResultRefused for what cannot be, or is too long ago, and LookupError where there is no such
    session of this athlete.

    The same play may come again with more in it: a phone that was left alone tells what it has so far.
    """
    now, rules = tools.clock(), tools.rules.result
    athletes.lock(session, athlete_id)
    row = _get(session, athlete_id, session_id)
    play = parse_play(body, session_id, now, tools.routine, rules)
    _check(play, row)
    if row.undone_at is not None:
        return Stored("late")
    if now - row.started_at > timedelta(days=rules.late_days_max):
        raise ResultRefused("late")
    is_first, has_counted = not row.play_id, row.done_at is not None and row.size != ""
    if not _merge(session, row, play) and not is_first:
        return Stored("known")
    _weigh(session, tools, row)
    _time(row, play, now, rules.minutes_max)
    _date(session, row)
    row.play_id = row.play_id or play.play_id
    settle(session, tools, row, now)
    if row.size and not has_counted:
        count(session, row, now)
    log.info("result stored", athlete=athlete_id, session=row.id, ended=row.ended, counts=row.size or "no")
    return Stored("stored" if is_first else "merged")


def edit_result(
    session: Session, tools: Tools, athlete_id: int, session_id: int, body: object
) -> StrengthSession:
    """How it felt, said anew: ``feedback``, ``pain`` and ``forms`` by exercise, all of them in place of what
    was told before; an exercise that is not named keeps its form.

    Raises ResultRefused for what cannot be or is too long ago, LookupError as ``store_result``.
    """
    now, days = tools.clock(), tools.rules.result.edit_days_max
    athletes.lock(session, athlete_id)
    row = _get(session, athlete_id, session_id)
    if row.done_at is None or row.undone_at is not None:
        raise LookupError(f"session {session_id} is not done")
    if now - row.done_at > timedelta(days=days):
        raise ResultRefused("edit_late", days=days)
    edit = parse_edit(body, row.prescription)
    sets, skips = results.of(session, [row.id])[row.id]
    is_by_hand = not row.ended
    sets = with_forms(edit.forms, sets, row.prescription if is_by_hand else {})
    results.put(session, athlete_id, row.id, sets, skips)
    row.feedback, row.pain = edit.feedback, edit.pain
    settle(session, tools, row, now)
    log.info("result edited", athlete=athlete_id, session=row.id)
    return row


def settle(session: Session, tools: Tools, row: StrengthSession, now: datetime) -> None:
    """What follows wherever a session ends, changes or is taken back."""
    rebuild(session, tools, row.athlete_id, row.on)
    pain.after_result(session, tools, row.athlete_id, row)
    ask_to_plan(session, row.athlete_id, now)


def count(session: Session, row: StrengthSession, now: datetime) -> None:
    """What follows once from a session that counts."""
    close_prompts(session, row, now)
    ask_to_upload(session, row, now)


# --- one session ----------------------------------------------------------------------------------


def _get(session: Session, athlete_id: int, session_id: int) -> StrengthSession:
    row = sessions.get(session, athlete_id, session_id)
    if row is None:
        raise LookupError(f"athlete {athlete_id} has no session {session_id}")
    return row


def _check(play: Play, row: StrengthSession) -> None:
    asked = {item["exercise"] for item in row.prescription.get("items", ())}
    if not {*play.skips, *(one.exercise for one in play.sets)} <= asked:
        raise ResultRefused("unknown", "exercise")


def _merge(session: Session, row: StrengthSession, play: Play) -> bool:
    """Whether anything is new."""
    stored, skipped = results.of(session, [row.id])[row.id]
    sets = merged((*stored, *play.sets))
    hurting = {exercise: reason for exercise, reason in play.skips.items() if reason == "pain"}
    skips = {**play.skips, **skipped, **hurting}
    before = (merged(stored), skipped, row.ended, row.feedback, row.pain)
    row.ended = ended_as(row.ended, play.ended)
    row.feedback = row.feedback or play.feedback
    row.pain = worse_pain(row.pain, play.pain)
    if before == (sets, skips, row.ended, row.feedback, row.pain):
        return False
    results.put(session, row.athlete_id, row.id, sets, skips)
    return True


def _weigh(session: Session, tools: Tools, row: StrengthSession) -> None:
    """How much of it was done, and what that counts for. The runner's own "done" is not taken back."""
    [result] = results_of(session, tools, [row])
    share = share_of(result)
    if row.done_at is not None:
        share = max(share, row.share)
    row.share = share
    size = counted_as(result.size, share, tools.rules.progression.share)
    row.size = size.value if size else ""


def _time(row: StrengthSession, play: Play, now: datetime, minutes_max: float) -> None:
    """A phone's clock may be wrong: it tells how long, and when only as far as that can be."""
    took = min(max((play.ended_at - play.started_at) / timedelta(minutes=1), 1.0), minutes_max)
    row.minutes = took if not row.play_id else max(row.minutes, took)
    if row.done_at is None:
        row.started_at = min(max(row.started_at, play.started_at), now)
        row.done_at = min(max(row.started_at, play.ended_at), now)


def _date(session: Session, row: StrengthSession) -> None:
    """A page left open overnight: the session is of the day it was played, unless that has one."""
    athlete = athletes.get(session, row.athlete_id)
    if athlete is None or not athlete.timezone or row.play_id:
        return
    on = today_of(row.started_at, zone_of(athlete))
    if on > row.on and not any(other.on == on for other in sessions.done_rows(session, row.athlete_id, on)):
        row.on = on


# --- the ladder -----------------------------------------------------------------------------------


def rebuild(session: Session, tools: Tools, athlete_id: int, since: date) -> None:
    """Climb anew, from the sessions of ``since`` on."""
    athlete = athletes.get(session, athlete_id)
    rows = sessions.finished_rows(session, athlete_id, since)
    if athlete is None or not rows:
        return
    ladder = ladder_of(tools, athletes.fitness(athlete), athlete.max_minutes)
    races = calendar.races(session, athlete_id, since - A_WEEK)
    before = sessions.finished_before(session, athlete_id, since)
    last_on = before.on if before else None
    standings: Standings = standings_from(before.standing) if before else {}
    standings = standings or start(last_on or rows[0].on, ladder)
    for row, result in zip(rows, results_of(session, tools, rows), strict=True):
        standings, (told,) = climb(standings, last_on, [result], races, ladder)
        row.standing = {key: standing.as_json() for key, standing in standings.items()}
        row.told = [one for one in row.told if one["rule"] in WHY_LESS] + told_json(told)
        last_on = row.on


def told_json(told: Told) -> list[dict[str, Any]]:
    return [
        {"exercise": change.exercise, "rule": change.rule, "facts": dict(change.facts)} for change in told
    ]


def told_from(stored: Sequence[Mapping[str, Any]]) -> Told:
    return tuple(Change(**change) for change in stored)


def results_of(session: Session, tools: Tools, rows: Sequence[StrengthSession]) -> list[SessionResult]:
    """In the order of ``rows``. Of one that was told of by hand nothing is known but that it was done."""
    told = results.of(session, [row.id for row in rows])
    return [_result(row, *told[row.id], tools) for row in rows]


def history(session: Session, tools: Tools, athlete_id: int, on: date) -> list[SessionResult]:
    """Those from which a session on ``on`` still goes on, oldest first."""
    days = tools.rules.progression.gap_days[-1]
    rows = sessions.finished_rows(session, athlete_id, on - timedelta(days=days))
    return results_of(session, tools, rows)


def _result(
    row: StrengthSession, sets: Sequence[PlayedSet], skips: Mapping[str, str], tools: Tools
) -> SessionResult:
    return session_result(
        row.on,
        {"size": row.size or Size.FULL.value, **row.prescription},
        sets,
        skips,
        tools.rules.dose,
        feedback=row.feedback,
        pain=row.pain,
        ended=row.ended or "done",
    )
