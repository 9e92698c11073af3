"""What a runner's earlier runs say about their body: highest heart rate, threshold speed, usual run.

All a judgement needs from the past is one ``Baseline``, so that judging costs the same after ten years as
after one: whoever feeds it decides how it is kept up to date.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from service.domain.activity import Activity
from service.domain.rules import HeartMaxRules, PhysiologyRules, Rules, ThresholdRules, ValidRules
from service.domain.structure import Pattern, pattern, read_structure, run_speed_mps

HOUR_S = 3600.0


class Confidence(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class HeartMaxFrom(StrEnum):
    """Where the figure comes from, so that the words can say how far to trust it."""

    RUNNER = "runner"
    RUNS = "runs"
    ZONES = "zones"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class HeartRateZones:
    """Upper bounds of the first four of five zones, ascending."""

    upper_bpm: tuple[float, float, float, float]
    custom: bool  # the runner set them; else the platform derived them from a highest heart rate


@dataclass(frozen=True, slots=True)
class Offsets:
    """How far the runner's corrections have moved their own limits; positive lets more count as easy."""

    heart_share: float = 0.0
    pace_share: float = 0.0
    split_share: float = 0.0


NO_OFFSETS = Offsets()


@dataclass(frozen=True, slots=True)
class HeartMax:
    bpm: float
    confidence: Confidence
    source: HeartMaxFrom = HeartMaxFrom.RUNS
    spiky: bool = False  # the sensor's peaks are not to be trusted
    runs: int = 0  # how many runs it was read from


@dataclass(frozen=True, slots=True)
class Threshold:
    """Speed that could be held for about an hour."""

    speed_mps: float
    spread: float  # that over the usual speed; near 1 the runner has but one pace
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Baseline:
    """The runner just before a moment. ``None`` means not enough runs to say."""

    runs: int
    recent_runs: int  # last 60 days
    heart_max: HeartMax
    threshold: Threshold | None = None
    median_speed_mps: float | None = None  # hills taken out, last 180 days
    median_duration_s: float | None = None  # last 42 days
    duration_runs: int = 0  # how many runs that median is from
    longest_14d_s: float | None = None
    heart_easy_share: float | None = None  # the runner's own upper end of easy, from zones they set
    gentle_share: float | None = None  # only where all runs are brisk: up to here is gentle for this runner
    offsets: Offsets = NO_OFFSETS


@dataclass(frozen=True, slots=True)
class Trace:
    """What is kept of an earlier run."""

    at: datetime
    moving_time_s: float
    heart_bpm: float | None
    peak_bpm: float | None  # as recorded, spikes included
    sustained_bpm: float | None  # best kilometre or longer lap
    steps_per_minute: float | None
    speed_mps: float | None  # hills taken out; None on a treadmill or typed in
    race: bool
    demanding: bool  # race, tagged workout, or fast and slow parts


def baseline(
    past: Iterable[Activity],
    at: datetime,
    rules: Rules,
    *,
    zones: HeartRateZones | None = None,
    offsets: Offsets = NO_OFFSETS,
    heart_max_bpm: float | None = None,
) -> Baseline:
    """Sum up the runs of ``past`` (any order, any sport) that started before ``at``.

    ``heart_max_bpm`` is what the runner says it is, and wins.
    """
    found = (trace(run, rules) for run in past if run.is_run and run.start_at < at)
    traces = sorted((each for each in found if each), key=lambda each: each.at)
    return sum_up(traces, at, rules, zones=zones, offsets=offsets, heart_max_bpm=heart_max_bpm)


def sum_up(
    traces: Sequence[Trace],
    at: datetime,
    rules: Rules,
    *,
    zones: HeartRateZones | None = None,
    offsets: Offsets = NO_OFFSETS,
    heart_max_bpm: float | None = None,
) -> Baseline:
    """The same from traces, oldest first, all before ``at``; looks back a year at most."""
    own, window = rules.physiology, rules.physiology.window
    usual = _since(traces, at, window.usual_speed_days)
    threshold = threshold_speed(_since(traces, at, own.threshold.window_days), at, own.threshold)
    heart_runs = _since(traces, at, own.heart_max.window_days)
    heart_max = highest_heart_rate(heart_runs, threshold, own, zones=zones, said_bpm=heart_max_bpm)
    durations = [each.moving_time_s for each in _since(traces, at, window.usual_duration_days)]
    return Baseline(
        runs=len(traces),
        recent_runs=len(_since(traces, at, window.recent_runs_days)),
        heart_max=heart_max,
        threshold=threshold,
        median_speed_mps=_median([t.speed_mps for t in usual if t.speed_mps], own.threshold.least_runs),
        median_duration_s=_median(durations, 1),
        duration_runs=len(durations),
        longest_14d_s=max((t.moving_time_s for t in _since(traces, at, window.longest_days)), default=None),
        heart_easy_share=_own_ceiling(zones, heart_max.bpm, own.heart_max),
        gentle_share=_gentle_share(heart_runs, heart_max.bpm, threshold, own),
        offsets=offsets,
    )


# --- one run ---------------------------------------------------------------------------------


def trace(run: Activity, rules: Rules) -> Trace | None:
    """What this run teaches about its runner; ``None`` where it is too short or makes no sense."""
    label, valid = rules.effort.label, rules.physiology.valid
    minutes = run.moving_time_s / 60
    if not label.least_minutes <= minutes <= label.most_hours * 60:  # also False for NaN
        return None
    if not (math.isfinite(run.distance_m) and run.distance_m >= 0):
        return None
    race = run.workout_type == 1
    return Trace(
        at=run.start_at,
        moving_time_s=float(run.moving_time_s),
        heart_bpm=within(run.average_heartrate_bpm, valid.heart_bpm),
        peak_bpm=run.max_heartrate_bpm if run.max_heartrate_bpm and run.max_heartrate_bpm > 0 else None,
        sustained_bpm=_sustained_bpm(run, rules),
        steps_per_minute=steps_per_minute(run),
        speed_mps=speed_mps(run, rules),
        race=race,
        demanding=race or run.workout_type == 3 or _alternates(run, rules),
    )


def speed_mps(run: Activity, rules: Rules) -> float | None:
    """Speed with the hills taken out, where it was measured and a runner can have run it."""
    if run.trainer or run.manual:
        return None
    return within(run_speed_mps(run, rules.physiology.grade), rules.physiology.valid.speed_mps)


def steps_per_minute(run: Activity) -> float | None:
    """Both legs; some recordings count both already."""
    cadence = run.average_cadence
    if cadence is None or not 0 < cadence < math.inf:
        return None
    return cadence if cadence > 120 else 2 * cadence


def within(value: float | None, bounds: tuple[float, float]) -> float | None:
    return value if value is not None and bounds[0] <= value <= bounds[1] else None


def _alternates(run: Activity, rules: Rules) -> bool:
    if not (run.splits or run.laps):
        return False
    structure = read_structure(run, rules.physiology.grade, rules.effort.structure)
    return pattern(structure, rules.effort.structure) is not Pattern.STEADY


def _sustained_bpm(run: Activity, rules: Rules) -> float | None:
    least_m, least_s = rules.effort.structure.split_least_m, rules.physiology.heart_max.sustained_lap_s
    long_enough = [split for split in run.splits if split.distance_m >= least_m]
    long_enough += [lap for lap in run.laps if lap.moving_time_s >= least_s]
    rates = (within(piece.average_heartrate_bpm, rules.physiology.valid.heart_bpm) for piece in long_enough)
    return max((rate for rate in rates if rate), default=None)


# --- highest heart rate ----------------------------------------------------------------------


def highest_heart_rate(
    traces: Sequence[Trace],
    threshold: Threshold | None,
    rules: PhysiologyRules,
    *,
    zones: HeartRateZones | None = None,
    said_bpm: float | None = None,
) -> HeartMax:
    """Estimate it from what was reached, guarded against spikes, and from an assumption until then."""
    own, valid = rules.heart_max, rules.valid
    if within(said_bpm, valid.heart_bpm):
        return HeartMax(float(said_bpm or 0.0), Confidence.HIGH, HeartMaxFrom.RUNNER)
    derived = zones is not None and not zones.custom
    assumed = zones.upper_bpm[3] / own.zone5_share if zones and derived else own.assumed_bpm
    source = HeartMaxFrom.ZONES if derived else HeartMaxFrom.ASSUMED
    runs = [each for each in traces if _counts_for_peak(each, threshold, own, valid)]
    if len(runs) < own.least_runs:
        return HeartMax(round(assumed), Confidence.LOW, source)
    spiky = _is_spiky(traces, own)
    observed = _observed_bpm(runs, spiky, assumed, own)
    hard_runs = sum(run.demanding for run in runs)
    weight = min(1.0, hard_runs / own.hard_runs) * min(1.0, len(runs) / own.full_runs)
    if observed >= assumed:
        estimate, source = observed, HeartMaxFrom.RUNS
    else:  # a bound from below until the runner has run hard
        estimate = weight * observed + (1 - weight) * assumed
        source = HeartMaxFrom.RUNS if weight >= own.high_weight else source
    confidence = _peak_confidence(weight, derived or len(runs) >= own.medium_runs, spiky, own)
    return HeartMax(round(estimate), confidence, source, spiky, len(runs))


def _counts_for_peak(each: Trace, threshold: Threshold | None, own: HeartMaxRules, valid: ValidRules) -> bool:
    return (
        each.heart_bpm is not None
        and within(each.peak_bpm, valid.heart_bpm) is not None
        and each.moving_time_s >= own.least_minutes * 60
        and not is_cadence_locked(each.heart_bpm, each.steps_per_minute, each.speed_mps, threshold, own)
    )


def is_cadence_locked(
    heart_bpm: float,
    steps: float | None,
    speed: float | None,
    threshold: Threshold | None,
    own: HeartMaxRules,
) -> bool:
    """A wrist sensor that counts steps: the heart rate equals the cadence although the pace is gentle."""
    if steps is None or speed is None or threshold is None:
        return False
    gentle = speed <= own.cadence_lock_pace_share * threshold.speed_mps
    return gentle and abs(heart_bpm - steps) <= own.cadence_lock_bpm


def _is_spiky(traces: Sequence[Trace], own: HeartMaxRules) -> bool:
    """Peaks far above the average on too many runs are the sensor's, not the heart's."""
    ratios = [
        each.peak_bpm / each.heart_bpm
        for each in traces
        if each.peak_bpm and each.heart_bpm and each.moving_time_s >= own.top_minutes * 60
    ]
    high = sum(1 for ratio in ratios if ratio > own.spiky_peak_ratio)
    return len(ratios) >= own.spiky_runs and high > own.spiky_share * len(ratios)


def _observed_bpm(runs: Sequence[Trace], spiky: bool, assumed_bpm: float, own: HeartMaxRules) -> float:
    """Highest heart rate reached, as far as sustained heart rates back it."""
    least_s = own.top_minutes * 60
    averages = sorted(run.heart_bpm or 0.0 for run in runs if run.moving_time_s >= least_s)[-3:]
    top3 = sum(averages) / len(averages) if averages else None
    sustained = max((run.sustained_bpm for run in runs if run.sustained_bpm), default=None)
    peak = top3 / own.spiky_top3_share if spiky and top3 else _peak_bpm(runs, own)
    floors = [peak] + ([top3 / own.top3_share[1]] if top3 else [])
    floors += [sustained / own.sustained_share[1]] if sustained else []
    roofs = ([top3 / own.top3_share[0]] if top3 else []) + (
        [sustained / own.sustained_share[0]] if sustained else []
    )
    observed = min([max(floors), *roofs])
    backed = sustained is not None and (
        sustained / own.sustained_share[1] > assumed_bpm + own.sustained_over_assumed_bpm
    )
    return observed if backed else min(observed, assumed_bpm + own.over_assumed_bpm)


def _peak_bpm(runs: Sequence[Trace], own: HeartMaxRules) -> float:
    """Never the very highest alone: the value below the percentile, not one drawn up by a single spike."""
    peaks = sorted(run.peak_bpm or 0.0 for run in runs)
    if len(peaks) < own.percentile_runs:
        return peaks[-2]
    return peaks[math.floor((len(peaks) - 1) * own.percentile / 100)]


def _peak_confidence(weight: float, some: bool, spiky: bool, own: HeartMaxRules) -> Confidence:
    if spiky:
        return Confidence.LOW
    if weight >= own.high_weight:
        return Confidence.HIGH
    return Confidence.MEDIUM if some else Confidence.LOW


def _own_ceiling(zones: HeartRateZones | None, heart_max_bpm: float, own: HeartMaxRules) -> float | None:
    """Zones a runner set by hand say where easy ends for them, unless that is out of any range."""
    if zones is None or not zones.custom:
        return None
    return within(zones.upper_bpm[1] / heart_max_bpm, own.zone2_trusted_share)


# --- threshold speed and the usual run --------------------------------------------------------


def threshold_speed(traces: Sequence[Trace], at: datetime, own: ThresholdRules) -> Threshold | None:
    """Second best of all runs brought to one hour by Riegel's exponent: one GPS error does not count."""
    hourly = [
        (each, each.speed_mps * (each.moving_time_s / HOUR_S) ** own.fatigue_exponent)
        for each in traces
        if each.speed_mps and own.minutes[0] * 60 <= each.moving_time_s <= own.minutes[1] * 60
    ]
    if len(hourly) < own.least_runs:
        return None
    speeds = sorted(speed for _, speed in hourly)
    spread = speeds[-2] / percentile(speeds, 50)
    raced = any(each.race and each.at >= at - timedelta(days=own.race_days) for each, _ in hourly)
    if raced and spread >= own.high_spread:
        confidence = Confidence.HIGH
    elif len(hourly) >= own.medium_runs and spread >= own.medium_spread:
        confidence = Confidence.MEDIUM
    else:
        confidence = Confidence.LOW
    return Threshold(speeds[-2], spread, confidence)


def _gentle_share(
    traces: Sequence[Trace], heart_max_bpm: float, threshold: Threshold | None, rules: PhysiologyRules
) -> float | None:
    """Share of the highest heart rate up to which a run is gentle for a runner whose runs are all brisk."""
    own = rules.relative
    if threshold is None or threshold.spread >= own.one_pace_spread:
        return None
    shares = [each.heart_bpm / heart_max_bpm for each in traces if each.heart_bpm]
    last = shares[-own.brisk_of_last :]
    brisk = sum(1 for share in last if share > own.brisk_share)
    if len(last) < own.brisk_least_runs or brisk < own.brisk_runs_share * len(last):
        return None
    return percentile(sorted(shares[-own.gentle_of_last :]), own.gentle_percentile)


def percentile(ordered: Sequence[float], percent: float) -> float:
    """Of ascending values, interpolated; raises IndexError when there are none."""
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _median(values: Sequence[float], least: int) -> float | None:
    return percentile(sorted(values), 50) if values and len(values) >= least else None


def _since(traces: Sequence[Trace], at: datetime, days: int) -> Sequence[Trace]:
    return traces[bisect_left(traces, at - timedelta(days=days), key=lambda each: each.at) :]
