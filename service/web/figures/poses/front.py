"""Moves seen from the front as in a mirror, standing on the leg at the left of the drawing."""

from dataclasses import astuple, dataclass, replace
from math import cos, radians, sin
from typing import Literal

from service.web.figures.model import (
    ARM_REACH,
    FOREARM,
    HAND,
    LEG_REACH,
    SHANK,
    THIGH,
    TRUNK,
    UPPER_ARM,
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
    within_reach,
)

_HIP_HALF = 5.2
_SHOULDER_HALF = 11.0
_ANKLE_ABOVE_SOLE = 4.0


@dataclass(frozen=True, slots=True)
class Stance:
    """Shank, thigh and trunk lean from upright. ``middle`` is the pelvis centre's x.

    The last three are faults: the knee turned inward, the free hip dropped, the trunk leaning sideways.
    """

    shank: float
    thigh: float
    trunk: float
    middle: float
    knee_in: float = 0.0
    drop: float = 0.0
    aside: float = 0.0


@dataclass(frozen=True, slots=True)
class Hand:
    """Where a wrist is, from shoulder or pelvis, or where fingertips touch a wall; x counts outward."""

    held_by: Literal["shoulder", "pelvis", "wall"]
    at: Vec
    elbow: Vec  # the way it points


HANGING = Hand("shoulder", (7.5, -27.0, 6.0), elbow=(1.0, -0.3, -0.6))
BALANCING = Hand("shoulder", (20.0, -21.0, 6.0), elbow=(0.6, -0.6, -0.6))
ON_HIP = Hand("pelvis", (8.0, 4.5, 2.5), elbow=(1.0, 0.0, -0.5))
AT_WALL = Hand("wall", (27.6, 56.0, 9.0), elbow=(0.2, -0.5, -1.0))


def _between(start: Stance, end: Stance, share: float) -> Stance:
    return Stance(*(between(a, b, share) for a, b in zip(astuple(start), astuple(end), strict=True)))


# ---- step-down ----


@dataclass(frozen=True, slots=True)
class StepDownLevel:
    height: float  # of the step
    end: Stance
    free_ankle_z: float  # at the end
    near_hand: Hand
    far_hand: Hand


_STEP_TOP = Stance(shank=6, thigh=9, trunk=2, middle=2.3)
_LOW = StepDownLevel(5.7, Stance(26, 32, 13, middle=1.9), 8.5, near_hand=AT_WALL, far_hand=HANGING)
_HIGH = StepDownLevel(11.4, Stance(33, 46, 20, middle=1.9), 4.0, near_hand=ON_HIP, far_hand=ON_HIP)


def _of_height(height: float, hands: Hand) -> StepDownLevel:
    """The higher the step, the deeper the bend: between the lowest and the highest."""
    share = (height - _LOW.height) / (_HIGH.height - _LOW.height)
    ankle_z = between(_LOW.free_ankle_z, _HIGH.free_ankle_z, share)
    return StepDownLevel(height, _between(_LOW.end, _HIGH.end, share), ankle_z, hands, hands)


STEP_DOWN = {
    1: _LOW,
    2: _of_height(6.8, BALANCING),
    3: _of_height(10.3, HANGING),
    4: _HIGH,
}
STEP_DOWN_WRONG = replace(_HIGH, end=replace(_HIGH.end, middle=0.7, knee_in=32, drop=15, aside=6))


def step_down(level: StepDownLevel, share: float) -> Joints:
    body = _standing(level.height, _between(_STEP_TOP, level.end, share), level.near_hand, level.far_hand)
    hip = body["free_hip"]
    ankle_y = between(level.height + 4.8, 4.9, share)
    aim = (hip[0] + 3.4, ankle_y, between(2.5, level.free_ankle_z, share))
    ankle = within_reach(hip, aim, LEG_REACH)
    knee = bend(hip, ankle, THIGH, SHANK, toward=(0.0, 0.0, 1.0))
    return {**body, **_free_leg(knee, ankle, toe=(1.0, 0.0, 0.0))}


# ---- standing clam: the straight free leg goes out to the side, against a band ----

_TALL = Stance(shank=3, thigh=4, trunk=0, middle=2.3)
_TALL_OVER = replace(_TALL, middle=1.2)


def standing_clam(share: float) -> Joints:
    body = _standing(0.0, _between(_TALL, _TALL_OVER, share), AT_WALL, ON_HIP)
    out = radians(between(3, 27, share))
    down = (sin(out), -cos(out), 0.0)
    knee, ankle = (add(body["free_hip"], scale(down, reach)) for reach in (THIGH, LEG_REACH))
    around = band(body["free_hip"], knee, body["hip"], body["knee"])
    return {**body, **around, **_free_leg(knee, ankle, toe=(cos(out), sin(out), 0.0))}


# ---- both ----


def _standing(floor: float, stance: Stance, near_hand: Hand, far_hand: Hand) -> dict[str, Vec]:
    """Hips level, the knee on the line from hip to ankle as seen in front, but for the stance's faults."""
    ankle: Vec = (0.0, floor + _ANKLE_ABOVE_SOLE, 0.0)
    shank, thigh, trunk = radians(stance.shank), radians(stance.thigh), radians(stance.trunk)
    pelvis = (
        stance.middle,
        ankle[1] + SHANK * cos(shank) + THIGH * cos(thigh),
        SHANK * sin(shank) - THIGH * sin(thigh),
    )
    drop, aside = radians(stance.drop), radians(stance.aside)
    to_free_hip = (_HIP_HALF * cos(drop), -_HIP_HALF * sin(drop), 0.0)
    hip = sub(pelvis, to_free_hip)
    over_foot = bend(ankle, hip, SHANK, THIGH, toward=(0.0, 0.0, 1.0))
    knee = add(ankle, turn(sub(over_foot, ankle), sub(hip, ankle), stance.knee_in))
    up = (-sin(aside), cos(trunk) * cos(aside), sin(trunk))
    chest = add(pelvis, add(scale(up, TRUNK), (-0.2, 0.0, 0.0)))
    return {
        "ankle": ankle, "sole": add(ankle, (0.0, 0.0, 1.0)), "toe": add(ankle, (1.0, 0.0, 1.0)), "knee": knee,
        "hip": hip, "free_hip": add(pelvis, to_free_hip), "pelvis": pelvis, "chest": chest,
        "crown": add(chest, (-sin(aside) / 2, 1.0, 0.0)),
        **_arm("", -1, near_hand, chest, pelvis), **_arm("far_", 1, far_hand, chest, pelvis),
        **_guides(hip, knee, ankle, add(pelvis, to_free_hip)),
    }  # fmt: skip


def _arm(side: str, outward: int, hand: Hand, chest: Vec, pelvis: Vec) -> dict[str, Vec]:
    shoulder = add(chest, (outward * _SHOULDER_HALF, -1.6, 0.0))
    origin: Vec = {"shoulder": shoulder, "pelvis": pelvis, "wall": (0.0, 0.0, 0.0)}[hand.held_by]
    aim = add(origin, (outward * hand.at[0], hand.at[1], hand.at[2]))
    beyond = HAND if hand.held_by == "wall" else 0.0
    tip = within_reach(shoulder, aim, ARM_REACH + beyond)
    way = (outward * hand.elbow[0], hand.elbow[1], hand.elbow[2])
    elbow = bend(shoulder, tip, UPPER_ARM, FOREARM + beyond, toward=way)
    wrist = mix(elbow, tip, FOREARM / (FOREARM + beyond))
    return {f"{side}shoulder": shoulder, f"{side}elbow": elbow, f"{side}wrist": wrist}


def _free_leg(knee: Vec, ankle: Vec, toe: Vec) -> dict[str, Vec]:
    sole = add(ankle, (0.0, 0.0, 1.0))
    return {"free_knee": knee, "free_ankle": ankle, "free_sole": sole, "free_toe": add(sole, toe)}


def _guides(hip: Vec, knee: Vec, ankle: Vec, free_hip: Vec) -> dict[str, Vec]:
    """Ends of the lines to mind, in front of the body: hip, knee, toe; and across the pelvis."""
    return {
        "line_hip": add(hip, (0.0, -3.0, 6.5)), "line_knee": add(knee, (0.0, 0.0, 4.5)),
        "line_ankle": add(ankle, (0.0, -1.0, 4.0)), "level_near": add(hip, (-8.5, 1.0, 2.0)),
        "level_far": add(free_hip, (8.5, 1.0, 2.0)),
    }  # fmt: skip
