"""The four exercises, their levels, and what one session prescribes within the runner's minutes."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from service.domain.planner import Size
from service.domain.rules import parse_table


class ExerciseKey(StrEnum):
    SINGLE_LEG_SQUAT = "single_leg_squat"
    GLUTE_BRIDGE = "glute_bridge"
    CLAMSHELL = "clamshell"
    STEP_DOWN = "step_down"


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


@dataclass(frozen=True, slots=True)
class Exercise:
    key: str
    levels: tuple[Level, ...]  # easiest first

    def level(self, number: int) -> Level:
        """Raises ValueError where the exercise has no such level."""
        if not 1 <= number <= len(self.levels):
            raise ValueError(f"{self.key} has levels 1 to {len(self.levels)}, not {number}")
        return self.levels[number - 1]

    def easier(self, number: int) -> int | None:
        return number - 1 if number > 1 else None

    def harder(self, number: int) -> int | None:
        return number + 1 if number < len(self.levels) else None


@dataclass(frozen=True, slots=True)
class Routine:
    exercises: tuple[Exercise, ...]  # in the order they are done

    def exercise(self, key: str) -> Exercise:
        """Raises ValueError for an unknown key."""
        for exercise in self.exercises:
            if exercise.key == key:
                return exercise
        raise ValueError(f'the routine has no exercise "{key}"')


@dataclass(frozen=True, slots=True)
class Dose:
    sets: int
    reps: int  # per side


@dataclass(frozen=True, slots=True)
class Item:
    """One exercise of a session."""

    exercise: str
    level: int
    sets: int
    reps: int  # per side
    sides: int
    tempo_s: tuple[TempoPart, ...]


@dataclass(frozen=True, slots=True)
class Prescription:
    size: Size
    items: tuple[Item, ...]
    minutes: float  # computed, pauses included

    @property
    def dose(self) -> Dose:
        return Dose(self.items[0].sets, self.items[0].reps)


@dataclass(frozen=True, slots=True)
class DoseRules:
    steps: tuple[tuple[int, int], ...]  # (sets, reps), smallest first
    start_step_max: int
    mini: tuple[int, int]
    reps_min: int
    rest_s: float
    side_change_s: float
    exercise_change_s: float
    set_up_s: float

    @property
    def ladder(self) -> tuple[Dose, ...]:
        return tuple(Dose(sets, reps) for sets, reps in self.steps)


def parse_dose_rules(mapping: Mapping[str, object]) -> DoseRules:
    """Read [dose] of the whole rules file. Raises ValueError naming the key that is missing or wrong."""
    rules = parse_table(DoseRules, mapping.get("dose", {}), "dose")
    if not rules.steps or not 0 <= rules.start_step_max < len(rules.steps):
        raise ValueError("rules: dose.start_step_max must be the number of a step in dose.steps, from 0")
    if any(sets < 1 or reps < 1 for sets, reps in (*rules.steps, rules.mini)) or rules.reps_min < 1:
        raise ValueError("rules: dose.steps, dose.mini and dose.reps_min need at least 1 set and 1 rep")
    return rules


@dataclass(frozen=True, slots=True)
class _LevelRow:
    equipment: tuple[str, ...]
    sides: int
    tempo: tuple[TempoPart, ...]
    step_cm: int


@dataclass(frozen=True, slots=True)
class _ExerciseRow:
    key: str
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
    return routine


def _exercise(row: object, path: str) -> Exercise:
    if isinstance(row, Mapping) and isinstance(row.get("level"), list):
        row = {**row, "level": [{"step_cm": 0} | level for level in row["level"]]}
    table = parse_table(_ExerciseRow, row, path)
    if not table.level:
        raise ValueError(f"routine: {path}.level must have at least one entry")
    return Exercise(
        table.key, tuple(_level(level, number, path) for number, level in enumerate(table.level, 1))
    )


def _level(row: _LevelRow, number: int, path: str) -> Level:
    if row.sides not in (1, 2):
        raise ValueError(f"routine: {path}.level[{number - 1}].sides must be 1 or 2, not {row.sides}")
    if not row.tempo or any(part.seconds <= 0 for part in row.tempo):
        raise ValueError(f"routine: {path}.level[{number - 1}].tempo needs parts of more than 0 seconds")
    return Level(number, row.equipment, row.sides, row.tempo, row.step_cm)


def start_dose(routine: Routine, max_minutes: float, rules: DoseRules) -> Dose:
    """The dose of a new runner: the largest of the first steps that fits the limit, else the first of all."""
    first = rules.ladder[: rules.start_step_max + 1]
    fitting = [dose for dose in first if _minutes(_items(routine, {}, dose), rules) <= max_minutes]
    return fitting[-1] if fitting else first[0]


def prescribe(
    routine: Routine, levels: Mapping[str, int], dose: Dose, size: Size, max_minutes: float, rules: DoseRules
) -> Prescription:
    """What to do in one session, never longer than ``max_minutes``: the most of the dose that fits.

    ``levels``: exercise key -> level, 1 where missing. A mini is the rules' own small dose. Raises ValueError
    for an unknown level, or where not even one repetition of each exercise fits.
    """
    wanted = Dose(*rules.mini) if size is Size.MINI else dose
    for smaller in _smaller(wanted, rules):
        items = _items(routine, levels, smaller)
        minutes = _minutes(items, rules)
        if minutes <= max_minutes:
            return Prescription(size, items, minutes)
    raise ValueError(f"{max_minutes:g} minutes are too few for one repetition of each exercise")


def _smaller(dose: Dose, rules: DoseRules) -> list[Dose]:
    """The dose itself, then smaller ones by the work they hold: reps go first, a set where that costs less.

    Only a last set may have fewer repetitions than the rules' least.
    """
    doses = [
        Dose(sets, reps)
        for sets in range(1, dose.sets + 1)
        for reps in range(1 if sets == 1 else min(rules.reps_min, dose.reps), dose.reps + 1)
    ]
    return sorted(doses, key=lambda each: (each.sets * each.reps, each.sets), reverse=True)


def _items(routine: Routine, levels: Mapping[str, int], dose: Dose) -> tuple[Item, ...]:
    items = []
    for exercise in routine.exercises:
        level = exercise.level(levels.get(exercise.key, 1))
        items.append(Item(exercise.key, level.number, dose.sets, dose.reps, level.sides, level.tempo))
    return tuple(items)


def _minutes(items: tuple[Item, ...], rules: DoseRules) -> float:
    """Work by tempo, a change of sides in each set, rests between sets, changes of exercise, setting up."""
    work_s = sum(item.sets * item.reps * item.sides * _rep_s(item) for item in items)
    sides_s = sum(item.sets * (item.sides - 1) for item in items) * rules.side_change_s
    rests_s = sum(item.sets - 1 for item in items) * rules.rest_s
    changes_s = (len(items) - 1) * rules.exercise_change_s
    return (work_s + sides_s + rests_s + changes_s + rules.set_up_s) / 60


def _rep_s(item: Item) -> float:
    return sum(part.seconds for part in item.tempo_s)
