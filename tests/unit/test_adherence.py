from datetime import date, timedelta

import pytest

from service.domain.adherence import (
    Share,
    WeekCount,
    adherence,
    parse_adherence_rules,
    rekeyed,
    trend,
    week_counts,
)
from service.domain.planner import DoneSession, Size
from tests.builders_week import MONDAY, RULES_FILE, days_after, done

RULES = parse_adherence_rules(RULES_FILE)
SUNDAY = days_after(MONDAY, 6)
WEEKS = [days_after(MONDAY, -7 * back) for back in range(13)]
TWO_A_WEEK = dict.fromkeys(WEEKS, 2)


def on(day: date, size: Size = Size.FULL) -> DoneSession:
    return done(f"{day} 18:00", size)


def mondays_and_thursdays(weeks: int) -> list[DoneSession]:
    return [on(days_after(week, offset)) for week in WEEKS[:weeks] for offset in (0, 3)]


def test_eight_of_eight_over_four_weeks() -> None:
    share = adherence(mondays_and_thursdays(4), TWO_A_WEEK, SUNDAY, 28)
    assert (share, share.share) == (Share(8.0, 8.0), 1.0)


def test_a_mini_counts_half() -> None:
    sessions = [*mondays_and_thursdays(4)[1:], on(MONDAY, Size.MINI)]
    assert adherence(sessions, TWO_A_WEEK, SUNDAY, 28) == Share(7.5, 8.0)


def test_more_than_planned_is_still_one() -> None:
    sessions = [*mondays_and_thursdays(4), on(SUNDAY)]
    assert adherence(sessions, TWO_A_WEEK, SUNDAY, 28).share == 1.0


def test_nothing_planned_is_no_share() -> None:
    assert adherence([], {}, SUNDAY, 28) == Share(0.0, 0.0)
    assert adherence([], {}, SUNDAY, 28).share is None


def test_excused_weeks_are_out_with_what_was_done_in_them() -> None:
    share = adherence(mondays_and_thursdays(4), TWO_A_WEEK, SUNDAY, 28, excused={WEEKS[1]})
    assert share == Share(6.0, 6.0)


def test_within_a_week_only_its_days_so_far_count() -> None:
    wednesday = days_after(MONDAY, 2)
    share = adherence(mondays_and_thursdays(5)[:1] + mondays_and_thursdays(5)[2:], TWO_A_WEEK, wednesday, 28)
    assert share.planned == pytest.approx(8.0, abs=0.05)
    assert share.done == 8.0


def test_days_before_the_first_one_are_no_days_of_plan() -> None:
    share = adherence([on(MONDAY)], TWO_A_WEEK, SUNDAY, 28, since=MONDAY)
    assert share == Share(1.0, 2.0)


def test_twelve_weeks_are_the_long_view() -> None:
    assert adherence(mondays_and_thursdays(13), TWO_A_WEEK, SUNDAY, RULES.long_days) == Share(24.0, 24.0)


def test_rows_say_what_each_week_held() -> None:
    sessions = [on(MONDAY), on(SUNDAY, Size.MINI), on(days_after(MONDAY, -1))]
    rows = week_counts(sessions, TWO_A_WEEK, WEEKS[1], MONDAY, excused={WEEKS[1]})
    assert rows == (WeekCount(WEEKS[1], 2, 1, 0, True), WeekCount(MONDAY, 2, 1, 1, False))
    assert rows[1].done == 1.5


def test_the_line_has_a_point_for_each_week_and_ends_today() -> None:
    points = trend(mondays_and_thursdays(13), TWO_A_WEEK, days_after(MONDAY, 3), 6, RULES)
    assert [starts_on for starts_on, _ in points] == WEEKS[5::-1]
    assert all(share.share == pytest.approx(1.0, abs=0.01) for _, share in points)


def test_a_window_of_any_length_never_counts_more_than_was_done() -> None:
    sessions = mondays_and_thursdays(13)
    for length in range(1, 90):
        share = adherence(sessions, TWO_A_WEEK, SUNDAY, length)
        first = SUNDAY - timedelta(days=length - 1)
        assert share.done == sum(first <= session.on <= SUNDAY for session in sessions)
        assert share.share is not None


def test_wrong_rules_name_the_key() -> None:
    with pytest.raises(ValueError, match=r"adherence\.line_share"):
        parse_adherence_rules({"adherence": RULES_FILE["adherence"] | {"line_share": 75.0}})
    with pytest.raises(ValueError, match=r"adherence\.short_days"):
        parse_adherence_rules({"adherence": RULES_FILE["adherence"] | {"short_days": 100}})


def test_weeks_counted_from_another_weekday_join_those_they_share_most_days_with() -> None:
    from_monday = {MONDAY: "old", days_after(MONDAY, 7): "later"}
    sunday_before, next_sunday = days_after(MONDAY, -1), days_after(MONDAY, 6)
    assert rekeyed(from_monday, 0) == from_monday
    assert rekeyed(from_monday, 6) == {sunday_before: "old", next_sunday: "later"}
    assert rekeyed({sunday_before: "old", next_sunday: "later"}, 0) == from_monday


def test_where_two_weeks_become_one_its_own_entry_counts() -> None:
    mixed = {days_after(MONDAY, -1): "own", MONDAY: "old"}
    assert rekeyed(mixed, 6) == {days_after(MONDAY, -1): "own"}
    assert rekeyed(mixed, 0) == {MONDAY: "old"}


@pytest.mark.parametrize("starts_on", [0, 6])
def test_a_change_of_the_first_day_leaves_four_weeks_with_eight_sessions(starts_on: int) -> None:
    weeks = dict.fromkeys(WEEKS[1:], 2) | {days_after(week, -1): 2 for week in WEEKS[:2]}
    share = adherence([], rekeyed(weeks, starts_on), days_after(MONDAY, 6 if starts_on == 0 else 5), 28)
    assert share.planned == 8.0
