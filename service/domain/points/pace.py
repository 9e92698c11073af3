"""How quick it was, hills and length counted in."""

from service.domain.activity import Reason
from service.domain.points.point import Compared, Family, Point, by_place, clamp, told_by_place

SAME_PACE_SHARE = 0.005  # rounds to nothing when it is told


def _pace(run: Compared) -> float | None:
    own, effort, quick = run.own.pace, run.seen.effort_mps, run.form.quick_mps
    if effort is None or quick is None or not run.by_pace:
        return None
    centre = own.centre_share + run.form.told.offsets.pace_share
    weight = own.weight * (own.virtual_weight if run.seen.run.sport_type == "VirtualRun" else 1.0)
    if quick < own.one_pace_spread * (run.form.usual_mps or 0.0):
        weight *= own.one_pace_weight
    return weight * clamp((centre - effort / quick) / own.scale_share, run.own.points.bounds)


def _tell_pace(run: Compared, points: float) -> Reason:
    seen, quick = run.seen, run.form.quick_mps or 1.0
    share = (seen.effort_mps or quick) / quick
    pace_s = 1000 / (seen.speed_mps or 1.0)
    facts = {"pace_s_per_km": pace_s, "difference_share": abs(1 / share - 1)}
    if facts["difference_share"] < SAME_PACE_SHARE:
        return Reason("pace.as_quick", points, facts)
    if share > 1:
        return Reason("pace.faster", points, facts)
    return Reason("pace.slower" if points >= 0 else "pace.hardly_slower", points, facts)


def _top(run: Compared) -> float | None:
    if run.run_walk or not run.form.told.use_pace:
        return None
    return by_place(run.seen.top_mps, run.form.tops, run.own.top, run)


def _tell_top(run: Compared, points: float) -> Reason:
    top = run.seen.top_mps or 1.0
    return told_by_place("top.low", "top.high", points, top, run.form.tops, {"top_s_per_km": 1000 / top})


PACE = Point("pace", Family.PACE, _pace, _tell_pace)
TOP = Point("top", Family.PACE, _top, _tell_top)
