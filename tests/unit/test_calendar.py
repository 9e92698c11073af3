from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.calendar import (
    Aim,
    Away,
    CalendarError,
    Distance,
    Race,
    Why,
    aim_of,
    asks_if_still_hurt,
    away_on,
    back_on,
    check_away,
    check_race,
    ended,
    joined,
    parse_calendar_rules,
    rest_after,
    silent_on,
    without_a_slot,
)
from service.domain.days import DayKind
from service.domain.planner import Size, Week
from service.domain.preferences import NeverHours, Preferences
from service.domain.prompting import Ask, Silence
from tests.builders_week import (
    MONDAY,
    PLAN_RULES,
    ROME,
    RULES_FILE,
    a_day,
    a_week,
    at,
    days_after,
    decision,
    done,
    some_habits,
)

RULES = PLAN_RULES.calendar
TUE, WED, THU, FRI, SAT, SUN = (days_after(MONDAY, number) for number in range(1, 7))
LAST_SUNDAY, NEXT_MONDAY = days_after(MONDAY, -1), days_after(MONDAY, 7)
RESTFUL = some_habits(always=DayKind.REST)


def holiday(first_on: date, last_on: date | None) -> Away:
    return Away(first_on, last_on, Why.HOLIDAY)


def easing(first_on: date, last_on: date) -> Away:
    return Away(first_on, last_on, Why.EASE_OFF)


def aim(wished: int, *away: Away, resting: Sequence[date] = ()) -> Aim:
    return aim_of(MONDAY, wished, away, resting, RULES)


def days_of(week: Week) -> list[date]:
    return [session.on for session in week.planned]


def cause(decided: Ask | Silence) -> str:
    assert isinstance(decided, Silence), decided
    return decided.reason.rule.removeprefix("prompt.")


# --- days -----------------------------------------------------------------------------------------


def test_both_ends_of_a_time_away_belong_to_it() -> None:
    away = holiday(TUE, THU)
    assert [away.holds(on) for on in (MONDAY, TUE, THU, FRI)] == [False, True, True, False]
    assert Away(TUE, None, Why.INJURED).holds(days_after(MONDAY, 3000))


def test_of_several_the_gravest_is_told_and_easing_off_is_not_silent() -> None:
    hurt, gentle = Away(WED, None, Why.INJURED), easing(MONDAY, SUN)
    both = (gentle, holiday(MONDAY, FRI), hurt)
    assert away_on(both, THU) is hurt
    assert away_on(both, SUN) is hurt
    assert silent_on((gentle,), TUE) is None
    assert away_on((gentle,), TUE) is gentle


@pytest.mark.parametrize(
    ("away", "back"),
    [
        ((), MONDAY),
        ((holiday(MONDAY, WED),), THU),
        ((holiday(MONDAY, WED), Away(THU, FRI, Why.ILL)), SAT),
        ((holiday(MONDAY, WED), Away(TUE, None, Why.INJURED)), None),
        ((easing(MONDAY, WED),), MONDAY),
        ((holiday(TUE, WED),), MONDAY),
    ],
)
def test_the_day_of_return_lies_after_all_that_follow_each_other(
    away: tuple[Away, ...], back: date | None
) -> None:
    assert back_on(away, MONDAY) == back


def test_an_injury_is_asked_about_on_its_seventh_day_and_once() -> None:
    hurt = Away(MONDAY, None, Why.INJURED)
    assert not asks_if_still_hurt(hurt, days_after(MONDAY, 6), RULES)
    assert asks_if_still_hurt(hurt, days_after(MONDAY, 7), RULES)
    answered = Away(MONDAY, None, Why.INJURED, answered_on=days_after(MONDAY, 7))
    assert not asks_if_still_hurt(answered, days_after(MONDAY, 30), RULES)
    assert not asks_if_still_hurt(Away(MONDAY, None, Why.ILL), days_after(MONDAY, 30), RULES)


# --- what is left of a week -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last_on", "two", "three", "excused"),
    [
        (MONDAY, 1, 2, False),
        (WED, 1, 1, False),
        (THU, 0, 1, True),
        (FRI, 0, 0, True),
        (SUN, 0, 0, True),
    ],
)
def test_the_target_shrinks_by_the_days_away_rounded_down(
    last_on: date, two: int, three: int, excused: bool
) -> None:
    assert aim(2, holiday(MONDAY, last_on)) == Aim(two, excused, 0)
    assert aim(3, holiday(MONDAY, last_on)) == Aim(three, excused, 0)


def test_a_short_race_takes_nothing_off_and_a_marathon_nearly_all() -> None:
    assert aim(2, resting=[MONDAY, TUE]) == Aim(2, False, 0)
    assert aim(2, resting=[MONDAY, TUE, WED, THU, FRI, SAT]) == Aim(1, True, 0)


def test_easing_off_leaves_room_for_one_mini() -> None:
    assert aim(2, easing(MONDAY, SUN)) == Aim(0, True, 1)
    assert aim(2, easing(FRI, SUN)) == Aim(1, False, 1)
    assert aim(2, easing(MONDAY, SUN), holiday(MONDAY, SUN)) == Aim(0, True, 0)


aways = st.lists(
    st.builds(
        lambda first, length, why: Away(
            days_after(MONDAY, first), None if length < 0 else days_after(MONDAY, first + length), why
        ),
        st.integers(-20, 10),
        st.integers(-1, 12),
        st.sampled_from(Why),
    ),
    max_size=4,
).map(tuple)
weekdays = st.frozensets(st.integers(0, 6)).map(lambda numbers: [days_after(MONDAY, n) for n in numbers])


@given(st.integers(1, 7), aways, weekdays)
def test_any_week_asks_for_no_more_than_its_share_of_days(
    wished: int, away: tuple[Away, ...], resting: list[date]
) -> None:
    found = aim(wished, *away, resting=resting)
    days = [days_after(MONDAY, number) for number in range(7)]
    free = sum(away_on(away, on) is None for on in days)
    open_days = sum(away_on(away, on) is None and on not in resting for on in days)
    assert 0 <= found.sessions <= wished * free / 7
    assert found.sessions <= (open_days + 1) // 2
    assert found.excused is (open_days <= 3)
    assert found.minis <= 1
    if free == 7 and not resting:
        assert found == Aim(min(wished, 4), False, 0)
    if free == 0:
        assert found.sessions == 0
    if not resting and wished <= 3:
        assert found.sessions > wished * free / 7 - 1


@given(st.integers(1, 4), aways, aways, weekdays)
def test_more_time_away_never_asks_for_more(
    wished: int, away: tuple[Away, ...], more: tuple[Away, ...], resting: list[date]
) -> None:
    before, after = aim(wished, *away, resting=resting), aim(wished, *away, *more, resting=resting)
    assert after.sessions <= before.sessions
    assert after.excused >= before.excused


@given(aways, st.integers(-25, 25))
def test_the_day_of_return_is_free_and_none_before_it_is(away: tuple[Away, ...], number: int) -> None:
    today = days_after(MONDAY, number)
    back = back_on(away, today)
    until = back or days_after(today, 60)
    assert all(silent_on(away, days_after(today, n)) for n in range((until - today).days))
    assert back is None or silent_on(away, back) is None


# --- entering -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("race", "rule"),
    [
        (Race(LAST_SUNDAY), "race_over"),
        (Race(days_after(MONDAY, 367)), "race_far"),
        (Race(SUN, Distance.HALF), "race_twice"),
        (Race(SUN), "race_twice"),
    ],
)
def test_a_race_that_cannot_be_is_named(race: Race, rule: str) -> None:
    with pytest.raises(CalendarError) as caught:
        check_race(race, [Race(SUN, Distance.MARATHON)], MONDAY, RULES)
    assert caught.value.rule == rule


def test_a_race_today_in_a_year_or_entered_once_more_is_fine() -> None:
    for race in (Race(MONDAY), Race(days_after(MONDAY, 366)), Race(SUN, Distance.MARATHON)):
        check_race(race, [Race(SUN, Distance.MARATHON)], MONDAY, RULES)


@pytest.mark.parametrize(
    ("away", "rule"),
    [
        (holiday(FRI, THU), "away_order"),
        (holiday(days_after(MONDAY, -5), LAST_SUNDAY), "away_over"),
        (holiday(days_after(MONDAY, -15), FRI), "away_early"),
        (holiday(MONDAY, days_after(MONDAY, 367)), "away_far"),
        (Away(days_after(MONDAY, 367), None, Why.INJURED), "away_far"),
        (holiday(MONDAY, None), "away_open"),
        (Away(MONDAY, None, Why.EASE_OFF), "away_open"),
        (easing(MONDAY, TUE), "ease_off_days"),
        (easing(MONDAY, days_after(MONDAY, 14)), "ease_off_days"),
        (holiday(MONDAY, date.max), "away_far"),
        (holiday(date.min, FRI), "away_early"),
    ],
)
def test_a_time_away_that_cannot_be_is_named(away: Away, rule: str) -> None:
    with pytest.raises(CalendarError) as caught:
        check_away(away, MONDAY, RULES)
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    "away",
    [
        holiday(MONDAY, MONDAY),
        holiday(days_after(MONDAY, -14), MONDAY),
        holiday(MONDAY, days_after(MONDAY, 366)),
        easing(MONDAY, WED),
        easing(MONDAY, days_after(MONDAY, 13)),
        Away(MONDAY, None, Why.ILL),
    ],
)
def test_a_time_away_within_its_limits_is_fine(away: Away) -> None:
    check_away(away, MONDAY, RULES)


def test_times_of_one_kind_that_meet_become_one() -> None:
    stored = (holiday(MONDAY, WED), holiday(SAT, NEXT_MONDAY), Away(TUE, None, Why.ILL))
    assert joined(holiday(WED, SAT), stored) == (holiday(MONDAY, NEXT_MONDAY), stored[:2])
    assert joined(holiday(THU, FRI), stored) == (holiday(THU, FRI), ())
    assert joined(Away(THU, None, Why.ILL), stored) == (Away(TUE, None, Why.ILL), stored[2:])


@given(aways, st.sampled_from(Why), st.integers(-10, 10), st.integers(0, 9))
def test_what_was_joined_covers_all_of_it_and_joining_twice_changes_nothing(
    stored: tuple[Away, ...], why: Why, first: int, length: int
) -> None:
    wished = Away(days_after(MONDAY, first), days_after(MONDAY, first + length), why)
    away, met = joined(wished, stored)
    for number in range(-25, 40):
        on = days_after(MONDAY, number)
        if any(each.holds(on) for each in (wished, *met)):
            assert away.holds(on)
    rest = tuple(each for each in stored if each not in met)
    assert joined(wished, (*rest, away))[0].holds(wished.first_on)
    assert joined(away, (away,)) == (away, (away,))


# --- coming back ----------------------------------------------------------------------------------


def test_whoever_is_back_is_back_today() -> None:
    assert ended(holiday(MONDAY, SUN), THU, RULES) == holiday(MONDAY, WED)
    assert ended(Away(MONDAY, None, Why.INJURED), THU, RULES) == Away(MONDAY, WED, Why.INJURED)


def test_what_began_today_or_has_not_begun_never_was() -> None:
    assert ended(holiday(THU, SUN), THU, RULES) is None
    assert ended(holiday(FRI, SUN), THU, RULES) is None
    assert ended(Away(FRI, None, Why.ILL), THU, RULES) is None


def test_after_an_illness_two_days_without_symptoms_follow_unless_the_runner_insists() -> None:
    well = ended(Away(MONDAY, None, Why.ILL), WED, RULES)
    assert well == Away(MONDAY, FRI, Why.ILL)
    assert ended(well, WED, RULES) == well
    assert ended(well, THU, RULES) == well
    assert ended(well, THU, RULES, at_once=True) == Away(MONDAY, WED, Why.ILL)


def test_what_is_over_stays_as_it_was() -> None:
    assert ended(holiday(MONDAY, TUE), THU, RULES) == holiday(MONDAY, TUE)


# --- rest after races -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("distance", "hours"),
    [
        (Distance.SHORT, 48),
        (Distance.HALF, 72),
        (Distance.MARATHON, 168),
        (Distance.ULTRA, 336),
        (None, 72),
    ],
)
def test_legs_rest_by_the_distance(distance: Distance | None, hours: int) -> None:
    assert rest_after(distance, RULES) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("distance", "first"), [(Distance.SHORT, TUE), (Distance.HALF, WED), (Distance.MARATHON, SUN)]
)
def test_the_week_after_a_race_begins_when_the_legs_have_rested(distance: Distance, first: date) -> None:
    days = {LAST_SUNDAY: a_day(LAST_SUNDAY, DayKind.RACE, "11:00")}
    week = a_week("2030-05-06 05:00", days=days, habits=RESTFUL, races=[Race(LAST_SUNDAY, distance)])
    assert days_of(week)[0] == first
    assert (week.target, week.excused) == ((1, True) if distance is Distance.MARATHON else (2, False))


def test_after_an_ultra_two_weeks_are_out_of_the_count() -> None:
    ultra = [Race(LAST_SUNDAY, Distance.ULTRA)]
    for now in ("2030-05-06 05:00", "2030-05-13 05:00"):
        week = a_week(now, habits=RESTFUL, races=ultra)
        assert (week.target, week.excused, week.planned) == (0, True, ())
    assert a_week("2030-05-20 05:00", habits=RESTFUL, races=ultra).target == 2


def test_a_race_later_in_the_week_leaves_no_day_after_it_that_belongs_to_the_rest() -> None:
    week = a_week("2030-05-06 05:00", habits=RESTFUL, races=[Race(WED, Distance.HALF)])
    assert all(on not in (THU, FRI, SAT) for on in days_of(week))


# --- weeks and prompts around a time away ---------------------------------------------------------


def test_after_a_holiday_the_rest_of_the_week_asks_for_its_share() -> None:
    week = a_week("2030-05-08 05:00", habits=RESTFUL, away=[holiday(LAST_SUNDAY, TUE)])
    assert (week.target, week.excused) == (1, False)
    assert days_of(week) == [WED]


def test_a_week_with_little_left_asks_for_nothing_and_says_so() -> None:
    away = [holiday(LAST_SUNDAY, FRI)]
    week = a_week("2030-05-11 05:00", habits=RESTFUL, away=away)
    assert (week.target, week.excused, week.planned) == (0, True, ())
    assert cause(decision("2030-05-11 11:00", DayKind.REST, habits=RESTFUL, away=away)) == "week_off"


def test_during_a_pause_nothing_is_planned_and_the_day_after_it_may_be() -> None:
    week = a_week("2030-05-06 05:00", habits=RESTFUL, away=[holiday(LAST_SUNDAY, NEXT_MONDAY)])
    assert week.planned == ()
    assert week.ahead_on == days_after(NEXT_MONDAY, 1)


def test_easing_off_asks_for_a_mini_also_after_an_easy_run() -> None:
    away = [easing(MONDAY, SUN)]
    week = a_week("2030-05-06 05:00", habits=RESTFUL, away=away)
    assert [session.size for session in week.planned] == [Size.MINI]
    ask = decision("2030-05-09 08:05", DayKind.RUN_EASY, "07:52", away=away)
    assert isinstance(ask, Ask)
    assert ask.size is Size.MINI


def test_easing_off_asks_for_no_whole_session_where_the_week_would_have_one() -> None:
    ask = decision("2030-05-10 08:05", DayKind.RUN_EASY, "07:52", away=[easing(FRI, SUN)])
    assert isinstance(ask, Ask)
    assert ask.size is Size.MINI


@pytest.mark.parametrize("size", [Size.FULL, Size.MINI])
def test_easing_off_asks_once_a_week_at_most(size: Size) -> None:
    sessions = [done("2030-05-06 18:00", size)]
    easy = decision("2030-05-11 08:05", DayKind.RUN_EASY, "07:52", done=sessions, away=[easing(MONDAY, SUN)])
    assert cause(easy) == "ease_off"
    later = decision("2030-05-11 08:05", DayKind.RUN_EASY, "07:52", done=sessions, away=[easing(FRI, SUN)])
    assert cause(later) == "ease_off"


def test_a_done_race_week_says_that_it_is_one() -> None:
    silence = decision(
        "2030-05-09 18:30",
        DayKind.REST,
        habits=RESTFUL,
        done=[done("2030-05-06 18:00")],
        races=[Race(SUN)],
    )
    assert cause(silence) == "race_week"


# --- settings without an hour ---------------------------------------------------------------------


def never(from_: time, until: time, *, weekdays: Iterable[int] = range(7), **others: Any) -> Preferences:
    return Preferences(never_hours=(NeverHours(frozenset(weekdays), from_, until),), **others)


@pytest.mark.parametrize(
    ("prefs", "found"),
    [
        (Preferences(), ""),
        (Preferences(never_weekdays=frozenset(range(7))), "days"),
        (Preferences(never_weekdays=frozenset(range(6))), ""),
        (Preferences(quiet_from=time(7, 30), quiet_until=time(7, 29)), "hours"),
        (Preferences(quiet_from=time(0), quiet_until=time(23, 59)), "hours"),
        (Preferences(quiet_from=time(0), quiet_until=time(23, 45)), ""),
        (Preferences(quiet_from=time(18), quiet_until=time(7, 30)), ""),
        (
            Preferences(quiet_from=time(18), quiet_until=time(7, 30), never_weekdays=frozenset({5, 6})),
            "hours",
        ),
        (Preferences(quiet_from=time(0), quiet_until=time(0)), ""),
        (never(time(7), time(21)), "never_hours"),
        (never(time(7), time(20, 55)), "never_hours"),  # no time for a session is left before the night
        (never(time(7), time(20, 45)), ""),
        (never(time(7), time(21), weekdays=range(5)), ""),  # at the weekend
        (never(time(7), time(21), weekdays=range(5), never_weekdays=frozenset({5, 6})), "never_hours"),
        (never(time(18), time(22), weekdays=range(6), weekend_slot=time(19)), ""),  # on Sunday
        (never(time(18), time(2), quiet_until=time(21), weekend_slot=time(20)), "never_hours"),
        (never(time(9), time(9), quiet_until=time(21)), ""),
    ],
)
def test_settings_that_leave_no_hour_are_found(prefs: Preferences, found: str) -> None:
    assert without_a_slot(prefs) == found


def test_settings_that_leave_no_hour_are_said_and_never_a_silent_nothing() -> None:
    no_days = Preferences(never_weekdays=frozenset(range(7)))
    no_hours = Preferences(quiet_from=time(7, 30), quiet_until=time(7, 29))
    assert cause(decision("2030-05-09 12:00", prefs=no_days)) == "no_days"
    assert cause(decision("2030-05-09 12:00", prefs=no_hours)) == "no_hours"
    assert cause(decision("2030-05-09 12:00", prefs=never(time(7), time(21)))) == "no_never_hours"


# --- rules ----------------------------------------------------------------------------------------


def test_rules_that_make_no_sense_are_named() -> None:
    table = RULES_FILE["calendar"]
    with pytest.raises(ValueError, match=r"calendar\.excused_from_days"):
        parse_calendar_rules({"calendar": table | {"excused_from_days": 8}})
    with pytest.raises(ValueError, match=r"calendar\.ease_off_days"):
        parse_calendar_rules({"calendar": table | {"ease_off_days": [0, 3]}})
    with pytest.raises(ValueError, match=r"calendar\.after_race\.half_h is missing"):
        parse_calendar_rules({"calendar": table | {"after_race": {"short_h": 48.0}}})


def test_a_race_known_by_its_day_rests_from_the_end_of_it() -> None:
    limits = a_week("2030-05-06 05:00", races=[Race(LAST_SUNDAY, Distance.SHORT)]).limits
    assert limits.rests == ((at("2030-05-06 00:00"), at("2030-05-08 00:00")),)
    assert limits.resting_on(TUE, ROME)
    assert not limits.resting_on(WED, ROME)
