"""Races and pauses: entered, ended and removed on the settings page; a pause also from Today."""

from datetime import date

from flask import Blueprint, abort, flash, redirect, request, url_for
from werkzeug.wrappers import Response

from service.domain.calendar import CalendarError
from service.pipeline import log, situation
from service.ports import Lane
from service.web import tongue
from service.web.door import current_athlete_id, login_required, tools, wake
from service.web.settings import back, you
from service.web.views.calendar import pause_in, race_in, read_pause, read_race, refused

blueprint = Blueprint("calendar", __name__)


@blueprint.post("/you/races")
@login_required
def enter_race() -> tuple[str, int] | Response:
    at_hand, athlete_id = tools(), current_athlete_id()
    typed = race_in(request.form)
    race, errors = read_race(typed, tongue.words())
    if race is not None:
        try:
            with at_hand.store.write() as session:
                log.enter_race(session, at_hand, athlete_id, race.on, race.distance)
        except CalendarError as error:
            errors = refused(error, tongue.words())
    if errors:
        return you(race=typed, errors=errors), 422
    return _done("races.entered", "races")


@blueprint.post("/you/races/remove")
@login_required
def remove_race() -> Response:
    at_hand = tools()
    try:
        on = date.fromisoformat(request.form.get("on", ""))
    except ValueError:
        abort(400)
    with at_hand.store.write() as session:
        log.drop_race(session, at_hand, current_athlete_id(), on)
    return _done("races.removed", "races")


@blueprint.post("/you/pause")
@login_required
def go_away() -> tuple[str, int] | Response:
    at_hand, athlete_id = tools(), current_athlete_id()
    typed = pause_in(request.form)
    with at_hand.store.read() as session:
        today = situation.load(session, athlete_id, at_hand, at_hand.clock()).today
    away, errors = read_pause(typed, today, tongue.words())
    if away is not None:
        try:
            with at_hand.store.write() as session:
                log.go_away(session, at_hand, athlete_id, away.why, away.first_on, away.last_on)
        except CalendarError as error:
            errors = refused(error, tongue.words())
    if away is None or errors:
        return you(pause=typed, errors=errors), 422
    return _done(f"pause.begun.{away.why}", "pause")


@blueprint.post("/you/pause/<int:away_id>/end")
@login_required
def end_pause(away_id: int) -> Response:
    at_hand = tools()
    at_once = request.form.get("at_once") == "1"
    with at_hand.store.write() as session:
        known = log.come_back(session, at_hand, current_athlete_id(), away_id, at_once=at_once)
    if not known:
        return _gone()
    return _done("pause.ended", "pause")


@blueprint.post("/you/pause/<int:away_id>/still")
@login_required
def still_hurt(away_id: int) -> Response:
    at_hand = tools()
    with at_hand.store.write() as session:
        if not log.still_hurt(session, at_hand, current_athlete_id(), away_id):
            return _gone()
    flash(tongue.words()("pause.still_noted"), "ok")
    return redirect(url_for("today.show"), 303)


def _done(said: str, anchor: str) -> Response:
    wake()(current_athlete_id(), Lane.LIVE)
    flash(tongue.words()(said), "ok")
    return _back(anchor)


def _gone() -> Response:
    """Ended already, in another window or by a second tap: what was wished is so."""
    return _back("pause")


def _back(anchor: str) -> Response:
    return redirect(url_for("today.show"), 303) if request.form.get("back") == "today" else back(anchor)
