"""When another hour is proposed than the one at which a runner is asked. It is Thursday, 9 May 2030."""

from datetime import date, time, timedelta

import pytest

from service.domain.preferences import NeverHours, Preferences
from service.domain.questions import parse_question_rules
from service.domain.slots import PastAsk, PastSession, SlotKind, SlotMove, moves
from tests.builders_week import ROME, RULES_FILE

RULES = parse_question_rules(RULES_FILE).slot
TODAY = date(2030, 5, 9)
WEEKDAYS = [date(2030, 4, 29) + timedelta(days=days) for days in (0, 1, 2, 3, 4, 7, 8, 9)]
SATURDAYS = [date(2030, 4, 6) + timedelta(weeks=week) for week in range(5)]
NOON = SlotMove(SlotKind.WEEKDAY, time(12, 30), time(18, 30))


def trained(*hours: str, asked_at: str = "", on: list[date] = WEEKDAYS) -> list[PastSession]:
    """At these hours on days one after the other; ``asked_at``: by a prompt of that hour."""
    asked = time.fromisoformat(asked_at) if asked_at else None
    return [PastSession(day, time.fromisoformat(hour), asked) for day, hour in zip(on, hours, strict=False)]


def ignored(*hours: str, answered: int = 0, on: list[date] = WEEKDAYS) -> list[PastAsk]:
    """Prompts of these hours, the first ``answered`` with an answer."""
    return [
        PastAsk(day, time.fromisoformat(hour), number >= answered)
        for number, (day, hour) in enumerate(zip(on, hours, strict=False))
    ]


def proposed(
    sessions: list[PastSession], asks: list[PastAsk] | None = None, **prefs: object
) -> tuple[SlotMove, ...]:
    return moves(sessions, asks or [], Preferences(**prefs), TODAY, ROME, RULES)  # type: ignore[arg-type]


def test_four_of_six_sessions_around_one_hour_propose_it() -> None:
    assert proposed(trained("12:20", "18:40", "12:35", "12:41", "19:00", "12:28")) == (NOON,)


def test_three_are_too_few_and_so_are_four_that_lie_apart() -> None:
    assert proposed(trained("12:20", "18:40", "12:35", "18:41", "19:00", "12:28")) == ()
    assert proposed(trained("12:00", "12:16", "12:31", "12:46")) == ()
    assert proposed(trained("12:00", "12:16", "12:31", "12:45")) != ()


def test_only_the_last_six_count() -> None:
    assert proposed(trained("12:30", "12:30", "12:30", "12:30", "18:30", "18:30", "18:30")) == ()


@pytest.mark.parametrize(
    ("hour", "news"), [("17:40", []), ("17:30", [time(17, 30)]), ("19:37", [time(19, 30)])]
)
def test_an_hour_close_to_the_slot_is_no_news(hour: str, news: list[time]) -> None:
    assert [move.hour for move in proposed(trained(hour, hour, hour, hour))] == news


def test_sessions_that_followed_a_runs_prompt_tell_of_the_run() -> None:
    assert proposed(trained("12:30", "12:30", "12:30", "12:30", asked_at="12:25")) == ()
    assert proposed(trained("12:30", "12:30", "12:30", "12:30", asked_at="18:30")) == (NOON,)


def test_weekends_have_their_own_hour() -> None:
    assert proposed(trained("17:10", "17:05", "17:20", "16:58", on=SATURDAYS)) == (
        SlotMove(SlotKind.WEEKEND, time(17, 0), time(11, 0)),
    )
    assert proposed(trained("17:10", "17:05", on=SATURDAYS) + trained("17:20", "16:58")) == ()


def test_a_quiet_hour_is_never_proposed() -> None:
    late = trained("22:00", "22:05", "22:10", "22:00")
    assert proposed(late) == ()
    assert proposed(late, quiet_from=time(23, 0))[0].hour == time(22, 0)
    work = NeverHours(frozenset({1}), time(8, 0), time(17, 0))
    noons = trained("12:30", "12:30", "12:30", "12:30")
    assert proposed(noons, never_hours=(work,)) == ()
    assert proposed(noons, never_hours=(work,), never_weekdays=frozenset({1})) == (NOON,)


def test_three_prompts_without_an_answer_ask_for_another_hour() -> None:
    another = (SlotMove(SlotKind.WEEKDAY, None, time(18, 30)),)
    assert proposed([], ignored("18:30", "18:30", "18:45")) == another
    assert proposed([], ignored("18:30", "18:30")) == ()
    assert proposed([], ignored("18:30", "18:30", "18:30", answered=1)) == ()
    assert proposed([], ignored("18:30", "12:10", "18:30")) == ()  # one followed a run
    assert proposed([], ignored("18:30", "12:10", "18:30", "18:30")) == another
    assert proposed([], ignored("11:00", "11:00", "11:00", on=SATURDAYS))[0].kind is SlotKind.WEEKEND


def test_an_hour_of_ones_own_goes_before_any_other() -> None:
    sessions = trained("12:30", "12:30", "12:30", "12:30")
    assert proposed(sessions, ignored("18:30", "18:30", "18:30")) == (NOON,)
