"""A year of every recorded runner, lived through by the real pipeline four times: by somebody who does all
that is asked, by one who answers nothing, by one who enters races, and by one who does half. Judged by the
shared tool, by what a planner who knows the week could reach, and by how soon the silent one is left alone.

Takes more than an hour, so it runs only where it is named. AFTERRUN_BENCH_RUNNERS and AFTERRUN_BENCH_WEEKS
take less: so many runners, so many weeks.
"""

import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.classify import TRUTH
from bench.oracle import moments_of_weeks
from bench.promise import Measured
from bench.replay_figures import Line, together, unanswered, weeks_reached
from integrations.files.histories import read_histories
from service import ndjson
from service.bootstrap import read_rules
from service.cli.replay import Files, replay_file
from service.domain.activity import Activity
from service.replay.playback import RUNS_FEWEST, Conditions
from service.replay.runner import Answers
from service.replay.span import last_weeks, on_the_wall
from tests.shared_data import FOLDER

WEEKS, LAG, SETTLE = 52, timedelta(minutes=3), timedelta(seconds=60)
SCORE = FOLDER.parent / "tools" / "score_replay.py"
ASKED_SHARE = 0.97  # of the weeks, and of those that could be reached
AT_MOST = {
    "after_hard": 0.03,
    "rest_refuted": 0.05,
    "race_window": 0.0,
    "too_close": 0.0,
    "day_over": 0.0,
    "week_over": 0.0,
    "quiet": 0.0,
    "late_after_run": 0.0,
    "busiest_month": 8.0,
    "after_60_days": 0.0,
}
AT_LEAST = {"target_weeks": ASKED_SHARE, "of_reachable": ASKED_SHARE}

Histories = Mapping[str, Sequence[Activity]]  # on the wall
Figures = dict[str, float]


@dataclass(frozen=True, slots=True)
class Life:
    """How the weeks are lived through, and what that must show."""

    name: str
    answers: Answers
    asked: frozenset[str]
    seed: int = 0
    enter_races: bool = False


ALWAYS = frozenset({"too_close", "day_over", "week_over", "quiet", "late_after_run"})
TRUE_TO_THE_DAY = ALWAYS | {"after_hard", "rest_refuted"}
LIVES = (
    Life("all", Answers(1.0), TRUE_TO_THE_DAY | {"target_weeks", "of_reachable"}),
    Life("none", Answers(None), TRUE_TO_THE_DAY | {"busiest_month", "after_60_days"}),
    Life("races", Answers(1.0), TRUE_TO_THE_DAY | {"race_window"}, enter_races=True),
    Life("half", Answers(0.5), TRUE_TO_THE_DAY, seed=1),
)


def measure() -> Measured:
    activities, splits = TRUTH / "activities.ndjson.gz", TRUTH / "splits.ndjson.gz"
    if not all(file.is_file() for file in (activities, splits, SCORE)):
        absent = f"no recorded histories in {TRUTH}, or no {SCORE}"
        return Measured("replay", None, "", ASKED_SHARE, False, absent)
    weeks = int(os.environ.get("AFTERRUN_BENCH_WEEKS", WEEKS))
    histories = _histories(activities, splits, weeks)
    found: dict[str, Figures] = {}
    with TemporaryDirectory(prefix="afterrun-bench-") as folder:
        for life in LIVES:
            played = Path(folder) / f"{life.name}.ndjson"
            replay_file(
                Files(activities, splits, str(played)),
                frozenset(histories),
                Conditions(weeks, LAG, SETTLE, life.answers, life.seed),
                enter_races=life.enter_races,
                jobs=max(1, (os.cpu_count() or 1) // 2),
            )
            found[life.name] = figures(life, played, histories)
            print(_row(life, found[life.name]), flush=True)
    missed = [f"{life.name}: {name}" for life in LIVES for name in missing(life, found[life.name])]
    told = f"missed: {', '.join(missed)}" if missed else "all figures reached"
    whose = f"{len(histories)} recorded runners in {weeks} weeks"
    detail = f"reached of the weeks that could be, by {whose}; {told}"
    return Measured("replay", found["all"]["of_reachable"], "", ASKED_SHARE, not missed, detail)


def figures(life: Life, played: Path, histories: Histories) -> Figures:
    """The shared tool's, and our own where they tell of this life."""
    by_runner: dict[str, list[Line]] = defaultdict(list)
    for _, line in ndjson.read(played):
        by_runner[line["runner"]].append(line)
    found = _scored(played)
    if "of_reachable" in life.asked:
        rules = read_rules().effort
        weeks = together(
            weeks_reached(lines, moments_of_weeks(histories[runner], _weeks(lines), rules))
            for runner, lines in by_runner.items()
        )
        found |= {"of_reachable": round(weeks.share, 4), "reachable": weeks.reachable, "weeks": weeks.counted}
    if "after_60_days" in life.asked:
        silent = [unanswered(lines) for lines in by_runner.values()]
        found |= {
            "fourth_week": max((each.fourth_week for each in silent), default=0),
            "busiest_month": max((each.busiest_month for each in silent), default=0),
            "after_60_days": sum(each.after_60_days for each in silent),
        }
    return found


def missing(life: Life, found: Figures) -> list[str]:
    """The figures asked for that were not reached. Where nothing was counted, nothing is missed."""
    told = {name: value for name, value in found.items() if name in life.asked}
    above = [name for name, most in AT_MOST.items() if told.get(name, most) > most]
    return above + [name for name, least in AT_LEAST.items() if told.get(name, least) < least]


def _histories(activities: Path, splits: Path, weeks: int) -> Histories:
    """Of runners with enough runs whose days are sure: where the source told UTC, a day may be off by one."""
    unsure = {line["runner"] for _, line in ndjson.read(activities) if line.get("start_is_utc")}
    found: dict[str, Sequence[Activity]] = {}
    for runner, history in read_histories(activities, splits):
        known = on_the_wall(activity for _, activity in history)
        if runner not in unsure and last_weeks(known, weeks).runs(known) >= RUNS_FEWEST:
            found[runner] = known
    most = int(os.environ.get("AFTERRUN_BENCH_RUNNERS", len(found)))
    return dict(list(found.items())[:most])


def _weeks(lines: Sequence[Line]) -> list[date]:
    return [date.fromisoformat(line["week"]) for line in lines if line["kind"] == "week"]


def _scored(played: Path) -> Figures:
    """What the shared tool says; without the shares of nothing."""
    command = [sys.executable, str(SCORE), str(TRUTH), str(played), "--json"]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300).stdout
    found: dict[str, float | None] = json.loads(told)
    return {name: value for name, value in found.items() if value is not None}


def _row(life: Life, found: Figures) -> str:
    missed = missing(life, found)
    told = ", ".join(f"{name} {value:g}{' (MISSED)' * (name in missed)}" for name, value in found.items())
    return f"{life.name}: {told}"
