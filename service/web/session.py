"""One session of the routine: begin it, see its moves, say that it is done, take it back."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from service.domain.planner import Size
from service.pipeline import fitness, log
from service.pipeline.tools import Tools
from service.ports import Lane
from service.store import sessions
from service.store.tables import StrengthSession
from service.web import played, tongue
from service.web.door import current_athlete_id, login_required, row_number, tools, wake
from service.web.offline import static_digest
from service.web.views import player
from service.web.views.moves import session_page

blueprint = Blueprint("session", __name__)

SIZES = {size.value: size for size in (Size.FULL, Size.MINI)}


@blueprint.post("/sessions")
@login_required
def start() -> Response:
    size = request.form.get("size", Size.FULL.value)
    if size not in SIZES:
        abort(400)
    return begin(current_athlete_id(), SIZES[size], row_number("prompt_id"))


def begin(athlete_id: int, size: Size, prompt_id: int | None) -> Response:
    """The session; or the questions before it, which lead on to it."""
    at_hand = tools()
    with at_hand.store.write() as session:
        if not fitness.of(session, athlete_id).may_begin:
            return redirect(url_for("screening.show", size=size.value, prompt_id=prompt_id), 303)
        begun = log.start(session, at_hand, athlete_id, prompt_id=prompt_id, size=size, origin="page")
        session.flush()
    wake()(athlete_id, Lane.LIVE)
    return redirect(url_for("session.show", session_id=begun.id), 303)


@blueprint.get("/sessions/<int:session_id>")
@login_required
def show(session_id: int) -> str:
    at_hand = tools()
    with at_hand.store.read() as session:
        row = sessions.get(session, current_athlete_id(), session_id)
    if row is None:
        abort(404)
    needs = equipment(row, at_hand)
    view = session_page(row.id, row.prescription, row.minutes, _state(row), needs, tongue.words(), row.told)
    addresses = player.Addresses(
        play_url=url_for("session.play", session_id=row.id),
        home_url=url_for("today.show"),
        worker_url=url_for("offline.worker", v=static_digest()),
    )
    return render_template("session/session.html", view=view, play=play_of(row, addresses))


@blueprint.post("/sessions/<int:session_id>/done")
@login_required
def done(session_id: int) -> Response:
    at_hand, athlete_id = tools(), current_athlete_id()
    with at_hand.store.write() as session:
        row = log.finish(session, at_hand, athlete_id, session_id)
    if row is None:
        abort(404)
    wake()(athlete_id, Lane.LIVE)
    return redirect(url_for("today.show"), 303)


@blueprint.post("/sessions/<int:session_id>/play")
@login_required
def play(session_id: int) -> ResponseReturnValue:
    return played.take(current_athlete_id(), session_id)


@blueprint.post("/sessions/<int:session_id>/undo")
@login_required
def undo(session_id: int) -> Response:
    at_hand, athlete_id = tools(), current_athlete_id()
    with at_hand.store.write() as session:
        known = log.undo(session, at_hand, athlete_id, session_id)
    if not known:
        abort(404)
    wake()(athlete_id, Lane.LIVE)
    flash(tongue.words()("session.flash_undone"), "ok")
    return redirect(url_for("today.show"), 303)


def play_of(row: StrengthSession, addresses: player.Addresses) -> player.Play | None:
    """None for a session that is over, or that was stored without moves."""
    if _state(row) != "open":
        return None
    at_hand = tools()
    return player.play(
        row.id,
        row.prescription,
        row.minutes,
        at_hand.routine,
        player.Rules(at_hand.rules.dose, at_hand.rules.pain, at_hand.rules.result),
        addresses,
        tongue.words(),
    )


def _state(row: StrengthSession) -> str:
    if row.undone_at is not None:
        return "undone"
    return "done" if row.done_at is not None else "open"


def equipment(row: StrengthSession, at_hand: Tools) -> tuple[str, ...]:
    """What the moves of a session need, in words, each thing once."""
    needed: dict[str, str] = {}
    for item in row.prescription.get("items", ()):
        for thing in at_hand.routine.exercise(item["exercise"]).level(item["level"]).equipment:
            needed[thing] = tongue.words()(f"exercise.equipment.{thing}")
    return tuple(needed.values())
