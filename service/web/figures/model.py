"""The skeleton's bones and the geometry that poses them.

Stature is 100 units. x points right, y up from the floor, z toward the viewer; angles are degrees.
A side-view direction counts counter-clockwise from +x.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import atan2, cos, degrees, hypot, radians, sin, sqrt

Vec = tuple[float, float, float]
Point = tuple[float, float]  # on the drawing: x right, y down
Joints = Mapping[str, Vec]
Move = Callable[[float], Joints]  # share of the way to the end pose -> joints

THIGH = 24.5
SHANK = 24.6
TRUNK = 28.8  # hip to shoulder
UPPER_ARM = 18.0
FOREARM = 14.5  # elbow to wrist; the hand is drawn beyond it
HAND = 6.7  # wrist to fingertips
FOOT = 9.0  # seen obliquely, ankle to toes
ARM_REACH = 31.5  # wrist from shoulder; farther would stretch the arm
LEG_REACH = 49.0  # ankle from hip


def add(a: Vec, b: Vec) -> Vec:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def sub(a: Vec, b: Vec) -> Vec:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def scale(a: Vec, factor: float) -> Vec:
    return a[0] * factor, a[1] * factor, a[2] * factor


def dot(a: Vec, b: Vec) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vec, b: Vec) -> Vec:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def length(a: Vec) -> float:
    return sqrt(dot(a, a))


def unit(a: Vec) -> Vec:
    return scale(a, 1 / length(a))


def between(a: float, b: float, share: float) -> float:
    return a + (b - a) * share


def mix(a: Vec, b: Vec, share: float) -> Vec:
    return add(a, scale(sub(b, a), share))


def ramp(share: float, since: float, by: float) -> float:
    """0 up to ``since``, 1 from ``by`` on, and a smooth way between."""
    way = min(1.0, max(0.0, (share - since) / (by - since)))
    return way * way * (3 - 2 * way)


def heading(angle: float) -> Vec:
    """The unit vector of a side-view direction."""
    return cos(radians(angle)), sin(radians(angle)), 0.0


def polar(origin: Vec, angle: float, distance: float) -> Vec:
    return add(origin, scale(heading(angle), distance))


def turn(v: Vec, axis: Vec, angle: float) -> Vec:
    """Turn ``v`` about ``axis`` by the right-hand rule."""
    k, c, s = unit(axis), cos(radians(angle)), sin(radians(angle))
    return add(add(scale(v, c), scale(cross(k, v), s)), scale(k, dot(k, v) * (1 - c)))


def toward_side(way: Vec) -> float:
    """The side-view direction of a way, in degrees."""
    return degrees(atan2(way[1], way[0]))


def within_reach(root: Vec, target: Vec, reach: float) -> Vec:
    """The target, or the farthest point toward it that does not stretch the limb."""
    way = sub(target, root)
    return add(root, scale(way, min(1.0, reach / length(way))))


def bend(root: Vec, tip: Vec, upper: float, lower: float, toward: Vec) -> Vec:
    """The joint between ``root`` and ``tip`` of a limb of two bones, bent toward a direction.

    A tip out of reach leaves the limb straight and the lower bone too long: clamp it first.
    """
    way = sub(tip, root)
    distance = min(length(way), upper + lower - 1e-6)
    along = unit(way)
    forward = (upper * upper - lower * lower + distance * distance) / (2 * distance)
    aside = sqrt(max(0.0, upper * upper - forward * forward))
    side = unit(sub(toward, scale(along, dot(toward, along))))
    return add(root, add(scale(along, forward), scale(side, aside)))


def band(free_hip: Vec, free_knee: Vec, hip: Vec, knee: Vec) -> dict[str, Vec]:
    """The ends of a band above the knees, at the far sides of the two thighs."""
    low, high = mix(free_hip, free_knee, 0.8), mix(hip, knee, 0.8)
    beyond = scale(unit(sub(high, low)), 5.0)
    return {"band_low": sub(low, beyond), "band_high": add(high, beyond)}


@dataclass(frozen=True, slots=True)
class Camera:
    """Looks along -z after a turn about y, then raised by a pitch. No perspective."""

    yaw: float = 0.0
    pitch: float = 0.0

    def project(self, v: Vec) -> Point:
        yaw, pitch = radians(self.yaw), radians(self.pitch)
        depth = v[0] * sin(yaw) + v[2] * cos(yaw)
        return v[0] * cos(yaw) - v[2] * sin(yaw), depth * sin(pitch) - v[1] * cos(pitch)


def distance(a: Point, b: Point) -> float:
    return hypot(b[0] - a[0], b[1] - a[1])
