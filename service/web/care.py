"""When it hurts: the page of signs that a professional should see, and the runner's word about pain."""

from typing import cast

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.domain.calendar import Why, silent_on
from service.domain.pain import MORNINGS, PAIN_MAX, Action
from service.pipeline import log, pain, situation
from service.pipeline.pain import Morning, TooEarly
from service.ports import Lane
from service.web import tongue
from service.web.door import current_athlete_id, login_required, row_number, signed_in, tools, wake
from service.web.views.care import care_page
from service.web.views.wall import day_and_hour

blueprint = Blueprint("care", __name__)


@blueprint.get("/care")
def show() -> str:
    """Open to everybody: whoever is in pain should not have to sign in first."""
    view = care_page(tools().rules.pain, tongue.words())
    return render_template(
        "care/care.html", view=view, is_known=signed_in() is not None, may_rest=_may_rest(), page="you"
    )


@blueprint.post("/checkins")
@login_required
def check_in() -> Response:
    answer, session_id = request.form.get("answer", ""), row_number("session_id")
    if answer not in MORNINGS or session_id is None:
        abort(400)
    at_hand, athlete_id = tools(), current_athlete_id()
    with at_hand.store.write() as session:
        noted = pain.check_in(session, at_hand, athlete_id, session_id, cast(Morning, answer))
    return _noted(f"checkin.said_{answer}") if noted else _today()


@blueprint.post("/care/sore")
@login_required
def sore() -> Response:
    of_ten = request.form.get("sore", type=int)
    if of_ten is None or not 0 <= of_ten <= PAIN_MAX:
        abort(400)
    at_hand, athlete_id = tools(), current_athlete_id()
    with at_hand.store.write() as session:
        found = pain.muscles_sore(session, at_hand, athlete_id, of_ten)
    return _noted("care.sore.said_wait" if found.action is Action.POSTPONE else "care.sore.said_ok")


@blueprint.post("/care/fine")
@login_required
def fine() -> Response:
    at_hand, athlete_id = tools(), current_athlete_id()
    try:
        with at_hand.store.write() as session:
            ended = pain.fine_again(session, at_hand, athlete_id)
    except TooEarly as early:
        with at_hand.store.read() as session:
            zone = situation.load(session, athlete_id, at_hand, at_hand.clock()).zone
        rules = at_hand.rules.pain
        moment = day_and_hour(early.fine_from, zone, tongue.words())
        flash(tongue.words()("care.rest.too_early", most=rules.green_max, moment=moment), "err")
        return _today()
    return _noted("care.rest.said_fine") if ended else _today()


@blueprint.post("/care/rest")
@login_required
def rest() -> Response:
    """A sign that asks for a professional: prompts rest until the runner ends it."""
    at_hand, athlete_id = tools(), current_athlete_id()
    with at_hand.store.write() as session:
        today = situation.load(session, athlete_id, at_hand, at_hand.clock()).today
        log.go_away(session, at_hand, athlete_id, Why.INJURED, today)
    return _noted("pause.begun.injured")


def _may_rest() -> bool:
    """Not where prompts rest already until the runner ends it."""
    if signed_in() is None:
        return False
    at_hand = tools()
    with at_hand.store.read() as session:
        known = situation.load(session, current_athlete_id(), at_hand, at_hand.clock())
    away = silent_on(known.away, known.today)
    return away is None or away.why is not Why.INJURED


def _noted(key: str) -> Response:
    wake()(current_athlete_id(), Lane.LIVE)
    flash(tongue.words()(key), "ok")
    return _today()


def _today() -> Response:
    return redirect(url_for("today.show"), 303)
