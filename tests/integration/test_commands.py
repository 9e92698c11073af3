"""The commands as processes: what they print, how they end, and that two do not fight over one database."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any

import pytest
import requests

from tests.loopback import free_port

ROOT = Path(__file__).parents[2]
HOST = "127.0.0.1"
READY_WITHIN_S = 60


def environment(folder: Path, **settings: str) -> dict[str, str]:
    # unbuffered, a line that is never flushed would seem to be
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AFTERRUN_") and name != "PYTHONUNBUFFERED"
    }
    given = {f"AFTERRUN_{name.upper()}": value for name, value in settings.items()}
    return kept | {"AFTERRUN_DATA_DIR": str(folder / "data"), "PYTHONPATH": str(ROOT)} | given


def afterrun(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "service.cli", *words],
        cwd=folder,
        env=environment(folder, **settings),
        capture_output=True,
        text=True,
        timeout=READY_WITHIN_S,
    )


@contextmanager
def started(folder: Path, *words: str, **settings: str) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "service.cli", *words],
        cwd=folder,
        env=environment(folder, **settings),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def first_line(stream: IO[str] | None) -> str:
    assert stream is not None
    return next(line for line in stream if line.strip())


def until(condition: Any, what: str) -> Any:
    deadline = monotonic() + READY_WITHIN_S
    while monotonic() < deadline:
        found = condition()
        if found:
            return found
        sleep(0.1)
    raise AssertionError(f"{what} did not happen within {READY_WITHIN_S} s")


def answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=5).ok
    except requests.ConnectionError:
        return False


class Demo:
    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self.process, self.folder = process, folder
        ready = json.loads(first_line(process.stdout))
        self.url, self.sandbox_url = ready["url"], ready["sandbox_url"]
        self.athlete_id, self.login_url = ready["athlete_id"], ready["login_url"]
        self.browser = requests.Session()
        page = self.browser.get(self.login_url, timeout=10).text
        token = page.split('name="csrf_token" value="')[1].split('"')[0]
        self.browser.post(
            self.login_url, data={"csrf_token": token}, headers={"Origin": self.url}, timeout=10
        ).raise_for_status()

    def press(self, preset: str) -> None:
        address = f"{self.sandbox_url}/sandbox/athletes/{self.athlete_id}/activities"
        requests.post(address, json={"preset": preset}, timeout=10).raise_for_status()

    def today(self) -> str:
        return self.browser.get(self.url, timeout=10).text

    def stop(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


def test_the_demo_asks_after_an_easy_run_and_ends_on_ctrl_c_and_starts_again(tmp_path: Path) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        with started(tmp_path, "demo", "--port", "0", "--sandbox-port", "0", "--json") as process:
            demo = Demo(process, tmp_path)
            before = demo.today().count("easy run, ")
            demo.press("easy_run")
            until(lambda demo=demo, before=before: demo.today().count("easy run, ") > before, "the verdict")
            until(lambda demo=demo: 'data-state="prompt"' in demo.today(), "the prompt")
            assert demo.stop(number) == 0
            assert not answers(demo.url)
            assert not answers(demo.sandbox_url)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """One that runs, for the tests that leave it running."""
    folder = tmp_path_factory.mktemp("demo")
    with started(folder, "demo", "--port", "0", "--sandbox-port", "0", "--json") as process:
        yield Demo(process, folder)


def test_the_demo_stays_silent_after_intervals_and_says_when_next(demo: Demo) -> None:
    demo.press("intervals")
    page = until(lambda: demo.today() if "Hard run" in demo.today() else "", "the reason")
    assert 'data-state="waiting"' in page
    assert "Next good moment" in page


def test_a_second_demo_on_the_same_folder_is_refused_in_one_line(demo: Demo) -> None:
    second = afterrun(demo.folder, "demo", "--port", "0", "--sandbox-port", "0")
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert "already works on this database" in second.stderr


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind((HOST, 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        refused = afterrun(tmp_path, "demo", "--port", port)
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert port in refused.stderr


def test_the_service_prints_its_set_up_code_and_ends_on_sigterm(tmp_path: Path) -> None:
    port = free_port()
    with started(tmp_path, "serve", bind=f"{HOST}:{port}", setup_code="red-kite") as process:
        assert "red-kite" in first_line(process.stdout)
        until(lambda: answers(f"http://{HOST}:{port}"), "the answer")
        second = afterrun(tmp_path, "serve", bind=f"{HOST}:{free_port()}")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        assert process.stderr is not None
        assert (
            "AFTERRUN_STRAVA_CLIENT_ID and AFTERRUN_STRAVA_CLIENT_SECRET must be set" in process.stderr.read()
        )
    assert second.returncode == 1
    assert "already works on this database" in second.stderr


def test_each_wrong_setting_has_a_line_of_its_own(tmp_path: Path) -> None:
    wrong = afterrun(
        tmp_path, "serve", bind="8000", public_url="afterrun.example", poll_minutes="-1", retention="ever"
    )
    assert wrong.returncode == 1
    for name in ("AFTERRUN_BIND", "AFTERRUN_PUBLIC_URL", "AFTERRUN_POLL_MINUTES", "AFTERRUN_RETENTION"):
        assert wrong.stderr.count(name) == 1
    assert wrong.stderr.count("\n") == 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("login-link",), "there is no account yet"),
        (("webhook", "view"), "AFTERRUN_STRAVA_CLIENT_ID and AFTERRUN_STRAVA_CLIENT_SECRET must be set"),
    ],
)
def test_a_command_that_cannot_work_ends_with_one_clear_line(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    failed = afterrun(tmp_path, *words)
    assert failed.returncode == 1
    assert said in failed.stderr
    assert failed.stderr.count("\n") == 1


def test_wrong_usage_ends_with_two(tmp_path: Path) -> None:
    assert afterrun(tmp_path, "fly").returncode == 2


def test_the_webhook_address_stays_the_same_and_is_not_guessed(tmp_path: Path) -> None:
    first, again = (afterrun(tmp_path, "webhook", "url").stdout for _ in range(2))
    assert first == again
    assert len(first.strip().rpartition("/")[2]) >= 40


def held_at(sandbox_port: int) -> Any:
    """Subscriptions, as Strava itself would list them."""
    app = {"client_id": "1", "client_secret": "sandbox-secret"}
    address = f"http://{HOST}:{sandbox_port}/api/v3/push_subscriptions"
    return requests.get(address, params=app, timeout=10).json()


def test_the_subscription_is_made_shown_and_ended(tmp_path: Path) -> None:
    sandbox_port, port = free_port(), free_port()
    settings = {
        "bind": f"{HOST}:{port}",
        "strava_client_id": "1",
        "strava_client_secret": "sandbox-secret",
        "strava_oauth_base": f"http://{HOST}:{sandbox_port}/oauth",
        "strava_api_base": f"http://{HOST}:{sandbox_port}/api/v3",
    }
    with (
        started(tmp_path, "sandbox", "--port", str(sandbox_port)) as sandbox,
        started(tmp_path, "serve", **settings) as service,
    ):
        first_line(sandbox.stdout)
        first_line(service.stdout)
        until(lambda: answers(f"http://{HOST}:{port}"), "the answer")
        made = afterrun(tmp_path, "webhook", "subscribe", **settings)
        assert made.returncode == 0, made.stderr
        assert "/hooks/strava/" in afterrun(tmp_path, "webhook", "view", **settings).stdout
        assert "ended" in afterrun(tmp_path, "webhook", "delete", **settings).stdout
        assert held_at(sandbox_port) == []
