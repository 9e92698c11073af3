"""Read an activity from Strava's JSON, one item at a time. Pure.

stravalib's models would lose data here: one fraction in a field declared as an integer (178.5 bpm) refuses a
page, unknown sport types become "Workout", and the local start in lists comes out as if it were UTC. So what
the product can do without becomes None where it is odd, and only what it cannot do without raises.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from service import records
from service.domain.activity import Activity
from service.records import ParseError as ParseError

MAX_ID = 2**63 - 1


def activity(raw: object) -> Activity:
    """Return the activity a list item or a detail stands for, or raise ParseError.

    Refused: no usable id, sport type, start or time; a negative or senseless distance or time. Kept: a moving
    time above the elapsed time (real recordings have it), zero distance, words and dates not seen before.
    """
    if not isinstance(raw, Mapping):
        raise ParseError("activity: not a JSON object")
    start_at = _start_at(raw)
    return records.activity(
        raw,
        start_at=start_at,
        start_local=_start_local(raw, start_at),
        times_s=records.times_s(raw),
        id=activity_id(raw),
        sport_type=records.sport_type(raw),
        distance_m=records.distance_m(raw),
    )


def activity_id(raw: Mapping[str, object]) -> int:
    """The id, a positive 64-bit integer. Digits in a string will do; a float may have lost its last ones."""
    value = raw.get("id")
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 20:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ParseError("id: not an integer")
    if not 0 < value <= MAX_ID:
        raise ParseError("id: not a positive 64-bit integer")
    return value


def owner_id(raw: Mapping[str, object]) -> int:
    """The id of the athlete whose activity it is; details always name one. Raises ParseError."""
    athlete = raw.get("athlete")
    value = athlete.get("id") if isinstance(athlete, Mapping) else None
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= MAX_ID:
        raise ParseError("athlete: no usable id")
    return value


def _start_at(raw: Mapping[str, object]) -> datetime:
    moment = records.moment(raw, "start_date")
    if moment is None:
        raise ParseError("start_date: missing")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _start_local(raw: Mapping[str, object], start_at: datetime) -> datetime:
    """The wall time: ``start_date_local``, whose Z is false, else worked out from the zone."""
    local = records.moment(raw, "start_date_local")
    if local is not None:
        return local.replace(tzinfo=None)
    zone = records.timezone(raw)
    if zone:
        return start_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    offset_s = records.number(raw, "utc_offset")
    if offset_s is None or abs(offset_s) > 86_400:
        raise ParseError("start_date_local: missing, and no time zone to work it out")
    return (start_at + timedelta(seconds=offset_s)).replace(tzinfo=None)
