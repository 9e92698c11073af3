"""Moves seen from the side: squat and seated squeeze facing right, the bridge with the head at the left."""

from collections.abc import Callable
from dataclasses import astuple, dataclass, replace

from service.web.figures.model import (
    ARM_REACH,
    FOREARM,
    SHANK,
    THIGH,
    TRUNK,
    UPPER_ARM,
    Joints,
    Vec,
    add,
    bend,
    between,
    heading,
    length,
    mix,
    polar,
    ramp,
    sub,
    toward_side,
    within_reach,
)

Arm = Callable[[Vec, float], tuple[Vec, Vec]]  # shoulder, share -> elbow, wrist

_ANKLE: Vec = (0.0, 4.0, 0.0)
_FAR_SHOULDER: Vec = (1.2, 0.4, 0.0)  # the far side peeps out from behind the near one
_FAR_ARM: Vec = (1.6, 0.8, 0.0)
_FAR_LEG: Vec = (1.4, 0.6, 0.0)
_FAR_FOOT: Vec = (1.8, 0.0, 0.0)


def _two_arms(shoulder: Vec, share: float, near: Arm, far: Arm) -> dict[str, Vec]:
    (elbow, wrist), (far_elbow, far_wrist) = near(shoulder, share), far(shoulder, share)
    return {
        "shoulder": shoulder, "elbow": elbow, "wrist": wrist, "far_shoulder": add(shoulder, _FAR_SHOULDER),
        "far_elbow": add(far_elbow, _FAR_ARM), "far_wrist": add(far_wrist, _FAR_ARM),
    }  # fmt: skip


# ---- squat: the right leg works ----


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
    near_arm: Arm
    far_arm: Arm


def _onto_seat(wrist_on_seat: Vec) -> Arm:
    """The hand leaves the front, reaches back and rests on the seat before the hips do."""

    def arm(shoulder: Vec, share: float) -> tuple[Vec, Vec]:
        in_front = add(shoulder, (9.0, -26.0, 0.0))
        wrist = within_reach(shoulder, mix(in_front, wrist_on_seat, ramp(share, 0.0, 0.8)), ARM_REACH)
        return bend(shoulder, wrist, UPPER_ARM, FOREARM, toward=(-1.0, 0.2, 0.0)), wrist

    return arm


def _held_out(shoulder: Vec, share: float) -> tuple[Vec, Vec]:
    """The arm rises in front as a counterweight."""
    elbow = polar(shoulder, between(-62, -8, share), UPPER_ARM)
    return elbow, polar(elbow, between(-40, 2, share), FOREARM)


_STAND = SquatPose(shank=86, thigh=93, trunk=88, free_thigh=-64, free_shank=-66, free_foot=14, head=90)
_SEATED = SquatPose(shank=68, thigh=167, trunk=58, free_thigh=2, free_shank=-12, free_foot=64, head=84)
_STAND_FREE = SquatPose(shank=86, thigh=93, trunk=88, free_thigh=-60, free_shank=-62, free_foot=14, head=90)
_LOW_FREE = SquatPose(shank=62, thigh=163, trunk=52, free_thigh=8, free_shank=-2, free_foot=64, head=84)

_HAND = _onto_seat((-16.0, 31.0, 0.0))
_FINGERTIPS = _onto_seat((-18.5, 33.0, 0.0))  # the tips, 6.7 beyond the wrist, just reach the seat
SQUAT_HANDS = SquatLevel(_STAND, _SEATED, _HAND, _HAND)
SQUAT_FINGERTIPS = SquatLevel(_STAND, _SEATED, _FINGERTIPS, _held_out)
SQUAT_FREE = SquatLevel(_STAND_FREE, _LOW_FREE, _held_out, _held_out)


def squat(level: SquatLevel, share: float) -> Joints:
    return _squat(level, _on_one_leg(level, share), share)


def stand_up(share: float) -> Joints:
    """The way back from the seat on both legs: the free foot comes down first and lifts again at the top."""
    way = 1 - share
    body = 1 - ramp(way, 0.15, 1.0)
    pose = _on_one_leg(SQUAT_HANDS, body)
    hip = polar(polar(_ANKLE, pose.shank, SHANK), pose.thigh, THIGH)
    foot = add(_ANKLE, _FAR_FOOT)
    knee = bend(hip, foot, THIGH, SHANK, toward=(1.0, 0.2, 0.0))
    planted = ramp(way, 0.0, 0.45) * (1 - ramp(way, 0.7, 1.0))
    both = replace(
        pose,
        free_thigh=between(pose.free_thigh, toward_side(sub(knee, hip)), planted),
        free_shank=between(pose.free_shank, toward_side(sub(foot, knee)), planted),
        free_foot=between(pose.free_foot, 0.0, planted),
    )
    return _squat(SQUAT_HANDS, both, share)


def _on_one_leg(level: SquatLevel, share: float) -> SquatPose:
    start, end = astuple(level.start), astuple(level.end)
    return SquatPose(*(between(a, b, share) for a, b in zip(start, end, strict=True)))


def _squat(level: SquatLevel, pose: SquatPose, share: float) -> Joints:
    knee = polar(_ANKLE, pose.shank, SHANK)
    hip = polar(knee, pose.thigh, THIGH)
    shoulder = polar(hip, pose.trunk, TRUNK)
    free_knee = polar(hip, pose.free_thigh, THIGH)
    free_ankle = polar(free_knee, pose.free_shank, SHANK)
    return {
        **_two_arms(shoulder, share, level.near_arm, level.far_arm),
        "ankle": _ANKLE, "toe": add(_ANKLE, (1.0, 0.0, 0.0)), "knee": knee, "hip": hip,
        "crown": add(shoulder, heading(pose.head)), "free_hip": hip, "free_knee": free_knee,
        "free_ankle": free_ankle, "free_toe": add(free_ankle, heading(pose.free_foot)),
    }  # fmt: skip


# ---- bridge: the far leg is the free one ----


@dataclass(frozen=True, slots=True)
class BridgeLevel:
    trunk_end: float
    raised_by: float = 1.0  # share at which the hips are up
    straightens: tuple[float, float] = (1.0, 2.0)  # shares from and by which the free leg does


_SHOULDER_START: Vec = (0.0, 6.6, 0.0)
_SHOULDER_END: Vec = (0.0, 6.0, 0.0)
_TRUNK_START = 1.8
_TRUNK_IN_LINE = toward_side((48.0, 22.2, 0.0))  # toward the end pose's knee: trunk and thigh make one line
_BRIDGE_ANKLE: Vec = (51.0, 4.0, 0.0)
_BRIDGE_ELBOW: Vec = (17.6, 3.0, 0.0)
_BRIDGE_WRIST: Vec = (32.1, 2.4, 0.0)

BRIDGE_TWO_LEGS = BridgeLevel(_TRUNK_IN_LINE)
BRIDGE_HOLD_ON_ONE = BridgeLevel(_TRUNK_IN_LINE, raised_by=0.6, straightens=(0.45, 1.0))
BRIDGE_ONE_LEG = BridgeLevel(_TRUNK_IN_LINE, straightens=(-1.0, 0.0))
BRIDGE_ARCHED = BridgeLevel(trunk_end=35.0)


def bridge(level: BridgeLevel, share: float) -> Joints:
    raised = share if level.raised_by == 1.0 else ramp(share, 0.0, level.raised_by)
    shoulder = mix(_SHOULDER_START, _SHOULDER_END, raised)
    hip = polar(shoulder, between(_TRUNK_START, level.trunk_end, raised), TRUNK)
    knee = bend(hip, _BRIDGE_ANKLE, THIGH, SHANK, toward=(-0.2, 1.0, 0.0))
    nape = add(shoulder, (0.0, -0.4, 0.0))
    free_leg = _free_leg(hip, knee, ramp(share, *level.straightens))
    return {
        "shoulder": shoulder, "nape": nape, "crown": add(nape, (-1.0, -0.06, 0.0)), "hip": hip, "knee": knee,
        "ankle": _BRIDGE_ANKLE, "toe": add(_BRIDGE_ANKLE, (1.0, 0.0, 0.0)),
        "elbow": _BRIDGE_ELBOW, "wrist": _BRIDGE_WRIST, **free_leg,
    }  # fmt: skip


def _free_leg(hip: Vec, knee: Vec, straight: float) -> dict[str, Vec]:
    """Planted beside the other foot (0), or out in line with the thighs (1)."""
    free_knee = add(knee, _FAR_LEG)
    planted = sub(add(_BRIDGE_ANKLE, _FAR_FOOT), free_knee)
    thigh = toward_side(sub(knee, hip))
    shank = between(toward_side(planted), thigh - 3, straight)
    free_ankle = polar(free_knee, shank, between(length(planted), SHANK, straight))
    return {
        "free_hip": add(hip, _FAR_LEG), "free_knee": free_knee, "free_ankle": free_ankle,
        "free_toe": add(free_ankle, heading(between(0.0, thigh + 62, straight))),
    }  # fmt: skip


# ---- seated squeeze: on a chair, both feet planted ----

_SEAT: Vec = (-21.0, 33.0, 0.0)  # the hip's place
_SEATED_ANKLE: Vec = (4.0, 4.0, 0.0)


def seated_squeeze(share: float) -> Joints:
    """The glutes lift the body a little and the trunk grows tall over them."""
    hip = add(_SEAT, (0.0, between(0.0, 1.6, share), 0.0))
    shoulder = polar(hip, between(97, 87, share), TRUNK)
    knee = bend(hip, _SEATED_ANKLE, THIGH, SHANK, toward=(0.5, 1.0, 0.0))
    free_ankle = add(_SEATED_ANKLE, _FAR_FOOT)
    return {
        **_two_arms(shoulder, share, _on_thigh(hip), _on_thigh(hip)),
        "ankle": _SEATED_ANKLE, "toe": add(_SEATED_ANKLE, (1.0, 0.0, 0.0)), "knee": knee, "hip": hip,
        "crown": add(shoulder, heading(between(82, 89, share))), "free_hip": add(hip, _FAR_LEG),
        "free_knee": add(knee, _FAR_LEG), "free_ankle": free_ankle,
        "free_toe": add(free_ankle, (1.0, 0.0, 0.0)),
    }  # fmt: skip


def _on_thigh(hip: Vec) -> Arm:
    def arm(shoulder: Vec, _share: float) -> tuple[Vec, Vec]:
        wrist = add(hip, (12.5, 6.5, 0.0))
        return bend(shoulder, wrist, UPPER_ARM, FOREARM, toward=(-1.0, -0.4, 0.0)), wrist

    return arm
