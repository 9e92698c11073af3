"""What the sandbox's contract tests share: a world, a callback that listens, the recorded answers."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from integrations.strava.sandbox import Athlete, World, create_sandbox, synthetic_runner
from tests.fakes import FakeClock
from tests.loopback import Answer, Loopback, Request, json_answer
from tests.shared_data import FOLDER

Json = dict[str, Any]
START = datetime(2030, 5, 7, 15, 0, tzinfo=UTC)  # a Tuesday, 17:00 in Rome
ALL_SCOPES = ["read", "profile:read_all", "activity:read_all", "activity:write"]


def a_world(clock: FakeClock | None = None, weeks: int = 8, **wishes: Any) -> World:
    """One synthetic runner; events wait for `deliver_pending` unless told otherwise."""
    clock = clock or FakeClock(START)
    world = World(clock, **{"deliver": "manual", **wishes})
    world.add_athlete(a_runner(1, weeks, clock()))
    return world


def a_runner(seed: int = 1, weeks: int = 26, end: datetime = START) -> Athlete:
    """A synthetic runner of one's own: its activities are shared, they are never changed in place."""
    made = _made(seed, weeks, end)
    return replace(made, activities=dict(made.activities))


@cache
def _made(seed: int, weeks: int, end: datetime) -> Athlete:
    return synthetic_runner(seed, weeks, end=end)


def athlete_id_of(world: World) -> int:
    assert world.default_athlete_id is not None
    return world.default_athlete_id


def a_client(world: World) -> FlaskClient:
    return create_sandbox(world).test_client()


def bearer(world: World, *scopes: str) -> dict[str, str]:
    """Headers of an app that was granted the scopes, all of them if none is named."""
    grant = world.connect(athlete_id_of(world), scopes or ALL_SCOPES)
    return {"Authorization": f"Bearer {grant.access_token}"}


class Callback(Loopback):
    """An app's webhook: shakes hands, writes events down, answers with ``status``."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[Json] = []
        self.status = 200
        self.handshake_status = 200
        self.echo: str | None = None  # answered instead of the challenge
        self.queries: list[dict[str, list[str]]] = []
        self.arrived = threading.Condition()
        self.go_on = threading.Event()  # cleared, it answers no handshake
        self.go_on.set()

    def answer(self, request: Request) -> Answer:
        if request.method == "POST":
            with self.arrived:
                self.events.append(json.loads(request.body))
                self.arrived.notify_all()
            return Answer(self.status)
        query = parse_qs(urlsplit(request.path).query)
        self.queries.append(query)
        self.go_on.wait(timeout=10)
        challenge = self.echo if self.echo is not None else query["hub.challenge"][0]
        return json_answer({"hub.challenge": challenge}, self.handshake_status)

    def wait_for(self, count: int) -> list[Json]:
        with self.arrived:
            assert self.arrived.wait_for(lambda: len(self.events) >= count, timeout=5), self.events
            return list(self.events)


@contextmanager
def a_callback() -> Iterator[tuple[Callback, str]]:
    callback = Callback()
    callback.start()
    try:
        yield callback, f"{callback.url}/hook"
    finally:
        callback.close()


def subscribe(world: World, url: str, client: FlaskClient | None = None) -> Json:
    app = world.app
    form = {"client_id": app.client_id, "client_secret": app.secret, "callback_url": url, "verify_token": "v"}
    answer = (client or a_client(world)).post("/api/v3/push_subscriptions", data=form)
    assert answer.status_code == 201, answer.text
    return dict(body(answer))


def body(answer: TestResponse) -> Any:
    """The answer's JSON."""
    return answer.get_json()


def error(answer: TestResponse) -> tuple[int, str, str, str]:
    """Status and the first of Strava's errors: resource, field, code."""
    first = body(answer)["errors"][0]
    return answer.status_code, first["resource"], first["field"], first["code"]


def shared_data() -> Path:
    """The folder of recorded answers, which is not part of the project; skips the test where it is absent."""
    if not FOLDER.is_dir():
        pytest.skip("recorded Strava answers are not here; set AFTERRUN_SHARED_DATA to their folder")
    return FOLDER


def recorded(name: str) -> Any:
    """The body of a recorded answer, or the list of items in a file."""
    found = json.loads((shared_data() / "recorded" / name).read_text())
    return found["response"]["body"] if isinstance(found, dict) and "response" in found else found
