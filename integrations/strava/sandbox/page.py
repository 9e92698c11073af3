"""The control page: the same levers as the JSON API, as buttons."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from integrations.strava.sandbox.athlete import Athlete
from integrations.strava.sandbox.control import arrange, athlete_line, clear, faults_line, refuse_other_sites
from integrations.strava.sandbox.errors import StravaError
from integrations.strava.sandbox.gate import the_world
from integrations.strava.sandbox.presets import PRESETS, finish
from integrations.strava.sandbox.shapes import Json, local_wall_time
from integrations.strava.sandbox.world import Call, World

SHOWN_ACTIVITIES, SHOWN_CALLS, SHOWN_EVENTS = 8, 12, 8
LATE_UPLOAD_MIN = 300
PRESET_WORDS = {
    "easy_run": "Finish an easy run now", "intervals": "Intervals", "long": "Long run", "race": "Race",
    "ride": "Ride", "strength": "Strength",
}  # fmt: skip
FAULTS: dict[str, tuple[str, str, Json]] = {
    "429": ("Next API answer", "429", {"status": 429}),
    "500": ("Next API answer", "500", {"status": 500}),
    "502": ("Next API answer", "502, HTML", {"status": 502}),
    "timeout": ("Next API answer", "None for 10 s", {"status": "timeout", "seconds": 10}),
    "lose": ("Next event", "Lost", {"events": "lose"}),
    "duplicate": ("Next event", "Sent twice", {"events": "duplicate"}),
    "delay": ("Next event", "1 min late", {"events": "delay", "seconds": 60}),
    "reorder": ("Next event", "Overtaken", {"events": "reorder"}),
    "inactive": ("App", "Inactive (403)", {"app": "inactive"}),
    "full": ("App", "No more athletes", {"capacity": 0}),
}

page = Blueprint("page", __name__)
page.before_request(refuse_other_sites)


@page.get("/")
def show() -> str:
    world = the_world()
    athlete = world.athletes.get(request.args.get("athlete", type=int) or world.default_athlete_id or 0)
    with world.lock:
        lines = [athlete_line(world, one) for one in world.athletes.values()]
        newest = athlete.newest_first()[:SHOWN_ACTIVITIES] if athlete else []
        calls = list(world.calls)[: -1 - SHOWN_CALLS : -1]
        deliveries = list(world.push.deliveries)[: -1 - SHOWN_EVENTS : -1]
    return render_template(
        "control.html",
        athletes=lines,
        athlete=next((line for line in lines if athlete and line["id"] == athlete.id), None),
        activities=[_row(one) for one in newest],
        presets=PRESET_WORDS,
        faults=_grouped(),
        arranged=_arranged(faults_line(world)),
        calls=[_call_row(call) for call in calls],
        events=[delivery.as_json() for delivery in deliveries],
        rates=_rates(world),
        subscription=world.push.subscriptions.get(world.app.client_id),
        now=_local(world.clock(), athlete),
        said=request.args.get("said", ""),
    )


@page.post("/do/finish")
def do_finish() -> BaseResponse:
    preset = request.form["preset"]

    def act(world: World, athlete_id: int) -> str:
        late = LATE_UPLOAD_MIN if preset == "late_upload" else None
        activity = finish(world, athlete_id, "easy_run" if late else preset, late_upload=late)
        return f"{activity['name']} uploaded."

    return _done(act)


@page.post("/do/activity")
def do_activity() -> BaseResponse:
    """Edit, delete, or flip the privacy of one activity."""
    activity_id, what = int(request.form["activity"]), request.form["what"]

    def act(world: World, athlete_id: int) -> str:
        activity = world.activity(athlete_id, activity_id)
        if what == "delete":
            world.delete_activity(athlete_id, activity_id)
            return f"{activity['name']} deleted."
        if what == "privacy":
            changes: Json = {"private": not activity["private"]}
        else:
            changes = {"name": request.form["name"].strip() or activity["name"]}
        edited = world.edit_activity(athlete_id, activity_id, changes)
        return f"{edited['name']} is now {'private' if edited['private'] else 'visible'}."

    return _done(act)


@page.post("/do/revoke")
def do_revoke() -> BaseResponse:
    return _done(lambda world, athlete_id: f"Disconnected {world.revoke_athlete(athlete_id)} app.")


@page.post("/do/expire")
def do_expire() -> BaseResponse:
    def act(world: World, athlete_id: int) -> str:
        with world.lock:
            world.grants.expire(athlete_id, world.clock())
        return "The access token has run out; the refresh token has not."

    return _done(act)


@page.post("/do/fault")
def do_fault() -> BaseResponse:
    def act(world: World, _athlete_id: int) -> str:
        group, words, wish = FAULTS[request.form["fault"]]
        arrange(world, wish)
        return f"{group}: {words}. Arranged."

    return _done(act)


@page.post("/do/clear")
def do_clear() -> BaseResponse:
    def act(world: World, _athlete_id: int) -> str:
        clear(world)
        return "Everything works again."

    return _done(act)


def _done(act: Callable[[World, int], str]) -> BaseResponse:
    """Do it, and show the page again with what was done."""
    world = the_world()
    athlete_id = request.form.get("athlete", type=int) or world.default_athlete_id or 0
    try:
        said = act(world, athlete_id)
    except (StravaError, ValueError, KeyError) as problem:
        said = f"That did not work: {problem}"
    return redirect(url_for("page.show", athlete=athlete_id, said=said), 303)


def _grouped() -> dict[str, list[tuple[str, str]]]:
    """(name, words) of the faults under their heading."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, (group, words, _) in FAULTS.items():
        groups.setdefault(group, []).append((name, words))
    return groups


def _rates(world: World) -> list[str]:
    headers = world.app.rate.headers(world.clock())
    lines = []
    for words, name in (("Reads", "X-ReadRateLimit"), ("All calls", "X-RateLimit")):
        used, limits = headers[f"{name}-Usage"].split(","), headers[f"{name}-Limit"].split(",")
        lines.append(f"{words}: {used[0]} of {limits[0]} this quarter-hour, {used[1]} of {limits[1]} today")
    return lines


def _row(activity: Json) -> Json:
    local = local_wall_time(activity["start_date_local"])
    return {
        "id": activity["id"],
        "name": activity["name"],
        "private": activity["private"],
        "when": f"{local:%a %d %b %H:%M}",
        "what": activity["sport_type"],
        "km": f"{activity['distance'] / 1000:.1f} km" if activity["distance"] else "",
        "minutes": f"{activity['moving_time'] // 60} min",
        "heart": f"{activity['average_heartrate']:.0f} bpm" if activity.get("average_heartrate") else "",
    }


def _call_row(call: Call) -> Json:
    return {"at": f"{call.at:%H:%M:%S}", "method": call.method, "path": call.path, "status": call.status,
            "query": "&".join(f"{name}={value}" for name, value in call.query.items())}  # fmt: skip


def _arranged(line: Json) -> list[str]:
    """What is waiting to go wrong, in words."""
    words = [f"{one['status']} on {one['path']}, {_times(one['times'])}" for one in line["answers"]]
    words += [f"{one['events']} events, {_times(one['times'])}" for one in line["events"]]
    if line["app"] == "inactive":
        words.append("app inactive")
    if line["capacity"] is not None:
        words.append(f"at most {line['capacity']} athletes")
    return words


def _times(times: int | None) -> str:
    return "until cleared" if times is None else "once" if times == 1 else f"{times} times"


def _local(now: datetime, athlete: Athlete | None) -> str:
    local = now.astimezone(ZoneInfo(athlete.zone if athlete else "UTC"))
    return f"{local:%a %d %b %Y, %H:%M} {local.tzname()}"


assert set(PRESET_WORDS) == set(PRESETS)
