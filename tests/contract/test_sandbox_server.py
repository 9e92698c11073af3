"""The sandbox on a real port, started and stopped; and the command that does it."""

import ast
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests

from integrations.strava.sandbox import World, main, serve_sandbox
from tests.contract.sandbox_support import START, a_world, athlete_id_of, bearer
from tests.fakes import FakeClock

ROOT = Path(__file__).resolve().parents[2]


def get(url: str, **headers: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        return session.get(url, headers=headers, timeout=10)


def test_server_answers_until_it_is_stopped() -> None:
    world = a_world(weeks=1)
    server = serve_sandbox(world)
    assert get(f"{server.url}/api/v3/athlete", **bearer(world)).json()["id"] == athlete_id_of(world)
    server.stop()
    with pytest.raises(requests.ConnectionError):
        get(server.url)
    server.stop()


def test_port_is_free_again_at_once() -> None:
    with serve_sandbox(a_world(weeks=1)) as first:
        assert get(first.url).status_code == 200
    with serve_sandbox(a_world(weeks=1), port=first.port) as second:
        assert second.port == first.port
        assert get(second.url).status_code == 200


def test_taken_port_is_an_error() -> None:
    with serve_sandbox(a_world(weeks=1)) as first, pytest.raises(OSError):
        serve_sandbox(a_world(weeks=1), port=first.port)


def test_stop_lets_hanging_answers_go() -> None:
    world = a_world(weeks=1)
    headers, got = bearer(world), list[object]()

    def ask() -> None:
        try:
            got.append(get(f"{server.url}/api/v3/athlete", **headers).status_code)
        except requests.RequestException:
            got.append("cut off")

    with serve_sandbox(world) as server:
        requests.post(f"{server.url}/sandbox/faults", json={"status": "timeout", "seconds": 300}, timeout=10)
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join(timeout=0.1)
        assert got == []
    thread.join(timeout=10)
    assert got in ([504], ["cut off"])


def test_answers_in_parallel_are_all_counted() -> None:
    world = a_world(weeks=1)
    headers = bearer(world)
    with serve_sandbox(world) as server:
        url = f"{server.url}/api/v3/athlete"
        threads = [threading.Thread(target=lambda: [get(url, **headers) for _ in range(5)]) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert world.app.rate.headers(world.clock())["X-ReadRateLimit-Usage"] == "40,40"


def test_command_serves_until_it_is_told_to_stop() -> None:
    command = [
        sys.executable,
        "-m",
        "integrations.strava.sandbox",
        "--port",
        "0",
        "--weeks",
        "1",
        "--runners",
        "2",
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[1]
        assert len(get(f"{url}/sandbox/athletes").json()) == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


@pytest.mark.parametrize("arguments", [["--history", "/no/such/file"], ["--history", __file__]])
def test_command_says_in_one_line_what_failed(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--port", "0"], FakeClock(START)) == 1
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("port", ["many", "70000", "-1"])
def test_wrong_usage_exits_with_two(port: str) -> None:
    with pytest.raises(SystemExit) as problem:
        main([f"--port={port}"])
    assert problem.value.code == 2


def test_sandbox_knows_nothing_of_the_service_nor_of_stravalib() -> None:
    files = list((ROOT / "integrations" / "strava" / "sandbox").glob("*.py"))
    assert len(files) > 15
    for file in files:
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            reads_lines = ast.unparse(node) == "from service import ndjson"  # whatever stands in them
            assert reads_lines or not {name.partition(".")[0] for name in names} & {"service", "stravalib"}, (
                file
            )
            assert all(
                name.startswith("integrations.strava.sandbox")
                for name in names
                if name.startswith("integrations")
            ), file


def test_worlds_with_the_same_seed_make_the_same_tokens() -> None:
    first, second, other = (World(FakeClock(START), seed=seed, deliver="manual") for seed in (4, 4, 5))
    assert first.make_token() == second.make_token() != other.make_token()
    assert len(first.make_token()) == 40
