"""Length, round and hills beside what is usual, and the file just before."""

import math

from service.domain.activity import Reason
from service.domain.points.point import Compared, Family, Point, clamp
from service.domain.signs import Signs


def _length(run: Compared) -> float | None:
    own = run.own.length
    if run.seen.minutes <= own.minutes:
        return None
    points = math.log(run.seen.minutes / own.minutes) / own.scale_log
    return -own.weight * clamp(points, run.own.points.bounds)


def _tell_length(run: Compared, points: float) -> Reason:
    return Reason("length.long", points, {"moving_minutes": run.seen.minutes})


HARDLY_ANY_SHARE = 0.005  # rounds to 0 % when it is told


def _usual(run: Compared) -> float | None:
    own = run.own.usual
    share = run.form.round_share(run.seen)
    return (
        None
        if share is None
        else own.weight * clamp((share - own.centre_share) / own.scale_share, own.points)
    )


def _tell_usual(run: Compared, points: float) -> Reason:
    share = run.form.round_share(run.seen) or 0.0
    facts = {"share": share, "distance_m": run.seen.run.distance_m}
    if share <= HARDLY_ANY_SHARE:
        return Reason("usual.new", points, facts)
    return Reason("usual.round" if points >= 0 else "usual.seldom", points, facts)


def _climb(run: Compared) -> float | None:
    own, climb, climbs = run.own.climb, run.seen.climb_m_per_km, run.form.climbs
    if climb is None or len(climbs) < run.own.points.least_runs:
        return None
    usual = climbs.quantile(0.5)
    points = math.log((climb + own.offset_m_per_km) / (usual + own.offset_m_per_km)) / own.scale_log
    return own.weight * clamp(points, run.own.points.bounds)


def _tell_climb(run: Compared, points: float) -> Reason:
    facts = {
        "climb_m_per_km": run.seen.climb_m_per_km or 0.0,
        "usual_m_per_km": run.form.climbs.quantile(0.5),
    }
    return Reason("climb.more" if points >= 0 else "climb.less", points, facts)


def _session(run: Compared) -> float | None:
    own, seen, before = run.own.session, run.seen, run.form.last
    if before is None or seen.run.start_hidden or before.run.start_hidden:
        return None
    break_minutes = _break_minutes(seen, before)
    if not 0 <= break_minutes < own.break_minutes or before.minutes > own.warm_up_minutes:
        return None
    slower = before.speed_mps is not None and seen.speed_mps is not None and before.speed_mps < seen.speed_mps
    return -own.weight if slower else None


def _break_minutes(seen: Signs, before: Signs) -> float:
    return (seen.start_s - before.end_s) / 60


def _tell_session(run: Compared, points: float) -> Reason:
    before = run.form.last
    minutes = _break_minutes(run.seen, before) if before else 0.0
    return Reason("session.after_warm_up", points, {"break_minutes": minutes})


LENGTH = Point("length", Family.CONTEXT, _length, _tell_length)
USUAL = Point("usual", Family.CONTEXT, _usual, _tell_usual)
CLIMB = Point("climb", Family.CONTEXT, _climb, _tell_climb)
SESSION = Point("session", Family.CONTEXT, _session, _tell_session)
