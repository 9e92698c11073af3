"""Who is signed in, and whether a form may act: cookies, the tokens in forms, and the parts each view uses.

The cookie holds a random token, the database only its digest. A form acts if the browser says that it comes
from our own page, and if it carries a token that only a page of ours could have shown.
"""

import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import wraps
from typing import ParamSpec, cast
from urllib.parse import urlsplit

import structlog
from flask import Flask, Response, current_app, g, jsonify, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from service.pipeline.tools import Tools
from service.ports import Wake
from service.store import athletes
from service.store.database import StoreUnavailable
from service.web.errors import error_page
from service.web.throttle import Limits

log = structlog.get_logger()

P = ParamSpec("P")

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
# Nobody signs a hook's caller in, and whoever has a one-tap link holds all that it can do.
NEED_NO_FORM = ("hooks", "act")
TOUCH_EVERY = timedelta(hours=1)
TOKEN_MAX_CHARS = 100
ROW_NUMBER_MAX = 2**63 - 1  # more, a database does not hold


@dataclass(frozen=True, slots=True)
class WebSettings:
    public_url: str  # without a slash at the end
    proxy_hops: int
    hook_path: str = field(repr=False)  # the unguessable last part of the webhook's address; "": no webhook
    hook_verify_token: str = field(repr=False)
    setup_code: str | None = field(repr=False)  # lets the owner in; None: nobody can become the owner here
    oauth_origin: str  # https://www.strava.com: a form may lead there
    poll_minutes: int
    sandbox: bool
    engine_health: Callable[[], Mapping[str, object]]
    contact: str = ""  # how the privacy page says to reach the operator

    @property
    def secure_cookies(self) -> bool:
        return self.public_url.startswith("https://")


@dataclass(frozen=True, slots=True)
class Parts:
    tools: Tools
    wake: Wake
    web: WebSettings
    limits: Limits
    checked_subscriptions: set[int] = field(default_factory=set)  # whose events were found to be for us


@dataclass(frozen=True, slots=True)
class SignedIn:
    athlete_id: int
    language: str  # "" where none was chosen
    token: str = field(repr=False)


def install(app: Flask, parts: Parts) -> None:
    app.extensions["afterrun"] = parts
    app.before_request(_check_form)
    app.after_request(_renew_cookie)
    app.jinja_env.globals["csrf_token"] = csrf_token


def parts() -> Parts:
    return cast(Parts, current_app.extensions["afterrun"])


def tools() -> Tools:
    return parts().tools


def wake() -> Wake:
    return parts().wake


def web() -> WebSettings:
    return parts().web


# --- who is signed in -----------------------------------------------------------------------


def signed_in() -> SignedIn | None:
    if "signed_in" not in g:
        g.signed_in = _recognise(request.cookies.get(cookie_name("afterrun"), ""))
    return cast(SignedIn | None, g.signed_in)


def current_athlete_id() -> int:
    """Only where login_required has let the request through."""
    known = signed_in()
    if known is None:
        raise LookupError("nobody is signed in")
    return known.athlete_id


def login_required(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if signed_in() is not None:
            return view(*args, **kwargs)
        if request.path.endswith(("/state", "/play", ".json")):
            return jsonify(error="not signed in"), 401
        return redirect(url_for("connect.welcome"), 303)

    return guarded


def sign_in(response: Response, athlete_id: int) -> None:
    """Let this browser in, under a token made now: whatever it carried before is worth nothing any more."""
    token, now = secrets.token_urlsafe(32), tools().clock()
    with tools().store.write() as store:
        _forget_token(store)
        language = athletes.language(store, athlete_id)
        athletes.sign_in(store, athlete_id, _digest(token), now, request.user_agent.string)
    session.clear()
    g.signed_in = SignedIn(athlete_id, language, token)
    _put_token(response, token)
    log.info("signed in", athlete=athlete_id)


def sign_out(response: Response, *, everywhere: bool = False) -> None:
    known = signed_in()
    with tools().store.write() as store:
        _forget_token(store)
        if known is not None and everywhere:
            athletes.sign_out_everywhere(store, known.athlete_id)
    session.clear()
    g.signed_in = None
    drop_cookie(response, "afterrun")
    response.headers["Clear-Site-Data"] = '"storage"'  # the session that the phone keeps for offline
    if known is not None:
        log.info("signed out", athlete=known.athlete_id, everywhere=everywhere)


def _recognise(token: str) -> SignedIn | None:
    if not 0 < len(token) <= TOKEN_MAX_CHARS:
        return None
    now = tools().clock()
    with tools().store.read() as store:
        row = athletes.signed_in(store, _digest(token), now)
        if row is None:
            return None
        language = athletes.language(store, row.athlete_id)
    if now - row.seen_at >= TOUCH_EVERY:
        _touch(token)
    return SignedIn(row.athlete_id, language, token)


def _touch(token: str) -> None:
    now = tools().clock()
    try:
        with tools().store.write() as store:
            row = athletes.signed_in(store, _digest(token), now)
            if row is not None:
                athletes.touch(row, now)
    except StoreUnavailable as trouble:  # a page that only reads should not fail for this
        log.warning("sign-in was not renewed", why=str(trouble))
        return
    g.renew_token = token


def _renew_cookie(response: Response) -> Response:
    # Unless the view itself has signed this browser in anew, or out.
    known = signed_in() if "renew_token" in g else None
    if known is not None and known.token == g.renew_token:
        _put_token(response, known.token)
    return response


def _forget_token(store: Session) -> None:
    token = request.cookies.get(cookie_name("afterrun"), "")
    if 0 < len(token) <= TOKEN_MAX_CHARS:
        athletes.sign_out(store, _digest(token))


def _digest(token: str) -> str:
    return tools().keys.digest("login", token)


# --- cookies --------------------------------------------------------------------------------


def cookie_name(name: str) -> str:
    """Over https with the prefix that keeps other hosts of the same domain from planting it."""
    return f"__Host-{name}" if web().secure_cookies else name


def put_cookie(response: Response, name: str, value: str, lasts: timedelta) -> None:
    """Lax, not Strict: it must come along on the way back from Strava's consent page."""
    response.set_cookie(
        cookie_name(name), value, max_age=lasts, secure=web().secure_cookies, httponly=True, samesite="Lax"
    )


def drop_cookie(response: Response, name: str) -> None:
    response.delete_cookie(cookie_name(name), secure=web().secure_cookies, httponly=True, samesite="Lax")


def _put_token(response: Response, token: str) -> None:
    put_cookie(response, "afterrun", token, athletes.LOGIN_DAYS)


# --- forms ----------------------------------------------------------------------------------


def csrf_token() -> str:
    """What a form of ours carries: bound to the signed-in browser, or to a visit before that."""
    known = signed_in()
    if known is not None:
        return tools().keys.digest("form", known.token)
    return tools().keys.digest("form", session.setdefault("visit", secrets.token_urlsafe(16)))


def row_number(name: str) -> int | None:
    """The number of a row, as a form names it; None where it can be of no row."""
    number = request.form.get(name, type=int)
    return number if number is not None and 0 < number <= ROW_NUMBER_MAX else None


def _check_form() -> ResponseReturnValue | None:
    if request.method in SAFE_METHODS or request.endpoint is None or request.blueprint in NEED_NO_FORM:
        return None
    if not _from_our_page():
        log.warning("form refused", why="it came from another site")
        return error_page(403, "door.foreign")
    given = request.headers.get("X-CSRF-Token") or request.form.get("csrf_token", "")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), csrf_token().encode()):
        if request.is_json:  # a result that waits on the phone: it comes again with a fresh page's token
            return jsonify(error="not signed in, or an old page"), 401
        return error_page(403, "door.stale")
    return None


def _from_our_page() -> bool:
    """As the browser says. Over plain http, except to localhost, browsers send no Sec-Fetch-Site."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    return urlsplit(request.headers.get("Origin", "")).netloc == request.host != ""
