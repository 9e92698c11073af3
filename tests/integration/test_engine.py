"""The engine: every row is done, by one worker at a time, whatever is lost, doubled, late or broken."""

import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from threading import Condition, Event, Thread
from threading import enumerate as threads_now
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from service.engine import embedded
from service.engine.drain import FIRST_WAIT, TRIES, drain
from service.engine.embedded import THREADS, EmbeddedEngine
from service.engine.lock import AlreadyRunning, FileLock
from service.pipeline.receive import receive_event
from service.pipeline.steps import Postpone, ask_to_plan
from service.pipeline.tools import Commit, Handler, Tools, nothing
from service.ports import HookEvent, Lane, RateLimited, SourceDown
from service.store import athletes, database, holds, schema, work
from service.store.database import Store, StoreUnavailable
from service.store.tables import Athlete, Work
from service.store.work import Job
from tests.conftest import connect_runner
from tests.fakes import FakeChannel, FakeClock, FakeHooks, FakeSource
from tests.wiring import a_store, make_tools

ROOT = Path(__file__).parents[2]
LONG_S = 20  # until a test that waits for something gives up


@pytest.fixture
def tools(any_store: Store, clock: FakeClock, source: FakeSource, channel: FakeChannel) -> Tools:
    return make_tools(any_store, clock=clock, source=source, channel=channel, hooks=FakeHooks())


@pytest.fixture(autouse=True)
def said() -> Iterator[list[Any]]:
    """What was logged, in place of the console."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture
def athlete(tools: Tools) -> int:
    return an_athlete(tools)


def an_athlete(tools: Tools) -> int:
    with tools.store.write() as session:
        return athletes.create(session, tools.clock()).id


def ask(tools: Tools, athlete: int, kind: str = "step", **of: Any) -> None:
    with tools.store.write() as session:
        work.enqueue(session, athlete_id=athlete, kind=kind, now=tools.clock(), **of)


def the_rows(tools: Tools, kind: str = "step") -> list[Work]:
    with tools.store.read() as session:
        return [row for row in session.query(Work).order_by(Work.id) if row.kind == kind]


def the_row(tools: Tools, kind: str = "step") -> Work:
    (row,) = the_rows(tools, kind)
    return row


def states(tools: Tools, kind: str = "step") -> Counter[str]:
    return Counter(row.state for row in the_rows(tools, kind))


class Recorder:
    """A handler that remembers whom it served, and whether it ever served one athlete twice at a time."""

    def __init__(self) -> None:
        self.changed = Condition()
        self.served: list[tuple[int, str]] = []
        self.now: set[int] = set()
        self.overlaps = 0

    def __call__(self, job: Job, tools: Tools) -> Commit:
        with self.changed:
            self.overlaps += job.athlete_id in self.now
            self.now.add(job.athlete_id)
        with tools.store.read() as session:
            athletes.everyone(session)

        def commit(session: Session) -> None:
            athlete = session.get_one(Athlete, job.athlete_id)
            athlete.target_per_week += 1  # an effect that tells how often it happened
            with self.changed:
                self.now.discard(job.athlete_id)
                self.served.append((job.athlete_id, job.kind))
                self.changed.notify_all()

        return commit

    def wait_for(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.served) >= count, LONG_S), "work was left undone"


class Gate:
    """A handler that stops in the middle until it is let go."""

    def __init__(self) -> None:
        self.reached, self.open = Event(), Event()

    def __call__(self, _job: Job, _tools: Tools) -> Commit:
        self.reached.set()
        assert self.open.wait(LONG_S)
        return nothing


@contextmanager
def running(tools: Tools, **handlers: Handler) -> Iterator[EmbeddedEngine]:
    engine = EmbeddedEngine(tools, poll_minutes=0, handlers={"plan": do_nothing, **handlers})
    engine.start()
    try:
        yield engine
    finally:
        engine.stop()


def do_nothing(_job: Job, _tools: Tools) -> Commit:
    return nothing


def failing(error: Exception) -> Handler:
    def fail(_job: Job, _tools: Tools) -> Commit:
        raise error

    return fail


# --- one athlete's rows ---------------------------------------------------------------------


def test_all_that_is_due_is_done_and_nothing_else(tools: Tools, athlete: int, clock: FakeClock) -> None:
    for _ in range(3):
        ask(tools, athlete)
    ask(tools, athlete, due_at=clock() + timedelta(seconds=1))
    assert drain(tools, {"step": do_nothing}, athlete) == 3
    assert states(tools) == {"done": 3, "open": 1}


def test_effects_and_the_end_of_their_row_are_kept_together_or_not_at_all(tools: Tools, athlete: int) -> None:
    def half(_job: Job, _tools: Tools) -> Commit:
        def commit(session: Session) -> None:
            athletes.create(session, tools.clock())
            session.flush()
            raise RuntimeError("in the middle of the effects")

        return commit

    ask(tools, athlete)
    drain(tools, {"step": half}, athlete)

    with tools.store.read() as session:
        assert athletes.count(session) == 1
    row = the_row(tools)
    assert (row.state, row.attempts, row.error) == ("open", 1, "RuntimeError: in the middle of the effects")


def test_each_failure_waits_twice_as_long_and_the_eighth_is_the_last(
    tools: Tools, athlete: int, clock: FakeClock
) -> None:
    ask(tools, athlete)
    waits_s = []
    for _ in range(TRIES - 1):
        assert drain(tools, {"step": failing(SourceDown("Strava answered 503"))}, athlete) == 1
        row = the_row(tools)
        waits_s.append((row.due_at - clock()).total_seconds())
        clock.at = row.due_at
    drain(tools, {"step": failing(SourceDown("Strava answered 503"))}, athlete)

    for tried, waited_s in enumerate(waits_s):
        least_s = FIRST_WAIT.total_seconds() * 2**tried
        assert least_s <= waited_s <= least_s * 1.25
    row = the_row(tools)
    assert (row.state, row.attempts, row.error) == ("dead", TRIES, "Strava answered 503")


def test_two_failures_at_one_moment_do_not_come_back_at_one_moment(
    tools: Tools, athlete: int, clock: FakeClock
) -> None:
    for _ in range(5):
        ask(tools, athlete)
    drain(tools, {"step": failing(SourceDown("Strava answered 503"))}, athlete)
    assert len({row.due_at for row in the_rows(tools)}) > 1


def test_a_used_up_budget_waits_for_its_window_and_counts_no_try(
    tools: Tools, athlete: int, clock: FakeClock
) -> None:
    window = clock() + timedelta(minutes=9)
    ask(tools, athlete)
    for _ in range(TRIES + 2):
        assert drain(tools, {"step": failing(RateLimited("used up", window))}, athlete) == 1
        row = the_row(tools)
        assert window <= row.due_at <= window + timedelta(seconds=10)
        clock.at, window = row.due_at, row.due_at + timedelta(minutes=15)
    assert (row.state, row.attempts) == ("open", 0)


@pytest.mark.parametrize(("counts", "attempts"), [(True, 1), (False, 0)])
def test_a_not_yet_counts_as_a_try_only_if_it_says_so(
    tools: Tools, athlete: int, clock: FakeClock, counts: bool, attempts: int
) -> None:
    ask(tools, athlete)
    later = clock() + timedelta(minutes=5)
    drain(tools, {"step": failing(Postpone("not yet", later, counts=counts))}, athlete)
    row = the_row(tools)
    assert (row.state, row.due_at, row.attempts, row.error) == ("open", later, attempts, "not yet")


def test_a_row_that_fails_does_not_hold_up_the_others(tools: Tools, athlete: int) -> None:
    ask(tools, athlete, "broken")
    ask(tools, athlete)
    handlers = {"broken": failing(ZeroDivisionError("a defect")), "step": do_nothing}
    assert drain(tools, handlers, athlete) == 2
    assert states(tools) == {"done": 1}
    assert the_row(tools, "broken").error == "ZeroDivisionError: a defect"


def test_work_of_an_unknown_kind_says_so_and_is_kept(tools: Tools, athlete: int) -> None:
    ask(tools, athlete, "from-the-future")
    ask(tools, athlete)
    drain(tools, {"step": do_nothing}, athlete)
    row = the_row(tools, "from-the-future")
    assert (row.state, row.error) == ("open", "no handler for work of the kind 'from-the-future'")
    assert states(tools) == {"done": 1}


def test_what_comes_while_the_athlete_is_held_is_done_by_the_holder(tools: Tools, athlete: int) -> None:
    turned_away = []

    def first(_job: Job, tools: Tools) -> Commit:
        ask(tools, athlete)
        turned_away.append(drain(tools, {}, athlete))
        return nothing

    ask(tools, athlete, "first")
    assert drain(tools, {"first": first, "step": do_nothing}, athlete) == 2
    assert turned_away == [0]
    assert states(tools) == {"done": 1}


def test_the_live_lane_leaves_bulk_work_alone(tools: Tools, athlete: int) -> None:
    ask(tools, athlete, "page", lane=Lane.BULK)
    ask(tools, athlete)
    handlers = {"page": do_nothing, "step": do_nothing}
    assert drain(tools, handlers, athlete, Lane.LIVE) == 1
    assert states(tools, "page") == {"open": 1}
    assert drain(tools, handlers, athlete, Lane.BULK) == 1


def test_a_live_row_overtakes_the_pages_of_a_long_backfill(tools: Tools, athlete: int) -> None:
    order = []

    def page(_job: Job, tools: Tools) -> Commit:
        order.append("page")
        if len(order) == 1:
            ask(tools, athlete)
        return nothing

    def step(_job: Job, _tools: Tools) -> Commit:
        order.append("step")
        return nothing

    for _ in range(3):
        ask(tools, athlete, "page", lane=Lane.BULK)
    drain(tools, {"page": page, "step": step}, athlete)
    assert order == ["page", "step", "page", "page"]


def test_a_drain_that_is_told_to_stop_ends_after_the_row_in_hand(tools: Tools, athlete: int) -> None:
    stop = Event()

    def last(_job: Job, _tools: Tools) -> Commit:
        stop.set()
        return nothing

    for _ in range(3):
        ask(tools, athlete)
    assert drain(tools, {"step": last}, athlete, stopping=stop.is_set) == 1
    assert states(tools) == {"done": 1, "open": 2}
    assert drain(tools, {"step": do_nothing}, athlete) == 2, "the athlete is free again"


def test_a_row_that_is_deleted_while_it_is_done_leaves_nothing_and_stops_nothing(
    tools: Tools, athlete: int
) -> None:
    def withdrawn(job: Job, tools: Tools) -> Commit:
        with tools.store.write() as session:
            work.drop_open(session, athlete, ("withdrawn",))
        return lambda session: void(athletes.create(session, tools.clock()))

    ask(tools, athlete, "withdrawn")
    ask(tools, athlete)
    assert drain(tools, {"withdrawn": withdrawn, "step": do_nothing}, athlete) == 2
    with tools.store.read() as session:
        assert athletes.count(session) == 1
    assert states(tools) == {"done": 1}


def void(_value: object) -> None:
    """For effects whose value nobody needs."""


# --- many workers ---------------------------------------------------------------------------


def test_many_drains_at_once_do_each_row_once_and_never_two_of_one_athlete_at_a_time(tools: Tools) -> None:
    recorder, many = Recorder(), [an_athlete(tools) for _ in range(3)]
    for who in many * 6:
        ask(tools, who)

    def drain_until_nothing_is_due() -> None:
        while True:
            with tools.store.read() as session:
                waiting = work.due(session, tools.clock())
            if not waiting:
                return
            for who, _lane in waiting:
                drain(tools, {"step": recorder}, who)

    threads = [Thread(target=drain_until_nothing_is_due) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert recorder.overlaps == 0
    assert Counter(recorder.served) == {(who, "step"): 6 for who in many}
    assert effects(tools) == dict.fromkeys(many, 6)
    assert states(tools) == {"done": 18}


def effects(tools: Tools) -> dict[int, int]:
    """How often each athlete's row was done, by what it left behind."""
    with tools.store.read() as session:
        return {who.id: who.target_per_week - 2 for who in athletes.everyone(session)}


def test_when_every_nudge_is_lost_the_sweep_finishes_everything(tools: Tools, clock: FakeClock) -> None:
    recorder, many = Recorder(), [an_athlete(tools) for _ in range(4)]
    with running(tools, step=recorder) as engine:
        for who in many * 3:
            ask(tools, who, lane=Lane.BULK if who == many[0] else Lane.LIVE)
        engine.sweep()
        recorder.wait_for(12)
    assert effects(tools) == dict.fromkeys(many, 3)


def test_when_every_nudge_comes_three_times_each_row_is_done_once(tools: Tools) -> None:
    recorder, many = Recorder(), [an_athlete(tools) for _ in range(4)]
    with running(tools, step=recorder) as engine:
        for who in many * 3:
            ask(tools, who)
            for lane in (Lane.LIVE, Lane.BULK, Lane.LIVE):
                engine.wake(who, lane)
        engine.sweep()
        recorder.wait_for(12)
    assert effects(tools) == dict.fromkeys(many, 3)
    assert recorder.overlaps == 0


def test_one_athlete_who_takes_long_does_not_keep_the_others_waiting(tools: Tools) -> None:
    recorder, gate = Recorder(), Gate()
    slow, quick = an_athlete(tools), an_athlete(tools)
    with running(tools, slow=gate, step=recorder) as engine:
        ask(tools, slow, "slow")
        engine.wake(slow, Lane.LIVE)
        assert gate.reached.wait(LONG_S)
        ask(tools, quick)
        engine.wake(quick, Lane.LIVE)
        recorder.wait_for(1)
        gate.open.set()
    assert states(tools, "slow") == {"done": 1}


def test_bulk_work_never_takes_the_threads_of_those_who_wait(tools: Tools) -> None:
    recorder, gates = Recorder(), [Gate() for _ in range(THREADS[Lane.BULK] + 2)]
    handlers = {f"page{n}": gate for n, gate in enumerate(gates)}
    with running(tools, step=recorder, **handlers) as engine:
        for kind in handlers:
            who = an_athlete(tools)
            ask(tools, who, kind, lane=Lane.BULK)
            engine.wake(who, Lane.BULK)
        assert gates[0].reached.wait(LONG_S)
        live = an_athlete(tools)
        ask(tools, live)
        engine.wake(live, Lane.LIVE)
        recorder.wait_for(1)
        for gate in gates:
            gate.open.set()


def test_a_hundred_nudges_before_the_first_is_heard_are_one(
    tools: Tools, athlete: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    drains, drained = [], Event()

    def note(_tools: Tools, _handlers: object, who: int, lane: Lane, _stopping: object) -> int:
        drains.append((who, lane))
        drained.set()
        return 0

    monkeypatch.setattr(embedded, "drain", note)
    engine = EmbeddedEngine(tools, poll_minutes=0, handlers={})
    for _ in range(100):
        engine.wake(athlete, Lane.BULK)
    engine.start()
    assert drained.wait(LONG_S)
    engine.stop()
    assert drains.count((athlete, Lane.BULK)) == 1


# --- start and stop -------------------------------------------------------------------------


def test_stopping_lets_the_row_in_hand_end_and_leaves_the_rest_for_the_next_start(
    tools: Tools, athlete: int
) -> None:
    gate, recorder = Gate(), Recorder()
    ask(tools, athlete, "slow")
    ask(tools, athlete)
    with running(tools, slow=gate, step=recorder) as engine:
        engine.wake(athlete, Lane.LIVE)
        assert gate.reached.wait(LONG_S)
        stopping = Thread(target=engine.stop)
        stopping.start()
        gate.open.set()
        stopping.join(LONG_S)
        assert not stopping.is_alive()
        engine.stop()
    assert states(tools, "slow") == {"done": 1}
    assert states(tools) == {"open": 1}

    with running(tools, slow=gate, step=recorder):
        recorder.wait_for(1)
    assert states(tools) == {"done": 1}


def test_nothing_runs_or_waits_after_the_stop(tools: Tools, athlete: int) -> None:
    before = set(threads_now())
    recorder = Recorder()
    with running(tools, step=recorder) as engine:
        ask(tools, athlete)
        engine.wake(athlete, Lane.LIVE)
        recorder.wait_for(1)
    assert set(threads_now()) <= before

    ask(tools, athlete)
    engine.wake(athlete, Lane.LIVE)
    engine.sweep()
    assert states(tools) == {"done": 1, "open": 1}
    assert set(threads_now()) <= before


def test_a_stop_in_the_middle_of_a_sweep_does_not_wait_for_ever(
    tools: Tools, athlete: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The scheduler holds its lock while it waits for its threads, and a nudge needs that lock."""
    nudging, closing = Event(), Event()
    with running(tools, step=do_nothing) as engine:
        scheduler = engine._scheduler
        pool = scheduler._executors["default"]
        shut_down, add_job = pool.shutdown, scheduler.add_job

        def shutdown(wait: bool = True) -> None:
            closing.set()
            shut_down(wait)

        def add_slowly(*args: Any, **more: Any) -> Any:
            nudging.set()
            closing.wait(0.5)
            return add_job(*args, **more)

        monkeypatch.setattr(pool, "shutdown", shutdown)
        monkeypatch.setattr(scheduler, "add_job", add_slowly)
        ask(tools, athlete)
        add_job(engine.sweep)
        assert nudging.wait(LONG_S)
        stopping = Thread(target=engine.stop, daemon=True)
        stopping.start()
        stopping.join(LONG_S)
        assert not stopping.is_alive()


def test_a_stop_that_is_asked_for_twice_is_one(tools: Tools) -> None:
    with running(tools) as engine:
        engine.stop()
        engine.stop()


def test_a_crash_leaves_no_athlete_held_longer_than_the_lease(
    tools: Tools, athlete: int, clock: FakeClock
) -> None:
    """On SQLite a new start frees them at once; with a server the holder may be a process that lives."""
    recorder = Recorder()
    ask(tools, athlete)
    with tools.store.write() as session:
        assert holds.take(session, athlete, "a dead process", clock())
    with running(tools, step=recorder) as engine:
        if not tools.store.is_sqlite:
            assert drain(tools, {"step": recorder}, athlete) == 0
            clock.tick(seconds=holds.LEASE.total_seconds())
            engine.sweep()
        recorder.wait_for(1)
    assert effects(tools) == {athlete: 1}


def test_health_tells_when_the_last_sweep_was_and_what_waits(
    tools: Tools, athlete: int, clock: FakeClock
) -> None:
    ask(tools, athlete, due_at=clock() + timedelta(hours=1))
    ask(tools, athlete, "broken")
    with tools.store.write() as session:
        bury_next(session, athlete, clock)
    engine = EmbeddedEngine(tools, poll_minutes=0, handlers={})
    assert engine.health() == {"swept_at": None, "open": 1, "dead": 1}
    engine.sweep()
    assert engine.health()["swept_at"] == clock().isoformat()


def test_an_athlete_without_a_plan_gets_one_and_a_plan_that_was_given_up_is_tried_again(
    tools: Tools, athlete: int, clock: FakeClock
) -> None:
    planned, unlucky = Recorder(), an_athlete(tools)
    with tools.store.write() as session:
        ask_to_plan(session, unlucky, clock())
        bury_next(session, unlucky, clock)
    with running(tools, plan=planned):
        planned.wait_for(2)
    assert effects(tools) == {athlete: 1, unlucky: 1}


def bury_next(session: Session, athlete: int, clock: FakeClock) -> None:
    assert holds.take(session, athlete, "me", clock())
    job = work.next_due(session, athlete, clock())
    assert job is not None
    work.bury(session, job, "me", "no luck")
    holds.release(session, athlete, "me")


# --- processes ------------------------------------------------------------------------------


def test_a_second_process_on_the_same_file_is_refused_with_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "afterrun.db.lock"
    holder = (
        "import sys; from pathlib import Path; from service.engine.lock import FileLock\n"
        "with FileLock(Path(sys.argv[1])): print('locked', flush=True); sys.stdin.read()"
    )
    with a_process("-c", holder, str(path)) as other:
        assert the_next_line(other) == "locked"
        with pytest.raises(AlreadyRunning) as refusal, FileLock(path):
            pass
        line = f"another afterrun (process {other.pid}) already works on this database: "
        assert str(refusal.value) == line + str(tmp_path / "afterrun.db")
        other.kill()
        other.wait(LONG_S)
        with FileLock(path):  # a process that was killed leaves no lock behind
            pass


def test_the_service_itself_ends_with_that_line(tmp_path: Path) -> None:
    with FileLock(tmp_path / "afterrun.db.lock"):
        ended = subprocess.run(
            [sys.executable, "-m", "service.cli", "serve"],
            cwd=ROOT,
            env={"AFTERRUN_DATA_DIR": str(tmp_path), "AFTERRUN_BIND": "127.0.0.1:0", "PATH": ""},
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert ended.returncode == 1
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith("afterrun: another afterrun (process ")


def test_sigterm_lets_the_row_in_hand_end(tmp_path: Path, clock: FakeClock) -> None:
    url = f"sqlite:///{tmp_path / 'afterrun.db'}"
    with a_process("-m", "tests.integration.kill.in_hand", url) as program:
        assert the_next_line(program) == "in hand"
        program.send_signal(signal.SIGTERM)
        assert program.wait(LONG_S) == 0
    store = a_store(url)
    with store.read() as session:
        left = {row.kind: row.state for row in session.query(Work) if row.kind != "plan"}
    store.close()
    assert left == {"first": "done", "second": "open"}


@contextmanager
def a_process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def the_next_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


# --- a database that refuses ----------------------------------------------------------------


@pytest.fixture
def impatient(
    tmp_path: Path,
    clock: FakeClock,
    source: FakeSource,
    channel: FakeChannel,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Tools]:
    """On a SQLite file, where waiting for a lock is given up at once."""
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 1)
    store = a_store(f"sqlite:///{tmp_path / 'afterrun.db'}")
    yield make_tools(store, clock=clock, source=source, channel=channel, hooks=FakeHooks())
    store.close()


@contextmanager
def locked(tools: Tools) -> Iterator[None]:
    """Another process is in the middle of a write."""
    path = tools.store.engine.url.database
    assert path is not None
    with closing(sqlite3.connect(path, timeout=LONG_S, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def disk_full(tools: Tools) -> Iterator[None]:
    """No page may be added to the database file."""

    def allow(connection: Any, pages: int) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    def on_checkout(connection: Any, *_more: object) -> None:
        allow(connection, 1)  # the file never shrinks for it: it stays as it is

    event.listen(tools.store.engine, "checkout", on_checkout)
    try:
        yield
    finally:
        event.remove(tools.store.engine, "checkout", on_checkout)
        with tools.store.engine.connect() as connection:
            allow(connection.connection, 1_000_000)
        tools.store.engine.dispose()


Trouble = Callable[[Tools], Any]
TROUBLES: Mapping[str, tuple[Trouble, str]] = {
    "locked": (locked, "the database is locked by another process"),
    "full": (disk_full, "the disk is full: nothing was written"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_an_event_that_cannot_be_written_is_refused_so_that_strava_sends_it_again(
    impatient: Tools, source: FakeSource, clock: FakeClock, trouble: str
) -> None:
    happens, line = TROUBLES[trouble]
    connect_runner(impatient, source)
    with happens(impatient), pytest.raises(StoreUnavailable, match=f"^{line}$"):
        receive_many(impatient, clock)

    counted = the_rows(impatient, "activity")
    receive_event(impatient, an_event(5000, clock))
    assert len(the_rows(impatient, "activity")) == len(counted) + 1


def receive_many(tools: Tools, clock: FakeClock) -> None:
    for n in range(2000):  # a full disk has room for a few more on its last page
        receive_event(tools, an_event(n, clock))


def an_event(activity_id: int, clock: FakeClock) -> HookEvent:
    return HookEvent("activity", "create", activity_id, 9001, 77, clock(), {})


@pytest.mark.parametrize("trouble", TROUBLES)
def test_work_whose_effects_cannot_be_written_is_done_when_they_can(
    impatient: Tools, clock: FakeClock, trouble: str
) -> None:
    happens, line = TROUBLES[trouble]
    athlete = an_athlete(impatient)
    ask(impatient, athlete)
    blocked = Event()

    def many_effects(_job: Job, tools: Tools) -> Commit:
        def commit(session: Session) -> None:
            for n in range(40):
                ask_within(session, tools, athlete, n)

        return commit

    def many_effects_and_trouble(job: Job, tools: Tools) -> Commit:
        blocked.set()
        return many_effects(job, tools)

    with happens(impatient), suppress(StoreUnavailable):
        drain(impatient, {"step": many_effects_and_trouble}, athlete)
    assert blocked.is_set() == (trouble == "full")  # a lock stops it before the row is taken
    assert the_row(impatient).state == "open"
    assert the_rows(impatient, "effect") == []
    if trouble == "full":
        assert the_row(impatient).error == line

    clock.tick(minutes=2)
    drain(impatient, {"step": many_effects, "effect": do_nothing}, athlete)
    assert states(impatient) == {"done": 1}
    assert states(impatient, "effect") == {"done": 40}


def ask_within(session: Session, tools: Tools, athlete: int, n: int) -> None:
    body = {"padding": "x" * 4000, "n": n}
    work.enqueue(session, athlete_id=athlete, kind="effect", now=tools.clock(), body=body)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_the_engine_outlives_a_database_that_refuses_for_a_while(
    impatient: Tools, clock: FakeClock, trouble: str
) -> None:
    happens, _line = TROUBLES[trouble]
    athlete, recorder = an_athlete(impatient), Recorder()
    with running(impatient, step=recorder) as engine:
        ask(impatient, athlete)
        with happens(impatient):
            engine.wake(athlete, Lane.LIVE)
            engine.sweep()
        clock.tick(minutes=2)
        engine.sweep()
        recorder.wait_for(1)
    assert states(impatient) == {"done": 1}


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_first_start_that_cannot_write_says_so_and_the_next_one_begins_anew(
    tmp_path: Path, clock: FakeClock, source: FakeSource, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(database, "BUSY_TIMEOUT_MS", 1)
    happens, line = TROUBLES[trouble]
    store = Store(f"sqlite:///{tmp_path / 'afterrun.db'}")
    tools = make_tools(store, clock=clock, source=source, channel=FakeChannel(), hooks=FakeHooks())
    with happens(tools), pytest.raises(StoreUnavailable, match=f"^{line}$"):
        schema.bring_up_to_date(store)
    schema.bring_up_to_date(store)
    assert schema.version(store) == schema.HEAD
    store.close()


def test_a_database_that_is_busy_with_others_says_so(
    any_store: Store, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(any_store.engine.pool, "_timeout", 0.01)
    held = [any_store.engine.connect() for _ in range(15)]
    try:
        with pytest.raises(StoreUnavailable, match=r"^every connection to the database is in use$"):
            look(any_store)
    finally:
        for connection in held:
            connection.close()


def test_a_database_that_is_not_there_says_so(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'no such folder' / 'afterrun.db'}")
    with pytest.raises(StoreUnavailable, match=r"^the database did not answer: unable to open"):
        look(store)


def test_a_server_that_is_down_says_so() -> None:
    store = Store("postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=2")
    with pytest.raises(StoreUnavailable, match=r"^the database did not answer: "):
        look(store)


def look(store: Store) -> None:
    with store.read() as session:
        session.execute(text("SELECT 1"))
