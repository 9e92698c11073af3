"""The exercise figures: bodies that could stand, drawings that a strict page can show."""

import gzip
import re
from collections.abc import Mapping
from math import acos, degrees, dist
from pathlib import Path
from xml.etree import ElementTree

import pytest

from service.web.figures import SCENES, figure
from service.web.figures.draw import Pose
from service.web.figures.model import ARM_REACH, FOREARM, LEG_REACH, SHANK, THIGH, TRUNK, UPPER_ARM, Vec
from service.web.figures.poses import BRIDGE_TWO_LEGS, MOVES

STYLES = Path(__file__).parents[2] / "service" / "web" / "static" / "figures.css"
SHARES = [step / 12 for step in range(13)]
NAMES = sorted(SCENES)
POSES: list[Pose] = ["start", "end"]

LEGS = {("hip", "knee"): THIGH, ("knee", "ankle"): SHANK}
FREE_LEG = {("free_hip", "free_knee"): THIGH, ("free_knee", "free_ankle"): SHANK}
ARM = {("shoulder", "elbow"): UPPER_ARM, ("elbow", "wrist"): FOREARM}
FAR_ARM = {("far_shoulder", "far_elbow"): UPPER_ARM, ("far_elbow", "far_wrist"): FOREARM}
BONES: dict[str, dict[tuple[str, str], float]] = {
    "squat-1": LEGS | FREE_LEG | ARM | {("hip", "shoulder"): TRUNK},
    "bridge-1": LEGS | ARM | {("hip", "shoulder"): TRUNK},
    "clamshell-1": LEGS | FREE_LEG | ARM | FAR_ARM | {("pelvis", "chest"): TRUNK},
    "step-down-1": LEGS | FREE_LEG | ARM | FAR_ARM | {("pelvis", "chest"): TRUNK},
}
PLANTED = {
    "squat-1": ["ankle", "toe"],
    "bridge-1": ["ankle", "free_ankle", "elbow", "wrist"],
    "clamshell-1": ["ankle", "free_ankle", "hip", "free_hip", "shoulder", "wrist"],
    "step-down-1": ["ankle"],
}

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
    return 180 - degrees(acos(product / (dist(a, joint) * dist(b, joint))))


# ---- bodies ----


@pytest.mark.parametrize("name", NAMES)
def test_bones_keep_their_length_all_the_way(name: str) -> None:
    for share in SHARES:
        joints = MOVES[name](share)
        for (start, end), length in BONES[name].items():
            assert dist(joints[start], joints[end]) == pytest.approx(length, rel=0.03), (start, end, share)


@pytest.mark.parametrize("name", NAMES)
def test_what_bears_the_weight_does_not_slide(name: str) -> None:
    start = MOVES[name](0.0)
    for share in SHARES:
        joints = MOVES[name](share)
        for joint in PLANTED[name]:
            assert joints[joint] == pytest.approx(start[joint]), (joint, share)


def test_the_shoulders_hardly_move_in_the_bridge() -> None:
    shoulders = [MOVES["bridge-1"](share)["shoulder"] for share in SHARES]
    assert max(dist(shoulders[0], shoulder) for shoulder in shoulders) < 1


def test_the_bridge_ends_in_one_line_from_shoulder_to_knee() -> None:
    end = MOVES["bridge-1"](1.0)
    assert bend_at(end["hip"], end["shoulder"], end["knee"]) < 1
    assert BRIDGE_TWO_LEGS.trunk_end == pytest.approx(24.8, abs=0.1)


def test_hips_stay_level_and_the_knee_over_the_foot_in_the_step_down() -> None:
    for share in SHARES:
        joints = MOVES["step-down-1"](share)
        hip, knee, ankle = joints["hip"], joints["knee"], joints["ankle"]
        assert hip[1] == joints["free_hip"][1]
        along = (knee[1] - ankle[1]) / (hip[1] - ankle[1])
        assert abs(knee[0] - (ankle[0] + along * (hip[0] - ankle[0]))) < 0.5


def test_the_step_down_keeps_the_weight_over_the_foot_on_the_step() -> None:
    for share in SHARES:
        x, _, z = centre_of_mass(MOVES["step-down-1"](share))
        assert 2.1 < x < 2.7  # the sole reaches 4.4 to either side of the ankle
        assert -4.6 < z < 10.8


def test_the_free_heel_only_grazes_the_floor() -> None:
    heel_below_ankle = 4.0
    lowest = min(MOVES["step-down-1"](share)["free_ankle"][1] for share in SHARES)
    assert 0 <= lowest - heel_below_ankle < 1


def test_the_squat_ends_on_the_seat_with_the_hands_beside_the_hips() -> None:
    end = MOVES["squat-1"](1.0)
    assert end["hip"][:2] == pytest.approx((-14.7, 32.3), abs=0.1)
    assert bend_at(end["knee"], end["hip"], end["ankle"]) == pytest.approx(99, abs=1)
    assert end["wrist"][0] == pytest.approx(end["hip"][0], abs=3)


def test_the_squat_leans_back_onto_chair_and_hands_at_the_end_only() -> None:
    standing, seated = centre_of_mass(MOVES["squat-1"](0.0)), centre_of_mass(MOVES["squat-1"](1.0))
    assert -4.6 < standing[0] < 10.8
    assert seated[0] == pytest.approx(-3, abs=1)


def test_the_clamshell_lifts_the_knee_and_nothing_else() -> None:
    start, end = MOVES["clamshell-1"](0.0), MOVES["clamshell-1"](1.0)
    assert {joint for joint in start if start[joint] != end[joint]} == {"knee", "toe"}
    assert end["knee"] == pytest.approx((16.8, 23.1, 17.1), abs=0.1)
    assert bend_at(start["knee"], start["hip"], start["ankle"]) == pytest.approx(90, abs=4)


@pytest.mark.parametrize("name", ["squat-1", "step-down-1"])
def test_no_limb_reaches_farther_than_it_can(name: str) -> None:
    for share in SHARES:
        joints = MOVES[name](share)
        assert dist(joints["shoulder"], joints["wrist"]) <= ARM_REACH + 1e-6
        assert dist(joints["free_hip"], joints["free_ankle"]) <= LEG_REACH + 0.1


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
        for joint, place in scene.move(share).items():
            x, y = scene.camera.project(place)
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
    assert "f-line" not in figure(name, tone="stage", id_prefix="a")
    assert "f-line" in figure(name, tone="stage", id_prefix="a", accents=True)


def test_the_other_side_is_the_same_drawing_mirrored() -> None:
    plain = figure("step-down-1", tone="stage", id_prefix="a")
    mirrored = figure("step-down-1", tone="stage", id_prefix="a", mirrored=True)
    turned = '<g transform="matrix(-1 0 0 1 0 0)">'
    assert turned in mirrored
    assert mirrored.replace(turned, "").replace("</g></svg>", "</svg>") == plain


def test_an_unknown_figure_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"'lunge-1'.*squat-1"):
        figure("lunge-1", tone="light", id_prefix="a")


def test_an_id_that_could_break_the_markup_is_refused() -> None:
    with pytest.raises(ValueError, match="an id may not start"):
        figure("squat-1", tone="light", id_prefix='a"><script>')
