"""Work for later: deliveries, retries, uploads in processing, activities still to come."""

import heapq
import itertools
import logging
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal

Clock = Callable[[], datetime]  # aware UTC
Job = Callable[[], object]
Deliver = Literal["thread", "inline", "manual"]

LONGEST_NAP_S = 0.2  # the clock may be a test's and jump

log = logging.getLogger(__name__)


class Agenda:
    """Jobs by due time.

    ``thread`` runs them in the background, ``inline`` at once in the caller if they are due, ``manual``
    only when `run_due` is called.
    """

    def __init__(self, clock: Clock, mode: Deliver) -> None:
        self._clock = clock
        self._mode = mode
        self._jobs: list[tuple[datetime, int, Job]] = []
        self._number = itertools.count()
        self._ready = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closed = False

    def add(self, job: Job, in_s: float = 0.0, at: datetime | None = None) -> None:
        due_at = at or self._clock() + timedelta(seconds=in_s)
        with self._ready:
            if self._closed:
                return
            heapq.heappush(self._jobs, (due_at, next(self._number), job))
            if self._mode == "thread" and self._thread is None:
                self._thread = threading.Thread(target=self._work, name="sandbox-agenda", daemon=True)
                self._thread.start()
            self._ready.notify()
        if self._mode == "inline" and due_at <= self._clock():
            self.run_due()

    def run_due(self) -> int:
        """Run what is due, also what becomes due by it. Return the number of jobs."""
        count = 0
        while (job := self._next_due()) is not None:
            job()
            count += 1
        return count

    def waiting(self) -> int:
        with self._ready:
            return len(self._jobs)

    def close(self) -> None:
        """Forget everything and end the thread. A job that is running ends by itself."""
        with self._ready:
            self._closed = True
            self._jobs.clear()
            self._ready.notify_all()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=5)

    def _next_due(self) -> Job | None:
        with self._ready:
            if self._jobs and self._jobs[0][0] <= self._clock():
                return heapq.heappop(self._jobs)[2]
            return None

    def _work(self) -> None:
        while not self._closed:
            job = self._next_due()
            if job is None:
                self._nap()
                continue
            try:
                job()
            except Exception:
                log.exception("a job of the sandbox failed")

    def _nap(self) -> None:
        with self._ready:
            if self._closed:
                return
            wait_s = None
            if self._jobs:
                wait_s = min(LONGEST_NAP_S, max(0.0, (self._jobs[0][0] - self._clock()).total_seconds()))
            self._ready.wait(wait_s)
