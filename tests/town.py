"""The product on a clock that stands still: wired as in production, on loopback, with a sandbox for Strava.

Events come in over HTTP through the real web app; the engine's ticks are called by hand, and work is drained
in this thread, so that a week passes in a second and always in the same way.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from pydantic import SecretStr
from sqlalchemy import func, select
from structlog.testing import capture_logs
from waitress.server import create_server

from integrations.strava.sandbox import SandboxServer, World, serve_sandbox
from service.bootstrap import wire
from service.cli.serve import close_everything, web_settings
from service.engine.drain import drain
from service.pipeline import HANDLERS
from service.pipeline.connect import CONSENT_VERSION, SCOPES, complete
from service.pipeline.purge import purge
from service.pipeline.receive import ask_to_refresh_all
from service.pipeline.steps import ask_to_plan
from service.pipeline.tools import Tools
from service.pipeline.watch import start_watching
from service.settings import Settings, read_settings
from service.store import athletes, work
from service.store.tables import Work
from service.web.app import create_app
from tests.fakes import FakeClock, RecordingWake

HOST = "127.0.0.1"
SECRET = "sandbox-secret"
REFRESH_AT = timedelta(hours=3, minutes=30)  # of the UTC day
MOST_ROUNDS = 200  # of one moment: more is a row that asks for itself for ever


@dataclass
class Town:
    clock: FakeClock
    sandbox: SandboxServer
    tools: Tools
    settings: Settings
    log: list[Any]  # what the service says, as structlog's events
    runners: dict[int, int] = field(default_factory=dict)  # account by the athlete's number at the sandbox

    @property
    def world(self) -> World:
        return self.sandbox.world

    # --- what a runner does -----------------------------------------------------------------

    def connect(self, strava_id: int, *scopes: str) -> int:
        """Press Authorize on the consent page with only ``scopes`` ticked, come back; the account's id."""
        query = self.come_back(strava_id, *(scopes or SCOPES))
        arrival = complete(
            self.tools,
            code=query["code"],
            scope=query["scope"],
            signed_in_as=None,
            may_create=True,
            timezone=self.world.athlete(strava_id).zone,
            consent_version=CONSENT_VERSION,
        )
        self.runners[strava_id] = arrival.athlete_id
        return arrival.athlete_id

    def come_back(self, strava_id: int, *scopes: str) -> dict[str, str]:
        """What the consent page sends the browser back with, as the page's own form asks for it."""
        page = self.tools.source.authorize_url(
            redirect_uri=f"{self.tools.public_url}/connect/callback", state="state", scopes=SCOPES
        )
        form = {"decision": "authorize", "athlete": strava_id, "scope": list(scopes)}
        answer = requests.post(page, data=form, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        return {
            key: values[0] for key, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()
        }

    # --- time -------------------------------------------------------------------------------

    def work_off(self) -> int:
        """Deliver Strava's events and do all the work that is due now; how many rows."""
        rows = 0
        for _ in range(MOST_ROUNDS):
            self.world.deliver_pending()
            with self.tools.store.read() as session:
                due = {athlete_id for athlete_id, _lane in work.due(session, self.tools.clock())}
            if not due:
                self.no_defects()
                return rows
            rows += sum(drain(self.tools, HANDLERS, athlete_id) for athlete_id in sorted(due))
        raise AssertionError("the work of this moment never ends")

    def live_until(self, moment: datetime) -> None:
        """Let the clock run to ``moment``, and do everything on the way when it is due."""
        self.work_off()
        while (at := self._next_due_at()) is not None and at <= moment:
            self.clock.at = max(at, self.clock.at)
            self.work_off()
        self.clock.at = max(moment, self.clock.at)
        self.work_off()

    def refresh(self) -> None:
        """The engine's daily tick."""
        ask_to_refresh_all(self.tools)
        now = self.tools.clock()
        with self.tools.store.write() as session:
            for athlete in athletes.everyone(session):
                if not work.has_open(session, athlete.id, "plan"):
                    ask_to_plan(session, athlete.id, now)
        self.work_off()

    def purge(self) -> None:
        purge(self.tools)
        self.work_off()

    def _next_due_at(self) -> datetime | None:
        with self.tools.store.read() as session:
            return session.scalar(select(func.min(Work.due_at)).where(Work.state == "open"))

    def no_defects(self) -> None:
        """Fail where a handler or a page broke down with an error that nobody foresaw."""
        broken = [entry for entry in self.log if "exc_info" in entry]
        assert not broken, broken[0]

    # --- what can be seen -------------------------------------------------------------------

    def calls(self) -> list[dict[str, Any]]:
        """Every call that Strava saw, oldest first."""
        answer = requests.get(f"{self.sandbox.url}/sandbox/calls", timeout=5)
        return list(answer.json())

    def arrange(self, **fault: object) -> None:
        """Let something go wrong at the sandbox: its POST /sandbox/faults."""
        answer = requests.post(f"{self.sandbox.url}/sandbox/faults", json=fault, timeout=5)
        assert answer.status_code == 201, answer.text


@contextmanager
def a_town(folder: Path, world: World, clock: FakeClock, **settings: object) -> Iterator[Town]:
    """``world`` on the same ``clock``, with ``deliver="manual"``; ``settings`` as in service.settings."""
    with capture_logs() as log, serve_sandbox(world) as sandbox, socket.create_server((HOST, 0)) as door:
        given: dict[str, object] = {
            "data_dir": folder / "data",
            "bind": f"{HOST}:{door.getsockname()[1]}",
            "strava_client_id": world.default_client_id,
            "strava_client_secret": SecretStr(SECRET),
            "strava_oauth_base": f"{sandbox.url}/oauth",
            "strava_api_base": f"{sandbox.url}/api/v3",
            "poll_minutes": 0,
            "retention": "strict",
        }
        settled = read_settings(**given | settings)
        tools = wire(settled, clock)
        try:
            with served(create_app(tools, RecordingWake(), web_settings(settled, tools, None)), door):
                start_watching(tools)
                yield Town(clock, sandbox, tools, settled, log)
        finally:
            tools.store.close()


@contextmanager
def served(app: Any, door: socket.socket, threads: int = 4) -> Iterator[None]:
    """A web app behind a socket that listens already."""
    server: Any = create_server(app, sockets=[door], threads=threads, ident=None)
    thread = Thread(target=server.run, name="web", daemon=True)
    thread.start()
    try:
        yield
    finally:
        close_everything(server)
        thread.join(timeout=5)
        server.task_dispatcher.shutdown(timeout=2)
