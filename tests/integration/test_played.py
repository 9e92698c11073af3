"""Results that a phone sends of a session it played: taken once, and from its runner only."""

import json
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from service.domain.planner import Size
from service.pipeline import log
from service.pipeline.tools import Tools
from service.store import sessions
from service.store.tables import StrengthSession
from service.web.links import finish_token
from tests.browser import Browser
from tests.conftest import connect_runner
from tests.fakes import FakeClock, FakeSource

PLAY_ID = "5769d0e9-8795-44d3-a8f4-9120d5ec128b"


def begin(tools: Tools, runner: int) -> int:
    with tools.store.write() as store:
        row = log.start(store, tools, runner, prompt_id=None, size=Size.MINI, origin="page")
        store.flush()
        return row.id


def stored(tools: Tools, runner: int, session_id: int) -> StrengthSession:
    with tools.store.read() as store:
        row = sessions.get(store, runner, session_id)
    assert row is not None
    return row


def a_result(tools: Tools, session_id: int, **more: Any) -> dict[str, Any]:
    now = tools.clock()
    row = {"exercise": "glute_bridge", "level": 1, "number": 1, "side": "both", "reps": 8, "form": "clean"}
    return {
        "play_id": PLAY_ID,
        "session_id": session_id,
        "started_at": now.isoformat(),
        "ended_at": (now + timedelta(minutes=6)).isoformat(),
        "ended": "done",
        "sets": [row | {"pain": None}],
        "skips": [],
        "feedback": "right",
        "pain": 0,
        **more,
    }


def send(browser: Browser, path: str, body: Any, token: str = "") -> TestResponse:
    """As the player's script does: JSON, and the page's token in a header."""
    headers = {"Sec-Fetch-Site": "same-origin", "X-CSRF-Token": token}
    return browser.client.post(
        path, base_url="http://afterrun.test", data=json.dumps(body), content_type="application/json",
        headers=headers,
    )  # fmt: skip


@pytest.fixture
def token(browser: Browser, tools: Tools, runner: int) -> str:
    """Of the session page."""
    page = browser.get(f"/sessions/{begin(tools, runner)}").text
    return page.partition('name="csrf-token" content="')[2].partition('"')[0]


def test_a_result_is_stored_once(browser: Browser, tools: Tools, runner: int, token: str) -> None:
    session_id = begin(tools, runner)
    path, body = f"/sessions/{session_id}/play", a_result(tools, session_id)

    assert send(browser, path, body, token).json == {"state": "stored", "today_url": "/"}
    assert send(browser, path, body, token).json == {"state": "known", "today_url": "/"}
    row = stored(tools, runner, session_id)
    assert (row.feedback, row.ended, row.play_id) == ("right", "done", PLAY_ID)


@pytest.mark.parametrize("body", [None, [], {"play_id": "x"}, "done"])
def test_a_broken_result_is_answered_with_one_sentence(
    browser: Browser, tools: Tools, runner: int, token: str, body: Any
) -> None:
    answer = send(browser, f"/sessions/{begin(tools, runner)}/play", body, token)

    assert answer.status_code == 422
    assert answer.json == {"error": "This result could not be read, so nothing of it was kept."}


def test_a_result_waits_on_the_phone_until_its_runner_is_signed_in(
    browser: Browser, app: Flask, tools: Tools, runner: int, token: str
) -> None:
    session_id = begin(tools, runner)
    path, body = f"/sessions/{session_id}/play", a_result(tools, session_id)

    assert send(Browser(app), path, body, token).status_code == 401
    assert send(browser, path, body, "of an older page").status_code == 401
    assert send(browser, path, body, token).status_code == 200


def test_another_runners_session_is_not_there(
    app: Flask, tools: Tools, runner: int, browser: Browser, token: str
) -> None:
    other = connect_runner(tools, FakeSource(tools.clock, athlete=777))
    session_id = begin(tools, other)

    answer = send(browser, f"/sessions/{session_id}/play", a_result(tools, session_id), token)

    assert answer.status_code == 404
    assert answer.json == {"error": "This session could not be saved."}
    assert stored(tools, other, session_id).done_at is None


def test_whoever_came_by_a_link_plays_without_signing_in(app: Flask, tools: Tools, runner: int) -> None:
    session_id = begin(tools, runner)
    link = finish_token(tools.keys, runner, session_id, tools.clock() + timedelta(hours=12))
    phone = Browser(app)

    page = phone.get(f"/act/{link}")
    answer = send(phone, f"/act/{link}/play", a_result(tools, session_id))

    assert f'"play_url": "/act/{link}/play"' in page.text
    assert '"worker_url": ""' in page.text  # an address that acts is kept nowhere
    assert answer.json == {"state": "stored", "today_url": "/"}


@pytest.mark.parametrize(("days", "status"), [(3, 200), (15, 404)])
def test_a_result_is_heard_after_its_link_is_over_while_results_are(
    app: Flask, tools: Tools, runner: int, clock: FakeClock, days: int, status: int
) -> None:
    """The phone had no network; the button of the link is over all the same."""
    session_id = begin(tools, runner)
    link = finish_token(tools.keys, runner, session_id, tools.clock() + timedelta(hours=12))
    body = a_result(tools, session_id)
    clock.tick(days=days)

    assert Browser(app).get(f"/act/{link}").status_code == 404
    assert send(Browser(app), f"/act/{link}/play", body).status_code == status


def test_a_link_that_is_not_ours_stores_nothing(app: Flask, tools: Tools, runner: int) -> None:
    session_id = begin(tools, runner)

    assert send(Browser(app), "/act/forged/play", a_result(tools, session_id)).status_code == 404
    assert stored(tools, runner, session_id).done_at is None


def test_the_worker_lies_at_the_root_and_is_asked_for_anew(browser: Browser) -> None:
    with browser.get("/sw.js?v=1") as answer:
        assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
        assert "no-cache" in answer.headers["Cache-Control"]
    with browser.get("/manifest.webmanifest") as answer:
        assert answer.mimetype == "application/manifest+json"


def test_signing_out_clears_what_the_phone_has_kept(browser: Browser) -> None:
    browser.get("/you")

    assert browser.post("/logout").headers["Clear-Site-Data"] == '"storage"'


def test_the_list_of_moves_is_the_page_and_a_done_session_is_not_played(
    browser: Browser, tools: Tools, runner: int, token: str
) -> None:
    session_id = begin(tools, runner)
    assert 'id="script"' in browser.get(f"/sessions/{session_id}").text

    send(browser, f"/sessions/{session_id}/play", a_result(tools, session_id), token)

    page = browser.get(f"/sessions/{session_id}").text
    assert 'id="script"' not in page
    assert "Glute bridge" in page
