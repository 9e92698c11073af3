"""The page of the routine: what is at hand, which moves, and where the runner stands with each."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from service.domain.fitness import Fitness, Rotation
from service.domain.ladder import Ladder, Standings, asked, plan
from service.domain.planner import Size
from service.domain.routine import HALVES, Exercise, Item, Level, Routine, prescribe
from service.words import Words

THINGS = ("chair", "wall", "mat", "step", "light_band", "medium_band")
POSTURES = ("kneel", "lie")


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    text: str
    hint: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where the runner stands with one move."""

    exercise: str
    level: int
    title: str
    variant: str
    rank: str
    dose: str
    next: str


@dataclass(frozen=True, slots=True)
class RoutinePage:
    things: tuple[Choice, ...]
    cannot: tuple[Choice, ...]
    instead: tuple[str, ...]  # what stands in for what
    gently: bool
    rotations: tuple[Choice, ...]
    light_weeks: bool
    light_every_weeks: int
    places: tuple[Place, ...]
    rule: str
    around: tuple[str, ...]


class BadChoice(ValueError):
    """What the page does not offer."""


def chosen(before: Fitness, field: Callable[[str], Collection[str]]) -> Fitness:
    """The form as it was sent, over what the page does not ask. ``field``: all values of that name.

    Raises BadChoice.
    """
    things, cannot, rotation = field("equipment"), field("cannot"), list(field("rotation"))
    if not set(things) <= set(THINGS) or not set(cannot) <= set(POSTURES) or len(rotation) != 1:
        raise BadChoice
    if rotation[0] not in list(Rotation):
        raise BadChoice
    return replace(
        before,
        equipment=frozenset(things),
        cannot=frozenset(cannot),
        cautious=bool(field("gently")),
        rotation=Rotation(rotation[0]),
        light_weeks=bool(field("light_weeks")),
    )


def routine_page(ladder: Ladder, standings: Standings, words: Words) -> RoutinePage:
    """``ladder`` with the runner's own fitness and minutes; ``standings`` as they are today."""
    fitness, rules = ladder.fitness, ladder.rules
    return RoutinePage(
        things=tuple(_thing(thing, ladder, words) for thing in THINGS),
        cannot=tuple(
            Choice(posture, words(f"routine.{posture}"), "", posture in fitness.cannot)
            for posture in POSTURES
        ),
        instead=_instead(ladder.routine, words),
        gently=fitness.cautious,
        rotations=tuple(_rotation(rotation, ladder, standings, words) for rotation in Rotation),
        light_weeks=fitness.light_weeks,
        light_every_weeks=rules.light_every_weeks,
        places=tuple(_places(ladder, standings, words)),
        rule=words(
            "routine.rule",
            sessions=rules.level_least_sessions,
            days=rules.level_least_days,
            times=rules.level_met_times,
        ),
        around=words.variants("routine.around_points"),
    )


def _name(move: Exercise, words: Words) -> str:
    return words(f"exercise.{move.key}.name")


def _thing(thing: str, ladder: Ladder, words: Words) -> Choice:
    moves = [each.done_by(ladder.fitness) for each in ladder.routine.exercises]
    names = [
        _name(move, words) for move in moves if any(thing in level.equipment for level in move.levels)
    ]
    hint = words("routine.used_by", moves=", ".join(names)) if names else ""
    return Choice(thing, words(f"routine.thing.{thing}"), hint, thing in ladder.fitness.equipment)


def _instead(routine: Routine, words: Words) -> tuple[str, ...]:
    return tuple(
        words("routine.instead", other=_name(move.alternative, words), move=_name(move, words))
        for move in routine.exercises
        if move.alternative
    )


# --- which moves, and how long they take ----------------------------------------------------------


def _rotation(rotation: Rotation, ladder: Ladder, standings: Standings, words: Words) -> Choice:
    minutes = _minutes(replace(ladder, fitness=replace(ladder.fitness, rotation=rotation)), standings)
    if len(minutes) == 1:
        hint = words("routine.takes", minutes=minutes[0])
    else:
        hint = words("routine.takes_by_turns", first=minutes[0], second=minutes[1])
    if rotation is Rotation.ALL:
        hint = f"{hint}, {words('routine.recommended')}"
    is_chosen = rotation is ladder.fitness.rotation
    return Choice(rotation.value, words(f"routine.rotation_{rotation}"), hint, is_chosen)


def _minutes(ladder: Ladder, standings: Standings) -> list[float]:
    """Of a full session; of one of each half where they go by turns."""
    own = plan(standings, ladder)
    turns = len(HALVES) if ladder.fitness.rotation is Rotation.AB else 1
    return [
        prescribe(
            ladder.routine, own, Size.FULL, ladder.max_minutes, ladder.dose, ladder.fitness, turn
        ).minutes
        for turn in range(turns)
    ]


# --- where the runner stands ----------------------------------------------------------------------


def _places(ladder: Ladder, standings: Standings, words: Words) -> list[Place]:
    items = asked(standings, ladder)
    moves = [each.done_by(ladder.fitness) for each in ladder.routine.exercises]
    return [_place(move, items[move.key], ladder, words) for move in moves]


def _place(move: Exercise, item: Item, ladder: Ladder, words: Words) -> Place:
    return Place(
        exercise=move.key,
        level=item.level,
        title=_name(move, words),
        variant=words(f"exercise.{move.key}.level_{item.level}.name"),
        rank=words("routine.level", level=item.level, levels=len(move.levels)),
        dose=words(
            "routine.dose" if item.sides == 1 else "routine.dose_sided",
            sets=words("session.sets", sets=item.sets),
            reps=item.reps,
        ),
        next=_next(move, item.level, ladder, words),
    )


def _next(move: Exercise, level: int, ladder: Ladder, words: Words) -> str:
    above = _level_above(move, level, ladder)
    if above is None:
        return words("routine.last")
    name = words(f"exercise.{move.key}.level_{above.number}.name")
    if lacks := ladder.lacks(above):
        return words("routine.next_needs", level_name=name, thing=words(f"exercise.equipment.{lacks}"))
    return words("routine.next", level_name=name)


def _level_above(move: Exercise, level: int, ladder: Ladder) -> Level | None:
    """As the ladder climbs: past what lacks its things and may be left out."""
    return next((one for one in move.levels[level:] if not (one.skip_without and ladder.lacks(one))), None)
