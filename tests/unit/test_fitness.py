from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.fitness import (
    NEW_RUNNER,
    Fitness,
    Rotation,
    Screening,
    parse_screening_rules,
    screened,
)
from tests.builders_week import RULES_FILE

RULES = parse_screening_rules(RULES_FILE)


@given(
    st.builds(
        Fitness,
        equipment=st.frozensets(st.sampled_from(["chair", "mat", "light_band"])),
        screened_on=st.none() | st.dates(),
        screening=st.sampled_from(Screening),
        cautious=st.booleans(),
        cannot=st.frozensets(st.sampled_from(["kneel", "lie"])),
        rotation=st.sampled_from(Rotation),
        light_weeks=st.booleans(),
    )
)
def test_what_a_runner_told_comes_back_as_it_was_kept(fitness: Fitness) -> None:
    assert Fitness.from_json(fitness.as_json()) == fitness


def test_who_has_told_nothing_has_what_is_in_a_house_and_no_bands() -> None:
    assert Fitness.from_json({}) == NEW_RUNNER
    assert NEW_RUNNER.equipment == {"chair", "wall", "mat", "step"}
    assert (NEW_RUNNER.screening, NEW_RUNNER.rotation) == (Screening.NOT_ASKED, Rotation.ALL)


@pytest.mark.parametrize(
    "stored", [{"cannot": ["fly"]}, {"rotation": "abc"}, {"screening": "maybe"}, {"screened_on": "May"}]
)
def test_what_cannot_be_is_refused(stored: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Fitness.from_json(stored)


def test_it_is_kept_as_plain_texts() -> None:
    told = Fitness(screened_on=date(2030, 5, 6), screening=Screening.CLEAR, cannot=frozenset({"lie"}))
    assert told.as_json() == {
        "equipment": ["chair", "mat", "step", "wall"],
        "screened_on": "2030-05-06",
        "screening": "clear",
        "cautious": False,
        "cannot": ["lie"],
        "rotation": "all",
        "light_weeks": False,
    }


@pytest.mark.parametrize(
    ("yes", "cleared", "found"),
    [
        ([], False, "clear"),
        ([], True, "clear"),
        (["heart"], False, "no"),
        (["heart"], True, "cleared"),
        (["pregnancy", "latex"], True, "cleared"),
        (["surgery"], True, "no"),
        (["swelling"], True, "no"),
        (["strong_pain"], True, "no"),
        (["minor"], True, "no"),
        (["latex", "surgery"], True, "no"),
    ],
)
def test_a_yes_asks_for_a_professionals_word_and_some_end_it_for_now(
    yes: list[str], cleared: bool, found: str
) -> None:
    assert screened(yes, cleared, RULES) == found


def test_an_answer_to_what_was_not_asked_is_refused() -> None:
    with pytest.raises(ValueError, match="nobody asked about moon"):
        screened(["heart", "moon"], True, RULES)


def test_a_question_stands_in_one_list_only() -> None:
    with pytest.raises(ValueError, match=r"screening\.clearance and screening\.rules_out"):
        parse_screening_rules({"screening": {"clearance": ["heart"], "rules_out": ["heart"]}})
    with pytest.raises(ValueError, match=r"screening\.rules_out is missing"):
        parse_screening_rules({"screening": {"clearance": ["heart"]}})
