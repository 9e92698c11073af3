"""Weigh the signs of a run against the runner's own runs: points for easy are positive, against it negative.

A table of rules; each says how many points a run gets by it and which sentence tells them. The score is the
sum. Weights, centres and sources: config/rules.toml, [effort].
"""

from collections.abc import Iterable
from dataclasses import dataclass

from service.domain.activity import Reason
from service.domain.form import Form
from service.domain.points.context import DAY_BEFORE, YESTERDAY
from service.domain.points.context import OWN_MIX as OWN_MIX
from service.domain.points.course import CLIMB, LENGTH, SESSION, USUAL
from service.domain.points.declared import RATED, TITLE
from service.domain.points.heart import HEART, LOAD, SWING
from service.domain.points.pace import PACE, TOP
from service.domain.points.parts import STOPS, UNEVEN
from service.domain.points.point import Compared, Family, Point
from service.domain.points.point import clamp as clamp
from service.domain.signs import Signs

POINTS = (PACE, TOP, HEART, SWING, LOAD, UNEVEN, STOPS, LENGTH, USUAL, CLIMB, SESSION, RATED, TITLE)
BESIDE = (OWN_MIX, YESTERDAY, DAY_BEFORE)  # not kept of the run: they tell of its runner and of other days


@dataclass(slots=True)
class Weighed:
    run: Compared
    parts: list[tuple[Point, float]]  # what spoke, with its points
    own: float  # their sum: what is kept of the run
    score: float  # that beside the runner's usual, and the days before
    families: frozenset[Family]

    def reasons(self) -> tuple[Reason, ...]:
        """All that spoke, strongest first."""
        return self.tell(sorted(self.parts, key=_strength))

    def tell(self, parts: Iterable[tuple[Point, float]]) -> tuple[Reason, ...]:
        return tuple(point.tell(self.run, points) for point, points in parts)


def _strength(part: tuple[Point, float]) -> float:
    return -abs(part[1])


def weigh(seen: Signs, form: Form) -> Weighed:
    run = Compared(seen, form)
    parts = []
    own = form.rules.effort.context.base
    for point in POINTS:
        points = point.weigh(run)
        if points is not None:
            parts.append((point, points))
            own += points
    score = own
    for point in BESIDE:
        points = point.weigh(run)
        if points is not None:
            parts.append((point, points))
            score += points
    return Weighed(run, parts, own, score, frozenset([point.family for point, _ in parts]))
