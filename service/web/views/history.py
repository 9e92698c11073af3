"""The sessions a runner has done, month by month, and what they show: levels over time, and the two sides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby, pairwise
from typing import Any

from service.domain.planner import Size
from service.domain.results import SessionResult, SideGap, SideRules, side_gaps
from service.domain.routine import Exercise, Routine
from service.pipeline.tools import Rules
from service.store.tables import StrengthSession
from service.web.gaps import SideChart, StepChart, side_chart, step_chart
from service.web.views.wall import capital, short_date, top_line
from service.words import Words

PAGE = 50  # sessions
EARLY = ("stopped", "pain", "idle")
MARKS = {Size.FULL.value: "done", Size.MINI.value: "mini"}


@dataclass(frozen=True, slots=True)
class Past:
    """What was typed to add a session."""

    on: str
    size: str = Size.FULL.value
    error: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    today: date
    rows: Sequence[StrengthSession]  # of this page, newest first, and one more where another page follows
    page: int  # from 1
    standings: Sequence[tuple[date, Mapping[str, Any]]]  # after each session, as stored, oldest first
    results: Sequence[SessionResult]  # the latest that were played set by set, oldest first
    routine: Routine
    rules: Rules
    past: Past
    earliest_on: date  # that can still be added


@dataclass(frozen=True, slots=True)
class Line:
    session_id: int
    day: str
    what: str
    detail: str
    mark: str  # done | mini | "" where it does not count
    mark_label: str


@dataclass(frozen=True, slots=True)
class Month:
    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class LevelView:
    title: str
    line: str
    chart: StepChart
    label: str  # the chart in words
    table: tuple[tuple[str, str], ...]  # day, level it changed to; newest first


@dataclass(frozen=True, slots=True)
class SideView:
    title: str
    line: str
    chart: SideChart
    label: str
    table: tuple[tuple[str, int, int], ...]  # day, left, right; newest first


@dataclass(frozen=True, slots=True)
class HistoryPage:
    date_line: str
    months: tuple[Month, ...]
    newer: int | None  # page
    older: int | None
    levels: tuple[LevelView, ...]
    sides: tuple[SideView, ...]
    sides_line: str  # what the chart of the sides still needs; "" once there is one
    past: Past
    earliest: str
    latest: str


def history_page(facts: Facts, words: Words) -> HistoryPage:
    shown, more = facts.rows[:PAGE], len(facts.rows) > PAGE
    moves = facts.routine.moves
    sides = facts.rules.progression.sides
    return HistoryPage(
        date_line=top_line(facts.today, words),
        months=tuple(
            Month(
                capital(words("history.month", on=on)), tuple(_line(row, facts.rules, words) for row in rows)
            )
            for on, rows in groupby(shown, key=lambda row: row.on.replace(day=1))
        ),
        newer=facts.page - 1 if facts.page > 1 else None,
        older=facts.page + 1 if more else None,
        levels=tuple(view for move in moves if (view := _levels(move, facts, words))),
        sides=_sides(moves, facts.results, sides, words),
        sides_line=_sides_to_go(facts.results, sides, words),
        past=facts.past,
        earliest=facts.earliest_on.isoformat(),
        latest=facts.today.isoformat(),
    )


# --- the list -------------------------------------------------------------------------------------


def _line(row: StrengthSession, rules: Rules, words: Words) -> Line:
    mark = MARKS.get(row.size, "")
    return Line(
        session_id=row.id,
        day=capital(words("history.day", on=row.on)),
        what=what_of(row, rules, words),
        detail=" · ".join(told_of(row, rules, words)),
        mark=mark,
        mark_label=words(f"week.label.mark_{mark}") if mark else "",
    )


def what_of(row: StrengthSession, rules: Rules, words: Words) -> str:
    """A whole session, a mini, or a part of one: that may count as a mini, or not at all."""
    is_part = row.share < rules.progression.share.full
    return words("history.size.part" if is_part or not row.size else f"history.size.{row.size}")


def told_of(row: StrengthSession, rules: Rules, words: Words) -> tuple[str, ...]:
    """What there is to say of a session as a whole, the shortest first."""
    told = [words("session.minutes", minutes=row.minutes)] if row.minutes else []
    if row.feedback:
        told.append(words(f"history.felt.{row.feedback}"))
    if row.share < rules.progression.share.full:
        told.append(words("history.share", share=row.share))
    if row.ended in EARLY:
        told.append(words(f"history.ended.{row.ended}"))
    if row.origin in ("log", "watch"):
        told.append(words(f"history.origin.{row.origin}"))
    if not row.size:
        told.append(words("history.uncounted"))
    return tuple(told)


# --- levels ---------------------------------------------------------------------------------------


def _levels(move: Exercise, facts: Facts, words: Words) -> LevelView | None:
    """None where the runner does not stand on this ladder, or no longer does."""
    held = [(on, int(each[move.key]["level"])) for on, each in facts.standings if move.key in each]
    if not held or move.key not in facts.standings[-1][1]:
        return None
    changes = [held[0], *(now for before, now in pairwise(held) if now[1] != before[1])]
    since, level = changes[-1]
    highest = len(move.levels)
    title = words(f"exercise.{move.key}.name")
    days = (short_date(held[0][0], words), short_date(facts.today, words))
    return LevelView(
        title=title,
        line=words("history.level", level=level, levels=highest, name=_variant(move.key, level, words)),
        chart=step_chart(held, facts.today, highest, days),
        label=words("history.level_label", exercise=title, level=level, levels=highest, on=since),
        table=tuple(
            (short_date(on, words), words("history.on_level", level=to, name=_variant(move.key, to, words)))
            for on, to in reversed(changes)
        ),
    )


def _variant(exercise: str, level: int, words: Words) -> str:
    return words(f"exercise.{exercise}.level_{level}.name")


# --- sides ----------------------------------------------------------------------------------------


def _sides(
    moves: Sequence[Exercise], results: Sequence[SessionResult], rules: SideRules, words: Words
) -> tuple[SideView, ...]:
    gaps = side_gaps(results, rules)
    return tuple(_side(move.key, gaps[move.key], rules, words) for move in moves if move.key in gaps)


def _side(exercise: str, gaps: Sequence[SideGap], rules: SideRules, words: Words) -> SideView:
    title = words(f"exercise.{exercise}.name")
    last = gaps[-1]
    differ = abs(last.left_reps - last.right_reps) >= rules.differ_reps
    days = [short_date(gap.on, words) for gap in gaps]
    return SideView(
        title=title,
        line=words(
            f"history.sides_{'differ' if differ else 'even'}", left=last.left_reps, right=last.right_reps
        ),
        chart=side_chart(gaps, (days[0], days[-1])),
        label=words("history.sides_label", exercise=title, sessions=len(gaps)),
        table=tuple(
            (day, gap.left_reps, gap.right_reps) for day, gap in reversed(list(zip(days, gaps, strict=True)))
        ),
    )


def _sides_to_go(results: Sequence[SessionResult], rules: SideRules, words: Words) -> str:
    """The exercise that is nearest to its chart says how many sessions are missing."""
    counts: dict[str, int] = {}
    for result in results:
        for exercise in {item.exercise for item in result.items if item.sided}:
            counts[exercise] = counts.get(exercise, 0) + 1
    missing = rules.chart_sessions - max(counts.values(), default=0)
    if missing <= 0:
        return ""
    return words("history.sides_to_go", sessions=rules.chart_sessions, missing=missing)
