"""Strava's counters in its headers, and when they start anew."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from integrations.strava.budget import SLACK, next_quarter, next_utc_day, retry_at, usage
from service.ports import Usage

NOW = datetime(2030, 5, 6, 18, 7, 30, tzinfo=UTC)
HEADERS = {
    "X-RateLimit-Limit": "200,2000",
    "X-RateLimit-Usage": "12,340",
    "X-ReadRateLimit-Limit": "100,1000",
    "X-ReadRateLimit-Usage": "11,300",
}


def test_both_pairs_of_counters_are_read() -> None:
    assert usage(HEADERS) == Usage((200, 2000), (12, 340), (100, 1000), (11, 300))


def test_the_case_of_the_header_names_does_not_matter() -> None:
    assert usage({name.lower(): value for name, value in HEADERS.items()}) == usage(HEADERS)
    assert usage({name.upper(): value for name, value in HEADERS.items()}) == usage(HEADERS)


def test_an_older_answer_without_read_counters_gives_the_overall_ones() -> None:
    older = {"X-Ratelimit-Limit": "600, 30000", "X-Ratelimit-Usage": "92,10757"}

    assert usage(older) == Usage((600, 30000), (92, 10757))


@pytest.mark.parametrize(
    "odd", ["", "200", "200,2000,1", "a,b", "-1,5", "1.5,2", "²,³", "9" * 30 + ",1", "0,0"]
)
def test_an_odd_limit_says_nothing(odd: str) -> None:
    assert usage(HEADERS | {"X-RateLimit-Limit": odd}) is None


def test_an_odd_read_counter_leaves_the_overall_ones() -> None:
    assert usage(HEADERS | {"X-ReadRateLimit-Usage": "?"}) == Usage((200, 2000), (12, 340))


def test_no_headers_say_nothing() -> None:
    assert usage({}) is None


@pytest.mark.parametrize(
    ("clock", "quarter"),
    [
        ("18:00:00", "18:15:00"),
        ("18:07:30", "18:15:00"),
        ("18:14:59", "18:15:00"),
        ("18:15:00", "18:30:00"),
        ("18:59:59", "19:00:00"),
    ],
)
def test_quarters_start_at_the_full_hour(clock: str, quarter: str) -> None:
    now = datetime.fromisoformat(f"2030-05-06T{clock}+00:00")

    assert next_quarter(now) == datetime.fromisoformat(f"2030-05-06T{quarter}+00:00")


def test_the_last_quarter_of_a_day_ends_with_the_day() -> None:
    last = datetime(2030, 12, 31, 23, 50, tzinfo=UTC)

    assert next_quarter(last) == next_utc_day(last) == datetime(2031, 1, 1, tzinfo=UTC)


def test_windows_are_utc_whatever_zone_the_clock_is_in() -> None:
    kathmandu = timezone(timedelta(hours=5, minutes=45))

    assert next_quarter(NOW.astimezone(kathmandu)) == next_quarter(NOW)
    assert next_utc_day(NOW.astimezone(kathmandu)) == datetime(2030, 5, 7, tzinfo=UTC)


def test_a_used_up_quarter_waits_for_the_next() -> None:
    assert retry_at(Usage((200, 2000), (201, 340)), NOW) == next_quarter(NOW) + SLACK


def test_without_counters_a_refused_call_waits_for_the_next_quarter() -> None:
    assert retry_at(None, NOW) == next_quarter(NOW) + SLACK


@pytest.mark.parametrize(
    "counted",
    [
        Usage((200, 2000), (3, 2000)),
        Usage((200, 2000), (3, 1500), (100, 1000), (3, 1000)),
    ],
    ids=["overall", "read"],
)
def test_a_used_up_day_waits_for_the_next(counted: Usage) -> None:
    assert retry_at(counted, NOW) == next_utc_day(NOW) + SLACK
