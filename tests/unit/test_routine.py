import re
import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.planner import Size
from service.domain.routine import (
    Dose,
    ExerciseKey,
    Routine,
    parse_dose_rules,
    parse_routine,
    prescribe,
    start_dose,
)
from tests.builders_week import CONFIG, RULES_FILE, WORDS

ROUTINE_FILE: dict[str, Any] = tomllib.loads((CONFIG / "routine.toml").read_text("utf-8"))
ROUTINE = parse_routine(ROUTINE_FILE)
RULES = parse_dose_rules(RULES_FILE)
NO_LIMIT = 60.0


def minutes(sets: int, reps: int, levels: dict[str, int] | None = None) -> float:
    return prescribe(ROUTINE, levels or {}, Dose(sets, reps), Size.FULL, NO_LIMIT, RULES).minutes


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
    assert minutes(sets, reps) == pytest.approx(expected, abs=0.2)


def test_a_bridge_on_one_leg_takes_both_sides_and_longer() -> None:
    assert minutes(2, 10, {"glute_bridge": 4}) == pytest.approx(15.9, abs=0.2)


def test_nothing_is_prescribed_past_the_runners_limit() -> None:
    prescription = prescribe(ROUTINE, {}, Dose(3, 15), Size.FULL, 15, RULES)
    assert prescription.minutes <= 15
    assert prescription.dose == Dose(2, 10)


def test_as_much_of_a_dose_is_kept_as_fits() -> None:
    assert prescribe(ROUTINE, {}, Dose(2, 12), Size.FULL, 15, RULES).dose == Dose(2, 10)
    assert prescribe(ROUTINE, {}, Dose(2, 12), Size.FULL, 9, RULES).dose == Dose(1, 12)
    assert prescribe(ROUTINE, {}, Dose(2, 8), Size.FULL, 7, RULES).dose == Dose(1, 8)


def test_harder_levels_still_fit_the_limit() -> None:
    hardest = {exercise.key: len(exercise.levels) for exercise in ROUTINE.exercises}
    assert prescribe(ROUTINE, hardest, Dose(2, 8), Size.FULL, 12, RULES).minutes <= 12


def test_a_mini_is_one_set_of_eight_whatever_the_dose() -> None:
    prescription = prescribe(ROUTINE, {}, Dose(2, 12), Size.MINI, 12, RULES)
    assert (prescription.size, prescription.dose, round(prescription.minutes)) == (Size.MINI, Dose(1, 8), 6)


@pytest.mark.parametrize(
    ("limit", "dose"),
    [(10, Dose(2, 8)), (12, Dose(2, 8)), (14, Dose(2, 8)), (15, Dose(2, 10)), (30, Dose(2, 10))],
)
def test_a_new_runner_starts_with_what_fits(limit: float, dose: Dose) -> None:
    assert start_dose(ROUTINE, limit, RULES) == dose


def test_twelve_minutes_are_four_moves_of_two_times_eight() -> None:
    prescription = prescribe(ROUTINE, {}, start_dose(ROUTINE, 12, RULES), Size.FULL, 12, RULES)
    assert (len(prescription.items), prescription.dose, round(prescription.minutes)) == (4, Dose(2, 8), 12)


def test_a_limit_for_not_even_one_repetition_is_refused() -> None:
    with pytest.raises(ValueError, match="1 minutes are too few"):
        prescribe(ROUTINE, {}, Dose(2, 8), Size.FULL, 1, RULES)


@given(
    st.integers(1, 5),
    st.integers(1, 20),
    st.floats(3, 60),
    st.lists(st.integers(1, 4), min_size=4, max_size=4),
    st.sampled_from(Size),
)
def test_any_dose_is_cut_to_the_limit(
    sets: int, reps: int, limit: float, levels: list[int], size: Size
) -> None:
    chosen = {key.value: level for key, level in zip(ExerciseKey, levels, strict=True)}
    prescription = prescribe(ROUTINE, chosen, Dose(sets, reps), size, limit, RULES)
    assert prescription.minutes <= limit
    most = Dose(1, 8) if size is Size.MINI else Dose(sets, reps)
    assert prescription.dose.sets <= most.sets
    assert prescription.dose.reps <= most.reps
    assert [item.exercise for item in prescription.items] == [exercise.key for exercise in ROUTINE.exercises]


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
        prescribe(ROUTINE, {"clamshell": 5}, Dose(2, 8), Size.FULL, 30, RULES)


# --- words ----------------------------------------------------------------------------------------


def test_every_exercise_and_level_has_its_words() -> None:
    words = WORDS["exercise"]
    for exercise in ROUTINE.exercises:
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
    with pytest.raises(ValueError, match="each of"):
        parse_routine({"exercise": ROUTINE_FILE["exercise"][:3]})
    with pytest.raises(ValueError, match="exercise"):
        parse_routine({})


def test_wrong_dose_rules_name_the_key() -> None:
    with pytest.raises(ValueError, match=r"dose\.start_step_max"):
        parse_dose_rules({"dose": RULES_FILE["dose"] | {"start_step_max": 9}})
    with pytest.raises(ValueError, match=r"dose\.rest_s"):
        parse_dose_rules(
            {"dose": {key: value for key, value in RULES_FILE["dose"].items() if key != "rest_s"}}
        )


def test_the_routine_is_a_value() -> None:
    assert parse_routine(ROUTINE_FILE) == ROUTINE
    assert isinstance(ROUTINE, Routine)
