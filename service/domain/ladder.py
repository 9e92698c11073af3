"""The ladder of doses and levels, and where a runner stands on it. Days are the runner's own."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from math import inf
from typing import Any

from service.domain.fitness import NEW_RUNNER, Fitness, Rotation
from service.domain.planner import Size
from service.domain.results import SessionResult, ShareRules, SideRules, weaker_side
from service.domain.routine import (
    HALVES,
    DoseRules,
    Exercise,
    ExercisePlan,
    Item,
    Level,
    Routine,
    parse_dose_rules,
    prescribe,
)
from service.domain.rules import parse_table

COUNTS = (
    "dose_up_sessions",
    "level_met_times",
    "level_least_sessions",
    "miss_sessions",
    "level_down_pain_times",
    "light_every_weeks",
)


@dataclass(frozen=True, slots=True)
class ProgressionRules:
    dose_up_sessions: int
    level_from_step: int
    level_least_reps: int
    level_met_times: int
    level_least_sessions: int
    level_least_days: int
    level_up_step: int
    level_race_h: float
    miss_sessions: int
    hold_pain: int
    level_down_pain_times: int
    level_down_pain_days: int
    level_down_step: int
    gap_days: tuple[int, ...]
    gap_step: int
    light_every_weeks: int
    race_week_days: int
    share: ShareRules
    sides: SideRules


def parse_progression_rules(mapping: Mapping[str, object]) -> ProgressionRules:
    """Read [progression] of the whole rules. Raises ValueError naming the key that is missing or wrong."""
    rules = parse_table(ProgressionRules, mapping.get("progression", {}), "progression")
    if len(rules.gap_days) != 3 or list(rules.gap_days) != sorted(set(rules.gap_days)):
        raise ValueError("rules: progression.gap_days must be three numbers of days, growing")
    if not 0 < rules.share.half < rules.share.full <= 1:
        raise ValueError("rules: progression.share.half must lie between 0 and progression.share.full")
    for name in COUNTS:
        if getattr(rules, name) < 1:
            raise ValueError(f"rules: progression.{name} must be at least 1")
    steps = len(parse_dose_rules(mapping).steps)
    for name in ("level_from_step", "level_up_step", "level_down_step", "gap_step"):
        if not 0 <= getattr(rules, name) < steps:
            raise ValueError(f"rules: progression.{name} must be the number of a step in dose.steps, from 0")
    if rules.sides.last_sessions < 1 or rules.sides.differ_reps < 1:
        raise ValueError("rules: progression.sides.last_sessions and differ_reps must be at least 1")
    return rules


# --- where a runner stands ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """With one exercise, or with what stands in for it."""

    level: int
    step: int  # of the dose ladder, from 0
    since: date  # on this level
    sessions: int = 0  # whole ones on this level
    good: int = 0  # in a row, met in full
    met_top: int = 0  # times that a dose which leads to the next level was met
    missed: int = 0  # in a row, with repetitions missing or form that broke
    pains: tuple[date, ...] = ()  # the late ones
    weak_side: str = ""  # the same side behind in every session since ...
    weak_since: date | None = None
    sides_told: bool = False

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "since": self.since.isoformat(),
            "pains": [on.isoformat() for on in self.pains],
            "weak_since": self.weak_since.isoformat() if self.weak_since else None,
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Standing":
        weak_since = stored["weak_since"]
        return cls(
            **{
                **stored,
                "since": date.fromisoformat(stored["since"]),
                "pains": tuple(date.fromisoformat(on) for on in stored["pains"]),
                "weak_since": date.fromisoformat(weak_since) if weak_since else None,
            }
        )


Standings = Mapping[str, Standing]  # by what is done: an alternative has its own


@dataclass(frozen=True, slots=True)
class Change:
    """What moved, or why it did not. Its sentence is in config/messages, [change]."""

    exercise: str  # "" for the whole session
    rule: str
    facts: Mapping[str, float | str] = field(default_factory=dict)  # numbers and keys, as JSON has them


Told = tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """All that the moves of one runner depend on, besides what they do."""

    routine: Routine
    dose: DoseRules
    rules: ProgressionRules
    fitness: Fitness = NEW_RUNNER
    max_minutes: float = inf

    @property
    def first_step(self) -> int:
        return self.dose.first_step(self.fitness)

    @property
    def last_step(self) -> int:
        return len(self.dose.steps) - 1

    def levels(self, exercise: str) -> tuple[Level, ...]:
        return self.routine.exercise(exercise).levels

    def lacks(self, level: Level) -> str:
        """The first thing that the level needs and the runner has not; "" where all is there."""
        return next((thing for thing in level.equipment if thing not in self.fitness.equipment), "")


def start(on: date, ladder: Ladder) -> Standings:
    """Of a new runner: all on the first level."""
    moves = (exercise.done_by(ladder.fitness) for exercise in ladder.routine.exercises)
    return {move.key: begun(move, on, ladder) for move in moves}


def begun(move: Exercise, on: date, ladder: Ladder) -> Standing:
    return Standing(move.levels[0].number, ladder.first_step, on)


def plan(
    standings: Standings, ladder: Ladder, history: Sequence[SessionResult] = ()
) -> dict[str, ExercisePlan]:
    """What ``prescribe`` asks for. ``history``: results, oldest first; they tell which side goes first."""
    found: dict[str, ExercisePlan] = {}
    for exercise in ladder.routine.exercises:
        move = exercise.done_by(ladder.fitness)
        standing = standings.get(move.key)
        level, step = (standing.level, standing.step) if standing else (1, ladder.first_step)
        swap = move.key if move is not exercise else ""
        first_side = weaker_side(history, move.key, ladder.rules.sides) or ""
        found[exercise.key] = ExercisePlan(level, step, first_side, swap)
    return found


def asked(standings: Standings, ladder: Ladder) -> dict[str, Item]:
    """What full sessions ask for, by what is done, whichever turn of the rotation has it."""
    own = plan(standings, ladder)
    sessions = [
        prescribe(ladder.routine, own, Size.FULL, ladder.max_minutes, ladder.dose, ladder.fitness, turn)
        for turn in range(len(HALVES) if ladder.fitness.rotation is Rotation.AB else 1)
    ]
    return {item.exercise: item for session in sessions for item in session.items}
