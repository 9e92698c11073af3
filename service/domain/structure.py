"""What splits and laps say of a run: speed with the hills taken out, and whether its parts alternate.

Metres, seconds, metres a second. Shares are of the mean: 0.1 is ten per cent.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from service.domain.activity import Activity, Split
from service.domain.rules import GradeRules, StructureRules


class Pattern(StrEnum):
    STEADY = "steady"  # or not known
    BY_LAPS = "by_laps"  # laps alternate
    BY_SPLITS = "by_splits"  # kilometres swing


@dataclass(frozen=True, slots=True)
class Structure:
    """``None``: too few splits or laps to say."""

    split_share: float | None = None  # how much neighbouring kilometres differ; slow drift does not count
    lap_share: float | None = None  # spread of lap speeds
    alternations: int = 0  # laps that differ clearly from the lap before
    slow_mps: float | None = None  # mean of the parts slower, and faster, than the mean
    fast_mps: float | None = None
    hilly: bool = False
    trail: bool = False  # terrain on which unevenness says nothing


def hill_cost(grade: float) -> float:
    """Energy cost of running at a grade (0.03 is 3 % up), 1 on the flat. Minetti et al. 2002."""
    g = grade
    return (155.4 * g**5 - 30.4 * g**4 - 43.3 * g**3 + 46.3 * g**2 + 19.5 * g + 3.6) / 3.6


def grade_factor(grade: float, rules: GradeRules) -> float:
    """What to multiply a speed by to get the speed on the flat that costs the same heartbeats."""
    bounded = min(rules.most_share, max(-rules.most_share, grade))
    share = rules.up_share if bounded > 0 else rules.down_share
    return 1 + share * (hill_cost(bounded) - 1)


def level_speed_mps(piece: Split, rules: GradeRules) -> float | None:
    """Speed of a split or lap with its hills taken out; ``None`` where the piece makes no sense."""
    if not (_positive(piece.distance_m) and _positive(piece.moving_time_s)):
        return None
    if piece.grade_adjusted_speed_mps is not None and _positive(piece.grade_adjusted_speed_mps):
        return min(piece.grade_adjusted_speed_mps, rules.most_speed_mps)
    climb_m = piece.elevation_difference_m
    grade = climb_m / piece.distance_m if climb_m is not None and math.isfinite(climb_m) else 0.0
    return min(piece.distance_m / piece.moving_time_s * grade_factor(grade, rules), rules.most_speed_mps)


def run_speed_mps(run: Activity, rules: GradeRules) -> float | None:
    """Speed of the whole run with its hills taken out: from its splits where they cover it, else its gain."""
    if not (_positive(run.distance_m) and _positive(run.moving_time_s)):
        return None
    pieces = [
        (speed, split.moving_time_s) for split in run.splits if (speed := level_speed_mps(split, rules))
    ]
    covered_s = sum(seconds for _, seconds in pieces if _positive(seconds))
    if covered_s >= rules.splits_cover_share * run.moving_time_s:
        return sum(speed * seconds for speed, seconds in pieces if _positive(seconds)) / covered_s
    gain_share = climb_m_per_km(run) / 1000
    return (
        run.distance_m / run.moving_time_s * (1 + rules.gain_weight * min(rules.gain_most_share, gain_share))
    )


def climb_m_per_km(run: Activity) -> float:
    if not (_positive(run.distance_m) and _positive(run.elevation_gain_m)):
        return 0.0
    return run.elevation_gain_m / run.distance_m * 1000


def read_structure(run: Activity, grade: GradeRules, rules: StructureRules) -> Structure:
    trail = run.sport_type == "TrailRun" or climb_m_per_km(run) >= rules.trail_climb_m_per_km
    splits = _full_splits(run, grade, rules)
    laps = _real_laps(run, grade, rules)
    slow_mps, fast_mps = _slow_and_fast(laps or splits)
    return Structure(
        split_share=_unevenness([speed for speed, _ in splits]) if splits else None,
        lap_share=_spread(laps) if laps else None,
        alternations=_alternations([speed for speed, _ in laps], rules.alternation_share),
        slow_mps=slow_mps,
        fast_mps=fast_mps,
        hilly=_is_hilly(run, rules),
        trail=trail,
    )


def pattern(structure: Structure, rules: StructureRules, allowance: float = 0.0) -> Pattern:
    """Whether fast and slow parts alternate. ``allowance``: how much more kilometres may swing here."""
    lap_share = structure.lap_share
    if lap_share is not None and (
        lap_share >= rules.veto_lap_share
        or (
            lap_share >= rules.veto_alternating_lap_share
            and structure.alternations >= rules.veto_alternations
        )
    ):
        return Pattern.BY_LAPS
    if structure.split_share is None or structure.trail:
        return Pattern.STEADY
    limit = rules.veto_split_hilly_share if structure.hilly else rules.veto_split_share
    limit = max(limit, min(limit + allowance, rules.veto_split_most_share))
    return Pattern.BY_SPLITS if structure.split_share > limit else Pattern.STEADY


_Pieces = list[tuple[float, float]]  # (speed, seconds), in the order of the run


def _full_splits(run: Activity, grade: GradeRules, rules: StructureRules) -> _Pieces:
    pieces = [
        (speed, float(split.moving_time_s))
        for split in run.splits
        if split.distance_m >= rules.split_least_m and (speed := level_speed_mps(split, grade))
    ]
    return pieces if len(pieces) >= rules.least_pieces else []


def _real_laps(run: Activity, grade: GradeRules, rules: StructureRules) -> _Pieces:
    """Laps someone pressed; a watch that laps every kilometre or mile by itself says nothing new."""
    if all(_is_auto_lap(lap, rules) for lap in run.laps[:-1]):  # the last one ends with the run
        return []
    pieces = [
        (speed, float(lap.moving_time_s))
        for lap in run.laps
        if lap.distance_m >= rules.lap_least_m
        and lap.moving_time_s >= rules.lap_least_s
        and (speed := level_speed_mps(lap, grade))
    ]
    return pieces if len(pieces) >= rules.least_pieces else []


def _is_auto_lap(lap: Split, rules: StructureRules) -> bool:
    return any(low <= lap.distance_m <= high for low, high in rules.auto_lap_m)


def _unevenness(speeds: Sequence[float]) -> float:
    """Root mean square of successive differences over the mean: blind to drift and to one long hill."""
    squares = sum((after - before) ** 2 for before, after in pairwise(speeds))
    return math.sqrt(squares / (2 * (len(speeds) - 1))) / (sum(speeds) / len(speeds))


def _spread(pieces: _Pieces) -> float:
    total_s = sum(seconds for _, seconds in pieces)
    mean = sum(speed * seconds for speed, seconds in pieces) / total_s
    variance = sum(seconds * (speed - mean) ** 2 for speed, seconds in pieces) / total_s
    return math.sqrt(variance) / mean


def _alternations(speeds: Sequence[float], least_share: float) -> int:
    if not speeds:
        return 0
    step = least_share * sum(speeds) / len(speeds)
    return sum(1 for before, after in pairwise(speeds) if abs(after - before) > step)


def _slow_and_fast(pieces: _Pieces) -> tuple[float | None, float | None]:
    if not pieces:
        return None, None
    mean = sum(speed for speed, _ in pieces) / len(pieces)
    return _mean_speed([p for p in pieces if p[0] < mean]), _mean_speed([p for p in pieces if p[0] >= mean])


def _mean_speed(pieces: _Pieces) -> float | None:
    total_s = sum(seconds for _, seconds in pieces)
    return sum(speed * seconds for speed, seconds in pieces) / total_s if total_s > 0 else None


def _is_hilly(run: Activity, rules: StructureRules) -> bool:
    if climb_m_per_km(run) >= rules.hilly_climb_m_per_km:
        return True
    grades = [
        abs(split.elevation_difference_m) / split.distance_m
        for split in run.splits
        if split.elevation_difference_m is not None and split.distance_m >= rules.split_least_m
    ]
    return bool(grades) and sum(grades) / len(grades) >= rules.hilly_grade_share


def _positive(value: float) -> bool:
    return math.isfinite(value) and value > 0
