"""The signs a run gives, each as a share of the runner's own reference. No judgement yet."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from service.domain.activity import Activity
from service.domain.physiology import Baseline, is_cadence_locked, speed_mps, steps_per_minute, within
from service.domain.rules import Rules, Trust, WordRules
from service.domain.structure import Pattern, Structure, pattern, read_structure


@dataclass(frozen=True, slots=True)
class Title:
    """The words of a run's title that say what it was meant to be; empty where there are none."""

    easy: str = ""
    hard: str = ""
    race: str = ""


@dataclass(frozen=True, slots=True)
class Signals:
    """``None``: not recorded, or not to be trusted. Weights are 0 where a family says nothing."""

    heart_bpm: float | None = None
    heart_share: float | None = None  # of the highest heart rate
    first_hour: bool = False  # the average is that of the first hour
    peak_bpm: float | None = None
    peak_share: float | None = None
    heart_weight: float = 0.0
    heart_unusable: bool = False  # recorded, but not a heart rate a runner can have
    speed_mps: float | None = None  # hills taken out
    pace_share: float | None = None  # of threshold speed
    usual_share: float | None = None  # of the usual speed
    pace_weight: float = 0.0
    structure: Structure = field(default_factory=Structure)
    pattern: Pattern = Pattern.STEADY
    run_walk: bool = False
    rated: float | None = None  # 1 to 10
    workout_type: int | None = None
    title: Title = field(default_factory=Title)

    @property
    def has_declared(self) -> bool:
        return (
            self.rated is not None or self.workout_type in (1, 3) or bool(self.title.easy or self.title.hard)
        )


def read_signals(run: Activity, base: Baseline, rules: Rules) -> Signals:
    structure = read_structure(run, rules.physiology.grade, rules.effort.structure)
    heart_bpm, peak_bpm, first_hour = _heart(run, base, rules)
    speed = speed_mps(run, rules)
    heart_share = heart_bpm / base.heart_max.bpm if heart_bpm else None
    peak_share = (
        min(1.02, peak_bpm / base.heart_max.bpm) if peak_bpm else None
    )  # above is the estimate's error
    pace_share = speed / base.threshold.speed_mps if speed and base.threshold else None
    found = pattern(structure, rules.effort.structure, base.offsets.split_share)
    run_walk = found is not Pattern.STEADY and _is_run_walk(structure, peak_share, base, rules)
    return Signals(
        heart_bpm=heart_bpm,
        heart_share=heart_share,
        first_hour=first_hour,
        peak_bpm=peak_bpm,
        peak_share=peak_share,
        heart_weight=_heart_weight(run, heart_bpm, speed, base, rules),
        heart_unusable=run.average_heartrate_bpm is not None and heart_bpm is None,
        speed_mps=speed,
        pace_share=pace_share,
        usual_share=speed / base.median_speed_mps if speed and base.median_speed_mps else None,
        pace_weight=0.0 if run_walk else _pace_weight(run, structure, base, rules),
        structure=structure,
        pattern=found,
        run_walk=run_walk,
        rated=within(run.perceived_exertion, (1.0, 10.0)),
        workout_type=run.workout_type,
        title=read_title(run.name, rules.words),
    )


# --- heart -----------------------------------------------------------------------------------


def _heart(run: Activity, base: Baseline, rules: Rules) -> tuple[float | None, float | None, bool]:
    """Average, peak, and whether the average is of the first hour, before heat and thirst raise it."""
    valid = rules.physiology.valid.heart_bpm
    average = within(run.average_heartrate_bpm, valid)
    if average is None:
        return None, None, False
    peak = None if base.heart_max.spiky else within(run.max_heartrate_bpm, (average, valid[1]))
    if run.moving_time_s > rules.effort.heart.first_hour_from_minutes * 60:
        steady = _first_hour_bpm(run, valid)
        return steady or average, peak, steady is not None
    return average, peak, False


def _first_hour_bpm(run: Activity, valid: tuple[float, float]) -> float | None:
    """Mean from the second kilometre to the first hour; ``None`` without heart rates in the splits."""
    beats = seconds = passed_s = 0.0
    for split in run.splits:
        if not split.moving_time_s > 0 or passed_s + split.moving_time_s > 3600:
            break
        rate = within(split.average_heartrate_bpm, valid)
        if passed_s and rate:
            beats += rate * split.moving_time_s
            seconds += split.moving_time_s
        passed_s += split.moving_time_s
    return beats / seconds if seconds else None


def _heart_weight(
    run: Activity, heart_bpm: float | None, speed: float | None, base: Baseline, rules: Rules
) -> float:
    if heart_bpm is None:
        return 0.0
    own = rules.effort.heart
    weight = _trusted(own.trust, base.heart_max.confidence)
    locked = is_cadence_locked(
        heart_bpm, steps_per_minute(run), speed, base.threshold, rules.physiology.heart_max
    )
    if locked:
        weight *= own.cadence_lock_weight
    if run.moving_time_s < own.short_run_minutes * 60:  # the heart is slow to warm up
        weight *= own.short_run_weight
    return weight


# --- pace ------------------------------------------------------------------------------------


def _pace_weight(run: Activity, structure: Structure, base: Baseline, rules: Rules) -> float:
    own = rules.effort.pace
    weight = _trusted(own.trust, base.threshold.confidence) if base.threshold else own.trust.low
    if structure.trail:
        weight *= own.trail_weight
    if run.sport_type == "VirtualRun":
        weight *= own.virtual_weight
    return weight


def _is_run_walk(structure: Structure, peak_share: float | None, base: Baseline, rules: Rules) -> bool:
    """A beginner's running and walking in turn, not intervals: the fast parts are no faster than easy."""
    own, slow, fast = rules.effort.structure, structure.slow_mps, structure.fast_mps
    if slow is None or fast is None or slow >= own.run_walk_slow_mps:
        return False
    if peak_share is not None and peak_share > own.run_walk_peak_share:
        return False
    if base.threshold is None:
        return fast <= own.run_walk_fast_mps
    return fast <= own.run_walk_pace_share * base.threshold.speed_mps


def _trusted(trust: Trust, confidence: str) -> float:
    return {"high": trust.high, "medium": trust.medium, "low": trust.low}[confidence]


# --- title -----------------------------------------------------------------------------------


def read_title(name: str, words: WordRules) -> Title:
    patterns = _patterns(words)
    hard = _first(patterns.hard, name)
    if not hard and not _first(patterns.not_hard, name):
        hard = _first(patterns.repeats, name)
    return Title(_first(patterns.easy, name), hard, _first(patterns.race, name))


@dataclass(frozen=True, slots=True)
class _Patterns:
    easy: re.Pattern[str]
    hard: re.Pattern[str]
    race: re.Pattern[str]
    not_hard: re.Pattern[str]
    repeats: re.Pattern[str]


@lru_cache(maxsize=4)
def _patterns(words: WordRules) -> _Patterns:
    return _Patterns(
        easy=word_pattern(words.easy),
        hard=word_pattern(words.hard),
        race=word_pattern(words.race),
        not_hard=word_pattern(words.not_hard),
        repeats=re.compile(words.repeats_pattern, re.IGNORECASE),
    )


def word_pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Match any of them as whole words; ``locker*`` also matches "lockerer". No words match nothing."""
    parts = [re.escape(word).replace(r"\*", r"\w*") for word in words]
    return re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)" if parts else r"(?!)", re.IGNORECASE)


def _first(found: re.Pattern[str], name: str) -> str:
    match = found.search(name)
    return match.group(0) if match else ""
