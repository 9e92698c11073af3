"""Small made-up histories as files, in the form that `afterrun classify` and `afterrun explain` read."""

import gzip
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from service.domain.activity import Activity
from tests.builders import steady_history


def a_line(run: Activity, runner: str, index: int, **more: Any) -> dict[str, Any]:
    """``more``: any field, as the file calls it; None leaves one out."""
    line = {
        "runner": runner,
        "index": index,
        "start_date_local": run.start_local.isoformat(),
        "utc_offset": 7200,
        "sport_type": run.sport_type,
        "distance": run.distance_m,
        "moving_time": run.moving_time_s,
        "elapsed_time": run.elapsed_time_s,
        "average_heartrate": run.average_heartrate_bpm,
        "max_heartrate": run.max_heartrate_bpm,
        "has_heartrate": run.average_heartrate_bpm is not None,
    }
    return {name: value for name, value in {**line, **more}.items() if value is not None}


def lines_of(runner: str, weeks: int = 12, **more: Any) -> list[dict[str, Any]]:
    """Whole weeks: Tue and Thu easy, Wed brisk, Sat long."""
    return [a_line(run, runner, index, **more) for index, run in enumerate(steady_history(weeks=weeks))]


def write_lines(path: Path, lines: Iterable[Any]) -> Path:
    """Texts as they are, anything else as JSON; gzipped where the name says so."""
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    content = "".join(f"{text}\n" for text in texts).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
