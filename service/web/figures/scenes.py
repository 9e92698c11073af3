"""What each figure is made of: the view, the props, the body's parts from back to front, and its accents."""

from dataclasses import dataclass, replace
from typing import Literal

from service.web.figures.accents import (
    KNEE_AND_PELVIS,
    PELVIS,
    TRUNK_AND_THIGH,
    Accents,
    crossed,
    grow_tall,
    guides,
    leg_out,
    level_hips,
    lifted_foot,
    one_line,
    stacked_hips,
    upright,
    way_to_the_seat,
)
from service.web.figures.model import Camera, Move
from service.web.figures.parts import UPRIGHT_SIDE, Parts, on_back, on_side, upright_front
from service.web.figures.poses import MOVES
from service.web.figures.props import (
    CHAIR,
    FLOOR,
    FRONT,
    MAT_SIDE,
    OBLIQUE,
    SIDE,
    WALL,
    Prop,
    mat_oblique,
    step,
)


@dataclass(frozen=True, slots=True)
class Scene:
    move: Move
    camera: Camera
    view_box: tuple[int, int, int, int]  # x, y, width, height; holds every pose from start to end
    props: tuple[Prop, ...]
    parts: Parts
    accents: Accents
    accents_behind: bool = False  # behind the body
    back: Move | None = None  # the way from the end pose to the start, where it is another
    guides: Parts = ()  # accents that move with the body
    side: Literal["left", "right", "both"] = "right"  # that works, as drawn
    flips: bool = True  # mirrored for the other side
    steps: int = 8  # keyframes each way; the more, the closer to the true path


_SQUAT_1 = Scene(
    move=MOVES["squat-1"],
    camera=SIDE,
    view_box=(-46, -106, 104, 110),
    props=CHAIR,
    parts=UPRIGHT_SIDE,
    accents=way_to_the_seat,
    accents_behind=True,
)
_BRIDGE_1 = Scene(
    move=MOVES["bridge-1"],
    camera=SIDE,
    view_box=(-26, -56, 98, 64),
    props=MAT_SIDE,
    parts=on_back(),
    accents=one_line,
    side="both",
)
_CLAMSHELL_1 = Scene(
    move=MOVES["clamshell-1"],
    camera=OBLIQUE,
    view_box=(-59, -40, 101, 62),
    props=mat_oblique(foot=38),
    parts=on_side(),
    accents=stacked_hips,
    side="left",
    flips=False,
)
_STEP_DOWN_4 = Scene(
    move=MOVES["step-down-4"],
    camera=FRONT,
    view_box=(-43, -119, 86, 123),
    props=step(11.4),
    parts=upright_front(far_hand_in_front=True),
    accents=level_hips,
    guides=guides(*KNEE_AND_PELVIS),
    side="left",  # as in a mirror
)
_ARMS_APART = replace(_STEP_DOWN_4, parts=upright_front())

SCENES: dict[str, Scene] = {
    "squat-1": replace(_SQUAT_1, back=MOVES["squat-1-back"], steps=20),
    "squat-2": replace(_SQUAT_1, move=MOVES["squat-2"]),
    "squat-3": replace(_SQUAT_1, move=MOVES["squat-3"]),
    "squat-4": replace(_SQUAT_1, move=MOVES["squat-4"], props=(FLOOR,)),
    "bridge-1": _BRIDGE_1,
    "bridge-2": replace(_BRIDGE_1, move=MOVES["bridge-2"], parts=on_back("light")),
    "bridge-2-wrong": replace(
        _BRIDGE_1,
        move=MOVES["bridge-2-wrong"],
        parts=on_back("light"),
        accents=crossed(at=(8.0, 44.0, 0.0)),
        guides=guides(*TRUNK_AND_THIGH, paint="wrong"),
    ),
    "bridge-3": replace(
        _BRIDGE_1, move=MOVES["bridge-3"], view_box=(-26, -66, 112, 74), side="right", steps=20
    ),
    "bridge-4": replace(_BRIDGE_1, move=MOVES["bridge-4"], view_box=(-26, -66, 104, 74), side="right"),
    "clamshell-1": _CLAMSHELL_1,
    "clamshell-1-wrong": replace(
        _CLAMSHELL_1,
        move=MOVES["clamshell-1-wrong"],
        accents=crossed(at=(22.0, 42.0, 0.0), beside=upright),
        guides=guides(*PELVIS, paint="wrong"),
    ),
    "clamshell-2": replace(_CLAMSHELL_1, move=MOVES["clamshell-2"], parts=on_side("light")),
    "clamshell-3": replace(_CLAMSHELL_1, move=MOVES["clamshell-3"], parts=on_side("medium")),
    "clamshell-4": replace(
        _CLAMSHELL_1,
        move=MOVES["clamshell-4"],
        view_box=(-59, -46, 126, 74),
        props=mat_oblique(foot=62),
        accents=lifted_foot,
    ),
    "step-down-1": replace(
        _ARMS_APART, move=MOVES["step-down-1"], view_box=(-43, -112, 86, 116), props=(*WALL, *step(5.7))
    ),
    "step-down-2": replace(
        _ARMS_APART, move=MOVES["step-down-2"], view_box=(-43, -114, 86, 118), props=step(6.8)
    ),
    "step-down-3": replace(_ARMS_APART, move=MOVES["step-down-3"], props=step(10.3)),
    "step-down-4": _STEP_DOWN_4,
    "step-down-4-wrong": replace(
        _STEP_DOWN_4,
        move=MOVES["step-down-4-wrong"],
        accents=crossed(at=(30.0, 100.0, 0.0), beside=level_hips),
        guides=guides(*KNEE_AND_PELVIS, paint="wrong"),
    ),
    "standing-clam": replace(
        _STEP_DOWN_4,
        move=MOVES["standing-clam"],
        view_box=(-43, -108, 86, 112),
        props=WALL,
        parts=upright_front(far_hand_in_front=True, band="light"),
        accents=leg_out,
        accents_behind=True,
        guides=guides(*PELVIS),
        side="right",  # the leg that goes out
    ),
    "seated-squeeze": replace(
        _SQUAT_1, move=MOVES["seated-squeeze"], accents=grow_tall, accents_behind=False, side="both"
    ),
}
