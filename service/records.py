"""Activities out of records in Strava's field names, where anything may be odd. Pure.

What an activity can do without becomes None where it is odd; what it cannot do without raises, and the caller
decides what that costs. Positions are never read.
Fields: https://developers.strava.com/docs/reference/#api-models-SummaryActivity
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from service.domain.activity import Activity, Split

MAX_DISTANCE_M = 100_000_000
MAX_TIME_S = 366 * 86_400
MAX_NUMBER = 1e9
YEARS = range(1970, 9_998)  # room to add a time zone and a year-long activity without overflow
HIDDEN_START = time(0, 0, 1)  # Strava shows a hidden start as the day's first second


class ParseError(ValueError):
    """The item cannot be used. One line: the field and what is wrong with it, never its value."""


def activity(
    raw: Mapping[str, object],
    *,
    id: int,
    sport_type: str,
    start_at: datetime,
    start_local: datetime,
    distance_m: float,
    times_s: tuple[int, int],
) -> Activity:
    """The activity with all that ``raw`` says of it besides. ``times_s`` is (moving, elapsed)."""
    shows_heart = raw.get("heartrate_opt_out") is not True
    return Activity(
        id=id,
        sport_type=sport_type,
        start_at=start_at,
        start_local=start_local,
        distance_m=distance_m,
        moving_time_s=times_s[0],
        elapsed_time_s=times_s[1],
        name=text(raw, "name"),
        timezone=timezone(raw),
        elevation_gain_m=number(raw, "total_elevation_gain") or 0.0,
        average_speed_mps=not_negative(raw, "average_speed"),
        max_speed_mps=not_negative(raw, "max_speed"),
        average_heartrate_bpm=positive(raw, "average_heartrate") if shows_heart else None,
        max_heartrate_bpm=positive(raw, "max_heartrate") if shows_heart else None,
        average_cadence=positive(raw, "average_cadence"),
        suffer_score=not_negative(raw, "suffer_score"),
        workout_type=whole(raw, "workout_type"),
        perceived_exertion=_perceived_exertion(raw),
        trainer=flag(raw, "trainer"),
        commute=flag(raw, "commute"),
        manual=flag(raw, "manual"),
        private=flag(raw, "private") or raw.get("visibility") == "only_me",
        flagged=flag(raw, "flagged"),
        start_hidden=start_local.time() == HIDDEN_START,
        device_name=text(raw, "device_name"),
        external_id=text(raw, "external_id"),
        detailed=raw.get("resource_state") == 3,
        splits=_splits(raw.get("splits_metric"), shows_heart),
        laps=_splits(raw.get("laps"), shows_heart),
    )


# --- what an activity cannot do without: ParseError ---------------------------------------------


def sport_type(raw: Mapping[str, object]) -> str:
    """``sport_type``, or the older and coarser ``type``, which is all that old records have."""
    word = text(raw, "sport_type", 64) or text(raw, "type", 64)
    if not word:
        raise ParseError("sport_type: missing")
    return word


def moment(raw: Mapping[str, object], key: str) -> datetime | None:
    """As it is written, aware or not; None where nothing is."""
    value = raw.get(key)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ParseError(f"{key}: not a date and time")
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        raise ParseError(f"{key}: not a date and time") from None
    if read.year not in YEARS:
        raise ParseError(f"{key}: the year is out of range")
    return read


def start_of(wall: datetime, offset_s: float, *, is_utc: bool) -> tuple[datetime, datetime]:
    """(aware UTC, naive wall time) of a start that is told as one time; ``is_utc``: of a clock in UTC."""
    offset, naive = timedelta(seconds=offset_s), wall.replace(tzinfo=None)
    at = naive if is_utc else naive - offset
    return at.replace(tzinfo=UTC), at + offset


def times_s(raw: Mapping[str, object]) -> tuple[int, int]:
    """(moving, elapsed). Where only one of the two is known it stands for both."""
    moving, elapsed = required(raw, "moving_time", MAX_TIME_S), required(raw, "elapsed_time", MAX_TIME_S)
    known = elapsed if moving is None else moving
    if known is None:
        raise ParseError("moving_time: missing, and elapsed_time too")
    return int(known), int(known if elapsed is None else elapsed)


def distance_m(raw: Mapping[str, object]) -> float:
    """Strength work, manual entries and treadmills may have none: 0.0."""
    return required(raw, "distance", MAX_DISTANCE_M) or 0.0


def required(raw: Mapping[str, object], key: str, most: float) -> float | None:
    """A number that must make sense where it is given; None only where it is not."""
    if raw.get(key) is None:
        return None
    value = number(raw, key)
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
        length_m = distance_m(raw)
        moving_time_s, elapsed_time_s = times_s(raw)
    except ParseError:
        return None
    speed_mps = not_negative(raw, "average_speed")
    if speed_mps is None:
        speed_mps = length_m / moving_time_s if moving_time_s else 0.0
    return Split(
        distance_m=length_m,
        moving_time_s=moving_time_s,
        elapsed_time_s=elapsed_time_s,
        average_speed_mps=speed_mps,
        elevation_difference_m=number(raw, "elevation_difference"),
        grade_adjusted_speed_mps=not_negative(raw, "average_grade_adjusted_speed"),
        average_heartrate_bpm=positive(raw, "average_heartrate") if shows_heart else None,
    )


def timezone(raw: Mapping[str, object]) -> str:
    """``(GMT+01:00) Europe/Rome`` is Europe/Rome; the bracket is the zone's winter offset, not that day's."""
    value = raw.get("timezone")
    if not isinstance(value, str) or not value.isascii():
        return ""
    name = value.rpartition(") ")[2].strip()
    return _zone_name(name) if name and len(name) <= 64 else ""


@lru_cache(maxsize=512)
def _zone_name(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found; not a zone's name; a folder, or too long for a file
        return ""
    return name


def _perceived_exertion(raw: Mapping[str, object]) -> float | None:
    value = number(raw, "perceived_exertion")
    return value if value is not None and 1 <= value <= 10 else None


def number(raw: Mapping[str, object], key: str) -> float | None:
    """A finite number of sensible size, also as a string; anything else says nothing."""
    value = raw.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        read = float(value)
    except (ValueError, OverflowError):
        return None
    return read if math.isfinite(read) and abs(read) <= MAX_NUMBER else None


def not_negative(raw: Mapping[str, object], key: str) -> float | None:
    read = number(raw, key)
    return read if read is not None and read >= 0 else None


def positive(raw: Mapping[str, object], key: str) -> float | None:
    """A pulse or cadence; the zero of a sensor that lost contact says nothing."""
    read = number(raw, key)
    return read if read is not None and read > 0 else None


def runner_of(raw: Mapping[str, object]) -> str:
    """Whose record it is, as text; a file of one runner need not name them."""
    runner = raw.get("runner")
    return str(runner) if isinstance(runner, int | str) and str(runner).strip() else "runner"


def whole(raw: Mapping[str, object], key: str) -> int | None:
    read = number(raw, key)
    return int(read) if read is not None and read.is_integer() else None


def flag(raw: Mapping[str, object], key: str) -> bool:
    value = raw.get(key)
    return value is True or (isinstance(value, str) and value.lower() == "true")


def text(raw: Mapping[str, object], key: str, most: int = 255) -> str:
    """The text, cut to ``most`` characters, without what a database cannot store (NUL, lone surrogates)."""
    value = raw.get(key)
    if not isinstance(value, str):
        return ""
    return value.replace("\0", "").encode("utf-8", "replace").decode("utf-8")[:most].strip()
