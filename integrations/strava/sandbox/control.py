"""The JSON API that steers the sandbox. Not Strava's, not counted, not in the list of calls."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, request

from integrations.strava.sandbox.athlete import Athlete
from integrations.strava.sandbox.errors import StravaError
from integrations.strava.sandbox.faults import answer_fault, event_fault
from integrations.strava.sandbox.gate import the_world
from integrations.strava.sandbox.grants import READS_ACTIVITIES
from integrations.strava.sandbox.presets import ENDED_MINUTES_AGO, finish
from integrations.strava.sandbox.shapes import Json, utc_text
from integrations.strava.sandbox.world import App, Call, World

control = Blueprint("control", __name__, url_prefix="/sandbox")


@control.before_request
def refuse_other_sites() -> None:
    """A page of another site must not press our buttons through the runner's browser."""
    origin = request.headers.get("Origin")
    if request.method != "GET" and origin and urlsplit(origin).netloc != request.host:
        raise StravaError(403, "the control API takes no requests from other sites")


@control.get("/athletes")
def athletes() -> list[Json]:
    world = the_world()
    with world.lock:
        return [athlete_line(world, athlete) for athlete in world.athletes.values()]


@control.get("/athletes/<int:athlete_id>/activities")
def activities(athlete_id: int) -> list[Json]:
    """Newest first, whole details; `?limit=` 10 unless told."""
    with the_world().lock:
        newest_first = the_world().athlete(athlete_id).newest_first()
    return newest_first[: request.args.get("limit", 10, type=int)]


@control.post("/athletes/<int:athlete_id>/activities")
def add_activity(athlete_id: int) -> tuple[Json, int]:
    """A preset that just ended, or a whole activity in Strava's JSON."""
    wish = _object()
    try:
        if "preset" in wish:
            late = wish.get("late_upload")
            return finish(
                the_world(), athlete_id, str(wish["preset"]),
                ended_minutes_ago=float(wish.get("ended_minutes_ago", ENDED_MINUTES_AGO)),
                late_upload=None if late is None else float(late),
            ), 201  # fmt: skip
        if not {"start_date", "start_date_local"} & wish.keys():
            raise StravaError(400, "preset, start_date or start_date_local is needed")
        return the_world().add_activity(athlete_id, wish), 201
    except (TypeError, ValueError, KeyError, OverflowError) as problem:
        raise StravaError(400, f"not an activity: {problem}") from None


@control.get("/athletes/<int:athlete_id>/activities/<int:activity_id>")
def show_activity(athlete_id: int, activity_id: int) -> Json:
    return the_world().activity(athlete_id, activity_id)


@control.put("/athletes/<int:athlete_id>/activities/<int:activity_id>")
def edit_activity(athlete_id: int, activity_id: int) -> Json:
    try:
        return the_world().edit_activity(athlete_id, activity_id, _object())
    except (TypeError, ValueError, KeyError, OverflowError) as problem:
        raise StravaError(400, f"not a change: {problem}") from None


@control.delete("/athletes/<int:athlete_id>/activities/<int:activity_id>")
def delete_activity(athlete_id: int, activity_id: int) -> Response:
    the_world().delete_activity(athlete_id, activity_id)
    return Response(status=204)


@control.post("/athletes/<int:athlete_id>/revoke")
def revoke(athlete_id: int) -> Json:
    """The athlete disconnects every app."""
    return {"revoked": the_world().revoke_athlete(athlete_id)}


@control.post("/athletes/<int:athlete_id>/expire")
def expire(athlete_id: int) -> Json:
    """The athlete's access tokens run out now, hours early; refresh tokens live on."""
    world = the_world()
    with world.lock:
        world.grants.expire(world.athlete(athlete_id).id, world.clock())
    return {"expired": True}


@control.get("/faults")
def show_faults() -> Json:
    return faults_line(the_world())


@control.post("/faults")
def add_fault() -> tuple[Json, int]:
    wish = _object()
    try:
        arrange(the_world(), wish)
    except (TypeError, ValueError, OverflowError) as problem:
        raise StravaError(400, str(problem)) from None
    return faults_line(the_world()), 201


@control.delete("/faults")
def clear_faults() -> Response:
    clear(the_world())
    return Response(status=204)


@control.get("/calls")
def calls() -> list[Json]:
    return [call_line(call) for call in list(the_world().calls)]


@control.delete("/calls")
def clear_calls() -> Response:
    the_world().calls.clear()
    return Response(status=204)


@control.get("/events")
def events() -> list[Json]:
    """Every event of the app and how its delivery went, oldest first."""
    return [delivery.as_json() for delivery in list(the_world().push.deliveries)]


@control.get("/state")
def state() -> Json:
    """Time, app, subscription and rate limits at a glance."""
    world = the_world()
    subscription = world.push.subscriptions.get(world.app.client_id)
    return {
        "now": utc_text(world.clock()),
        "client_id": world.app.client_id,
        "subscription": subscription.as_json() if subscription else None,
        "rate": world.app.rate.headers(world.clock()),
        "waiting_jobs": world.agenda.waiting(),
    }


def arrange(world: World, wish: Json) -> None:
    """Let one of the faults happen. Raises ValueError if the wish is none of them."""
    if "status" in wish:
        fault = answer_fault(wish)
        with world.lock:
            world.faults.answers.append(fault)
    elif "events" in wish:
        event = event_fault(wish)
        with world.lock:
            world.faults.events.append(event)
    elif wish.get("app") in ("active", "inactive"):
        world.app.active = wish["app"] == "active"
    elif "capacity" in wish:
        world.app.capacity = None if wish["capacity"] is None else int(wish["capacity"])
    else:
        raise ValueError("one of status, events, app (active or inactive) or capacity is needed")


def clear(world: World) -> None:
    """Everything works again."""
    with world.lock:
        world.faults.clear()
        world.app.active, world.app.capacity = True, world.usual_capacity


def faults_line(world: World) -> Json:
    with world.lock:
        return {
            "answers": [fault.as_json() for fault in world.faults.answers],
            "events": [fault.as_json() for fault in world.faults.events],
            "app": "active" if world.app.active else "inactive",
            "capacity": world.app.capacity,
        }


def athlete_line(world: World, athlete: Athlete) -> Json:
    grant = world.grants.of(world.app.client_id, athlete.id)
    newest = athlete.newest_first()[:1]
    return {
        "id": athlete.id,
        "name": athlete.name,
        "firstname": athlete.firstname,
        "lastname": athlete.lastname,
        "timezone": athlete.zone,
        "activities": len(athlete.activities),
        "newest": newest[0]["start_date"] if newest else None,
        "connected": grant is not None,
        "scope": sorted(grant.scope) if grant else [],
        "told_of_events": _is_told(
            world.app, grant is not None and bool(grant.scope & READS_ACTIVITIES), world
        ),
    }


def call_line(call: Call) -> Json:
    return {
        "athlete": call.athlete_id,
        "client_id": call.client_id,
        "method": call.method,
        "path": call.path,
        "query": call.query,
        "status": call.status,
        "at": _precise(call.at),
    }


def _is_told(app: App, reads: bool, world: World) -> bool:
    return reads and app.client_id in world.push.subscriptions


def _precise(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _object() -> dict[str, Any]:
    body = request.get_json(silent=True, force=True)
    if not isinstance(body, dict):
        raise StravaError(400, "a JSON object is needed")
    return body
