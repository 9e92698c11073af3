"""From the runner's word on a run to limits of their own: small steps, held within bounds."""

from collections.abc import Iterable

from service.domain.effort import Family, RunKind, Verdict
from service.domain.points import clamp
from service.domain.rules import CorrectionRules, Rules
from service.domain.told import NO_OFFSETS, Offsets

DECIDES_ALONE = frozenset(
    {"race.tag", "race.title", "declared.workout", "laps.alternate"}
    | {"record.slow", "short.minutes", "short.distance"}  # nor is what is no run, or does not count, a lesson
)
SPEAK_OF_EFFORT = (RunKind.EASY, RunKind.HARD, RunKind.RACE)


def step(verdict: Verdict, said: RunKind, rules: Rules) -> Offsets:
    """How far one word moves the limits that the verdict came from; a quarter of it where it only confirms.

    ``verdict`` is what the points say of the run, whatever was said of it before, with its reasons. "Long"
    and "unsure" speak of no limit, and neither does a run that a tag, alternating laps, its shortness or a
    record that cannot be right decided.
    """
    if said not in SPEAK_OF_EFFORT or any(reason.rule in DECIDES_ALONE for reason in verdict.reasons[:1]):
        return NO_OFFSETS
    own, label, easy = rules.effort.correction, rules.effort.label, said is RunKind.EASY
    confirmed = verdict.score >= label.easy_from if easy else verdict.score <= label.hard_to
    size = (1 if easy else -1) * (own.confirm_weight if confirmed else 1.0)
    overruled = easy and any(reason.rule == "splits.alternate" for reason in verdict.reasons)
    return Offsets(
        heart_share=size * own.heart_step_share * (Family.HEART in verdict.families),
        pace_share=size * own.pace_step_share * (Family.PACE in verdict.families),
        split_share=own.split_step_share * overruled,
    )


def total(steps: Iterable[Offsets], rules: Rules) -> Offsets:
    """Where all steps, oldest first, have moved the limits: each bounded, so that no runner drifts away."""
    own, found = rules.effort.correction, NO_OFFSETS
    for one in steps:
        found = _moved(found, one, own)
    return found


def _moved(found: Offsets, one: Offsets, own: CorrectionRules) -> Offsets:
    return Offsets(
        heart_share=clamp(found.heart_share + one.heart_share, own.heart_bounds_share),
        pace_share=clamp(found.pace_share + one.pace_share, own.pace_bounds_share),
        split_share=clamp(found.split_share + one.split_share, (0.0, own.split_most_share)),
    )
