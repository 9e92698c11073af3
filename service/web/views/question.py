"""The one-tap question about a run that nobody can tell easy from hard."""

from dataclasses import dataclass
from datetime import timedelta

from service.domain.activity import Activity
from service.domain.days import DayKind
from service.domain.effort import Judged
from service.pipeline.situation import Situation
from service.web.views.attribution import activity_path, device
from service.words import Words


@dataclass(frozen=True, slots=True)
class Question:
    activity_id: int
    title: str  # Was yesterday's run easy?
    line: str  # 07:12, 8.2 km in 49 min
    path: str  # on Strava's site
    device: str


def questions(known: Situation, ask: tuple[int, ...], words: Words) -> tuple[Question, ...]:
    """``ask``: ids of the runs to ask about."""
    return tuple(_question(item, known, words) for item in asked_about(known, ask))


def asked_about(known: Situation, ask: tuple[int, ...]) -> tuple[Judged, ...]:
    """Of the runs to ask about those that make their day; beside a harder part an answer changes nothing."""
    return tuple(item for item in known.judged if item.activity.id in ask and _makes_its_day(item, known))


def _makes_its_day(item: Judged, known: Situation) -> bool:
    day = known.days.get(item.activity.local_on)
    return day is not None and day.kind is DayKind.RUN_UNSURE and day.deciding_id == item.activity.id


def _question(item: Judged, known: Situation, words: Words) -> Question:
    run = item.activity
    return Question(
        activity_id=run.id,
        title=_title(item, known, words),
        line=f"{told_run(run, words)}.",
        path=activity_path(run.id),
        device=device(run),
    )


def told_run(run: Activity, words: Words) -> str:
    """07:12, 8.2 km in 49 min"""
    key = "today.ask.line" if run.distance_m > 0 else "today.ask.line_without_distance"
    return words(key, started=run.start_local, distance_m=run.distance_m, minutes=run.moving_time_s / 60)


def _title(item: Judged, known: Situation, words: Words) -> str:
    on = item.activity.local_on
    if on == known.today:
        return words("today.ask.today")
    if on == known.today - timedelta(days=1):
        return words("today.ask.yesterday")
    return words("today.ask.day", on=on)
