"""The exercise figures: bodies that could stand, drawings that a strict page can show."""

import gzip
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import acos, cos, degrees, dist, radians, sin
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from service.web.figures import SCENES, figure, frames, mirrors
from service.web.figures.draw import Pose
from service.web.figures.frames import at, place
from service.web.figures.model import (
    ARM_REACH,
    FOREARM,
    HAND,
    LEG_REACH,
    SHANK,
    THIGH,
    TRUNK,
    UPPER_ARM,
    Point,
    Vec,
)
from service.web.figures.parts import Part
from service.web.figures.poses import MOVES
from service.web.figures.poses.front import STEP_DOWN
from service.web.views.moves import figure_name

ROOT = Path(__file__).parents[2]
STYLES = ROOT / "service" / "web" / "static" / "figures.css"
ROUTINE = tomllib.loads((ROOT / "config" / "routine.toml").read_text())
SHARES = [step / 16 for step in range(17)]
NAMES = sorted(SCENES)
MOVED = sorted(MOVES)
BRIDGES = ["bridge-1", "bridge-2", "bridge-3", "bridge-4"]
CLAMSHELLS = ["clamshell-1", "clamshell-2", "clamshell-3"]
STEP_DOWNS = ["step-down-1", "step-down-2", "step-down-3", "step-down-4"]
RIGHT_AND_WRONG = [
    ("bridge-2", "bridge-2-wrong"),
    ("clamshell-1", "clamshell-1-wrong"),
    ("step-down-4", "step-down-4-wrong"),
]
POSES: list[Pose] = ["start", "end"]

LEGS = {("hip", "knee"): THIGH, ("knee", "ankle"): SHANK}
FREE_LEG = {("free_hip", "free_knee"): THIGH, ("free_knee", "free_ankle"): SHANK}
ARM = {("shoulder", "elbow"): UPPER_ARM, ("elbow", "wrist"): FOREARM}
FAR_ARM = {("far_shoulder", "far_elbow"): UPPER_ARM, ("far_elbow", "far_wrist"): FOREARM}
SIDE_TRUNK = {("hip", "shoulder"): TRUNK}
FRONT_TRUNK = {("pelvis", "chest"): TRUNK}
BONES: dict[str, dict[tuple[str, str], float]] = {  # by how a name begins
    "squat": LEGS | FREE_LEG | ARM | SIDE_TRUNK,
    "seated": LEGS | FREE_LEG | ARM | SIDE_TRUNK,
    "bridge": LEGS | FREE_LEG | ARM | SIDE_TRUNK,
    "clamshell": LEGS | FREE_LEG | ARM | FAR_ARM | FRONT_TRUNK,
    "st": LEGS | FREE_LEG | ARM | FAR_ARM | FRONT_TRUNK,
}
PLANTED = {
    "squat": ["ankle", "toe"],
    "seated": ["ankle", "toe", "free_ankle", "free_toe"],
    "bridge-3": ["ankle", "elbow", "wrist"],
    "bridge-4": ["ankle", "elbow", "wrist"],
    "bridge": ["ankle", "free_ankle", "elbow", "wrist"],
    "clamshell-4": ["free_ankle", "free_knee", "hip", "free_hip", "shoulder", "wrist"],
    "clamshell-1-wrong": ["ankle", "free_ankle", "free_hip"],
    "clamshell": ["ankle", "free_ankle", "hip", "free_hip", "shoulder", "wrist"],
    "st": ["ankle"],
}


def kind_in(table: Mapping[str, object], name: str) -> str:
    return next(kind for kind in table if name.startswith(kind))


# Share of body mass of each pair of joints and where along it the mass lies. After de Leva 1996, women.
MASSES = [
    ("shoulder_middle", "head", 0.067, 1.0),
    ("pelvis_middle", "shoulder_middle", 0.425, 0.52),
    ("shoulder", "elbow", 0.026, 0.58),
    ("elbow", "wrist", 0.020, 0.6),
    ("far_shoulder", "far_elbow", 0.026, 0.58),
    ("far_elbow", "far_wrist", 0.020, 0.6),
    ("hip", "knee", 0.148, 0.36),
    ("free_hip", "free_knee", 0.148, 0.36),
    ("knee", "ankle", 0.048, 0.44),
    ("free_knee", "free_ankle", 0.048, 0.44),
    ("ankle", "ankle", 0.013, 0.0),
    ("free_ankle", "free_ankle", 0.013, 0.0),
]


def centre_of_mass(joints: Mapping[str, Vec]) -> Vec:
    body = dict(joints)
    body.setdefault("pelvis_middle", body.get("pelvis", body["hip"]))
    body.setdefault("shoulder_middle", body.get("chest", body["shoulder"]))
    neck, crown = body["shoulder_middle"], body["crown"]
    body["head"] = tuple(n + 12 * (c - n) for n, c in zip(neck, crown, strict=True))  # type: ignore[assignment]
    total = sum(mass for _, _, mass, _ in MASSES)
    x, y, z = (
        sum(m * (body[a][axis] + at * (body[b][axis] - body[a][axis])) for a, b, m, at in MASSES) / total
        for axis in range(3)
    )
    return x, y, z


def bend_at(joint: Vec, a: Vec, b: Vec) -> float:
    """How far a joint is bent; 0 is straight."""
    ways = [tuple(p - q for p, q in zip(end, joint, strict=True)) for end in (a, b)]
    product = sum(p * q for p, q in zip(*ways, strict=True))
    cosine = product / (dist(a, joint) * dist(b, joint))
    return 180 - degrees(acos(max(-1.0, min(1.0, cosine))))


# ---- bodies ----


@pytest.mark.parametrize("name", MOVED)
def test_bones_keep_their_length_all_the_way(name: str) -> None:
    for share in SHARES:
        joints = MOVES[name](share)
        for (start, end), length in BONES[kind_in(BONES, name)].items():
            assert dist(joints[start], joints[end]) == pytest.approx(length, rel=0.03), (start, end, share)


@pytest.mark.parametrize("name", MOVED)
def test_what_bears_the_weight_does_not_slide(name: str) -> None:
    start = MOVES[name](0.0)
    for share in SHARES:
        joints = MOVES[name](share)
        for joint in PLANTED[kind_in(PLANTED, name)]:
            assert joints[joint] == pytest.approx(start[joint]), (joint, share)


@pytest.mark.parametrize("name", MOVED)
def test_nobody_sinks_into_the_floor(name: str) -> None:
    for share in SHARES:
        joints = MOVES[name](share)
        for joint in ("ankle", "free_ankle"):
            assert joints[joint][1] > 3.8, (joint, share)


@pytest.mark.parametrize("name", ["squat-1", "squat-2", *STEP_DOWNS, "step-down-4-wrong", "standing-clam"])
def test_no_limb_reaches_farther_than_it_can(name: str) -> None:
    for share in SHARES:
        joints = MOVES[name](share)
        assert dist(joints["shoulder"], joints["wrist"]) <= ARM_REACH + 1e-6
        assert dist(joints["free_hip"], joints["free_ankle"]) <= LEG_REACH + 0.1


@pytest.mark.parametrize("name", BRIDGES)
def test_the_shoulders_hardly_move_in_the_bridge(name: str) -> None:
    shoulders = [MOVES[name](share)["shoulder"] for share in SHARES]
    assert max(dist(shoulders[0], shoulder) for shoulder in shoulders) < 1


@pytest.mark.parametrize("name", BRIDGES)
def test_the_bridge_ends_in_one_line_from_shoulder_to_knee(name: str) -> None:
    end = MOVES[name](1.0)
    assert bend_at(end["hip"], end["shoulder"], end["knee"]) < 1
    assert degrees(acos((end["hip"][0] - end["shoulder"][0]) / TRUNK)) == pytest.approx(24.8, abs=0.1)


def test_the_third_bridge_goes_up_on_two_legs_and_holds_on_one() -> None:
    move = MOVES["bridge-3"]
    planted = move(0.0)["free_ankle"]
    top = move(1.0)
    assert move(0.45)["free_ankle"] == pytest.approx(planted, abs=0.3)
    assert move(0.45)["hip"][1] > 0.8 * top["hip"][1]
    assert bend_at(top["free_knee"], top["free_hip"], top["free_ankle"]) < 5


@pytest.mark.parametrize("share", SHARES)
def test_the_fourth_bridge_keeps_the_free_leg_straight_beside_the_thigh(share: float) -> None:
    joints = MOVES["bridge-4"](share)
    assert bend_at(joints["free_knee"], joints["free_hip"], joints["free_ankle"]) < 5
    assert dist(joints["knee"], joints["free_knee"]) < 2


@pytest.mark.parametrize("name", STEP_DOWNS)
def test_hips_stay_level_and_the_knee_over_the_foot_in_the_step_down(name: str) -> None:
    for share in SHARES:
        joints = MOVES[name](share)
        assert joints["hip"][1] == joints["free_hip"][1]
        assert abs(knee_off_line(joints)) < 0.5


def knee_off_line(joints: Mapping[str, Vec]) -> float:
    """How far the knee is from the line between hip and ankle as seen from the front; inward is positive."""
    hip, knee, ankle = joints["hip"], joints["knee"], joints["ankle"]
    along = (knee[1] - ankle[1]) / (hip[1] - ankle[1])
    return knee[0] - (ankle[0] + along * (hip[0] - ankle[0]))


@pytest.mark.parametrize("name", STEP_DOWNS)
def test_the_step_down_keeps_the_weight_over_the_foot_on_the_step(name: str) -> None:
    for share in SHARES:
        x, _, z = centre_of_mass(MOVES[name](share))
        assert 2.1 < x < 2.75  # the sole reaches 4.4 to either side of the ankle
        assert -4.6 < z < 10.8


@pytest.mark.parametrize("name", STEP_DOWNS)
def test_the_free_heel_only_grazes_the_floor(name: str) -> None:
    heel_below_ankle = 4.0
    lowest = min(MOVES[name](share)["free_ankle"][1] for share in SHARES)
    assert 0 <= lowest - heel_below_ankle < 1


def test_the_fingertips_stay_at_one_place_of_the_wall() -> None:
    tips = []
    for share in SHARES:
        joints = MOVES["step-down-1"](share)
        beyond = (FOREARM + HAND) / FOREARM
        tips.append([e + beyond * (w - e) for e, w in zip(joints["elbow"], joints["wrist"], strict=True)])
    assert all(tip == pytest.approx((-27.6, 56.0, 9.0)) for tip in tips)


@pytest.mark.parametrize("name", ["squat-1", "squat-2"])
def test_the_first_squats_end_on_the_seat_with_a_hand_beside_the_hips(name: str) -> None:
    end = MOVES[name](1.0)
    assert end["hip"][:2] == pytest.approx((-14.7, 32.3), abs=0.1)
    assert bend_at(end["knee"], end["hip"], end["ankle"]) == pytest.approx(99, abs=1)
    assert end["wrist"][0] == pytest.approx(end["hip"][0], abs=4)


def test_the_first_squat_leans_back_onto_chair_and_hands_at_the_end_only() -> None:
    standing, seated = centre_of_mass(MOVES["squat-1"](0.0)), centre_of_mass(MOVES["squat-1"](1.0))
    assert -4.6 < standing[0] < 10.8
    assert seated[0] == pytest.approx(-3, abs=1)


def test_the_first_squat_comes_back_up_on_both_feet() -> None:
    down, back = MOVES["squat-1"], MOVES["squat-1-back"]
    for end in (0.0, 1.0):
        assert {joint: pytest.approx(spot) for joint, spot in down(end).items()} == back(end)
    for share in (0.3, 0.4, 0.5):
        assert back(share)["free_ankle"][1] == pytest.approx(4.0, abs=0.1)


@pytest.mark.parametrize("name", ["squat-3", "squat-4"])
@pytest.mark.parametrize("share", SHARES)
def test_a_squat_without_support_keeps_the_weight_over_the_foot(name: str, share: float) -> None:
    assert 1.4 < centre_of_mass(MOVES[name](share))[0] < 3.7  # heel at -4.6, toes at 10.8


@pytest.mark.parametrize("name", CLAMSHELLS)
def test_the_clamshell_lifts_the_knee_and_nothing_else(name: str) -> None:
    start, end = MOVES[name](0.0), MOVES[name](1.0)
    band = {"band_low", "band_high"}
    assert {joint for joint in start if start[joint] != end[joint]} == {"knee", "toe"} | band
    assert end["knee"] == pytest.approx((16.8, 23.1, 17.1), abs=0.1)
    assert bend_at(start["knee"], start["hip"], start["ankle"]) == pytest.approx(90, abs=4)


def test_the_leg_lift_keeps_the_leg_straight_and_in_line_with_the_trunk() -> None:
    for share in SHARES:
        joints = MOVES["clamshell-4"](share)
        assert bend_at(joints["knee"], joints["hip"], joints["ankle"]) < 0.1
        assert joints["ankle"][2] == joints["hip"][2]
    assert MOVES["clamshell-4"](1.0)["ankle"][1] == pytest.approx(17.8 + 49.1 * sin(radians(30)), abs=0.1)


def test_the_standing_clam_opens_one_straight_leg_and_keeps_the_hips_level() -> None:
    for share in SHARES:
        joints = MOVES["standing-clam"](share)
        assert joints["hip"][1] == joints["free_hip"][1]
        assert bend_at(joints["free_knee"], joints["free_hip"], joints["free_ankle"]) < 1
    start, end = MOVES["standing-clam"](0.0), MOVES["standing-clam"](1.0)
    assert dist(end["band_low"], end["band_high"]) > 1.2 * dist(start["band_low"], start["band_high"])


def test_the_seated_squeeze_stays_a_small_lift_on_the_chair() -> None:
    start, end = MOVES["seated-squeeze"](0.0), MOVES["seated-squeeze"](1.0)
    assert 1 < end["hip"][1] - start["hip"][1] < 2
    assert end["crown"][1] > start["crown"][1]


def test_the_wrong_step_down_falls_in_at_the_knee_and_drops_the_free_hip() -> None:
    wrong = MOVES["step-down-4-wrong"](1.0)
    assert knee_off_line(wrong) > 6
    assert wrong["hip"][1] - wrong["free_hip"][1] > 2


def test_the_wrong_bridge_arches_the_back() -> None:
    wrong = MOVES["bridge-2-wrong"](1.0)
    assert bend_at(wrong["hip"], wrong["shoulder"], wrong["knee"]) > 15


def test_the_wrong_clamshell_rolls_the_pelvis_back() -> None:
    wrong = MOVES["clamshell-1-wrong"](1.0)
    assert wrong["hip"][2] < wrong["free_hip"][2] - 4


# ---- movement ----


def acted(css: str) -> tuple[float, ...]:
    """The numbers of a CSS transform: x, y, turn, stretch."""
    found = dict(re.findall(r"(\w+)\(([^)]*)\)", css))
    x, y = found["translate"].split(",")
    return (
        float(x.removesuffix("px")),
        float(y.removesuffix("px")),
        float(found.get("rotate", "0deg").removesuffix("deg")),
        float(found.get("scale", "1,1").split(",")[0]),
    )


def ends(placed: Sequence[float], length: float) -> tuple[Point, Point]:
    x, y, turn, stretch = placed
    reach = stretch * length
    return (x, y), (x + reach * cos(radians(turn)), y + reach * sin(radians(turn)))


@pytest.mark.parametrize("name", NAMES)
def test_the_joints_follow_the_true_path_between_the_keyframes(name: str) -> None:
    scene, baked = SCENES[name], frames(name)
    shown = [part for numbered, part in zip(numbers(name), parts(name), strict=True) if numbered]
    tolerance = 0.7 if name.startswith("squat") else 0.5
    rounding = 0.1
    for part, track in zip(shown, baked.parts, strict=True):
        length = part.length or 1.0
        for i, (before, after) in enumerate(pairwise(track)):
            for share in (0.25, 0.5, 0.75):
                moment = baked.steps[i] + share * (baked.steps[i + 1] - baked.steps[i])
                pairs = zip(acted(before), acted(after), strict=True)
                played = ends([a + share * (b - a) for a, b in pairs], length)
                (x, y), turn, stretch = place(part, at(scene, moment), scene.camera)
                true = ends((x, y, turn, stretch), length)
                off = max(dist(p, t) for p, t in zip(played, true, strict=True))
                assert off < tolerance + rounding, (part, moment)


def parts(name: str) -> list[Part]:
    return [*SCENES[name].parts, *SCENES[name].guides]


def numbers(name: str) -> list[str | None]:
    """The bone number of each part in the animated drawing, as a page finds it."""
    drawing = parsed(figure(name, tone="stage", id_prefix="a", accents=True, animated=True))
    return [group.get("data-bone") for group in drawing.iter("g")]


@pytest.mark.parametrize("name", NAMES)
def test_bones_are_numbered_in_the_order_of_their_keyframes(name: str) -> None:
    numbered = [number for number in numbers(name) if number is not None]
    assert numbered == [str(i) for i in range(len(frames(name).parts))]


@pytest.mark.parametrize("name", NAMES)
def test_keyframes_go_from_the_start_to_the_end_pose_and_back(name: str) -> None:
    baked = frames(name)
    assert baked.steps[0] == 0
    assert baked.steps[len(baked.steps) // 2] == 0.5
    assert baked.steps[-1] == 1
    shown: list[tuple[Pose, int]] = [("start", 0), ("end", len(baked.steps) // 2), ("start", -1)]
    for pose, step in shown:
        drawing = parsed(figure(name, pose=pose, tone="stage", id_prefix="a", accents=True, animated=True))
        drawn = [group.get("transform", "") for group in drawing.iter("g") if group.get("data-bone")]
        for still, track in zip(drawn, baked.parts, strict=True):
            assert acted(as_css(still))[:2] == acted(track[step])[:2]
            turns = acted(as_css(still))[2] - acted(track[step])[2]
            assert turns % 360 == pytest.approx(0, abs=0.11) or turns % 360 == pytest.approx(360, abs=0.11)


def as_css(attribute: str) -> str:
    """An SVG transform attribute in the style sheet's way of writing."""
    return attribute.replace(" ", ",")


@pytest.mark.parametrize("name", NAMES)
def test_every_keyframe_of_a_part_uses_the_same_functions(name: str) -> None:
    for track in frames(name).parts:
        assert len({tuple(re.findall(r"\w+(?=\()", css)) for css in track}) == 1


@pytest.mark.parametrize("name", NAMES)
def test_no_part_turns_the_long_way_round(name: str) -> None:
    for track in frames(name).parts:
        turns = [acted(css)[2] for css in track]
        assert max(abs(b - a) for a, b in pairwise(turns)) < 60


@pytest.mark.parametrize("name", NAMES)
def test_the_keyframes_of_a_move_stay_under_3200_bytes_compressed(name: str) -> None:
    written = json.dumps(frames(name)._asdict(), separators=(",", ":"))
    assert len(gzip.compress(written.encode(), 9)) <= 3200


def test_a_still_numbers_no_bones() -> None:
    assert "data-bone" not in figure("squat-1", tone="stage", id_prefix="a")


# ---- drawings ----


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


@pytest.mark.parametrize("pose", POSES)
@pytest.mark.parametrize("name", NAMES)
def test_a_still_stays_under_1600_bytes_compressed(name: str, pose: Pose) -> None:
    svg = figure(name, pose=pose, tone="stage", id_prefix="now", title="Squat to a chair", accents=True)
    assert len(gzip.compress(svg.encode(), 9)) <= 1600


@pytest.mark.parametrize("name", NAMES)
def test_no_joint_falls_outside_the_picture(name: str) -> None:
    scene = SCENES[name]
    left, top, width, height = scene.view_box
    for share in SHARES:
        for joint, found in scene.move(share).items():
            x, y = scene.camera.project(found)
            assert left <= x <= left + width, joint
            assert top <= y <= top + height, joint


@pytest.mark.parametrize("name", NAMES)
def test_a_drawing_leaves_every_colour_to_the_stylesheet(name: str) -> None:
    drawing = parsed(figure(name, tone="light", id_prefix="a", accents=True))
    styled = set(re.findall(r"\.(f-[a-z-]+) \{", STYLES.read_text()))
    for element in drawing.iter():
        assert not {"style", "fill", "stroke"} & set(element.keys())
        assert set(element.get("class", "").split()) - {"figure"} <= styled


def test_the_stage_is_as_light_on_dark_as_the_dark_theme() -> None:
    css = STYLES.read_text()
    rules = re.findall(r"\{([^{}]*)\}", css)
    blocks = [dict(re.findall(r"(--fig-[a-z-]+): (#[0-9A-F]{6})", rule)) for rule in rules]
    light, stage, dark = (block for block in blocks if len(block) > 10)
    assert stage == dark
    assert light.keys() == stage.keys()
    used = set(re.findall(r"var\((--fig-[a-z-]+)\)", css))
    assert used <= light.keys()


def test_two_figures_on_a_page_share_no_id() -> None:
    prefixes = ("hero", "well")
    pictures = [figure("squat-1", tone="light", id_prefix=prefix, title="Squat") for prefix in prefixes]
    ids = [element.get("id") for svg in pictures for element in parsed(svg).iter() if element.get("id")]
    assert ids == ["hero-title", "well-title"]


def test_a_titled_picture_is_announced_by_its_title() -> None:
    drawing = parsed(figure("bridge-1", tone="light", id_prefix="b", title="Hips up & level"))
    assert drawing.get("role") == "img"
    assert drawing.get("aria-labelledby") == "b-title"
    assert drawing.findtext("title") == "Hips up & level"


def test_a_picture_without_a_title_is_decoration() -> None:
    drawing = parsed(figure("bridge-1", tone="light", id_prefix="b"))
    assert drawing.get("aria-hidden") == "true"
    assert drawing.get("role") is None


@pytest.mark.parametrize("name", NAMES)
def test_accents_are_drawn_only_when_asked_for(name: str) -> None:
    assert not re.search("f-(line|wrong)", figure(name, tone="stage", id_prefix="a"))
    assert re.search("f-(line|wrong)", figure(name, tone="stage", id_prefix="a", accents=True))


@pytest.mark.parametrize(("right", "wrong"), RIGHT_AND_WRONG)
def test_only_the_wrong_form_is_marked_as_wrong(right: str, wrong: str) -> None:
    assert "f-wrong" not in figure(right, tone="stage", id_prefix="a", accents=True)
    assert "f-wrong" in figure(wrong, tone="stage", id_prefix="a", accents=True)
    assert SCENES[right].view_box == SCENES[wrong].view_box


LEVELS = [
    (exercise["key"], number, level)
    for exercise in ROUTINE["exercise"]
    for number, level in enumerate(exercise["level"], start=1)
    if len(exercise["level"]) == 4
]


@pytest.mark.parametrize(("exercise", "number", "level"), LEVELS)
def test_every_level_has_its_own_figure_with_the_band_it_needs(
    exercise: str, number: int, level: Mapping[str, Any]
) -> None:
    name = figure_name(exercise, number)
    assert name.endswith(f"-{number}")
    drawing = figure(name, tone="light", id_prefix="a")
    for band in ("light", "medium"):
        assert (f"f-{band}-band" in drawing) == (f"{band}_band" in level["equipment"])
    if "step_cm" in level:
        assert STEP_DOWN[number].height == pytest.approx(level["step_cm"] * 100 / 175, abs=0.1)


def test_the_other_side_is_the_same_drawing_mirrored() -> None:
    plain = figure("step-down-1", tone="stage", id_prefix="a")
    mirrored = figure("step-down-1", tone="stage", id_prefix="a", mirrored=True)
    turned = '<g transform="matrix(-1 0 0 1 0 0)">'
    assert turned in mirrored
    assert mirrored.replace(turned, "").replace("</g></svg>", "</svg>") == plain


@pytest.mark.parametrize(
    ("name", "mirrored"),
    [
        ("squat-2", ["left"]),  # facing right shows the right leg
        ("bridge-1", []),
        ("bridge-4", ["left"]),
        ("clamshell-1", []),  # never: both sides lie as drawn
        ("clamshell-4", []),
        ("step-down-3", ["right"]),  # a mirror: the leg at the left is the left one
        ("standing-clam", ["left"]),
        ("seated-squeeze", []),
    ],
)
def test_a_drawing_is_mirrored_to_show_the_side_at_work(name: str, mirrored: list[str]) -> None:
    assert [side for side in ("left", "right", "both") if mirrors(name, side)] == mirrored


@pytest.mark.parametrize("name", [*CLAMSHELLS, "clamshell-4"])
def test_lying_on_the_side_is_shown_as_it_is_for_both_sides(name: str) -> None:
    plain = figure(name, tone="stage", id_prefix="a")
    assert figure(name, tone="stage", id_prefix="a", mirrored=True) == plain


def test_an_unknown_figure_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"'lunge-1'.*squat-1"):
        figure("lunge-1", tone="light", id_prefix="a")


def test_an_id_that_could_break_the_markup_is_refused() -> None:
    with pytest.raises(ValueError, match="an id may not start"):
        figure("squat-1", tone="light", id_prefix='a"><script>')
