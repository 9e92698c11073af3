"""One kind of point, and what it looks at: a run beside the form of its runner."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from service.domain.activity import Reason
from service.domain.form import Form
from service.domain.physiology import is_cadence_locked
from service.domain.rules import PlaceRules
from service.domain.signs import Signs
from service.domain.structure import NO_STRUCTURE, Pattern, pattern
from service.domain.windows import Window


class Family(StrEnum):
    """Kinds of signs."""

    HEART = "heart"
    PACE = "pace"
    PARTS = "parts"
    DECLARED = "declared"
    CONTEXT = "context"


class Compared:
    """One run before the judgement: its signs beside the form of its runner."""

    __slots__ = ("form", "heart_trust", "own", "pattern", "run_walk", "seen")

    def __init__(self, seen: Signs, form: Form) -> None:
        own = form.rules.effort
        self.seen, self.form, self.own = seen, form, own
        self.pattern, self.run_walk = Pattern.STEADY, False
        if seen.structure is not NO_STRUCTURE and form.told.use_pace:
            self.pattern = pattern(seen.structure, own.structure, form.told.offsets.split_share)
            self.run_walk = self.pattern is not Pattern.STEADY and self._runs_and_walks()
        self.heart_trust = self._heart_trust()

    def _heart_trust(self) -> float:
        seen, own = self.seen, self.own.heart
        if seen.heart_bpm is None or not self.form.told.use_heart:
            return 0.0
        trust = own.short_run_weight if seen.minutes < own.short_run_minutes else 1.0
        if is_cadence_locked(seen, self.form.quick_mps, self.form.rules.physiology.heart_max):
            trust *= own.cadence_lock_weight
        return trust

    def _runs_and_walks(self) -> bool:
        """A beginner's running and walking in turn, not repeats: the fast parts are no faster than easy."""
        own, structure, form = self.own.structure, self.seen.structure, self.form
        if structure.slow_mps is None or structure.fast_mps is None:
            return False
        if structure.slow_mps >= own.run_walk_slow_mps:
            return False
        peak = self.peak_share
        if peak is not None and peak > own.run_walk_peak_share:
            return False
        quick = own.run_walk_quick_share * (form.quick_mps or 0.0)
        return structure.fast_mps <= max(own.run_walk_fast_mps, quick)

    @property
    def by_pace(self) -> bool:
        """Whether its pace can be weighed."""
        known = self.seen.effort_mps is not None and self.form.quick_mps is not None
        return known and not self.run_walk and self.form.told.use_pace

    @property
    def peak_share(self) -> float | None:
        """Of the highest heart rate; None where peaks are not to be trusted."""
        if self.seen.peak_bpm is None or self.form.heart_max.spiky:
            return None
        return self.seen.peak_bpm / self.form.heart_max.bpm


@dataclass(frozen=True, slots=True)
class Point:
    """``weigh`` gives points times weight, or None where nothing is recorded or known to weigh it by.

    ``tell`` gives the sentence (a key under ``reason`` in config/messages) and the numbers in it.
    """

    name: str
    family: Family
    weigh: Callable[[Compared], float | None]
    tell: Callable[[Compared, float], Reason]


def clamp(value: float, bounds: tuple[float, float]) -> float:
    low, high = bounds
    return low if value < low else high if value > high else value


def by_place(
    value: float | None, window: Window, own: PlaceRules, run: Compared, shift: float = 0.0
) -> float | None:
    if value is None or len(window) < run.own.points.least_runs:
        return None
    points = (own.centre_share + shift - window.place(value)) / own.scale_share
    return own.weight * clamp(points, run.own.points.bounds)


def told_by_place(
    low: str, high: str, points: float, value: float, window: Window, facts: dict[str, float]
) -> Reason:
    """ "Lower than in 80 % of your runs", or higher."""
    place = window.place(value)
    if points >= 0:
        return Reason(low, points, {**facts, "others_share": 1 - place})
    return Reason(high, points, {**facts, "others_share": place})
