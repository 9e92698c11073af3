"""What the runner said of it, by a rating or in its title."""

from service.domain.activity import Reason
from service.domain.points.point import Compared, Family, Point, clamp


def _rated(run: Compared) -> float | None:
    own, rated = run.own.declared, run.seen.rated
    if rated is None:
        return None
    return own.rated_weight * clamp((own.rated_centre - rated) / own.rated_scale_steps, run.own.points.bounds)


def _tell_rated(run: Compared, points: float) -> Reason:
    return Reason("declared.rated", points, {"rated": run.seen.rated or 0.0})


def _title(run: Compared) -> float | None:
    own, title = run.own.declared, run.seen.title
    if bool(title.easy) == bool(title.hard):  # neither, or both
        return None
    return own.title_easy_points if title.easy else own.title_hard_points


def _tell_title(run: Compared, points: float) -> Reason:
    return Reason("declared.title", points, {"word": run.seen.title.easy or run.seen.title.hard})


RATED = Point("rated", Family.DECLARED, _rated, _tell_rated)
TITLE = Point("title", Family.DECLARED, _title, _tell_title)
