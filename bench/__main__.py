"""``python -m bench [NAME ...] [--json FILE]``: one line a promise. Where none is named, all but
those that take an hour.
"""

import argparse
import json
import logging
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

import structlog

from bench.promise import Measured

# Each in a file of its own, imported when it is asked for: the start of one must not weigh on another.
PROMISES = {
    "webhook_ack": "bench.webhook_ack",
    "event_to_prompt": "bench.event_to_prompt",
    "strava_reads": "bench.strava_reads",
    "first_connect": "bench.first_connect",
    "classify": "bench.classify",
    "planning": "bench.planning",
    "dashboard": "bench.dashboard",
    "dashboard_bytes": "bench.dashboard_bytes",
    "player_bytes": "bench.player_bytes",
    "player_frame": "bench.player_frame",
    "idle": "bench.idle",
    "startup": "bench.startup",
    "sweep": "bench.sweep",
    "kill9": "bench.kill9",
    "replay": "bench.replay",
}
ONLY_WHERE_NAMED = frozenset({"replay"})  # takes the better part of an hour, and histories that few have


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="bench", description="Measure what the product promises.")
    by_default = [name for name in PROMISES if name not in ONLY_WHERE_NAMED]
    told = f"of {', '.join(PROMISES)}; by default all but {', '.join(sorted(ONLY_WHERE_NAMED))}"
    parser.add_argument("names", metavar="NAME", nargs="*", help=told)
    parser.add_argument("--json", metavar="FILE", type=Path, help="write one object a promise there")
    wish = parser.parse_args(arguments)
    unknown = set(wish.names) - PROMISES.keys()
    if unknown:
        parser.error(f"no promise of that name: {', '.join(sorted(unknown))}")
    _be_quiet()
    measured = []
    for name in wish.names or by_default:
        measured.append(_measure(name))
        print(measured[-1].line(), flush=True)
    if wish.json:
        wish.json.write_text(json.dumps([asdict(each) for each in measured], indent=1) + "\n")
    return 0 if all(each.value is not None for each in measured) else 1


def _measure(name: str) -> Measured:
    measure: Callable[[], Measured] = import_module(PROMISES[name]).measure
    try:
        return measure()
    except Exception as failure:  # the others are measured all the same
        return Measured(name, None, "", 0.0, False, f"{type(failure).__name__}: {failure}")


def _be_quiet() -> None:
    logging.disable(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
