"""The last four weeks as they would have been: by the real planner, and with nothing known too early."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from service.domain.activity import Activity
from service.domain.effort import Judged, RunKind, judge_all
from service.domain.planner import Size
from service.domain.preferences import Preferences
from service.domain.preview import Asked, preview
from service.domain.prompting import Trigger, Wording
from service.pipeline.situation import today_of
from tests.builders import a_judged, a_ride, a_run, mixed_history, steady_history, the_rules
from tests.builders_week import PROMPT_RULES, ROME, at

NOW = "2030-05-08 08:00"  # a Wednesday; the four weeks end with Sunday, 5 May
HARD = {RunKind.HARD, RunKind.LONG, RunKind.RACE}
HISTORIES = {"steady": steady_history(), "mixed": mixed_history()}


def judged(activities: Sequence[Activity]) -> list[Judged]:
    verdicts = judge_all(activities, the_rules())
    return [Judged(each, verdicts.get(each.id)) for each in activities]


def seen(known: Sequence[Judged], now: str = NOW, **prefs: Any) -> tuple[Asked, ...]:
    return preview(known, at(now), ROME, Preferences(**prefs), the_rules(), PROMPT_RULES, today_of=today_of)


def asked_at(asked: Asked) -> datetime:
    return datetime.combine(asked.on, asked.at, tzinfo=ROME).astimezone(UTC)


@pytest.mark.parametrize("history", HISTORIES)
def test_every_week_has_its_sessions_and_no_more(history: str) -> None:
    asked = seen(judged(HISTORIES[history]))

    weeks = [each.on - timedelta(days=each.on.weekday()) for each in asked]
    assert {week: weeks.count(week) for week in weeks} == {
        date(2030, 4, 8) + timedelta(weeks=n): 2 for n in range(4)
    }


@pytest.mark.parametrize("target", [2, 3])
@pytest.mark.parametrize("history", HISTORIES)
def test_never_two_a_day_and_always_forty_hours_apart(history: str, target: int) -> None:
    asked = seen(judged(HISTORIES[history]), target_per_week=target)

    assert len({each.on for each in asked}) == len(asked) > 0
    assert all(
        asked_at(two) - asked_at(one) >= timedelta(hours=40)
        for one, two in pairwise(asked)
        if Size.MINI not in (one.size, two.size)
    )


@pytest.mark.parametrize("history", HISTORIES)
def test_no_hard_day_is_asked_on(history: str) -> None:
    known = judged(HISTORIES[history])
    hard = {each.activity.local_on for each in known if each.verdict and each.verdict.kind in HARD}

    assert hard
    assert not hard & {each.on for each in seen(known)}


def test_it_says_why_then() -> None:
    thursday, monday = (
        next(each for each in seen(judged(steady_history())) if each.on == on)
        for on in (date(2030, 4, 11), date(2030, 4, 15))
    )

    assert (thursday.trigger, thursday.wording) == (Trigger.EASY_RUN, Wording.CERTAIN)
    assert asked_at(thursday) >= at("2030-04-11 07:52")  # the run's end
    assert monday.trigger is Trigger.REST_DAY
    assert f"{monday.at:%H:%M}" == "18:30"


def test_what_came_later_changes_nothing_that_was_asked_before() -> None:
    known = judged(mixed_history())
    cut = at("2030-04-22 03:00")
    later = [each for each in known if each.activity.start_at >= cut]
    before = [each for each in known if each.activity.start_at < cut]
    others = [
        a_judged(a_run(start=f"{day:%Y-%m-%d} {hour}", minutes=50), kind)
        for day in (date(2030, 4, 22) + timedelta(days=n) for n in range(14))
        for hour, kind in (("06:00", RunKind.HARD), ("19:00", RunKind.RACE))
    ]

    def until_then(asked: Sequence[Asked]) -> list[Asked]:
        return [each for each in asked if asked_at(each) < cut]

    as_it_was = until_then(seen(before + later))
    assert len(as_it_was) == 4
    assert until_then(seen(before)) == until_then(seen(before + others)) == as_it_was


def test_a_run_late_that_day_was_not_known_when_the_rest_day_was_asked_for() -> None:
    known = judged(steady_history())
    late = a_judged(a_run(start="2030-04-15 20:30", minutes=40), RunKind.HARD)

    of_day = [each for each in seen([*known, late]) if each.on == date(2030, 4, 15)]
    assert [each.trigger for each in of_day] == [Trigger.REST_DAY]


def test_the_runners_choices_are_kept_to() -> None:
    asked = seen(judged(steady_history()), never_weekdays=frozenset({0, 3}), week_starts_on=6)

    assert asked
    assert not {each.on.weekday() for each in asked} & {0, 3}
    assert date(2030, 4, 7) <= asked[0].on <= asked[-1].on <= date(2030, 5, 4)


def test_nothing_is_told_of_the_days_before_the_first_activity() -> None:
    known = judged(steady_history(weeks=2))

    assert min(each.on for each in seen(known)) >= known[0].activity.local_on
    assert seen([]) == ()
    assert seen(judged([a_run(start="2030-05-07 07:00")])) == ()  # this week is still to be lived


def test_an_activity_of_a_wrong_year_or_a_hidden_hour_breaks_nothing() -> None:
    known = judged(steady_history())
    ahead = a_judged(a_run(start="2031-01-01 07:00"), RunKind.EASY)
    hidden = a_judged(a_ride(start="2030-04-15 00:00", start_hidden=True))

    assert seen([*known, ahead]) == seen(known)
    assert seen([*known, hidden])
