"""Where every joint is, from the start (0) to the end (1) of a move. Levels are data, moves are functions.

Joints are named for the leg that works (``hip``, ``knee``, ``ankle``) and the one that does not (``free_``).
``far_`` is the same joint on the side turned away. A planted foot is the root of its chain and cannot slide.
"""

from collections.abc import Callable, Mapping
from dataclasses import astuple, dataclass
from functools import partial
from math import atan2, cos, degrees, radians, sin

from service.web.figures.model import (
    ARM_REACH,
    FOREARM,
    LEG_REACH,
    SHANK,
    THIGH,
    TRUNK,
    UPPER_ARM,
    Vec,
    add,
    bend,
    between,
    heading,
    mix,
    polar,
    scale,
    sub,
    turn,
    unit,
    within_reach,
)

Joints = Mapping[str, Vec]
Move = Callable[[float], Joints]  # share of the way to the end pose -> joints


# ---- squat: side view, facing right, the right leg works ----


@dataclass(frozen=True, slots=True)
class SquatPose:
    """Directions in the side view. Free thigh and shank point down from the hip, the others up."""

    shank: float
    thigh: float
    trunk: float
    free_thigh: float
    free_shank: float
    free_foot: float
    head: float


@dataclass(frozen=True, slots=True)
class SquatLevel:
    start: SquatPose
    end: SquatPose
    wrist_from_shoulder: Vec  # at the start
    wrist_on_seat: Vec  # from ``seated_from`` on, as far as the arm reaches
    seated_from: float


SQUAT_CHAIR = SquatLevel(
    start=SquatPose(shank=86, thigh=93, trunk=88, free_thigh=-64, free_shank=-66, free_foot=14, head=90),
    end=SquatPose(shank=68, thigh=167, trunk=58, free_thigh=2, free_shank=-12, free_foot=64, head=84),
    wrist_from_shoulder=(9.0, -26.0, 0.0),
    wrist_on_seat=(-16.0, 31.0, 0.0),
    seated_from=0.8,
)

_FAR_SHOULDER: Vec = (1.2, 0.4, 0.0)  # the far side peeps out from behind the near one
_FAR_ARM: Vec = (1.6, 0.8, 0.0)


def squat(level: SquatLevel, share: float) -> Joints:
    start, end = astuple(level.start), astuple(level.end)
    pose = SquatPose(*(between(a, b, share) for a, b in zip(start, end, strict=True)))
    ankle: Vec = (0.0, 4.0, 0.0)
    knee = polar(ankle, pose.shank, SHANK)
    hip = polar(knee, pose.thigh, THIGH)
    shoulder = polar(hip, pose.trunk, TRUNK)
    free_knee = polar(hip, pose.free_thigh, THIGH)
    free_ankle = polar(free_knee, pose.free_shank, SHANK)
    wrist = _seated_wrist(level, shoulder, share)
    elbow = bend(shoulder, wrist, UPPER_ARM, FOREARM, toward=(-1.0, 0.2, 0.0))
    return {
        "ankle": ankle, "toe": add(ankle, (1.0, 0.0, 0.0)), "knee": knee, "hip": hip, "shoulder": shoulder,
        "crown": add(shoulder, heading(pose.head)), "elbow": elbow, "wrist": wrist,
        "far_shoulder": add(shoulder, _FAR_SHOULDER), "far_elbow": add(elbow, _FAR_ARM),
        "far_wrist": add(wrist, _FAR_ARM),
        "free_hip": hip, "free_knee": free_knee, "free_ankle": free_ankle,
        "free_toe": add(free_ankle, heading(pose.free_foot)),
    }  # fmt: skip


def _seated_wrist(level: SquatLevel, shoulder: Vec, share: float) -> Vec:
    """The hands leave the front, reach back and rest on the seat before the hips do."""
    way = min(1.0, share / level.seated_from)
    eased = way * way * (3 - 2 * way)
    target = mix(add(shoulder, level.wrist_from_shoulder), level.wrist_on_seat, eased)
    return within_reach(shoulder, target, ARM_REACH)


# ---- bridge: side view, head left, both feet planted ----


@dataclass(frozen=True, slots=True)
class BridgeLevel:
    shoulder_start: Vec
    shoulder_end: Vec
    trunk_start: float
    trunk_end: float
    ankle: Vec
    elbow: Vec
    wrist: Vec


BRIDGE_TWO_LEGS = BridgeLevel(
    shoulder_start=(0.0, 6.6, 0.0),
    shoulder_end=(0.0, 6.0, 0.0),
    trunk_start=1.8,
    trunk_end=degrees(atan2(22.2, 48.0)),  # toward the end pose's knee, so that trunk and thigh make one line
    ankle=(51.0, 4.0, 0.0),
    elbow=(17.6, 3.0, 0.0),
    wrist=(32.1, 2.4, 0.0),
)


def bridge(level: BridgeLevel, share: float) -> Joints:
    shoulder = mix(level.shoulder_start, level.shoulder_end, share)
    hip = polar(shoulder, between(level.trunk_start, level.trunk_end, share), TRUNK)
    ankle = level.ankle
    knee = bend(hip, ankle, THIGH, SHANK, toward=(-0.2, 1.0, 0.0))
    nape = add(shoulder, (0.0, -0.4, 0.0))
    far_ankle = add(ankle, (1.8, 0.0, 0.0))
    return {
        "shoulder": shoulder, "nape": nape, "crown": add(nape, (-1.0, -0.06, 0.0)), "hip": hip, "knee": knee,
        "ankle": ankle, "toe": add(ankle, (1.0, 0.0, 0.0)), "elbow": level.elbow, "wrist": level.wrist,
        "free_hip": add(hip, (1.4, 0.6, 0.0)), "free_knee": add(knee, (1.5, 0.6, 0.0)),
        "free_ankle": far_ankle, "free_toe": add(far_ankle, (1.0, 0.0, 0.0)),
    }  # fmt: skip


# ---- clamshell: lying on the right side, head left, the left leg opens ----


@dataclass(frozen=True, slots=True)
class ClamshellLevel:
    hip_bend: float
    opening: float  # the upper leg turns by this about the line from its hip to its ankle


CLAMSHELL = ClamshellLevel(hip_bend=56, opening=48)

_LOWER_HIP: Vec = (0.0, 6.6, 0.0)
_UPPER_HIP: Vec = (0.0, 17.8, 0.0)
_LYING: dict[str, Vec] = {
    "hip": _UPPER_HIP, "free_hip": _LOWER_HIP, "pelvis": (0.0, 12.2, 0.0), "chest": (-28.8, 11.6, -1.0),
    "crown": (-29.8, 11.57, -0.95), "far_shoulder": (-28.8, 3.4, 0.0), "far_elbow": (-45.5, 2.4, 5.2),
    "far_wrist": (-49.0, 2.6, -8.9), "shoulder": (-28.8, 20.4, -1.0), "elbow": (-15.5, 25.5, 9.5),
    "wrist": (-3.0, 19.2, 4.6),
}  # fmt: skip


def clamshell(level: ClamshellLevel, share: float) -> Joints:
    bent, back = radians(level.hip_bend), radians(level.hip_bend - 90)
    flat = add(_LOWER_HIP, scale((cos(bent), 0.0, sin(bent)), THIGH))
    free_knee = (flat[0], 4.6, flat[2])
    along = add(free_knee, scale((cos(back), 0.0, sin(back)), SHANK))
    free_ankle = (along[0], 4.0, along[2])
    ankle = add(free_ankle, (0.0, 5.2, 0.0))
    closed = bend(_UPPER_HIP, ankle, THIGH, SHANK, toward=(0.3, -0.32, 1.0))
    opened = turn(sub(closed, _UPPER_HIP), sub(ankle, _UPPER_HIP), -level.opening * share)
    knee = add(_UPPER_HIP, opened)
    return {
        **_LYING, "knee": knee, "ankle": ankle, "toe": _toe(knee, ankle),
        "free_knee": free_knee, "free_ankle": free_ankle, "free_toe": _toe(free_knee, free_ankle),
    }  # fmt: skip


def _toe(knee: Vec, ankle: Vec) -> Vec:
    """Toes a little in line with the shank and mostly toward the viewer."""
    return add(ankle, add(scale(unit(sub(ankle, knee)), 3.5), (4.0, -0.4, 7.0)))


# ---- step-down: front view as in a mirror, standing on the leg at the left of the drawing ----


@dataclass(frozen=True, slots=True)
class StepDownPose:
    """Shank, thigh and trunk lean from upright. ``middle`` is the pelvis centre's x."""

    shank: float
    thigh: float
    trunk: float
    middle: float
    free_ankle_aside: float  # from the free hip
    free_ankle_y: float
    free_ankle_z: float


@dataclass(frozen=True, slots=True)
class StepDownLevel:
    height: float  # of the step
    start: StepDownPose
    end: StepDownPose
    fingertips: Vec  # on a chair back


STEP_DOWN_LOW = StepDownLevel(
    height=5.7,
    start=StepDownPose(6, 9, 2, middle=2.3, free_ankle_aside=3.4, free_ankle_y=10.5, free_ankle_z=2.5),
    end=StepDownPose(26, 32, 13, middle=1.9, free_ankle_aside=3.4, free_ankle_y=4.9, free_ankle_z=8.5),
    fingertips=(-22.5, 58.5, 9.0),
)

_HIP_HALF = 5.2
_SHOULDER_HALF = 11.0


def step_down(level: StepDownLevel, share: float) -> Joints:
    start, end = astuple(level.start), astuple(level.end)
    pose = StepDownPose(*(between(a, b, share) for a, b in zip(start, end, strict=True)))
    stance = _stance_leg(level.height, pose)
    hip, free_hip = stance["hip"], stance["free_hip"]
    free_ankle = within_reach(
        free_hip, (free_hip[0] + pose.free_ankle_aside, pose.free_ankle_y, pose.free_ankle_z), LEG_REACH
    )
    lean = radians(pose.trunk)
    chest = (pose.middle - 0.2, hip[1] + TRUNK * cos(lean), hip[2] + TRUNK * sin(lean))
    return {
        **stance, **_arms(level, chest), "pelvis": (pose.middle, hip[1], hip[2]),
        "chest": chest, "crown": add(chest, (0.0, 1.0, 0.0)),
        "free_knee": bend(free_hip, free_ankle, THIGH, SHANK, toward=(0.0, 0.0, 1.0)),
        "free_ankle": free_ankle, "free_sole": add(free_ankle, (0.0, 0.0, 1.0)),
        "free_toe": add(free_ankle, (1.0, 0.0, 1.0)),
    }  # fmt: skip


def _stance_leg(step_height: float, pose: StepDownPose) -> dict[str, Vec]:
    """The leg on the step: hips level, the knee on the line from hip to ankle as seen from the front."""
    ankle: Vec = (0.0, step_height + 4.0, 0.0)
    shank, thigh = radians(pose.shank), radians(pose.thigh)
    hip_x = pose.middle - _HIP_HALF
    hip_y = ankle[1] + SHANK * cos(shank) + THIGH * cos(thigh)
    hip_z = SHANK * sin(shank) - THIGH * sin(thigh)
    knee = (hip_x * SHANK / (SHANK + THIGH), ankle[1] + SHANK * cos(shank), SHANK * sin(shank))
    return {
        "ankle": ankle, "sole": add(ankle, (0.0, 0.0, 1.0)), "toe": add(ankle, (1.0, 0.0, 1.0)), "knee": knee,
        "hip": (hip_x, hip_y, hip_z), "free_hip": (pose.middle + _HIP_HALF, hip_y, hip_z),
    }  # fmt: skip


def _arms(level: StepDownLevel, chest: Vec) -> dict[str, Vec]:
    shoulder = add(chest, (-_SHOULDER_HALF, -1.6, 0.0))
    far_shoulder = add(chest, (_SHOULDER_HALF, -1.6, 0.0))
    wrist = within_reach(shoulder, level.fingertips, ARM_REACH)
    far_wrist = add(far_shoulder, (7.5, -27.0, 6.0))
    return {
        "shoulder": shoulder, "elbow": bend(shoulder, wrist, UPPER_ARM, FOREARM, toward=(-1.0, -0.5, -0.5)),
        "wrist": wrist, "far_shoulder": far_shoulder, "far_wrist": far_wrist,
        "far_elbow": bend(far_shoulder, far_wrist, UPPER_ARM, FOREARM, toward=(1.0, -0.3, -0.6)),
    }  # fmt: skip


MOVES: dict[str, Move] = {
    "squat-1": partial(squat, SQUAT_CHAIR),
    "bridge-1": partial(bridge, BRIDGE_TWO_LEGS),
    "clamshell-1": partial(clamshell, CLAMSHELL),
    "step-down-1": partial(step_down, STEP_DOWN_LOW),
}
