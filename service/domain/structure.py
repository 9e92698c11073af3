"""What splits and laps say of a run: speed with the hills taken out, and whether its parts alternate.

Metres, seconds, metres a second. Shares are of the mean: 0.1 is ten per cent.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from service.domain.activity import Activity, Split
from service.domain.rules import GradeRules, Rules, StructureRules, UnevenRules


class Pattern(StrEnum):
    STEADY = "steady"  # or not known
    BY_LAPS = "by_laps"  # laps alternate
    BY_SPLITS = "by_splits"  # kilometres swing


@dataclass(frozen=True, slots=True)
class Structure:
    """``None``: too few splits or laps to say."""

    split_share: float | None = None  # how much neighbouring kilometres differ; slow drift does not count
    lap_share: float | None = None  # spread of the speeds of laps that somebody pressed
    uneven_share: float | None = None  # spread of all pieces, kilometres or laps, whichever is wider
    alternations: int = 0  # laps that differ clearly from the lap before
    slow_mps: float | None = None  # mean of the parts slower, and faster, than the mean
    fast_mps: float | None = None
    hilly: bool = False  # looked at only where the kilometres swing, as slow and fast are
    trail: bool = False  # terrain on which unevenness says nothing


NO_STRUCTURE = Structure()


def hill_cost(grade: float) -> float:
    """Energy cost of running at a grade (0.03 is 3 % up), 1 on the flat. Minetti et al. 2002."""
    g = grade
    return (((((155.4 * g - 30.4) * g - 43.3) * g + 46.3) * g + 19.5) * g + 3.6) / 3.6


def grade_factor(grade: float, rules: GradeRules) -> float:
    """What to multiply a speed by to get the speed on the flat that costs the same heartbeats."""
    bounded = min(rules.most_share, max(-rules.most_share, grade))
    share = rules.up_share if bounded > 0 else rules.down_share
    return 1 + share * (hill_cost(bounded) - 1)


def level_speed_mps(piece: Split, rules: GradeRules) -> float | None:
    """Speed of a split or lap with its hills taken out; ``None`` where the piece makes no sense."""
    metres, seconds, adjusted = piece.distance_m, piece.moving_time_s, piece.grade_adjusted_speed_mps
    if not (0 < metres < math.inf and 0 < seconds < math.inf):
        return None
    if adjusted is not None and 0 < adjusted < math.inf:
        speed = adjusted
    else:
        climb_m, speed = piece.elevation_difference_m, metres / seconds
        if climb_m is not None and -math.inf < climb_m < math.inf:
            speed *= grade_factor(climb_m / metres, rules)
    return speed if speed < rules.most_speed_mps else rules.most_speed_mps


def climb_m_per_km(run: Activity) -> float:
    gain_m, metres = run.elevation_gain_m, run.distance_m
    climb = gain_m / metres * 1000 if 0 < metres < math.inf and gain_m > 0 else 0.0
    return climb if climb < math.inf else 0.0


def read_structure(run: Activity, rules: Rules) -> Structure:
    own, grade = rules.effort.structure, rules.physiology.grade
    splits = _pieces(run.splits, run, grade, own)
    laps = _pieces(run.laps, run, grade, own)
    full, pressed = _full_splits(splits, own), _pressed_laps(laps, own)
    split_share = _unevenness(full) if full else None
    lap_share = _spread(pressed) if pressed else None
    swings = (split_share or 0.0) > own.veto_split_share
    alternates = swings or (lap_share or 0.0) >= own.veto_alternating_lap_share
    slow_mps, fast_mps = _slow_and_fast(pressed or full) if alternates else (None, None)
    return Structure(
        split_share=split_share,
        lap_share=lap_share,
        uneven_share=_widest(splits, [] if splits and not pressed else laps, rules.effort.uneven),
        alternations=_alternations(pressed, own.alternation_share) if alternates else 0,
        slow_mps=slow_mps,
        fast_mps=fast_mps,
        hilly=swings and _is_hilly(run, own),
        trail=run.sport_type == "TrailRun" or climb_m_per_km(run) >= own.trail_climb_m_per_km,
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


class _Piece(NamedTuple):
    speed_mps: float  # hills taken out
    seconds: float
    metres: float


def _pieces(parts: Sequence[Split], run: Activity, grade: GradeRules, rules: StructureRules) -> list[_Piece]:
    """In the order of the run; none where they do not add up to it."""
    found = []
    for part in parts:
        speed = level_speed_mps(part, grade)
        if speed:
            found.append(_Piece(speed, part.moving_time_s, part.distance_m))
    return found if add_up((piece.metres for piece in found), run, rules) else []


def add_up(metres: Iterable[float], run: Activity, rules: StructureRules) -> bool:
    """Whether pieces of these lengths make up the run. Of one without a distance nobody can say: True."""
    low, high = rules.cover_bounds_share
    return not run.distance_m > 0 or low * run.distance_m <= sum(metres) <= high * run.distance_m


def _widest(splits: list[_Piece], laps: list[_Piece], rules: UnevenRules) -> float | None:
    spreads = []
    for pieces in (splits, laps):
        long = [
            piece
            for piece in pieces
            if piece.metres > rules.piece_least_m and piece.seconds > rules.piece_least_s
        ]
        if len(long) >= rules.least_pieces:
            spreads.append(_spread(long))
    return max(spreads, default=None)


def _full_splits(splits: list[_Piece], rules: StructureRules) -> list[_Piece]:
    full = [piece for piece in splits if piece.metres >= rules.split_least_m]
    return full if len(full) >= rules.least_pieces else []


def _pressed_laps(laps: list[_Piece], rules: StructureRules) -> list[_Piece]:
    """Laps someone pressed; a watch that laps every kilometre or mile by itself says nothing new."""
    if all(_is_auto_lap(lap.metres, rules) for lap in laps[:-1]):  # the last one ends with the run
        return []
    pressed = [lap for lap in laps if lap.metres >= rules.lap_least_m and lap.seconds >= rules.lap_least_s]
    return pressed if len(pressed) >= rules.least_pieces else []


def _is_auto_lap(metres: float, rules: StructureRules) -> bool:
    return any(low <= metres <= high for low, high in rules.auto_lap_m)


def _unevenness(pieces: Sequence[_Piece]) -> float:
    """Root mean square of successive differences over the mean: blind to drift and to one long hill."""
    squares = total = 0.0
    before = pieces[0].speed_mps
    for speed, _, _ in pieces:
        squares += (speed - before) ** 2
        total += speed
        before = speed
    return math.sqrt(squares / (2 * (len(pieces) - 1))) / (total / len(pieces))


def _spread(pieces: Sequence[_Piece]) -> float:
    """Standard deviation of the speeds over their mean, each piece counting by its time."""
    total_s = run_m = 0.0
    for speed, seconds, _ in pieces:
        total_s += seconds
        run_m += speed * seconds
    mean, squares = run_m / total_s, 0.0
    for speed, seconds, _ in pieces:
        squares += seconds * (speed - mean) ** 2
    return math.sqrt(squares / total_s) / mean


def _alternations(pieces: Sequence[_Piece], least_share: float) -> int:
    if not pieces:
        return 0
    step = least_share * sum(piece.speed_mps for piece in pieces) / len(pieces)
    return sum(abs(after.speed_mps - before.speed_mps) > step for before, after in pairwise(pieces))


def _slow_and_fast(pieces: Sequence[_Piece]) -> tuple[float | None, float | None]:
    """Mean speeds of the parts below the mean, and of the others."""
    mean = sum(piece.speed_mps for piece in pieces) / len(pieces)
    slow = [piece for piece in pieces if piece.speed_mps < mean]
    return _mean_speed(slow), _mean_speed([piece for piece in pieces if piece.speed_mps >= mean])


def _mean_speed(pieces: Sequence[_Piece]) -> float | None:
    total_s = sum(piece.seconds for piece in pieces)
    return sum(piece.speed_mps * piece.seconds for piece in pieces) / total_s if total_s > 0 else None


def _is_hilly(run: Activity, rules: StructureRules) -> bool:
    if climb_m_per_km(run) >= rules.hilly_climb_m_per_km:
        return True
    grades = [
        abs(split.elevation_difference_m) / split.distance_m
        for split in run.splits
        if split.elevation_difference_m is not None and split.distance_m >= rules.split_least_m
    ]
    return bool(grades) and sum(grades) / len(grades) >= rules.hilly_grade_share
