"""The strip of seven days: what was run, what is usual, and where the sessions are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median

from service.domain.calendar import silent_on
from service.domain.effort import Judged, RunKind
from service.domain.planner import Size
from service.pipeline.situation import Situation
from service.web.views.wall import capital, count
from service.words import Words

BAR_TOP = 50.0  # height of the drawing
BAR_LEAST = 8.0
HABIT_WEEKS = timedelta(weeks=8)
HABIT_LEAST = 0.5  # run on at least half of these weekdays
BANDS = {RunKind.LONG: "long", RunKind.HARD: "hard", RunKind.RACE: "hard"}  # anything else is easy
MARKS = ("done", "mini", "planned", "likely", "excused")
HARDEST = ("easy", "long", "hard")


@dataclass(frozen=True, slots=True)
class StripDay:
    on: date
    letter: str
    band: str  # easy | long | hard | plan (a run that is usual) | none
    height: float  # of the bar, in units of a drawing 14 x 50
    mark: str  # done | mini | planned | likely | excused | ""
    is_today: bool
    label: str  # the same in words


@dataclass(frozen=True, slots=True)
class WeekStrip:
    days: tuple[StripDay, ...]
    done: str  # "1", "1½"
    target: int
    bands: tuple[str, ...]  # that occur, for the legend
    marks: tuple[str, ...]


def band(kind: RunKind | None) -> str:
    return BANDS.get(kind, "easy") if kind else "easy"


def hardest_band(runs: Sequence[Judged]) -> str:
    return max((band(run.verdict.kind if run.verdict else None) for run in runs), key=HARDEST.index)


def week_strip(known: Situation, target: int, words: Words) -> WeekStrip:
    usual = usual_m(known.judged, known.today)
    runs = {on: runs_on(known.judged, on) for on in _days(known.week_on)}
    metres = {on: sum(run.activity.distance_m for run in each) for on, each in runs.items()}
    ahead = [usual[on.weekday()] for on in _days(known.week_on) if _still_usual(on, known, usual)]
    most_m = max((*metres.values(), *ahead, 1.0))
    days = tuple(_day(on, runs[on], metres[on], most_m, usual, known, words) for on in _days(known.week_on))
    credit = known.credit
    return WeekStrip(
        days=days,
        done=count(credit),
        target=target,
        bands=tuple(name for name in HARDEST if any(day.band == name for day in days)),
        marks=tuple(name for name in MARKS if any(day.mark == name for day in days)),
    )


def runs_on(judged: Sequence[Judged], on: date) -> list[Judged]:
    return [item for item in judged if item.activity.is_run and item.activity.local_on == on]


def usual_m(judged: Sequence[Judged], today: date) -> Mapping[int, float]:
    """Weekday -> usual distance, for the weekdays on which the runner mostly runs. Needs four weeks."""
    runs = [item.activity for item in judged if item.activity.is_run]
    runs = [run for run in runs if today - HABIT_WEEKS <= run.local_on < today]
    if not runs or (today - runs[0].local_on).days < 28:
        return {}
    weeks = -(-(today - runs[0].local_on).days // 7)
    by_weekday: dict[int, dict[date, float]] = {}
    for run in runs:
        days = by_weekday.setdefault(run.local_on.weekday(), {})
        days[run.local_on] = days.get(run.local_on, 0.0) + run.distance_m
    return {
        weekday: median(days.values())
        for weekday, days in by_weekday.items()
        if len(days) >= HABIT_LEAST * weeks
    }


def _days(week_on: date) -> list[date]:
    return [week_on + timedelta(days=n) for n in range(7)]


def _still_usual(on: date, known: Situation, usual: Mapping[int, float]) -> bool:
    return on.weekday() in usual and (
        on > known.today or (on == known.today and not runs_on(known.judged, on))
    )


def _day(
    on: date,
    runs: Sequence[Judged],
    metres: float,
    most_m: float,
    usual: Mapping[int, float],
    known: Situation,
    words: Words,
) -> StripDay:
    mark = _mark(on, known)
    if runs:
        name, height = hardest_band(runs), _height(metres, most_m)
        told = words(f"week.label.{_told(runs, name)}", distance_m=metres)
    elif _still_usual(on, known, usual):
        name, height = "plan", _height(usual[on.weekday()], most_m)
        told = words("week.label.plan", distance_m=usual[on.weekday()])
    else:
        name, height = "none", 0.0
        told = words("week.label.ahead" if on > known.today else "week.label.none")
    label = capital(words("week.label.day", on=on, what=told))
    if mark:
        label = words("week.label.and", day=label, what=words(f"week.label.mark_{mark}"))
    letter = capital(words("week.letter", on=on))[0]
    return StripDay(on, letter, name, height, mark, on == known.today, label)


def _told(runs: Sequence[Judged], band: str) -> str:
    """Drawn as easy, a run that nobody could tell is not called so."""
    kinds = {run.verdict.kind if run.verdict else RunKind.UNSURE for run in runs}
    return "unsure" if band == "easy" and RunKind.UNSURE in kinds else band


def _height(metres: float, most_m: float) -> float:
    return round(max(BAR_LEAST, BAR_TOP * metres / most_m), 1)


def _mark(on: date, known: Situation) -> str:
    done = [session.size for session in known.done if session.on == on]
    if done:
        return "done" if Size.FULL in done else "mini"
    if silent_on(known.away, on) is not None:
        return "excused"
    if on < known.today:
        return ""
    if any(session.on == on for session in known.planned):
        return "planned" if on == known.today else "likely"
    return ""
