"""Today, the reasons behind it, and what the runner answers there."""

from datetime import date, datetime, time, timedelta
from typing import Any

import structlog
from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service.domain.days import DayKind
from service.domain.effort import Judged, RunKind
from service.domain.planner import Size
from service.domain.prompting import NextMoment, Trigger, Wording
from service.pipeline import log, pain, questions, situation, zones
from service.pipeline.questions import Open
from service.pipeline.situation import Situation
from service.pipeline.tools import Tools
from service.ports import Lane
from service.store import activities, athletes, budget, calendar, connections, prompts, sessions
from service.store import questions as stored
from service.store.activities import reasons_from
from service.store.database import StoreUnavailable
from service.store.tables import Athlete, Outlook, Prompt, Sync
from service.web import tongue
from service.web.door import current_athlete_id, login_required, row_number, tools, wake
from service.web.views import source
from service.web.views.care import Care
from service.web.views.limits import noted
from service.web.views.pulse import Pulse
from service.web.views.today import Asked, Facts, Quiet, slots_line, today_page
from service.web.views.verdict import why_page
from service.web.views.wall import hour
from service.web.views.week import runs_on
from service.words import Words

blueprint = Blueprint("today", __name__)
logger = structlog.get_logger()

A_DAY = timedelta(days=1)
FIRST_DAYS = timedelta(days=7)
SAID = {"easy": RunKind.EASY, "hard": RunKind.HARD, "race": RunKind.RACE}


@blueprint.get("/")
@login_required
def show() -> str:
    at_hand, athlete_id = tools(), current_athlete_id()
    now = at_hand.clock()
    with at_hand.store.read() as session:
        known = situation.load(session, athlete_id, at_hand, now)
        words = tongue.words().in_units(known.prefs.units)
        facts = read_facts(session, known, at_hand, words, _phone())
    view = today_page(facts, words)
    if view.asked and facts.question and facts.question.is_new:
        _note(at_hand, known, facts.question)
    return render_template("today/today.html", view=view, page="today")


@blueprint.get("/today/state")
@login_required
def state() -> dict[str, str]:
    """Asked every few seconds by an open page, hence a handful of indexed rows and nothing else."""
    at_hand = tools()
    with at_hand.store.read() as session:
        pulse = read_pulse(session, current_athlete_id(), at_hand.clock(), _phone())
    return {"state": pulse.state, "version": pulse.version}


@blueprint.get("/why/<int:activity_id>")
@login_required
def why(activity_id: int) -> str:
    at_hand, athlete_id = tools(), current_athlete_id()
    now = at_hand.clock()
    with at_hand.store.read() as session:
        athlete = _athlete(session, athlete_id)
        activity = activities.get(session, athlete_id, activity_id, now)
        verdict = activities.verdict(session, athlete_id, activity_id)
        if activity is None or verdict is None:
            abort(404)
        around = activities.judged(
            session, athlete_id, now, activity.start_at - A_DAY, activity.start_at + A_DAY
        )
    words = tongue.words().in_units(athlete.units)
    same_day = [item for item in runs_on(around, activity.local_on) if item.activity.id != activity_id]
    return render_template(
        "today/why.html", view=why_page(Judged(activity, verdict), words, same_day), page="today"
    )


@blueprint.post("/corrections")
@login_required
def correct() -> Response:
    """The runner's own word about a run."""
    said = SAID.get(request.form.get("said", ""))
    activity_id = row_number("activity_id")
    if said is None or activity_id is None:
        abort(400)
    at_hand, athlete_id = tools(), current_athlete_id()
    with at_hand.store.write() as session:
        moved = log.correct(session, at_hand, athlete_id, activity_id, said)
    if moved is None:
        abort(404)
    wake()(athlete_id, Lane.LIVE)
    flash(noted(said, moved, at_hand.rules.effort, tongue.words()), "ok")
    return _back()


@blueprint.post("/prompts/<int:prompt_id>/later")
@login_required
def later(prompt_id: int) -> Response:
    at_hand, athlete_id = tools(), current_athlete_id()
    with at_hand.store.write() as session:
        if prompts.get(session, athlete_id, prompt_id) is None:
            abort(404)
        at = log.later(session, at_hand, athlete_id, prompt_id)
        zone = situation.zone_of(_athlete(session, athlete_id))
    wake()(athlete_id, Lane.LIVE)
    if at is None:
        flash(tongue.words()("today.answer.no_room"), "err")
    else:
        flash(tongue.words()("today.answer.later", at=hour(at, zone)), "ok")
    return _back()


@blueprint.post("/prompts/<int:prompt_id>/not-today")
@login_required
def not_today(prompt_id: int) -> Response:
    at_hand, athlete_id = tools(), current_athlete_id()
    with at_hand.store.write() as session:
        known = log.not_today(session, at_hand, athlete_id, prompt_id)
    if not known:
        abort(404)
    wake()(athlete_id, Lane.LIVE)
    flash(tongue.words()("today.answer.not_today"), "ok")
    return _back()


def _phone() -> str:
    """The zone of the browser, as the page's script tells it."""
    return request.args.get("zone", "")[:64]


def _note(at_hand: Tools, known: Situation, question: Open) -> None:
    try:
        with at_hand.store.write() as session:
            questions.note(session, known, question)
    except StoreUnavailable as trouble:  # a page that only reads should not fail for this
        logger.warning("question was not noted", why=str(trouble))


def _back() -> Response:
    return redirect(url_for("today.show"), 303)


def _athlete(session: Session, athlete_id: int) -> Athlete:
    athlete = athletes.get(session, athlete_id)
    if athlete is None:
        abort(404)
    return athlete


# --- reading what the page shows --------------------------------------------------------------


def read_pulse(session: Session, athlete_id: int, now: datetime, phone: str = "") -> Pulse:
    athlete = _athlete(session, athlete_id)
    # the day may hang on a run that ended a moment ago; the zone on any run, where no browser told it
    since = now - A_DAY if athlete.timezone else None
    recent = tuple(activities.judged(session, athlete_id, now, since=since))
    zone = situation.zone_of(athlete, recent)
    on = situation.today_of(now, zone, recent)
    outlook = prompts.outlook(session, athlete_id, now)
    standing = prompts.standing(session, athlete_id, now)
    under_way = sessions.under_way(session, athlete_id, on)
    connection = connections.get(session, athlete_id)
    sync = connections.progress(session, athlete_id)
    return Pulse(
        now=now,
        on=on,
        decided_at=outlook.decided_at if outlook else None,
        prompt_id=standing.id if standing else None,
        coming=tuple((row.id, row.send_at) for row in prompts.planned(session, athlete_id)),
        under_way=under_way.id if under_way else None,
        done=tuple(row.id for row in sessions.done_rows(session, athlete_id, on) if row.on == on),
        judging=any(item.verdict is None for item in runs_on(recent, on)),
        away=tuple(away for away in calendar.away(session, athlete_id, on) if away.holds(on)),
        trouble=connection.trouble if connection else "",
        scope=connection.scope if connection else None,
        read=_read_so_far(sync),
        listed_at=sync.listed_at if sync else None,
        settings=(athlete.target_per_week, athlete.units, athlete.max_minutes, athlete.week_starts_on),
        answered=stored.answers(session, athlete_id),
        elsewhere=phone if (there := situation.zone_named(phone)) and zones.differ(there, zone, now) else "",
    )


def _read_so_far(sync: Sync | None) -> tuple[int, float, bool]:
    return (
        (sync.backfill_read, sync.backfill_share, sync.backfilled_at is not None) if sync else (0, 0.0, False)
    )


def read_facts(session: Session, known: Situation, at_hand: Tools, words: Words, phone: str = "") -> Facts:
    now, athlete_id = known.now, known.athlete_id
    connection, sync = connections.get(session, athlete_id), connections.progress(session, athlete_id)
    rests = budget.used_up_until(session, now, Lane.BULK)
    standing = prompts.standing(session, athlete_id, now)
    sessions_done, first_done_on = sessions.count_done(session, athlete_id)
    return Facts(
        pulse=read_pulse(session, athlete_id, now, phone),
        known=known,
        target=situation.week_target(session, known),
        asked=_asked(session, standing, known, at_hand) if standing else None,
        quiet=_quiet(prompts.outlook(session, athlete_id, now), known.today),
        full=situation.prescription(at_hand, known, Size.FULL),
        mini=situation.prescription(at_hand, known, Size.MINI),
        notice=source.notice(
            connection,
            budget.used_up_until(session, now, Lane.LIVE),
            known.zone,
            slots_line(known.prefs, words),
            words,
        ),
        reading=source.reading(connection, sync, hour(rests, known.zone) if rests else "", words),
        ask=situation.to_ask(session, known, at_hand),
        question=questions.to_ask(session, known, at_hand, phone),
        calendar=at_hand.rules.plan.calendar,
        is_new=not known.done and now - _athlete(session, athlete_id).created_at < FIRST_DAYS,
        sessions_done=sessions_done,
        first_done_on=first_done_on,
        care=Care(
            gate=pain.gate_of(session, at_hand, known),
            rules=at_hand.rules.pain,
            check=pain.morning_after(session, known, at_hand),
        ),
    )


def _asked(session: Session, standing: Prompt, known: Situation, at_hand: Tools) -> Asked:
    """The prompt with its reason; that one may have expired, then the plainest words stand."""
    reason = prompts.reason(session, standing.id, known.now)
    return Asked(
        id=standing.id,
        size=Size(standing.size),
        valid_until=standing.valid_until,
        trigger=reason.trigger if reason else Trigger.REST_DAY.value,
        wording=reason.wording if reason else Wording.CERTAIN.value,
        reasons=reasons_from(reason.reasons) if reason else (),
        later_at=log.later_offer(standing, known, at_hand),
        turn=prompts.asked_before(session, known.athlete_id, standing.id),
    )


def _quiet(outlook: Outlook | None, today: date) -> Quiet | None:
    """The silence that was decided for today; what was decided for another day says nothing about it."""
    if outlook is None or outlook.local_on != today or outlook.body.get("state") != "silence":
        return None
    (reason,) = reasons_from([outlook.body["reason"]])
    return Quiet(reason, _next(outlook.body.get("next")))


def _next(body: dict[str, Any] | None) -> NextMoment | None:
    if body is None:
        return None
    return NextMoment(
        on=date.fromisoformat(body["on"]),
        after=DayKind(body["after"]) if body["after"] else None,
        around=time.fromisoformat(body["around"]) if body["around"] else None,
    )
