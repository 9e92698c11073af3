"""Looking back: the sessions month by month, one of them, and what may still be added or put right."""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from service.domain.planner import Size
from service.domain.play import ResultRefused, session_result
from service.pipeline import log, results, situation
from service.pipeline.tools import Tools
from service.ports import Lane
from service.store import athletes, history, sessions
from service.store import results as stored
from service.web import tongue
from service.web.door import ROW_NUMBER_MAX, current_athlete_id, login_required, tools, wake
from service.web.views.history import PAGE, Facts, Past, history_page
from service.web.views.past_session import MIXED, form_field, past_session
from service.web.views.past_session import Facts as SessionFacts

blueprint = Blueprint("history", __name__)

LEVELS_OF = 150  # sessions: a year of three a week
SIDES_OF = 20  # sessions: as many bars as a phone shows apart


@blueprint.get("/history")
@login_required
def show() -> str:
    return _show()


@blueprint.post("/history")
@login_required
def add() -> tuple[str, int] | Response:
    """A session that was done without us."""
    at_hand, athlete_id = tools(), current_athlete_id()
    on, size = request.form.get("on", "").strip()[:10], request.form.get("size", "")
    if size not in list(Size):
        abort(400)
    try:
        day = date.fromisoformat(on)
    except ValueError:
        return _show(Past(on, size, tongue.words()("settings.wrong.date"))), 422
    try:
        with at_hand.store.write() as session:
            log.log_past(session, at_hand, athlete_id, day, Size(size))
    except ResultRefused as refused:
        return _show(Past(on, size, _said(refused))), 422
    wake()(athlete_id, Lane.LIVE)
    flash(tongue.words()("history.add.added", on=day), "ok")
    return redirect(url_for("history.show"), 303)


@blueprint.get("/history/<int:session_id>")
@login_required
def one(session_id: int) -> str:
    at_hand = tools()
    with at_hand.store.read() as session:
        facts = _one(session, at_hand, current_athlete_id(), session_id)
    return render_template(
        "history/session.html", view=past_session(facts, tongue.words()), page="progress"
    )


@blueprint.post("/history/<int:session_id>")
@login_required
def edit(session_id: int) -> Response:
    at_hand, athlete_id = tools(), current_athlete_id()
    said = _put_right([move.key for move in at_hand.routine.moves])
    try:
        with at_hand.store.write() as session:
            results.edit_result(session, at_hand, athlete_id, session_id, said)
    except LookupError:
        abort(404)
    except ResultRefused as refused:
        flash(_said(refused), "err")
    else:
        wake()(athlete_id, Lane.LIVE)
        flash(tongue.words()("history.edit.saved"), "ok")
    return redirect(url_for("history.one", session_id=session_id), 303)


@blueprint.post("/history/<int:session_id>/undo")
@login_required
def undo(session_id: int) -> Response:
    at_hand, athlete_id = tools(), current_athlete_id()
    with at_hand.store.write() as session:
        if sessions.get(session, athlete_id, session_id) is None:
            abort(404)
        undone = log.undo(session, at_hand, athlete_id, session_id)
    if not undone:  # the page was open for long
        flash(tongue.words()("history.over"), "err")
        return redirect(url_for("history.one", session_id=session_id), 303)
    wake()(athlete_id, Lane.LIVE)
    flash(tongue.words()("session.flash_undone"), "ok")
    return redirect(url_for("history.show"), 303)


def _said(refused: ResultRefused) -> str:
    return tongue.words()(refused.key, **refused.facts)


# --- reading what the pages show ------------------------------------------------------------------


def _show(past: Past | None = None) -> str:
    at_hand, athlete_id = tools(), current_athlete_id()
    page = request.args.get("page", 1, type=int)
    page = page if 0 < page <= ROW_NUMBER_MAX // PAGE else 1
    rules = at_hand.rules
    with at_hand.store.read() as session:
        today = _today(session, at_hand, athlete_id)
        rows = history.page(session, athlete_id, skip=(page - 1) * PAGE, most=PAGE + 1)
        played = history.played(session, athlete_id, SIDES_OF)
        sets = stored.of(session, [number for number, _, _ in played])
        facts = Facts(
            today=today,
            rows=rows,
            page=page,
            standings=history.standings(session, athlete_id, LEVELS_OF),
            results=[
                session_result(on, prescription, *sets[number], rules.dose)
                for number, on, prescription in played
            ],
            routine=at_hand.routine,
            rules=rules,
            past=past or Past((today - timedelta(days=1)).isoformat()),
            earliest_on=today - timedelta(days=rules.result.past_days_max),
        )
    return render_template("history/history.html", view=history_page(facts, tongue.words()), page="progress")


def _one(session: Session, at_hand: Tools, athlete_id: int, session_id: int) -> SessionFacts:
    row = sessions.get(session, athlete_id, session_id)
    if row is None or row.done_at is None or row.undone_at is not None:
        abort(404)
    sets, skips = stored.of(session, [session_id])[session_id]
    rules, age = at_hand.rules.result, at_hand.clock() - row.done_at
    return SessionFacts(
        row=row,
        sets=sets,
        skips=skips,
        rules=at_hand.rules,
        may_edit=age <= timedelta(days=rules.edit_days_max),
        may_undo=age <= timedelta(days=rules.undo_days_max),
    )


def _today(session: Session, at_hand: Tools, athlete_id: int) -> date:
    """Without a look at what Strava told: these pages are of the runner's own sessions."""
    athlete = athletes.get(session, athlete_id)
    if athlete is None:
        abort(404)
    return situation.today_of(at_hand.clock(), situation.zone_of(athlete))


def _put_right(exercises: Collection[str]) -> dict[str, Any]:
    """The form's answers, as ``edit_result`` takes them; what was left as it is is not named."""
    given = {exercise: request.form.get(form_field(exercise)) for exercise in exercises}
    return {
        "feedback": request.form.get("feedback", ""),
        "pain": request.form.get("pain", type=int),
        "forms": {exercise: form for exercise, form in given.items() if form not in (None, MIXED)},
    }
