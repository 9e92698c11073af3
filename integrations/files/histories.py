"""Histories of many runners in one file: one activity a line, the lines of each runner together.

A line has `runner`, `index`, `start_date_local`, `start_is_utc` (the source told UTC), `utc_offset` (s) and
any of Strava's own fields; a second file may hold `splits_metric` and `laps` of some of them. Anything else,
such as an intent that somebody stated, is never read.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from service import ndjson, records
from service.domain.activity import Activity
from service.ndjson import BadLine
from service.records import ParseError

Line = Mapping[str, Any]
Details = dict[str, dict[int, bytes]]  # lines of the second file, not parsed, by runner and index

UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
DAY_S = 86_400
PARTS = ("splits_metric", "laps")


def read_histories(
    path: Path,
    splits: Path | None = None,
    *,
    runners: Collection[str] = (),
    seen: Callable[[int], None] | None = None,
) -> Iterator[tuple[str, list[tuple[int, Activity]]]]:
    """(runner, their (index, activity) pairs in the file's order), one runner in memory at a time.

    ``runners`` names those to read, all if empty; ``seen`` is told how many bytes of the file are read. A
    field that makes no sense counts as missing. Raises OSError, or BadLine where the file itself is broken.
    """
    details = _read_details(splits, runners) if splits else {}
    over: set[str] = set()
    history: _History | None = None
    for number, line in ndjson.read(path, seen):
        runner = records.runner_of(line)
        if history is None or history.runner != runner:
            if history is not None:
                over.add(history.runner)
                if history.activities:
                    yield history.runner, history.activities
            if runner in over:
                told = f"runner {runner} comes back after another's lines; they must stand together"
                raise BadLine(path, number, told)
            history = _History(path, runner, details.pop(runner, {}))
        if not runners or runner in runners:
            history.add(number, line)
    if history is not None and history.activities:
        yield history.runner, history.activities


def _read_details(path: Path, runners: Collection[str]) -> Details:
    """Kept as text, a fifth of what it would take as objects: the second file may be in another order."""
    found: Details = defaultdict(dict)
    for number, text in ndjson.lines(path):
        line = ndjson.parse(path, number, text)
        runner, index = records.runner_of(line), records.whole(line, "index")
        if index is not None and (not runners or runner in runners):
            found[runner][index] = text
    return found


class _History:
    """What the lines of one runner have said so far."""

    def __init__(self, path: Path, runner: str, details: dict[int, bytes]) -> None:
        self.runner = runner
        self.activities: list[tuple[int, Activity]] = []
        self._path = path
        self._details = details
        self._indices: set[int] = set()
        self._last_at, self._last_local = UNDATED, UNDATED.replace(tzinfo=None)

    def add(self, number: int, line: Line) -> None:
        index = records.whole(line, "index")
        if index is None:
            index = len(self.activities)
        if index in self._indices:
            raise BadLine(self._path, number, f"runner {self.runner} has index {index} twice")
        self._indices.add(index)
        self._last_at, self._last_local = self._start(line)
        raw = {**line, **self._parts(index)}
        self.activities.append((index, _activity(raw, number, self._last_at, self._last_local)))

    def _parts(self, index: int) -> dict[str, Any]:
        text = self._details.pop(index, None)
        if text is None:
            return {}
        found = json.loads(text)
        return {name: found[name] for name in PARTS if name in found} | {"resource_state": 3}

    def _start(self, line: Line) -> tuple[datetime, datetime]:
        """(aware UTC, naive wall time); without a usable date, that of the line before: the order is kept.

        Where no offset is known the wall time stands for UTC.
        """
        wall, at = _moment(line, "start_date_local"), _moment(line, "start_date")
        if wall is not None and at is not None and not records.flag(line, "start_is_utc"):
            return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC), wall.replace(tzinfo=None)
        told = wall or at
        if told is None:
            return self._last_at, self._last_local
        is_utc = wall is None or records.flag(line, "start_is_utc")
        return records.start_of(told, _offset_s(line), is_utc=is_utc)


def _offset_s(line: Line) -> float:
    offset_s = records.number(line, "utc_offset")
    return offset_s if offset_s is not None and abs(offset_s) <= DAY_S else 0.0


def _moment(line: Line, key: str) -> datetime | None:
    try:
        return records.moment(line, key)
    except ParseError:
        return None


def _activity(raw: Line, id: int, start_at: datetime, start_local: datetime) -> Activity:
    """The number of the line is the id: unique, and in the order of the file."""
    return records.activity(
        raw,
        id=id,
        sport_type=records.text(raw, "sport_type", 64) or records.text(raw, "type", 64),
        start_at=start_at,
        start_local=start_local,
        distance_m=_sound(raw, "distance", records.MAX_DISTANCE_M) or 0.0,
        times_s=_times_s(raw),
    )


def _times_s(raw: Line) -> tuple[int, int]:
    """(moving, elapsed); where one makes no sense the other stands for it, and without both it is zero."""
    moving_s = _sound(raw, "moving_time", records.MAX_TIME_S)
    elapsed_s = _sound(raw, "elapsed_time", records.MAX_TIME_S)
    known_s = elapsed_s if moving_s is None else moving_s
    return int(known_s or 0), int((known_s if elapsed_s is None else elapsed_s) or 0)


def _sound(raw: Line, key: str, most: float) -> float | None:
    try:
        return records.required(raw, key, most)
    except ParseError:
        return None
