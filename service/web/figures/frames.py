"""A move baked into keyframes, so that a page can play it without the model."""

from functools import cache
from math import atan2, cos, degrees, pi
from typing import NamedTuple

from service.web.figures.model import Camera, Joints, Point, distance
from service.web.figures.parts import Part
from service.web.figures.scenes import SCENES, Scene

STRETCHED = 0.004  # from the bone's length; less is not worth a scale


class Frames(NamedTuple):
    """One repetition of a figure, as JSON would have it.

    ``steps`` are shares of the moving time: 0 start, .5 end pose, 1 start again; a hold stays at .5.
    ``parts`` has for every ``data-bone`` of the animated drawing one CSS transform a step, always of the same
    functions, to be joined in straight lines.
    """

    steps: tuple[float, ...]
    parts: tuple[tuple[str, ...], ...]


class Place(NamedTuple):
    """Where a part's frame lies in the drawing."""

    at: Point
    turn: float  # degrees clockwise
    stretch: float  # share of the bone's length that is seen


def frames(name: str) -> Frames:
    """The keyframes of ``figure(name, animated=True)``. Raises KeyError for an unknown name."""
    scene = SCENES[name]
    count = 2 * scene.steps
    steps = tuple(round(step / count, 4) for step in range(count + 1))
    return Frames(steps, tuple(track for track in _tracks(name) if _moves(track)))


@cache
def bones(name: str) -> dict[int, int]:
    """The number of each moving part, by its position among the scene's parts and guides."""
    moving = [position for position, track in enumerate(_tracks(name)) if _moves(track)]
    return {position: number for number, position in enumerate(moving)}


def place(part: Part, joints: Joints, camera: Camera) -> Place:
    start, end = camera.project(joints[part.start]), camera.project(joints[part.end])
    turn = degrees(atan2(end[1] - start[1], end[0] - start[0]))
    return Place(start, turn, distance(start, end) / part.length if part.length else 1.0)


def at(scene: Scene, moment: float) -> Joints:
    """The body at a share of a repetition's moving time. It starts and stops gently, at both ends."""
    share = (1 - cos(2 * pi * moment)) / 2
    return scene.back(share) if scene.back and moment > 0.5 else scene.move(share)


def number(value: float, decimals: int = 1) -> str:
    """Short: no leading or trailing zeros, no minus zero."""
    text = f"{value:.{decimals}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


@cache
def _tracks(name: str) -> tuple[tuple[str, ...], ...]:
    """For each part and guide its CSS transforms, step by step."""
    scene = SCENES[name]
    count = 2 * scene.steps
    poses = [at(scene, step / count) for step in range(count + 1)]
    return tuple(_track(part, poses, scene) for part in (*scene.parts, *scene.guides))


def _track(part: Part, poses: list[Joints], scene: Scene) -> tuple[str, ...]:
    places = [place(part, joints, scene.camera) for joints in poses]
    turns = [places[0].turn]
    for found in places[1:]:  # the short way round from the turn before
        turns.append(found.turn - 360 * round((found.turn - turns[-1]) / 360))
    turning = any(number(turn) != "0" for turn in turns)
    stretching = any(abs(found.stretch - 1) > STRETCHED for found in places)
    return tuple(
        f"translate({number(x)}px,{number(y)}px)"
        + (f" rotate({number(turn)}deg)" if turning else "")
        + (f" scale({number(stretch, 2)},1)" if stretching else "")
        for ((x, y), _, stretch), turn in zip(places, turns, strict=True)
    )


def _moves(track: tuple[str, ...]) -> bool:
    return len(set(track)) > 1
