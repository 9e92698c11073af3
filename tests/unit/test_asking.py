"""Few questions, about fresh runs, and never more than the week's because one was answered."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.asking import AskRules, parse_ask_rules, runs_to_ask
from service.domain.effort import Judged, RunKind
from tests.builders import a_judged, a_ride, a_run
from tests.builders_week import MONDAY, RULES_FILE

RULES = AskRules(per_week=2, days=3)
SUNDAY = MONDAY + timedelta(days=6)


def on(day: int) -> date:
    """So many days into the week."""
    return MONDAY + timedelta(days=day)


def unsure(day: int, hour: int = 7) -> Judged:
    return a_judged(a_run(start=f"{on(day)} {hour:02}:00"), RunKind.UNSURE)


def ids(*runs: Judged) -> tuple[int, ...]:
    return tuple(run.activity.id for run in runs)


def asked(runs: list[Judged], today: date, *said: Judged, week_on: date = MONDAY) -> tuple[int, ...]:
    return runs_to_ask(runs, frozenset(ids(*said)), week_on, today, RULES)


def test_the_shipped_rules_ask_twice_a_week_at_most() -> None:
    assert parse_ask_rules(RULES_FILE).per_week <= 2


def test_of_a_week_the_first_two_unsure_runs_are_asked_about() -> None:
    runs = [unsure(2), unsure(0), unsure(1)]

    assert asked(runs, on(2)) == ids(runs[1], runs[2])


def test_an_answer_makes_no_room_for_a_third() -> None:
    runs = [unsure(0), unsure(1), unsure(2)]

    assert asked(runs, on(2), runs[0]) == ids(runs[1])
    assert asked(runs, on(2), runs[0], runs[1]) == ()


def test_an_answered_run_counts_once_it_is_judged_by_the_word() -> None:
    answered = a_judged(a_run(start=f"{on(0)} 07:00"), RunKind.EASY)
    runs = [answered, unsure(1), unsure(2)]

    assert asked(runs, on(2), answered) == ids(runs[1])


def test_a_question_that_was_let_pass_makes_no_room_either() -> None:
    runs = [unsure(0), unsure(1), unsure(6)]

    assert asked(runs, on(6)) == ()


@pytest.mark.parametrize(("days", "still"), [(0, True), (3, True), (4, False)])
def test_after_three_days_a_run_is_let_be(days: int, still: bool) -> None:
    run = unsure(0)

    assert asked([run], on(days)) == (ids(run) if still else ())


def test_a_new_week_leaves_the_old_runs_alone_and_asks_anew() -> None:
    runs = [unsure(5), unsure(6), unsure(7)]

    assert asked(runs, on(7), week_on=on(7)) == ids(runs[2])


def test_the_runners_own_week_counts() -> None:
    runs = [unsure(5), unsure(6), unsure(7)]

    assert asked(runs, on(7), week_on=SUNDAY) == ids(runs[1], runs[2])


def test_runs_that_are_told_apart_not_judged_or_no_runs_are_not_asked_about() -> None:
    clear = a_judged(a_run(start=f"{on(0)} 07:00"), RunKind.EASY)
    waiting = a_judged(a_run(start=f"{on(0)} 09:00"))
    ride = a_judged(a_ride(start=f"{on(0)} 11:00"))

    assert asked([clear, waiting, ride], on(0)) == ()


def test_a_run_dated_ahead_is_not_asked_about_yet() -> None:
    assert asked([unsure(1)], on(0)) == ()


@given(
    days=st.lists(st.tuples(st.integers(-7, 13), st.integers(0, 23)), max_size=12, unique=True),
    answers=st.sets(st.integers(0, 11)),
    today=st.integers(0, 6),
    order=st.randoms(use_true_random=False),
)
def test_in_any_week_questions_are_few_fresh_and_do_not_depend_on_the_order_read(
    days: list[tuple[int, int]], answers: set[int], today: int, order: Random
) -> None:
    runs = [unsure(day, hour) for day, hour in days]
    said = [run for number, run in enumerate(runs) if number in answers]
    found = asked(runs, on(today), *said)
    shuffled = order.sample(runs, len(runs))

    assert asked(shuffled, on(today), *said) == found
    assert len(found) <= max(0, 2 - sum(MONDAY <= run.activity.local_on <= SUNDAY for run in said))
    by_id = {run.activity.id: run.activity.local_on for run in runs}
    assert all(MONDAY <= by_id[id] <= on(today) and (on(today) - by_id[id]).days <= 3 for id in found)
    assert not set(found) & set(ids(*said))


@pytest.mark.parametrize(
    ("table", "error"),
    [
        ({}, "ask.per_week is missing"),
        ({"per_week": 2, "days": 3, "moons": 1}, "ask.moons is not a known key"),
        ({"per_week": -1, "days": 3}, "ask.per_week must not be below 0"),
        ({"per_week": 2, "days": -1}, "ask.days must not be below 0"),
        ({"per_week": 2.5, "days": 3}, "ask.per_week must be a whole number"),
    ],
)
def test_a_wrong_rule_is_named(table: dict[str, object], error: str) -> None:
    with pytest.raises(ValueError, match=error):
        parse_ask_rules({"ask": table})
