"""What to mind, drawn over or behind the body: two accents at most."""

from collections.abc import Callable
from dataclasses import dataclass

from service.web.figures.model import THIGH, Move, Vec, add, cross, scale, sub, unit
from service.web.figures.parts import Part, Parts


@dataclass(frozen=True, slots=True)
class Stroke:
    points: tuple[Vec, ...]
    dotted: bool = False
    arrow: bool = False
    cased: bool = False  # a wider stroke beneath, since lime on skin alone is 1.4
    faint: bool = False
    wrong: bool = False


Accents = Callable[[Move], tuple[Stroke, ...]]  # those that stay while the body moves

_POINTS = 12  # of a path


def _way(move: Move, joint: str, beside: Vec) -> tuple[Vec, ...]:
    return tuple(add(move(i / _POINTS)[joint], beside) for i in range(_POINTS + 1))


def way_to_the_seat(move: Move) -> tuple[Stroke, ...]:
    return (Stroke(_way(move, "hip", (-6.5, 0.0, 0.0)), dotted=True, arrow=True, cased=True),)


def one_line(move: Move) -> tuple[Stroke, ...]:
    """Above shoulder, hip and knee as they will stand at the end."""
    end = move(1.0)
    along = unit(sub(end["knee"], end["shoulder"]))
    above = scale(cross((0.0, 0.0, 1.0), along), 11.5)
    ends = add(end["shoulder"], scale(along, 5)), add(end["knee"], scale(along, 4))
    return (Stroke(tuple(add(point, above) for point in ends), dotted=True),)


def upright(_move: Move) -> tuple[Stroke, ...]:
    """Through the hips as they lie one above the other."""
    return (Stroke(((0.0, -1.0, 0.0), (0.0, 30.7, 0.0)), dotted=True, cased=True),)


def stacked_hips(move: Move) -> tuple[Stroke, ...]:
    opening = _way(move, "knee", (9.0, 1.0, 0.0))
    return Stroke(opening, dotted=True, arrow=True, cased=True), *upright(move)


def lifted_foot(move: Move) -> tuple[Stroke, ...]:
    lift = _way(move, "ankle", (9.0, 2.0, 0.0))
    return Stroke(lift, dotted=True, arrow=True, cased=True), *upright(move)


def level_hips(move: Move) -> tuple[Stroke, ...]:
    """Where the pelvis line began, faint."""
    start = move(0.0)
    return (Stroke((start["level_near"], start["level_far"]), faint=True),)


def grow_tall(move: Move) -> tuple[Stroke, ...]:
    """Up from the seat through the hip."""
    hip = move(0.0)["hip"]
    ends = add(hip, (0.5, -4.0, 0.0)), add(hip, (0.5, 11.0, 0.0))
    return (Stroke(ends, dotted=True, arrow=True, cased=True),)


def leg_out(move: Move) -> tuple[Stroke, ...]:
    return (Stroke(_way(move, "free_ankle", (8.0, 6.0, 0.0)), dotted=True, arrow=True),)


def nothing(_move: Move) -> tuple[Stroke, ...]:
    return ()


def crossed(at: Vec, beside: Accents = nothing) -> Accents:
    """A cross: this is how not to do it."""
    slants = (
        ((-3.2, 3.2, 0.0), (3.2, -3.2, 0.0)),
        ((-3.2, -3.2, 0.0), (3.2, 3.2, 0.0)),
    )
    cross_out = tuple(Stroke((add(at, start), add(at, end)), wrong=True) for start, end in slants)
    return lambda move: (*beside(move), *cross_out)


def guides(*bones: tuple[str, str], paint: str = "line") -> Parts:
    """Lines that move with the body, all casings beneath all lines."""
    return tuple(
        Part(start, end, (("guide", colour),), THIGH) for colour in ("casing", paint) for start, end in bones
    )


KNEE_AND_PELVIS = (("line_hip", "line_knee"), ("line_knee", "line_ankle"), ("level_near", "level_far"))
PELVIS = (("level_near", "level_far"),)
TRUNK_AND_THIGH = (("shoulder", "hip"), ("hip", "knee"))
