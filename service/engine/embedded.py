"""The engine inside the one process: APScheduler as clock and as thread pools, our rows as the truth."""

import logging
from collections.abc import Callable, Mapping
from threading import Event, Lock
from typing import Any

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from service.engine.drain import drain
from service.pipeline import HANDLERS
from service.pipeline.purge import purge
from service.pipeline.receive import ask_to_poll_all, ask_to_refresh_all
from service.pipeline.steps import keep_planning
from service.pipeline.tools import Handler, Tools
from service.ports import Lane
from service.store import athletes, holds, work
from service.store.database import StoreUnavailable

log = structlog.get_logger()

SWEEP_S = 2
THREADS = {Lane.LIVE: 8, Lane.BULK: 2}
ONCE = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}


class EmbeddedEngine:
    """Start it once per database; the caller holds the file lock."""

    def __init__(
        self, tools: Tools, *, poll_minutes: int, handlers: Mapping[str, Handler] = HANDLERS
    ) -> None:
        self._tools = tools
        self._handlers = handlers
        self._poll_minutes = poll_minutes
        self._stopping = Event()
        self._nudged: set[tuple[int, Lane]] = set()
        self._nudged_lock = Lock()
        self._swept_at: Any = None
        self._scheduler = BackgroundScheduler(
            timezone="UTC",
            executors={
                "default": ThreadPoolExecutor(4),
                **{lane.value: ThreadPoolExecutor(count) for lane, count in THREADS.items()},
            },
        )
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it reports every nudge otherwise

    def start(self) -> None:
        if self._tools.store.is_sqlite:  # the file lock makes us the only engine: who held them is dead
            with self._tools.store.write() as session:
                holds.release_all(session)
        self._every(self.sweep, seconds=SWEEP_S)
        self._every(self._daily, minutes=10)
        self._every(self._purge, minutes=30)
        if self._poll_minutes:
            self._every(self._poll, seconds=20)
        self._scheduler.start()
        for tick in (self._daily, self._purge, self._poll if self._poll_minutes else self.sweep):
            self._scheduler.add_job(_safely(tick), **ONCE)
        log.info("engine started", poll_minutes=self._poll_minutes)

    def stop(self) -> None:
        """Finish the rows that are being done; the rest waits for the next start."""
        with self._nudged_lock:  # no nudge may wait for the scheduler while that waits for its threads
            self._stopping.set()
        if self._scheduler.running:
            self._scheduler.remove_all_jobs()  # it trips over a nudge that comes due while it shuts down
            self._scheduler.shutdown(wait=True)
            log.info("engine stopped")

    def wake(self, athlete_id: int, lane: Lane) -> None:
        """The Wake of service.ports."""
        with self._nudged_lock:
            if self._stopping.is_set() or (athlete_id, lane) in self._nudged:
                return
            self._nudged.add((athlete_id, lane))
            self._scheduler.add_job(
                self._drain, args=(athlete_id, lane), executor=lane.value, misfire_grace_time=None
            )

    def sweep(self) -> None:
        """Nudge whoever has work due: this is what makes a lost nudge cost seconds and not work."""
        with self._tools.store.read() as session:
            waiting = work.due(session, self._tools.clock())
        for athlete_id, lane in waiting:
            self.wake(athlete_id, lane)
        self._swept_at = self._tools.clock()

    def health(self) -> Mapping[str, object]:
        with self._tools.store.read() as session:
            counts = work.counts(session)
        swept = self._swept_at.isoformat() if self._swept_at else None
        return {"swept_at": swept, "open": counts.get("open", 0), "dead": counts.get("dead", 0)}

    def _drain(self, athlete_id: int, lane: Lane) -> None:
        with self._nudged_lock:
            self._nudged.discard((athlete_id, lane))
        try:
            drain(self._tools, self._handlers, athlete_id, lane, self._stopping.is_set)
        except StoreUnavailable as trouble:
            log.error("work must wait", athlete=athlete_id, why=str(trouble))

    def _poll(self) -> None:
        ask_to_poll_all(self._tools, self._poll_minutes)

    def _daily(self) -> None:
        ask_to_refresh_all(self._tools)
        now = self._tools.clock()
        with self._tools.store.write() as session:
            for athlete in athletes.everyone(session):
                keep_planning(session, athlete.id, now)

    def _purge(self) -> None:
        purge(self._tools)

    def _every(self, tick: Callable[[], None], **interval: int) -> None:
        self._scheduler.add_job(_safely(tick), "interval", **interval, **ONCE)


def _safely(tick: Callable[[], None]) -> Callable[[], None]:
    """A tick that fails says so in one line and comes again."""

    def run() -> None:
        try:
            tick()
        except StoreUnavailable as trouble:
            log.error("tick failed", tick=tick.__name__, why=str(trouble))
        except Exception:
            log.exception("tick failed", tick=tick.__name__)

    return run
