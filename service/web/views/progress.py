"""Progress: sessions next to running, week by week. Two series of the runner's own; no verdict on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from service.domain.adherence import AdherenceRules, Share, WeekCount, adherence, trend, week_counts
from service.domain.days import Day, DayKind
from service.domain.effort import Judged
from service.domain.mileage import MileageRules, WeekMileage, weekly
from service.domain.planner import WEEK, week_start
from service.pipeline.situation import Situation
from service.web.charts import NARROW, WIDE, Chart, WeekBar, chart
from service.web.views.attribution import ALL_ACTIVITIES, activity_path, is_garmin
from service.web.views.wall import capital, count, long, short_date, span, top_line
from service.web.views.week import hardest_band, runs_on
from service.words import METRES, Words

WEEKS = 12
RUN_DAYS = frozenset({DayKind.RUN_EASY, DayKind.RUN_UNSURE, DayKind.RUN_HARD, DayKind.LONG, DayKind.RACE})


@dataclass(frozen=True, slots=True)
class SessionFact:
    """One session done, with what it took."""

    on: date
    minutes: float
    mini: bool


@dataclass(frozen=True, slots=True)
class Facts:
    known: Situation
    sessions: tuple[SessionFact, ...]  # of the weeks shown at least
    targets: Mapping[date, int]  # first day of a week -> sessions planned
    excused: frozenset[date]
    since: date  # the day the account was made
    in_all: int
    first_session_on: date | None
    week_days: Mapping[date, Day]  # of the selected week, up to today
    selected: date  # its first day
    adherence: AdherenceRules
    mileage: MileageRules


@dataclass(frozen=True, slots=True)
class KeyFigure:
    value: str
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class DayRow:
    day: str
    band: str  # "" where nothing was run
    what: str
    detail: str
    distance: str
    mark: str  # done | mini | planned | ""
    mark_label: str
    href: str  # to the reasons of the deciding run, "" without one


@dataclass(frozen=True, slots=True)
class WeekDetail:
    title: str
    done: str
    of: str
    line: str  # 26 min strength for 4 h 35 of running
    rows: tuple[DayRow, ...]
    longer: str  # "" unless a run was longer than usual


@dataclass(frozen=True, slots=True)
class TableRow:
    week: str
    href: str
    easy: str
    long: str
    hard: str
    all: str
    running: str
    sessions: str
    share: str


@dataclass(frozen=True, slots=True)
class ProgressPage:
    date_line: str
    empty: bool
    figures: tuple[KeyFigure, ...]
    share_text: str  # the percentage, for whoever asks
    charts: tuple[Chart, ...]
    has_minis: bool
    has_excused: bool
    has_longer: bool
    detail: WeekDetail
    table: tuple[TableRow, ...]  # newest first
    unit: str
    derived_from_garmin: bool
    has_activities: bool


def shown_weeks(week_on: date) -> list[date]:
    """First days, oldest first."""
    return [week_on - back * WEEK for back in range(WEEKS - 1, -1, -1)]


def selected_week(asked: str, week_on: date, week_starts_on: int) -> date:
    """The week of the address, else the running one. Any day of a shown week names it."""
    try:
        on = week_start(date.fromisoformat(asked), week_starts_on)
    except (ValueError, OverflowError):
        return week_on
    return on if on in shown_weeks(week_on) else week_on


def progress_page(facts: Facts, words: Words) -> ProgressPage:
    known = facts.known
    weeks = shown_weeks(known.week_on)
    starts_on = known.prefs.week_starts_on
    mileage = weekly(known.judged, starts_on, weeks[0], weeks[-1], facts.mileage)
    counts = week_counts(known.done, facts.targets, weeks[0], weeks[-1], excused=facts.excused)
    shares = trend(
        known.done,
        facts.targets,
        known.today,
        WEEKS,
        facts.adherence,
        week_starts_on=starts_on,
        excused=facts.excused,
        since=facts.since,
    )
    bars = [
        _bar(run, kept, share, facts, words)
        for run, kept, (_week, share) in zip(mileage, counts, shares, strict=True)
    ]
    last_four = adherence(
        known.done,
        facts.targets,
        known.today,
        facts.adherence.short_days,
        excused=facts.excused,
        since=facts.since,
    )
    unit = known.prefs.units
    index = weeks.index(facts.selected)
    return ProgressPage(
        date_line=top_line(known.today, words),
        empty=not known.judged and not facts.in_all,
        figures=_figures(last_four, mileage, facts, words),
        share_text=_share_text(last_four, words),
        charts=tuple(chart(bars, facts.selected, unit, layout) for layout in (NARROW, WIDE)),
        has_minis=any(bar.done_mini for bar in bars),
        has_excused=any(bar.excused for bar in bars),
        has_longer=any(bar.longer for bar in bars),
        detail=_detail(mileage[index], counts[index], facts, words),
        table=tuple(
            _table_row(run, kept, share, facts, words)
            for run, kept, (_week, share) in reversed(list(zip(mileage, counts, shares, strict=True)))
        ),
        unit=unit,
        derived_from_garmin=any(is_garmin(item.activity) for item in known.judged),
        has_activities=bool(known.judged),
    )


# --- the figures ------------------------------------------------------------------------------


def _figures(
    last_four: Share, mileage: Sequence[WeekMileage], facts: Facts, words: Words
) -> tuple[KeyFigure, ...]:
    last_full = mileage[-2]
    planned = round(last_four.planned)
    sessions = KeyFigure(
        count(last_four.done),
        words("progress.of", planned=planned) if planned else "",
        words("progress.last_weeks"),
    )
    distance = KeyFigure(
        f"{_distance(last_full.running_m, facts):.0f}" if facts.known.judged else "–",
        facts.known.prefs.units,
        words("progress.last_full_week"),
    )
    first = facts.first_session_on
    since = words("progress.since", on=first) if first else words("progress.none_yet")
    return (sessions, distance, KeyFigure(f"{facts.in_all}", words("progress.in_all"), since))


def _share_text(share: Share, words: Words) -> str:
    if share.share is None:
        return ""
    return words("progress.share", share=share.share)


def _distance(metres: float, facts: Facts) -> float:
    return metres / METRES[facts.known.prefs.units]


# --- the weeks --------------------------------------------------------------------------------


def _bar(run: WeekMileage, kept: WeekCount, share: Share, facts: Facts, words: Words) -> WeekBar:
    return WeekBar(
        starts_on=run.starts_on,
        easy=_distance(run.easy_m, facts),
        long=_distance(run.long_m, facts),
        hard=_distance(run.hard_m, facts),
        done_full=kept.done_full,
        done_mini=kept.done_mini,
        open=0 if kept.excused else max(0, kept.planned - kept.done_full - kept.done_mini),
        excused=kept.excused,
        longer=run.longer_than_usual is not None,
        share=share.share,
        tick=short_date(run.starts_on, words),
        label=words(
            "progress.week_label",
            week=span(run.starts_on, words),
            running_m=run.running_m,
            sessions=_sessions(kept, words),
        ),
        href=_week_href(run.starts_on),
    )


def _week_href(on: date) -> str:
    return f"?week={on.isoformat()}#week"


def _sessions(kept: WeekCount, words: Words) -> str:
    if kept.excused:
        return words("progress.excused")
    if not kept.planned:
        return words("progress.sessions", done=count(kept.done))
    return words("progress.sessions_of", done=count(kept.done), planned=kept.planned)


def _table_row(run: WeekMileage, kept: WeekCount, share: Share, facts: Facts, words: Words) -> TableRow:
    def number(metres: float) -> str:
        return f"{_distance(metres, facts):.1f}"

    return TableRow(
        week=short_date(run.starts_on, words),
        href=_week_href(run.starts_on),
        easy=number(run.easy_m),
        long=number(run.long_m),
        hard=number(run.hard_m),
        all=number(run.running_m),
        running=long(run.moving_time_s) if run.moving_time_s else "–",
        sessions=_sessions(kept, words),
        share=words("progress.share_short", share=share.share) if share.share is not None else "–",
    )


# --- one week ---------------------------------------------------------------------------------


def _detail(run: WeekMileage, kept: WeekCount, facts: Facts, words: Words) -> WeekDetail:
    days = [facts.selected + timedelta(days=n) for n in range(7)]
    minutes = sum(session.minutes for session in facts.sessions if session.on in days)
    line = ""
    if minutes and run.moving_time_s:
        line = words("progress.balance", strength=long(minutes * 60), running=long(run.moving_time_s))
    elif run.moving_time_s:
        line = words("progress.only_running", running=long(run.moving_time_s))
    elif minutes:
        line = words("progress.only_strength", strength=long(minutes * 60))
    return WeekDetail(
        title=span(facts.selected, words),
        done=count(kept.done),
        of=words("progress.of", planned=kept.planned) if kept.planned and not kept.excused else "",
        line=line,
        rows=tuple(_day_row(on, facts, words) for on in days),
        longer=words("progress.longer", share=run.longer_than_usual) if run.longer_than_usual else "",
    )


def _day_row(on: date, facts: Facts, words: Words) -> DayRow:
    known = facts.known
    runs = runs_on(known.judged, on)
    sessions = [session for session in facts.sessions if session.on == on]
    mark = "done" if any(not one.mini for one in sessions) else "mini" if sessions else ""
    if not mark and on >= known.today and any(one.on == on for one in known.planned):
        mark = "planned"
    metres = sum(run.activity.distance_m for run in runs)
    return DayRow(
        day=capital(words("week.letter", on=on)),
        band=hardest_band(runs) if runs else "",
        what=_what(on, runs, facts, words),
        detail=" · ".join(
            words(f"progress.session_{'mini' if one.mini else 'full'}", minutes=one.minutes)
            for one in sessions
        ),
        distance=words("progress.distance", distance_m=metres) if runs else "",
        mark=mark,
        mark_label=words(f"week.label.mark_{mark}") if mark else "",
        href=_why_href(on, runs, facts),
    )


def _what(on: date, runs: Sequence[Judged], facts: Facts, words: Words) -> str:
    day = facts.week_days.get(on)
    if day is None or on > facts.known.today:
        return words("progress.day_ahead")
    if not facts.known.judged:
        return words("progress.day_unknown")
    if day.kind is DayKind.OPEN:
        return words("progress.day_open")
    if runs and day.kind not in RUN_DAYS:
        # a run too short to count, or one that another sport outweighs
        return words("progress.day_and_run", kind=words(f"day.headline.{day.kind.value}"))
    return words(f"day.headline.{day.kind.value}")


def _why_href(on: date, runs: Sequence[Judged], facts: Facts) -> str:
    day = facts.week_days.get(on)
    judged = {run.activity.id for run in runs if run.verdict}
    if day is not None and day.deciding_id in judged:
        return f"/why/{day.deciding_id}"
    return ""


def strava_path(known: Situation, week_on: date) -> str:
    """The latest run of the week, else the runner's own list."""
    runs = [item.activity for item in known.judged if item.activity.is_run]
    inside = [run for run in runs if week_on <= run.local_on < week_on + WEEK]
    return activity_path(inside[-1].id) if inside else ALL_ACTIVITIES
