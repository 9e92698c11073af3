"""What the player is given to play: every figure, side, word and second, as the session was prescribed."""

import json
import re
from dataclasses import asdict
from typing import Any

import pytest

from service.bootstrap import read_rules, read_words_and_routine
from service.domain.fitness import Fitness
from service.domain.planner import Size
from service.domain.routine import ExercisePlan, prescribe
from service.web.figures import SCENES
from service.web.offline import STATIC
from service.web.views.player import SAID, Addresses, Play, Rules, play

WORDS, ROUTINE = read_words_and_routine()
RULES = read_rules()
ADDRESSES = Addresses("/sessions/7/play", "/", "/sw.js?v=1")


def played(level: int = 1, fitness: Fitness | None = None, **plan: ExercisePlan) -> Play:
    """A session with all moves on one level, as it is stored and read again."""
    levels = {each.key: ExercisePlan(level, 1) for each in ROUTINE.exercises}
    prescription = prescribe(ROUTINE, levels | plan, Size.FULL, 15.0, RULES.dose, fitness or Fitness())
    stored = json.loads(json.dumps(asdict(prescription)))
    rules = Rules(RULES.dose, RULES.pain, RULES.result)
    found = play(7, stored, prescription.minutes, ROUTINE, rules, ADDRESSES, WORDS)
    assert found is not None
    return found


def item(found: Play, exercise: str) -> dict[str, Any]:
    items: list[dict[str, Any]] = found.script["items"]
    return next(each for each in items if each["exercise"] == exercise)


def test_a_move_brings_all_that_is_shown_and_said_of_it() -> None:
    squat = item(played(), "single_leg_squat")

    assert (squat["title"], squat["variant"]) == ("Single-leg squat", "Sit to a chair, both hands help")
    assert squat["needs"] == "At hand: a steady chair against the wall."
    assert squat["side_names"] == {"left": "Left leg", "right": "Right leg"}
    assert squat["places"]["left"] == "Stand on your left leg."
    assert [(part["word"], part["seconds"]) for part in squat["tempo"]] == [
        ("Lower", 2.0), ("Touch", 0.5), ("Rise", 2.0),
    ]  # fmt: skip


def test_the_weaker_side_goes_first_and_left_where_neither_is() -> None:
    found = played(single_leg_squat=ExercisePlan(1, 1, first_side="right"))

    assert item(found, "single_leg_squat")["first_side"] == "right"
    assert item(found, "step_down")["first_side"] == "left"


def test_who_lies_on_the_right_side_works_with_the_left() -> None:
    clam = item(played(), "clamshell")

    assert clam["side_names"]["left"] == "Left side"
    assert clam["places"]["left"] == "Lie on your right side."
    assert clam["mirrored_for"] == ""


@pytest.mark.parametrize(("exercise", "side"), [("single_leg_squat", "left"), ("step_down", "right")])
def test_a_drawing_is_mirrored_for_the_side_that_it_does_not_show(exercise: str, side: str) -> None:
    assert item(played(), exercise)["mirrored_for"] == side


def test_two_legs_have_no_side_to_switch() -> None:
    bridge = item(played(), "glute_bridge")

    assert (bridge["sides"], bridge["side_names"]) == (1, {"both": "Both legs"})
    assert bridge["places"] == {"both": ""}


def test_the_levels_beside_are_there_to_swap_to() -> None:
    first, middle, last = (item(played(level), "step_down") for level in (1, 2, 4))

    assert first["easier"] is None
    assert (middle["easier"]["level"], middle["harder"]["level"]) == (1, 3)
    assert middle["easier"]["reps"] == middle["reps"]
    assert middle["harder"]["reps"] == min(middle["reps"], RULES.dose.steps[0][1])
    assert last["harder"] is None


def test_a_swap_may_change_the_sides() -> None:
    bridge = item(played(2), "glute_bridge")

    assert (bridge["sides"], bridge["harder"]["sides"]) == (1, 2)


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_every_figure_that_may_be_shown_is_on_the_page_with_its_frames(level: int) -> None:
    found = played(level)
    own = {each["figure"] for each in found.script["items"]}
    more = {each.name for each in found.more_figures}
    beside = [each[which] for each in found.script["items"] for which in ("easier", "harder")]
    near = {each["figure"] for each in beside if each}

    assert near <= own | more
    assert own & more == set()
    assert set(found.script["frames"]) == own | more
    for name, frames in found.script["frames"].items():
        assert {len(track) for track in frames["parts"]} == {len(frames["steps"])}
        assert name in SCENES


def test_whoever_cannot_lie_down_plays_the_moves_that_stand_in() -> None:
    found = played(fitness=Fitness(cannot=frozenset({"lie"})))

    assert item(found, "standing_clam")["places"]["left"] == "Your left leg lifts."
    assert item(found, "seated_squeeze")["side_names"] == {"both": "Both legs"}


def test_pain_stops_where_the_rules_say_red_and_eases_from_amber_on() -> None:
    assert played().script["pain"] == {"ease": 3, "stop": 5}


def test_a_session_stored_without_moves_has_nothing_to_play() -> None:
    assert play(7, {}, 0.0, ROUTINE, Rules(RULES.dose, RULES.pain, RULES.result), ADDRESSES, WORDS) is None


# --- the script's own words -------------------------------------------------------------------


def test_the_script_says_all_that_it_is_given_and_nothing_else() -> None:
    script = (STATIC / "player.js").read_text("utf-8")
    senses = (STATIC / "senses.js").read_text("utf-8")
    named = {*re.findall(r'"(\w+)"', script), *re.findall(r"\b(no_\w+):", senses)}

    assert set(re.findall(r'\bsay\("(\w+)"', script)) <= set(SAID)
    assert [key for key in SAID if key not in named] == []


def test_the_script_is_small_enough_to_be_read() -> None:
    assert len((STATIC / "player.js").read_bytes()) < 20_000
