"""Thresholds of the judgements as typed values. Numbers, units and sources: config/rules.toml."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import time
from types import GenericAlias
from typing import TypeVar, cast

from service.domain.titles import WordRules

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PointRules:
    bounds: tuple[float, float]
    least_runs: int


@dataclass(frozen=True, slots=True)
class PaceRules:
    weight: float
    centre_share: float
    scale_share: float
    one_pace_spread: float
    one_pace_weight: float
    virtual_weight: float
    slow_share: float


@dataclass(frozen=True, slots=True)
class HeartRules:
    weight: float
    centre_share: float
    scale_share: float
    short_run_minutes: float
    short_run_weight: float
    cadence_lock_weight: float
    first_hour_from_minutes: float
    level_centre_share: float
    level_scale_share: float


@dataclass(frozen=True, slots=True)
class PlaceRules:
    """Points by the place among the runner's own values: the centre gives none, a scale further one."""

    weight: float
    centre_share: float
    scale_share: float


@dataclass(frozen=True, slots=True)
class UnevenRules:
    weight: float
    centre_share: float
    scale_share: float
    least_pieces: int
    piece_least_m: float
    piece_least_s: float


@dataclass(frozen=True, slots=True)
class LengthRules:
    weight: float
    minutes: float
    scale_log: float


@dataclass(frozen=True, slots=True)
class UsualRules:
    weight: float
    centre_share: float
    scale_share: float
    points: tuple[float, float]
    days: int
    distance_share: float
    climb_m_per_km: float
    climb_share: float
    least_runs: int


@dataclass(frozen=True, slots=True)
class ClimbRules:
    weight: float
    scale_log: float
    offset_m_per_km: float


@dataclass(frozen=True, slots=True)
class StopRules:
    weight: float
    from_share: float
    scale_share: float


@dataclass(frozen=True, slots=True)
class SessionRules:
    weight: float
    warm_up_minutes: float
    break_minutes: float


@dataclass(frozen=True, slots=True)
class ContextRules:
    base: float
    own_share: float
    own_days: int
    own_least_runs: int
    hard_below: float
    easy_above: float
    after_hard: float
    after_easy: float
    before_that_hard: float


@dataclass(frozen=True, slots=True)
class DeclaredRules:
    rated_centre: float
    rated_scale_steps: float
    rated_weight: float
    title_easy_points: float
    title_hard_points: float
    never_easy_rating: float


@dataclass(frozen=True, slots=True)
class StructureRules:
    split_least_m: float
    lap_least_m: float
    lap_least_s: float
    auto_lap_m: tuple[tuple[float, float], ...]
    least_pieces: int
    cover_bounds_share: tuple[float, float]
    hilly_climb_m_per_km: float
    hilly_grade_share: float
    trail_climb_m_per_km: float
    veto_split_share: float
    veto_split_hilly_share: float
    veto_split_most_share: float
    veto_lap_share: float
    veto_alternating_lap_share: float
    veto_alternations: int
    alternation_share: float
    excused_peak_share: float
    run_walk_slow_mps: float
    run_walk_quick_share: float
    run_walk_peak_share: float
    run_walk_fast_mps: float


@dataclass(frozen=True, slots=True)
class LabelRules:
    easy_from: float
    hard_to: float
    sure_from: float
    sure_runs: int
    least_minutes: float
    least_m: float
    most_hours: float
    race_quick_share: float
    cold_runs: int
    known_runs: int
    veto_score: float
    doubt_p_easy: float


@dataclass(frozen=True, slots=True)
class LongRules:
    minutes: float
    times_median: float
    median_days: int
    median_runs: int
    from_minutes: float
    longest_share: float
    longest_days: int


@dataclass(frozen=True, slots=True)
class CorrectionRules:
    heart_step_share: float
    heart_bounds_share: tuple[float, float]
    pace_step_share: float
    pace_bounds_share: tuple[float, float]
    split_step_share: float
    split_most_share: float
    confirm_weight: float


@dataclass(frozen=True, slots=True)
class EffortRules:
    points: PointRules
    pace: PaceRules
    heart: HeartRules
    swing: PlaceRules
    top: PlaceRules
    load: PlaceRules
    uneven: UnevenRules
    length: LengthRules
    usual: UsualRules
    climb: ClimbRules
    stops: StopRules
    session: SessionRules
    context: ContextRules
    declared: DeclaredRules
    structure: StructureRules
    label: LabelRules
    long: LongRules
    correction: CorrectionRules


@dataclass(frozen=True, slots=True)
class ValidRules:
    """What a recording may say before it is taken for a broken one."""

    heart_bpm: tuple[float, float]
    speed_mps: tuple[float, float]
    top_speed_mps: tuple[float, float]
    top_speed_over_average: float
    climb_m_per_km: float


@dataclass(frozen=True, slots=True)
class WindowRules:
    days: int
    keep_runs: int


@dataclass(frozen=True, slots=True)
class EffortSpeedRules:
    climb_weight: float
    climb_most_share: float
    length_exponent: float
    length_from_minutes: float
    least_minutes: float
    least_m: float
    quick_share: float
    quick_days: int


@dataclass(frozen=True, slots=True)
class GradeRules:
    up_share: float
    down_share: float
    most_share: float
    most_speed_mps: float


@dataclass(frozen=True, slots=True)
class HeartMaxRules:
    assumed_bpm: float
    window_days: int
    least_minutes: float
    sustained_lap_s: float
    sustained_split_m: float
    top_minutes: float
    least_runs: int
    percentile_runs: int
    percentile_share: float
    zone5_share: float
    zone2_trusted_share: tuple[float, float]
    top3_share: tuple[float, float]
    sustained_share: tuple[float, float]
    over_assumed_bpm: float
    sustained_over_assumed_bpm: float
    hard_runs: int
    full_runs: int
    high_weight: float
    medium_runs: int
    fall_bpm_per_day: float
    spiky_peak_ratio: float
    spiky_share: float
    spiky_runs: int
    spiky_top3_share: float
    cadence_lock_bpm: float
    cadence_lock_quick_share: float


@dataclass(frozen=True, slots=True)
class BriskRules:
    heart_share: float
    of_last: int
    least_runs: int
    runs_share: float
    spread: float


@dataclass(frozen=True, slots=True)
class PhysiologyRules:
    valid: ValidRules
    window: WindowRules
    effort: EffortSpeedRules
    grade: GradeRules
    heart_max: HeartMaxRules
    brisk: BriskRules


@dataclass(frozen=True, slots=True)
class SportRules:
    """Sport types by what they do to a day; a word in none of the lists is some other activity."""

    calm: frozenset[str]
    strength: frozenset[str]
    strenuous: frozenset[str]
    ride: frozenset[str]
    own_session: frozenset[str]


@dataclass(frozen=True, slots=True)
class RestRules:
    default_from: time
    earliest: time
    latest: time
    start_percentile: float
    start_margin_hours: float
    start_days: int
    start_least_days: int


@dataclass(frozen=True, slots=True)
class HabitRules:
    weeks: int
    week_weight: float
    pseudo_days: float
    base_days: int
    base_run_rate: float
    start_pseudo_days: float
    start_hours: tuple[float, float]
    finish_days: int
    finish_least_runs: int


@dataclass(frozen=True, slots=True)
class DaysRules:
    join_minutes: float
    duplicate_share: float
    least_minutes: float
    calm_minutes: float
    commute_minutes: float
    brick_gap_minutes: float
    brick_minutes: float
    cross_minutes: float
    cross_heart_share: float
    legs_minutes: float
    own_session_minutes: float
    own_session_words: tuple[str, ...]
    sports: SportRules
    rest: RestRules
    habit: HabitRules


@dataclass(frozen=True, slots=True)
class _Tables:
    effort: EffortRules
    physiology: PhysiologyRules
    days: DaysRules


@dataclass(frozen=True, slots=True)
class Rules:
    effort: EffortRules
    physiology: PhysiologyRules
    days: DaysRules
    words: WordRules


def parse_rules(mapping: Mapping[str, object], words: WordRules) -> Rules:
    """Read the sections [effort], [physiology] and [days]; other sections belong to others.

    Raises ValueError naming the key that is missing, unknown, of another type, or out of its range.
    """
    tables = parse_table(_Tables, {name: mapping[name] for name in _names(_Tables) if name in mapping}, "")
    return Rules(tables.effort, tables.physiology, tables.days, words)


def _names(kind: type[object]) -> list[str]:
    return [field.name for field in fields(kind)]  # type: ignore[arg-type]  # only called with dataclasses


def parse_table(kind: type[T], value: object, path: str) -> T:
    """Fill the dataclass ``kind`` from a table; its fields' types say what each value must be.

    Fields may be numbers, texts, wall times, True or False, tables, lists of any length, or a low and a high
    value. ``path`` is the table's place in the file. Raises ValueError naming the key.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"rules: {path} must be a table")
    inside = f"{path}." if path else ""
    wanted = _names(kind)
    for name in value:
        if name not in wanted:
            raise ValueError(f"rules: {inside}{name} is not a known key")
    for name in wanted:
        if name not in value:
            raise ValueError(f"rules: {inside}{name} is missing")
    types = {field.name: field.type for field in fields(kind)}  # type: ignore[arg-type]
    return kind(**{name: _value(types[name], value[name], f"{inside}{name}") for name in wanted})


def _value(kind: object, value: object, path: str) -> object:
    if isinstance(kind, GenericAlias):
        return _many(kind, value, path)
    if is_dataclass(kind):
        return parse_table(cast(type[object], kind), value, path)
    if kind is float or kind is int:
        return _number(kind, value, path)
    if kind in (str, time, bool) and isinstance(value, cast(type[object], kind)):
        return value
    raise ValueError(f"rules: {path} must be a {getattr(kind, '__name__', kind)}, not {value!r}")


def _number(kind: object, value: object, path: str) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"rules: {path} must be a number, not {value!r}")
    if kind is int and not isinstance(value, int):
        raise ValueError(f"rules: {path} must be a whole number, not {value!r}")
    if "scale_" in path and value <= 0:
        raise ValueError(f"rules: {path} must be above zero, not {value!r}")
    return value if kind is int else float(value)


def _many(kind: GenericAlias, value: object, path: str) -> object:
    """A tuple of any length, a tuple of exactly two (low, high), or a set of words."""
    if not isinstance(value, list):
        raise ValueError(f"rules: {path} must be a list, not {value!r}")
    inner = kind.__args__[0]
    items = [_value(inner, item, f"{path}[{index}]") for index, item in enumerate(value)]
    if kind.__origin__ is frozenset:
        return frozenset(items)
    if kind.__args__[-1] is not Ellipsis and (
        len(items) != len(kind.__args__) or cast(float, items[0]) > cast(float, items[-1])
    ):
        raise ValueError(f"rules: {path} must be a low and a high value, not {value!r}")
    return tuple(items)
