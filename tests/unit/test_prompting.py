import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.activity import Reason
from service.domain.calendar import Away, Race, Why
from service.domain.days import Day, DayKind
from service.domain.planner import NO_GO_KINDS, DoneSession, PlannedSession, Size, plan_week, week_start
from service.domain.preferences import NeverHours, Preferences
from service.domain.prompting import (
    Ask,
    NextMoment,
    PastPrompt,
    Silence,
    Trigger,
    Wording,
    decide,
    later_time,
    parse_prompt_rules,
    snooze,
)
from service.words import Words
from tests.builders_week import (
    CONFIG,
    MONDAY,
    PLAN_RULES,
    PROMPT_RULES,
    ROME,
    RULES_FILE,
    WORDS,
    ZONES,
    PlainHabits,
    a_day,
    a_week,
    at,
    days_after,
    decision,
    done,
    is_shut,
    sent,
    some_habits,
    some_never_hours,
    wall,
)

NO_QUIET = Preferences(quiet_from=time(0), quiet_until=time(0))
TUE, WED, THU, FRI, SAT, SUN = (days_after(MONDAY, number) for number in range(1, 7))
RESTFUL = some_habits(always=DayKind.REST)


def asked(decided: Ask | Silence) -> Ask:
    assert isinstance(decided, Ask), decided
    return decided


def silent(decided: Ask | Silence) -> Silence:
    assert isinstance(decided, Silence), decided
    return decided


def cause(decided: Ask | Silence) -> str:
    return silent(decided).reason.rule.removeprefix("prompt.")


# --- after an easy run ----------------------------------------------------------------------------


def test_an_easy_run_asks_ten_minutes_after_its_end() -> None:
    ask = asked(decision("2030-05-09 07:54", DayKind.RUN_EASY, "07:52"))
    assert (ask.trigger, ask.size, ask.wording) == (Trigger.EASY_RUN, Size.FULL, Wording.CERTAIN)
    assert (wall(ask.send_at), wall(ask.send_by)) == ("2030-05-09 08:02", "2030-05-09 08:52")
    assert wall(ask.valid_until) == "2030-05-09 10:52"
    assert (ask.local_on, ask.activity_id) == (THU, 7)
    assert ask.reasons[0] == Reason("prompt.after_run", facts={"finished": "07:52"})


def test_an_easy_run_heard_of_half_an_hour_later_asks_at_once() -> None:
    assert wall(asked(decision("2030-05-09 08:30", DayKind.RUN_EASY, "07:52")).send_at) == "2030-05-09 08:30"


def test_an_easy_run_on_a_day_that_was_not_planned_still_asks() -> None:
    habits = some_habits(tue=DayKind.RUN_HARD)
    assert TUE not in [session.on for session in a_week("2030-05-07 05:00", habits=habits).planned]
    assert (
        asked(decision("2030-05-07 08:00", DayKind.RUN_EASY, "07:45", habits=habits)).trigger
        is Trigger.EASY_RUN
    )


def test_an_easy_run_heard_of_too_late_joins_the_evening_with_an_if() -> None:
    silence = silent(decision("2030-05-09 12:00", DayKind.RUN_EASY, "08:00"))
    assert (cause(silence), wall(silence.look_again_at or at("2030-01-01"))) == (
        "waiting",
        "2030-05-09 18:30",
    )
    ask = asked(decision("2030-05-09 18:30", DayKind.RUN_EASY, "08:00"))
    assert (ask.trigger, ask.wording, ask.activity_id) == (Trigger.EASY_RUN, Wording.CONDITIONAL, None)


def test_a_run_that_ends_in_quiet_hours_asks_at_their_end_if_that_is_soon_enough() -> None:
    assert wall(asked(decision("2030-05-09 06:50", DayKind.RUN_EASY, "06:40")).send_at) == "2030-05-09 07:30"
    assert cause(decision("2030-05-09 06:10", DayKind.RUN_EASY, "06:00")) == "waiting"
    assert cause(decision("2030-05-09 20:56", DayKind.RUN_EASY, "20:55")) == "quiet"


def test_no_second_prompt_on_a_day() -> None:
    past = [sent("2030-05-09 08:02", "not_today")]
    assert cause(decision("2030-05-09 19:00", DayKind.RUN_EASY, "18:45", past=past)) == "asked_today"


def test_too_soon_after_the_last_session_names_the_gap_and_the_end_of_it() -> None:
    silence = silent(decision("2030-05-07 18:45", DayKind.RUN_EASY, "18:30", done=[done("2030-05-06 18:00")]))
    assert (cause(silence), silence.reason.facts) == ("gap", {"hours": 25.0, "gap_h": 40.0})


def test_a_run_just_before_the_gap_ends_waits_for_the_evening() -> None:
    silence = silent(decision("2030-05-08 08:00", DayKind.RUN_EASY, "07:45", done=[done("2030-05-06 18:00")]))
    assert wall(silence.look_again_at or at("2030-01-01")) == "2030-05-08 18:30"


def test_a_half_session_left_asks_for_a_mini() -> None:
    sessions = [done("2030-05-06 18:00"), done("2030-05-08 18:40", Size.MINI)]
    assert asked(decision("2030-05-11 12:00", DayKind.RUN_EASY, "11:45", done=sessions)).size is Size.MINI


def test_two_days_before_a_race_only_a_mini_is_asked_for() -> None:
    assert asked(decision("2030-05-10 08:00", DayKind.RUN_EASY, "07:45", races=[Race(SUN)])).size is Size.MINI
    assert cause(decision("2030-05-11 08:00", DayKind.RUN_EASY, "07:45", races=[Race(SUN)])) == "before_race"


def test_past_midnight_the_run_still_asks_for_its_own_day() -> None:
    yesterday = a_day(WED, DayKind.RUN_EASY, "23:53")
    ask = asked(decision("2030-05-09 00:05", prefs=NO_QUIET, yesterday=yesterday, days={WED: yesterday}))
    assert (ask.local_on, wall(ask.send_at), ask.trigger) == (WED, "2030-05-09 00:05", Trigger.EASY_RUN)
    assert ask.valid_until > ask.send_by > ask.send_at


def test_past_midnight_nothing_is_asked_if_the_runs_day_had_its_prompt() -> None:
    yesterday = a_day(WED, DayKind.RUN_EASY, "23:53")
    decided = decision(
        "2030-05-09 00:05",
        prefs=NO_QUIET,
        yesterday=yesterday,
        days={WED: yesterday},
        past=[sent("2030-05-08 12:00", "no")],
    )
    assert isinstance(decided, Silence)


def test_past_midnight_quiet_hours_win() -> None:
    yesterday = a_day(WED, DayKind.RUN_EASY, "23:53")
    assert isinstance(decision("2030-05-09 00:05", yesterday=yesterday, days={WED: yesterday}), Silence)


def test_the_runners_day_may_last_beyond_midnight() -> None:
    evening = a_day(WED, DayKind.RUN_EASY, "23:53")
    week = a_week("2030-05-08 23:59", prefs=NO_QUIET, days={WED: evening})

    def at_night(now: str) -> Ask | Silence:
        return decide(
            today=evening,
            yesterday=evening,
            week=week,
            habits=some_habits(),
            past=(),
            prefs=NO_QUIET,
            now=at(now),
            zone=ROME,
            rules=PROMPT_RULES,
        )

    assert asked(at_night("2030-05-09 00:30")).local_on == WED
    assert cause(at_night("2030-05-09 01:30")) == "day_over"


# --- never after hard work ------------------------------------------------------------------------


@pytest.mark.parametrize("kind", sorted(NO_GO_KINDS))
def test_hard_long_and_race_days_are_silent_and_name_the_next_moment(kind: DayKind) -> None:
    habits = some_habits(tue=kind, thu=DayKind.RUN_EASY, wed=DayKind.RUN_HARD, finish=time(8, 0))
    silence = silent(decision("2030-05-07 08:00", kind, "07:50", habits=habits))
    assert cause(silence) == kind.value
    assert wall(silence.look_again_at or at("2030-01-01")) == "2030-05-08 05:00"
    if kind is not DayKind.RACE:
        assert silence.next == NextMoment(THU, DayKind.RUN_EASY, time(8, 0))


def test_an_unsure_run_asks_the_runner_not_for_a_session() -> None:
    assert cause(decision("2030-05-07 08:00", DayKind.RUN_UNSURE, "07:50")) == "run_unsure"


# --- rest days ------------------------------------------------------------------------------------


def test_a_declared_rest_day_asks_at_the_runners_hour() -> None:
    ask = asked(decision("2030-05-06 19:30", DayKind.REST, habits=RESTFUL))
    assert (ask.trigger, ask.wording) == (Trigger.REST_DAY, Wording.CERTAIN)
    assert wall(ask.valid_until) == "2030-05-06 21:00"


def test_before_the_hour_today_waits_and_says_so() -> None:
    silence = silent(decision("2030-05-06 09:00", habits=RESTFUL))
    assert cause(silence) == "waiting"
    assert silence.next == NextMoment(MONDAY, DayKind.REST, time(18, 30))


def test_an_open_day_asks_with_an_if_where_a_run_is_unlikely() -> None:
    ask = asked(decision("2030-05-06 18:30", habits=some_habits(later=0.3)))
    assert (ask.trigger, ask.wording) == (Trigger.REST_DAY, Wording.CONDITIONAL)


def test_an_open_day_waits_for_the_hour_of_rest_where_a_run_is_likely() -> None:
    habits = some_habits(later=0.5)
    silence = silent(decision("2030-05-06 18:30", habits=habits))
    assert (cause(silence), wall(silence.look_again_at or at("2030-01-01"))) == (
        "waiting",
        "2030-05-06 19:30",
    )


def test_a_rest_day_with_a_better_day_ahead_is_silent() -> None:
    sessions = [done("2030-05-06 18:00")]
    habits = some_habits(
        wed={DayKind.REST: 0.5, DayKind.RUN_HARD: 0.5}, thu=DayKind.RUN_EASY, fri=DayKind.RUN_EASY
    )
    silence = silent(decision("2030-05-08 18:30", habits=habits, done=sessions))
    assert cause(silence) == "better_day"


HARD_WEEK = some_habits(later=0.2, always=DayKind.RUN_HARD, mon={DayKind.REST: 0.3, DayKind.RUN_HARD: 0.7})


def test_a_rest_day_that_was_not_planned_is_taken_where_few_good_days_are_to_come() -> None:
    ask = asked(decision("2030-05-08 19:45", DayKind.REST, habits=HARD_WEEK))
    assert (ask.trigger, ask.size, ask.local_on) == (Trigger.REST_DAY, Size.FULL, days_after(MONDAY, 2))


def test_a_rest_day_is_spoken_of_in_conditional_words_where_this_runner_starts_late_too_often() -> None:
    late = some_habits(later=0.2, rest_from=time(23, 0))
    ask = asked(decision("2030-05-06 19:30", DayKind.REST, habits=late))
    assert (ask.trigger, ask.wording) == (Trigger.REST_DAY, Wording.CONDITIONAL)


def test_after_an_unsure_run_on_the_last_day_the_evening_asks_with_an_if() -> None:
    sunday = "2030-05-12"
    afternoon = silent(decision(f"{sunday} 12:00", DayKind.RUN_UNSURE, "09:00", habits=HARD_WEEK))
    assert (cause(afternoon), wall(afternoon.look_again_at or at("2030-01-01"))) == (
        "run_unsure",
        f"{sunday} 18:30",
    )
    evening = asked(decision(f"{sunday} 18:30", DayKind.RUN_UNSURE, "09:00", habits=HARD_WEEK))
    assert (evening.trigger, evening.wording, evening.size) == (
        Trigger.FALLBACK,
        Wording.CONDITIONAL,
        Size.FULL,
    )


def test_easy_cross_training_on_a_planned_day_asks_at_the_hour() -> None:
    ask = asked(decision("2030-05-06 18:40", DayKind.XT_EASY, "12:00"))
    assert (ask.trigger, ask.wording, ask.activity_id) == (Trigger.CROSS_TRAINING, Wording.CERTAIN, None)


def test_hard_cross_training_and_leg_work_are_silent() -> None:
    assert cause(decision("2030-05-06 18:40", DayKind.XT_HARD, "12:00")) == "xt_hard"
    assert cause(decision("2030-05-06 18:40", DayKind.LEGS, "12:00")) == "legs"


def test_at_the_end_of_the_week_a_mini_is_asked_for() -> None:
    ask = asked(
        decision("2030-05-12 17:00", DayKind.XT_HARD, "13:00", done=[done("2030-05-10 20:00", Size.MINI)])
    )
    assert (ask.trigger, ask.size, ask.wording) == (Trigger.FALLBACK, Size.MINI, Wording.CERTAIN)


# --- silent whatever the day ----------------------------------------------------------------------


@pytest.mark.parametrize("why", [Why.HOLIDAY, Why.ILL, Why.INJURED])
def test_a_pause_silences_until_it_ends(why: Why) -> None:
    away = [Away(MONDAY, days_after(MONDAY, 13), why)]
    silence = silent(decision("2030-05-09 08:05", DayKind.RUN_EASY, "07:52", away=away))
    assert (cause(silence), silence.look_again_at) == (why.value, at("2030-05-20 05:00"))
    assert silence.next is None


def test_a_pause_without_an_end_looks_again_tomorrow() -> None:
    silence = silent(decision("2030-05-09 08:05", away=[Away(MONDAY, None, Why.INJURED)]))
    assert (cause(silence), silence.look_again_at) == ("injured", at("2030-05-10 05:00"))


def test_a_done_week_is_silent_and_looks_to_the_next() -> None:
    sessions = [done("2030-05-06 18:00"), done("2030-05-08 18:00")]
    silence = silent(decision("2030-05-11 08:00", DayKind.RUN_EASY, "07:45", done=sessions, habits=RESTFUL))
    assert cause(silence) == "week_done"
    assert silence.next == NextMoment(days_after(MONDAY, 7), DayKind.REST, time(18, 30))
    assert wall(silence.look_again_at or at("2030-01-01")) == "2030-05-13 05:00"


def test_four_prompts_a_week_are_enough() -> None:
    past = [sent(f"2030-05-{day:02} 18:30", "no") for day in (6, 7, 8, 9)]
    assert cause(decision("2030-05-10 08:05", DayKind.RUN_EASY, "07:52", past=past)) == "asked_this_week"
    assert isinstance(decision("2030-05-13 08:05", DayKind.RUN_EASY, "07:52", past=past), Ask)


def test_a_free_weekday_is_left_free() -> None:
    prefs = Preferences(never_weekdays=frozenset({3}))
    assert cause(decision("2030-05-09 08:05", DayKind.RUN_EASY, "07:52", prefs=prefs)) == "never_weekday"


def test_after_two_ignored_prompts_only_the_best_day_gets_one() -> None:
    past = [sent("2030-05-06 18:30"), sent("2030-05-07 18:30")]
    habits = some_habits(wed={DayKind.REST: 0.5, DayKind.RUN_HARD: 0.5}, fri=DayKind.REST, later=0.3)
    assert cause(decision("2030-05-08 18:30", past=past, habits=habits)) == "best_day_only"
    assert isinstance(decision("2030-05-08 08:05", DayKind.RUN_EASY, "07:52", past=past), Ask)


def test_after_two_ignored_prompts_one_a_week_is_all() -> None:
    past = [sent("2030-05-03 18:30"), sent("2030-05-04 18:30"), sent("2030-05-06 18:30")]
    assert cause(decision("2030-05-09 08:05", DayKind.RUN_EASY, "07:52", past=past)) == "best_day_only"


def test_after_four_ignored_prompts_silence_asks_a_question_and_lasts_a_week() -> None:
    past = [sent(f"2030-05-{day:02} 18:30") for day in (3, 5, 7, 8)]
    silence = silent(decision("2030-05-10 08:05", DayKind.RUN_EASY, "07:52", past=past))
    assert (cause(silence), silence.look_again_at) == ("ignored", at("2030-05-15 18:30"))


def test_two_months_count_from_the_first_prompt_also_where_that_was_taken_back() -> None:
    taken_back = sent("2030-03-01 18:30", taken_back=True)
    ignored = [sent(f"2030-{on} 18:30") for on in ("03-20", "04-01", "04-10", "04-20")]
    silence = silent(decision("2030-05-10 08:05", DayKind.RUN_EASY, "07:52", past=[taken_back, *ignored]))
    assert cause(silence) == "dormant"


def test_two_months_without_an_answer_end_all_prompts() -> None:
    past = [sent(f"2030-{month:02}-01 18:30") for month in (1, 2, 3, 4)]
    silence = silent(decision("2030-05-10 08:05", DayKind.RUN_EASY, "07:52", past=past))
    assert (cause(silence), silence.next, silence.look_again_at) == ("dormant", None, None)


def test_an_answer_or_a_session_ends_the_back_off() -> None:
    past = [sent(f"2030-05-{day:02} 18:30") for day in (3, 5, 7)]
    assert isinstance(
        decision("2030-05-10 08:05", DayKind.RUN_EASY, "07:52", past=[*past, sent("2030-05-08 18:30", "no")]),
        Ask,
    )
    decided = decision(
        "2030-05-10 08:05", DayKind.RUN_EASY, "07:52", past=past, done=[done("2030-05-08 07:00")]
    )
    assert isinstance(decided, Ask)


def test_a_prompt_that_was_taken_back_was_not_ignored_but_still_counts_for_its_day() -> None:
    past = [sent("2030-05-06 18:30"), sent("2030-05-07 18:30", taken_back=True)]
    assert isinstance(
        decision("2030-05-08 18:30", past=past, habits=some_habits(later=0.3, fri=DayKind.REST)), Ask
    )
    assert cause(decision("2030-05-07 19:30", DayKind.RUN_EASY, "19:15", past=past)) == "asked_today"


def test_a_prompt_for_a_run_that_was_not_easy_uses_up_neither_the_day_nor_the_week() -> None:
    mistaken = [sent(f"2030-05-{day:02} 08:02", "not_easy", mistaken=True) for day in (6, 7, 8, 9, 10)]

    assert isinstance(decision("2030-05-10 19:30", DayKind.RUN_EASY, "19:15", past=mistaken), Ask)


def test_whoever_says_that_a_run_was_not_easy_has_answered() -> None:
    ignored = [sent("2030-05-05 18:30"), sent("2030-05-07 18:30")]
    answered = sent("2030-05-06 18:30", "not_easy", mistaken=True)
    decided = decision("2030-05-10 08:05", DayKind.RUN_EASY, "07:52", past=[*ignored, answered])

    assert isinstance(decided, Ask)


def test_every_cause_has_its_words() -> None:
    lines, headlines = WORDS["reason"]["prompt"], WORDS["silence"]["headline"]
    code = (CONFIG.parent / "service" / "domain" / "prompting.py").read_text("utf-8")
    causes = {*re.findall(r'silence\(\s*"(\w+)"', code), *NO_GO_KINDS, "xt_hard", "legs", "no_day_left"}
    domain = CONFIG.parent / "service" / "domain"
    planning = "".join((domain / name).read_text("utf-8") for name in ("planner.py", "spacing.py"))
    gates = set(re.findall(r'"plan\.(\w+)"', planning))
    assert {"gap", "race_week"} <= gates
    assert causes <= set(headlines)
    assert set(headlines) <= set(lines)
    assert gates <= set(WORDS["reason"]["plan"])
    assert gates - {"race_week", "minis"} <= set(headlines)


def test_every_trigger_has_its_words() -> None:
    for trigger in Trigger:
        assert trigger.value in WORDS["reason"]["prompt"]
        assert set(WORDS["prompt"][trigger.value]) == {
            f"{size}_{wording}" for size in Size for wording in Wording
        }


def test_what_leaves_the_server_says_nothing_of_an_activity() -> None:
    telling = {"run", "ran", "ride", "rest", "warm", "km", "pace", "heart", "easy", "hard", "training"}
    for size in Size:
        assert len(set(WORDS["message"][size.value]["text"])) >= 6
        for text in (*WORDS["message"][size.value]["title"], *WORDS["message"][size.value]["text"]):
            assert telling.isdisjoint(re.findall(r"[a-z]+", text.lower()))


# --- later ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "choice", "times", "expected"),
    [
        ("2030-05-09 08:05", "1h", 0, "2030-05-09 09:05"),
        ("2030-05-09 20:30", "1h", 0, None),
        ("2030-05-09 08:05", "tonight", 1, "2030-05-09 20:00"),
        ("2030-05-09 20:05", "tonight", 0, None),
        ("2030-05-09 08:05", "tomorrow", 0, "2030-05-10 18:30"),
        ("2030-05-09 08:05", "1h", 2, None),
    ],
)
def test_snoozing(now: str, choice: str, times: int, expected: str | None) -> None:
    later = snooze(choice, at(now), ROME, Preferences(), PROMPT_RULES, times)
    assert (wall(later) if later else None) == expected


def test_an_unknown_snooze_is_refused() -> None:
    with pytest.raises(ValueError, match="next year"):
        snooze("next year", at("2030-05-09 08:05"), ROME, Preferences(), PROMPT_RULES, 0)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2030-05-09 08:02", "2030-05-09 09:30"),
        ("2030-05-09 11:30", "2030-05-09 12:30"),
        ("2030-05-09 06:00", "2030-05-09 18:30"),
        ("2030-05-09 20:10", None),
        ("2030-05-09 23:30", None),
    ],
)
def test_the_button_later_offers_a_round_hour(now: str, expected: str | None) -> None:
    later = later_time(at(now), ROME, Preferences(), PROMPT_RULES)
    assert (wall(later) if later else None) == expected


# --- rules ----------------------------------------------------------------------------------------


def test_a_rule_out_of_order_is_named() -> None:
    with pytest.raises(ValueError, match=r"prompt\.after_run_min"):
        parse_prompt_rules(RULES_FILE | {"prompt": RULES_FILE["prompt"] | {"after_run_min": 90.0}})


SPOKEN = Words({"en": WORDS})

# --- hours that never suit ------------------------------------------------------------------------


def never(from_: time, until: time, *weekdays: int) -> Preferences:
    return Preferences(never_hours=(NeverHours(frozenset(weekdays or range(7)), from_, until),))


def test_a_run_that_ends_in_hours_that_never_suit_asks_at_their_end_if_that_is_soon_enough() -> None:
    prefs = never(time(8), time(9), 3)
    assert wall(asked(decision("2030-05-09 08:20", DayKind.RUN_EASY, "08:10", prefs=prefs)).send_at) == (
        "2030-05-09 09:00"
    )
    late = silent(decision("2030-05-09 07:50", DayKind.RUN_EASY, "07:55", prefs=never(time(8), time(12), 3)))
    assert (cause(late), wall(late.look_again_at or at("2030-01-01"))) == ("waiting", "2030-05-09 18:30")
    assert asked(decision("2030-05-08 08:20", DayKind.RUN_EASY, "08:10", prefs=prefs)).local_on == WED


def test_what_is_offered_after_a_run_ends_where_hours_that_never_suit_begin() -> None:
    prefs = replace(never(time(9), time(17)), quiet_from=time(0), quiet_until=time(0))
    ask = asked(decision("2030-05-09 08:00", DayKind.RUN_EASY, "07:52", prefs=prefs))
    assert wall(ask.valid_until) == "2030-05-09 09:00"
    ask = asked(decision("2030-05-09 08:30", DayKind.RUN_EASY, "08:15", prefs=prefs))
    assert wall(ask.send_by) == "2030-05-09 09:00"


def test_an_hour_that_never_suits_waits_for_its_end_that_day() -> None:
    prefs = never(time(17), time(20, 15))
    noon = silent(decision("2030-05-09 12:00", DayKind.REST, prefs=prefs, habits=RESTFUL))
    assert (cause(noon), noon.reason.facts) == ("waiting", {"hour": "20:15"})
    within = silent(decision("2030-05-09 19:00", DayKind.REST, prefs=prefs, habits=RESTFUL))
    assert cause(within) == "never_hours"
    assert within.next is not None
    assert (within.next.on, within.next.around) == (THU, time(20, 15))
    assert wall(within.look_again_at or at("2030-01-01")) == "2030-05-09 20:15"
    ask = asked(decision("2030-05-09 20:15", DayKind.REST, prefs=prefs, habits=RESTFUL))
    assert wall(ask.valid_until) == "2030-05-09 21:00"


def test_a_day_whose_evening_never_suits_is_told_as_such_and_the_next_is_named_with_its_hour() -> None:
    prefs = Preferences(
        never_hours=(
            NeverHours(frozenset({3}), time(18), time(22)),
            NeverHours(frozenset({4}), time(18), time(19, 30)),
        )
    )
    silence = silent(decision("2030-05-09 19:00", DayKind.RUN_EASY, "11:00", prefs=prefs, habits=RESTFUL))
    assert cause(silence) == "never_hours"
    assert silence.next is not None
    assert (silence.next.on, silence.next.around) == (FRI, time(19, 30))


def test_at_night_it_is_the_quiet_hours_that_are_told() -> None:
    prefs = never(time(20), time(23))
    assert cause(decision("2030-05-09 21:30", DayKind.RUN_EASY, "21:25", prefs=prefs)) == "quiet"


def test_later_never_leads_into_hours_that_never_suit() -> None:
    def later(choice: str, now: str, prefs: Preferences) -> str:
        found = snooze(choice, at(now), ROME, prefs, PROMPT_RULES, 0)
        return wall(found) if found else "never"

    evening = never(time(18), time(20, 30), 3)
    assert later("1h", "2030-05-09 17:30", evening) == "never"
    assert later("1h", "2030-05-09 16:30", evening) == "2030-05-09 17:30"
    assert later("tonight", "2030-05-09 12:00", evening) == "never"
    assert later("tomorrow", "2030-05-08 12:00", evening) == "2030-05-09 20:30"
    assert later("tomorrow", "2030-05-08 12:00", never(time(18), time(22), 3)) == "never"
    assert later_time(at("2030-05-09 17:30"), ROME, evening, PROMPT_RULES) is None


# --- whatever the history: weeks lived through hour by hour ---------------------------------------

CHANGES = [date(2030, 3, 24), date(2030, 10, 20), date(2030, 11, 1), date(2030, 4, 1), date(2030, 9, 24)]


@dataclass
class Life:
    """A runner's weeks: what each day turns into and when, and what the runner does when asked."""

    zone: ZoneInfo
    prefs: Preferences
    habits: Any
    kinds: dict[date, tuple[DayKind, int]]  # what the day becomes, and at which minute of it
    races: list[date]
    answers: list[str | None]  # in the order of the prompts: "done", "mini", another word, or nothing
    step_min: int

    def day(self, on: date, now: datetime) -> Day:
        kind, minute = self.kinds.get(on, (DayKind.REST, 0))
        ends = datetime.combine(on, time(minute // 60, minute % 60), tzinfo=self.zone).astimezone(UTC)
        local = now.astimezone(self.zone)
        if kind not in (DayKind.REST, DayKind.OPEN) and ends <= now:
            return Day(on, kind, (), (1,), ends, 1)
        resting = on < local.date() or local.time() >= self.habits.rest_from
        return Day(on, DayKind.REST if resting else DayKind.OPEN, ())

    def live(self, first: date, days: int) -> tuple[list[tuple[Ask, Day]], list[DoneSession]]:
        asks: list[tuple[Ask, Day]] = []
        past: list[PastPrompt] = []
        sessions: list[DoneSession] = []
        plan: tuple[PlannedSession, ...] = ()
        now = datetime.combine(first, time(0), tzinfo=self.zone).astimezone(UTC)
        end = now + timedelta(days=days)
        while now < end:
            today = now.astimezone(self.zone).date()
            known = {on: self.day(on, now) for on in (today - timedelta(days=n) for n in range(9))}
            week = plan_week(
                days=known,
                habits=self.habits,
                done=sessions,
                kept=plan,
                today=today,
                now=now,
                zone=self.zone,
                prefs=self.prefs,
                rules=PLAN_RULES,
                races=[Race(on) for on in self.races],
            )
            plan = week.planned
            decided = decide(
                today=known[today],
                yesterday=known[today - timedelta(days=1)],
                week=week,
                habits=self.habits,
                past=past,
                prefs=self.prefs,
                now=now,
                zone=self.zone,
                rules=PROMPT_RULES,
            )
            for reason in [decided.reason] if isinstance(decided, Silence) else decided.reasons:
                assert SPOKEN.reason(reason)
            if isinstance(decided, Ask):
                assert now <= decided.send_at <= decided.send_by <= decided.valid_until
                asks.append((decided, known[today]))
                answer = self.answers[len(asks) % len(self.answers)]
                past.append(PastPrompt(decided.local_on, decided.send_at, answer))
                if answer in ("done", "mini"):
                    size = Size.MINI if answer == "mini" else decided.size
                    sessions.append(
                        DoneSession(decided.send_at, decided.send_at.astimezone(self.zone).date(), size)
                    )
                now = max(now, decided.send_at)
            else:
                assert decided.look_again_at is None or decided.look_again_at > now
            now += timedelta(minutes=self.step_min)
        return asks, sessions


@st.composite
def lives(draw: st.DrawFn) -> tuple[Life, date]:
    zone = draw(st.sampled_from(ZONES))
    first = draw(st.sampled_from(CHANGES))
    fates = st.tuples(
        st.sampled_from([*DayKind, DayKind.RUN_EASY, DayKind.REST]), st.integers(0, 24 * 60 - 1)
    )
    kinds = {first + timedelta(days=number): draw(fates) for number in range(-8, 11)}
    weights = [draw(st.integers(0, 4)) for _ in DayKind]
    chances = {
        kind: (weight + 0.1) / (sum(weights) + 0.1 * len(weights))
        for kind, weight in zip(DayKind, weights, strict=True)
    }
    hour = st.builds(time, st.integers(0, 23), st.sampled_from([0, 10, 30]))
    prefs = Preferences(
        target_per_week=draw(st.integers(1, 4)),
        week_starts_on=draw(st.sampled_from([0, 6])),
        weekday_slot=draw(hour),
        weekend_slot=draw(hour),
        quiet_from=draw(hour),
        quiet_until=draw(hour),
        never_weekdays=frozenset(draw(st.lists(st.integers(0, 6), max_size=2))),
        never_hours=draw(some_never_hours()),
    )
    habits = PlainHabits(dict.fromkeys(range(7), chances), time(8), draw(st.floats(0, 1)), draw(hour))
    races = [first + timedelta(days=draw(st.integers(0, 14)))] if draw(st.booleans()) else []
    answers = draw(st.lists(st.sampled_from(["done", "mini", "no", None]), min_size=1, max_size=6))
    return Life(zone, prefs, habits, kinds, races, answers, draw(st.sampled_from([37, 67, 127]))), first


@settings(max_examples=40, deadline=None)
@given(lives())
def test_in_any_life_prompts_keep_their_promises(case: tuple[Life, date]) -> None:
    life, first = case
    asks, sessions = life.live(first, 10)
    zone, prefs = life.zone, life.prefs
    for ask, today in asks:
        local = ask.send_at.astimezone(zone)
        assert not is_shut(ask.send_at, prefs, zone)
        assert today.kind not in NO_GO_KINDS
        assert local.date() not in life.races
        assert {local.weekday(), ask.local_on.weekday()}.isdisjoint(prefs.never_weekdays)
        if ask.activity_id is not None:
            run = life.day(ask.local_on, ask.send_at)
            assert run.finished_at is not None
            assert timedelta(minutes=10) <= ask.send_at - run.finished_at <= timedelta(minutes=60)
    for days in ([ask.local_on for ask, _ in asks], [ask.send_at.astimezone(zone).date() for ask, _ in asks]):
        assert len(days) == len(set(days))
        weeks = [week_start(on, prefs.week_starts_on) for on in days]
        assert all(weeks.count(week) <= 4 for week in weeks)
    for earlier, later in pairwise(sessions):
        hours = 20 if earlier.size is later.size is Size.MINI else 40
        assert later.at - earlier.at >= timedelta(hours=hours)
    weeks = [week_start(session.on, prefs.week_starts_on) for session in sessions]
    for week in set(weeks):
        in_week = [session for session, own in zip(sessions, weeks, strict=True) if own == week]
        assert sum(session.size.credit for session in in_week) <= prefs.target_per_week


@pytest.mark.parametrize("zone", ZONES[:2])
def test_a_deaf_runner_hears_less_and_less(zone: ZoneInfo) -> None:
    first = date(2030, 3, 4)
    every_day = {first + timedelta(days=n): (DayKind.RUN_EASY, 480) for n in range(-8, 90)}
    habits = PlainHabits({}, time(8), 0.0)
    asks, _ = Life(zone, Preferences(), habits, every_day, [], [None], 180).live(first, 84)
    by_month = [sum(0 <= (ask.local_on - first).days - 28 * n < 28 for ask, _ in asks) for n in range(3)]
    assert by_month[0] > by_month[1] >= by_month[2]
    assert len(asks) <= 10
