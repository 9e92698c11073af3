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
from service.domain.effort import Confidence, Judged, RunKind, Verdict, judge_next
from service.domain.form import Form
from service.domain.rules import Rules, parse_rules
from service.domain.titles import WordRules, parse_words
from service.domain.told import NOTHING_TOLD, Told

CONFIG = Path(__file__).parents[1] / "config"


@cache
def the_words() -> WordRules:
    """The words of titles, as shipped."""
    return parse_words(tomllib.loads((CONFIG / "titles.toml").read_text(encoding="utf-8")))


@cache
def the_rules() -> Rules:
    """The product's own rules, as shipped."""
    return parse_rules(tomllib.loads((CONFIG / "rules.toml").read_text(encoding="utf-8")), the_words())


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


# How strenuous ten runs in a row are, from 0 to 1: most are gentle.
TEN_RUNS = (0.1, 0.3, 0.0, 0.9, 0.2, 0.4, 0.1, 1.0, 0.3, 0.5)
QUICK_MPS = 3.5  # what the hardest of them are run at
HIGHEST_BPM = 190.0


def mixed_history(
    runs: int = 60, *, hr: bool = True, before: str = "2030-05-06 07:00"
) -> tuple[Activity, ...]:
    """A run every other day, oldest first: 70 to 90 % of 190 beats a minute at 78 to 100 % of 3.5 m/s.

    No two alike, no distance twice, flat.
    """
    end = datetime.fromisoformat(before)
    return tuple(
        _mixed_run(TEN_RUNS[number % 10], number, end - timedelta(days=2 * (runs - number)), hr)
        for number in range(runs)
    )


def _mixed_run(strain: float, number: int, start: datetime, hr: bool) -> Activity:
    by_a_little = (number * 7 % 13) / 13 - 0.5  # of its own each time
    strain += 0.04 * by_a_little
    minutes = 50 + 8 * by_a_little
    average = (0.70 + 0.20 * strain) * HIGHEST_BPM
    metres = (0.78 + 0.22 * strain) * QUICK_MPS * minutes * 60
    return a_run(
        km=metres / 1000,
        minutes=minutes,
        hr=average if hr else None,
        max_hr=average + (0.10 + 0.08 * by_a_little) * HIGHEST_BPM if hr else None,
        start=start.isoformat(" "),
    )


def form_after(runs: Iterable[Activity], told: Told = NOTHING_TOLD) -> Form:
    """The form of a runner who has run these, in the order of time."""
    form = Form(the_rules(), told)
    for run in sorted(runs, key=lambda each: each.start_at):
        judge_next(run, form)
    return form


def judged(run: Activity, past: Iterable[Activity], told: Told = NOTHING_TOLD) -> Verdict:
    """What is said of ``run`` after ``past``."""
    return judge_next(run, form_after(past, told))


def a_judged(activity: Activity, kind: RunKind | None = None) -> Judged:
    """``kind`` for a run; a verdict that says no more than that."""
    if kind is None:
        return Judged(activity, None)
    p_easy = 0.9 if kind in (RunKind.EASY, RunKind.LONG) else 0.1
    return Judged(activity, Verdict(kind, Confidence.MEDIUM, p_easy, 0.0, ()))
