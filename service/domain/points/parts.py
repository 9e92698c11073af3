"""How its parts differ, and how long it stood still."""

from service.domain.activity import Reason
from service.domain.points.point import Compared, Family, Point, clamp


def _uneven(run: Compared) -> float | None:
    structure, own = run.seen.structure, run.own.uneven
    if structure.uneven_share is None or structure.trail or run.run_walk or not run.form.told.use_pace:
        return None
    gap = own.centre_share - structure.uneven_share
    return own.weight * clamp(gap / own.scale_share, run.own.points.bounds)


def _tell_uneven(run: Compared, points: float) -> Reason:
    facts = {"swing_share": run.seen.structure.uneven_share or 0.0}
    return Reason("parts.even" if points >= 0 else "parts.uneven", points, facts)


def _stops(run: Compared) -> float | None:
    own, share = run.own.stops, run.seen.moving_share
    if share is None or share >= own.from_share or run.run_walk:
        return None
    return -own.weight * clamp((own.from_share - share) / own.scale_share, run.own.points.bounds)


def _tell_stops(run: Compared, points: float) -> Reason:
    return Reason("stops.many", points, {"still_share": 1 - (run.seen.moving_share or 1.0)})


UNEVEN = Point("uneven", Family.PARTS, _uneven, _tell_uneven)
STOPS = Point("stops", Family.PARTS, _stops, _tell_stops)
