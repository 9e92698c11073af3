"""Thresholds of the judgements as typed values. Numbers, units and sources: config/rules.toml."""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import time
from types import GenericAlias
from typing import TypeVar, cast

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trust:
    """Weight of a family of signs by how well its reference value is known."""

    high: float
    medium: float
    low: float


@dataclass(frozen=True, slots=True)
class HeartRules:
    level_centre_share: float
    level_scale_share: float
    level_points: tuple[float, float]
    peak_centre_share: float
    peak_scale_share: float
    peak_points: tuple[float, float]
    peak_weight: float
    short_run_minutes: float
    short_run_weight: float
    cadence_lock_weight: float
    first_hour_from_minutes: float
    trust: Trust


@dataclass(frozen=True, slots=True)
class PaceRules:
    threshold_centre_share: float
    threshold_scale_share: float
    threshold_points: tuple[float, float]
    usual_centre_share: float
    usual_scale_share: float
    usual_points: tuple[float, float]
    one_pace_weight: float
    trail_weight: float
    virtual_weight: float
    trust: Trust


@dataclass(frozen=True, slots=True)
class StructureRules:
    split_least_m: float
    lap_least_m: float
    lap_least_s: float
    auto_lap_m: tuple[tuple[float, float], ...]
    least_pieces: int
    hilly_climb_m_per_km: float
    hilly_grade_share: float
    trail_climb_m_per_km: float
    split_steps_share: tuple[float, ...]
    split_points: tuple[float, ...]
    hilly_weight: float
    lap_steps_share: tuple[float, ...]
    lap_points: tuple[float, ...]
    veto_split_share: float
    veto_split_hilly_share: float
    veto_split_most_share: float
    veto_lap_share: float
    veto_alternating_lap_share: float
    veto_alternations: int
    alternation_share: float
    excused_peak_share: float
    excused_heart_weight: float
    run_walk_slow_mps: float
    run_walk_pace_share: float
    run_walk_peak_share: float
    run_walk_fast_mps: float


@dataclass(frozen=True, slots=True)
class DeclaredRules:
    rated_steps: tuple[float, ...]
    rated_points: tuple[float, ...]
    workout_points: float
    title_easy_points: float
    title_hard_points: float
    never_easy_rating: float


@dataclass(frozen=True, slots=True)
class LabelRules:
    easy_from: float
    hard_to: float
    sure_from: float
    sure_families: int
    slope: float
    intercept: float
    least_minutes: float
    least_m: float
    most_hours: float
    race_pace_share: float
    cold_runs: int
    medium_runs: int
    no_heart_runs: int
    veto_score: float


@dataclass(frozen=True, slots=True)
class LongRules:
    minutes: float
    times_median: float
    times_median_from_minutes: float
    times_median_runs: int


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
    heart: HeartRules
    pace: PaceRules
    structure: StructureRules
    declared: DeclaredRules
    label: LabelRules
    long: LongRules
    correction: CorrectionRules


@dataclass(frozen=True, slots=True)
class ValidRules:
    """What a recording may say before it is taken for a broken one."""

    heart_bpm: tuple[float, float]
    speed_mps: tuple[float, float]


@dataclass(frozen=True, slots=True)
class GradeRules:
    up_share: float
    down_share: float
    most_share: float
    gain_weight: float
    gain_most_share: float
    splits_cover_share: float
    most_speed_mps: float


@dataclass(frozen=True, slots=True)
class HeartMaxRules:
    assumed_bpm: float
    window_days: int
    least_minutes: float
    sustained_lap_s: float
    top_minutes: float
    least_runs: int
    percentile_runs: int
    percentile: float
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
    spiky_peak_ratio: float
    spiky_share: float
    spiky_runs: int
    spiky_top3_share: float
    cadence_lock_bpm: float
    cadence_lock_pace_share: float


@dataclass(frozen=True, slots=True)
class ThresholdRules:
    window_days: int
    minutes: tuple[float, float]
    fatigue_exponent: float
    least_runs: int
    medium_runs: int
    medium_spread: float
    high_spread: float
    race_days: int


@dataclass(frozen=True, slots=True)
class WindowRules:
    usual_speed_days: int
    usual_duration_days: int
    recent_runs_days: int
    longest_days: int


@dataclass(frozen=True, slots=True)
class RelativeRules:
    brisk_share: float
    brisk_of_last: int
    brisk_least_runs: int
    brisk_runs_share: float
    one_pace_spread: float
    gentle_of_last: int
    gentle_percentile: float


@dataclass(frozen=True, slots=True)
class PhysiologyRules:
    valid: ValidRules
    grade: GradeRules
    heart_max: HeartMaxRules
    threshold: ThresholdRules
    window: WindowRules
    relative: RelativeRules


@dataclass(frozen=True, slots=True)
class SportRules:
    """Sport types by what they do to a day; a word in none of the lists is some other activity."""

    calm: frozenset[str]
    strength: frozenset[str]
    strenuous: frozenset[str]
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
    cross_minutes: float
    cross_heart_share: float
    legs_minutes: float
    own_session_minutes: float
    own_session_words: tuple[str, ...]
    sports: SportRules
    rest: RestRules
    habit: HabitRules


@dataclass(frozen=True, slots=True)
class WordRules:
    """Words of a run's title, any language, lower case; a trailing ``*`` also takes longer words."""

    easy: tuple[str, ...]
    hard: tuple[str, ...]
    race: tuple[str, ...]
    not_hard: tuple[str, ...]
    repeats_pattern: str


@dataclass(frozen=True, slots=True)
class Rules:
    effort: EffortRules
    physiology: PhysiologyRules
    days: DaysRules
    words: WordRules


def parse_rules(mapping: Mapping[str, object]) -> Rules:
    """Read the sections [effort], [physiology], [days] and [words]; other sections belong to others.

    Raises ValueError naming the key that is missing, unknown, of another type, or out of its range.
    """
    rules = parse_table(Rules, {name: mapping[name] for name in _names(Rules) if name in mapping}, "")
    _check_steps(rules.effort.structure.split_steps_share, rules.effort.structure.split_points, "split")
    _check_steps(rules.effort.structure.lap_steps_share, rules.effort.structure.lap_points, "lap")
    _check_steps(rules.effort.declared.rated_steps, rules.effort.declared.rated_points, "rated")
    _check_pattern(rules.words.repeats_pattern)
    return rules


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
    if "_scale_" in path and value <= 0:
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


def _check_steps(steps: Iterable[float], points: tuple[float, ...], name: str) -> None:
    ordered = tuple(steps)
    if list(ordered) != sorted(ordered) or len(points) != len(ordered) + 1:
        raise ValueError(f"rules: {name}_steps must rise, and {name}_points needs one value more than it")


def _check_pattern(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"rules: words.repeats_pattern is not a pattern: {error}") from error
