"""Read an activity from Strava's JSON, one item at a time. Pure.

stravalib's models would lose data here: one fraction in a field declared as an integer (178.5 bpm) refuses a
page, unknown sport types become "Workout", and the local start in lists comes out as if it were UTC. So what
the product can do without becomes None where it is odd, and only what it cannot do without raises.
Positions are never read. Fields: https://developers.strava.com/docs/reference/#api-models-SummaryActivity
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from service.domain.activity import Activity, Split

MAX_ID = 2**63 - 1
MAX_DISTANCE_M = 100_000_000
MAX_TIME_S = 366 * 86_400
MAX_NUMBER = 1e9
YEARS = range(1970, 9_998)  # room to add a time zone and a year-long activity without overflow
HIDDEN_START = time(0, 0, 1)  # Strava shows a hidden start as the day's first second


class ParseError(ValueError):
    """The item cannot be used. One line: the field and what is wrong with it, never its value."""


def activity(raw: object) -> Activity:
    """Return the activity a list item or a detail stands for, or raise ParseError.

    Refused: no usable id, sport type, start or time; a negative or senseless distance or time. Kept: a moving
    time above the elapsed time (real recordings have it), zero distance, words and dates not seen before.
    """
    if not isinstance(raw, Mapping):
        raise ParseError("activity: not a JSON object")
    start_at = _start_at(raw)
    start_local = _start_local(raw, start_at)
    moving_time_s, elapsed_time_s = _times_s(raw)
    shows_heart = raw.get("heartrate_opt_out") is not True
    return Activity(
        id=activity_id(raw),
        sport_type=_sport_type(raw),
        start_at=start_at,
        start_local=start_local,
        distance_m=_distance_m(raw),
        moving_time_s=moving_time_s,
        elapsed_time_s=elapsed_time_s,
        name=_text(raw, "name"),
        timezone=_timezone(raw.get("timezone")),
        elevation_gain_m=_number(raw, "total_elevation_gain") or 0.0,
        average_speed_mps=_not_negative(raw, "average_speed"),
        max_speed_mps=_not_negative(raw, "max_speed"),
        average_heartrate_bpm=_positive(raw, "average_heartrate") if shows_heart else None,
        max_heartrate_bpm=_positive(raw, "max_heartrate") if shows_heart else None,
        average_cadence=_positive(raw, "average_cadence"),
        suffer_score=_not_negative(raw, "suffer_score"),
        workout_type=_whole(raw, "workout_type"),
        perceived_exertion=_perceived_exertion(raw),
        trainer=_flag(raw, "trainer"),
        commute=_flag(raw, "commute"),
        manual=_flag(raw, "manual"),
        private=_flag(raw, "private") or raw.get("visibility") == "only_me",
        flagged=_flag(raw, "flagged"),
        start_hidden=start_local.time() == HIDDEN_START,
        device_name=_text(raw, "device_name"),
        external_id=_text(raw, "external_id"),
        detailed=raw.get("resource_state") == 3,
        splits=_splits(raw.get("splits_metric"), shows_heart),
        laps=_splits(raw.get("laps"), shows_heart),
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


# --- what an activity cannot do without ---------------------------------------------------------


def _sport_type(raw: Mapping[str, object]) -> str:
    """``sport_type``, or the older and coarser ``type``, which is all that old answers have."""
    word = _text(raw, "sport_type", 64) or _text(raw, "type", 64)
    if not word:
        raise ParseError("sport_type: missing")
    return word


def _start_at(raw: Mapping[str, object]) -> datetime:
    moment = _moment(raw, "start_date")
    if moment is None:
        raise ParseError("start_date: missing")
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _start_local(raw: Mapping[str, object], start_at: datetime) -> datetime:
    """The wall time: ``start_date_local``, whose Z is false, else worked out from the zone."""
    local = _moment(raw, "start_date_local")
    if local is not None:
        return local.replace(tzinfo=None)
    zone = _timezone(raw.get("timezone"))
    if zone:
        return start_at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    offset_s = _number(raw, "utc_offset")
    if offset_s is None or abs(offset_s) > 86_400:
        raise ParseError("start_date_local: missing, and no time zone to work it out")
    return (start_at + timedelta(seconds=offset_s)).replace(tzinfo=None)


def _moment(raw: Mapping[str, object], key: str) -> datetime | None:
    value = raw.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ParseError(f"{key}: not a date and time")
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise ParseError(f"{key}: not a date and time") from None
    if moment.year not in YEARS:
        raise ParseError(f"{key}: the year is out of range")
    return moment


def _times_s(raw: Mapping[str, object]) -> tuple[int, int]:
    """(moving, elapsed). Where only one of the two is known it stands for both."""
    moving, elapsed = _required(raw, "moving_time", MAX_TIME_S), _required(raw, "elapsed_time", MAX_TIME_S)
    known = elapsed if moving is None else moving
    if known is None:
        raise ParseError("moving_time: missing, and elapsed_time too")
    return int(known), int(known if elapsed is None else elapsed)


def _distance_m(raw: Mapping[str, object]) -> float:
    """Strength work, manual entries and treadmills may have none: 0.0."""
    return _required(raw, "distance", MAX_DISTANCE_M) or 0.0


def _required(raw: Mapping[str, object], key: str, most: float) -> float | None:
    """A number that must make sense where it is given; None only where it is not."""
    if raw.get(key) is None:
        return None
    value = _number(raw, key)
    if value is None:
        raise ParseError(f"{key}: not a number")
    if value < 0:
        raise ParseError(f"{key}: negative")
    if value > most:
        raise ParseError(f"{key}: out of range")
    return value


# --- what it can do without ---------------------------------------------------------------------


def _splits(value: object, shows_heart: bool) -> tuple[Split, ...]:
    """Kilometres or laps, in order; one that cannot be read is left out rather than costing the run."""
    items = value if isinstance(value, list) else []
    read = (_split(item, shows_heart) for item in items if isinstance(item, Mapping))
    return tuple(split for split in read if split is not None)


def _split(raw: Mapping[str, object], shows_heart: bool) -> Split | None:
    try:
        distance_m = _distance_m(raw)
        moving_time_s, elapsed_time_s = _times_s(raw)
    except ParseError:
        return None
    speed_mps = _not_negative(raw, "average_speed")
    if speed_mps is None:
        speed_mps = distance_m / moving_time_s if moving_time_s else 0.0
    return Split(
        distance_m=distance_m,
        moving_time_s=moving_time_s,
        elapsed_time_s=elapsed_time_s,
        average_speed_mps=speed_mps,
        elevation_difference_m=_number(raw, "elevation_difference"),
        grade_adjusted_speed_mps=_not_negative(raw, "average_grade_adjusted_speed"),
        average_heartrate_bpm=_positive(raw, "average_heartrate") if shows_heart else None,
    )


@lru_cache(maxsize=512)
def _zone_name(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found; not a zone's name; a folder, or too long for a file
        return ""
    return name


def _timezone(value: object) -> str:
    """``(GMT+01:00) Europe/Rome`` is Europe/Rome; the bracket is the zone's winter offset, not that day's."""
    if not isinstance(value, str) or not value.isascii():
        return ""
    name = value.rpartition(") ")[2].strip()
    return _zone_name(name) if name and len(name) <= 64 else ""


def _perceived_exertion(raw: Mapping[str, object]) -> float | None:
    value = _number(raw, "perceived_exertion")
    return value if value is not None and 1 <= value <= 10 else None


def _number(raw: Mapping[str, object], key: str) -> float | None:
    """A finite number of sensible size, also as a string; anything else says nothing."""
    value = raw.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and abs(number) <= MAX_NUMBER else None


def _not_negative(raw: Mapping[str, object], key: str) -> float | None:
    number = _number(raw, key)
    return number if number is not None and number >= 0 else None


def _positive(raw: Mapping[str, object], key: str) -> float | None:
    """A pulse or cadence; the zero of a sensor that lost contact says nothing."""
    number = _number(raw, key)
    return number if number is not None and number > 0 else None


def _whole(raw: Mapping[str, object], key: str) -> int | None:
    number = _number(raw, key)
    return int(number) if number is not None and number.is_integer() else None


def _flag(raw: Mapping[str, object], key: str) -> bool:
    value = raw.get(key)
    return value is True or (isinstance(value, str) and value.lower() == "true")


def _text(raw: Mapping[str, object], key: str, most: int = 255) -> str:
    """The text, cut to ``most`` characters, without what a database cannot store (NUL, lone surrogates)."""
    value = raw.get(key)
    if not isinstance(value, str):
        return ""
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")[:most].strip()
