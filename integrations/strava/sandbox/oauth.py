"""OAuth at Strava's paths: consent page, code exchange, refresh, revoke, deauthorize."""

from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from flask import Blueprint, Response, g, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from integrations.strava.sandbox import gate
from integrations.strava.sandbox.errors import StravaError, bad_request, inactive_app
from integrations.strava.sandbox.gate import the_world
from integrations.strava.sandbox.grants import SCOPES, Grant, token_answer
from integrations.strava.sandbox.shapes import Json
from integrations.strava.sandbox.world import App, World

ALWAYS_ALLOWED_HOSTS = frozenset({"localhost", "127.0.0.1"})
SCOPE_WORDS = {
    "read": "Public profile, routes and segments",
    "read_all": "Private routes and segments",
    "profile:read_all": "The whole profile, with heart rate zones",
    "profile:write": "Change weight and starred segments",
    "activity:read": "Activities seen by everyone or by followers",
    "activity:read_all": "All activities, also those set to “Only You”",
    "activity:write": "Create and edit activities",
}


@dataclass(frozen=True, slots=True)
class Wish:
    """What an app asks a runner for."""

    app: App
    redirect_uri: str
    scopes: list[str]  # in Strava's order; read is always among them
    state: str | None


pages = Blueprint("oauth_pages", __name__)
tokens = Blueprint("oauth_tokens", __name__)
tokens.before_request(gate.meet_fault)
tokens.after_request(gate.finish_call)


@pages.get("/oauth/authorize")
@pages.get("/oauth/mobile/authorize")
def ask_consent() -> str | BaseResponse:
    world, wish = the_world(), _checked_wish(request.args.to_dict())
    athlete_id = request.args.get("athlete", type=int) or world.default_athlete_id
    with world.lock:
        grant = world.grants.of(wish.app.client_id, athlete_id) if athlete_id else None
        certain = len(world.athletes) == 1 or "athlete" in request.args
    silent = certain and request.args.get("approval_prompt", "auto") == "auto"
    if grant is not None and silent and grant.scope >= set(wish.scopes):
        return _allow(world, wish, grant.athlete_id, sorted(grant.scope))
    if athlete_id is not None:
        world.check_capacity(wish.app.client_id, athlete_id)
    athletes = list(world.athletes.values())
    return render_template("consent.html", wish=wish, words=SCOPE_WORDS, athletes=athletes, chosen=athlete_id)


@pages.post("/oauth/authorize")
@pages.post("/oauth/mobile/authorize")
def answer_consent() -> BaseResponse:
    """The consent page's form: the ticked scopes, the athlete, and which button.

    What the app asked for stands in the query, as on the page; a script may send it in the form instead.
    """
    world, ticked = the_world(), ",".join(request.form.getlist("scope")).split(",")
    wish = _checked_wish({**request.form.to_dict(), "scope": ",".join(ticked), **request.args.to_dict()})
    if request.form.get("decision") != "authorize":
        return _back(wish, {"error": "access_denied"})
    athlete = world.athlete(request.form.get("athlete", type=int) or world.default_athlete_id or 0)
    world.check_capacity(wish.app.client_id, athlete.id)
    return _allow(world, wish, athlete.id, [scope for scope in wish.scopes if scope in ticked])


@tokens.post("/oauth/token")
@tokens.post("/api/v3/oauth/token")
def token() -> Response | Json:
    """Exchange a code or refresh a pair. Not counted in the rate limits."""
    world, values = the_world(), gate.given_values()
    app = gate.client_app(values)
    if not app.active:
        raise inactive_app()
    now, kind = world.clock(), values.get("grant_type", "authorization_code")
    if kind == "refresh_token":
        if not values.get("refresh_token"):
            raise bad_request("RefreshToken", "refresh_token", "missing")
        with world.lock:
            grant = world.grants.refresh(app.client_id, str(values["refresh_token"]), now)
            return _noted(grant, token_answer(grant, now))
    if kind != "authorization_code":
        raise bad_request("Application", "grant_type")
    if not values.get("code"):
        raise bad_request("RequestToken", "code", "missing")
    with world.lock:
        grant = world.exchange(app.client_id, str(values["code"]))
        athlete = world.athletes[grant.athlete_id].summary()
        return _noted(grant, {**token_answer(grant, now), "athlete": athlete})


@tokens.post("/oauth/revoke")
def revoke() -> Response:
    """RFC 7009 with HTTP Basic. An unknown token is no error; either token ends the pair."""
    world, basic = the_world(), request.authorization
    app = world.apps.get(basic.username or "") if basic is not None and basic.type == "basic" else None
    if app is None or basic is None or basic.password != app.secret:
        raise StravaError(401, "Authorization Error", "Application", "client_id", "invalid")
    token = str(gate.given_values().get("token") or "")
    if not token:
        raise bad_request("Application", "token", "missing")
    with world.lock:
        grant = world.grants.by_any_token(app.client_id, token)
    if grant is not None:
        g.athlete_id = grant.athlete_id
        world.revoke(grant, by_app=True)
    return Response("", 200, content_type="application/json; charset=utf-8")


@tokens.post("/oauth/deauthorize")
@tokens.post("/api/v3/oauth/deauthorize")
def deauthorize() -> Json:
    """The older way, with the access token; this one counts in the rate limits."""
    world = the_world()
    gate.check_caller()
    with world.lock:
        grant = world.grants.of(g.calling_app.client_id, g.athlete_id)
    assert grant is not None
    world.revoke(grant, by_app=True)
    return {"access_token": grant.access_token}


def _noted(grant: Grant, answer: Json) -> Json:
    g.athlete_id = grant.athlete_id
    return answer


def _checked_wish(values: Json) -> Wish:
    """Raises StravaError; the browser is not sent anywhere then."""
    app = the_world().apps.get(str(values.get("client_id", "")))
    if app is None:
        raise bad_request("Application", "client_id")
    redirect_uri = str(values.get("redirect_uri", ""))
    if not _may_return_to(redirect_uri, app.callback_domain):
        raise bad_request("Application", "redirect_uri", "invalid" if redirect_uri else "missing")
    if values.get("response_type", "code") != "code":
        raise bad_request("Application", "response_type")
    asked = {scope for scope in str(values.get("scope", "")).replace(" ", ",").split(",") if scope}
    if not asked <= set(SCOPES):
        raise bad_request("Application", "scope")
    scopes = [scope for scope in SCOPES if scope in asked or scope == "read"]
    return Wish(app, redirect_uri, scopes, values.get("state"))


def _may_return_to(redirect_uri: str, callback_domain: str) -> bool:
    parts = urlsplit(redirect_uri.replace("\\", "/"))  # browsers read it so
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host:
        return False
    return host in {*ALWAYS_ALLOWED_HOSTS, callback_domain} or host.endswith(f".{callback_domain}")


def _allow(world: World, wish: Wish, athlete_id: int, scope: list[str]) -> BaseResponse:
    with world.lock:
        code = world.grants.authorize(wish.app.client_id, athlete_id, scope, world.clock())
    granted = [name for name in SCOPES if name in scope or name == "read"]
    return _back(wish, {"code": code, "scope": ",".join(granted)})


def _back(wish: Wish, values: dict[str, str]) -> BaseResponse:
    parts = urlsplit(wish.redirect_uri)
    said = {"state": wish.state or "", **values}
    query = "&".join(filter(None, [parts.query, urlencode(said, safe=":,")]))
    return redirect(urlunsplit(parts._replace(query=query)), 302)
