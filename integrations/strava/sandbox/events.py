"""Which events a change of an activity or a consent causes. Source: Strava API, Webhooks."""

from collections.abc import Iterator

from integrations.strava.sandbox.shapes import Json

Updates = dict[str, str]


def activity_events(before: Json | None, after: Json | None, *, sees_private: bool) -> Iterator[Json]:
    """Yield what one app is told; None means that the activity was not, or is no more.

    An app without activity:read_all takes a run made private for a deleted one, and the way back for a new
    one. Time and subscription are still missing.
    """
    if after is not None and _visible(after, sees_private):
        if before is None or not _visible(before, sees_private):
            yield _activity_event(after, "create", {})
        elif updates := _updates(before, after):
            yield _activity_event(after, "update", updates)
    elif before is not None and _visible(before, sees_private):
        yield _activity_event(before, "delete", {})


def deauthorized_event(athlete_id: int) -> Json:
    return _event("athlete", athlete_id, "update", athlete_id, {"authorized": "false"})


def _event(kind: str, object_id: int, aspect: str, athlete_id: int, updates: Updates) -> Json:
    return {
        "aspect_type": aspect,
        "object_id": object_id,
        "object_type": kind,
        "owner_id": athlete_id,
        "updates": updates,
    }


def _activity_event(activity: Json, aspect: str, updates: Updates) -> Json:
    return _event("activity", activity["id"], aspect, activity["athlete"]["id"], updates)


def _visible(activity: Json, sees_private: bool) -> bool:
    return sees_private or not activity["private"]


def _updates(before: Json, after: Json) -> Updates:
    """Only title, type and privacy; everything else is changed in silence."""
    updates: Updates = {}
    if before["name"] != after["name"]:
        updates["title"] = after["name"]
    if before["sport_type"] != after["sport_type"]:
        updates["type"] = after["type"]
    if before["private"] != after["private"]:
        updates["private"] = "true" if after["private"] else "false"
    return updates
