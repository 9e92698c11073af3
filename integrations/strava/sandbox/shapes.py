"""Strava's activity in JSON: which field is there, which is null, which is a whole number.

Field presence and types follow recorded answers of 2025 and 2026. The sandbox keeps every activity as its
detail (`GET /activities/{id}`); the list item is cut out of it.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations.strava.sandbox.fields import (
    DETAIL_FIELDS,
    FLOAT_FIELDS,
    HEART_FIELDS,
    LEGACY_TYPE,
    LIST_FIELDS,
    NUMBER_FIELDS,
    RUNS,
    SPORT_TYPES,
    STRENGTH,
    WITH_WORKOUT_TYPE,
)

Json = dict[str, Any]

OWN_FIELDS = ("id", "resource_state", "athlete", "map")  # never taken from what is given
COUNTED = ("distance", "moving_time", "elapsed_time")  # never null

_OPTIONAL_STATS = ("heart_rate", "pace", "power", "speed", "calories")
_NO_TREND: Json = {
    "speeds": [],
    "current_activity_index": None,
    "min_speed": 0,
    "mid_speed": 0,
    "max_speed": 0,
    "direction": 0,
}
_NOT_COMPARED: Json = {
    "effort_count": 0,
    "average_speed": 0,
    "min_average_speed": 0,
    "mid_average_speed": 0,
    "max_average_speed": 0,
    "pr_rank": None,
    "frequency_milestone": None,
    "trend": _NO_TREND,
    "resource_state": 2,
}


def complete(
    known: Mapping[str, Any], *, activity_id: int, athlete_id: int, zone: str, seed: int = 0
) -> Json:
    """Return the whole detail for an activity of which some fields are known, Strava's names and units.

    What is given is kept, however odd: a test may well want 178.5 bpm or an unknown sport. What is missing
    gets the value of a plain activity, or stays absent where Strava leaves it out. ``seed`` makes up upload
    and device ids. Raises TypeError or ValueError for a number or a time that is none.
    """
    _check_numbers(known)
    sport = str(known.get("sport_type") or known.get("type") or "Run")
    activity = _plain(activity_id, athlete_id)
    activity |= {
        "moving_time": known.get("elapsed_time", 0),
        "elapsed_time": known.get("moving_time", 0),
        "type": known.get("type") if "sport_type" not in known else legacy_type(sport),
    }
    activity |= {name: value for name, value in known.items() if name not in OWN_FIELDS}
    activity["sport_type"] = sport
    for settle in (_settle_time, _settle_privacy, _settle_source, _settle_heart, _settle_sport):
        settle(activity, zone, seed or activity_id)
    return in_order(activity)


def _check_numbers(known: Mapping[str, Any]) -> None:
    """Raises TypeError or ValueError for what would break every reader, ours included."""
    for name in NUMBER_FIELDS:
        value = known.get(name)
        if not isinstance(value, int | float | None) or (value is None and name in known and name in COUNTED):
            raise TypeError(f"{name} must be a number")
        if value is not None and not math.isfinite(value):
            raise ValueError(f"{name} must be finite")


def _plain(activity_id: int, athlete_id: int) -> Json:
    """A public activity without any event."""
    return {
        "id": activity_id,
        "resource_state": 3,
        "athlete": {"id": athlete_id, "resource_state": 1},
        "name": "Activity",
        "distance": 0.0,
        "map": {"id": f"a{activity_id}", "polyline": "", "resource_state": 3, "summary_polyline": ""},
        "location_city": None, "location_state": None, "location_country": None,
        "achievement_count": 0, "kudos_count": 0, "comment_count": 0, "athlete_count": 1, "photo_count": 0,
        "trainer": False, "commute": False, "manual": False, "flagged": False,
        "gear_id": None, "heartrate_opt_out": False, "from_accepted_tag": False, "pr_count": 0,
        "total_photo_count": 0, "has_kudoed": False,
        "description": None, "perceived_exertion": None, "prefer_perceived_exertion": False,
        "segment_efforts": [], "photos": {"primary": None, "count": 0},
        "stats_visibility": [{"type": kind, "visibility": "everyone"} for kind in _OPTIONAL_STATS],
        "hide_from_home": False,
        "embed_token": f"{(activity_id * 0x9E3779B97F4A7C15) % (1 << 160):040x}",
    }  # fmt: skip


def in_order(activity: Json) -> Json:
    """The same fields in Strava's order, with a fraction where Strava always has one."""
    known = {name: activity[name] for name in (*LIST_FIELDS, *DETAIL_FIELDS) if name in activity}
    for name in FLOAT_FIELDS:
        if type(known.get(name)) is int and not (known[name] == 0 and _counts_as_whole_zero(name, activity)):
            known[name] = float(known[name])
    return known | {name: value for name, value in activity.items() if name not in known}


def list_item(activity: Json) -> Json:
    """The activity as `GET /athlete/activities` shows it."""
    item = {name: activity[name] for name in LIST_FIELDS if name in activity}
    item["resource_state"] = 2
    item["map"] = {"id": activity["map"]["id"], "summary_polyline": activity["map"]["summary_polyline"],
                   "resource_state": 2}  # fmt: skip
    return item


def legacy_type(sport_type: str) -> str:
    if sport_type in LEGACY_TYPE:
        return LEGACY_TYPE[sport_type]
    return sport_type if sport_type in SPORT_TYPES else "Workout"


def zone_text(zone: str, at: datetime) -> str:
    """Strava's ``(GMT+01:00) Europe/Rome``; the bracket is the standard offset, not the one in force."""
    local = at.astimezone(ZoneInfo(zone))
    standard = (local.utcoffset() or timedelta()) - (local.dst() or timedelta())
    minutes = int(standard.total_seconds()) // 60
    sign = "-" if minutes < 0 else "+"
    return f"(GMT{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}) {zone}"


def utc_text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parsed_utc(text: str) -> datetime:
    """Read ``start_date``. Raises ValueError if the text is no ISO 8601 time."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def local_wall_time(text: str) -> datetime:
    """Read ``start_date_local``: the runner's clock without a zone. Its trailing Z is not UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=None)


def default_name(sport: str, local: datetime) -> str:
    """Strava's own title: the part of the day and the sport."""
    hour = local.hour
    part = ("Night" if hour < 4 or hour >= 21 else "Morning" if hour < 11 else "Lunch" if hour < 14
            else "Afternoon" if hour < 17 else "Evening")  # fmt: skip
    words = {"WeightTraining": "Weight Training", "TrailRun": "Trail Run", "VirtualRide": "Virtual Ride"}
    return f"{part} {words.get(sport, sport)}"


def start_of(activity: Json) -> datetime:
    return parsed_utc(activity["start_date"])


def end_of(activity: Json) -> datetime:
    return start_of(activity) + timedelta(seconds=activity["elapsed_time"])


def _settle_time(activity: Json, zone: str, _seed: int) -> None:
    zone = str(activity.get("timezone", zone)).rpartition(" ")[2]
    if "start_date" in activity:
        start_at = parsed_utc(activity["start_date"])
    else:
        wall = local_wall_time(activity["start_date_local"])
        offset = activity.get("utc_offset")
        shift = (
            wall.replace(tzinfo=ZoneInfo(zone)).utcoffset() if offset is None else timedelta(seconds=offset)
        )
        start_at = (wall - (shift or timedelta())).replace(tzinfo=UTC)
    local = start_at.astimezone(ZoneInfo(zone))
    activity.setdefault("utc_offset", (local.utcoffset() or timedelta()).total_seconds())
    activity.setdefault("start_date", utc_text(start_at))
    activity.setdefault("start_date_local", f"{local:%Y-%m-%dT%H:%M:%SZ}")
    activity.setdefault("timezone", zone_text(zone, start_at))


def _settle_privacy(activity: Json, _zone: str, _seed: int) -> None:
    if "visibility" not in activity:
        activity["visibility"] = "only_me" if activity.get("private") else "everyone"
    activity["private"] = activity["visibility"] == "only_me"


def _settle_source(activity: Json, _zone: str, seed: int) -> None:
    """Manual entries have no file; recorded ones carry the numbers of their upload."""
    if activity["manual"]:
        activity |= {"upload_id": None, "external_id": None}
        activity.pop("upload_id_str", None)
        activity.pop("device_name", None)
    else:
        upload_id = activity.setdefault("upload_id", 10_000_000_000 + seed * 7919 % 89_999_999_999)
        if upload_id is not None:
            activity.setdefault("upload_id_str", str(upload_id))
        prefix = "garmin_ping_" if str(activity.get("device_name", "Garmin")).startswith("Garmin") else ""
        number = 100_000_000_000 + seed * 104_729 % 899_999_999_999
        activity.setdefault("external_id", f"{prefix}{number}" if prefix else f"{number:x}.fit")
    indoors = activity["trainer"] or activity["sport_type"] in STRENGTH | {"Swim"}
    for name in ("start_latlng", "end_latlng"):
        activity.setdefault(name, [] if activity["manual"] or indoors else [0.0, 0.0])


def _settle_heart(activity: Json, _zone: str, _seed: int) -> None:
    has_heart = activity.get("average_heartrate") is not None
    activity["has_heartrate"] = bool(activity.get("has_heartrate", has_heart))
    activity.setdefault("display_hide_heartrate_option", activity["has_heartrate"])
    if not has_heart:
        for name in HEART_FIELDS:
            activity.pop(name, None)
    activity.setdefault("available_zones", ["heartrate"] if has_heart else [])


def _settle_sport(activity: Json, _zone: str, _seed: int) -> None:
    sport, moving_time = activity["sport_type"], activity["moving_time"]
    activity["type"] = activity["type"] or legacy_type(sport)
    if sport in WITH_WORKOUT_TYPE:
        activity.setdefault("workout_type", 30 if sport == "WeightTraining" else None)
    elif activity.get("workout_type") is None:
        activity.pop("workout_type", None)
    activity.setdefault("average_speed", round(activity["distance"] / moving_time, 3) if moving_time else 0.0)
    activity.setdefault("max_speed", 0)
    activity.setdefault("total_elevation_gain", 0)
    activity.setdefault("calories", 0 if activity["manual"] else round(moving_time * 0.19, 1))
    if sport in RUNS:
        activity.setdefault("best_efforts", [])
        activity.setdefault("similar_activities", _NOT_COMPARED)


def _counts_as_whole_zero(name: str, activity: Json) -> bool:
    """Manual and indoor entries were recorded with 0 instead of 0.0 here."""
    if name in ("max_speed", "calories"):
        return bool(activity["manual"])
    return name == "total_elevation_gain" and (activity["manual"] or not activity["start_latlng"])
