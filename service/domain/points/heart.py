"""What the heart did: its place among the runner's own heart rates, and how far it jumped."""

from service.domain.activity import Reason
from service.domain.physiology import Confidence, HeartMaxFrom, own_easy_bpm
from service.domain.points.point import Compared, Family, Point, by_place, clamp, told_by_place

# Its sentence: by itself, for the first hour alone, and beside a highest heart rate that is known.
CALM = ("heart.calm", "heart.calm_first_hour", "heart.calm_of_max")
HIGH = ("heart.high", "heart.high_first_hour", "heart.high_of_max")


def _heart(run: Compared) -> float | None:
    if not run.heart_trust:
        return None
    share = _heart_place(run)
    if share is None:
        return _heart_level(run)
    own = run.own.heart
    centre = own.centre_share + run.form.told.offsets.heart_share
    return own.weight * run.heart_trust * clamp((centre - share) / own.scale_share, run.own.points.bounds)


def _heart_place(run: Compared) -> float | None:
    """Mean place of the highest and the average heart rate among the runner's own."""
    form, seen, least = run.form, run.seen, run.own.points.least_runs
    places = []
    if seen.peak_bpm is not None and len(form.peaks) >= least:
        places.append(form.peaks.place(seen.peak_bpm))
    if seen.heart_bpm is not None and len(form.averages) >= least:
        places.append(form.averages.place(seen.heart_bpm))
    return sum(places) / len(places) if places else None


def _heart_level(run: Compared) -> float | None:
    """For the first runs: the average beside what the runner or their zones say; an assumed maximum tells
    nothing.
    """
    form, own = run.form, run.own.heart
    limit = _easy_bpm(run)
    if limit is None or run.seen.heart_bpm is None:
        return None
    gap = (limit - run.seen.heart_bpm) / form.heart_max.bpm
    return 2 * own.weight * run.heart_trust * clamp(gap / own.level_scale_share, run.own.points.bounds)


def _easy_bpm(run: Compared) -> float | None:
    form = run.form
    own = own_easy_bpm(form.told.zones, form.heart_max.bpm, form.rules.physiology.heart_max)
    if own is not None:
        return own
    known = form.heart_max.source is not HeartMaxFrom.ASSUMED
    return run.own.heart.level_centre_share * form.heart_max.bpm if known else None


def _tell_heart(run: Compared, points: float) -> Reason:
    seen, top, place = run.seen, run.form.heart_max, _heart_place(run)
    bpm = seen.heart_bpm or 0.0
    facts = {"heart_bpm": bpm, "share": bpm / top.bpm, "heart_max_bpm": top.bpm}
    if place is None:
        return Reason("heart.level", points, facts)
    plain, first_hour, of_max = CALM if points >= 0 else HIGH
    facts["others_share"] = 1 - place if points >= 0 else place
    if seen.first_hour:
        return Reason(first_hour, points, facts)
    known = top.confidence is not Confidence.LOW
    return Reason(of_max if known else plain, points, facts)


def _swing(run: Compared) -> float | None:
    if not run.heart_trust or run.run_walk:
        return None
    own = run.own.swing
    points = by_place(run.seen.swing_share, run.form.swings, own, run, run.form.told.offsets.heart_share)
    return None if points is None else points * run.heart_trust


def _tell_swing(run: Compared, points: float) -> Reason:
    seen = run.seen
    facts = {"rise_bpm": (seen.peak_bpm or 0.0) - (seen.heart_bpm or 0.0)}
    return told_by_place("swing.low", "swing.high", points, seen.swing_share or 0.0, run.form.swings, facts)


def _load(run: Compared) -> float | None:
    if not run.form.told.use_heart:
        return None
    return by_place(run.seen.load_per_hour, run.form.loads, run.own.load, run)


def _tell_load(run: Compared, points: float) -> Reason:
    load = run.seen.load_per_hour or 0.0
    return told_by_place("load.low", "load.high", points, load, run.form.loads, {"load_per_hour": load})


HEART = Point("heart", Family.HEART, _heart, _tell_heart)
SWING = Point("swing", Family.HEART, _swing, _tell_swing)
LOAD = Point("load", Family.HEART, _load, _tell_load)
