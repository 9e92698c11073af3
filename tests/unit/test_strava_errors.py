"""Every way a call can fail is one of our errors, with one line and no secret."""

import json
from datetime import UTC, datetime

import pytest
import requests

from integrations.strava.budget import SLACK
from integrations.strava.errors import Answer, Call, of_answer, translated
from service.ports import (
    AppInactive,
    CapacityFull,
    NotFound,
    RateLimited,
    ScopeMissing,
    SourceDown,
    SourceError,
    SourceRefused,
    Unauthorized,
)

NOW = datetime(2030, 5, 6, 18, 7, 30, tzinfo=UTC)
JSON = {"Content-Type": "application/json; charset=utf-8"}
HTML = {"content-type": "text/html"}
TOKEN = "5f1e0c9b7a3d5f1e0c9b7a3d5f1e0c9b7a3d5f1e"


def an_answer(status: int, resource: str = "", field: str = "", code: str = "invalid") -> Answer:
    errors = [{"resource": resource, "field": field, "code": code}]
    return Answer(status, JSON, json.dumps({"message": "Said Strava", "errors": errors}).encode())


def the_error(answer: Answer, call: Call = Call.API) -> SourceError:
    error = of_answer(answer, call, NOW)
    assert error is not None
    return error


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_2xx_is_no_error(status: int) -> None:
    assert of_answer(Answer(status, JSON), Call.API, NOW) is None


@pytest.mark.parametrize(
    ("answer", "call", "kind"),
    [
        (an_answer(401, "Application", ""), Call.API, Unauthorized),
        (an_answer(401, "AccessToken", "access_token"), Call.API, Unauthorized),
        (Answer(401, {}), Call.API, Unauthorized),
        (an_answer(401, "AccessToken", "activity:read_permission", "missing"), Call.API, ScopeMissing),
        (an_answer(401, "AccessToken", "profile:read_all_permission", "missing"), Call.API, ScopeMissing),
        (an_answer(403, "Application", "Status", "Inactive"), Call.API, AppInactive),
        (an_answer(403, "Application", "Status", "Inactive"), Call.REFRESH, AppInactive),
        (
            Answer(403, JSON, b'{"message": "Limit of connected athletes exceeded"}'),
            Call.EXCHANGE,
            CapacityFull,
        ),
        (
            Answer(403, HTML, b"<h1>Error 403: Limit of connected athletes exceeded"),
            Call.EXCHANGE,
            CapacityFull,
        ),
        (an_answer(403, "Athlete", "", "forbidden"), Call.API, SourceRefused),
        (Answer(404, JSON, b'{"message": "Record Not Found", "errors": "none"}'), Call.API, NotFound),
        (Answer(404, {}), Call.API, NotFound),
        (Answer(404, HTML, b"<!doctype html>"), Call.API, SourceDown),
        (Answer(404, JSON, b"{}"), Call.EXCHANGE, SourceRefused),
        (an_answer(400, "RefreshToken", "refresh_token"), Call.REFRESH, Unauthorized),
        (an_answer(401, "Application", ""), Call.REFRESH, Unauthorized),
        (an_answer(400, "Application", "client_id"), Call.REFRESH, SourceRefused),
        (an_answer(400, "Application", "client_secret"), Call.REVOKE, SourceRefused),
        (an_answer(400, "RequestToken", "code"), Call.EXCHANGE, SourceRefused),
        (an_answer(401, "Application", ""), Call.EXCHANGE, SourceRefused),
        (an_answer(401, "Application", ""), Call.APP, SourceRefused),
        (an_answer(400, "Activity", "before"), Call.API, SourceRefused),
        (an_answer(409), Call.API, SourceRefused),
        (Answer(408, JSON), Call.API, SourceDown),
        (Answer(302, HTML), Call.API, SourceDown),
        (Answer(500, JSON, b'{"message": "error"}'), Call.API, SourceDown),
        (Answer(502, HTML, b"<html>"), Call.REFRESH, SourceDown),
        (Answer(503, {}), Call.API, SourceDown),
        (Answer(401, HTML, b"<html>log in to the hotel's network"), Call.API, SourceDown),
    ],
)
def test_a_refusal_becomes_the_error_it_means(answer: Answer, call: Call, kind: type[SourceError]) -> None:
    assert type(the_error(answer, call)) is kind


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", '{"errors": [5, null]}', '{"errors": {"code": []}}', "[" * 9999]
)
def test_an_odd_body_does_not_hide_the_status(body: str) -> None:
    assert type(the_error(Answer(401, JSON, body.encode()))) is Unauthorized


def test_a_single_error_object_is_read_like_a_list_of_one() -> None:
    body = json.dumps({"errors": {"resource": "Application", "field": "Status", "code": "Inactive"}})

    assert type(the_error(Answer(403, JSON, body.encode()))) is AppInactive


@pytest.mark.parametrize(
    ("usage", "retry_at"),
    [
        ("201,900", datetime(2030, 5, 6, 18, 15, tzinfo=UTC)),
        ("3,2001", datetime(2030, 5, 7, tzinfo=UTC)),
        ("odd", datetime(2030, 5, 6, 18, 15, tzinfo=UTC)),
    ],
)
def test_over_the_limit_says_when_to_come_back(usage: str, retry_at: datetime) -> None:
    headers = {"x-ratelimit-limit": "200,2000", "x-ratelimit-usage": usage}

    error = the_error(Answer(429, headers, b"<html>"))

    assert isinstance(error, RateLimited)
    assert error.retry_at == retry_at + SLACK


def test_the_line_names_the_status_and_the_three_words() -> None:
    error = the_error(an_answer(401, "AccessToken", "activity:read_permission", "missing"))

    assert str(error).endswith("(401 accesstoken/activity:read_permission/missing)")


def test_a_line_repeats_neither_a_token_nor_a_forged_log_line() -> None:
    line = str(the_error(an_answer(400, TOKEN, "a\nERROR all is lost", "invalid")))

    assert TOKEN not in line
    assert "\n" not in line


@pytest.mark.parametrize(
    "failure",
    [
        requests.ConnectTimeout(TOKEN),
        requests.ReadTimeout(TOKEN),
        requests.ConnectionError(TOKEN),
        requests.exceptions.SSLError(TOKEN),
        requests.exceptions.ChunkedEncodingError(TOKEN),
        requests.exceptions.JSONDecodeError(TOKEN, "", 0),
        requests.TooManyRedirects(TOKEN),
        requests.HTTPError(TOKEN),
        ValueError(TOKEN),
        RecursionError(TOKEN),
        KeyError("access_token"),
    ],
)
def test_whatever_the_libraries_raise_is_the_source_being_down(failure: Exception) -> None:
    with pytest.raises(SourceDown) as error, translated():
        raise failure

    assert TOKEN not in str(error.value)
    assert error.value.__suppress_context__


def test_our_own_errors_pass() -> None:
    error = RateLimited("wait", NOW)

    with pytest.raises(RateLimited) as seen, translated():
        raise error

    assert seen.value is error
