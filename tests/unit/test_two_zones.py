"""On the way from one zone to another: no prompt comes at night by either clock."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from service.domain.days import DayKind
from service.domain.hours import is_quiet
from service.domain.preferences import Preferences
from service.domain.prompting import Ask, Silence, decide
from tests.builders_week import PROMPT_RULES, ROME, ZONES, a_day, a_week, at, some_habits, wall

NEW_YORK = ZoneInfo("America/New_York")
TOKYO = ZoneInfo("Asia/Tokyo")
AUCKLAND = ZoneInfo("Pacific/Auckland")
RESTFUL = some_habits(always=DayKind.REST)
THU = date(2030, 5, 9)


def decided(
    now: str, *zones: ZoneInfo, kind: DayKind = DayKind.REST, ended: str | None = None, **prefs: object
) -> Ask | Silence:
    """At a wall hour in Rome, with the quiet hours of ``zones`` besides."""
    today, chosen = a_day(THU, kind, ended), Preferences(**prefs)  # type: ignore[arg-type]
    return decide(
        today=today,
        yesterday=None,
        week=a_week(now, days={THU: today}, habits=RESTFUL, prefs=chosen),
        habits=RESTFUL,
        past=(),
        prefs=chosen,
        now=at(now),
        zone=ROME,
        rules=PROMPT_RULES,
        also_quiet_in=zones,
    )


def test_a_slot_that_is_night_elsewhere_is_not_used() -> None:
    assert isinstance(decided("2030-05-09 18:30"), Ask)
    silence = decided("2030-05-09 18:30", TOKYO)  # 01:30 there
    assert isinstance(silence, Silence)
    assert silence.reason.rule == "prompt.quiet"


def test_a_morning_slot_waits_until_it_is_day_elsewhere_too() -> None:
    silence = decided("2030-05-09 09:00", NEW_YORK, weekday_slot=time(8))
    assert isinstance(silence, Silence)
    assert silence.look_again_at is not None
    assert wall(silence.look_again_at) == "2030-05-09 13:30"  # 07:30 there


def test_an_easy_run_that_ends_while_it_is_night_elsewhere_is_followed_by_nothing() -> None:
    easy = {"kind": DayKind.RUN_EASY, "ended": "08:00"}
    assert isinstance(decided("2030-05-09 08:15", **easy), Ask)  # type: ignore[arg-type]
    silence = decided("2030-05-09 08:15", NEW_YORK, **easy)  # type: ignore[arg-type]
    assert isinstance(silence, Silence)


def test_a_prompt_is_over_when_night_begins_by_either_clock() -> None:
    ask = decided("2030-05-09 18:30", ZoneInfo("Europe/Helsinki"))
    assert isinstance(ask, Ask)
    assert wall(ask.valid_until) == "2030-05-09 20:00"  # 21:00 there


def test_where_two_nights_leave_no_hour_nothing_is_asked_and_nothing_hangs() -> None:
    for hour in range(24):
        now = f"2030-05-09 {hour:02}:00"
        decision = decided(now, AUCKLAND, quiet_from=time(20), quiet_until=time(9))
        assert isinstance(decision, Silence)
        assert decision.look_again_at is not None
        assert decision.look_again_at > at(now)


@given(
    minute=st.integers(0, 24 * 60 - 1),
    others=st.lists(st.sampled_from(ZONES), max_size=2),
    kind=st.sampled_from([DayKind.REST, DayKind.OPEN, DayKind.RUN_EASY, DayKind.XT_EASY]),
    quiet=st.tuples(st.integers(0, 23).map(time), st.integers(0, 23).map(time)),
)
def test_no_prompt_leaves_in_the_quiet_hours_of_any_of_the_zones(
    minute: int, others: list[ZoneInfo], kind: DayKind, quiet: tuple[time, time]
) -> None:
    now = datetime(2030, 5, 9) + timedelta(minutes=minute)
    ended = max(datetime(2030, 5, 9), now - timedelta(minutes=15))
    idle = kind in (DayKind.REST, DayKind.OPEN)
    prefs = Preferences(quiet_from=quiet[0], quiet_until=quiet[1])
    decision = decided(
        f"{now:%Y-%m-%d %H:%M}",
        *others,
        kind=kind,
        ended=None if idle else f"{ended:%H:%M}",
        quiet_from=quiet[0],
        quiet_until=quiet[1],
    )
    if isinstance(decision, Ask):
        assert not any(is_quiet(decision.send_at, prefs, zone) for zone in (ROME, *others))
        assert decision.send_at < decision.valid_until
