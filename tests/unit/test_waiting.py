"""Whether a good day is used or let pass for a better one."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.waiting import Chance, WaitingRules, better_now

RULES = WaitingRules(easy_run_gain=0.5, habit_gain=0.05, unsure_loss=0.5, eve_loss=0.1, week_done_gain=1.0)
HARD_WEEK = Chance(0.05, 0.1, 1.5, 1.0)
RELAXED = Chance(0.5, 0.5, 1.5, 1.0)
NEVER = Chance(0.0, 0.0, 1.5, 1.0)


def test_a_rest_day_is_used_when_few_good_days_are_to_come() -> None:
    assert better_now(1.0, [HARD_WEEK] * 5, 2, RULES)


def test_a_rest_day_is_let_pass_for_an_easy_run_that_is_sure_to_come() -> None:
    assert not better_now(1.0, [NEVER, RELAXED, RELAXED, RELAXED], 1, RULES)


def test_with_two_sessions_to_go_and_four_days_it_is_time_to_begin() -> None:
    assert better_now(1.0, [RELAXED] * 2, 2, RULES)
    assert not better_now(1.0, [RELAXED] * 6, 1, RULES)


def test_the_last_day_is_never_let_pass() -> None:
    assert better_now(0.1, [], 1, RULES)


def test_the_day_after_a_session_counts_for_nothing() -> None:
    sure = Chance(0.0, 1.0, 1.5, 1.0)

    assert better_now(1.0, [sure], 2, RULES) == better_now(1.0, [NEVER], 2, RULES)


chances = st.builds(
    lambda easy, other: Chance(easy, (1 - easy) * other, 1.5, 1.0), st.floats(0, 1), st.floats(0, 1)
)


def best_by_trying(gain: float, ahead: list[Chance], need: int, last: int, rules: WaitingRules) -> float:
    """The same game, played out over every course the days may take is too much: over the choices day by
    day, with what is known then.
    """
    if need <= 0:
        return rules.week_done_gain
    if not ahead:
        return 0.0
    chance, rest = ahead[0], ahead[1:]
    passed = best_by_trying(gain, rest, need, last + 1, rules)
    expected = (1 - chance.easy_run - chance.other_good) * passed
    for odds, worth in ((chance.easy_run, chance.easy_run_gain), (chance.other_good, chance.other_gain)):
        used = worth + best_by_trying(gain, rest, need - 1, 1, rules) if last >= 2 else passed
        expected += odds * max(passed, used)
    return expected


@settings(max_examples=150, deadline=None)
@given(st.lists(chances, max_size=6), st.integers(1, 4), st.floats(0.2, 1.5))
def test_the_quick_way_decides_as_the_plain_game_does(ahead: list[Chance], need: int, gain: float) -> None:
    use = gain + best_by_trying(gain, ahead, need - 1, 1, RULES)
    wait = best_by_trying(gain, ahead, need, 2, RULES)

    if abs(use - wait) > 1e-9:
        assert better_now(gain, ahead, need, RULES) is (use > wait)


@pytest.mark.parametrize(("need", "days"), list(product((1, 2, 3), range(7))))
def test_the_better_the_day_the_sooner_it_is_used(need: int, days: int) -> None:
    answers = [better_now(gain / 10, [RELAXED] * days, need, RULES) for gain in range(1, 30)]

    assert answers == sorted(answers)
