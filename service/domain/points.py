"""Weigh the signs of a run: points for easy are positive, points against it negative, each with its facts."""

from bisect import bisect_left

from service.domain.activity import Reason
from service.domain.physiology import Baseline, HeartMaxFrom
from service.domain.rules import HeartRules, Rules
from service.domain.signals import Signals

_LEVEL_RULES = {
    HeartMaxFrom.RUNNER: "heart.level",
    HeartMaxFrom.RUNS: "heart.level",
    HeartMaxFrom.ZONES: "heart.level_zones",
    HeartMaxFrom.ASSUMED: "heart.level_assumed",
}


def points(signals: Signals, base: Baseline, rules: Rules) -> tuple[Reason, ...]:
    """Every rule that speaks, strongest first; their points add up to the score."""
    found = (
        *heart_points(signals, base, rules.effort.heart),
        *pace_points(signals, base, rules),
        *structure_points(signals, rules),
        *declared_points(signals, rules),
    )
    return tuple(sorted(found, key=lambda reason: -abs(reason.points)))


def heart_points(signals: Signals, base: Baseline, own: HeartRules) -> tuple[Reason, ...]:
    if signals.heart_share is None or signals.heart_bpm is None or signals.heart_weight == 0:
        return ()
    top, shift = base.heart_max, base.offsets.heart_share
    centre = (base.heart_easy_share or own.level_centre_share) + shift
    level = clamp((centre - signals.heart_share) / own.level_scale_share, own.level_points)
    facts = {"heart_bpm": signals.heart_bpm, "share": signals.heart_share, "heart_max_bpm": top.bpm}
    rule = "heart.first_hour" if signals.first_hour else _LEVEL_RULES[top.source]
    reasons = [Reason(rule, signals.heart_weight * level, facts)]
    if signals.peak_share is not None and signals.peak_bpm is not None:
        gap = own.peak_centre_share + shift - signals.peak_share
        peak = own.peak_weight * clamp(gap / own.peak_scale_share, own.peak_points)
        facts = {"peak_bpm": signals.peak_bpm, "share": signals.peak_share, "heart_max_bpm": top.bpm}
        reasons.append(Reason("heart.peak", signals.heart_weight * peak, facts))
    return tuple(reasons)


def pace_points(signals: Signals, base: Baseline, rules: Rules) -> tuple[Reason, ...]:
    own, weight, shift = rules.effort.pace, signals.pace_weight, base.offsets.pace_share
    reasons = []
    if weight > 0 and signals.pace_share is not None and base.threshold is not None:
        gap = own.threshold_centre_share + shift - signals.pace_share
        one_pace = base.threshold.spread < rules.physiology.relative.one_pace_spread
        trust = weight * (own.one_pace_weight if one_pace else 1.0)
        gained = trust * clamp(gap / own.threshold_scale_share, own.threshold_points)
        rule = "pace.below_threshold" if signals.pace_share < 1 else "pace.above_threshold"
        facts = _pace_facts(signals.speed_mps, signals.pace_share, "threshold_s_per_km")
        reasons.append(Reason(rule, gained, facts))
    if weight > 0 and signals.usual_share is not None:
        gap = own.usual_centre_share - signals.usual_share
        gained = weight * clamp(gap / own.usual_scale_share, own.usual_points)
        rule = "pace.below_usual" if signals.usual_share < 1 else "pace.above_usual"
        reasons.append(
            Reason(rule, gained, _pace_facts(signals.speed_mps, signals.usual_share, "usual_s_per_km"))
        )
    return tuple(reasons)


def _pace_facts(speed_mps: float | None, share: float, reference: str) -> dict[str, float]:
    """``difference_share`` is how much longer (or shorter) a kilometre took, never negative."""
    if not speed_mps:
        return {}
    pace = 1000 / speed_mps
    return {"pace_s_per_km": pace, reference: pace * share, "difference_share": abs(1 / share - 1)}


def structure_points(signals: Signals, rules: Rules) -> tuple[Reason, ...]:
    own, structure = rules.effort.structure, signals.structure
    if signals.run_walk or structure.trail:
        return ()
    reasons = []
    if structure.split_share is not None:
        gained = own.split_points[bisect_left(own.split_steps_share, structure.split_share)]
        gained *= own.hilly_weight if structure.hilly else 1.0
        rule = "splits.even" if gained >= 0 else "splits.uneven"
        reasons.append(Reason(rule, gained, {"swing_share": structure.split_share}))
    if structure.lap_share is not None:
        gained = own.lap_points[bisect_left(own.lap_steps_share, structure.lap_share)]
        rule = "laps.even" if gained >= 0 else "laps.uneven"
        reasons.append(Reason(rule, gained, {"swing_share": structure.lap_share}))
    return tuple(reasons)


def declared_points(signals: Signals, rules: Rules) -> tuple[Reason, ...]:
    own, title = rules.effort.declared, signals.title
    reasons = []
    if signals.rated is not None:
        gained = own.rated_points[bisect_left(own.rated_steps, signals.rated)]
        reasons.append(Reason("declared.rated", gained, {"rated": signals.rated}))
    if signals.workout_type == 3:
        reasons.append(Reason("declared.workout", own.workout_points))
    if title.easy and not title.hard:
        reasons.append(Reason("title.easy", own.title_easy_points, {"word": title.easy}))
    if title.hard and not title.easy:
        reasons.append(Reason("title.hard", own.title_hard_points, {"word": title.hard}))
    return tuple(reasons)


def clamp(value: float, bounds: tuple[float, float]) -> float:
    return min(bounds[1], max(bounds[0], value))
