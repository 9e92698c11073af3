"""What each figure is made of: the view, the props, the body's parts from back to front, and its accents."""

from collections.abc import Callable
from dataclasses import dataclass

from service.web.figures.model import (
    FOOT,
    FOREARM,
    SHANK,
    THIGH,
    TRUNK,
    UPPER_ARM,
    Camera,
    Vec,
    add,
    cross,
    scale,
    sub,
    unit,
)
from service.web.figures.poses import MOVES, Joints, Move


@dataclass(frozen=True, slots=True)
class Part:
    """Outlines laid along the line from one joint to another, back to front."""

    start: str
    end: str
    outlines: tuple[tuple[str, str], ...]  # (name in SHAPES, paint)
    length: float | None = None  # of the bone; None: the outline only turns, it is never shortened


@dataclass(frozen=True, slots=True)
class Prop:
    paint: str
    d: str  # path data in the drawing


@dataclass(frozen=True, slots=True)
class Stroke:
    points: tuple[Vec, ...]
    dotted: bool = False
    arrow: bool = False
    cased: bool = False  # a wider stroke beneath, since lime on skin alone is 1.4
    faint: bool = False


Accents = Callable[[Move, float], tuple[Stroke, ...]]


@dataclass(frozen=True, slots=True)
class Scene:
    move: Move
    camera: Camera
    view_box: tuple[int, int, int, int]  # x, y, width, height; holds every pose from start to end
    props: tuple[Prop, ...]
    parts: tuple[Part, ...]
    accents: Accents
    accents_behind: bool = False  # behind the body


# ---- body parts ----


def _arm(side: str, skin: str, sleeve: str) -> tuple[Part, ...]:
    shoulder, elbow, wrist = f"{side}shoulder", f"{side}elbow", f"{side}wrist"
    return (
        Part(shoulder, elbow, (("upper-arm", skin),), UPPER_ARM),
        Part(elbow, wrist, (("forearm", skin),), FOREARM),
        Part(shoulder, elbow, (("sleeve", sleeve),), UPPER_ARM),
    )


def _thigh(side: str, view: str, *outlines: tuple[str, str]) -> Part:
    seen = tuple((f"{name}-{view}", paint) for name, paint in outlines)
    return Part(f"{side}hip", f"{side}knee", seen, THIGH)


def _shank(side: str, view: str, skin: str) -> Part:
    return Part(f"{side}knee", f"{side}ankle", ((f"shank-{view}", skin),), SHANK)


def _head(view: str, neck: str, *, bun: bool = True) -> Part:
    face = (("neck", "neck"), ("head", "skin"), ("hair", "hair"), ("band", "band"))
    outlines = (("bun", "hair"), *face) if bun else face
    return Part(neck, "crown", tuple((f"{name}-{view}", paint) for name, paint in outlines))


def _trunk(view: str, hip: str, shoulder: str) -> Part:
    return Part(hip, shoulder, ((f"trunk-{view}", "tee"), (f"pelvis-{view}", "shorts")), TRUNK)


def _shoe(view: str, ankle: str, toe: str, paint: str) -> Part:
    return Part(ankle, toe, ((f"shoe-{view}", paint), (f"sole-{view}", "sole")))


_NEAR_ARM = _arm("", "skin", "sleeve")
_FAR_ARM = _arm("far_", "skin-far", "sleeve-far")
_FREE_LEG_SIDE = (
    _shoe("side", "free_ankle", "free_toe", "shoe-far"),
    _shank("free_", "side", "skin-far"),
    _thigh("free_", "side", ("thigh", "skin-far"), ("shorts", "shorts-far")),
)
_WORKING_LEG_SIDE = (
    _shoe("side", "ankle", "toe", "shoe"),
    _shank("", "side", "skin"),
    _thigh("", "side", ("thigh", "skin")),
)
_SHORTS_SIDE = _thigh("", "side", ("shorts", "shorts"))


# ---- props ----


def _line(camera: Camera, *points: Vec) -> str:
    drawn = [camera.project(point) for point in points]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in drawn)


def _area(camera: Camera, *points: Vec) -> str:
    return _line(camera, *points) + "Z"


_SIDE = Camera()
_FRONT = Camera(pitch=7)
_OBLIQUE = Camera(yaw=12, pitch=36)

_CHAIR = (
    Prop("floor", "M-46 0H58"),
    Prop(
        "prop",
        "M-36.5-64a2 2 0 0 1 4 0V0h-4ZM-34-26.4h19.5a2.2 2.2 0 0 1 0 4.4H-34ZM-17.6-22h3.4V0h-3.4Z",
    ),
    Prop("prop-top", "M-33-56h4v13h-4Z"),
)
_MAT_SIDE = (Prop("prop", "M-24-.6H68a1.8 1.8 0 0 1 0 3.6H-24a1.8 1.8 0 0 1 0-3.6Z"),)
_MAT_OBLIQUE = (Prop("prop", _area(_OBLIQUE, (-54, 0, -18), (38, 0, -18), (38, 0, 26), (-54, 0, 26))),)


def _step(height: float) -> tuple[Prop, ...]:
    left, right, back, front = -16.0, 6.0, -11.0, 15.0
    top = ((left, height, back), (right, height, back), (right, height, front), (left, height, front))
    face = ((left, 0.0, front), (right, 0.0, front), (right, height, front), (left, height, front))
    return Prop("prop-top", _area(_FRONT, *top)), Prop("prop", _area(_FRONT, *face))


_RAIL = Prop("rail", _line(_FRONT, (-23.5, 57, -10), (-23.5, 57, 14), (-23.5, 0, 14)))


# ---- accents, two at most ----


def _way_to_the_seat(move: Move, _share: float) -> tuple[Stroke, ...]:
    back = (-6.5, 0.0, 0.0)
    path = tuple(add(move(i / 12)["hip"], back) for i in range(13))
    return (Stroke(path, dotted=True, arrow=True, cased=True),)


def _one_line(move: Move, _share: float) -> tuple[Stroke, ...]:
    """Above shoulder, hip and knee as they will stand at the end."""
    end = move(1.0)
    along = unit(sub(end["knee"], end["shoulder"]))
    above = scale(cross((0.0, 0.0, 1.0), along), 11.5)
    ends = add(end["shoulder"], scale(along, 5)), add(end["knee"], scale(along, 4))
    return (Stroke(tuple(add(point, above) for point in ends), dotted=True),)


def _stacked_hips(move: Move, _share: float) -> tuple[Stroke, ...]:
    beside = (9.0, 1.0, 0.0)
    opening = tuple(add(move(i / 12)["knee"], beside) for i in range(13))
    upright = ((0.0, -1.0, 0.0), (0.0, 30.7, 0.0))
    return Stroke(opening, dotted=True, arrow=True, cased=True), Stroke(upright, dotted=True, cased=True)


def _level_hips(move: Move, share: float) -> tuple[Stroke, ...]:
    """The pelvis line, with a faint one where it started, and the line hip, knee, toe."""
    start, now = move(0.0), move(share)
    knee_line = (
        add(now["hip"], (0.0, -3.0, 6.5)),
        add(now["knee"], (0.0, 0.0, 4.5)),
        add(now["ankle"], (0.0, -1.0, 4.0)),
    )
    lines = [Stroke(_pelvis_line(now), cased=True), Stroke(knee_line, cased=True)]
    if now["hip"][1] < start["hip"][1] - 2:
        lines.append(Stroke(_pelvis_line(start), faint=True))
    return tuple(lines)


def _pelvis_line(joints: Joints) -> tuple[Vec, Vec]:
    return add(joints["hip"], (-8.5, 1.0, 2.0)), add(joints["free_hip"], (8.5, 1.0, 2.0))


# ---- figures ----

SCENES: dict[str, Scene] = {
    "squat-1": Scene(
        move=MOVES["squat-1"],
        camera=_SIDE,
        view_box=(-46, -106, 104, 110),
        props=_CHAIR,
        parts=(
            *_FAR_ARM,
            *_FREE_LEG_SIDE,
            *_WORKING_LEG_SIDE,
            _head("side", "shoulder"),
            _trunk("side", "hip", "shoulder"),
            _SHORTS_SIDE,
            *_NEAR_ARM,
        ),
        accents=_way_to_the_seat,
        accents_behind=True,
    ),
    "bridge-1": Scene(
        move=MOVES["bridge-1"],
        camera=_SIDE,
        view_box=(-26, -56, 98, 64),
        props=_MAT_SIDE,
        parts=(
            *_FREE_LEG_SIDE,
            _head("side", "nape", bun=False),
            *_WORKING_LEG_SIDE,
            _trunk("side", "hip", "shoulder"),
            _SHORTS_SIDE,
            *_NEAR_ARM,
        ),
        accents=_one_line,
    ),
    "clamshell-1": Scene(
        move=MOVES["clamshell-1"],
        camera=_OBLIQUE,
        view_box=(-59, -40, 101, 62),
        props=_MAT_OBLIQUE,
        parts=(
            *_FAR_ARM[:2],
            Part("free_ankle", "free_toe", (("foot-oblique", "shoe-far"),), FOOT),
            _shank("free_", "front", "skin-far"),
            _thigh("free_", "front", ("thigh", "skin-far"), ("shorts", "shorts-far")),
            _head("front", "chest"),
            _trunk("front", "pelvis", "chest"),
            Part("ankle", "toe", (("foot-oblique", "shoe"),), FOOT),
            _shank("", "front", "skin"),
            _thigh("", "front", ("thigh", "skin"), ("shorts", "shorts")),
            *_NEAR_ARM,
        ),
        accents=_stacked_hips,
    ),
    "step-down-1": Scene(
        move=MOVES["step-down-1"],
        camera=_FRONT,
        view_box=(-43, -112, 86, 116),
        props=(_RAIL, *_step(5.7)),
        parts=(
            *_FAR_ARM,
            _shoe("front", "free_sole", "free_toe", "shoe-far"),
            _shank("free_", "front", "skin-far"),
            _thigh("free_", "front", ("thigh", "skin-far"), ("shorts", "shorts-far")),
            _shoe("front", "sole", "toe", "shoe"),
            _shank("", "front", "skin"),
            _thigh("", "front", ("thigh", "skin")),
            _head("front", "chest"),
            _thigh("", "front", ("shorts", "shorts")),
            _trunk("front", "pelvis", "chest"),
            *_NEAR_ARM,
        ),
        accents=_level_hips,
    ),
}
