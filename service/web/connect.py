"""Welcome and consent, the way to Strava and back: https://developers.strava.com/docs/authentication/"""

import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue

from service.keys import LinkInvalid
from service.pipeline import connect
from service.pipeline.connect import (
    CONSENT_VERSION,
    NEEDED,
    SCOPES,
    WRITE,
    Arrival,
    NotInvited,
    TakenElsewhere,
    may_write,
)
from service.pipeline.situation import zone_named
from service.ports import AppInactive, CapacityFull, Lane, RateLimited, SourceDown, SourceError
from service.store import athletes, connections
from service.web import tongue
from service.web.door import (
    cookie_name,
    current_athlete_id,
    drop_cookie,
    login_required,
    parts,
    put_cookie,
    sign_in,
    signed_in,
    tools,
    wake,
    web,
)
from service.web.errors import error_page
from service.web.legal import kept_days
from service.web.throttle import caller_key

log = structlog.get_logger()

blueprint = Blueprint("connect", __name__)

STATE_COOKIE = "afterrun_state"
STATE_LASTS = timedelta(minutes=15)  # for reading Strava's page, and signing in there first
CODE_MAX_CHARS = 200
STRAVAS_SCOPES = (*SCOPES, "read_all", "profile:read_all", "profile:write", WRITE)
ZONE_NAME = re.compile(r"[A-Za-z_]{2,20}(/[A-Za-z0-9_+-]{1,30}){0,2}")


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was agreed to before the browser left for Strava."""

    state: str = field(repr=False)
    consent_version: str
    timezone: str
    with_setup_code: bool
    signed_in_as: int | None
    to_write: bool = False  # the runner wants sessions written, whatever was granted before


@blueprint.get("/connect")
def welcome() -> ResponseReturnValue:
    return _welcome()


@blueprint.post("/connect/start")
def start() -> ResponseReturnValue:
    code = request.form.get("setup_code", "").strip()
    wrong = _setup_code_error(code)
    agreed = request.form.get("consent") == "yes"
    if wrong or not agreed:
        return _welcome(wrong=wrong, agreed=agreed, asked_to_agree=not agreed)
    known = signed_in()
    attempt = Attempt(
        state=secrets.token_urlsafe(32),
        consent_version=CONSENT_VERSION,
        timezone=_zone(request.form.get("timezone", "")),
        with_setup_code=_needs_setup_code(),  # then the right one came along
        signed_in_as=known.athlete_id if known is not None else None,
    )
    return _go_to_strava(attempt)


@blueprint.post("/connect/write")
@login_required
def write() -> ResponseReturnValue:
    """Switch the writing of sessions on or off; on may take another way to Strava and back."""
    turn, athlete_id = request.form.get("turn"), current_athlete_id()
    if turn not in ("on", "off"):
        abort(400)
    with tools().store.read() as store:
        connection = connections.get(store, athlete_id)
    if turn == "on" and (connection is None or not may_write(connection.scope)):
        state = secrets.token_urlsafe(32)
        return _go_to_strava(Attempt(state, CONSENT_VERSION, "", False, athlete_id, to_write=True))
    _write_back(athlete_id, turn == "on")
    return _to_switch(f"you.connection.write.said_{turn}")


def _go_to_strava(attempt: Attempt) -> ResponseReturnValue:
    try:
        away = tools().source.authorize_url(
            redirect_uri=f"{web().public_url}/connect/callback", state=attempt.state, scopes=_scopes(attempt)
        )
    except SourceError as failure:
        return _failed(failure)
    response = make_response(redirect(away, 303))
    put_cookie(response, STATE_COOKIE, _sealed(attempt), STATE_LASTS)
    return response


def _scopes(attempt: Attempt) -> tuple[str, ...]:
    """Whoever has sessions written is asked for that again: what is not asked for is not granted."""
    if attempt.to_write:
        return (*SCOPES, WRITE)
    if attempt.signed_in_as is None:
        return SCOPES
    with tools().store.read() as store:
        athlete = athletes.get(store, attempt.signed_in_as)
    return (*SCOPES, WRITE) if athlete is not None and athlete.write_back else SCOPES


def _write_back(athlete_id: int, wanted: bool) -> None:
    with tools().store.write() as store:
        athlete = athletes.get(store, athlete_id)
        if athlete is not None:
            athlete.write_back = wanted


def _to_switch(said: str, kind: str = "ok") -> Response:
    flash(tongue.words()(said), kind)
    return make_response(redirect(url_for("settings.show", _anchor="write"), 303))


@blueprint.get("/connect/callback")
def come_back() -> ResponseReturnValue:
    attempt = _attempt()
    if attempt is None:
        return _problem("state", 400)
    if request.args.get("error") and attempt.to_write:
        return _done_with(_to_switch("you.connection.write.said_declined", "err"))
    if request.args.get("error"):
        return _done_with(_problem("declined", 403))
    code = request.args.get("code", "")
    if not 0 < len(code) <= CODE_MAX_CHARS:
        return _done_with(_problem("code", 400))
    given = connect.granted(request.args.get("scope", "")[:500])
    scope = ",".join(name for name in STRAVAS_SCOPES if name in given)
    try:
        arrival = _arrive(attempt, code, scope)
    except NotInvited:
        return _done_with(_problem("not_invited", 403))
    except TakenElsewhere:
        return _done_with(_problem("taken", 409))
    except SourceError as failure:
        return _done_with(_failed(failure))
    if attempt.to_write:
        _write_back(arrival.athlete_id, may_write(scope))
    return _done_with(_let_in(arrival, scope, attempt))


# --- the welcome page -----------------------------------------------------------------------


def _welcome(*, wrong: str = "", agreed: bool = False, asked_to_agree: bool = False) -> ResponseReturnValue:
    """``wrong``: the words about the set-up code."""
    page = render_template(
        "connect/welcome.html",
        needs_code=_needs_setup_code(),
        wrong=wrong,
        agreed=agreed,
        asked_to_agree=asked_to_agree,
        days=kept_days(),
        invited=_invitation_digest() is not None,
        signed_in=signed_in() is not None,
    )
    return page, 429 if wrong == "connect.setup_wait" else 400 if wrong or asked_to_agree else 200


def _needs_setup_code() -> bool:
    """Nobody owns this installation yet, so whoever comes must have read its console."""
    with tools().store.read() as store:
        return not athletes.has_owner(store)


def _setup_code_error(given: str) -> str:
    """Names the words for what is wrong with it; "" if it is right, or none is needed."""
    if not _needs_setup_code():
        return ""
    if not given:
        return "connect.setup_missing"
    if not parts().limits.setup_codes.allow(caller_key(request.remote_addr)):
        return "connect.setup_wait"
    return "" if _is_setup_code(given) else "connect.setup_wrong"


def _is_setup_code(given: str) -> bool:
    expected = web().setup_code or ""
    return bool(expected) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _zone(name: str) -> str:
    """A zone of the IANA database, or "": what the browser says is only believed if it exists."""
    zone = zone_named(name) if ZONE_NAME.fullmatch(name) else None
    return zone.key if zone is not None else ""


# --- there and back -------------------------------------------------------------------------


def _sealed(attempt: Attempt) -> str:
    content = {
        "s": attempt.state,
        "v": attempt.consent_version,
        "z": attempt.timezone,
        "c": attempt.with_setup_code,
        "a": attempt.signed_in_as,
        "w": attempt.to_write,
    }
    return tools().keys.sign_link("connect", content, tools().clock() + STATE_LASTS)


def _attempt() -> Attempt | None:
    """What this browser set out with: if it comes with its own state, in time, once, as the same runner."""
    try:
        content = tools().keys.read_link(
            "connect", request.cookies.get(cookie_name(STATE_COOKIE), ""), tools().clock()
        )
    except LinkInvalid:
        return None
    known = signed_in()
    given, expected = request.args.get("state", ""), str(content["s"])
    if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
        return None
    if content["a"] != (known.athlete_id if known is not None else None):
        return None
    if not parts().limits.states.allow(expected):
        return None
    return Attempt(
        expected,
        str(content["v"]),
        str(content["z"]),
        bool(content["c"]),
        content["a"],
        bool(content.get("w")),
    )


def _arrive(attempt: Attempt, code: str, scope: str) -> Arrival:
    """Raises NotInvited, TakenElsewhere or a SourceError. An invitation is used up by a new account only."""
    digest = _invitation_digest() if attempt.signed_in_as is None else None
    invited = digest is not None and _use_invitation(digest)
    used = False
    try:
        arrival = connect.complete(
            tools(),
            code=code,
            scope=scope,
            signed_in_as=attempt.signed_in_as,
            may_create=invited or (attempt.with_setup_code and _needs_setup_code()),
            timezone=attempt.timezone,
            language=tongue.browser_language(),
            consent_version=attempt.consent_version,
        )
        used = arrival.new
    finally:
        if digest is not None and invited and not used:
            _give_invitation_back(digest)
    return arrival


def _let_in(arrival: Arrival, scope: str, attempt: Attempt) -> Response:
    back = url_for("settings.show", _anchor="write") if attempt.to_write else url_for("today.show")
    response = make_response(redirect(back, 303))
    sign_in(response, arrival.athlete_id)
    wake()(arrival.athlete_id, Lane.BULK)
    missing = connect.missing_scopes(scope)
    if NEEDED in missing:
        flash(tongue.words()("connect.limited.nothing"), "err")
    elif missing:
        flash(tongue.words()("connect.limited.private"), "err")
    if attempt.to_write and may_write(scope):
        flash(tongue.words()("you.connection.write.said_on"), "ok")
    elif attempt.to_write:
        flash(tongue.words()("you.connection.write.said_declined"), "err")
    return response


def _done_with(response: Response) -> Response:
    drop_cookie(response, STATE_COOKIE)
    return response


# --- invitations ----------------------------------------------------------------------------


def _invitation_digest() -> str | None:
    """Of the invitation that this browser came with, if it still holds."""
    code = session.get("invitation")
    if not isinstance(code, str):
        return None
    digest = tools().keys.digest("invitation", code)
    with tools().store.read() as store:
        return digest if athletes.open_invitation(store, digest, tools().clock()) is not None else None


def _use_invitation(digest: str) -> bool:
    with tools().store.write() as store:
        return athletes.use_invitation(store, digest, tools().clock())


def _give_invitation_back(digest: str) -> None:
    with tools().store.write() as store:
        athletes.give_invitation_back(store, digest)


# --- what went wrong ------------------------------------------------------------------------


def _failed(failure: SourceError) -> Response:
    log.warning("connecting failed", kind=type(failure).__name__, why=str(failure))
    match failure:
        case CapacityFull():
            return _problem("capacity", 403)
        case AppInactive():
            return _problem("inactive", 503)
        case RateLimited():
            return _problem("limit", 503)
        case SourceDown():
            return _problem("down", 503)
        case _:
            return _problem("refused", 400)


def _problem(name: str, status: int) -> Response:
    return error_page(
        status,
        f"connect.problem.{name}",
        way_back=url_for("connect.welcome"),
        way_back_key="connect.way_back",
    )
