"""The views, and what the body stands, sits, lies or leans on."""

from dataclasses import dataclass

from service.web.figures.model import Camera, Vec


@dataclass(frozen=True, slots=True)
class Prop:
    paint: str
    d: str  # path data in the drawing


SIDE = Camera()
FRONT = Camera(pitch=7)
OBLIQUE = Camera(yaw=12, pitch=36)


def _area(camera: Camera, *points: Vec) -> str:
    drawn = [camera.project(point) for point in points]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in drawn) + "Z"


FLOOR = Prop("floor", "M-46 0H58")
CHAIR = (
    FLOOR,
    Prop(
        "prop",
        "M-36.5-64a2 2 0 0 1 4 0V0h-4ZM-34-26.4h19.5a2.2 2.2 0 0 1 0 4.4H-34ZM-17.6-22h3.4V0h-3.4Z",
    ),
    Prop("prop-top", "M-33-56h4v13h-4Z"),
)
MAT_SIDE = (Prop("prop", "M-24-.6H68a1.8 1.8 0 0 1 0 3.6H-24a1.8 1.8 0 0 1 0-3.6Z"),)


def mat_oblique(foot: float) -> tuple[Prop, ...]:
    """A mat from above the head to ``foot``."""
    return (Prop("prop", _area(OBLIQUE, (-54, 0, -18), (foot, 0, -18), (foot, 0, 26), (-54, 0, 26))),)


def step(height: float) -> tuple[Prop, ...]:
    left, right, back, front = -16.0, 6.0, -11.0, 15.0
    top = ((left, height, back), (right, height, back), (right, height, front), (left, height, front))
    face = ((left, 0.0, front), (right, 0.0, front), (right, height, front), (left, height, front))
    return Prop("prop-top", _area(FRONT, *top)), Prop("prop", _area(FRONT, *face))


_WALL_X, _WALL_TOP = -26.5, 104.0
WALL = (
    Prop("prop", _area(FRONT, (-33, 0, 15), (-33, _WALL_TOP, 15), (-29, _WALL_TOP, 15), (-29, 0, 15))),
    Prop(
        "prop-top",
        _area(FRONT, (-29, 0, 15), (-29, _WALL_TOP, 15), (_WALL_X, _WALL_TOP, -4), (_WALL_X, 0, -4)),
    ),
)
