"""From a scene to SVG. Colours are classes, so that static/figures.css decides them for every ground."""

from html import escape
from math import atan2, cos, sin
from typing import Literal

from service.web.figures.accents import Stroke
from service.web.figures.frames import STRETCHED, bones, number, place
from service.web.figures.model import Camera, Joints, Point
from service.web.figures.parts import Part
from service.web.figures.scenes import SCENES, Scene
from service.web.figures.shapes import SHAPES

Pose = Literal["start", "end"]
Tone = Literal["light", "stage"]

_SHARE: dict[Pose, float] = {"start": 0.0, "end": 1.0}


def figure(
    name: str,
    *,
    pose: Pose = "end",
    tone: Tone,
    id_prefix: str,
    title: str | None = None,
    accents: bool = False,
    mirrored: bool = False,
    animated: bool = False,
) -> str:
    """Draw one figure, named exercise-level as in ``SCENES``, as a complete ``<svg>``.

    ``tone`` is the ground it stands on: ``light`` follows the page's theme, ``stage`` is always for spruce.
    ``id_prefix`` starts every id inside, so two figures can share a page; letters, digits and dashes.
    With a title the picture is announced, without one it is decoration. Accents need 160 px or more.
    Mirrored shows the other side, where the scene flips. Animated numbers what moves, for ``frames``.
    Raises ValueError for an unknown name or an unfit prefix.
    """
    if name not in SCENES:
        raise ValueError(f"no figure is called {name!r}; there are {', '.join(SCENES)}")
    if not id_prefix.replace("-", "").isalnum():
        raise ValueError(f"an id may not start with {id_prefix!r}")
    scene = SCENES[name]
    content = _content(scene, _SHARE[pose], accents, bones(name) if animated else {})
    if mirrored and scene.flips:
        x, _, width, _ = scene.view_box
        content = f'<g transform="matrix(-1 0 0 1 {2 * x + width} 0)">{content}</g>'
    box = " ".join(str(side) for side in scene.view_box)
    naming, heading = _naming(id_prefix, title)
    return f'<svg class="figure" data-tone="{tone}" viewBox="{box}" {naming}>{heading}{content}</svg>'


def mirrors(name: str, side: str) -> bool:
    """Whether the drawing has to be mirrored to show this side at work: left, right, or both (never)."""
    scene = SCENES[name]
    return scene.flips and "both" not in (side, scene.side) and side != scene.side


def _naming(id_prefix: str, title: str | None) -> tuple[str, str]:
    """The attributes that name the picture or hide it, and its ``<title>``."""
    if title is None:
        return 'aria-hidden="true"', ""
    title_id = f"{id_prefix}-title"
    return f'role="img" aria-labelledby="{title_id}"', f'<title id="{title_id}">{escape(title)}</title>'


def _content(scene: Scene, share: float, accents: bool, numbers: dict[int, int]) -> str:
    joints = scene.move(share)
    props = "".join(f'<path class="f-{prop.paint}" d="{prop.d}"/>' for prop in scene.props)
    drawn = [
        _part(part, joints, scene.camera, numbers.get(position))
        for position, part in enumerate((*scene.parts, *scene.guides))
    ]
    body, guides = "".join(drawn[: len(scene.parts)]), "".join(drawn[len(scene.parts) :])
    if not accents:
        return props + body
    strokes = "".join(_stroke(stroke, scene.camera) for stroke in scene.accents(scene.move))
    return props + (strokes + body if scene.accents_behind else body + strokes) + guides


def _part(part: Part, joints: Joints, camera: Camera, bone: int | None) -> str:
    (x, y), turn, stretch = place(part, joints, camera)
    transform = f"translate({number(x)} {number(y)})"
    if number(turn) != "0":
        transform += f"rotate({number(turn)})"
    if abs(stretch - 1) > STRETCHED:
        transform += f"scale({number(stretch, 2)} 1)"
    numbered = "" if bone is None else f' data-bone="{bone}"'
    outlines = "".join(f'<path class="f-{paint}" d="{SHAPES[name]}"/>' for name, paint in part.outlines)
    return f'<g{numbered} transform="{transform}">{outlines}</g>'


def _stroke(stroke: Stroke, camera: Camera) -> str:
    points = [camera.project(point) for point in stroke.points]
    line = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points)
    arrow = _arrow_head(points[-2], points[-1]) if stroke.arrow else ""
    faint = " f-faint" if stroke.faint else ""
    paint = "f-wrong" if stroke.wrong else "f-line"
    casing = f'<path class="f-casing" d="{line}{arrow}"/>' if stroke.cased else ""
    if not stroke.dotted:
        return f'{casing}<path class="{paint}{faint}" d="{line}{arrow}"/>'
    head = f'<path class="f-line" d="{arrow}"/>' if arrow else ""
    return f'{casing}<path class="f-line f-dots{faint}" d="{line}"/>{head}'


def _arrow_head(before: Point, tip: Point, size: float = 3.6, spread: float = 0.6) -> str:
    course = atan2(tip[1] - before[1], tip[0] - before[0])
    wings = (
        (tip[0] - size * cos(course + side), tip[1] - size * sin(course + side)) for side in (spread, -spread)
    )
    tip_at = f"{number(tip[0])} {number(tip[1])}"
    return "".join(f"M{tip_at}L{number(x)} {number(y)}" for x, y in wings)
