"""What every call of an app passes: arranged faults, token, active app, rate limits; then headers.

And in the end it is written down in the list of calls.
"""

from collections.abc import Callable

from flask import Response, current_app, g, request

from integrations.strava.sandbox.errors import (
    StravaError,
    bad_request,
    bad_token,
    inactive_app,
    missing_scope,
    not_found,
    over_limit,
)
from integrations.strava.sandbox.faults import AnswerFault
from integrations.strava.sandbox.grants import AccessToken
from integrations.strava.sandbox.shapes import Json
from integrations.strava.sandbox.world import App, Call, World

NOT_READS = {("POST", "/api/v3/activities"), ("POST", "/api/v3/uploads")}
SECRETS = frozenset({"client_secret", "access_token", "refresh_token", "code", "token"})
COMMON_ERRORS: dict[int, Callable[[], StravaError]] = {
    400: lambda: bad_request("Application", "body"),
    401: bad_token,
    403: inactive_app,
    404: lambda: not_found("Activity"),
    429: lambda: over_limit("overall"),
}
GATEWAY_PAGE = (
    "<!DOCTYPE HTML><html><head><title>{status}</title></head>"
    "<body><h1>{status} ERROR</h1><p>The request could not be satisfied.</p></body></html>\n"
)


def the_world() -> World:
    world = current_app.config["WORLD"]
    assert isinstance(world, World)
    return world


def meet_fault() -> Response | None:
    """Answer with the next fault arranged for this path, if there is one."""
    world = the_world()
    g.calling_app = g.athlete_id = None
    with world.lock:
        fault = world.faults.next_answer(request.method, request.path)
    if fault is None:
        return None
    _remember_caller(world)
    if fault.status == 0:
        world.closing.wait(fault.seconds)
    return _fault_answer(world, fault)


def check_caller() -> None:
    """Raises StravaError for a dead token, an inactive app, or too many calls."""
    world = the_world()
    access = _access(world)
    if access is None:
        raise bad_token()
    app = world.apps[access.grant.client_id]
    g.calling_app, g.athlete_id, g.scope = app, access.grant.athlete_id, access.scope
    with world.lock:
        read = (request.method, request.path) not in NOT_READS
        exceeded = app.rate.count(world.clock(), read=read)
    if not app.active:
        raise inactive_app()
    if exceeded:
        raise over_limit(exceeded)


def require_scope(*any_of: str) -> None:
    """Raises StravaError about the first of the scopes unless the token carries one of them."""
    if not g.scope & set(any_of):
        raise missing_scope(any_of[0])


def client_app(values: Json) -> App:
    """The app that client_id and client_secret stand for. Raises StravaError."""
    client_id = str(values.get("client_id") or "")
    if not client_id:
        raise bad_request("Application", "client_id", "missing")
    app = the_world().apps.get(client_id)
    if app is None:
        raise bad_request("Application", "client_id")
    if not values.get("client_secret"):
        raise bad_request("Application", "client_secret", "missing")
    if values["client_secret"] != app.secret:
        raise bad_request("Application", "client_secret")
    return app


def given_values() -> Json:
    """What the caller sent in query, form or JSON body. Raises StravaError if the JSON is no object."""
    values: Json = {**request.args.to_dict(), **request.form.to_dict()}
    if request.is_json:
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            raise bad_request("Application", "body")
        values |= body
    return values


def finish_call(answer: Response) -> Response:
    """Add the rate headers where Strava has them and note the call down, without its secrets."""
    world, app = the_world(), g.get("calling_app")
    now = world.clock()
    if app is not None:
        answer.headers.update(app.rate.headers(now))
    query = {name: "***" if name in SECRETS else value for name, value in request.args.items()}
    client_id = app.client_id if app is not None else request.values.get("client_id")
    path, status = request.path, answer.status_code
    world.calls.append(Call(g.get("athlete_id"), client_id, request.method, path, query, status, now))
    return answer


def _access(world: World) -> AccessToken | None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token if kind.lower() == "bearer" else request.form.get("access_token", "")
    try:
        with world.lock:
            return world.grants.access(token.strip(), world.clock())
    except StravaError:
        return None


def _remember_caller(world: World) -> None:
    access = _access(world)
    if access is not None:
        g.calling_app, g.athlete_id = world.apps[access.grant.client_id], access.grant.athlete_id


def _fault_answer(world: World, fault: AnswerFault) -> Response:
    status = fault.status or 504
    if fault.body == "empty":
        return Response("", status, content_type="application/json; charset=utf-8")
    if fault.body == "html":
        return Response(GATEWAY_PAGE.format(status=status), status, content_type="text/html; charset=utf-8")
    if status == 429:
        with world.lock:
            (g.calling_app or world.app).rate.exhaust(world.clock())
    raise COMMON_ERRORS.get(status, lambda: StravaError(status, "error"))()
