"""What an athlete's own history says about speed, heart and habits; presets are made to measure from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from integrations.strava.sandbox.athlete import Athlete
from integrations.strava.sandbox.fields import RUNS
from integrations.strava.sandbox.shapes import Json, start_of

LOOK_BACK_D = 180
LEAST_RUNS = 5


@dataclass(frozen=True, slots=True)
class Ability:
    """Of the runs of the last half-year. The defaults stand for an unknown runner."""

    usual_mps: float = 2.8  # median of the average speeds
    quick_mps: float = 3.2  # their 90th percentile
    max_bpm: float = 188.0
    low_bpm: float = 138.0  # a tenth of the runs have a lower average heart rate
    low_peak_bpm: float = 150.0  # a tenth of the runs have a lower maximum
    usual_m: float = 8000.0  # median distance of the runs up to an hour
    usual_time_s: float = 2900.0
    climb_m_per_km: float = 6.0
    has_heart: bool = True


def ability_of(athlete: Athlete, now: datetime) -> Ability:
    runs = [run for run in athlete.newest_first() if _counts(run, now)]
    max_bpm = athlete.max_heartrate_bpm
    if len(runs) < LEAST_RUNS:
        return Ability(max_bpm=max_bpm, low_bpm=max_bpm * 0.73, low_peak_bpm=max_bpm * 0.8)
    speeds = [run["distance"] / run["moving_time"] for run in runs]
    hearts = [run for run in runs if run.get("average_heartrate") and run.get("max_heartrate")]
    short = [run for run in runs if run["moving_time"] <= 3600] or runs
    return Ability(
        usual_mps=median(speeds),
        quick_mps=_quantile(speeds, 0.9),
        max_bpm=max_bpm,
        low_bpm=_low(hearts, "average_heartrate", max_bpm * 0.74),
        low_peak_bpm=_low(hearts, "max_heartrate", max_bpm * 0.81),
        usual_m=median(run["distance"] for run in short),
        usual_time_s=median(run["moving_time"] for run in runs),
        climb_m_per_km=median(1000 * run["total_elevation_gain"] / run["distance"] for run in runs),
        has_heart=bool(hearts),
    )


def _counts(run: Json, now: datetime) -> bool:
    age = now - start_of(run)
    recent = timedelta() <= age <= timedelta(days=LOOK_BACK_D)
    return run["sport_type"] in RUNS and recent and run["distance"] >= 2000 and run["moving_time"] >= 600


def _low(runs: Sequence[Json], field: str, most: float) -> float:
    """A tenth of the runs are lower; at most ``most``, for a runner who knows no easy runs."""
    return min([most, _quantile([run[field] for run in runs], 0.1)] if runs else [most])


def _quantile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
