"""Where recorded histories of real runners lie. They are no part of the project and may not become one."""

import os
from dataclasses import dataclass
from pathlib import Path

import pytest

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "data"
FOLDER = Path(os.environ.get("AFTERRUN_SHARED_DATA") or BESIDE)


@dataclass(frozen=True, slots=True)
class HistoryFiles:
    activities: Path  # NDJSON, gzipped: one activity a line, each runner's in the order of time
    splits: Path  # kilometres and laps of some of them


def history_files() -> HistoryFiles:
    """Skips the test where there are none."""
    folder = FOLDER / "runs" / "dev"
    found = HistoryFiles(folder / "activities.ndjson.gz", folder / "splits.ndjson.gz")
    if not (found.activities.is_file() and found.splits.is_file()):
        pytest.skip(
            f"no recorded histories in {folder}: set AFTERRUN_SHARED_DATA to the folder that has them"
        )
    return found
