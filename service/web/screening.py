"""Before the first session: the questions, once, and again whenever the runner likes."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from service.domain.fitness import Screening, screened
from service.pipeline import fitness
from service.ports import Lane
from service.web import tongue
from service.web.door import current_athlete_id, login_required, row_number, tools, wake
from service.web.session import SIZES, begin
from service.web.views.screening import NOTHING_TICKED, ScreeningPage, Ticked, screening_page, wrong

blueprint = Blueprint("screening", __name__)


@blueprint.get("/before")
@login_required
def show() -> str:
    return _page(page_now(current_athlete_id()))


@blueprint.post("/before")
@login_required
def answer() -> ResponseReturnValue:
    athlete_id = current_athlete_id()
    page = take(athlete_id)
    if page is not None:
        return _page(page), 422 if page.error else 200
    size = request.form.get("size")
    if size in SIZES:
        return begin(athlete_id, SIZES[size], row_number("prompt_id"))
    flash(tongue.words()("screening.noted"), "ok")
    return _to_routine()


def take(athlete_id: int) -> ScreeningPage | None:
    """Keep what was sent, and say what the page shows next; None where the runner may begin."""
    at_hand, ticked = tools(), _ticked()
    if error := wrong(ticked):
        return page_now(athlete_id, ticked, error)
    try:
        found = screened(ticked.yes, ticked.cleared, at_hand.rules.screening)
    except ValueError:  # a line that the page does not have
        abort(400)
    with at_hand.store.write() as session:
        fitness.screen(session, at_hand, athlete_id, found)
    wake()(athlete_id, Lane.LIVE)
    return page_now(athlete_id, ticked) if found is Screening.NO else None


def page_now(athlete_id: int, ticked: Ticked = NOTHING_TICKED, error: str = "") -> ScreeningPage:
    at_hand = tools()
    with at_hand.store.read() as session:
        told = fitness.of(session, athlete_id)
    return screening_page(told, at_hand.rules.screening, tongue.words(), ticked, error)


def _ticked() -> Ticked:
    return Ticked(
        yes=frozenset(request.form.getlist("yes")),
        none="none" in request.form,
        cleared="cleared" in request.form,
    )


def _page(view: ScreeningPage) -> str:
    """``size`` and ``prompt_id``: of the session that waits for the answers, if one does."""
    waits = {name: request.values[name] for name in ("size", "prompt_id") if request.values.get(name)}
    return render_template("routine/before.html", view=view, waits=waits, page="today" if waits else "you")


def _to_routine() -> Response:
    return redirect(url_for("routine.show"), 303)
