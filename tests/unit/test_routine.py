import re
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.fitness import NEW_RUNNER, Fitness, Rotation
from service.domain.planner import Size
from service.domain.routine import (
    Dose,
    DoseRules,
    ExerciseKey,
    ExercisePlan,
    Lighter,
    Prescription,
    Routine,
    parse_dose_rules,
    parse_routine,
    prescribe,
)
from tests.builders_week import CONFIG, RULES_FILE, WORDS

ROUTINE_FILE: dict[str, Any] = tomllib.loads((CONFIG / "routine.toml").read_text("utf-8"))
ROUTINE = parse_routine(ROUTINE_FILE)
RULES = parse_dose_rules(RULES_FILE)
NO_LIMIT = 60.0
TWO_MOVES = Fitness(rotation=Rotation.AB)
LONG = Fitness(rotation=Rotation.LONG)
UPRIGHT = Fitness(cannot=frozenset({"lie"}))


def stepped(sets: int, reps: int) -> DoseRules:
    """The rules with one step."""
    rows = {**RULES_FILE["dose"], "steps": [[sets, reps]], "start_step": 0, "cautious_step": 0}
    return parse_dose_rules({"dose": rows})


def session(
    plan: dict[str, ExercisePlan] | None = None,
    *,
    size: Size = Size.FULL,
    limit: float = NO_LIMIT,
    rules: DoseRules = RULES,
    **more: Any,
) -> Prescription:
    return prescribe(ROUTINE, plan or {}, size, limit, rules, **more)


def at_step(step: int, levels: dict[str, int] | None = None) -> dict[str, ExercisePlan]:
    return {key.value: ExercisePlan((levels or {}).get(key, 1), step) for key in ExerciseKey}


def doses(prescription: Prescription) -> list[tuple[int, int]]:
    return [(item.sets, item.reps) for item in prescription.items]


def keys(prescription: Prescription) -> list[str]:
    return [item.exercise for item in prescription.items]


# --- minutes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sets", "reps", "expected"),
    [
        (1, 8, 5.8),
        (1, 10, 7.0),
        (1, 15, 9.8),
        (2, 8, 11.9),
        (2, 10, 14.2),
        (2, 12, 16.4),
        (2, 15, 19.8),
        (3, 10, 21.4),
        (3, 12, 24.8),
        (3, 15, 29.9),
    ],
)
def test_a_session_takes_the_minutes_it_says(sets: int, reps: int, expected: float) -> None:
    assert session(rules=stepped(sets, reps)).minutes == pytest.approx(expected, abs=0.2)


def test_a_bridge_on_one_leg_takes_both_sides_and_longer() -> None:
    assert session(at_step(1, {"glute_bridge": 4})).minutes == pytest.approx(15.9, abs=0.2)


def test_each_exercise_has_a_dose_and_a_level_of_its_own() -> None:
    plan = {"clamshell": ExercisePlan(3, 3), "step_down": ExercisePlan(2, 0, "right")}
    prescription = session(plan)
    assert doses(prescription) == [(2, 10), (2, 10), (2, 15), (2, 8)]
    assert [item.level for item in prescription.items] == [1, 1, 3, 2]
    assert [item.first_side for item in prescription.items] == ["", "", "", "right"]
    assert prescription.items[2].equipment == ("mat", "medium_band")


def test_no_side_goes_first_where_both_work_at_once() -> None:
    assert session({"glute_bridge": ExercisePlan(1, 1, "left")}).items[1].first_side == ""
    assert session({"glute_bridge": ExercisePlan(4, 1, "left")}).items[1].first_side == "left"


@pytest.mark.parametrize(
    ("limit", "dose"),
    [(10, Dose(2, 6)), (12, Dose(2, 8)), (15, Dose(2, 10)), (20, Dose(2, 10)), (6, Dose(1, 8))],
)
def test_a_new_runner_starts_with_what_fits(limit: float, dose: Dose) -> None:
    prescription = session(limit=limit)
    assert set(doses(prescription)) == {(dose.sets, dose.reps)}
    assert prescription.minutes <= limit


def test_a_careful_runner_starts_with_the_smallest_dose() -> None:
    assert set(doses(session(fitness=Fitness(cautious=True)))) == {(2, 8)}


def test_twelve_minutes_are_four_moves_of_two_times_eight() -> None:
    prescription = session(limit=12)
    assert (len(prescription.items), prescription.dose, round(prescription.minutes)) == (4, Dose(2, 8), 12)


def test_as_much_of_a_dose_is_kept_as_fits() -> None:
    assert session(at_step(2), limit=15).dose == Dose(2, 10)
    assert session(at_step(2), limit=9).dose == Dose(1, 12)
    assert session(at_step(0), limit=7).dose == Dose(1, 8)


def test_what_is_too_long_is_taken_from_the_larger_doses_first() -> None:
    plan = at_step(0) | {"single_leg_squat": ExercisePlan(1, 3)}
    assert doses(session(plan)) == [(2, 15), (2, 8), (2, 8), (2, 8)]
    assert doses(session(plan, limit=13)) == [(2, 11), (2, 8), (2, 8), (2, 8)]


def test_a_limit_for_not_even_one_repetition_is_refused() -> None:
    with pytest.raises(ValueError, match="1 minutes are too few"):
        session(limit=1)


def test_an_unknown_step_is_refused() -> None:
    with pytest.raises(ValueError, match="steps 0 to 3, not 4"):
        session({"clamshell": ExercisePlan(1, 4)})


PLANS = st.fixed_dictionaries(
    {key.value: st.builds(ExercisePlan, st.integers(1, 4), st.integers(0, 3)) for key in ExerciseKey}
)


@given(
    PLANS,
    st.floats(3, 60),
    st.sampled_from(Size),
    st.sampled_from([NEW_RUNNER, TWO_MOVES]),
    st.integers(0, 99),
    st.sampled_from(Lighter),
)
def test_any_plan_is_cut_to_the_limit(
    plan: dict[str, ExercisePlan], limit: float, size: Size, fitness: Fitness, turn: int, lighter: Lighter
) -> None:
    prescription = session(plan, size=size, limit=limit, fitness=fitness, turn=turn, lighter=lighter)
    assert prescription.minutes <= limit
    for item in prescription.items:
        asked = Dose(1, 8) if size is Size.MINI else Dose(3, RULES.ladder[plan[item.exercise].step].reps)
        assert item.dose.within(asked) == item.dose
    assert len(prescription.items) == (2 if fitness is TWO_MOVES and size is Size.FULL else 4)


# --- sizes and weeks ------------------------------------------------------------------------------


def test_a_mini_is_one_set_of_eight_whatever_the_dose() -> None:
    prescription = session(at_step(2), size=Size.MINI, limit=12)
    assert (prescription.size, prescription.dose, round(prescription.minutes)) == (Size.MINI, Dose(1, 8), 6)


@given(PLANS, st.sampled_from([NEW_RUNNER, TWO_MOVES, LONG, UPRIGHT]), st.sampled_from([6, 10, 15, 30]))
def test_a_mini_takes_four_to_six_minutes_on_any_level(
    plan: dict[str, ExercisePlan], fitness: Fitness, limit: float
) -> None:
    levels = {key: ExercisePlan(own.level, own.step) for key, own in plan.items()}
    assert 4 <= session(levels, size=Size.MINI, limit=limit, fitness=fitness).minutes <= 6


@pytest.mark.parametrize(
    ("lighter", "fitness", "expected"),
    [
        (Lighter.RACE_WEEK, NEW_RUNNER, (1, 12)),
        (Lighter.RACE_WEEK, TWO_MOVES, (2, 12)),
        (Lighter.LIGHT_WEEK, NEW_RUNNER, (1, 12)),
        (Lighter.LIGHT_WEEK, TWO_MOVES, (1, 12)),
    ],
)
def test_a_race_week_has_a_set_less_and_a_light_week_one_set(
    lighter: Lighter, fitness: Fitness, expected: tuple[int, int]
) -> None:
    prescription = session(at_step(2), fitness=fitness, lighter=lighter)
    assert set(doses(prescription)) == {expected}
    assert prescription.lighter is lighter


# --- rotation, and long sessions ------------------------------------------------------------------


def test_two_moves_come_by_turns_with_three_sets() -> None:
    even, odd = (session(at_step(2), fitness=TWO_MOVES, turn=turn) for turn in (6, 7))
    assert keys(even) == ["single_leg_squat", "glute_bridge"]
    assert keys(odd) == ["clamshell", "step_down"]
    assert {*doses(even), *doses(odd)} == {(3, 12)}
    assert even.minutes == pytest.approx(10.5, abs=0.2)
    assert odd.minutes == pytest.approx(14.3, abs=0.2)


def test_the_repetitions_of_two_moves_climb_up_to_twelve() -> None:
    found = [doses(session(at_step(step), fitness=TWO_MOVES))[0] for step in range(4)]
    assert found == [(3, 8), (3, 10), (3, 12), (3, 12)]


def test_a_mini_has_all_four_moves_also_by_turns() -> None:
    assert len(session(size=Size.MINI, fitness=TWO_MOVES).items) == 4


def test_a_long_session_is_as_long_as_it_says_where_the_runner_chose_it() -> None:
    prescription = session(at_step(3), limit=12, fitness=LONG)
    assert set(doses(prescription)) == {(2, 15)}
    assert prescription.minutes == pytest.approx(19.8, abs=0.2)


# --- who cannot kneel or lie ----------------------------------------------------------------------


@pytest.mark.parametrize("posture", ["kneel", "lie"])
def test_who_cannot_get_down_does_both_moves_upright(posture: str) -> None:
    prescription = session(fitness=Fitness(cannot=frozenset({posture})))
    assert keys(prescription) == ["single_leg_squat", "seated_squeeze", "standing_clam", "step_down"]
    assert [item.swap for item in prescription.items] == ["", "glute_bridge", "clamshell", ""]
    assert [item.equipment for item in prescription.items[1:3]] == [("chair",), ("wall",)]


def test_an_alternative_has_levels_of_its_own() -> None:
    plan = {"clamshell": ExercisePlan(2, 0, "left", "standing_clam")}
    item = session(plan, fitness=UPRIGHT).items[2]
    assert (item.exercise, item.level, item.reps, item.first_side) == ("standing_clam", 2, 8, "left")
    assert session(plan).items[2].exercise == "standing_clam"  # also where it was only chosen


def test_a_plan_that_still_lies_down_begins_anew_upright() -> None:
    item = session({"clamshell": ExercisePlan(4, 3)}, fitness=UPRIGHT).items[2]
    assert (item.exercise, item.level, item.reps) == ("standing_clam", 1, 10)


def test_only_its_own_alternative_stands_in_for_an_exercise() -> None:
    with pytest.raises(ValueError, match='nothing named "standing_clam" stands in for glute_bridge'):
        session({"glute_bridge": ExercisePlan(1, 1, "", "standing_clam")})


# --- the ladder -----------------------------------------------------------------------------------


def test_each_exercise_has_four_levels_with_neighbours() -> None:
    for exercise in ROUTINE.exercises:
        assert [level.number for level in exercise.levels] == [1, 2, 3, 4]
        assert (exercise.easier(1), exercise.harder(1)) == (None, 2)
        assert (exercise.easier(4), exercise.harder(4)) == (3, None)


@pytest.mark.parametrize(
    ("key", "level", "rep_s", "sides"),
    [
        ("single_leg_squat", 1, 4.5, 2),
        ("single_leg_squat", 4, 5.5, 2),
        ("glute_bridge", 1, 5.0, 1),
        ("glute_bridge", 4, 5.0, 2),
        ("clamshell", 1, 4.0, 2),
        ("step_down", 1, 6.0, 2),
    ],
)
def test_the_tempo_of_a_repetition(key: str, level: int, rep_s: float, sides: int) -> None:
    found = ROUTINE.exercise(key).level(level)
    assert (sum(part.seconds for part in found.tempo), found.sides) == (rep_s, sides)


def test_an_unknown_exercise_or_level_is_refused() -> None:
    with pytest.raises(ValueError, match="plank"):
        ROUTINE.exercise("plank")
    with pytest.raises(ValueError, match="clamshell has levels 1 to 4, not 5"):
        session({"clamshell": ExercisePlan(5, 1)})


# --- words ----------------------------------------------------------------------------------------


def test_every_exercise_and_level_has_its_words() -> None:
    words = WORDS["exercise"]
    for exercise in ROUTINE.moves:
        assert exercise.key in WORDS["today"]["move"]
        assert {"name", "why", "how", "focus"} <= set(words[exercise.key])
        for level in exercise.levels:
            told = words[exercise.key][f"level_{level.number}"]
            assert told["name"]
            assert len(told["cues"]) == 2
            assert all(len(cue.split()) <= 8 for cue in told["cues"])
            assert {part.part for part in level.tempo} <= set(words["tempo"])
            assert set(level.equipment) <= set(words["equipment"])


def test_no_words_promise_health() -> None:
    mine = {name: WORDS[name] for name in ("prompt", "silence", "message", "exercise")}
    for text in [*_texts(mine), *_texts(WORDS["reason"]["plan"]), *_texts(WORDS["reason"]["prompt"])]:
        assert not re.search(
            r"prevent|treat|risk|injur|heal|cure|missed|fail|weak\b|pain", text, re.IGNORECASE
        ), text


def _texts(table: Any) -> list[str]:
    if isinstance(table, str):
        return [table]
    return [text for part in (table.values() if isinstance(table, dict) else table) for text in _texts(part)]


# --- the files ------------------------------------------------------------------------------------


def changed(**level: Any) -> dict[str, Any]:
    rows = [dict(row) for row in ROUTINE_FILE["exercise"]]
    rows[0]["level"] = [rows[0]["level"][0] | level, *rows[0]["level"][1:]]
    return {"exercise": rows}


def test_a_wrong_routine_names_the_key() -> None:
    with pytest.raises(ValueError, match=r"exercise\[0\].level\[0\].sides"):
        parse_routine(changed(sides=3))
    with pytest.raises(ValueError, match=r"exercise\[0\].level\[0\].tempo"):
        parse_routine(changed(tempo=[]))
    with pytest.raises(ValueError, match="speed"):
        parse_routine(changed(speed=1))
    with pytest.raises(ValueError, match=r"exercise\[0\].level\[0\].skip_without"):
        parse_routine(changed(skip_without=1))
    with pytest.raises(ValueError, match="each of"):
        parse_routine({"exercise": ROUTINE_FILE["exercise"][:3]})
    with pytest.raises(ValueError, match="exercise"):
        parse_routine({})


def with_alternative(**wrong: Any) -> dict[str, Any]:
    rows = [dict(row) for row in ROUTINE_FILE["exercise"]]
    rows[2]["alternative"] = rows[2]["alternative"] | wrong
    return {"exercise": rows}


def test_a_wrong_alternative_or_half_names_the_key() -> None:
    with pytest.raises(ValueError, match=r"exercise\[2\].alternative.when must be some of kneel, lie"):
        parse_routine(with_alternative(when=["fly"]))
    with pytest.raises(ValueError, match=r"exercise\[2\].alternative.when"):
        parse_routine(with_alternative(when=[]))
    with pytest.raises(ValueError, match=r"exercise\[2\].alternative.level"):
        parse_routine(with_alternative(level=[]))
    with pytest.raises(ValueError, match="a name of its own"):
        parse_routine(with_alternative(key="step_down"))
    for half in ("c", "a"):
        rows = [row | {"half": half} for row in ROUTINE_FILE["exercise"]]
        with pytest.raises(ValueError, match=r"exercise\.half"):
            parse_routine({"exercise": rows})


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"start_step": 4}, r"dose\.start_step"),
        ({"cautious_step": 2}, r"dose\.cautious_step"),
        ({"steps": []}, r"dose\.start_step"),
        ({"steps": [[2, 10], [2, 8]]}, r"dose\.steps must grow"),
        ({"steps": [[0, 8], [2, 10]]}, r"dose\.steps, .* at least 1 set"),
        ({"rotation": [0, 12]}, r"dose\.rotation"),
        ({"light_week_sets": 0}, r"dose\.light_week_sets"),
        ({"race_week_sets_fewer": -1}, r"dose\.race_week_sets_fewer"),
    ],
)
def test_a_wrong_dose_names_the_key(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        parse_dose_rules({"dose": RULES_FILE["dose"] | wrong})


def test_wrong_dose_rules_name_the_key() -> None:
    with pytest.raises(ValueError, match=r"dose\.rest_s"):
        parse_dose_rules(
            {"dose": {key: value for key, value in RULES_FILE["dose"].items() if key != "rest_s"}}
        )


def test_the_routine_is_a_value() -> None:
    assert parse_routine(ROUTINE_FILE) == ROUTINE
    assert isinstance(ROUTINE, Routine)
