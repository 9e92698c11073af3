"""The light of pain against a literal table: what each session, and what several together, ask for."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.bootstrap import read_rules, read_words_and_routine
from service.domain.pain import (
    GO_ON,
    Action,
    Felt,
    Gate,
    Light,
    Sore,
    gate,
    light,
    lighter,
    parse_pain_rules,
    to_check,
)
from service.domain.planner import Size
from service.domain.routine import ExercisePlan, Lighter, prescribe
from tests.builders_week import RULES_FILE

RULES = read_rules().pain
MONDAY = datetime(2030, 5, 6, 17, tzinfo=UTC)


def felt(day: int, pain: int | None = None, **more: object) -> Felt:
    """A session ``day`` days after that Monday, at 17:00 UTC."""
    at = MONDAY + timedelta(days=day)
    return Felt(day, at.date(), at, pain, **more)  # type: ignore[arg-type]


def after(*past: Felt, hours: float = 1, **more: object) -> Gate:
    """What holds so many hours after the last of them."""
    return gate(past, max(each.at for each in past) + timedelta(hours=hours), RULES, **more)  # type: ignore[arg-type]


def at(day: int, hours: float = 0) -> datetime:
    return MONDAY + timedelta(days=day, hours=hours)


# --- one session ----------------------------------------------------------------------------------

LIGHTS = [
    (felt(0), "green"),
    (felt(0, 0), "green"),
    (felt(0, 2), "green"),
    (felt(0, 2, morning="same"), "green"),
    (felt(0, 2, morning="better"), "green"),
    (felt(0, 3), "amber"),
    (felt(0, 4), "amber"),
    (felt(0, 4, morning="better"), "amber"),
    (felt(0, 4, morning="worse"), "amber"),
    (felt(0, 0, morning="worse"), "amber"),
    (felt(0, morning="worse"), "amber"),
    (felt(0, left_out=True), "amber"),
    (felt(0, 5), "red"),
    (felt(0, 10), "red"),
    (felt(0, 5, morning="better"), "red"),
    (felt(0, stopped=True), "red"),
    (felt(0, 2, stopped=True), "red"),
]


@pytest.mark.parametrize(("session", "expected"), LIGHTS)
def test_each_session_has_its_light(session: Felt, expected: str) -> None:
    assert light(session, RULES) == expected


# --- the table ------------------------------------------------------------------------------------

# Sessions, hours after the last, the action, how long prompts rest after the last (None: no end of its own),
# how long after it "fine again" may be said, and whether the next session is an easier one.
TABLE = [
    ([felt(0, 1)], 1, "go_on", None, None, False),
    ([felt(0, 3)], 1, "ease", None, None, True),
    ([felt(0, 3)], 24 * 90, "ease", None, None, True),
    ([felt(0, 3), felt(2, 1)], 1, "go_on", None, None, False),
    ([felt(0, 1, morning="worse")], 24, "ease", None, None, True),
    ([felt(0, 3), felt(2, 4)], 1, "pause", 48, None, True),
    ([felt(0, 3), felt(2, 4)], 47, "pause", 48, None, True),
    ([felt(0, 3), felt(2, 4)], 48, "ease", None, None, True),
    ([felt(0, 3), felt(2, 1), felt(4, 3)], 1, "ease", None, None, True),
    ([felt(0, 3), felt(2, 1, morning="worse")], 24, "pause", 48, None, True),
    ([felt(0, 3), felt(2, 1), felt(4, 3), felt(6, 1), felt(8, 3)], 1, "refer", 48, None, True),
    ([felt(0, 3), felt(7, 1), felt(9, 3), felt(11, 1), felt(14, 3)], 1, "refer", 48, None, True),
    ([felt(0, 3), felt(7, 1), felt(9, 3), felt(11, 1), felt(15, 3)], 1, "ease", None, None, True),
    ([felt(0, 3), felt(2, 3), felt(4, 3)], 1, "refer", 48, None, True),
    ([felt(0, 3), felt(2, 3), felt(4, 3)], 48, "ease", None, None, True),
    ([felt(0, 5)], 1, "stop", None, 48, True),
    ([felt(0, 5)], 24 * 20, "stop", None, 48, True),
    ([felt(0, stopped=True)], 1, "stop", None, 48, True),
    ([felt(0, 5, morning="better")], 24, "stop", None, 48, True),
    ([felt(0, 5, morning="same")], 24, "stop", None, 72, True),
    ([felt(0, 5, morning="worse")], 24, "stop", None, 72, True),
    ([felt(0, 6), felt(1, 3)], 1, "stop", None, 48, True),  # done anyway, and it hurt again
    ([felt(0, 6), felt(1, 1)], 1, "stop", None, 24, False),  # done anyway, and it did not
]


@pytest.mark.parametrize(("past", "hours", "action", "rest_h", "fine_h", "eases"), TABLE)
def test_what_sessions_ask_for(
    past: list[Felt], hours: float, action: str, rest_h: float | None, fine_h: float | None, eases: bool
) -> None:
    found = after(*past, hours=hours)

    def then(after_h: float | None) -> datetime | None:
        return None if after_h is None else past[-1].at + timedelta(hours=after_h)

    assert (found.action, found.until, found.fine_from) == (action, then(rest_h), then(fine_h))
    assert found.eases is eases


def test_a_pause_lasts_though_a_session_in_it_went_well() -> None:
    assert after(felt(0, 3), felt(1, 3), felt(2, 0)).until == at(3)


def test_no_session_asks_for_nothing() -> None:
    assert gate((), MONDAY, RULES) == GO_ON


def test_the_order_in_which_results_arrive_is_of_no_account() -> None:
    past = [felt(0, 3), felt(2, 1), felt(4, 3), felt(6, 6)]
    assert gate(past[::-1], at(6, 1), RULES) == gate(past, at(6, 1), RULES)


# --- "fine again" ---------------------------------------------------------------------------------


def test_after_the_runners_word_prompts_rest_for_three_days_in_all() -> None:
    red = felt(0, 7)
    said = at(2, 1)
    assert after(red, hours=50, fine_at=said).until == at(3)
    assert after(red, hours=50, fine_at=said).action is Action.STOP
    assert after(red, hours=72, fine_at=said).action is Action.EASE


def test_a_word_said_before_does_not_end_what_came_after_it() -> None:
    assert after(felt(0, 7), felt(5, 7), fine_at=at(3)).fine_from == at(7)


# --- sore muscles ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of_ten", "hours", "action"),
    [(4, 1, "go_on"), (5, 1, "postpone"), (10, 23, "postpone"), (5, 24, "go_on")],
)
def test_sore_muscles_put_off_by_a_day(of_ten: int, hours: float, action: str) -> None:
    found = gate([felt(-2, 0)], at(0, hours), RULES, Sore(MONDAY, of_ten))
    assert found.action == action
    assert found.until == (at(1) if action == "postpone" else None)


def test_sore_muscles_are_no_pain() -> None:
    assert gate([felt(-1, 3), felt(0, 1)], at(0, 1), RULES, Sore(MONDAY, 9)).eases is False
    assert gate([felt(-1, 3), felt(0, 4)], at(0, 1), RULES, Sore(MONDAY, 9)).action is Action.PAUSE
    assert gate([felt(0, 4)], at(0, 1), RULES, Sore(MONDAY, 9)).eases is True


# --- the morning after ----------------------------------------------------------------------------

TUESDAY = date(2030, 5, 7)


@pytest.mark.parametrize(
    ("past", "asked"),
    [
        ([felt(0, 2)], None),
        ([felt(0, 3)], 0),
        ([felt(0, 8)], 0),
        ([felt(0, left_out=True)], 0),
        ([felt(-2, 3), felt(0, 0)], 0),  # the one before it hurt
        ([felt(-4, 3), felt(-2, 0), felt(0, 0)], None),
        ([felt(0, 3, morning="same")], None),  # once
        ([felt(-1, 3)], None),  # only the morning after
        ([felt(1, 3)], None),
        ([felt(0, 3), felt(1, 0)], 0),  # whatever was done since
    ],
)
def test_the_morning_after_is_asked_about_where_it_hurt(past: list[Felt], asked: int | None) -> None:
    found = to_check(past, TUESDAY, RULES)
    assert (found.session_id if found else None) == asked


# --- the next session -----------------------------------------------------------------------------


def test_the_next_session_is_easier_and_says_why() -> None:
    eased, told = lighter(after(felt(0, 3)))
    assert (eased, [change.rule for change in told]) == (Lighter.PAIN, ["after_pain"])
    assert lighter(after(felt(0, 1))) == (Lighter.NO, ())


def test_easier_is_a_level_lower_and_half_the_repetitions() -> None:
    _, routine = read_words_and_routine()
    plan = {each.key: ExercisePlan(level=3, step=0) for each in routine.exercises}
    plan[routine.exercises[0].key] = ExercisePlan(level=1, step=2)

    for size, reps in ((Size.FULL, [6, 4, 4, 4]), (Size.MINI, [4, 4, 4, 4])):
        eased = prescribe(routine, plan, size, 60, read_rules().dose, lighter=Lighter.PAIN)
        assert [item.level for item in eased.items] == [1, 2, 2, 2]
        assert [item.reps for item in eased.items] == reps
        assert eased.lighter is Lighter.PAIN


# --- whatever comes -------------------------------------------------------------------------------

sessions = st.lists(
    st.builds(
        felt,
        st.integers(0, 30),
        st.none() | st.integers(0, 10),
        stopped=st.booleans(),
        left_out=st.booleans(),
        morning=st.sampled_from(["", "same", "better", "worse"]),
    ),
    max_size=8,
)


@given(sessions, st.integers(0, 40 * 24), st.integers(0, 7))
def test_more_pain_never_asks_for_less(past: list[Felt], hours: int, number: int) -> None:
    order = [Action.GO_ON, Action.EASE, Action.PAUSE, Action.REFER, Action.STOP]
    past = sorted(past, key=lambda each: each.at)
    now = at(0, hours)
    worse = [
        replace(each, pain=10) if place == number and each.at <= now else each
        for place, each in enumerate(past)
    ]
    assert order.index(gate(worse, now, RULES).action) >= order.index(gate(past, now, RULES).action)


@given(sessions)
def test_green_sessions_are_never_told_to_rest(past: list[Felt]) -> None:
    green = [replace(each, pain=2, stopped=False, left_out=False, morning="better") for each in past]
    assert gate(green, at(40), RULES) == GO_ON


# --- the file -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"green_max": 4}, "green_max"),
        ({"amber_max": 10}, "amber_max"),
        ({"table": [{**RULES_FILE["pain"]["table"][0], "action": "dance"}]}, r"table\[0\]"),
        ({"table": [{**RULES_FILE["pain"]["table"][0], "light": "blue"}]}, r"table\[0\]"),
        ({"table": [{**RULES_FILE["pain"]["table"][0], "times": 0}]}, r"table\[0\]"),
        ({"table": [{**RULES_FILE["pain"]["table"][0], "rest_h": 0.0}]}, r"table\[0\]\.rest_h"),
        ({"table": [{**RULES_FILE["pain"]["table"][3], "rest_h": 24.0}]}, r"table\[0\]\.rest_h"),
        ({"flags": {"emergency": ["chest"], "urgent": ["chest"], "soon": []}}, "flags"),
    ],
)
def test_a_table_that_cannot_be_is_refused_by_name(changed: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        parse_pain_rules({"pain": {**RULES_FILE["pain"], **changed}})


def test_the_lights_are_those_of_the_source() -> None:
    pains = {light_: [n for n in range(11) if light(felt(0, n), RULES) == light_] for light_ in Light}
    assert pains == {"green": [0, 1, 2], "amber": [3, 4], "red": [5, 6, 7, 8, 9, 10]}
