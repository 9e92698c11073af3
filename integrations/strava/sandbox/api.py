"""The API at /api/v3: athlete, zones, activities, uploads and push subscriptions."""

from collections.abc import Callable
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from flask import Blueprint, Response, g, request

from integrations.strava.sandbox import gate, uploads
from integrations.strava.sandbox.errors import bad_request, not_found
from integrations.strava.sandbox.fields import SPORT_TYPES
from integrations.strava.sandbox.gate import require_scope, the_world
from integrations.strava.sandbox.shapes import Json, list_item, local_wall_time, start_of

PER_PAGE, MOST_PER_PAGE = 30, 200
TEXT_FIELDS = ("name", "description", "private_note")
T = TypeVar("T")

api = Blueprint("api", __name__, url_prefix="/api/v3")
api.before_request(gate.meet_fault)
api.before_request(gate.check_caller)
api.after_request(gate.finish_call)

subscriptions = Blueprint("subscriptions", __name__, url_prefix="/api/v3/push_subscriptions")
subscriptions.before_request(gate.meet_fault)
subscriptions.after_request(gate.finish_call)


@api.get("/athlete")
def athlete() -> Json:
    found = the_world().athlete(g.athlete_id)
    return found.detail() if "profile:read_all" in g.scope else found.summary()


@api.get("/athlete/zones")
def zones() -> Json:
    require_scope("profile:read_all")
    return the_world().athlete(g.athlete_id).zones()


@api.get("/athlete/activities")
def activities() -> list[Json]:
    """Newest first. `before` and `after` are epoch seconds and look at the start, not at the upload."""
    require_scope("activity:read", "activity:read_all")
    page, per_page = _number("page", 1, 1), _number("per_page", PER_PAGE, 1)
    if per_page > MOST_PER_PAGE:
        raise bad_request("Application", "per page", "limit exceeded")
    after, before = _epoch("after"), _epoch("before")
    if after is not None and after > the_world().clock().timestamp():
        raise bad_request("Application", "after", "future")
    with the_world().lock:
        newest_first = the_world().athlete(g.athlete_id).newest_first()
    wanted = (item for item in newest_first if _is_visible(item) and _starts_between(item, after, before))
    return [list_item(item) for item in islice(wanted, (page - 1) * per_page, page * per_page)]


@api.get("/activities/<int:activity_id>")
def activity(activity_id: int) -> Json:
    require_scope("activity:read", "activity:read_all")
    return _visible_activity(activity_id)


@api.get("/activities/<int:activity_id>/laps")
def laps(activity_id: int) -> list[Json]:
    require_scope("activity:read", "activity:read_all")
    return list(_visible_activity(activity_id).get("laps", []))


@api.post("/activities")
def create_activity() -> tuple[Json, int]:
    """A manual entry. Not protected against being sent twice, as at Strava."""
    require_scope("activity:write")
    values = gate.given_values()
    for name in ("name", "start_date_local", "elapsed_time"):
        if not values.get(name):
            raise bad_request("Activity", name, "missing")
    known = {
        "name": str(values["name"]),
        "sport_type": _sport(values),
        "start_date_local": f"{_wall_time(values['start_date_local']):%Y-%m-%dT%H:%M:%SZ}",
        "elapsed_time": _whole("elapsed_time", values["elapsed_time"]),
        "distance": _fraction("distance", values.get("distance") or 0),
        "description": values.get("description"),
        "trainer": _yes(values.get("trainer")),
        "commute": _yes(values.get("commute")),
        "manual": True,
    }
    return the_world().add_activity(g.athlete_id, known), 201


@api.put("/activities/<int:activity_id>")
def update_activity(activity_id: int) -> Json:
    """Takes what Strava lets an app change and overlooks the rest.

    `hide_from_home` works as a JSON boolean only.
    """
    require_scope("activity:write")
    _visible_activity(activity_id)
    values = gate.given_values()
    changes: Json = {name: str(values[name]) for name in TEXT_FIELDS if values.get(name) is not None}
    changes |= {name: _yes(values[name]) for name in ("commute", "trainer") if name in values}
    if values.get("sport_type") or values.get("type"):
        changes["sport_type"] = _sport(values)
    if "gear_id" in values:
        changes["gear_id"] = None if values["gear_id"] in ("none", None, "") else str(values["gear_id"])
    if isinstance(values.get("hide_from_home"), bool):
        changes["hide_from_home"] = values["hide_from_home"]
    return the_world().edit_activity(g.athlete_id, activity_id, changes)


@api.post("/uploads")
def create_upload() -> tuple[Json, int]:
    require_scope("activity:write")
    file = request.files.get("file")
    content = file.read() if file is not None else None
    upload = uploads.receive(the_world(), g.athlete_id, gate.given_values(), content)
    return upload.as_json(), 201


@api.get("/uploads/<int:upload_id>")
def show_upload(upload_id: int) -> Json:
    require_scope("activity:write")
    upload = the_world().uploads.get(upload_id)
    if upload is None or upload.athlete_id != g.athlete_id:
        raise not_found("Upload")
    upload.settle()
    return upload.as_json()


@api.route("/<path:_rest>", methods=["GET", "POST", "PUT", "DELETE"])
def nothing_here(_rest: str) -> Json:
    raise not_found("resource")


@subscriptions.post("")
def subscribe() -> tuple[Json, int]:
    """Shakes hands with the callback first; answers only then."""
    world, values = the_world(), gate.given_values()
    app = gate.client_app(values)
    challenge = world.make_token()[:16]
    callback_url, verify_token = str(values.get("callback_url") or ""), str(values.get("verify_token") or "")
    return world.push.subscribe(app.client_id, callback_url, verify_token, challenge).as_json(), 201


@subscriptions.get("")
def show_subscriptions() -> list[Json]:
    app = gate.client_app(gate.given_values())
    found = the_world().push.subscriptions.get(app.client_id)
    return [found.as_json()] if found else []


@subscriptions.delete("/<int:subscription_id>")
def unsubscribe(subscription_id: int) -> Response:
    app = gate.client_app(gate.given_values())
    if not the_world().push.unsubscribe(app.client_id, subscription_id):
        raise not_found("PushSubscription")
    return Response(status=204, content_type="application/json; charset=utf-8")


def _is_visible(activity: Json) -> bool:
    return not activity["private"] or "activity:read_all" in g.scope


def _visible_activity(activity_id: int) -> Json:
    found = the_world().activity(g.athlete_id, activity_id)
    if not _is_visible(found):
        raise not_found("Activity")
    return found


def _starts_between(activity: Json, after: int | None, before: int | None) -> bool:
    started = start_of(activity).timestamp()
    return (after is None or started > after) and (before is None or started < before)


def _number(name: str, default: int, least: int) -> int:
    value = _epoch(name)
    if value is not None and value < least:
        raise bad_request("Application", name.replace("_", " "))
    return default if value is None else value


def _epoch(name: str) -> int | None:
    text = request.args.get(name)
    return None if text in (None, "") else _whole(name, text)


def _whole(name: str, value: Any) -> int:
    return _read(name, value, int)


def _fraction(name: str, value: Any) -> float:
    return _read(name, value, float)


def _yes(value: Any) -> bool:
    return str(value).lower() in ("1", "true", "on")


def _sport(values: Json) -> str:
    """Raises StravaError unless the activity's sport is one of Strava's."""
    sport = str(values.get("sport_type") or values.get("type") or "")
    if sport not in SPORT_TYPES:
        raise bad_request("Activity", "sport_type", "invalid" if sport else "missing")
    return sport


def _wall_time(value: Any) -> datetime:
    """The runner's clock; a Z or an offset behind it is not looked at."""
    return _read("start_date_local", value, local_wall_time)


def _read(name: str, value: Any, reader: Callable[[Any], T]) -> T:
    try:
        return reader(value)
    except (TypeError, ValueError):
        raise bad_request("Application", name) from None
