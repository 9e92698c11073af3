"""A program with a row in hand when SIGTERM comes: ``python -m tests.integration.kill.in_hand URL``."""

import sys
from threading import Event

from service.bootstrap import real_clock, start_logging
from service.cli.serve import exit_on_sigterm
from service.engine.embedded import EmbeddedEngine
from service.pipeline.tools import Commit, Tools, nothing
from service.ports import Lane
from service.store import athletes, work
from service.store.work import Job
from tests.fakes import FakeChannel, FakeHooks, FakeSource
from tests.wiring import a_store, make_tools

told_to_stop = Event()


def first(_job: Job, _tools: Tools) -> Commit:
    print("in hand", flush=True)
    assert told_to_stop.wait(20)
    return nothing


def second(_job: Job, _tools: Tools) -> Commit:
    raise AssertionError("no new row is begun after SIGTERM")


def main(url: str) -> None:
    start_logging("ERROR")
    source, channel = FakeSource(real_clock), FakeChannel()
    tools = make_tools(a_store(url), clock=real_clock, source=source, channel=channel, hooks=FakeHooks())
    with tools.store.write() as session:
        athlete_id = athletes.create(session, real_clock()).id
        for kind in ("first", "second"):
            work.enqueue(session, athlete_id=athlete_id, kind=kind, now=real_clock())
    engine = EmbeddedEngine(tools, poll_minutes=0, handlers={"first": first, "second": second})
    exit_on_sigterm()
    try:
        engine.start()
        engine.wake(athlete_id, Lane.LIVE)
        Event().wait(60)
    finally:
        told_to_stop.set()
        engine.stop()


if __name__ == "__main__":
    main(sys.argv[1])
