"""The run beside what is usual for its runner, and beside the days before."""

from service.domain.activity import Reason
from service.domain.points.point import Compared, Family, Point


def _own_mix(run: Compared) -> float | None:
    """Without its pace the run's sum is partial, and not one to set beside whole ones."""
    usual = run.form.usual_score
    return None if usual is None or not run.by_pace else -run.own.context.own_share * usual


def _tell_own_mix(run: Compared, points: float) -> Reason:
    return Reason("context.own_mix", points)


def _yesterday(run: Compared) -> float | None:
    own, usual, score = run.own.context, run.form.usual_score, run.form.score_on(run.seen.day - 1)
    if usual is None or score is None:
        return None
    if score < usual - own.hard_below:
        return own.after_hard
    return own.after_easy if score > usual + own.easy_above else None


def _tell_yesterday(run: Compared, points: float) -> Reason:
    return Reason("context.after_hard" if points > 0 else "context.after_easy", points)


def _day_before(run: Compared) -> float | None:
    own, usual, score = run.own.context, run.form.usual_score, run.form.score_on(run.seen.day - 2)
    if usual is None or score is None:
        return None
    return own.before_that_hard if score < usual - own.hard_below else None


def _tell_day_before(run: Compared, points: float) -> Reason:
    return Reason("context.hard_before", points)


OWN_MIX = Point("own_mix", Family.CONTEXT, _own_mix, _tell_own_mix)
YESTERDAY = Point("yesterday", Family.CONTEXT, _yesterday, _tell_yesterday)
DAY_BEFORE = Point("day_before", Family.CONTEXT, _day_before, _tell_day_before)
