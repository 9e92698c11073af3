"""The week and the hour -> ask, wait or be silent; either way with its reason, and a time to look again."""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.orm import Session

from service.domain.activity import Activity
from service.domain.calendar import Why
from service.domain.fitness import Screening
from service.domain.hours import is_quiet
from service.domain.planner import NO_GO_KINDS, Week
from service.domain.prompting import Ask, NextMoment, PastPrompt, Silence, Trigger, decide
from service.pipeline import situation, zones
from service.pipeline.amend import withdraw
from service.pipeline.situation import Situation, week_of
from service.pipeline.steps import PLAN_LASTS, ask_to_plan, ask_to_prompt
from service.pipeline.tools import Commit, Tools
from service.store import activities, companions, prompts, sessions, work
from service.store.tables import Delivery, Prompt
from service.store.work import Job

log = structlog.get_logger()

A_DAY = timedelta(days=1)
ASKED_BACK = timedelta(days=28)  # what counts for the day and the week
NOT_EASY = "not_easy"  # the answer that takes a prompt back together with what it was asked for
SOONEST = timedelta(seconds=30)  # a plan never asks to be made again at once

# A prompt that is out, or put off, is taken back only if the day itself no longer fits.
OVERRULES = frozenset(
    {
        *(f"prompt.{cause}" for cause in ("on_hold", "week_done", "week_off", "race_week", "ease_off")),
        *(f"prompt.{why.value}" for why in Why if why.silent),
        *(f"prompt.{kind.value}" for kind in NO_GO_KINDS),
    }
)


def prompt(job: Job, tools: Tools) -> Commit:
    now = tools.clock()
    with tools.store.read() as session:
        known = situation.load(session, job.athlete_id, tools, now)
        week = week_of(session, known, tools)
        decision = decide_now(session, known, week, tools)

    return lambda session: carry_out(session, tools, known, decision)


def carry_out(session: Session, tools: Tools, known: Situation, decision: Ask | Silence) -> None:
    _expire(session, known.athlete_id, known.now)
    if isinstance(decision, Ask):
        _ask(session, tools, known.athlete_id, decision, known.now)
    else:
        _be_silent(session, tools, known, decision)


def decide_now(session: Session, known: Situation, week: Week, tools: Tools) -> Ask | Silence:
    answered_on = prompts.last_answered_on(session, known.athlete_id)  # the back-off counts from there
    past = prompts.sent(session, known.athlete_id, min(answered_on, known.today - ASKED_BACK))
    return decide(
        today=known.days[known.today],
        yesterday=known.days.get(known.today - A_DAY),
        week=week,
        habits=known.habits,
        past=[
            PastPrompt(
                row.local_on,
                row.sent_at,
                row.answer,
                taken_back=row.state == "withdrawn",
                mistaken=row.answer == NOT_EASY,
            )
            for row in past
            if row.sent_at
        ],
        prefs=known.prefs,
        now=known.now,
        zone=known.zone,
        rules=tools.rules.prompt,
        also_quiet_in=zones.also_quiet_in(session, known, tools),
        on_hold=known.reached.fitness.screening is Screening.NO,
    )


# --- asking ---------------------------------------------------------------------------------


def _ask(session: Session, tools: Tools, athlete_id: int, ask: Ask, now: datetime) -> None:
    if ask.activity_id is not None and activities.verdict(session, athlete_id, ask.activity_id) is None:
        return  # the runner spoke of that run while this was decided, or it is gone: a new decision follows
    row = _row(session, athlete_id, ask, now)
    session.flush()
    prompts.put_reason(
        session,
        athlete_id,
        row.id,
        activity_id=ask.activity_id,
        trigger=ask.trigger.value,
        wording=ask.wording.value,
        reasons=ask.reasons,
        now=now,
    )
    _remember(session, athlete_id, row.local_on, row.id, {"state": "ask"}, now)
    if row.send_at > now:
        ask_to_prompt(session, athlete_id, now, due_at=row.send_at)
    else:
        _send(session, tools, athlete_id, row, now)


def _row(session: Session, athlete_id: int, ask: Ask, now: datetime) -> Prompt:
    """The one prompt that is planned and not yet out; whatever else was planned is taken back.

    Its times are the runner's own facts and stay, so none may tell when a run ended: they are rounded.
    """
    rows = prompts.planned(session, athlete_id)
    row = next((row for row in rows if row.local_on == ask.local_on and row.snoozes == 0), None)
    for other in rows:
        if other is not row:
            withdraw(session, other, now)
    if row is None:
        row = Prompt(athlete_id=athlete_id, local_on=ask.local_on, state="planned", snoozes=0)
        session.add(row)
    row.size = ask.size.value
    row.send_at = min(_rounded_up(ask.send_at), ask.send_by) if ask.send_at > now else ask.send_at
    row.valid_until = _rounded_down(ask.valid_until, row.send_at)
    return row


def _rounded_up(at: datetime) -> datetime:
    past = timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)
    return at + (timedelta(minutes=5) - past) if past else at


def _rounded_down(at: datetime, after: datetime) -> datetime:
    """To the quarter hour, unless that leaves nothing: then a quiet hour comes, and no run is behind it."""
    past = timedelta(minutes=at.minute % 15, seconds=at.second, microseconds=at.microsecond)
    return at - past if at - past > after else at


def _send(session: Session, tools: Tools, athlete_id: int, row: Prompt, now: datetime) -> None:
    if sessions.done_rows(session, athlete_id, row.local_on):
        withdraw(session, row, now)  # done while this was being decided
        return
    row.state, row.sent_at = "sent", now
    log.info("prompt", athlete=athlete_id, prompt=row.id, size=row.size)
    for channel in prompts.channels(session, athlete_id):
        if channel.disabled_at is None:
            delivery = Delivery(athlete_id=athlete_id, prompt_id=row.id, channel_id=channel.id, state="due")
            session.add(delivery)
            session.flush()
            work.enqueue(
                session,
                athlete_id=athlete_id,
                kind="deliver",
                now=now,
                body={"delivery": delivery.id},
                dedup=f"deliver:{delivery.id}",
            )
    ask_to_plan(session, athlete_id, now, due_at=max(row.valid_until, now + SOONEST))


# --- being silent ---------------------------------------------------------------------------


def _be_silent(session: Session, tools: Tools, known: Situation, silence: Silence) -> None:
    now, athlete_id = known.now, known.athlete_id
    overruled = silence.reason.rule in OVERRULES
    seen = zones.elsewhere(session, known, tools)
    for row in prompts.planned(session, athlete_id):
        missed = row.valid_until <= now or is_quiet(max(now, row.send_at), known.prefs, known.zone)
        at_night = seen is not None and row.send_at <= now and is_quiet(now, known.prefs, seen)
        if row.snoozes == 0 or overruled or missed or at_night:
            withdraw(session, row, now)
        elif row.send_at <= now:
            _send(session, tools, athlete_id, row, now)
        else:
            ask_to_prompt(session, athlete_id, now, due_at=row.send_at)
    standing = prompts.standing(session, athlete_id, now)
    if standing is not None and overruled:
        withdraw(session, standing, now)
    body = {
        "state": "silence",
        "reason": activities.reasons_json([silence.reason])[0],
        "next": _next_json(silence.next),
    }
    _remember(session, athlete_id, known.today, standing.id if standing else None, body, now)
    again = silence.look_again_at or now + PLAN_LASTS
    ask_to_plan(session, athlete_id, now, due_at=max(now + SOONEST, min(again, now + PLAN_LASTS)))


def lose_activity(session: Session, athlete_id: int, activity_id: int, now: datetime) -> bool:
    """An activity is gone at its source: so is the prompt that followed it, and every word that tells of it.

    True if it was there.
    """
    on = activities.day_of(session, athlete_id, activity_id)
    for row, why in prompts.because_of(session, athlete_id, activity_id, on):
        if why.activity_id == activity_id and row.state in ("sent", "planned"):
            withdraw(session, row, now)
        session.delete(why)
    companions.remove(session, athlete_id, activity_id)
    return activities.remove(session, athlete_id, activity_id)


def take_back(session: Session, run: Activity, athlete_id: int, now: datetime) -> None:
    """The runner says that ``run`` was not easy: what it was asked for falls at once, and counts for nothing.

    Also an evening's prompt of its day, which was asked because of it.
    """
    for row in prompts.unanswered(session, athlete_id):
        why = prompts.reason(session, row.id, now)
        if why is None or why.trigger != Trigger.EASY_RUN.value:
            continue
        if why.activity_id == run.id or (why.activity_id is None and row.local_on == run.local_on):
            withdraw(session, row, now, NOT_EASY)


def _next_json(moment: NextMoment | None) -> dict[str, Any] | None:
    if moment is None:
        return None
    return {
        "on": moment.on.isoformat(),
        "after": moment.after.value if moment.after else None,
        "around": moment.around.isoformat("minutes") if moment.around else None,
    }


def _remember(
    session: Session, athlete_id: int, on: Any, prompt_id: int | None, body: dict[str, Any], now: datetime
) -> None:
    prompts.put_outlook(session, athlete_id, local_on=on, prompt_id=prompt_id, body=body, now=now)


def _expire(session: Session, athlete_id: int, now: datetime) -> None:
    for row in prompts.over(session, athlete_id, now):
        row.state = "expired"
