"""Small things for tests to stand on. Hours are wall time in ``zone``; ids follow from the start."""

import tomllib
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from service.domain.activity import Activity, Split
from service.domain.effort import Confidence, Judged, RunKind, Verdict
from service.domain.rules import Rules, parse_rules

CONFIG = Path(__file__).parents[1] / "config"


@cache
def the_rules() -> Rules:
    """The product's own rules, as shipped."""
    return parse_rules(tomllib.loads((CONFIG / "rules.toml").read_text(encoding="utf-8")))


def an_activity(
    sport: str = "Workout",
    *,
    minutes: float = 45,
    km: float = 0.0,
    hr: float | None = None,
    max_hr: float | None = None,
    start: str = "2030-05-06 07:00",
    zone: str = "Europe/Rome",
    **more: Any,
) -> Activity:
    """``more``: any field of Activity, as it is called there."""
    local = datetime.fromisoformat(start)
    at = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    activity = Activity(
        id=int(at.timestamp()),
        sport_type=sport,
        start_at=at,
        start_local=local,
        timezone=zone,
        distance_m=km * 1000,
        moving_time_s=round(minutes * 60),
        elapsed_time_s=round(minutes * 60),
        average_heartrate_bpm=hr,
        max_heartrate_bpm=max_hr if max_hr is not None or hr is None else hr + 14,
    )
    return replace(activity, **more)


def a_run(km: float = 8.0, minutes: float = 48.0, sport: str = "Run", **more: Any) -> Activity:
    return an_activity(sport, km=km, minutes=minutes, **more)


def a_ride(km: float = 25.0, minutes: float = 60.0, sport: str = "Ride", **more: Any) -> Activity:
    return an_activity(sport, km=km, minutes=minutes, **more)


def kilometres(paces_s: Iterable[float], hr: float | None = None) -> tuple[Split, ...]:
    """Flat kilometres run in so many seconds each."""
    return tuple(a_lap(1000, pace, hr) for pace in paces_s)


def a_lap(metres: float, seconds: float, hr: float | None = None, climb_m: float | None = None) -> Split:
    return Split(
        distance_m=metres,
        moving_time_s=round(seconds),
        elapsed_time_s=round(seconds),
        average_speed_mps=metres / seconds,
        elevation_difference_m=climb_m,
        average_heartrate_bpm=hr,
    )


def steady_history(
    *,
    weeks: int = 12,
    before: str = "2030-05-06",
    hour: str = "07:00",
    hr: bool = True,
    zone: str = "Europe/Rome",
) -> tuple[Activity, ...]:
    """Whole weeks up to the day ``before``, oldest first: Tue and Thu easy, Wed brisk, Sat long."""
    week = (  # weekday, km, minutes, average, highest
        (1, 8.0, 48.0, 136.0, 150.0),
        (2, 10.0, 46.0, 168.0, 184.0),
        (3, 8.5, 52.0, 138.0, 152.0),
        (5, 16.0, 100.0, 144.0, 160.0),
    )
    monday = date.fromisoformat(before) - timedelta(days=date.fromisoformat(before).weekday())
    return tuple(
        a_run(
            km=km,
            minutes=minutes,
            hr=average if hr else None,
            max_hr=highest if hr else None,
            start=f"{monday + timedelta(days=weekday - 7 * ago)} {hour}",
            zone=zone,
        )
        for ago in range(weeks, 0, -1)
        for weekday, km, minutes, average, highest in week
    )


def a_judged(activity: Activity, kind: RunKind | None = None) -> Judged:
    """``kind`` for a run; a verdict that says no more than that."""
    if kind is None:
        return Judged(activity, None)
    p_easy = 0.9 if kind in (RunKind.EASY, RunKind.LONG) else 0.1
    return Judged(activity, Verdict(kind, Confidence.MEDIUM, p_easy, 0.0, ()))
