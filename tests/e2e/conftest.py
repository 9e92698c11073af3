"""The whole product on loopback for a real browser: sandbox, service, engine; a Wednesday morning in Rome."""

import json
import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from time import monotonic
from typing import cast

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, sync_playwright
from pydantic import SecretStr

from integrations.strava.sandbox import SandboxServer, World, serve_sandbox, synthetic_runner
from service.bootstrap import wire
from service.cli.serve import Running
from service.pipeline.tools import Tools
from service.pipeline.watch import start_watching
from service.ports import Clock
from service.settings import Settings, read_settings

HOST = "127.0.0.1"
SETUP_CODE = "swift-heron"
MORNING = datetime(2030, 5, 8, 6, 4, tzinfo=UTC)  # a Wednesday, 08:04 in Rome
PHONE, DESKTOP = (390, 844), (1280, 800)
MAC = ("Google Chrome", "Chromium")


@dataclass
class Town:
    """A running service without any account yet, and the Strava it talks to."""

    url: str
    sandbox: SandboxServer
    tools: Tools
    athlete_id: int  # the simulated runner's number at the sandbox

    @property
    def world(self) -> World:
        return self.sandbox.world


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    started = monotonic()

    def clock() -> datetime:
        return MORNING + timedelta(seconds=monotonic() - started)

    world = World(clock, "1", "sandbox-secret", callback_domain=HOST)
    runner = world.add_athlete(
        synthetic_runner(7, end=MORNING, timezone="Europe/Rome", easy_weekday=MORNING.weekday())
    )
    with serve_sandbox(world, HOST, 0) as sandbox:
        settings = read_settings(
            data_dir=tmp_path / "data",
            bind=f"{HOST}:0",
            strava_client_id="1",
            strava_client_secret=SecretStr("sandbox-secret"),
            strava_oauth_base=f"{sandbox.url}/oauth",
            strava_api_base=f"{sandbox.url}/api/v3",
            poll_minutes=0,
            settle_seconds=0,
        )
        with running(settings.model_copy(update={"bind": f"{HOST}:{free_port()}"}), clock) as (tools, url):
            yield Town(url, sandbox, tools, runner.id)


class Letterbox(ThreadingHTTPServer):
    """What a messaging service would receive: Apprise posts JSON here."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__((HOST, 0), _Slot)
        self.texts: Queue[str] = Queue()

    @property
    def address(self) -> str:
        return f"json://{HOST}:{self.server_port}"

    def next_text(self) -> str:
        return self.texts.get(timeout=10)


class _Slot(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        cast(Letterbox, self.server).texts.put(body["message"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Not into the output of the tests."""


@pytest.fixture
def letterbox() -> Iterator[Letterbox]:
    with Letterbox() as box:
        Thread(target=box.serve_forever, daemon=True).start()
        yield box
        box.shutdown()


@contextmanager
def running(settings: Settings, clock: Clock) -> Iterator[tuple[Tools, str]]:
    tools = wire(settings, clock)
    service = Running(tools, settings, setup_code=SETUP_CODE)
    service.run_in_background()
    try:
        start_watching(tools)
        yield tools, settings.url
    finally:
        service.stop()
        tools.store.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_trouble(said: ConsoleMessage) -> bool:
    """What a page complains of, a broken policy included; that a page is not there it may say."""
    return said.type == "error" and "404" not in said.text


# --- the browser ----------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        _no_browser("no browser: apt-get install chromium, or set AFTERRUN_CHROMIUM")
    try:
        with sync_playwright() as driver:
            found = driver.chromium.launch(
                executable_path=path,
                args=["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
            )
            yield found
            found.close()
    except Error as failure:
        _no_browser(f"the browser does not start: {str(failure).splitlines()[0]}")


def chromium() -> str | None:
    given = os.environ.get("AFTERRUN_CHROMIUM")
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge")
    paths = [given] if given else [shutil.which(name) for name in names]
    if sys.platform == "darwin":
        paths += [f"/Applications/{name}.app/Contents/MacOS/{name}" for name in MAC]
    return next((path for path in paths if path and Path(path).exists()), None)


def _no_browser(reason: str) -> None:
    if os.environ.get("AFTERRUN_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open a fresh browser context: ``visit(size=PHONE, dark=False)``. Any script error fails the test, and,
    but for ``trouble=False``, whatever the page complains of.
    """
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def open_page(
        size: tuple[int, int] = PHONE, dark: bool = False, script: bool = True, trouble: bool = True
    ) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            timezone_id="Europe/Rome",
            locale="en-GB",
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda said: errors.append(said.text) if trouble and is_trouble(said) else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []
