"""Ready-made activities that just ended, made to measure from the athlete's own history."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from integrations.strava.sandbox.ability import Ability, ability_of
from integrations.strava.sandbox.athlete import Athlete
from integrations.strava.sandbox.fields import RUNS
from integrations.strava.sandbox.recorded import GARMIN, Device, Recording, activity_of
from integrations.strava.sandbox.shapes import Json, default_name, utc_text
from integrations.strava.sandbox.track import Stretch, record
from integrations.strava.sandbox.world import World

ENDED_MINUTES_AGO = 12


@dataclass(frozen=True, slots=True)
class Sketch:
    """An activity before anybody has run it. ``course`` are further wishes to `track.record`."""

    stretches: list[Stretch]
    sport_type: str = "Run"
    name: str = ""  # Strava's own if empty
    laps: str = "km"
    workout_type: int | None = None
    course: Json = field(default_factory=dict)


def _easy_run(can: Ability) -> Sketch:
    """Slower than usual, level and low heart, even splits, the usual round."""
    speed = max(1.8, min(0.91 * can.usual_mps, 0.82 * can.quick_mps))
    distance_m = min(can.usual_m, speed * 50 * 60)
    heart_bpm = min(can.low_peak_bpm - 3, can.low_bpm + 6) - 5
    course: Json = {"climb_m_per_km": can.climb_m_per_km, "speed_noise": 0.012, "heart_noise_bpm": 1.2,
                    "drift_per_h": 0.01, "start_bpm": heart_bpm - 15}  # fmt: skip
    return Sketch([Stretch(distance_m, speed, heart_bpm)], course=course)


def _intervals(can: Ability) -> Sketch:
    """Four times 1000 m faster than the best runs, jogs between, the lap button pressed."""
    easy = 0.92 * can.usual_mps
    hard = Stretch(1000, 1.12 * can.quick_mps, can.max_bpm * 0.985)
    jog = Stretch(500, 0.72 * can.usual_mps, can.max_bpm * 0.76)
    warm_up, cool_down = Stretch(2000, easy, can.max_bpm * 0.76), Stretch(1500, easy, can.max_bpm * 0.78)
    course: Json = {"climb_m_per_km": 2.5, "heart_noise_bpm": 1.5, "speed_noise": 0.02}
    return Sketch([warm_up, *[hard, jog] * 4, cool_down], name="4 x 1000 m", laps="stretch", course=course)


def _long_run(can: Ability) -> Sketch:
    speed = 0.95 * can.usual_mps
    time_s = min(2.75 * 3600, max(97 * 60, 1.75 * can.usual_time_s))
    course: Json = {"climb_m_per_km": can.climb_m_per_km, "pauses": 2}
    return Sketch([Stretch(time_s * speed, speed, can.max_bpm * 0.77)], course=course)


def _race(can: Ability) -> Sketch:
    speed = 1.08 * can.quick_mps
    parts = ((2000, 1.02, 0.93), (6500, 0.99, 0.945), (1530, 1.05, 0.985))
    stretches = [Stretch(length_m, share * speed, heart * can.max_bpm) for length_m, share, heart in parts]
    course: Json = {"climb_m_per_km": 4.0, "start_bpm": 118, "heart_noise_bpm": 1.5, "speed_noise": 0.02}
    return Sketch(stretches, name="10 km race", workout_type=1, course=course)


def _ride(can: Ability) -> Sketch:
    course: Json = {"climb_m_per_km": 7.0, "speed_noise": 0.15, "pauses": 3}
    return Sketch([Stretch(27_000, 6.4, can.max_bpm * 0.68)], sport_type="Ride", course=course)


SKETCHES: dict[str, Callable[[Ability], Sketch]] = {
    "easy_run": _easy_run,
    "intervals": _intervals,
    "long": _long_run,
    "race": _race,
    "ride": _ride,
}
PRESETS = (*SKETCHES, "strength")


def finish(
    world: World, athlete_id: int, preset: str, *, ended_minutes_ago: float = ENDED_MINUTES_AGO,
    late_upload: float | None = None,
) -> Json:  # fmt: skip
    """Let the athlete have finished one of `PRESETS`; return the activity.

    ``late_upload`` is the minutes between its end and its appearance, for a watch that was not synchronised
    at once. Raises ValueError for an unknown preset, StravaError for an unknown athlete.
    """
    if preset not in PRESETS:
        raise ValueError(f"preset must be one of {', '.join(PRESETS)}")
    with world.lock:
        athlete, now = world.athlete(athlete_id), world.clock()
        rng = random.Random(world.rng.getrandbits(64))
        activity_id = world.next_activity_id()
        end_at = now - timedelta(minutes=ended_minutes_ago if late_upload is None else late_upload)
        if preset == "strength":
            known = _strength(athlete, end_at, activity_id, rng)
        else:
            known = _tracked(athlete, ability_of(athlete, now), preset, end_at, activity_id, rng)
    return world.add_activity(athlete_id, known)


def _tracked(
    athlete: Athlete, can: Ability, preset: str, end_at: datetime, activity_id: int, rng: random.Random
) -> Json:
    sketch = SKETCHES[preset](can)
    track = record(
        sketch.stretches, rng, heart=can.has_heart, ceiling_bpm=0.99 * can.max_bpm, **sketch.course
    )
    start_at = end_at - timedelta(seconds=track.elapsed_time_s)
    recording = Recording(
        name=sketch.name or default_name(sketch.sport_type, start_at.astimezone(ZoneInfo(athlete.zone))),
        sport_type=sketch.sport_type,
        start_at=start_at,
        track=track,
        device=_device(athlete),
        laps=sketch.laps,
        cadence=rng.uniform(81, 86) if sketch.sport_type in RUNS else rng.uniform(68, 80),
        temperature_c=rng.randrange(9, 22),
        threshold_mps=1.04 * can.quick_mps,
        weight_kg=athlete.weight_kg,
        workout_type=sketch.workout_type,
    )
    return activity_of(recording, athlete, activity_id, rng)


def _device(athlete: Athlete) -> Device:
    """The watch of the newest recorded run."""
    for activity in athlete.newest_first():
        if activity["sport_type"] in RUNS and activity.get("device_name"):
            return Device(activity["device_name"], "average_watts" in activity, "average_temp" in activity)
    return GARMIN


def _strength(athlete: Athlete, end_at: datetime, activity_id: int, rng: random.Random) -> Json:
    elapsed_s = 35 * 60 + rng.randrange(-120, 120)
    start_at = end_at - timedelta(seconds=elapsed_s)
    known: Json = {
        "name": default_name("WeightTraining", start_at.astimezone(ZoneInfo(athlete.zone))),
        "sport_type": "WeightTraining",
        "start_date": utc_text(start_at),
        "elapsed_time": elapsed_s,
        "trainer": True,
        "device_name": _device(athlete).name,
        "max_speed": 0.0, "elev_high": 0.0, "elev_low": 0.0, "average_temp": rng.randrange(18, 24),
        "average_heartrate": round(athlete.max_heartrate_bpm * rng.uniform(0.5, 0.58), 1),
        "max_heartrate": float(round(athlete.max_heartrate_bpm * 0.78)),
    }  # fmt: skip
    if athlete.subscriber:
        known["suffer_score"] = float(rng.randrange(8, 20))
    return athlete.completed(known, activity_id)
