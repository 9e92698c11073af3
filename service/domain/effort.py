"""Say what kind of run an activity was, and why. Deterministic points, positive for easy."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from service.domain.activity import Activity, Reason
from service.domain.physiology import (
    NO_OFFSETS,
    Baseline,
    HeartMaxFrom,
    HeartRateZones,
    Offsets,
    Trace,
    sum_up,
    trace,
)
from service.domain.physiology import Confidence as Confidence
from service.domain.points import clamp, points
from service.domain.rules import Rules
from service.domain.signals import Signals, read_signals
from service.domain.structure import Pattern

MOST_REASONS = 3


class RunKind(StrEnum):
    EASY = "easy"
    LONG = "long"
    HARD = "hard"
    RACE = "race"
    UNSURE = "unsure"
    TOO_SHORT = "too_short"  # neither a cue nor a load


@dataclass(frozen=True, slots=True)
class Verdict:
    """``p_easy`` in [0, 1]; ``score`` is the sum of points it comes from (positive = easy)."""

    kind: RunKind
    confidence: Confidence
    p_easy: float
    score: float
    reasons: tuple[Reason, ...]  # strongest first, at most three


@dataclass(frozen=True, slots=True)
class Judged:
    """An activity with its verdict; ``None`` where it is not a run."""

    activity: Activity
    verdict: Verdict | None


def judge(run: Activity, base: Baseline, rules: Rules, *, said: RunKind | None = None) -> Verdict:
    """Judge ``run`` against what was known just before it. ``said`` is the runner's own word and wins.

    A long run is LONG however easy it was; its ``p_easy`` still speaks of the effort alone.
    Raises ValueError if the activity is not a run.
    """
    if not run.is_run:
        raise ValueError(f"activity {run.id} is a {run.sport_type}, not a run")
    if said is not None:
        p_easy = {RunKind.EASY: 1.0, RunKind.LONG: 1.0, RunKind.HARD: 0.0, RunKind.RACE: 0.0}.get(said, 0.5)
        return Verdict(said, Confidence.HIGH, p_easy, 0.0, (Reason("said.kind"),))
    unjudged = _unreadable(run, rules) or _too_short(run, rules)
    if unjudged:
        return unjudged
    case = _Case.of(run, base, rules)
    return case.race() or case.veto() or case.gentle() or case.by_points()


def judge_all(
    activities: Iterable[Activity],
    rules: Rules,
    *,
    zones: HeartRateZones | None = None,
    offsets: Offsets = NO_OFFSETS,
    heart_max_bpm: float | None = None,
    said: Mapping[int, RunKind] | None = None,
) -> dict[int, Verdict]:
    """Judge every run (any order given) as if on its own day, from the runs before it. Verdicts by id."""
    words = said or {}
    verdicts: dict[int, Verdict] = {}
    traces: list[Trace] = []
    for run in sorted(
        (each for each in activities if each.is_run), key=lambda each: (each.start_at, each.id)
    ):
        before = bisect_left(traces, run.start_at, key=lambda each: each.at)
        base = sum_up(
            traces[:before], run.start_at, rules, zones=zones, offsets=offsets, heart_max_bpm=heart_max_bpm
        )
        verdicts[run.id] = judge(run, base, rules, said=words.get(run.id))
        if found := trace(run, rules):
            traces.append(found)
    return verdicts


def corrected(run: Activity, base: Baseline, rules: Rules, said: RunKind) -> Offsets:
    """The runner's offsets after a word on this run: a small step towards it, smaller where it only confirms.

    Only easy, hard and race say something of the limits; any other word leaves them as they are.
    """
    if said not in (RunKind.EASY, RunKind.HARD, RunKind.RACE) or not run.is_run:
        return base.offsets
    own, label, offsets = rules.effort.correction, rules.effort.label, base.offsets
    case = _Case.of(run, base, rules)
    easy = said is RunKind.EASY
    confirmed = case.score >= label.easy_from if easy else case.score <= label.hard_to
    step = (1 if easy else -1) * (own.confirm_weight if confirmed else 1.0)
    heart = step * own.heart_step_share if case.signals.heart_weight > 0 else 0.0
    pace = step * own.pace_step_share if case.signals.pace_weight > 0 else 0.0
    overruled = easy and case.signals.pattern is Pattern.BY_SPLITS
    return Offsets(
        heart_share=clamp(offsets.heart_share + heart, own.heart_bounds_share),
        pace_share=clamp(offsets.pace_share + pace, own.pace_bounds_share),
        split_share=min(own.split_most_share, offsets.split_share + own.split_step_share * overruled),
    )


# --- what cannot be judged --------------------------------------------------------------------


def _unreadable(run: Activity, rules: Rules) -> Verdict | None:
    moving_s, elapsed_s, distance_m = run.moving_time_s, run.elapsed_time_s, run.distance_m
    label = rules.effort.label
    if not all(map(math.isfinite, (moving_s, elapsed_s, distance_m))) or min(moving_s, elapsed_s) < 0:
        return _without_points(RunKind.UNSURE, Reason("record.times"), rules)
    overrun = (
        elapsed_s > 0 and moving_s > elapsed_s * 1.02 + 5
    )  # more moving than time passed, rounding aside
    if overrun or moving_s > label.most_hours * 3600:
        return _without_points(RunKind.UNSURE, Reason("record.times"), rules)
    enough = moving_s >= label.least_minutes * 60
    if distance_m < 0 or (distance_m == 0 and enough and not (run.trainer or run.manual)):
        return _without_points(RunKind.UNSURE, Reason("record.distance"), rules)
    if enough and distance_m / moving_s > rules.physiology.valid.speed_mps[1]:
        facts = {"speed_kmh": 3.6 * distance_m / moving_s}
        return _without_points(RunKind.UNSURE, Reason("record.speed", 0.0, facts), rules)
    return None


def _too_short(run: Activity, rules: Rules) -> Verdict | None:
    label, minutes = rules.effort.label, run.moving_time_s / 60
    if minutes < label.least_minutes:
        facts = {"moving_minutes": minutes, "least_minutes": label.least_minutes}
        return _without_points(RunKind.TOO_SHORT, Reason("short.minutes", 0.0, facts), rules)
    if 0 < run.distance_m < label.least_m:
        facts = {"distance_m": run.distance_m, "least_m": label.least_m}
        return _without_points(RunKind.TOO_SHORT, Reason("short.distance", 0.0, facts), rules)
    return None


def _without_points(kind: RunKind, reason: Reason, rules: Rules) -> Verdict:
    confidence = Confidence.LOW if kind is RunKind.UNSURE else Confidence.HIGH
    return Verdict(kind, confidence, _p_easy(0.0, rules), 0.0, (reason,))


def _p_easy(score: float, rules: Rules) -> float:
    label = rules.effort.label
    return 1 / (1 + math.exp(-(label.slope * score + label.intercept)))


# --- from points to a kind --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Case:
    """One run before the judgement; each method gives the verdict if its rule applies."""

    run: Activity
    base: Baseline
    rules: Rules
    signals: Signals
    reasons: tuple[Reason, ...]  # all, strongest first
    score: float

    @classmethod
    def of(cls, run: Activity, base: Baseline, rules: Rules) -> "_Case":
        signals = read_signals(run, base, rules)
        reasons = points(signals, base, rules)
        return cls(run, base, rules, signals, reasons, sum(reason.points for reason in reasons))

    def race(self) -> Verdict | None:
        if self.signals.workout_type == 1:
            return self._hard(RunKind.RACE, Confidence.HIGH, Reason("race.tag"))
        quick = (self.signals.pace_share or 0.0) >= self.rules.effort.label.race_pace_share
        if self.signals.title.race and quick:
            named = Reason("race.title", 0.0, {"word": self.signals.title.race})
            return self._hard(RunKind.RACE, Confidence.MEDIUM, named)
        return None

    def veto(self) -> Verdict | None:
        """Averages hide intervals, so parts that alternate decide alone; calm hearts excuse uneven splits."""
        if self.signals.run_walk or self.signals.pattern is Pattern.STEADY:
            return None
        if self.signals.pattern is Pattern.BY_LAPS:
            facts = {"swing_share": self.signals.structure.lap_share or 0.0}
            return self._hard(RunKind.HARD, Confidence.HIGH, Reason("laps.alternate", 0.0, facts))
        own, peak = self.rules.effort.structure, self.signals.peak_share
        calm = peak is not None and peak <= own.excused_peak_share
        if calm and self.signals.heart_weight >= own.excused_heart_weight:
            return None
        facts = {"swing_share": self.signals.structure.split_share or 0.0}
        return self._hard(RunKind.HARD, Confidence.MEDIUM, Reason("splits.alternate", 0.0, facts))

    def gentle(self) -> Verdict | None:
        """For a runner whose runs are all brisk, the gentler ones are the easy ones."""
        limit, share = self.base.gentle_share, self.signals.heart_share
        if limit is None or share is None or share > limit + self.base.offsets.heart_share:
            return None
        uneven = any(reason.rule in ("splits.uneven", "laps.uneven") for reason in self.reasons)
        declared_hard = self.signals.workout_type == 3 or bool(self.signals.title.hard) or self._rated_hard()
        if uneven or declared_hard or self.run.moving_time_s > (self.base.longest_14d_s or math.inf):
            return None
        facts = {"heart_bpm": self.signals.heart_bpm or 0.0, "limit_bpm": limit * self.base.heart_max.bpm}
        score = max(self.score, self.rules.effort.label.easy_from)
        gentle = Reason("relative.gentle", 0.0, facts)
        return self._long() or self._verdict(RunKind.EASY, Confidence.MEDIUM, score, gentle)

    def by_points(self) -> Verdict:
        label = self.rules.effort.label
        if self.score <= label.hard_to and not self._unknown():
            return self._verdict(RunKind.HARD, self._confidence(), self.score)
        if long := self._long():
            return long
        if unknown := self._unknown():
            return self._verdict(RunKind.UNSURE, Confidence.LOW, 0.0, unknown)
        if self.score >= label.easy_from and not self._rated_hard():
            return self._verdict(RunKind.EASY, self._confidence(), self.score)
        return self._verdict(RunKind.UNSURE, Confidence.LOW, self.score, Reason("unsure.close"))

    def _unknown(self) -> Reason | None:
        """Why the signs are too few to add up, if they are. What the runner declared is always enough."""
        signals, base, label = self.signals, self.base, self.rules.effort.label
        if signals.has_declared:
            return None
        if not self._families():
            return Reason("unsure.no_signs")
        has_heart = signals.heart_weight > 0
        heart_known = base.heart_max.source is not HeartMaxFrom.ASSUMED or base.heart_easy_share is not None
        if base.runs < label.cold_runs and not (has_heart and heart_known):
            return Reason("unsure.first_runs", 0.0, {"runs": float(base.runs)})
        if not has_heart and base.recent_runs < label.no_heart_runs:
            return Reason("unsure.no_heart", 0.0, {"runs": float(base.recent_runs)})
        return None

    def _long(self) -> Verdict | None:
        rule, minutes = self.rules.effort.long, self.run.moving_time_s / 60
        median_minutes = (self.base.median_duration_s or 0.0) / 60
        usual_known = self.base.duration_runs >= rule.times_median_runs
        if minutes >= rule.minutes:
            reason = Reason("long.minutes", 0.0, {"moving_minutes": minutes, "long_minutes": rule.minutes})
        elif self.signals.workout_type == 2:
            reason = Reason("long.tag")
        elif (
            usual_known
            and minutes >= rule.times_median * median_minutes
            and minutes >= rule.times_median_from_minutes
        ):
            facts = {"moving_minutes": minutes, "usual_minutes": median_minutes}
            reason = Reason("long.for_you", 0.0, facts)
        else:
            return None
        return self._verdict(RunKind.LONG, self._confidence(), self.score, reason)

    def _rated_hard(self) -> bool:
        rated = self.signals.rated
        return rated is not None and rated >= self.rules.effort.declared.never_easy_rating

    def _families(self) -> int:
        signals, structure = self.signals, self.signals.structure
        has_pace = signals.pace_share is not None or signals.usual_share is not None
        has_parts = structure.split_share is not None or structure.lap_share is not None
        return sum(
            (
                signals.heart_weight > 0,
                has_pace and signals.pace_weight > 0,
                has_parts and not structure.trail and not signals.run_walk,
                signals.has_declared,
            )
        )

    def _confidence(self) -> Confidence:
        label, signals, base = self.rules.effort.label, self.signals, self.base
        sure = abs(self.score) >= label.sure_from and self._families() >= label.sure_families
        well_known = base.runs >= label.medium_runs and signals.heart_weight > 0
        if sure:
            return Confidence.HIGH if well_known else Confidence.MEDIUM
        guessed = base.heart_max.confidence is Confidence.LOW and not signals.has_declared
        return Confidence.LOW if guessed else Confidence.MEDIUM

    def _hard(self, kind: RunKind, confidence: Confidence, first: Reason) -> Verdict:
        """Decided by one rule alone: only what supports it is added."""
        score = min(self.score, self.rules.effort.label.veto_score)
        against = [
            reason
            for reason in self.reasons
            if reason.points < 0 and reason.rule not in ("laps.uneven", "splits.uneven")
        ]
        return Verdict(kind, confidence, _p_easy(score, self.rules), score, (first, *against)[:MOST_REASONS])

    def _verdict(
        self, kind: RunKind, confidence: Confidence, score: float, first: Reason | None = None
    ) -> Verdict:
        shown: Sequence[Reason] = (*((first,) if first else ()), *self.reasons)
        remark = self._heart_remark()
        if remark:
            shown = (*shown[: MOST_REASONS - 1], remark)
        return Verdict(kind, confidence, _p_easy(score, self.rules), score, tuple(shown[:MOST_REASONS]))

    def _heart_remark(self) -> Reason | None:
        if self.signals.heart_unusable:
            return Reason("heart.unusable")
        return Reason("heart.none") if self.signals.heart_bpm is None else None
