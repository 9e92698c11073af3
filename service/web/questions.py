"""What the runner answers to the one question of Today: one tap each."""

from typing import Any, cast

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from service.domain.slots import SlotKind
from service.pipeline import questions, zones
from service.pipeline.questions import Answer, Gap
from service.pipeline.reconcile import Counted
from service.ports import Lane
from service.web import tongue
from service.web.door import current_athlete_id, login_required, tools, wake
from service.web.settings import back
from service.web.views.asked import COUNTED, GAPS, place

blueprint = Blueprint("questions", __name__)


@blueprint.post("/questions/recorded")
@login_required
def recorded() -> Response:
    """Count what the watch recorded as a session, or leave it what it is."""
    answer = request.form.get("answer", "")
    if answer not in COUNTED:
        abort(400)
    at_hand, about = tools(), request.form.get("about", "")
    with at_hand.store.write() as session:
        stood = questions.answer_recorded(
            session, at_hand, current_athlete_id(), about, cast(Counted, answer)
        )
    return _noted(f"question.recorded.said_{answer}") if stood else _today()


@blueprint.post("/questions/zone")
@login_required
def zone() -> Response:
    """Ask by the clocks there from now on, or stay with those at home."""
    answer, name = _yes_or_no(), request.form.get("zone", "")
    at_hand, athlete_id = tools(), current_athlete_id()
    try:
        with at_hand.store.write() as session:
            answered = zones.move if answer == "yes" else zones.stay
            held = answered(session, at_hand, athlete_id, name)
    except zones.UnknownZone:
        flash(tongue.words()("question.zone.unknown"), "err")
        return _today()
    return _noted(f"question.zone.said_{answer}", place=place(held))


@blueprint.post("/questions/no-runs")
@login_required
def no_runs() -> Response:
    answer = request.form.get("answer", "")
    if answer not in GAPS:
        abort(400)
    at_hand = tools()
    with at_hand.store.write() as session:
        questions.answer_no_runs(session, at_hand, current_athlete_id(), cast(Gap, answer))
    if answer == "holiday":
        return back("pause")
    return _noted("question.no_runs.said_fine" if answer == "fine" else f"pause.begun.{answer}")


@blueprint.post("/questions/slot")
@login_required
def slot() -> Response:
    """Move the hour, keep it, or look for another."""
    answer, kind = _yes_or_no(), request.form.get("slot", "")
    if kind not in list(SlotKind):
        abort(400)
    at_hand = tools()
    with at_hand.store.write() as session:
        move = questions.answer_slot(
            session, at_hand, current_athlete_id(), SlotKind(kind), request.form.get("hour", ""), answer
        )
    if move is None:  # answered already, in another window or by a second tap
        return _today()
    if answer == "no":
        return _noted("question.slot.said_no", hour=move.now)
    return _noted(f"question.slot.said_{kind}", hour=move.hour) if move.hour else back("when")


def _yes_or_no() -> Answer:
    answer = request.form.get("answer")
    if answer not in ("yes", "no"):
        abort(400)
    return cast(Answer, answer)


def _noted(key: str, **fields: Any) -> Response:
    wake()(current_athlete_id(), Lane.LIVE)
    flash(tongue.words()(key, **fields), "ok")
    return _today()


def _today() -> Response:
    return redirect(url_for("today.show"), 303)
