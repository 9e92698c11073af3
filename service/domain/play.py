"""What a phone tells of a session it played: read with suspicion, and one session made of several plays.

A play may come twice, late, or beside that of another phone. Merging takes a set that was done once as one,
so neither the order nor the number of times it comes changes anything. Moments are aware UTC.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from service.domain.planner import Size
from service.domain.results import (
    FORMS,
    SIDES,
    ExerciseResult,
    SessionResult,
    SetResult,
    ShareRules,
    credit,
    share_done,
)
from service.domain.routine import DoseRules, Exercise, Lighter, Routine
from service.domain.rules import parse_table

ENDED = ("done", "stopped", "pain", "idle")
FEEDBACK = ("", "too_easy", "right", "too_hard")
SKIP_REASONS = ("pain", "equipment", "time", "other")
PAIN = (0, 10)
PLAY_ID = re.compile(r"[0-9A-Za-z-]{1,36}")


@dataclass(frozen=True, slots=True)
class ResultRules:
    late_days_max: int
    past_days_max: int
    edit_days_max: int
    undo_days_max: int
    ahead_h_max: float
    old_days_max: int
    minutes_max: float
    reps_max: int
    sets_max: int


def parse_result_rules(mapping: Mapping[str, object]) -> ResultRules:
    """Read [result] of the whole rules file. Raises ValueError naming the key that is missing or wrong."""
    rules = parse_table(ResultRules, mapping.get("result", {}), "result")
    if min(rules.late_days_max, rules.past_days_max, rules.edit_days_max, rules.undo_days_max) < 0:
        raise ValueError("rules: the days of result must not be below 0")
    if rules.reps_max < 1 or rules.sets_max < 1 or rules.minutes_max < 1:
        raise ValueError("rules: result.reps_max, result.sets_max and result.minutes_max must be at least 1")
    return rules


class ResultRefused(ValueError):
    """Nothing of it is taken. ``key`` is that of the sentence about it, ``what`` names the field at fault."""

    def __init__(self, rule: str, what: str = "", **facts: int) -> None:
        super().__init__(f"result: {rule.replace('_', ' ')} {what}".rstrip())
        self.rule = rule
        self.what = what
        self.facts: Mapping[str, int] = facts

    @property
    def key(self) -> str:
        return f"result.wrong.{self.rule}"


@dataclass(frozen=True, slots=True)
class PlayedSet:
    exercise: str
    level: int
    result: SetResult

    @property
    def place(self) -> tuple[str, int, int, str]:
        return self.exercise, self.level, self.result.number, self.result.side


@dataclass(frozen=True, slots=True)
class Play:
    play_id: str
    started_at: datetime  # by the phone's clock, as is the end
    ended_at: datetime
    ended: str  # of ENDED
    sets: tuple[PlayedSet, ...] = ()  # each place once
    skips: Mapping[str, str] = field(default_factory=dict)  # exercise -> reason
    feedback: str = ""
    pain: int | None = None  # at the end


@dataclass(frozen=True, slots=True)
class Edit:
    feedback: str
    pain: int | None
    forms: Mapping[str, str]  # by exercise, for all of its sets


# --- reading --------------------------------------------------------------------------------------


def parse_play(body: object, session_id: int, now: datetime, routine: Routine, rules: ResultRules) -> Play:
    """Raises ResultRefused for whatever a player of ours would not send."""
    if not isinstance(body, Mapping):
        raise ResultRefused("broken", "body")
    if body.get("session_id", session_id) != session_id:
        raise ResultRefused("broken", "session_id")
    play_id = body.get("play_id")
    if not isinstance(play_id, str) or not PLAY_ID.fullmatch(play_id):
        raise ResultRefused("broken", "play_id")
    started_at, ended_at = (_moment(body, name, now, rules) for name in ("started_at", "ended_at"))
    return Play(
        play_id,
        started_at,
        max(started_at, ended_at),
        _one_of(body, "ended", ENDED),
        merged(_set(row, routine, rules) for row in _rows(body, "sets", rules.sets_max)),
        dict(_skip(row, routine) for row in _rows(body, "skips", rules.sets_max)),
        _one_of(body, "feedback", FEEDBACK),
        _pain(body),
    )


def parse_edit(body: object, prescription: Mapping[str, Any]) -> Edit:
    """Raises ResultRefused for what no form of ours would send, also of an exercise that was not asked."""
    if not isinstance(body, Mapping):
        raise ResultRefused("broken", "body")
    forms = body.get("forms", {})
    if not isinstance(forms, Mapping):
        raise ResultRefused("broken", "forms")
    if not set(forms) <= {item["exercise"] for item in prescription.get("items", ())}:
        raise ResultRefused("unknown", "exercise")
    return Edit(
        _one_of(body, "feedback", FEEDBACK),
        _pain(body),
        {exercise: _one_of(forms, exercise, ("", *FORMS)) for exercise in forms},
    )


def _set(row: Mapping[str, object], routine: Routine, rules: ResultRules) -> PlayedSet:
    exercise = _exercise(row, routine)
    number = _number(row, "level", 1, len(exercise.levels), "unknown")
    sides = SIDES if exercise.level(number).sides == len(SIDES) else ("both",)
    result = SetResult(
        _number(row, "number", 1, rules.sets_max),
        _one_of(row, "side", sides),
        _number(row, "reps", 0, rules.reps_max),
        _one_of(row, "form", ("", *FORMS)),
        _pain(row),
    )
    return PlayedSet(exercise.key, number, result)


def _skip(row: Mapping[str, object], routine: Routine) -> tuple[str, str]:
    return _exercise(row, routine).key, _one_of(row, "reason", SKIP_REASONS)


def _exercise(row: Mapping[str, object], routine: Routine) -> Exercise:
    found = next((each for each in routine.moves if each.key == row.get("exercise")), None)
    if found is None:
        raise ResultRefused("unknown", "exercise")
    return found


def _moment(body: Mapping[str, object], name: str, now: datetime, rules: ResultRules) -> datetime:
    text = body.get(name)
    try:
        at = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ResultRefused("broken", name)
    # compared as ages: a time at the edge of the calendar may have no counterpart in another zone
    age = now - at
    if age < -timedelta(hours=rules.ahead_h_max) or age > timedelta(days=rules.old_days_max):
        raise ResultRefused("clock", name)
    return at.astimezone(now.tzinfo)


def _rows(body: Mapping[str, object], name: str, most: int) -> list[Mapping[str, object]]:
    rows = body.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise ResultRefused("broken", name)
    if len(rows) > most:
        raise ResultRefused("range", name)
    return rows


def _one_of(body: Mapping[str, object], name: str, known: Sequence[str]) -> str:
    """A missing one is ""."""
    value = body.get(name, "")
    if not isinstance(value, str) or value not in known:
        raise ResultRefused("unknown", name)
    return value


def _pain(body: Mapping[str, object]) -> int | None:
    return None if body.get("pain") is None else _number(body, "pain", *PAIN)


def _number(body: Mapping[str, object], name: str, least: int, most: int, rule: str = "range") -> int:
    value = body.get(name)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ResultRefused("broken", name)
    if not least <= value <= most:
        raise ResultRefused(rule, name)
    return value


# --- one session out of several plays -------------------------------------------------------------


def merged(sets: Iterable[PlayedSet]) -> tuple[PlayedSet, ...]:
    """Each place once, in order: the more repetitions, the worse form, the greater pain."""
    found: dict[tuple[str, int, int, str], PlayedSet] = {}
    for one in sets:
        other = found.get(one.place)
        found[one.place] = replace(one, result=_worse(one.result, other.result)) if other else one
    return tuple(found[place] for place in sorted(found))


def _worse(one: SetResult, other: SetResult) -> SetResult:
    forms = [form for form in (one.form, other.form) if form]
    return SetResult(
        one.number,
        one.side,
        max(one.reps, other.reps),
        max(forms, key=FORMS.index, default=""),
        worse_pain(one.pain, other.pain),
    )


def worse_pain(one: int | None, other: int | None) -> int | None:
    return max((pain for pain in (one, other) if pain is not None), default=None)


def ended_as(one: str, other: str) -> str:
    """Of two phones; pain outweighs all, and what was played out on one of them was played out."""
    return min((each for each in (one, other) if each), key=("pain", "done", "stopped", "idle").index)


# --- the runner's own word ------------------------------------------------------------------------


def with_forms(
    forms: Mapping[str, str], sets: Sequence[PlayedSet], prescription: Mapping[str, Any]
) -> tuple[PlayedSet, ...]:
    """``prescription``: of a session that was told of by hand. Who speaks of its form has done what it asked
    for.
    """
    if any(forms.values()) and not sets:
        sets = [one for item in prescription.get("items", ()) for one in _as_asked(item)]
    return tuple(
        replace(one, result=replace(one.result, form=forms[one.exercise])) if one.exercise in forms else one
        for one in sets
    )


def _as_asked(item: Mapping[str, Any]) -> Iterable[PlayedSet]:
    for number in range(1, int(item["sets"]) + 1):
        for side in SIDES if int(item["sides"]) == len(SIDES) else ("both",):
            yield PlayedSet(item["exercise"], int(item["level"]), SetResult(number, side, int(item["reps"])))


# --- against what was asked -----------------------------------------------------------------------


def session_result(
    on: date,
    prescription: Mapping[str, Any],
    sets: Iterable[PlayedSet],
    skips: Mapping[str, str],
    rules: DoseRules,
    *,
    feedback: str = "",
    pain: int | None = None,
    ended: str = "done",
) -> SessionResult:
    """``prescription``: as it is stored with the session. Nothing told of any exercise: no items."""
    by_exercise: dict[str, list[PlayedSet]] = defaultdict(list)
    for one in sets:
        by_exercise[one.exercise].append(one)
    is_told = bool(by_exercise or skips)
    items = tuple(
        result
        for item in (prescription.get("items", ()) if is_told else ())
        for result in _item_results(
            item, by_exercise[item["exercise"]], skips.get(item["exercise"], ""), rules
        )
    )
    size, lighter = Size(prescription.get("size", Size.FULL)), Lighter(prescription.get("lighter", ""))
    return SessionResult(on, size, items, feedback, pain, ended, lighter)


def _item_results(
    item: Mapping[str, Any], played: Sequence[PlayedSet], skipped: str, rules: DoseRules
) -> list[ExerciseResult]:
    """One for each level it was done on. Together they ask for as many sets as were prescribed."""
    own_level, left = int(item["level"]), set(range(1, int(item["sets"]) + 1))
    by_level: dict[int, list[SetResult]] = {own_level: []}
    for one in played:
        by_level.setdefault(one.level, []).append(one.result)
    taken = {level: _take(left, {one.number for one in by_level[level]}) for level in by_level}
    taken[own_level] |= left  # what was not done at all was asked for as prescribed
    found = [
        ExerciseResult(
            item["exercise"],
            level,
            len(numbers),
            _wanted_reps(item, level, rules),
            _renumbered(by_level[level], numbers),
            skipped,
        )
        for level, numbers in taken.items()
        if numbers or by_level[level]
    ]
    # Left out on one phone and done on another was done; what hurt stays told.
    if skipped and skipped != "pain" and all(result.all_done for result in found):
        return [replace(result, skipped="") for result in found]
    return found


def _take(left: set[int], numbers: set[int]) -> set[int]:
    taken = left & numbers
    left -= taken
    return taken


def _wanted_reps(item: Mapping[str, Any], level: int, rules: DoseRules) -> int:
    """A harder level begins with the smallest dose, in the player as on the ladder."""
    reps = int(item["reps"])
    return min(reps, rules.steps[0][1]) if level > int(item["level"]) else reps


def _renumbered(sets: Sequence[SetResult], wanted: set[int]) -> tuple[SetResult, ...]:
    """From 1 on, the wanted ones first."""
    order = sorted({one.number for one in sets} | wanted, key=lambda number: (number not in wanted, number))
    return tuple(replace(one, number=order.index(one.number) + 1) for one in sets)


def share_of(result: SessionResult) -> float:
    """How much of the session was done; what the runner has not the things for was not asked for."""
    return share_done(item for item in result.items if item.skipped != "equipment")


def counted_as(size: Size, share: float, rules: ShareRules) -> Size | None:
    """What a session of which ``share`` was done counts as in its week. Half a mini counts as nothing: a week
    has no quarters.
    """
    worth = credit(size, share, rules)
    return next((each for each in Size if each.credit == worth), None)
