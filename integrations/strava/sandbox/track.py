"""What a watch sees of an activity: speed, heart rate and height, one sample every five seconds."""

import math
import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

STEP_S = 5
HEART_UP_S = 35.0  # time constants of the heart following the legs
HEART_DOWN_S = 50.0
HILL_LENGTH_M = 1600.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part at one effort. The heart moves towards ``heartrate_bpm``; the speed is the part's mean."""

    distance_m: float
    speed_mps: float
    heartrate_bpm: float


@dataclass(frozen=True, slots=True)
class Track:
    """Samples over moving time; sample ``i`` covers the five seconds from ``i * STEP_S``.

    The cumulative tuples hold one value more than there are samples and start at zero.
    """

    moving_time_s: int  # the last sample may be cut short
    distance_m: tuple[float, ...]  # cumulative
    speed_mps: tuple[float, ...]
    heartrate_bpm: tuple[float, ...]  # empty without a sensor
    heartbeats: tuple[float, ...]  # cumulative heart rate times seconds; empty without a sensor
    elevation_m: tuple[float, ...]
    stretch_ends_s: tuple[int, ...]  # moving time at the end of every stretch
    pauses: tuple[tuple[int, int], ...]  # (moving time at which it began, length), seconds

    @property
    def elapsed_time_s(self) -> int:
        return self.moving_time_s + sum(length_s for _, length_s in self.pauses)

    def distance_at(self, time_s: float) -> float:
        return _between(self.distance_m, time_s)

    def elevation_at(self, time_s: float) -> float:
        return _between(self.elevation_m, time_s)

    def time_at(self, distance_m: float) -> float:
        """Moving seconds at which the distance was reached."""
        after = bisect_left(self.distance_m, distance_m)
        if after == 0:
            return 0.0
        low, high = self.distance_m[after - 1], self.distance_m[after]
        return STEP_S * (after - 1 + (distance_m - low) / (high - low))

    def paused_s(self, begin_s: int, end_s: int) -> int:
        return sum(length_s for at_s, length_s in self.pauses if begin_s <= at_s < end_s)

    def mean_heartrate_bpm(self, begin_s: float, end_s: float) -> float:
        return (_between(self.heartbeats, end_s) - _between(self.heartbeats, begin_s)) / (end_s - begin_s)

    def max_heartrate_bpm(self, begin_s: int, end_s: int) -> float:
        return max(self.heartrate_bpm[begin_s // STEP_S : max(begin_s // STEP_S + 1, end_s // STEP_S)])

    def max_speed_mps(self, begin_s: int, end_s: int) -> float:
        return max(self.speed_mps[begin_s // STEP_S : max(begin_s // STEP_S + 1, end_s // STEP_S)])

    def climb_m(self, begin_s: int, end_s: int) -> float:
        """Metres gained upwards, descents not counted."""
        heights = self.elevation_m[begin_s // STEP_S : end_s // STEP_S + 1]
        return sum(max(0.0, high - low) for low, high in pairwise(heights))


def record(
    stretches: Sequence[Stretch],
    rng: random.Random,
    *,
    climb_m_per_km: float = 6.0,
    start_bpm: float = 88.0,
    speed_noise: float = 0.03,
    heart_noise_bpm: float = 3.5,
    drift_per_h: float = 0.05,
    ceiling_bpm: float = 192.0,
    pauses: int = 0,
    heart: bool = True,
) -> Track:
    """Return what the watch saw.

    ``start_bpm`` is the heart rate before the first step, ``ceiling_bpm`` what effort and drift may not
    exceed; ``drift_per_h`` the share by which the heart creeps up in an hour at one effort (cardiac drift).
    The noises are standard deviations, the speed's as a share; both wander over minutes. ``pauses`` counts
    the stops, at traffic lights say.
    """
    elevation_of = _Hills(rng, climb_m_per_km)
    speeds: list[float] = []
    ends_s: list[int] = []
    for stretch in stretches:
        count = max(1, round(stretch.distance_m / stretch.speed_mps / STEP_S))
        speeds += _speeds(stretch, count, rng, speed_noise)
        ends_s.append(len(speeds) * STEP_S)
    distances = (0.0, *accumulate(speed * STEP_S for speed in speeds))
    elevations = tuple(elevation_of(distance) for distance in distances)
    wander = _wander(rng, len(speeds), heart_noise_bpm)
    hearts = _hearts(stretches, ends_s, start_bpm, drift_per_h, ceiling_bpm, wander) if heart else []
    moving_time_s = len(speeds) * STEP_S - rng.randrange(STEP_S - 1)
    ends_s[-1] = moving_time_s
    return Track(
        moving_time_s=moving_time_s,
        distance_m=distances,
        speed_mps=tuple(speeds),
        heartrate_bpm=tuple(hearts),
        heartbeats=(0.0, *accumulate(beat * STEP_S for beat in hearts)) if heart else (),
        elevation_m=elevations,
        stretch_ends_s=tuple(ends_s),
        pauses=tuple(
            sorted(
                (rng.randrange(60, max(61, moving_time_s - 60)), rng.randrange(8, 55)) for _ in range(pauses)
            )
        ),
    )


def _between(cumulative: tuple[float, ...], time_s: float) -> float:
    index = min(int(time_s // STEP_S), len(cumulative) - 2)
    low, high = cumulative[index], cumulative[index + 1]
    return low + (high - low) * (time_s - index * STEP_S) / STEP_S


def _wander(rng: random.Random, count: int, deviation: float) -> list[float]:
    """A slow random walk around zero that remembers about five minutes."""
    memory, value, values = 0.985, rng.gauss(0, deviation / 2), list[float]()
    for _ in range(count):
        value = memory * value + rng.gauss(0, deviation * math.sqrt(1 - memory**2))
        values.append(value)
    return values


def _speeds(stretch: Stretch, count: int, rng: random.Random, noise: float) -> list[float]:
    """Speeds that wander and tremble a little and cover the stretch's distance exactly."""
    speeds = [stretch.speed_mps * (1 + slow + rng.gauss(0, noise / 2)) for slow in _wander(rng, count, noise)]
    scale = stretch.distance_m / (sum(speeds) * STEP_S)
    return [speed * scale for speed in speeds]


def _hearts(
    stretches: Sequence[Stretch],
    ends_s: Sequence[int],
    start_bpm: float,
    drift_per_h: float,
    ceiling_bpm: float,
    wander: Sequence[float],
) -> list[float]:
    beat, hearts = start_bpm, list[float]()
    for stretch, end_s in zip(stretches, ends_s, strict=True):
        while len(hearts) * STEP_S < end_s:
            drifted = stretch.heartrate_bpm * (1 + drift_per_h * len(hearts) * STEP_S / 3600)
            target = min(drifted, ceiling_bpm)
            pace_s = HEART_UP_S if target > beat else HEART_DOWN_S
            beat += (target - beat) * (1 - math.exp(-STEP_S / pace_s))
            hearts.append(beat + wander[len(hearts)])
    return hearts


class _Hills:
    """Height over distance: two waves whose climbs add up to the wanted metres per kilometre."""

    def __init__(self, rng: random.Random, climb_m_per_km: float) -> None:
        self.base_m = rng.uniform(20, 60)
        self.waves = [
            (share * climb_m_per_km * length_m / 2000, length_m, rng.uniform(0, 2 * math.pi))
            for share, length_m in ((0.7, HILL_LENGTH_M), (0.45, HILL_LENGTH_M * 0.37))
        ]

    def __call__(self, distance_m: float) -> float:
        return self.base_m + sum(
            height * math.sin(2 * math.pi * distance_m / length + phase)
            for height, length, phase in self.waves
        )
