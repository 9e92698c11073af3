"""The real engine and store through the days of ``story``, killed again and again, until all is done.

``python -m tests.integration.kill.replay URL FOLDER DAYS PLAN``, PLAN being JSON: how each life ends, in
order. A last life ends by itself. What must outlive a kill is in FOLDER: the hour, events that were
acknowledged, messages that were sent, handlers that met. Prints one line of JSON: how many lives ended by
SIGKILL.
"""

import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from threading import Condition, Lock
from typing import Any

from sqlalchemy.orm import Session

from service.bootstrap import start_logging
from service.domain.planner import Size
from service.engine.embedded import EmbeddedEngine
from service.pipeline import HANDLERS, log
from service.pipeline.receive import ask_to_list, receive_event
from service.pipeline.tools import Commit, Handler, Tools
from service.ports import Lane, Message
from service.store import athletes, connections, holds, prompts, work
from service.store.database import Store
from service.store.tables import Base
from service.store.work import Job
from tests.fakes import FakeClock, FakeHooks
from tests.integration.kill.story import RUNNERS, Step, Town, steps
from tests.wiring import make_tools

LONG_S = 60
ANSWERS = RUNNERS[::2]  # these tap "Done", twice


@dataclass(frozen=True, slots=True)
class End:
    """How a life ends: at the n-th commit from an event on, or after some milliseconds."""

    event: int | None = None  # 0 is the start itself
    commit: int = 1
    when: str = "before"  # before | after
    after_ms: int | None = None


class MortalStore(Store):
    """Counts its commits, and dies right before or right after the one that is asked for."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.changed = Condition()
        self._counting = Lock()
        self._count = 0
        self._end: End | None = None

    def die(self, end: End) -> None:
        with self._counting:
            self._count, self._end = 0, end

    @contextmanager
    def write(self) -> Iterator[Session]:
        with super().write() as session:
            yield session
            session.flush()
            number = self._next()
            self._die_if(number, "before")
        self._die_if(number, "after")
        with self.changed:
            self.changed.notify_all()

    def _next(self) -> int:
        with self._counting:
            self._count += 1
            return self._count

    def _die_if(self, number: int, when: str) -> None:
        if self._end is not None and (self._end.commit, self._end.when) == (number, when):
            os.kill(os.getpid(), signal.SIGKILL)


class Diary:
    """Lines that are on the disk before anybody acts on them."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, line: object) -> None:
        with self._path.open("a") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())

    def lines(self) -> list[str]:
        return self._path.read_text().splitlines() if self._path.exists() else []


@dataclass(frozen=True, slots=True)
class WrittenChannel:
    diary: Diary

    def send(self, message: Message) -> str:
        self.diary.add(message.tag)
        return message.tag

    def change(self, handle: str, message: Message) -> None:
        """What it says then is of no interest here, that the work ends is."""


class Meetings:
    """Notes when two handlers serve one athlete at a time."""

    def __init__(self, diary: Diary) -> None:
        self._diary, self._lock, self._served = diary, Lock(), dict[int, Job]()

    def watched(self, handler: Handler) -> Handler:
        def run(job: Job, tools: Tools) -> Commit:
            self._enter(job)
            try:
                commit = handler(job, tools)
            except BaseException:
                self._leave(job)
                raise
            return lambda session: self._end(job, commit, session)

        return run

    def _end(self, job: Job, commit: Commit, session: Session) -> None:
        try:
            commit(session)
        finally:
            self._leave(job)

    def _enter(self, job: Job) -> None:
        with self._lock:
            other = self._served.setdefault(job.athlete_id, job)
        if other is not job:
            self._diary.add(f"athlete {job.athlete_id}: {other.kind} {other.id} met {job.kind} {job.id}")

    def _leave(self, job: Job) -> None:
        with self._lock:
            self._served.pop(job.athlete_id, None)


class Life:
    """One process, from its start to its end."""

    def __init__(self, url: str, folder: Path, days: int) -> None:
        self.story = steps(days)
        self.acknowledged = Diary(folder / "acknowledged")
        self.hours = Diary(folder / "hours")
        self.clock = FakeClock(self.story[0].at - timedelta(hours=2))
        self.town = Town(self.clock)
        self.store = MortalStore(url)
        self.tools = make_tools(
            self.store,
            clock=self.clock,
            source=self.town,
            channel=WrittenChannel(Diary(folder / "sent")),
            hooks=FakeHooks(),
        )
        meetings = Meetings(Diary(folder / "met"))
        handlers = {kind: meetings.watched(handler) for kind, handler in HANDLERS.items()}
        self.engine = EmbeddedEngine(self.tools, poll_minutes=15, handlers=handlers)

    def begin(self) -> None:
        """Make the tables and the accounts, and ask for everybody's history."""
        Base.metadata.create_all(self.store.engine)
        for runner in RUNNERS:
            with self.store.write() as session:
                athlete_id = athletes.create(session, self.clock(), timezone="Europe/Rome").id
                connections.connect(
                    session,
                    self.tools.keys,
                    athlete_id=athlete_id,
                    strava_athlete_id=runner,
                    scope="read,activity:read,activity:read_all",
                    tokens=self.town.tokens(runner),
                    now=self.clock(),
                )
                prompts.add_channel(
                    session,
                    self.tools.keys,
                    athlete_id=athlete_id,
                    kind="apprise",
                    label="written down",
                    address="json://127.0.0.1",
                    now=self.clock(),
                )
            ask_to_list(self.tools, athlete_id, "backfill", self.clock(), f"backfill:{athlete_id}")
        self.store.close()

    def live(self, end: End | None) -> None:
        """Go on where the life before ended; what was sent and not acknowledged is sent again."""
        arrived = len(self.acknowledged.lines())
        for step in self.story[:arrived]:
            self.town.happen(step)
        self.clock.at = max([self.clock.at, *map(datetime.fromisoformat, self.hours.lines()[-1:])])
        if not self.store.is_sqlite:
            self._wait(holds.LEASE)  # so long the dead still hold their athletes
        if end is not None and end.event == 0:
            self.store.die(end)
        self.engine.start()
        numbered = list(enumerate(self.story, 1))[arrived:]
        for _moment, group in groupby(numbered, key=lambda item: item[1].at):
            for number, step in group:
                if end is not None and end.event is not None and number >= end.event > 0:
                    self.store.die(end)
                    end = None
                self._arrive(number, step)
            self._do_what_is_due()
            self._wait(timedelta(seconds=95))
            self._do_what_is_due()
            self._answer()
        self._come_to_rest()

    def _arrive(self, number: int, step: Step) -> None:
        self._wait(max(timedelta(0), step.at - self.clock.at))
        self.town.happen(step)
        athlete_id = receive_event(self.tools, step.event)
        self.acknowledged.add(number)
        if athlete_id is not None:
            self.engine.wake(athlete_id, Lane.LIVE)

    def _wait(self, delta: timedelta) -> None:
        self.hours.add((self.clock.at + delta).isoformat())
        self.clock.at += delta

    def _do_what_is_due(self) -> None:
        self.engine.sweep()
        with self.store.changed:
            assert self.store.changed.wait_for(self._nothing_is_due, LONG_S), "work was left undone"

    def _nothing_is_due(self) -> bool:
        with self.store.read() as session:
            return not work.due(session, self.clock())

    def _answer(self) -> None:
        """Some runners do what they are asked, and tap the link twice."""
        with self.store.read() as session:
            everyone = connections.everyone(session)
            waiting = {
                row.athlete_id: prompts.standing(session, row.athlete_id, self.clock())
                for row in everyone
                if row.strava_athlete_id in ANSWERS
            }
        for athlete_id, prompt in waiting.items():
            if prompt is None:
                continue
            for _tap in range(2):
                with self.store.write() as session:
                    log.done_now(
                        session,
                        self.tools,
                        athlete_id,
                        prompt_id=prompt.id,
                        size=Size(prompt.size),
                        origin="link",
                    )
        self._do_what_is_due()

    def _come_to_rest(self) -> None:
        """What had to wait for another try gets it."""
        for _ in range(3):
            self._wait(timedelta(minutes=20))
            self._do_what_is_due()
        self.engine.stop()
        self.store.close()


def main(url: str, folder: Path, days: int, ends: list[End]) -> Mapping[str, Any]:
    start_logging("CRITICAL")

    def a_life(end: End | None) -> Callable[[], None]:
        return lambda: Life(url, folder, days).live(end)

    assert in_a_child(lambda: Life(url, folder, days).begin()) == 0
    killed = sum(in_a_child(a_life(end), end.after_ms) == -signal.SIGKILL for end in ends)
    return {"killed": killed, "finished": in_a_child(a_life(None)) == 0}


def in_a_child(run: Callable[[], None], after_ms: int | None = None) -> int:
    """The exit code, negative for a signal. Forked, since importing everything takes longer than a life."""
    alive, end_of_life = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(alive)
        os._exit(_exit_code(run))
    os.close(end_of_life)
    if after_ms is not None and not select.select([alive], [], [], after_ms / 1000)[0]:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    os.close(alive)
    return os.waitstatus_to_exitcode(status)


def _exit_code(run: Callable[[], None]) -> int:
    try:
        run()
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


if __name__ == "__main__":
    url, folder, days, plan = sys.argv[1:]
    print(json.dumps(main(url, Path(folder), int(days), [End(**end) for end in json.loads(plan)])))
