"""What one recording says, measured and checked; no comparison yet. None: not recorded, or not believed."""

import math
from dataclasses import dataclass

from service.domain.activity import Activity, Split
from service.domain.rules import EffortSpeedRules, Rules, ValidRules
from service.domain.structure import NO_STRUCTURE, Structure, add_up, climb_m_per_km, read_structure
from service.domain.titles import Title, read_title

NO_TITLE = Title()


@dataclass(slots=True)
class Signs:
    run: Activity
    start_s: float  # since 1970
    end_s: float
    day: int  # the local day's ordinal
    minutes: float  # moving
    speed_mps: float | None
    effort_mps: float | None  # with hills and length counted in
    heart_bpm: float | None
    peak_bpm: float | None
    swing_share: float | None  # how far the average lay below the highest heart rate
    first_hour: bool  # the average is that of the first hour
    steps_per_minute: float | None  # both legs
    top_mps: float | None
    load_per_hour: float | None
    climb_m_per_km: float | None
    moving_share: float | None
    structure: Structure
    rated: float | None  # 1 to 10
    title: Title


def read_signs(run: Activity, rules: Rules) -> Signs:
    """Of a run whose times and distance make sense; see ``effort.unreadable``."""
    valid = rules.physiology.valid
    start_s, moving_s = run.start_at.timestamp(), float(run.moving_time_s)
    elapsed_s = max(float(run.elapsed_time_s), moving_s)
    speed = run.distance_m / moving_s if moving_s > 0 and run.distance_m > 0 else None
    heart_bpm, peak_bpm, first_hour = _heart(run, rules)
    return Signs(
        run=run,
        start_s=start_s,
        end_s=start_s + elapsed_s,
        day=run.start_local.toordinal(),
        minutes=moving_s / 60,
        speed_mps=speed,
        effort_mps=_effort_mps(run, speed, rules.physiology.effort, valid),
        heart_bpm=heart_bpm,
        peak_bpm=peak_bpm,
        swing_share=1 - heart_bpm / peak_bpm if heart_bpm and peak_bpm else None,
        first_hour=first_hour,
        steps_per_minute=_steps_per_minute(run),
        top_mps=_top_mps(run, speed, valid),
        load_per_hour=run.suffer_score / moving_s * 3600
        if run.suffer_score and 0 < run.suffer_score < math.inf and moving_s > 0
        else None,
        climb_m_per_km=_climb_m_per_km(run, valid),
        moving_share=moving_s / elapsed_s if elapsed_s > 0 else None,
        structure=read_structure(run, rules) if run.splits or run.laps else NO_STRUCTURE,
        rated=within(run.perceived_exertion, (1.0, 10.0)),
        title=read_title(run.name, rules.words) if run.name else NO_TITLE,
    )


def within(value: float | None, bounds: tuple[float, float]) -> float | None:
    return value if value is not None and bounds[0] <= value <= bounds[1] else None


def _climb_m_per_km(run: Activity, valid: ValidRules) -> float | None:
    if run.manual or not run.distance_m > 0:
        return None
    climb = climb_m_per_km(run)
    return climb if climb <= valid.climb_m_per_km else None


def _effort_mps(run: Activity, speed: float | None, own: EffortSpeedRules, valid: ValidRules) -> float | None:
    if speed is None or run.manual or within(speed, valid.speed_mps) is None:
        return None
    if run.moving_time_s < own.least_minutes * 60 or run.distance_m < own.least_m:
        return None
    climb = min(own.climb_most_share, (_climb_m_per_km(run, valid) or 0.0) / 1000)
    hours = max(run.moving_time_s / 3600, own.length_from_minutes / 60)
    return float(speed * (1 + own.climb_weight * climb) * hours**own.length_exponent)


def _steps_per_minute(run: Activity) -> float | None:
    """Some recordings count both legs already."""
    cadence = run.average_cadence
    if cadence is None or not 0 < cadence < math.inf:
        return None
    return cadence if cadence > 120 else 2 * cadence


def _top_mps(run: Activity, speed: float | None, valid: ValidRules) -> float | None:
    top = within(run.max_speed_mps, valid.top_speed_mps)
    if top is None or speed is None or not speed <= top <= valid.top_speed_over_average * speed:
        return None
    return top


def _heart(run: Activity, rules: Rules) -> tuple[float | None, float | None, bool]:
    """Average, highest, and whether the average is of the first hour, before heat and thirst raise it."""
    valid = rules.physiology.valid.heart_bpm
    average = within(run.average_heartrate_bpm, valid)
    if average is None:
        return None, None, False
    peak = within(run.max_heartrate_bpm, (average, valid[1]))
    long_enough = run.moving_time_s > rules.effort.heart.first_hour_from_minutes * 60
    metres = (split.distance_m for split in run.splits)
    if run.splits and long_enough and add_up(metres, run, rules.effort.structure):
        steady = _first_hour_bpm(run.splits, valid)
        if steady:
            return steady, peak if peak and peak >= steady else None, True
    return average, peak, False


def _first_hour_bpm(splits: tuple[Split, ...], valid: tuple[float, float]) -> float | None:
    """Mean from the second kilometre to the first hour; ``None`` without heart rates in the splits."""
    beats = seconds = passed_s = 0.0
    for split in splits:
        if not split.moving_time_s > 0 or passed_s + split.moving_time_s > 3600:
            break
        rate = within(split.average_heartrate_bpm, valid)
        if passed_s and rate:
            beats += rate * split.moving_time_s
            seconds += split.moving_time_s
        passed_s += split.moving_time_s
    return beats / seconds if seconds else None
