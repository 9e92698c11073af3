"""Quiet hours and hours that never suit, by the runner's clock, on the days of a clock change too."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.domain.hours import after_quiet, asking_ends, is_quiet, quiet_begins
from service.domain.preferences import EVERY_DAY, NeverHours, Preferences
from tests.builders_week import ROME, ZONES, at, is_shut, some_never_hours, wall

MON, TUE, FRI, SUN = 0, 1, 4, 6
MINUTE = timedelta(minutes=1)
CHANGES = [  # of the clock, in Rome, New York and on Lord Howe
    *(date(2030, 3, 31), date(2030, 10, 27)),
    *(date(2030, 3, 10), date(2030, 11, 3)),
    *(date(2030, 4, 7), date(2030, 10, 6)),
]


def never(*hours: NeverHours, quiet: bool = False) -> Preferences:
    return Preferences(never_hours=hours) if quiet else Preferences(quiet_until=time(21), never_hours=hours)


SHIFT = never(NeverHours(frozenset({MON, TUE}), time(8), time(17)))
NIGHT_SHIFT = never(NeverHours(frozenset({FRI}), time(22), time(6)))


@pytest.mark.parametrize(
    ("hour", "quiet"),
    [
        ("2030-05-06 07:59", False),
        ("2030-05-06 08:00", True),
        ("2030-05-07 16:59", True),
        ("2030-05-07 17:00", False),
        ("2030-05-08 12:00", False),
    ],
)
def test_hours_that_never_suit_are_quiet_on_their_weekdays_alone(hour: str, quiet: bool) -> None:
    assert is_quiet(at(hour), SHIFT, ROME) is quiet


@pytest.mark.parametrize(
    ("hour", "quiet"),
    [
        ("2030-05-10 05:00", False),  # the night from Thursday to Friday
        ("2030-05-10 22:00", True),
        ("2030-05-11 05:59", True),
        ("2030-05-11 06:00", False),
        ("2030-05-11 22:00", False),
    ],
)
def test_past_midnight_they_belong_to_the_weekday_they_began_on(hour: str, quiet: bool) -> None:
    assert is_quiet(at(hour), NIGHT_SHIFT, ROME) is quiet


def test_from_sunday_they_reach_into_monday() -> None:
    prefs = never(NeverHours(frozenset({SUN}), time(23), time(9)))

    assert wall(after_quiet(at("2030-05-12 23:30"), prefs, ROME)) == "2030-05-13 09:00"


def test_equal_hours_are_none_at_all() -> None:
    prefs = never(NeverHours(EVERY_DAY, time(9), time(9)))

    assert not is_quiet(at("2030-05-06 09:00"), prefs, ROME)
    assert quiet_begins(at("2030-05-06 08:00"), prefs, ROME) is None


def test_hours_that_follow_one_another_end_with_the_last() -> None:
    prefs = never(
        NeverHours(frozenset({MON}), time(15), time(18)),
        NeverHours(frozenset({MON}), time(17), time(20)),
        NeverHours(frozenset({MON}), time(20), time(22)),
        quiet=True,
    )

    assert wall(after_quiet(at("2030-05-06 16:00"), prefs, ROME)) == "2030-05-07 07:30"
    assert wall(asking_ends(at("2030-05-06 14:00"), prefs, ROME)) == "2030-05-06 15:00"


def test_hours_around_the_clock_never_end_on_the_day_that_was_asked_for() -> None:
    prefs = never(NeverHours(EVERY_DAY, time(0), time(12)), NeverHours(EVERY_DAY, time(12), time(0)))
    end = after_quiet(at("2030-05-06 00:00"), prefs, ROME)

    assert end >= at("2030-05-07 00:00")
    assert is_quiet(end, prefs, ROME)


def test_asking_ends_where_the_next_such_hours_begin_else_at_midnight() -> None:
    assert wall(asking_ends(at("2030-05-06 07:00"), SHIFT, ROME)) == "2030-05-06 08:00"
    assert wall(asking_ends(at("2030-05-06 17:00"), SHIFT, ROME)) == "2030-05-07 00:00"
    assert wall(asking_ends(at("2030-05-08 07:00"), SHIFT, ROME)) == "2030-05-09 00:00"


def test_hours_that_the_clock_skips_are_over_when_it_has_moved_on() -> None:
    prefs = never(NeverHours(frozenset({SUN}), time(1), time(2, 30)))

    assert wall(after_quiet(at("2030-03-31 01:30"), prefs, ROME)) == "2030-03-31 03:30"


def test_hours_that_the_clock_shows_twice_end_the_same_night() -> None:
    prefs = never(NeverHours(frozenset({SUN}), time(1), time(2, 30)))
    second = at("2030-10-27 02:10") + timedelta(hours=1)

    assert wall(second) == "2030-10-27 02:10"
    assert after_quiet(second, prefs, ROME) == second + timedelta(minutes=20)


@st.composite
def moments(draw: st.DrawFn) -> tuple[datetime, Preferences, ZoneInfo]:
    """On the days of clock changes, and on those before."""
    zone = draw(st.sampled_from(ZONES))
    on = draw(st.sampled_from(CHANGES)) - timedelta(days=1)
    hour = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
    prefs = Preferences(quiet_from=draw(hour), quiet_until=draw(hour), never_hours=draw(some_never_hours()))
    return at(f"{on}", zone) + MINUTE * draw(st.integers(0, 48 * 60)), prefs, zone


@settings(max_examples=300, deadline=None)
@given(moments())
def test_quiet_is_what_the_clock_shows_and_its_end_is_open(
    case: tuple[datetime, Preferences, ZoneInfo],
) -> None:
    now, prefs, zone = case
    end = after_quiet(now, prefs, zone)

    assert is_quiet(now, prefs, zone) == is_shut(now, prefs, zone)
    assert end >= now
    assert (end == now) == (not is_shut(now, prefs, zone))
    assert not is_shut(end, prefs, zone) or end - now >= timedelta(days=2)


@settings(max_examples=100, deadline=None)
@given(moments())
def test_no_quiet_hour_lies_between_an_open_one_and_where_the_asking_ends(
    case: tuple[datetime, Preferences, ZoneInfo],
) -> None:
    now, prefs, zone = case
    if is_shut(now, prefs, zone):
        now = after_quiet(now, prefs, zone)
    minutes = (asking_ends(now, prefs, zone) - now) // MINUTE
    offsets = {(now + number * MINUTE).astimezone(zone).utcoffset() for number in range(minutes)}

    assert minutes > 0
    if len(offsets) == 1 and not is_shut(now, prefs, zone):
        assert not any(is_shut(now + number * MINUTE, prefs, zone) for number in range(minutes))
