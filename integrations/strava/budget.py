"""Strava's own count of our calls: read from its headers, and when it starts anew. Pure.

Two windows for the whole application: quarter hours from the full hour, and UTC days.
Source: https://developers.strava.com/docs/rate-limits/
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from service.ports import Usage

QUARTER = timedelta(minutes=15)
SLACK = timedelta(seconds=5)  # our clock and theirs differ a little; a call made too early counts as well


def usage(headers: Mapping[str, str]) -> Usage | None:
    """Return what the answer says, or None where it says nothing usable (token answers carry no counts).

    Four headers of the form ``quarter,day``; their spelling varies in case.
    """
    by_name = {name.lower(): value for name, value in headers.items()}
    limit = _pair(by_name.get("x-ratelimit-limit"))
    used = _pair(by_name.get("x-ratelimit-usage"))
    if limit is None or used is None or 0 in limit:
        return None
    read_limit = _pair(by_name.get("x-readratelimit-limit"))
    read_used = _pair(by_name.get("x-readratelimit-usage"))
    if read_limit is None or read_used is None or 0 in read_limit:
        return Usage(limit, used)
    return Usage(limit, used, read_limit, read_used)


def next_quarter(now: datetime) -> datetime:
    """The next :00, :15, :30 or :45; always later than ``now``."""
    utc = now.astimezone(UTC)
    return utc.replace(minute=utc.minute - utc.minute % 15, second=0, microsecond=0) + QUARTER


def next_utc_day(now: datetime) -> datetime:
    """The next 00:00 UTC; always later than ``now``."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def retry_at(counted: Usage | None, now: datetime) -> datetime:
    """When to try a refused call again: in the next UTC day if this one is used up, else the next quarter."""
    if counted is not None and _day_is_used_up(counted):
        return next_utc_day(now) + SLACK
    return next_quarter(now) + SLACK


def _day_is_used_up(counted: Usage) -> bool:
    if counted.used[1] >= counted.limit[1]:
        return True
    if counted.read_limit is None or counted.read_used is None:
        return False
    return counted.read_used[1] >= counted.read_limit[1]


def _pair(value: str | None) -> tuple[int, int] | None:
    parts = [part.strip() for part in (value or "").split(",")]
    if len(parts) != 2 or not all(part.isascii() and part.isdecimal() and len(part) < 10 for part in parts):
        return None
    return int(parts[0]), int(parts[1])
