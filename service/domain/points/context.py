"""The run beside what is usual for its runner, and beside the days before."""

from service.domain.activity import Reason
from service.domain.points.point import Compared, Family, Point


def context(run: Compared, by_pace: bool) -> list[tuple[Point, float]]:
    """``by_pace``: its pace counted. Else its sum is partial, and not one to set beside whole ones."""
    own, form, usual = run.own.context, run.form, run.form.usual_score
    if usual is None:
        return []
    found = [(OWN_MIX, -own.own_share * usual)] if by_pace else []
    yesterday, before = form.score_on(run.seen.day - 1), form.score_on(run.seen.day - 2)
    if yesterday is not None and yesterday < usual - own.hard_below:
        found.append((YESTERDAY, own.after_hard))
    elif yesterday is not None and yesterday > usual + own.easy_above:
        found.append((YESTERDAY, own.after_easy))
    if before is not None and before < usual - own.hard_below:
        found.append((DAY_BEFORE, own.before_that_hard))
    return found


def _nothing(run: Compared) -> float | None:
    return None


OWN_MIX = Point("own_mix", Family.CONTEXT, _nothing, lambda run, points: Reason("context.own_mix", points))
YESTERDAY = Point(
    "yesterday",
    Family.CONTEXT,
    _nothing,
    lambda run, points: Reason("context.after_hard" if points > 0 else "context.after_easy", points),
)
DAY_BEFORE = Point(
    "day_before", Family.CONTEXT, _nothing, lambda run, points: Reason("context.hard_before", points)
)
