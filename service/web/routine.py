"""Your routine: what is at hand, which moves, and where the runner stands with each."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service.pipeline import fitness, situation
from service.pipeline.reached import standing_now
from service.ports import Lane
from service.web import tongue
from service.web.door import current_athlete_id, login_required, tools, wake
from service.web.views.routine import BadChoice, chosen, routine_page

blueprint = Blueprint("routine", __name__)


@blueprint.get("/routine")
@login_required
def show() -> str:
    at_hand, athlete_id = tools(), current_athlete_id()
    with at_hand.store.read() as session:
        known = situation.load(session, athlete_id, at_hand, at_hand.clock())
    ladder, standings = standing_now(at_hand, known.reached, known.prefs, known.today)
    view = routine_page(ladder, standings, tongue.words())
    return render_template("routine/routine.html", view=view, page="you")


@blueprint.post("/routine")
@login_required
def save() -> Response:
    at_hand, athlete_id = tools(), current_athlete_id()
    with at_hand.store.write() as session:
        try:
            told = chosen(fitness.of(session, athlete_id), request.form.getlist)
        except BadChoice:
            abort(400)
        fitness.keep(session, at_hand, athlete_id, told)
    wake()(athlete_id, Lane.LIVE)
    flash(tongue.words()("routine.saved"), "ok")
    return redirect(url_for("routine.show"), 303)
