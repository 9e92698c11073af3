"""What a phone tells of a session: taken as it is, or refused as a whole, and the same from any phones."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.bootstrap import read_words_and_routine
from service.domain.planner import Size
from service.domain.play import (
    PlayedSet,
    ResultRefused,
    counted_as,
    ended_as,
    merged,
    parse_edit,
    parse_play,
    parse_result_rules,
    session_result,
    share_of,
    with_forms,
)
from service.domain.progression import parse_progression_rules
from service.domain.results import FORMS, SetResult
from service.domain.routine import parse_dose_rules
from tests.builders_week import RULES_FILE

_, ROUTINE = read_words_and_routine()
RULES, DOSE = parse_result_rules(RULES_FILE), parse_dose_rules(RULES_FILE)
SHARE = parse_progression_rules(RULES_FILE).share
NOW = datetime(2030, 5, 8, 18, 0, tzinfo=UTC)
ON = date(2030, 5, 8)
SQUAT, CLAM = "single_leg_squat", "clamshell"
ASKED = {
    "size": "full",
    "items": [
        {"exercise": SQUAT, "level": 2, "sets": 2, "reps": 10, "sides": 2},
        {"exercise": CLAM, "level": 1, "sets": 2, "reps": 10, "sides": 2},
    ],
}


def a_body(**changes: Any) -> dict[str, Any]:
    return {
        "play_id": "11111111-2222-3333-4444-555555555555",
        "session_id": 7,
        "started_at": "2030-05-08T17:30:00.000Z",
        "ended_at": "2030-05-08T17:44:00.000Z",
        "ended": "done",
        "sets": [a_row()],
        "skips": [],
        "feedback": "right",
        "pain": None,
        **changes,
    }


def a_row(**changes: Any) -> dict[str, Any]:
    return {
        "exercise": SQUAT, "level": 1, "number": 1, "side": "left", "reps": 10, "form": "", "pain": None
    } | changes  # fmt: skip


def played(
    exercise: str = SQUAT, level: int = 2, number: int = 1, side: str = "left", reps: int = 10, **more: Any
) -> PlayedSet:
    return PlayedSet(exercise, level, SetResult(number, side, reps, **more))


def whole(exercise: str, level: int, reps: int = 10, numbers: tuple[int, ...] = (1, 2)) -> list[PlayedSet]:
    return [
        played(exercise, level, number, side, reps) for number in numbers for side in ("left", "right")
    ]


def refusal(body: object) -> str:
    with pytest.raises(ResultRefused) as refused:
        parse_play(body, 7, NOW, ROUTINE, RULES)
    return refused.value.rule


# --- reading --------------------------------------------------------------------------------------


def test_a_whole_result_is_read_as_it_was_sent() -> None:
    body = a_body(
        sets=[a_row(form="wobbly", pain=2)], skips=[{"exercise": CLAM, "reason": "time"}], pain=1, later="?"
    )
    play = parse_play(body, 7, NOW, ROUTINE, RULES)

    assert play.sets == (played(level=1, form="wobbly", pain=2),)
    assert (play.skips, play.feedback, play.pain, play.ended) == ({CLAM: "time"}, "right", 1, "done")
    assert play.ended_at - play.started_at == timedelta(minutes=14)


def test_a_phone_whose_clock_went_back_in_between_took_no_time() -> None:
    play = parse_play(a_body(ended_at="2030-05-08T17:00:00Z"), 7, NOW, ROUTINE, RULES)
    assert play.ended_at == play.started_at


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"play_id": ""}, "broken"),
        ({"play_id": "x" * 37}, "broken"),
        ({"play_id": 5}, "broken"),
        ({"session_id": 8}, "broken"),
        ({"started_at": "yesterday"}, "broken"),
        ({"started_at": "2030-05-08T17:30:00"}, "broken"),  # in which zone?
        ({"ended_at": None}, "broken"),
        ({"started_at": "2030-05-10T17:30:00Z"}, "clock"),
        ({"started_at": "2030-04-01T17:30:00Z"}, "clock"),
        ({"started_at": "0001-01-01T00:00:00+14:00"}, "clock"),
        ({"ended_at": "9999-12-31T23:59:59-12:00"}, "clock"),
        ({"ended": "finished"}, "unknown"),
        ({"ended": ["done"]}, "unknown"),
        ({"feedback": "great"}, "unknown"),
        ({"pain": 11}, "range"),
        ({"pain": -1}, "range"),
        ({"pain": 2.5}, "broken"),
        ({"pain": True}, "broken"),
        ({"sets": {}}, "broken"),
        ({"sets": ["left"]}, "broken"),
        ({"sets": [a_row()] * 101}, "range"),
        ({"sets": [a_row(exercise="burpee")]}, "unknown"),
        ({"sets": [a_row(exercise=["squat"])]}, "unknown"),
        ({"sets": [a_row(level=0)]}, "unknown"),
        ({"sets": [a_row(level=5)]}, "unknown"),
        ({"sets": [a_row(level="1")]}, "broken"),
        ({"sets": [a_row(number=0)]}, "range"),
        ({"sets": [a_row(side="both")]}, "unknown"),  # of a move with two sides
        ({"sets": [a_row(side=None)]}, "unknown"),
        ({"sets": [a_row(reps=51)]}, "range"),
        ({"sets": [a_row(reps=-1)]}, "range"),
        ({"sets": [a_row(reps=None)]}, "broken"),
        ({"sets": [a_row(form="ugly")]}, "unknown"),
        ({"sets": [a_row(pain=99)]}, "range"),
        ({"skips": "all"}, "broken"),
        ({"skips": [{"exercise": CLAM, "reason": "boring"}]}, "unknown"),
        ({"skips": [{"exercise": "burpee", "reason": "time"}]}, "unknown"),
    ],
)
def test_what_no_player_of_ours_sends_is_refused_as_a_whole(changes: dict[str, Any], rule: str) -> None:
    assert refusal(a_body(**changes)) == rule


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


@given(JSON)
def test_no_json_whatsoever_is_more_than_refused(body: object) -> None:
    assert refusal(body) == "broken"


@given(st.sampled_from(sorted(a_body())), JSON, st.sampled_from(sorted(a_row())), JSON)
def test_no_field_whatsoever_breaks_the_reading(name: str, value: object, inner: str, other: object) -> None:
    for body in (a_body(**{name: value}), a_body(sets=[a_row(**{inner: other})])):
        try:
            play = parse_play(body, 7, NOW, ROUTINE, RULES)
        except ResultRefused:
            continue
        assert all(0 <= one.result.reps <= 50 for one in play.sets)
        assert play.pain is None or 0 <= play.pain <= 10


# --- several phones -------------------------------------------------------------------------------


def test_a_set_told_twice_is_one_with_more_repetitions_worse_form_and_greater_pain() -> None:
    one = played(reps=10, form="clean", pain=None)
    other = played(reps=8, form="broke", pain=3)
    assert merged([one, other]) == (played(reps=10, form="broke", pain=3),)


def test_form_that_was_not_told_is_no_form() -> None:
    assert merged([played(form=""), played(form="clean")]) == (played(form="clean"),)


SETS = st.builds(
    played,
    exercise=st.sampled_from((SQUAT, CLAM)),
    level=st.integers(1, 3),
    number=st.integers(1, 3),
    side=st.sampled_from(("left", "right")),
    reps=st.integers(0, 50),
    form=st.sampled_from(("", *FORMS)),
    pain=st.none() | st.integers(0, 10),
)


@given(st.lists(SETS, max_size=6), st.lists(SETS, max_size=6))
def test_neither_the_order_nor_the_number_of_times_changes_what_was_done(
    one: list[PlayedSet], other: list[PlayedSet]
) -> None:
    both = merged([*one, *other])
    assert both == merged([*other, *one]) == merged([*both, *one])


def test_the_end_is_the_same_in_whichever_order_it_is_told() -> None:
    ends = ("done", "stopped", "pain", "idle")
    for one, other in permutations(ends, 2):
        assert ended_as(one, other) == ended_as(other, one)
    assert ended_as("", "idle") == "idle"
    assert ended_as("idle", "done") == "done"
    assert ended_as("done", "pain") == "pain"


# --- how much of it -------------------------------------------------------------------------------


def shares(*sets: PlayedSet, **skips: str) -> float:
    return share_of(session_result(ON, ASKED, sets, skips, DOSE))


def test_all_that_was_asked_is_all_of_it() -> None:
    assert shares(*whole(SQUAT, 2), *whole(CLAM, 1)) == 1.0


def test_one_of_two_moves_is_half() -> None:
    assert shares(*whole(SQUAT, 2)) == 0.5
    assert shares(*whole(SQUAT, 2), clamshell="time") == 0.5


def test_what_the_runner_has_not_the_things_for_was_not_asked() -> None:
    assert shares(*whole(SQUAT, 2), clamshell="equipment") == 1.0


def test_a_level_beside_the_prescribed_one_is_the_session_too() -> None:
    assert shares(*whole(SQUAT, 1), *whole(CLAM, 1)) == 1.0
    assert shares(*whole(SQUAT, 2, numbers=(1,)), *whole(SQUAT, 1, numbers=(2,)), *whole(CLAM, 1)) == 1.0


def test_a_harder_level_is_done_with_the_smallest_dose() -> None:
    assert shares(*whole(SQUAT, 3, reps=8), *whole(CLAM, 1)) == 1.0
    assert shares(*whole(SQUAT, 2, reps=8), *whole(CLAM, 1)) == pytest.approx(0.9)


def test_more_than_was_asked_makes_up_for_nothing() -> None:
    assert shares(*whole(SQUAT, 2, reps=40, numbers=(1,))) == 0.25
    assert shares(*whole(SQUAT, 2, numbers=(1, 2, 3, 4))) == 0.5


def test_a_move_left_out_on_one_phone_and_done_on_the_other_was_done_unless_it_hurt() -> None:
    done = (*whole(SQUAT, 2), *whole(CLAM, 1))
    for reason, kept in (("time", ""), ("pain", "pain")):
        result = session_result(ON, ASKED, done, {CLAM: reason}, DOSE)
        assert {item.skipped for item in result.items if item.exercise == CLAM} == {kept}


def test_a_session_told_of_by_hand_says_nothing_of_its_moves() -> None:
    assert session_result(ON, ASKED, (), {}, DOSE).items == ()


@pytest.mark.parametrize(
    ("size", "share", "counts"),
    [
        (Size.FULL, 1.0, Size.FULL),
        (Size.FULL, 0.75, Size.FULL),
        (Size.FULL, 0.74, Size.MINI),
        (Size.FULL, 0.40, Size.MINI),
        (Size.FULL, 0.39, None),
        (Size.FULL, 0.0, None),
        (Size.MINI, 0.75, Size.MINI),
        (Size.MINI, 0.74, None),
    ],
)
def test_what_a_part_counts_for(size: Size, share: float, counts: Size | None) -> None:
    assert counted_as(size, share, SHARE) is counts


# --- the runner's own word ------------------------------------------------------------------------


def test_a_form_put_right_is_that_of_all_sets_of_the_move() -> None:
    sets = (*whole(SQUAT, 2), *whole(CLAM, 1))
    edited = with_forms({SQUAT: "wobbly"}, sets, {})
    assert [one.result.form for one in edited] == ["wobbly"] * 4 + [""] * 4


def test_who_speaks_of_the_form_of_a_session_told_by_hand_has_done_what_it_asked_for() -> None:
    sets = with_forms({SQUAT: "clean", CLAM: "clean"}, (), ASKED)
    assert shares(*sets) == 1.0
    assert with_forms({}, (), ASKED) == ()


@pytest.mark.parametrize(
    "body", [None, {"forms": []}, {"forms": {"burpee": "clean"}}, {"forms": {SQUAT: "ugly"}}, {"pain": 11}]
)
def test_an_edit_that_cannot_be_is_refused(body: object) -> None:
    with pytest.raises(ResultRefused):
        parse_edit(body, ASKED)


@pytest.mark.parametrize("changes", [{"edit_days_max": -1}, {"reps_max": 0}, {"sets_max": None}])
def test_rules_that_cannot_be_name_themselves(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="result"):
        parse_result_rules({"result": {**RULES_FILE["result"], **changes}})
