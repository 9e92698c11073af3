"""Pages, webhook and engine in one process, on waitress; a clean end on SIGTERM."""

import gc
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import click
import structlog
from sqlalchemy import make_url
from waitress.server import create_server

from service.bootstrap import start_logging, wire
from service.engine.embedded import EmbeddedEngine
from service.engine.lock import FileLock
from service.pipeline.tools import Tools
from service.pipeline.watch import hook_secret, verify_token
from service.settings import BadSettings, Settings, read_settings
from service.store import athletes
from service.store.database import Store
from service.web.app import WebSettings, create_app

log = structlog.get_logger()

THREADS = 8
LOGIN_LINK_LASTS = timedelta(minutes=10)


class Running:
    """A service that answers and works, until ``stop``."""

    def __init__(self, tools: Tools, settings: Settings, setup_code: str | None) -> None:
        self.engine = EmbeddedEngine(tools, poll_minutes=settings.poll_minutes)
        app = create_app(
            tools, self.engine.wake, web_settings(settings, tools, setup_code, self.engine.health)
        )
        self._server: Any = create_server(
            app, host=settings.host, port=settings.port, threads=THREADS, ident=None
        )
        self.port = int(self._server.effective_port)
        self.engine.start()
        settle_memory()

    def run(self) -> None:
        """Answer until SystemExit or KeyboardInterrupt, let requests in flight end, then stop the engine."""
        try:
            self._server.run()
        finally:
            self.engine.stop()

    def run_in_background(self) -> Thread:
        thread = Thread(target=self._server.run, name="web", daemon=True)
        thread.start()
        return thread

    def stop(self) -> None:
        """The end of ``run_in_background``."""
        close_everything(self._server)
        self._server.task_dispatcher.shutdown()
        self.engine.stop()


def close_everything(server: Any) -> None:
    """Have a waitress server close all its sockets, in its own thread, so that its ``run`` ends."""
    # An answer on its way out may have the loop do so before we pull: then the trigger is gone.
    with suppress(OSError):
        server.trigger.pull_trigger(lambda: server.asyncore.close_all(server._map))


def serve() -> None:
    settings = read_settings()
    start_logging(settings.log_level)
    exit_on_sigterm()
    with only_engine(settings):
        tools = wire(settings)
        setup_code = setup_code_if_needed(tools.store, settings)
        if setup_code:
            # not print: into a pipe or a journal that would come only with the end of the process
            click.echo(f"\nFirst start: open {settings.url}/connect and enter the set-up code {setup_code}\n")
        running = Running(tools, settings, setup_code)
        warn_without_strava(settings)
        log.info("afterrun listens", url=settings.url, bind=settings.bind)
        running.run()
        tools.store.close()


def warn_without_strava(settings: Settings) -> None:
    """The pages work, but nobody can connect."""
    try:
        settings.require_strava()
    except BadSettings as missing:
        log.warning("not ready to connect anybody", why=str(missing))


def settle_memory() -> None:
    """What is there after the start stays: without it, each full collection halts every page for a while."""
    gc.collect()
    gc.freeze()


def exit_on_sigterm() -> None:
    def stop(_number: int, _frame: object) -> None:
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)


@contextmanager
def only_engine(settings: Settings) -> Iterator[None]:
    """Hold the lock beside the SQLite file. Raises AlreadyRunning. PostgreSQL has the holds in its rows."""
    url = make_url(settings.database)
    if url.get_backend_name() != "sqlite" or not url.database:
        yield
        return
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    path = Path(url.database)
    with FileLock(path.with_name(f"{path.name}.lock")):
        yield


def setup_code_if_needed(store: Store, settings: Settings) -> str | None:
    """The code that makes the first runner the owner; None once there is one."""
    with store.read() as session:
        if athletes.has_owner(session):
            return None
    return settings.setup_code.get_secret_value() or secrets.token_hex(4)


def web_settings(
    settings: Settings, tools: Tools, setup_code: str | None, health: Any = dict[str, object]
) -> WebSettings:
    oauth = urlsplit(settings.strava_oauth_base)
    return WebSettings(
        public_url=settings.url,
        proxy_hops=settings.proxy_hops,
        hook_path=hook_secret(tools.keys),
        hook_verify_token=verify_token(tools.keys),
        setup_code=setup_code,
        oauth_origin=f"{oauth.scheme}://{oauth.netloc}",
        poll_minutes=settings.poll_minutes,
        sandbox=oauth.hostname in ("127.0.0.1", "localhost"),
        engine_health=health,
        contact=settings.contact,
    )


def login_link(athlete_id: int | None) -> str:
    settings = read_settings()
    return make_login_link(wire(settings), athlete_id)


def make_login_link(tools: Tools, athlete_id: int | None, lasts: timedelta = LOGIN_LINK_LASTS) -> str:
    """Raises BadSettings if there is no such account."""
    with tools.store.read() as session:
        athlete = athletes.owner(session) if athlete_id is None else athletes.get(session, athlete_id)
    if athlete is None:
        raise BadSettings("there is no account yet" if athlete_id is None else f"no account {athlete_id}")
    content = {"a": athlete.id, "n": secrets.token_hex(8)}
    token = tools.keys.sign_link("login", content, tools.clock() + lasts)
    return f"{tools.public_url}/login/{token}"
