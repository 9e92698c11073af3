"""Moves on the right side of the body, head at the left of the drawing, seen from the front and above."""

from dataclasses import dataclass
from math import cos, radians, sin

from service.web.figures.model import (
    SHANK,
    THIGH,
    Joints,
    Vec,
    add,
    band,
    bend,
    between,
    mix,
    scale,
    sub,
    turn,
    unit,
)

_LOWER_HIP: Vec = (0.0, 6.6, 0.0)
_UPPER_HIP: Vec = (0.0, 17.8, 0.0)
_HIP_BEND = 56.0
_LYING: dict[str, Vec] = {
    "hip": _UPPER_HIP, "free_hip": _LOWER_HIP, "pelvis": (0.0, 12.2, 0.0), "chest": (-28.8, 11.6, -1.0),
    "crown": (-29.8, 11.57, -0.95), "far_shoulder": (-28.8, 3.4, 0.0), "far_elbow": (-45.5, 2.4, 5.2),
    "far_wrist": (-49.0, 2.6, -8.9), "shoulder": (-28.8, 20.4, -1.0), "elbow": (-15.5, 25.5, 9.5),
    "wrist": (-3.0, 19.2, 4.6),
}  # fmt: skip
_ROLLING = ("hip", "pelvis", "chest", "crown", "shoulder", "elbow", "wrist")


@dataclass(frozen=True, slots=True)
class ClamshellLevel:
    opening: float  # the upper leg turns by this about the line from its hip to its ankle
    roll: float = 0.0  # of the pelvis, backward


CLAMSHELL = ClamshellLevel(opening=48)
CLAMSHELL_ROLLED = ClamshellLevel(opening=52, roll=28)


def clamshell(level: ClamshellLevel, share: float) -> Joints:
    lower = _lower_leg()
    upper_body = _rolled(level.roll * share)
    hip, ankle = upper_body["hip"], add(lower["free_ankle"], (0.0, 5.2, 0.0))
    closed = bend(hip, ankle, THIGH, SHANK, toward=(0.3, -0.32, 1.0))
    knee = add(hip, turn(sub(closed, hip), sub(ankle, hip), -level.opening * share))
    return {
        **_LYING, **upper_body, **lower, "knee": knee, "ankle": ankle, "toe": _toe(knee, ankle),
        **band(_LOWER_HIP, lower["free_knee"], hip, knee),
        "level_near": mix(_LOWER_HIP, hip, -0.7), "level_far": mix(_LOWER_HIP, hip, 2.2),
    }  # fmt: skip


def leg_lift(share: float) -> Joints:
    """The upper leg straight in line with the trunk, lifted from the hip, toes forward."""
    lift = radians(between(-7, 30, share))
    along = (cos(lift), sin(lift), 0.0)
    knee, ankle = (add(_UPPER_HIP, scale(along, reach)) for reach in (THIGH, THIGH + SHANK))
    toe = add(ankle, add(scale(along, 2.0), (0.0, -0.4, 8.8)))
    return {**_LYING, **_lower_leg(), "knee": knee, "ankle": ankle, "toe": toe}


def _rolled(roll: float) -> dict[str, Vec]:
    """Pelvis, chest and upper arm, turned backward about the lower hip."""
    along: Vec = (1.0, 0.0, 0.0)
    return {joint: add(_LOWER_HIP, turn(sub(_LYING[joint], _LOWER_HIP), along, -roll)) for joint in _ROLLING}


def _lower_leg() -> dict[str, Vec]:
    bent, back = radians(_HIP_BEND), radians(_HIP_BEND - 90)
    flat = add(_LOWER_HIP, scale((cos(bent), 0.0, sin(bent)), THIGH))
    knee = (flat[0], 4.6, flat[2])
    along = add(knee, scale((cos(back), 0.0, sin(back)), SHANK))
    ankle = (along[0], 4.0, along[2])
    return {"free_knee": knee, "free_ankle": ankle, "free_toe": _toe(knee, ankle)}


def _toe(knee: Vec, ankle: Vec) -> Vec:
    """Toes a little in line with the shank and mostly toward the viewer."""
    return add(ankle, add(scale(unit(sub(ankle, knee)), 3.5), (4.0, -0.4, 7.0)))
