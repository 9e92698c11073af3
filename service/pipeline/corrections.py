"""The runner's word -> other verdicts: what they say of a run, which signs count, and the way back."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from service.domain.activity import Activity
from service.domain.corrections import step, total
from service.domain.effort import RunKind, Verdict, judge_all
from service.domain.preferences import Preferences
from service.domain.told import NO_OFFSETS, NOTHING_TOLD, Offsets
from service.pipeline.classify import activity_digest, heard, judges_alike, runs_for, said_of
from service.pipeline.prompt import take_back
from service.pipeline.steps import ask_to_classify, ask_to_plan
from service.pipeline.tools import Tools
from service.store import activities, athletes, corrections, sessions

log = structlog.get_logger()

RECENT = timedelta(days=21)  # verdicts that a change of limits reaches back to


@dataclass(frozen=True, slots=True)
class Moved:
    """The runner's own limits around one word; the same on both sides where the word moved none."""

    before: Offsets
    after: Offsets


def correct(session: Session, tools: Tools, athlete_id: int, activity_id: int, said: RunKind) -> Moved | None:
    """The runner's own word about a run wins from now on, and moves their limits by one step.

    Said again, it changes nothing; another word takes the step of the former back. None if that run is not
    theirs or no longer cached.
    """
    now = tools.clock()
    athletes.lock(session, athlete_id)
    run = activities.get(session, athlete_id, activity_id, now)
    if run is None or not run.is_run:
        return None
    digest = activity_digest(tools.keys, athlete_id, activity_id)
    before = offsets(session, tools, athlete_id)
    if corrections.get(session, athlete_id, digest) is said:
        return Moved(before, before)
    moved = step(_points(session, tools, athlete_id, run), said, tools.rules.effort)
    corrections.put(session, athlete_id, digest, said, moved, now)
    after = offsets(session, tools, athlete_id)
    if after != before:
        _judge_recent_anew(session, athlete_id, now)
    activities.unjudge(session, athlete_id, activity_id)
    if said is not RunKind.EASY:
        take_back(session, run, athlete_id, now)
    ask_to_classify(session, athlete_id, now)
    log.info("corrected", athlete=athlete_id, said=said.value)
    return Moved(before, after)


def reset_limits(session: Session, tools: Tools, athlete_id: int) -> bool:
    """Back to the limits everybody begins with; what was said of single runs stays.

    False if none had moved.
    """
    now = tools.clock()
    athletes.lock(session, athlete_id)
    if not corrections.steps(session, athlete_id):
        return False
    moved = offsets(session, tools, athlete_id) != NO_OFFSETS
    corrections.reset(session, athlete_id)
    if moved:
        _judge_recent_anew(session, athlete_id, now)
        ask_to_classify(session, athlete_id, now)
    log.info("limits reset", athlete=athlete_id)
    return moved


def prefer(session: Session, tools: Tools, athlete_id: int, prefs: Preferences, timezone: str) -> None:
    """Keep what the runner chose, and plan by it; where it bears on verdicts, the recent ones fall anew.

    Raises LookupError if the account is gone.
    """
    now = tools.clock()
    athlete = athletes.get(session, athlete_id)
    if athlete is None:
        raise LookupError(f"athlete {athlete_id} is gone")
    alike = judges_alike(prefs, athletes.preferences(athlete))
    athletes.put_preferences(athlete, prefs)
    athletes.move(athlete, timezone, now)
    if not alike:
        _judge_recent_anew(session, athlete_id, now)
        ask_to_classify(session, athlete_id, now)
    ask_to_plan(session, athlete_id, now)


def offsets(session: Session, tools: Tools, athlete_id: int) -> Offsets:
    """How far the runner's limits have moved in all."""
    return total(corrections.steps(session, athlete_id), tools.rules.effort)


def is_said(verdict: Verdict) -> bool:
    """Whether it is the runner's own word."""
    return any(reason.rule == "said.kind" for reason in verdict.reasons)


def _judge_recent_anew(session: Session, athlete_id: int, now: datetime) -> None:
    """But not on days of a session done: the runner has acted on those verdicts."""
    since = (now - RECENT).date()
    acted_on = {row.on for row in sessions.done_rows(session, athlete_id, since)}
    activities.judge_anew(session, athlete_id, since, acted_on)


def _points(session: Session, tools: Tools, athlete_id: int, run: Activity) -> Verdict:
    """What the signs say of the run: as judged, or judged here where an earlier word stands in its place."""
    stored, word = activities.verdict(session, athlete_id, run.id), heard(session, tools, athlete_id)
    if stored is not None and not is_said(stored):
        return stored
    told, words = (word.told, word.words) if word else (NOTHING_TOLD, {})
    runs = runs_for(session, athlete_id, [run.start_at], tools.clock())
    said = said_of(words, (each.id for each in runs if each.id != run.id), tools.keys, athlete_id)
    return judge_all(runs, tools.rules.effort, told=told, said=said, only=[run.id])[run.id]
