"""The moves, their levels, and what one session prescribes within the runner's minutes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from math import inf

from service.domain.fitness import NEW_RUNNER, POSTURES, Fitness, Rotation
from service.domain.planner import Size
from service.domain.rules import parse_table

HALVES = ("a", "b")


class ExerciseKey(StrEnum):
    SINGLE_LEG_SQUAT = "single_leg_squat"
    GLUTE_BRIDGE = "glute_bridge"
    CLAMSHELL = "clamshell"
    STEP_DOWN = "step_down"


class Lighter(StrEnum):
    """Why a session asks for less than the ladder."""

    NO = ""
    RACE_WEEK = "race_week"
    LIGHT_WEEK = "light_week"
    PAIN = "pain"  # the last session hurt: also an easier level


@dataclass(frozen=True, slots=True)
class TempoPart:
    part: str  # "lower", "hold", ...; its word is in config/messages, [exercise.tempo]
    seconds: float


@dataclass(frozen=True, slots=True)
class Level:
    """Names and cues are in config/messages, [exercise.<exercise>.level_<number>]."""

    number: int  # from 1, the easiest
    equipment: tuple[str, ...]
    sides: int  # 2: left and right one after the other, reps count per side
    tempo: tuple[TempoPart, ...]
    step_cm: int = 0  # height of the step, 0 without one
    skip_without: bool = False  # without its equipment the ladder goes on above it; else it waits below


@dataclass(frozen=True, slots=True)
class Exercise:
    key: str
    levels: tuple[Level, ...]  # easiest first
    half: str = ""  # of the rotation, "a" or "b"
    alternative: "Exercise | None" = None
    when: frozenset[str] = frozenset()  # of an alternative: it stands in for who cannot do one of these

    def level(self, number: int) -> Level:
        """Raises ValueError where the exercise has no such level."""
        if not 1 <= number <= len(self.levels):
            raise ValueError(f"{self.key} has levels 1 to {len(self.levels)}, not {number}")
        return self.levels[number - 1]

    def easier(self, number: int) -> int | None:
        return number - 1 if number > 1 else None

    def harder(self, number: int) -> int | None:
        return number + 1 if number < len(self.levels) else None

    def done_by(self, fitness: Fitness) -> "Exercise":
        """Itself, or what stands in for it where the runner cannot kneel or lie."""
        other = self.alternative
        return other if other and other.when & fitness.cannot else self


@dataclass(frozen=True, slots=True)
class Routine:
    exercises: tuple[Exercise, ...]  # in the order they are done

    @property
    def moves(self) -> tuple[Exercise, ...]:
        """The exercises, each followed by its alternative."""
        return tuple(move for each in self.exercises for move in (each, each.alternative) if move)

    def exercise(self, key: str) -> Exercise:
        """One of the routine or an alternative. Raises ValueError for an unknown key."""
        for exercise in self.moves:
            if exercise.key == key:
                return exercise
        raise ValueError(f'the routine has no exercise "{key}"')


@dataclass(frozen=True, slots=True)
class Dose:
    sets: int
    reps: int  # per side

    @property
    def work(self) -> int:
        return self.sets * self.reps

    def within(self, most: "Dose") -> "Dose":
        return Dose(min(self.sets, most.sets), min(self.reps, most.reps))


@dataclass(frozen=True, slots=True)
class ExercisePlan:
    """Where a runner stands with one exercise of the routine, or with what stands in for it."""

    level: int
    step: int  # of the dose ladder, from 0
    first_side: str = ""  # "left", "right", "" where neither needs to go first
    swap: str = ""  # the alternative's key, whose level and step these then are


@dataclass(frozen=True, slots=True)
class Item:
    """One exercise of a session."""

    exercise: str  # what is done; an alternative's own key where one stands in
    level: int
    sets: int
    reps: int  # per side
    sides: int
    tempo_s: tuple[TempoPart, ...]
    equipment: tuple[str, ...] = ()
    first_side: str = ""
    swap: str = ""  # of an alternative: the exercise of the routine that it stands in for

    @property
    def dose(self) -> Dose:
        return Dose(self.sets, self.reps)


@dataclass(frozen=True, slots=True)
class Prescription:
    size: Size
    items: tuple[Item, ...]
    minutes: float  # computed, pauses included
    lighter: Lighter = Lighter.NO

    @property
    def dose(self) -> Dose:
        return self.items[0].dose


@dataclass(frozen=True, slots=True)
class DoseRules:
    steps: tuple[tuple[int, int], ...]  # (sets, reps), smallest first
    start_step: int
    cautious_step: int
    mini: tuple[int, int]
    mini_minutes: float
    rotation: tuple[int, int]
    race_week_sets_fewer: int
    light_week_sets: int
    after_pain_reps_share: float
    reps_min: int
    rest_s: float
    side_change_s: float
    exercise_change_s: float
    set_up_s: float

    @property
    def ladder(self) -> tuple[Dose, ...]:
        return tuple(Dose(sets, reps) for sets, reps in self.steps)

    def first_step(self, fitness: Fitness) -> int:
        return self.cautious_step if fitness.cautious else self.start_step


def parse_dose_rules(mapping: Mapping[str, object]) -> DoseRules:
    """Read [dose] of the whole rules file. Raises ValueError naming the key that is missing or wrong."""
    rules = parse_table(DoseRules, mapping.get("dose", {}), "dose")
    if not rules.steps or not 0 <= rules.cautious_step <= rules.start_step < len(rules.steps):
        raise ValueError(
            "rules: dose.start_step must be the number of a step in dose.steps, from 0, and"
            " dose.cautious_step not above it"
        )
    if list(rules.steps) != sorted(set(rules.steps), key=lambda step: step[0] * step[1]):
        raise ValueError("rules: dose.steps must grow from step to step")
    doses = (*rules.steps, rules.mini, rules.rotation, (rules.light_week_sets, rules.reps_min))
    if any(sets < 1 or reps < 1 for sets, reps in doses):
        raise ValueError(
            "rules: dose.steps, dose.mini, dose.rotation, dose.light_week_sets and dose.reps_min need at"
            " least 1 set and 1 rep"
        )
    if rules.race_week_sets_fewer < 0:
        raise ValueError("rules: dose.race_week_sets_fewer must not be below 0")
    if not 0 < rules.after_pain_reps_share <= 1:
        raise ValueError("rules: dose.after_pain_reps_share must be above 0 and at most 1")
    return rules


# --- the file -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _LevelRow:
    equipment: tuple[str, ...]
    sides: int
    tempo: tuple[TempoPart, ...]
    step_cm: int
    skip_without: bool


@dataclass(frozen=True, slots=True)
class _AlternativeRow:
    key: str
    when: frozenset[str]
    level: tuple[_LevelRow, ...]


@dataclass(frozen=True, slots=True)
class _ExerciseRow:
    key: str
    half: str
    level: tuple[_LevelRow, ...]


def parse_routine(mapping: Mapping[str, object]) -> Routine:
    """Read config/routine.toml. Raises ValueError naming the key that is missing or wrong."""
    rows = mapping.get("exercise")
    if not isinstance(rows, list):
        raise ValueError("routine: [[exercise]] is missing")
    routine = Routine(tuple(_exercise(row, f"exercise[{number}]") for number, row in enumerate(rows)))
    keys = [exercise.key for exercise in routine.exercises]
    if sorted(keys) != sorted(ExerciseKey):
        raise ValueError(f"routine: exercise must list each of {', '.join(ExerciseKey)} once, not {keys}")
    all_keys = [move.key for move in routine.moves]
    if len(set(all_keys)) < len(all_keys):
        raise ValueError(f"routine: exercise.alternative.key must be a name of its own, not as in {all_keys}")
    if {exercise.half for exercise in routine.exercises} != set(HALVES):
        raise ValueError('routine: exercise.half must be "a" for some exercises and "b" for the others')
    return routine


def _exercise(row: object, path: str) -> Exercise:
    alternative = None
    if isinstance(row, Mapping) and "alternative" in row:
        alternative = _alternative(row["alternative"], f"{path}.alternative")
        row = {name: value for name, value in row.items() if name != "alternative"}
    table = parse_table(_ExerciseRow, _whole(row), path)
    return Exercise(table.key, _levels(table.level, path), table.half, alternative)


def _alternative(row: object, path: str) -> Exercise:
    table = parse_table(_AlternativeRow, _whole(row), path)
    if not table.when or not table.when <= POSTURES:
        raise ValueError(f"routine: {path}.when must be some of {', '.join(sorted(POSTURES))}")
    return Exercise(table.key, _levels(table.level, path), when=table.when)


def _whole(row: object) -> object:
    """With what most levels need not say."""
    if isinstance(row, Mapping) and isinstance(row.get("level"), list):
        return {**row, "level": [{"step_cm": 0, "skip_without": False} | level for level in row["level"]]}
    return row


def _levels(rows: tuple[_LevelRow, ...], path: str) -> tuple[Level, ...]:
    if not rows:
        raise ValueError(f"routine: {path}.level must have at least one entry")
    return tuple(_level(row, number, path) for number, row in enumerate(rows, 1))


def _level(row: _LevelRow, number: int, path: str) -> Level:
    if row.sides not in (1, 2):
        raise ValueError(f"routine: {path}.level[{number - 1}].sides must be 1 or 2, not {row.sides}")
    if not row.tempo or any(part.seconds <= 0 for part in row.tempo):
        raise ValueError(f"routine: {path}.level[{number - 1}].tempo needs parts of more than 0 seconds")
    return Level(number, row.equipment, row.sides, row.tempo, row.step_cm, row.skip_without)


# --- a session ------------------------------------------------------------------------------------


def prescribe(
    routine: Routine,
    plan: Mapping[str, ExercisePlan],
    size: Size,
    max_minutes: float,
    rules: DoseRules,
    fitness: Fitness = NEW_RUNNER,
    turn: int = 0,
    lighter: Lighter = Lighter.NO,
) -> Prescription:
    """What to do in one session: the most of each exercise's dose that fits ``max_minutes`` together.

    ``plan``: by the keys of the routine; what is missing begins. ``turn``: sessions done so far, for the
    rotation. Only a runner who chose long sessions gets more minutes than ``max_minutes``, and never in a
    mini, which is the rules' own small dose of all exercises. Raises ValueError for an unknown level or
    alternative, or where not even one repetition of each exercise fits.
    """
    exercises = exercises_of(routine, size, fitness, turn)
    wanted = tuple(_item(each, plan, size, rules, fitness, lighter) for each in exercises)
    limit = _limit(size, max_minutes, rules, fitness)
    for most in _smaller(Dose(max(item.sets for item in wanted), max(item.reps for item in wanted)), rules):
        items = tuple(_within(item, most) for item in wanted)
        minutes = _minutes(items, rules)
        if minutes <= limit:
            return Prescription(size, items, minutes, lighter)
    raise ValueError(f"{max_minutes:g} minutes are too few for one repetition of each exercise")


def exercises_of(routine: Routine, size: Size, fitness: Fitness, turn: int) -> tuple[Exercise, ...]:
    """Those of one session. A mini is short enough for all of them."""
    if fitness.rotation is not Rotation.AB or size is Size.MINI:
        return routine.exercises
    half = HALVES[turn % len(HALVES)]
    return tuple(exercise for exercise in routine.exercises if exercise.half == half)


def _item(
    exercise: Exercise,
    plan: Mapping[str, ExercisePlan],
    size: Size,
    rules: DoseRules,
    fitness: Fitness,
    lighter: Lighter,
) -> Item:
    own = plan.get(exercise.key, ExercisePlan(1, rules.first_step(fitness)))
    move = exercise.done_by(fitness)
    if own.swap:
        move = _swapped(exercise, own.swap)
    elif move is not exercise:  # the plan still speaks of what this runner cannot do
        own = ExercisePlan(1, rules.first_step(fitness))
    number = (move.easier(own.level) if lighter is Lighter.PAIN else None) or own.level
    level = move.level(number)
    dose = _dose(own.step, size, rules, fitness, lighter)
    return Item(
        move.key,
        level.number,
        dose.sets,
        dose.reps,
        level.sides,
        level.tempo,
        level.equipment,
        own.first_side if level.sides == 2 else "",
        exercise.key if move is not exercise else "",
    )


def _swapped(exercise: Exercise, key: str) -> Exercise:
    if exercise.alternative is None or exercise.alternative.key != key:
        raise ValueError(f'nothing named "{key}" stands in for {exercise.key}')
    return exercise.alternative


def _dose(step: int, size: Size, rules: DoseRules, fitness: Fitness, lighter: Lighter) -> Dose:
    dose = _full_dose(step, size, rules, fitness)
    if lighter is Lighter.PAIN:
        return replace(dose, reps=max(1, int(dose.reps * rules.after_pain_reps_share)))
    if size is Size.MINI:
        return dose
    if lighter is Lighter.RACE_WEEK:
        return replace(dose, sets=max(1, dose.sets - rules.race_week_sets_fewer))
    return replace(dose, sets=rules.light_week_sets) if lighter is Lighter.LIGHT_WEEK else dose


def _full_dose(step: int, size: Size, rules: DoseRules, fitness: Fitness) -> Dose:
    if size is Size.MINI:
        return Dose(*rules.mini)
    if not 0 <= step < len(rules.steps):
        raise ValueError(f"the dose ladder has steps 0 to {len(rules.steps) - 1}, not {step}")
    dose = rules.ladder[step]
    if fitness.rotation is Rotation.AB:  # on a new level its sets are there at once, its reps climb
        return Dose(rules.rotation[0], min(dose.reps, rules.rotation[1]))
    return dose


def _limit(size: Size, max_minutes: float, rules: DoseRules, fitness: Fitness) -> float:
    if size is Size.MINI:
        return min(max_minutes, rules.mini_minutes)
    return inf if fitness.rotation is Rotation.LONG else max_minutes


def _smaller(dose: Dose, rules: DoseRules) -> list[Dose]:
    """The dose itself, then smaller ones by the work they hold: reps go first, a set where that costs less.

    Only a last set may have fewer repetitions than the rules' least.
    """
    doses = [
        Dose(sets, reps)
        for sets in range(1, dose.sets + 1)
        for reps in range(1 if sets == 1 else min(rules.reps_min, dose.reps), dose.reps + 1)
    ]
    return sorted(doses, key=lambda each: (each.work, each.sets), reverse=True)


def _within(item: Item, most: Dose) -> Item:
    dose = item.dose.within(most)
    return replace(item, sets=dose.sets, reps=dose.reps)


def _minutes(items: Iterable[Item], rules: DoseRules) -> float:
    """Work by tempo, a change of sides in each set, rests between sets, changes of exercise, setting up."""
    items = tuple(items)
    work_s = sum(item.sets * item.reps * item.sides * _rep_s(item) for item in items)
    sides_s = sum(item.sets * (item.sides - 1) for item in items) * rules.side_change_s
    rests_s = sum(item.sets - 1 for item in items) * rules.rest_s
    changes_s = (len(items) - 1) * rules.exercise_change_s
    return (work_s + sides_s + rests_s + changes_s + rules.set_up_s) / 60


def _rep_s(item: Item) -> float:
    return sum(part.seconds for part in item.tempo_s)
