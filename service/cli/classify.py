"""Histories in a file -> one verdict a run, each made from that runner's earlier activities alone."""

import json
import os
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click
from rich.console import Console
from rich.progress import Progress

from integrations.files.histories import read_histories
from service.bootstrap import read_rules, read_words_and_routine
from service.cli.main import Missing
from service.domain.activity import Activity
from service.domain.effort import RunKind, Verdict, judge_all
from service.words import Words

STDOUT = "-"
# The words of those who state what a run was meant to be.
CLASSES = {
    RunKind.EASY: "easy",
    RunKind.LONG: "long",
    RunKind.HARD: "workout",
    RunKind.RACE: "race",
    RunKind.UNSURE: "unknown",
    RunKind.TOO_SHORT: "unknown",
}


def classify(
    path: Path, splits: Path | None, runners: Collection[str], output: str, *, with_reasons: bool
) -> None:
    """Raises OSError, BadLine or Missing; then there is no output, except what was printed already."""
    if output != STDOUT and Path(output).resolve() in {each.resolve() for each in (path, splits) if each}:
        raise Missing(f"{output}: verdicts would replace what they are made from; choose another --output")
    rules = read_rules().effort
    words = read_words_and_routine()[0] if with_reasons else None
    found: set[str] = set()
    runs = 0
    with open_whole(output) as file, progress_over(path) as seen:
        for runner, history in read_histories(path, splits, runners=runners, seen=seen):
            found.add(runner)
            verdicts = judge_all((activity for _, activity in history), rules)
            for line in predictions(runner, history, verdicts, words):
                file.write(json.dumps(line, ensure_ascii=False, allow_nan=False).encode() + b"\n")
                runs += 1
        if missing := sorted(set(runners) - found):
            raise Missing(f"{path}: no runner {', '.join(missing)} in it")
    if output != STDOUT:
        whose = "one runner" if len(found) == 1 else f"{len(found):,} runners"
        click.echo(f"{runs:,} runs of {whose}: {output}", err=True)


def predictions(
    runner: str,
    history: Sequence[tuple[int, Activity]],
    verdicts: dict[int, Verdict],
    words: Words | None,
) -> Iterator[dict[str, Any]]:
    """One a run, in the history's order; without ``words`` there are no reasons in it."""
    for index, activity in history:
        if not activity.is_run:
            continue
        verdict = verdicts[activity.id]
        line: dict[str, Any] = {
            "runner": runner,
            "index": index,
            "predicted_class": CLASSES[verdict.kind],
            "p_easy": round(verdict.p_easy, 6),
        }
        if words is not None:
            line["reasons"] = [words.reason(reason) for reason in verdict.reasons]
        yield {**line, "kind": verdict.kind.value, "confidence": verdict.confidence.value}


@contextmanager
def open_whole(output: str) -> Iterator[BinaryIO]:
    """A file that appears under its name only when all is written; what is no ordinary file is written as
    it is.
    """
    target = Path(output).resolve()
    if output == STDOUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    if target.exists() and not target.is_file():  # /dev/null, a pipe: not to be replaced
        with target.open("wb") as device:
            yield device
        return
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        file = fresh.open("wb")
    except OSError as failure:  # named after the file that was asked for
        raise OSError(failure.errno, failure.strerror, output) from None
    try:
        with file:
            yield file
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


@contextmanager
def progress_over(path: Path) -> Iterator[Callable[[int], None] | None]:
    """A bar on a terminal, moved by how many bytes of the file are read; None where nobody would see it."""
    if not sys.stderr.isatty():
        yield None
        return
    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Judging", total=path.stat().st_size)
        yield lambda read: bar.update(task, completed=read)
