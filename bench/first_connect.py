"""From the code that Strava's consent page sends back to the first dashboard: 1,132 activities to read."""

import json
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter, sleep

from bench.accounts import at_sandbox, connect, consent, settings_for
from bench.browser import signed_in
from bench.child import HOST, free_port, running
from bench.promise import Measured, at_most
from integrations.strava.sandbox.shapes import Json, utc_text
from service.bootstrap import real_clock, wire
from service.cli.serve import Running
from service.pipeline.tools import Tools
from service.ports import Lane
from service.store import activities, connections

ASKED_S = 5.0
ACTIVITIES, DAYS = 1_132, 178
STRAVA_ID = 71
PATIENCE_S = 60.0


def measure() -> Measured:
    with TemporaryDirectory(prefix="afterrun-bench-") as name:
        folder, port = Path(name), free_port()
        file = folder / "history.json"
        file.write_text(json.dumps(_history()))
        command = ["-m", "integrations.strava.sandbox", "--history", str(file), "--port", str(port)]
        with running(command, folder, port, "/sandbox/state", {}):
            seconds, read = _connect(folder, f"http://{HOST}:{port}")
    detail = f"{read:,} activities read, judged and shown; the sandbox in a process of its own"
    return at_most("first_connect", seconds, "s", ASKED_S, detail)


def _history() -> list[Json]:
    rng, now = Random(3), real_clock()
    apart = timedelta(days=DAYS) / ACTIVITIES
    return [
        {
            "id": 10_000_000 + number,
            "athlete": {"id": STRAVA_ID},
            "name": "Run",
            "sport_type": "Run" if number % 3 else "Ride",
            "start_date": utc_text(now - timedelta(hours=3) - number * apart),
            "timezone": "(GMT+01:00) Europe/Rome",
            "distance": 1000 * rng.uniform(6, 12),
            "moving_time": rng.randrange(2200, 4200),
            "elapsed_time": 4300,
            "average_heartrate": round(rng.uniform(128, 168), 1),
            "max_heartrate": float(rng.randrange(160, 188)),
        }
        for number in range(ACTIVITIES)
    ]


def _connect(folder: Path, sandbox: str) -> tuple[float, int]:
    """(seconds, activities in the cache)."""
    settings = settings_for(folder / "data", bind=f"{HOST}:{free_port()}", **at_sandbox(sandbox))
    tools = wire(settings, real_clock)
    service = Running(tools, settings, setup_code=None)
    service.run_in_background()
    try:
        code = consent(tools, STRAVA_ID)
        began = perf_counter()
        athlete_id = connect(tools, code)
        service.engine.wake(athlete_id, Lane.BULK)
        read = _wait_until_judged(tools, athlete_id, began)
        _look_at_dashboard(tools, athlete_id, service.port)
        return perf_counter() - began, read
    finally:
        service.stop()
        tools.store.close()


def _wait_until_judged(tools: Tools, athlete_id: int, began: float) -> int:
    while perf_counter() - began < PATIENCE_S:
        with tools.store.read() as session:
            progress = connections.progress(session, athlete_id)
            if progress is not None and progress.backfilled_at is not None:
                rows = activities.judged(session, athlete_id, tools.clock())
                if not any(row.activity.is_run and row.verdict is None for row in rows):
                    return len(rows)
        sleep(0.05)
    raise RuntimeError(f"the history was not read within {PATIENCE_S:.0f} s")


def _look_at_dashboard(tools: Tools, athlete_id: int, port: int) -> None:
    connection = HTTPConnection(HOST, port, timeout=30)
    connection.request("GET", "/progress", headers={"Cookie": signed_in(tools, athlete_id)})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    if answer.status != 200:
        raise RuntimeError(f"the dashboard was answered with {answer.status}")
