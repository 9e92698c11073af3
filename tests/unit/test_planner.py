from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.calendar import Away, Race, Why
from service.domain.days import Day, DayKind
from service.domain.hours import day_start, slot
from service.domain.planner import (
    NO_GO_KINDS,
    DoneSession,
    Limits,
    PlannedSession,
    Size,
    Week,
    may_train,
    parse_plan_rules,
    plan_week,
    week_start,
)
from service.domain.preferences import NeverHours, Preferences
from tests.builders_week import (
    MONDAY,
    PLAN_RULES,
    ROME,
    RULES_FILE,
    ZONES,
    PlainHabits,
    a_day,
    a_week,
    at,
    days_after,
    done,
    is_shut,
    kept,
    some_habits,
    some_never_hours,
)

TUE, WED, THU, FRI, SAT, SUN = (days_after(MONDAY, number) for number in range(1, 7))
ALL_REST = some_habits(always=DayKind.REST)


def days_of(week: Week) -> list[date]:
    return [session.on for session in week.planned]


# --- the week and what is needed ------------------------------------------------------------------


@pytest.mark.parametrize(("starts_on", "first"), [(0, MONDAY), (6, date(2030, 5, 5)), (3, date(2030, 5, 2))])
def test_a_week_starts_on_the_runners_weekday(starts_on: int, first: date) -> None:
    assert week_start(MONDAY, starts_on) == first
    assert week_start(first, starts_on) == first


def test_two_sessions_with_room_between_are_planned_in_an_empty_week() -> None:
    assert days_of(a_week("2030-05-06 05:00", habits=ALL_REST)) == [MONDAY, THU]


def test_three_sessions_are_planned_for_a_target_of_three() -> None:
    assert len(a_week("2030-05-06 05:00", prefs=Preferences(target_per_week=3)).planned) == 3


def test_hard_and_long_days_of_the_habit_are_avoided() -> None:
    habits = some_habits(
        mon=DayKind.RUN_HARD,
        tue=DayKind.REST,
        wed=DayKind.RUN_HARD,
        thu=DayKind.RUN_HARD,
        fri=DayKind.RUN_EASY,
        sat=DayKind.LONG,
        sun=DayKind.RUN_HARD,
    )
    assert days_of(a_week("2030-05-06 05:00", habits=habits)) == [TUE, FRI]


def test_the_day_before_a_usual_hard_day_is_used_last() -> None:
    habits = some_habits(
        tue=DayKind.REST, wed=DayKind.RUN_HARD, thu=DayKind.REST, fri=DayKind.REST, sat=DayKind.LONG
    )
    week = a_week("2030-05-07 05:00", habits=habits)
    assert TUE not in days_of(week)
    assert THU in days_of(week)


def test_a_done_session_leaves_one_to_plan_with_a_day_between() -> None:
    week = a_week("2030-05-07 05:00", habits=ALL_REST, done=[done("2030-05-06 18:40")])
    assert (week.credit, week.need) == (1.0, 1.0)
    assert days_of(week) == [WED]


def test_a_mini_counts_half_and_leaves_a_mini() -> None:
    week = a_week("2030-05-08 05:00", habits=ALL_REST, done=[done("2030-05-06 18:40", Size.MINI)])
    assert week.need == 1.5
    assert [session.size for session in week.planned] == [Size.FULL, Size.MINI]


def test_a_done_week_plans_nothing_and_looks_to_the_next() -> None:
    sessions = [done("2030-05-06 18:40"), done("2030-05-08 18:40")]
    week = a_week("2030-05-09 05:00", habits=ALL_REST, done=sessions)
    assert (week.planned, week.need, week.best_on) == ((), 0.0, None)
    assert week.ahead_on == days_after(MONDAY, 7)


def test_no_debt_is_carried_into_the_next_week() -> None:
    week = a_week("2030-05-13 05:00", habits=ALL_REST, kept=[kept(SAT), kept(SUN)])
    assert (week.target, len(week.planned)) == (2, 2)
    assert all(session.on == session.original_on for session in week.planned)


def test_sessions_of_last_week_still_keep_their_distance() -> None:
    week = a_week("2030-05-06 05:00", habits=ALL_REST, done=[done("2030-05-05 18:00")])
    assert week.done == ()
    assert days_of(week)[0] == TUE or days_of(week)[0] > TUE


def test_today_is_out_once_it_turned_hard() -> None:
    week = a_week(
        "2030-05-06 09:00", days={MONDAY: a_day(MONDAY, DayKind.RUN_HARD, "08:00")}, habits=ALL_REST
    )
    assert MONDAY not in days_of(week)


def test_never_weekdays_waved_off_days_and_pauses_are_respected() -> None:
    prefs = Preferences(never_weekdays=frozenset({0, 1}))
    away = [Away(MONDAY - timedelta(days=3), WED, Why.HOLIDAY)]
    week = a_week("2030-05-06 05:00", habits=ALL_REST, prefs=prefs, not_on={FRI}, away=away)
    assert (week.target, week.excused) == (1, False)
    assert days_of(week) == [THU]


def test_a_day_that_shows_no_run_by_evening_counts_as_rest() -> None:
    habits = some_habits(mon={DayKind.RUN_HARD: 0.7, DayKind.REST: 0.3}, later=0.0)
    assert MONDAY in days_of(
        a_week("2030-05-06 18:00", habits=habits, days={MONDAY: a_day(MONDAY, DayKind.OPEN)})
    )


# --- races ----------------------------------------------------------------------------------------


def test_race_week_asks_for_one_session_three_days_before() -> None:
    week = a_week("2030-05-06 05:00", habits=ALL_REST, races=[Race(SUN)])
    assert week.target == 1
    assert days_of(week)[0] <= THU
    assert [reason.rule for reason in week.reasons] == ["plan.race_week"]


@pytest.mark.parametrize(
    ("when", "size", "rule"),
    [
        ("2030-05-12 18:00", Size.MINI, "plan.race_day"),
        ("2030-05-11 08:00", Size.MINI, "plan.before_race"),
        ("2030-05-10 18:00", Size.FULL, "plan.before_race"),
        ("2030-05-10 18:00", Size.MINI, None),
        ("2030-05-09 18:00", Size.FULL, None),
    ],
)
def test_before_a_race_sessions_shrink_then_stop(when: str, size: Size, rule: str | None) -> None:
    gate = may_train(at(when), size, Limits(races=(SUN,)), ROME, PLAN_RULES)
    assert (gate.reason.rule if gate.reason else None) == rule


def test_after_a_race_the_legs_rest() -> None:
    week = a_week(
        "2030-05-06 12:00",
        days={MONDAY: a_day(MONDAY, DayKind.RACE, "11:00")},
        habits=ALL_REST,
        races=[Race(MONDAY)],
    )
    assert days_of(week)[0] >= THU


# --- the gap --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second", "hours", "free"),
    [
        (Size.FULL, Size.FULL, 39.9, False),
        (Size.FULL, Size.FULL, 40, True),
        (Size.FULL, Size.MINI, 39.9, False),
        (Size.MINI, Size.FULL, 39.9, False),
        (Size.MINI, Size.MINI, 20, True),
        (Size.MINI, Size.MINI, 19.9, False),
    ],
)
def test_the_gap_is_forty_hours_and_twenty_between_minis(
    first: Size, second: Size, hours: float, free: bool
) -> None:
    session = done("2030-05-06 18:00", first)
    gate = may_train(session.at + timedelta(hours=hours), second, Limits((session,)), ROME, PLAN_RULES)
    assert gate.open is free


def test_the_gap_is_counted_in_real_hours_when_the_clocks_change() -> None:
    session = done("2030-03-30 18:00")  # the night of 31 March is an hour shorter
    gate = may_train(at("2030-04-01 10:30"), Size.FULL, Limits((session,)), ROME, PLAN_RULES)
    assert not gate.open
    assert gate.opens_at == at("2030-04-01 11:00")


def test_never_two_sessions_on_one_day() -> None:
    session = done("2030-05-06 00:10", Size.MINI)
    gate = may_train(at("2030-05-06 20:30"), Size.MINI, Limits((session,)), ROME, PLAN_RULES)
    assert gate.reason is not None
    assert gate.reason.rule == "plan.done_today"


# --- moves and the fallback -----------------------------------------------------------------------


def test_a_session_that_had_to_move_keeps_its_first_day() -> None:
    week = a_week("2030-05-07 05:00", habits=ALL_REST, kept=[kept(MONDAY), kept(THU)])
    assert [(session.on, session.original_on) for session in week.planned] == [(TUE, MONDAY), (THU, THU)]


def test_a_done_session_uses_up_the_planned_day_nearest_to_it() -> None:
    plan = [kept(MONDAY), kept(THU)]
    week = a_week("2030-05-08 05:00", habits=ALL_REST, kept=plan, done=[done("2030-05-07 18:00")])
    assert [(session.on, session.original_on) for session in week.planned] == [(THU, THU)]


def test_a_plan_does_not_flicker() -> None:
    first = a_week("2030-05-06 05:00")
    assert a_week("2030-05-06 05:00", kept=first.planned).planned == first.planned


def test_when_no_whole_session_fits_a_mini_is_offered_at_the_end_of_the_week() -> None:
    habits = some_habits(sat=DayKind.LONG, sun=DayKind.RUN_HARD)
    week = a_week("2030-05-11 05:00", habits=habits)
    assert week.planned == (PlannedSession(SAT, SAT, Size.MINI, fallback=True),)


def test_after_a_long_saturday_the_mini_goes_to_sunday() -> None:
    habits = some_habits(sat=DayKind.LONG, sun=DayKind.RUN_HARD)
    week = a_week("2030-05-11 13:00", habits=habits, days={SAT: a_day(SAT, DayKind.LONG, "11:00")})
    assert week.planned == (PlannedSession(SUN, SUN, Size.MINI, fallback=True),)


# --- rules ----------------------------------------------------------------------------------------


def test_a_missing_rule_is_named() -> None:
    plan = {key: value for key, value in RULES_FILE["plan"].items() if key != "gap_h"}
    with pytest.raises(ValueError, match=r"plan\.gap_h"):
        parse_plan_rules(RULES_FILE | {"plan": plan})


def test_a_gap_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match=r"plan\.mini_gap_h"):
        parse_plan_rules(RULES_FILE | {"plan": RULES_FILE["plan"] | {"mini_gap_h": 50.0}})


# --- whatever the history -------------------------------------------------------------------------

KINDS = list(DayKind)


@st.composite
def plans(draw: st.DrawFn) -> dict[str, Any]:
    """Any history: sessions, races, kinds of days, habits and wishes, also around clock changes."""
    zone = draw(st.sampled_from(ZONES))
    today = draw(
        st.sampled_from([date(2030, 3, 31), date(2030, 10, 27), date(2030, 11, 3), date(2030, 4, 7)])
    )
    today += timedelta(days=draw(st.integers(-6, 6)))
    minutes = draw(st.integers(0, 24 * 60 - 1))
    now = datetime.combine(today, time(minutes // 60, minutes % 60), tzinfo=zone).astimezone(UTC)
    today = now.astimezone(zone).date()
    hours = draw(st.lists(st.integers(0, 14 * 24), max_size=6, unique=True))
    starts = [now - timedelta(hours=number) for number in hours]
    sessions = [
        DoneSession(start, start.astimezone(zone).date(), draw(st.sampled_from(Size))) for start in starts
    ]
    days = {
        on: Day(on, draw(st.sampled_from(KINDS)), ())
        for on in (today - timedelta(days=number) for number in range(draw(st.integers(0, 10))))
    }
    weights = st.lists(st.integers(0, 5), min_size=len(KINDS), max_size=len(KINDS)).filter(any)
    chances = {
        weekday: {kind: weight / sum(row) for kind, weight in zip(KINDS, row, strict=True)}
        for weekday in range(7)
        for row in [draw(weights)]
    }
    quiet_from, quiet_until, slot = (
        time(draw(st.integers(0, 23)), draw(st.sampled_from([0, 30]))) for _ in range(3)
    )
    prefs = Preferences(
        target_per_week=draw(st.integers(1, 4)),
        week_starts_on=draw(st.sampled_from([0, 6])),
        weekday_slot=slot,
        quiet_from=quiet_from,
        quiet_until=quiet_until,
        never_weekdays=frozenset(draw(st.lists(st.integers(0, 6), max_size=3))),
        never_hours=draw(some_never_hours()),
    )
    races = [today + timedelta(days=number) for number in draw(st.lists(st.integers(-7, 9), max_size=2))]
    return {
        "days": days,
        "habits": PlainHabits(chances, later=draw(st.floats(0, 1))),
        "done": sessions,
        "kept": (),
        "today": today,
        "now": now,
        "zone": zone,
        "prefs": prefs,
        "rules": PLAN_RULES,
        "races": [Race(on) for on in races],
    }


@given(plans())
def test_any_plan_keeps_distance_avoids_no_go_days_and_stays_within_the_target(case: dict[str, Any]) -> None:
    week = plan_week(**case)
    zone, days, prefs = case["zone"], case["days"], case["prefs"]
    races = [race.on for race in case["races"]]
    assert sum(session.size.credit for session in week.planned) <= week.need
    assert len(week.planned) + len(week.done) <= max(PLAN_RULES.sessions_per_week_max, len(week.done))
    assert all(later.on - earlier.on >= timedelta(days=2) for earlier, later in pairwise(week.planned))
    for session in week.planned:
        assert case["today"] <= session.on <= week.ends_on
        assert session.on.weekday() not in prefs.never_weekdays
        known = days.get(session.on)
        assert known is None or known.kind not in NO_GO_KINDS
        assert session.on not in races
        assert session.on + timedelta(days=1) not in races
        earliest = case["now"] if session.on == case["today"] else slot(session.on, prefs, zone)
        full_before = [day_start(race, zone) - earliest for race in races if race > session.on]
        assert session.size is Size.MINI or all(wait >= timedelta(hours=48) for wait in full_before)
        day_ends = datetime.combine(session.on + timedelta(days=1), time(0), tzinfo=zone).astimezone(UTC)
        for earlier in case["done"]:
            hours = 20 if session.size is earlier.size is Size.MINI else 40
            assert day_ends - earlier.at > timedelta(hours=hours)
            assert earlier.on != session.on


@given(plans())
def test_a_day_is_planned_only_if_it_has_an_open_hour_from_the_runners_own_on(case: dict[str, Any]) -> None:
    week = plan_week(**case)
    zone, prefs = case["zone"], case["prefs"]
    for session in week.planned:
        known = case["days"].get(session.on)
        if session.on == case["today"] and known and known.kind is DayKind.RUN_EASY:
            continue  # it follows the run, at any hour
        opens = max(slot(session.on, prefs, zone), case["now"])
        minutes = (day_start(session.on + timedelta(days=1), zone) - opens) // timedelta(minutes=1)
        assert any(not is_shut(opens + timedelta(minutes=n), prefs, zone) for n in range(minutes + 1))


def test_a_day_whose_evening_never_suits_is_left_out_of_the_plan() -> None:
    prefs = Preferences(never_hours=(NeverHours(frozenset({0, 3}), time(18), time(22)),))
    week = a_week("2030-05-06 05:00", habits=ALL_REST, prefs=prefs)
    assert days_of(week) == [TUE, FRI]


@pytest.mark.parametrize(("until", "days"), [(time(20, 30), [MONDAY, THU]), (time(20, 59), [MONDAY, THU])])
def test_hours_that_never_suit_and_end_before_the_night_leave_the_day(
    until: time, days: list[date]
) -> None:
    prefs = Preferences(never_hours=(NeverHours(frozenset(range(7)), time(8), until),))
    assert days_of(a_week("2030-05-06 05:00", habits=ALL_REST, prefs=prefs)) == days


@given(plans())
def test_the_same_facts_give_the_same_plan(case: dict[str, Any]) -> None:
    assert plan_week(**case) == plan_week(**case)


@given(plans())
def test_a_kept_plan_never_loses_its_first_days(case: dict[str, Any]) -> None:
    first = plan_week(**case)
    again = plan_week(
        **case | {"kept": [PlannedSession(s.on, first.starts_on, s.size) for s in first.planned]}
    )
    stayed = {session.on for session in first.planned} & {session.on for session in again.planned}
    assert all(s.original_on == first.starts_on for s in again.planned if s.on in stayed) or first.done
