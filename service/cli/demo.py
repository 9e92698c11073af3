"""Everything on this machine: a sandbox in place of Strava, one simulated runner, and the service."""

import json
import shutil
import socket
import sys
from dataclasses import replace
from datetime import date, time, timedelta
from time import sleep
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo, available_timezones

import click
import requests
from pydantic import SecretStr
from tzlocal import get_localzone_name

from integrations.strava.sandbox import SandboxServer, World, serve_sandbox, synthetic_runner
from service.bootstrap import real_clock, start_logging, wire
from service.cli.serve import Running, exit_on_sigterm, make_login_link, only_engine
from service.domain.fitness import Fitness, Screening
from service.domain.planner import Size, week_start
from service.pipeline.connect import CONSENT_VERSION, SCOPES, complete
from service.pipeline.reached import NOTHING_REACHED, prescribed
from service.pipeline.situation import today_of
from service.pipeline.tools import Tools
from service.pipeline.watch import start_watching
from service.ports import Lane
from service.settings import BadSettings, Settings, read_settings
from service.store import athletes, connections
from service.store.tables import Athlete, StrengthSession, WeekTarget

HOST = "127.0.0.1"
CLIENT_ID, CLIENT_SECRET = "1", "sandbox-secret"
WEEKS_WITH_SESSIONS = 11
READY_WITHIN_S = 60
SESSIONS_OF_A_WEEK = ("full full", "full mini", "full full", "full", "full full", "full full", "mini full")


def demo(port: int | None, sandbox_port: int | None, as_json: bool) -> None:
    settings = _settings(_port(port, 8000))
    start_logging("WARNING" if as_json else settings.log_level)
    exit_on_sigterm()
    zone = _zone()
    world = World(real_clock, CLIENT_ID, CLIENT_SECRET, callback_domain=HOST)
    now = real_clock()
    # today is one of the days on which this runner runs easily, and the next hard one is far
    easy_weekday = now.astimezone(ZoneInfo(zone)).weekday()
    runner = synthetic_runner(7, end=now, timezone=zone, easy_weekday=easy_weekday)
    world.add_athlete(runner)
    with only_engine(settings), serve_sandbox(world, HOST, _port(sandbox_port, 8001)) as sandbox:
        settings = _pointed_at(settings, sandbox)
        _forget_last_time(settings)
        tools = wire(settings)
        running = Running(tools, settings, setup_code=None)
        web = running.run_in_background()
        try:
            athlete_id = _connect(tools, runner.id, zone)
            running.engine.wake(athlete_id, Lane.BULK)
            start_watching(tools)
            _wait_until_read(tools, athlete_id)
            login_url = make_login_link(tools, athlete_id, lasts=timedelta(days=7))
            _say(settings.url, sandbox.url, runner.id, login_url, as_json)
            web.join()
        except KeyboardInterrupt:
            pass
        finally:
            running.stop()
            tools.store.close()


def _settings(port: int) -> Settings:
    """The runner's own settings do not count here, or the demo would depend on them."""
    folder = read_settings().data_dir / "demo"
    return read_settings(
        data_dir=folder,
        database_url="",
        bind=f"{HOST}:{port}",
        public_url=f"http://{HOST}:{port}",
        proxy_hops=0,
        secret_keys=SecretStr(""),
        strava_client_id=CLIENT_ID,
        strava_client_secret=SecretStr(CLIENT_SECRET),
        poll_minutes=0,
        settle_seconds=0,
    )


def _pointed_at(settings: Settings, sandbox: SandboxServer) -> Settings:
    return settings.model_copy(
        update={
            "strava_oauth_base": f"{sandbox.url}/oauth",
            "strava_api_base": f"{sandbox.url}/api/v3",
        }
    )


def _port(wanted: int | None, usual: int) -> int:
    """The wanted port, else the usual one, else any free one."""
    for port in (wanted,) if wanted is not None else (usual, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
                return int(probe.getsockname()[1])
            except OSError:
                continue
    raise BadSettings(f"port {wanted} is taken: choose another with --port or --sandbox-port")


def _zone() -> str:
    name = get_localzone_name()
    return name if name in available_timezones() else "UTC"


def _forget_last_time(settings: Settings) -> None:
    """The sandbox starts anew each time, so does the demo. The lock file stays: we hold it."""
    for path in settings.data_dir.glob("*"):
        if path.suffix != ".lock":
            shutil.rmtree(path) if path.is_dir() else path.unlink()


# --- the simulated runner --------------------------------------------------------------------


def _connect(tools: Tools, strava_athlete_id: int, zone: str) -> int:
    """Walk through the sandbox's consent page as a browser would, then through ours."""
    redirect = f"{tools.public_url}/connect/callback"
    page = tools.source.authorize_url(redirect_uri=redirect, state="demo", scopes=SCOPES)
    answer = requests.post(
        page,
        data={"athlete": strava_athlete_id, "scope": list(SCOPES), "decision": "authorize"},
        allow_redirects=False,
        timeout=10,
    )
    brought = parse_qs(urlsplit(answer.headers["Location"]).query)
    arrival = complete(
        tools,
        code=brought["code"][0],
        scope=brought["scope"][0],
        signed_in_as=None,
        may_create=True,
        timezone=zone,
        consent_version=CONSENT_VERSION,
    )
    live_without_quiet_hours(tools, arrival.athlete_id)
    have_done_sessions(tools, arrival.athlete_id, zone)
    return arrival.athlete_id


def live_without_quiet_hours(tools: Tools, athlete_id: int) -> None:
    with tools.store.write() as session:
        athlete = athletes.get(session, athlete_id)
        assert athlete is not None
        awake = replace(athletes.preferences(athlete), quiet_from=time(0), quiet_until=time(0))
        athletes.put_preferences(athlete, awake)


def have_done_sessions(tools: Tools, athlete_id: int, timezone: str) -> None:
    """Two sessions in most of the weeks before this one, none in this: the next one is due."""
    zone = ZoneInfo(timezone)
    this_week = week_start(today_of(tools.clock(), zone), 0)
    with tools.store.write() as session:
        athlete = athletes.get(session, athlete_id)
        assert athlete is not None
        athletes.put_fitness(athlete, Fitness(screening=Screening.CLEAR, screened_on=this_week))
        for back in range(1, WEEKS_WITH_SESSIONS + 1):
            week_on = this_week - timedelta(weeks=back)
            session.add(WeekTarget(athlete_id=athlete_id, week_on=week_on, target=2))
            sizes = SESSIONS_OF_A_WEEK[back % len(SESSIONS_OF_A_WEEK)].split()
            for size, weekday in zip(sizes, (1, 4), strict=False):
                session.add(_a_session(tools, athlete, week_on + timedelta(days=weekday), Size(size), zone))


def _a_session(tools: Tools, athlete: Athlete, on: date, size: Size, zone: ZoneInfo) -> StrengthSession:
    began = (
        tools.clock().astimezone(zone).replace(year=on.year, month=on.month, day=on.day, hour=18, minute=40)
    )
    asked, _ = prescribed(tools, NOTHING_REACHED, athletes.preferences(athlete), size, on, ())
    return StrengthSession(
        athlete_id=athlete.id,
        on=on,
        size=size.value,
        started_at=began,
        done_at=began + timedelta(minutes=asked.minutes),
        minutes=asked.minutes,
        origin="page",
    )


def _wait_until_read(tools: Tools, athlete_id: int) -> None:
    for _ in range(READY_WITHIN_S * 10):
        with tools.store.read() as session:
            progress = connections.progress(session, athlete_id)
            if progress is not None and progress.backfilled_at:
                return
        sleep(0.1)
    raise BadSettings(f"the sandbox's history was not read within {READY_WITHIN_S} s")


def _say(url: str, sandbox_url: str, athlete_id: int, login_url: str, as_json: bool) -> None:
    ready = {"url": url, "sandbox_url": sandbox_url, "athlete_id": athlete_id, "login_url": login_url}
    if as_json:
        click.echo(json.dumps(ready))
        sys.stdout.flush()
        return
    click.echo(f"\n  Afterrun   {login_url}\n  Sandbox    {sandbox_url}\n")
    click.echo('  Open both. Press "Finish an easy run now" in the sandbox and watch Today.')
    click.echo("  Ctrl-C stops all of it.\n")
