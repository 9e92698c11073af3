"""Histories in a file -> what each runner would have been asked: the real pipeline on a clock that is set."""

import gc
import json
import logging
import signal
import sys
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import BinaryIO

import click
import structlog
from rich.console import Console
from rich.progress import Progress

from integrations.files.histories import read_histories
from integrations.files.labels import read_race_days
from service.cli.classify import STDOUT, open_whole
from service.cli.main import Missing
from service.domain.activity import Activity
from service.replay.lines import Line
from service.replay.playback import RUNS_FEWEST, Conditions, Failed, replay
from service.replay.runner import Answers
from service.settings import read_settings

AHEAD = 2  # runners read, per process, while others are played
GC_AFTER = 50_000  # objects: a playback makes many that live briefly, beside a history that stays
History = list[tuple[int, Activity]]
Played = list[Line] | None


@dataclass(frozen=True, slots=True)
class Files:
    input: Path
    splits: Path | None
    output: str

    def check(self) -> None:
        """Raises Missing where the output would replace what is read."""
        read = {each.resolve() for each in (self.input, self.splits) if each}
        if self.output != STDOUT and Path(self.output).resolve() in read:
            raise Missing(f"{self.output}: would be replaced while it is read; choose another --output")


def replay_file(
    files: Files, runners: Collection[str], conditions: Conditions, *, enter_races: bool, jobs: int
) -> None:
    """Raises OSError, BadLine or Missing; then there is no output, except what was printed already."""
    files.check()
    races = read_race_days(files.input, runners) if enter_races else {}
    with _progress_over(files.input) as bar, open_whole(files.output) as file:
        histories = read_histories(files.input, files.splits, runners=runners, seen=bar.read)
        tally = _Tally()
        try:
            for runner, played in _played(histories, races, conditions, jobs, bar):
                tally.count(runner, played)
                _write(file, played or [])
        except (Failed, BrokenProcessPool) as failure:
            raise Missing(f"replay: {failure}") from failure
        if missing := sorted(set(runners) - tally.found):
            raise Missing(f"{files.input}: no runner {', '.join(missing)} in it")
    click.echo(tally.summary(files.output), err=True)


class _Tally:
    def __init__(self) -> None:
        self.found: set[str] = set()
        self.prompts = self.skipped = 0

    def count(self, runner: str, played: Played) -> None:
        self.found.add(runner)
        self.skipped += played is None
        self.prompts += sum(line["kind"] == "prompt" for line in played or [])

    def summary(self, output: str) -> str:
        counted = len(self.found) - self.skipped
        whose = "one runner" if counted == 1 else f"{counted:,} runners"
        told = f"{self.prompts:,} prompts of {whose}"
        if self.skipped:
            told += f"; {self.skipped:,} skipped with fewer than {RUNS_FEWEST} runs in these weeks"
        return told if output == STDOUT else f"{told}: {output}"


def _write(file: BinaryIO, played: Sequence[Line]) -> None:
    for line in played:
        file.write(json.dumps(line, ensure_ascii=False, allow_nan=False).encode() + b"\n")


# --- one after the other, or in processes -------------------------------------------------------


def _played(
    histories: Iterator[tuple[str, History]],
    races: dict[str, frozenset[date]],
    conditions: Conditions,
    jobs: int,
    bar: "_Bar",
) -> Iterator[tuple[str, Played]]:
    """Every runner's lines, in the order of the file."""
    if jobs == 1:
        with _undone():
            _prepare()
            for runner, history in histories:
                yield runner, replay(runner, history, conditions, races.get(runner, ()))
                bar.played(bar.position)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_prepare_worker) as pool:
        waiting: deque[tuple[str, int, Future[Played]]] = deque()
        try:
            for runner, history in histories:
                task = partial(replay, runner, history, conditions, races.get(runner, frozenset()))
                waiting.append((runner, bar.position, pool.submit(task)))
                if len(waiting) >= AHEAD * jobs:
                    yield _next_of(waiting, bar)
            while waiting:
                yield _next_of(waiting, bar)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _next_of(waiting: deque[tuple[str, int, "Future[Played]"]], bar: "_Bar") -> tuple[str, Played]:
    runner, position, future = waiting.popleft()
    played = future.result()
    bar.played(position)
    return runner, played


def _prepare() -> None:
    """Only what goes wrong is told: a playback logs as much as the weeks it plays."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        processors=[
            structlog.processors.add_log_level,
            structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    gc.set_threshold(GC_AFTER, 50, 100)


def _prepare_worker() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C goes to all: end without a word
    _prepare()


@contextmanager
def _undone() -> Iterator[None]:
    """Afterwards this process is as it was."""
    logs, collects = structlog.get_config(), gc.get_threshold()
    try:
        yield
    finally:
        structlog.configure(**logs)
        gc.set_threshold(*collects)


# --- progress -----------------------------------------------------------------------------------


class _Bar:
    """Moved by how much of the file has been played, not only read."""

    def __init__(self, show: Callable[[int], None] | None) -> None:
        self.position = 0
        self._show = show

    def read(self, position: int) -> None:
        self.position = position

    def played(self, position: int) -> None:
        if self._show is not None:
            self._show(position)


@contextmanager
def _progress_over(path: Path) -> Iterator[_Bar]:
    """On a terminal; elsewhere nobody would see it."""
    if not sys.stderr.isatty():
        yield _Bar(None)
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Playing", total=path.stat().st_size)
        yield _Bar(lambda position: bar.update(task, completed=position))


def conditions_of(weeks: int, lag_minutes: float, done_share: float | None, seed: int) -> Conditions:
    """With AFTERRUN_SETTLE_SECONDS as it is set. Raises BadSettings."""
    settle = timedelta(seconds=read_settings().settle_seconds)
    return Conditions(weeks, timedelta(minutes=lag_minutes), settle, Answers(done_share), seed)
