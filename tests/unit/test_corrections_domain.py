"""From the runner's word on a run to limits of their own."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.activity import Reason
from service.domain.corrections import DECIDES_ALONE, SPEAK_OF_EFFORT, step, total
from service.domain.effort import Confidence, Family, RunKind, Verdict
from service.domain.told import NO_OFFSETS, Offsets, Told
from tests.builders import a_run, judged, kilometres, mixed_history, the_rules

RULES = the_rules()
OWN, LABEL = RULES.effort.correction, RULES.effort.label
BOTH = frozenset({Family.HEART, Family.PACE, Family.CONTEXT})


def a_verdict(
    score: float,
    families: frozenset[Family] = BOTH,
    rule: str = "pace.slower",
    kind: RunKind = RunKind.UNSURE,
) -> Verdict:
    return Verdict(kind, Confidence.MEDIUM, 0.5, score, (Reason(rule),), families)


def test_a_correction_moves_the_limits_towards_what_was_said() -> None:
    hard = a_verdict(LABEL.hard_to - 1)

    assert step(hard, RunKind.EASY, RULES) == Offsets(OWN.heart_step_share, OWN.pace_step_share)
    easy = a_verdict(LABEL.easy_from + 1)
    for said in (RunKind.HARD, RunKind.RACE):
        assert step(easy, said, RULES) == Offsets(-OWN.heart_step_share, -OWN.pace_step_share)


def test_an_answer_to_a_question_moves_them_as_much() -> None:
    open_question = a_verdict((LABEL.easy_from + LABEL.hard_to) / 2)

    assert step(open_question, RunKind.EASY, RULES).pace_share == OWN.pace_step_share
    assert step(open_question, RunKind.HARD, RULES).pace_share == -OWN.pace_step_share


def test_a_confirmation_moves_them_less() -> None:
    easy, hard = a_verdict(LABEL.easy_from), a_verdict(LABEL.hard_to)

    assert step(easy, RunKind.EASY, RULES).pace_share == OWN.pace_step_share * OWN.confirm_weight
    assert step(hard, RunKind.HARD, RULES).heart_share == -OWN.heart_step_share * OWN.confirm_weight


@pytest.mark.parametrize("said", sorted(set(RunKind) - set(SPEAK_OF_EFFORT)))
def test_long_and_unsure_speak_of_no_limit(said: RunKind) -> None:
    assert step(a_verdict(0.0), said, RULES) == NO_OFFSETS


@pytest.mark.parametrize("rule", sorted(DECIDES_ALONE))
def test_what_one_rule_decided_alone_moves_no_limit(rule: str) -> None:
    assert step(a_verdict(LABEL.veto_score, rule=rule), RunKind.EASY, RULES) == NO_OFFSETS


def test_only_limits_that_the_verdict_came_from_move() -> None:
    pace = step(a_verdict(0.0, frozenset({Family.PACE})), RunKind.EASY, RULES)
    heart = step(a_verdict(0.0, frozenset({Family.HEART})), RunKind.EASY, RULES)

    assert pace == Offsets(pace_share=OWN.pace_step_share)
    assert heart == Offsets(heart_share=OWN.heart_step_share)
    assert step(a_verdict(0.0, frozenset({Family.CONTEXT})), RunKind.HARD, RULES) == NO_OFFSETS


def test_kilometres_may_swing_more_where_the_runner_says_they_are_no_intervals() -> None:
    swinging = a_verdict(1.0, rule="splits.alternate")

    assert step(swinging, RunKind.EASY, RULES).split_share == OWN.split_step_share
    assert step(swinging, RunKind.HARD, RULES).split_share == 0


def test_steps_add_up() -> None:
    steps = [Offsets(0.05, 0.01, 0.01), Offsets(0.05, -0.02), Offsets(-0.01, 0.0, 0.01)]

    found = total(steps, RULES)

    assert (found.heart_share, found.pace_share, found.split_share) == pytest.approx((0.09, -0.01, 0.02))
    assert total([], RULES) == NO_OFFSETS


def test_limits_never_leave_their_bounds_and_come_back_at_once() -> None:
    up, down = Offsets(0.05, 0.01, 0.01), Offsets(-0.05, -0.01)
    far = total([up] * 100, RULES)

    assert far == Offsets(OWN.heart_bounds_share[1], OWN.pace_bounds_share[1], OWN.split_most_share)
    assert total([down] * 100, RULES) == Offsets(OWN.heart_bounds_share[0], OWN.pace_bounds_share[0])
    back = total([*[up] * 100, down], RULES)
    assert back.pace_share == pytest.approx(OWN.pace_bounds_share[1] - 0.01)


shares = st.floats(-0.1, 0.1)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.builds(Offsets, shares, shares, shares), max_size=30))
def test_whatever_was_said_the_limits_stay_within_their_bounds(steps: list[Offsets]) -> None:
    found = total(steps, RULES)

    assert OWN.heart_bounds_share[0] <= found.heart_share <= OWN.heart_bounds_share[1]
    assert OWN.pace_bounds_share[0] <= found.pace_share <= OWN.pace_bounds_share[1]
    assert 0 <= found.split_share <= OWN.split_most_share


# --- what moved limits do -------------------------------------------------------------------------


def test_moved_limits_move_the_verdict() -> None:
    steady = a_run(km=9, minutes=50, hr=155, max_hr=172, start="2030-05-09 07:00")
    past = mixed_history()
    scores = [
        judged(steady, past, Told(offsets=offsets)).score
        for offsets in (
            Offsets(-0.05, -0.02),
            Offsets(-0.05, 0.0),
            Offsets(),
            Offsets(0.05, 0.0),
            Offsets(0.05, 0.02),
        )
    ]

    assert scores == sorted(set(scores))


def test_an_answer_that_moved_the_limits_makes_the_same_run_easier_for_the_runner() -> None:
    steady = a_run(km=10, minutes=52, hr=162, max_hr=176, start="2030-05-09 07:00")
    past = mixed_history()
    before = judged(steady, past)
    steps = [step(before, RunKind.EASY, RULES)] * 5

    assert before.kind is not RunKind.EASY
    assert judged(steady, past, Told(offsets=total(steps, RULES))).score > before.score + 0.3


def test_overruled_swings_are_no_longer_asked_about() -> None:
    lights = kilometres([365, 425, 360, 420, 358, 425, 362, 418])
    run = a_run(km=8, minutes=52.2, hr=134, max_hr=170, splits=lights, start="2030-05-09 07:00")
    past = mixed_history()
    asked = judged(run, past)

    assert (asked.kind, asked.reasons[0].rule) == (RunKind.UNSURE, "splits.alternate")
    learnt = total([step(asked, RunKind.EASY, RULES)] * 2, RULES)
    assert judged(run, past, Told(offsets=learnt)).kind is RunKind.EASY
