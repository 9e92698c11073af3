"""Rate limits of the sandbox, and answers that are made to fail."""

import threading

import pytest
from flask.testing import FlaskClient

from integrations.strava.sandbox import Limits, World
from tests.contract.sandbox_support import START, a_client, a_world, bearer, body, error
from tests.fakes import FakeClock

ATHLETE = "/api/v3/athlete"
LIST = "/api/v3/athlete/activities"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(START.replace(minute=7))


@pytest.fixture
def world(clock: FakeClock) -> World:
    return a_world(clock, weeks=1, limits=Limits(6, 20, 3, 10))


@pytest.fixture
def client(world: World) -> FlaskClient:
    return a_client(world)


def statuses(client: FlaskClient, world: World, count: int) -> list[int]:
    headers = bearer(world)
    return [client.get(ATHLETE, headers=headers).status_code for _ in range(count)]


def test_headers_show_both_pairs() -> None:
    world = a_world(weeks=1)
    answer = a_client(world).get(ATHLETE, headers=bearer(world))
    assert answer.headers["X-RateLimit-Limit"] == "200,2000"
    assert answer.headers["X-RateLimit-Usage"] == "1,1"
    assert answer.headers["X-ReadRateLimit-Limit"] == "100,1000"
    assert answer.headers["X-ReadRateLimit-Usage"] == "1,1"


def test_one_read_too_many_is_refused(client: FlaskClient, world: World) -> None:
    assert statuses(client, world, 4) == [200, 200, 200, 429]
    answer = client.get(ATHLETE, headers=bearer(world))
    assert body(answer)["message"] == "Rate Limit Exceeded"
    assert error(answer) == (429, "Application", "read rate limit", "exceeded")
    assert answer.headers["X-ReadRateLimit-Usage"] == "5,5"


def test_window_starts_anew_at_the_quarter_hour(client: FlaskClient, world: World, clock: FakeClock) -> None:
    assert statuses(client, world, 4)[-1] == 429
    clock.tick(minutes=7, seconds=59)
    assert statuses(client, world, 1) == [429]
    clock.tick(seconds=1)
    answer = client.get(ATHLETE, headers=bearer(world))
    assert answer.status_code == 200
    assert answer.headers["X-ReadRateLimit-Usage"] == "1,6"


def test_refused_calls_use_up_the_day_which_ends_at_midnight_utc(
    client: FlaskClient, world: World, clock: FakeClock
) -> None:
    statuses(client, world, 10)
    clock.tick(hours=1)
    assert statuses(client, world, 1) == [429]
    clock.at = clock.at.replace(hour=23, minute=59, second=59)
    assert statuses(client, world, 1) == [429]
    clock.tick(seconds=1)
    assert statuses(client, world, 1) == [200]


def test_writes_count_overall_but_not_as_reads(client: FlaskClient, world: World) -> None:
    headers = bearer(world)
    entry = {"name": "a", "sport_type": "Run", "start_date_local": "2030-05-01T06:00:00Z", "elapsed_time": 60}
    for _ in range(6):
        answer = client.post("/api/v3/activities", headers=headers, data=entry)
        assert answer.status_code == 201
    assert answer.headers["X-ReadRateLimit-Usage"] == "0,0"
    refused = client.post("/api/v3/activities", headers=headers, data=entry)
    assert error(refused) == (429, "Application", "overall rate limit", "exceeded")


def test_calls_without_a_living_token_are_not_counted(client: FlaskClient, world: World) -> None:
    answer = client.get(ATHLETE, headers={"Authorization": "Bearer dead"})
    assert answer.status_code == 401
    assert "X-RateLimit-Usage" not in answer.headers
    assert world.app.rate.headers(world.clock())["X-RateLimit-Usage"] == "0,0"


def test_arranged_429_shows_an_exhausted_window(client: FlaskClient, world: World, clock: FakeClock) -> None:
    client.post("/sandbox/faults", json={"status": 429})
    answer = client.get(ATHLETE, headers=bearer(world))
    assert answer.status_code == 429
    assert answer.headers["X-ReadRateLimit-Usage"].startswith("3,")
    clock.tick(minutes=15)
    assert statuses(client, world, 1) == [200]


def test_fault_meets_its_path_and_number_only(client: FlaskClient, world: World) -> None:
    client.post("/sandbox/faults", json={"status": 500, "path": LIST, "times": 2})
    headers = bearer(world)
    assert client.get(ATHLETE, headers=headers).status_code == 200
    got = [client.get(LIST, headers=headers) for _ in range(3)]
    assert [answer.status_code for answer in got] == [500, 500, 200]
    assert body(got[0]) == {"message": "error"}


@pytest.mark.parametrize(
    ("wish", "status", "mimetype", "start"),
    [
        ({"status": 502}, 502, "text/html", b"<!DOCTYPE"),
        ({"status": 500, "body": "html"}, 500, "text/html", b"<!DOCTYPE"),
        ({"status": 503, "body": "empty"}, 503, "application/json", b""),
        ({"status": "empty"}, 200, "application/json", b""),
        ({"status": 404}, 404, "application/json", b'{"message":"Resource Not Found"'),
        ({"status": 401}, 401, "application/json", b'{"message":"Authorization Error"'),
    ],
)
def test_answers_fail_in_every_shape(
    client: FlaskClient, world: World, wish: dict[str, object], status: int, mimetype: str, start: bytes
) -> None:
    assert client.post("/sandbox/faults", json=wish).status_code == 201
    answer = client.get(ATHLETE, headers=bearer(world))
    assert (answer.status_code, answer.mimetype) == (status, mimetype)
    assert answer.data.startswith(start)
    if not start:
        assert answer.data == b""


def test_token_endpoint_fails_when_asked_to(client: FlaskClient) -> None:
    client.post("/sandbox/faults", json={"status": 503, "path": "/oauth/token"})
    assert client.post("/oauth/token", data={}).status_code == 503
    assert client.post("/oauth/token", data={}).status_code == 400


def test_timeout_hangs_until_the_world_closes(client: FlaskClient, world: World) -> None:
    client.post("/sandbox/faults", json={"status": "timeout", "seconds": 60})
    headers, answers = bearer(world), list[int]()
    thread = threading.Thread(target=lambda: answers.append(client.get(ATHLETE, headers=headers).status_code))
    thread.start()
    thread.join(timeout=0.05)
    assert answers == []
    world.close()
    thread.join(timeout=5)
    assert answers == [504]


def test_short_timeout_ends_by_itself(client: FlaskClient, world: World) -> None:
    client.post("/sandbox/faults", json={"status": "timeout", "seconds": 0.01})
    assert client.get(ATHLETE, headers=bearer(world)).status_code == 504


def test_faults_are_shown_and_cleared(client: FlaskClient, world: World) -> None:
    client.post("/sandbox/faults", json={"status": 500, "times": None})
    client.post("/sandbox/faults", json={"events": "lose", "times": 3})
    client.post("/sandbox/faults", json={"app": "inactive"})
    client.post("/sandbox/faults", json={"capacity": 0})
    shown = body(client.get("/sandbox/faults"))
    assert shown["answers"][0]["status"] == 500
    assert shown["answers"][0]["times"] is None
    assert shown["events"][0]["events"] == "lose"
    assert (shown["app"], shown["capacity"]) == ("inactive", 0)
    assert client.delete("/sandbox/faults").status_code == 204
    assert body(client.get("/sandbox/faults")) == {
        "answers": [],
        "events": [],
        "app": "active",
        "capacity": None,
    }


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"status": "slow"},
        {"status": 99},
        {"status": True},
        {"status": 500, "times": -1},
        {"status": 500, "times": "many"},
        {"status": 500, "body": "xml"},
        {"status": 500, "seconds": "x"},
        {"events": "eat"},
        {"app": "asleep"},
        {"capacity": "lots"},
        [],
    ],
)
def test_nonsense_is_not_arranged(client: FlaskClient, wish: object) -> None:
    answer = client.post("/sandbox/faults", json=wish)
    assert answer.status_code == 400
    assert body(answer)["message"]
