"""The command that runs the sandbox by itself."""

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from datetime import UTC, datetime

from integrations.strava.sandbox.agenda import Clock
from integrations.strava.sandbox.athlete import Athlete
from integrations.strava.sandbox.history import load_history
from integrations.strava.sandbox.runners import synthetic_runner
from integrations.strava.sandbox.server import serve_sandbox
from integrations.strava.sandbox.world import World

DEFAULT_PORT = 8100


def main(argv: Sequence[str], clock: Clock | None = None) -> int:
    """Serve until SIGINT or SIGTERM. Return 0, or 1 after one line on what failed."""
    clock = clock or _real_clock
    wish = _parser().parse_args(argv)
    world = World(clock, wish.client_id, wish.client_secret, wish.seed, callback_domain=wish.callback_domain)
    try:
        for athlete in _athletes(wish, clock()):
            world.add_athlete(athlete)
        server = serve_sandbox(world, wish.host, wish.port)
    except (OSError, ValueError) as problem:
        print(f"sandbox: {problem}", file=sys.stderr)
        return 1
    print(f"Sandbox: {server.url}  (client id {wish.client_id}, secret {wish.client_secret})", flush=True)
    _wait_for_signal()
    server.stop()
    return 0


def _real_clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - by itself the command is the outermost edge


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sandbox", description="Strava's API on this machine, with synthetic runners."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="0 takes a free one")
    parser.add_argument(
        "--history", metavar="FILE", help="a real list: Strava's JSON or NDJSON, also gzipped"
    )
    parser.add_argument("--splits", metavar="FILE", help="splits and laps that belong to --history")
    parser.add_argument("--seed", type=int, default=1, help="of the first synthetic runner and of all tokens")
    parser.add_argument(
        "--runners", type=int, default=1, help="synthetic runners, when there is no --history"
    )
    parser.add_argument("--weeks", type=int, default=26, help="length of their histories")
    parser.add_argument("--timezone", default="Europe/Rome")
    parser.add_argument("--client-id", default="1")
    parser.add_argument("--client-secret", default="sandbox-secret")
    parser.add_argument("--callback-domain", default="localhost")
    return parser


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number


def _athletes(wish: argparse.Namespace, now: datetime) -> list[Athlete]:
    if wish.history:
        return load_history(wish.history, wish.splits)
    seeds = range(wish.seed, wish.seed + max(1, wish.runners))
    return [synthetic_runner(seed, wish.weeks, end=now, timezone=wish.timezone) for seed in seeds]


def _wait_for_signal() -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if os.name == "nt":  # a bare wait cannot be interrupted there
        while not stop.wait(0.5):
            pass
    stop.wait()
