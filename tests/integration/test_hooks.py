"""What Strava pushes, and what others push in its name: durable before the 200, and believed not at all."""

import json
from typing import Any, NoReturn

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from service.pipeline.tools import Tools
from service.ports import Lane
from service.store import hooks
from service.store.database import Store, StoreUnavailable
from service.store.tables import Work
from tests.browser import HOOK_PATH, VERIFY_TOKEN, a_web
from tests.conftest import connect_runner
from tests.fakes import FakeClock, FakeSource, RecordingWake

ADDRESS = f"/hooks/strava/{HOOK_PATH}"


@pytest.fixture
def web(tools: Tools, wake: RecordingWake) -> Flask:
    return a_web(tools, wake)


@pytest.fixture
def strava(web: Flask) -> FlaskClient:
    return web.test_client()


def an_event(**fields: Any) -> dict[str, Any]:
    return {
        "object_type": "activity",
        "aspect_type": "create",
        "object_id": 4_000_000_001,
        "owner_id": 9001,
        "subscription_id": 77,
        "event_time": 1_904_450_000,
        "updates": {},
        **fields,
    }


def push(strava: FlaskClient, event: object, address: str = ADDRESS, **more: Any) -> TestResponse:
    return strava.post(address, base_url="http://afterrun.test", json=event, **more)


def rows(tools: Tools) -> list[tuple[str, dict[str, Any]]]:
    with tools.store.read() as session:
        return [(row.kind, row.body) for row in session.scalars(select(Work).order_by(Work.id))]


# --- handshake ------------------------------------------------------------------------------


def ask_hand(strava: FlaskClient, address: str = ADDRESS, **query: str) -> TestResponse:
    asked = {"hub.mode": "subscribe", "hub.challenge": "15f7d1a9", "hub.verify_token": VERIFY_TOKEN, **query}
    return strava.get(address, base_url="http://afterrun.test", query_string=asked)


def test_handshake_gives_the_challenge_back(strava: FlaskClient) -> None:
    answer = ask_hand(strava)

    assert answer.status_code == 200
    assert answer.mimetype == "application/json"
    assert answer.get_json() == {"hub.challenge": "15f7d1a9"}


@pytest.mark.parametrize(
    "wrong", [{"hub.verify_token": "other"}, {"hub.mode": "unsubscribe"}, {"hub.challenge": ""}]
)
def test_handshake_of_somebody_else_is_not_answered(strava: FlaskClient, wrong: dict[str, str]) -> None:
    assert ask_hand(strava, **wrong).status_code == 404


# --- events ---------------------------------------------------------------------------------


def test_event_is_a_row_before_it_is_answered(strava: FlaskClient, tools: Tools, runner: int) -> None:
    answer = push(strava, an_event())

    assert answer.status_code == 200
    assert rows(tools) == [("activity", {"id": 4_000_000_001, "cause": "create"})]


def test_event_that_needs_no_rest_wakes_the_runner(
    strava: FlaskClient, wake: RecordingWake, runner: int
) -> None:
    push(strava, an_event(aspect_type="delete"))
    assert wake.nudges == [(runner, Lane.LIVE)]


def test_event_needs_neither_sign_in_nor_form_token_and_sets_no_cookie(
    strava: FlaskClient, runner: int
) -> None:
    answer = push(strava, an_event(), headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://x.example"})

    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers


def test_event_that_comes_three_times_is_one_row(strava: FlaskClient, tools: Tools, runner: int) -> None:
    assert [push(strava, an_event()).status_code for _ in range(3)] == [200] * 3

    assert len(rows(tools)) == 1


def test_deauthorization_becomes_a_row_of_its_own(strava: FlaskClient, tools: Tools, runner: int) -> None:
    push(
        strava,
        an_event(
            object_type="athlete", aspect_type="update", object_id=9001, updates={"authorized": "false"}
        ),
    )

    assert rows(tools) == [("athlete_event", {"withdrawn": True})]


@pytest.mark.parametrize(
    "address",
    [
        "/hooks/strava/guess",
        f"{ADDRESS}x",
        ADDRESS[:-1],
        f"{ADDRESS}/",
        "/hooks/strava/%C3%9F",
        "/hooks/strava/%00",
        "/hooks/strava/",
    ],
)
def test_wrong_address_is_a_flat_404(strava: FlaskClient, tools: Tools, runner: int, address: str) -> None:
    for answer in (push(strava, an_event(), address), ask_hand(strava, address)):
        assert answer.status_code == 404
        assert HOOK_PATH not in answer.text
    assert rows(tools) == []


def test_without_a_webhook_no_address_is_right(tools: Tools) -> None:
    client = a_web(tools, hook_path="").test_client()

    assert push(client, an_event(), "/hooks/strava/").status_code == 404
    assert push(client, an_event(), "/hooks/strava/x").status_code == 404


def test_event_of_a_stranger_is_taken_and_forgotten(
    strava: FlaskClient, tools: Tools, wake: RecordingWake, runner: int
) -> None:
    assert push(strava, an_event(owner_id=555)).status_code == 200
    assert rows(tools) == []
    assert wake.nudges == []


def test_event_of_a_foreign_subscription_is_taken_ignored_and_logged_once(
    strava: FlaskClient, tools: Tools, clock: FakeClock, runner: int
) -> None:
    with tools.store.write() as session:
        hooks.put(session, 77, "http://afterrun.test/hooks", clock())

    with capture_logs() as log:
        answers = [push(strava, an_event(subscription_id=78, object_id=n)) for n in range(1, 4)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert rows(tools) == []
    assert len([line for line in log if line["log_level"] == "warning"]) == 1
    assert push(strava, an_event()).status_code == 200
    assert len(rows(tools)) == 1


@pytest.mark.parametrize(
    "event",
    [
        [],
        "text",
        None,
        {},
        an_event(object_type="segment"),
        an_event(aspect_type="explode"),
        an_event(object_id=-1),
        an_event(object_id=2**63),
        an_event(object_id="1"),
        an_event(owner_id=True),
        an_event(owner_id=None),
        an_event(subscription_id=1.5),
        an_event(event_time=1_904_450_000_000),
        an_event(event_time="now"),
        an_event(updates=[]),
    ],
)
def test_malformed_event_is_refused_with_one_line_and_no_row(
    strava: FlaskClient, tools: Tools, runner: int, event: object
) -> None:
    answer = push(strava, event)

    assert answer.status_code == 400
    assert answer.mimetype == "text/plain"
    assert answer.text.count("\n") == 1
    assert rows(tools) == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 4000, b"{}" * 100])
def test_body_that_is_not_json_is_refused(strava: FlaskClient, body: bytes) -> None:
    answer = strava.post(ADDRESS, base_url="http://afterrun.test", data=body, content_type="application/json")

    assert answer.status_code == 400


def test_oversized_event_is_refused_unread(strava: FlaskClient, tools: Tools, runner: int) -> None:
    answer = push(strava, an_event(updates={"title": "x" * 5000}))

    assert answer.status_code == 413
    assert rows(tools) == []


def test_oversized_event_is_cut_off_and_refused_where_no_length_is_told(
    strava: FlaskClient, tools: Tools, runner: int
) -> None:
    body = json.dumps(an_event(updates={"title": "x" * 5000})).encode()
    answer = strava.post(
        ADDRESS,
        base_url="http://afterrun.test",
        data=body,
        environ_overrides={"CONTENT_LENGTH": None, "wsgi.input_terminated": True},
    )

    assert answer.status_code == 400
    assert rows(tools) == []


def test_database_that_cannot_be_written_makes_strava_try_again(
    strava: FlaskClient, tools: Tools, runner: int, wake: RecordingWake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(_store: Store) -> NoReturn:
        raise StoreUnavailable("the database is locked by another process")

    with monkeypatch.context() as broken:
        broken.setattr(Store, "write", locked)
        answer = push(strava, an_event())

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "60"
    assert wake.nudges == []
    assert push(strava, an_event()).status_code == 200


def test_flood_for_one_runner_is_stopped_and_others_are_not(
    web: Flask, tools: Tools, source: FakeSource, clock: FakeClock, runner: int
) -> None:
    source.athlete = 9002
    connect_runner(tools, source)
    bucket = web.extensions["afterrun"].limits.hook_owners
    while bucket.allow(9001):
        pass
    strava = web.test_client()

    assert push(strava, an_event()).status_code == 429
    assert push(strava, an_event(owner_id=9002)).status_code == 200
    clock.tick(minutes=1)
    assert push(strava, an_event()).status_code == 200


def test_flood_from_one_address_is_stopped_but_this_machine_is_not(web: Flask, runner: int) -> None:
    callers = web.extensions["afterrun"].limits.hook_callers
    for caller in ("203.0.113.9", "127.0.0.1"):
        while callers.allow(caller):
            pass
    strava = web.test_client()

    far, near = {"REMOTE_ADDR": "203.0.113.9"}, {"REMOTE_ADDR": "127.0.0.1"}
    assert push(strava, an_event(), environ_overrides=far).status_code == 429
    assert push(strava, an_event(), environ_overrides=near).status_code == 200
