"""What kind of day it is, and what a runner usually does."""

import tomllib
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.days import Day, DayKind, day_of, habits, without_duplicates
from service.domain.effort import Judged, RunKind
from service.words import Words
from tests.builders import CONFIG, a_judged, a_ride, a_run, an_activity, steady_history, the_rules

RULES = the_rules()
MONDAY = date(2030, 5, 6)
HISTORY = steady_history()
USUAL = habits(HISTORY, datetime(2030, 5, 6, 12), RULES)


def the_day(*parts: Judged, at: str = "12:00", heart_max_bpm: float | None = None) -> Day:
    now_local = datetime.combine(MONDAY, time.fromisoformat(at))
    return day_of(MONDAY, parts, now_local, USUAL, RULES, heart_max_bpm=heart_max_bpm)


def run(kind: RunKind, start: str = "07:00", minutes: float = 48, **more: Any) -> Judged:
    return a_judged(a_run(minutes=minutes, start=f"2030-05-06 {start}", **more), kind)


def other(sport: str, *, minutes: float = 45, **more: Any) -> Judged:
    return a_judged(an_activity(sport, minutes=minutes, start="2030-05-06 17:00", **more))


@pytest.mark.parametrize(
    ("kind", "day"),
    [
        (RunKind.EASY, DayKind.RUN_EASY),
        (RunKind.UNSURE, DayKind.RUN_UNSURE),
        (RunKind.HARD, DayKind.RUN_HARD),
        (RunKind.LONG, DayKind.LONG),
        (RunKind.RACE, DayKind.RACE),
        (RunKind.TOO_SHORT, DayKind.OPEN),
    ],
)
def test_a_run_makes_the_day(kind: RunKind, day: DayKind) -> None:
    assert the_day(run(kind)).kind is day


def test_the_day_knows_which_run_made_it_and_when_it_ended() -> None:
    easy = run(RunKind.EASY, "07:00")
    day = the_day(other("Swim"), easy)

    assert (day.kind, day.deciding_id) == (DayKind.RUN_EASY, easy.activity.id)
    assert day.finished_at == easy.activity.end_at
    assert len(day.activity_ids) == 2


@pytest.mark.parametrize(
    ("ride", "kind"),
    [
        ({"start": "2030-05-06 07:55"}, DayKind.XT_HARD),  # right after the run
        ({"start": "2030-05-06 06:10"}, DayKind.XT_HARD),  # right before it
        ({"start": "2030-05-06 08:25"}, DayKind.RUN_EASY),  # time for a coffee
        ({"start": "2030-05-06 17:00"}, DayKind.RUN_EASY),
        ({"start": "2030-05-06 07:50", "minutes": 11}, DayKind.RUN_EASY),  # the way home
        ({"start": "2030-05-06 07:55", "sport": "Swim"}, DayKind.RUN_EASY),
    ],
)
def test_a_ride_and_a_run_in_one_go_are_hard(ride: dict[str, Any], kind: DayKind) -> None:
    ridden = a_judged(an_activity(**{"sport": "Ride", "minutes": 45, **ride}))
    day = the_day(run(RunKind.EASY), ridden)

    assert day.kind is kind
    assert ("day.brick" in [reason.rule for reason in day.reasons]) is (kind is DayKind.XT_HARD)


def test_after_a_run_that_was_a_commute_nobody_is_asked_on_the_pavement() -> None:
    """The runner may stand before the office: its hour is not given away, and the evening's is left."""
    day = the_day(run(RunKind.EASY, commute=True))

    assert (day.kind, day.finished_at) == (DayKind.RUN_EASY, None)


def test_the_hardest_part_of_a_day_wins() -> None:
    assert the_day(run(RunKind.EASY, "07:00"), run(RunKind.HARD, "18:00")).kind is DayKind.RUN_HARD
    assert the_day(run(RunKind.EASY), other("WeightTraining")).kind is DayKind.LEGS
    assert the_day(run(RunKind.EASY), other("Ride", minutes=150)).kind is DayKind.XT_HARD


def test_of_two_easy_runs_the_later_one_is_the_cue() -> None:
    late = run(RunKind.EASY, "18:00")

    assert the_day(run(RunKind.EASY, "07:00"), late).deciding_id == late.activity.id


def test_warm_up_race_and_cool_down_are_one_effort() -> None:
    parts = [
        run(RunKind.EASY, "09:00", 15),
        run(RunKind.RACE, "09:30", 40),
        run(RunKind.TOO_SHORT, "10:30", 8),
    ]
    day = the_day(*parts)

    assert (day.kind, day.deciding_id) == (DayKind.RACE, parts[1].activity.id)
    assert day.finished_at == parts[2].activity.end_at
    assert [reason.rule for reason in day.reasons] == ["day.joined"]


def test_files_that_are_long_only_together_make_a_long_run() -> None:
    day = the_day(run(RunKind.EASY, "09:00", 55), run(RunKind.EASY, "10:05", 50))

    assert day.kind is DayKind.LONG
    assert the_day(run(RunKind.EASY, "07:00", 55), run(RunKind.EASY, "18:05", 50)).kind is DayKind.RUN_EASY


def test_short_files_that_add_up_to_a_run_are_asked_about() -> None:
    day = the_day(run(RunKind.TOO_SHORT, "09:00", 8), run(RunKind.TOO_SHORT, "09:10", 8))

    assert (day.kind, day.reasons[0].rule) == (DayKind.RUN_UNSURE, "day.joined_short")


def test_two_recordings_of_one_run_count_once() -> None:
    watch = a_run(minutes=60, hr=138, start="2030-05-06 07:00")
    phone = replace(watch, id=1, average_heartrate_bpm=None, start_at=watch.start_at + timedelta(minutes=2))
    day = the_day(a_judged(watch, RunKind.EASY), a_judged(phone, RunKind.UNSURE))

    assert (day.kind, day.activity_ids) == (DayKind.RUN_EASY, (watch.id,))


def test_recordings_that_hardly_overlap_or_are_other_sports_are_all_kept() -> None:
    first = a_run(minutes=60, start="2030-05-06 07:00")
    next_one = a_run(minutes=60, start="2030-05-06 07:55")
    ride = a_ride(minutes=60, start="2030-05-06 07:00", id=5)

    assert len(without_duplicates([next_one, first, ride])) == 3


def test_an_effort_that_ends_after_midnight_counts_for_the_day_it_began() -> None:
    before = a_judged(a_run(minutes=20, start="2030-05-05 23:35"), RunKind.TOO_SHORT)
    session = a_judged(a_run(minutes=40, start="2030-05-06 00:05"), RunKind.HARD)

    def day(on: date) -> Day:
        return day_of(on, (before, session), datetime(2030, 5, 6, 12), USUAL, RULES)

    assert day(MONDAY - timedelta(days=1)).kind is DayKind.RUN_HARD
    assert day(MONDAY).kind is DayKind.OPEN


def test_recordings_with_a_hidden_hour_are_neither_joined_nor_dropped() -> None:
    hidden = [
        a_judged(a_run(id=number, start="2030-05-06 00:00:01", start_hidden=True), RunKind.EASY)
        for number in (1, 2)
    ]
    day = the_day(*hidden)

    assert (day.kind, day.activity_ids, day.finished_at) == (DayKind.RUN_EASY, (1, 2), None)


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (other("Ride", minutes=60), DayKind.XT_EASY),
        (other("Ride", minutes=60, hr=130), DayKind.XT_EASY),
        (other("Ride", minutes=60, hr=165), DayKind.XT_HARD),
        (other("Ride", minutes=120), DayKind.XT_HARD),
        (other("Ride", minutes=60, workout_type=11), DayKind.XT_HARD),
        (other("Ride", minutes=18, commute=True), DayKind.REST),
        (other("Ride", minutes=5), DayKind.REST),
        (other("Soccer"), DayKind.XT_HARD),
        (other("Walk", minutes=50), DayKind.REST),
        (other("Walk", minutes=150), DayKind.XT_EASY),
        (other("Yoga", minutes=45), DayKind.REST),
        (other("PhysicalTherapy", minutes=15), DayKind.REST),
        (other("WeightTraining", minutes=12), DayKind.REST),
        (other("WeightTraining", minutes=30, name="Prehab"), DayKind.REST),
        (other("WeightTraining", minutes=50), DayKind.LEGS),
        (other("Workout", minutes=40), DayKind.XT_EASY),
        (other("QuidditchOnIce", minutes=45), DayKind.XT_EASY),
        (other("QuidditchOnIce", minutes=100), DayKind.XT_HARD),
        (other("Swim", minutes=45, hr=float("nan")), DayKind.XT_EASY),
        (other("Ride", moving_time_s=-60, elapsed_time_s=10**12), DayKind.REST),
    ],
)
def test_other_sports_make_the_day_by_length_and_heart_rate(part: Judged, kind: DayKind) -> None:
    assert the_day(part, at="22:00", heart_max_bpm=190).kind is kind


def test_an_empty_day_is_open_until_the_usual_hours_are_over() -> None:
    assert USUAL.rest_from == time(16, 0)
    assert the_day(at="15:59").kind is DayKind.OPEN
    assert the_day(at="16:00").kind is DayKind.REST
    assert the_day(at="16:00").reasons[0].rule == "day.rest_hour"


def test_a_past_day_without_anything_was_a_rest_day_and_a_coming_one_is_open() -> None:
    now_local = datetime(2030, 5, 7, 6)

    assert day_of(MONDAY, (), now_local, USUAL, RULES).kind is DayKind.REST
    assert day_of(date(2030, 5, 8), (), now_local, USUAL, RULES).kind is DayKind.OPEN


def test_other_days_do_not_make_this_day() -> None:
    yesterday = a_judged(a_run(start="2030-05-05 23:50"), RunKind.HARD)

    assert the_day(yesterday, at="20:00").kind is DayKind.REST


def test_a_late_upload_changes_the_day() -> None:
    assert the_day(at="19:00").kind is DayKind.REST
    assert the_day(run(RunKind.EASY, "18:00"), at="19:00").kind is DayKind.RUN_EASY


# --- habits ------------------------------------------------------------------------------------


def test_without_a_history_the_defaults_hold() -> None:
    found = habits((), datetime(2030, 5, 6, 12), RULES)

    assert found.rest_from == time(18, 30)
    assert found.usual_finish(0) is None
    assert 0.3 < found.run_rate(0) < 0.6


@pytest.mark.parametrize(
    ("hour", "rest_from"),
    [("06:30", time(16, 0)), ("18:00", time(18, 30)), ("21:30", time(20, 30)), ("00:10", time(16, 0))],
)
def test_rest_is_declared_after_the_usual_latest_start_within_bounds(hour: str, rest_from: time) -> None:
    assert habits(steady_history(hour=hour), datetime(2030, 5, 6, 12), RULES).rest_from == rest_from


def test_hidden_hours_teach_no_hours() -> None:
    hidden = [replace(each, start_hidden=True) for each in HISTORY]

    assert habits(hidden, datetime(2030, 5, 6, 12), RULES).rest_from == time(18, 30)


def test_weekdays_with_runs_are_likely_run_days() -> None:
    assert USUAL.run_rate(1) > 0.7 > 0.3 > USUAL.run_rate(0)
    assert USUAL.kind_chances(0)[DayKind.REST] > 0.7


def test_a_weekly_long_run_is_expected_on_its_day() -> None:
    kinds = {each.id: RunKind.LONG if each.distance_m > 15_000 else RunKind.EASY for each in HISTORY}
    found = habits(HISTORY, datetime(2030, 5, 6, 12), RULES, kinds=kinds)

    assert max(range(7), key=lambda weekday: found.kind_chances(weekday).get(DayKind.LONG, 0.0)) == 5
    assert found.kind_chances(5)[DayKind.LONG] > 0.7
    assert found.kind_chances(1)[DayKind.RUN_EASY] > 0.7


def test_a_run_is_less_likely_the_later_it_gets() -> None:
    evenings = habits(steady_history(hour="18:00"), datetime(2030, 5, 6, 12), RULES)
    chances = [evenings.p_run_later(1, time(hour)) for hour in range(6, 24)]

    assert chances == sorted(chances, reverse=True)
    assert evenings.p_run_later(1, time(17)) > 0.6
    assert evenings.p_run_later(1, time(19)) < 0.05
    assert USUAL.p_run_later(1, time(12)) < 0.35


def test_the_usual_finish_is_the_weekdays_own_else_that_of_any_run() -> None:
    assert USUAL.usual_finish(1) == time(7, 48)
    assert USUAL.usual_finish(0) == time(7, 50)


def test_a_run_past_midnight_finishes_before_the_day_is_over() -> None:
    late = habits(steady_history(hour="23:30"), datetime(2030, 5, 6, 12), RULES)

    assert late.usual_finish(1) == time(23, 59)


def test_today_teaches_nothing_about_itself() -> None:
    today = a_run(start="2030-05-06 05:00")

    assert habits([*HISTORY, today], datetime(2030, 5, 6, 12), RULES) == USUAL


kinds_of_run = st.sampled_from(list(RunKind))
sports = st.sampled_from(["Run", "Ride", "Walk", "WeightTraining", "Soccer", "Nonsense", "Swim"])
entries = st.tuples(sports, st.integers(0, 40 * 24 * 4), st.integers(-10, 400), kinds_of_run, st.booleans())


@settings(max_examples=80, deadline=None)
@given(st.lists(entries, max_size=25), st.integers(0, 23))
def test_any_history_gives_chances_that_add_up_and_a_day(
    found: list[tuple[str, int, int, RunKind, bool]], hour: int
) -> None:
    activities = [
        (
            an_activity(
                sport,
                minutes=minutes,
                start=str(datetime(2030, 3, 28) + timedelta(minutes=15 * quarter)),
                id=number,
                start_hidden=hidden,
            ),
            kind,
        )
        for number, (sport, quarter, minutes, kind, hidden) in enumerate(found)
    ]
    kinds = {activity.id: kind for activity, kind in activities if activity.is_run}
    learnt = habits((activity for activity, _ in activities), datetime(2030, 5, 6, hour), RULES, kinds=kinds)
    judged = [a_judged(activity, kind if activity.is_run else None) for activity, kind in activities]
    day = day_of(MONDAY, judged, datetime(2030, 5, 6, hour), learnt, RULES)

    for weekday in range(7):
        assert sum(learnt.kind_chances(weekday).values()) == pytest.approx(1)
        assert 0 <= learnt.p_run_later(weekday, time(hour)) <= learnt.run_rate(weekday) + 1e-9
    assert time(16) <= learnt.rest_from <= time(20, 30)
    assert 0 <= len(day.reasons) <= 3
    assert (day.deciding_id is None) == (day.kind in (DayKind.REST, DayKind.OPEN))


# --- words -------------------------------------------------------------------------------------


def words() -> dict[str, dict[str, dict[str, str]]]:
    return tomllib.loads((CONFIG / "messages" / "en.toml").read_text("utf-8"))


@pytest.mark.parametrize("kind", list(DayKind))
def test_every_kind_of_day_has_a_headline(kind: DayKind) -> None:
    assert words()["day"]["headline"][kind]


def test_reasons_of_days_read_as_plain_sentences() -> None:
    days = [
        the_day(at="10:00"),
        the_day(at="20:00"),
        the_day(other("Walk"), at="20:00"),
        the_day(other("Ride", hr=130), heart_max_bpm=190),
        the_day(other("Ride", hr=170), heart_max_bpm=190),
        the_day(other("Ride", minutes=120)),
        the_day(other("Ride")),
        the_day(other("WeightTraining")),
        the_day(run(RunKind.EASY, "09:00", 55), run(RunKind.EASY, "10:05", 50)),
        the_day(run(RunKind.TOO_SHORT, "09:00", 8), run(RunKind.TOO_SHORT, "09:10", 8)),
        the_day(run(RunKind.EASY, "09:00", 20), run(RunKind.HARD, "09:25", 20)),
    ]
    spoken = Words({"en": tomllib.loads((CONFIG / "messages" / "en.toml").read_text("utf-8"))})
    for reason in (reason for day in days for reason in day.reasons):
        assert "{" not in spoken.reason(reason)


def test_our_own_write_come_back_does_not_end_a_rest_day() -> None:
    echo = other("WeightTraining", minutes=55, external_id="afterrun-17.json")
    foreign = other("WeightTraining", minutes=55, external_id="garmin_ping_1")
    assert the_day(echo, at="23:00").kind is DayKind.REST
    assert the_day(foreign, at="23:00").kind is DayKind.LEGS
