"""The runner's highest heart rate: read from what was reached, guarded against spikes, assumed until then.

It serves the sentences and the first runs. The verdict on a known runner rests on their own distribution.
"""

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum

from service.domain.activity import Split
from service.domain.preferences import HEART_MAX_BPM
from service.domain.rules import HeartMaxRules, Rules
from service.domain.signs import Signs, within
from service.domain.structure import Pattern, pattern
from service.domain.told import HeartRateZones, Told
from service.domain.windows import DAY_S, Window


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
class HeartMax:
    bpm: float
    confidence: Confidence
    source: HeartMaxFrom = HeartMaxFrom.RUNS
    spiky: bool = False  # the sensor's peaks are not to be trusted
    runs: int = 0  # how many runs it was read from


class Hearts:
    """Heart rates of a runner's last year, and the highest heart rate that they speak for."""

    def __init__(self, rules: Rules, told: Told) -> None:
        self._rules = rules
        self._own = rules.physiology.heart_max
        self._valid_bpm = rules.physiology.valid.heart_bpm
        self._told = told
        days = self._own.window_days
        self._peaks = Window(days)
        self._averages = Window(days)  # of runs long enough to have warmed up
        self._sustained = Window(days)  # best kilometre or longer lap
        self._ratios = Window(days)  # peak over average
        self._hard = Window(days)  # one for each race, workout, and run with fast and slow parts
        self._reached_bpm, self._reached_at_s = 0.0, 0.0
        self.highest = self._estimate(0.0)

    def forget(self, now_s: float) -> None:
        for window in (self._peaks, self._averages, self._sustained, self._ratios, self._hard):
            window.forget(now_s)

    def learn(self, seen: Signs, locked: bool) -> None:
        """``locked``: the sensor counted steps. Such a run only shows how far its peaks are to be trusted."""
        own, at_s, average, peak = self._own, seen.start_s, seen.heart_bpm, seen.run.max_heartrate_bpm
        if average is None:
            return
        warm = seen.minutes >= own.top_minutes
        if warm and peak and peak > 0:
            self._ratios.add(at_s, peak / average)
        if locked or seen.peak_bpm is None or seen.minutes < own.least_minutes:
            return
        self._peaks.add(at_s, seen.peak_bpm)
        if warm:
            self._averages.add(at_s, average)
        self._sustained.add(at_s, _sustained_bpm(seen, own, self._valid_bpm))
        if seen.run.workout_type in (1, 3) or _alternates(seen, self._rules):
            self._hard.add(at_s, 1.0)
        self.highest = self._estimate(at_s)

    def _estimate(self, at_s: float) -> HeartMax:
        own, told = self._own, self._told
        if told.heart_max_bpm is not None and self._can_be_highest(told.heart_max_bpm):
            return HeartMax(told.heart_max_bpm, Confidence.HIGH, HeartMaxFrom.RUNNER)
        assumed, source = _assumed(told.zones, own)
        runs = len(self._peaks)
        if runs < own.least_runs:
            return HeartMax(round(assumed), Confidence.LOW, source)
        spiky = self._is_spiky()
        observed = self._reached(self._observed(spiky, assumed), spiky, at_s)
        weight = min(1.0, len(self._hard) / own.hard_runs) * min(1.0, runs / own.full_runs)
        if observed >= assumed:
            estimate, source = observed, HeartMaxFrom.RUNS
        else:  # a bound from below until the runner has run hard
            estimate = weight * observed + (1 - weight) * assumed
            source = HeartMaxFrom.RUNS if weight >= own.high_weight else source
        known = source is HeartMaxFrom.ZONES or runs >= own.medium_runs
        return HeartMax(round(estimate), _confidence(weight, known, spiky, own), source, spiky, runs)

    def _can_be_highest(self, bpm: float) -> bool:
        """Not one that whole runs were above on average: mistyped, or of another sport."""
        averages = self._averages.values
        return within(bpm, HEART_MAX_BPM) is not None and not (averages and averages[-1] > bpm)

    def _reached(self, observed_bpm: float, spiky: bool, at_s: float) -> float:
        """Down only slowly: a quiet month is no other heart."""
        days = (at_s - self._reached_at_s) / DAY_S
        floor = self._reached_bpm - self._own.fall_bpm_per_day * days
        if not spiky and observed_bpm < floor:
            return floor
        self._reached_bpm, self._reached_at_s = observed_bpm, at_s
        return observed_bpm

    def _is_spiky(self) -> bool:
        """Peaks far above the average on too many runs are the sensor's, not the heart's."""
        own, ratios = self._own, self._ratios.values
        high = len(ratios) - bisect_right(ratios, own.spiky_peak_ratio)
        return len(ratios) >= own.spiky_runs and high > own.spiky_share * len(ratios)

    def _observed(self, spiky: bool, assumed_bpm: float) -> float:
        """Highest heart rate reached, as far as sustained heart rates back it."""
        own, top3 = self._own, self._averages.values[-3:]
        sustained = self._sustained.values[-1] if self._sustained.values else None
        mean = sum(top3) / len(top3) if top3 else None
        floors = [mean / own.spiky_top3_share if spiky and mean else self._peak()]
        roofs = []
        if mean:
            floors.append(mean / own.top3_share[1])
            roofs.append(mean / own.top3_share[0])
        if sustained:
            floors.append(sustained / own.sustained_share[1])
            roofs.append(sustained / own.sustained_share[0])
        observed = min([max(floors), *roofs])
        backed = sustained is not None and (
            sustained / own.sustained_share[1] > assumed_bpm + own.sustained_over_assumed_bpm
        )
        return observed if backed else min(observed, assumed_bpm + own.over_assumed_bpm)

    def _peak(self) -> float:
        """Never the very highest alone: the value below the percentile, not one drawn up by one spike."""
        peaks = self._peaks.values
        if len(peaks) < self._own.percentile_runs:
            return peaks[-2]
        return peaks[int((len(peaks) - 1) * self._own.percentile_share)]


def is_cadence_locked(seen: Signs, quick_mps: float | None, own: HeartMaxRules) -> bool:
    """A wrist sensor that counts steps: the heart rate equals the cadence although the pace is gentle."""
    if seen.heart_bpm is None or seen.steps_per_minute is None:
        return False
    if abs(seen.heart_bpm - seen.steps_per_minute) > own.cadence_lock_bpm:
        return False
    if seen.effort_mps is None or quick_mps is None:
        return False
    return seen.effort_mps <= own.cadence_lock_quick_share * quick_mps


def own_easy_bpm(zones: HeartRateZones | None, heart_max_bpm: float, own: HeartMaxRules) -> float | None:
    """Zones a runner set by hand say where easy ends for them, unless that is out of any range."""
    if zones is None or not zones.custom:
        return None
    share = within(zones.upper_bpm[1] / heart_max_bpm, own.zone2_trusted_share)
    return zones.upper_bpm[1] if share is not None else None


def _assumed(zones: HeartRateZones | None, own: HeartMaxRules) -> tuple[float, HeartMaxFrom]:
    if zones is not None and not zones.custom:
        bpm = within(zones.upper_bpm[3] / own.zone5_share, HEART_MAX_BPM)
        if bpm is not None:
            return bpm, HeartMaxFrom.ZONES
    return own.assumed_bpm, HeartMaxFrom.ASSUMED


def _confidence(weight: float, known: bool, spiky: bool, own: HeartMaxRules) -> Confidence:
    if spiky:
        return Confidence.LOW
    if weight >= own.high_weight:
        return Confidence.HIGH
    return Confidence.MEDIUM if known else Confidence.LOW


def _sustained_bpm(seen: Signs, own: HeartMaxRules, valid: tuple[float, float]) -> float | None:
    """Of the best kilometre or longer lap."""
    best, (low, high) = 0.0, valid
    for piece in (*seen.run.splits, *seen.run.laps):
        rate = piece.average_heartrate_bpm
        if rate is not None and best < rate <= high and rate >= low and _is_long(piece, own):
            best = rate
    return best or None


def _is_long(piece: Split, own: HeartMaxRules) -> bool:
    return piece.distance_m >= own.sustained_split_m or piece.moving_time_s >= own.sustained_lap_s


def _alternates(seen: Signs, rules: Rules) -> bool:
    return pattern(seen.structure, rules.effort.structure) is not Pattern.STEADY
