"""From a watch's track to the fields Strava makes of it: totals, splits, laps, best efforts."""

import math
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from integrations.strava.sandbox.athlete import Athlete
from integrations.strava.sandbox.fields import RUNS
from integrations.strava.sandbox.shapes import Json, in_order, local_wall_time, start_of, utc_text
from integrations.strava.sandbox.track import STEP_S, Track

KM = 1000.0
MILE = 1609.344
BEST_EFFORTS = (
    ("400m", 400), ("1/2 mile", 805), ("1K", 1000), ("1 mile", 1609), ("2 mile", 3219), ("5K", 5000),
    ("10K", 10000), ("15K", 15000), ("10 mile", 16090), ("20K", 20000), ("Half-Marathon", 21097),
    ("30K", 30000), ("Marathon", 42195),
)  # fmt: skip
# Upper bounds of Strava's six pace zones, as shares of threshold speed.
PACE_ZONES = (0.775, 0.877, 0.943, 1.0, 1.034)


@dataclass(frozen=True, slots=True)
class Device:
    name: str
    power: bool = False  # newer watches report running power
    thermometer: bool = True


GARMIN = Device("Garmin Forerunner 255", power=True)


@dataclass(frozen=True, slots=True)
class Recording:
    """A tracked activity and the circumstances the track does not know."""

    name: str
    sport_type: str
    start_at: datetime
    track: Track
    device: Device = GARMIN
    indoor: bool = False
    laps: str = "km"  # "km": automatic laps; "stretch": the lap button at the end of every stretch
    cadence: float | None = 84.0  # steps of one leg a minute; turns of the crank
    temperature_c: int = 15
    threshold_mps: float = 3.6
    weight_kg: float = 64.0
    workout_type: int | None = None


def activity_of(recording: Recording, athlete: Athlete, activity_id: int, rng: random.Random) -> Json:
    """Return the activity's whole detail."""
    track, is_run = recording.track, recording.sport_type in RUNS
    splits = _splits(recording, KM) if is_run else []
    distance_m = round(sum(split["distance"] for split in splits), 1) if splits else round(_total_m(track), 1)
    known: Json = {
        "name": recording.name,
        "sport_type": recording.sport_type,
        "start_date": utc_text(recording.start_at),
        "distance": distance_m,
        "moving_time": track.moving_time_s,
        "elapsed_time": track.elapsed_time_s,
        "device_name": recording.device.name,
        "trainer": recording.indoor,
        "average_speed": round(distance_m / track.moving_time_s, 3),
        "max_speed": round(max(track.speed_mps) * rng.uniform(1.02, 1.12), 3),
        "kudos_count": rng.randrange(6),
    }
    if recording.workout_type is not None:
        known["workout_type"] = recording.workout_type
    known |= _ground(recording) | _sensors(recording, athlete.subscriber)
    activity = athlete.completed(known, activity_id, seed=rng.getrandbits(40))
    if is_run:
        activity |= {"splits_metric": splits, "splits_standard": _splits(recording, MILE)}
        activity["best_efforts"] = _best_efforts(activity, track)
        activity["available_zones"] = (["heartrate"] if activity["has_heartrate"] else []) + ["pace"]
    activity["laps"] = _laps(activity, recording)
    return in_order(activity)


def _total_m(track: Track) -> float:
    return track.distance_at(track.moving_time_s)


def _ground(recording: Recording) -> Json:
    if recording.indoor:
        return {"total_elevation_gain": 0}
    heights = recording.track.elevation_m
    climb_m = recording.track.climb_m(0, recording.track.moving_time_s)
    return {
        "total_elevation_gain": round(climb_m, 1),
        "elev_high": round(max(heights), 1),
        "elev_low": round(min(heights), 1),
    }


def _sensors(recording: Recording, subscriber: bool) -> Json:
    track, device, found = recording.track, recording.device, Json()
    if recording.cadence is not None:
        found["average_cadence"] = round(recording.cadence, 1)
    if device.thermometer:
        found["average_temp"] = recording.temperature_c
    if device.power and recording.sport_type in RUNS:
        found |= _running_power(track, recording.weight_kg)
    if track.heartrate_bpm:
        found["average_heartrate"] = round(track.mean_heartrate_bpm(0, track.moving_time_s), 1)
        found["max_heartrate"] = float(round(max(track.heartrate_bpm)))
        if subscriber:
            found["suffer_score"] = float(round(sum(map(_suffering, track.heartrate_bpm)) / 12))
    return found


def _suffering(heartrate_bpm: float) -> float:
    """Points a minute: next to none below 120 bpm, steep above 165, roughly as Relative Effort."""
    return 0.08 + math.pow(max(0.0, (heartrate_bpm - 110) / 62), 3.2)


def _running_power(track: Track, weight_kg: float) -> Json:
    """About 1.5 W per kg and m/s, as wrist watches show it."""
    mean_w = 1.5 * weight_kg * _total_m(track) / track.moving_time_s
    peak_w = 1.75 * weight_kg * max(track.speed_mps)
    return {
        "average_watts": round(mean_w, 1),
        "max_watts": round(peak_w),
        "weighted_average_watts": round(mean_w * 1.02),
        "device_watts": True,
        "kilojoules": round(mean_w * track.moving_time_s / 1000, 1),
    }


def _splits(recording: Recording, length_m: float) -> list[Json]:
    """One entry a kilometre (or mile), the last one shorter; each ends on the first second past its mark."""
    track = recording.track
    total_m, ends_s = _total_m(track), list[int]()
    while (mark_m := length_m * (len(ends_s) + 1)) < total_m - 15:
        ends_s.append(min(track.moving_time_s, int(track.time_at(mark_m)) + 1))
    splits = []
    for number, (begin_s, end_s) in enumerate(pairwise([0, *ends_s, track.moving_time_s]), start=1):
        distance_m = round(track.distance_at(end_s), 1) - round(track.distance_at(begin_s), 1)
        rise_m = 0.0 if recording.indoor else track.elevation_at(end_s) - track.elevation_at(begin_s)
        speed_mps = distance_m / (end_s - begin_s)
        split: Json = {
            "distance": round(distance_m, 1),
            "elapsed_time": end_s - begin_s + track.paused_s(begin_s, end_s),
            "elevation_difference": round(rise_m, 1),
            "moving_time": end_s - begin_s,
            "split": number,
            "average_speed": round(speed_mps, 2),
            "average_grade_adjusted_speed": round(speed_mps * (1 + 3.2 * rise_m / distance_m), 2),
        }
        if track.heartrate_bpm:
            split["average_heartrate"] = track.mean_heartrate_bpm(begin_s, end_s)
        split["pace_zone"] = _pace_zone(speed_mps / recording.threshold_mps)
        splits.append(split)
    return splits


def _pace_zone(share_of_threshold: float) -> int:
    return 1 + sum(share_of_threshold >= bound for bound in PACE_ZONES)


def _lap_ends_s(recording: Recording) -> Iterable[int]:
    track = recording.track
    if recording.laps == "stretch":
        return track.stretch_ends_s
    if recording.sport_type not in RUNS:
        return (track.moving_time_s,)
    marks = range(1, int(_total_m(track) // KM) + 1)
    inner = [round(track.time_at(mark * KM)) for mark in marks]
    return [*(end_s for end_s in inner if end_s < track.moving_time_s - 3), track.moving_time_s]


def _laps(activity: Json, recording: Recording) -> list[Json]:
    ends_s = _lap_ends_s(recording)
    parts = enumerate(pairwise([0, *ends_s]), start=1)
    return [_lap(activity, recording, index, begin_s, end_s) for index, (begin_s, end_s) in parts]


def _lap(activity: Json, recording: Recording, index: int, begin_s: int, end_s: int) -> Json:
    track = recording.track
    distance_m = round(track.distance_at(end_s) - track.distance_at(begin_s), 2)
    lap: Json = {
        **_part(activity, track, f"Lap {index}", index, begin_s, end_s),
        "distance": distance_m,
        "average_speed": round(distance_m / (end_s - begin_s), 2),
        "max_speed": round(track.max_speed_mps(begin_s, end_s) * 1.03, 3),
        "lap_index": index,
        "split": index,
        "start_index": begin_s,
        "end_index": end_s - 1,
        "total_elevation_gain": 0 if recording.indoor else round(track.climb_m(begin_s, end_s), 1),
        "device_watts": bool(activity.get("device_watts", False)),
    }
    if recording.cadence is not None:
        lap["average_cadence"] = round(recording.cadence, 1)
    if track.heartrate_bpm:
        lap["average_heartrate"] = round(track.mean_heartrate_bpm(begin_s, end_s), 1)
        lap["max_heartrate"] = float(round(track.max_heartrate_bpm(begin_s, end_s)))
    if recording.sport_type in RUNS:
        lap["pace_zone"] = _pace_zone(distance_m / (end_s - begin_s) / recording.threshold_mps)
    return lap


def _part(activity: Json, track: Track, name: str, number: int, begin_s: int, end_s: int) -> Json:
    """What laps and best efforts have in common."""
    after = timedelta(seconds=begin_s + track.paused_s(0, begin_s))
    return {
        "id": activity["id"] * 100 % 90_000_000_000 + number,
        "resource_state": 2,
        "name": name,
        "activity": {"id": activity["id"], "visibility": activity["visibility"], "resource_state": 1},
        "athlete": activity["athlete"],
        "elapsed_time": end_s - begin_s + track.paused_s(begin_s, end_s),
        "moving_time": end_s - begin_s,
        "start_date": utc_text(start_of(activity) + after),
        "start_date_local": f"{local_wall_time(activity['start_date_local']) + after:%Y-%m-%dT%H:%M:%SZ}",
    }


def _best_efforts(activity: Json, track: Track) -> list[Json]:
    """The fastest part of each well-known distance within the run."""
    efforts = list[Json]()
    for number, (name, length_m) in enumerate(BEST_EFFORTS, start=70):
        if length_m <= _total_m(track):
            begin_s, end_s = _fastest(track, length_m)
            effort = _part(activity, track, name, number, begin_s, end_s)
            places = {"start_index": begin_s, "end_index": end_s}
            efforts.append({**effort, "distance": length_m, "pr_rank": None, "achievements": [], **places})
    return efforts


def _fastest(track: Track, length_m: float) -> tuple[int, int]:
    """Return begin and end, seconds, of the quickest part of that length; it starts on a sample."""
    best, total_m = (0, track.moving_time_s), _total_m(track)
    for index, from_m in enumerate(track.distance_m):
        if from_m + length_m > total_m:
            break
        begin_s, end_s = index * STEP_S, round(track.time_at(from_m + length_m))
        if end_s - begin_s < best[1] - best[0]:
            best = (begin_s, end_s)
    return best
