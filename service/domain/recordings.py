"""Recordings in time: two of the same run count once, and files with short breaks between are one effort."""

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from service.domain.activity import Activity

MOST_HOURS = 48  # a watch that was not stopped
DUPLICATE_SHARE = 0.5


def length(activity: Activity) -> timedelta:
    """From start to end, breaks included; zero for a length that makes no sense."""
    seconds = max(activity.elapsed_time_s, activity.moving_time_s)
    if not math.isfinite(seconds) or seconds < 0:
        return timedelta()
    return timedelta(seconds=min(seconds, MOST_HOURS * 3600))


def ended_at(activity: Activity) -> datetime:
    return activity.start_at + length(activity)


def without_duplicates(
    activities: Iterable[Activity],
    overlap_share: float = DUPLICATE_SHARE,
    load: Callable[[Activity], float] = lambda _activity: 0.0,
) -> tuple[Activity, ...]:
    """Oldest first; of recordings of one sport that overlap (watch and phone), only the one that says most.

    Where ``load`` ranks them, the heavier one is believed first: a wrong "easy" would ask on a hard day.
    Recordings whose hour is hidden are all kept: their overlap is not known.
    """
    kept: list[Activity] = []
    running: list[int] = []  # places in ``kept`` that have not ended when the next one starts
    for activity in sorted(activities, key=lambda each: (each.start_at, each.id)):
        running = [place for place in running if ended_at(kept[place]) > activity.start_at]
        twin = next((place for place in running if _same(kept[place], activity, overlap_share)), None)
        if twin is not None:
            kept[twin] = max(kept[twin], activity, key=lambda each: (load(each), _says(each)))
        else:
            kept.append(activity)
            if not activity.start_hidden:
                running.append(len(kept) - 1)
    return tuple(kept)


def efforts(runs: Sequence[Activity], break_below: timedelta) -> tuple[tuple[Activity, ...], ...]:
    """Group runs, oldest first, that follow each other with breaks shorter than ``break_below``."""
    groups: list[list[Activity]] = []
    for run in runs:
        last = groups[-1] if groups else None
        joined = (
            last is not None
            and not run.start_hidden
            and not last[-1].start_hidden
            and run.start_at - max(map(ended_at, last)) < break_below
        )
        if last is not None and joined:
            last.append(run)
        else:
            groups.append([run])
    return tuple(map(tuple, groups))


def same_time(one: Activity, other: Activity, overlap_share: float = DUPLICATE_SHARE) -> bool:
    """Whether they overlap by that share of the shorter; nobody runs twice at once. Not by name or route."""
    if one.start_hidden or other.start_hidden:
        return False
    overlap = min(ended_at(one), ended_at(other)) - max(one.start_at, other.start_at)
    shorter = min(length(one), length(other))
    return shorter > timedelta() and overlap >= overlap_share * shorter


def _same(one: Activity, other: Activity, overlap_share: float) -> bool:
    same_sport = one.sport_type == other.sport_type or (one.is_run and other.is_run)
    return same_sport and same_time(one, other, overlap_share)


def _says(activity: Activity) -> tuple[bool, bool, float]:
    return (activity.average_heartrate_bpm is not None, activity.detailed, activity.distance_m)
