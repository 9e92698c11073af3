"""Where every joint is, from the start (0) to the end (1) of a move. Levels are data, moves are functions.

Joints are named for the leg that works (``hip``, ``knee``, ``ankle``) and the one that does not (``free_``).
``far_`` is the same joint on the side turned away. A planted foot is the root of its chain and cannot slide.
"""

from functools import partial

from service.web.figures.model import Move
from service.web.figures.poses import front, oblique, side

MOVES: dict[str, Move] = {
    "squat-1": partial(side.squat, side.SQUAT_HANDS),
    "squat-1-back": side.stand_up,
    "squat-2": partial(side.squat, side.SQUAT_FINGERTIPS),
    "squat-3": partial(side.squat, side.SQUAT_FREE),
    "squat-4": partial(side.squat, side.SQUAT_FREE),
    "bridge-1": partial(side.bridge, side.BRIDGE_TWO_LEGS),
    "bridge-2": partial(side.bridge, side.BRIDGE_TWO_LEGS),
    "bridge-2-wrong": partial(side.bridge, side.BRIDGE_ARCHED),
    "bridge-3": partial(side.bridge, side.BRIDGE_HOLD_ON_ONE),
    "bridge-4": partial(side.bridge, side.BRIDGE_ONE_LEG),
    "clamshell-1": partial(oblique.clamshell, oblique.CLAMSHELL),
    "clamshell-1-wrong": partial(oblique.clamshell, oblique.CLAMSHELL_ROLLED),
    "clamshell-2": partial(oblique.clamshell, oblique.CLAMSHELL),
    "clamshell-3": partial(oblique.clamshell, oblique.CLAMSHELL),
    "clamshell-4": oblique.leg_lift,
    "step-down-1": partial(front.step_down, front.STEP_DOWN[1]),
    "step-down-2": partial(front.step_down, front.STEP_DOWN[2]),
    "step-down-3": partial(front.step_down, front.STEP_DOWN[3]),
    "step-down-4": partial(front.step_down, front.STEP_DOWN[4]),
    "step-down-4-wrong": partial(front.step_down, front.STEP_DOWN_WRONG),
    "standing-clam": front.standing_clam,
    "seated-squeeze": side.seated_squeeze,
}
