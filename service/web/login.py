"""Ways in and out besides Strava: invitations, the link that the server prints, signing out."""

import secrets
from typing import Any

import structlog
from flask import Blueprint, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from service.keys import LinkInvalid
from service.store import athletes
from service.web.door import current_athlete_id, login_required, sign_in, sign_out, tools
from service.web.errors import error_page
from service.web.links import link_digest

log = structlog.get_logger()

blueprint = Blueprint("login", __name__)

CODE_MAX_CHARS = 100
TOKEN_MAX_CHARS = 600


@blueprint.get("/invite/<code>")
def come_invited(code: str) -> ResponseReturnValue:
    """Nothing is used up by looking: link previews look too."""
    digest = tools().keys.digest("invitation", code[:CODE_MAX_CHARS])
    with tools().store.read() as store:
        if athletes.open_invitation(store, digest, tools().clock()) is None:
            return error_page(404, "login.no_invitation")
    session["invitation"] = code
    return redirect(url_for("connect.welcome"), 303)


@blueprint.post("/invitations")
@login_required
def invite() -> ResponseReturnValue:
    """The link is shown once, on the page that follows; only its digest is kept."""
    code, athlete_id = secrets.token_urlsafe(24), current_athlete_id()
    with tools().store.write() as store:
        athlete = athletes.get(store, athlete_id)
        if athlete is None or athlete.role != "owner":
            return error_page(403, "login.owner_only")
        athletes.invite(store, athlete_id, tools().keys.digest("invitation", code), tools().clock())
    log.info("invited", athlete=athlete_id)
    flash(f"{tools().public_url}/invite/{code}", "invitation")
    return redirect(url_for("settings.show", _anchor="invitations"), 303)


@blueprint.get("/login/<token>")
def ask(token: str) -> ResponseReturnValue:
    return render_template("login/link.html") if _read(token) else error_page(404, "login.no_link")


@blueprint.post("/login/<token>")
def enter(token: str) -> ResponseReturnValue:
    content = _read(token)
    if content is None:
        return error_page(404, "login.no_link")
    athlete_id, digest = int(content["a"]), link_digest(tools().keys, "login", content)
    with tools().store.write() as store:
        known = athletes.get(store, athlete_id) is not None
        if not known or not athletes.use_link(store, athlete_id, digest, tools().clock(), content["exp"]):
            return error_page(404, "login.no_link")
    response = make_response(redirect(url_for("today.show"), 303))
    sign_in(response, athlete_id)
    return response


@blueprint.post("/logout", endpoint="sign_out")
def leave() -> ResponseReturnValue:
    response = make_response(redirect(url_for("connect.welcome"), 303))
    sign_out(response, everywhere=bool(request.form.get("everywhere")))
    return response


def _read(token: str) -> dict[str, Any] | None:
    """What was signed into a link that still holds and was not used, or None."""
    if len(token) > TOKEN_MAX_CHARS:
        return None
    try:
        content = tools().keys.read_link("login", token, tools().clock())
    except LinkInvalid:
        return None
    with tools().store.read() as store:
        used = athletes.link_used(store, link_digest(tools().keys, "login", content))
    return None if used else content
