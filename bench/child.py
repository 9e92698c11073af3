"""The service in a process of its own, as ``afterrun serve`` starts it."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import perf_counter, sleep

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
UP_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Child:
    pid: int
    port: int
    up_after_s: float  # from the start of the process to its first answer


def free_port() -> int:
    with socket.create_server((HOST, 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def serving(folder: Path, **settings: object) -> Iterator[Child]:
    """``settings`` as in service.settings; nothing else of the environment's counts."""
    port = free_port()
    given = {"data_dir": folder, "bind": f"{HOST}:{port}", "log_level": "ERROR", **settings}
    variables = {f"AFTERRUN_{name.upper()}": str(value) for name, value in given.items()}
    with running(["-m", "service.cli", "serve"], folder, port, "/healthz", variables) as child:
        yield child


@contextmanager
def running(
    arguments: list[str], folder: Path, port: int, path: str, variables: dict[str, str]
) -> Iterator[Child]:
    """Python with these arguments in ``folder``, where no .env is, until the port answers ``path``."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("AFTERRUN_")}
    started = perf_counter()
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=folder,
        env={**others, "PYTHONPATH": str(ROOT), **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    try:
        _wait_until_up(process, port, path, started)
        yield Child(process.pid, port, perf_counter() - started)
    finally:
        process.terminate()
        try:
            process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _wait_until_up(process: "subprocess.Popen[bytes]", port: int, path: str, started: float) -> None:
    while perf_counter() - started < UP_WITHIN_S:
        if process.poll() is not None:
            said = (process.stderr.read() if process.stderr else b"").decode(errors="replace").strip()
            raise RuntimeError(f"it did not start: {said.splitlines()[-1] if said else 'no word'}")
        connection = HTTPConnection(HOST, port, timeout=2)
        try:
            connection.request("GET", path)
            if connection.getresponse().status == 200:
                return
        except (OSError, HTTPException):
            sleep(0.005)
        finally:
            connection.close()
    raise RuntimeError(f"it did not answer within {UP_WITHIN_S:.0f} s")
